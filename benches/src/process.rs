//! The servers under load: started on their own cores, and observed.

use crate::Result;
use crate::connection::Connection;
use jeton_load::process::Server;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
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

/// Starts a program on one core and waits until it accepts connections.
///
/// # Errors
/// It does not within twenty seconds.
pub fn start(command: Command, address: SocketAddr, core: usize) -> Result<Server> {
    start_on(command, address, &[core])
}

/// Starts a program on these cores and waits until it accepts connections.
///
/// # Errors
/// It does not within twenty seconds.
pub fn start_on(mut command: Command, address: SocketAddr, on: &[usize]) -> Result<Server> {
    let before = cores()?;
    stay_on(on)?;
    let child = command.stdout(Stdio::null()).spawn();
    stay_on(&before)?;
    let server = Server::new(child?, address);
    let deadline = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(address).is_err() {
        if Instant::now() > deadline {
            return Err(format!("{command:?} does not listen").into());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(server)
}

/// Stops a server as a service manager does, and waits for its end.
///
/// # Errors
/// It does not end within a minute, or fails.
pub fn stop(server: &mut Server) -> Result<()> {
    Ok(server.stop(Duration::from_secs(60))?)
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

/// User and system CPU time that a process has used, to a hundredth of a second.
///
/// # Errors
/// The process is gone.
pub fn cpu_user_system(process: u32) -> Result<(Duration, Duration)> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in parentheses may have spaces; utime and stime are fields 14 and 15.
    let (_, fields) = stat.rsplit_once(')').ok_or("no fields")?;
    let ticks = |field: usize| -> Result<Duration> {
        let ticks: u64 = fields.split_whitespace().nth(field - 3).ok_or("too few fields")?.parse()?;
        Ok(Duration::from_millis(ticks * 1000 / rustix::param::clock_ticks_per_second()))
    };
    Ok((ticks(14)?, ticks(15)?))
}

/// Bytes that the disk delivered for a process, because they were not in the kernel's cache.
///
/// # Errors
/// The process is gone.
pub fn bytes_from_disk(process: u32) -> Result<u64> {
    let io = std::fs::read_to_string(format!("/proc/{process}/io"))?;
    let line = io.lines().find_map(|line| line.strip_prefix("read_bytes:")).ok_or("no read_bytes")?;
    Ok(line.trim().parse()?)
}

/// Resident memory of a process in MiB.
///
/// # Errors
/// The process is gone.
pub fn resident_mib(process: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib / 1024.0)
}

/// Sends one request on a new connection; returns the body of the answer.
///
/// # Errors
/// The answer is not a 200.
pub fn call(stream: impl Read + Write, method: &str, path: &str, body: &str) -> Result<String> {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: jeton\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut connection = Connection::over(stream);
    connection.send(request.as_bytes())?;
    match (connection.status(), std::str::from_utf8(connection.body())?) {
        (Some("200"), body) => Ok(body.to_owned()),
        (_, body) => Err(format!("{method} {path}: {body}").into()),
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
    let begun = Instant::now();
    let server = start(command, address, core)?;
    call(TcpStream::connect(address)?, "GET", "/debug/ready", "")?;
    Ok((server, begun.elapsed()))
}
