//! What is left after a crash, and what the store says while its disk fails.

mod steps;

use jeton_oauth::credential::Others;
use jeton_store::act::Update;
use jeton_store::testing::{MemoryDisk, TestClock};
use jeton_store::{Clock, OpenError, Options, Outcome, Rejection, Store};
use std::sync::Arc;
use std::time::{Duration, Instant};
use steps::{DAY, Steps, Token, options};

/// Waits until the store takes commands again.
fn wait_until_open(steps: &Steps) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while steps.store().snapshot().is_err() {
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
    for round in 0..40 {
        live.push(steps.issue(user, credential, DAY).unwrap());
        if round % 3 == 0 {
            let token = live.remove(0);
            assert!(steps.revoke(&token));
            dead.push(token);
        }
        steps = steps.crash();
        assert!(live.iter().all(|token| steps.is_live(token)), "round {round}");
        assert!(!dead.iter().any(|token| steps.is_live(token)), "round {round}");
    }
}

/// The Nth write fails, for every N that the workload reaches: once, and until the disk is healed.
#[test]
fn whichever_write_fails_nothing_acknowledged_is_lost() {
    for writes in 0..60 {
        let steps = Steps::new();
        let (user, credential) = steps.user("billing");
        let before = steps.issue(user, credential, DAY).unwrap();
        steps.disk.fail_after(writes);
        let mut acknowledged = vec![before];
        for _ in 0..12 {
            match steps.issue(user, credential, DAY) {
                Ok(token) => acknowledged.push(token),
                Err(rejection) => assert_eq!(rejection, Rejection::Unavailable, "write {writes}"),
            }
        }
        let after_power_loss = Steps::over(steps.disk.image(), &steps);
        assert!(acknowledged.iter().all(|token| after_power_loss.is_live(token)), "write {writes}");
        steps.disk.heal();
        wait_until_open(&steps);
        assert!(acknowledged.iter().all(|token| steps.is_live(token)), "write {writes}");
        assert!(steps.is_live(&steps.issue(user, credential, DAY).unwrap()), "write {writes}");
    }
}

#[test]
fn when_syncing_fails_nothing_is_acknowledged_until_the_store_was_reopened() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    let before = steps.issue(user, credential, DAY).unwrap();
    steps.disk.fail_syncs();
    for _ in 0..3 {
        assert_eq!(steps.issue(user, credential, DAY).unwrap_err(), Rejection::Unavailable);
    }
    steps.disk.heal();
    wait_until_open(&steps);
    assert!(steps.is_live(&before));
    assert!(steps.is_live(&steps.issue(user, credential, DAY).unwrap()));
}

#[test]
fn after_a_fault_no_cached_fact_is_trusted() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    let as_of = steps.revision(user);
    steps.disk.fail_after(0);
    // Whether this one reached the disk is not known to anybody.
    let answer =
        steps.store().execute(steps.change_command(user, jeton_store::Action::Update(Update::Deactivate)));
    assert!(matches!(answer, Err(Rejection::Unavailable)));
    steps.disk.heal();
    wait_until_open(&steps);
    assert!(steps.revision(user) > as_of);
    assert!(steps.issue(user, credential, DAY).is_ok());
}

#[test]
fn a_command_that_was_refused_for_the_disk_is_not_alive_later() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    steps.disk.fail_after(0);
    let as_of = steps.revision(user);
    let digest = steps.digest(999);
    let command = steps::issue_command(user, credential, steps.moment(), DAY, digest, as_of);
    assert!(matches!(steps.store().execute(command), Err(Rejection::Unavailable)));
    steps.disk.heal();
    wait_until_open(&steps);
    let steps = steps.reopen();
    assert_eq!(steps.store().snapshot().unwrap().access_tokens_len().unwrap(), 0);
}

#[test]
fn files_work_as_memory_does() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("data");
    let clock = TestClock::at(1_793_491_200);
    let open = |options: Options| Store::open(&directory, options, Arc::clone(&clock) as Arc<dyn Clock>);
    let steps = Steps::with(open(options()).unwrap(), MemoryDisk::default(), Arc::clone(&clock));
    let (user, credential) = steps.user("billing");
    let token = steps.issue(user, credential, DAY).unwrap();
    steps.add_credential(user, Others::Stay).unwrap();
    assert!(matches!(open(options()), Err(OpenError::InUse(_))));
    let listing = steps.listing();
    drop(steps);
    assert!(matches!(open(Options { key_check: [7; 32], ..options() }), Err(OpenError::WrongKey)));
    let steps = Steps::with(open(options()).unwrap(), MemoryDisk::default(), clock);
    assert_eq!(steps.listing(), listing);
    assert!(steps.is_live(&token));
    assert!(matches!(steps.store().execute(jeton_store::Command::FlushUses), Ok(Outcome::Noted)));
}
