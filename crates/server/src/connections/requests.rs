//! The requests and answers in progress on a connection, and the side that has to act next.

use super::Connection;
use crate::limits::STREAM_SLOT_BYTES;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, MutexGuard, PoisonError};

impl Connection {
    /// Records that a request's head is complete.
    pub(crate) fn begin_request(&self) {
        self.in_head.store(false, Relaxed);
        let ours = self.ours.fetch_add(1, Relaxed).saturating_add(1);
        if self.is_http2() {
            let under_way = ours.saturating_add(self.theirs.load(Relaxed));
            if under_way > self.slots.fetch_max(under_way, Relaxed) {
                self.hold_anyway(STREAM_SLOT_BYTES);
            }
        } else {
            self.received.store(0, Relaxed);
        }
        self.touch();
    }

    /// Records that the server has done its part of a request.
    pub(crate) fn end_request(&self) {
        self.ours.fetch_sub(1, Relaxed);
        self.touch();
    }

    /// Records that the body of a request is awaited, until the guard is dropped.
    pub(crate) fn await_peer(self: &Arc<Self>) -> AwaitsPeer {
        self.theirs.fetch_add(1, Relaxed);
        self.ours.fetch_sub(1, Relaxed);
        self.touch();
        AwaitsPeer(Arc::clone(self))
    }

    /// Records that an answer of HTTP/2 is on its way; returns its number.
    pub(crate) fn begin_answer(&self) -> u64 {
        let number = self.answers_made.fetch_add(1, Relaxed);
        self.theirs.fetch_add(1, Relaxed);
        self.lock_answers().insert(number, self.now());
        number
    }

    /// Records that nothing of this answer is left.
    pub(crate) fn end_answer(&self, number: u64) {
        self.lock_answers().remove(&number);
        self.theirs.fetch_sub(1, Relaxed);
        self.touch();
    }

    pub(super) fn oldest_answer(&self) -> Option<u64> {
        self.lock_answers().first_key_value().map(|(_, made)| *made)
    }

    fn lock_answers(&self) -> MutexGuard<'_, BTreeMap<u64, u64>> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request whose body is awaited.
#[derive(Debug)]
pub(crate) struct AwaitsPeer(Arc<Connection>);

impl Drop for AwaitsPeer {
    fn drop(&mut self) {
        self.0.ours.fetch_add(1, Relaxed);
        self.0.theirs.fetch_sub(1, Relaxed);
        self.0.touch();
    }
}
