//! Rules of the store that tokens, assertions, roles, resources and signing keys depend on.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test program fails by panicking, its helpers too")]

mod steps;

use jeton_domain::admin::{
    AdminCommand, ClientOperation, ClientUpdate, Operation, Outcome, Principal, ProjectEdit, ProjectOperation,
};
use jeton_domain::credential::ExistingCredentials;
use jeton_domain::id::{AuthorizationId, ClientId, ClientName, EventId, ProjectId, SigningKeyId, TokenKeyId};
use jeton_domain::key::{Algorithm, PublicKey};
use jeton_domain::limits::REVOKED_PER_CLIENT_MAX;
use jeton_domain::refusal::OperationError;
use jeton_domain::resource::Resource;
use jeton_domain::role::RoleKey;
use jeton_domain::service_user::{AccessTokenType, Authorization, Edit, METADATA_MAX};
use jeton_domain::signing::KeyChange;
use jeton_domain::time::{Lifetime, Timestamp};
use jeton_domain::token_key::{NewTokenKey, TokenKeyChange};
use jeton_secret::CredentialId;
use jeton_store::limits::{ASSERTION_KEPT_SECONDS, RECORD_BYTES_MAX};
use jeton_store::{Command, CommandError, UsedAssertion};
use steps::{DAY, Steps, text};

#[test]
fn the_id_of_a_client_that_was_deleted_is_not_given_out_again() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    let token = steps.issued(user, credential, DAY);
    steps.change(user, ClientOperation::Delete).unwrap();
    assert_eq!(steps.create(user, "another"), Err(OperationError::IdTaken));
    let steps = steps.reopen();
    assert_eq!(steps.create(user, "another"), Err(OperationError::IdTaken));
    assert!(!steps.is_live(&token));
}

/// Below the administration, which never gives an id out again: the same user with the same credential is
/// another one.
#[test]
fn a_token_does_not_pass_for_one_of_a_later_client_of_the_same_id() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    let token = steps.issued(user, credential, DAY);
    steps.change(user, ClientOperation::Delete).unwrap();
    let steps = steps.without_row("retired_ids", user.0);
    let steps = steps.without_past(user, credential);
    steps.create(user, "another").unwrap();
    let again = ClientUpdate::AddCredential {
        credential: steps.credential_with(credential),
        others: ExistingCredentials::Keep,
    };
    steps.update(user, again).unwrap();
    assert!(!steps.is_live(&token));
    assert!(steps.is_live(&steps.issued(user, credential, DAY)));
}

#[test]
fn a_restored_backup_rejects_newer_generations_and_revokes_tokens_issued_since() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    let backup = steps.disk.image();
    let before = steps.issued(user, credential, DAY);
    steps.clock.advance(10);
    steps.update(user, ClientUpdate::RevokeTokens).unwrap();
    let since = steps.issued(user, credential, DAY);
    assert!(!steps.is_live(&before) && steps.is_live(&since));
    let restored = Steps::over(backup, &steps);
    assert!(restored.is_live(&before), "the revocation is forgotten with everything else since the backup");
    assert!(!restored.is_live(&since), "nothing of that generation was ever issued here");
    restored.clock.advance(10);
    restored.update(user, ClientUpdate::RevokeTokens).unwrap();
    assert!(!restored.is_live(&before) && !restored.is_live(&since));
    assert!(restored.is_live(&restored.issued(user, credential, DAY)));
}

#[test]
fn a_revoked_token_is_remembered_until_it_expires_and_not_longer() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    let token = steps.issued(user, credential, 100);
    let is_remembered =
        |steps: &Steps| steps.store().snapshot().unwrap().is_token_revoked(token.life.name).unwrap();
    assert!(steps.revoke(&token));
    assert!(!steps.revoke(&token), "twice");
    assert!(is_remembered(&steps));
    let steps = steps.crash();
    assert!(is_remembered(&steps));
    steps.clock.advance(99);
    steps.create(ClientId(5), "somebody").unwrap();
    assert!(is_remembered(&steps));
    steps.clock.advance(2);
    // Any batch deletes expired rows along with its commands.
    steps.create(ClientId(6), "another").unwrap();
    assert!(!is_remembered(&steps) && !steps.is_live(&token));
}

