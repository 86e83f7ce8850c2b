//! The roles that each operation needs, without a server.

use super::super::*;
use super::model::{FOREIGN, Model, user};
use super::update;
use crate::credential::ExistingCredentials;
use crate::fixtures::{ORGANIZATION, PROJECT, authorization, credential, role, text};
use crate::id::{ClientId, ClientName, OrganizationId, ProjectId};
use crate::permission::{AdminRole, AdminScope};
use crate::refusal::OperationError;
use crate::service_user::ServiceUser;
use crate::signing::KeyChange;
use crate::token_key::TokenKeyChange;

/// The actors, each with a letter in the table.
const ACTORS: [(char, Option<(AdminScope, AdminRole)>); 12] = [
    ('-', None),
    ('I', Some((AdminScope::Instance, AdminRole::IamOwner))),
    ('v', Some((AdminScope::Instance, AdminRole::IamOwnerViewer))),
    ('M', Some((AdminScope::Instance, AdminRole::IamUserManager))),
    ('t', Some((AdminScope::Instance, AdminRole::IamTokenIntrospector))),
    ('O', Some((AdminScope::Organization(ORGANIZATION), AdminRole::OrgOwner))),
    ('m', Some((AdminScope::Organization(ORGANIZATION), AdminRole::OrgUserManager))),
    ('e', Some((AdminScope::Organization(ORGANIZATION), AdminRole::OrgUserPermissionEditor))),
    ('F', Some((AdminScope::Organization(FOREIGN), AdminRole::OrgOwner))),
    ('f', Some((AdminScope::Organization(FOREIGN), AdminRole::OrgUserManager))),
    ('P', Some((AdminScope::Project(PROJECT), AdminRole::ProjectOwner))),
    ('p', Some((AdminScope::Project(PROJECT), AdminRole::ProjectOwnerViewer))),
];

/// A plain user, an administrator of the organization, and one of the instance.
const PLAIN: u64 = 310;
const ADMINISTRATOR: u64 = 311;
const OWNER: u64 = 312;
const STRANGER: u64 = 313;

fn create(organization: OrganizationId) -> Operation {
    let name = ClientName::username("new").unwrap();
    let user = NewServiceUser { id: ClientId(320), organization, name, user: ServiceUser::default() };
    Operation::CreateServiceUsers(vec![user])
}

fn add_secret(client: u64) -> Operation {
    let (credential, others) = (credential(900), ExistingCredentials::Keep);
    update(client, ClientUpdate::AddCredential { credential, others })
}

fn authorize(client: u64) -> Operation {
    update(client, ClientUpdate::Authorize(authorization(PROJECT, &["reader"])))
}

fn administer(client: u64, realm: AdminScope, role: AdminRole) -> Operation {
    update(client, ClientUpdate::AddAdminRoles(realm, vec![role]))
}

/// An operation and the letters of the actors that are not refused for lack of a right.
type Row = (&'static str, fn() -> Operation, &'static str);

