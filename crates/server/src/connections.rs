//! The open connections: the state of each and since when, the memory it holds, and the choice of those to
//! close.
//!
//! A connection has no timer. It records its state, a store or two each time, and the keeper looks at all of
//! them a few times a second. The keeper closes those that are idle or slow for too long and, near a limit,
//! those that are idle or slow, so that there is room for one more at any time. The largest holder goes
//! first: sources are cut down to the same size, and within a source the slow and then the idle connections
//! go, the longest first.
//!
//! Memory is counted with estimates (`limits.rs`) where no byte count is available. Beyond the bound a
//! request is refused; a connection is still accepted, since the keeper makes room for it.

mod keeper;
mod memory;
mod requests;

pub(crate) use memory::{Held, NoRoom};

use crate::auth_throttle::Source;
use crate::limits::{
    CONNECTIONS_PER_SOURCE_MAX, HTTP1_BYTES, HTTP1_TURN_BYTES, HTTP2_BYTES, HTTP2_RECEIVED_END,
    HTTP2_RECEIVED_MAX, HTTP2_RECEIVED_STEP, HTTP2_TURN_BYTES, LARGE_AFTER_BYTES, LARGE_BYTES, SILENT_BYTES,
    WRITE_PROGRESS_BYTES,
};
use slab::Slab;
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::net::IpAddr;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;
use std::time::Duration;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// All connections of a listener.
#[derive(Debug)]
pub struct Connections {
    open_max: usize,
    idle_timeout: Duration,
    /// Milliseconds since the keeper began, as of its last look.
    now: AtomicU64,
    /// Bytes held by all connections.
    held: AtomicUsize,
    draining: AtomicBool,
    places: Arc<Semaphore>,
    table: Mutex<Table>,
    /// Wakes the keeper: little room is left.
    called: Notify,
    /// Notified when a connection ends.
    ended: Notify,
}

#[derive(Debug, Default)]
struct Table {
    open: Slab<Arc<Connection>>,
    /// The number of connections opened since the start.
    opened: u64,
    by_source: HashMap<Source, usize>,
}

/// One open connection.
#[derive(Debug)]
pub struct Connection {
    all: Arc<Connections>,
    source: Source,
    /// The number of the connection in order of arrival.
    number: u64,
    /// Time of the last beginning or end of an exchange.
    since: AtomicU64,
    /// Requests that the server works on.
    ours: AtomicU32,
    /// Requests whose body is awaited and, of HTTP/2, those whose answer has not left.
    theirs: AtomicU32,
    /// True if a head has begun and is not complete.
    in_head: AtomicBool,
    /// Time since which the last answer is out and further input is discarded, plus one; 0 before.
    closing: AtomicU64,
    http2: AtomicBool,
    /// The unread rest of the body of the current request.
    leftover: Mutex<Option<Box<hyper::body::Incoming>>>,
    has_leftover: AtomicBool,
    /// Time since which the peer reads nothing of the output, plus one; 0 while it reads all.
    blocked: AtomicU64,
    /// Bytes that the peer has read since then.
    progress: AtomicUsize,
    /// Bytes received with this request; of HTTP/2 since the connection began.
    received: AtomicUsize,
    is_large: AtomicBool,
    /// Maximum number of concurrent HTTP/2 requests so far.
    slots: AtomicU32,
    /// Bytes that may be read before other connections are polled.
    turn: AtomicUsize,
    held: AtomicUsize,
    /// Creation times of the answers that have not left, in that order.
    answers: Mutex<BTreeMap<u64, u64>>,
    answers_made: AtomicU64,
    order: AtomicU8,
    ordered: AtomicU64,
    waker: Mutex<Option<Waker>>,
}

/// A place among the open connections, given back when it is dropped.
#[derive(Debug)]
pub struct Seat {
    connection: Arc<Connection>,
    key: usize,
    _permit: OwnedSemaphorePermit,
}

/// An order of the keeper to a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
#[repr(u8)]
pub(crate) enum Order {
    /// Continue.
    None,
    /// End when the current requests are done (GOAWAY on HTTP/2).
    Finish,
    /// End now, unless the server works on one of its requests.
    Leave,
    /// End now.
    Drop,
}

/// The state of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The connection is new, or its next head has begun.
    Head,
    /// No request is in progress.
    Idle,
    /// The server works on a request.
    Working,
    /// The peer has to send a body or to read an answer.
    Waiting,
    /// The last answer is out.
    Closing,
}

