//! Numbers of nodes: one process has one at a time.

use crate::database::{initialised, until};
use jeton_cluster::{NodeNumber, PostgresJournal, status};
use jeton_store::journal::JournalError;

#[test]
fn nodes_get_the_lowest_free_numbers() {
    let Some(database) = initialised() else { return };
    let (first, second) = (database.journal(), database.journal());
    assert_eq!((first.number(), second.number()), (NodeNumber(1), NodeNumber(2)));
    database.sql("UPDATE jeton.nodes SET beat = beat - interval '61 minutes', run = '' WHERE number = 1");
    assert_eq!(database.journal().number(), NodeNumber(1));
    assert_eq!(database.journal().number(), NodeNumber(3), "a number is not given away for an hour");
}

#[test]
fn a_number_whose_process_lives_is_not_given_to_another() {
    let Some(database) = initialised() else { return };
    let first = database.journal();
    let member = database.member(Some(first.number()));
    assert_eq!(PostgresJournal::open(database.access(), &member).unwrap_err(), JournalError::Replaced);
    crate::database::ask(&first).unwrap();
}

#[test]
fn a_number_is_taken_over_at_once_after_a_stop_and_soon_after_a_crash() {
    let Some(database) = initialised() else { return };
    let first = database.journal();
    let number = first.number();
    drop(first);
    assert_eq!(database.sql("SELECT run = '' FROM jeton.nodes"), "t");
    let second = PostgresJournal::open(database.access(), &database.member(Some(number))).unwrap();
    assert_eq!(second.number(), number);
    drop(second);
    database.sql("UPDATE jeton.nodes SET run = decode(repeat('ee', 16), 'hex'), beat = clock_timestamp()");
    let third = PostgresJournal::open(database.access(), &database.member(Some(number))).unwrap();
    assert_eq!(third.number(), number);
}

#[test]
fn nodes_and_control_are_listed() {
    let Some(database) = initialised() else { return };
    let journal = database.journal();
    until("the node is listed", || journal.nodes().unwrap().len() == 1);
    let all = journal.nodes().unwrap();
    let node = &all[0];
    assert!(node.is_running);
    assert_eq!((node.version.as_str(), node.name.as_str(), node.formats), ("1.2.3", "a node", (1, 1)));
    let seen = status(database.access()).unwrap();
    assert_eq!(seen.nodes.len(), 1);
    assert_eq!(seen.control.settings.idle_in_transaction_timeout, "3s");
    assert_eq!(seen.control.settings.statement_timeout, "10s");
    assert_eq!(seen.control.settings.isolation, "read committed");
    assert!(!seen.control.settings.has_synchronous_standby && !seen.control.settings.is_standby);
}

#[test]
fn nodes_that_join_at_once_get_numbers_of_their_own() {
    let Some(database) = initialised() else { return };
    let level = "SET default_transaction_isolation = 'serializable'";
    database.sql(&format!("ALTER ROLE jeton IN DATABASE {} {level}", database.name));
    let start = std::sync::Barrier::new(4);
    let journals: Vec<PostgresJournal> = std::thread::scope(|scope| {
        let join = || {
            start.wait();
            database.journal()
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(join)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut numbers: Vec<u16> = journals.iter().map(|journal| journal.number().0).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4]);
}
