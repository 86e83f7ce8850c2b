use super::*;
use crate::fixtures::{NOW, OTHER_PROJECT, PROJECT, authorization, instance, scopes, text, user_with};
use serde_json::{Value, json};

fn user() -> Client {
    user_with(|user| {
        user.authorizations = vec![
            authorization(PROJECT, &["reader", "writer", "gone"]),
            authorization(OTHER_PROJECT, &["reader"]),
        ];
        user.metadata.insert(text("team"), Box::from(&b"billing\xff"[..]));
    })
}

fn claims(client: &Client, scope: &str, instance: &Instance, audience: &[ProjectId]) -> Value {
    let mut body = b"{\"sub\":\"301\"".to_vec();
    write(&mut body, client, &scopes(scope), instance, audience);
    body.push(b'}');
    let mut value: Value = serde_json::from_slice(&body).unwrap();
    value.as_object_mut().unwrap().remove("sub");
    value
}

const BOTH: &[ProjectId] = &[PROJECT, OTHER_PROJECT];

fn own() -> Value {
    json!({ "401": "example.com" })
}

#[test]
fn only_requested_claims_are_written() {
    assert_eq!(claims(&user(), "openid email phone address offline_access", &instance(), BOTH), json!({}));
}

#[test]
fn profile_tells_the_names() {
    let expected = json!({
        "name": "Billing \"worker\"", "preferred_username": "billing", "updated_at": NOW.0,
    });
    assert_eq!(claims(&user(), "profile", &instance(), BOTH), expected);
}

#[test]
fn metadata_is_base64url_without_padding() {
    let told = claims(&user(), "urn:zitadel:iam:user:metadata", &instance(), BOTH);
    assert_eq!(told, json!({ "urn:zitadel:iam:user:metadata": { "team": "YmlsbGluZ_8" } }));
}

#[test]
fn each_organization_scope_adds_the_organization() {
    let mut expected = json!({
        "urn:zitadel:iam:user:resourceowner:id": "401",
        "urn:zitadel:iam:user:resourceowner:name": "Example",
        "urn:zitadel:iam:user:resourceowner:primary_domain": "example.com",
    });
    for scope in ["urn:zitadel:iam:user:resourceowner", "urn:zitadel:iam:org:domain:primary:example.com"] {
        assert_eq!(claims(&user(), scope, &instance(), BOTH), expected, "{scope}");
    }
    expected["urn:zitadel:iam:org:id"] = "401".into();
    assert_eq!(claims(&user(), "urn:zitadel:iam:org:id:401", &instance(), BOTH), expected);
}

#[test]
fn roles_of_every_project_in_the_audience_are_told_and_lost_ones_are_not() {
    let told = claims(&user(), "urn:zitadel:iam:org:projects:roles", &instance(), BOTH);
    let expected = json!({
        "urn:zitadel:iam:org:project:501:roles": { "reader": own(), "writer": own() },
        "urn:zitadel:iam:org:project:502:roles": { "reader": own() },
        "urn:zitadel:iam:org:project:roles": { "reader": own(), "writer": own() },
    });
    assert_eq!(told, expected);
}

#[test]
fn a_requested_role_is_told_alone_and_an_ungranted_one_never() {
    let told = claims(&user(), "urn:zitadel:iam:org:project:role:writer", &instance(), BOTH);
    let expected = json!({
        "urn:zitadel:iam:org:project:501:roles": { "writer": own() },
        "urn:zitadel:iam:org:project:roles": { "writer": own() },
    });
    assert_eq!(told, expected);
    for scope in ["urn:zitadel:iam:org:project:role:gone", "urn:zitadel:iam:org:project:role:admin"] {
        assert_eq!(claims(&user(), scope, &instance(), BOTH), json!({}), "{scope}");
    }
}

#[test]
fn an_api_learns_roles_of_its_own_project_only() {
    let told = claims(&user(), "urn:zitadel:iam:org:projects:roles", &instance(), &[OTHER_PROJECT]);
    let expected = json!({
        "urn:zitadel:iam:org:project:502:roles": { "reader": own() },
        "urn:zitadel:iam:org:project:roles": { "reader": own() },
    });
    assert_eq!(told, expected);
    let nothing = claims(&user(), "urn:zitadel:iam:org:projects:roles", &instance(), &[ProjectId(9)]);
    assert_eq!(nothing, json!({}));
}

#[test]
fn a_project_can_assert_its_roles_without_a_scope() {
    let mut instance = instance();
    let project = instance.projects.get_mut(&OTHER_PROJECT).unwrap();
    std::sync::Arc::make_mut(project).asserts_roles = true;
    let told = claims(&user(), "openid", &instance, BOTH);
    let expected = json!({
        "urn:zitadel:iam:org:project:502:roles": { "reader": own() },
        "urn:zitadel:iam:org:project:roles": { "reader": own() },
    });
    assert_eq!(told, expected);
}
