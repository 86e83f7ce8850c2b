//! Operations that administrators may and may not do to a store, and the state after a refused one.

#![expect(clippy::unwrap_used, reason = "a test program fails by panicking, its helpers too")]

mod steps;

use jeton_domain::admin::{
    AdminCommand, Bearer, BearerToken, ClientOperation, ClientUpdate, NewServiceUser, Operation,
    OrganizationOperation, Outcome, Principal, ProjectEdit, ProjectOperation,
};
use jeton_domain::credential::ExistingCredentials;
use jeton_domain::id::{ClientId, OrganizationId, ProjectId, SigningKeyId, TokenKeyId};
use jeton_domain::key::{Algorithm, PublicKey};
use jeton_domain::organization::ORGANIZATIONS_MAX;
use jeton_domain::permission::{ADMINISTRATIONS_MAX, AdminRole, AdminScope, Administration, Permission};
use jeton_domain::project::{PROJECTS_MAX, ROLES_MAX};
use jeton_domain::refusal::OperationError;
use jeton_domain::role::RoleKey;
use jeton_domain::service_user::Edit;
use jeton_domain::signing::KeyChange;
use jeton_domain::token_key::{NewTokenKey, TokenKeyChange};
use jeton_secret::CredentialId;
use jeton_store::query::{ApplicationOrder, ApplicationQuery, Page, Within};
use jeton_store::{Command, CommandError};
use steps::{DAY, Steps, Token, text};

/// A user with a token.
struct Actor {
    id: ClientId,
    credential: CredentialId,
    token: Token,
    presented: BearerToken,
}

impl Actor {
    fn new(steps: &Steps, name: &str, realm: AdminScope, role: AdminRole) -> Self {
        let (id, credential) = steps.user(name);
        steps.update(id, ClientUpdate::AddAdminRoles(realm, vec![role])).unwrap();
        let token = steps.issued(id, credential, DAY);
        Self { id, credential, token, presented: steps.presented(&token) }
    }

    fn owner(steps: &Steps, name: &str) -> Self {
        Self::new(steps, name, AdminScope::Instance, AdminRole::IamOwner)
    }

    const fn authority(&self) -> Principal {
        let bearer = Bearer { client: self.id, credential: self.credential, token: self.presented };
        Principal::Bearer(bearer)
    }

    fn does(&self, steps: &Steps, operation: Operation) -> Result<Outcome, CommandError> {
        steps.store().execute(steps.act_by(self.authority(), operation))
    }
}

fn refused(refusal: OperationError) -> CommandError {
    CommandError::Refused(refusal)
}

fn create(steps: &Steps, name: &str) -> Operation {
    let id = ClientId(steps.store().next_id(steps.now()));
    Operation::CreateServiceUsers(vec![steps.new_user(id, name)])
}

fn update(client: ClientId, update: ClientUpdate) -> Operation {
    Operation::Client(client, ClientOperation::Update(update))
}

fn organization(steps: &Steps, name: &str) -> OrganizationId {
    let id = OrganizationId(steps.store().next_id(steps.now()));
    let create = OrganizationOperation::Create(text(name), Vec::new());
    steps.store().execute(steps.command(Operation::Organization(id, create))).unwrap();
    id
}

fn user_of(steps: &Steps, organization: OrganizationId, name: &str) -> ClientId {
    let id = ClientId(steps.store().next_id(steps.now()));
    let user = NewServiceUser { organization, ..steps.new_user(id, name) };
    steps.store().execute(steps.command(Operation::CreateServiceUsers(vec![user]))).unwrap();
    id
}

fn events(steps: &Steps) -> u64 {
    let listed = steps.list_events(Within::Everything);
    assert_eq!((listed.unreadable, listed.next), (Vec::new(), None));
    listed.found.len() as u64
}

