//! Unreadable records: named, set aside, removable, without an effect on other requests.

#![expect(clippy::unwrap_used, reason = "a test program fails by panicking, its helpers too")]

mod steps;

use jeton_domain::admin::{
    ClientOperation, ClientUpdate, NewServiceUser, Operation, OrganizationOperation, Outcome, ProjectEdit,
    ProjectOperation,
};
use jeton_domain::credential::ExistingCredentials;
use jeton_domain::id::{ClientId, ClientName, OrganizationId, ProjectId, SigningKeyId};
use jeton_domain::key::{Algorithm, PublicKey};
use jeton_domain::permission::{AdminRole, AdminScope};
use jeton_domain::record::{RecordKind, UnreadableRecord};
use jeton_domain::refusal::OperationError;
use jeton_domain::role::RoleKey;
use jeton_domain::service_user::Authorization;
use jeton_domain::signing::KeyChange;
use jeton_domain::time::Lifetime;
use jeton_store::query::{AuthorizationQuery, ByGrant, Page, Total, Within};
use jeton_store::{CommandError, Unavailable};
use std::collections::BTreeSet;
use steps::{DAY, Steps, text};

fn does(steps: &Steps, operation: Operation) -> Result<Outcome, CommandError> {
    steps.store().execute(steps.command(operation))
}

fn organization(steps: &Steps) -> OrganizationId {
    let id = OrganizationId(steps.store().next_id(steps.now()));
    does(steps, Operation::Organization(id, OrganizationOperation::Create(text("Other"), Vec::new())))
        .unwrap();
    id
}

fn project(steps: &Steps, organization: OrganizationId) -> ProjectId {
    let id = ProjectId(steps.store().next_id(steps.now()));
    let create = ProjectOperation::Create { organization, name: text("Shop"), edit: ProjectEdit::default() };
    does(steps, Operation::Project(id, create)).unwrap();
    id
}

fn api(steps: &Steps, project: ProjectId) -> ClientId {
    let id = ClientId(steps.store().next_id(steps.now()));
    let create = ClientOperation::CreateApi { name: text("API"), project, resource: None, credential: None };
    does(steps, Operation::Client(id, create)).unwrap();
    id
}

fn user_of(steps: &Steps, organization: OrganizationId, name: &str) -> ClientId {
    let id = ClientId(steps.store().next_id(steps.now()));
    let user = NewServiceUser { organization, ..steps.new_user(id, name) };
    does(steps, Operation::CreateServiceUsers(vec![user])).unwrap();
    id
}

fn unknown(steps: &Steps, id: ClientId) -> UnreadableRecord {
    match steps.store().snapshot().unwrap().client(id) {
        Err(Unavailable::Record(record)) => record,
        other => unreachable!("{other:?}"),
    }
}

fn is_absent(steps: &Steps, id: ClientId) -> bool {
    steps.store().snapshot().unwrap().client(id).unwrap().is_none()
}

#[test]
fn an_unreadable_client_is_unknown_and_others_are_not_affected() {
    let steps = Steps::new();
    let (spoiled, _) = steps.user("spoiled");
    let (sound, credential) = steps.user("sound");
    let steps = steps.spoil("clients", spoiled.0);
    assert_eq!(unknown(&steps, spoiled), UnreadableRecord { kind: RecordKind::Client, id: spoiled.0 });
    let token = steps.issued(sound, credential, DAY);
    assert!(steps.is_live(&token));
    let snapshot = steps.store().snapshot().unwrap();
    assert_eq!(snapshot.listed(spoiled).unwrap().map(|_| ()), Err(spoiled));
    assert_eq!(steps.users_len(&Within::Everything), 2);
    assert_eq!(steps.listing().len(), 1);
}

