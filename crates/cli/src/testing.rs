//! Commands run on a real store without a process: what they print, and transcripts of whole sessions.
//!
//! A transcript is a text file of commands and their output. A line that begins with `$` is a command, `<`
//! its standard input, `#` a remark on standard error and `!` the sentence that it fails with; all other
//! lines are output. Ids, dates and secrets differ from run to run: they are numbered in the order in which
//! they appear (`ID1`, `PAT1`), and may be used in later commands. Runs of spaces count as two.
//! `JETON_BLESS=1 cargo test -p jeton-cli` writes the files anew.

use crate::args::Args;
use crate::output::Output;
use crate::profiles::Accounts;
use crate::session::Session;
use crate::transport::{Offline, Transport};
use crate::{CliError, command};
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::fmt::Write;
use std::path::Path;
use tempfile::TempDir;

/// A data directory with an open store, and the profiles of one user.
pub(crate) struct Fixture {
    directory: TempDir,
    store: Offline,
    names: Names,
}

/// The outcome of a command.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) result: Result<(), String>,
    pub(crate) output: String,
    pub(crate) remarks: String,
}

/// A transport that answers every call in the same way.
pub(crate) struct Fixed(pub(crate) Result<Value, String>);

impl Transport for Fixed {
    fn call(&mut self, _: &str, _: &Value) -> Result<Value, CliError> {
        self.0.clone().map_err(CliError::new)
    }
}

/// A transport that answers calls with these replies in turn, and remembers the calls.
pub(crate) struct Script {
    replies: VecDeque<Result<Value, String>>,
    calls: Vec<(String, Value)>,
}

impl Script {
    pub(crate) fn new(replies: impl IntoIterator<Item = Result<Value, String>>) -> Self {
        Self { replies: replies.into_iter().collect(), calls: Vec::new() }
    }

