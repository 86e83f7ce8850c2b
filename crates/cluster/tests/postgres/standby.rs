//! A synchronous standby that does not answer: nothing that waits for it is acknowledged, whatever the role's
//! settings are, and also not when the server is told to wait no longer.

use crate::database::{
    BEGINNING, Database, access, appended, ask, id, initialised, initialised_on, set, until,
};
use crate::proxy::{Fate, Proxy};
use crate::server::Server;
use jeton_cluster::PostgresJournal;
use jeton_store::journal::{Appended, Journal, Position, Since};
use std::time::Duration;

const WAITS: &str = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'SyncRep'";

/// Without a standby of this name, a commit that waits for one waits for ever.
fn require_standby(database: &Database, name: &str) {
    database.sql(&format!("ALTER SYSTEM SET synchronous_standby_names = '{name}'"));
    database.sql("SELECT pg_reload_conf()");
    database.await_true(&format!("SELECT current_setting('synchronous_standby_names') = '{name}'"));
}

/// A cluster on a server of its own, whose role does not ask for durable commits, and a journal.
fn unreplicated() -> Option<(Database, PostgresJournal)> {
    let server: &'static Server = Box::leak(Box::new(Server::start()?));
    let database = initialised_on(server);
    database.sql(&format!("ALTER ROLE jeton IN DATABASE {} SET synchronous_commit = off", database.name));
    let mut access = database.access();
    access.deadlines.beat = Duration::from_millis(500);
    access.deadlines.append = Duration::from_secs(20);
    let journal = database.journal_over(access);
    ask(&journal).unwrap();
    // The connection for appending is there before confirmations stop.
    journal.since(BEGINNING).unwrap();
    require_standby(&database, "absent");
    Some((database, journal))
}

#[test]
fn a_commit_that_no_standby_confirmed_is_not_acknowledged() {
    let Some((database, journal)) = unreplicated() else { return };
    std::thread::scope(|scope| {
        let append = scope.spawn(|| journal.append(Some(BEGINNING), id(1), &set(1)).unwrap());
        let appends = format!("{WAITS} AND query LIKE '%append_1%'");
        database.await_true(&format!("SELECT EXISTS (SELECT {appends})"));
        until("no question is believed", || ask(&journal).is_err());
        assert!(!append.is_finished());
        // The server answers with success, and a warning.
        database.sql(&format!("SELECT pg_cancel_backend(pid) {appends}"));
        assert_eq!(append.join().unwrap(), Appended::Lost);
    });
    assert_eq!(database.sql("SELECT revision FROM jeton.control"), "1", "it is there, but may get lost");
    assert!(ask(&journal).is_err());
    require_standby(&database, "");
    until("its fate is known", || journal.resolve(id(1)) == Ok(Some(Position { revision: 1, id: id(1) })));
    until("questions are believed", || ask(&journal).is_ok());
}

#[test]
fn a_commit_that_no_standby_has_is_not_told_after_a_crash_though_it_can_be_read() {
    let Some((database, journal)) = unreplicated() else { return };
    std::thread::scope(|scope| {
        let append = scope.spawn(|| journal.append(Some(BEGINNING), id(1), &set(1)).unwrap());
        database.await_true(&format!("SELECT EXISTS (SELECT {WAITS} AND query LIKE '%append_1%')"));
        database.server.crash_and_start();
        assert_eq!(append.join().unwrap(), Appended::Lost);
    });
    assert_eq!(database.sql("SELECT revision FROM jeton.control"), "1");
    for _ in 0..2 {
        assert!(journal.since(BEGINNING).is_err());
        assert!(ask(&journal).is_err());
        assert!(journal.resolve(id(1)).is_err());
        assert!(journal.copy(None, 1).is_err());
    }
    require_standby(&database, "");
    let at = Position { revision: 1, id: id(1) };
    until("questions are believed", || ask(&journal).is_ok());
    until("its fate is known", || journal.resolve(id(1)) == Ok(Some(at)));
    assert_eq!(ask(&journal).unwrap().at, at);
    assert!(matches!(journal.since(BEGINNING), Ok(Since::Changes(changes)) if changes.len() == 1));
}

#[test]
fn a_history_that_ends_before_what_a_question_was_told_is_read_again_from_the_server_that_told_it() {
    let Some(old) = initialised() else { return };
    let server: &'static Server = Box::leak(Box::new(Server::start().expect("the other one started")));
    let new = Database::named_on(server, old.name.clone());
    new.create(Vec::new()).unwrap();
    let proxy = Proxy::before(old.server.port);
    let mut access = access(&format!("postgres://jeton@127.0.0.1:{}/{}", proxy.port, old.name));
    access.deadlines.question = Duration::from_secs(3);
    let journal = PostgresJournal::open(access, &old.member(None)).unwrap();
    assert_eq!(journal.since(BEGINNING), Ok(Since::Changes(Vec::new())));
    // The new server has the node, and a change more; the old one goes on answering.
    new.journal();
    let at = appended(&new.journal(), None, id(1), &set(1));
    let run = old.sql("SELECT encode(run, 'hex') FROM jeton.nodes");
    new.sql(&format!("UPDATE jeton.nodes SET run = decode('{run}', 'hex') WHERE number = 1"));
    proxy.lead_to(server.port);
    proxy.next(Fate::CutBefore("FROM jeton.control"));
    until("the question goes to the new server", || ask(&journal).is_ok_and(|asked| asked.at == at));
    assert!(matches!(journal.since(BEGINNING), Ok(Since::Changes(changes)) if changes.len() == 1));
}
