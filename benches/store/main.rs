//! `cargo bench -p jeton-benches --bench store`: the store alone, on real files.
//!
//! Uses up 1,000,000 assertions as four workers would, lets them expire, and deletes them while more
//! assertions are used up one by one. Prints rates, CPU, bytes on disk, and the cost of using one up with
//! and without concurrent deletion. Then it measures the rate of revocations of tokens, one by one. With
//! JETON_BENCH_SMOKE=1 it uses 20,000.

use jeton_benches::{Result, disk, process};
use jeton_domain::admin::{
    AdminCommand, ClientOperation, ClientUpdate, NewServiceUser, Operation, Principal, RevokedToken,
};
use jeton_domain::credential::{Credential, CredentialKind, ExistingCredentials};
use jeton_domain::generation::Generation;
use jeton_domain::id::{ClientId, ClientName};
use jeton_domain::service_user::ServiceUser;
use jeton_domain::text::Text;
use jeton_domain::time::{Careful, Lifetime, Moment, Timestamp};
use jeton_load::stats::Latencies;
use jeton_secret::{AuditKey, ClientSecretDigest, CredentialId, SecretBytes, TokenName};
use jeton_store::directory::DATABASE_FILE;
use jeton_store::limits::ASSERTION_KEPT_SECONDS;
use jeton_store::{Clock, Command, CommandBatch, Options, Store, UsedAssertion};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

const USERS: usize = 10_000;
/// Requests waiting at each worker, for 256 connections in all.
const PARCEL: usize = 64;
const WORKERS: usize = 4;
const LIFETIME: Lifetime = Lifetime(3600);
/// Single commands whose latency is measured.
const SINGLES: usize = 2_000;

/// A clock that is set by hand, so that a million assertions expire at once.
#[derive(Debug)]
struct StillClock(AtomicU64);

impl Clock for StillClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }

    fn uptime(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::SeqCst))
    }

    fn resume(&self, _: Timestamp) {}
}

struct Bench {
    store: Store,
    clock: Arc<StillClock>,
    database: PathBuf,
    users: Vec<(ClientId, CredentialId)>,
    issued: usize,
}

fn main() -> Result<()> {
    let smoke = std::env::var_os("JETON_BENCH_SMOKE").is_some();
    let tokens = if smoke { 20_000 } else { 1_000_000 };
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("store-{}", std::process::id()));
    std::fs::create_dir_all(Path::new(env!("CARGO_TARGET_TMPDIR")))?;
    if jeton_load::disk::is_in_memory(Path::new(env!("CARGO_TARGET_TMPDIR")))? {
        return Err("the target directory is in memory; durable figures need a disk".into());
    }
    let measured = Bench::open(&directory).and_then(|bench| measure(bench, tokens));
    // Missing if the store did not open.
    let _ = std::fs::remove_dir_all(&directory);
    measured
}

fn measure(mut bench: Bench, tokens: usize) -> Result<()> {
    let directory = bench.database.parent().ok_or("no directory")?.to_owned();
    println!("fdatasync of 4 KiB: {:.2} ms", disk::fdatasync_ms(&directory)?);
    for _ in 0..3 {
        println!(
            "a commit's writes and syncs: into holes {:.2} ms, into blocks {:.2} ms",
            disk::commit_ms(&directory, disk::Pages::Holes)?,
            disk::commit_ms(&directory, disk::Pages::Blocks)?
        );
    }

    let empty = bench.bytes()?;
    bench.fill("use up", tokens, Bench::command)?;
    let full = bench.bytes()?;
    println!("on disk: {:.1} bytes per used assertion", (full - empty) as f64 / tokens as f64);

    let quiet = bench.singles(|_| true)?;
    bench.clock.0.fetch_add(ASSERTION_KEPT_SECONDS + u64::from(LIFETIME.0) + 1, Ordering::SeqCst);
    let (before, start, cpu) = (bench.store.statistics().forgotten, Instant::now(), own_cpu()?);
    let goal = before + bench.issued as u64;
    let beside = bench.singles(|bench| bench.store.statistics().forgotten >= goal)?;
    let forgotten = bench.store.statistics().forgotten - before;
    report("forget", forgotten, start.elapsed(), own_cpu()?.saturating_sub(cpu));
    for (name, latencies) in [("without", quiet), ("with", beside)] {
        println!(
            "using up one by one, {name} forgetting: p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms",
            latencies.percentile_ms(0.5),
            latencies.percentile_ms(0.99),
            latencies.percentile_ms(1.0)
        );
    }

    bench.fill("use up again", tokens, Bench::command)?;
    bench.fill("revoke", tokens, Bench::revocation)?;
    println!(
        "on disk: {} MiB after the first fill, {} MiB after forgetting and second fill",
        full >> 20,
        bench.bytes()? >> 20
    );
    println!("fdatasync of 4 KiB: {:.2} ms", disk::fdatasync_ms(&directory)?);
    Ok(())
}

fn report(name: &str, tokens: u64, elapsed: Duration, cpu: Duration) {
    let tokens = tokens as f64;
    println!(
        "{name:<13} {tokens:>9.0} in {:>6.2} s: {:>8.0} per second, {:.2} µs CPU each",
        elapsed.as_secs_f64(),
        tokens / elapsed.as_secs_f64(),
        cpu.as_secs_f64() * 1e6 / tokens
    );
}

/// CPU time of this process.
fn own_cpu() -> Result<Duration> {
    process::cpu(std::process::id())
}