/// The removal of the key that sealed a token.
fn removal(actor: &Actor) -> TokenKeyChange {
    let id = match actor.presented {
        BearerToken::Opaque(_, key) => key,
        BearerToken::Jwt(..) | BearerToken::Personal => TokenKeyId(0),
    };
    let new = NewTokenKey { id: TokenKeyId(id.0 + 1), sealed: Box::new([2]) };
    TokenKeyChange::Remove { id, new }
}

/// Of two signing keys the one that signs is removed while a call with a JWT of it is in progress.
#[test]
fn a_jwt_does_nothing_more_once_its_key_is_removed() {
    let steps = Steps::new();
    let actor = Actor::owner(&steps, "actor");
    let change = |change| steps.command(Operation::SigningKeys(change));
    for id in [1, 2] {
        let public = PublicKey { algorithm: Algorithm::EdDsa, spki: Box::new([1]) };
        let add = KeyChange::Add { id: SigningKeyId(id), public, sealed: Box::new([2]) };
        steps.store().execute(change(add)).unwrap();
    }
    let signed_by = |key| {
        let (client, credential) = (actor.id, actor.credential);
        let token = BearerToken::Jwt(actor.token.life, SigningKeyId(key));
        Principal::Bearer(Bearer { client, credential, token })
    };
    let answers = steps.together(vec![
        steps.act_by(signed_by(1), create(&steps, "first")),
        change(KeyChange::Remove(SigningKeyId(1))),
        steps.act_by(signed_by(1), create(&steps, "second")),
        steps.act_by(signed_by(2), create(&steps, "third")),
        steps.act_by(signed_by(3), create(&steps, "fourth")),
    ]);
    let refused: Vec<_> = answers.iter().map(|answer| answer.as_ref().err()).collect();
    let ended = Some(&CommandError::Refused(OperationError::TokenEnded));
    assert_eq!(refused, [None, None, ended, None, ended]);
}

