//! The server's signing keys and token keys.

use crate::Code::{FailedPrecondition, InvalidArgument, NotFound};
use crate::rotation::PUBLISHED_BEFORE_SECONDS;
use crate::testing::TestManagement;
use serde_json::{Value, json};

fn create(api: &TestManagement) -> String {
    api.text("CreateWebKey", json!({ "ed25519": {} }), "id")
}

fn state(api: &TestManagement, id: &str) -> String {
    let listed = api.call("ListWebKeys", json!({})).unwrap();
    let keys = listed["webKeys"].as_array().unwrap();
    keys.iter().find(|key| key["id"] == id).map_or("", |key| key["state"].as_str().unwrap()).to_owned()
}

#[test]
fn a_signing_key_is_of_one_known_kind() {
    let api = TestManagement::new();
    for (request, begin) in [
        (json!({ "algorithm": "HS256" }), "algorithm: must be one of"),
        (json!({ "algorithm": "EdDSA", "rsaBits": 2048 }), "rsaBits: a key for"),
        (json!({ "algorithm": "RS256", "rsaBits": 1024 }), "rsaBits: must be"),
        (json!({ "ed25519": {}, "algorithm": "EdDSA" }), "algorithm: can't be given"),
        (json!({ "ed25519": {}, "rsaBits": 2048 }), "rsaBits: can't be given"),
        (json!({ "ed25519": {}, "ecdsa": {} }), ""),
    ] {
        api.refused("CreateWebKey", request, InvalidArgument, begin);
    }
    assert_eq!(api.call("ListWebKeys", json!({})).unwrap()["webKeys"], json!([]));
}

#[test]
fn the_first_key_signs_at_once_and_still_verifies_after_the_next_is_activated() {
    let api = TestManagement::new();
    let (first, second) = (create(&api), create(&api));
    assert_eq!((state(&api, &first), state(&api, &second)), ("STATE_ACTIVE".into(), "STATE_INITIAL".into()));
    api.call("ActivateWebKey", json!({ "id": second })).unwrap();
    assert_eq!((state(&api, &first), state(&api, &second)), ("STATE_INACTIVE".into(), "STATE_ACTIVE".into()));
}

#[test]
fn an_unknown_signing_key_is_not_activated_and_need_not_be_deleted() {
    let api = TestManagement::new();
    api.refused("ActivateWebKey", json!({ "id": "5" }), NotFound, "");
    api.refused(
        "ActivateWebKey",
        json!({ "id": create(&api) }),
        FailedPrecondition,
        "the signing key is active",
    );
    api.refused("ActivateWebKey", json!({ "id": "x" }), InvalidArgument, "id");
    api.refused("DeleteWebKey", json!({ "id": "x" }), InvalidArgument, "id");
    assert!(api.call("DeleteWebKey", json!({ "id": "5" })).unwrap().get("deletionDate").is_none());
}

#[test]
fn a_rotation_waits_until_verifiers_know_the_next_key_unless_it_is_hurried() {
    let api = TestManagement::new();
    let first = create(&api);
    api.refused("RotateWebKey", json!({}), FailedPrecondition, "the next key has been published");
    api.clock.advance(PUBLISHED_BEFORE_SECONDS);
    let next = api.text("RotateWebKey", json!({}), "id");
    assert_eq!((state(&api, &first), state(&api, &next)), ("STATE_INACTIVE".into(), "STATE_ACTIVE".into()));
    api.refused("RotateWebKey", json!({}), FailedPrecondition, "the next key has been published");
    let hurried = api.text("RotateWebKey", json!({ "now": true }), "id");
    assert_eq!(state(&api, &hurried), "STATE_ACTIVE");
    api.refused("RotateWebKey", json!({ "algorithm": "none" }), InvalidArgument, "algorithm");
}

#[test]
fn a_new_token_key_takes_over_at_once() {
    let api = TestManagement::new();
    let list = || api.call("ListTokenKeys", json!({})).unwrap()["tokenKeys"].clone();
    let with = |state: &str| -> Vec<Value> {
        let all = list();
        let keys = all.as_array().unwrap().iter().filter(|key| key["state"] == state);
        keys.map(|key| key["id"].clone()).collect()
    };
    let first = api.text("RotateTokenKey", json!({}), "id");
    let second = api.text("RotateTokenKey", json!({}), "id");
    assert_eq!(with("STATE_ACTIVE"), [json!(second)]);
    assert!(list().as_array().unwrap().iter().any(|key| key["id"] == first));
    api.call("DeleteTokenKey", json!({ "id": second })).unwrap();
    assert_eq!(with("STATE_ACTIVE").len(), 1, "a new one takes its place");
    assert_ne!(with("STATE_ACTIVE"), [json!(second)]);
    api.refused("DeleteTokenKey", json!({ "id": "x" }), InvalidArgument, "id");
    assert!(api.call("DeleteTokenKey", json!({ "id": "5" })).unwrap().get("deletionDate").is_none());
}
