//! Ends of tokens, while other threads issue and introspect: the order of reads and writes is left to
//! chance, and tokens decided on earlier facts are dead in every snapshot from the answer on.

#![expect(clippy::unwrap_used, reason = "a test program fails by panicking, its helpers too")]

mod steps;

use jeton_domain::admin::{ClientOperation, ClientUpdate};
use jeton_domain::client::Revision;
use jeton_domain::credential::ExistingCredentials;
use jeton_domain::id::ClientId;
use jeton_domain::time::Lifetime;
use jeton_secret::{CredentialId, TokenName};
use jeton_store::{Command, Store};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};
use steps::{DAY, Steps, Token, decide, lives};

/// A command that ends tokens of a user while others issue and introspect them.
struct Ending {
    name: &'static str,
    /// Commands before the race.
    prepare: fn(&Steps, ClientId, CredentialId),
    /// The command whose answer ends the tokens decided before.
    end: fn(CredentialId) -> ClientOperation,
    /// True if tokens are issued afterwards.
    goes_on: bool,
}

const fn update(update: ClientUpdate) -> ClientOperation {
    ClientOperation::Update(update)
}

fn nothing(_: &Steps, _: ClientId, _: CredentialId) {}

/// Another credential takes its place, and it is removed from the record.
fn into_the_past(steps: &Steps, user: ClientId, _: CredentialId) {
    steps.add_credential(user, ExistingCredentials::EndAfter(Lifetime(0))).unwrap();
    steps.clock.advance(60);
    steps.add_credential(user, ExistingCredentials::Keep).unwrap();
}

const ENDINGS: [Ending; 8] = [
    Ending {
        name: "all tokens of the user",
        prepare: nothing,
        end: |_| update(ClientUpdate::RevokeTokens),
        goes_on: true,
    },
    Ending {
        name: "all tokens of the credential",
        prepare: nothing,
        end: |credential| update(ClientUpdate::RevokeTokensOf(credential)),
        goes_on: true,
    },
    Ending {
        name: "the credential",
        prepare: nothing,
        end: |credential| update(ClientUpdate::RevokeCredential(credential)),
        goes_on: false,
    },
    Ending {
        name: "all secrets",
        prepare: nothing,
        end: |_| update(ClientUpdate::RevokeSecrets),
        goes_on: false,
    },
    Ending {
        name: "a credential that was replaced",
        prepare: into_the_past,
        end: |credential| update(ClientUpdate::RevokeCredential(credential)),
        goes_on: false,
    },
    Ending {
        name: "all tokens of a credential that was replaced",
        prepare: into_the_past,
        end: |credential| update(ClientUpdate::RevokeTokensOf(credential)),
        goes_on: false,
    },
    Ending {
        name: "deactivation",
        prepare: nothing,
        end: |_| update(ClientUpdate::Deactivate),
        goes_on: false,
    },
    Ending { name: "deletion", prepare: nothing, end: |_| ClientOperation::Delete, goes_on: false },
];

/// Decisions and introspections before an end, and after it.
const ROUNDS: u64 = 100;

/// Tokens, each with the revision of the facts that it was decided on.
type Issued = Mutex<Vec<(Token, Revision)>>;

struct Race<'a> {
    store: &'a Store,
    user: ClientId,
    credential: CredentialId,
    issued: &'a Issued,
    /// The number of decisions begun, which names tokens.
    names: AtomicU64,
    /// The number of introspections.
    looked: AtomicU64,
    /// True once the end was answered.
    answered: AtomicBool,
    stopped: AtomicBool,
}

