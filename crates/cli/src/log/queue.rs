//! Lines on their way to the thread that writes them.
//!
//! A logging thread holds the lock while it adds a line, never while one is written. The writing thread
//! keeps a line until it is written whole, so a line that was begun before the disk was full is finished
//! when there is room.

use super::format::Stamped;
use super::repeats::Repeats;
use crate::args::LogFormat;
use crate::limits::{LOG_QUEUE_BYTES_MAX, LOG_RETRY_PAUSE};
use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tracing::callsite::Identifier;

/// The place in the code that a line comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    pub(super) place: Option<Identifier>,
    /// True for a level below `info`, which is on only by request.
    pub(super) is_verbose: bool,
}

#[derive(Debug)]
pub(super) struct Queue {
    format: LogFormat,
    waiting: Mutex<Waiting>,
    /// Signals a line to write or to count.
    filled: Condvar,
    /// Signals that everything is written.
    emptied: Condvar,
}

#[derive(Debug)]
struct Waiting {
    lines: VecDeque<String>,
    bytes: usize,
    /// Lines dropped for lack of room since that was last reported.
    lost: u64,
    repeats: Repeats<Kind>,
    is_writing: bool,
}

impl Queue {
    pub(super) fn new(format: LogFormat) -> Self {
        let waiting = Waiting {
            lines: VecDeque::new(),
            bytes: 0,
            lost: 0,
            repeats: Repeats::new(format),
            is_writing: false,
        };
        Self { format, waiting: Mutex::new(waiting), filled: Condvar::new(), emptied: Condvar::new() }
    }

    /// Adds a line, or counts it as repeated or as dropped.
    pub(super) fn push(&self, kind: &Kind, line: &str) {
        let line = Stamped::read(self.format, line);
        let mut waiting = self.lock();
        let written = waiting.repeats.take_in(kind.clone(), kind.is_verbose, line, Instant::now());
        if let Some(line) = written {
            waiting.add(self.format, line.line());
        }
        // Also after counting: the end of its window may be the next time to wake up.
        self.filled.notify_one();
    }

    /// Writes the lines as they come, forever.
    pub(super) fn write_to(&self, mut output: impl Write) {
        loop {
            let line = self.next();
            write_whole(&mut output, line.as_bytes(), std::thread::sleep);
        }
    }

