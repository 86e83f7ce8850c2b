//! Several servers on one journal: one is faster than another, an answer is lost, the journal does not
//! answer, its history is another one.

#![expect(clippy::unwrap_used, reason = "a test program fails by panicking, its helpers too")]

mod rows;
mod steps;

use jeton_domain::admin::ClientUpdate;
use jeton_domain::credential::ExistingCredentials;
use jeton_domain::id::ClientId;
use jeton_store::journal::memory::{JournalFault, MemoryJournal};
use jeton_store::journal::{ChangeSet, ChangedRow, JournalError};
use jeton_store::{Command, CommandBatch, CommandError, Unavailable, UsedAssertion};
use steps::Steps;

/// Servers that share a journal, and the journal.
fn servers<const SERVERS: usize>() -> (MemoryJournal, [Steps; SERVERS]) {
    let journal = MemoryJournal::default();
    let servers = Steps::sharing(&journal);
    (journal, servers)
}

fn names(steps: &Steps) -> Vec<String> {
    steps.confirm().unwrap();
    steps.listing().iter().map(|client| client.name.to_string()).collect()
}

/// A set that another server appends: it is of no consequence.
fn rival() -> ChangeSet {
    let retired = ChangedRow { table: 4, key: 99_u64.to_le_bytes().into(), value: Some(Vec::new()) };
    ChangeSet { rows: vec![retired] }
}

#[test]
fn an_acknowledged_change_is_seen_by_the_next_request_of_every_server() {
    let (_, [one, two, three]) = servers();
    let (user, credential) = one.user("billing");
    for server in [&two, &three] {
        assert_eq!(names(server), ["billing"]);
    }
    let token = two.issue(user, credential, 60).unwrap();
    for server in [&one, &three] {
        server.confirm().unwrap();
        assert!(server.is_live(&token));
    }
    three.revoke(&token);
    for server in [&one, &two] {
        server.confirm().unwrap();
        assert!(!server.is_live(&token));
    }
}

#[test]
fn a_server_that_was_overtaken_decides_again_on_the_new_facts() {
    let (_, [one, two]) = servers();
    one.create(ClientId(1), "billing").unwrap();
    // Not confirmed: the second server does not know of the first one's user.
    let taken = two.create(ClientId(2), "billing").unwrap_err();
    assert_eq!(taken, jeton_domain::refusal::OperationError::NameTaken);
    two.create(ClientId(3), "orders").unwrap();
    assert_eq!(names(&one), ["billing", "orders"]);
}

#[test]
fn two_tries_are_enough_whoever_is_faster() {
    let (journal, [one, two]) = servers();
    for number in 1..=20 {
        journal.fail([JournalFault::Overtaken(rival())]);
        one.create(ClientId(number), &format!("user-{number}")).unwrap();
    }
    assert_eq!(names(&two).len(), 20);
    assert_eq!(journal.history().len(), 40);
}

#[test]
fn a_change_whose_answer_was_lost_happens_once() {
    for lost in [JournalFault::LostAfter, JournalFault::LostBefore] {
        let (journal, [one, two]) = servers();
        journal.fail([lost.clone()]);
        one.create(ClientId(1), "billing").unwrap();
        assert_eq!(names(&two), ["billing"], "{lost:?}");
        let events = two.list_events(jeton_store::query::Within::Everything).found.len();
        assert_eq!(events, 1, "{lost:?}");
        one.create(ClientId(2), "orders").unwrap();
        assert_eq!(names(&two).len(), 2, "{lost:?}");
    }
}

#[test]
fn after_a_lost_answer_the_history_moves_on_so_that_the_lost_one_comes_too_late() {
    let (journal, [one]) = servers();
    one.create(ClientId(1), "billing").unwrap();
    let before = journal.end().revision;
    // Decided again, the same deactivation changes nothing and is refused; the end moves all the same.
    journal.fail([JournalFault::LostBefore]);
    one.update(ClientId(1), ClientUpdate::Deactivate).unwrap();
    assert!(journal.end().revision > before);
}

#[test]
fn without_the_journal_nothing_is_acknowledged_and_nothing_is_confirmed() {
    let (journal, [one, two]) = servers();
    one.create(ClientId(1), "billing").unwrap();
    assert_eq!(names(&two), ["billing"]);
    journal.cut_off(Some(JournalError::TooSlow));
    let refused =
        one.store().execute(one.change_command(ClientId(1), jeton_domain::admin::ClientOperation::Delete));
    assert_eq!(refused.unwrap_err(), CommandError::Unavailable);
    assert_eq!(two.confirm(), Err(JournalError::TooSlow));
    journal.cut_off(None);
    assert_eq!(names(&two), ["billing"], "the refused deletion has no effect");
    assert_eq!(names(&one), ["billing"]);
    one.create(ClientId(2), "orders").unwrap();
    assert_eq!(names(&two), ["billing", "orders"]);
}

#[test]
fn a_failed_append_is_told_until_one_works_and_is_tried_again_without_a_request() {
    let (journal, [one]) = servers();
    let health = || one.store().health().journal.unwrap();
    assert_eq!(health(), Ok(()));
    let full = || JournalFault::Error(JournalError::Full);
    journal.fail([full(), full(), full()]);
    assert_eq!(one.create_refused(ClientId(1), "billing"), CommandError::Unavailable);
    assert_eq!(health(), Err(JournalError::Full));
    // The idle writer asks each second; questions work, so only the append's error is told.
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while health().is_err() && std::time::Instant::now() < deadline {
        std::thread::yield_now();
    }
    assert_eq!(health(), Ok(()));
    one.create(ClientId(1), "billing").unwrap();
}

