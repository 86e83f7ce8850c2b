//! The end of a server whose end takes too long: a disk that does not answer keeps the writer from closing the store,
//! and whoever sent SIGTERM waits.
//!
//! Nothing is lost by it: what was answered is on the disk, and what is not was not answered.

use crate::limits::STOP_TIMEOUT;
use crate::log::Log;
use crate::{Failure, operator, signals};
use jeton_server::limits::DRAIN_TIMEOUT;
use jeton_server::run::Stop;
use std::time::Duration;

/// Waits for the signal to stop, in a thread of its own, because the others may be what does not go on. If the process
/// is still there when stopping should have been done, it ends.
pub(crate) fn start(log: &Log, shutdown_delay: Duration) -> Result<(), Failure> {
    let patience = DRAIN_TIMEOUT.saturating_add(STOP_TIMEOUT);
    let runtime = operator::runtime()?;
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
    watching.map(drop).map_err(|error| Failure::new(format!("starting the watchdog: {error}")))
}