impl Connections {
    /// Room for this many connections, each with this maximum idle time.
    pub fn new(open_max: usize, idle_timeout: Duration) -> Arc<Self> {
        Arc::new(Self {
            open_max,
            idle_timeout,
            now: AtomicU64::new(0),
            held: AtomicUsize::new(0),
            draining: AtomicBool::new(false),
            places: Arc::new(Semaphore::new(open_max)),
            table: Mutex::default(),
            called: Notify::new(),
            ended: Notify::new(),
        })
    }

    /// Waits until there is a place for one more.
    pub(crate) async fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).acquire_owned().await.ok()
    }

    /// A place for one more, if there is one.
    pub(crate) fn place_now(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    /// Takes a place. `None` if the peer's source has its maximum; loopback has none.
    pub(crate) fn open(self: &Arc<Self>, permit: OwnedSemaphorePermit, peer: IpAddr) -> Option<Seat> {
        let source = Source::of(peer);
        let mut table = self.lock();
        let count = table.by_source.entry(source).or_insert(0);
        if *count >= CONNECTIONS_PER_SOURCE_MAX && !peer.to_canonical().is_loopback() {
            return None;
        }
        *count = count.saturating_add(1);
        table.opened = table.opened.saturating_add(1);
        let connection = Arc::new(Connection::new(Arc::clone(self), source, table.opened));
        let key = table.open.insert(Arc::clone(&connection));
        let is_near = table.open.len() > self.open_high();
        drop(table);
        if is_near {
            self.called.notify_one();
        }
        connection.hold_anyway(SILENT_BYTES);
        Some(Seat { connection, key, _permit: permit })
    }

    /// The number of open connections.
    pub(crate) fn count(&self) -> usize {
        self.lock().open.len()
    }

    /// From now on each connection ends with its next answer, or when it is idle.
    pub fn drain(&self) {
        self.draining.store(true, Relaxed);
        self.called.notify_one();
    }

    /// Waits until no connection is open.
    pub async fn emptied(&self) {
        loop {
            let ended = self.ended.notified();
            if self.lock().open.is_empty() {
                return;
            }
            ended.await;
        }
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    pub(crate) const fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let all = Arc::clone(&self.connection.all);
        let mut table = all.lock();
        table.open.try_remove(self.key);
        if let Some(count) = table.by_source.get_mut(&self.connection.source) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                table.by_source.remove(&self.connection.source);
            }
        }
        drop(table);
        all.ended.notify_waiters();
    }
}

impl Connection {
    fn new(all: Arc<Connections>, source: Source, number: u64) -> Self {
        let now = all.now.load(Relaxed);
        Self {
            all,
            source,
            number,
            since: AtomicU64::new(now),
            ours: AtomicU32::new(0),
            theirs: AtomicU32::new(0),
            in_head: AtomicBool::new(true),
            closing: AtomicU64::new(0),
            http2: AtomicBool::new(false),
            leftover: Mutex::default(),
            has_leftover: AtomicBool::new(false),
            blocked: AtomicU64::new(0),
            progress: AtomicUsize::new(0),
            received: AtomicUsize::new(0),
            is_large: AtomicBool::new(false),
            slots: AtomicU32::new(0),
            turn: AtomicUsize::new(HTTP1_TURN_BYTES),
            held: AtomicUsize::new(0),
            answers: Mutex::default(),
            answers_made: AtomicU64::new(0),
            order: AtomicU8::new(Order::None as u8),
            ordered: AtomicU64::new(0),
            waker: Mutex::default(),
        }
    }

    pub(crate) const fn all(&self) -> &Arc<Connections> {
        &self.all
    }

    /// Records the version of HTTP and the buffers made for it.
    pub(crate) fn speaks(&self, http2: bool) {
        self.http2.store(http2, Relaxed);
        self.hold_anyway(if http2 { HTTP2_BYTES } else { HTTP1_BYTES });
        if http2 {
            self.in_head.store(false, Relaxed);
            self.touch();
        }
    }

    pub(crate) fn is_http2(&self) -> bool {
        self.http2.load(Relaxed)
    }

    /// Records a poll, so that the connection may read again.
    pub(crate) fn begin_turn(&self) {
        self.turn.store(if self.is_http2() { HTTP2_TURN_BYTES } else { HTTP1_TURN_BYTES }, Relaxed);
    }

    /// Bytes that the connection may still read in this poll.
    pub(crate) fn turn_left(&self) -> usize {
        self.turn.load(Relaxed)
    }