#[test]
fn a_client_that_cannot_be_read_is_not_changed() {
    let steps = Steps::new();
    let (id, _) = steps.user("spoiled");
    let steps = steps.spoil("clients", id.0);
    for update in [ClientUpdate::Reactivate, ClientUpdate::RevokeTokens, ClientUpdate::RevokeSecrets] {
        let refused = does(&steps, Operation::Client(id, ClientOperation::Update(update)));
        assert!(
            matches!(refused, Err(CommandError::Refused(OperationError::Unreadable(record))) if record.id == id.0),
            "{refused:?}"
        );
    }
}

#[test]
fn an_unreadable_client_is_deleted_with_all_its_index_rows() {
    let steps = Steps::new();
    let shop = project(&steps, steps.organization());
    let (id, _) = steps.user("spoiled");
    let key = RoleKey::parse("reader").unwrap();
    let role = ProjectOperation::AddRole { key: key.clone(), name: text(""), group: text("") };
    does(&steps, Operation::Project(shop, role)).unwrap();
    let grant = Authorization {
        id: jeton_domain::id::AuthorizationId(77),
        project: shop,
        roles: vec![key],
        active: true,
        by_grant: false,
        created: steps.now(),
        changed: steps.now(),
        event_id: jeton_domain::id::EventId(0),
    };
    steps.update(id, ClientUpdate::Authorize(grant)).unwrap();
    steps
        .update(id, ClientUpdate::AddAdminRoles(AdminScope::Instance, vec![AdminRole::IamOwnerViewer]))
        .unwrap();
    let steps = steps.spoil("clients", id.0);
    does(&steps, Operation::Client(id, ClientOperation::Delete)).unwrap();
    let snapshot = steps.store().snapshot().unwrap();
    assert!(is_absent(&steps, id) && !snapshot.has_unreadable_client(id).unwrap());
    assert_eq!(snapshot.client_named(&ClientName::username("spoiled").unwrap()).unwrap(), None);
    for within in [Within::Everything, Within::These([steps.organization()].into())] {
        assert_eq!(steps.users_len(&within), 0);
    }
    assert!(!snapshot.has_administrators().unwrap());
    let page = Page { after: None, backwards: false, offset: 0, limit: 10 };
    let query = AuthorizationQuery {
        within: Within::Everything,
        by_grant: ByGrant::default(),
        filters: Vec::new(),
        page,
    };
    let listed = snapshot.list_authorizations(&query).unwrap();
    assert!(listed.found.is_empty() && listed.unreadable.is_empty() && listed.next.is_none());
    assert_eq!(listed.total, Total::Exactly(0));
    assert_eq!(
        does(&steps, Operation::Client(id, ClientOperation::Delete)).unwrap_err(),
        OperationError::UnknownClient.into()
    );
}

#[test]
fn a_client_that_cannot_be_read_is_deactivated_by_setting_it_aside() {
    let steps = Steps::new();
    let (id, _) = steps.user("spoiled");
    let steps = steps.spoil("clients", id.0);
    does(&steps, Operation::Client(id, ClientOperation::Update(ClientUpdate::Deactivate))).unwrap();
    assert!(is_absent(&steps, id));
    let steps = steps.reopen();
    assert!(is_absent(&steps, id), "after a restart, too");
    assert!(steps.store().snapshot().unwrap().has_unreadable_client(id).unwrap());
    does(&steps, Operation::Client(id, ClientOperation::Delete)).unwrap();
    assert!(!steps.store().snapshot().unwrap().has_unreadable_client(id).unwrap());
}

#[test]
fn an_organization_or_project_ends_with_clients_that_cannot_be_read() {
    for switches in [true, false] {
        let steps = Steps::new();
        let other = organization(&steps);
        let shop = project(&steps, other);
        let (user, application) = (user_of(&steps, other, "spoiled"), api(&steps, shop));
        steps
            .update(
                user,
                ClientUpdate::AddAdminRoles(AdminScope::Organization(other), vec![AdminRole::OrgOwner]),
            )
            .unwrap();
        let steps = steps.spoil("clients", user.0).spoil("clients", application.0);
        if switches {
            does(&steps, Operation::Project(shop, ProjectOperation::SetActive(false))).unwrap();
            does(&steps, Operation::Organization(other, OrganizationOperation::SetActive(false))).unwrap();
        }
        does(&steps, Operation::Project(shop, ProjectOperation::Delete)).unwrap();
        does(&steps, Operation::Organization(other, OrganizationOperation::Delete)).unwrap();
        assert!(is_absent(&steps, user) && is_absent(&steps, application));
    }
}

