//! Tests of roles in scopes, and of projects that do not admit every user.

use super::*;
use jeton_domain::id::OrganizationId;
use jeton_domain::service_user::Authorization;
use std::sync::Arc;

const ROLE: &str = "urn:zitadel:iam:org:project:role:";

/// A user with roles in these projects: `reader` in the first, `writer` in the second.
fn user(projects: &[ProjectId]) -> Client {
    let roles = ["reader", "writer"];
    user_with(|user| {
        user.authorizations =
            projects.iter().zip(roles).map(|(project, role)| authorization(*project, &[role])).collect();
    })
}

fn granted_in(instance: &Instance, user: Client, scope: &str) -> Result<String, Denial> {
    ask_in(instance, user, scope, &[], &policy()).map(|grant| grant.facts.scopes.to_string())
}

fn with(id: ProjectId, change: impl FnOnce(&mut jeton_domain::project::Project)) -> Instance {
    let mut all = instance();
    change(Arc::make_mut(all.projects.get_mut(&id).unwrap()));
    all
}

#[test]
fn a_role_is_granted_to_a_user_that_has_it_in_the_audience_and_to_no_other() {
    let own = aud(PROJECT);
    let asked = format!("{own} {ROLE}reader {ROLE}writer {ROLE}admin");
    let granted = |user| granted_in(&instance(), user, &asked).unwrap();
    assert_eq!(granted(user(&[PROJECT])), format!("{own} {ROLE}reader"));
    assert_eq!(granted(user(&[])), own);
    assert_eq!(granted(user(&[OTHER_PROJECT])), own, "it has the role elsewhere");
    let nowhere = granted_in(&instance(), user(&[PROJECT]), &format!("openid {ROLE}reader {ROLE}writer"));
    assert_eq!(nowhere.unwrap(), format!("openid {ROLE}reader"), "the default project");
    let inactive = user_with(|user| {
        user.authorizations = vec![Authorization { active: false, ..authorization(PROJECT, &["reader"]) }];
    });
    assert_eq!(granted(inactive), own);
}

#[test]
fn strict_mode_refuses_a_role_that_the_user_has_not() {
    let ask = |scope: &str| ask_in(&instance(), user(&[PROJECT]), scope, &[], &strict()).map(|_| ());
    assert_eq!(ask(&format!("openid {ROLE}reader")), Ok(()));
    assert_eq!(ask(&format!("openid {ROLE}writer")), Err(Denial::InvalidScope));
}

#[test]
fn readers_are_told_the_roles_that_the_user_has_with_each_of_them() {
    let user = user(&[PROJECT, OTHER_PROJECT]);
    let set = scopes(&format!("openid {ROLE}reader {ROLE}writer"));
    let told = |projects: &[ProjectId]| told_scopes(&set, &user, projects, &instance()).to_string();
    assert_eq!(told(&[PROJECT]), format!("openid {ROLE}reader"));
    assert_eq!(told(&[OTHER_PROJECT]), format!("openid {ROLE}writer"));
    assert_eq!(told(&[PROJECT, OTHER_PROJECT]), "openid");
    assert_eq!(told(&[PROJECT, MANAGEMENT]), format!("openid {ROLE}reader"));
    assert_eq!(told(&[MANAGEMENT]), "openid");
}

#[test]
fn a_project_that_requires_an_authorization_is_no_audience_without_one() {
    let closed = with(PROJECT, |project| project.authorization_required = true);
    let (own, other) = (aud(PROJECT), aud(OTHER_PROJECT));
    let ask = |user, scope: &str| granted_in(&closed, user, scope);
    assert_eq!(ask(user(&[]), &own), Err(Denial::NoAudience));
    assert_eq!(ask(user(&[]), "openid"), Err(Denial::NoAudience), "the default project");
    assert_eq!(ask(user(&[]), &format!("openid {own} {other}")), Ok(format!("openid {other}")));
    assert_eq!(ask(user(&[]), &format!("openid {other}")), Ok(format!("openid {other}")));
    assert_eq!(ask(user(&[PROJECT]), &own), Ok(own.clone()));
    let inactive = user_with(|user| {
        user.authorizations = vec![Authorization { active: false, ..authorization(PROJECT, &["reader"]) }];
    });
    assert_eq!(ask(inactive, &own), Err(Denial::NoAudience));
    let without_roles = user_with(|user| user.authorizations = vec![authorization(PROJECT, &[])]);
    assert_eq!(ask(without_roles, &own), Ok(own));
}