/// This many revocations, one by one.
fn revoke_many(steps: &Steps, user: ClientId, credential: CredentialId, many: u64) {
    for _ in 0..many.div_ceil(1_000) {
        let revoke = |_| Command::RevokeToken(steps.issued(user, credential, DAY).revoked());
        let answers = steps.together((0..1_000.min(many)).map(revoke).collect());
        assert!(answers.iter().all(|answer| matches!(answer, Ok(Outcome::TokenRevoked(true)))));
    }
}

#[test]
fn one_revocation_more_than_a_client_may_have_ends_all_tokens_of_the_credential_and_of_no_other() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    let other = steps.add_credential(user, ExistingCredentials::Keep).unwrap();
    let (mine, others) = (steps.issued(user, credential, DAY), steps.issued(user, other, DAY));
    revoke_many(&steps, user, credential, REVOKED_PER_CLIENT_MAX);
    assert!(steps.is_live(&mine));
    let one_more = steps.issued(user, credential, DAY);
    assert!(steps.revoke(&one_more));
    assert!(!steps.is_live(&one_more) && !steps.is_live(&mine) && steps.is_live(&others));
    assert!(steps.is_live(&steps.issued(user, credential, DAY)), "the credential itself works");
    // A client that continues in a loop fills neither the table nor the trail.
    let events = steps.events();
    for _ in 0..20 {
        let token = steps.issued(user, credential, DAY);
        assert!(steps.revoke(&token) && !steps.is_live(&token));
    }
    assert_eq!(steps.events(), events);
    steps.clock.advance(2 * 3600);
    steps.revoke(&steps.issued(user, credential, DAY));
    assert_eq!(steps.events(), events + 1, "it is logged again after a while");
    // An administrator's revocations have room of their own.
    let token = steps.issued(user, credential, DAY);
    let witness = steps.issued(user, credential, DAY);
    steps.store().execute(steps.command(Operation::RevokeToken(token.revoked()))).unwrap();
    assert!(!steps.is_live(&token) && steps.is_live(&witness));
    // Expired revocations make room.
    steps.clock.advance(u64::from(DAY) + 2);
    for number in 0..12 {
        steps.create(ClientId(100 + number), &format!("user-{number}")).unwrap();
    }
    let (first, witness) = (steps.issued(user, credential, DAY), steps.issued(user, credential, DAY));
    assert!(steps.revoke(&first) && steps.is_live(&witness));
}

/// A revocation that is not logged once took the number of the next event. If that was an update of the same
/// client, a stale `If-Match` passed.
#[test]
fn a_revocation_without_an_event_takes_no_number_from_another_event() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    revoke_many(&steps, user, credential, REVOKED_PER_CLIENT_MAX);
    assert!(steps.revoke(&steps.issued(user, credential, DAY)));
    let of = |id| steps.store().snapshot().unwrap().client(id).unwrap().unwrap().client.event_id;
    let logged = of(user);
    assert_eq!(logged.0 + 1, steps.events(), "the first one beyond the bound is logged");
    assert!(steps.revoke(&steps.issued(user, credential, DAY)));
    assert_eq!((of(user), logged.0 + 1), (logged, steps.events()), "the second one is not");
    let update = |expected| {
        let operation = Operation::Client(user, ClientOperation::Update(ClientUpdate::Deactivate));
        let (by, now) = (Principal::Operator, steps.now());
        let command = AdminCommand { by, operation, expected: Some(expected), now };
        steps.store().execute(Command::Administer(Box::new(command)))
    };
    update(of(user)).unwrap();
    assert_eq!(update(logged).unwrap_err(), CommandError::Refused(OperationError::Stale));
    assert_eq!(of(user).0, logged.0 + 1);
}