const ROWS: &[Row] = &[
    ("create a user", || create(ORGANIZATION), "IMOm"),
    ("create a user elsewhere", || create(FOREIGN), "IMFf"),
    ("lock a user", || update(PLAIN, ClientUpdate::Lock), "IMOm"),
    ("add a secret", || add_secret(PLAIN), "IMOm"),
    ("add a secret to an administrator", || add_secret(ADMINISTRATOR), "IO"),
    ("add a secret to an owner", || add_secret(OWNER), "I"),
    ("add a secret to a stranger", || add_secret(STRANGER), "IMFf"),
    ("revoke the tokens of an owner", || update(OWNER, ClientUpdate::RevokeTokens), "I"),
    ("delete a user", || Operation::Client(ClientId(PLAIN), ClientOperation::Delete), "IMOm"),
    ("delete an administrator", || Operation::Client(ClientId(ADMINISTRATOR), ClientOperation::Delete), "IO"),
    ("authorize a user", || authorize(PLAIN), "IMOmeP"),
    ("authorize a stranger", || authorize(STRANGER), "IM"),
    ("make an owner of the instance", || administer(PLAIN, AdminScope::Instance, AdminRole::IamOwner), "I"),
    (
        "make an owner of the organization",
        || administer(PLAIN, AdminScope::Organization(ORGANIZATION), AdminRole::OrgOwner),
        "IO",
    ),
    (
        "make a stranger an owner of the organization",
        || administer(STRANGER, AdminScope::Organization(ORGANIZATION), AdminRole::OrgOwner),
        "I",
    ),
    (
        "make an owner of a project",
        || administer(PLAIN, AdminScope::Project(PROJECT), AdminRole::ProjectOwner),
        "IOP",
    ),
    ("bootstrap", || Operation::Bootstrap(Box::new(new_user()), None), "I"),
    ("create a project", || project(ProjectId(599), new_project()), "IO"),
    ("deactivate a project", || project(PROJECT, ProjectOperation::SetActive(false)), "IOP"),
    ("delete a project", || project(PROJECT, ProjectOperation::Delete), "IOP"),
    ("add a role", || project(PROJECT, add_role()), "IOP"),
    ("grant a project", || grant(ProjectGrantOperation::Create(Vec::new())), "IOP"),
    ("revoke a grant", || grant(ProjectGrantOperation::Delete), "IOP"),
    ("create an api", || Operation::Client(ClientId(321), new_api()), "IOP"),
    ("create an organization", || organization(403, new_organization()), "I"),
    ("rename an organization", || organization(FOREIGN.0, OrganizationOperation::Rename(text("x"))), "IF"),
    ("deactivate an organization", || organization(FOREIGN.0, OrganizationOperation::SetActive(false)), "IF"),
    ("delete an organization", || organization(FOREIGN.0, OrganizationOperation::Delete), "IF"),
    ("retire signing keys", || Operation::SigningKeys(KeyChange::Retire), "I"),
    ("retire token keys", || Operation::TokenKeys(TokenKeyChange::Retire), "I"),
    ("free a name", || Operation::FreeName(RetiredName::Domain("x".into())), "I"),
    (
        "report a leaked secret",
        || Operation::Leak(Leak::Credential(ClientId(PLAIN), credential(11).id)),
        "IvMtOmeFfPp",
    ),
];

fn new_user() -> NewServiceUser {
    let name = ClientName::username("new").unwrap();
    NewServiceUser { id: ClientId(320), organization: ORGANIZATION, name, user: ServiceUser::default() }
}

fn new_project() -> ProjectOperation {
    let edit = ProjectEdit::default();
    ProjectOperation::Create { organization: ORGANIZATION, name: text("New"), edit }
}

fn project(id: ProjectId, operation: ProjectOperation) -> Operation {
    Operation::Project(id, operation)
}

fn add_role() -> ProjectOperation {
    ProjectOperation::AddRole { key: role("admin"), name: text(""), group: text("") }
}

fn grant(operation: ProjectGrantOperation) -> Operation {
    Operation::ProjectGrant(PROJECT, FOREIGN, operation)
}

fn new_api() -> ClientOperation {
    ClientOperation::CreateApi { name: text("Api"), project: PROJECT, resource: None, credential: None }
}

fn organization(id: u64, operation: OrganizationOperation) -> Operation {
    Operation::Organization(OrganizationId(id), operation)
}

fn new_organization() -> OrganizationOperation {
    OrganizationOperation::Create(text("New"), Vec::new())
}

#[test]
fn each_operation_is_for_the_roles_that_its_row_names() {
    let home = AdminScope::Organization(ORGANIZATION);
    let mut model = Model::new([
        user(PLAIN, ORGANIZATION, &[]),
        user(ADMINISTRATOR, ORGANIZATION, &[(home, AdminRole::OrgOwner)]),
        user(OWNER, ORGANIZATION, &[(AdminScope::Instance, AdminRole::IamOwner)]),
        user(STRANGER, FOREIGN, &[]),
    ]);
    for (place, (_, role)) in (0..).zip(ACTORS) {
        let actor = user(330 + place, ORGANIZATION, role.as_slice());
        model.clients.insert(actor.id, actor);
    }
    let is_permitted = |operation: Operation, by: Option<ClientId>| {
        let decided = model.decide(operation, &model.context(by, None).unwrap());
        !matches!(decided, Err(OperationError::NotPermitted(_)))
    };
    let found = ROWS.iter().map(|(name, operation, _)| {
        assert!(is_permitted(operation(), None), "the operator may {name}");
        let actors = (330..).zip(ACTORS);
        let may = actors.filter(|(id, _)| is_permitted(operation(), Some(ClientId(*id))));
        (*name, may.map(|(_, (letter, _))| letter).collect::<String>())
    });
    let meant = ROWS.iter().map(|(name, _, letters)| (*name, (*letters).to_owned()));
    assert_eq!(found.collect::<Vec<_>>(), meant.collect::<Vec<_>>());
}
