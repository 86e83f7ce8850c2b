//! The attempts, in the order in which they are made. Each has a number of its own for new objects.

#![expect(unreachable_pub, reason = "public to the test program that includes it")]

use super::{
    API, FOREIGN, Name, PROJECT, SPOILED_ORGANIZATION, SPOILED_PROJECT, TARGET, add, resource, role, update,
};
use crate::steps::{DAY, Steps, text};
use jeton_domain::admin::{
    ClientOperation, ClientUpdate, Leak, NewServiceUser, Operation, OrganizationOperation, ProjectEdit,
    ProjectGrantOperation, ProjectOperation, RetiredName, RevokedToken,
};
use jeton_domain::client::Api;
use jeton_domain::credential::{Credential, CredentialKind, ExistingCredentials};
use jeton_domain::id::{
    AuthorizationId, ClientId, ClientName, EventId, OrganizationId, ProjectId, SigningKeyId, TokenKeyId,
};
use jeton_domain::key::{Algorithm, PublicKey};
use jeton_domain::permission::{AdminRole, AdminScope};
use jeton_domain::service_user::{Authorization, Edit};
use jeton_domain::signing::KeyChange;
use jeton_domain::time::{Lifetime, Moment};
use jeton_domain::token_key::{NewTokenKey, TokenKeyChange};
use jeton_secret::{CredentialId, PersonalAccessTokenDigest, TokenName};

/// Makes an operation with a number for new objects.
type Make = dyn Fn(&Steps, u64) -> Operation;

/// An operation that every actor attempts.
pub struct Attempt {
    pub name: String,
    pub operation: Box<Make>,
}

fn one(name: &str, operation: impl Fn(&Steps, u64) -> Operation + 'static) -> Attempt {
    Attempt { name: name.to_owned(), operation: Box::new(operation) }
}

fn named(name: &str) -> ClientName {
    ClientName::username(name).unwrap()
}

fn user(steps: &Steps, number: u64, name: &str) -> NewServiceUser {
    NewServiceUser { id: ClientId(number), name: named(name), ..steps.new_user(ClientId(number), "user") }
}

fn api(number: u64, project: ProjectId, uri: Option<&str>, credential: Option<Credential>) -> Operation {
    let Api { name, project, resource } = Api { name: text("Api"), project, resource: uri.map(resource) };
    Operation::Client(ClientId(number), ClientOperation::CreateApi { name, project, resource, credential })
}

fn authorization(steps: &Steps, id: u64, project: ProjectId, roles: &[&str]) -> Authorization {
    Authorization {
        id: AuthorizationId(id),
        project,
        roles: roles.iter().map(|key| role(key)).collect(),
        active: true,
        by_grant: false,
        created: steps.now(),
        changed: steps.now(),
        event_id: EventId(0),
    }
}

fn personal(steps: &Steps, id: u64) -> Credential {
    let kind = CredentialKind::PersonalAccessToken(PersonalAccessTokenDigest([3; 32]));
    Credential { kind, ..steps.credential_with(CredentialId(id)) }
}

fn token(steps: &Steps, client: ClientId, number: u64) -> RevokedToken {
    let (issued, expires) = (steps.moment(), steps.now().after(Lifetime(DAY)));
    let name = TokenName(u128::from(number).to_be_bytes());
    RevokedToken { client, credential: CredentialId(7001), name, issued, expires }
}

fn project(action: ProjectOperation) -> Operation {
    Operation::Project(PROJECT, action)
}

fn organization(action: OrganizationOperation) -> Operation {
    Operation::Organization(FOREIGN, action)
}

fn public() -> PublicKey {
    PublicKey { algorithm: Algorithm::EdDsa, spki: Box::new([1]) }
}

