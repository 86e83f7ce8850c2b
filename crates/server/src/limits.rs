//! Every bound of the server, in one place. Those of the protocol are in `jeton_oauth::limits`, those of the
//! store in `jeton_store::limits`.

use jeton_domain::time::Lifetime;
use std::time::Duration;

/// Maximum number of open connections; further ones wait in the kernel's queue until one closes.
pub const CONNECTIONS_MAX: usize = 16_384;

/// Maximum number of connections of one source (an IPv4 address, or an IPv6 /64); loopback has no limit.
pub const CONNECTIONS_PER_SOURCE_MAX: usize = 4_096;

/// Maximum number of connections that the kernel queues before they are accepted.
pub const ACCEPT_BACKLOG: u32 = 4_096;

/// Maximum duration of a poll round of a worker. The remaining requests are rejected with 503, so that no
/// client waits long for a rejection. At 10 µs a request this is 10,000 requests at once, on each core.
pub const TURN_MAX: Duration = Duration::from_millis(100);

/// Minimum number of requests admitted per poll round, about 3 ms: a pause of the whole machine is no
/// overload.
pub const TURN_REQUESTS_MIN: u32 = 256;

/// While signatures wait, the time for them in a poll round as a multiple of the time for everything else
/// that was ready. It is four fifths of a worker's time, so that rejections do not keep the worker from
/// serving.
pub const SIGNING_SHARE: u32 = 4;

/// Minimum time for signatures in one poll round.
pub const SIGNING_SLICE_MIN: Duration = Duration::from_millis(10);

/// Maximum time for signatures in one poll round: every other request waits meanwhile, even for its
/// rejection.
pub const SIGNING_SLICE_MAX: Duration = Duration::from_millis(30);

/// Maximum expected wait of a signature; one that would wait for longer is rejected with 503. It is the time
/// of about 350 RS256 signatures.
pub const SIGNING_WAIT_MAX: Duration = Duration::from_millis(100);

/// Number of signatures that may wait at any cost per signature, for the same reason as
/// [`TURN_REQUESTS_MIN`].
pub const SIGNING_WAITING_MIN: u32 = 256;

/// Pause after an accept that failed for lack of file descriptors or memory.
pub const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Maximum time for a request's head after its first byte, or after the accept of a new connection.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// Maximum time for a request's body after its head.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Maximum size of a request's head in bytes.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;

/// Maximum number of header fields of a request.
pub const HEADER_FIELDS_MAX: usize = 64;

/// Maximum number of list entries looked at in a header field: hops of a proxy, codings, entity tags,
/// cookies. No client needs half as many, and a list of thousands would cost more than the request.
pub const LISTED_MAX: usize = 200;

/// Maximum number of pairs looked at in one element of `Forwarded` (RFC 7239 has four).
pub const FORWARDED_PAIRS_MAX: usize = 16;

/// Maximum number of concurrent HTTP/2 requests on one connection.
pub const STREAMS_MAX: u32 = 100;

/// Maximum number of HTTP/2 streams that a peer opens and resets before they are seen; beyond it the
/// connection is closed (rapid reset, CVE-2023-44487).
pub const STREAMS_RESET_MAX: usize = 20;

/// Time without a frame after which an HTTP/2 peer is pinged, and the time that it has to reply.
pub const HTTP2_KEEP_ALIVE: Duration = Duration::from_secs(30);

/// Time in which a peer has to read [`WRITE_PROGRESS_BYTES`] of its output, or the rest of it. A peer that
/// reads a byte a second is closed after it.
pub const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
/// See [`WRITE_TIMEOUT`].
pub const WRITE_PROGRESS_BYTES: usize = 16 * 1024;

/// Time in which an HTTP/2 peer has to read a whole answer: its streams have windows of their own, which
/// [`WRITE_TIMEOUT`] does not see.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// Maximum number of already arrived bytes of an unread body that are read before the answer.
pub const LEFTOVER_BYTES_MAX: usize = 16 * 1024;

/// After the last answer of a connection the peer's input is read until none comes for this time, for at most
/// [`LINGER_MAX`] and up to [`LINGER_BYTES_MAX`]: a peer that writes before it reads gets the answer and no
/// reset (RFC 9112 section 9.6).
pub const LINGER_TIMEOUT: Duration = Duration::from_secs(5);
/// See [`LINGER_TIMEOUT`].
pub const LINGER_MAX: Duration = Duration::from_secs(30);
/// See [`LINGER_TIMEOUT`].
pub const LINGER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Maximum number of bytes of an unread HTTP/2 body that are read beside its answer, within the same times.
pub const HTTP2_LEFTOVER_BYTES_MAX: usize = MANAGEMENT_BYTES_MAX;

