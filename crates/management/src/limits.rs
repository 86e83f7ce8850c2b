//! Every bound of the calls, in one place.

use crate::pool::Share;
use std::time::Duration;

/// Maximum number of ignored members that are named for a request, in development mode.
pub const IGNORED_MEMBERS_MAX: usize = 20;

/// Maximum number of characters of an ignored member's name in that header.
pub const IGNORED_NAME_CHARS_MAX: usize = 64;

/// Interval of signing key maintenance.
pub const ROTATION_TICK: Duration = Duration::from_secs(30);

/// Maximum number of users created by one call.
pub const USERS_TOGETHER_MAX: usize = 1_000;

/// Number of threads that answer calls of the management API.
pub const POOL_THREADS: usize = 2;

/// Number of threads that generate keys: an RSA key takes from a tenth of a second to seconds.
pub const KEY_POOL_THREADS: usize = 1;

/// Niceness of pool threads (`setpriority`): on an overloaded core a thread at 10 has a tenth of the time of
/// one at 0.
pub const POOL_NICENESS: i32 = 10;

/// Maximum number of calls in progress on one pool thread, most of which wait for the disk.
pub const POOL_RUNNING_MAX: usize = 64;

/// Maximum number of calls that wait for a thread, in all, and of the bytes of their requests.
pub const POOL_WAITING_MAX: usize = 1_024;
/// See [`POOL_WAITING_MAX`].
pub const POOL_WAITING_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Maximum number of running and waiting management calls of one caller.
pub const CALLS_OF_ONE_CALLER: Share = Share { running_max: 32, waiting_max: 256 };

/// Maximum number of keys that are being generated, and that wait, for one caller.
pub const KEYS_OF_ONE_CALLER: Share = Share { running_max: 1, waiting_max: 16 };

/// Maximum number of listed APIs that accept a token.
pub const ACCEPTING_APIS_MAX: usize = 100;

/// Maximum offset of a page in a listing; later items are reached by page tokens.
pub const OFFSET_MAX: usize = 10_000;

/// Maximum number of filters in one request, nested ones included, and their maximum depth.
pub const FILTERS_MAX: usize = 50;
/// See [`FILTERS_MAX`].
pub const FILTER_DEPTH_MAX: usize = 8;

/// Maximum length of a filter text in bytes.
pub const FILTER_TEXT_BYTES_MAX: usize = 1_000;

/// Maximum length of a list in a request.
pub const LIST_LEN_MAX: usize = 1_000;

/// Seconds for which answers to calls with an `Idempotency-Key` are kept, their maximum number and their
/// maximum size in all.
pub const RETRY_SECONDS: u64 = 600;
/// See [`RETRY_SECONDS`].
pub const RETRIES_MAX: usize = 1_024;
/// See [`RETRY_SECONDS`].
pub const RETRY_BYTES_MAX: usize = 16 * 1024 * 1024;
