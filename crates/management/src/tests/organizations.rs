//! Organizations, administrator roles, retired names and the audit trail.

use crate::Code::{AlreadyExists, FailedPrecondition, InvalidArgument, NotFound};
use crate::testing::TestManagement;
use serde_json::{Value, json};

#[test]
fn an_organization_has_a_name_of_its_own() {
    let api = TestManagement::new();
    let add = |name: &str| json!({ "name": name });
    api.refused("AddOrganization", json!({}), InvalidArgument, "name");
    api.refused("AddOrganization", add(" "), InvalidArgument, "name");
    api.call("AddOrganization", add("Other")).unwrap();
    api.refused("AddOrganization", add("OTHER"), AlreadyExists, "");
    let faulty = json!({ "name": "New", "admins": [{ "userId": "nobody" }] });
    api.refused("AddOrganization", faulty, NotFound, "admins[0]");
}

#[test]
fn the_default_organization_stays() {
    let api = TestManagement::new();
    let id = json!({ "organizationId": api.organization() });
    api.refused("DeleteOrganization", id, FailedPrecondition, "");
    api.refused("DeleteOrganization", json!({ "organizationId": "9" }), NotFound, "");
    api.refused("DeleteOrganization", json!({}), InvalidArgument, "organizationId");
}

#[test]
fn an_administrator_role_fits_its_place() {
    let api = TestManagement::new();
    let (user, organization) = (api.user("worker"), api.organization());
    let assign =
        |resource: Value, roles: &[&str]| json!({ "userId": user, "resource": resource, "roles": roles });
    let there = || json!({ "organizationId": organization });
    for (resource, roles, begin) in [
        (there(), &["IAM_OWNER"][..], "roles[0]"),
        (there(), &["ORG_OWNER", "no role"], "roles[1]"),
        (there(), &[], "roles"),
        (json!({ "instance": true }), &["ORG_OWNER"], "roles[0]"),
        (json!({ "instance": false }), &["IAM_OWNER"], "resource"),
        (json!({}), &["IAM_OWNER"], "resource"),
    ] {
        api.refused("CreateAdministrator", assign(resource, roles), InvalidArgument, begin);
    }
    api.call("CreateAdministrator", assign(there(), &["ORG_OWNER"])).unwrap();
    api.refused("CreateAdministrator", assign(there(), &["ORG_OWNER"]), AlreadyExists, "");
    let removal = json!({ "userId": user, "resource": there() });
    api.call("DeleteAdministrator", removal.clone()).unwrap();
    assert!(api.call("DeleteAdministrator", removal).unwrap().get("deletionDate").is_none());
}

#[test]
fn the_first_administrator_is_made_once() {
    let api = TestManagement::new();
    let made = api.call("Bootstrap", json!({ "username": "root" })).unwrap();
    assert!(made["token"].as_str().unwrap().starts_with("jeton_pat_"));
    api.refused("Bootstrap", json!({ "username": "other" }), FailedPrecondition, "");
}

#[test]
fn a_retired_name_is_free_for_all_after_an_owner_said_so() {
    let api = TestManagement::new();
    let other = api.text("AddOrganization", json!({ "name": "Other" }), "organizationId");
    let create = json!({ "organizationId": other, "username": "worker", "machine": { "name": "x" } });
    let id = api.user("worker");
    api.call("DeleteUser", json!({ "userId": id })).unwrap();
    api.refused("CreateUser", create.clone(), AlreadyExists, "");
    let name = |name: &str| json!({ "type": "NAME_TYPE_USERNAME", "name": name });
    api.refused("FreeName", name("unknown"), NotFound, "");
    api.refused("FreeName", json!({ "name": "worker" }), InvalidArgument, "type");
    api.call("FreeName", name("worker")).unwrap();
    api.call("CreateUser", create).unwrap();
}

#[test]
fn retired_names_are_listed_in_pages() {
    let api = TestManagement::new();
    for name in ["a", "b", "c"] {
        let id = api.user(name);
        api.call("DeleteUser", json!({ "userId": id })).unwrap();
    }
    let list = |page: Value| api.call("ListRetiredNames", json!({ "pagination": page })).unwrap();
    let first = list(json!({ "limit": 2 }));
    assert_eq!(first["names"].as_array().unwrap().len(), 2);
    let last = list(json!({ "limit": 2, "pageToken": first["nextPageToken"] }));
    assert_eq!((&last["names"][0]["name"], last.get("nextPageToken")), (&json!("c"), None));
    let offset = json!({ "pagination": { "offset": 1 } });
    api.refused("ListRetiredNames", offset, InvalidArgument, "pagination.offset");
}

#[test]
fn events_are_listed_by_type_subject_and_time() {
    let api = TestManagement::new();
    let first = api.user("first");
    api.clock.advance(100);
    let second = api.user("second");
    api.call("LockUser", json!({ "userId": second })).unwrap();
    let count = |request: Value| api.call("ListEvents", request).unwrap()["events"].as_array().unwrap().len();
    assert_eq!(count(json!({ "subjectId": first })), 1);
    assert_eq!(count(json!({ "subjectId": second })), 2);
    assert_eq!(count(json!({ "subjectId": second, "until": "2027-01-15T08:01:00Z" })), 0);
    assert_eq!(count(json!({ "subjectId": first, "from": "2027-01-15T08:01:00Z" })), 0);
    for (request, begin) in [
        (json!({ "types": ["no type"] }), "types[0]"),
        (json!({ "subjectId": "x" }), "subjectId"),
        (json!({ "actorId": "x" }), "actorId"),
        (json!({ "pagination": { "offset": 1 } }), "pagination.offset"),
    ] {
        api.refused("ListEvents", request, InvalidArgument, begin);
    }
    assert_eq!(api.call("VerifyEvents", json!({})).unwrap()["intact"], true);
}

#[test]
fn pages_of_events_follow_each_other_without_gaps() {
    let api = TestManagement::new();
    (0..5).for_each(|number| drop(api.user(&format!("user{number}"))));
    let (mut token, mut seen) = (Value::Null, Vec::new());
    loop {
        let page = json!({ "limit": 2, "asc": true, "pageToken": token });
        let listed = api.call("ListEvents", json!({ "pagination": page })).unwrap();
        seen.extend(listed["events"].as_array().unwrap().iter().map(|event| event["sequence"].clone()));
        match listed.get("nextPageToken") {
            Some(next) => token = next.clone(),
            None => break,
        }
    }
    let whole = api.call("ListEvents", json!({ "pagination": { "asc": true } })).unwrap();
    let all = whole["events"].as_array().unwrap().iter().map(|event| event["sequence"].clone());
    assert_eq!(seen, all.collect::<Vec<_>>());
}
