//! Grants of projects to other organizations: permission to make them, the authorizations given by them,
//! and their end.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test program fails by panicking, its helpers too")]

mod steps;

use jeton_domain::admin::{
    AdminCommand, Bearer, ClientOperation, ClientUpdate, NewServiceUser, Operation, OrganizationOperation,
    Outcome, Principal, ProjectEdit, ProjectGrantOperation, ProjectOperation,
};
use jeton_domain::client::Client;
use jeton_domain::credential::ExistingCredentials;
use jeton_domain::id::{AuthorizationId, ClientId, EventId, OrganizationId, ProjectId};
use jeton_domain::permission::{AdminRole, AdminScope, Permission};
use jeton_domain::project::Project;
use jeton_domain::refusal::OperationError;
use jeton_domain::role::RoleKey;
use jeton_domain::service_user::Authorization;
use jeton_store::query::{AuthorizationQuery, ByGrant, Page, Total, Within};
use jeton_store::{Command, CommandError};
use std::sync::Arc;
use steps::{DAY, Steps, text};

fn key(name: &str) -> RoleKey {
    RoleKey::parse(name).unwrap()
}

fn keys(names: &[&str]) -> Vec<RoleKey> {
    names.iter().map(|name| key(name)).collect()
}

/// A project of the organization `Owner` with roles `reader` and `writer`, and a user in each of two
/// organizations.
struct Scene {
    steps: Steps,
    owner: OrganizationId,
    granted: OrganizationId,
    project: ProjectId,
    own: ClientId,
    user: ClientId,
}

fn next(steps: &Steps) -> u64 {
    steps.store().next_id(steps.now())
}

fn organization(steps: &Steps, name: &str) -> OrganizationId {
    let id = OrganizationId(next(steps));
    let create = OrganizationOperation::Create(text(name), Vec::new());
    steps.store().execute(steps.command(Operation::Organization(id, create))).unwrap();
    id
}

fn user_of(steps: &Steps, organization: OrganizationId, name: &str) -> ClientId {
    let id = ClientId(next(steps));
    let user = NewServiceUser { organization, ..steps.new_user(id, name) };
    steps.store().execute(steps.command(Operation::CreateServiceUsers(vec![user]))).unwrap();
    id
}

fn scene() -> Scene {
    let steps = Steps::new();
    let (owner, granted) = (organization(&steps, "Owner"), organization(&steps, "Granted"));
    let (own, user) = (user_of(&steps, owner, "own"), user_of(&steps, granted, "user"));
    let project = ProjectId(next(&steps));
    let edit = ProjectEdit { access_required: Some(true), ..ProjectEdit::default() };
    let create = ProjectOperation::Create { organization: owner, name: text("Shop"), edit };
    steps.store().execute(steps.command(Operation::Project(project, create))).unwrap();
    for name in ["reader", "writer"] {
        let add = ProjectOperation::AddRole { key: key(name), name: text(name), group: text("") };
        steps.store().execute(steps.command(Operation::Project(project, add))).unwrap();
    }
    Scene { steps, owner, granted, project, own, user }
}

type Did = Result<Arc<Project>, CommandError>;

fn project_of(outcome: Result<Outcome, CommandError>) -> Did {
    match outcome? {
        Outcome::Project(project) => Ok(project),
        other => panic!("{other:?}"),
    }
}

impl Scene {
    fn grant_as(&self, by: Principal, to: OrganizationId, action: ProjectGrantOperation) -> Did {
        let operation = Operation::ProjectGrant(self.project, to, action);
        project_of(self.steps.store().execute(self.steps.act_by(by, operation)))
    }

    fn grant(&self, action: ProjectGrantOperation) -> Did {
        self.grant_as(Principal::Operator, self.granted, action)
    }

    fn authorization(&self, roles: &[&str]) -> Authorization {
        let (created, changed) = (self.steps.now(), self.steps.now());
        Authorization {
            id: AuthorizationId(next(&self.steps)),
            project: self.project,
            roles: keys(roles),
            active: true,
            by_grant: false,
            created,
            changed,
            event_id: EventId(0),
        }
    }

    fn authorize(&self, user: ClientId, roles: &[&str]) -> Result<AuthorizationId, OperationError> {
        let new = self.authorization(roles);
        let id = new.id;
        self.steps.update(user, ClientUpdate::Authorize(new)).map(|_| id)
    }

    fn client(&self, id: ClientId) -> Arc<Client> {
        Arc::clone(&self.steps.store().snapshot().unwrap().client(id).unwrap().unwrap().client)
    }

