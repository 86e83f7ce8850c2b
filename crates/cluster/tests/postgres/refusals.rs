//! Databases and ways that are refused, each with its reason.

use crate::database::{
    BEGINNING, Database, access, ask, empty, id, initialised, new_cluster, put, set, until,
};
use crate::server::free_port;
use jeton_cluster::{Access, ClusterId, Membership, PostgresJournal, create, status};
use jeton_store::journal::{ChangedRow, Journal, JournalError};

fn refusal(database: &Database, access: Access) -> JournalError {
    PostgresJournal::open(access, &database.member(None)).unwrap_err()
}

#[test]
fn a_wrong_password_or_none_is_refused() {
    let Some(database) = initialised() else { return };
    let mut wrong = database.access();
    wrong.password = Some("wrong".to_owned().into());
    assert!(matches!(refusal(&database, wrong), JournalError::Refused(_)));
    let mut none = database.access();
    none.password = None;
    assert!(matches!(refusal(&database, none), JournalError::NotReachable(_) | JournalError::Refused(_)));
}

#[test]
fn an_unknown_database_is_refused() {
    let Some(database) = initialised() else { return };
    let unknown = access(&format!("postgres://jeton@127.0.0.1:{}/unknown", database.server.port));
    assert!(matches!(refusal(&database, unknown), JournalError::Refused(_)));
}

#[test]
fn a_port_that_nobody_listens_on_is_not_reachable() {
    let Some(database) = initialised() else { return };
    assert!(matches!(refusal(&database, database.access_at(free_port())), JournalError::NotReachable(_)));
}

#[test]
fn a_database_without_a_cluster_is_not_initialised() {
    let Some(database) = empty() else { return };
    assert_eq!(refusal(&database, database.access()), JournalError::NotInitialised);
    assert_eq!(status(database.access()).unwrap_err(), JournalError::NotInitialised);
}

#[test]
fn a_database_of_another_cluster_or_key_or_format_is_refused() {
    let Some(database) = initialised() else { return };
    let open = |member: &Membership| PostgresJournal::open(database.access(), member).unwrap_err();
    let mut member = database.member(None);
    member.cluster = Some(ClusterId([1; 16]));
    assert_eq!(open(&member), JournalError::OtherCluster);
    let mut member = database.member(None);
    member.key_check = b"another".to_vec();
    assert_eq!(open(&member), JournalError::OtherKey);
    let member = database.member(None);
    database.sql("UPDATE jeton.control SET format = 3, oldest = 2");
    assert_eq!(open(&member), JournalError::NewerFormat(3));
    database.sql("UPDATE jeton.control SET format = 0, oldest = 0");
    assert_eq!(open(&member), JournalError::OlderFormat(0));
    assert_eq!(database.sql("SELECT count(*) FROM jeton.nodes"), "0", "no node has a number");
}

#[test]
fn a_running_node_is_refused_when_the_database_becomes_another_cluster() {
    let Some(database) = initialised() else { return };
    let journal = database.journal();
    database.sql("UPDATE jeton.control SET cluster = decode(repeat('01', 16), 'hex')");
    assert_eq!(journal.append(None, id(1), &set(1)), Err(JournalError::OtherCluster));
    assert_eq!(journal.since(BEGINNING), Err(JournalError::OtherCluster));
    assert_eq!(journal.resolve(id(1)), Err(JournalError::OtherCluster));
    assert_eq!(journal.hold().err(), Some(JournalError::OtherCluster));
    assert_eq!(ask(&journal), Err(JournalError::OtherCluster));
    assert_eq!(database.sql("SELECT count(*) FROM jeton.changes"), "0");
}

#[test]
fn a_read_only_database_is_refused_and_told() {
    let Some(database) = initialised() else { return };
    let journal = database.journal();
    database.sql(&format!("ALTER DATABASE {} SET default_transaction_read_only = on", database.name));
    assert_eq!(refusal(&database, database.access()), JournalError::ReadOnly);
    database.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND usename = 'jeton'",
    );
    until("it is told", || journal.append(None, id(1), &set(1)) == Err(JournalError::ReadOnly));
    until("questions are", || ask(&journal) == Err(JournalError::ReadOnly));
    assert_eq!(database.sql("SELECT revision FROM jeton.control"), "0");
}

#[test]
fn a_role_without_rights_is_refused() {
    let Some(database) = initialised() else { return };
    let journal = database.journal();
    database.sql("REVOKE UPDATE ON jeton.control FROM jeton");
    assert!(matches!(journal.append(None, id(1), &set(1)), Err(JournalError::Refused(_))));
    assert_eq!(database.sql("SELECT count(*) FROM jeton.changes"), "0");
}

#[test]
fn a_database_that_has_a_cluster_is_not_made_one_again() {
    let Some(database) = initialised() else { return };
    let journal = database.journal();
    journal.append(None, id(1), &set(1)).unwrap();
    assert!(matches!(database.create(Vec::new()), Err(JournalError::Refused(_))));
    assert_eq!(database.sql("SELECT count(*) FROM jeton.state"), "1");
}

#[test]
fn a_schema_that_is_somebody_elses_is_left_alone() {
    let Some(database) = empty() else { return };
    database.sql("CREATE SCHEMA jeton; CREATE TABLE jeton.state (theirs integer)");
    assert!(matches!(database.create(Vec::new()), Err(JournalError::Refused(_))));
    assert_eq!(database.sql("SELECT count(*) FROM jeton.state"), "0");
}

#[test]
fn an_upload_that_broke_off_lets_no_node_in_and_is_begun_anew() {
    let Some(database) = empty() else { return };
    let broken = JournalError::Failed("an unreadable row".to_owned());
    let rows: Vec<Result<ChangedRow, JournalError>> = (0..6_000_u32)
        .map(|number| Ok(put(1, &number.to_be_bytes(), b"old")))
        .chain([Err(broken.clone())])
        .collect();
    let outcome = create(database.access(), &new_cluster(), rows.into_iter(), std::iter::empty());
    assert_eq!(outcome, Err(broken));
    assert_eq!(database.sql("SELECT count(*) FROM jeton.state"), "5000");
    assert_eq!(refusal(&database, database.access()), JournalError::NotInitialised);
    database.create(vec![put(1, b"a", b"new")]).unwrap();
    assert_eq!(database.sql("SELECT count(*) FROM jeton.state"), "1");
    database.journal();
}

#[test]
fn an_upload_that_another_one_took_over_ends_without_a_cluster() {
    let Some(database) = empty() else { return };
    let mut second = new_cluster();
    second.upload = [2; 16];
    let interrupted = std::iter::once_with(|| {
        let whole = || {
            create(database.access(), &second, std::iter::once(Ok(put(1, b"b", b"2"))), std::iter::empty())
        };
        std::thread::scope(|scope| scope.spawn(whole).join().unwrap()).unwrap();
        Ok(put(1, b"a", b"1"))
    });
    let outcome = create(database.access(), &new_cluster(), interrupted, std::iter::empty());
    assert!(matches!(outcome, Err(JournalError::Refused(_))), "{outcome:?}");
    assert_eq!(database.sql("SELECT count(*) FROM jeton.state WHERE key = 'b'"), "1");
}