    /// Runs a command without input over this transport. No server runs.
    pub(crate) fn run(&mut self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    /// Runs a command with this input over this transport. No server runs.
    pub(crate) fn run_with(&mut self, arguments: &[&str], input: &str) -> Ran {
        let mut server = Fixed(Err("no server runs here".to_owned()));
        run_over(self, &mut server, &accounts(&[]), arguments, input.as_bytes())
    }

    /// Runs a command, split into words like those of a transcript.
    pub(crate) fn command(&mut self, command: &str) -> Ran {
        let words = words(command);
        self.run(&words.iter().map(String::as_str).collect::<Vec<_>>())
    }

    /// The paths that were called.
    pub(crate) fn paths(&self) -> Vec<&str> {
        self.calls.iter().map(|(path, _)| path.as_str()).collect()
    }

    /// Names of the methods that were called.
    pub(crate) fn methods(&self) -> Vec<&str> {
        self.paths().into_iter().map(|path| path.rsplit('/').next().unwrap_or(path)).collect()
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<Value> {
        self.calls.iter().map(|(_, request)| request.clone()).collect()
    }
}

impl Transport for Script {
    fn call(&mut self, path: &str, request: &Value) -> Result<Value, CliError> {
        self.calls.push((path.to_owned(), request.clone()));
        let reply = self.replies.pop_front().unwrap_or_else(|| Err(format!("{path} has no reply here")));
        reply.map_err(CliError::new)
    }
}

/// The output of a command whose calls all have this reply, on every transport.
pub(crate) fn answered(arguments: &[&str], reply: Value) -> Result<String, String> {
    let (mut transport, mut server) = (Fixed(Ok(reply.clone())), Fixed(Ok(reply)));
    let ran = run_over(&mut transport, &mut server, &accounts(&[]), arguments, b"");
    ran.result.map(|()| ran.output)
}

/// Checks a command that performs one call: the method and the request, the text that it prints for this
/// reply, and that `--json` prints the reply as it came, with a member that no version knows.
pub(crate) fn check(command: &str, method: &str, request: Value, mut reply: Value, printed: &str) {
    if let Some(members) = reply.as_object_mut() {
        members.insert("novelty".to_owned(), Value::from(1));
    }
    let requests = [request];
    for json_too in [false, true] {
        let mut script = Script::new([Ok(reply.clone())]);
        let ran = script.command(&format!("{}{command}", if json_too { "--json " } else { "" }));
        assert_eq!(ran.result, Ok(()), "{command}");
        assert_eq!(script.methods(), [method], "{command}");
        assert_eq!(script.requests(), requests, "{command}");
        if json_too {
            assert_eq!(serde_json::from_str::<Value>(&ran.output).unwrap(), reply, "{command}");
        } else {
            assert_eq!(with_narrow_columns(&ran.output), printed, "{command}");
        }
    }
}

/// Text with two spaces between columns.
pub(crate) fn with_narrow_columns(text: &str) -> String {
    let cells = |line: &str| {
        let cells = line.split("  ").map(str::trim).filter(|cell| !cell.is_empty());
        cells.collect::<Vec<_>>().join("  ")
    };
    text.lines().map(|line| cells(line) + "\n").collect()
}

/// The sentence that refuses a command before any call is performed.
pub(crate) fn refused_at_once(command: &str) -> String {
    let mut script = Script::new([]);
    let ran = script.command(command);
    assert!(script.requests().is_empty() && ran.output.is_empty(), "{command}");
    ran.result.expect_err("the command is refused")
}

/// The accounts of an environment with these variables.
pub(crate) fn accounts(variables: &[(&str, &Path)]) -> Accounts {
    let variables: BTreeMap<_, _> =
        variables.iter().map(|(name, value)| (*name, OsString::from(value))).collect();
    Accounts::of(|name| variables.get(name).cloned())
}

/// Runs a command over these transports.
pub(crate) fn run_over(
    transport: &mut dyn Transport,
    server: &mut dyn Transport,
    accounts: &Accounts,
    arguments: &[&str],
    mut input: &[u8],
) -> Ran {
    let parsed = Args::parsed(std::iter::once(&"jeton").chain(arguments));
    let Args { global, command } = match parsed {
        Ok(args) => args,
        Err(error) => {
            let result = Err(error.to_string().lines().next().unwrap_or_default().to_owned());
            return Ran { result, output: String::new(), remarks: String::new() };
        }
    };
    let (mut output, mut remarks) = (Vec::new(), Vec::new());
    let mut session = Session {
        global: &global,
        transport,
        server,
        input: &mut input,
        output: Output::new(&mut output, &mut remarks),
    };
    let result = command::run(&mut session, accounts, command);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("commands print text");
    Ran { result: result.map_err(|error| error.to_string()), output: text(output), remarks: text(remarks) }
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let store = Offline::open(&directory.path().join("data")).unwrap();
        Self { directory, store, names: Names::default() }
    }

    /// Runs a command on the store. There is no server.
    pub(crate) fn run(&mut self, arguments: &[&str], input: &str) -> Ran {
        let accounts = accounts(&[("XDG_CONFIG_HOME", self.directory.path())]);
        let mut server = Fixed(Err("no server runs here".to_owned()));
        run_over(&mut self.store, &mut server, &accounts, arguments, input.as_bytes())
    }

    /// Runs the commands of a transcript and compares their output with it.
    pub(crate) fn follow(&mut self, name: &str) {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("src/transcripts").join(name).with_extension("txt");
        let expected = std::fs::read_to_string(&path).unwrap();
        let mut actual = String::new();
        for entry in format!("\n{expected}").split("\n$ ").skip(1) {
            let (command, rest) = entry.split_once('\n').unwrap_or((entry, ""));
            let input: Vec<_> = rest.lines().map_while(|line| line.strip_prefix("< ")).collect();
            writeln!(actual, "$ {command}").unwrap();
            input.iter().for_each(|line| writeln!(actual, "< {line}").unwrap());
            let arguments: Vec<String> = words(command).iter().map(|word| self.names.real(word)).collect();
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let input = self.names.real(&input.join("\n"));
            let ran = self.run(&arguments, &input);
            actual.push_str(&self.names.alike(&ran.output));
            ran.remarks.lines().for_each(|line| writeln!(actual, "# {}", self.names.alike(line)).unwrap());
            if let Err(sentence) = ran.result {
                writeln!(actual, "! {}", self.names.alike(&sentence)).unwrap();
            }
            actual.push('\n');
        }
        if std::env::var_os("JETON_BLESS").is_some() {
            std::fs::write(&path, actual.trim_end().to_owned() + "\n").unwrap();
        } else {
            assert_eq!(actual.trim_end(), expected.trim_end(), "{}", path.display());
        }
    }
}

/// The words of a command, separated by spaces except inside of single quotes.
fn words(command: &str) -> Vec<String> {
    let (mut all, mut word, mut is_quoted, mut is_word) = (Vec::new(), String::new(), false, false);
    for character in command.chars() {
        match character {
            '\'' => (is_quoted, is_word) = (!is_quoted, true),
            ' ' if !is_quoted => {
                if std::mem::take(&mut is_word) {
                    all.push(std::mem::take(&mut word));
                }
            }
            other => {
                is_word = true;
                word.push(other);
            }
        }
    }
    if is_word {
        all.push(word);
    }
    all
}

/// Names for text that differs from run to run.
#[derive(Default)]
struct Names {
    /// Each name with the text it stands for, in the order of appearance.
    known: Vec<(String, String)>,
}

impl Names {
    /// A word with names replaced by what they stand for.
    fn real(&self, text: &str) -> String {
        // ID12 before ID1.
        self.known.iter().rev().fold(text.to_owned(), |text, (name, real)| text.replace(name, real))
    }