    fn is_admitted(&self, id: ClientId) -> bool {
        self.steps.store().snapshot().unwrap().instance().admits(&self.client(id), self.project)
    }

    /// The roles in effect.
    fn roles(&self, id: ClientId) -> Vec<&'static str> {
        let snapshot = self.steps.store().snapshot().unwrap();
        let (client, project) = (self.client(id), snapshot.instance().project(self.project).unwrap());
        ["reader", "writer"].into_iter().filter(|name| client.has_role(&key(name), project)).collect()
    }

    fn listed(&self, within: Within<ProjectId>) -> (Vec<AuthorizationId>, Total) {
        let page = Page { after: None, backwards: false, offset: 0, limit: 10 };
        let query = AuthorizationQuery { within, by_grant: ByGrant::default(), filters: Vec::new(), page };
        let listed = self.steps.store().snapshot().unwrap().list_authorizations(&query).unwrap();
        (listed.found.iter().map(|(_, found)| found.id).collect(), listed.total)
    }

    /// The bearer of a token, with an administrator role for a realm.
    fn bearer(&self, home: OrganizationId, name: &str, realm: AdminScope, role: AdminRole) -> Principal {
        let client = user_of(&self.steps, home, name);
        self.steps.update(client, ClientUpdate::AddAdminRoles(realm, vec![role])).unwrap();
        let credential = self.steps.add_credential(client, ExistingCredentials::Keep).unwrap();
        let token = self.steps.presented(&self.steps.issued(client, credential, DAY));
        Principal::Bearer(Bearer { client, credential, token })
    }
}

fn refused<T>(refusal: OperationError) -> Result<T, CommandError> {
    Err(CommandError::Refused(refusal))
}

#[test]
fn a_grant_is_refused_for_organizations_projects_roles_and_states_that_it_can_not_be_for() {
    let scene = scene();
    let create = |roles: &[&str]| ProjectGrantOperation::Create(keys(roles));
    let operator = Principal::Operator;
    let unknown = OrganizationId(77);
    assert_eq!(scene.grant_as(operator, unknown, create(&[])), refused(OperationError::UnknownOrganization));
    assert_eq!(scene.grant_as(operator, scene.owner, create(&[])), refused(OperationError::OwnOrganization));
    assert_eq!(scene.grant(create(&["admin"])), refused(OperationError::UnknownRole));
    for action in [
        ProjectGrantOperation::Change(Vec::new()),
        ProjectGrantOperation::SetActive(false),
        ProjectGrantOperation::Delete,
    ] {
        assert_eq!(scene.grant(action), refused(OperationError::UnknownProjectGrant));
    }
    let operation = Operation::ProjectGrant(ProjectId(78), scene.granted, create(&[]));
    let nowhere = project_of(scene.steps.store().execute(scene.steps.command(operation)));
    assert_eq!(nowhere, refused(OperationError::UnknownProject));
    assert!(scene.grant(create(&["reader"])).is_ok());
    assert_eq!(scene.grant(create(&["reader"])), refused(OperationError::ProjectGrantTaken));
    assert_eq!(
        scene.grant(ProjectGrantOperation::SetActive(true)),
        refused(OperationError::AlreadySo("active"))
    );
    assert_eq!(
        scene.grant(ProjectGrantOperation::Change(keys(&["admin"]))),
        refused(OperationError::UnknownRole)
    );
}

#[test]
fn a_grant_needs_the_right_to_grant_in_the_project() {
    let scene = scene();
    let create = || ProjectGrantOperation::Create(Vec::new());
    let foreign =
        scene.bearer(scene.granted, "foreign", AdminScope::Organization(scene.granted), AdminRole::OrgOwner);
    let manager = scene.bearer(
        scene.owner,
        "manager",
        AdminScope::Organization(scene.owner),
        AdminRole::OrgUserManager,
    );
    for by in [foreign, manager] {
        let denied = Err(CommandError::Refused(OperationError::NotPermitted(Permission::ProjectGrantWrite)));
        assert_eq!(scene.grant_as(by, scene.granted, create()), denied);
    }
    let owner =
        scene.bearer(scene.owner, "owner", AdminScope::Project(scene.project), AdminRole::ProjectOwner);
    assert!(scene.grant_as(owner, scene.granted, create()).is_ok());
    let denied = Err(CommandError::Refused(OperationError::NotPermitted(Permission::ProjectGrantDelete)));
    assert_eq!(scene.grant_as(foreign, scene.granted, ProjectGrantOperation::Delete), denied);
}

