//! The rules of the store, each a test, on a disk in memory that fails on demand.

mod steps;

use jeton_domain::admin::{ClientOperation, ClientUpdate, Outcome};
use jeton_domain::credential::ExistingCredentials;
use jeton_domain::id::{ClientId, ProjectId};
use jeton_domain::limits::CREDENTIALS_MAX;
use jeton_domain::refusal::OperationError;
use jeton_domain::time::Lifetime;
use jeton_secret::CredentialId;
use jeton_store::limits::{BATCH_COMMANDS_MAX, QUEUE_COMMANDS_MAX};
use jeton_store::testing::MemoryDisk;
use jeton_store::{Applied, Command, CommandBatch, CommandError, UsedAssertion};
use std::sync::mpsc;
use std::time::Duration;
use steps::{DAY, Steps};

#[test]
fn nothing_is_acknowledged_before_it_was_synced() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    for _ in 0..20 {
        let token = steps.issued(user, credential, DAY);
        let before = steps.disk.syncs();
        assert!(steps.revoke(&token));
        assert!(steps.disk.syncs() > before);
    }
}

#[test]
fn an_answer_is_visible_in_the_next_snapshot() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    for _ in 0..50 {
        let token = steps.issue(user, credential, DAY).unwrap();
        assert!(steps.is_live(&token));
        steps.revoke(&token);
        assert!(!steps.is_live(&token));
    }
    let token = steps.issue(user, credential, DAY).unwrap();
    steps.update(user, ClientUpdate::Deactivate).unwrap();
    assert!(!steps.is_live(&token));
    steps.update(user, ClientUpdate::Reactivate).unwrap();
    assert!(steps.is_live(&token));
}

#[test]
fn a_token_is_revoked_alone_and_repeatedly() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    let (token, other) = (steps.issued(user, credential, DAY), steps.issued(user, credential, DAY));
    assert!(steps.revoke(&token));
    assert!(!steps.revoke(&token));
    assert!(!steps.is_live(&token) && steps.is_live(&other));
}

#[test]
fn issuing_writes_nothing() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    let (syncs, commits) = (steps.disk.syncs(), steps.store().statistics().commits);
    for _ in 0..100 {
        assert!(steps.is_live(&steps.issued(user, credential, DAY)));
    }
    assert_eq!((steps.disk.syncs(), steps.store().statistics().commits), (syncs, commits));
}

/// Each of these commands was in progress when the facts of the token were read.
#[test]
fn a_token_that_was_decided_on_facts_that_changed_is_dead() {
    let steps = Steps::new();
    for (name, update) in [
        ("a", ClientUpdate::Deactivate),
        ("b", ClientUpdate::RevokeSecrets),
        ("c", ClientUpdate::RevokeTokens),
    ] {
        let (user, credential) = steps.user(name);
        let decided = steps.issued(user, credential, DAY);
        steps.update(user, update).unwrap();
        assert!(!steps.is_live(&decided), "{name}");
    }
    let (user, credential) = steps.user("deleted");
    let decided = steps.issued(user, credential, DAY);
    steps.change(user, ClientOperation::Delete).unwrap();
    assert!(!steps.is_live(&decided));
}

#[test]
fn the_order_within_a_command_batch_counts() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    let token = steps.issued(user, credential, DAY);
    let revoke = || Command::RevokeToken(token.revoked());
    let delete = steps.change_command(user, ClientOperation::Delete);
    let answers = steps.together(vec![revoke(), revoke(), delete, revoke()]);
    let revoked = [0, 1, 3].map(|at| matches!(answers[at], Ok(Outcome::TokenRevoked(true))));
    assert_eq!(revoked, [true, false, false]);
}

#[test]
fn revoking_all_tokens_kills_the_earlier_ones_and_not_the_later_ones() {
    let steps = Steps::new();
    let (user, first) = steps.user("billing");
    let second = steps.add_credential(user, ExistingCredentials::Keep).unwrap();
    let (a, b) = (steps.issue(user, first, DAY).unwrap(), steps.issue(user, second, DAY).unwrap());
    steps.update(user, ClientUpdate::RevokeTokensOf(first)).unwrap();
    assert!(!steps.is_live(&a) && steps.is_live(&b));
    let c = steps.issue(user, first, DAY).unwrap();
    assert!(steps.is_live(&c));
    steps.update(user, ClientUpdate::RevokeTokens).unwrap();
    assert!(!steps.is_live(&b) && !steps.is_live(&c));
    assert!(steps.is_live(&steps.issue(user, second, DAY).unwrap()));
}

