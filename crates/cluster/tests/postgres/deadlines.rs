//! Answers that don't come in time: the socket is closed, and no cancel request is sent.

use crate::database::{BEGINNING, appended, ask, id, initialised, set};
use crate::proxy::{Fate, Proxy};
use jeton_store::journal::{Appended, Journal, JournalError, Position};
use std::time::Duration;

#[test]
fn an_append_without_an_answer_in_time_is_lost_and_costs_the_connection_but_is_not_cancelled() {
    let Some(database) = initialised() else { return };
    let proxy = Proxy::before(database.server.port);
    let mut access = database.access_at(proxy.port);
    access.deadlines.append = Duration::from_millis(500);
    let journal = database.journal_over(access);
    proxy.next(Fate::Stall("append_1"));
    assert_eq!(journal.append(Some(BEGINNING), id(1), &set(1)), Ok(Appended::Lost));
    proxy.await_closed();
    database.await_true("SELECT revision = 1 FROM jeton.control");
    assert_eq!(journal.resolve(id(1)), Ok(Some(Position { revision: 1, id: id(1) })));
    assert_eq!(proxy.cancels(), 0);
}

#[test]
fn a_question_without_an_answer_in_time_is_an_error_and_costs_the_connection_but_is_not_cancelled() {
    let Some(database) = initialised() else { return };
    let proxy = Proxy::before(database.server.port);
    let mut access = database.access_at(proxy.port);
    access.deadlines.question = Duration::from_millis(200);
    let journal = database.journal_over(access);
    ask(&journal).unwrap();
    proxy.next(Fate::Stall("FROM jeton.control"));
    assert_eq!(ask(&journal), Err(JournalError::TooSlow));
    proxy.await_closed();
    assert_eq!(proxy.cancels(), 0);
    drop(journal);
    assert_eq!(proxy.cancels(), 0);
}

#[test]
fn an_append_that_waits_too_long_for_the_lock_is_refused_and_never_comes_later() {
    let Some(database) = initialised() else { return };
    let mut access = database.access();
    access.deadlines.append = Duration::from_millis(2_500);
    let journal = database.journal_over(access);
    let lock = database.server.transaction(&database.name, "SELECT FROM jeton.control FOR UPDATE");
    assert_eq!(journal.append(Some(BEGINNING), id(1), &set(1)), Err(JournalError::TooSlow));
    drop(lock);
    assert_eq!(journal.resolve(id(1)), Ok(None));
    appended(&journal, Some(BEGINNING), id(2), &set(2));
}
