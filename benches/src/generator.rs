//! The load generator: one thread, keep-alive connections, one request in flight on each.
//!
//! It does as little as possible per request (one write, one read, a search for the end of the head),
//! so that the server on the other core is the bottleneck. It never sleeps: on loopback, waking a
//! sleeping client happens on the server's core and costs more than the server's own work, which
//! would penalize the server that is slow enough to let the client sleep. Every answer is checked;
//! only valid ones count, an invalid one ends the measurement, and so do more refusals than one in a hundred.

use crate::Result;
use crate::stats::Latencies;
use crate::workload::Workload;
use memchr::memmem;
use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use std::cmp::Ordering;
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// The result of a run.
#[derive(Debug)]
pub struct Measured {
    /// Valid answers.
    pub answers: u64,
    /// Requests refused for overload and sent again.
    pub refusals: u64,
    /// Duration of the run.
    pub elapsed: Duration,
    /// Latencies from the first byte sent to the last one received.
    pub latencies: Latencies,
}

struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    sent_at: Instant,
}

/// Maximum time without an answer.
const SILENCE_MAX: Duration = Duration::from_secs(30);

/// The end of a run.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// After this time.
    Elapsed(Duration),
    /// After this many answers.
    Answers(u64),
}

/// Connections with one request in flight on each.
pub struct Generator {
    poll: Poll,
    connections: Vec<Connection>,
    request: Vec<u8>,
}

impl std::fmt::Debug for Generator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Generator").field("connections", &self.connections.len()).finish_non_exhaustive()
    }
}

impl Generator {
    /// Opens the connections and sends a first request on each.
    ///
    /// # Errors
    /// The server does not accept them.
    pub fn open(address: SocketAddr, connections: usize, workload: &mut dyn Workload) -> Result<Self> {
        let poll = Poll::new()?;
        let mut opened = Vec::with_capacity(connections);
        for index in 0..connections {
            let stream = connect(address, &poll, index)?;
            opened.push(Connection { stream, received: Vec::with_capacity(4096), sent_at: Instant::now() });
        }
        let mut generator = Self { poll, connections: opened, request: Vec::with_capacity(1024) };
        for connection in &mut generator.connections {
            send(connection, &mut generator.request, workload)?;
        }
        Ok(generator)
    }

    /// Keeps every connection busy for a while.
    ///
    /// # Errors
    /// A connection breaks or an answer is not valid.
    pub fn run(&mut self, until: Until, workload: &mut dyn Workload) -> Result<Measured> {
        let mut events = Events::with_capacity(1024);
        let (elapsed, latencies) = (Duration::ZERO, Latencies::default());
        let mut measured = Measured { answers: 0, refusals: 0, elapsed, latencies };
        let start = Instant::now();
        let mut heard_at = start;
        loop {
            let done = match until {
                Until::Elapsed(duration) => start.elapsed() >= duration,
                Until::Answers(answers) => measured.answers >= answers,
            };
            if done {
                measured.elapsed = start.elapsed();
                return measured.checked();
            }
            self.poll.poll(&mut events, Some(Duration::ZERO))?;
            if !events.is_empty() {
                heard_at = Instant::now();
            } else if heard_at.elapsed() > SILENCE_MAX {
                return Err(format!("the server did not answer for {} s", SILENCE_MAX.as_secs()).into());
            }
            for event in &events {
                let Some(connection) = self.connections.get_mut(event.token().0) else { continue };
                match receive(connection, workload)? {
                    None => continue,
                    Some(Received::Answer) => {
                        measured.answers += 1;
                        measured.latencies.add(connection.sent_at.elapsed());
                    }
                    Some(Received::Refusal) => measured.refusals += 1,
                }
                send(connection, &mut self.request, workload)?;
            }
        }
    }
}

/// Opens a connection registered with `poll` under its index.
///
/// # Errors
/// The server does not accept it.
pub fn connect(address: SocketAddr, poll: &Poll, index: usize) -> Result<TcpStream> {
    let stream = std::net::TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_nonblocking(true)?;
    let mut stream = TcpStream::from_std(stream);
    poll.registry().register(&mut stream, Token(index), Interest::READABLE)?;
    Ok(stream)
}

