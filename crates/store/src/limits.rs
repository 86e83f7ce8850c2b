//! Every bound of the store, in one place.

use std::time::Duration;

/// Commands that may wait for the writer; one more is refused. At 256 bytes each this is 4 MiB, and
/// at the measured rate of the writer less than half a second of work.
pub const QUEUE_COMMANDS_MAX: usize = 16_384;

/// A batch that has so many commands takes no further parcel; the last one, which is never split, may bring it beyond. Larger batches
/// cost no less per command (see `benches/README.md`), but their first answer would wait longer.
pub const BATCH_COMMANDS_MAX: usize = 1024;

/// After a commit that took so long the next batch waits for those that were answered, for this part of the time at most.
pub const GATHER_FROM: Duration = Duration::from_micros(200);
/// See [`GATHER_FROM`].
pub const GATHER_FRACTION: u32 = 4;
/// And never longer than this: a disk that hung for once says nothing about the next commit.
pub const GATHER_MAX: Duration = Duration::from_millis(10);

/// Rows that are due and forgotten along with a batch of commands at most, or as many as the batch has commands if these are more,
/// so that forgetting keeps up; and few enough that no request waits for it.
pub const FORGET_SLICE_ROWS: usize = 1024;

/// Rows that are forgotten in one transaction while no command waits.
pub const FORGET_IDLE_ROWS: usize = 16_384;

/// Times of last use kept in memory before they are written, whatever their age.
pub const USES_PENDING_MAX: usize = 65_536;

/// Used assertions remembered at most. A million is 40 MiB of file.
pub const ASSERTIONS_MAX: u64 = 1_000_000;

/// Of one client: 2,700 a second for assertions that live a minute.
pub const ASSERTIONS_PER_CLIENT_MAX: u64 = 250_000;

/// Seconds for which a used assertion is remembered: longer than any assertion is valid, an hour and twice the largest
/// tolerance for clocks.
pub const ASSERTION_KEPT_SECONDS: u64 = 3_600 + 2 * 60 + 60;

/// Tokens that one client has revoked one by one and that have not expired; one more ends all tokens of its credential. As
/// many again are for administrators and reports of leaks.
pub const REVOKED_PER_CLIENT_MAX: u64 = 10_000;

/// The same, of all clients: 100 MiB of file.
pub const REVOKED_MAX: u64 = 1_000_000;

/// Revocations that each client has room for, however many others have.
pub const REVOKED_OF_ANY_CLIENT: u64 = 100;

/// Past credentials of one client that are listed, the newest.
pub const PAST_LISTED_MAX: usize = 1_000;

/// Records that one page of a listing looks at: about 40 ms on a thread for listings.
pub const LOOKED_AT_MAX: usize = 20_000;

/// Things that are sorted for a listing in an order that no index has.
pub const SORTED_MAX: usize = 10_000;

/// Users of one organization that administer something. Before all users of an organization stop working, the writer
/// looks at each of these.
pub const ADMINISTRATORS_PER_ORGANIZATION_MAX: usize = 1_000;

/// Rows of what was deleted that are removed along with a batch of commands, about 1 ms.
pub const REMOVAL_SLICE_ROWS: usize = 300;

/// Rows that are removed in one transaction while no command waits, about 5 ms.
pub const REMOVAL_IDLE_ROWS: usize = 1_500;

/// Events of the audit trail that are forgotten along with a batch of commands.
pub const EVENTS_SLICE_ROWS: usize = 20;

/// Events that are forgotten in one transaction while no command waits.
pub const EVENTS_IDLE_ROWS: usize = 1_000;

/// Age in seconds at which times of last use are written.
pub const USES_FLUSH_SECONDS: u64 = 60;

/// Bytes of clients that are kept decoded in memory, by id and as many by username; mostly these are the same clients.
pub const CLIENT_CACHE_BYTES: u64 = 96 * 1024 * 1024;

/// Clients that this is enough for, if they are small (about 700 bytes each).
pub const CLIENT_CACHE_ENTRIES: usize = 131_072;

/// Bytes of one encoded record at most. The largest that the limits of the domain allow is a project with all its
/// roles and grants, about 760 KiB (`the_largest_records_are_written_and_read`), so nothing that they allow is refused
/// for its size.
pub const RECORD_BYTES_MAX: usize = 1024 * 1024;

/// redb's page cache in bytes, unless configured (redb's own default is 1 GiB). A page of 4 KiB takes 5 KiB of memory, which is the
/// allocator's next size. What the whole server needs with it is in `docs/performance.md`.
pub const CACHE_BYTES: usize = 112 * 1024 * 1024;

/// The pause of the writer after faults in a row: this long at first.
pub const RETRY_PAUSE_MIN: Duration = Duration::from_millis(10);

/// Twice as long each time, and this long at most.
pub const RETRY_PAUSE_MAX: Duration = Duration::from_secs(2);

/// Faults that are so far apart have nothing to do with each other.
pub const FAULTS_APART: Duration = Duration::from_secs(10);

/// A page that the disk did not give counts against its health for so long after it was asked for last.
pub const READ_FAULTS_OF_LATE: Duration = Duration::from_secs(5);

/// Damaged pages are read again so often, to see whether they are as they should be.
pub const RECHECK_PAUSE: Duration = Duration::from_secs(5);

/// A writer that is busy for so long with one batch waits for a disk that does not answer.
pub const WRITER_HANGS_AFTER: Duration = Duration::from_secs(5);

/// Faults in a row are logged so often.
pub const FAULTS_LOGGED_EVERY: Duration = Duration::from_secs(60);

/// Free bytes on the disk below which nothing is written: more than a batch usually takes, so that the disk is not found to be
/// full in the middle of one.
pub const FREE_BYTES_MIN: u64 = 4 * 1024 * 1024;

/// Expired rows are left alone for so long after a damaged page was met among them.
pub const FORGET_PAUSE: Duration = Duration::from_secs(600);

/// Pages that the check after an unclean stop compares at once, a quarter of a mebibyte.
pub const CHECK_PAGES_AT_ONCE: u64 = 64;

/// And then it pauses, so that it takes no more than this leaves of a slow disk.
pub const CHECK_PAUSE: Duration = Duration::from_millis(2);

/// redb's page cache for `jeton verify`, which reads each page once.
pub const CHECK_CACHE_BYTES: usize = 16 * 1024 * 1024;