#[test]
fn a_grant_has_a_version_of_its_own() {
    let scene = scene();
    let before = scene.grant(ProjectGrantOperation::Create(Vec::new())).unwrap();
    let read = before.grants[&scene.granted].event_id;
    let change = |expected| {
        let operation = Operation::ProjectGrant(
            scene.project,
            scene.granted,
            ProjectGrantOperation::Change(keys(&["reader"])),
        );
        let (by, now) = (Principal::Operator, scene.steps.now());
        let command = AdminCommand { by, operation, expected: Some(expected), now };
        project_of(scene.steps.store().execute(Command::Administer(Box::new(command))))
    };
    let after = change(read).unwrap();
    assert_eq!(change(read), refused(OperationError::Stale));
    assert_eq!(
        (after.event_id, after.changed),
        (before.event_id, before.changed),
        "the project is what it was"
    );
}

#[test]
fn users_of_the_granted_organization_are_admitted_while_the_grant_is_active() {
    let scene = scene();
    assert_eq!((scene.is_admitted(scene.own), scene.is_admitted(scene.user)), (true, false));
    let third = organization(&scene.steps, "Third");
    scene.grant_as(Principal::Operator, third, ProjectGrantOperation::Create(Vec::new())).unwrap();
    assert!(!scene.is_admitted(scene.user), "by another organization's grant");
    scene.grant(ProjectGrantOperation::Create(Vec::new())).unwrap();
    assert!(scene.is_admitted(scene.user));
    scene.grant(ProjectGrantOperation::SetActive(false)).unwrap();
    assert!(!scene.is_admitted(scene.user));
    scene.grant(ProjectGrantOperation::SetActive(true)).unwrap();
    assert!(scene.is_admitted(scene.user));
    scene.grant(ProjectGrantOperation::Delete).unwrap();
    assert_eq!((scene.is_admitted(scene.own), scene.is_admitted(scene.user)), (true, false));
}

#[test]
fn an_authorization_by_a_grant_has_roles_of_the_grant_and_ends_with_it() {
    let scene = scene();
    scene.grant(ProjectGrantOperation::Create(keys(&["reader"]))).unwrap();
    assert_eq!(scene.authorize(scene.user, &["writer"]), Err(OperationError::RoleNotGranted));
    assert_eq!(scene.authorize(scene.user, &["admin"]), Err(OperationError::UnknownRole));
    assert!(scene.authorize(scene.own, &["writer"]).is_ok(), "the own organization's users are not bound");
    let id = scene.authorize(scene.user, &["reader"]).unwrap();
    let change = |roles: &[&str]| scene.steps.update(scene.user, ClientUpdate::Reauthorize(id, keys(roles)));
    assert_eq!(change(&["reader", "writer"]), Err(OperationError::RoleNotGranted));
    scene.grant(ProjectGrantOperation::Change(keys(&["reader", "writer"]))).unwrap();
    assert!(change(&["reader", "writer"]).is_ok());
    assert_eq!(scene.roles(scene.user), ["reader", "writer"]);
    scene.grant(ProjectGrantOperation::Change(keys(&["writer"]))).unwrap();
    assert_eq!(scene.roles(scene.user), ["writer"]);
    scene.grant(ProjectGrantOperation::Change(keys(&["reader", "writer"]))).unwrap();
    assert_eq!(scene.roles(scene.user), ["writer"], "a role that was put back is given anew");
    scene.grant(ProjectGrantOperation::SetActive(false)).unwrap();
    assert_eq!(scene.roles(scene.user), [""; 0]);
    scene.grant(ProjectGrantOperation::SetActive(true)).unwrap();
    assert_eq!(scene.roles(scene.user), ["writer"]);
    scene.grant(ProjectGrantOperation::Delete).unwrap();
    assert_eq!(scene.roles(scene.user), [""; 0]);
    assert_eq!(scene.roles(scene.own), ["writer"]);
}

