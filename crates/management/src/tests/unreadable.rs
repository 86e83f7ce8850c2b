//! Records that can't be read: listings name them, administrators end them, and calls that depend on one are
//! refused with its kind and id.

use super::world::{P256_PUBLIC, World};
use crate::Code::{DataLoss, NotFound, PermissionDenied, Unavailable};
use crate::testing::TestManagement;
use serde_json::{Value, json};

/// The ids that a listing names as unreadable.
fn unreadable(api: &TestManagement, method: &str) -> Vec<String> {
    let listed = api.call(method, json!({})).unwrap();
    let all = listed.get("unreadable").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    all.iter().map(|id| id.as_str().unwrap().to_owned()).collect()
}

/// Checks that these calls are refused because of this record.
fn depend(api: &TestManagement, record: &str, calls: &[(&str, Value)]) {
    for (method, request) in calls {
        let error = api.call(method, request.clone()).unwrap_err();
        assert_eq!(error.code, DataLoss, "{method}: {}", error.message);
        assert!(error.message.contains(record), "{method}: {}", error.message);
    }
}

/// A world whose record in a table can't be read.
fn world_without(table: &str, id: impl Fn(&World) -> String) -> World {
    let mut world = World::new();
    let id = id(&world);
    world.api = world.api.spoiled(table, &id);
    world
}

#[test]
fn an_unreadable_user_is_named_and_can_be_deleted_by_id_or_username() {
    for reference in [|world: &World| world.user.clone(), |_: &World| "worker".to_owned()] {
        let world = world_without("clients", |world| world.user.clone());
        let (api, user) = (&world.api, &world.user);
        for listing in ["ListUsers", "ListAdministrators", "ListAuthorizations", "ListKeys"] {
            assert_eq!(unreadable(api, listing), [user.as_str()], "{listing}");
        }
        let by_user = json!({ "userId": reference(&world) });
        depend(
            api,
            &format!("{user} "),
            &[
                ("GetUserByID", by_user.clone()),
                ("LockUser", by_user.clone()),
                ("AddSecret", by_user.clone()),
                ("ListSecrets", by_user.clone()),
                ("ListUserMetadata", by_user.clone()),
                ("RevokeUserTokens", by_user.clone()),
            ],
        );
        assert!(api.call("DeleteUser", by_user.clone()).unwrap().get("deletionDate").is_some());
        assert_eq!(unreadable(api, "ListUsers"), [""; 0]);
        api.refused("DeleteUser", by_user, NotFound, "there is no user");
    }
}

#[test]
fn an_unreadable_user_is_deactivated_and_stays_named() {
    let world = world_without("clients", |world| world.user.clone());
    let (api, by_user) = (&world.api, json!({ "userId": world.user }));
    let before = api.last_event();
    api.call("DeactivateUser", by_user.clone()).unwrap();
    let told = api.events_after(before);
    assert_eq!((told.len(), &told[0]["subjectId"]), (1, &json!(world.user)));
    assert_eq!(unreadable(api, "ListUsers"), [world.user.as_str()], "its record is still there");
    api.call("DeleteUser", by_user).unwrap();
    assert_eq!(unreadable(api, "ListUsers"), [""; 0]);
}

#[test]
fn the_token_of_an_unreadable_user_is_neither_live_nor_dead() {
    let world = world_without("clients", |world| world.user.clone());
    let token = json!({ "token": world.token });
    for method in ["ExplainToken", "RevokeToken"] {
        let error = world.api.call(method, token.clone()).unwrap_err();
        assert!([DataLoss, Unavailable].contains(&error.code), "{method}: {}", error.message);
    }
    world.api.call("DeactivateUser", json!({ "userId": world.user })).unwrap();
    assert_eq!(world.api.call("ExplainToken", token).unwrap()["active"], false);
}

