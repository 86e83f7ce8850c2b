//! Creating, changing, listing and ending users.

use crate::Code::{AlreadyExists, FailedPrecondition, InvalidArgument, NotFound, Unimplemented};
use crate::testing::{BEGIN, TestManagement};
use serde_json::{Value, json};

fn names(reply: &Value) -> Vec<&str> {
    reply["result"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect()
}

#[test]
fn a_user_needs_a_machine_with_a_name() {
    let api = TestManagement::new();
    for (request, begin) in [
        (json!({}), "machine"),
        (json!({ "machine": {} }), "machine.name"),
        (json!({ "machine": { "name": "" } }), "machine.name"),
        (json!({ "machine": { "name": "  " } }), "machine.name"),
        (json!({ "machine": { "name": 7 } }), "machine.name"),
        (json!({ "machine": [] }), "machine"),
        (json!([]), ""),
    ] {
        api.refused("CreateUser", request, InvalidArgument, begin);
    }
    api.refused("CreateUser", json!({ "human": {}, "machine": { "name": "x" } }), Unimplemented, "human");
}

#[test]
fn a_user_without_a_username_is_named_by_its_id() {
    let api = TestManagement::new();
    let id = api.text("CreateUser", json!({ "machine": { "name": "x" } }), "userId");
    let got = api.call("GetUserByID", json!({ "userId": id })).unwrap();
    assert_eq!(got["user"]["username"], format!("user-{id}"));
    assert_eq!(got["user"]["state"], "USER_STATE_ACTIVE");
}

#[test]
fn ids_and_usernames_are_taken_once_whatever_their_case() {
    let api = TestManagement::new();
    let create = |id: &str, name: &str| json!({ "userId": id, "username": name, "machine": { "name": "x" } });
    api.call("CreateUser", create("77", "Billing")).unwrap();
    api.refused("CreateUser", create("77", "other"), AlreadyExists, "");
    api.refused("CreateUser", create("78", "bILLING"), AlreadyExists, "");
    for wrong in ["x", "-1", "0", "9223372036854775808"] {
        api.refused("CreateUser", create(wrong, "other"), InvalidArgument, "userId");
    }
}

#[test]
fn settings_name_objects_that_exist() {
    let api = TestManagement::new();
    for (member, value) in [
        ("allowedAudiences", json!(["12345"])),
        ("allowedAudiences", json!(["x"])),
        ("allowedAudiences", json!(vec!["1"; 101])),
        ("defaultScopes", json!(["no such scope"])),
        ("allowedScopes", json!(["urn:zitadel:iam:org:project:id:12345:aud"])),
        ("tokenLifetime", json!("1")),
        ("tokenLifetime", json!("999999999s")),
        ("accessTokenType", json!("ACCESS_TOKEN_TYPE_X")),
    ] {
        let request = json!({ "machine": { "name": "x", member: value } });
        api.refused("CreateUser", request, InvalidArgument, &format!("machine.{member}"));
    }
}

#[test]
fn many_users_are_created_together_or_not_at_all() {
    let api = TestManagement::new();
    let user = |name: &str| json!({ "username": name, "machine": { "name": name } });
    api.refused("CreateUsers", json!({ "users": [] }), InvalidArgument, "users");
    let twice = json!({ "users": [user("a"), user("b"), user("A")] });
    api.refused("CreateUsers", twice, AlreadyExists, "");
    let faulty = json!({ "users": [user("a"), { "username": "b", "machine": { "name": " " } }] });
    api.refused("CreateUsers", faulty, InvalidArgument, "users[1].machine.name");
    assert!(names(&api.call("ListUsers", json!({})).unwrap()).is_empty());
    let created = api.call("CreateUsers", json!({ "users": [user("a"), user("b")] })).unwrap();
    assert_eq!(created["users"].as_array().unwrap().len(), 2);
}

#[test]
fn a_missing_user_is_named_in_the_refusal() {
    let api = TestManagement::new();
    for method in ["GetUserByID", "DeleteUser", "DeactivateUser", "LockUser", "ListSecrets", "UpdateUser"] {
        api.refused(method, json!({ "userId": "99" }), NotFound, "there is no user 99");
        api.refused(method, json!({ "userId": "nobody" }), NotFound, "there is no user nobody");
        api.refused(method, json!({}), InvalidArgument, "userId");
    }
}

#[test]
fn an_update_changes_what_it_names() {
    let api = TestManagement::new();
    let id = api.user("worker");
    api.clock.advance(5);
    let update = json!({ "userId": id, "machine": { "description": "of the night" } });
    let changed = api.call("UpdateUser", update).unwrap();
    assert_eq!(changed["changeDate"], "2027-01-15T08:00:05Z", "{BEGIN} and five seconds");
    let user = &api.call("GetUserByID", json!({ "userId": "WORKER" })).unwrap()["user"];
    let machine = &user["machine"];
    assert_eq!((&machine["name"], &machine["description"]), (&json!("worker"), &json!("of the night")));
    assert_eq!((&user["username"], &user["userId"]), (&json!("worker"), &json!(id)));
}

#[test]
fn a_state_is_left_once() {
    let api = TestManagement::new();
    let id = json!({ "userId": api.user("worker") });
    api.refused("ReactivateUser", id.clone(), FailedPrecondition, "");
    api.refused("UnlockUser", id.clone(), FailedPrecondition, "");
    api.call("LockUser", id.clone()).unwrap();
    api.refused("LockUser", id.clone(), FailedPrecondition, "");
    api.call("UnlockUser", id.clone()).unwrap();
    api.call("DeactivateUser", id.clone()).unwrap();
    api.refused("DeactivateUser", id.clone(), FailedPrecondition, "");
    api.refused("LockUser", id.clone(), FailedPrecondition, "");
    api.call("ReactivateUser", id).unwrap();
}

#[test]
fn a_deleted_user_is_gone_and_its_name_retired() {
    let api = TestManagement::new();
    let id = api.user("worker");
    api.call("DeleteUser", json!({ "userId": id })).unwrap();
    api.refused("GetUserByID", json!({ "userId": id }), NotFound, "");
    api.refused("DeleteUser", json!({ "userId": id }), NotFound, "");
    let create = json!({ "userId": id, "machine": { "name": "x" } });
    api.refused("CreateUser", create, AlreadyExists, "");
    let retired = api.call("ListRetiredNames", json!({})).unwrap();
    assert_eq!(
        (&retired["names"][0]["name"], &retired["names"][0]["formerId"]),
        (&json!("worker"), &json!(id))
    );
}

#[test]
fn users_are_listed_by_filter_order_and_page() {
    let api = TestManagement::new();
    for name in ["alpha", "beta", "alphabet", "gamma"] {
        api.clock.advance(1);
        api.user(name);
    }
    let list = |request: Value| api.call("ListUsers", request).unwrap();
    assert_eq!(names(&list(json!({}))), ["gamma", "alphabet", "beta", "alpha"], "newest first");
    let by_name = |asc| json!({ "query": { "asc": asc }, "sortingColumn": "USER_FIELD_NAME_USER_NAME" });
    assert_eq!(names(&list(by_name(true))), ["alpha", "alphabet", "beta", "gamma"]);
    assert_eq!(names(&list(by_name(false))), ["gamma", "beta", "alphabet", "alpha"]);
    let begins = json!({ "userName": "ALPHA", "method": "TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE" });
    let filter = json!({ "queries": [{ "userNameQuery": begins }] });
    assert_eq!(names(&list(filter)), ["alphabet", "alpha"]);
    let nothing = json!({ "queries": [{ "inUserIdsQuery": { "userIds": ["x"] } }] });
    assert!(names(&list(nothing)).is_empty(), "text that is no id matches nothing");
    let first = list(json!({ "query": { "limit": 3 } }));
    let next = first["nextPageToken"].as_str().unwrap();
    let last = list(json!({ "query": { "limit": 3, "pageToken": next } }));
    assert_eq!((names(&last), last.get("nextPageToken")), (vec!["alpha"], None));
}

#[test]
fn a_listing_refuses_an_unknown_filter_page_or_order() {
    let api = TestManagement::new();
    for (request, begin) in [
        (json!({ "queries": [{ "loginQuery": {} }] }), "queries[0].loginQuery"),
        (json!({ "queries": [{}] }), "queries[0]"),
        (json!({ "query": { "limit": 1001 } }), "query.limit"),
        (json!({ "query": { "offset": 10_001 } }), "query.offset"),
        (json!({ "query": { "pageToken": "x" } }), "query.pageToken"),
        (json!({ "sortingColumn": "USER_FIELD_NAME_EMAIL" }), "sortingColumn"),
        (json!({ "sortingColumn": "x" }), "sortingColumn"),
    ] {
        api.refused("ListUsers", request, InvalidArgument, begin);
    }
}

#[test]
fn metadata_has_bounded_keys_and_values() {
    let api = TestManagement::new();
    let id = api.user("worker");
    let set = |entry: Value| json!({ "userId": id, "metadata": [entry] });
    for (entry, begin) in [
        (json!({ "key": "", "value": "eA==" }), "metadata[0].key"),
        (json!({ "key": "k".repeat(201), "value": "eA==" }), "metadata[0].key"),
        (json!({ "key": "k", "value": "" }), "metadata[0].value"),
        (json!({ "key": "k", "value": "?" }), "metadata[0].value"),
    ] {
        api.refused("SetUserMetadata", set(entry), InvalidArgument, begin);
    }
    api.refused("SetUserMetadata", json!({ "userId": id }), InvalidArgument, "metadata");
    api.call("SetUserMetadata", set(json!({ "key": "k", "value": "eA" }))).unwrap();
    let listed = api.call("ListUserMetadata", json!({ "userId": id })).unwrap();
    assert_eq!(listed["metadata"], json!([{ "key": "k", "value": "eA==" }]));
    let missing = json!({ "userId": id, "keys": ["other"] });
    api.refused("DeleteUserMetadata", missing, NotFound, "");
    api.call("DeleteUserMetadata", json!({ "userId": id, "keys": ["k"] })).unwrap();
}