/// Updates of a client. The last ones take their subject's secrets and states away again.
fn updates(client: ClientId) -> Vec<Attempt> {
    type Update = fn(&Steps, u64) -> ClientUpdate;
    let all: Vec<(&str, Update)> = vec![
        ("edit", |_, _| ClientUpdate::Edit {
            username: None,
            edit: Box::new(Edit { name: Some(text("N")), ..Edit::default() }),
        }),
        ("rename to itself", |_, _| ClientUpdate::Edit {
            username: Some(named("TARGET")),
            edit: Box::default(),
        }),
        ("rename to a taken name", |_, _| ClientUpdate::Edit {
            username: Some(named("stranger")),
            edit: Box::default(),
        }),
        ("edit api", |_, _| ClientUpdate::EditApi(text("Renamed"))),
        ("add secret", |steps, number| add(steps.credential_with(CredentialId(number)))),
        ("add secret 7001", |steps, _| add(steps.credential_with(CredentialId(7001)))),
        ("add personal token", |steps, number| add(personal(steps, number))),
        ("replace secrets", |steps, number| ClientUpdate::AddCredential {
            credential: steps.credential_with(CredentialId(number)),
            others: ExistingCredentials::EndAfter(Lifetime(0)),
        }),
        ("add secret that has ended", |steps, number| {
            add(Credential {
                not_after: Some(Moment { wall: jeton_domain::time::Timestamp(5), ..steps.moment() }),
                ..steps.credential_with(CredentialId(number))
            })
        }),
        ("revoke tokens of 7001", |_, _| ClientUpdate::RevokeTokensOf(CredentialId(7001))),
        ("revoke tokens of none", |_, _| ClientUpdate::RevokeTokensOf(CredentialId(1))),
        ("revoke 7001", |_, _| ClientUpdate::RevokeCredential(CredentialId(7001))),
        ("revoke all tokens", |_, _| ClientUpdate::RevokeTokens),
        ("revoke secrets", |_, _| ClientUpdate::RevokeSecrets),
        ("authorize", |steps, number| {
            ClientUpdate::Authorize(authorization(steps, number, PROJECT, &["reader"]))
        }),
        ("authorize for an unknown role", |steps, number| {
            ClientUpdate::Authorize(authorization(steps, number, PROJECT, &["none"]))
        }),
        ("authorize for no project", |steps, number| {
            ClientUpdate::Authorize(authorization(steps, number, ProjectId(5), &[]))
        }),
        ("authorize as 9001", |steps, _| {
            ClientUpdate::Authorize(authorization(steps, 9001, SPOILED_PROJECT, &[]))
        }),
        ("authorize as 9001 again", |steps, _| {
            ClientUpdate::Authorize(authorization(steps, 9001, PROJECT, &[]))
        }),
        ("reauthorize", |_, _| ClientUpdate::Reauthorize(AuthorizationId(9001), Vec::new())),
        ("reauthorize with a role", |_, _| {
            ClientUpdate::Reauthorize(AuthorizationId(9001), vec![role("none")])
        }),
        ("deactivate authorization", |_, _| {
            ClientUpdate::SetAuthorizationActive(AuthorizationId(9001), false)
        }),
        ("activate authorization", |_, _| ClientUpdate::SetAuthorizationActive(AuthorizationId(9001), true)),
        ("unauthorize", |_, _| ClientUpdate::Unauthorize(AuthorizationId(9001))),
        ("set metadata", |_, _| ClientUpdate::SetMetadata(vec![(text("key"), Box::new([1]))])),
        ("delete metadata", |_, _| ClientUpdate::DeleteMetadata(vec![text("key")])),
        ("add roles for a project", |_, _| {
            ClientUpdate::AddAdminRoles(AdminScope::Project(PROJECT), vec![AdminRole::ProjectOwner])
        }),
        ("add roles for no organization", |_, _| {
            ClientUpdate::AddAdminRoles(
                AdminScope::Organization(OrganizationId(5)),
                vec![AdminRole::OrgOwner],
            )
        }),
        ("add roles for the instance", |_, _| {
            ClientUpdate::AddAdminRoles(AdminScope::Instance, vec![AdminRole::IamOwner])
        }),
        ("add secret to an administrator", |steps, number| add(steps.credential_with(CredentialId(number)))),
        ("update roles", |_, _| {
            ClientUpdate::UpdateAdminRoles(AdminScope::Instance, vec![AdminRole::IamOwnerViewer])
        }),
        ("remove roles for a project", |_, _| ClientUpdate::RemoveAdminRoles(AdminScope::Project(PROJECT))),
        ("remove roles", |_, _| ClientUpdate::RemoveAdminRoles(AdminScope::Instance)),
        ("lock", |_, _| ClientUpdate::Lock),
        ("add personal token to a locked one", |steps, number| add(personal(steps, number))),
        ("unlock", |_, _| ClientUpdate::Unlock),
        ("deactivate", |_, _| ClientUpdate::Deactivate),
        ("reactivate", |_, _| ClientUpdate::Reactivate),
    ];
    let attempt = |(name, make): (&str, Update)| {
        one(&format!("{client} {name}"), move |steps, number| update(client, make(steps, number)))
    };
    all.into_iter().map(attempt).collect()
}

