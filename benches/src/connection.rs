//! One request at a time on a keep-alive connection.

use crate::Result;
use memchr::memmem;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

/// Maximum bytes of an answer.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// A keep-alive connection.
#[derive(Debug)]
pub struct Connection<S = TcpStream> {
    stream: S,
    buffer: Vec<u8>,
    len: usize,
}

impl Connection {
    /// Connects to the server.
    ///
    /// # Errors
    /// No server listens at the address.
    pub fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self::over(stream))
    }
}

impl<S: Read + Write> Connection<S> {
    /// A connection over a new stream.
    pub fn over(stream: S) -> Self {
        Self { stream, buffer: vec![0; ANSWER_BYTES_MAX], len: 0 }
    }

    /// Sends a request and waits for the whole answer.
    ///
    /// # Errors
    /// The server closes the connection, or the answer is longer than the buffer.
    pub fn send(&mut self, request: &[u8]) -> Result<()> {
        self.stream.write_all(request)?;
        self.len = 0;
        while !is_whole(self.answer()) {
            let rest = self.buffer.get_mut(self.len..).ok_or("too long an answer")?;
            match self.stream.read(rest)? {
                0 => return Err("the server closed the connection".into()),
                len => self.len += len,
            }
        }
        Ok(())
    }

    /// The last answer.
    pub fn answer(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }

    /// The last answer's status.
    pub fn status(&self) -> Option<&str> {
        std::str::from_utf8(self.answer().get(9..12)?).ok()
    }

    /// The last answer's body.
    pub fn body(&self) -> &[u8] {
        let head = memmem::find(self.answer(), b"\r\n\r\n").map_or(self.len, |head| head + 4);
        self.answer().get(head..).unwrap_or_default()
    }

    /// True if the server closes the connection after the last answer.
    pub fn is_over(&self) -> bool {
        memmem::find(self.answer(), b"connection: close\r\n").is_some()
    }
}

fn is_whole(answer: &[u8]) -> bool {
    let Some(head) = memmem::find(answer, b"\r\n\r\n") else { return false };
    let length =
        memmem::find(answer, b"content-length: ").and_then(|at| answer.get(at + 16..)).unwrap_or_default();
    let digits = length.iter().take_while(|byte| byte.is_ascii_digit());
    let length = digits.fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0'));
    answer.len() >= head + 4 + length
}