#[test]
fn an_unreadable_application_is_named_and_ended() {
    let id = |world: &World| world.application.clone();
    let world = world_without("clients", id);
    let (api, application) = (&world.api, &world.application);
    assert_eq!(unreadable(api, "ListApplications"), [application.as_str()]);
    let by_id = json!({ "applicationId": application });
    depend(
        api,
        application,
        &[
            ("GetApplication", by_id.clone()),
            ("GenerateClientSecret", by_id.clone()),
            ("CreateApplicationKey", json!({ "applicationId": application, "publicKey": P256_PUBLIC })),
            ("ReactivateApplication", by_id.clone()),
        ],
    );
    api.call("DeactivateApplication", by_id.clone()).unwrap();
    api.call("DeleteApplication", by_id.clone()).unwrap();
    assert_eq!(unreadable(api, "ListApplications"), [""; 0]);
    api.refused("GetApplication", by_id, NotFound, "there is no application");
}

#[test]
fn an_unreadable_project_is_named_and_ended_with_all_that_is_in_it() {
    let world = world_without("projects", |world| world.project.clone());
    let (api, project) = (&world.api, &world.project);
    for listing in ["ListProjects", "ListProjectGrants", "ListOrganizations"] {
        assert_eq!(unreadable(api, listing), [project.as_str()], "{listing}");
    }
    let by_id = json!({ "projectId": project });
    for (method, request) in [
        ("UpdateProject", json!({ "projectId": project, "name": "x" })),
        ("AddProjectRole", json!({ "projectId": project, "roleKey": "x" })),
        ("CreateAuthorization", json!({ "projectId": project, "userId": world.user })),
        ("CreateApplication", json!({ "projectId": project, "name": "x", "apiConfiguration": {} })),
    ] {
        assert!(api.call(method, request).is_err(), "{method}");
    }
    api.call("DeactivateProject", by_id.clone()).unwrap();
    assert!(api.call("DeleteProject", by_id.clone()).unwrap().get("deletionDate").is_some());
    assert_eq!(unreadable(api, "ListProjects"), [""; 0]);
    api.refused("GetProject", by_id, NotFound, "there is no project");
    let application = json!({ "applicationId": world.application });
    api.refused("GetApplication", application, NotFound, "there is no application");
}

#[test]
fn an_unreadable_organization_is_named_and_ended_with_its_users() {
    let world = world_without("organizations", |world| world.organization.clone());
    let (api, organization) = (&world.api, &world.organization);
    assert_eq!(unreadable(api, "ListOrganizations"), [organization.as_str()]);
    let by_id = json!({ "organizationId": organization });
    for (method, request) in [
        ("UpdateOrganization", json!({ "organizationId": organization, "name": "x" })),
        ("CreateUser", json!({ "organizationId": organization, "machine": { "name": "x" } })),
        ("CreateProject", json!({ "organizationId": organization, "name": "x" })),
        ("ListOrganizationMetadata", by_id.clone()),
    ] {
        assert!(api.call(method, request).is_err(), "{method}");
    }
    api.call("DeactivateOrganization", by_id.clone()).unwrap();
    api.call("DeleteOrganization", by_id.clone()).unwrap();
    assert_eq!(unreadable(api, "ListOrganizations"), [""; 0]);
    api.refused("DeleteOrganization", by_id, NotFound, "there is no organization");
    api.refused("GetUserByID", json!({ "userId": world.user }), NotFound, "there is no user");
}

#[test]
fn an_unreadable_signing_key_is_named_and_deleted() {
    let world = world_without("signing_keys", |world| world.web_key.clone());
    let (api, key) = (&world.api, json!({ "id": world.web_key }));
    assert_eq!(unreadable(api, "ListWebKeys"), [world.web_key.as_str()]);
    assert!(api.call("ActivateWebKey", key.clone()).is_err(), "it can't sign");
    assert!(api.call("DeleteWebKey", key.clone()).unwrap().get("deletionDate").is_some());
    assert_eq!(unreadable(api, "ListWebKeys"), [""; 0]);
    assert!(api.call("DeleteWebKey", key).unwrap().get("deletionDate").is_none(), "it is gone");
}

