//! Idle connections that had one answer.

use crate::Result;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// Opens `count` connections and reads one answer on each.
///
/// # Errors
/// The server does not answer, or the system allows too few descriptors.
pub fn open(address: SocketAddr, count: usize) -> Result<Vec<TcpStream>> {
    allow_descriptors(count + 100)?;
    let mut connections = Vec::with_capacity(count);
    let mut answer = [0; 1024];
    for _ in 0..count {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(b"GET /debug/healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")?;
        if stream.read(&mut answer)? == 0 {
            return Err("the server closed a connection".into());
        }
        connections.push(stream);
    }
    Ok(connections)
}

/// Raises this process's limit of descriptors.
///
/// # Errors
/// The system refuses.
pub fn allow_descriptors(count: usize) -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    let wanted = u64::try_from(count)?;
    if limit.current.is_some_and(|current| current < wanted) {
        let maximum = limit.maximum.map(|maximum| maximum.max(wanted));
        setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum })?;
    }
    Ok(())
}