fn assertion(client: u64, digest: u16, until: Timestamp) -> UsedAssertion {
    let mut bytes = [0; 16];
    bytes[..2].copy_from_slice(&digest.to_be_bytes());
    UsedAssertion { client: ClientId(client), digest: bytes, until }
}

fn use_up(steps: &Steps, assertion: UsedAssertion) -> Result<(), CommandError> {
    steps.store().execute(Command::UseAssertion(assertion)).map(|_| ())
}

#[test]
fn an_assertion_is_used_once_until_it_expires() {
    let steps = Steps::new();
    let until = steps.now().after(Lifetime(60));
    assert_eq!(use_up(&steps, assertion(1, 1, until)), Ok(()));
    assert_eq!(use_up(&steps, assertion(1, 1, until)), Err(CommandError::AssertionUsed));
    assert_eq!(use_up(&steps, assertion(1, 1, until.after(Lifetime(5)))), Err(CommandError::AssertionUsed));
    assert_eq!(use_up(&steps, assertion(1, 2, until)), Ok(()));
    let steps = steps.reopen();
    assert_eq!(use_up(&steps, assertion(1, 1, until)), Err(CommandError::AssertionUsed));
    steps.clock.advance(60);
    steps.user("somebody");
    let again = assertion(1, 1, steps.now().after(Lifetime(60)));
    assert_eq!(
        use_up(&steps, again),
        Err(CommandError::AssertionUsed),
        "it may have been the clock that ran ahead"
    );
    steps.clock.advance(ASSERTION_KEPT_SECONDS);
    steps.user("another");
    assert_eq!(use_up(&steps, assertion(1, 1, steps.now().after(Lifetime(60)))), Ok(()), "forgotten by then");
}

#[test]
fn of_one_assertion_in_one_batch_one_use_counts() {
    let steps = Steps::new();
    let until = steps.now().after(Lifetime(60));
    let answers = steps.together(vec![
        Command::UseAssertion(assertion(1, 1, until)),
        Command::UseAssertion(assertion(1, 1, until)),
        Command::UseAssertion(assertion(1, 2, until)),
    ]);
    let outcomes: Vec<_> = answers.into_iter().map(|answer| answer.map(|_| ())).collect();
    assert_eq!(outcomes, [Ok(()), Err(CommandError::AssertionUsed), Ok(())]);
}

fn project(steps: &Steps, id: ProjectId, action: ProjectOperation) -> Result<Vec<RoleKey>, OperationError> {
    match steps.store().execute(steps.command(Operation::Project(id, action))) {
        Ok(Outcome::Project(project)) => Ok(project.roles.iter().map(|role| role.key.clone()).collect()),
        Err(CommandError::Refused(refusal)) => Err(refusal),
        other => panic!("{other:?}"),
    }
}

fn role(key: &str) -> RoleKey {
    RoleKey::parse(key).unwrap()
}

fn add_role(key: &str) -> ProjectOperation {
    ProjectOperation::AddRole { key: role(key), name: text(key), group: text("") }
}

fn create_project(steps: &Steps, edit: ProjectEdit) -> ProjectOperation {
    ProjectOperation::Create { organization: steps.organization(), name: text("Shop"), edit }
}

fn authorize(id: u64, project: ProjectId, roles: &[&str]) -> ClientUpdate {
    ClientUpdate::Authorize(Authorization {
        id: AuthorizationId(id),
        project,
        roles: roles.iter().map(|key| role(key)).collect(),
        active: true,
        by_grant: false,
        created: Timestamp(1),
        changed: Timestamp(1),
        event_id: EventId(0),
    })
}

