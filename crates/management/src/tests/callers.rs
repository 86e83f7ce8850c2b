//! Callers and their permissions.

use crate::Code::{NotFound, PermissionDenied};
use crate::testing::{TestManagement, route};
use crate::{Caller, ROUTES};
use serde_json::json;

#[test]
fn a_user_without_administrator_roles_is_refused_every_call_before_its_request_is_read() {
    let api = TestManagement::new();
    let program = api.administrator("program", &[]);
    for route in ROUTES {
        api.refused_to(&program, route.method, json!("no request"), PermissionDenied, "the permission ");
    }
}

#[test]
fn the_operator_may_call_everything() {
    assert!(ROUTES.iter().all(|route| Caller::Operator.may_somewhere(route.needs)));
}

#[test]
fn a_viewer_reads_and_changes_nothing() {
    let api = TestManagement::new();
    let user = api.user("worker");
    let viewer = api.administrator("viewer", &["ORG_OWNER_VIEWER"]);
    api.call_by(&viewer, "GetUserByID", json!({ "userId": user })).unwrap();
    api.call_by(&viewer, "ListUsers", json!({})).unwrap();
    for (method, request) in [
        ("DeleteUser", json!({ "userId": user })),
        ("AddSecret", json!({ "userId": user })),
        ("LockUser", json!({ "userId": user })),
        ("CreateUser", json!({ "machine": { "name": "x" } })),
        ("CreateProject", json!({ "name": "x" })),
        ("AddOrganization", json!({ "name": "x" })),
    ] {
        assert!(route(method).is_change());
        api.refused_to(&viewer, method, request, PermissionDenied, "the permission ");
    }
}

#[test]
fn an_object_of_another_organization_looks_like_none() {
    let api = TestManagement::new();
    let other = api.text("AddOrganization", json!({ "name": "Other" }), "organizationId");
    let machine = json!({ "organizationId": other, "username": "theirs", "machine": { "name": "x" } });
    let theirs = api.text("CreateUser", machine, "userId");
    let project = json!({ "organizationId": other, "name": "x" });
    let project = api.text("CreateProject", project, "projectId");
    let owner = api.administrator("owner", &["ORG_OWNER"]);
    for (method, request, begin) in [
        ("GetUserByID", json!({ "userId": theirs }), "there is no user"),
        ("DeleteUser", json!({ "userId": "theirs" }), "there is no user"),
        ("AddSecret", json!({ "userId": theirs }), "there is no user"),
        ("GetProject", json!({ "projectId": project }), "there is no project"),
        ("DeactivateOrganization", json!({ "organizationId": other }), "there is no organization"),
        ("CreateProject", json!({ "organizationId": other, "name": "x" }), "there is no organization"),
    ] {
        api.refused_to(&owner, method, request, NotFound, begin);
    }
    let listed = api.call_by(&owner, "ListUsers", json!({})).unwrap();
    assert_eq!(listed["result"].as_array().unwrap().len(), 1, "itself");
}

#[test]
fn a_caller_whose_user_was_ended_changes_nothing() {
    let api = TestManagement::new();
    let owner = api.administrator("owner", &["ORG_OWNER"]);
    let user = json!({ "userId": api.user("worker") });
    api.call_by(&owner, "LockUser", user.clone()).unwrap();
    api.call("DeactivateUser", json!({ "userId": "owner" })).unwrap();
    let refused = api.call_by(&owner, "UnlockUser", user).unwrap_err();
    assert!(matches!(refused.code, crate::Code::Unauthenticated | PermissionDenied), "{}", refused.message);
}
