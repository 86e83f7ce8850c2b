//! One history: appending, holding, reading on, trimming, forks.

use crate::database::{BEGINNING, appended, id, initialised, put, removed, set};
use jeton_cluster::limits::{SINCE_BYTES_MAX, SINCE_CHANGES_MAX};
use jeton_store::journal::{Appended, ChangeId, ChangeSet, Journal, JournalError, Position, Since};
use std::sync::Barrier;
use std::time::Duration;

#[test]
fn of_two_servers_that_append_behind_one_point_one_wins_and_the_other_has_changed_nothing() {
    let Some(database) = initialised() else { return };
    let journals = [database.journal(), database.journal()];
    let start = Barrier::new(2);
    let append = |journal: &dyn Journal, byte: u8| {
        start.wait();
        journal.append(Some(BEGINNING), id(byte), &set(byte)).unwrap()
    };
    let outcomes = std::thread::scope(|scope| {
        let first = scope.spawn(|| append(&journals[0], 1));
        let second = scope.spawn(|| append(&journals[1], 2));
        [first.join().unwrap(), second.join().unwrap()]
    });
    let won = outcomes.iter().position(|outcome| matches!(outcome, Appended::At { .. })).expect("a winner");
    assert_eq!(outcomes[1 - won], Appended::Conflict);
    let expected = Appended::At { at: Position { revision: 1, id: id([1, 2][won]) }, previous: BEGINNING.id };
    assert_eq!(outcomes[won], expected);
    assert_eq!(database.sql("SELECT count(*) FROM jeton.state"), "1");
    assert_eq!(database.sql("SELECT count(*) FROM jeton.changes"), "1");
}

#[test]
fn the_end_is_compared_by_its_name_and_not_by_its_number_alone() {
    let Some(database) = initialised() else { return };
    let journal = database.journal();
    let at = appended(&journal, Some(BEGINNING), id(1), &set(1));
    let other = Position { revision: at.revision, id: id(9) };
    assert_eq!(journal.append(Some(other), id(2), &set(2)), Ok(Appended::Conflict));
    let later = Position { revision: at.revision + 1, id: at.id };
    assert_eq!(journal.append(Some(later), id(2), &set(2)), Ok(Appended::Conflict));
    assert_eq!(database.sql("SELECT revision FROM jeton.control"), "1");
}

#[test]
fn a_set_without_rows_moves_the_end_and_is_told() {
    let Some(database) = initialised() else { return };
    let journal = database.journal();
    let at = appended(&journal, None, id(1), &ChangeSet::default());
    let Ok(Since::Changes(changes)) = journal.since(BEGINNING) else { panic!("there is a change set") };
    assert_eq!((changes.len(), changes[0].at, &changes[0].set), (1, at, &ChangeSet::default()));
    let late = journal.append(Some(BEGINNING), id(2), &set(2));
    assert_eq!(late, Ok(Appended::Conflict), "a set that was decided before comes too late");
}

#[test]
fn a_doubled_name_of_a_change_set_is_refused_and_changes_nothing() {
    let Some(database) = initialised() else { return };
    let journal = database.journal();
    let at = appended(&journal, Some(BEGINNING), id(1), &set(1));
    assert!(matches!(journal.append(Some(at), id(1), &set(2)), Err(JournalError::Failed(_))));
    assert_eq!(database.sql("SELECT count(*) FROM jeton.state"), "1");
    appended(&journal, Some(at), id(2), &set(2));
}

#[test]
fn an_unconditional_change_set_is_appended_wherever_the_end_is() {
    let Some(database) = initialised() else { return };
    let (one, other) = (database.journal(), database.journal());
    appended(&one, Some(BEGINNING), id(1), &set(1));
    let expected = Appended::At { at: Position { revision: 2, id: id(2) }, previous: id(1) };
    assert_eq!(other.append(None, id(2), &set(2)), Ok(expected));
}

#[test]
fn rows_are_put_replaced_and_removed() {
    let Some(database) = initialised() else { return };
    let journal = database.journal();
    let first = ChangeSet { rows: vec![put(1, b"a", b"1"), put(1, b"b", b""), put(255, b"", b"3")] };
    let at = appended(&journal, Some(BEGINNING), id(1), &first);
    let second = ChangeSet { rows: vec![put(1, b"a", b"2"), removed(1, b"b"), removed(1, b"none")] };
    appended(&journal, Some(at), id(2), &second);
    let chunk = journal.copy(None, 10).unwrap();
    assert_eq!(chunk.rows, [put(1, b"a", b"2"), put(255, b"", b"3")]);
    let Since::Changes(changes) = journal.since(BEGINNING).unwrap() else { panic!("changes") };
    assert_eq!(changes.into_iter().map(|change| change.set).collect::<Vec<_>>(), [first, second]);
}

