//! Deleted objects of any size are absent at once, and their rows are removed in slices.

#![expect(clippy::unwrap_used, reason = "a test program fails by panicking, its helpers too")]

mod steps;

use jeton_domain::admin::{
    ClientOperation, NewServiceUser, Operation, OrganizationOperation, Outcome, ProjectEdit,
    ProjectOperation, RetiredName,
};
use jeton_domain::credential::ExistingCredentials;
use jeton_domain::id::{ClientId, ClientName, OrganizationId, ProjectId};
use jeton_domain::refusal::OperationError;
use jeton_domain::resource::Resource;
use jeton_domain::time::Lifetime;
use jeton_store::limits::REMOVAL_SLICE_ROWS;
use jeton_store::query::Within;
use jeton_store::{Command, CommandError};
use steps::{DAY, Steps, Token, options, text};

const USERS: u64 = 400;

fn does(steps: &Steps, operation: Operation) -> Result<Outcome, CommandError> {
    steps.store().execute(steps.command(operation))
}

fn next(steps: &Steps) -> u64 {
    steps.store().next_id(steps.now())
}

fn resource() -> Resource {
    Resource::parse("https://api.example.com").unwrap()
}

/// An organization with many users and a project with an API.
struct Scene {
    steps: Steps,
    organization: OrganizationId,
    project: ProjectId,
    first: ClientId,
    api: ClientId,
    token: Token,
}

fn scene() -> Scene {
    let steps = Steps::new();
    let organization = OrganizationId(next(&steps));
    does(
        &steps,
        Operation::Organization(organization, OrganizationOperation::Create(text("Big"), Vec::new())),
    )
    .unwrap();
    let users: Vec<_> = (0..USERS)
        .map(|number| {
            let user = steps.new_user(ClientId(next(&steps)), &format!("user-{number}"));
            NewServiceUser { organization, ..user }
        })
        .collect();
    let first = users.first().unwrap().id;
    does(&steps, Operation::CreateServiceUsers(users)).unwrap();
    let project = ProjectId(next(&steps));
    let create = ProjectOperation::Create { organization, name: text("Shop"), edit: ProjectEdit::default() };
    does(&steps, Operation::Project(project, create)).unwrap();
    let api = ClientId(next(&steps));
    let (name, resource) = (text("API"), Some(resource()));
    does(
        &steps,
        Operation::Client(api, ClientOperation::CreateApi { name, project, resource, credential: None }),
    )
    .unwrap();
    let credential = steps.add_credential(first, ExistingCredentials::Keep).unwrap();
    let token = steps.issued(first, credential, DAY);
    Scene { steps, organization, project, first, api, token }
}

impl Scene {
    fn delete(&self) {
        does(&self.steps, Operation::Organization(self.organization, OrganizationOperation::Delete)).unwrap();
    }

    fn is_absent(&self) -> bool {
        let snapshot = self.steps.store().snapshot().unwrap();
        let is_gone = |id| {
            let (client, administered) = (snapshot.client(id), snapshot.administered_client(id));
            client.unwrap().is_none() && administered.unwrap().is_none()
        };
        let name = ClientName::username("user-0").unwrap();
        is_gone(self.first)
            && is_gone(self.api)
            && snapshot.client_by_name(&name).unwrap().is_none()
            && snapshot.api_by_resource(&resource()).unwrap().is_none()
            && snapshot.instance().project(self.project).is_none()
            && snapshot.users_len(&Within::Everything).unwrap() == 0
            && !self.steps.is_live(&self.token)
            && self.steps.listing().is_empty()
    }

    /// Waits until all rows are removed.
    fn finish(&self) {
        for _ in 0..USERS {
            if self.steps.records().is_empty() {
                return;
            }
            self.steps.store().execute(Command::FlushUses).unwrap();
        }
        assert!(self.steps.records().is_empty());
    }

    fn with(self, steps: Steps) -> Self {
        Self { steps, ..self }
    }
}

#[test]
fn deleted_objects_are_absent_at_once_and_removed_in_slices() {
    assert!(USERS * 8 > 2 * REMOVAL_SLICE_ROWS as u64, "more than one slice");
    let scene = scene();
    scene.delete();
    assert!(scene.is_absent());
    scene.finish();
    assert!(scene.is_absent());
    let report = scene.steps.close().verify(&options()).unwrap();
    assert!(report.is_sound(), "{report:?}");
}

