//! Obstacles on the way: settings of the role, and pgbouncer in transaction mode.

use crate::database::{BEGINNING, Database, appended, ask, id, initialised, set};
use crate::server::{PASSWORD, free_port};
use jeton_store::journal::{Appended, Journal, Position, Since};
use std::io::Write;

/// Two nodes run into each other, hold, lose, and read on.
fn works(database: &Database, port: u16) {
    let [one, other] =
        [database.journal_over(database.access_at(port)), database.journal_over(database.access_at(port))];
    let first = appended(&one, Some(BEGINNING), id(1), &set(1));
    assert_eq!(other.append(Some(BEGINNING), id(2), &set(2)), Ok(Appended::Conflict));
    let held = other.hold().unwrap();
    std::thread::scope(|scope| {
        let rival = scope.spawn(|| one.append(None, id(3), &set(3)).unwrap());
        database.await_true(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() \
             AND wait_event_type = 'Lock' AND query LIKE '%append_1%')",
        );
        let second = Position { revision: 2, id: id(4) };
        assert_eq!(held.append(id(4), &set(4)), Ok(Appended::At { at: second, previous: first.id }));
        let third = Position { revision: 3, id: id(3) };
        assert_eq!(rival.join().unwrap(), Appended::At { at: third, previous: second.id });
    });
    assert_eq!(ask(&other).unwrap().at, Position { revision: 3, id: id(3) });
    let Since::Changes(changes) = other.since(first).unwrap() else { panic!("changes") };
    assert_eq!(changes.len(), 2);
    assert_eq!(one.resolve(id(4)), Ok(Some(Position { revision: 2, id: id(4) })));
    assert_eq!(one.resolve(id(5)), Ok(None));
}

#[test]
fn defaults_of_the_role_do_not_weaken_isolation() {
    let Some(database) = initialised() else { return };
    for level in ["repeatable read", "serializable"] {
        let Some(database) = initialised() else { return };
        let setting = format!("SET default_transaction_isolation = '{level}'");
        database.sql(&format!("ALTER ROLE jeton IN DATABASE {} {setting}", database.name));
        works(&database, database.server.port);
    }
    works(&database, database.server.port);
}

#[test]
fn a_transaction_of_another_isolation_is_told_to_name_it() {
    let Some(database) = initialised() else { return };
    for call in [
        "append_1('', NULL, NULL, '', 1, 0, '{}', '{}', '{}')",
        "hold_1('')",
        "beat_1(1, '', 0, '', '', NULL)",
        "resolve_1('', '')",
        "use_up_1('', 1, '{}', '{}', '{}', '{}')",
    ] {
        for level in ["REPEATABLE READ", "SERIALIZABLE"] {
            database.sql(&format!(
                "BEGIN ISOLATION LEVEL {level}; DO $$ BEGIN PERFORM jeton.{call}; \
                 RAISE 'it was not refused'; EXCEPTION WHEN SQLSTATE 'JT001' THEN NULL; END $$; COMMIT"
            ));
        }
    }
}

#[test]
fn two_nodes_work_through_pgbouncer_in_transaction_mode() {
    let Some(database) = initialised() else { return };
    if !std::path::Path::new("/usr/sbin/pgbouncer").exists() {
        std::io::stderr().write_all(b"test through pgbouncer skipped: it is not installed\n").unwrap();
        return;
    }
    let port = free_port();
    let server = database.server;
    let file = |name: &str, text: &str| std::fs::write(server.directory.join(name), text).unwrap();
    file("users.txt", &format!("\"jeton\" \"{PASSWORD}\"\n"));
    file(
        "pgbouncer.ini",
        &format!(
            "[databases]\n* = host=127.0.0.1 port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = scram-sha-256\nauth_file = users.txt\npool_mode = transaction\n",
            server.port
        ),
    );
    let _pgbouncer = server.supervise("/usr/sbin/pgbouncer pgbouncer.ini", port);
    works(&database, port);
}
