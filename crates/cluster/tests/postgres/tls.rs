//! Ways to the server. By TLS, a server is signed in to only if it shows a certificate for its name, by an
//! authority that is trusted.

use crate::database::{Database, access, ask, initialised};
use jeton_cluster::PostgresJournal;
use jeton_store::journal::JournalError;

fn outcome(database: &Database, host: &str, parameters: &str) -> Result<PostgresJournal, JournalError> {
    let url = format!("postgres://jeton@{host}:{}/{}?{parameters}", database.server.port, database.name);
    PostgresJournal::open(access(&url), &database.member(None))
}

fn roots(database: &Database, file: &str) -> String {
    format!("sslrootcert={}", database.server.directory.join(file).display())
}

#[test]
fn a_certificate_of_an_unknown_authority_is_refused() {
    let Some(database) = initialised() else { return };
    let is_refused = |parameters: &str| match outcome(&database, "localhost", parameters) {
        Err(JournalError::NotReachable(reason)) => assert!(reason.contains("certificate"), "{reason}"),
        other => panic!("{other:?}"),
    };
    is_refused("sslmode=verify-full");
    is_refused("sslmode=require");
    is_refused(&roots(&database, "other.pem"));
    assert_eq!(database.sql("SELECT count(*) FROM jeton.nodes"), "0");
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let Some(database) = initialised() else { return };
    let outcome = outcome(&database, "127.0.0.1", &roots(&database, "ca.pem"));
    assert!(matches!(outcome, Err(JournalError::NotReachable(_))), "{outcome:?}");
}

#[test]
fn files_without_certificates_are_refused() {
    let Some(database) = initialised() else { return };
    for file in ["none.pem", "ca.key"] {
        let outcome = outcome(&database, "localhost", &roots(&database, file));
        assert!(matches!(outcome, Err(JournalError::Refused(_))), "{file}: {outcome:?}");
    }
}

#[test]
fn a_certificate_of_the_named_authority_is_accepted_and_the_connection_is_encrypted() {
    let Some(database) = initialised() else { return };
    let journal = outcome(&database, "localhost", &roots(&database, "ca.pem")).unwrap();
    ask(&journal).unwrap();
    let encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
        WHERE datname = current_database() AND usename = 'jeton'";
    assert_eq!(database.sql(encrypted), "t");
}

#[test]
fn a_local_socket_leads_to_the_database_without_tls() {
    let Some(database) = initialised() else { return };
    let directory = format!("host={}", database.server.directory.display());
    ask(&outcome(&database, "", &directory).unwrap()).unwrap();
    let verified = outcome(&database, "", &format!("{directory}&sslmode=verify-full"));
    assert!(matches!(verified, Err(JournalError::Refused(_))), "{verified:?}");
}
