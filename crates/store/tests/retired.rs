//! Ids and names of deleted objects are not given to others.

#![expect(clippy::unwrap_used, reason = "a test program fails by panicking, its helpers too")]

mod steps;

use jeton_domain::admin::{
    Bearer, ClientOperation, ClientUpdate, NewServiceUser, Operation, OrganizationOperation, Outcome,
    Principal, ProjectEdit, ProjectOperation, RetiredName,
};
use jeton_domain::credential::ExistingCredentials;
use jeton_domain::id::{AuthorizationId, ClientId, ClientName, OrganizationId, ProjectId};
use jeton_domain::limits::TOKEN_LIFETIME_MAX;
use jeton_domain::permission::{AdminRole, AdminScope};
use jeton_domain::refusal::OperationError;
use jeton_domain::resource::Resource;
use jeton_domain::retired_name::Name;
use jeton_domain::service_user::Authorization;
use jeton_store::CommandError;
use jeton_store::query::RetiredNameQuery;
use steps::{DAY, Steps, text};

const LONGEST: u64 = TOKEN_LIFETIME_MAX.0 as u64;

fn does(steps: &Steps, operation: Operation) -> Result<Outcome, CommandError> {
    steps.store().execute(steps.command(operation))
}

fn next(steps: &Steps) -> u64 {
    steps.store().next_id(steps.now())
}

fn organization(steps: &Steps, name: &str) -> Result<OrganizationId, CommandError> {
    let id = OrganizationId(next(steps));
    does(steps, Operation::Organization(id, OrganizationOperation::Create(text(name), Vec::new())))
        .map(|_| id)
}

fn user_of(steps: &Steps, organization: OrganizationId, name: &str) -> Result<ClientId, CommandError> {
    let id = ClientId(next(steps));
    let user = NewServiceUser { organization, ..steps.new_user(id, name) };
    does(steps, Operation::CreateServiceUsers(vec![user])).map(|_| id)
}

fn rename(steps: &Steps, id: ClientId, name: &str) -> Result<(), OperationError> {
    let username = Some(ClientName::username(name).unwrap());
    steps.update(id, ClientUpdate::Edit { username, edit: Box::default() }).map(|_| ())
}

fn delete(steps: &Steps, id: ClientId) {
    steps.change(id, ClientOperation::Delete).unwrap();
}

fn free(steps: &Steps, name: &str) -> Result<Outcome, CommandError> {
    does(steps, Operation::FreeName(RetiredName::Username(ClientName::username(name).unwrap())))
}

fn retired() -> CommandError {
    OperationError::NameRetired.into()
}

#[test]
fn the_name_of_a_deleted_user_is_kept_for_as_long_as_its_tokens_can_live_and_then_for_its_organization() {
    let steps = Steps::new();
    let (home, other) = (steps.organization(), organization(&steps, "Other").unwrap());
    delete(&steps, user_of(&steps, home, "billing").unwrap());
    assert_eq!(user_of(&steps, home, "billing"), Err(retired()));
    steps.clock.advance(LONGEST);
    assert_eq!(user_of(&steps, home, "billing"), Err(retired()), "not yet");
    user_of(&steps, home, "shipping").unwrap(); // the careful clock is stored by commits
    let steps = steps.reopen();
    steps.clock.advance(2);
    assert_eq!(user_of(&steps, other, "billing"), Err(retired()), "never in another organization");
    user_of(&steps, home, "billing").unwrap();
}

#[test]
fn a_clock_that_is_ahead_frees_no_name() {
    let steps = Steps::new();
    let home = steps.organization();
    delete(&steps, user_of(&steps, home, "billing").unwrap());
    steps.clock.set_wall(steps.now().0 + 10 * LONGEST);
    assert_eq!(user_of(&steps, home, "billing"), Err(retired()));
}

#[test]
fn an_owner_of_the_instance_frees_a_name_for_any_organization_once() {
    let steps = Steps::new();
    let other = organization(&steps, "Other").unwrap();
    delete(&steps, user_of(&steps, steps.organization(), "billing").unwrap());
    free(&steps, "billing").unwrap();
    assert_eq!(free(&steps, "billing").unwrap_err(), OperationError::UnknownName.into());
    user_of(&steps, other, "billing").unwrap();
}

