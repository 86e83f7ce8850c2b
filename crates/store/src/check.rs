//! The pages of our tables, compared in the background if the last process did not close the store.
//!
//! Opening reads a handful of pages; the others would be compared only when a request needs them. The
//! walk reads the file itself, so the engine's cache keeps the pages that requests need, and a read
//! transaction keeps the pages that the walk has yet to reach.

use crate::damage::Damaged;
use crate::disk::{DiskError, Engine};
use crate::disk_file::DiskFile;
use crate::limits::{CHECK_PAGES_AT_ONCE, CHECK_PAUSE};
use crate::walk::{self, Found};
use redb::{ReadTransaction, ReadableDatabase};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// A running check. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Check {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Check {
    /// Begins to compare the pages of the present state of the database; nothing may be written
    /// meanwhile.
    ///
    /// # Errors
    /// The check can't begin. The store works without it.
    pub(crate) fn begin(
        engine: &Engine,
        disk: Box<dyn DiskFile>,
        damaged: &Arc<Damaged>,
    ) -> Result<Self, DiskError> {
        let (roots, geometry) = walk::roots(disk.as_ref())?;
        let kept = engine.database.begin_read().map_err(|error| std::io::Error::other(error.to_string()))?;
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, severed, damaged) = (Arc::clone(&stop), engine.severed(), Arc::clone(damaged));
        let walk = move || {
            let _kept: ReadTransaction = kept;
            let (mut pages, mut bad) = (0_u64, 0_u64);
            let mut meet = |found: Found<'_>| {
                // After a fault the pages belong to another database, which keeps none of them for us.
                if stopped.load(Ordering::Relaxed) || severed.is_severed() {
                    return ControlFlow::Break(());
                }
                if let Found::Damage { page, damage } = found {
                    damaged.note(damage, Some(page));
                    bad = bad.saturating_add(1);
                }
                pages = pages.saturating_add(1);
                if pages.is_multiple_of(CHECK_PAGES_AT_ONCE) {
                    std::thread::sleep(CHECK_PAUSE);
                }
                ControlFlow::Continue(())
            };
            let done = roots.ours.map(|root| walk::walk(disk.as_ref(), root, geometry, &mut meet));
            if matches!(done, Some(ControlFlow::Break(()))) {
                return;
            }
            if bad == 0 {
                tracing::info!(pages, "the last process did not close the store; it is sound");
            } else {
                tracing::error!(pages, bad, "the last process did not close the store, and it is damaged");
            }
        };
        let thread = std::thread::Builder::new().name("jeton-check".into()).spawn(walk)?;
        Ok(Self { stop, thread: Some(thread) })
    }

    /// Waits for the end of the check.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn wait(&mut self) {
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Check {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