#[test]
fn deleted_objects_are_absent_after_a_crash_and_their_removal_continues() {
    for writes in (0..200).step_by(13) {
        let scene = scene();
        scene.delete();
        scene.steps.disk.fail_after(writes);
        (0..3).for_each(|_| drop(scene.steps.store().execute(Command::FlushUses)));
        let disk = scene.steps.disk.image();
        disk.heal();
        let again = Steps::over(disk, &scene.steps);
        let scene = scene.with(again);
        assert!(scene.is_absent(), "{writes}");
        scene.finish();
        assert!(scene.is_absent(), "{writes}");
        assert!(scene.steps.close().verify(&options()).unwrap().is_sound(), "{writes}");
    }
}

#[test]
fn names_of_deleted_objects_are_never_free_during_removal() {
    let scene = scene();
    scene.delete();
    let steps = &scene.steps;
    let take = |name: &str| steps.create(ClientId(next(steps)), name);
    // In use while its row is there, and retired from then on, which another organization is not told.
    while !steps.records().is_empty() {
        let refused = take("user-0").unwrap_err();
        assert!(matches!(refused, OperationError::NameTaken | OperationError::NameRetired), "{refused:?}");
    }
    for number in [0, USERS - 1] {
        assert_eq!(take(&format!("user-{number}")), Err(OperationError::NameRetired));
    }
    let name = RetiredName::Username(ClientName::username("user-0").unwrap());
    does(steps, Operation::FreeName(name)).unwrap();
    assert_eq!(take("user-0"), Ok(()));
}

#[test]
fn ids_of_deleted_objects_stay_used_before_and_after_the_removal_of_their_rows() {
    let scene = scene();
    scene.delete();
    for _ in 0..2 {
        let ids = [scene.first, scene.api, ClientId(scene.project.0), ClientId(scene.organization.0)];
        for id in ids {
            assert_eq!(scene.steps.create(id, "another"), Err(OperationError::IdTaken), "{id}");
        }
        scene.finish();
    }
}

#[test]
fn a_project_is_deleted_with_its_apis_and_users_stay() {
    let scene = scene();
    let steps = &scene.steps;
    does(steps, Operation::Project(scene.project, ProjectOperation::Delete)).unwrap();
    assert!(steps.store().snapshot().unwrap().client(scene.api).unwrap().is_none());
    assert!(steps.is_live(&scene.token));
    let whole = usize::try_from(USERS).unwrap();
    while steps.records().len() > whole {
        steps.store().execute(Command::FlushUses).unwrap();
    }
    assert_eq!(steps.listing().len(), whole);
    assert!(scene.steps.close().verify(&options()).unwrap().is_sound());
}

#[test]
fn an_unreadable_user_is_removed_with_its_organization() {
    let scene = scene();
    let first = scene.first;
    let Scene { steps, organization, project, api, token, .. } = scene;
    let steps = steps.spoil("clients", first.0);
    let scene = Scene { steps, organization, project, first, api, token };
    scene.delete();
    scene.finish();
    let steps = &scene.steps;
    while steps.store().snapshot().unwrap().has_unreadable_client(first).unwrap() {
        steps.store().execute(Command::FlushUses).unwrap();
    }
    assert!(scene.steps.close().verify(&options()).unwrap().is_sound());
}

#[test]
fn past_credentials_of_a_deleted_client_are_removed() {
    let steps = Steps::new();
    let (user, _) = steps.user("billing");
    for _ in 0..400 {
        steps.add_credential(user, ExistingCredentials::EndAfter(Lifetime(0))).unwrap();
    }
    let client = steps.store().snapshot().unwrap().client(user).unwrap().unwrap().client;
    let all = steps.store().snapshot().unwrap().credentials_of(&client).unwrap().credentials;
    assert!(all.len() > 300, "{}", all.len());
    steps.change(user, ClientOperation::Delete).unwrap();
    let is_there = || {
        let snapshot = steps.store().snapshot().unwrap();
        all.iter().any(|past| snapshot.past_credential(user, past.credential.id).unwrap().is_some())
    };
    for _ in 0..50 {
        steps.store().execute(Command::FlushUses).unwrap();
    }
    assert!(!is_there());
}