    /// Waits until all lines so far are written, at most for the timeout.
    pub(super) fn flush(&self, timeout: Duration) {
        let deadline = Instant::now() + timeout;
        let mut waiting = self.lock();
        let now = Instant::now();
        for line in waiting.repeats.rest(now) {
            waiting.add(self.format, line);
        }
        self.filled.notify_one();
        while waiting.is_writing || waiting.lost > 0 || !waiting.lines.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            waiting = self.emptied.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits for the next line. The call means that the previous one is written.
    fn next(&self) -> String {
        let mut waiting = self.lock();
        waiting.is_writing = false;
        loop {
            for line in waiting.repeats.due(Instant::now()) {
                waiting.add(self.format, line);
            }
            if let Some(line) = waiting.take(self.format) {
                waiting.is_writing = true;
                return line;
            }
            self.emptied.notify_all();
            let end = waiting.repeats.next_end().map(|end| end.saturating_duration_since(Instant::now()));
            waiting = match end {
                None => self.filled.wait(waiting).unwrap_or_else(PoisonError::into_inner),
                Some(left) => {
                    self.filled.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// Adds a line if there is room for it, preceded by the count of dropped lines, if any.
    fn add(&mut self, format: LogFormat, line: String) {
        let told = (self.lost > 0).then(|| lost(format, self.lost));
        let bytes = line.len().saturating_add(told.as_ref().map_or(0, String::len));
        if self.bytes.saturating_add(bytes) > LOG_QUEUE_BYTES_MAX {
            self.lost = self.lost.saturating_add(1);
            return;
        }
        self.bytes += bytes;
        if told.is_some() {
            self.lost = 0;
        }
        self.lines.extend(told.into_iter().chain([line]));
    }

    fn take(&mut self, format: LogFormat) -> Option<String> {
        if let Some(line) = self.lines.pop_front() {
            self.bytes -= line.len();
            return Some(line);
        }
        let lost_lines = std::mem::take(&mut self.lost);
        (lost_lines > 0).then(|| lost(format, lost_lines))
    }
}

fn lost(format: LogFormat, lines: u64) -> String {
    let message = "log lines were lost: standard error was full, closed or too slow";
    Stamped::made(format, message, &[("lines", lines)]).line()
}

/// Writes a whole line. A failed write is repeated after a pause, without limit.
fn write_whole(output: &mut impl Write, mut rest: &[u8], mut pause: impl FnMut(Duration)) {
    let mut next_pause = LOG_RETRY_PAUSE.0;
    while !rest.is_empty() {
        match output.write(rest) {
            Ok(written) if written > 0 => {
                rest = rest.get(written..).unwrap_or_default();
                next_pause = LOG_RETRY_PAUSE.0;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(_) | Err(_) => {
                pause(next_pause);
                next_pause = next_pause.saturating_mul(2).min(LOG_RETRY_PAUSE.1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind() -> Kind {
        Kind { place: None, is_verbose: true }
    }

    /// A distinct line of 1,000 bytes.
    fn line(number: usize) -> String {
        format!("time {number:>994}\n")
    }

    #[test]
    fn lines_without_room_are_counted_and_reported_in_their_place() {
        let queue = Queue::new(LogFormat::Text);
        let fitting = LOG_QUEUE_BYTES_MAX / 1000;
        for number in 0..fitting + 7 {
            queue.push(&kind(), &line(number));
        }
        assert_eq!(queue.lock().lost, 7);
        for number in 0..3 {
            assert_eq!(queue.next(), line(number));
        }
        queue.push(&kind(), "time after\n");
        for number in 3..fitting {
            assert_eq!(queue.next(), line(number));
        }
        assert!(queue.next().contains("log lines were lost") && queue.lock().lost == 0);
        assert_eq!(queue.next(), "time after\n");
        assert_eq!(queue.lock().bytes, 0);
    }

    #[test]
    fn lost_lines_are_reported_even_if_no_line_follows() {
        let queue = Queue::new(LogFormat::Json);
        queue.lock().lost = 5;
        let told: serde_json::Value = serde_json::from_str(&queue.next()).unwrap();
        assert_eq!(told["fields"]["lines"], 5);
    }

    #[test]
    fn flushing_returns_at_the_timeout() {
        let queue = Queue::new(LogFormat::Text);
        queue.flush(Duration::from_secs(60));
        queue.push(&kind(), "time a line\n");
        queue.flush(Duration::from_millis(1));
    }

    /// A scripted output: each write takes a number of bytes, or fails.
    struct Output {
        steps: VecDeque<Result<usize, io::ErrorKind>>,
        bytes: Vec<u8>,
    }

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let len = self.steps.pop_front().unwrap_or(Ok(bytes.len())).map_err(io::Error::from)?;
            self.bytes.extend_from_slice(&bytes[..len]);
            Ok(len)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_line_is_written_whole_despite_errors_in_between() {
        use io::ErrorKind::{BrokenPipe, Interrupted, StorageFull, WouldBlock};
        let steps = [
            Ok(2),
            Err(StorageFull),
            Err(WouldBlock),
            Ok(3),
            Err(Interrupted),
            Err(BrokenPipe),
            Err(StorageFull),
            Ok(0),
        ];
        let mut output = Output { steps: steps.into(), bytes: Vec::new() };
        let mut pauses = Vec::new();
        write_whole(&mut output, b"a whole line\n", |pause| pauses.push(pause.as_millis()));
        assert_eq!(output.bytes, b"a whole line\n");
        assert_eq!(pauses, [10, 20, 10, 20, 40]);
    }

    #[test]
    fn the_pause_between_two_attempts_is_bounded() {
        let steps = std::iter::repeat_n(Err(io::ErrorKind::StorageFull), 20).collect();
        let mut output = Output { steps, bytes: Vec::new() };
        let mut longest = Duration::ZERO;
        write_whole(&mut output, b"x", |pause| longest = longest.max(pause));
        assert_eq!(longest, LOG_RETRY_PAUSE.1);
    }
}
