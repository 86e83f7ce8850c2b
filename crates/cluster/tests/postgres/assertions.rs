//! Single-use assertions over several nodes.

use crate::database::{CLUSTER, Database, empty, initialised};
use crate::proxy::{Fate, Proxy};
use jeton_cluster::PostgresJournal;
use jeton_domain::id::ClientId;
use jeton_domain::time::Timestamp;
use jeton_store::command::UsedAssertion;
use jeton_store::journal::{AssertionUse, JournalError, Used};
use std::sync::Barrier;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

fn assertion(digest: u8, request: u8) -> AssertionUse {
    let until = Timestamp(100);
    let assertion = UsedAssertion { client: ClientId(u64::MAX), digest: [digest; 16], until };
    AssertionUse { assertion, request: [request; 16] }
}

fn use_up(journal: &PostgresJournal, uses: Vec<AssertionUse>) -> Result<Vec<Used>, JournalError> {
    let (sender, receiver) = sync_channel(1);
    journal.use_up_later(uses, Box::new(move |answer| sender.send(answer).unwrap()));
    receiver.recv().unwrap()
}

fn remembered(database: &Database) -> String {
    database.sql("SELECT count(*) FROM jeton.used_assertions")
}

#[test]
fn of_all_nodes_that_use_one_assertion_at_once_exactly_one_may() {
    let Some(database) = initialised() else { return };
    let journals: Vec<_> = (0..4).map(|_| database.journal()).collect();
    let start = Barrier::new(journals.len());
    for digest in 0..20 {
        let outcomes: Vec<Used> = std::thread::scope(|scope| {
            let threads = journals.iter().zip(1..).map(|(journal, request)| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    use_up(journal, vec![assertion(digest, request)]).unwrap()[0]
                })
            });
            let threads: Vec<_> = threads.collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Used::Now).count(), 1, "{outcomes:?}");
        assert_eq!(outcomes.iter().filter(|outcome| **outcome == Used::Before).count(), 3, "{outcomes:?}");
    }
    assert_eq!(remembered(&database), "20");
}

#[test]
fn many_assertions_in_any_order_on_two_nodes_are_used_once_each() {
    let Some(database) = initialised() else { return };
    let (one, other) = (database.journal(), database.journal());
    let all = |request: u8| (0..200).map(move |digest| assertion(digest, request));
    let (up, down) = std::thread::scope(|scope| {
        let up = scope.spawn(|| use_up(&one, all(1).collect()).unwrap());
        let down = scope.spawn(|| use_up(&other, all(2).rev().collect()).unwrap());
        (up.join().unwrap(), down.join().unwrap())
    });
    for (up, down) in up.iter().zip(down.iter().rev()) {
        assert_ne!(up == &Used::Now, down == &Used::Now);
    }
}

#[test]
fn an_assertion_that_is_twice_in_one_batch_is_used_once() {
    let Some(database) = initialised() else { return };
    let journal = database.journal();
    let outcomes = use_up(&journal, vec![assertion(1, 1), assertion(1, 2), assertion(2, 3)]);
    assert_eq!(outcomes, Ok(vec![Used::Now, Used::Before, Used::Now]));
}

#[test]
fn a_request_whose_answer_was_lost_asks_again_and_finds_its_own() {
    let Some(database) = initialised() else { return };
    let proxy = Proxy::before(database.server.port);
    let journal = database.journal_over(database.access_at(proxy.port));
    proxy.next(Fate::CutAfter("use_up_1"));
    assert_eq!(use_up(&journal, vec![assertion(1, 1)]), Ok(vec![Used::Now]));
    assert_eq!(use_up(&journal, vec![assertion(1, 1)]), Ok(vec![Used::Now]), "the same request");
    assert_eq!(use_up(&journal, vec![assertion(1, 2)]), Ok(vec![Used::Before]), "another request");
}

#[test]
fn a_client_beyond_its_bound_is_refused_and_no_older_assertion_is_forgotten() {
    let Some(database) = initialised() else { return };
    let cluster: String = CLUSTER.0.iter().map(|byte| format!("{byte:02x}")).collect();
    let use_up = |digests: &str, clients: &str| {
        database.sql(&format!(
            "SELECT string_agg(o_outcome::text, ' ' ORDER BY o_digest) FROM jeton.use_up_1('\\x{cluster}', 2, \
             '{{{digests}}}', '{{{clients}}}', array_fill(9::bigint, ARRAY[cardinality('{{{clients}}}'::bigint[])]), \
             '{{{digests}}}')"
        ))
    };
    assert_eq!(use_up("a,b,c", "1,1,1"), "0 0 2");
    assert_eq!(use_up("a,d", "1,1"), "0 2", "its own request of before, and one more");
    assert_eq!(use_up("d", "2"), "0", "another client");
    assert_eq!(remembered(&database), "3");
}

#[test]
fn an_assertion_is_forgotten_a_minute_after_its_end_and_not_before() {
    let Some(database) = empty() else { return };
    let until = |seconds: i64, digest: u8| {
        let now: i64 = database.sql("SELECT extract(epoch FROM clock_timestamp())::bigint").parse().unwrap();
        let mut one = assertion(digest, 1);
        one.assertion.until = Timestamp(u64::try_from(now + seconds).unwrap());
        one
    };
    database.create_with(Vec::new(), vec![until(-62, 1), until(-30, 2), until(100, 3)]).unwrap();
    let journal = database.journal();
    assert_eq!(journal.trim(Duration::ZERO).unwrap().assertions, 1);
    assert_eq!(
        use_up(&journal, vec![assertion(2, 2), assertion(3, 3)]),
        Ok(vec![Used::Before, Used::Before])
    );
}

#[test]
fn without_a_database_no_assertion_is_accepted() {
    let Some(database) = initialised() else { return };
    let mut access = database.access();
    access.deadlines.use_up = Duration::from_millis(300);
    let journal = database.journal_over(access);
    let lock = database.server.transaction(&database.name, "LOCK TABLE jeton.used_assertions");
    assert_eq!(use_up(&journal, vec![assertion(1, 1)]), Err(JournalError::TooSlow));
    drop(lock);
    database.await_true("SELECT count(*) <= 1 FROM jeton.used_assertions");
}