#[test]
fn roles_are_granted_once_per_project_and_only_those_that_exist() {
    let steps = Steps::new();
    let (user, _) = steps.user("billing");
    let shop = ProjectId(steps.store().next_id(steps.now()));
    let create = || create_project(&steps, ProjectEdit::default());
    assert_eq!(project(&steps, shop, create()), Ok(vec![]));
    assert_eq!(project(&steps, shop, create()), Err(OperationError::IdTaken));
    assert_eq!(project(&steps, ProjectId(user.0), create()), Err(OperationError::IdTaken), "a client has it");
    assert_eq!(project(&steps, shop, add_role("reader")), Ok(vec![role("reader")]));
    assert_eq!(project(&steps, shop, add_role("reader")), Err(OperationError::RoleTaken));
    assert_eq!(project(&steps, ProjectId(9), add_role("reader")), Err(OperationError::UnknownProject));

    assert_eq!(steps.update(user, authorize(1, shop, &["writer"])).err(), Some(OperationError::UnknownRole));
    assert_eq!(
        steps.update(user, authorize(1, ProjectId(9), &[])).err(),
        Some(OperationError::UnknownProject)
    );
    steps.update(user, authorize(1, shop, &["reader"])).unwrap();
    assert_eq!(
        steps.update(user, authorize(2, shop, &["reader"])).err(),
        Some(OperationError::AuthorizationTaken)
    );
    let of = |steps: &Steps, id| {
        let snapshot = steps.store().snapshot().unwrap();
        snapshot.client_by_authorization(AuthorizationId(id)).unwrap().map(|known| known.client.id)
    };
    let steps = steps.reopen();
    assert_eq!((of(&steps, 1), of(&steps, 2)), (Some(user), None));
    let unknown = ClientUpdate::Reauthorize(AuthorizationId(1), vec![role("writer")]);
    assert_eq!(steps.update(user, unknown).err(), Some(OperationError::UnknownRole));
    steps.update(user, ClientUpdate::Unauthorize(AuthorizationId(1))).unwrap();
    assert_eq!(of(&steps, 1), None);
    assert_eq!(
        steps.update(user, ClientUpdate::Unauthorize(AuthorizationId(1))).err(),
        Some(OperationError::UnknownAuthorization)
    );
    steps.update(user, authorize(3, shop, &["reader"])).unwrap();
    steps.change(user, ClientOperation::Delete).unwrap();
    assert_eq!(of(&steps, 3), None);
}

#[test]
fn a_project_keeps_its_roles_over_a_reopening() {
    let steps = Steps::new();
    let shop = ProjectId(steps.store().next_id(steps.now()));
    let edit = ProjectEdit { asserts_roles: Some(true), ..ProjectEdit::default() };
    project(&steps, shop, create_project(&steps, edit)).unwrap();
    project(&steps, shop, add_role("reader")).unwrap();
    project(&steps, shop, add_role("writer")).unwrap();
    project(&steps, shop, ProjectOperation::RemoveRole(role("reader"))).unwrap();
    assert_eq!(
        project(&steps, shop, ProjectOperation::RemoveRole(role("reader"))),
        Err(OperationError::UnknownRole)
    );
    let steps = steps.reopen();
    let snapshot = steps.store().snapshot().unwrap();
    let kept = snapshot.instance().project(shop).unwrap();
    assert_eq!((kept.roles.len(), kept.asserts_roles), (1, true));
    assert_eq!(snapshot.instance().projects.len(), 3, "with those of the instance");
}

#[test]
fn a_renamed_user_is_found_under_its_new_name_only() {
    let steps = Steps::new();
    let (user, _) = steps.user("billing");
    steps.user("shipping");
    let name = |text: &str| ClientName::username(text).unwrap();
    let rename = |to: &str| ClientUpdate::Edit { username: Some(name(to)), edit: Box::default() };
    let found = |steps: &Steps, text: &str| {
        steps.store().snapshot().unwrap().client_by_name(&name(text)).unwrap().map(|known| known.client.id)
    };
    assert_eq!(found(&steps, "billing"), Some(user));
    assert_eq!(steps.update(user, rename("shipping")).err(), Some(OperationError::NameTaken));
    steps.update(user, rename("billing")).unwrap();
    steps.update(user, rename("accounting")).unwrap();
    let steps = steps.reopen();
    assert_eq!((found(&steps, "billing"), found(&steps, "accounting")), (None, Some(user)));
    let another = steps.create(ClientId(steps.store().next_id(steps.now())), "billing");
    assert_eq!(another, Err(OperationError::NameRetired));
}

