//! Events of the audit trail are deleted after their retention, and the chain can still be verified.

#![expect(clippy::unwrap_used, reason = "a test program fails by panicking, its helpers too")]

mod steps;

use jeton_domain::event::{Entry, EventKind};
use jeton_domain::id::EventId;
use jeton_domain::time::Timestamp;
use jeton_secret::Link;
use jeton_store::audit::{Retention, TrailFault, Verified};
use jeton_store::limits::EVENTS_LOOKED_AT_MAX;
use jeton_store::query::{EventFilter, EventQuery, Within};
use jeton_store::testing::TestClock;
use jeton_store::{Clock, Command};
use redb::{ReadableTable, TableDefinition, WriteTransaction};
use std::sync::Arc;
use steps::{DAY, Steps, options};

const KEPT: u64 = 90 * DAY as u64;
const AUDIT: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("audit");
const GAPS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("audit_gaps");
const AGES: TableDefinition<'_, (u8, u64, u64), ()> = TableDefinition::new("audit_ages");

fn fail(steps: &Steps) {
    let entry = Entry::new(EventKind::AuthenticationFailed, 7, 0, "3 times");
    steps.store().execute(Command::Observe { entries: vec![(None, entry)], now: steps.now() }).unwrap();
}

/// Batches in which events are deleted.
fn go_on(steps: &Steps) {
    (0..4).for_each(|_| drop(steps.store().execute(Command::FlushUses).unwrap()));
}

fn numbers(steps: &Steps) -> Vec<u64> {
    let listed = steps.list_events(Within::Everything);
    assert!(listed.unreadable.is_empty());
    listed.found.iter().map(|event| event.number.0).collect()
}

fn verified(steps: &Steps) -> Verified {
    steps.store().snapshot().unwrap().verify_trail().unwrap()
}