fn send(connection: &mut Connection, request: &mut Vec<u8>, workload: &mut dyn Workload) -> Result<()> {
    request.clear();
    workload.write(request);
    connection.received.clear();
    connection.sent_at = Instant::now();
    // A request is far smaller than an empty socket buffer.
    let written = connection.stream.write(request)?;
    if written == request.len() { Ok(()) } else { Err("a request did not fit the socket buffer".into()) }
}

impl Measured {
    /// Fails after too many refusals. A stall of the machine may cause a few; with more the run would
    /// measure refusals.
    fn checked(self) -> Result<Self> {
        if self.refusals > self.answers / 100 {
            return Err(format!("{} requests were refused, {} answered", self.refusals, self.answers).into());
        }
        Ok(self)
    }
}

enum Received {
    Answer,
    Refusal,
}

/// Reads available bytes; returns the answer once it is complete.
fn receive(connection: &mut Connection, workload: &mut dyn Workload) -> Result<Option<Received>> {
    let mut buffer = [0; 4096];
    loop {
        match connection.stream.read(&mut buffer) {
            Ok(0) => return Err("the server closed a connection".into()),
            Ok(len) => {
                connection.received.extend_from_slice(buffer.get(..len).unwrap_or_default());
                match answer(&connection.received)? {
                    None => {}
                    Some(Answer::Refused { .. }) => return Ok(Some(Received::Refusal)),
                    Some(Answer::Ok(body)) if workload.accept(body) => return Ok(Some(Received::Answer)),
                    Some(Answer::Ok(body)) => {
                        return Err(format!("not a valid answer: {}", String::from_utf8_lossy(body)).into());
                    }
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
}

/// The answer to a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    /// The body of a 200.
    Ok(&'a [u8]),
    /// A 429 or 503.
    Refused {
        /// The wait that `Retry-After` demands.
        retry_after: Duration,
    },
}

/// Parses an answer; `None` if it is incomplete.
///
/// # Errors
/// It is neither a 200 nor a refusal with `Retry-After`, or there is more than one answer.
pub fn answer(received: &[u8]) -> Result<Option<Answer<'_>>> {
    let Some(end) = memmem::find(received, b"\r\n\r\n") else { return Ok(None) };
    let (head, body) = received.split_at(end + 4);
    let length = usize::try_from(number(head, &[b"content-length: ", b"Content-Length: "])?)?;
    match body.len().cmp(&length) {
        Ordering::Less => return Ok(None),
        Ordering::Equal => {}
        Ordering::Greater => return Err("more than one answer to a request".into()),
    }
    match head.get(..13) {
        Some(b"HTTP/1.1 200 ") => Ok(Some(Answer::Ok(body))),
        Some(b"HTTP/1.1 429 " | b"HTTP/1.1 503 ") => {
            let retry_after = Duration::from_secs(number(head, &[b"retry-after: "])?);
            Ok(Some(Answer::Refused { retry_after }))
        }
        _ => Err(format!("not a 200: {}", String::from_utf8_lossy(received)).into()),
    }
}

/// The number in a header field, whose name is spelled in one of these ways.
fn number(head: &[u8], spellings: &[&[u8]]) -> Result<u64> {
    let at = spellings.iter().find_map(|name| memmem::find(head, name).map(|at| at + name.len()));
    let at = at.ok_or_else(|| format!("an answer without a field: {}", String::from_utf8_lossy(head)))?;
    let digits = head.get(at..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit());
    Ok(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_counts_when_it_is_a_whole_200() {
        let whole = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi";
        assert_eq!(answer(whole).unwrap(), Some(Answer::Ok(b"hi")));
        assert_eq!(answer(&whole[..whole.len() - 1]).unwrap(), None);
        assert_eq!(answer(b"HTTP/1.1 200 OK\r\n").unwrap(), None);
    }

    #[test]
    fn a_refusal_has_its_retry_after() {
        let refusal = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 2\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(answer(refusal).unwrap(), Some(Answer::Refused { retry_after: Duration::from_secs(2) }));
        assert!(answer(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n").is_err());
    }

    #[test]
    fn anything_else_ends_the_measurement() {
        assert!(answer(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n").is_err());
        assert!(answer(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(answer(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nhi").is_err());
    }

    #[test]
    fn more_refusals_than_one_in_a_hundred_end_the_measurement() {
        let measured = |refusals| {
            let (elapsed, latencies) = (Duration::ZERO, Latencies::default());
            Measured { answers: 1000, refusals, elapsed, latencies }.checked()
        };
        assert!(measured(10).is_ok());
        assert!(measured(11).is_err());
    }
}
