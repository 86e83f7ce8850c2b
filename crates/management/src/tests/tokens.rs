//! Presented tokens: explained, revoked, and reported as leaks.

use crate::Code::{InvalidArgument, NotFound};
use crate::testing::TestManagement;
use serde_json::{Value, json};

fn token(api: &TestManagement, user: &str) -> String {
    api.text("AddPersonalAccessToken", json!({ "userId": user }), "token")
}

fn secret(api: &TestManagement, user: &str) -> String {
    api.text("AddSecret", json!({ "userId": user }), "clientSecret")
}

fn explain(api: &TestManagement, token: &str) -> Value {
    api.call("ExplainToken", json!({ "token": token })).unwrap()
}

#[test]
fn a_live_token_is_explained_as_such_until_it_is_revoked() {
    let api = TestManagement::new();
    let user = api.user("worker");
    let token = token(&api, &user);
    let live = explain(&api, &token);
    assert_eq!(
        (&live["active"], &live["reason"], &live["userId"]),
        (&json!(true), &json!("live"), &json!(user))
    );
    assert_eq!(api.call("RevokeToken", json!({ "token": token })).unwrap()["revoked"], true);
    let over = explain(&api, &token);
    assert_eq!((&over["active"], over["introspection"].clone()), (&json!(false), json!({ "active": false })));
    assert_eq!(api.call("RevokeToken", json!({ "token": token })).unwrap()["revoked"], false);
}

#[test]
fn the_token_of_an_inactive_user_is_not_live() {
    let api = TestManagement::new();
    let user = api.user("worker");
    let token = token(&api, &user);
    api.call("DeactivateUser", json!({ "userId": user })).unwrap();
    assert_eq!(explain(&api, &token)["active"], false);
    api.call("ReactivateUser", json!({ "userId": user })).unwrap();
    assert_eq!(explain(&api, &token)["active"], true);
}

#[test]
fn text_that_is_no_token_is_not_explained() {
    let api = TestManagement::new();
    let secret = secret(&api, &api.user("worker"));
    api.refused("ExplainToken", json!({}), InvalidArgument, "token: is missing");
    api.refused("ExplainToken", json!({ "token": " " }), InvalidArgument, "token: is missing");
    api.refused(
        "ExplainToken",
        json!({ "token": secret }),
        InvalidArgument,
        "token: this is a client secret",
    );
    let asking = json!({ "token": "x", "applicationId": "5" });
    api.refused("ExplainToken", asking, NotFound, "there is no application 5");
    assert_eq!(explain(&api, "no token")["active"], false);
}

#[test]
fn a_token_of_another_organization_is_explained_like_one_that_does_not_exist() {
    let api = TestManagement::new();
    let other = api.text("AddOrganization", json!({ "name": "Other" }), "organizationId");
    let machine = json!({ "organizationId": other, "username": "theirs", "machine": { "name": "x" } });
    let theirs = token(&api, &api.text("CreateUser", machine, "userId"));
    let own = token(&api, &api.user("own"));
    let owner = api.administrator("owner", &["ORG_OWNER"]);
    let explained = |token: &str| api.call_by(&owner, "ExplainToken", json!({ "token": token })).unwrap();
    assert_eq!(explained(&own)["active"], true);
    let hidden = explained(&theirs);
    assert_eq!((&hidden["active"], hidden.get("userId")), (&json!(false), None));
    assert_eq!(explain(&api, &theirs)["active"], true, "the operator sees it");
}

#[test]
fn a_leaked_secret_or_token_is_disabled_once() {
    let api = TestManagement::new();
    let user = api.user("worker");
    for (leak, kind) in [(secret(&api, &user), "client secret"), (token(&api, &user), "access token")] {
        let report = || api.call("ReportLeak", json!({ "secret": leak })).unwrap();
        assert_eq!(report(), json!({ "disabled": true, "kind": kind }));
        assert_eq!(report(), json!({ "disabled": false, "kind": kind }));
    }
}

#[test]
fn a_leak_that_is_not_whole_or_not_known_disables_nothing() {
    let api = TestManagement::new();
    let user = api.user("worker");
    let mut cut = secret(&api, &user);
    cut.pop();
    api.refused("ReportLeak", json!({ "secret": cut }), InvalidArgument, "secret");
    assert_eq!(api.call("ReportLeak", json!({ "secret": "no token" })).unwrap()["disabled"], false);
    let of_other = json!({ "secret": secret(&api, &user), "clientId": api.user("other") });
    assert_eq!(api.call("ReportLeak", of_other).unwrap()["disabled"], false);
}