#[test]
fn a_user_may_take_back_its_former_name_and_others_may_not() {
    let steps = Steps::new();
    let (first, _) = steps.user("billing");
    let (second, _) = steps.user("second");
    rename(&steps, first, "accounting").unwrap();
    assert_eq!(rename(&steps, second, "billing"), Err(OperationError::NameRetired));
    assert_eq!(user_of(&steps, steps.organization(), "billing"), Err(retired()));
    rename(&steps, first, "billing").unwrap();
    assert_eq!(rename(&steps, second, "accounting"), Err(OperationError::NameRetired));
    delete(&steps, first);
    for name in ["billing", "accounting"] {
        assert_eq!(rename(&steps, second, name), Err(OperationError::NameRetired), "{name}");
    }
}

#[test]
fn to_another_organization_a_retired_name_looks_like_one_in_use() {
    let steps = Steps::new();
    let other = organization(&steps, "Other").unwrap();
    let boss = user_of(&steps, other, "boss").unwrap();
    let credential = steps.add_credential(boss, ExistingCredentials::Keep).unwrap();
    steps
        .update(boss, ClientUpdate::AddAdminRoles(AdminScope::Organization(other), vec![AdminRole::OrgOwner]))
        .unwrap();
    let token = steps.presented(&steps.issued(boss, credential, DAY));
    delete(&steps, user_of(&steps, steps.organization(), "theirs").unwrap());
    delete(&steps, user_of(&steps, other, "ours").unwrap());
    let create = |name: &str| {
        let user = NewServiceUser { organization: other, ..steps.new_user(ClientId(next(&steps)), name) };
        let by = Principal::Bearer(Bearer { client: boss, credential, token });
        steps.store().execute(steps.act_by(by, Operation::CreateServiceUsers(vec![user]))).map(|_| ())
    };
    assert_eq!(create("theirs"), Err(OperationError::NameTaken.into()));
    assert_eq!(create("ours"), Err(retired()));
    assert_eq!(create("boss"), Err(OperationError::NameTaken.into()));
    let free = Operation::FreeName(RetiredName::Username(ClientName::username("ours").unwrap()));
    let by = Principal::Bearer(Bearer { client: boss, credential, token });
    let freed = steps.store().execute(steps.act_by(by, free));
    assert!(matches!(freed, Err(CommandError::Refused(OperationError::NotPermitted(_)))), "{freed:?}");
}

#[test]
fn the_resource_uri_of_a_deleted_api_is_kept_likewise() {
    let steps = Steps::new();
    let shop = |organization| {
        let id = ProjectId(next(&steps));
        let create =
            ProjectOperation::Create { organization, name: text("Shop"), edit: ProjectEdit::default() };
        does(&steps, Operation::Project(id, create)).unwrap();
        id
    };
    let other = organization(&steps, "Other").unwrap();
    let (own, foreign) = (shop(steps.organization()), shop(other));
    let api = |project| {
        let id = ClientId(next(&steps));
        let resource = Some(Resource::parse("https://api.example.com").unwrap());
        let create = ClientOperation::CreateApi { name: text("API"), project, resource, credential: None };
        does(&steps, Operation::Client(id, create)).map(|_| id)
    };
    delete(&steps, api(own).unwrap());
    assert_eq!(api(own), Err(retired()));
    steps.clock.advance(LONGEST + 2);
    assert_eq!(api(foreign), Err(retired()));
    does(&steps, Operation::Project(own, ProjectOperation::Delete)).unwrap();
    let uri = RetiredName::Resource(Resource::parse("https://api.example.com").unwrap());
    does(&steps, Operation::FreeName(uri)).unwrap();
    api(foreign).unwrap();
}