/// The same for an HTTP/2 connection that ends as a whole.
pub const HTTP2_LINGER_BYTES_MAX: usize = 64 * 1024;

/// Bytes that the kernel buffers for a connection whose peer does not read (it doubles the figure).
pub const SEND_BUFFER_BYTES: u32 = 64 * 1024;

/// Bytes read from one connection before other connections are polled. An HTTP/2 peer packs a header field
/// into one byte, so few bytes are much work.
pub const HTTP1_TURN_BYTES: usize = 16 * 1024;
/// See [`HTTP1_TURN_BYTES`].
pub const HTTP2_TURN_BYTES: usize = 512;

/// Maximum memory of all connections together in bytes, counted with the estimates below. Requests that need
/// more are refused.
pub const HELD_BYTES_MAX: usize = 160 * 1024 * 1024;

/// Memory beyond which idle or slow connections are closed, those of the largest source first.
pub const HELD_BYTES_HIGH: usize = HELD_BYTES_MAX / 8 * 7;

/// The same for the number of connections, as a share of the maximum.
pub const fn connections_high(open_max: usize) -> usize {
    open_max.saturating_sub(open_max.div_ceil(16))
}

/// Time after which a slow connection is closed before idle ones are; until then it may be a new one.
pub const SLOW_AFTER: Duration = Duration::from_secs(1);

/// Time after which an idle connection may be closed before a new one is; until then it is in use.
pub const IDLE_AFTER: Duration = Duration::from_secs(5);

/// Maximum memory of one connection in bytes.
pub const CONNECTION_HELD_MAX: usize = 4 * 1024 * 1024;

/// Memory of a connection in bytes, measured: before its first byte, and with the buffers of its version of
/// HTTP.
pub const SILENT_BYTES: usize = 1_536;
/// See [`SILENT_BYTES`].
pub const HTTP1_BYTES: usize = 9_984;
/// See [`SILENT_BYTES`].
pub const HTTP2_BYTES: usize = 22 * 1024;

/// Additional buffers of an HTTP/1.1 connection that received more than [`LARGE_AFTER_BYTES`] with one
/// request.
pub const LARGE_BYTES: usize = 20 * 1024;
/// See [`LARGE_BYTES`].
pub const LARGE_AFTER_BYTES: usize = 4 * 1024;

/// Memory of an HTTP/2 request in bytes until its answer has left: task, timer and a few fields; and of each
/// header field beyond [`FIELDS_FREE`].
pub const STREAM_BYTES: usize = 3 * 1024;
/// See [`STREAM_BYTES`].
pub const FIELD_BYTES: usize = 192;
/// See [`STREAM_BYTES`].
pub const FIELDS_FREE: usize = 12;

/// Memory in bytes that an HTTP/2 connection keeps for each concurrent request that it ever had.
pub const STREAM_SLOT_BYTES: usize = 1_792;

/// Size of an answer in bytes beyond which its memory is counted until it has left.
pub const ANSWER_FREE_BYTES: usize = 4 * 1024;

/// Received bytes after which an HTTP/2 connection is replaced: its peer is told to open a new one (GOAWAY).
/// Header compression keeps pieces of the input, so this also bounds the memory for them.
pub const HTTP2_RECEIVED_MAX: usize = 1024 * 1024;

/// Received bytes up to which current requests may finish after that.
pub const HTTP2_RECEIVED_END: usize = 8 * HTTP2_RECEIVED_MAX;

/// Step in which received bytes of HTTP/2 are counted.
pub const HTTP2_RECEIVED_STEP: usize = 16 * 1024;

/// Maximum number of unread body bytes that an HTTP/2 peer may send, per stream and per connection.
pub const HTTP2_WINDOW_BYTES: u32 = 64 * 1024;

/// Interval at which the keeper looks at all connections.
pub const KEEPER_TICK: Duration = Duration::from_millis(100);

/// Idle time after which a connection is closed while the server stops.
pub const DRAIN_IDLE: Duration = Duration::from_secs(1);

