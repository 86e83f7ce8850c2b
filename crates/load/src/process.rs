//! A server in a process of its own.

use crate::{Error, Result};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Maximum time until a server prints its address.
const START_TIMEOUT: Duration = Duration::from_secs(20);
/// Maximum time between SIGTERM and SIGKILL when a server is dropped, and after SIGKILL again.
const DROP_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum bytes of the line with the address.
const LINE_BYTES_MAX: u64 = 4096;
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
    /// The program does not start, ends before it listens, or prints no address for twenty seconds.
    pub fn announced(command: Command) -> Result<Self> {
        Self::announced_within(START_TIMEOUT, command)
    }

    fn announced_within(timeout: Duration, mut command: Command) -> Result<Self> {
        let deadline = Instant::now() + timeout;
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take();
        // Without an address, dropping the server ends it.
        let mut server = Self { child, address: SocketAddr::from(([0; 4], 0)) };
        let line = stdout.and_then(|stdout| first_line(stdout, timeout)).unwrap_or_default();
        let address = line.split("http://").nth(1).and_then(|rest| rest.split_whitespace().next());
        if let Some(address) = address.and_then(|address| address.parse().ok()) {
            server.address = address;
            return Ok(server);
        }
        // A program that ends closes its output a little earlier.
        let left = if line.is_empty() { deadline.saturating_duration_since(Instant::now()) } else { PAUSE };
        let status = server.wait(left)?;
        Err(Error::NotStarted(status))
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

impl Server {
    /// Ends it with SIGTERM, and after this time with SIGKILL.
    fn end_within(&mut self, timeout: Duration) {
        self.terminate();
        if !matches!(self.wait(timeout), Ok(Some(_))) {
            // There is nothing left to do if it can't be killed, or does not end even so.
            let _ = self.child.kill();
            let _ = self.wait(DROP_TIMEOUT);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end_within(DROP_TIMEOUT);
    }
}

/// The first line of a program's output; `None` if there is none in this time. A thread of its own reads it,
/// because reading a pipe has no deadline; the thread ends with the program.
fn first_line(stdout: ChildStdout, timeout: Duration) -> Option<String> {
    let (sender, line) = mpsc::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        if BufReader::new(stdout.take(LINE_BYTES_MAX)).read_line(&mut line).is_ok() {
            // After the timeout there is no receiver.
            let _ = sender.send(line);
        }
    });
    line.recv_timeout(timeout).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

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
    fn a_server_that_exits_before_it_listens_has_not_started_and_its_status_is_told() {
        let Err(Error::NotStarted(Some(status))) = Server::announced(shell("exit 3")) else {
            panic!("a status");
        };
        assert_eq!(status.code(), Some(3));
        let told = Error::NotStarted(Some(status)).to_string();
        assert_eq!(told, "the server exited during startup (exit status: 3); see its log above");
    }

    #[test]
    fn a_server_that_prints_another_line_than_an_address_has_not_started() {
        for script in ["echo listening; exec sleep 60", "echo http://nowhere; exit 0", "printf '\\377\\n'"] {
            let started = Server::announced(shell(script));
            assert!(matches!(started, Err(Error::NotStarted(_))), "{script}");
        }
    }

    #[test]
    fn a_server_that_prints_nothing_and_runs_on_has_not_started_after_a_deadline() {
        for script in ["exec sleep 60", "exec sleep 60 >&-"] {
            let started = Server::announced_within(Duration::from_millis(50), shell(script));
            assert!(matches!(started, Err(Error::NotStarted(None))), "{script}");
        }
    }

    #[test]
    fn a_server_that_does_not_hear_sigterm_is_killed_after_a_deadline() {
        let deaf = "trap '' TERM; echo http://127.0.0.1:1; while :; do sleep 0.01; done";
        let mut server = Server::announced(shell(deaf)).unwrap();
        server.end_within(Duration::ZERO);
        let status = server.wait(Duration::ZERO).unwrap().expect("it has ended");
        assert_eq!(status.signal(), Some(Signal::KILL.as_raw()));
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