    /// Records bytes sent by the peer.
    ///
    /// # Errors
    /// No room for them. A head that is not complete can't be answered.
    pub(crate) fn note_received(&self, bytes: usize) -> io::Result<()> {
        self.turn.store(self.turn_left().saturating_sub(bytes), Relaxed);
        let before = self.received.load(Relaxed);
        let received = before.saturating_add(bytes);
        self.received.store(received, Relaxed);
        if self.is_http2() {
            return self.note_received_ever(before, received);
        }
        if self.stage() == Stage::Idle && bytes > 0 {
            self.in_head.store(true, Relaxed);
            self.touch();
        }
        if received > LARGE_AFTER_BYTES && !self.is_large.swap(true, Relaxed) {
            self.hold(LARGE_BYTES).map_err(|NoRoom| io::ErrorKind::OutOfMemory)?;
        }
        Ok(())
    }

    fn note_received_ever(&self, before: usize, received: usize) -> io::Result<()> {
        if received > HTTP2_RECEIVED_END {
            return Err(io::ErrorKind::QuotaExceeded.into());
        }
        if before <= HTTP2_RECEIVED_MAX && received > HTTP2_RECEIVED_MAX {
            self.tell(Order::Finish);
        }
        let steps = (received / HTTP2_RECEIVED_STEP).saturating_sub(before / HTTP2_RECEIVED_STEP);
        if steps > 0 && received <= 2 * HTTP2_RECEIVED_MAX {
            let bytes = steps.saturating_mul(HTTP2_RECEIVED_STEP);
            self.hold(bytes).map_err(|NoRoom| io::ErrorKind::OutOfMemory)?;
        }
        Ok(())
    }

    /// Records bytes read by the peer.
    pub(crate) fn note_sent(&self, bytes: usize) {
        if self.blocked.load(Relaxed) == 0 {
            return;
        }
        let progress = self.progress.load(Relaxed).saturating_add(bytes);
        if progress >= WRITE_PROGRESS_BYTES {
            self.blocked.store(self.now().saturating_add(1), Relaxed);
            self.progress.store(0, Relaxed);
        } else {
            self.progress.store(progress, Relaxed);
        }
    }

    /// Records that the peer reads nothing more for now.
    pub(crate) fn note_blocked(&self) {
        if self.blocked.load(Relaxed) == 0 {
            self.blocked.store(self.now().saturating_add(1), Relaxed);
            self.progress.store(0, Relaxed);
        }
    }

    /// Records that the peer has read all output.
    pub(crate) fn note_flushed(&self) {
        if self.blocked.load(Relaxed) > 0 {
            self.blocked.store(0, Relaxed);
            self.touch();
        }
    }

    /// Records that the last answer is out.
    pub(crate) fn note_closing(&self) {
        if self.closing.load(Relaxed) == 0 {
            self.closing.store(self.now().saturating_add(1), Relaxed);
            self.touch();
        }
    }

    /// Records bytes discarded after the last answer.
    pub(crate) fn note_discarded(&self, bytes: usize) {
        self.turn.store(self.turn_left().saturating_sub(bytes), Relaxed);
        self.touch();
    }

    /// Keeps the rest of a request body that was not read to its end.
    pub(crate) fn leave(&self, body: hyper::body::Incoming) {
        *self.leftover.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(body));
        self.has_leftover.store(true, Relaxed);
    }

    /// The unread rest of the body of the current request.
    pub(crate) fn take_leftover(&self) -> Option<Box<hyper::body::Incoming>> {
        if !self.has_leftover.swap(false, Relaxed) {
            return None;
        }
        self.leftover.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Wakes this task when there is an order.
    pub(crate) fn listen(&self, waker: &Waker) {
        *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker.clone());
    }

    /// The current order.
    pub(crate) fn order(&self) -> Order {
        match self.order.load(Acquire) {
            0 => Order::None,
            1 => Order::Finish,
            2 if self.ours.load(Relaxed) > 0 => {
                self.order.store(Order::None as u8, Release);
                Order::None
            }
            2 => Order::Leave,
            _ => Order::Drop,
        }
    }

    /// Gives an order, unless a stronger one was given.
    pub(crate) fn tell(&self, order: Order) {
        if self.order.load(Acquire) >= order as u8 {
            return;
        }
        self.ordered.store(self.now(), Relaxed);
        self.order.store(order as u8, Release);
        let waker = self.waker.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn stage(&self) -> Stage {
        if self.closing.load(Relaxed) > 0 {
            Stage::Closing
        } else if self.ours.load(Relaxed) > 0 {
            Stage::Working
        } else if self.theirs.load(Relaxed) > 0 || self.blocked.load(Relaxed) > 0 {
            Stage::Waiting
        } else if self.in_head.load(Relaxed) {
            Stage::Head
        } else {
            Stage::Idle
        }
    }

    /// Records the current time as that of the last beginning or end of an exchange.
    fn touch(&self) {
        self.since.store(self.now(), Relaxed);
    }

    fn now(&self) -> u64 {
        self.all.now.load(Relaxed)
    }
}

#[cfg(test)]
mod tests;
