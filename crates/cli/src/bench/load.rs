//! Runs of the load: the generator in as many threads as half of the cores.

use super::trial::Credentials;
use crate::CliError;
use jeton_load::generator::{Generator, Idle, Measured, Until};
use jeton_load::stats::Latencies;
use jeton_load::workload::{Health, Introspect, Issue, Workload};
use std::net::SocketAddr;
use std::num::NonZero;
use std::thread::available_parallelism;
use std::time::Duration;

/// The warm-up, which is not counted, lasts the measured time divided by this.
const WARM_UP: u32 = 5;

/// Maximum number of tokens of each run kept for introspection.
const TOKENS_KEPT_MAX: usize = 50_000;

/// The kind of request.
#[derive(Clone, Copy)]
pub(super) enum Task {
    /// Health checks: the cost of HTTP alone.
    Health,
    /// Requests for opaque tokens.
    Opaque,
    /// Requests for JWTs.
    Jwt,
    /// Introspection requests.
    Introspect,
}

/// One run of the load.
pub(super) struct Load<'a> {
    pub(super) address: SocketAddr,
    pub(super) connections: usize,
    pub(super) time: Duration,
    pub(super) task: Task,
    pub(super) credentials: &'a Credentials,
}

/// The result of a run.
pub(super) struct Outcome {
    pub(super) per_second: f64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    /// The issued tokens that were kept.
    pub(super) tokens: Vec<String>,
}

impl Load<'_> {
    /// Sends requests for the whole time. Introspection requests are about these tokens.
    pub(super) fn run(&self, tokens: &[String]) -> Result<Outcome, CliError> {
        let threads = available_parallelism().map_or(1, NonZero::get).div_ceil(2).min(self.connections);
        std::thread::scope(|scope| {
            let running: Vec<_> = (0..threads)
                .map(|thread| {
                    scope.spawn(move || {
                        self.share(
                            thread,
                            share_of(thread, threads, self.connections),
                            TOKENS_KEPT_MAX / threads,
                            tokens,
                        )
                    })
                })
                .collect();
            let (mut latencies, mut per_second, mut issued) = (Latencies::default(), 0.0, Vec::new());
            for thread in running {
                let ended = thread.join().map_err(|_| CliError::new("the load stopped"))?;
                let (measured, kept) = ended.map_err(|error| CliError::new(error.to_string()))?;
                per_second += measured.answers as f64 / measured.elapsed.as_secs_f64();
                latencies.merge(&measured.latencies);
                issued.extend(kept);
            }
            let (p50_ms, p99_ms) = (latencies.percentile_ms(0.5), latencies.percentile_ms(0.99));
            Ok(Outcome { per_second, p50_ms, p99_ms, tokens: issued })
        })
    }

    /// The part of one thread. Each thread picks users and tokens in an order of its own, because the same
    /// ones at the same time would favour the server's caches.
    fn share(
        &self,
        thread: usize,
        connections: usize,
        keep: usize,
        tokens: &[String],
    ) -> jeton_load::Result<(Measured, Vec<String>)> {
        let Credentials { opaque, jwt, api } = self.credentials;
        let seed = thread as u64;
        match self.task {
            Task::Health => Ok((self.measure(connections, &mut Health)?, Vec::new())),
            Task::Opaque => {
                let mut issue = Issue::new(opaque).seeded(seed).keeping(keep);
                let measured = self.measure(connections, &mut issue)?;
                Ok((measured, issue.into_kept()))
            }
            Task::Jwt => Ok((self.measure(connections, &mut Issue::jwt(jwt).seeded(seed))?, Vec::new())),
            Task::Introspect => {
                let mut introspect = Introspect::new(api, tokens).seeded(seed);
                Ok((self.measure(connections, &mut introspect)?, Vec::new()))
            }
        }
    }

    fn measure(&self, connections: usize, workload: &mut dyn Workload) -> jeton_load::Result<Measured> {
        // The server may need every core of the machine.
        let mut generator = Generator::open_with(Idle::Sleep, self.address, connections, workload)?;
        generator.run(Until::Elapsed(self.time / WARM_UP), workload)?;
        generator.run(Until::Elapsed(self.time), workload)
    }
}

/// The connections of one of several threads.
const fn share_of(thread: usize, threads: usize, connections: usize) -> usize {
    (connections + threads - 1 - thread) / threads
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_connection_is_in_the_share_of_one_thread_and_no_share_is_empty() {
        for connections in [1, 2, 63, 64, 256] {
            for threads in 1..=connections.min(40) {
                let shares: Vec<_> =
                    (0..threads).map(|thread| share_of(thread, threads, connections)).collect();
                assert_eq!(shares.iter().sum::<usize>(), connections, "{threads} threads");
                assert!(shares.iter().all(|share| *share > 0), "{shares:?}");
            }
        }
    }
}