#[test]
fn a_project_for_its_own_organization_is_no_audience_of_others() {
    let closed = with(PROJECT, |project| project.access_required = true);
    let foreign = with(PROJECT, |project| {
        project.access_required = true;
        project.organization = OrganizationId(9);
    });
    let own = aud(PROJECT);
    assert_eq!(granted_in(&closed, user(&[]), &own), Ok(own.clone()));
    for user in [user(&[]), user(&[PROJECT])] {
        assert_eq!(granted_in(&foreign, user, &own), Err(Denial::NoAudience));
    }
}

#[test]
fn strict_mode_refuses_an_audience_that_does_not_admit_the_user() {
    let closed = with(PROJECT, |project| project.authorization_required = true);
    let scope = format!("{} {}", aud(PROJECT), aud(OTHER_PROJECT));
    let refused = ask_in(&closed, user(&[]), &scope, &[], &strict()).map(|_| ());
    assert_eq!(refused, Err(Denial::InvalidScope));
}

#[test]
fn a_resource_is_admitted_as_its_project() {
    let closed = with(PROJECT, |project| project.authorization_required = true);
    let resource = Resource::parse("https://api.example.com").unwrap();
    let targets = [Target { api: ClientId(700), project: PROJECT, resource }];
    let ask = |user| ask_in(&closed, user, "openid", &targets, &policy()).map(|_| ());
    assert_eq!(ask(user(&[])), Err(Denial::NoAudience));
    assert_eq!(ask(user(&[PROJECT])), Ok(()));
}

#[test]
fn the_management_api_admits_by_administrator_roles_alone() {
    let closed = with(MANAGEMENT, |project| {
        project.authorization_required = true;
        project.access_required = true;
        project.organization = OrganizationId(9);
    });
    assert_eq!(granted_in(&closed, user(&[]), MANAGEMENT_AUD), Ok(MANAGEMENT_AUD.into()));
}

#[test]
fn limits_do_not_bring_an_audience_that_does_not_admit_the_user() {
    let closed = with(PROJECT, |project| project.authorization_required = true);
    let limited = |allowed: &[ProjectId]| {
        let allowed = allowed.to_vec();
        user_with(|user| user.limits.audiences = Some(allowed))
    };
    assert_eq!(granted_in(&closed, limited(&[PROJECT]), "openid"), Err(Denial::NoAudience));
    let left = granted_in(&closed, limited(&[PROJECT, OTHER_PROJECT]), "openid");
    assert_eq!(left, Ok(format!("openid {}", aud(OTHER_PROJECT))));
}

#[test]
fn an_unreadable_project_grants_nothing() {
    let mut broken = instance();
    broken.projects.remove(&PROJECT);
    broken.unreadable.insert(PROJECT.0);
    assert_eq!(granted_in(&broken, user(&[]), &aud(PROJECT)), Err(Denial::Unavailable));
}

/// The current facts count: a token whose authorization was removed is for no project, even if it names
/// one.
#[test]
fn a_token_is_seen_no_more_when_its_user_is_not_admitted_any_more() {
    let closed = with(PROJECT, |project| project.authorization_required = true);
    for facts in [facts(&aud(PROJECT), &[]), facts("openid", &[]), facts("openid", &[api().id.0])] {
        for (user, admitted) in [(user(&[PROJECT]), true), (user(&[]), false)] {
            assert_eq!(sees_in(&closed, PROJECT, &user, &facts), admitted);
            let is_for: Vec<_> = audience(&facts, &user, &closed).collect();
            assert!(!is_for.contains(&OTHER_PROJECT));
            assert!(admitted || is_for.is_empty(), "it falls back to nothing");
        }
    }
}
