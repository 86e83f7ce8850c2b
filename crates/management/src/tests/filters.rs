//! Filters of each listing: the items that match, and text that names nothing.

use super::world::World;
use crate::Code::InvalidArgument;
use crate::limits::FILTER_TEXT_BYTES_MAX;
use serde_json::{Value, json};

/// The number of items that match a filter.
fn count(world: &World, method: &str, filter: &Value) -> usize {
    let member = if ["ListUsers", "ListOrganizations"].contains(&method) { "queries" } else { "filters" };
    let mut request = world.request(method);
    request[member] = json!([filter]);
    let reply = world.api.call(method, request);
    let reply = reply.unwrap_or_else(|error| panic!("{method} {filter}: {}", error.message));
    let listed =
        reply.as_object().unwrap().iter().find(|(name, value)| value.is_array() && *name != "unreadable");
    listed.unwrap().1.as_array().unwrap().len()
}

/// Checks that the listing has this many items with each filter.
fn check(world: &World, method: &str, filters: &[(usize, Value)]) {
    for (wanted, filter) in filters {
        assert_eq!(count(world, method, filter), *wanted, "{method} {filter}");
    }
}

#[test]
fn users_are_found_by_name_state_type_id_and_organization() {
    let world = World::new();
    let starts = "TEXT_QUERY_METHOD_STARTS_WITH";
    check(
        &world,
        "ListUsers",
        &[
            (1, json!({ "userNameQuery": { "userName": "worker" } })),
            (0, json!({ "userNameQuery": { "userName": "work" } })),
            (1, json!({ "userNameQuery": { "userName": "work", "method": starts } })),
            (1, json!({ "loginNameQuery": { "loginName": "worker" } })),
            (1, json!({ "displayNameQuery": { "displayName": "x" } })),
            (0, json!({ "displayNameQuery": { "displayName": "y" } })),
            (1, json!({ "stateQuery": { "state": "USER_STATE_ACTIVE" } })),
            (0, json!({ "stateQuery": { "state": "USER_STATE_LOCKED" } })),
            (0, json!({ "stateQuery": { "state": "USER_STATE_DELETED" } })),
            (1, json!({ "typeQuery": { "type": "TYPE_MACHINE" } })),
            (0, json!({ "typeQuery": { "type": "TYPE_HUMAN" } })),
            (1, json!({ "inUserIdsQuery": { "userIds": [world.user, "x", "5"] } })),
            (0, json!({ "inUserIdsQuery": { "userIds": [] } })),
            (1, json!({ "organizationIdQuery": { "organizationId": world.organization } })),
            (0, json!({ "organizationIdQuery": { "organizationId": world.partner } })),
            (0, json!({ "organizationIdQuery": { "organizationId": "x" } })),
        ],
    );
}

#[test]
fn organizations_are_found_by_name_domain_state_and_id() {
    let world = World::new();
    check(
        &world,
        "ListOrganizations",
        &[
            (1, json!({ "nameQuery": { "name": "Works" } })),
            (0, json!({ "nameQuery": { "name": "works" } })),
            (
                1,
                json!({ "nameQuery": { "name": "works", "method": "TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE" } }),
            ),
            (1, json!({ "domainQuery": { "domain": "works", "method": "TEXT_QUERY_METHOD_STARTS_WITH" } })),
            (3, json!({ "stateQuery": { "state": "ORGANIZATION_STATE_ACTIVE" } })),
            (0, json!({ "stateQuery": { "state": "ORGANIZATION_STATE_INACTIVE" } })),
            (1, json!({ "idQuery": { "id": world.organization } })),
            (0, json!({ "idQuery": { "id": world.project } })),
            (0, json!({ "idQuery": { "id": "x" } })),
            (1, json!({ "defaultQuery": {} })),
        ],
    );
    world.api.call("DeactivateOrganization", json!({ "organizationId": world.partner })).unwrap();
    let inactive = json!({ "stateQuery": { "state": "ORGANIZATION_STATE_INACTIVE" } });
    assert_eq!(count(&world, "ListOrganizations", &inactive), 1);
}

#[test]
fn projects_are_found_by_name_id_and_organization() {
    let world = World::new();
    let of = |id: &str, kind: &str| json!({ "organizationIdFilter": { "organizationId": id, "type": kind } });
    check(
        &world,
        "ListProjects",
        &[
            (1, json!({ "projectNameFilter": { "projectName": "Shop" } })),
            (0, json!({ "projectNameFilter": { "projectName": "shop" } })),
            (1, json!({ "inProjectIdsFilter": { "ids": [world.project, "x"] } })),
            (1, of(&world.organization, "OWNED")),
            (0, of(&world.organization, "GRANTED")),
            (0, of(&world.partner, "OWNED")),
            (1, of(&world.partner, "GRANTED")),
            (1, of(&world.partner, "OWNED_OR_GRANTED")),
            (0, of("x", "OWNED_OR_GRANTED")),
        ],
    );
}

