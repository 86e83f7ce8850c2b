//! Every bound of the store, in one place.

use std::time::Duration;

/// Commands that may wait for the writer; one more is refused. At 256 bytes each this is 4 MiB, and at
/// the measured rate of the writer less than half a second of work.
pub const QUEUE_COMMANDS_MAX: usize = 16_384;

/// A batch with this many commands takes no further batch. The last batch is never split, so it may
/// bring the batch beyond. Larger batches cost no less per command (see `benches/README.md`), but their
/// first answer would wait longer.
pub const BATCH_COMMANDS_MAX: usize = 1024;

/// After a commit that took at least this long, the next batch waits for the callers that were just
/// answered.
pub const GATHER_FROM: Duration = Duration::from_micros(200);
/// The longest such wait is the duration of that commit divided by this.
pub const GATHER_FRACTION: u32 = 4;
/// The longest such wait in any case: one slow commit says nothing about the next one.
pub const GATHER_MAX: Duration = Duration::from_millis(10);

/// Expired rows that are deleted along with a batch at most, or as many as the batch has commands if
/// these are more, so that the deletion keeps up. Few enough that no request waits for it.
pub const FORGET_SLICE_ROWS: usize = 1024;

/// Expired rows that are deleted in one transaction while no command waits.
pub const FORGET_IDLE_ROWS: usize = 16_384;

/// Times of last use kept in memory; one more and they are written at any age.
pub const USES_PENDING_MAX: usize = 65_536;

/// Used assertions remembered at most. A million is 40 MiB of file.
pub const ASSERTIONS_MAX: u64 = 1_000_000;

/// Used assertions of one client remembered at most: 2,700 a second for assertions that live a minute.
pub const ASSERTIONS_PER_CLIENT_MAX: u64 = 250_000;

/// Seconds for which a used assertion is remembered. This is longer than any assertion is valid, which is
/// an hour and twice the largest tolerance for clocks.
pub const ASSERTION_KEPT_SECONDS: u64 = 3_600 + 2 * 60 + 60;

/// Past credentials of one client that are listed, the newest.
pub const PAST_LISTED_MAX: usize = 1_000;

/// Records that one page of a listing reads: about 40 ms on a thread for listings.
pub const LOOKED_AT_MAX: usize = 20_000;

/// Events that one page of the audit trail looks at.
pub const EVENTS_LOOKED_AT_MAX: usize = 10_000;

/// Retired names on one page.
pub const RETIRED_NAMES_LISTED_MAX: usize = 1_000;

/// Entries that are sorted for a listing in an order that no index has.
pub const SORTED_MAX: usize = 10_000;

/// Rows of deleted clients, projects and organizations that are removed along with a batch, about 1 ms.
pub const REMOVAL_SLICE_ROWS: usize = 300;

/// Rows of deleted objects that are removed in one transaction while no command waits, about 5 ms.
pub const REMOVAL_IDLE_ROWS: usize = 1_500;

/// Expired events of the audit trail that are deleted along with a batch.
pub const EVENTS_SLICE_ROWS: usize = 20;

/// Expired events of the audit trail that are deleted in one transaction while no command waits.
pub const EVENTS_IDLE_ROWS: usize = 1_000;

/// Seconds after which a store without commits writes its clocks.
pub(crate) const CLOCK_STORED_SECONDS: u64 = 60;

/// Age in seconds at which times of last use are written.
pub const USES_FLUSH_SECONDS: u64 = 60;

/// Bytes of clients that are kept decoded in memory, by id and as many by username; mostly these are the
/// same clients.
pub const CLIENT_CACHE_BYTES: u64 = 96 * 1024 * 1024;

/// Small clients (about 700 bytes each) for which [`CLIENT_CACHE_BYTES`] is enough.
pub const CLIENT_CACHE_ENTRIES: usize = 131_072;

/// Bytes of one encoded record at most. The largest record that the limits of the domain allow is a
/// project with all its roles and grants, about 760 KiB (`the_largest_records_are_written_and_read`), so
/// no allowed record is refused for its size.
pub const RECORD_BYTES_MAX: usize = 1024 * 1024;

/// redb's page cache in bytes, unless configured (redb's own default is 1 GiB). A page of 4 KiB takes 5
/// KiB of memory, which is the allocator's next size. The memory of the whole server is described in
/// `docs/performance.md`.
pub const CACHE_BYTES: usize = 112 * 1024 * 1024;

/// The first pause of the writer after consecutive faults. It doubles with each further one.
pub const RETRY_PAUSE_MIN: Duration = Duration::from_millis(10);

/// The longest pause of the writer after consecutive faults.
pub const RETRY_PAUSE_MAX: Duration = Duration::from_secs(2);

/// Faults that are at least this far apart are unrelated.
pub const FAULTS_APART: Duration = Duration::from_secs(10);

/// A page that could not be read counts against the health of the store for this long after the last
/// request for it.
pub const READ_FAULTS_OF_LATE: Duration = Duration::from_secs(5);

/// The pause after which damaged pages are read again, to see if they have recovered.
pub const RECHECK_PAUSE: Duration = Duration::from_secs(5);

/// A writer that is busy with one batch for this long waits for a disk that does not answer.
pub const WRITER_HANGS_AFTER: Duration = Duration::from_secs(5);

/// The time between two log lines about consecutive faults.
pub const FAULTS_LOGGED_EVERY: Duration = Duration::from_secs(60);

/// Free bytes on the disk below which nothing is written. It is more than a batch usually takes, so that
/// the disk does not run full in the middle of one.
pub const FREE_BYTES_MIN: u64 = 4 * 1024 * 1024;

/// The time for which expired rows are left alone after a damaged page was found among them.
pub const FORGET_PAUSE: Duration = Duration::from_secs(600);

/// Pages that the check after an unclean stop compares at once, a quarter of a mebibyte.
pub const CHECK_PAGES_AT_ONCE: u64 = 64;

/// The pause between two such steps, so that the check leaves room on a slow disk.
pub const CHECK_PAUSE: Duration = Duration::from_millis(2);

/// redb's page cache for `jeton verify`, which reads each page once.
pub const CHECK_CACHE_BYTES: usize = 16 * 1024 * 1024;

/// Rows of a store that are read together when they are copied to a cluster.
pub const COPIED_ROWS: u32 = 5_000;
