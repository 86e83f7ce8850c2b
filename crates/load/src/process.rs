//! A server in a process of its own.

use crate::{Error, Result};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Maximum time between SIGTERM and SIGKILL when a server is dropped.
const DROP_PATIENCE: Duration = Duration::from_secs(5);
/// Time between two looks at a process.
const PAUSE: Duration = Duration::from_millis(5);

/// A running server, stopped on drop.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// The address that it listens on.
    pub address: SocketAddr,
}

/// Removes the settings of `jeton` from a command's environment.
pub fn without_settings(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("JETON_") {
            command.env_remove(name);
        }
    }
    command
}

/// A port that was free a moment ago.
///
/// # Errors
/// No port is free.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

impl Server {
    /// A process that listens on this address.
    pub const fn new(child: Child, address: SocketAddr) -> Self {
        Self { child, address }
    }

    /// Starts `jeton serve` and reads the address that it prints once it listens, so that the port can be 0.
    ///
    /// # Errors
    /// The program does not start, or ends before it listens.
    pub fn announced(mut command: Command) -> Result<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let address = line.split("http://").nth(1).and_then(|rest| rest.split_whitespace().next());
        match address.and_then(|address| address.parse().ok()) {
            Some(address) => Ok(Self { child, address }),
            None => {
                // It may have ended already.
                let _ = child.kill();
                child.wait()?;
                Err(Error::NotStarted)
            }
        }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends SIGTERM, as a service manager does.
    pub fn terminate(&mut self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let (Ok(None), Some(pid)) = (self.child.try_wait(), pid) {
            // An error means that it has just ended.
            let _ = kill_process(pid, Signal::TERM);
        }
    }

    /// Waits for its end, at most this long; `None` if it still runs.
    ///
    /// # Errors
    /// The system can't tell.
    pub fn wait(&mut self, timeout: Duration) -> Result<Option<ExitStatus>> {
        let deadline = Instant::now() + timeout;
        loop {
            let ended = self.child.try_wait()?;
            if ended.is_some() || Instant::now() > deadline {
                return Ok(ended);
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Stops it with SIGTERM and waits for its end.
    ///
    /// # Errors
    /// It does not end in time, or fails.
    pub fn stop(&mut self, timeout: Duration) -> Result<()> {
        self.terminate();
        match self.wait(timeout)? {
            Some(status) if status.success() => Ok(()),
            Some(_) | None => Err(Error::NotStopped),
        }
    }

    /// Kills it.
    ///
    /// # Errors
    /// Waiting for it fails.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.terminate();
        if !matches!(self.wait(DROP_PATIENCE), Ok(Some(_))) {
            // There is nothing left to do if it can't be killed.
            let _ = self.kill();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_server_has_the_address_that_it_prints() {
        let printing = shell("echo 'listening on http://127.0.0.1:4711 now'; exec sleep 60");
        let mut server = Server::announced(printing).unwrap();
        assert_eq!(server.address.port(), 4711);
        assert!(server.wait(Duration::ZERO).unwrap().is_none());
        server.kill().unwrap();
        assert!(server.wait(Duration::ZERO).unwrap().is_some());
    }

    #[test]
    fn a_server_that_prints_no_address_has_not_started() {
        for script in ["exit 1", "echo listening; exec sleep 60", "echo http://nowhere; exit 0"] {
            let started = Server::announced(shell(script));
            assert!(matches!(started, Err(Error::NotStarted)), "{script}");
        }
    }

    #[test]
    fn a_server_that_fails_at_its_end_or_goes_on_did_not_stop_cleanly() {
        let stopped = |trap: &str, timeout| {
            let script = format!("trap '{trap}' TERM; echo http://127.0.0.1:1; while :; do sleep 0.01; done");
            Server::announced(shell(&script)).unwrap().stop(timeout)
        };
        assert!(stopped("exit 0", Duration::from_secs(20)).is_ok());
        assert!(matches!(stopped("exit 3", Duration::from_secs(20)), Err(Error::NotStopped)));
        let mut deaf = Server::announced(shell("echo http://127.0.0.1:1; exec sleep 60")).unwrap();
        assert!(matches!(deaf.stop(Duration::from_secs(20)), Err(Error::NotStopped)), "ended by a signal");
    }
}
