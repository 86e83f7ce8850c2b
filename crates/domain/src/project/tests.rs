use super::*;
use crate::client::Client;
use crate::fixtures::{NOW, ORGANIZATION, PROJECT, authorization, instance, role, user_with};
use crate::instance::Instance;
use crate::project_grant::GRANTS_OF_INSTANCE_MAX;
use crate::service_user::Authorization;
use std::sync::Arc;

const OWNER: OrganizationId = OrganizationId(900);
const THIRD: OrganizationId = OrganizationId(901);
const FIRST: EventId = EventId(10);

/// A project of another organization than the fixture user's.
fn project() -> Project {
    Project { organization: OWNER, ..Project::clone(&instance().projects[&PROJECT]) }
}

fn roles(keys: &[&str]) -> Vec<RoleKey> {
    keys.iter().map(|key| role(key)).collect()
}

fn granted(keys: &[&str]) -> Project {
    project().grant_to(ORGANIZATION, roles(keys), NOW, FIRST).unwrap()
}

/// A user of the granted organization, with roles that the grant gave at this event.
fn user(keys: &[&str], event_id: EventId) -> Client {
    user_with(|user| {
        user.authorizations =
            vec![Authorization { by_grant: true, event_id, ..authorization(PROJECT, keys) }];
    })
}

fn with(project: Project) -> Instance {
    let mut all = instance();
    all.projects.insert(PROJECT, Arc::new(project));
    all
}

/// The roles in effect, and true if the authorization is in effect.
fn in_effect(client: &Client, project: Project) -> (Vec<String>, bool) {
    let all = with(project);
    let has = |key: &&str| client.has_role(&role(key), &all.projects[&PROJECT]);
    let keys = ["reader", "writer"].into_iter().filter(has).map(String::from);
    (keys.collect(), client.has_roles_in(PROJECT, &all))
}

#[test]
fn a_project_is_granted_to_each_other_organization_once_with_roles_that_it_has() {
    let grant = |project: Project, to, keys: &[&str]| {
        project.grant_to(to, roles(keys), NOW, FIRST).map(|project| project.grants.len())
    };
    assert_eq!(grant(project(), OWNER, &[]), Err(OperationError::OwnOrganization));
    assert_eq!(grant(granted(&[]), ORGANIZATION, &[]), Err(OperationError::ProjectGrantTaken));
    assert_eq!(grant(project(), ORGANIZATION, &["reader", "admin"]), Err(OperationError::UnknownRole));
    assert_eq!(grant(granted(&[]), THIRD, &["reader"]), Ok(2));
}

#[test]
fn one_grant_past_the_bound_is_refused() {
    let grant = |project: Project, to: usize| {
        project.grant_to(OrganizationId(1_000 + u64::try_from(to).unwrap()), Vec::new(), NOW, FIRST)
    };
    let full = (0..GRANTS_MAX).try_fold(project(), grant).unwrap();
    assert_eq!(grant(full.clone(), GRANTS_MAX), Err(OperationError::TooMany(GRANTS_MAX)));
    let one_less = full.revoke_grant(OrganizationId(1_000)).unwrap();
    assert_eq!(grant(one_less, GRANTS_MAX).map(|project| project.grants.len()), Ok(GRANTS_MAX));
}

#[test]
fn one_grant_past_the_bound_of_the_instance_is_refused() {
    let grant = |project: Project, to| project.grant_to(OrganizationId(to), Vec::new(), NOW, FIRST).unwrap();
    let full = (1..=u64::try_from(GRANTS_MAX).unwrap()).fold(project(), grant);
    let mut all = instance();
    let ids = (1_000..).map(ProjectId).take(GRANTS_OF_INSTANCE_MAX / GRANTS_MAX);
    all.projects.extend(ids.map(|id| (id, Arc::new(Project { id, ..full.clone() }))));
    assert_eq!(all.check_room_for_grant(), Err(OperationError::TooMany(GRANTS_OF_INSTANCE_MAX)));
    let one_less = full.revoke_grant(OrganizationId(1)).unwrap();
    all.projects.insert(ProjectId(1_000), Arc::new(one_less));
    assert_eq!(all.check_room_for_grant(), Ok(()));
}

#[test]
fn one_granted_role_past_the_bound_is_refused() {
    let mut project = project();
    let template = project.roles[0].clone();
    let keys: Vec<_> = (0..500).map(|number| role(&format!("role{number}"))).collect();
    project.roles = keys.iter().map(|key| Role { key: key.clone(), ..template.clone() }).collect();
    let grant = |project: Project, to| project.grant_to(OrganizationId(to), keys.clone(), NOW, FIRST);
    let full = (1_000..1_000 + 20).try_fold(project, grant).unwrap();
    let one = full.clone().grant_to(THIRD, vec![keys[0].clone()], NOW, FIRST);
    assert_eq!(one, Err(OperationError::TooMany(GRANTED_ROLES_MAX)));
    let none = full.grant_to(THIRD, Vec::new(), NOW, FIRST).unwrap();
    let more = none.change_grant(THIRD, vec![keys[0].clone()], NOW, FIRST);
    assert_eq!(more, Err(OperationError::TooMany(GRANTED_ROLES_MAX)));
}

