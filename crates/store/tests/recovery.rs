//! The state after a crash, and the answers of the store while its disk fails.

mod steps;

use jeton_domain::admin::{ClientUpdate, Outcome};
use jeton_domain::credential::ExistingCredentials;
use jeton_domain::id::ClientId;
use jeton_secret::CredentialId;
use jeton_store::limits::FREE_BYTES_MIN;
use jeton_store::testing::{Failure, MemoryDisk, Nth, TestClock};
use jeton_store::{Clock, Command, CommandError, OpenError, Options, Store, UsedAssertion, Writes};
use std::sync::Arc;
use std::time::{Duration, Instant};
use steps::{DAY, Steps, Token, options};

/// Waits until the store takes commands again.
fn wait_until_open(steps: &Steps) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while steps.store().health().writes != Writes::Work {
        assert!(Instant::now() < deadline, "the store stays closed");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn everything_that_was_acknowledged_survives_a_crash_at_any_time() {
    let mut steps = Steps::new();
    let (user, credential) = steps.user("billing");
    let mut live: Vec<Token> = Vec::new();
    let mut dead: Vec<Token> = Vec::new();
    let mut used = Vec::new();
    for round in 0..40 {
        live.push(steps.issued(user, credential, DAY));
        used.push(steps.use_assertion(user).unwrap());
        if round % 3 == 0 {
            let token = live.remove(0);
            assert!(steps.revoke(&token));
            dead.push(token);
        }
        steps = steps.crash();
        assert!(live.iter().all(|token| steps.is_live(token)), "round {round}");
        assert!(!dead.iter().any(|token| steps.is_live(token)), "round {round}");
        assert!(used.iter().all(|assertion| steps.was_used(assertion)), "round {round}");
    }
}

/// One user's tokens, some of them revoked, and its assertions, as far as they were acknowledged.
#[derive(Default)]
struct Acknowledged {
    live: Vec<Token>,
    dead: Vec<Token>,
    used: Vec<UsedAssertion>,
}

impl Acknowledged {
    fn work(steps: &Steps, user: ClientId, credential: CredentialId) -> Self {
        let mut all = Self::default();
        for round in 0..4 {
            match steps.use_assertion(user) {
                Ok(assertion) => all.used.push(assertion),
                Err(rejection) => assert_eq!(rejection, CommandError::Unavailable),
            }
            all.live.extend(steps.try_issue(user, credential, DAY).ok().flatten());
            if round % 2 == 1
                && let Some(token) = all.live.pop()
            {
                match steps.store().execute(Command::RevokeToken(token.revoked())) {
                    Ok(_) => all.dead.push(token),
                    // It may or may not be revoked.
                    Err(rejection) => assert_eq!(rejection, CommandError::Unavailable),
                }
            }
        }
        all
    }

    fn holds(&self, steps: &Steps) -> bool {
        self.live.iter().all(|token| steps.is_live(token))
            && !self.dead.iter().any(|token| steps.is_live(token))
            && self.used.iter().all(|assertion| steps.was_used(assertion))
    }
}

/// The Nth operation on the disk fails, for every N that the work reaches, with every kind of failure,
/// once and until the disk is healed.
#[test]
fn no_acknowledged_change_is_lost_when_any_operation_fails() {
    let mut tried = 0;
    for kind in [Failure::Io, Failure::NoRoom, Failure::Short, Failure::Sync] {
        for sticky in [false, true] {
            for number in 0.. {
                let what = format!("operation {number}: {kind:?}, sticky: {sticky}");
                let steps = Steps::new();
                let (user, credential) = steps.user("billing");
                steps.disk.fail_nth(Nth { number, kind, sticky });
                let acknowledged = Acknowledged::work(&steps, user, credential);
                if !steps.disk.has_failed() {
                    break;
                }
                tried += 1;
                let after_crash = Steps::over(steps.disk.image(), &steps);
                assert!(acknowledged.holds(&after_crash), "{what}, after a crash");
                let after_power_loss = Steps::over(steps.disk.synced_image(), &steps);
                assert!(acknowledged.holds(&after_power_loss), "{what}, after a power loss");
                steps.disk.heal();
                wait_until_open(&steps);
                assert!(acknowledged.holds(&steps), "{what}, healed");
                let later = steps.use_assertion(user).unwrap();
                let after_power_loss = Steps::over(steps.disk.synced_image(), &steps);
                assert!(
                    acknowledged.holds(&after_power_loss) && after_power_loss.was_used(&later),
                    "{what}, later"
                );
            }
        }
    }
    assert!(tried > 200, "{tried}");
}

/// Opening fails at the Nth operation, or works; then nothing is lost.
#[test]
fn nothing_is_lost_when_any_operation_of_the_opening_fails() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    let acknowledged = Acknowledged::work(&steps, user, credential);
    for kind in [Failure::Io, Failure::NoRoom, Failure::Short, Failure::Sync] {
        for number in 0.. {
            let disk = steps.disk.image();
            disk.fail_nth(Nth { number, kind, sticky: true });
            drop(Steps::try_over(disk.clone(), &steps));
            let reached = disk.has_failed();
            disk.heal();
            for left in [disk.image(), disk.synced_image(), disk] {
                assert!(acknowledged.holds(&Steps::over(left, &steps)), "operation {number}: {kind:?}");
            }
            if !reached {
                break;
            }
        }
    }
}