#[test]
fn an_authorization_whose_grant_was_deleted_counts_as_absent_and_makes_room() {
    let scene = scene();
    scene.grant(ProjectGrantOperation::Create(keys(&["reader"]))).unwrap();
    let own = scene.authorize(scene.own, &["reader"]).unwrap();
    let old = scene.authorize(scene.user, &["reader"]).unwrap();
    let within = || Within::These([scene.project].into());
    for within in [Within::Everything, within()] {
        assert_eq!(scene.listed(within), (vec![own, old], Total::Exactly(2)));
    }
    scene.grant(ProjectGrantOperation::Delete).unwrap();
    scene.grant(ProjectGrantOperation::Create(keys(&["reader"]))).unwrap();
    assert_eq!(scene.roles(scene.user), [""; 0], "it does not come back with a later grant");
    for within in [Within::Everything, within()] {
        assert_eq!(scene.listed(within), (vec![own], Total::Exactly(1)));
    }
    for update in [
        ClientUpdate::Reauthorize(old, Vec::new()),
        ClientUpdate::SetAuthorizationActive(old, false),
        ClientUpdate::Unauthorize(old),
    ] {
        assert_eq!(scene.steps.update(scene.user, update), Err(OperationError::UnknownAuthorization));
    }
    let new = scene.authorize(scene.user, &["reader"]).unwrap();
    assert_eq!(scene.roles(scene.user), ["reader"]);
    assert_eq!(scene.listed(within()), (vec![own, new], Total::Exactly(2)));
    let report = scene.steps.close().verify(&steps::options()).unwrap();
    assert!(report.is_sound(), "{report:?}");
}

#[test]
fn without_a_grant_only_the_project_gives_roles_to_users_of_other_organizations() {
    let scene = scene();
    let as_granted = Authorization { by_grant: true, ..scene.authorization(&["reader"]) };
    let refused = scene.steps.update(scene.user, ClientUpdate::Authorize(as_granted));
    assert_eq!(refused, Err(OperationError::UnknownProjectGrant));
    let id = scene.authorize(scene.user, &["writer"]).unwrap();
    scene.grant(ProjectGrantOperation::Create(keys(&["reader"]))).unwrap();
    assert_eq!(scene.roles(scene.user), ["writer"], "what the project gave by itself stays as it is");
    let granted =
        scene.bearer(scene.granted, "boss", AdminScope::Organization(scene.granted), AdminRole::OrgOwner);
    let take = Operation::Client(scene.user, ClientOperation::Update(ClientUpdate::Unauthorize(id)));
    let denied = scene.steps.store().execute(scene.steps.act_by(granted, take)).unwrap_err();
    assert_eq!(denied, CommandError::Refused(OperationError::NotPermitted(Permission::GrantWrite)));
}

#[test]
fn the_granted_organization_gives_its_users_roles_of_the_grant() {
    let scene = scene();
    let boss =
        scene.bearer(scene.granted, "boss", AdminScope::Organization(scene.granted), AdminRole::OrgOwner);
    let give = |user: ClientId, roles: &[&str]| {
        let update = ClientUpdate::Authorize(scene.authorization(roles));
        scene
            .steps
            .store()
            .execute(scene.steps.act_by(boss, Operation::Client(user, ClientOperation::Update(update))))
    };
    let denied = CommandError::Refused(OperationError::NotPermitted(Permission::GrantWrite));
    assert_eq!(give(scene.user, &["reader"]).unwrap_err(), denied, "without a grant");
    scene.grant(ProjectGrantOperation::Create(keys(&["reader"]))).unwrap();
    assert_eq!(give(scene.own, &["reader"]).unwrap_err(), denied, "to a user of another organization");
    let beyond = give(scene.user, &["writer"]).unwrap_err();
    assert_eq!(beyond, CommandError::Refused(OperationError::RoleNotGranted));
    assert!(give(scene.user, &["reader"]).is_ok());
    assert_eq!(scene.roles(scene.user), ["reader"]);
}

#[test]
fn grants_are_there_after_a_crash_and_go_with_their_organization() {
    let scene = scene();
    scene.grant(ProjectGrantOperation::Create(keys(&["reader"]))).unwrap();
    let scene = Scene { steps: scene.steps.crash(), ..scene };
    assert!(scene.is_admitted(scene.user));
    let delete = Operation::Organization(scene.granted, OrganizationOperation::Delete);
    scene.steps.store().execute(scene.steps.command(delete)).unwrap();
    let scene = Scene { steps: scene.steps.crash(), ..scene };
    let grants = || {
        let snapshot = scene.steps.store().snapshot().unwrap();
        snapshot.instance().project(scene.project).unwrap().grants.len()
    };
    for _ in 0..100 {
        if grants() == 0 {
            break;
        }
        scene.steps.store().execute(Command::FlushUses).unwrap();
    }
    assert_eq!(grants(), 0);
    let removed = scene.grant(ProjectGrantOperation::Create(Vec::new()));
    assert_eq!(removed, refused(OperationError::UnknownOrganization));
}
