//! A server's share in a journal.

use crate::journal::{ChangeId, Journal};
use crate::rounds::Rounds;
use std::sync::Arc;

/// The journal, as the writer uses it.
pub(crate) struct Sharing {
    pub(crate) journal: Arc<dyn Journal>,
    pub(crate) rounds: Arc<Rounds>,
    pub(crate) names: ChangeNames,
}

/// Names of this server's change sets: random ones of a run, counted.
#[derive(Debug)]
pub(crate) struct ChangeNames {
    run: u64,
    count: u64,
}

impl ChangeNames {
    /// Names of a run with a random seed.
    pub(crate) const fn seeded(seed: u64) -> Self {
        Self { run: seed, count: 0 }
    }

    /// The next name.
    pub(crate) fn next(&mut self) -> ChangeId {
        self.count = self.count.wrapping_add(1);
        let mut id = [0; 16];
        let (run, count) = id.split_at_mut(8);
        run.copy_from_slice(&self.run.to_le_bytes());
        count.copy_from_slice(&self.count.to_le_bytes());
        ChangeId(id)
    }
}
