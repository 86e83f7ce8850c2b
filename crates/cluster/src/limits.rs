//! Bounds in time and size of everything that is asked of the database.

use std::time::Duration;

/// The times after which an answer is no longer waited for. The connection is then closed: no cancel request
/// is ever sent, for a cancelled commit may be done and not replicated.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// Making a connection.
    pub connect: Duration,
    /// The question where the history ends.
    pub question: Duration,
    /// The heartbeat, which waits for a synchronous standby.
    pub beat: Duration,
    /// A change of the history, with its retries.
    pub append: Duration,
    /// A read of the history or of the state.
    pub read: Duration,
    /// Using assertions up.
    pub use_up: Duration,
    /// The time for which the end of the history is held. It is shorter than the server's own
    /// `idle_in_transaction_session_timeout`, so that the side that decides is the one that knows.
    pub hold: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            connect: seconds(3),
            question: seconds(1),
            beat: seconds(3),
            append: seconds(5),
            read: seconds(5),
            use_up: seconds(3),
            hold: Duration::from_millis(2_500),
        }
    }
}

/// The time between two heartbeats.
pub(crate) const BEAT_INTERVAL: Duration = Duration::from_secs(1);

/// The age of the beginning of an acknowledged heartbeat with which a question is believed. It has to be less
/// than the time after which a failover tool promotes a standby.
pub const BELIEVED_MAX: Duration = Duration::from_secs(3);

/// The pause after a connection that failed, in which its error is the answer.
pub(crate) const RECONNECT_PAUSE: Duration = Duration::from_millis(100);

/// The time for which data that the peer does not confirm keeps a connection open.
pub(crate) const UNCONFIRMED_MAX: Duration = Duration::from_secs(3);

/// The time for which the database waits for a lock (`jeton.durable_1`).
pub(crate) const LOCK_WAIT_MAX: Duration = Duration::from_secs(2);

/// Pauses between two tries of a change that the database asked to repeat, at least.
pub(crate) const RETRY_PAUSE: Duration = Duration::from_millis(5);

/// Change sets of one answer.
pub const SINCE_CHANGES_MAX: i64 = 500;

/// Bytes of stored values in one answer, beyond the first change set.
pub const SINCE_BYTES_MAX: i64 = 4 << 20;

/// Rows of one transaction of the upload.
pub const UPLOAD_ROWS_MAX: usize = 5_000;

/// Bytes of one transaction of the upload, beyond its first row.
pub const UPLOAD_BYTES_MAX: usize = 8 << 20;

/// Questions, and batches of assertions, that wait for their connection.
pub const WAITING_MAX: usize = 4_096;

/// Assertions that are used up by one statement, unless the first request has more.
pub const USE_UP_BATCH_MAX: usize = 1_000;

/// Change sets that one trimming removes.
pub const TRIM_CHANGES_MAX: i64 = 10_000;

/// Assertions that one trimming forgets.
pub const TRIM_ASSERTIONS_MAX: i64 = 5_000;