#[test]
fn roles_and_grants_of_projects_are_found_by_name_and_organization() {
    let world = World::new();
    let ends = "TEXT_FILTER_METHOD_ENDS_WITH";
    check(
        &world,
        "ListProjectRoles",
        &[
            (1, json!({ "roleKeyFilter": { "key": "reader" } })),
            (2, json!({ "roleKeyFilter": { "key": "er", "method": ends } })),
            (0, json!({ "displayNameFilter": { "displayName": "Reader" } })),
            (1, json!({ "displayNameFilter": { "displayName": "reader" } })),
        ],
    );
    check(
        &world,
        "ListProjectGrants",
        &[
            (1, json!({ "projectNameFilter": { "projectName": "Shop" } })),
            (1, json!({ "roleKeyFilter": { "key": "reader" } })),
            (0, json!({ "roleKeyFilter": { "key": "writer" } })),
            (1, json!({ "inProjectIdsFilter": { "ids": [world.project] } })),
            (0, json!({ "inProjectIdsFilter": { "ids": ["x"] } })),
            (1, json!({ "organizationIdFilter": { "id": world.organization } })),
            (0, json!({ "organizationIdFilter": { "id": world.partner } })),
            (1, json!({ "grantedOrganizationIdFilter": { "id": world.partner } })),
            (0, json!({ "grantedOrganizationIdFilter": { "id": "x" } })),
        ],
    );
}

#[test]
fn applications_and_their_keys_are_found_by_project_name_state_type_and_client() {
    let world = World::new();
    check(
        &world,
        "ListApplications",
        &[
            (1, json!({ "projectIdFilter": { "projectId": world.project } })),
            (0, json!({ "projectIdFilter": { "projectId": "x" } })),
            (1, json!({ "nameFilter": { "name": "api" } })),
            (0, json!({ "nameFilter": { "name": "API" } })),
            (1, json!({ "stateFilter": "APPLICATION_STATE_ACTIVE" })),
            (0, json!({ "stateFilter": "APPLICATION_STATE_INACTIVE" })),
            (0, json!({ "stateFilter": "APPLICATION_STATE_REMOVED" })),
            (1, json!({ "typeFilter": "APPLICATION_TYPE_API" })),
            (0, json!({ "typeFilter": "APPLICATION_TYPE_OIDC" })),
            (1, json!({ "clientIdFilter": { "clientId": world.application } })),
            (0, json!({ "clientIdFilter": { "clientId": world.user } })),
        ],
    );
    check(
        &world,
        "ListApplicationKeys",
        &[
            (1, json!({ "applicationIdFilter": { "applicationId": world.application } })),
            (0, json!({ "applicationIdFilter": { "applicationId": world.user } })),
            (1, json!({ "projectIdFilter": { "projectId": world.project } })),
            (0, json!({ "projectIdFilter": { "projectId": "x" } })),
            (1, json!({ "organizationIdFilter": { "organizationId": world.organization } })),
            (0, json!({ "organizationIdFilter": { "organizationId": world.partner } })),
        ],
    );
}

#[test]
fn keys_and_tokens_of_users_are_found_by_id_owner_and_date() {
    let world = World::new();
    let date = |method: &str| {
        let method = format!("TIMESTAMP_FILTER_METHOD_{method}");
        json!({ "createdDateFilter": { "timestamp": "2027-01-15T08:00:00Z", "method": method } })
    };
    let never = json!({ "expirationDateFilter": { "timestamp": "2027-01-15T08:00:00Z" } });
    for (method, by_id, id) in [
        ("ListKeys", "keyIdFilter", &world.key),
        ("ListPersonalAccessTokens", "tokenIdFilter", &world.token_id),
    ] {
        check(
            &world,
            method,
            &[
                (1, json!({ by_id: { "id": id } })),
                (0, json!({ by_id: { "id": world.secret_id } })),
                (0, json!({ by_id: { "id": "x" } })),
                (1, json!({ "userIdFilter": { "id": world.user } })),
                (1, json!({ "organizationIdFilter": { "id": world.organization } })),
                (0, json!({ "organizationIdFilter": { "id": world.partner } })),
                (1, date("EQUALS")),
                (1, date("AFTER_OR_EQUALS")),
                (1, date("BEFORE_OR_EQUALS")),
                (0, date("AFTER")),
                (0, date("BEFORE")),
                (0, never.clone()),
            ],
        );
    }
}

