//! Signal handling of a running server.
//!
//! ```text
//! SIGTERM, SIGQUIT          stop after the shutdown delay for load balancers; a second one ends the delay
//! SIGINT                    stop without the delay, because a person waits
//! SIGHUP, SIGUSR1, and every other signal that would end the process and does not report a fault in it
//!                           write a line to the log
//! ```

use crate::CliError;
use jeton_server::run::Stop;
use rustix::process::Signal;
use std::io;
use std::ops::RangeInclusive;
use tokio::signal::unix::{self, SignalKind};
use tokio::sync::watch;

/// Signals without a meaning for a server that would end the process by default, except those that report a
/// fault of the process itself.
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

/// Numbers of the real-time signals of Linux, which have no names and no meaning for a server.
const REAL_TIME: RangeInclusive<i32> = 32..=64;

/// Handles the signals to stop from now on; the receiver gets the kind of stop.
pub(crate) fn stop() -> Result<watch::Receiver<Stop>, CliError> {
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

/// Logs the signals without a meaning from now on.
pub(crate) fn tell_meaningless() -> Result<(), CliError> {
    for signal in MEANINGLESS {
        on(signal.as_raw(), tell(name(signal))).map_err(|error| failed(&error))?;
    }
    for number in REAL_TIME {
        // The C library reserves the first two or three, and they can't be handled.
        let _ = on(number, tell(format!("signal {number}")));
    }
    Ok(())
}

fn tell(signal: String) -> impl Fn() + Send + 'static {
    move || tracing::info!(signal, "a signal that does nothing: there is nothing to reload")
}

/// Calls `act` at each of these signals while the runtime exists.
fn on(signal: i32, act: impl Fn() + Send + 'static) -> io::Result<()> {
    let mut received = unix::signal(SignalKind::from_raw(signal))?;
    tokio::spawn(async move {
        while received.recv().await.is_some() {
            act();
        }
    });
    Ok(())
}

fn failed(error: &io::Error) -> CliError {
    CliError::new(format!("handling signals: {error}"))
}

/// The usual name, such as `SIGHUP`.
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
