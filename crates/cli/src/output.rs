//! Replies as text: JSON for programs, columns for people.

use crate::CliError;
use crate::escape::{self, Notation};
use crate::limits::LAST_WORDS_TIMEOUT;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jeton_api::user_credentials::Listed;
use jeton_api::values::{Date, Deleted, MetadataEntry};
use jeton_domain::characters::is_unprintable;
use serde_json::Value;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

/// The destination of a command's output.
pub(crate) struct Output<'a> {
    out: &'a mut dyn Write,
    remarks: &'a mut dyn Write,
}

impl<'a> Output<'a> {
    /// An output with remarks, such as advice and progress, apart from it.
    pub(crate) fn new(out: &'a mut dyn Write, remarks: &'a mut dyn Write) -> Self {
        Self { out, remarks }
    }

    /// Prints a reply as JSON.
    pub(crate) fn json(&mut self, reply: &Value) -> Result<(), CliError> {
        self.line(&json_text(reply))
    }

    /// Prints one or more lines with unprintable characters escaped. A closed output is an error, so that the
    /// exit code shows it.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), CliError> {
        writeln!(self.out, "{}", escape::lines(text, Notation::Text)).map_err(|error| unwritten(&error))
    }

    /// Prints bytes as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        self.out.write_all(bytes).and_then(|()| self.out.flush()).map_err(|error| unwritten(&error))
    }

    /// Writes a remark. Write errors are ignored, because the command itself has succeeded or failed.
    pub(crate) fn remark(&mut self, text: &str) {
        let _ = writeln!(self.remarks, "{}", escape::lines(text, Notation::Text));
    }

    /// Writes a remark without a line break.
    pub(crate) fn progress(&mut self, text: &str) {
        let _ = self.remarks.write_all(text.as_bytes());
    }

    /// Prints rows below headings, each column as wide as its longest cell.
    pub(crate) fn table<const N: usize>(
        &mut self,
        headings: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) -> Result<(), CliError> {
        let escaped =
            rows.into_iter().map(|row| row.map(|cell| escape::line(&cell, Notation::Text).into_owned()));
        let rows: Vec<_> = std::iter::once(headings.map(str::to_owned)).chain(escaped).collect();
        let mut widths = [0; N];
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        for row in &rows {
            let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
            self.line(cells.collect::<Vec<_>>().join("  ").trim_end())?;
        }
        Ok(())
    }

    /// Prints the members of one object, a line each, with nested objects but without lists.
    pub(crate) fn properties(&mut self, thing: &Value) -> Result<(), CliError> {
        for (name, value) in thing.as_object().into_iter().flatten() {
            match value {
                Value::String(text) => {
                    self.line(&format!("{name:<26} {}", escape::line(text, Notation::Text)))?;
                }
                Value::Bool(_) | Value::Number(_) => self.line(&format!("{name:<26} {value}"))?,
                Value::Object(_) => self.properties(value)?,
                Value::Array(_) | Value::Null => {}
            }
        }
        Ok(())
    }

    /// Prints a table of keys or personal access tokens.
    pub(crate) fn credentials(&mut self, listed: Listed) -> Result<(), CliError> {
        let rows = listed.result.into_iter().map(|credential| {
            [
                credential.id,
                credential.algorithm.unwrap_or_default().into_owned(),
                credential.creation_date.to_string(),
                or_empty(credential.expiration_date),
            ]
        });
        self.table(["ID", "ALGORITHM", "CREATED", "EXPIRES"], rows)
    }

    /// Prints the metadata of a user or an organization.
    pub(crate) fn metadata(&mut self, entries: Vec<MetadataEntry>) -> Result<(), CliError> {
        let readable = |value: String| match STANDARD.decode(&value).map(String::from_utf8) {
            Ok(Ok(text)) if !text.contains(is_unprintable) => text,
            _ => format!("base64: {value}"),
        };
        let rows = entries.into_iter().map(|entry| [entry.key, readable(entry.value)]);
        self.table(["KEY", "VALUE"], rows)
    }
}

fn unwritten(error: &std::io::Error) -> CliError {
    CliError::new(format!("writing the output: {error}"))
}