#[test]
fn whoever_holds_the_end_reads_what_is_missing_and_appends_while_others_wait() {
    let Some(database) = initialised() else { return };
    let (one, other) = (database.journal(), database.journal());
    let missing = appended(&other, Some(BEGINNING), id(1), &set(1));
    let mut held = one.hold().unwrap();
    assert_eq!(held.end(), missing);
    std::thread::scope(|scope| {
        let rival = scope.spawn(|| other.append(Some(missing), id(2), &set(2)).unwrap());
        database.await_true(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() \
             AND wait_event_type = 'Lock' AND query LIKE '%append_1%')",
        );
        let Since::Changes(changes) = held.since(BEGINNING).unwrap() else { panic!("changes") };
        assert_eq!(changes.len(), 1);
        let at = Position { revision: 2, id: id(3) };
        assert_eq!(held.append(id(3), &set(3)), Ok(Appended::At { at, previous: missing.id }));
        assert_eq!(rival.join().unwrap(), Appended::Conflict);
    });
}

#[test]
fn a_dropped_hold_appends_nothing_and_lets_others_go_on() {
    let Some(database) = initialised() else { return };
    let (one, other) = (database.journal(), database.journal());
    drop(one.hold().unwrap());
    appended(&other, Some(BEGINNING), id(1), &set(1));
    appended(&one, None, id(2), &set(2));
}

#[test]
fn a_hold_that_lasts_too_long_is_lost_and_appends_nothing() {
    let Some(database) = initialised() else { return };
    let mut access = database.access();
    access.deadlines.hold = Duration::from_millis(50);
    let (slow, other) = (database.journal_over(access), database.journal());
    let held = slow.hold().unwrap();
    appended(&other, None, id(1), &set(1));
    assert_eq!(held.append(id(2), &set(2)), Err(JournalError::TooSlow));
    assert_eq!(database.sql("SELECT revision FROM jeton.control"), "1");
}

#[test]
fn a_history_is_told_in_bounded_parts() {
    let Some(database) = initialised() else { return };
    let journal = database.journal();
    let name = |number: u64| {
        let mut bytes = [0; 16];
        bytes[8..].copy_from_slice(&number.to_be_bytes());
        ChangeId(bytes)
    };
    let most = u64::try_from(SINCE_CHANGES_MAX).unwrap();
    for number in 1..=most + 1 {
        appended(&journal, None, name(number), &set(1));
    }
    let Since::Changes(changes) = journal.since(BEGINNING).unwrap() else { panic!("changes") };
    let numbers: Vec<u64> = changes.iter().map(|change| change.at.revision).collect();
    assert_eq!(numbers, (1..=most).collect::<Vec<_>>());
    let Since::Changes(changes) = journal.since(changes.last().unwrap().at).unwrap() else {
        panic!("changes")
    };
    assert_eq!(changes.len(), 1);
    assert_eq!(journal.since(changes[0].at), Ok(Since::Changes(Vec::new())));
}

#[test]
fn large_change_sets_come_one_by_one() {
    let Some(database) = initialised() else { return };
    let journal = database.journal();
    let noise = |seed: u32| {
        let mut state = seed;
        let next = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        std::iter::repeat_with(next).take(usize::try_from(SINCE_BYTES_MAX).unwrap()).collect::<Vec<u8>>()
    };
    for byte in 1..=2 {
        let large = ChangeSet { rows: vec![put(1, b"a", &noise(u32::from(byte)))] };
        appended(&journal, None, id(byte), &large);
    }
    let Since::Changes(changes) = journal.since(BEGINNING).unwrap() else { panic!("changes") };
    assert_eq!(changes.len(), 1);
}

#[test]
fn a_history_that_no_longer_goes_back_so_far_is_trimmed_and_keeps_what_a_node_needs() {
    let Some(database) = initialised() else { return };
    let (one, other) = (database.journal(), database.journal());
    let mut points = vec![BEGINNING];
    for byte in 1..=4 {
        points.push(appended(&one, None, id(byte), &set(byte)));
    }
    one.applied(points[4]);
    other.applied(points[2]);
    database.await_true("SELECT min(revision) = 2 AND max(revision) = 4 FROM jeton.nodes");
    assert_eq!(one.trim(Duration::from_secs(3_600)).unwrap().changes, 0, "too young");
    assert_eq!(one.trim(Duration::ZERO).unwrap().changes, 1, "the second node has two, and needs the third");
    assert_eq!(one.since(BEGINNING), Ok(Since::Trimmed));
    for point in &points[1..] {
        assert!(matches!(one.since(*point), Ok(Since::Changes(_))), "{point:?}");
    }
    other.is_joining(1);
    one.applied(points[4]);
    database.await_true("SELECT joining_from = 1 FROM jeton.nodes WHERE number = 2");
    assert_eq!(one.trim(Duration::ZERO).unwrap().changes, 0, "what a joining node needs stays");
}

#[test]
fn another_change_set_at_the_same_number_is_a_fork() {
    let Some(database) = initialised() else { return };
    let journal = database.journal();
    let first = appended(&journal, None, id(1), &set(1));
    let second = appended(&journal, None, id(2), &set(2));
    for ours in [first, second] {
        let other = Position { revision: ours.revision, id: id(9) };
        assert_eq!(journal.since(other), Ok(Since::Fork), "{other:?}");
    }
    assert_eq!(journal.since(Position { revision: 0, id: id(9) }), Ok(Since::Fork));
    let restored = Position { revision: 3, id: id(3) };
    assert_eq!(journal.since(restored), Ok(Since::Fork), "the database was restored from an older backup");
    assert!(matches!(journal.since(second), Ok(Since::Changes(none)) if none.is_empty()));
}