#[test]
fn a_grant_that_is_not_there_is_not_changed() {
    let refused = Err(OperationError::UnknownProjectGrant);
    assert_eq!(granted(&[]).change_grant(THIRD, Vec::new(), NOW, FIRST), refused);
    assert_eq!(granted(&[]).set_grant_active(THIRD, false, NOW, FIRST), refused);
    assert_eq!(granted(&[]).revoke_grant(THIRD), refused);
    assert_eq!(
        granted(&[]).change_grant(ORGANIZATION, roles(&["admin"]), NOW, FIRST),
        Err(OperationError::UnknownRole)
    );
    assert_eq!(
        granted(&[]).set_grant_active(ORGANIZATION, true, NOW, FIRST),
        Err(OperationError::AlreadySo("active"))
    );
}

#[test]
fn access_is_for_the_own_organization_and_those_with_an_active_grant() {
    let admits = |project: Project| {
        let all = with(Project { access_required: true, ..project });
        all.admits(&user(&[], FIRST), PROJECT)
    };
    assert!(!admits(project()));
    assert!(
        !admits(project().grant_to(THIRD, Vec::new(), NOW, FIRST).unwrap()),
        "another organization's grant"
    );
    assert!(admits(granted(&[])));
    let inactive = granted(&[]).set_grant_active(ORGANIZATION, false, NOW, EventId(11)).unwrap();
    assert!(!admits(inactive.clone()));
    assert!(admits(inactive.set_grant_active(ORGANIZATION, true, NOW, EventId(12)).unwrap()));
    assert!(!admits(granted(&[]).revoke_grant(ORGANIZATION).unwrap()));
    assert!(admits(Project { organization: ORGANIZATION, ..project() }));
}

#[test]
fn an_authorization_by_a_grant_has_the_roles_of_the_grant_while_it_is_active() {
    let user = user(&["reader", "writer"], EventId(11));
    let of = |keys: &[&str]| keys.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(in_effect(&user, granted(&["reader", "writer"])), (of(&["reader", "writer"]), true));
    assert_eq!(in_effect(&user, granted(&["writer"])), (of(&["writer"]), true));
    assert_eq!(in_effect(&user, granted(&[])), (of(&[]), true), "without roles it is an authorization still");
    let inactive = granted(&["reader"]).set_grant_active(ORGANIZATION, false, NOW, EventId(12)).unwrap();
    assert_eq!(in_effect(&user, inactive.clone()), (of(&[]), false));
    let active = inactive.set_grant_active(ORGANIZATION, true, NOW, EventId(13)).unwrap();
    assert_eq!(in_effect(&user, active), (of(&["reader"]), true));
    assert_eq!(in_effect(&user, project()), (of(&[]), false));
    let other = project().grant_to(THIRD, roles(&["reader"]), NOW, FIRST).unwrap();
    assert_eq!(in_effect(&user, other), (of(&[]), false), "another organization's grant");
}

#[test]
fn an_authorization_does_not_come_back_with_a_later_grant_or_role() {
    let user = user(&["reader", "writer"], EventId(11));
    let later = EventId(12);
    let again = granted(&["reader"]).revoke_grant(ORGANIZATION).unwrap();
    let again = again.grant_to(ORGANIZATION, roles(&["reader"]), NOW, later).unwrap();
    assert_eq!(in_effect(&user, again.clone()), (Vec::new(), false));
    let authorization = &user.service_user().unwrap().authorizations[0];
    assert!(authorization.is_revoked(&with(again), ORGANIZATION));
    let without = granted(&["reader", "writer"]).change_grant(ORGANIZATION, roles(&["writer"]), NOW, later);
    let with_both =
        without.unwrap().change_grant(ORGANIZATION, roles(&["reader", "writer"]), NOW, EventId(13));
    assert_eq!(in_effect(&user, with_both.unwrap()), (vec!["writer".into()], true));
}

#[test]
fn a_role_that_the_project_loses_is_in_no_grant() {
    let without = granted(&["reader", "writer"]).remove_role(&role("reader")).unwrap();
    let keys: Vec<_> = without.grants[&ORGANIZATION].roles.iter().map(|role| role.key.as_str()).collect();
    assert_eq!(keys, ["writer"]);
    assert_eq!(without.remove_role(&role("reader")), Err(OperationError::UnknownRole));
}

#[test]
fn authorizations_of_the_own_organization_are_not_bound_by_a_grant() {
    let user = user_with(|user| user.authorizations = vec![authorization(PROJECT, &["reader"])]);
    assert_eq!(in_effect(&user, project()), (vec!["reader".into()], true));
}
