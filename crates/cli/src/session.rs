//! The surroundings of a command: arguments, transports, input and output.

use crate::CliError;
use crate::args::Global;
use crate::output::Output;
use crate::transport::Transport;
use jeton_api::Operation;
use jeton_api::page::{PAGE_LEN, Page};
use jeton_api::values::Seconds;
use jeton_domain::time::Lifetime;
use serde::Deserialize;
use serde_json::Value;
use std::io::Read;
use std::marker::PhantomData;
use std::time::Duration;

/// One run of a command.
pub(crate) struct Session<'a> {
    pub(crate) global: &'a Global,
    /// Performs most calls.
    pub(crate) transport: &'a mut dyn Transport,
    /// Performs calls that only a running server can answer.
    pub(crate) server: &'a mut dyn Transport,
    /// Standard input.
    pub(crate) input: &'a mut dyn Read,
    pub(crate) output: Output<'a>,
}

/// The reply to a call.
pub(crate) struct Answer<O> {
    /// The reply as the server sent it, with members that this version does not know.
    pub(crate) json: Value,
    operation: PhantomData<fn() -> O>,
}

impl<O: Operation> Answer<O> {
    pub(crate) const fn new(json: Value) -> Self {
        Self { json, operation: PhantomData }
    }

    /// The reply as this version knows it.
    pub(crate) fn read(&self) -> Result<O::Reply, CliError> {
        O::Reply::deserialize(&self.json).map_err(|_| unknown_form())
    }
}

pub(crate) fn unknown_form() -> CliError {
    CliError::new("the server's reply has an unknown form; is it another version?")
}

/// Performs a call.
pub(crate) fn call<O: Operation>(
    transport: &mut dyn Transport,
    request: &O::Request,
) -> Result<Answer<O>, CliError> {
    transport.call(&O::path(), &json(request)?).map(Answer::new)
}