/// A way in which an administrator loses a right or a token, and the refusal of its next command.
type Ending = (&'static str, fn(&Actor) -> Operation, CommandError);

#[test]
fn a_right_or_token_that_ends_within_the_batch_does_nothing_more() {
    let endings: [Ending; 7] = [
        (
            "dismissed",
            |s| update(s.id, ClientUpdate::RemoveAdminRoles(AdminScope::Instance)),
            CommandError::Refused(OperationError::NotPermitted(Permission::UserWrite)),
        ),
        (
            "demoted",
            |s| {
                update(
                    s.id,
                    ClientUpdate::UpdateAdminRoles(AdminScope::Instance, vec![AdminRole::IamOwnerViewer]),
                )
            },
            CommandError::Refused(OperationError::NotPermitted(Permission::UserWrite)),
        ),
        ("locked", |s| update(s.id, ClientUpdate::Lock), CommandError::Refused(OperationError::TokenEnded)),
        (
            "deleted",
            |s| Operation::Client(s.id, ClientOperation::Delete),
            CommandError::Refused(OperationError::TokenEnded),
        ),
        (
            "tokens revoked",
            |s| update(s.id, ClientUpdate::RevokeTokens),
            CommandError::Refused(OperationError::TokenEnded),
        ),
        (
            "token revoked",
            |s| Operation::RevokeToken(s.token.revoked()),
            CommandError::Refused(OperationError::TokenEnded),
        ),
        (
            "token key removed",
            |s| Operation::TokenKeys(removal(s)),
            CommandError::Refused(OperationError::TokenEnded),
        ),
    ];
    for (name, ending, rejection) in endings {
        let steps = Steps::new();
        let actor = Actor::owner(&steps, "actor");
        let before = events(&steps);
        let answers = steps.together(vec![
            steps.act_by(actor.authority(), create(&steps, "first")),
            steps.command(ending(&actor)),
            steps.act_by(actor.authority(), create(&steps, "second")),
        ]);
        assert!(answers[0].is_ok() && answers[1].is_ok(), "{name}: {answers:?}");
        assert_eq!(answers[2].as_ref().unwrap_err(), &rejection, "{name}");
        assert!(steps.listing().iter().all(|client| client.name.as_str() != "second"), "{name}");
        assert_eq!(events(&steps), before + 2, "{name}: a refused command has no event");
    }
}

#[test]
fn an_expired_token_does_nothing_more() {
    let steps = Steps::new();
    let actor = Actor::owner(&steps, "actor");
    steps.clock.advance(u64::from(DAY) - 1);
    assert!(actor.does(&steps, create(&steps, "first")).is_ok());
    steps.clock.advance(1);
    assert_eq!(
        actor.does(&steps, create(&steps, "second")).unwrap_err(),
        CommandError::Refused(OperationError::TokenEnded)
    );
}

#[test]
fn of_two_concurrent_changes_of_an_object_the_second_is_stale() {
    let steps = Steps::new();
    let (user, _) = steps.user("user");
    let read = steps.store().snapshot().unwrap().client(user).unwrap().unwrap().client.event_id;
    let rename = |name: &str| {
        let edit = Box::new(Edit { name: Some(text(name)), ..Default::default() });
        let operation = update(user, ClientUpdate::Edit { username: None, edit });
        let command =
            AdminCommand { by: Principal::Operator, operation, expected: Some(read), now: steps.now() };
        Command::Administer(Box::new(command))
    };
    let answers = steps.together(vec![rename("first"), rename("second")]);
    assert!(answers[0].is_ok());
    assert_eq!(answers[1].as_ref().unwrap_err(), &refused(OperationError::Stale));
    assert_eq!(steps.listing()[0].service_user().unwrap().name, text("first"));
}

#[test]
fn of_two_bootstraps_in_one_batch_one_wins() {
    let steps = Steps::new();
    let bootstrap = |name: &str| {
        let id = ClientId(steps.store().next_id(steps.now()));
        let mut user = steps.new_user(id, name);
        user.user.administrations.push(Administration {
            realm: AdminScope::Instance,
            roles: vec![AdminRole::IamOwner],
            created: steps.now(),
            changed: steps.now(),
        });
        steps.command(Operation::Bootstrap(Box::new(user), None))
    };
    let answers = steps.together(vec![bootstrap("one"), bootstrap("two")]);
    assert!(answers[0].is_ok());
    assert_eq!(answers[1].as_ref().unwrap_err(), &refused(OperationError::AlreadyBootstrapped));
    assert_eq!(steps.listing().len(), 1);
}

#[test]
fn a_list_of_users_is_created_whole_or_not_at_all() {
    let steps = Steps::new();
    let (taken, _) = steps.user("taken");
    let new = |number: u64, name: &str| steps.new_user(ClientId(number), name);
    let foreign = NewServiceUser { organization: OrganizationId(77), ..new(12, "b") };
    for (users, refusal) in [
        (vec![new(10, "a"), new(11, "taken")], OperationError::NameTaken),
        (vec![new(10, "a"), new(taken.0, "b")], OperationError::IdTaken),
        (vec![new(10, "a"), new(10, "b")], OperationError::IdTaken),
        (vec![new(10, "a"), new(11, "a")], OperationError::NameTaken),
        (vec![new(10, "a"), new(11, "A")], OperationError::NameTaken),
        (vec![new(10, "a"), foreign], OperationError::UnknownOrganization),
    ] {
        let operation = Operation::CreateServiceUsers(users);
        assert_eq!(steps.store().execute(steps.command(operation)).unwrap_err(), refused(refusal));
        assert_eq!(steps.listing().len(), 1);
        assert_eq!(steps.store().snapshot().unwrap().users_len(&Within::Everything).unwrap(), 1);
    }
}

#[test]
fn an_owner_of_an_organization_can_not_end_it_while_an_owner_of_the_instance_belongs_to_it() {
    let ends: [fn() -> OrganizationOperation; 2] =
        [|| OrganizationOperation::Delete, || OrganizationOperation::SetActive(false)];
    for end in ends {
        let steps = Steps::new();
        let home = organization(&steps, "Home");
        let boss = user_of(&steps, home, "boss");
        steps
            .update(boss, ClientUpdate::AddAdminRoles(AdminScope::Instance, vec![AdminRole::IamOwner]))
            .unwrap();
        let owner = Actor::new(&steps, "owner", AdminScope::Organization(home), AdminRole::OrgOwner);
        let ended = owner.does(&steps, Operation::Organization(home, end()));
        assert_eq!(
            ended.unwrap_err(),
            CommandError::Refused(OperationError::NotPermitted(Permission::AdministratorWrite))
        );
        // Not even by an owner of the instance who belongs to it, because then no owner would be left.
        let credential = steps.add_credential(boss, ExistingCredentials::Keep).unwrap();
        let boss = {
            let token = steps.issued(boss, credential, DAY);
            Actor { id: boss, credential, token, presented: steps.presented(&token) }
        };
        let ended = boss.does(&steps, Operation::Organization(home, end()));
        assert_eq!(ended.unwrap_err(), refused(OperationError::LastOwner));
        let other = Actor::owner(&steps, "other");
        assert!(other.does(&steps, Operation::Organization(home, end())).is_ok());
        assert_eq!(
            boss.does(&steps, create(&steps, "x")).unwrap_err(),
            CommandError::Refused(OperationError::TokenEnded)
        );
    }
}

#[test]
fn the_operator_may_delete_an_organization_that_has_an_owner_of_the_instance() {
    let steps = Steps::new();
    let home = organization(&steps, "Home");
    let boss = user_of(&steps, home, "boss");
    steps.update(boss, ClientUpdate::AddAdminRoles(AdminScope::Instance, vec![AdminRole::IamOwner])).unwrap();
    steps
        .store()
        .execute(steps.command(Operation::Organization(home, OrganizationOperation::Delete)))
        .unwrap();
    assert!(steps.listing().is_empty());
}

#[test]
fn users_and_projects_of_a_deleted_organization_are_gone_and_their_ids_stay_used() {
    let steps = Steps::new();
    let home = organization(&steps, "Home");
    let project = ProjectId(steps.store().next_id(steps.now()));
    let made =
        ProjectOperation::Create { organization: home, name: text("Shop"), edit: ProjectEdit::default() };
    steps.store().execute(steps.command(Operation::Project(project, made))).unwrap();
    user_of(&steps, home, "inhabitant");
    let api = ClientId(steps.store().next_id(steps.now()));
    let create_api =
        ClientOperation::CreateApi { name: text("API"), project, resource: None, credential: None };
    steps.change(api, create_api).unwrap();
    steps
        .store()
        .execute(steps.command(Operation::Organization(home, OrganizationOperation::Delete)))
        .unwrap();
    let snapshot = steps.store().snapshot().unwrap();
    let page = Page { after: None, backwards: false, offset: 0, limit: 10 };
    let order = ApplicationOrder::Id;
    let apis = ApplicationQuery { within: Within::Everything, filters: Vec::new(), order, page };
    assert!(steps.listing().is_empty() && snapshot.list_applications(&apis).unwrap().found.is_empty());
    for within in [Within::Everything, Within::These([home].into())] {
        assert_eq!(snapshot.users_len(&within).unwrap(), 0);
    }
    drop(snapshot);
    let again = OrganizationOperation::Create(text("Again"), Vec::new());
    let again = steps.store().execute(steps.command(Operation::Organization(home, again)));
    assert_eq!(again.unwrap_err(), refused(OperationError::IdTaken));
    assert_eq!(steps.create(ClientId(project.0), "x"), Err(OperationError::IdTaken));
}

#[test]
fn organizations_and_administrator_roles_are_bounded_and_none_are_lost_at_the_bound() {
    let steps = Steps::new();
    let organizations = steps.store().snapshot().unwrap().instance().organizations.len();
    for number in organizations..ORGANIZATIONS_MAX {
        organization(&steps, &format!("Organization {number}"));
    }
    let id = OrganizationId(steps.store().next_id(steps.now()));
    let more = OrganizationOperation::Create(text("More"), Vec::new());
    let more = steps.store().execute(steps.command(Operation::Organization(id, more)));
    assert_eq!(more.unwrap_err(), refused(OperationError::TooMany(ORGANIZATIONS_MAX)));
    // Administrator roles of one user.
    let (user, _) = steps.user("user");
    let ids: Vec<_> = steps.store().snapshot().unwrap().instance().organizations.keys().copied().collect();
    let add_admin_roles = |id| {
        steps.update(
            user,
            ClientUpdate::AddAdminRoles(AdminScope::Organization(id), vec![AdminRole::OrgOwner]),
        )
    };
    let (first, others) = ids.split_at(ADMINISTRATIONS_MAX);
    first.iter().for_each(|id| drop(add_admin_roles(*id).unwrap()));
    assert_eq!(add_admin_roles(others[0]).unwrap_err(), OperationError::TooMany(ADMINISTRATIONS_MAX));
    let steps = steps.crash();
    assert_eq!(steps.store().snapshot().unwrap().instance().organizations.len(), ORGANIZATIONS_MAX);
}

#[test]
fn projects_and_roles_are_bounded() {
    let steps = Steps::new();
    let home = steps.organization();
    let new = || {
        let id = ProjectId(steps.store().next_id(steps.now()));
        let create =
            ProjectOperation::Create { organization: home, name: text("P"), edit: ProjectEdit::default() };
        (id, steps.command(Operation::Project(id, create)))
    };
    let existing = steps.store().snapshot().unwrap().instance().projects.len();
    let commands: Vec<_> = (existing..PROJECTS_MAX).map(|_| new().1).collect();
    assert!(steps.together(commands).iter().all(Result::is_ok));
    assert_eq!(steps.store().execute(new().1).unwrap_err(), refused(OperationError::TooMany(PROJECTS_MAX)));
    let project = *steps.store().snapshot().unwrap().instance().projects.keys().next().unwrap();
    let role = |number: usize| {
        let key = RoleKey::parse(&format!("role-{number}")).unwrap();
        let add = ProjectOperation::AddRole { key, name: text("x"), group: text("") };
        steps.command(Operation::Project(project, add))
    };
    assert!(steps.together((0..ROLES_MAX).map(role).collect()).iter().all(Result::is_ok));
    assert_eq!(
        steps.store().execute(role(ROLES_MAX)).unwrap_err(),
        refused(OperationError::TooMany(ROLES_MAX))
    );
}

#[test]
fn the_trail_is_whole_after_a_crash_at_any_write() {
    for writes in (0..200).step_by(7) {
        let steps = Steps::new();
        let actor = Actor::owner(&steps, "actor");
        let operations: Vec<_> = (0..12).map(|number| create(&steps, &format!("user-{number}"))).collect();
        steps.disk.fail_after(writes);
        let done = operations.into_iter().filter_map(|operation| actor.does(&steps, operation).ok()).count();
        let disk = steps.disk.image();
        disk.heal();
        let after = Steps::over(disk, &steps);
        let verified = after.store().snapshot().unwrap().verify_trail().unwrap();
        assert_eq!(verified.faults, [], "{writes} writes");
        assert!(after.listing().len() > done, "{writes} writes: an answered command is there");
        assert_eq!(verified.records, events(&after));
        let event_ids: Vec<_> = after.listing().iter().map(|client| client.event_id).collect();
        assert!(event_ids.iter().all(|id| id.0 >= 1 && id.0 <= verified.records), "{event_ids:?}");
    }
}