#[test]
fn a_revoked_credential_kills_its_tokens_and_an_ended_one_does_not() {
    let steps = Steps::new();
    let (user, first) = steps.user("billing");
    let a = steps.issue(user, first, DAY).unwrap();
    let second = steps.add_credential(user, ExistingCredentials::EndAfter(Lifetime(0))).unwrap();
    let b = steps.issue(user, second, DAY).unwrap();
    assert!(steps.is_live(&a), "replaced is not revoked");
    steps.update(user, ClientUpdate::RevokeCredential(second)).unwrap();
    assert!(steps.is_live(&a) && !steps.is_live(&b));
    steps.update(user, ClientUpdate::RevokeSecrets).unwrap();
    assert!(!steps.is_live(&a));
}

#[test]
fn names_and_ids_are_taken_once() {
    let steps = Steps::new();
    let (user, _) = steps.user("billing");
    assert_eq!(steps.create(ClientId(5), "billing"), Err(OperationError::NameTaken));
    assert_eq!(steps.create(user, "other"), Err(OperationError::IdTaken));
    let snapshot = steps.store().snapshot().unwrap();
    let (project, organization) =
        (snapshot.instance().default_project, snapshot.instance().default_organization.0);
    drop(snapshot);
    assert_eq!(steps.create(ClientId(project.0), "other"), Err(OperationError::IdTaken));
    assert_eq!(steps.create(ClientId(organization), "other"), Err(OperationError::IdTaken));
    let api = ClientOperation::CreateApi {
        name: steps::text("x"),
        project: ProjectId(1),
        resource: None,
        credential: Some(steps.credential()),
    };
    assert_eq!(steps.change(ClientId(6), api), Err(OperationError::UnknownProject));
    steps.change(user, ClientOperation::Delete).unwrap();
    assert_eq!(steps.create(ClientId(5), "billing"), Err(OperationError::NameRetired));
}

#[test]
fn a_refused_command_leaves_nothing_behind() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    let before = steps.listing();
    let unknown = CredentialId(12345);
    for update in [
        ClientUpdate::Reactivate,
        ClientUpdate::RevokeCredential(unknown),
        ClientUpdate::RevokeTokensOf(unknown),
    ] {
        steps.update(user, update).unwrap_err();
    }
    let mut past = steps.credential();
    past.not_after = Some(steps.moment());
    let add =
        ClientUpdate::AddCredential { credential: past, others: ExistingCredentials::EndAfter(Lifetime(0)) };
    assert_eq!(steps.update(user, add), Err(OperationError::ExpiryInThePast));
    assert_eq!(steps.update(ClientId(77), ClientUpdate::Deactivate), Err(OperationError::UnknownClient));
    assert_eq!(steps.change(ClientId(77), ClientOperation::Delete), Err(OperationError::UnknownClient));
    steps.create(ClientId(78), "billing").unwrap_err();
    assert_eq!(steps.listing(), before);
    assert!(steps.is_live(&steps.issue(user, credential, DAY).unwrap()));
}

#[test]
fn credentials_are_bounded_and_forgotten_ones_make_room() {
    let steps = Steps::new();
    let (user, _) = steps.user("billing");
    for _ in 1..CREDENTIALS_MAX {
        steps.add_credential(user, ExistingCredentials::Keep).unwrap();
    }
    assert_eq!(
        steps.add_credential(user, ExistingCredentials::Keep),
        Err(OperationError::TooManyCredentials)
    );
    steps.add_credential(user, ExistingCredentials::EndAfter(Lifetime(0))).unwrap();
    steps.add_credential(user, ExistingCredentials::Keep).unwrap();
}

/// The use of a new assertion.
fn assertion(steps: &Steps, client: ClientId) -> Command {
    let digest = steps.new_name();
    let until = steps.now().after(Lifetime(60));
    Command::UseAssertion(UsedAssertion { client, digest, until })
}

