//! `jeton user import`: many users, a thousand per transaction, with progress.
//!
//! A batch is created whole or not at all. The message of a refusal names the line to continue from.

use crate::CliError;
use crate::args::Global;
use crate::operator::{begin, call};
use crate::output::{items, json, line, progress};
use serde_json::{Value, json as object};
use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::Path;
use std::time::Instant;

/// Maximum users in one call.
const BATCH: usize = 1000;
/// Maximum bytes of a line.
const LINE_BYTES_MAX: usize = 64 * 1024;
/// Maximum bytes of the users in one call, below the server's limit for a request.
const BATCH_BYTES: usize = 768 * 1024;

pub(crate) fn run(global: &Global, file: &Path, organization: Option<&str>) -> Result<(), CliError> {
    let reading = |error: std::io::Error| CliError::new(format!("reading {}: {error}", file.display()));
    let mut input: Box<dyn BufRead> = if file == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(BufReader::new(std::fs::File::open(file).map_err(reading)?))
    };
    begin(global)?;
    let mut import = Import {
        global,
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
    if global.json {
        return json(&object!({ "created": import.created }));
    }
    line(&format!("created {} service users", import.created))
}

/// Makes the username the display name of a user without one, as `jeton user create` does.
fn named(mut user: Value) -> Value {
    let username = user.get("username").cloned();
    if let (Some(username), Some(Value::Object(machine))) = (username, user.get_mut("machine")) {
        machine.entry("name").or_insert(username);
    }
    user
}

struct Import<'a> {
    global: &'a Global,
    organization: Option<&'a str>,
    batch: Vec<Value>,
    bytes: usize,
    first_line: u64,
    created: usize,
    begun: Instant,
}

impl Import<'_> {
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
        let request = object!({ "organizationId": self.organization, "users": users });
        let reply =
            call(self.global, "/jeton.user.v1.UserService/CreateUsers", &request).map_err(|failure| {
                let why = format!("{failure}, so none of the batch that begins here was created");
                self.failed(self.first_line, &why)
            })?;
        self.created = self.created.saturating_add(items(&reply, "users").len());
        self.show_progress();
        Ok(())
    }

    fn show_progress(&self) {
        if std::io::stderr().is_terminal() {
            let seconds = self.begun.elapsed().as_secs().max(1);
            progress(&format!("\r{} created, {} per second ", self.created, self.created as u64 / seconds));
        }
    }
}
