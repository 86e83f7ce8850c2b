//! Replies as text: JSON for programs, columns for people.

use crate::Failure;
use crate::escape::{self, Notation};
use crate::limits::LAST_WORDS_TIMEOUT;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jeton_domain::characters::is_unprintable;
use serde_json::Value;
use std::borrow::Cow;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

/// Prints a reply as the API gave it.
pub(crate) fn json(reply: &Value) -> Result<(), Failure> {
    line(&json_text(reply))
}

/// JSON for people and programs, which a terminal shows as it is.
pub(crate) fn json_text(reply: &Value) -> String {
    escape::lines(&format!("{reply:#}"), Notation::Json).into_owned()
}

/// JSON on one line, the same way.
pub(crate) fn json_line(value: &Value) -> String {
    escape::line(&value.to_string(), Notation::Json).into_owned()
}

/// Prints a line, or several, with what is unprintable escaped. A reader that went away is no failure of ours, but
/// the exit code tells.
pub(crate) fn line(text: &str) -> Result<(), Failure> {
    writeln!(std::io::stdout().lock(), "{}", escape::lines(text, Notation::Text))
        .map_err(|error| Failure::new(format!("writing the output: {error}")))
}

/// Prints bytes as they are.
pub(crate) fn bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    output
        .write_all(bytes)
        .and_then(|()| output.flush())
        .map_err(|error| Failure::new(format!("writing the output: {error}")))
}

/// A remark on standard error. What was done is done, whether it can be written or not.
pub(crate) fn remark(text: &str) {
    progress(&format!("{}\n", escape::lines(text, Notation::Text)));
}

/// A remark without a line break.
pub(crate) fn progress(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// The last sentence of a program that ends, which a reader that stands still does not hold up.
pub(crate) fn last_words(text: &str) {
    let words = escape::line(text, Notation::Text).into_owned();
    let again = words.clone();
    if !within(LAST_WORDS_TIMEOUT, move || remark(&words)) {
        remark(&again);
    }
}

/// Does something that may wait for a reader, and goes on without it after a while. False when it could not begin.
pub(crate) fn within(timeout: Duration, write: impl FnOnce() + Send + 'static) -> bool {
    let (done, is_done) = mpsc::channel();
    let writing = std::thread::Builder::new().name("output".to_owned()).spawn(move || {
        write();
        let _ = done.send(());
    });
    if writing.is_ok() {
        // An error is its end, too.
        let _ = is_done.recv_timeout(timeout);
    }
    writing.is_ok()
}

/// A member of a reply as text; empty when it is missing.
pub(crate) fn text<'a>(reply: &'a Value, pointer: &str) -> &'a str {
    reply.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Deleting what is not there is no error for programs that repeat a call; for people it is.
pub(crate) fn deleted(reply: &Value, what: &str, id: &str) -> Result<(), Failure> {
    match text(reply, "/deletionDate") {
        "" => Err(Failure::new(format!("there is no such {what}: {id}"))),
        _ => Ok(()),
    }
}

/// A list in a reply; empty when it is missing.
pub(crate) fn items<'a>(reply: &'a Value, member: &str) -> &'a [Value] {
    reply.get(member).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Prints rows below headings, each column as wide as it must be.
pub(crate) fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> Result<(), Failure> {
    let escaped = rows.iter().map(|row| row.each_ref().map(|cell| escape::line(cell, Notation::Text)));
    let rows: Vec<_> = std::iter::once(headings.map(Cow::Borrowed)).chain(escaped).collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    for row in &rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        line(cells.collect::<Vec<_>>().join("  ").trim_end())?;
    }
    Ok(())
}

/// Keys, or personal access tokens.
pub(crate) fn table_of_credentials(reply: &Value) -> Result<(), Failure> {
    let rows: Vec<_> = items(reply, "result")
        .iter()
        .map(|credential| {
            ["/id", "/algorithm", "/creationDate", "/expirationDate"]
                .map(|member| text(credential, member).to_owned())
        })
        .collect();
    table(["ID", "ALGORITHM", "CREATED", "EXPIRES"], &rows)
}

/// The members of one thing, a line each; what is inside of members is left to --json.
pub(crate) fn properties(thing: &Value) -> Result<(), Failure> {
    for (name, value) in thing.as_object().into_iter().flatten() {
        match value {
            Value::String(text) => line(&format!("{name:<26} {}", escape::line(text, Notation::Text)))?,
            Value::Bool(_) | Value::Number(_) => line(&format!("{name:<26} {value}"))?,
            Value::Object(_) => properties(value)?,
            Value::Array(_) | Value::Null => {}
        }
    }
    Ok(())
}

/// Notes about a user or an organization.
pub(crate) fn table_of_metadata(reply: &Value) -> Result<(), Failure> {
    let readable = |value: &str| match STANDARD.decode(value).map(String::from_utf8) {
        Ok(Ok(text)) if !text.contains(is_unprintable) => text,
        _ => format!("base64: {value}"),
    };
    let rows: Vec<_> = items(reply, "metadata")
        .iter()
        .map(|entry| [text(entry, "/key").to_owned(), readable(text(entry, "/value"))])
        .collect();
    table(["KEY", "VALUE"], &rows)
}

/// A duration as protobuf's JSON has it.
pub(crate) fn seconds(duration: Duration) -> String {
    format!("{}s", duration.as_secs())
}

/// A new file that only its owner can read. It is made before what goes into it, so that a key is not
/// made for a file that can't be; without content it is removed again.
#[derive(Debug)]
pub(crate) struct PrivateFile<'a> {
    path: &'a Path,
    file: File,
    is_written: bool,
}

impl<'a> PrivateFile<'a> {
    /// Creates the file, which must not exist.
    pub(crate) fn create(path: &'a Path) -> Result<Self, Failure> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let file = file.map_err(|error| {
            Failure::new(format!("creating {}: {}", path.display(), obstacle(path, &error)))
        })?;
        Ok(Self { path, file, is_written: false })
    }

    /// The same, but an empty file may be there: one that was left behind when what goes into it was not made.
    pub(crate) fn create_in_place_of_empty(path: &'a Path) -> Result<Self, Failure> {
        if path.symlink_metadata().is_ok_and(|file| file.is_file() && file.len() == 0) {
            let removed = std::fs::remove_file(path);
            removed.map_err(|error| Failure::new(format!("replacing {}: {error}", path.display())))?;
        }
        Self::create(path)
    }

    /// Writes its content, to the disk.
    pub(crate) fn write(mut self, text: &str) -> Result<(), Failure> {
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_all());
        written.map_err(|error| Failure::new(format!("writing {}: {error}", self.path.display())))?;
        self.is_written = true;
        Ok(())
    }
}

/// The reason why a new file can't be made: what is there instead, which is never written to or followed.
fn obstacle(path: &Path, error: &std::io::Error) -> String {
    if error.kind() != ErrorKind::AlreadyExists {
        return error.to_string();
    }
    let kind = path.symlink_metadata().map(|there| there.file_type());
    let there = match kind {
        Ok(kind) if kind.is_dir() => "a directory",
        Ok(kind) if kind.is_symlink() => "a symbolic link, which is not followed,",
        Ok(kind) if kind.is_file() => "a file",
        Ok(_) | Err(_) => "something else",
    };
    format!("{there} is there already, and nothing is overwritten; name a file that does not exist")
}

impl Drop for PrivateFile<'_> {
    fn drop(&mut self) {
        if !self.is_written {
            // Nothing is in it; that it stays would be no loss.
            let _ = std::fs::remove_file(self.path);
        }
    }
}
