//! Every bound of the command line, in one place.

use std::time::Duration;

/// Maximum bytes of a log line; a longer line is replaced by a note of its size.
pub(crate) const LOG_LINE_BYTES_MAX: usize = 8 * 1024;

/// Maximum bytes of log lines waiting to be written; further lines are dropped and counted.
pub(crate) const LOG_QUEUE_BYTES_MAX: usize = 1024 * 1024;

/// Distinct lines from one place in the code that are written within one repeat window; further lines are
/// summed up together.
pub(crate) const LOG_DIFFERENT_LINES_MAX: usize = 16;

/// Maximum number of remembered lines whose repetitions are summed up.
pub(crate) const LOG_REMEMBERED_MAX: usize = 512;

/// Window in which repetitions of a line are summed up: initial and maximum.
pub(crate) const LOG_REPEAT_WINDOW: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));

/// Pause before another attempt to write a line: initial and maximum.
pub(crate) const LOG_RETRY_PAUSE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// Maximum wait for the reader of the output, at the end of a program or the start of a server.
pub(crate) const LAST_WORDS_TIMEOUT: Duration = Duration::from_secs(1);

/// Maximum time from the end of the drain to the end of the process.
pub(crate) const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Maximum wait for the log to be written at the end.
pub(crate) const LOG_FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// Maximum wait of a command without a store for a server that was started just before it.
pub(crate) const FIRST_START_PATIENCE: Duration = Duration::from_secs(1);
