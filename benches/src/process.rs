//! The servers under load: started on their own cores, observed, stopped.

use crate::Result;
use rustix::process::{Pid, Signal, kill_process};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The cores that this process may use, in order.
///
/// # Errors
/// The system does not report them.
pub fn cores() -> Result<Vec<usize>> {
    let allowed = sched_getaffinity(None)?;
    Ok((0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core)).collect())
}

/// Pins this thread, and the threads and processes that it starts from now on, to these cores.
///
/// # Errors
/// The system refuses.
pub fn stay_on(cores: &[usize]) -> Result<()> {
    let mut set = CpuSet::new();
    cores.iter().for_each(|core| set.set(*core));
    Ok(sched_setaffinity(None, &set)?)
}

/// A port that was free a moment ago.
///
/// # Errors
/// No port is free.
pub fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

/// A running server, stopped on drop.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// The address that it listens on.
    pub address: SocketAddr,
}

impl Server {
    /// Starts a program on one core and waits until it accepts connections.
    ///
    /// # Errors
    /// It does not within twenty seconds.
    pub fn start(command: Command, address: SocketAddr, core: usize) -> Result<Self> {
        Self::start_on(command, address, &[core])
    }

    /// Starts a program on these cores and waits until it accepts connections.
    ///
    /// # Errors
    /// It does not within twenty seconds.
    pub fn start_on(mut command: Command, address: SocketAddr, on: &[usize]) -> Result<Self> {
        let before = cores()?;
        stay_on(on)?;
        let child = command.stdout(Stdio::null()).spawn();
        stay_on(&before)?;
        let server = Self { child: child?, address };
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(address).is_err() {
            if Instant::now() > deadline {
                return Err(format!("{command:?} does not listen").into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(server)
    }

    /// CPU time that it has used, user and system, in all threads.
    ///
    /// # Errors
    /// The process is gone.
    pub fn cpu(&self) -> Result<Duration> {
        cpu(self.child.id())
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// User and system CPU time that it has used, to a hundredth of a second.
    ///
    /// # Errors
    /// The process is gone.
    pub fn cpu_user_system(&self) -> Result<(Duration, Duration)> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name in parentheses may have spaces; utime and stime are fields 14 and 15.
        let (_, fields) = stat.rsplit_once(')').ok_or("no fields")?;
        let ticks = |field: usize| -> Result<Duration> {
            let ticks: u64 = fields.split_whitespace().nth(field - 3).ok_or("too few fields")?.parse()?;
            Ok(Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second()))
        };
        Ok((ticks(14)?, ticks(15)?))
    }

    /// Bytes that the disk delivered for it, because they were not in the kernel's cache.
    ///
    /// # Errors
    /// The process is gone.
    pub fn bytes_from_disk(&self) -> Result<u64> {
        let io = std::fs::read_to_string(format!("/proc/{}/io", self.child.id()))?;
        let line = io.lines().find_map(|line| line.strip_prefix("read_bytes:")).ok_or("no read_bytes")?;
        Ok(line.trim().parse()?)
    }

    /// Resident memory in MiB.
    ///
    /// # Errors
    /// The process is gone.
    pub fn resident_mib(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib / 1024.0)
    }

    /// Stops it with SIGTERM, as a service manager does, and waits for its end.
    ///
    /// # Errors
    /// It does not end within a minute, or fails.
    pub fn terminate(&mut self) -> Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).ok_or("no process")?;
        kill_process(pid, Signal::TERM)?;
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            match self.child.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(format!("the server ended with {status}").into()),
                None if Instant::now() > deadline => return Err("the server does not end".into()),
                None => std::thread::sleep(Duration::from_millis(5)),
            }
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
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        if let (Ok(None), Some(pid)) = (self.child.try_wait(), pid) {
            // An error means that it has just ended.
            let _ = kill_process(pid, Signal::TERM);
        }
        let deadline = Instant::now() + Duration::from_secs(5);
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() > deadline {
                let _ = self.child.kill();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// CPU time that a process has used, user and system, in all its threads.
///
/// # Errors
/// The process is gone.
pub fn cpu(process: u32) -> Result<Duration> {
    let mut nanoseconds = 0;
    for task in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let schedstat = std::fs::read_to_string(task?.path().join("schedstat"))?;
        nanoseconds += schedstat.split_whitespace().next().unwrap_or("0").parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanoseconds))
}

/// Sends one request on a new connection; returns the body of the answer.
///
/// # Errors
/// The answer is not a 200.
pub fn call(mut stream: impl Read + Write, method: &str, path: &str, body: &str) -> Result<String> {
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: jeton\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    match answer.split_once("\r\n\r\n") {
        Some((head, body)) if head.starts_with("HTTP/1.1 200 ") => Ok(body.to_owned()),
        _ => Err(format!("{method} {path}: {answer}").into()),
    }
}

/// The time from the start of a server to its first answer.
///
/// # Errors
/// There is no answer.
pub fn time_to_first_answer(
    command: Command,
    address: SocketAddr,
    core: usize,
) -> Result<(Server, Duration)> {
    let start = Instant::now();
    let server = Server::start(command, address, core)?;
    call(TcpStream::connect(address)?, "GET", "/debug/ready", "")?;
    Ok((server, start.elapsed()))
}

/// True if a path is on a file system in memory, where fdatasync costs nothing.
///
/// # Errors
/// The file system can't be determined.
pub fn is_in_memory(path: &Path) -> Result<bool> {
    const TMPFS_MAGIC: i64 = 0x0102_1994;
    Ok(rustix::fs::statfs(path)?.f_type == TMPFS_MAGIC)
}