/// Writes rows to the closed database that the server would not write.
fn tampered(steps: Steps, tamper: impl FnOnce(&WriteTransaction)) -> Steps {
    let clock = Arc::clone(&steps.clock);
    let disk = steps.close();
    let database = disk.plain_database().unwrap();
    let write = database.begin_write().unwrap();
    tamper(&write);
    write.commit().unwrap();
    drop(database);
    let store = disk.open(options(), Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
    Steps::with(store, disk, clock)
}

/// Events 1 and 2 create a user, 3 and 4 are failures, 5 and 6 administrators' commands, 7 is a failure.
fn trail() -> Steps {
    let steps = Steps::new();
    steps.user("one");
    fail(&steps);
    fail(&steps);
    steps.user("two");
    fail(&steps);
    steps
}

#[test]
fn summaries_of_failures_are_forgotten_after_90_days_and_acts_stay() {
    let steps = trail();
    steps.clock.advance(KEPT);
    go_on(&steps);
    assert_eq!(numbers(&steps), [1, 2, 3, 4, 5, 6, 7], "not a second early");
    steps.clock.advance(1);
    go_on(&steps);
    assert_eq!(numbers(&steps), [1, 2, 5, 6]);
    let found = verified(&steps);
    assert_eq!((found.faults, found.records, found.forgotten), (Vec::new(), 4, 3));
    fail(&steps);
    steps.user("three");
    let steps = steps.reopen();
    let found = verified(&steps);
    assert_eq!((found.faults, found.records, found.forgotten), (Vec::new(), 7, 3));
    steps.clock.advance(3_000 * u64::from(DAY));
    go_on(&steps);
    assert_eq!(numbers(&steps), [1, 2, 5, 6, 9, 10]);
    assert_eq!(verified(&steps).faults, []);
}

#[test]
fn deleted_events_finally_leave_one_gap() {
    let steps = Steps::new();
    for _ in 0..50 {
        fail(&steps);
        steps.clock.advance(10);
    }
    for _ in 0..60 {
        steps.clock.advance(u64::from(DAY));
        go_on(&steps);
        assert_eq!(verified(&steps).faults, []);
    }
    steps.clock.advance(KEPT);
    go_on(&steps);
    let found = verified(&steps);
    assert_eq!((found.faults, found.records, found.forgotten), (Vec::new(), 0, 50));
    let steps = tampered(steps, |write| {
        assert_eq!(write.open_table(GAPS).unwrap().iter().unwrap().count(), 1);
        assert_eq!(write.open_table(AGES).unwrap().iter().unwrap().count(), 0);
    });
    assert_eq!(verified(&steps).faults, []);
}

#[test]
fn the_reported_last_link_is_that_of_an_event_that_stays() {
    let steps = trail();
    let before = verified(&steps).last;
    assert_ne!(before, Link::ORIGIN);
    steps.clock.advance(KEPT + 1);
    go_on(&steps);
    assert_eq!(verified(&steps).last, before);
}

#[test]
fn a_clock_that_is_ahead_deletes_no_event_and_one_that_was_ahead_delays_it() {
    let steps = trail();
    let now = steps.now().0;
    steps.clock.set_wall(now + 400 * u64::from(DAY));
    go_on(&steps);
    fail(&steps);
    steps.clock.set_wall(now);
    go_on(&steps);
    assert_eq!(numbers(&steps), [1, 2, 3, 4, 5, 6, 7, 8]);
    steps.clock.advance(KEPT + 1);
    go_on(&steps);
    assert_eq!(numbers(&steps), [1, 2, 5, 6, 8]);
    steps.clock.advance(400 * u64::from(DAY));
    go_on(&steps);
    assert_eq!(numbers(&steps), [1, 2, 5, 6]);
    assert_eq!(verified(&steps).faults, []);
}

#[test]
fn acts_are_deleted_after_their_retention_if_it_is_limited() {
    let clock = TestClock::at(1_793_491_200);
    let disk = jeton_store::testing::MemoryDisk::default();
    let retention = Retention { commands: Some(u64::from(DAY)), failures: None };
    let options = || jeton_store::Options { retention, ..options() };
    let store = disk.open(options(), Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
    let steps = Steps::with(store, disk, clock);
    steps.user("one");
    fail(&steps);
    steps.clock.advance(u64::from(DAY) + 1);
    go_on(&steps);
    assert_eq!(numbers(&steps), [3]);
    assert_eq!(verified(&steps).faults, []);
}

#[test]
fn a_gap_that_the_server_did_not_make_is_named() {
    let forged = |write: &WriteTransaction| {
        let mut events = write.open_table(AUDIT).unwrap();
        let link: Vec<u8> = events.get(2).unwrap().unwrap().value()[..32].to_vec();
        events.remove(2).unwrap();
        let gap = [2_u64.to_le_bytes().as_slice(), &link, &[0; 32]].concat();
        write.open_table(GAPS).unwrap().insert(2, gap.as_slice()).unwrap();
    };
    let steps = tampered(trail(), forged);
    assert_eq!(verified(&steps).faults, [TrailFault::Missing(EventId(2))]);
    // Nor does it become authentic when events beside it are deleted.
    steps.clock.advance(KEPT + 1);
    go_on(&steps);
    assert!(verified(&steps).faults.contains(&TrailFault::Missing(EventId(2))));
}

#[test]
fn an_enlarged_gap_does_not_hide_a_missing_event() {
    let steps = trail();
    steps.clock.advance(KEPT + 1);
    go_on(&steps);
    let steps = tampered(steps, |write| {
        drop(write.open_table(AUDIT).unwrap().remove(5).unwrap());
        let mut gaps = write.open_table(GAPS).unwrap();
        let mut gap = gaps.get(3).unwrap().unwrap().value().to_vec();
        gap[..8].copy_from_slice(&5_u64.to_le_bytes());
        gaps.insert(3, gap.as_slice()).unwrap();
    });
    let faults = verified(&steps).faults;
    assert!(faults.contains(&TrailFault::Missing(EventId(5))), "{faults:?}");
}

#[test]
fn an_act_is_not_forgotten_as_a_failure() {
    let steps = tampered(trail(), |write| {
        write.open_table(AGES).unwrap().insert((1, 0, 5), ()).unwrap();
    });
    steps.clock.advance(KEPT + 1);
    go_on(&steps);
    assert_eq!(numbers(&steps), [1, 2, 5, 6]);
    assert_eq!(verified(&steps).faults, []);
}

#[test]
fn a_record_that_was_changed_is_not_forgotten() {
    let steps = tampered(trail(), |write| {
        let mut events = write.open_table(AUDIT).unwrap();
        let failure = events.get(3).unwrap().unwrap().value().to_vec();
        // An administrator's command in the guise of a failure.
        let event = events.get(5).unwrap().unwrap().value()[..32].to_vec();
        let disguised = [event.as_slice(), &failure[32..]].concat();
        events.insert(5, disguised.as_slice()).unwrap();
        write.open_table(AGES).unwrap().insert((1, 0, 5), ()).unwrap();
    });
    steps.clock.advance(KEPT + 1);
    go_on(&steps);
    let faults = verified(&steps).faults;
    assert_eq!(faults, [TrailFault::Changed(EventId(5))]);
}

#[test]
fn the_trail_is_whole_after_a_crash_while_it_is_forgotten() {
    for writes in 0..40 {
        let steps = trail();
        steps.clock.advance(KEPT + 1);
        steps.disk.fail_after(writes);
        let _ = steps.store().execute(Command::FlushUses);
        let disk = steps.disk.image();
        disk.heal();
        let after = Steps::over(disk, &steps);
        assert_eq!(verified(&after).faults, [], "{writes}");
        after.clock.advance(KEPT + 1);
        go_on(&after);
        assert_eq!(numbers(&after), [1, 2, 5, 6], "{writes}");
        assert_eq!(verified(&after).faults, [], "{writes}");
    }
}

#[test]
fn a_page_looks_at_a_bounded_number_of_events_and_the_next_one_continues_behind_them() {
    let steps = Steps::new();
    let most = u64::try_from(EVENTS_LOOKED_AT_MAX).unwrap();
    let entry = Entry::new(EventKind::AuthenticationFailed, 7, 0, "once");
    let entries = vec![(None, entry); EVENTS_LOOKED_AT_MAX];
    steps.store().execute(Command::Observe { entries, now: steps.now() }).unwrap();
    let user = steps.user("last");
    let at = Timestamp(0)..=Timestamp(u64::MAX);
    let filter = EventFilter { kinds: Vec::new(), subject: Some(user.0.0), actor: None, at };
    let list = |after| {
        let (within, filter) = (Within::Everything, filter.clone());
        let query = EventQuery { within, filter, after, backwards: false, limit: 10 };
        steps.store().snapshot().unwrap().list_events(&query).unwrap()
    };
    let first = list(None);
    assert_eq!((first.found.len(), first.next), (0, Some(EventId(most))));
    let second = list(first.next);
    assert!(!second.found.is_empty());
    assert_eq!(second.next, None);
}
