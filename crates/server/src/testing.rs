//! A server in the test's own process: everything but sockets, with a clock that stands still until it is
//! moved, generators with a seed, and a store in memory. Requests pass through the real HTTP stack.

use crate::clock::{Step, SteppedClock};
use crate::config::Config;
use crate::connection::Http;
use crate::dispatch::{self, Dispatcher, Door};
use crate::entropy::EntropySources;
use crate::wiring::{Parts, Wiring};
use jeton_domain::key::{Algorithm, KeySpec};
use jeton_management::rotation;
use jeton_oauth::metadata::Issuer;
use jeton_secret::{Entropy, EntropyError, Keys, Mint, ServerKey};
use jeton_store::Options;
use jeton_store::journal::Journal;
use jeton_store::testing::{MemoryDisk, TestClock};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
#[cfg(test)]
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
#[cfg(test)]
use std::task::{Context, Waker};
#[cfg(test)]
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
use tokio::runtime::{Builder, Runtime};

/// The time at which the clock of a server begins: 2026-01-01.
const BEGIN: u64 = 1_767_225_600;

/// The issuer of every server.
pub(crate) const ISSUER: &str = "https://id.example.com";

impl SteppedClock for TestClock {
    fn take_steps(&self) -> Vec<Step> {
        Vec::new()
    }
}

/// Seeds that follow from one number: each generator has its own.
struct Seeds {
    seed: u64,
    next: u64,
}

impl Entropy for Seeds {
    fn fill(&mut self, seed: &mut [u8; 32]) -> Result<(), EntropyError> {
        self.next = self.next.wrapping_add(1);
        let numbers = self.seed.to_le_bytes().into_iter().chain(self.next.to_le_bytes());
        seed.iter_mut().zip(numbers.chain([0; 16])).for_each(|(byte, number)| *byte = number);
        Ok(())
    }
}

/// Sources of which each has its own seed, in the order in which they are made.
fn seeded(seed: u64) -> EntropySources {
    let made = AtomicU64::new(0);
    Arc::new(move || {
        let next = made.fetch_add(1, Ordering::Relaxed) << 32;
        Box::new(Seeds { seed, next })
    })
}

/// A server without sockets.
pub(crate) struct TestServer {
    pub(crate) clock: Arc<TestClock>,
    #[cfg(test)]
    wiring: Wiring,
    pub(crate) worker: Arc<Dispatcher>,
    pub(crate) runtime: Runtime,
}

impl TestServer {
    /// A server whose waits pass at once when every task waits.
    #[cfg(feature = "fuzzing")]
    pub(crate) fn start_paused() -> Self {
        Self::build(1, Builder::new_current_thread().enable_time().start_paused(true), None)
    }

    fn build(seed: u64, runtime: &mut Builder, journal: Option<Arc<dyn Journal>>) -> Self {
        let clock = TestClock::at(BEGIN);
        let entropy = seeded(seed);
        let mut mint = Mint::new(entropy()).expect("seeds have no end");
        let keys = Keys::derive(&ServerKey::mint(&mut mint).expect("seeds have no end"));
        let id_seed = mint.number().expect("seeds have no end");
        let options = Options::new(keys.check_value(), keys.audit_key(), id_seed);
        let store = MemoryDisk::default().open_shared(options, Arc::clone(&clock) as _, journal);
        let store = store.expect("an empty disk");
        let ed25519 = KeySpec::from(Algorithm::EdDsa);
        let config = Config { signing_key: ed25519, ..Config::local(Path::new("in-memory")) };
        let parts = Parts { store: Arc::new(store), keys, clock: Arc::clone(&clock) as _, entropy };
        let issuer = Issuer::parse(ISSUER).expect("the URL is an issuer");
        let wiring = Wiring::new(parts, &config, issuer).expect("the library works");
        let worker = wiring.worker().expect("seeds have no end");
        let runtime = runtime.build().expect("a runtime");
        runtime.spawn(Arc::clone(&worker).run());
        runtime.block_on(rotation::begin(&worker.http_api.management)).expect("the first keys");
        Self {
            clock,
            #[cfg(test)]
            wiring,
            worker,
            runtime,
        }
    }

    /// The bytes that a connection returns after these bytes and nothing more.
    pub(crate) fn exchange(&self, door: Door, data: &[u8]) -> Vec<u8> {
        self.runtime.block_on(async {
            let (mut client, server) = duplex(1 << 20);
            let worker = Arc::clone(&self.worker);
            let connections = Arc::clone(&worker.front.connections);
            let keeping = tokio::spawn({
                let connections = Arc::clone(&connections);
                async move { connections.keep().await }
            });
            let place = connections.place().await.expect("there is room");
            let seat = connections.open(place, IpAddr::V4(Ipv4Addr::LOCALHOST)).expect("there is room");
            let handler = move |request| dispatch::answer(Arc::clone(&worker), door, request);
            let serving = tokio::spawn(async move { Http::default().serve(server, seat, handler).await });
            client.write_all(data).await.expect("there is room");
            let mut received = Vec::new();
            client.read_to_end(&mut received).await.expect("a pipe in memory");
            drop(client);
            serving.await.expect("serving does not panic");
            keeping.abort();
            received
        })
    }
}

/// Lets time pass on the runtime's paused clock, inside of work that can't wait.
#[cfg(test)]
pub(crate) fn pass(time: Duration) {
    let mut advance = pin!(tokio::time::advance(time));
    // The clock moves at the first poll; afterwards it would only let other tasks run.
    let _ = advance.as_mut().poll(&mut Context::from_waker(Waker::noop()));
}

#[cfg(test)]
mod tests;