pub fn attempts() -> Vec<Attempt> {
    let mut all = vec![
        one("create user", |steps, number| {
            Operation::CreateServiceUsers(vec![user(steps, number, &format!("user-{number}"))])
        }),
        one("create two users", |steps, number| {
            let other = user(steps, number + 100_000, &format!("other-{number}"));
            Operation::CreateServiceUsers(vec![user(steps, number, &format!("user-{number}")), other])
        }),
        one("create users with one name", |steps, number| {
            Operation::CreateServiceUsers(vec![user(steps, number, "same"), user(steps, number + 1, "Same")])
        }),
        one("create users with one id", |steps, number| {
            Operation::CreateServiceUsers(vec![user(steps, number, "same"), user(steps, number, "name")])
        }),
        one("create user with a taken id", |steps, _| {
            Operation::CreateServiceUsers(vec![user(steps, 300, "target")])
        }),
        one("create user with a taken name", |steps, number| {
            Operation::CreateServiceUsers(vec![user(steps, number, "Target")])
        }),
        one("create user with a retired name", |steps, number| {
            Operation::CreateServiceUsers(vec![user(steps, number, "first")])
        }),
        one("create user with a retired name elsewhere", |steps, number| {
            let organization = FOREIGN;
            Operation::CreateServiceUsers(vec![NewServiceUser {
                organization,
                ..user(steps, number, "first")
            }])
        }),
        one("create user elsewhere", |steps, number| {
            let organization = FOREIGN;
            let name = format!("far-{number}");
            Operation::CreateServiceUsers(vec![NewServiceUser { organization, ..user(steps, number, &name) }])
        }),
        one("create user nowhere", |steps, number| {
            let organization = OrganizationId(5);
            Operation::CreateServiceUsers(vec![NewServiceUser {
                organization,
                ..user(steps, number, "target")
            }])
        }),
        one("bootstrap", |steps, number| Operation::Bootstrap(Box::new(user(steps, number, "boot")), None)),
        one("create api", |steps, number| {
            let credential = steps.credential_with(CredentialId(number));
            api(number, PROJECT, Some(&format!("https://{number}.example.com")), Some(credential))
        }),
        one("create api nowhere", |_, number| api(number, ProjectId(5), None, None)),
        one("create api with a taken id", |_, _| api(300, PROJECT, None, None)),
        one("create api with a taken resource", |_, number| {
            api(number, PROJECT, Some("https://orders.example.com"), None)
        }),
        one("create second project", |steps, _| {
            let (organization, edit) = (steps.organization(), ProjectEdit::default());
            Operation::Project(
                SPOILED_PROJECT,
                ProjectOperation::Create { organization, name: text("Second"), edit },
            )
        }),
    ];
    for client in [TARGET, Name::Administrator.id(), Name::Stranger.id(), API, ClientId(5)] {
        all.extend(updates(client));
    }
    all.extend(projects());
    all.extend(organizations());
    all.extend(keys_and_tokens());
    all.extend([TARGET, Name::Administrator.id(), Name::Stranger.id(), API].map(|client| {
        one(&format!("delete {client}"), move |_, _| Operation::Client(client, ClientOperation::Delete))
    }));
    all.push(one("free a name", |_, _| Operation::FreeName(RetiredName::Username(named("target")))));
    all.push(one("lock the last owner", |_, _| update(ClientId(207), ClientUpdate::Lock)));
    all.push(one("unlock the last owner", |_, _| update(ClientId(207), ClientUpdate::Unlock)));
    all
}

