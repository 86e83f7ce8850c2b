//! Every bound of the server, in one place. Those of the protocol are in `jeton_oauth::limits`,
//! those of the store in `jeton_store::limits`.

use crate::pool::Share;
use jeton_domain::time::Lifetime;
use std::time::Duration;

/// Open connections at most; one more waits in the kernel's queue until another one closes.
pub const CONNECTIONS_MAX: usize = 16_384;

/// Connections of one source at most (an IPv4 address, or an IPv6 /64), loopback excepted.
pub const CONNECTIONS_PER_SOURCE_MAX: usize = 4_096;

/// Connections that the kernel may queue before they are accepted.
pub const ACCEPT_BACKLOG: u32 = 4_096;

/// A worker serves what is ready together for so long; what is left then is refused with 503, so that nobody waits
/// for long to be told. At 10 µs a request this is 10,000 requests at once, on each core.
pub const TURN_MAX: Duration = Duration::from_millis(100);

/// So many are served whatever the time, about 3 ms: a machine that stood still for a moment has not too much to do.
pub const TURN_REQUESTS_MIN: u32 = 256;

/// When signatures wait, a worker makes some for so many times as long as everything else took that was ready, and then looks again.
/// Four fifths of its time, so that refusing does not keep it from serving.
pub const SIGNING_SHARE: u32 = 4;

/// At least so long at a time.
pub const SIGNING_SLICE_MIN: Duration = Duration::from_millis(10);

/// And at most: everybody else waits meanwhile, also to be refused.
pub const SIGNING_SLICE_MAX: Duration = Duration::from_millis(30);

/// Signatures wait for so long, as far as can be said; one that would wait for longer is refused with 503. Of RS256 this is 350.
pub const SIGNING_WAIT_MAX: Duration = Duration::from_millis(100);

/// So many may wait whatever one costs, for the same reason as [`TURN_REQUESTS_MIN`].
pub const SIGNING_WAITING_MIN: u32 = 256;

/// Pause after an accept failed for want of file descriptors or memory.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A request's head must arrive within this time after its first byte; on a new connection after it was accepted.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// A request's body must arrive within this time after its head.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Bytes of a request's head at most.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;

/// Header fields of a request at most.
pub const HEADER_FIELDS_MAX: usize = 64;

/// Entries of a list in a header field that are looked at: hops of a proxy, codings, entity tags, cookies. No client needs half as
/// many, and a list of thousands would be dearer than the request.
pub const LISTED_MAX: usize = 200;

/// Pairs of one element of `Forwarded` that are looked at (RFC 7239 has four).
pub const FORWARDED_PAIRS_MAX: usize = 16;

/// HTTP/2 requests under way on one connection at most.
pub const STREAMS_MAX: u32 = 100;

/// HTTP/2 streams that a peer opened and reset before we saw them, before its connection is closed
/// (rapid reset, CVE-2023-44487).
pub const STREAMS_RESET_MAX: usize = 20;

/// An HTTP/2 peer is asked for a sign of life after this time without one, and has as long to give it.
pub const HTTP2_KEEP_ALIVE: Duration = Duration::from_secs(30);

/// Time that a peer has to take [`WRITE_PROGRESS_BYTES`] of what is sent to it, or what is left of it. A peer that
/// reads a byte a second is closed after it.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// See [`WRITE_TIMEOUT`].
pub const WRITE_PROGRESS_BYTES: usize = 16 * 1024;

/// Time that an HTTP/2 peer has to take a whole answer: its streams have windows of their own, which
/// [`WRITE_TIMEOUT`] does not see.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Bytes of a body that nobody reads are read before the answer when they are there already, up to so many.
pub const LEFTOVER_BYTES_MAX: usize = 16 * 1024;

