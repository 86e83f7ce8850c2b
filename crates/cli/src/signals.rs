//! Signals to a running server.
//!
//! ```text
//! SIGTERM, SIGQUIT          stop, after the delay that load balancers need to notice; a second one ends the delay
//! SIGINT                    stop without it: a person waits
//! SIGHUP, SIGUSR1 and such  a line in the log
//! ```

use crate::Failure;
use jeton_server::run::Stop;
use rustix::process::Signal;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Signals that would end the process if they were not handled, and that mean nothing to a server.
const MEANINGLESS: [Signal; 9] = [
    Signal::HUP,
    Signal::USR1,
    Signal::USR2,
    Signal::ALARM,
    Signal::VTALARM,
    Signal::PROF,
    Signal::IO,
    Signal::POWER,
    Signal::XFSZ,
];

/// Tells when to stop, from now on.
pub(crate) fn stop() -> Result<watch::Receiver<Stop>, Failure> {
    let (stop, told) = watch::channel(Stop::No);
    for ending in [Signal::TERM, Signal::QUIT, Signal::INT] {
        let stop = stop.clone();
        on(ending, move || {
            let is_delayed = *stop.borrow() == Stop::No && ending != Signal::INT;
            stop.send_replace(if is_delayed { Stop::WithDelay } else { Stop::AtOnce });
        })?;
    }
    Ok(told)
}

/// Writes a line for each of the others, from now on.
pub(crate) fn tell_meaningless() -> Result<(), Failure> {
    MEANINGLESS.into_iter().try_for_each(|meaningless| {
        on(meaningless, move || {
            tracing::info!(
                signal = name(meaningless),
                "a signal that does nothing: there is nothing to reload"
            );
        })
    })
}

/// Does something at each of these signals, as long as the runtime lives.
fn on(kind: Signal, act: impl Fn() + Send + 'static) -> Result<(), Failure> {
    let mut received = signal(SignalKind::from_raw(kind.as_raw()))
        .map_err(|error| Failure::new(format!("handling signals: {error}")))?;
    tokio::spawn(async move {
        while received.recv().await.is_some() {
            act();
        }
    });
    Ok(())
}

/// `SIGHUP` and so on.
fn name(signal: Signal) -> String {
    let name = match signal {
        Signal::ALARM => "ALRM",
        Signal::VTALARM => "VTALRM",
        Signal::POWER => "PWR",
        signal => return format!("{signal:?}").replace("Signal::", "SIG").replace('"', ""),
    };
    format!("SIG{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_the_names_that_manuals_give_them() {
        let names: Vec<_> = MEANINGLESS.into_iter().map(name).collect();
        assert_eq!(names[..4], ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM"]);
        assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric())));
    }
}
