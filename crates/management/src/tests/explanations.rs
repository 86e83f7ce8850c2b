//! Explanations of tokens: every reason, and the sentence for each API that does not accept one.

use super::world::World;
use crate::Code::NotFound;
use serde_json::{Value, json};

fn explain(world: &World, request: Value) -> Value {
    world.api.call("ExplainToken", request).unwrap()
}

/// The reason why the world's token is not live.
fn reason(world: &World) -> String {
    let explained = explain(world, json!({ "token": world.token }));
    assert_eq!(
        (&explained["active"], &explained["introspection"]),
        (&json!(false), &json!({ "active": false }))
    );
    assert!(explained["sentence"].as_str().unwrap().ends_with('.'), "{explained}");
    explained["reason"].as_str().unwrap().to_owned()
}

#[test]
fn each_end_of_a_token_has_its_reason() {
    for (method, wanted) in [
        ("DeactivateUser", "user_inactive"),
        ("LockUser", "user_inactive"),
        ("DeactivateOrganization", "user_inactive"),
        ("RevokeUserTokens", "credential_revoked"),
        ("RemovePersonalAccessToken", "credential_revoked"),
        ("RevokeToken", "credential_revoked"),
        ("DeleteUser", "unknown"),
        ("DeleteOrganization", "unknown"),
    ] {
        let world = World::new();
        world.api.call(method, world.request(method)).unwrap();
        assert_eq!(reason(&world), wanted, "{method}");
    }
}

#[test]
fn a_token_that_has_expired_says_so_and_when() {
    let world = World::new();
    let ending = json!({ "userId": world.user, "lifetime": "60s" });
    let token = world.api.text("AddPersonalAccessToken", ending, "token");
    assert_eq!(explain(&world, json!({ "token": token }))["active"], true);
    world.api.clock.advance(61);
    let over = explain(&world, json!({ "token": token }));
    assert_eq!((&over["reason"], &over["expires"]), (&json!("expired"), &json!("2027-01-15T08:01:00Z")));
    assert_eq!((&over["userId"], &over["username"]), (&json!(world.user), &json!("worker")));
}

#[test]
fn text_that_is_no_token_of_this_server_has_its_reason() {
    let world = World::new();
    let mut changed = world.token.clone();
    changed.pop();
    for (text, kind, wanted) in [
        ("no token", "unknown", "malformed"),
        (changed.as_str(), "unknown", "malformed"),
        ("jeton_at_AAAA", "unknown", "malformed"),
        ("a.b.c", "unknown", "malformed"),
    ] {
        let explained = explain(&world, json!({ "token": text }));
        assert_eq!((&explained["kind"], &explained["reason"]), (&json!(kind), &json!(wanted)), "{text}");
        assert_eq!((explained.get("userId"), explained.get("credentialId")), (None, None), "{text}");
    }
}

#[test]
fn an_api_that_does_not_accept_a_token_is_told_why() {
    let world = World::new();
    let of = |application: &str| json!({ "token": world.token, "applicationId": application });
    let accepted = explain(&world, of(&world.application));
    assert_eq!((&accepted["active"], &accepted["reason"]), (&json!(true), &json!("live")), "{accepted}");
    let second =
        json!({ "organizationId": world.organization, "name": "Second", "authorizationRequired": true });
    let second = world.api.text("CreateProject", second, "projectId");
    let stranger = json!({ "projectId": second, "name": "stranger", "apiConfiguration": {} });
    let stranger = world.api.text("CreateApplication", stranger, "applicationId");
    let refused = explain(&world, of(&stranger));
    assert_eq!((&refused["active"], &refused["reason"]), (&json!(false), &json!("not_admitted")));
    assert_eq!(refused["introspection"], json!({ "active": false }));
    let open = json!({ "projectId": second, "authorizationRequired": false });
    world.api.call("UpdateProject", open).unwrap();
    assert_eq!(explain(&world, of(&stranger))["reason"], "not_for_this_api");
    world.api.call("DeactivateApplication", json!({ "applicationId": stranger })).unwrap();
    assert_eq!(explain(&world, of(&stranger))["reason"], "api_inactive");
    world.api.refused("ExplainToken", of("5"), NotFound, "there is no application 5");
}

#[test]
fn the_apis_that_accept_a_token_are_named_to_those_who_may_see_them() {
    let world = World::new();
    let names = |explained: &Value| {
        let all = explained["acceptedBy"].as_array().map_or(&[][..], Vec::as_slice);
        all.iter().map(|api| api["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let token = json!({ "token": world.token });
    assert_eq!(names(&explain(&world, token.clone())), ["api"]);
    let place = json!({ "organizationId": world.organization });
    let viewer = world.api.with_role("viewer", &place, "ORG_OWNER_VIEWER");
    assert_eq!(names(&world.api.call_by(&viewer, "ExplainToken", token.clone()).unwrap()), ["api"]);
    world.api.call("DeactivateApplication", world.request("DeactivateApplication")).unwrap();
    let explained = explain(&world, token);
    assert!(names(&explained).is_empty());
    let sentence = explained["sentence"].as_str().unwrap();
    assert!(sentence.contains("No API that you can see accepts it"), "{sentence}");
}
