//! The load generator: one thread, keep-alive connections, one request in flight on each.
//!
//! It does as little as possible per request (one write, one read, a search for the end of the head),
//! so that the server on the other core is the bottleneck. Every answer is checked; only valid ones
//! count, an invalid one ends the measurement, and so do more refusals than one in a hundred.

use crate::connection::{Answer, Connection};
use crate::stats::Latencies;
use crate::workload::Workload;
use crate::{Error, Result};
use mio::{Events, Poll};
use std::io::ErrorKind;
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

/// The generator's behaviour while no answer is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Idle {
    /// It polls without a pause, on a core of its own. On loopback, waking a sleeping client happens on the
    /// server's core and costs more than the server's own work, which would penalize the server that is slow
    /// enough to let the client sleep.
    Spin,
    /// It sleeps, and leaves the core to the server.
    Sleep,
}

impl Idle {
    const fn timeout(self) -> Duration {
        match self {
            Self::Spin => Duration::ZERO,
            Self::Sleep => Duration::from_millis(100),
        }
    }
}

/// Connections with one request in flight on each.
#[derive(Debug)]
pub struct Generator {
    poll: Poll,
    idle: Idle,
    connections: Vec<Connection>,
    request: Vec<u8>,
    silence_max: Duration,
}

impl Generator {
    /// Opens the connections and sends a first request on each. The generator spins.
    ///
    /// # Errors
    /// The server does not accept them.
    pub fn open(address: SocketAddr, connections: usize, workload: &mut dyn Workload) -> Result<Self> {
        Self::open_with(Idle::Spin, address, connections, workload)
    }

    /// Like [`Self::open`], with a choice of what the generator does while no answer is there.
    ///
    /// # Errors
    /// The server does not accept the connections.
    pub fn open_with(
        idle: Idle,
        address: SocketAddr,
        connections: usize,
        workload: &mut dyn Workload,
    ) -> Result<Self> {
        let poll = Poll::new()?;
        let mut opened = Vec::with_capacity(connections);
        for index in 0..connections {
            opened.push(Connection::open(address, &poll, index)?);
        }
        let (request, silence_max) = (Vec::with_capacity(1024), SILENCE_MAX);
        let mut generator = Self { poll, idle, connections: opened, request, silence_max };
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
            match self.poll.poll(&mut events, Some(self.idle.timeout())) {
                // A signal, or a stop and continuation of this process, is not an answer and not an end.
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                polled => polled?,
            }
            if !events.is_empty() {
                heard_at = Instant::now();
            } else if heard_at.elapsed() > self.silence_max {
                return Err(Error::Silent(self.silence_max));
            }
            for event in &events {
                let Some(connection) = self.connections.get_mut(event.token().0) else { continue };
                let sent_at = connection.sent_at();
                match connection.receive()? {
                    None => continue,
                    Some(Answer::Ok(body)) if workload.accept(body) => {
                        measured.answers += 1;
                        measured.latencies.add(sent_at.elapsed());
                    }
                    Some(Answer::Ok(_)) => return Err(Error::AnotherBody),
                    Some(Answer::Refused { .. }) => measured.refusals += 1,
                }
                send(connection, &mut self.request, workload)?;
            }
        }
    }
}

fn send(connection: &mut Connection, request: &mut Vec<u8>, workload: &mut dyn Workload) -> Result<()> {
    request.clear();
    workload.write(request);
    connection.send(request)
}

impl Measured {
    /// Fails after too many refusals. A stall of the machine may cause a few; with more the run would
    /// measure refusals.
    fn checked(self) -> Result<Self> {
        if self.refusals > self.answers / 100 {
            return Err(Error::Refused { refusals: self.refusals, answers: self.answers });
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    /// Requests whose answer must be `ok`.
    struct Expecting;

    impl Workload for Expecting {
        fn write(&mut self, request: &mut Vec<u8>) {
            request.extend_from_slice(b"GET / HTTP/1.1\r\n\r\n");
        }

        fn accept(&mut self, body: &[u8]) -> bool {
            body == b"ok"
        }
    }

    /// The outcome of one request to a server that answers it with these bytes.
    fn measured(idle: Idle, answer: &'static str) -> Result<Measured> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let head = BufReader::new(stream.try_clone().unwrap()).lines();
            assert!(head.map_while(|line| line.ok()).any(|line| line.is_empty()), "a request");
            stream.write_all(answer.as_bytes()).unwrap();
            stream
        });
        let generator = Generator::open_with(idle, address, 1, &mut Expecting);
        let measured = generator.and_then(|mut generator| generator.run(Until::Answers(1), &mut Expecting));
        server.join().unwrap();
        measured
    }

    #[test]
    fn valid_answers_are_counted_however_the_generator_waits() {
        for idle in [Idle::Spin, Idle::Sleep] {
            let measured = measured(idle, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").unwrap();
            assert_eq!((measured.answers, measured.refusals), (1, 0));
        }
    }

    #[test]
    fn answers_that_are_not_what_was_asked_for_are_not_measured() {
        let failure = |answer| measured(Idle::Sleep, answer).unwrap_err().to_string();
        let refused = failure("HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\nno");
        assert!(refused.starts_with("the server's answer is not what was asked for: HTTP/1.1 401"));
    }

    #[test]
    fn another_body_than_the_expected_one_ends_the_measurement_and_is_not_told() {
        let inactive = measured(Idle::Sleep, "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\njeton_at_1");
        let error = inactive.unwrap_err();
        assert!(matches!(error, Error::AnotherBody), "{error}");
        assert!(!format!("{error} {error:?}").contains("jeton_at_"), "{error}");
    }

    #[test]
    fn a_server_that_answers_nothing_ends_the_measurement() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        for idle in [Idle::Spin, Idle::Sleep] {
            let address = listener.local_addr().unwrap();
            let mut generator = Generator::open_with(idle, address, 2, &mut Expecting).unwrap();
            generator.silence_max = Duration::from_millis(1);
            let error = generator.run(Until::Answers(1), &mut Expecting).unwrap_err();
            assert!(matches!(error, Error::Silent(_)), "{error}");
        }
        let told = Error::Silent(SILENCE_MAX).to_string();
        assert_eq!(told, "the server did not answer for 30 s");
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
