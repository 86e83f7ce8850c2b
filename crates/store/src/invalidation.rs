//! The clients that may have changed since a revision: 256 marks instead of a list.
//!
//! A fact read at revision `r` about a client still holds as long as the mark of the client's bucket is
//! at most `r`. One change therefore invalidates about one cached client in 256, and the check costs one
//! load. Both the readers' cache and the writer rely on it.

use jeton_domain::client::Revision;
use jeton_domain::id::ClientId;
use std::sync::Arc;

const BUCKETS: usize = 256;

/// The revision of the last change in each bucket of clients.
#[derive(Debug, Clone)]
pub(crate) struct InvalidationMap {
    now: Revision,
    marks: Arc<[Revision; BUCKETS]>,
}

impl InvalidationMap {
    /// A store that was just opened is at revision one, so a fact that claims revision zero never holds
    /// and is always read again.
    pub(crate) fn at_opening() -> Self {
        Self { now: Revision(1), marks: Arc::new([Revision(1); BUCKETS]) }
    }

    /// The current revision.
    pub(crate) const fn revision(&self) -> Revision {
        self.now
    }

    /// True if facts about a client that were read at `as_of` still hold.
    pub(crate) fn is_current(&self, as_of: Revision, client: ClientId) -> bool {
        self.marks.get(bucket(client)).is_some_and(|mark| *mark <= as_of)
    }

    /// Marks one client as changed.
    pub(crate) fn mark(&mut self, client: ClientId) {
        self.now = Revision(self.now.0.saturating_add(1));
        if let Some(mark) = Arc::make_mut(&mut self.marks).get_mut(bucket(client)) {
            *mark = self.now;
        }
    }

    /// Marks all clients as changed: no fact that was read before holds any more.
    pub(crate) fn mark_all(&mut self) {
        self.now = Revision(self.now.0.saturating_add(1));
        self.marks = Arc::new([self.now; BUCKETS]);
    }
}

/// Ids that were given out in a row differ in their low bits only; the multiplication spreads them.
const fn bucket(client: ClientId) -> usize {
    (client.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_invalidates_what_was_read_before_it_and_nothing_read_after() {
        let mut changes = InvalidationMap::at_opening();
        let before = changes.revision();
        assert!(changes.is_current(before, ClientId(7)));
        changes.mark(ClientId(7));
        assert!(!changes.is_current(before, ClientId(7)));
        assert!(changes.is_current(changes.revision(), ClientId(7)));
    }

    #[test]
    fn a_change_leaves_most_other_clients_alone() {
        let mut changes = InvalidationMap::at_opening();
        let before = changes.revision();
        changes.mark(ClientId(1 << 28));
        let held = (0..1000).filter(|n| changes.is_current(before, ClientId((1 << 30) + n))).count();
        assert!(held > 980, "{held} of 1000 still hold");
    }

    #[test]
    fn facts_from_before_the_opening_never_hold() {
        assert!(!InvalidationMap::at_opening().is_current(Revision::default(), ClientId(7)));
    }

    #[test]
    fn after_a_fault_no_fact_holds() {
        let mut changes = InvalidationMap::at_opening();
        let before = changes.revision();
        changes.mark_all();
        assert!((0..1000).all(|n| !changes.is_current(before, ClientId(n))));
    }
}
