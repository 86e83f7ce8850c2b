//! The keeper: it looks at all connections and tells some to close.

use super::{Connection, Connections, Order, Stage};
use crate::auth_throttle::Source;
use crate::limits::{
    ANSWER_TIMEOUT, DRAIN_IDLE, HEAD_TIMEOUT, HELD_BYTES_HIGH, IDLE_AFTER, KEEPER_TICK, LINGER_MAX,
    LINGER_TIMEOUT, SLOW_AFTER, WRITE_TIMEOUT, connections_high,
};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;
use tokio::time::Instant;

/// Ticks between two looks at all connections while there is room.
const SWEEP_TICKS: u32 = 5;

impl Connections {
    /// Keeps the connections within their bounds, until it is cancelled.
    pub async fn keep(&self) {
        let began = Instant::now();
        loop {
            for _ in 0..SWEEP_TICKS {
                let _ = tokio::time::timeout(KEEPER_TICK, self.called.notified()).await;
                self.now.store(millis(began.elapsed()), Relaxed);
                self.make_room();
                // Connections that were told to close need a moment.
                tokio::time::sleep(KEEPER_TICK / 20).await;
                if self.is_draining() {
                    break;
                }
            }
            self.sweep();
        }
    }

    pub(super) fn open_high(&self) -> usize {
        connections_high(self.open_max)
    }

    /// Tells connections to close that have been idle or slow for too long.
    fn sweep(&self) {
        for (_, connection) in &self.lock().open {
            if let Some(order) = self.overdue(connection) {
                connection.tell(order);
            }
        }
    }

    fn overdue(&self, connection: &Connection) -> Option<Order> {
        let now = self.now.load(Relaxed);
        let is_past = |since: u64, limit: Duration| now.saturating_sub(since) >= millis(limit);
        let (blocked, since) = (connection.blocked.load(Relaxed), connection.since.load(Relaxed));
        if blocked > 0 && is_past(blocked.saturating_sub(1), WRITE_TIMEOUT) {
            return Some(Order::Drop);
        }
        if connection.oldest_answer().is_some_and(|made| is_past(made, ANSWER_TIMEOUT)) {
            return Some(Order::Drop);
        }
        let (draining, http2) = (self.is_draining(), connection.is_http2());
        let was_told = connection.order.load(Relaxed) == Order::Finish as u8;
        match connection.stage() {
            Stage::Working | Stage::Waiting if draining && http2 => Some(Order::Finish),
            Stage::Working | Stage::Waiting => None,
            Stage::Closing => {
                let closing = connection.closing.load(Relaxed).saturating_sub(1);
                let is_over = is_past(closing, self.unless_draining(LINGER_MAX));
                (is_over || is_past(since, LINGER_TIMEOUT)).then_some(Order::Drop)
            }
            Stage::Head => is_past(since, self.unless_draining(HEAD_TIMEOUT)).then_some(Order::Leave),
            // A peer that was told has some time to say goodbye.
            Stage::Idle if was_told => {
                let told = connection.ordered.load(Relaxed).max(since);
                is_past(told, self.unless_draining(LINGER_TIMEOUT)).then_some(Order::Leave)
            }
            Stage::Idle if http2 => (draining || is_past(since, self.idle_timeout)).then_some(Order::Finish),
            Stage::Idle => is_past(since, self.unless_draining(self.idle_timeout)).then_some(Order::Leave),
        }
    }

    fn unless_draining(&self, limit: Duration) -> Duration {
        if self.is_draining() { limit.min(DRAIN_IDLE) } else { limit }
    }

    /// Tells as many connections as necessary to close if there are too many or they hold too much.
    fn make_room(&self) {
        let table = self.lock();
        if table.open.len() <= self.open_high() && self.held() <= HELD_BYTES_HIGH {
            return;
        }
        let staying: Vec<&Arc<Connection>> =
            table.open.iter().map(|(_, connection)| connection).filter(|one| !one.is_leaving()).collect();
        let now = self.now.load(Relaxed);
        let count_surplus = surplus(staying.len(), self.open_high());
        cut_down(&staying, count_surplus, |_| 1, |one| one.rank(now));
        let staying: Vec<_> = staying.into_iter().filter(|one| !one.is_leaving()).collect();
        let bytes: usize = staying.iter().map(|one| one.held.load(Relaxed)).sum();
        let size_of = |one: &Connection| one.held.load(Relaxed);
        cut_down(&staying, surplus(bytes, HELD_BYTES_HIGH), size_of, |one| {
            let (class, since) = one.rank(now)?;
            // A connection that holds about twice as much goes before one that has been slow or idle for
            // longer.
            let magnitude = u64::from(size_of(one).leading_zeros());
            Some((magnitude.saturating_mul(8).saturating_add(class), since))
        });
    }
}

/// Bytes or connections to free: beyond a bound the total is cut down to somewhat below it, so that not each
/// new connection needs another look at all.
const fn surplus(size: usize, bound: usize) -> usize {
    if size > bound { size.saturating_sub(bound.saturating_sub(bound / 16)) } else { 0 }
}

/// A connection that may go, and the size that its source has before it goes.
struct Candidate<'c> {
    connection: &'c Connection,
    source_size: usize,
    size: usize,
}

/// Tells connections to close until `surplus` is freed, those of the largest source first, and within a
/// source in order of `rank`.
fn cut_down(
    staying: &[&Arc<Connection>],
    surplus: usize,
    size_of: impl Fn(&Connection) -> usize,
    rank: impl Fn(&Connection) -> Option<(u64, u64)>,
) {
    if surplus == 0 {
        return;
    }
    let mut sources: HashMap<Source, usize> = HashMap::new();
    for one in staying {
        let size = sources.entry(one.source).or_default();
        *size = size.saturating_add(size_of(one));
    }
    let mut waiting: Vec<_> = staying.iter().filter_map(|one| Some((rank(one)?, *one))).collect();
    // Of those of the same moment the latest arrivals stay longest.
    waiting.sort_unstable_by_key(|(rank, one)| (*rank, one.number));
    // The first of a source goes when the source has its full total, the next when that one is gone, and so
    // on.
    let mut candidates: Vec<Candidate<'_>> = Vec::with_capacity(waiting.len());
    for (_, connection) in waiting {
        let size = size_of(connection);
        let left = sources.entry(connection.source).or_default();
        candidates.push(Candidate { connection, source_size: *left, size });
        *left = left.saturating_sub(size);
    }
    candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.source_size));
    let mut freed = 0_usize;
    for Candidate { connection, size, .. } in candidates {
        if freed >= surplus {
            break;
        }
        connection.tell(Order::Leave);
        freed = freed.saturating_add(size);
    }
}

impl Connection {
    /// The order in which connections of a source go, and the time since when they are in their state: the
    /// slow, then those idle for some time, then new ones without a request, then those in use just now.
    /// `None` while the server works on a request.
    fn rank(&self, now: u64) -> Option<(u64, u64)> {
        let since = self.since.load(Relaxed);
        let is_past = |limit: Duration| now.saturating_sub(since) >= millis(limit);
        let class = match self.stage() {
            Stage::Working => return None,
            Stage::Idle => {
                if is_past(IDLE_AFTER) {
                    1
                } else {
                    3
                }
            }
            Stage::Head | Stage::Waiting | Stage::Closing => {
                if is_past(SLOW_AFTER) {
                    0
                } else {
                    2
                }
            }
        };
        Some((class, since))
    }

    fn is_leaving(&self) -> bool {
        self.order.load(Relaxed) >= Order::Leave as u8
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
