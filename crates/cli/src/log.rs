//! The server's log on standard error.
//!
//! An event becomes one line in the thread where it happens. Lines wait in a bounded queue (`queue.rs`) for
//! the log thread, the only one that writes and that a full disk, a closed pipe or a stalled reader can
//! block. Lines that do not fit are counted, and the count is logged when there is room again. Repeated
//! lines are summed up (`repeats.rs`).

mod format;
mod queue;
mod repeats;

use crate::CliError;
use crate::args::LogFormat;
use crate::limits::LOG_FLUSH_TIMEOUT;
use jeton_server::panics;
use queue::{Kind, Queue};
use std::io;
use std::sync::Arc;
use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// The variable that sets the level.
const LEVEL_VARIABLE: &str = "JETON_LOG";

/// The running log. Dropping it writes the waiting lines, within a time limit.
#[derive(Clone)]
pub(crate) struct Log(Arc<Queue>);

impl Drop for Log {
    fn drop(&mut self) {
        self.0.flush(LOG_FLUSH_TIMEOUT);
    }
}

/// Starts the log at the level of `JETON_LOG` (error, warn, info, debug).
pub(crate) fn start(format: LogFormat) -> Result<Log, CliError> {
    let filter = filter(std::env::var(LEVEL_VARIABLE).ok().as_deref())?;
    let queue = Arc::new(Queue::new(format));
    let writing = Arc::clone(&queue);
    std::thread::Builder::new()
        .name("log".to_owned())
        .spawn(move || writing.write_to(StandardError))
        .map_err(|error| CliError::new(format!("starting the log: {error}")))?;
    let lines = Lines(Arc::clone(&queue));
    let log = tracing_subscriber::fmt().with_writer(lines).with_env_filter(filter).log_internal_errors(false);
    match format {
        LogFormat::Text => log.with_ansi(false).init(),
        LogFormat::Json => log.json().init(),
    }
    let panicking = Arc::clone(&queue);
    std::panic::set_hook(Box::new(move |panic| {
        tell_panic(panic);
        if panics::is_fatal() {
            panicking.flush(LOG_FLUSH_TIMEOUT);
            std::process::abort();
        }
    }));
    Ok(Log(queue))
}

/// Logs a panic as an ordinary line. The default hook writes to standard error itself and would block on a
/// stalled reader.
fn tell_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let location = panic.location().map(ToString::to_string).unwrap_or_default();
    let message = panic.payload_as_str().unwrap_or("a panic without a message");
    tracing::error!(location, "panic: {message}");
}

/// Parses a level, or directives such as `jeton_server=debug,info`. Unknown words are refused: `EnvFilter`
/// would take one for a module's name and turn everything else off.
fn filter(text: Option<&str>) -> Result<EnvFilter, CliError> {
    let text = text.map(str::trim).filter(|text| !text.is_empty()).unwrap_or("info");
    let is_level = |word: &str| word.trim().parse::<LevelFilter>().is_ok();
    let wrong = text.split(',').find(|word| !word.contains('=') && !is_level(word));
    match (wrong, EnvFilter::try_new(text)) {
        (None, Ok(filter)) => Ok(filter),
        _ => {
            Err(CliError::new(format!("{LEVEL_VARIABLE}: must be error, warn, info or debug, not {text:?}")))
        }
    }
}

/// Standard error without the lock and the buffer of the standard library.
struct StandardError;

impl io::Write for StandardError {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(rustix::io::write(io::stderr(), bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The subscriber's writer, which puts the line of each event into the queue.
struct Lines(Arc<Queue>);

/// The line of one event.
struct Line<'a> {
    queue: &'a Queue,
    kind: Kind,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line { queue: &self.0, kind: Kind::default() }
    }

    fn make_writer_for(&'a self, event: &Metadata<'_>) -> Line<'a> {
        let kind = Kind { place: Some(event.callsite()), is_verbose: *event.level() > Level::INFO };
        Line { queue: &self.0, kind }
    }
}

impl io::Write for Line<'_> {
    /// The subscriber writes a whole line at once.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.queue.push(&self.kind, &String::from_utf8_lossy(line));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_levels_are_refused_and_an_empty_one_is_info() {
        for (text, level) in [(None, "info"), (Some(""), "info"), (Some(" "), "info"), (Some("WARN"), "warn")]
        {
            assert_eq!(filter(text).unwrap().to_string(), level, "{text:?}");
        }
        for good in ["error", "off", "jeton_server=debug,info", "h2=off, warn", "info,"] {
            assert!(filter(Some(good)).is_ok(), "{good}");
        }
        for wrong in ["loud", "1.5", "info;debug", "jeton_server", "=,="] {
            assert!(filter(Some(wrong)).is_err(), "{wrong}");
        }
    }
}
