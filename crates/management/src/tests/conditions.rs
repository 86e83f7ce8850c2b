//! `Idempotency-Key` and `If-Match`.

use crate::Caller::Operator;
use crate::Code::{Aborted, NotFound};
use crate::testing::{FORGOTTEN, TestManagement, if_match, once};
use serde_json::json;

#[test]
fn a_call_with_a_key_is_done_once() {
    let api = TestManagement::new();
    let create = || api.call_if(&Operator, once("a"), "CreateUser", json!({ "machine": { "name": "x" } }));
    let first = create().unwrap();
    assert_eq!(create().unwrap(), first);
    let listed = api.call("ListUsers", json!({})).unwrap();
    assert_eq!(listed["result"].as_array().unwrap().len(), 1);
    api.clock.advance(FORGOTTEN);
    assert_ne!(create().unwrap(), first, "it was forgotten");
}

#[test]
fn a_key_is_for_one_request() {
    let api = TestManagement::new();
    let create =
        |name: &str| api.call_if(&Operator, once("a"), "CreateUser", json!({ "machine": { "name": name } }));
    create("x").unwrap();
    assert!(create("y").is_err());
}

#[test]
fn a_refused_call_may_be_repeated_with_its_key() {
    let api = TestManagement::new();
    let id = json!({ "userId": "late" });
    let lock = || api.call_if(&Operator, once("a"), "LockUser", id.clone());
    assert_eq!(lock().map_err(|error| error.code), Err(NotFound));
    api.user("late");
    lock().unwrap();
}

#[test]
fn the_answer_with_a_secret_that_was_revoked_is_not_shown_again() {
    let api = TestManagement::new();
    let id = api.user("worker");
    let add = || api.call_if(&Operator, once("a"), "AddSecret", json!({ "userId": id }));
    let first = add().unwrap();
    assert_eq!(add().unwrap(), first);
    api.call("RemoveSecret", json!({ "userId": id })).unwrap();
    assert_eq!(add().map_err(|error| error.code), Err(NotFound));
}

#[test]
fn a_change_of_something_that_was_changed_meanwhile_is_refused() {
    let api = TestManagement::new();
    let id = api.user("worker");
    let sequence = || {
        let got = api.call("GetUserByID", json!({ "userId": id })).unwrap();
        got["details"]["sequence"].as_str().unwrap().to_owned()
    };
    let read = sequence();
    let lock =
        |sequence: &str| api.call_if(&Operator, if_match(sequence), "LockUser", json!({ "userId": id }));
    api.call("UpdateUser", json!({ "userId": id, "machine": { "name": "new" } })).unwrap();
    assert_eq!(lock(&read).map_err(|error| error.code), Err(Aborted));
    lock(&sequence()).unwrap();
}
