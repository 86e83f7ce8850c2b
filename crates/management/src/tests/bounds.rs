//! Bounds of lists: as many as fit, and one more.

use super::world::{P256_PUBLIC, World};
use crate::Code::{InvalidArgument, ResourceExhausted};
use crate::limits::{FILTER_DEPTH_MAX, FILTERS_MAX, LIST_LEN_MAX, USERS_TOGETHER_MAX};
use crate::testing::TestManagement;
use jeton_domain::limits::CREDENTIALS_MAX;
use jeton_domain::service_user::METADATA_MAX;
use jeton_domain::signing::SIGNING_KEYS_MAX;
use jeton_domain::token_key::TOKEN_KEYS_MAX;
use serde_json::{Value, json};

/// Makes a call as often as it is accepted; returns the number, after a check that the refusal names a bound
/// and tells nothing.
fn until_full(api: &TestManagement, method: &str, request: impl Fn(usize) -> Value) -> usize {
    for number in 0..2_000 {
        let before = api.last_event();
        if let Err(error) = api.call(method, request(number)) {
            assert_eq!(error.code, ResourceExhausted, "{method}: {}", error.message);
            assert_eq!(api.last_event(), before, "{method}");
            return number;
        }
    }
    panic!("{method} has no bound");
}

#[test]
fn a_client_has_a_bounded_number_of_live_credentials_of_each_kind() {
    let world = World::new();
    let (user, application) = (&world.user, &world.application);
    // The world has made one of each.
    for (method, request) in [
        ("AddSecret", json!({ "userId": user, "keepOthers": true })),
        ("AddKey", json!({ "userId": user, "publicKey": P256_PUBLIC })),
        ("AddPersonalAccessToken", json!({ "userId": user })),
        ("GenerateClientSecret", json!({ "applicationId": application, "keepOthers": true })),
        ("CreateApplicationKey", json!({ "applicationId": application, "publicKey": P256_PUBLIC })),
    ] {
        assert_eq!(until_full(&world.api, method, |_| request.clone()) + 1, CREDENTIALS_MAX, "{method}");
    }
    world.api.call("RemoveSecret", json!({ "userId": user, "secretId": world.secret_id })).unwrap();
    world.api.call("AddSecret", json!({ "userId": user, "keepOthers": true })).unwrap();
}

#[test]
fn an_object_has_a_bounded_number_of_metadata() {
    for (method, member) in [("SetUserMetadata", "userId"), ("SetOrganizationMetadata", "organizationId")] {
        let world = World::new();
        let of = world.request(method)[member].clone();
        let entry = |number: usize| json!({ member: of, "metadata": [{ "key": format!("key {number}"), "value": "eA==" }] });
        assert_eq!(until_full(&world.api, method, entry) + 1, METADATA_MAX, "{method}");
        let known = json!({ member: of, "metadata": [{ "key": "k", "value": "eQ==" }] });
        world.api.call(method, known).unwrap();
    }
}

#[test]
fn there_is_a_bounded_number_of_keys_of_the_server() {
    let world = World::new();
    let made = until_full(&world.api, "CreateWebKey", |_| json!({ "ed25519": {} }));
    let listed = world.api.call("ListWebKeys", json!({})).unwrap()["webKeys"].clone();
    assert_eq!((listed.as_array().unwrap().len(), made < SIGNING_KEYS_MAX), (SIGNING_KEYS_MAX, true));
    let made = until_full(&world.api, "RotateTokenKey", |_| json!({}));
    let listed = world.api.call("ListTokenKeys", json!({})).unwrap()["tokenKeys"].clone();
    assert_eq!((listed.as_array().unwrap().len(), made + 1), (TOKEN_KEYS_MAX, TOKEN_KEYS_MAX));
}

#[test]
fn users_are_created_together_in_bounded_number() {
    let api = TestManagement::new();
    let users = |count: usize| json!({ "users": vec![json!({ "machine": { "name": "x" } }); count] });
    api.refused("CreateUsers", users(USERS_TOGETHER_MAX + 1), InvalidArgument, "users");
    assert_eq!(api.call("ListUsers", json!({})).unwrap()["details"]["totalResult"], "0");
    let created = api.call("CreateUsers", users(USERS_TOGETHER_MAX)).unwrap();
    assert_eq!(created["users"].as_array().unwrap().len(), USERS_TOGETHER_MAX);
}

#[test]
fn a_list_in_a_request_is_bounded_in_every_call_that_has_one() {
    let world = World::new();
    let long = vec!["1"; LIST_LEN_MAX + 1];
    for (method, member) in [
        ("CreateAuthorization", "roleKeys"),
        ("UpdateAuthorization", "roleKeys"),
        ("CreateProjectGrant", "roleKeys"),
        ("UpdateProjectGrant", "roleKeys"),
        ("CreateAdministrator", "roles"),
        ("UpdateAdministrator", "roles"),
        ("DeleteUserMetadata", "keys"),
        ("DeleteOrganizationMetadata", "keys"),
        ("ListEvents", "types"),
    ] {
        let mut request = world.request(method);
        request[member] = json!(long);
        world.api.refused(method, request, InvalidArgument, &format!("{member}: must have at most"));
    }
}

#[test]
fn filters_of_users_are_bounded_in_number_and_depth() {
    let api = TestManagement::new();
    let one = json!({ "typeQuery": { "type": "TYPE_MACHINE" } });
    let nested =
        |depth: usize| (1..depth).fold(one.clone(), |inner, _| json!({ "notQuery": { "query": inner } }));
    api.call("ListUsers", json!({ "queries": [nested(FILTER_DEPTH_MAX)] })).unwrap();
    let deeper = json!({ "queries": [nested(FILTER_DEPTH_MAX + 1)] });
    api.refused("ListUsers", deeper, InvalidArgument, "queries[0].notQuery");
    let many = json!({ "queries": vec![one; FILTERS_MAX + 1] });
    api.refused("ListUsers", many, InvalidArgument, "queries");
}