#[test]
fn clients_of_an_unreadable_organization_are_unknown_until_it_is_deactivated_or_deleted() {
    let decisions = [OrganizationOperation::SetActive(false), OrganizationOperation::Delete];
    for decision in decisions {
        let steps = Steps::new();
        let other = organization(&steps);
        let user = user_of(&steps, other, "theirs");
        let application = api(&steps, project(&steps, other));
        let steps = steps.spoil("organizations", other.0);
        assert_eq!(unknown(&steps, user), UnreadableRecord { kind: RecordKind::Organization, id: other.0 });
        assert_eq!(unknown(&steps, application).kind, RecordKind::Organization);
        let shown = steps.store().snapshot().unwrap().listed(user).unwrap().unwrap();
        assert!(!shown.client.is_active(), "administration shows it, as inactive");
        let deletes = matches!(decision, OrganizationOperation::Delete);
        does(&steps, Operation::Organization(other, decision)).unwrap();
        let steps = steps.reopen();
        let known = steps.store().snapshot().unwrap().client(user).unwrap();
        assert_eq!(known.map(|known| known.client.is_active()), (!deletes).then_some(false));
    }
}

#[test]
fn apis_of_an_unreadable_project_are_unknown_until_it_is_deactivated_or_deleted() {
    let steps = Steps::new();
    let shop = project(&steps, steps.organization());
    let application = api(&steps, shop);
    let steps = steps.spoil("projects", shop.0);
    assert!(steps.store().snapshot().unwrap().instance().unreadable.contains(&shop.0));
    assert_eq!(unknown(&steps, application).kind, RecordKind::Project);
    does(&steps, Operation::Project(shop, ProjectOperation::SetActive(false))).unwrap();
    let snapshot = steps.store().snapshot().unwrap();
    assert!(!snapshot.client(application).unwrap().unwrap().client.is_active());
    does(&steps, Operation::Project(shop, ProjectOperation::Delete)).unwrap();
    assert!(is_absent(&steps, application));
}

#[test]
fn objects_that_the_instance_needs_are_created_anew_instead_of_deleted() {
    let steps = Steps::new();
    let instance = steps.store().snapshot().unwrap().instance().clone();
    let (user, credential) = steps.user("kept");
    let steps = steps
        .spoil("organizations", instance.default_organization.0)
        .spoil("projects", instance.default_project.0)
        .spoil("projects", instance.management_project.0);
    let switch = Operation::Project(instance.default_project, ProjectOperation::SetActive(false));
    assert!(matches!(does(&steps, switch), Err(CommandError::Refused(OperationError::Needed(_)))));
    let delete = OrganizationOperation::Delete;
    does(&steps, Operation::Organization(instance.default_organization, delete)).unwrap();
    for project in [instance.default_project, instance.management_project] {
        does(&steps, Operation::Project(project, ProjectOperation::Delete)).unwrap();
    }
    let steps = steps.reopen();
    let after = steps.store().snapshot().unwrap().instance().clone();
    assert!(after.unreadable.is_empty());
    assert!(after.project(instance.default_project).is_some_and(|project| project.active));
    assert!(steps.is_live(&steps.issued(user, credential, DAY)), "its users are still there");
}

