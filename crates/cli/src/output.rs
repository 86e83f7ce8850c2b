//! Replies as text: JSON for programs, columns for people.

use crate::CliError;
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

/// Prints a reply as JSON.
pub(crate) fn json(reply: &Value) -> Result<(), CliError> {
    line(&json_text(reply))
}

/// Indented JSON that is safe to show on a terminal.
pub(crate) fn json_text(reply: &Value) -> String {
    escape::lines(&format!("{reply:#}"), Notation::Json).into_owned()
}

/// JSON on one line that is safe to show on a terminal.
pub(crate) fn json_line(value: &Value) -> String {
    escape::line(&value.to_string(), Notation::Json).into_owned()
}

/// Prints one or more lines with unprintable characters escaped. A closed output is an error, so that the
/// exit code shows it.
pub(crate) fn line(text: &str) -> Result<(), CliError> {
    writeln!(std::io::stdout().lock(), "{}", escape::lines(text, Notation::Text))
        .map_err(|error| CliError::new(format!("writing the output: {error}")))
}

/// Prints bytes as they are.
pub(crate) fn bytes(bytes: &[u8]) -> Result<(), CliError> {
    let mut output = std::io::stdout().lock();
    output
        .write_all(bytes)
        .and_then(|()| output.flush())
        .map_err(|error| CliError::new(format!("writing the output: {error}")))
}

/// Writes a remark to standard error. Write errors are ignored, because the command itself has succeeded or
/// failed.
pub(crate) fn remark(text: &str) {
    progress(&format!("{}\n", escape::lines(text, Notation::Text)));
}

/// Writes a remark without a line break.
pub(crate) fn progress(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Writes the last sentence of the program; a stalled reader does not block its end.
pub(crate) fn last_words(text: &str) {
    let words = escape::line(text, Notation::Text).into_owned();
    let again = words.clone();
    if !within(LAST_WORDS_TIMEOUT, move || remark(&words)) {
        remark(&again);
    }
}

/// Runs `write`, which may block on a reader, and stops waiting for it after the timeout. False if it could
/// not be started.
pub(crate) fn within(timeout: Duration, write: impl FnOnce() + Send + 'static) -> bool {
    let (done, is_done) = mpsc::channel();
    let writing = std::thread::Builder::new().name("output".to_owned()).spawn(move || {
        write();
        let _ = done.send(());
    });
    if writing.is_ok() {
        // A disconnected channel means that it has ended, too.
        let _ = is_done.recv_timeout(timeout);
    }
    writing.is_ok()
}

/// A member of a reply as text; empty if missing.
pub(crate) fn text<'a>(reply: &'a Value, pointer: &str) -> &'a str {
    reply.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Reports the deletion of a missing object as an error. The API does not, because programs may repeat a
/// call.
pub(crate) fn deleted(reply: &Value, what: &str, id: &str) -> Result<(), CliError> {
    match text(reply, "/deletionDate") {
        "" => Err(CliError::new(format!("there is no such {what}: {id}"))),
        _ => Ok(()),
    }
}

/// A list in a reply; empty if missing.
pub(crate) fn items<'a>(reply: &'a Value, member: &str) -> &'a [Value] {
    reply.get(member).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Prints rows below headings, each column as wide as its longest cell.
pub(crate) fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> Result<(), CliError> {
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

/// Prints a table of keys or personal access tokens.
pub(crate) fn table_of_credentials(reply: &Value) -> Result<(), CliError> {
    let rows: Vec<_> = items(reply, "result")
        .iter()
        .map(|credential| {
            ["/id", "/algorithm", "/creationDate", "/expirationDate"]
                .map(|member| text(credential, member).to_owned())
        })
        .collect();
    table(["ID", "ALGORITHM", "CREATED", "EXPIRES"], &rows)
}

/// Prints the members of one object, a line each, with nested objects but without lists.
pub(crate) fn properties(thing: &Value) -> Result<(), CliError> {
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

/// Prints the metadata of a user or an organization.
pub(crate) fn table_of_metadata(reply: &Value) -> Result<(), CliError> {
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

/// A duration in protobuf's JSON mapping, such as `60s`.
pub(crate) fn seconds(duration: Duration) -> String {
    format!("{}s", duration.as_secs())
}

/// A new file with mode 0600. It is created before its content, so that no key is generated for a file that
/// can't be created; without content it is removed again.
#[derive(Debug)]
pub(crate) struct PrivateFile<'a> {
    path: &'a Path,
    file: File,
    is_written: bool,
}

impl<'a> PrivateFile<'a> {
    /// Creates the file. It must not exist.
    pub(crate) fn create(path: &'a Path) -> Result<Self, CliError> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
        let file = file.map_err(|error| {
            CliError::new(format!("creating {}: {}", path.display(), obstacle(path, &error)))
        })?;
        Ok(Self { path, file, is_written: false })
    }

    /// Like [`Self::create`], but replaces an empty file, which is left behind if its content could not be
    /// created.
    pub(crate) fn create_in_place_of_empty(path: &'a Path) -> Result<Self, CliError> {
        if path.symlink_metadata().is_ok_and(|file| file.is_file() && file.len() == 0) {
            let removed = std::fs::remove_file(path);
            removed.map_err(|error| CliError::new(format!("replacing {}: {error}", path.display())))?;
        }
        Self::create(path)
    }

    /// Writes the content and syncs it to the disk.
    pub(crate) fn write(mut self, text: &str) -> Result<(), CliError> {
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.sync_all());
        written.map_err(|error| CliError::new(format!("writing {}: {error}", self.path.display())))?;
        self.is_written = true;
        Ok(())
    }
}

/// The reason why a new file can't be created: the kind of existing file, which is never written to or
/// followed.
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
    format!("{there} is there already and is not overwritten; name a file that does not exist")
}

impl Drop for PrivateFile<'_> {
    fn drop(&mut self) {
        if !self.is_written {
            // The file is empty, so it may stay if it can't be removed.
            let _ = std::fs::remove_file(self.path);
        }
    }
}
