//! `jeton user import`: many users, a thousand per transaction, with progress.
//!
//! A batch is created whole or not at all. The message of a refusal names the line to continue from.

use crate::CliError;
use crate::output::Output;
use crate::session::Session;
use crate::transport::Transport;
use jeton_api::Operation;
use jeton_api::calls::user::CreateUsers;
use jeton_api::users::CreatedUsers;
use serde::Deserialize;
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
        let created = CreatedUsers::deserialize(reply).map_or(0, |reply| reply.users.len());
        self.created = self.created.saturating_add(created);
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
