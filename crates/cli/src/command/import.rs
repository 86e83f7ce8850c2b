//! `jeton user import`: many users, a thousand per transaction, with progress.
//!
//! A batch is created whole or not at all. The message of a refusal names the line to continue from.

use crate::CliError;
use crate::output::Output;
use crate::session::{Answer, Session};
use crate::transport::Transport;
use jeton_api::Operation;
use jeton_api::calls::user::CreateUsers;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::Path;
use std::time::Instant;

/// Maximum users in one call.
const BATCH: usize = 1000;
/// Maximum bytes of a line.
const LINE_BYTES_MAX: usize = 64 * 1024;
/// Maximum bytes of the users in one call, below the server's limit for a request.
const BATCH_BYTES: usize = 768 * 1024;

pub(crate) fn run(
    session: &mut Session<'_>,
    file: &Path,
    organization: Option<String>,
) -> Result<(), CliError> {
    let reading = |error: std::io::Error| CliError::new(format!("reading {}: {error}", file.display()));
    let opened = (file != Path::new("-")).then(|| File::open(file)).transpose().map_err(reading)?;
    session.create_missing_store()?;
    let Session { global, transport, input, output, .. } = session;
    let input: Box<dyn Read + '_> = match opened {
        Some(file) => Box::new(file),
        None => Box::new(input),
    };
    let mut input = BufReader::new(input);
    let mut import = Import {
        transport: &mut **transport,
        output,
        organization,
        batch: Vec::new(),
        bytes: 0,
        first_line: 1,
        created: 0,
        begun: Instant::now(),
    };
    let mut text = Vec::new();
    for number in 1.. {
        text.clear();
        // At most one byte beyond the limit, even if the line has no end.
        let most = LINE_BYTES_MAX as u64 + 1;
        if input.by_ref().take(most).read_until(b'\n', &mut text).map_err(reading)? == 0 {
            break;
        }
        if text.len() > LINE_BYTES_MAX {
            return Err(import.failed(number, &format!("the line has more than {LINE_BYTES_MAX} bytes")));
        }
        let trimmed = text.trim_ascii();
        if trimmed.is_empty() {
            continue;
        }
        match serde_json::from_slice(trimmed) {
            Ok(user @ Value::Object(_)) => import.add(number, named(user), trimmed.len())?,
            _ => return Err(import.failed(number, "the line is not a JSON object")),
        }
    }
    import.send()?;
    let created = import.created;
    if global.json {
        return output.json(&json!({ "created": created }));
    }
    output.line(&format!("created {created} service users"))
}

/// Makes the username the display name of a user without one, as `jeton user create` does.
fn named(mut user: Value) -> Value {
    let username = user.get("username").cloned();
    if let (Some(username), Some(Value::Object(machine))) = (username, user.get_mut("machine")) {
        machine.entry("name").or_insert(username);
    }
    user
}

struct Import<'a, 'o> {
    transport: &'a mut dyn Transport,
    output: &'a mut Output<'o>,
    organization: Option<String>,
    batch: Vec<Value>,
    bytes: usize,
    first_line: u64,
    created: usize,
    begun: Instant,
}

impl Import<'_, '_> {
    fn failed(&self, number: u64, why: &str) -> CliError {
        CliError::new(format!("line {number}: {why}; {} users were created before", self.created))
    }

    fn add(&mut self, number: u64, user: Value, bytes: usize) -> Result<(), CliError> {
        if self.batch.len() >= BATCH || self.bytes + bytes > BATCH_BYTES {
            self.send()?;
        }
        if self.batch.is_empty() {
            self.first_line = number;
        }
        self.batch.push(user);
        self.bytes += bytes;
        Ok(())
    }

