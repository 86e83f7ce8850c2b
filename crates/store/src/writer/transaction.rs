//! One transaction: begin, decide, commit, publish.

use super::{Decided, Done, Stage, Writer};
use crate::batch::Batch;
use crate::command::{Command, CommandResult};
use crate::fault::EngineError;
use crate::limits::{
    EVENTS_IDLE_ROWS, EVENTS_SLICE_ROWS, FORGET_IDLE_ROWS, REMOVAL_IDLE_ROWS, REMOVAL_SLICE_ROWS,
};
use crate::snapshot::Snapshot;
use crate::writing::Writing;
use redb::WriteTransaction;
use std::sync::Arc;

impl Writer {
    /// The transaction of a server alone: its own commit makes it durable.
    pub(super) fn transact_alone(
        &mut self,
        batches: Vec<Vec<Command>>,
        forget_rows_max: usize,
        stage: &mut Stage,
    ) -> Result<Done, EngineError> {
        let transaction = self.begin()?;
        let writing = Writing::new(&transaction);
        let decided = self.decide(&writing, batches, forget_rows_max, stage)?;
        drop(writing);
        *stage = Stage::Committing;
        transaction.commit()?;
        self.keep(decided)
    }

    pub(super) fn begin(&self) -> Result<WriteTransaction, EngineError> {
        let live = self.engines.live.as_ref().ok_or(redb::StorageError::DatabaseClosed)?;
        let mut transaction = live.database.begin_write()?;
        // Costs about 20 % of the throughput at these batches. In return, opening after a crash takes a
        // millisecond for any size of the store.
        transaction.set_quick_repair(true);
        Ok(transaction)
    }

    /// Decides all commands in a transaction, and does a slice of the maintenance.
    pub(super) fn decide(
        &mut self,
        writing: &Writing<'_>,
        batches: Vec<Vec<Command>>,
        forget_rows_max: usize,
        stage: &mut Stage,
    ) -> Result<Decided, EngineError> {
        let now = self.shared.careful.moment(self.clock.as_ref());
        let may_forget = self.may_forget();
        let mut state = self.state.clone();
        let mut batch = Batch::open(writing, &mut state, &mut self.uses, &mut self.assertions, now)?;
        let mut answers = Vec::with_capacity(batches.len());
        for commands in batches {
            let decided: Result<Vec<CommandResult>, EngineError> =
                commands.into_iter().map(|command| batch.apply(command)).collect();
            answers.push(decided?);
        }
        *stage = Stage::Forgetting;
        let forgotten = if may_forget { batch.forget(forget_rows_max)? } else { 0 };
        if may_forget && forget_rows_max > 0 {
            let is_idle = forget_rows_max >= FORGET_IDLE_ROWS;
            batch.forget_events(if is_idle { EVENTS_IDLE_ROWS } else { EVENTS_SLICE_ROWS })?;
            batch.remove(if is_idle { REMOVAL_IDLE_ROWS } else { REMOVAL_SLICE_ROWS })?;
        }
        *stage = Stage::NotingUses;
        let uses_written = batch.finish()?;
        Ok(Decided { answers, forgotten, state, uses_written })
    }

    /// Continues from a transaction that was committed, and publishes it.
    pub(super) fn keep(&mut self, decided: Decided) -> Result<Done, EngineError> {
        let Decided { answers, forgotten, state, uses_written } = decided;
        self.state = state;
        if uses_written {
            self.uses.clear();
        }
        let live = self.engines.live.as_ref().ok_or(redb::StorageError::DatabaseClosed)?;
        let snapshot = Snapshot::open(live, &self.state, &self.shared.cache)?;
        self.shared.published.store(Some(Arc::new(snapshot)));
        Ok((answers, forgotten))
    }
}