impl Race<'_> {
    /// Issues as fast as possible. Between reading the facts and handing out there is time for others.
    fn issue(&self) {
        while !self.stopped.load(Ordering::Acquire) {
            let snapshot = self.store.snapshot().unwrap();
            let mut name = [0x17; 16];
            name[..8].copy_from_slice(&self.names.fetch_add(1, Ordering::Relaxed).to_le_bytes());
            let as_of = snapshot.client(self.user).unwrap().map(|known| known.as_of);
            let times = (self.store.moment(), DAY);
            let decided = decide(&snapshot, TokenName(name), self.user, self.credential, times).unwrap();
            thread::yield_now();
            if let (Some(token), Some(as_of)) = (decided, as_of) {
                self.issued.lock().unwrap().push((token, as_of));
            }
        }
    }

    /// Introspects the issued tokens: none that was decided before the end may live after its answer.
    fn introspect(&self, before: Revision) {
        let mut at = 0;
        while !self.stopped.load(Ordering::Acquire) {
            let was_answered = self.answered.load(Ordering::Acquire);
            let issued = self.issued.lock().unwrap().get(at).copied();
            at = if issued.is_some() { at + 1 } else { 0 };
            let Some((token, as_of)) = issued else { continue };
            let is_live = lives(&self.store.snapshot().unwrap(), &token, self.store.moment()).unwrap();
            assert!(!(was_answered && as_of == before && is_live), "{token:?}");
            self.looked.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until the other threads have decided and looked this many times more. False if they do not.
    fn goes_on_for(&self, rounds: u64) -> bool {
        let counts = || [&self.names, &self.looked].map(|count| count.load(Ordering::Relaxed));
        let wanted = counts().map(|count| count + rounds);
        let deadline = Instant::now() + Duration::from_secs(60);
        while counts().into_iter().zip(wanted).any(|(count, wanted)| count < wanted) {
            if Instant::now() > deadline {
                return false;
            }
            thread::yield_now();
        }
        true
    }
}

fn run(ending: &Ending) {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    // One token from before the end, also where none can be issued any more.
    let token = steps.issued(user, credential, DAY);
    (ending.prepare)(&steps, user, credential);
    let before = steps.as_of(user);
    let issued = Issued::new(vec![(token, before)]);
    let command: Command = steps.change_command(user, (ending.end)(credential));
    let race = Race {
        store: steps.store(),
        user,
        credential,
        issued: &issued,
        names: AtomicU64::new(1 << 32),
        looked: AtomicU64::new(0),
        answered: AtomicBool::new(false),
        stopped: AtomicBool::new(false),
    };
    thread::scope(|scope| {
        let _ = [(); 2].map(|()| scope.spawn(|| race.issue()));
        let _ = [(); 2].map(|()| scope.spawn(|| race.introspect(before)));
        let began = race.goes_on_for(ROUNDS);
        race.store.execute(command).unwrap();
        race.answered.store(true, Ordering::Release);
        let went_on = race.goes_on_for(ROUNDS);
        race.stopped.store(true, Ordering::Release);
        assert!(began && went_on, "{}", ending.name);
    });
    let snapshot = steps.store().snapshot().unwrap();
    let issued = issued.lock().unwrap();
    let live = |token| lives(&snapshot, token, steps.moment()).unwrap();
    assert!(issued.iter().all(|(token, as_of)| (*as_of != before) == live(token)), "{}", ending.name);
    assert_eq!(issued.iter().any(|(_, as_of)| *as_of != before), ending.goes_on, "{}", ending.name);
}

#[test]
fn tokens_decided_before_an_end_are_dead_from_its_answer_on_and_no_others_are() {
    ENDINGS.iter().for_each(run);
}

/// Tokens that were decided while the user was active live again with it; none is decided in between.
#[test]
fn a_user_that_is_active_again_has_its_tokens_again() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    let token = steps.issued(user, credential, DAY);
    steps.update(user, ClientUpdate::Deactivate).unwrap();
    assert!(!steps.is_live(&token) && steps.issue(user, credential, DAY).is_none());
    steps.update(user, ClientUpdate::RevokeTokens).unwrap();
    steps.update(user, ClientUpdate::Reactivate).unwrap();
    assert!(!steps.is_live(&token), "a token revoked meanwhile stays revoked");
    let token = steps.issued(user, credential, DAY);
    steps.update(user, ClientUpdate::Deactivate).unwrap();
    steps.update(user, ClientUpdate::Reactivate).unwrap();
    assert!(steps.is_live(&token));
}
