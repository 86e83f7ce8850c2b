//! Administrator roles: where they count, and what their holders may give to others.

use super::world::World;
use crate::Caller;
use crate::Code::{FailedPrecondition, NotFound, PermissionDenied};
use serde_json::{Value, json};

fn ids(caller: &Caller, world: &World, method: &str, name: &str, id: &str) -> Vec<Value> {
    let listed = world.api.call_by(caller, method, json!({})).unwrap();
    listed[name].as_array().unwrap().iter().map(|item| item.pointer(id).unwrap().clone()).collect()
}

#[test]
fn a_role_for_a_project_counts_in_that_project_alone() {
    let world = World::new();
    let second = json!({ "organizationId": world.organization, "name": "Second" });
    let second = world.api.text("CreateProject", second, "projectId");
    let owner = world.api.with_role("owner", &json!({ "projectId": world.project }), "PROJECT_OWNER");
    assert_eq!(ids(&owner, &world, "ListProjects", "projects", "/projectId"), [json!(world.project)]);
    world.api.call_by(&owner, "UpdateProject", world.request("UpdateProject")).unwrap();
    let other = json!({ "projectId": second, "name": "x" });
    world.api.refused_to(&owner, "UpdateProject", other, NotFound, "there is no project");
    world.api.refused_to(&owner, "CreateProject", world.request("CreateProject"), NotFound, "");
    world.api.refused_to(&owner, "LockUser", world.request("LockUser"), NotFound, "there is no user");
    let applications = ids(&owner, &world, "ListApplications", "applications", "/applicationId");
    assert_eq!(applications, [json!(world.application)]);
    world.api.call_by(&owner, "DeleteApplication", world.request("DeleteApplication")).unwrap();
}

#[test]
fn a_role_for_an_organization_counts_in_its_projects() {
    let world = World::new();
    let viewer = json!({ "organizationId": world.organization });
    let viewer = world.api.with_role("viewer", &viewer, "ORG_OWNER_VIEWER");
    for method in ["GetUserByID", "GetProject", "GetApplication", "GetApplicationKey", "ListProjectRoles"] {
        let seen = world.api.call_by(&viewer, method, world.request(method));
        assert!(seen.is_ok(), "{method}: {seen:?}");
    }
    assert_eq!(ids(&viewer, &world, "ListUsers", "result", "/userId"), [json!(world.user)]);
    let organizations = ids(&viewer, &world, "ListOrganizations", "result", "/id");
    assert_eq!(organizations, [json!(world.organization)]);
    for method in ["GetStatistics", "VerifyEvents", "ListRetiredNames", "ListWebKeys", "ListTokenKeys"] {
        world.api.refused_to(&viewer, method, world.request(method), PermissionDenied, "the permission ");
    }
}

#[test]
fn events_are_shown_to_those_who_may_read_them_where_they_happened() {
    let world = World::new();
    let viewer = |name: &str, id: &str| {
        world.api.with_role(name, &json!({ "organizationId": id }), "ORG_OWNER_VIEWER")
    };
    let (own, partner) = (viewer("own", &world.organization), viewer("partner", &world.partner));
    let about_user = json!({ "subjectId": world.user });
    let count = |caller: &Caller| {
        let listed = world.api.call_by(caller, "ListEvents", about_user.clone()).unwrap();
        (listed["events"].as_array().unwrap().len(), listed["names"]["users"].as_object().unwrap().len())
    };
    let (events, names) = count(&own);
    assert!(events > 1 && names == 1);
    assert_eq!(count(&partner), (0, 0));
}

#[test]
fn the_organization_that_a_project_is_granted_to_gives_its_roles_to_its_own_users() {
    let world = World::new();
    let owner = json!({ "organizationId": world.partner });
    let owner = world.api.with_role("owner", &owner, "ORG_OWNER");
    let theirs = json!({ "organizationId": world.partner, "username": "theirs", "machine": { "name": "x" } });
    let theirs = world.api.text("CreateUser", theirs, "userId");
    let give =
        |user: &str, role: &str| json!({ "userId": user, "projectId": world.project, "roleKeys": [role] });
    let writer = give(&theirs, "writer");
    world.api.refused_to(&owner, "CreateAuthorization", writer, FailedPrecondition, "");
    world.api.refused_to(&owner, "CreateAuthorization", give(&world.user, "reader"), NotFound, "");
    let given = world.api.call_by(&owner, "CreateAuthorization", give(&theirs, "reader")).unwrap();
    let seen = ids(&owner, &world, "ListAuthorizations", "authorizations", "/id");
    assert_eq!(seen, [given["id"].clone()], "not those of the project's own organization");
    let grants = ids(&owner, &world, "ListProjectGrants", "projectGrants", "/projectId");
    assert_eq!(grants, [json!(world.project)]);
    world.api.refused_to(&owner, "GetProject", world.request("GetProject"), NotFound, "there is no project");

    world.api.call("DeleteProjectGrant", world.request("DeleteProjectGrant")).unwrap();
    let over = json!({ "id": given["id"] });
    world.api.refused_to(&owner, "DeactivateAuthorization", over, NotFound, "");
    assert!(ids(&owner, &world, "ListAuthorizations", "authorizations", "/id").is_empty());
}

/// The right to change a user is enough to act as that user.
#[test]
fn a_manager_of_users_has_no_power_over_administrators() {
    let world = World::new();
    let place = json!({ "organizationId": world.organization });
    let manager = world.api.with_role("manager", &place, "ORG_USER_MANAGER");
    let machine =
        json!({ "organizationId": world.organization, "username": "boss", "machine": { "name": "x" } });
    let boss = world.api.text("CreateUser", machine, "userId");
    let assignment = json!({ "userId": boss, "resource": place, "roles": ["ORG_OWNER"] });
    let by_boss = json!({ "userId": boss });
    world.api.call_by(&manager, "AddSecret", by_boss.clone()).unwrap();
    world.api.call("CreateAdministrator", assignment.clone()).unwrap();
    let before = world.api.last_event();
    for method in ["AddSecret", "AddPersonalAccessToken", "LockUser", "DeactivateUser", "DeleteUser"] {
        world.api.refused_to(&manager, method, by_boss.clone(), PermissionDenied, "the permission ");
    }
    world.api.refused_to(&manager, "CreateAdministrator", assignment, PermissionDenied, "the permission ");
    assert_eq!(world.api.last_event(), before);
}

#[test]
fn the_last_owner_of_the_instance_stays() {
    let world = World::new();
    let root = world.api.call("Bootstrap", json!({ "username": "root" })).unwrap();
    let root_id = root["userId"].as_str().unwrap();
    let by_root = world.api.bearer(root_id);
    let place = json!({ "instance": true });
    let before = world.api.last_event();
    for (method, request) in [
        ("DeactivateUser", json!({ "userId": root_id })),
        ("LockUser", json!({ "userId": root_id })),
        ("DeleteUser", json!({ "userId": root_id })),
        ("DeleteAdministrator", json!({ "userId": root_id, "resource": place })),
        (
            "UpdateAdministrator",
            json!({ "userId": root_id, "resource": place, "roles": ["IAM_OWNER_VIEWER"] }),
        ),
    ] {
        let sentence = "this would leave the instance without an administrator";
        world.api.refused_to(&by_root, method, request, FailedPrecondition, sentence);
    }
    assert_eq!(world.api.last_event(), before);
    world.api.with_role("second", &place, "IAM_OWNER");
    world.api.call_by(&by_root, "DeleteUser", json!({ "userId": root_id })).unwrap();
}
