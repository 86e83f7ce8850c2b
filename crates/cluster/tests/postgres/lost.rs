//! Answers that are lost: the journal says so, and a write finds out what became of the change set.

use crate::database::{BEGINNING, appended, id, initialised, set};
use crate::proxy::{Fate, Proxy};
use jeton_store::journal::{Appended, Journal, Position};

#[test]
fn a_change_set_whose_answer_was_lost_after_its_effect_is_found() {
    let Some(database) = initialised() else { return };
    let proxy = Proxy::before(database.server.port);
    let journal = database.journal_over(database.access_at(proxy.port));
    proxy.next(Fate::CutAfter("append_1"));
    assert_eq!(journal.append(Some(BEGINNING), id(1), &set(1)), Ok(Appended::Lost));
    let at = Position { revision: 1, id: id(1) };
    assert_eq!(journal.resolve(id(1)), Ok(Some(at)));
    appended(&journal, Some(at), id(2), &set(2));
}

#[test]
fn a_change_set_that_was_lost_on_the_way_is_not_found_and_what_comes_next_shuts_it_out() {
    let Some(database) = initialised() else { return };
    let proxy = Proxy::before(database.server.port);
    let journal = database.journal_over(database.access_at(proxy.port));
    proxy.next(Fate::CutBefore("append_1"));
    assert_eq!(journal.append(Some(BEGINNING), id(1), &set(1)), Ok(Appended::Lost));
    assert_eq!(journal.resolve(id(1)), Ok(None));
    appended(&journal, Some(BEGINNING), id(2), &set(2));
    assert_eq!(
        journal.append(Some(BEGINNING), id(1), &set(1)),
        Ok(Appended::Conflict),
        "the ghost comes late"
    );
}

#[test]
fn a_lost_commit_of_a_hold_is_found() {
    let Some(database) = initialised() else { return };
    let proxy = Proxy::before(database.server.port);
    let journal = database.journal_over(database.access_at(proxy.port));
    let held = journal.hold().unwrap();
    proxy.next(Fate::CutAfter("COMMIT"));
    assert_eq!(held.append(id(1), &set(1)), Ok(Appended::Lost));
    assert_eq!(journal.resolve(id(1)), Ok(Some(Position { revision: 1, id: id(1) })));
}

#[test]
fn a_hold_whose_connection_broke_before_the_commit_has_appended_nothing() {
    let Some(database) = initialised() else { return };
    let proxy = Proxy::before(database.server.port);
    let journal = database.journal_over(database.access_at(proxy.port));
    let held = journal.hold().unwrap();
    proxy.next(Fate::CutBefore("append_1"));
    assert_eq!(held.append(id(1), &set(1)), Ok(Appended::Lost));
    assert_eq!(journal.resolve(id(1)), Ok(None));
    assert_eq!(database.sql("SELECT count(*) FROM jeton.state"), "0");
}

#[test]
fn the_fate_is_asked_for_again_when_its_own_answer_is_lost() {
    let Some(database) = initialised() else { return };
    let proxy = Proxy::before(database.server.port);
    let journal = database.journal_over(database.access_at(proxy.port));
    let at = appended(&journal, None, id(1), &set(1));
    proxy.next(Fate::CutAfter("resolve_1"));
    assert_eq!(journal.resolve(id(1)), Ok(Some(at)));
    assert_eq!(database.sql("SELECT touched FROM jeton.control"), "2", "each look is a write");
}

#[test]
fn the_fate_is_not_told_while_the_lost_one_may_still_be_under_way() {
    let Some(database) = initialised() else { return };
    let journal = database.journal();
    let ghost = database.server.transaction(
        &database.name,
        "SELECT jeton.append_1('\\x07070707070707070707070707070707', NULL, NULL, \
         '\\x01010101010101010101010101010101', 1, 0, '{}', '{}', '{}')",
    );
    std::thread::scope(|scope| {
        let asked = scope.spawn(|| journal.resolve(id(1)));
        database.await_true(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() \
             AND wait_event_type = 'Lock' AND query LIKE '%resolve_1%')",
        );
        assert!(!asked.is_finished());
        drop(ghost);
        assert_eq!(asked.join().unwrap(), Ok(None));
    });
}

#[test]
fn a_server_that_went_away_meanwhile_is_noticed_before_anything_is_sent() {
    let Some(database) = initialised() else { return };
    let journal = database.journal();
    let at = appended(&journal, None, id(1), &set(1));
    database.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND usename = 'jeton'",
    );
    // The end of the old connection may be noticed only with the request itself.
    match journal.append(Some(at), id(2), &set(2)).unwrap() {
        Appended::At { at, .. } => assert_eq!(at.revision, 2),
        Appended::Lost => assert_eq!(journal.resolve(id(2)), Ok(None)),
        Appended::Conflict => panic!("no other server appends"),
    }
}

#[test]
fn a_warning_at_signing_in_is_not_taken_for_one_of_a_statement() {
    let Some(database) = initialised() else { return };
    database.sql("UPDATE pg_database SET datcollversion = '0' WHERE datname = current_database()");
    let journal = database.journal();
    appended(&journal, None, id(1), &set(1));
}
