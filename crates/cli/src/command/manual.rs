//! Shell completions and man pages, which are generated from the arguments, and `jeton call`, which
//! performs any call by name.

use crate::CliError;
use crate::args::Args;
use crate::session::Session;
use clap::CommandFactory;
use serde_json::Value;
use std::io::Read;
use std::path::Path;

/// Maximum bytes of a request on standard input.
const REQUEST_BYTES_MAX: u64 = 1024 * 1024;

pub(crate) fn completions(session: &mut Session<'_>, shell: clap_complete::Shell) -> Result<(), CliError> {
    // Into memory first, because the generator panics when its output is closed.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "jeton", &mut script);
    session.output.bytes(&script)
}

pub(crate) fn man(session: &mut Session<'_>, directory: &Path) -> Result<(), CliError> {
    let failed = |error: std::io::Error| CliError::new(format!("writing {}: {error}", directory.display()));
    std::fs::create_dir_all(directory).map_err(failed)?;
    clap_mangen::generate_to(Args::command(), directory).map_err(failed)?;
    session.output.line(&format!("the man pages are in {}", directory.display()))
}

pub(crate) fn call(session: &mut Session<'_>, name: &str, request: Option<&str>) -> Result<(), CliError> {
    let request = match request {
        None => "{}".to_owned(),
        Some("-") => {
            let mut text = String::new();
            let input = Read::take(&mut *session.input, REQUEST_BYTES_MAX).read_to_string(&mut text);
            input.map_err(|error| CliError::new(format!("reading standard input: {error}")))?;
            text
        }
        Some(text) => text.to_owned(),
    };
    let request: Value = serde_json::from_str(&request)
        .map_err(|error| CliError::new(format!("the request is not JSON: {error}")))?;
    let reply = session.transport.call(&format!("/{}", name.trim_start_matches('/')), &request)?;
    session.output.json(&reply)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Script, accounts, refused_at_once, run_over};
    use serde_json::json;

    #[test]
    fn a_call_is_sent_and_answered_as_it_is() {
        for (arguments, input, request) in [
            (&["call", "a.B/C"][..], "ignored", json!({})),
            (&["call", "/a.B/C", r#"{"x":[1]}"#], "", json!({ "x": [1] })),
            (&["call", "a.B/C", "-"], " { \"x\": 1 }\n", json!({ "x": 1 })),
        ] {
            let mut script = Script::new([Ok(json!({ "novelty": 1 }))]);
            let ran = script.run_with(arguments, input);
            assert_eq!((ran.result, &*ran.output), (Ok(()), "{\n  \"novelty\": 1\n}\n"));
            assert_eq!((script.paths(), script.requests()), (vec!["/a.B/C"], vec![request]), "{arguments:?}");
        }
    }

    #[test]
    fn a_request_that_is_no_json_is_not_sent() {
        for command in ["call a.B/C ''", "call a.B/C '{'", "call a.B/C '{} {}'", "call a.B/C -"] {
            let told = refused_at_once(command);
            assert!(told.starts_with("the request is not JSON: "), "{told}");
        }
        assert!(refused_at_once("call").contains("required"));
    }

    #[test]
    fn a_request_on_standard_input_is_text_of_a_bounded_length() {
        let mut script = Script::new([]);
        let long = format!("\"{}\"", "x".repeat(1024 * 1024));
        let told = script.run_with(&["call", "a.B/C", "-"], &long).result.unwrap_err();
        assert!(told.starts_with("the request is not JSON: "), "{told}");
        let mut server = Script::new([]);
        let arguments = ["call", "a.B/C", "-"];
        let binary = run_over(&mut script, &mut server, &accounts(&[]), &arguments, b"\xff");
        assert!(binary.result.unwrap_err().starts_with("reading standard input: "));
        assert!(script.requests().is_empty());
    }

    #[test]
    fn completions_are_for_known_shells() {
        for shell in ["bash", "zsh", "fish"] {
            let ran = Script::new([]).run(&["completions", shell]);
            assert!(ran.result.is_ok() && ran.output.contains("signing-key"), "{shell}");
        }
        assert!(refused_at_once("completions tcsh").contains("invalid value 'tcsh'"));
    }

    #[test]
    fn man_pages_are_written_to_a_directory_that_can_be_made() {
        let directory = tempfile::tempdir().unwrap();
        let pages = directory.path().join("a/b");
        let ran = Script::new([]).run(&["man", pages.to_str().unwrap()]);
        assert_eq!(ran.output, format!("the man pages are in {}\n", pages.display()));
        assert!(pages.join("jeton-user-create.1").exists());
        let below_a_file = pages.join("jeton.1/x");
        let told = Script::new([]).run(&["man", below_a_file.to_str().unwrap()]).result.unwrap_err();
        assert!(told.starts_with(&format!("writing {}: ", below_a_file.display())), "{told}");
    }
}