#[test]
fn a_signing_key_that_cannot_be_read_is_named_and_removed() {
    let steps = Steps::new();
    let add = |id| KeyChange::Add {
        id: SigningKeyId(id),
        public: PublicKey { algorithm: Algorithm::EdDsa, spki: Box::new([1]) },
        sealed: Box::new([2]),
    };
    for id in [5, 6] {
        does(&steps, Operation::SigningKeys(add(id))).unwrap();
    }
    let steps = steps.spoil("signing_keys", 5);
    let keys = steps.store().snapshot().unwrap().signing_keys().clone();
    assert_eq!((keys.keys.len(), keys.unreadable.len(), keys.active().is_none()), (1, 1, true));
    assert_eq!(does(&steps, Operation::SigningKeys(add(5))).unwrap_err(), OperationError::IdTaken.into());
    does(&steps, Operation::SigningKeys(KeyChange::Retire)).unwrap();
    let steps = steps.reopen();
    assert_eq!(
        steps.store().snapshot().unwrap().signing_keys().unreadable.len(),
        1,
        "other changes leave it"
    );
    does(&steps, Operation::SigningKeys(KeyChange::Remove(SigningKeyId(5)))).unwrap();
    let steps = steps.reopen();
    assert!(steps.store().snapshot().unwrap().signing_keys().unreadable.is_empty());
}

#[test]
fn an_event_that_cannot_be_read_is_named_by_its_number() {
    let steps = Steps::new();
    steps.user("somebody");
    let steps = steps.spoil("audit", 1);
    let snapshot = steps.store().snapshot().unwrap();
    let listed = steps.list_events(Within::Everything);
    assert_eq!((listed.found.len(), listed.unreadable), (1, vec![jeton_domain::id::EventId(1)]));
    let of_one = steps.list_events(Within::These(BTreeSet::from([steps.organization()])));
    assert!(of_one.unreadable.is_empty(), "its organization is not known");
    assert!(!snapshot.verify_trail().unwrap().faults.is_empty());
}

#[test]
fn the_id_of_an_unreadable_record_is_not_given_out_again() {
    let steps = Steps::new();
    let home = steps.store().snapshot().unwrap().instance().default_organization;
    let (lost_project, lost_organization) = (project(&steps, home), organization(&steps));
    let steps = steps.spoil("projects", lost_project.0).spoil("organizations", lost_organization.0);
    let edit = ProjectEdit::default;
    let create = || ProjectOperation::Create { organization: home, name: text("Shop"), edit: edit() };
    let take = |steps: &Steps| {
        for id in [lost_project.0, lost_organization.0] {
            let organization = OrganizationOperation::Create(text("Third"), Vec::new());
            for operation in [
                Operation::Project(ProjectId(id), create()),
                Operation::Organization(OrganizationId(id), organization),
                Operation::CreateServiceUsers(vec![steps.new_user(ClientId(id), "taker")]),
            ] {
                assert_eq!(does(steps, operation).unwrap_err(), OperationError::IdTaken.into());
            }
        }
    };
    take(&steps);
    does(&steps, Operation::Project(lost_project, ProjectOperation::SetActive(false))).unwrap();
    does(&steps, Operation::Organization(lost_organization, OrganizationOperation::SetActive(false)))
        .unwrap();
    take(&steps);
}

#[test]
fn an_unreadable_past_credential_is_named_and_can_be_revoked() {
    let steps = Steps::new();
    let (user, first) = steps.user("billing");
    let token = steps.issued(user, first, DAY);
    steps.add_credential(user, ExistingCredentials::EndAfter(Lifetime(0))).unwrap();
    let steps = steps.spoil_past(user, first);
    let history = || {
        let snapshot = steps.store().snapshot().unwrap();
        let client = snapshot.client(user).unwrap().unwrap().client;
        snapshot.credentials_of(&client).unwrap()
    };
    assert_eq!((history().credentials.len(), history().unreadable), (1, vec![first]));
    steps.update(user, ClientUpdate::RevokeCredential(first)).unwrap();
    assert!(history().unreadable.is_empty());
    assert!(!steps.is_live(&token));
}
