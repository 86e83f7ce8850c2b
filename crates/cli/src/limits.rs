//! Every bound of the command line, in one place.

use std::time::Duration;

/// Bytes of a log line at most; a longer one is replaced by its size.
pub(crate) const LOG_LINE_BYTES_MAX: usize = 8 * 1024;

/// Bytes of log lines that may wait to be written; more are lost, and counted.
pub(crate) const LOG_QUEUE_BYTES_MAX: usize = 1024 * 1024;

/// Different lines from one place in the code that are written within one time of summing up; more are summed up
/// together.
pub(crate) const LOG_DIFFERENT_LINES_MAX: usize = 16;

/// Lines that are remembered to be summed up when they come again.
pub(crate) const LOG_REMEMBERED_MAX: usize = 512;

/// How long a repeated line is summed up: at first, and at most while it goes on.
pub(crate) const LOG_REPEAT_WINDOW: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));

/// Pause before a line that could not be written is tried again: at first, and at most.
pub(crate) const LOG_RETRY_PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// A program that ends, or a server that begins, waits so long for the reader of what it says.
pub(crate) const LAST_WORDS_TIMEOUT: Duration = Duration::from_secs(1);

/// A server that has drained must have ended after so long.
pub(crate) const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// At the end the log is waited for so long.
pub(crate) const LOG_FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// A command that finds no store waits so long for a server that was started a moment before it.
pub(crate) const FIRST_START_PATIENCE: Duration = Duration::from_secs(1);
