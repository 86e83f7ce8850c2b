//! Questions are believed only beside an acknowledged heartbeat.

use crate::database::{BEGINNING, appended, ask, id, initialised, set, until};
use jeton_cluster::limits::BELIEVED_MAX;
use jeton_store::journal::{Journal, JournalError};
use std::time::{Duration, Instant};

#[test]
fn a_question_tells_the_end_and_when_it_was_sent() {
    let Some(database) = initialised() else { return };
    let journal = database.journal();
    let first = ask(&journal).unwrap();
    assert_eq!(first.at, BEGINNING);
    let at = appended(&journal, None, id(1), &set(1));
    let second = ask(&journal).unwrap();
    assert_eq!(second.at, at);
    assert!(second.sent > first.sent);
}

#[test]
fn a_question_is_not_believed_without_a_recent_heartbeat_though_it_is_answered() {
    let Some(database) = initialised() else { return };
    let mut access = database.access();
    access.deadlines.beat = Duration::from_millis(300);
    let journal = database.journal_over(access);
    ask(&journal).unwrap();
    let lock = database.server.transaction(&database.name, "SELECT FROM jeton.nodes FOR UPDATE");
    let begun = Instant::now();
    until("no answer is believed", || ask(&journal).is_err());
    assert!(begun.elapsed() < BELIEVED_MAX + Duration::from_secs(5), "{:?}", begun.elapsed());
    assert!(ask(&journal).is_err(), "nor is the next one");
    drop(lock);
    until("answers are believed again", || ask(&journal).is_ok());
}

#[test]
fn each_heartbeat_tells_the_others_how_far_this_node_is_and_the_clock_of_the_database() {
    let Some(database) = initialised() else { return };
    let journal = database.journal();
    let at = appended(&journal, None, id(1), &set(1));
    journal.applied(at);
    database.await_true("SELECT revision = 1 AND id = decode(repeat('01', 16), 'hex') FROM jeton.nodes");
    let clock = journal.database_clock().expect("a heartbeat was acknowledged");
    let now: i64 =
        database.sql("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint").parse().unwrap();
    assert!((0..30_000_000).contains(&(now - clock.microseconds)), "{clock:?}, {now}");
    assert!(clock.between.0 <= clock.between.1);
}

#[test]
fn a_process_whose_number_another_one_took_is_not_answered_any_more() {
    let Some(database) = initialised() else { return };
    let journal = database.journal();
    ask(&journal).unwrap();
    database.sql("UPDATE jeton.nodes SET run = decode(repeat('ff', 16), 'hex')");
    until("it is told", || ask(&journal) == Err(JournalError::Replaced));
    drop(journal);
    assert_eq!(database.sql("SELECT run = decode(repeat('ff', 16), 'hex') FROM jeton.nodes"), "t");
}
