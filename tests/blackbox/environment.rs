//! Environment variables: the same rules for every variable in the help.

use crate::harness::{Server, jeton};
use std::process::Output;

const YES: [&str; 10] = ["1", "true", "TRUE", "True", "yes", "Yes", "y", "t", "on", "ON"];
const NO: [&str; 10] = ["0", "false", "FALSE", "False", "no", "No", "n", "f", "off", "OFF"];

/// The variables of `jeton serve`, with true for each switch.
fn variables() -> Vec<(String, bool)> {
    let help = jeton().args(["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let mut found = Vec::new();
    let mut is_switch = false;
    for line in help.lines() {
        // The indentation tells arguments from descriptions, which may begin with an argument's name, too.
        if let Some(argument) = line.strip_prefix("      --") {
            is_switch = !argument.contains('<');
        }
        if let Some(variable) = line.split("[env: ").nth(1).and_then(|rest| rest.split(['=', ']']).next()) {
            found.push((variable.to_owned(), is_switch));
        }
    }
    assert!(found.len() > 15 && found.contains(&("JETON_STRICT_SCOPES".into(), true)), "{found:?}");
    assert!(found.contains(&("JETON_DATA_DIR".into(), false)), "{found:?}");
    found
}

/// A start that is refused right after its arguments were read: plain HTTP on all addresses.
fn start_with(variable: &str, value: &str) -> Output {
    let mut command = jeton();
    command.args(["serve", "--listen", "0.0.0.0:0"]).env("JETON_DATA_DIR", "/nonexistent/data");
    command.env(variable, value).output().unwrap()
}

#[test]
fn a_switch_takes_the_usual_words_and_no_others() {
    let switches = variables().into_iter().filter_map(|(variable, is_switch)| is_switch.then_some(variable));
    for switch in switches {
        for word in YES.iter().chain(&NO).chain(&["true\r", " 1 ", "no\t", " ", "\r"]) {
            let output = start_with(&switch, word);
            let stderr = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{switch}={word}: {stderr}");
        }
        for wrong in ["2", "maybe", "tru e", "-1"] {
            let output = start_with(&switch, wrong);
            assert_eq!(output.status.code(), Some(2), "{switch}={wrong}");
            let argument = switch.trim_start_matches("JETON_").to_lowercase().replace('_', "-");
            assert!(String::from_utf8_lossy(&output.stderr).contains(&argument), "{switch}={wrong}");
        }
    }
}

#[test]
fn a_switch_means_what_the_word_says() {
    for (words, sentence) in [(YES, "--issuer"), (NO, "--behind-tls-proxy")] {
        for word in words {
            for word in [word.to_owned(), format!("{word}\r"), format!(" {word} ")] {
                let stderr = start_with("JETON_BEHIND_TLS_PROXY", &word).stderr;
                assert!(String::from_utf8_lossy(&stderr).contains(sentence), "{word:?}");
            }
        }
    }
}

/// Such as `-e JETON_ISSUER=` or a unit's `Environment=JETON_ISSUER=`.
#[test]
fn an_empty_or_blank_variable_counts_as_not_set() {
    let directory = tempfile::tempdir().unwrap();
    for blank in ["", " ", "\r", " \t\r\n"] {
        let unset = start_with("JETON_ISSUER", blank).stderr;
        assert!(String::from_utf8_lossy(&unset).contains("--behind-tls-proxy"), "{blank:?}");
    }
    let mut command = jeton();
    let none_is_for_the_harness = ["JETON_LISTEN", "JETON_SIGNING_ALGORITHM", "JETON_SHUTDOWN_DELAY"];
    for (place, (variable, _)) in variables().into_iter().enumerate() {
        if !none_is_for_the_harness.contains(&variable.as_str()) {
            command.env(variable, if place % 2 == 0 { "" } else { " \r" });
        }
    }
    command.env("JETON_LOG", "").env("JETON_TOKEN", "").stderr(std::process::Stdio::null());
    let server = Server::start_by(command, &directory.path().join("data"), &[]);
    assert_eq!(server.request("GET", "/debug/ready", &[], b"").status, 200);
    let empty = ["JETON_SERVER", "JETON_PROFILE", "JETON_TOKEN", "JETON_LOG"];
    let mut command = jeton();
    command.envs(empty.map(|variable| (variable, "")));
    let listed = command.args(["user", "list", "--data-dir"]).arg(&server.data_dir).output().unwrap();
    assert!(listed.status.success());
    let mut command = jeton();
    command.env("JETON_DATA_DIR", "").args(["admin", "create", "root"]).current_dir(directory.path());
    assert!(command.output().unwrap().status.success());
    assert!(directory.path().join("jeton-data").is_dir(), "the default directory");
}

/// As in files of variables that were written on another system.
#[test]
fn white_space_around_a_variable_is_no_part_of_it() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = jeton();
    for (variable, value) in [
        ("JETON_ISSUER", "https://tokens.example.com\r"),
        ("JETON_BEHIND_TLS_PROXY", "true\r"),
        ("JETON_TRUSTED_PROXY", " 192.0.2.0/24,198.51.100.7 "),
        ("JETON_TOKEN_LIFETIME", "\t1h\r\n"),
        ("JETON_DEFAULT_SCOPES", "openid profile\r"),
    ] {
        command.env(variable, value);
    }
    let server = Server::start_by(command, &directory.path().join("data"), &[]);
    let metadata = server.request("GET", "/.well-known/openid-configuration", &[], b"").json();
    assert_eq!(metadata["issuer"], "https://tokens.example.com");
    let mut command = jeton();
    let data_dir = format!("{}\r", server.data_dir.display());
    assert!(
        command.env("JETON_DATA_DIR", data_dir).args(["user", "list"]).output().unwrap().status.success()
    );
    let refused = start_with("JETON_TOKEN_LIFETIME", "1 hour of work\r").stderr;
    assert!(String::from_utf8_lossy(&refused).contains("1 hour of work"));
}

/// Each of the two may be an argument or a variable, with white space around it or not.
#[test]
fn the_first_administrator_and_its_token_file_need_each_other() {
    const NAME: (&str, &str) = ("JETON_FIRST_ADMIN", "--first-admin");
    const FILE: (&str, &str) = ("JETON_FIRST_ADMIN_TOKEN_FILE", "--first-admin-token-file");
    type Variables<'v> = &'v [(&'v str, &'v str)];
    /// The exit status of a start that is refused right after its arguments were read, and the refusal.
    fn start(arguments: &[&str], variables: Variables<'_>) -> (Option<i32>, String) {
        let mut command = jeton();
        command.args(["serve", "--listen", "0.0.0.0:0", "--data-dir", "/nonexistent/data"]).args(arguments);
        let output = command.envs(variables.iter().copied()).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    }
    for (one, other) in [(NAME, FILE), (FILE, NAME)] {
        let alone: [(&[&str], Variables<'_>); 5] = [
            (&[one.1, "x"], &[]),
            (&[], &[(one.0, "x")]),
            (&[], &[(one.0, "x\r")]),
            (&[one.1, "x"], &[(other.0, "")]),
            (&[], &[(one.0, " x"), (other.0, " \r")]),
        ];
        for (arguments, variables) in alone {
            let (status, told) = start(arguments, variables);
            assert_eq!(status, Some(2), "{arguments:?} {variables:?}: {told}");
            assert!(told.contains(&format!("{} needs {}", one.1, other.1)), "{told}");
        }
        for variables in [[(one.0, "x"), (other.0, "x")], [(one.0, "x\r"), (other.0, " x")]] {
            assert_eq!(start(&[], &variables).0, Some(1), "{variables:?}");
        }
        assert_eq!(start(&[one.1, "x"], &[(other.0, "x\r")]).0, Some(1), "{}", one.1);
        assert_eq!(start(&[], &[(one.0, ""), (other.0, " ")]).0, Some(1), "neither is set");
    }
}

#[test]
fn the_first_administrator_can_come_from_variables() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("token");
    let mut command = jeton();
    command.env("JETON_FIRST_ADMIN", "root\r");
    command.env("JETON_FIRST_ADMIN_TOKEN_FILE", format!("{}\r", file.display()));
    let server = Server::start_by(command, &directory.path().join("data"), &[]);
    let token = std::fs::read_to_string(&file).unwrap();
    let listed = server.call_as(&token, "/zitadel.user.v2.UserService/ListUsers", &serde_json::json!({}));
    assert_eq!(listed.status, 200, "{}", listed.text());
}

#[test]
fn an_empty_argument_is_no_variable() {
    for argument in ["--issuer=", "--listen=", "--workers=", "--log-format="] {
        let output = jeton().args(["serve", "--data-dir", "/nonexistent/data", argument]).output().unwrap();
        assert!(!output.status.success(), "{argument}");
    }
}

#[test]
fn every_variable_is_in_the_readme() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    for (variable, _) in variables() {
        assert!(readme.contains(&format!("`{variable}`")), "{variable}");
    }
}