#[test]
fn a_username_is_unique_and_found_in_any_case_and_shown_as_typed() {
    let steps = Steps::new();
    let (user, _) = steps.user("Mu\u{308}ller");
    let name = |text: &str| ClientName::username(text).unwrap();
    let rename = |to: &str| ClientUpdate::Edit { username: Some(name(to)), edit: Box::default() };
    let found = |steps: &Steps, text: &str| {
        let known = steps.store().snapshot().unwrap().client_by_name(&name(text)).unwrap();
        known.map(|known| (known.client.id, known.client.name.to_string()))
    };
    let next = ClientId(steps.store().next_id(steps.now()));
    assert_eq!(steps.create(next, "MÜLLER"), Err(OperationError::NameTaken));
    let (other, _) = steps.user("straße");
    assert_eq!(steps.update(other, rename("MÜLLER")).err(), Some(OperationError::NameTaken));
    for text in ["Müller", "müller", "MU\u{308}LLER"] {
        assert_eq!(found(&steps, text), Some((user, "Müller".into())), "{text}");
    }
    steps.update(user, rename("MÜLLER")).unwrap();
    let steps = steps.reopen();
    assert_eq!(found(&steps, "müller"), Some((user, "MÜLLER".into())), "its own name in other letters");
    assert_eq!(found(&steps, "STRASSE"), Some((other, "straße".into())));
    steps.update(user, rename("accounting")).unwrap();
    assert_eq!(found(&steps, "müller"), None);
    assert_eq!(steps.create(next, "mÜLLER"), Err(OperationError::NameRetired), "in other letters too");
}

#[test]
fn an_edit_changes_what_it_names_and_nothing_else() {
    let steps = Steps::new();
    let (user, _) = steps.user("billing");
    let edit = Edit {
        token_type: Some(AccessTokenType::Jwt),
        lifetime: Some(Some(Lifetime(60))),
        ..Edit::default()
    };
    let changed = steps.update(user, ClientUpdate::Edit { username: None, edit: Box::new(edit) }).unwrap();
    let profile = changed.service_user().unwrap();
    assert_eq!((profile.token_type, profile.limits.lifetime), (AccessTokenType::Jwt, Some(Lifetime(60))));
    assert_eq!(profile.name.as_str(), "billing");
    let edit = Edit { name: Some(text("Billing")), ..Edit::default() };
    let changed = steps.update(user, ClientUpdate::Edit { username: None, edit: Box::new(edit) }).unwrap();
    let profile = changed.service_user().unwrap();
    assert_eq!((profile.token_type, profile.name.as_str()), (AccessTokenType::Jwt, "Billing"));
}

#[test]
fn metadata_and_records_are_bounded() {
    let steps = Steps::new();
    let (user, _) = steps.user("billing");
    let note = |number: usize, value: &[u8]| {
        ClientUpdate::SetMetadata(vec![(text(&format!("key-{number}")), value.into())])
    };
    for number in 0..METADATA_MAX {
        steps.update(user, note(number, b"x")).unwrap();
    }
    assert_eq!(
        steps.update(user, note(METADATA_MAX, b"x")).err(),
        Some(OperationError::TooMany(METADATA_MAX))
    );
    steps.update(user, note(0, b"y")).unwrap();
    let before = steps.listing();
    assert_eq!(steps.update(user, note(0, &vec![0; RECORD_BYTES_MAX])).err(), Some(OperationError::TooLarge));
    assert_eq!(steps.listing(), before);
    steps.update(user, ClientUpdate::DeleteMetadata(vec![text("key-0")])).unwrap();
    let both = ClientUpdate::DeleteMetadata(vec![text("key-1"), text("key-0")]);
    assert_eq!(steps.update(user, both).err(), Some(OperationError::UnknownMetadata));
    steps.update(user, ClientUpdate::DeleteMetadata(vec![text("key-1")])).unwrap();
}

