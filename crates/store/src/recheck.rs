//! Damaged pages, read again from time to time: a page that has recovered no longer counts, even if no
//! request needs it.

use crate::damage::Damaged;
use crate::disk_file::DiskFile;
use crate::limits::RECHECK_PAUSE;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

/// The thread that reads them. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Recheck {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Recheck {
    /// Begins to recheck damaged pages.
    ///
    /// # Errors
    /// The thread can't be started.
    pub(crate) fn begin(disk: Arc<dyn DiskFile>, damaged: Arc<Damaged>) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let look = move || {
            while !stopped.load(Ordering::Relaxed) {
                damaged.recheck(disk.as_ref(), &stopped);
                std::thread::park_timeout(RECHECK_PAUSE);
            }
        };
        let thread = std::thread::Builder::new().name("jeton-recheck".into()).spawn(look)?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Recheck {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            let _ = thread.join();
        }
    }
}
