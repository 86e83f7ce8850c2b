//! The clients of an overload, which pause between requests and may be refused.
//!
//! Each has a connection. After an answer it pauses, and after a refusal (429 or 503) it either waits for
//! the time in `Retry-After`, as RFC 9110 §10.2.3 requires, or repeats the request immediately.

use crate::Result;
use jeton_load::connection::{Answer, Connection};
use jeton_load::stats::Latencies;
use jeton_load::workload::{Dice, Workload};
use mio::{Events, Poll};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// The behaviour of clients.
#[derive(Debug, Clone, Copy)]
pub struct Manners {
    /// Average pause between an answer and the next request.
    pub think: Duration,
    /// True if they wait for the time in `Retry-After`.
    pub patient: bool,
}

/// The result of a run.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Valid answers.
    pub answers: u64,
    /// Latencies from request to answer.
    pub answered: Latencies,
    /// Refused requests.
    pub refusals: u64,
    /// Latencies from request to refusal.
    pub refused: Latencies,
    /// Duration of the run.
    pub elapsed: Duration,
}

/// Clients, each with the time of its next request.
pub struct Population {
    poll: Poll,
    clients: Vec<Connection>,
    due: BinaryHeap<Reverse<(Instant, usize)>>,
    request: Vec<u8>,
    dice: Dice,
    manners: Manners,
}

impl std::fmt::Debug for Population {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Population").field("clients", &self.clients.len()).finish_non_exhaustive()
    }
}

impl Population {
    /// Connects `count` clients, whose first requests are spread over their average pause.
    ///
    /// # Errors
    /// The server does not accept them.
    pub fn connect(address: SocketAddr, count: usize, manners: Manners) -> Result<Self> {
        crate::idle::allow_descriptors(count + 100)?;
        let poll = Poll::new()?;
        let mut clients = Vec::with_capacity(count);
        for index in 0..count {
            clients.push(Connection::open(address, &poll, index)?);
        }
        let (due, request, dice) = (BinaryHeap::new(), Vec::with_capacity(1024), Dice::new(3));
        let mut population = Self { poll, clients, due, request, dice, manners };
        let now = Instant::now();
        for index in 0..count {
            population.later(index, now, manners.think);
        }
        Ok(population)
    }

    /// Lets the clients send requests for `time`.
    ///
    /// # Errors
    /// A connection breaks, or the server sends neither a valid answer nor a valid refusal.
    pub fn run(&mut self, time: Duration, workload: &mut dyn Workload) -> Result<Outcome> {
        let mut events = Events::with_capacity(1024);
        let mut outcome = Outcome::default();
        let start = Instant::now();
        while start.elapsed() < time {
            self.poll.poll(&mut events, Some(Duration::ZERO))?;
            for event in &events {
                self.hear(event.token().0, workload, &mut outcome)?;
            }
            self.ask_who_is_due(workload)?;
        }
        outcome.elapsed = start.elapsed();
        Ok(outcome)
    }

    fn hear(&mut self, index: usize, workload: &mut dyn Workload, outcome: &mut Outcome) -> Result<()> {
        let Some(client) = self.clients.get_mut(index) else { return Ok(()) };
        let latency = client.sent_at().elapsed();
        let Some(answer) = client.receive()? else { return Ok(()) };
        let wait = match answer {
            Answer::Ok(body) if workload.accept(body) => {
                outcome.answers += 1;
                outcome.answered.add(latency);
                self.manners.think
            }
            Answer::Ok(body) => return Err(format!("not valid: {}", String::from_utf8_lossy(body)).into()),
            Answer::Refused { retry_after } => {
                outcome.refusals += 1;
                outcome.refused.add(latency);
                if self.manners.patient { retry_after } else { Duration::ZERO }
            }
        };
        self.later(index, Instant::now(), wait);
        Ok(())
    }

    /// Schedules a request after this time ± half of it, so that clients do not synchronize.
    fn later(&mut self, index: usize, now: Instant, wait: Duration) {
        let spread = wait / 2 + wait * u32::try_from(self.dice.below(1000)).unwrap_or(0) / 1000;
        self.due.push(Reverse((now + spread, index)));
    }

    fn ask_who_is_due(&mut self, workload: &mut dyn Workload) -> Result<()> {
        let now = Instant::now();
        while let Some(Reverse((at, index))) = self.due.peek().copied()
            && at <= now
        {
            self.due.pop();
            let Some(client) = self.clients.get_mut(index) else { continue };
            self.request.clear();
            workload.write(&mut self.request);
            client.send(&self.request)?;
        }
        Ok(())
    }
}
