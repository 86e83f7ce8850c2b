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
            Ordering::Greater => return Err(unexpected(head, body)),
        }
        let retry_after = match head.get(..13) {
            Some(b"HTTP/1.1 200 ") => None,
            Some(b"HTTP/1.1 429 " | b"HTTP/1.1 503 ") => {
                Some(Duration::from_secs(number(head, &[b"retry-after: "])?))
            }
            _ => return Err(unexpected(head, body)),
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
    let at = at.ok_or_else(|| unexpected(head, b""))?;
    let digits = head.get(at..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit());
    Ok(digits.fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

/// Maximum characters of an answer in an error.
const SHOWN_CHARS_MAX: usize = 300;

/// The error of an answer that was not asked for, which shows its beginning. The body of a success is left
/// out, because it may hold a token.
fn unexpected(head: &[u8], body: &[u8]) -> Error {
    let body = if head.starts_with(b"HTTP/1.1 2") { b"" } else { body };
    let shown = [head, body].concat();
    Error::Unexpected(String::from_utf8_lossy(&shown).chars().take(SHOWN_CHARS_MAX).collect())
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
    fn refused(received: &str) -> String {
        answer(received.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn an_error_shows_why_the_server_refused_and_no_body_of_a_success() {
        assert!(refused("HTTP/1.1 401 No\r\ncontent-length: 6\r\n\r\nreason").ends_with("reason"));
        for received in [
            "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\njeton_at_1",
            "HTTP/1.1 201 Created\r\ncontent-length: 10\r\n\r\njeton_at_1",
            "HTTP/1.1 200 OK\r\n\r\njeton_at_1",
        ] {
            let said = refused(received);
            assert!(said.contains("HTTP/1.1 20") && !said.contains("jeton_at_"), "{said}");
        }
    }

    #[test]
    fn an_error_shows_three_hundred_characters_of_an_answer_at_most() {
        let body = "é".repeat(1000);
        let long = format!("HTTP/1.1 500 No\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        let Err(Error::Unexpected(shown)) = answer(long.as_bytes()) else { panic!("an unexpected answer") };
        assert_eq!(shown.chars().count(), 300);
        assert!(long.starts_with(&shown));
    }
    #[test]
    fn a_request_that_an_empty_socket_buffer_does_not_hold_is_refused() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let poll = Poll::new().unwrap();
        let mut connection = Connection::open(listener.local_addr().unwrap(), &poll, 0).unwrap();
        let error = connection.send(&vec![b'x'; 64 << 20]).unwrap_err();
        assert!(matches!(error, Error::TooLarge), "{error}");
    }

    #[test]
    fn a_server_that_closes_or_does_not_listen_is_an_error() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, poll) = (listener.local_addr().unwrap(), Poll::new().unwrap());
        let mut connection = Connection::open(address, &poll, 0).unwrap();
        drop(listener.accept().unwrap());
        let closed = loop {
            match connection.receive() {
                Ok(None) => {}
                Ok(Some(_)) => panic!("no answer was sent"),
                Err(error) => break error,
            }
        };
        assert!(matches!(closed, Error::Closed), "{closed}");
        drop(listener);
        assert!(matches!(Connection::open(address, &poll, 1), Err(Error::Io(_))));
    }
}
