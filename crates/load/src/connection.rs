//! Keep-alive connections for many requests at once, and the parser of their answers.

use crate::{Error, Result};
use memchr::memmem;
use mio::net::TcpStream;
use mio::{Interest, Poll, Token};
use std::cmp::Ordering;
use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A connection with at most one request in flight.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    sent_at: Instant,
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

impl Connection {
    /// Opens a connection registered with `poll` under its index.
    ///
    /// # Errors
    /// The server does not accept it.
    pub fn open(address: SocketAddr, poll: &Poll, index: usize) -> Result<Self> {
        let stream = std::net::TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(stream);
        poll.registry().register(&mut stream, Token(index), Interest::READABLE)?;
        Ok(Self { stream, received: Vec::with_capacity(4096), sent_at: Instant::now() })
    }

    /// The time at which the last request was sent.
    pub const fn sent_at(&self) -> Instant {
        self.sent_at
    }

    /// Sends a request after the answer to the last one.
    ///
    /// # Errors
    /// The connection broke, or the request is larger than an empty socket buffer.
    pub fn send(&mut self, request: &[u8]) -> Result<()> {
        self.received.clear();
        self.sent_at = Instant::now();
        let written = self.stream.write(request)?;
        if written == request.len() { Ok(()) } else { Err(Error::TooLarge) }
    }

    /// Reads available bytes; returns the answer once it is complete.
    ///
    /// # Errors
    /// The connection broke, or the answer is neither a 200 nor a refusal with `Retry-After`.
    pub fn receive(&mut self) -> Result<Option<Answer<'_>>> {
        let mut buffer = [0; 4096];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(Error::Closed),
                Ok(len) => {
                    self.received.extend_from_slice(buffer.get(..len).unwrap_or_default());
                    if let Some(head) = Head::parse(&self.received)? {
                        return Ok(Some(head.answer(&self.received)));
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// The parsed head of a complete answer.
struct Head {
    body_at: usize,
    /// The wait of a refusal.
    retry_after: Option<Duration>,
}

impl Head {
    /// `None` if the answer is incomplete.
    fn parse(received: &[u8]) -> Result<Option<Self>> {
        let Some(end) = memmem::find(received, b"\r\n\r\n") else { return Ok(None) };
        let (head, body) = received.split_at(end + 4);
        let length = number(head, &[b"content-length: ", b"Content-Length: "])?;
        match (body.len() as u64).cmp(&length) {
            Ordering::Less => return Ok(None),
            Ordering::Equal => {}
            Ordering::Greater => return Err(unexpected(received)),
        }
        let retry_after = match head.get(..13) {
            Some(b"HTTP/1.1 200 ") => None,
            Some(b"HTTP/1.1 429 " | b"HTTP/1.1 503 ") => {
                Some(Duration::from_secs(number(head, &[b"retry-after: "])?))
            }
            _ => return Err(unexpected(received)),
        };
        Ok(Some(Self { body_at: end + 4, retry_after }))
    }

    fn answer(self, received: &[u8]) -> Answer<'_> {
        match self.retry_after {
            Some(retry_after) => Answer::Refused { retry_after },
            None => Answer::Ok(received.get(self.body_at..).unwrap_or_default()),
        }
    }
}

/// The number in a header field, whose name is spelled in one of these ways.
fn number(head: &[u8], spellings: &[&[u8]]) -> Result<u64> {
    let at = spellings.iter().find_map(|name| memmem::find(head, name).map(|at| at + name.len()));
    let at = at.ok_or_else(|| unexpected(head))?;
    let digits = head.get(at..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit());
    Ok(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

pub(crate) fn unexpected(answer: &[u8]) -> Error {
    Error::Unexpected(String::from_utf8_lossy(answer).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(received: &[u8]) -> Result<Option<Answer<'_>>> {
        Ok(Head::parse(received)?.map(|head| head.answer(received)))
    }

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
        assert!(answer(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n").is_err());
        assert!(answer(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(answer(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nhi").is_err());
    }
}