/// After the last answer of a connection, what the peer still sends is read until nothing comes for so long, for at
/// most [`LINGER_MAX`] and up to [`LINGER_BYTES_MAX`]: a peer that writes before it reads gets the answer and no
/// reset (RFC 9112 section 9.6).
pub const LINGER_TIMEOUT: Duration = Duration::from_secs(5);
/// See [`LINGER_TIMEOUT`].
pub const LINGER_MAX: Duration = Duration::from_secs(30);
/// See [`LINGER_TIMEOUT`].
pub const LINGER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Over HTTP/2 so many bytes of a body that nobody reads are read beside its answer, within the same times.
pub const HTTP2_LEFTOVER_BYTES_MAX: usize = MANAGEMENT_BYTES_MAX;

/// The same for an HTTP/2 connection that ends as a whole.
pub const HTTP2_LINGER_BYTES_MAX: usize = 64 * 1024;

/// Bytes that the kernel keeps for a connection whose peer does not read (it doubles the figure).
pub const SEND_BUFFER_BYTES: u32 = 64 * 1024;

/// Bytes read from one connection before the others have their turn. An HTTP/2 peer packs a header
/// field into one byte, so few bytes are much work.
pub const HTTP1_TURN_BYTES: usize = 16 * 1024;
/// See [`HTTP1_TURN_BYTES`].
pub const HTTP2_TURN_BYTES: usize = 512;

/// Bytes of memory that all connections together may hold, as counted with the estimates below. What needs
/// more is refused.
pub const HELD_BYTES_MAX: usize = 160 * 1024 * 1024;

/// Beyond this, connections that are idle or slow are closed, those of the source that holds most first.
pub const HELD_BYTES_HIGH: usize = HELD_BYTES_MAX / 8 * 7;

/// The same for the number of connections, as a share of how many may be open.
pub const fn connections_high(open_max: usize) -> usize {
    open_max.saturating_sub(open_max.div_ceil(16))
}

/// A connection that is slow for this long is closed before idle ones are; before that it may be a new one.
pub const SLOW_AFTER: Duration = Duration::from_secs(1);

/// A connection that is idle for this long may be closed before a new one is; before that it is in use.
pub const IDLE_AFTER: Duration = Duration::from_secs(5);

/// Bytes that one connection may hold.
pub const CONNECTION_HELD_MAX: usize = 4 * 1024 * 1024;

/// Bytes that a connection holds, measured: before its first byte, and with the
/// buffers of its version of HTTP.
pub const SILENT_BYTES: usize = 1_536;
/// See [`SILENT_BYTES`].
pub const HTTP1_BYTES: usize = 9_984;
/// See [`SILENT_BYTES`].
pub const HTTP2_BYTES: usize = 22 * 1024;

/// An HTTP/1.1 connection that received more than [`LARGE_AFTER_BYTES`] with one request keeps larger buffers.
pub const LARGE_BYTES: usize = 20 * 1024;
/// See [`LARGE_BYTES`].
pub const LARGE_AFTER_BYTES: usize = 4 * 1024;

/// Bytes that an HTTP/2 request holds until its answer has left: task, timer and a few fields; and each field of a head
/// beyond [`FIELDS_FREE`].
pub const STREAM_BYTES: usize = 3 * 1024;
/// See [`STREAM_BYTES`].
pub const FIELD_BYTES: usize = 192;
/// See [`STREAM_BYTES`].
pub const FIELDS_FREE: usize = 12;

/// Bytes that an HTTP/2 connection keeps for each request that it ever had under way at the same time.
pub const STREAM_SLOT_BYTES: usize = 1_792;

/// Answers of more bytes are counted until they have left.
pub const ANSWER_FREE_BYTES: usize = 4 * 1024;

/// An HTTP/2 connection that has received so much is replaced: its peer is told to open a new one (GOAWAY). The
/// compression of headers keeps pieces of what was received, so that is the bound of what it can keep.
pub const HTTP2_RECEIVED_MAX: usize = 1024 * 1024;

