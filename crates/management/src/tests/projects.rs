//! Projects, their roles and grants, applications and authorizations.

use crate::Code::{AlreadyExists, FailedPrecondition, InvalidArgument, NotFound};
use crate::testing::TestManagement;
use serde_json::json;

fn project(api: &TestManagement) -> String {
    api.text("CreateProject", json!({ "name": "Orders" }), "projectId")
}

fn role(api: &TestManagement, project: &str, key: &str) {
    api.call("AddProjectRole", json!({ "projectId": project, "roleKey": key })).unwrap();
}

#[test]
fn a_project_has_a_name_and_an_id_of_its_own() {
    let api = TestManagement::new();
    api.refused("CreateProject", json!({}), InvalidArgument, "name");
    api.refused("CreateProject", json!({ "name": " " }), InvalidArgument, "name");
    let named = json!({ "projectId": "5", "name": "x" });
    api.call("CreateProject", named.clone()).unwrap();
    api.refused("CreateProject", named, AlreadyExists, "");
    api.refused("GetProject", json!({ "projectId": "6" }), NotFound, "there is no project 6");
    api.refused("GetProject", json!({ "projectId": "x" }), InvalidArgument, "projectId");
}

#[test]
fn setting_the_state_that_a_project_has_changes_nothing() {
    let api = TestManagement::new();
    let id = json!({ "projectId": project(&api) });
    let deactivated = api.call("DeactivateProject", id.clone()).unwrap();
    api.clock.advance(10);
    assert_eq!(api.call("DeactivateProject", id.clone()).unwrap(), deactivated);
    assert_ne!(api.call("ActivateProject", id).unwrap(), deactivated);
}

#[test]
fn deleting_a_project_that_is_gone_succeeds() {
    let api = TestManagement::new();
    let id = json!({ "projectId": project(&api) });
    assert!(api.call("DeleteProject", id.clone()).unwrap().get("deletionDate").is_some());
    assert!(api.call("DeleteProject", id).unwrap().get("deletionDate").is_none());
}

#[test]
fn a_role_is_added_once_and_removed_once() {
    let api = TestManagement::new();
    let id = project(&api);
    let request = |key: &str| json!({ "projectId": id, "roleKey": key });
    role(&api, &id, "reader");
    api.refused("AddProjectRole", request("reader"), AlreadyExists, "");
    api.refused("AddProjectRole", request("two words"), InvalidArgument, "roleKey");
    api.refused("AddProjectRole", json!({ "projectId": id }), InvalidArgument, "roleKey");
    api.call("RemoveProjectRole", request("reader")).unwrap();
    api.refused("RemoveProjectRole", request("reader"), NotFound, "");
    api.refused("UpdateProjectRole", request("reader"), NotFound, "");
}

#[test]
fn an_authorization_is_for_roles_that_exist_and_given_once() {
    let api = TestManagement::new();
    let (user, id) = (api.user("worker"), project(&api));
    let create = |roles: &[&str]| json!({ "userId": user, "projectId": id, "roleKeys": roles });
    api.refused("CreateAuthorization", create(&["reader"]), NotFound, "");
    role(&api, &id, "reader");
    let given = api.text("CreateAuthorization", create(&["reader"]), "id");
    api.refused("CreateAuthorization", create(&["reader"]), AlreadyExists, "");
    api.call("DeactivateAuthorization", json!({ "id": given })).unwrap();
    let listed =
        api.call("ListAuthorizations", json!({ "filters": [{ "userId": { "id": user } }] })).unwrap();
    assert_eq!(listed["authorizations"][0]["state"], "STATE_INACTIVE");
    api.call("DeleteAuthorization", json!({ "id": given })).unwrap();
    assert!(api.call("DeleteAuthorization", json!({ "id": given })).unwrap().get("deletionDate").is_none());
    api.refused("ActivateAuthorization", json!({ "id": given }), NotFound, "");
}

#[test]
fn an_application_keeps_its_method_and_resource() {
    let api = TestManagement::new();
    let id = project(&api);
    let create = json!({ "projectId": id, "name": "api", "apiConfiguration": {} });
    let application = api.text("CreateApplication", create, "applicationId");
    let update = |member: &str, value: &str| json!({ "applicationId": application, "apiConfiguration": { member: value } });
    let by_key = update("authMethodType", "API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT");
    api.refused("UpdateApplication", by_key, InvalidArgument, "apiConfiguration.authMethodType");
    let moved = update("resource", "https://api.example.com");
    api.refused("UpdateApplication", moved, InvalidArgument, "apiConfiguration.resource");
    api.call("UpdateApplication", update("authMethodType", "API_AUTH_METHOD_TYPE_BASIC")).unwrap();
    let elsewhere = json!({ "applicationId": application, "projectId": "9" });
    api.refused("DeactivateApplication", elsewhere, NotFound, "projectId");
    let twice = json!({ "applicationId": application });
    api.call("DeactivateApplication", twice.clone()).unwrap();
    api.refused("DeactivateApplication", twice, FailedPrecondition, "");
}

#[test]
fn a_grant_gives_roles_of_the_project_to_another_organization() {
    let api = TestManagement::new();
    let id = project(&api);
    let other = api.text("AddOrganization", json!({ "name": "Other" }), "organizationId");
    let grant =
        |to: &str, roles: &[&str]| json!({ "projectId": id, "grantedOrganizationId": to, "roleKeys": roles });
    api.refused("CreateProjectGrant", grant(&other, &["reader"]), NotFound, "");
    role(&api, &id, "reader");
    api.refused("CreateProjectGrant", grant("x", &["reader"]), InvalidArgument, "grantedOrganizationId");
    let own = api.organization();
    api.refused("CreateProjectGrant", grant(&own, &["reader"]), FailedPrecondition, "");
    api.call("CreateProjectGrant", grant(&other, &["reader"])).unwrap();
    api.refused("CreateProjectGrant", grant(&other, &["reader"]), AlreadyExists, "");
}