fn projects() -> Vec<Attempt> {
    use ProjectOperation as Project;
    let grant = |action: fn() -> ProjectGrantOperation| {
        move |_: &Steps, _| Operation::ProjectGrant(PROJECT, FOREIGN, action())
    };
    vec![
        one("create project", |steps, number| {
            let (organization, edit) = (steps.organization(), ProjectEdit::default());
            Operation::Project(ProjectId(number), Project::Create { organization, name: text("P"), edit })
        }),
        one("create project nowhere", |_, number| {
            let (organization, edit) = (OrganizationId(5), ProjectEdit::default());
            Operation::Project(ProjectId(number), Project::Create { organization, name: text("P"), edit })
        }),
        one("edit project", |_, _| {
            project(Project::Edit(ProjectEdit { name: Some(text("Q")), ..ProjectEdit::default() }))
        }),
        one("add role", |_, _| {
            project(Project::AddRole { key: role("admin"), name: text(""), group: text("") })
        }),
        one("edit role", |_, _| {
            project(Project::EditRole { key: role("admin"), name: None, group: Some(text("g")) })
        }),
        one("remove role", |_, _| project(Project::RemoveRole(role("admin")))),
        one("deactivate project", |_, _| project(Project::SetActive(false))),
        one("activate project", |_, _| project(Project::SetActive(true))),
        one("deactivate the default project", |steps, _| {
            let default = steps.store().snapshot().unwrap().instance().default_project;
            Operation::Project(default, Project::SetActive(false))
        }),
        one("delete the management project", |steps, _| {
            let management = steps.store().snapshot().unwrap().instance().management_project;
            Operation::Project(management, Project::Delete)
        }),
        one("edit no project", |_, _| {
            Operation::Project(ProjectId(5), Project::Edit(ProjectEdit::default()))
        }),
        one("grant to nobody", |_, _| {
            Operation::ProjectGrant(PROJECT, OrganizationId(5), ProjectGrantOperation::Create(Vec::new()))
        }),
        one("grant to itself", |steps, _| {
            Operation::ProjectGrant(PROJECT, steps.organization(), ProjectGrantOperation::Create(Vec::new()))
        }),
        one("grant nothing", |_, _| {
            Operation::ProjectGrant(ProjectId(5), FOREIGN, ProjectGrantOperation::Create(Vec::new()))
        }),
        one("grant", grant(|| ProjectGrantOperation::Create(vec![role("reader")]))),
        one("authorize by a grant", |steps, number| {
            update(
                Name::Stranger.id(),
                ClientUpdate::Authorize(authorization(steps, number, PROJECT, &["reader"])),
            )
        }),
        one("change grant", grant(|| ProjectGrantOperation::Change(vec![role("writer")]))),
        one("deactivate grant", grant(|| ProjectGrantOperation::SetActive(false))),
        one("activate grant", grant(|| ProjectGrantOperation::SetActive(true))),
        one("delete grant", grant(|| ProjectGrantOperation::Delete)),
        one("authorize without the grant", |steps, number| {
            update(
                Name::Stranger.id(),
                ClientUpdate::Authorize(authorization(steps, number, PROJECT, &["reader"])),
            )
        }),
    ]
}

fn organizations() -> Vec<Attempt> {
    use OrganizationOperation as Organization;
    let create = |name: &'static str, users: &'static [u64]| {
        move |_: &Steps, number: u64| {
            let users = users.iter().map(|id| (ClientId(*id), vec![AdminRole::OrgOwner])).collect();
            Operation::Organization(OrganizationId(number), Organization::Create(text(name), users))
        }
    };
    vec![
        one("create organization", |_, number| {
            let users = vec![(Name::Stranger.id(), vec![AdminRole::OrgOwner])];
            Operation::Organization(
                OrganizationId(number),
                Organization::Create(text(&format!("O{number}")), users),
            )
        }),
        one("create spoiled organization", |_, _| {
            Operation::Organization(SPOILED_ORGANIZATION, Organization::Create(text("Spoiled"), Vec::new()))
        }),
        one("create organization with a taken name", create("Foreign", &[])),
        one("create organization with an api", create("With api", &[350])),
        one("create organization with no user", create("With none", &[5])),
        one("create organization with one user twice", create("With two", &[302, 302])),
        one("rename organization", |_, number| {
            organization(Organization::Rename(text(&format!("F{number}"))))
        }),
        one("rename organization to a taken name", |_, _| {
            organization(Organization::Rename(text("Default")))
        }),
        one("create organization with a retired domain", create("Foreign", &[])),
        one("set organization metadata", |_, _| {
            organization(Organization::SetMetadata(vec![(text("key"), Box::new([1]))]))
        }),
        one("set too much organization metadata", |_, _| {
            let many = (0..60).map(|number| (text(&format!("k{number}")), Box::from([1]))).collect();
            organization(Organization::SetMetadata(many))
        }),
        one("delete organization metadata", |_, _| {
            organization(Organization::DeleteMetadata(vec![text("key")]))
        }),
        one("deactivate organization", |_, _| organization(Organization::SetActive(false))),
        one("create user in it", |steps, number| {
            let organization = FOREIGN;
            let name = format!("in-{number}");
            Operation::CreateServiceUsers(vec![NewServiceUser { organization, ..user(steps, number, &name) }])
        }),
        one("activate organization", |_, _| organization(Organization::SetActive(true))),
        one("deactivate the default organization", |steps, _| {
            Operation::Organization(steps.organization(), Organization::SetActive(false))
        }),
        one("delete the default organization", |steps, _| {
            Operation::Organization(steps.organization(), Organization::Delete)
        }),
        one("rename no organization", |_, _| {
            Operation::Organization(OrganizationId(5), Organization::Rename(text("x")))
        }),
    ]
}