/// Requests under way may finish until the connection has received so much.
pub const HTTP2_RECEIVED_END: usize = 8 * HTTP2_RECEIVED_MAX;

/// Received bytes of HTTP/2 are counted in steps.
pub const HTTP2_RECEIVED_STEP: usize = 16 * 1024;

/// Bytes of a body that an HTTP/2 peer may send before they are looked at, per stream and per connection.
pub const HTTP2_WINDOW_BYTES: u32 = 64 * 1024;

/// Pause between two looks at all connections.
pub const KEEPER_TICK: Duration = Duration::from_millis(100);

/// While the server stops, a connection on which nothing was asked for this long is closed.
pub const DRAIN_IDLE: Duration = Duration::from_secs(1);

/// Bytes of a management request's body at most.
pub const MANAGEMENT_BYTES_MAX: usize = 1024 * 1024;

/// Ignored members of a request that are named at most, in development.
pub const IGNORED_MEMBERS_MAX: usize = 20;

/// Characters of the name of an ignored member that are told at most.
pub const IGNORED_NAME_CHARS_MAX: usize = 64;

/// Connections to the operator's socket at most.
pub const OPERATOR_CONNECTIONS_MAX: usize = 256;

/// Time stands still while the machine's clock is behind by no more than this; a larger step is followed.
pub const CLOCK_BRIDGE: Duration = Duration::from_secs(5 * 60);

/// Open files that are kept for the store, the operator's socket and what else is not a client's connection; of
/// fewer than twice as many, half.
pub const OPEN_FILES_RESERVED: usize = OPERATOR_CONNECTIONS_MAX + 64;

/// Requests under way may finish within this time after SIGTERM.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a store that somebody else has open is waited for, and the pause between two attempts: a
/// command and a server that start together must not make each other fail.
pub const STORE_PATIENCE: Duration = Duration::from_secs(5);
/// See [`STORE_PATIENCE`].
pub const STORE_PAUSE: Duration = Duration::from_millis(50);

/// A worker verifies assertions for so long at most before it looks at what else is ready.
pub const VERIFYING_SLICE: Duration = Duration::from_millis(5);

/// Bytes of requests that may wait for the verification of an assertion, on each worker: some thousands of requests.
pub const VERIFYING_WAIT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Failed authentications in a row of one client and source that are answered as such; those beyond are answered 429.
pub const FAILURES_MAX: u32 = 20;

/// One failure is forgiven after each of these.
pub const FAILURE_FORGIVEN_SECONDS: u64 = 3;

/// Failures in a row of one source, whatever the clients, after which its assertions wait behind those of others; one is
/// forgiven each second.
pub const SOURCE_FAILURES_MAX: u32 = 100;

/// Pairs of client and source whose failures are remembered; beyond it the ones that would be
/// forgiven first make room.
pub const FAILURE_ENTRIES_MAX: usize = 65_536;

/// Peers that seem to be proxies and were not named, which are told of; more are not.
pub const UNNAMED_PROXIES_MAX: usize = 16;

/// Public keys of clients that are kept parsed (about 2 KiB each).
pub const VERIFIERS_MAX: usize = 4_096;

/// How often the signing keys are looked after.
pub const ROTATION_TICK: Duration = Duration::from_secs(30);

/// Users in one page of a listing: when nothing is asked for, and at most.
pub const PAGE_LEN: (u32, u32) = (100, 1_000);

/// Users that one call can create.
pub const USERS_TOGETHER_MAX: usize = 1_000;

/// Threads that answer calls of the management API.
pub const POOL_THREADS: usize = 2;

/// Threads that make keys: an RSA key takes from a tenth of a second to seconds.
pub const KEY_POOL_THREADS: usize = 1;

/// How much nicer than the others the threads of a pool are (`setpriority`): on a core that has too much to do, a
/// thread at 10 has a tenth of the time of one at 0.
pub const POOL_NICENESS: i32 = 10;

