//! Filters, orders and pages of listings.

use crate::Code::{InvalidArgument, PermissionDenied};
use crate::testing::TestManagement;
use serde_json::{Value, json};

fn users(api: &TestManagement, request: Value) -> Vec<String> {
    let listed = api.call("ListUsers", request).unwrap();
    let all = listed["result"].as_array().map_or(&[][..], Vec::as_slice);
    all.iter().map(|user| user["username"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn users_are_listed_by_filters_that_combine() {
    let api = TestManagement::new();
    for name in ["alpha", "beta", "gamma"] {
        api.user(name);
    }
    let by_name = |name: &str| json!({ "userNameQuery": { "userName": name } });
    let either = json!({ "orQuery": { "queries": [by_name("alpha"), by_name("gamma")] } });
    let sort = json!("USER_FIELD_NAME_USER_NAME");
    let asc = json!({ "asc": true });
    let list =
        |queries: Value| users(&api, json!({ "queries": queries, "sortingColumn": sort, "query": asc }));
    assert_eq!(list(json!([])), ["alpha", "beta", "gamma"]);
    assert_eq!(list(json!([by_name("beta")])), ["beta"]);
    assert_eq!(list(json!([either])), ["alpha", "gamma"]);
    assert_eq!(list(json!([{ "notQuery": { "query": either } }])), ["beta"]);
    assert!(list(json!([by_name("alpha"), by_name("beta")])).is_empty(), "all must match");
}

#[test]
fn an_order_is_reversed_on_request() {
    let api = TestManagement::new();
    for name in ["beta", "alpha"] {
        api.user(name);
    }
    let list = |asc: bool| {
        users(&api, json!({ "sortingColumn": "USER_FIELD_NAME_USER_NAME", "query": { "asc": asc } }))
    };
    assert_eq!(list(true), ["alpha", "beta"]);
    assert_eq!(list(false), ["beta", "alpha"]);
}

#[test]
fn a_page_token_works_for_its_own_listing() {
    let api = TestManagement::new();
    for name in ["alpha", "beta"] {
        api.user(name);
    }
    let administrators = json!({ "pagination": { "pageToken": "Nw" } });
    api.refused("ListAdministrators", administrators, InvalidArgument, "pagination.pageToken");
    let users = json!({ "query": { "pageToken": "Nw" } });
    api.refused("ListUsers", users, InvalidArgument, "query.pageToken");
    api.refused("ListUsers", json!({ "query": { "offset": 10_001 } }), InvalidArgument, "query.offset");
    api.refused("ListUsers", json!({ "query": { "limit": 1_001 } }), InvalidArgument, "query.limit");
}

#[test]
fn administrators_are_listed_by_user_resource_and_role() {
    let api = TestManagement::new();
    let owner = api.administrator("owner", &["ORG_OWNER"]);
    api.administrator("viewer", &["ORG_OWNER_VIEWER"]);
    let count = |filter: Value| {
        let listed = api.call("ListAdministrators", json!({ "filters": [filter] })).unwrap();
        listed["administrators"].as_array().map_or(0, Vec::len)
    };
    let organization = api.organization();
    let user = owner.client().unwrap().to_string();
    assert_eq!(count(json!({ "role": { "roleKey": "ORG_OWNER" } })), 1);
    assert_eq!(count(json!({ "role": { "roleKey": "NO_ROLE" } })), 0);
    assert_eq!(count(json!({ "inUserIdsFilter": { "ids": [user, "x"] } })), 1);
    assert_eq!(count(json!({ "resource": { "organizationId": organization } })), 2);
    assert_eq!(count(json!({ "resource": { "instance": true } })), 0);
    let resource = json!({ "filters": [{ "resource": { "instance": false } }] });
    api.refused("ListAdministrators", resource, InvalidArgument, "filters[0]");
    let program = api.administrator("program", &[]);
    api.refused_to(&program, "ListAdministrators", json!({}), PermissionDenied, "the permission ");
}

#[test]
fn roles_are_assigned_where_they_fit() {
    let api = TestManagement::new();
    let user = api.user("worker");
    let assign =
        |resource: Value, roles: &[&str]| json!({ "userId": user, "resource": resource, "roles": roles });
    let organization = json!({ "organizationId": api.organization() });
    for (request, begin) in [
        (assign(organization.clone(), &["IAM_OWNER"]), "roles[0]: for an organization"),
        (assign(organization.clone(), &["ORG_OWNER", "none"]), "roles[1]"),
        (assign(organization, &[]), "roles: must not be empty"),
        (assign(json!({ "instance": true }), &["ORG_OWNER"]), "roles[0]: for the instance"),
        (assign(json!({ "instance": false }), &["ORG_OWNER"]), "resource.instance"),
        (assign(json!({ "organizationId": "x" }), &["ORG_OWNER"]), "resource.organizationId"),
    ] {
        api.refused("CreateAdministrator", request, InvalidArgument, begin);
    }
}