impl Session<'_> {
    /// True if the arguments name a remote server.
    pub(crate) const fn is_remote(&self) -> bool {
        self.global.server.is_some() || self.global.profile.is_some()
    }

    /// Creates a missing store on this machine, for commands that may set up an instance.
    pub(crate) fn create_missing_store(&mut self) -> Result<(), CliError> {
        if self.transport.create_missing_store()? {
            let data_dir = self.global.data_dir.display();
            self.output.remark(&format!("jeton: created a new store in {data_dir}"));
        }
        Ok(())
    }

    /// Performs a call.
    pub(crate) fn call<O: Operation>(&mut self, request: &O::Request) -> Result<Answer<O>, CliError> {
        call(self.transport, request)
    }

    /// Performs a call and prints its reply, as JSON with `--json`, else through `say`.
    pub(crate) fn perform<O: Operation>(
        &mut self,
        request: &O::Request,
        say: impl FnOnce(&mut Output<'_>, O::Reply) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let answer = self.call::<O>(request)?;
        self.show(&answer, say)
    }

    /// Like [`Self::perform`], for calls that only a running server can answer.
    pub(crate) fn perform_on_server<O: Operation>(
        &mut self,
        request: &O::Request,
        say: impl FnOnce(&mut Output<'_>, O::Reply) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        let answer = call::<O>(self.server, request)?;
        self.show(&answer, say)
    }

    /// Performs a call and prints this text, or with `--json` the reply.
    pub(crate) fn perform_and_say<O: Operation>(
        &mut self,
        request: &O::Request,
        done: &str,
    ) -> Result<(), CliError> {
        let answer = self.call::<O>(request)?;
        if self.global.json { self.output.json(&answer.json) } else { self.output.line(done) }
    }

    /// Prints a reply, as JSON with `--json`, else through `say`.
    pub(crate) fn show<O: Operation>(
        &mut self,
        answer: &Answer<O>,
        say: impl FnOnce(&mut Output<'_>, O::Reply) -> Result<(), CliError>,
    ) -> Result<(), CliError> {
        if self.global.json {
            return self.output.json(&answer.json);
        }
        say(&mut self.output, answer.read()?)
    }
}

/// A value of the API as JSON.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<Value, CliError> {
    serde_json::to_value(value).map_err(|error| CliError::new(format!("writing JSON: {error}")))
}

/// The first page of the greatest length, oldest first.
pub(crate) fn first_page() -> Page {
    Page { asc: true, ..newest() }
}

/// The first page of the greatest length, in the order of the call.
pub(crate) fn newest() -> Page {
    Page { limit: PAGE_LEN.1, ..Page::default() }
}

/// A length of time in whole seconds, as the API has them.
pub(crate) fn seconds(time: Duration) -> Seconds {
    Seconds(Lifetime(u32::try_from(time.as_secs()).unwrap_or(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fixed, accounts, answered, run_over};
    use serde_json::json;

    #[test]
    fn members_of_a_newer_server_are_in_json_and_do_not_disturb_text() {
        let reply = json!({ "changeDate": "2026-01-02T03:04:05Z", "novelty": [1] });
        let printed = answered(&["--json", "project", "activate", "1"], reply.clone()).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), reply);
        assert_eq!(answered(&["project", "activate", "1"], reply), Ok("activated 1\n".to_owned()));
    }

    #[test]
    fn a_reply_of_an_unknown_form_is_no_success() {
        for reply in [json!(null), json!([]), json!({}), json!({ "result": 1 }), json!({ "token": 1 })] {
            for arguments in [&["pat", "create", "a"][..], &["user", "list"], &["audit", "verify"]] {
                let refused = answered(arguments, reply.clone()).unwrap_err();
                assert!(refused.contains("is it another version?"), "{refused}");
            }
        }
    }

    #[test]
    fn a_refusal_is_the_sentence_of_the_server() {
        for arguments in [&["--json", "user", "list"][..], &["user", "list"], &["statistics"], &["console"]] {
            let mut refusing = Fixed(Err("not today".to_owned()));
            let mut server = Fixed(Err("not today".to_owned()));
            let ran = run_over(&mut refusing, &mut server, &accounts(&[]), arguments, b"");
            assert_eq!(ran.result, Err("not today".to_owned()));
            assert_eq!(ran.output, "", "{arguments:?}");
        }
    }

    #[test]
    fn deleting_what_is_not_there_is_an_error_with_json_too() {
        for arguments in [
            &["project", "delete", "1"][..],
            &["token-key", "remove", "1"],
            &["signing-key", "remove", "1"],
            &["authorization", "delete", "1"],
            &["admin", "remove", "1"],
            &["project", "grant", "remove", "2", "1"],
        ] {
            for json_too in [true, false] {
                let arguments = [if json_too { &["--json"][..] } else { &[] }, arguments].concat();
                let refused = answered(&arguments, json!({})).unwrap_err();
                assert!(refused.starts_with("there is no such ") && refused.ends_with(": 1"), "{refused}");
            }
        }
    }

    /// A transport that creates a store.
    struct Creating;

    impl Transport for Creating {
        fn call(&mut self, _: &str, _: &Value) -> Result<Value, CliError> {
            Err(CliError::new("not today"))
        }

        fn create_missing_store(&mut self) -> Result<bool, CliError> {
            Ok(true)
        }
    }

    #[test]
    fn a_new_store_is_told_in_a_remark_even_if_the_command_then_fails() {
        for arguments in [&["admin", "create", "root"][..], &["user", "import", "-"]] {
            let arguments = [&["--data-dir", "/d"], arguments].concat();
            let ran = run_over(&mut Creating, &mut Creating, &accounts(&[]), &arguments, b"{}");
            assert_eq!((ran.result.is_err(), &*ran.output), (true, ""));
            assert_eq!(ran.remarks, "jeton: created a new store in /d\n");
        }
    }

    #[test]
    fn a_length_of_time_is_in_whole_seconds_and_saturates() {
        for (time, expected) in [
            (Duration::ZERO, "0s"),
            (Duration::from_millis(1999), "1s"),
            (Duration::from_secs(u64::from(u32::MAX) + 1), "4294967295s"),
        ] {
            assert_eq!(json(&seconds(time)).unwrap(), expected);
        }
    }

    #[test]
    fn a_damaged_audit_trail_is_a_failure_that_names_the_faults() {
        let reply = json!({
            "intact": false, "records": "9", "forgotten": "0", "lastLink": "ab", "faults": ["record 3", "record 4"],
        });
        for arguments in [&["audit", "verify"][..], &["--json", "audit", "verify"]] {
            let refused = answered(arguments, reply.clone()).unwrap_err();
            assert_eq!(refused, "the audit trail is not as it was written: record 3, record 4");
        }
    }
}