#[test]
fn a_full_queue_refuses_and_loses_nothing_that_it_took() {
    let steps = Steps::new();
    let (user, _) = steps.user("billing");
    let (sender, receiver) = mpsc::channel();
    let batch = |commands: usize| {
        let commands = (0..commands).map(|_| assertion(&steps, user)).collect();
        let sender = sender.clone();
        CommandBatch::new(commands, move |answers| sender.send(answers).unwrap())
    };
    steps.store().submit(batch(QUEUE_COMMANDS_MAX + 1));
    assert!(receiver.recv().unwrap().iter().all(|answer| matches!(answer, Err(CommandError::QueueFull))));
    // Fill it faster than it empties: a refused batch is refused whole, all others are executed.
    for _ in 0..40 {
        steps.store().submit(batch(QUEUE_COMMANDS_MAX / 8));
    }
    let (mut done, mut refused) = (0, 0);
    for _ in 0..40 {
        for answer in receiver.recv_timeout(Duration::from_secs(60)).unwrap() {
            match answer {
                Ok(Applied { outcome: Outcome::Noted, .. }) => done += 1,
                Err(CommandError::QueueFull) => refused += 1,
                other => panic!("{other:?}"),
            }
        }
    }
    assert!(done > 0 && refused > 0, "{done} done, {refused} refused");
    assert_eq!(steps.store().statistics().waiting, 0);
}

#[test]
fn a_commit_is_bounded_and_a_command_batch_is_never_split() {
    let steps = Steps::new();
    let (user, _) = steps.user("billing");
    let (sender, receiver) = mpsc::channel();
    let before = steps.store().statistics();
    // Each holds a bit more than half a batch, so that two fill one.
    let commands = BATCH_COMMANDS_MAX / 2 + 1;
    for _ in 0..8 {
        let sender = sender.clone();
        let commands = (0..commands).map(|_| assertion(&steps, user)).collect();
        let batch = CommandBatch::new(commands, move |answers| {
            sender.send(answers.len()).unwrap();
        });
        steps.store().submit(batch);
    }
    for _ in 0..8 {
        assert_eq!(receiver.recv_timeout(Duration::from_secs(60)).unwrap(), commands);
    }
    let after = steps.store().statistics();
    assert_eq!(after.commands - before.commands, 8 * commands as u64);
    assert!(after.commits - before.commits >= 4, "no more than two batches together");
}

#[test]
fn the_last_use_is_recorded_without_a_write_per_request() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    let last_use = |steps: &Steps| steps.store().snapshot().unwrap().last_use(credential).unwrap();
    let note = |steps: &Steps| {
        steps.store().execute(Command::NoteUse { credential, at: steps.now() }).unwrap();
    };
    note(&steps);
    assert_eq!(last_use(&steps), None, "remembered, not written");
    steps.store().execute(Command::FlushUses).unwrap();
    assert_eq!(last_use(&steps), Some(steps.now()));
    steps.clock.advance(59);
    note(&steps);
    assert!(last_use(&steps) < Some(steps.now()));
    steps.clock.advance(60);
    note(&steps);
    assert_eq!(last_use(&steps), Some(steps.now()), "a minute later it is");
    steps.clock.advance(10);
    note(&steps);
    let now = steps.now();
    let steps = steps.reopen();
    assert_eq!(last_use(&steps), Some(now), "and at the stop");
    steps.change(user, ClientOperation::Delete).unwrap();
    assert_eq!(last_use(&steps), None);
}

#[test]
fn uses_alone_are_no_commit_before_they_are_due() {
    let steps = Steps::new();
    let (_, credential) = steps.user("billing");
    let note = |steps: &Steps| {
        steps.store().execute(Command::NoteUse { credential, at: steps.now() }).unwrap();
        steps.store().statistics().commits
    };
    let before = steps.store().statistics().commits;
    assert_eq!([note(&steps), note(&steps)], [before; 2]);
    let first = steps.now();
    steps.clock.advance(60);
    assert_eq!(note(&steps), before + 1);
    assert!(steps.store().snapshot().unwrap().last_use(credential).unwrap() >= Some(first));
}

#[test]
fn generations_are_never_used_again() {
    let mut steps = Steps::new();
    let (user, credential) = steps.user("billing");
    let mut last = steps.issued(user, credential, DAY).life.generation;
    for round in 0..4 {
        steps.update(user, ClientUpdate::RevokeTokens).unwrap();
        steps = if round % 2 == 0 { steps.reopen() } else { steps.crash() };
        let next = steps.issued(user, credential, DAY).life.generation;
        assert!(next > last);
        last = next;
    }
}

#[test]
fn a_disk_that_is_no_store_is_refused() {
    let disk = MemoryDisk::default();
    disk.bytes().extend_from_slice(&[7; 8192]);
    assert!(disk.open(steps::options(), jeton_store::testing::TestClock::at(1)).is_err());
}