#[test]
fn a_shorter_or_other_history_is_told_and_nothing_is_answered_from_it() {
    let (journal, [one, two]) = servers();
    one.create(ClientId(1), "billing").unwrap();
    one.create(ClientId(2), "orders").unwrap();
    assert_eq!(names(&two).len(), 2);
    journal.lose(1);
    for server in [&one, &two] {
        assert_eq!(server.confirm(), Err(JournalError::Fork));
    }
    // A third one goes on with the database's history, which is then as long and not the same.
    journal.fail([JournalFault::Overtaken(rival())]);
    let change =
        one.store().execute(one.change_command(ClientId(1), jeton_domain::admin::ClientOperation::Delete));
    assert_eq!(change.unwrap_err(), CommandError::Unavailable);
    assert_eq!(one.confirm(), Err(JournalError::Fork));
}

#[test]
fn a_server_that_was_away_too_long_is_told_so() {
    let (journal, [one, two]) = servers();
    for number in 1..=5 {
        one.create(ClientId(number), &format!("user-{number}")).unwrap();
    }
    journal.trim(2);
    assert!(matches!(two.confirm(), Err(JournalError::Failed(_))));
    assert_eq!(names(&one).len(), 5);
}

#[test]
fn a_row_that_this_version_does_not_know_is_not_applied_and_nothing_is_answered() {
    for row in [
        ChangedRow { table: 250, key: vec![1], value: Some(vec![2]) },
        ChangedRow { table: 8, key: vec![1], value: Some(vec![2]) },
        ChangedRow { table: 8, key: 7_u64.to_le_bytes().into(), value: Some(vec![0xff; 9]) },
    ] {
        let (journal, [one, two]) = servers();
        journal.fail([JournalFault::Overtaken(ChangeSet { rows: vec![row.clone()] })]);
        let created = one.store().execute(Command::Administer(Box::new(jeton_domain::admin::AdminCommand {
            by: jeton_domain::admin::Principal::Operator,
            operation: jeton_domain::admin::Operation::CreateServiceUsers(vec![
                one.new_user(ClientId(1), "billing"),
            ]),
            expected: None,
            now: one.now(),
        })));
        assert_eq!(created.unwrap_err(), CommandError::Unavailable, "{row:?}");
        assert!(matches!(two.confirm(), Err(JournalError::Failed(_))), "{row:?}");
    }
}

#[test]
fn a_server_that_was_killed_goes_on_where_the_history_is() {
    let (journal, [mut one, mut two]) = servers();
    let (user, _) = one.user("billing");
    journal.fail([JournalFault::LostAfter]);
    one.add_credential(user, ExistingCredentials::Keep).unwrap();
    two.confirm().unwrap();
    (one, two) = (one.crash(), two.crash());
    one.create(ClientId(2), "orders").unwrap();
    assert_eq!(names(&two).len(), 2);
    let [first, second] = [one, two].map(|server| rows::dump(&server.close()));
    let own = |line: &&str| !line.contains("_clock\"");
    assert!(first.lines().filter(own).eq(second.lines().filter(own)));
}

#[test]
fn an_assertion_is_used_once_whichever_server_is_asked() {
    let (journal, [one, two]) = servers();
    let (user, _) = one.user("billing");
    let used = one.use_assertion(user).unwrap();
    let again = |server: &Steps| server.store().execute(Command::UseAssertion(used)).unwrap_err();
    assert_eq!(again(&two), CommandError::AssertionUsed);
    assert_eq!(again(&one), CommandError::AssertionUsed);
    let before = journal.history().len();
    two.use_assertion(user).unwrap();
    assert_eq!(journal.history().len(), before, "no change set");
    journal.cut_off(Some(JournalError::TooSlow));
    assert_eq!(two.use_assertion(user).unwrap_err(), CommandError::Unavailable);
}

#[test]
fn assertions_among_other_commands_are_answered_in_their_place() {
    let (_, [one, two]) = servers();
    let (user, credential) = one.user("billing");
    let used = one.use_assertion(user).unwrap();
    let new = UsedAssertion { digest: one.new_name(), ..used };
    two.confirm().unwrap();
    let commands = vec![
        one.change_command(user, jeton_domain::admin::ClientOperation::Update(ClientUpdate::Deactivate)),
        Command::UseAssertion(used),
        Command::NoteUse { credential, at: one.now() },
        Command::UseAssertion(new),
    ];
    let (sender, receiver) = std::sync::mpsc::sync_channel(1);
    two.store().submit(CommandBatch::new(commands, move |answers| sender.send(answers).unwrap()));
    let answers = receiver.recv().unwrap();
    let is_done: Vec<_> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(is_done, [true, false, true, true]);
    assert_eq!(answers[1].as_ref().unwrap_err(), &CommandError::AssertionUsed);
}

#[test]
fn last_uses_are_appended_wherever_the_history_is() {
    let (journal, [one, two]) = servers();
    let (_, credential) = one.user("billing");
    two.confirm().unwrap();
    one.create(ClientId(2), "orders").unwrap();
    // The second server is behind, and its uses need no second try.
    let before = journal.history().len();
    two.store().execute(Command::NoteUse { credential, at: two.now() }).unwrap();
    two.store().execute(Command::FlushUses).unwrap();
    assert_eq!(journal.history().len(), before + 1);
    one.confirm().unwrap();
    let used = |server: &Steps| -> Result<_, Unavailable> { server.store().snapshot()?.last_use(credential) };
    assert_eq!(used(&one).unwrap(), Some(one.now()));
    assert_eq!(used(&two).unwrap(), Some(one.now()));
}
