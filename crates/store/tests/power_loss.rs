//! Power loss at any time, also during the very first start and during recovery, with every part of the
//! unsynced writes kept, lost or torn.
//!
//! CI tries 5,000 images. The long form is
//! `JETON_POWER_LOSS_IMAGES=1000000 cargo test --release -p jeton-store --test power_loss`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test program fails by panicking"
)]

mod steps;

use jeton_domain::credential::ExistingCredentials;
use jeton_domain::id::ClientId;
use jeton_store::testing::{Loss, MemoryDisk, Trace};
use jeton_store::{Command, CommandError, UsedAssertion};
use std::ops::RangeInclusive;
use steps::{DAY, Steps, Token};

/// Positions in the trace between which an event happened: before the first it had not, from the last on
/// it has.
type When = RangeInclusive<usize>;

/// The acknowledged changes, with their positions in the trace.
struct Ledger {
    trace: Trace,
    users: Vec<(ClientId, When)>,
    /// Tokens with the time at which their user got its secret, and the time of their revocation.
    tokens: Vec<(Token, When, Option<When>)>,
    assertions: Vec<(UsedAssertion, When)>,
    steps: Steps,
}

/// A first start, users, tokens, revocations, new secrets, and a clean end, on a disk that records all of it.
fn workload() -> Ledger {
    let disk = MemoryDisk::default();
    disk.record();
    let steps = Steps::over(disk.clone(), &Steps::new());
    let during = |what: &mut dyn FnMut()| {
        let begun = disk.trace_len();
        what();
        begun..=disk.trace_len()
    };
    let (mut users, mut assertions) = (Vec::new(), Vec::new());
    let mut tokens = Vec::<(Token, When, Option<When>)>::new();
    for round in 0..6 {
        let mut user = None;
        let when = during(&mut || user = Some(steps.user(&format!("user-{round}"))));
        let (id, credential) = user.unwrap();
        users.push((id, when.clone()));
        for _ in 0..4 {
            tokens.push((steps.issued(id, credential, DAY), when.clone(), None));
            let mut assertion = None;
            let when = during(&mut || assertion = steps.use_assertion(id).ok());
            assertions.push((assertion.unwrap(), when));
        }
        let revoked = tokens.len() - 1 - round % 3;
        let (token, _, end) = &mut tokens[revoked];
        *end = Some(during(&mut || assert!(steps.revoke(token))));
        let _ = during(&mut || assert!(steps.add_credential(id, ExistingCredentials::Keep).is_ok()));
    }
    let steps = Steps::over(steps.close().image(), &Steps::new());
    Ledger { trace: disk.trace(), users, tokens, assertions, steps }
}

impl Ledger {
    /// Panics unless a disk has all changes that were acknowledged until then.
    fn check(&self, disk: MemoryDisk, done: usize, what: &str) {
        let steps = match Steps::try_over(disk, &self.steps) {
            Ok(steps) => steps,
            Err(error) => panic!("{what}: {error}"),
        };
        for (user, when) in &self.users {
            let known = steps.store().snapshot().unwrap().client(*user).unwrap();
            assert!(known.is_some() || done < *when.end(), "{what}: a user is lost");
        }
        for (token, possible, revoked) in &self.tokens {
            let is_live = steps.is_live(token);
            let is_revoked = revoked.as_ref().is_some_and(|when| done >= *when.end());
            let may_be_revoked = revoked.as_ref().is_some_and(|when| done >= *when.start());
            assert!(!(is_live && is_revoked), "{what}: a revoked token is alive");
            assert!(is_live || may_be_revoked || done < *possible.end(), "{what}: a token is lost");
            assert!(!is_live || done >= *possible.start(), "{what}: a token of an unknown user is alive");
        }
        let uses = self.assertions.iter().map(|(assertion, _)| Command::UseAssertion(*assertion));
        for ((_, when), answer) in self.assertions.iter().zip(steps.together(uses.collect())) {
            match answer {
                Ok(_) => assert!(done < *when.end(), "{what}: an assertion works twice"),
                Err(CommandError::AssertionUsed) => {
                    assert!(done >= *when.start(), "{what}: an assertion was used that was not");
                }
                other => panic!("{what}: {other:?}"),
            }
        }
        if done.is_multiple_of(8) {
            let (user, credential) = steps.user("afterwards");
            assert!(steps.is_live(&steps.issued(user, credential, DAY)), "{what}: it takes nothing new");
        }
    }
}

/// A generator that is determined by its seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).unwrap()
    }
}

fn images() -> u64 {
    std::env::var("JETON_POWER_LOSS_IMAGES").map_or(5_000, |images| images.parse().unwrap())
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_revoked_is_alive_after_a_power_loss() {
    let ledger = workload();
    let operations = ledger.trace.len();
    assert!(operations > 300, "{operations}");
    for image in 0..images() {
        let loss = Loss::ALL[usize::try_from(image % 5).unwrap()];
        // Every prefix first, with every loss; then at random.
        let mut chance = Chance(image + 1);
        let exhaustive = usize::try_from(image / 5).unwrap();
        let done = if exhaustive <= operations { exhaustive } else { chance.below(operations + 1) };
        let what = format!("image {image}: {loss:?} after {done} of {operations} operations");
        let disk = ledger.trace.image(done, loss, &mut |bound| chance.below(bound));
        // Every third time the power goes again while the store recovers, and then once more.
        let disk = (0..image % 3).fold(disk, |disk, _| {
            disk.record();
            drop(Steps::try_over(disk.clone(), &ledger.steps));
            let recovery = disk.trace();
            recovery.image(chance.below(recovery.len() + 1), loss, &mut |bound| chance.below(bound))
        });
        ledger.check(disk, done, &what);
    }
}

/// The test above is worth something only if it finds a disk that does not sync.
#[test]
fn a_disk_that_does_not_sync_is_detected() {
    let ledger = workload();
    let broken = ledger.trace.clone().without_syncs();
    let found = (0..200).any(|seed| {
        let mut chance = Chance(seed + 1);
        let done = chance.below(broken.len() + 1);
        let disk = broken.image(done, Loss::Some, &mut |bound| chance.below(bound));
        let check = std::panic::AssertUnwindSafe(|| ledger.check(disk, done, "broken"));
        std::panic::catch_unwind(check).is_err()
    });
    assert!(found);
}