#[test]
fn authorizations_are_found_by_user_project_role_and_state() {
    let world = World::new();
    check(
        &world,
        "ListAuthorizations",
        &[
            (1, json!({ "authorizationIds": { "ids": [world.authorization, "x"] } })),
            (0, json!({ "authorizationIds": { "ids": ["5"] } })),
            (1, json!({ "organizationId": { "id": world.organization } })),
            (0, json!({ "organizationId": { "id": world.partner } })),
            (1, json!({ "state": { "state": "STATE_ACTIVE" } })),
            (0, json!({ "state": { "state": "STATE_INACTIVE" } })),
            (1, json!({ "userId": { "id": world.user } })),
            (1, json!({ "userId": { "id": "worker" } })),
            (0, json!({ "userId": { "id": "unknown" } })),
            (1, json!({ "inUserIds": { "ids": ["worker", "unknown"] } })),
            (1, json!({ "userOrganizationId": { "id": world.organization } })),
            (0, json!({ "userOrganizationId": { "id": "x" } })),
            (1, json!({ "userPreferredLoginName": { "loginName": "worker" } })),
            (1, json!({ "userDisplayName": { "displayName": "x" } })),
            (1, json!({ "projectId": { "id": world.project } })),
            (0, json!({ "projectId": { "id": "x" } })),
            (1, json!({ "projectName": { "name": "Shop" } })),
            (1, json!({ "roleKey": { "key": "reader" } })),
            (0, json!({ "roleKey": { "key": "writer" } })),
        ],
    );
}

#[test]
fn administrators_are_found_by_name_resource_and_role() {
    let world = World::new();
    check(
        &world,
        "ListAdministrators",
        &[
            (1, json!({ "inUserIdsFilter": { "ids": [world.user] } })),
            (1, json!({ "userOrganizationId": { "id": world.organization } })),
            (0, json!({ "userOrganizationId": { "id": "x" } })),
            (1, json!({ "userPreferredLoginName": { "preferredLoginName": "worker" } })),
            (0, json!({ "userDisplayName": { "displayName": "worker" } })),
            (1, json!({ "resource": { "organizationId": world.organization } })),
            (0, json!({ "resource": { "projectId": world.project } })),
            (1, json!({ "role": { "roleKey": "ORG_TOKEN_INTROSPECTOR" } })),
            (0, json!({ "role": { "roleKey": "ORG_OWNER" } })),
        ],
    );
}

#[test]
fn metadata_is_found_by_key() {
    let world = World::new();
    for method in ["ListUserMetadata", "ListOrganizationMetadata"] {
        check(
            &world,
            method,
            &[
                (1, json!({ "keyFilter": { "key": "k" } })),
                (0, json!({ "keyFilter": { "key": "K" } })),
                (1, json!({ "keyFilter": { "key": "", "method": "TEXT_FILTER_METHOD_CONTAINS" } })),
            ],
        );
    }
}

#[test]
fn the_text_of_a_filter_is_bounded_in_every_listing() {
    let world = World::new();
    let long = "x".repeat(FILTER_TEXT_BYTES_MAX + 1);
    for (method, filters, filter, text) in [
        ("ListUsers", "queries", "userNameQuery", "userName"),
        ("ListUsers", "queries", "displayNameQuery", "displayName"),
        ("ListUsers", "queries", "loginNameQuery", "loginName"),
        ("ListOrganizations", "queries", "nameQuery", "name"),
        ("ListOrganizations", "queries", "domainQuery", "domain"),
        ("ListProjects", "filters", "projectNameFilter", "projectName"),
        ("ListProjectRoles", "filters", "roleKeyFilter", "key"),
        ("ListProjectRoles", "filters", "displayNameFilter", "displayName"),
        ("ListProjectGrants", "filters", "projectNameFilter", "projectName"),
        ("ListProjectGrants", "filters", "roleKeyFilter", "key"),
        ("ListApplications", "filters", "nameFilter", "name"),
        ("ListAuthorizations", "filters", "userPreferredLoginName", "loginName"),
        ("ListAuthorizations", "filters", "userDisplayName", "displayName"),
        ("ListAuthorizations", "filters", "projectName", "name"),
        ("ListAuthorizations", "filters", "roleKey", "key"),
        ("ListAdministrators", "filters", "userPreferredLoginName", "preferredLoginName"),
        ("ListAdministrators", "filters", "userDisplayName", "displayName"),
        ("ListUserMetadata", "filters", "keyFilter", "key"),
        ("ListOrganizationMetadata", "filters", "keyFilter", "key"),
    ] {
        let mut request = world.request(method);
        request[filters] = json!([{ filter: { text: long } }]);
        let begin = format!("{filters}[0].{filter}.{text}: must have at most");
        world.api.refused(method, request.clone(), InvalidArgument, &begin);
        request[filters] = json!([{ filter: { text: "x", "method": "METHOD_X" } }]);
        world.api.refused(method, request, InvalidArgument, &format!("{filters}[0].{filter}.method"));
    }
}