/// Maximum size of a management request's body in bytes.
pub const MANAGEMENT_BYTES_MAX: usize = 1024 * 1024;

/// Maximum number of connections to the operator's socket.
pub const OPERATOR_CONNECTIONS_MAX: usize = 256;

/// Maximum lag of the machine's clock for which time stands still; a larger step is followed.
pub const CLOCK_BRIDGE: Duration = Duration::from_secs(5 * 60);

/// Open files reserved for the store, the operator's socket and everything else that is not a client's
/// connection. If fewer than twice as many are available, half of them are reserved.
pub const OPEN_FILES_RESERVED: usize = OPERATOR_CONNECTIONS_MAX + 64;

/// Time in which requests in progress may finish after SIGTERM.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Maximum wait for a store that another process has open, and the pause between two attempts: a command and
/// a server that start together must not make each other fail.
pub const STORE_PATIENCE: Duration = Duration::from_secs(5);
/// See [`STORE_PATIENCE`].
pub const STORE_PAUSE: Duration = Duration::from_millis(50);

/// Maximum time for verifications of assertions before a worker serves other ready requests.
pub const VERIFYING_SLICE: Duration = Duration::from_millis(5);

/// Maximum size in bytes of the requests that wait for the verification of an assertion, on each worker: some
/// thousands of requests.
pub const VERIFYING_WAIT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Failed authentications in a row of one client and source that are answered 401; further ones are answered
/// 429.
pub const FAILURES_MAX: u32 = 20;

/// Time in seconds after which one failure is forgiven.
pub const FAILURE_FORGIVEN_SECONDS: u64 = 3;

/// AuthThrottle in a row of one source, over all clients, after which its assertions wait behind those of
/// others; one is forgiven each second.
pub const SOURCE_FAILURES_MAX: u32 = 100;

/// Maximum number of pairs of client and source with remembered failures; beyond it those that would be
/// forgiven first make room.
pub const FAILURE_ENTRIES_MAX: usize = 65_536;

/// Maximum number of reported peers that seem to be proxies and are not configured.
pub const UNNAMED_PROXIES_MAX: usize = 16;

/// Maximum number of clients' public keys that are kept parsed (about 2 KiB each).
pub const VERIFIERS_MAX: usize = 4_096;

/// Maximum number of different security events that are kept until they are written; further ones are counted
/// together.
pub const OBSERVED_MAX: usize = 100;

/// Maximum number of client names, per failing source, that are recorded individually; further ones are
/// counted together.
pub const OBSERVED_OF_SOURCE_MAX: usize = 10;

/// Interval at which security events are written to the audit trail.
pub const OBSERVATION_TICK: Duration = Duration::from_secs(60);

/// Interval at which the statistics and console sessions are maintained.
pub const HOUSEKEEPING_TICK: Duration = Duration::from_secs(5);

/// Lifetime of an idle console session in seconds, and of any session.
pub const SESSION_IDLE: Lifetime = Lifetime(15 * 60);
/// See [`SESSION_IDLE`].
pub const SESSION: Lifetime = Lifetime(8 * 3600);

/// Maximum number of concurrent console sessions, of one user and in all; one more ends the one that was idle
/// longest.
pub const SESSIONS_PER_USER_MAX: usize = 16;
/// See [`SESSIONS_PER_USER_MAX`].
pub const SESSIONS_MAX: usize = 1_024;

/// Lifetime of a console sign-in link in seconds.
pub const LINK: Lifetime = Lifetime(300);

/// Maximum number of valid sign-in links; one more ends the oldest.
pub const LINKS_MAX: usize = 16;

/// Maximum size of a sign-in request in bytes.
pub const SIGN_IN_BYTES_MAX: usize = 4 * 1024;

/// Maximum number of bytes kept of a browser's `User-Agent`.
pub const AGENT_BYTES_MAX: usize = 200;

/// Length of one statistics interval in seconds, and the number of intervals kept.
pub const STATISTICS_STEP_SECONDS: u64 = 60;
/// See [`STATISTICS_STEP_SECONDS`].
pub const MINUTES_KEPT: usize = 180;

/// Maximum number of different refusals kept per client, and of clients with refusals.
pub const REFUSALS_PER_CLIENT: usize = 20;
/// See [`REFUSALS_PER_CLIENT`].
pub const REFUSED_CLIENTS_MAX: usize = 1_024;