#[test]
fn an_unreadable_token_key_is_named_and_deleted() {
    let world = world_without("token_keys", |world| world.token_key.clone());
    let (api, key) = (&world.api, json!({ "id": world.token_key }));
    assert_eq!(unreadable(api, "ListTokenKeys"), [world.token_key.as_str()]);
    api.call("RotateTokenKey", json!({})).unwrap();
    assert_eq!(unreadable(api, "ListTokenKeys"), [world.token_key.as_str()], "other changes leave it");
    assert!(api.call("DeleteTokenKey", key.clone()).unwrap().get("deletionDate").is_some());
    assert_eq!(unreadable(api, "ListTokenKeys"), [""; 0]);
    assert!(api.call("DeleteTokenKey", key).unwrap().get("deletionDate").is_none(), "it is gone");
}

/// The world after its user's secret was replaced, and the secret's record in the past damaged.
fn world_without_past() -> World {
    let mut world = World::new();
    world.api.call("AddSecret", json!({ "userId": world.user })).unwrap();
    world.api = world.api.spoiled_past(&world.user, &world.secret_id);
    world
}

#[test]
fn an_unreadable_past_secret_is_named_in_its_users_listings_and_removed() {
    let world = world_without_past();
    let (api, by_user) = (&world.api, json!({ "userId": world.user }));
    let named = |method: &str| api.call(method, by_user.clone()).unwrap()["unreadable"].clone();
    for listing in ["ListSecrets", "ListKeys", "ListPersonalAccessTokens"] {
        assert_eq!(named(listing), json!([world.secret_id]), "{listing}: its kind is not known");
    }
    api.call("GetUserByID", by_user.clone()).unwrap();
    let one = json!({ "userId": world.user, "secretId": world.secret_id });
    api.call("RemoveSecret", one.clone()).unwrap();
    assert_eq!(named("ListSecrets"), Value::Null);
    assert!(api.call("RemoveSecret", one).is_err(), "it is gone");
}

#[test]
fn an_unreadable_past_credential_is_removed_as_any_kind() {
    for (method, member) in [("RemoveKey", "keyId"), ("RemovePersonalAccessToken", "tokenId")] {
        let world = world_without_past();
        let one = json!({ "userId": world.user, member: world.secret_id });
        assert!(world.api.call(method, one.clone()).unwrap().get("deletionDate").is_some());
        world.api.refused(method, one, NotFound, "");
    }
}

#[test]
fn unreadable_records_are_named_to_those_who_may_see_all() {
    let world = World::new();
    let of_one = |id: &str| json!({ "organizationId": id });
    world.api.with_role("viewer", &json!({ "instance": true }), "IAM_OWNER_VIEWER");
    world.api.with_role("manager", &of_one(&world.partner), "ORG_OWNER");
    let (user, project) = (world.user.clone(), world.project.clone());
    let api = world.api.spoiled("clients", &user).spoiled("projects", &project);
    let (viewer, manager) = (api.bearer("viewer"), api.bearer("manager"));
    for listing in ["ListUsers", "ListProjects", "ListAdministrators"] {
        let named = |caller| api.call_by(caller, listing, json!({})).unwrap().get("unreadable").cloned();
        assert!(named(&viewer).is_some(), "{listing}");
        assert_eq!(named(&manager), None, "{listing}");
    }
    for (method, request) in [
        ("DeleteUser", json!({ "userId": user })),
        ("DeactivateUser", json!({ "userId": user })),
        ("DeleteProject", json!({ "projectId": project })),
        ("DeactivateProject", json!({ "projectId": project })),
    ] {
        api.refused_to(&viewer, method, request.clone(), PermissionDenied, "the permission ");
        match api.call_by(&manager, method, request) {
            Ok(reply) => assert!(reply.get("deletionDate").is_none(), "{method}: {reply}"),
            Err(error) => assert_eq!(error.code, NotFound, "{method}: {}", error.message),
        }
    }
    assert_eq!(unreadable(&api, "ListProjects"), [project], "it was not ended");
}