/// A date that may be absent.
pub(crate) fn or_empty(date: Option<Date>) -> String {
    date.map(|date| date.to_string()).unwrap_or_default()
}

/// Lower-case words of an API's name without its prefix, such as `active` for `USER_STATE_ACTIVE`.
pub(crate) fn words(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_lowercase().replace('_', " ")
}

/// Indented JSON that is safe to show on a terminal.
pub(crate) fn json_text(reply: &Value) -> String {
    escape::lines(&format!("{reply:#}"), Notation::Json).into_owned()
}

/// JSON on one line that is safe to show on a terminal.
pub(crate) fn json_line(value: &Value) -> String {
    escape::line(&value.to_string(), Notation::Json).into_owned()
}

/// Writes a remark to standard error. Write errors are ignored, because the command itself has succeeded or
/// failed.
pub(crate) fn remark(text: &str) {
    let line = format!("{}\n", escape::lines(text, Notation::Text));
    let _ = std::io::stderr().write_all(line.as_bytes());
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

/// Reports the deletion of a missing object as an error. The API does not, because programs may repeat a
/// call.
pub(crate) fn expect_deleted(reply: &Deleted, what: &str, id: &str) -> Result<(), CliError> {
    match reply.deletion_date {
        None => Err(CliError::new(format!("there is no such {what}: {id}"))),
        Some(_) => Ok(()),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The text that `print` writes to the output and to the remarks.
    fn printed(print: impl FnOnce(&mut Output<'_>) -> Result<(), CliError>) -> (String, String) {
        let (mut out, mut remarks) = (Vec::new(), Vec::new());
        print(&mut Output::new(&mut out, &mut remarks)).unwrap();
        (String::from_utf8(out).unwrap(), String::from_utf8(remarks).unwrap())
    }

    /// An output that is closed.
    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_output_is_an_error_and_closed_remarks_are_not() {
        let (mut out, mut remarks) = (Closed, Closed);
        let mut output = Output::new(&mut out, &mut remarks);
        for failed in [
            output.line("x"),
            output.json(&json!({})),
            output.bytes(b"x"),
            output.table(["A"], [["x".to_owned()]]),
        ] {
            assert!(failed.unwrap_err().to_string().starts_with("writing the output: "));
        }
        output.remark("x");
        output.progress("x");
    }

    #[test]
    fn columns_are_as_wide_as_their_longest_cell_and_lines_do_not_end_in_spaces() {
        let rows = [["a", "1", ""], ["longer", "22", "x"]].map(|row| row.map(str::to_owned));
        let (out, _) = printed(|output| output.table(["NAME", "N", "Z"], rows));
        assert_eq!(out, "NAME    N   Z\na       1\nlonger  22  x\n");
        let (out, _) = printed(|output| output.table(["NAME", "N"], []));
        assert_eq!(out, "NAME  N\n");
    }

    #[test]
    fn foreign_text_begins_no_line_and_moves_no_cursor() {
        let evil = "a\nb\u{1b}[2J\u{202e}";
        let (out, _) = printed(|output| output.table(["NAME"], [[evil.to_owned()]]));
        assert_eq!(out, "NAME\na\\u{a}b\\u{1b}[2J\\u{202e}\n");
        let (out, _) = printed(|output| output.properties(&json!({ "name": evil })));
        assert_eq!(out.lines().count(), 1);
        let (out, remarks) = printed(|output| {
            output.remark(evil);
            output.json(&json!({ "name": evil }))
        });
        assert!(!out.contains('\u{1b}') && !out.contains('\u{202e}'), "{out}");
        assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["name"], evil, "JSON still means the same");
        assert!(!remarks.contains('\u{1b}'));
    }

    #[test]
    fn properties_are_those_of_nested_objects_without_lists() {
        let thing =
            json!({ "name": "x", "n": 3, "is": true, "none": null, "list": [1], "in": { "side": "y" } });
        let (out, _) = printed(|output| output.properties(&thing));
        let names: Vec<_> = out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
        assert_eq!(names, [vec!["side", "y"], vec!["is", "true"], vec!["n", "3"], vec!["name", "x"]]);
    }

    #[test]
    fn metadata_that_is_not_printable_text_is_shown_in_base64() {
        let entry = |value: &[u8]| MetadataEntry { key: "k".to_owned(), value: STANDARD.encode(value) };
        for (value, shown) in [
            (&b"text"[..], "text"),
            ("ünï".as_bytes(), "ünï"),
            (b"", ""),
            (b"a\nb", "base64: YQpi"),
            (b"\xff", "base64: /w=="),
            ("\u{202e}".as_bytes(), "base64: 4oCu"),
        ] {
            let (out, _) = printed(|output| output.metadata(vec![entry(value)]));
            let line = out.lines().nth(1).unwrap();
            assert_eq!(line.strip_prefix('k').unwrap().trim_start(), shown);
        }
        let wrong = MetadataEntry { key: "k".to_owned(), value: "no base64!".to_owned() };
        let (out, _) = printed(|output| output.metadata(vec![wrong]));
        assert!(out.ends_with("base64: no base64!\n"));
    }

    #[test]
    fn a_reader_that_does_not_read_is_not_waited_for() {
        let (reads, stalled) = mpsc::channel::<()>();
        assert!(within(Duration::ZERO, move || assert!(stalled.recv().is_err())));
        drop(reads);
        let (wrote, written) = mpsc::channel();
        assert!(within(Duration::from_secs(60), move || wrote.send(()).unwrap()));
        assert!(written.try_recv().is_ok(), "one that reads is");
    }

    #[test]
    fn what_was_not_there_to_delete_is_named_with_its_kind() {
        let reply = |date: Option<&str>| serde_json::from_value(json!({ "deletionDate": date })).unwrap();
        let told = expect_deleted(&reply(None), "project", "7").unwrap_err().to_string();
        assert_eq!(told, "there is no such project: 7");
        assert!(expect_deleted(&reply(Some("2026-01-02T03:04:05Z")), "project", "7").is_ok());
    }

    #[test]
    fn names_of_the_api_are_words() {
        assert_eq!(words("USER_STATE_ACTIVE", "USER_STATE_"), "active");
        assert_eq!(
            words("CREDENTIAL_TYPE_PERSONAL_ACCESS_TOKEN", "CREDENTIAL_TYPE_"),
            "personal access token"
        );
        assert_eq!(words("NOVELTY", "USER_STATE_"), "novelty");
        assert_eq!(words("A_A_B", "A_"), "a b", "the prefix is there once");
    }

    #[test]
    fn a_private_file_is_written_once_and_only_by_its_owner_to_read() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        PrivateFile::create(&path).unwrap().write("secret").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "secret");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let refused = PrivateFile::create(&path).unwrap_err().to_string();
        assert!(refused.contains("a file is there already and is not overwritten"), "{refused}");
        assert!(PrivateFile::create_in_place_of_empty(&path).is_err(), "it is not empty");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "secret");
    }

    #[test]
    fn a_private_file_without_content_is_removed_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        drop(PrivateFile::create(&path).unwrap());
        assert!(!path.exists());
        std::fs::write(&path, "").unwrap();
        assert!(PrivateFile::create(&path).is_err(), "even an empty file is in the way");
        PrivateFile::create_in_place_of_empty(&path).unwrap().write("x").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "x");
    }

    #[test]
    fn a_private_file_follows_no_link_and_says_what_is_in_the_way() {
        let directory = tempfile::tempdir().unwrap();
        let (link, target) = (directory.path().join("link"), directory.path().join("target"));
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let refused = PrivateFile::create(&link).unwrap_err().to_string();
        assert!(refused.contains("a symbolic link, which is not followed,"), "{refused}");
        assert!(PrivateFile::create_in_place_of_empty(&link).is_err());
        assert!(!target.exists());
        let refused = PrivateFile::create(directory.path()).unwrap_err().to_string();
        assert!(refused.contains("a directory is there already"), "{refused}");
        let missing = directory.path().join("missing/token");
        assert!(PrivateFile::create(&missing).unwrap_err().to_string().starts_with("creating "));
    }
}