#[test]
fn the_domain_of_an_organization_that_is_gone_or_renamed_is_kept() {
    let steps = Steps::new();
    let first = organization(&steps, "First").unwrap();
    let rename =
        |id, name| does(&steps, Operation::Organization(id, OrganizationOperation::Rename(text(name))));
    rename(first, "Renamed").unwrap();
    assert_eq!(organization(&steps, "First"), Err(retired()));
    rename(first, "First").unwrap();
    does(&steps, Operation::Organization(first, OrganizationOperation::Delete)).unwrap();
    let second = organization(&steps, "Second").unwrap();
    for name in ["First", "Renamed"] {
        assert_eq!(rename(second, name).unwrap_err(), retired(), "{name}");
        assert_eq!(organization(&steps, name), Err(retired()), "{name}");
    }
    does(&steps, Operation::FreeName(RetiredName::Domain("first.localhost".into()))).unwrap();
    organization(&steps, "First").unwrap();
}

#[test]
fn names_of_users_that_go_with_their_organization_or_cannot_be_read_are_kept() {
    let steps = Steps::new();
    let other = organization(&steps, "Other").unwrap();
    user_of(&steps, other, "theirs").unwrap();
    let (spoiled, _) = steps.user("spoiled");
    does(&steps, Operation::Organization(other, OrganizationOperation::Delete)).unwrap();
    let steps = steps.spoil("clients", spoiled.0);
    does(&steps, Operation::Client(spoiled, ClientOperation::Delete)).unwrap();
    for name in ["theirs", "spoiled"] {
        assert_eq!(user_of(&steps, steps.organization(), name), Err(retired()), "{name}");
    }
    assert_eq!(steps.create(spoiled, "fresh"), Err(OperationError::IdTaken));
}

#[test]
fn an_id_of_any_kind_is_given_out_once() {
    let steps = Steps::new();
    let shop = ProjectId(next(&steps));
    let create = |id: u64| {
        let create = ProjectOperation::Create {
            organization: steps.organization(),
            name: text("Shop"),
            edit: ProjectEdit::default(),
        };
        does(&steps, Operation::Project(ProjectId(id), create)).map(|_| ())
    };
    create(shop.0).unwrap();
    let (user, credential) = steps.user("billing");
    let taken = Err(OperationError::IdTaken.into());
    assert_eq!(create(user.0), taken);
    delete(&steps, user_of(&steps, steps.organization(), "gone").unwrap());
    assert_eq!(steps.create(ClientId(shop.0), "fresh"), Err(OperationError::IdTaken));
    let again = ClientUpdate::AddCredential {
        credential: steps.credential_with(credential),
        others: ExistingCredentials::Keep,
    };
    assert_eq!(steps.update(user, again).err(), Some(OperationError::IdTaken));
    steps.update(user, ClientUpdate::RevokeCredential(credential)).unwrap();
    let again = ClientUpdate::AddCredential {
        credential: steps.credential_with(credential),
        others: ExistingCredentials::Keep,
    };
    assert_eq!(steps.update(user, again).err(), Some(OperationError::IdTaken), "its past counts, too");
    let (second, _) = steps.user("second");
    let grant = |project| {
        ClientUpdate::Authorize(Authorization {
            id: AuthorizationId(77),
            project,
            roles: Vec::new(),
            active: true,
            by_grant: false,
            created: steps.now(),
            changed: steps.now(),
            event_id: jeton_domain::id::EventId(0),
        })
    };
    steps.update(user, grant(shop)).unwrap();
    assert_eq!(steps.update(second, grant(shop)).err(), Some(OperationError::IdTaken));
}

#[test]
fn retired_names_are_listed_in_order_page_by_page() {
    let steps = Steps::new();
    for name in ["b", "c", "a"] {
        delete(&steps, user_of(&steps, steps.organization(), name).unwrap());
    }
    let list = |after: Option<&str>, limit| {
        let after = after.map(|name| Name::Username(name.to_owned()));
        let query = RetiredNameQuery { after, limit };
        let listed = steps.store().snapshot().unwrap().list_retired_names(&query).unwrap();
        let mut names = Vec::new();
        for (name, retired) in listed.found {
            assert_eq!(retired.organization, steps.organization());
            if let Name::Username(name) = name {
                names.push(name);
            }
        }
        (names, listed.has_more)
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(list(None, 3), (names(&["a", "b", "c"]), false));
    assert_eq!(list(None, 2), (names(&["a", "b"]), true));
    assert_eq!(list(Some("b"), 2), (names(&["c"]), false));
}