    fn send(&mut self) -> Result<(), CliError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        self.bytes = 0;
        let users = std::mem::take(&mut self.batch);
        let request = json!({ "organizationId": self.organization, "users": users });
        let reply = self.transport.call(&CreateUsers::path(), &request).map_err(|failure| {
            let why = format!("{failure}, so none of the batch that begins here was created");
            self.failed(self.first_line, &why)
        })?;
        let reply = Answer::<CreateUsers>::new(reply).read().map_err(|failure| {
            let why = format!("{failure} The batch that begins here may have been created");
            self.failed(self.first_line, &why)
        })?;
        self.created = self.created.saturating_add(reply.users.len());
        self.show_progress();
        Ok(())
    }

    fn show_progress(&mut self) {
        if std::io::stderr().is_terminal() {
            let seconds = self.begun.elapsed().as_secs().max(1);
            let rate = self.created as u64 / seconds;
            self.output.progress(&format!("\r{} created, {rate} per second ", self.created));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Ran, Script};
    use serde_json::{Value, json};

    /// A reply to a batch of so many users.
    fn created(users: usize) -> Result<Value, String> {
        let user = json!({ "id": "1", "userId": "1", "creationDate": "2026-01-02T03:04:05Z" });
        Ok(json!({ "users": vec![user; users] }))
    }

    /// Imports these lines from standard input; the calls have these replies.
    fn import(lines: &str, replies: Vec<Result<Value, String>>) -> (Ran, Vec<Value>) {
        let mut script = Script::new(replies);
        let ran = script.run_with(&["user", "import", "-", "--organization", "7"], lines);
        (ran, script.requests())
    }

    fn refused(lines: &str, replies: Vec<Result<Value, String>>) -> String {
        import(lines, replies).0.result.unwrap_err()
    }

    #[test]
    fn a_reply_of_an_unknown_form_is_an_error_that_tells_what_may_be_there() {
        for reply in [json!({}), json!([]), json!({ "users": 1 }), json!({ "users": [1] })] {
            let told = refused("\n{\"username\":\"a\"}", vec![Ok(reply)]);
            assert!(told.starts_with("line 2: the server's reply has an unknown form"), "{told}");
            assert!(
                told.contains("may have been created") && told.ends_with("0 users were created before"),
                "{told}"
            );
        }
    }

    #[test]
    fn a_refused_batch_is_named_by_its_first_line_with_what_was_created_before() {
        let lines = "{\"username\":\"a\"}\n".repeat(1001);
        let told = refused(&lines, vec![created(1000), Err("this username is taken".to_owned())]);
        assert_eq!(
            told,
            "line 1001: this username is taken, so none of the batch that begins here was created; 1000 users were \
             created before"
        );
    }

    #[test]
    fn a_line_that_is_no_json_object_ends_the_import_before_its_batch_is_sent() {
        for wrong in ["x", "[]", "\"a\"", "{\"username\":\"a\"", "{} {}", "\u{feff}{}"] {
            let (ran, requests) = import(&format!("{{\"username\":\"a\"}}\n\n{wrong}\n"), Vec::new());
            let told = ran.result.unwrap_err();
            assert_eq!(told, "line 3: the line is not a JSON object; 0 users were created before", "{wrong}");
            assert!(requests.is_empty(), "{wrong}");
        }
    }

    #[test]
    fn a_line_has_a_bounded_length() {
        let line = |bytes: usize| {
            let frame = "{\"username\":\"\"}\n".len();
            format!("{{\"username\":\"{}\"}}\n", "x".repeat(bytes - frame))
        };
        let longest = line(64 * 1024);
        assert_eq!(import(&longest, vec![created(1)]).0.output, "created 1 service users\n");
        for longer in [line(64 * 1024 + 1), "x".repeat(100_000)] {
            let told = refused(&longer, Vec::new());
            assert!(told.starts_with("line 1: the line has more than 65536 bytes"), "{told}");
        }
    }

    #[test]
    fn a_batch_is_a_thousand_users_or_less_than_the_server_takes_in_a_request() {
        let (ran, requests) = import(&"{}\n".repeat(2001), vec![created(1000), created(1000), created(1)]);
        assert_eq!(ran.output, "created 2001 service users\n");
        let sizes: Vec<_> =
            requests.iter().map(|request| request["users"].as_array().unwrap().len()).collect();
        assert_eq!(sizes, [1000, 1000, 1]);
        let large = format!("{{\"username\":\"{}\"}}\n", "x".repeat(60_000));
        let (_, requests) = import(&large.repeat(20), vec![created(13), created(7)]);
        assert_eq!(requests.len(), 2);
        assert!(requests.iter().all(|request| request.to_string().len() < 1024 * 1024));
    }

    #[test]
    fn members_that_this_version_does_not_know_are_sent_and_a_name_is_added_where_none_is() {
        let lines = "{\"username\":\"a\",\"machine\":{},\"novelty\":1}\r\n{\"username\":\"b\",\"machine\":{\"name\":\"B\"}}";
        let (_, requests) = import(lines, vec![created(2)]);
        let expected = json!([
            { "username": "a", "machine": { "name": "a" }, "novelty": 1 },
            { "username": "b", "machine": { "name": "B" } },
        ]);
        assert_eq!(requests, [json!({ "organizationId": "7", "users": expected })]);
    }

    #[test]
    fn an_import_of_nothing_sends_nothing() {
        for nothing in ["", "\n", " \r\n\t\n"] {
            let (ran, requests) = import(nothing, Vec::new());
            assert_eq!((ran.result, &*ran.output), (Ok(()), "created 0 service users\n"));
            assert!(requests.is_empty());
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_refused_before_anything_else() {
        let mut script = Script::new([]);
        let told = script.run(&["user", "import", "/nowhere/users"]).result.unwrap_err();
        assert!(told.starts_with("reading /nowhere/users: "), "{told}");
        assert!(script.requests().is_empty());
    }
}