#[test]
fn readers_keep_what_was_acknowledged_while_the_disk_takes_no_writes() {
    type Fail = fn(&MemoryDisk);
    let full: Fail = |disk| disk.fail_after(0);
    for (fail, writes) in [(MemoryDisk::fail_syncs as Fail, Writes::Fail), (full, Writes::NoRoom)] {
        let steps = Steps::new();
        let (user, credential) = steps.user("billing");
        let before = steps.issue(user, credential, DAY).unwrap();
        fail(&steps.disk);
        for _ in 0..20 {
            assert_eq!(steps.use_assertion(user).unwrap_err(), CommandError::Unavailable);
            assert!(steps.is_live(&before) && steps.is_live(&steps.issued(user, credential, DAY)));
            let health = steps.store().health();
            assert_eq!((health.reads, health.writes), (true, writes));
        }
    }
}

#[test]
fn a_full_disk_is_noticed_before_anything_is_written() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    let before = steps.issue(user, credential, DAY).unwrap();
    steps.disk.set_free_bytes(FREE_BYTES_MIN - 1);
    let (written, revision) = (steps.disk.bytes().clone(), steps.as_of(user));
    for _ in 0..100 {
        assert_eq!(steps.use_assertion(user).unwrap_err(), CommandError::Unavailable);
        assert!(steps.is_live(&before));
    }
    assert_eq!(steps.store().health().writes, Writes::NoRoom);
    assert!(*steps.disk.bytes() == written, "nothing was written");
    assert_eq!(steps.as_of(user), revision, "nothing was opened anew");
    steps.disk.set_free_bytes(FREE_BYTES_MIN);
    steps.use_assertion(user).unwrap();
    assert_eq!(steps.store().health().writes, Writes::Work);
}

/// Tokens are issued on a full disk as well.
#[test]
fn times_of_last_use_are_remembered_while_the_disk_is_full() {
    let steps = Steps::new();
    let (_, credential) = steps.user("billing");
    steps.disk.set_free_bytes(0);
    steps.clock.advance(2 * u64::from(DAY));
    let use_now = || Command::NoteUse { credential, at: steps.now() };
    assert!(matches!(steps.store().execute(use_now()), Ok(Outcome::Noted)));
    steps.clock.advance(2 * u64::from(DAY));
    assert!(matches!(steps.store().execute(use_now()), Ok(Outcome::Noted)));
    steps.disk.heal();
    steps.store().execute(Command::FlushUses).unwrap();
    assert_eq!(steps.store().snapshot().unwrap().last_use(credential), Ok(Some(steps.now())));
}