    /// Text with names in the place of what differs.
    fn alike(&mut self, text: &str) -> String {
        let is_word = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
        let mut alike = String::new();
        for line in text.split_inclusive('\n') {
            let mut rest = line;
            while let Some(first) = rest.chars().next() {
                let end = rest.find(|c: char| is_word(c) != is_word(first)).unwrap_or(rest.len());
                let (part, after) = rest.split_at(end);
                rest = after;
                // The hour belongs to the word of the date; minutes and seconds follow colons.
                if let Some((_, behind)) = after.split_once('Z').filter(|_| is_date(part)) {
                    rest = behind;
                    alike.push_str("DATE");
                } else if is_word(first) {
                    alike.push_str(&self.name(part));
                } else if part.starts_with("  ") && !alike.ends_with('\n') && !alike.is_empty() {
                    alike.push_str("  ");
                } else {
                    alike.push_str(part);
                }
            }
        }
        alike
    }

    fn name(&mut self, word: &str) -> String {
        let is_id = word.len() >= 15 && word.bytes().all(|byte| byte.is_ascii_digit());
        let is_hex = word.len() >= 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_long = word.len() >= 40 || (word.len() >= 22 && word.bytes().any(|b| b.is_ascii_digit()));
        let kind = match word {
            _ if is_id => "ID",
            _ if word.starts_with("jeton_cs_") && word.len() > 40 => "SECRET",
            _ if word.starts_with("jeton_pat_") && word.len() > 40 => "PAT",
            _ if is_hex => "LINK",
            _ if is_long && !word.contains('_') => "TEXT",
            _ if word.len() == 10
                && word.starts_with(['1', '2'])
                && word.bytes().all(|b| b.is_ascii_digit()) =>
            {
                return "SECONDS".to_owned();
            }
            _ => return word.to_owned(),
        };
        if let Some((name, _)) = self.known.iter().find(|(_, real)| real == word) {
            return name.clone();
        }
        let number = self.known.iter().filter(|(name, _)| name.starts_with(kind)).count() + 1;
        let name = format!("{kind}{number}");
        self.known.push((name.clone(), word.to_owned()));
        name
    }
}

/// True for the part of a date up to its first colon, such as `2026-11-29T03`.
fn is_date(word: &str) -> bool {
    let shape: String = word.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    shape == "0000-00-00T00"
}