impl Bench {
    fn open(directory: &Path) -> Result<Self> {
        let clock = Arc::new(StillClock(AtomicU64::new(1_793_491_200)));
        let store = Store::open(
            directory,
            Options::new([1; 32], AuditKey::new(SecretBytes::new([2; 32])), 7),
            Arc::clone(&clock) as Arc<dyn Clock>,
        )?;
        let database = directory.join(DATABASE_FILE);
        let mut bench = Self { store, clock, database, users: Vec::new(), issued: 0 };
        let mut commands = Vec::new();
        for number in 0..USERS {
            let (client, credential) = (bench.id(), bench.id());
            bench.users.push((ClientId(client), CredentialId(credential)));
            commands.extend(bench.user(number, ClientId(client), CredentialId(credential))?);
        }
        let (sender, receiver) = mpsc::channel();
        while !commands.is_empty() {
            let rest = commands.split_off(commands.len().min(1000));
            submit(&bench.store, std::mem::replace(&mut commands, rest), &sender);
            receiver.recv()??;
        }
        Ok(bench)
    }

    fn id(&self) -> u64 {
        self.store.next_id(self.clock.now())
    }

    /// The commands that create a service user with one secret.
    fn user(&self, number: usize, client: ClientId, id: CredentialId) -> Result<[Command; 2]> {
        let now = self.clock.now();
        let user = ServiceUser { name: Text::new(&format!("Bench {number:05}"))?, ..ServiceUser::default() };
        let credential = Credential {
            id,
            label: Text::default(),
            created: self.store.moment(),
            not_after: None,
            mark: Generation::default(),
            kind: CredentialKind::Secret(ClientSecretDigest([1; 32])),
        };
        let name = ClientName::username(&format!("bench-{number:05}"))?;
        let add = ClientUpdate::AddCredential { credential, others: ExistingCredentials::Keep };
        let organization = self.store.snapshot()?.instance().default_organization;
        let user = NewServiceUser { id: client, organization, name, user };
        let operations = [
            Operation::CreateServiceUsers(vec![user]),
            Operation::Client(client, ClientOperation::Update(add)),
        ];
        Ok(operations.map(|operation| {
            Command::Administer(Box::new(AdminCommand {
                by: Principal::Operator,
                operation,
                expected: None,
                now,
            }))
        }))
    }

    fn bytes(&self) -> Result<u64> {
        disk::bytes_of(&self.database)
    }

    /// The use of another assertion. Users take turns with a large step, so that successive users are not
    /// neighbours.
    fn command(&mut self) -> Command {
        let (client, _, digest) = self.next();
        let until = Timestamp(self.clock.now().0 + u64::from(LIFETIME.0));
        Command::UseAssertion(UsedAssertion { client, digest, until })
    }

    /// The revocation of another token, with the same order of users.
    fn revocation(&mut self) -> Command {
        let (client, credential, name) = self.next();
        let issued = Moment { wall: self.clock.now(), careful: Careful(0) };
        let expires = issued.wall.after(LIFETIME);
        Command::RevokeToken(RevokedToken { client, credential, name: TokenName(name), issued, expires })
    }

    /// The next user, its credential, and a pseudo-random token name.
    fn next(&mut self) -> (ClientId, CredentialId, [u8; 16]) {
        self.issued += 1;
        let user = self.users.get(self.issued.wrapping_mul(7919) % self.users.len());
        let (client, credential) = user.copied().unwrap_or((ClientId(0), CredentialId(0)));
        let number = (self.issued as u128).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
        (client, credential, number.to_be_bytes())
    }

    /// Executes commands as workers do, with one batch in flight per worker.
    fn fill(&mut self, name: &str, tokens: usize, command: fn(&mut Self) -> Command) -> Result<()> {
        let (start, cpu, commits) = (Instant::now(), own_cpu()?, self.store.statistics().commits);
        let (sender, receiver) = mpsc::channel();
        let mut under_way = 0;
        let mut left = tokens;
        while left > 0 || under_way > 0 {
            if left > 0 && under_way < WORKERS {
                let batch = left.min(PARCEL);
                let commands = (0..batch).map(|_| command(self)).collect();
                submit(&self.store, commands, &sender);
                left -= batch;
                under_way += 1;
            } else {
                receiver.recv()??;
                under_way -= 1;
            }
        }
        report(name, tokens as u64, start.elapsed(), own_cpu()?.saturating_sub(cpu));
        let commits = self.store.statistics().commits - commits;
        println!("{:13} {:.0} commands per commit", "", tokens as f64 / commits.max(1) as f64);
        Ok(())
    }

    /// Uses up assertions one by one until `enough` is true, at least [`SINGLES`].
    fn singles(&mut self, enough: impl Fn(&Self) -> bool) -> Result<Latencies> {
        let mut latencies = Latencies::default();
        let deadline = Instant::now() + Duration::from_secs(300);
        let mut left = SINGLES;
        while left > 0 || !enough(self) {
            let command = self.command();
            let start = Instant::now();
            self.store.execute(command)?;
            latencies.add(start.elapsed());
            left = left.saturating_sub(1);
            if Instant::now() > deadline {
                return Err("what is due is not forgotten".into());
            }
        }
        Ok(latencies)
    }
}

/// Submits a batch whose commands must all succeed; the first refusal is sent on.
fn submit(store: &Store, commands: Vec<Command>, sender: &mpsc::Sender<Result<()>>) {
    let sender = sender.clone();
    store.submit(CommandBatch::new(commands, move |answers| {
        let all = answers.into_iter().try_for_each(|answer| answer.map(|_| ()).map_err(Into::into));
        // The receiver is gone if the benchmark has failed already.
        let _ = sender.send(all);
    }));
}
