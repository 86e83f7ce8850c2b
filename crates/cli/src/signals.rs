//! Signals to a running server.
//!
//! ```text
//! SIGTERM, SIGQUIT          stop, after the delay that load balancers need to notice; a second one ends the delay
//! SIGINT                    stop without it: a person waits
//! SIGHUP, SIGUSR1, every other signal that would end the process and tells of no fault in it
//!                           a line in the log
//! ```

use crate::Failure;
use jeton_server::run::Stop;
use rustix::process::Signal;
use std::io;
use std::ops::RangeInclusive;
use tokio::signal::unix::{self, SignalKind};
use tokio::sync::watch;

/// Signals that would end the process if they were not handled, and that mean nothing to a server. Those that tell
/// of a fault of the process itself are not among them.
const MEANINGLESS: [Signal; 11] = [
    Signal::HUP,
    Signal::USR1,
    Signal::USR2,
    Signal::ALARM,
    Signal::STKFLT,
    Signal::XCPU,
    Signal::XFSZ,
    Signal::VTALARM,
    Signal::PROF,
    Signal::IO,
    Signal::POWER,
];

/// Numbers of the real-time signals of Linux, which have no names and mean nothing either.
const REAL_TIME: RangeInclusive<i32> = 32..=64;

/// Tells when to stop, from now on.
pub(crate) fn stop() -> Result<watch::Receiver<Stop>, Failure> {
    let (stop, told) = watch::channel(Stop::No);
    for ending in [Signal::TERM, Signal::QUIT, Signal::INT] {
        let stop = stop.clone();
        on(ending.as_raw(), move || {
            let is_delayed = *stop.borrow() == Stop::No && ending != Signal::INT;
            stop.send_replace(if is_delayed { Stop::WithDelay } else { Stop::AtOnce });
        })
        .map_err(|error| failed(&error))?;
    }
    Ok(told)
}

/// Writes a line for each of the others, from now on.
pub(crate) fn tell_meaningless() -> Result<(), Failure> {
    for signal in MEANINGLESS {
        on(signal.as_raw(), tell(name(signal))).map_err(|error| failed(&error))?;
    }
    for number in REAL_TIME {
        // The C library keeps the first two or three for itself and lets no program handle them.
        let _ = on(number, tell(format!("signal {number}")));
    }
    Ok(())
}

fn tell(signal: String) -> impl Fn() + Send + 'static {
    move || tracing::info!(signal, "a signal that does nothing: there is nothing to reload")
}

/// Does something at each of these signals, as long as the runtime lives.
fn on(signal: i32, act: impl Fn() + Send + 'static) -> io::Result<()> {
    let mut received = unix::signal(SignalKind::from_raw(signal))?;
    tokio::spawn(async move {
        while received.recv().await.is_some() {
            act();
        }
    });
    Ok(())
}

fn failed(error: &io::Error) -> Failure {
    Failure::new(format!("handling signals: {error}"))
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