/// One page can't be read once, or for good.
#[test]
fn an_unreadable_page_only_affects_requests_that_need_it() {
    let steps = Steps::new();
    let users: Vec<_> = (0..200).map(|number| steps.user(&format!("user-{number}"))).collect();
    let steps = steps.reopen();
    let (pages, mut missed) = (steps.disk.bytes().len() / 4096, 0);
    for page in 1..pages as u64 {
        let Ok(mut again) = Steps::try_over(steps.disk.image(), &steps) else { panic!("page {page}") };
        // The check reads pages, too.
        again.wait_for_check();
        again.disk.make_unreadable(page * 4096);
        let read = |user| again.store().snapshot().unwrap().client(user);
        let unknown = users.iter().filter(|(user, _)| read(*user).is_err()).count();
        missed += unknown;
        let health = again.store().health();
        assert_eq!(health.reads, health.damaged_pages == 0, "page {page}");
        again.disk.heal();
        assert!(users.iter().all(|(user, _)| read(*user).is_ok_and(|known| known.is_some())), "page {page}");
        let health = again.store().health();
        assert!(health.reads && health.damaged_pages == 0, "page {page}: {health:?}");
    }
    assert!(missed >= users.len(), "{missed}");
}

#[test]
fn when_syncing_fails_nothing_is_acknowledged_until_the_store_was_reopened() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    let before = steps.issue(user, credential, DAY).unwrap();
    steps.disk.fail_syncs();
    for _ in 0..3 {
        assert_eq!(steps.use_assertion(user).unwrap_err(), CommandError::Unavailable);
    }
    steps.disk.heal();
    wait_until_open(&steps);
    assert!(steps.is_live(&before));
    steps.use_assertion(user).unwrap();
}

#[test]
fn after_a_fault_no_cached_fact_is_trusted() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    let as_of = steps.as_of(user);
    steps.disk.fail_after(0);
    // It is not known if this one reached the disk.
    let answer = steps.store().execute(
        steps.change_command(user, jeton_domain::admin::ClientOperation::Update(ClientUpdate::Deactivate)),
    );
    assert!(matches!(answer, Err(CommandError::Unavailable)));
    steps.disk.heal();
    wait_until_open(&steps);
    assert!(steps.as_of(user) > as_of);
    assert!(steps.issue(user, credential, DAY).is_some());
}

#[test]
fn a_command_refused_for_a_disk_error_is_not_applied_later() {
    let steps = Steps::new();
    let (user, _) = steps.user("billing");
    steps.disk.fail_after(0);
    let assertion = UsedAssertion { client: user, digest: steps.new_name(), until: steps.now() };
    let refused = steps.store().execute(Command::UseAssertion(assertion));
    assert!(matches!(refused, Err(CommandError::Unavailable)));
    steps.disk.heal();
    wait_until_open(&steps);
    assert!(!steps.reopen().was_used(&assertion));
}

#[test]
fn the_store_works_on_files_as_in_memory() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("data");
    let clock = TestClock::at(1_793_491_200);
    let open = |options: Options| Store::open(&directory, options, Arc::clone(&clock) as Arc<dyn Clock>);
    let steps = Steps::with(open(options()).unwrap(), MemoryDisk::default(), Arc::clone(&clock));
    let (user, credential) = steps.user("billing");
    let token = steps.issue(user, credential, DAY).unwrap();
    steps.add_credential(user, ExistingCredentials::Keep).unwrap();
    assert!(matches!(open(options()), Err(OpenError::InUse(_))));
    let listing = steps.listing();
    drop(steps);
    assert!(matches!(open(Options { key_check: [7; 32], ..options() }), Err(OpenError::WrongKey)));
    let steps = Steps::with(open(options()).unwrap(), MemoryDisk::default(), clock);
    assert_eq!(steps.listing(), listing);
    assert!(steps.is_live(&token));
    assert!(matches!(steps.store().execute(Command::FlushUses), Ok(Outcome::Noted)));
}