#[test]
fn a_resource_names_one_api_as_long_as_it_exists() {
    let steps = Steps::new();
    let resource = Resource::parse("https://api.example.com").unwrap();
    let create = |steps: &Steps| {
        let id = ClientId(steps.store().next_id(steps.now()));
        let default = steps.store().snapshot().unwrap().instance().default_project;
        let action = ClientOperation::CreateApi {
            name: text("Shop"),
            project: default,
            resource: Some(resource.clone()),
            credential: None,
        };
        steps.change(id, action).map(|client| client.id)
    };
    let found = |steps: &Steps| {
        steps.store().snapshot().unwrap().api_by_resource(&resource).unwrap().map(|known| known.client.id)
    };
    assert_eq!(found(&steps), None);
    let first = create(&steps).unwrap();
    let clients = steps.listing().len();
    assert_eq!(create(&steps), Err(OperationError::ResourceTaken));
    assert_eq!(steps.listing().len(), clients);
    let steps = steps.reopen();
    assert_eq!(found(&steps), Some(first));
    steps.change(first, ClientOperation::Delete).unwrap();
    assert_eq!(found(&steps), None);
    assert_eq!(create(&steps), Err(OperationError::NameRetired));
}

#[test]
fn signing_keys_are_kept_as_they_are() {
    let steps = Steps::new();
    let change = |steps: &Steps, change| steps.store().execute(steps.command(Operation::SigningKeys(change)));
    for id in [7, 8] {
        let public = PublicKey { algorithm: Algorithm::Es256, spki: Box::new([1, 2, 3]) };
        let add = KeyChange::Add { id: SigningKeyId(id), public, sealed: Box::new([4, 5, 6]) };
        change(&steps, add).unwrap();
    }
    change(&steps, KeyChange::Remove(SigningKeyId(7))).unwrap();
    let refused = change(&steps, KeyChange::Remove(SigningKeyId(8))).map(|_| ());
    assert_eq!(refused, Err(CommandError::Refused(OperationError::NoNextSigningKey)));
    let before = steps.store().snapshot().unwrap().signing_keys().clone();
    let steps = steps.reopen();
    let after = steps.store().snapshot().unwrap().signing_keys().clone();
    assert_eq!(before, after);
    assert_eq!(after.keys.iter().map(|key| key.state.name()).collect::<Vec<_>>(), ["removed", "active"]);
    let private = after.keys.iter().map(|key| key.sealed.is_some()).collect::<Vec<_>>();
    assert_eq!(private, [false, true], "a removed key's private half is gone");
}

#[test]
fn token_keys_are_kept_as_they_are() {
    let steps = Steps::new();
    let change = |steps: &Steps, change| steps.store().execute(steps.command(Operation::TokenKeys(change)));
    let new = |id| NewTokenKey { id: TokenKeyId(id), sealed: Box::new([4, 5, 6]) };
    for id in [7, 8] {
        let rotate = TokenKeyChange::Rotate { new: new(id), predecessor_until: steps.moment() };
        change(&steps, rotate).unwrap();
    }
    change(&steps, TokenKeyChange::Remove { id: TokenKeyId(8), new: new(9) }).unwrap();
    let unknown = change(&steps, TokenKeyChange::Remove { id: TokenKeyId(1), new: new(10) }).map(|_| ());
    assert_eq!(unknown, Err(CommandError::Refused(OperationError::UnknownTokenKey)));
    let before = steps.store().snapshot().unwrap().token_keys().clone();
    let steps = steps.reopen();
    let after = steps.store().snapshot().unwrap().token_keys().clone();
    assert_eq!(before, after);
    let states: Vec<_> = after.keys.iter().map(|key| (key.state.name(), key.sealed.is_some())).collect();
    assert_eq!(states, [("retiring", true), ("removed", false), ("active", true)]);
}
