//! A time limit for stopping: a disk that does not answer keeps the writer from closing the store.
//!
//! Ending the process then loses nothing, because every acknowledged change is already on the disk.

use crate::limits::STOP_TIMEOUT;
use crate::log::Log;
use crate::transport::runtime;
use crate::{CliError, signals};
use jeton_server::limits::DRAIN_TIMEOUT;
use jeton_server::run::Stop;
use std::time::Duration;

/// Starts a thread that waits for the signal to stop and ends the process if stopping takes too long. It is
/// a separate thread because the others may be blocked.
pub(crate) fn start(log: &Log, shutdown_delay: Duration) -> Result<(), CliError> {
    let patience = DRAIN_TIMEOUT.saturating_add(STOP_TIMEOUT);
    let runtime = runtime()?;
    let mut stop = {
        let _inside = runtime.enter();
        signals::stop()?
    };
    let log = log.clone();
    let watch = move || {
        runtime.block_on(async {
            Stop::told(&mut stop).await;
            Stop::delay(&mut stop, shutdown_delay).await;
        });
        std::thread::sleep(patience);
        tracing::error!(
            seconds = patience.as_secs(),
            "stopping did not finish, probably because the disk does not answer; ending without waiting for it"
        );
        drop(log);
        std::process::exit(1);
    };
    let watching = std::thread::Builder::new().name("watchdog".to_owned()).spawn(watch);
    watching.map(drop).map_err(|error| CliError::new(format!("starting the watchdog: {error}")))
}