/// Calls that one thread of a pool has begun and not finished, most of which wait for the disk.
pub const POOL_RUNNING_MAX: usize = 64;

/// Calls that wait for a thread, in all, and the bytes of their requests.
pub const POOL_WAITING_MAX: usize = 1_024;
/// See [`POOL_WAITING_MAX`].
pub const POOL_WAITING_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Calls of one caller of the management API that run, and that wait.
pub const CALLS_OF_ONE_CALLER: Share = Share { running_max: 32, waiting_max: 256 };

/// Keys that one caller has made at the same time, and that it waits for.
pub const KEYS_OF_ONE_CALLER: Share = Share { running_max: 1, waiting_max: 16 };

/// APIs that are listed as accepting a token.
pub const ACCEPTING_APIS_MAX: usize = 100;

/// Things that a page of a listing leaves out before it; what is further behind is reached by page tokens.
pub const OFFSET_MAX: usize = 10_000;

/// Filters in one request, those inside others too, and how deep they are nested.
pub const FILTERS_MAX: usize = 50;
/// See [`FILTERS_MAX`].
pub const FILTER_DEPTH_MAX: usize = 8;

/// Bytes of a text that a filter looks for.
pub const FILTER_TEXT_BYTES_MAX: usize = 1_000;

/// Members of a list in a request.
pub const LIST_LEN_MAX: usize = 1_000;

/// Events that one page of the audit trail looks at.
pub const EVENTS_LOOKED_AT_MAX: usize = 10_000;

/// Different security events that are remembered until they are written; more are counted together.
pub const OBSERVED_MAX: usize = 100;

/// Clients in whose names one source failed that are remembered by themselves; more are counted together.
pub const OBSERVED_OF_SOURCE_MAX: usize = 10;

/// How often security events are written to the audit trail.
pub const OBSERVATION_TICK: Duration = Duration::from_secs(60);

/// How often the running minute of the statistics and console sessions are looked after.
pub const HOUSEKEEPING_TICK: Duration = Duration::from_secs(5);

/// Answers to calls with an `Idempotency-Key` are kept for so long, so many of them, and with so many bytes in all.
pub const RETRY_SECONDS: u64 = 600;
/// See [`RETRY_SECONDS`].
pub const RETRIES_MAX: usize = 1_024;
/// See [`RETRY_SECONDS`].
pub const RETRY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Seconds after which a console session ends in which nobody did anything, and in any case.
pub const SESSION_IDLE: Lifetime = Lifetime(15 * 60);
/// See [`SESSION_IDLE`].
pub const SESSION: Lifetime = Lifetime(8 * 3600);

/// Console sessions at the same time, of one user and in all; one more ends the one that was idle longest.
pub const SESSIONS_PER_USER_MAX: usize = 16;
/// See [`SESSIONS_PER_USER_MAX`].
pub const SESSIONS_MAX: usize = 1_024;

/// Seconds that a link signs somebody in to the console.
pub const LINK: Lifetime = Lifetime(300);

/// Links that may sign somebody in at the same time; one more ends the oldest.
pub const LINKS_MAX: usize = 16;

/// Bytes of a sign-in request at most.
pub const SIGN_IN_BYTES_MAX: usize = 4 * 1024;

/// Bytes that are kept of what a browser calls itself.
pub const AGENT_BYTES_MAX: usize = 200;

/// Seconds that one number of the statistics is about, and how many of them are kept.
pub const STATISTICS_STEP_SECONDS: u64 = 60;
/// See [`STATISTICS_STEP_SECONDS`].
pub const MINUTES_KEPT: usize = 180;

/// Different refusals that are remembered of one client, and clients of which any are.
pub const REFUSALS_PER_CLIENT: usize = 20;
/// See [`REFUSALS_PER_CLIENT`].
pub const REFUSED_CLIENTS_MAX: usize = 1_024;