fn keys_and_tokens() -> Vec<Attempt> {
    vec![
        one("add signing key", |_, number| {
            Operation::SigningKeys(KeyChange::Add {
                id: SigningKeyId(number),
                public: public(),
                sealed: Box::new([2]),
            })
        }),
        one("schedule no key", |_, _| Operation::SigningKeys(KeyChange::Schedule(SigningKeyId(5)))),
        one("retire signing keys", |_, _| Operation::SigningKeys(KeyChange::Retire)),
        one("rotate token keys", |steps, number| {
            let new = NewTokenKey { id: TokenKeyId(number << 40), sealed: Box::new([2]) };
            let predecessor_until = Moment { wall: steps.now().after(Lifetime(30 * DAY)), ..steps.moment() };
            Operation::TokenKeys(TokenKeyChange::Rotate { new, predecessor_until })
        }),
        one("retire token keys", |_, _| Operation::TokenKeys(TokenKeyChange::Retire)),
        one("add secret 7001 to it", |steps, _| {
            update(Name::Stranger.id(), add(steps.credential_with(CredentialId(7001))))
        }),
        one("revoke token", |steps, number| {
            Operation::RevokeToken(token(steps, Name::Stranger.id(), number))
        }),
        one("revoke one token", |steps, _| Operation::RevokeToken(token(steps, Name::Stranger.id(), 1))),
        one("revoke token of none", |steps, _| Operation::RevokeToken(token(steps, ClientId(5), 2))),
        one("report leaked token", |steps, number| {
            Operation::Leak(Leak::Token(token(steps, Name::Stranger.id(), number)))
        }),
        one("report leaked secret", |_, _| {
            Operation::Leak(Leak::Credential(Name::Stranger.id(), CredentialId(7001)))
        }),
        one("report leaked secret of none", |_, _| {
            Operation::Leak(Leak::Credential(ClientId(5), CredentialId(7001)))
        }),
        one("free no name", |_, _| Operation::FreeName(RetiredName::Username(named("nothing")))),
        one("free a retired name", |_, _| Operation::FreeName(RetiredName::Username(named("first")))),
        one("free a retired domain", |_, _| {
            Operation::FreeName(RetiredName::Domain("foreign.localhost".into()))
        }),
    ]
}

/// Attempts on objects whose records can't be read.
pub fn spoiled_attempts() -> Vec<Attempt> {
    use {OrganizationOperation as Organization, ProjectOperation as Project};
    let (spoiled, administrator) = (Name::Spoiled.id(), Name::SpoiledAdministrator.id());
    let of_project =
        |action: fn() -> Project| move |_: &Steps, _| Operation::Project(SPOILED_PROJECT, action());
    let of_organization = |action: fn() -> Organization| {
        move |_: &Steps, _| Operation::Organization(SPOILED_ORGANIZATION, action())
    };
    vec![
        one("lock spoiled", move |_, _| update(spoiled, ClientUpdate::Lock)),
        one("deactivate spoiled", move |_, _| update(spoiled, ClientUpdate::Deactivate)),
        one("delete spoiled", move |_, _| Operation::Client(spoiled, ClientOperation::Delete)),
        one("delete spoiled administrator", move |_, _| {
            Operation::Client(administrator, ClientOperation::Delete)
        }),
        one("create organization with a spoiled user", |_, number| {
            let users = vec![(Name::Spare.id(), vec![AdminRole::OrgOwner])];
            Operation::Organization(OrganizationId(number), Organization::Create(text("With spare"), users))
        }),
        one("edit spoiled project", of_project(|| Project::Edit(ProjectEdit::default()))),
        one("grant spoiled project", |_, _| {
            Operation::ProjectGrant(SPOILED_PROJECT, FOREIGN, ProjectGrantOperation::Create(Vec::new()))
        }),
        one("deactivate spoiled project", of_project(|| Project::SetActive(false))),
        one("delete spoiled project", of_project(|| Project::Delete)),
        one("rename spoiled organization", of_organization(|| Organization::Rename(text("y")))),
        one("deactivate spoiled organization", of_organization(|| Organization::SetActive(false))),
        one("delete spoiled organization", of_organization(|| Organization::Delete)),
        one("delete foreign organization", |_, _| organization(Organization::Delete)),
        one("delete project", |_, _| project(Project::Delete)),
        one("delete the last owner", |_, _| Operation::Client(ClientId(207), ClientOperation::Delete)),
        one("bootstrap again", |steps, number| {
            Operation::Bootstrap(Box::new(user(steps, number, "boot")), Some(personal(steps, number)))
        }),
    ]
}
