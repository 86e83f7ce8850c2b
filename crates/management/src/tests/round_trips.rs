//! Each kind of object from its creation to its end: what a reply says, what is read and listed afterwards,
//! what a change leaves as it was, and that nothing is left.

use super::world::{P256_PUBLIC, World};
use crate::Code::{AlreadyExists, FailedPrecondition, NotFound};
use serde_json::{Value, json};

/// The dates of the world's beginning, and a minute later.
const CREATED: &str = "2027-01-15T08:00:00Z";
const LATER: &str = "2027-01-15T08:01:00Z";

/// A world of which a minute has passed.
fn later() -> World {
    let world = World::new();
    world.api.clock.advance(60);
    world
}

impl World {
    fn get(&self, method: &str, member: &str) -> Value {
        self.api.call(method, self.request(method)).unwrap()[member].clone()
    }

    /// The listed items under this name.
    fn listed(&self, method: &str, name: &str) -> Vec<Value> {
        self.get(method, name).as_array().cloned().unwrap_or_default()
    }

    fn does(&self, method: &str) -> Value {
        self.api.call(method, self.request(method)).unwrap()
    }
}

#[test]
fn a_user() {
    let world = later();
    let settings = json!({
        "name": "Worker", "description": "of the night", "accessTokenType": "ACCESS_TOKEN_TYPE_JWT",
        "jwtType": "JWT_TYPE_AT_JWT", "defaultScopes": ["openid"], "allowedScopes": ["openid", "profile"],
        "allowedAudiences": [world.project], "tokenLifetime": "600s",
    });
    let update = json!({ "userId": world.user, "username": "renamed", "machine": settings });
    assert_eq!(world.api.call("UpdateUser", update).unwrap(), json!({ "changeDate": LATER }));
    let user = world.get("GetUserByID", "user");
    assert_eq!((&user["username"], &user["state"]), (&json!("renamed"), &json!("USER_STATE_ACTIVE")));
    for (member, value) in settings.as_object().unwrap() {
        assert_eq!(user["machine"][member], *value, "{member}");
    }
    assert_eq!(user["machine"]["hasSecret"], true);
    let details = &user["details"];
    assert_eq!((&details["creationDate"], &details["changeDate"]), (&json!(CREATED), &json!(LATER)));
    assert_eq!(details["resourceOwner"], world.organization);
    assert_eq!(world.listed("ListUsers", "result"), std::slice::from_ref(&user), "listed as it is read");

    let one = json!({ "userId": world.user, "machine": { "description": "" } });
    world.api.call("UpdateUser", one).unwrap();
    let machine = world.get("GetUserByID", "user")["machine"].clone();
    assert_eq!((&machine["description"], &machine["name"]), (&json!(""), &json!("Worker")), "the rest stays");
    let lifted = json!({ "allowedScopes": [], "allowedAudiences": [], "tokenLifetime": "0s" });
    world.api.call("UpdateUser", json!({ "userId": world.user, "machine": lifted })).unwrap();
    let machine = world.get("GetUserByID", "user")["machine"].clone();
    assert_eq!(machine.get("tokenLifetime"), None);

    let deleted = world.does("DeleteUser");
    assert_eq!(deleted["deletionDate"], LATER);
    world.api.refused("GetUserByID", json!({ "userId": world.user }), NotFound, "there is no user");
    assert!(world.listed("ListUsers", "result").is_empty());
    assert!(world.listed("ListAuthorizations", "authorizations").is_empty(), "its authorizations go with it");
    assert!(world.listed("ListAdministrators", "administrators").is_empty(), "and its administrator roles");
    assert_eq!(world.api.call("ExplainToken", json!({ "token": world.token })).unwrap()["active"], false);
}

#[test]
fn a_project() {
    let world = later();
    let before = world.get("GetProject", "project");
    assert_eq!((&before["name"], &before["state"]), (&json!("Shop"), &json!("PROJECT_STATE_ACTIVE")));
    let update =
        json!({ "projectId": world.project, "projectRoleAssertion": true, "authorizationRequired": true });
    assert_eq!(world.api.call("UpdateProject", update).unwrap(), json!({ "changeDate": LATER }));
    let after = world.get("GetProject", "project");
    assert_eq!((&after["name"], &after["projectAccessRequired"]), (&json!("Shop"), &json!(false)));
    assert_eq!(
        (&after["projectRoleAssertion"], &after["authorizationRequired"]),
        (&json!(true), &json!(true))
    );
    assert_eq!((&after["creationDate"], &after["changeDate"]), (&json!(CREATED), &json!(LATER)));
    assert_ne!(after["sequence"], before["sequence"]);
    assert!(world.listed("ListProjects", "projects").contains(&after), "listed as it is read");

    assert_eq!(world.does("DeleteProject"), json!({ "deletionDate": LATER }));
    world.api.refused("GetProject", json!({ "projectId": world.project }), NotFound, "there is no project");
    let application = json!({ "applicationId": world.application });
    world.api.refused("GetApplication", application, NotFound, "there is no application");
    for (listing, name) in [
        ("ListApplications", "applications"),
        ("ListApplicationKeys", "keys"),
        ("ListProjectGrants", "projectGrants"),
        ("ListAuthorizations", "authorizations"),
    ] {
        assert!(world.listed(listing, name).is_empty(), "{listing}");
    }
    let again = json!({ "projectId": world.project, "name": "Shop" });
    world.api.refused("CreateProject", again, AlreadyExists, "this id is taken");
}

#[test]
fn a_role_of_a_project() {
    let world = later();
    let key = |key: &str| json!({ "projectId": world.project, "roleKey": key });
    let mut role = key("new");
    role["group"] = json!("All");
    assert_eq!(world.api.call("AddProjectRole", role).unwrap(), json!({ "creationDate": LATER }));
    let roles = world.listed("ListProjectRoles", "projectRoles");
    let new = roles.iter().find(|role| role["key"] == "new").unwrap();
    assert_eq!((&new["displayName"], &new["group"]), (&json!("new"), &json!("All")), "named by its key");
    assert_eq!((&new["creationDate"], roles.len()), (&json!(LATER), 3));
    world.does("UpdateProjectRole");
    let roles = world.listed("ListProjectRoles", "projectRoles");
    let reader = roles.iter().find(|role| role["key"] == "reader").unwrap();
    assert_eq!((&reader["displayName"], &reader["changeDate"]), (&json!("Other"), &json!(LATER)));
    assert_eq!(reader["creationDate"], CREATED);

    assert_eq!(world.does("RemoveProjectRole"), json!({ "removalDate": LATER }));
    let granted = world.listed("ListAuthorizations", "authorizations");
    assert_eq!(granted[0]["roles"], json!([]), "a removed role is taken from its users");
    world.api.call("AddProjectRole", key("reader")).unwrap();
    let granted = world.listed("ListAuthorizations", "authorizations");
    assert_eq!(granted[0]["roles"], json!([]), "a role that is added again is another one");
}

#[test]
fn a_grant_of_a_project() {
    let world = later();
    let grant = || world.listed("ListProjectGrants", "projectGrants").pop().unwrap();
    let before = grant();
    assert_eq!((&before["grantedRoleKeys"], &before["projectName"]), (&json!(["reader"]), &json!("Shop")));
    assert_eq!(before["grantedOrganizationId"], world.partner);
    assert_eq!(before["grantedOrganizationName"], "Partner");
    assert_eq!(world.does("UpdateProjectGrant"), json!({ "changeDate": LATER }));
    assert_eq!(grant()["grantedRoleKeys"], json!(["writer"]));
    assert_eq!(world.does("DeactivateProjectGrant"), json!({ "changeDate": LATER }));
    assert_eq!(grant()["state"], "PROJECT_GRANT_STATE_INACTIVE");
    world.api.clock.advance(60);
    assert_eq!(world.does("DeactivateProjectGrant"), json!({ "changeDate": LATER }), "it is so already");
    world.does("ActivateProjectGrant");
    assert_eq!(grant()["state"], "PROJECT_GRANT_STATE_ACTIVE");
    assert!(world.does("DeleteProjectGrant").get("deletionDate").is_some());
    assert!(world.listed("ListProjectGrants", "projectGrants").is_empty());
    assert_eq!(world.does("DeleteProjectGrant"), json!({}), "it is gone");
    for method in ["ActivateProjectGrant", "DeactivateProjectGrant", "UpdateProjectGrant"] {
        world.api.refused(method, world.request(method), NotFound, "");
    }
}

#[test]
fn an_application() {
    let world = later();
    let create = json!({
        "projectId": world.project, "applicationId": "77", "name": "orders",
        "apiConfiguration": { "authMethodType": "API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT", "resource": "https://orders.example" },
    });
    let created = world.api.call("CreateApplication", create.clone()).unwrap();
    assert_eq!((&created["applicationId"], &created["creationDate"]), (&json!("77"), &json!(LATER)));
    assert_eq!(created["apiConfiguration"]["clientSecret"], "", "it authenticates by key");
    let get =
        || world.api.call("GetApplication", json!({ "applicationId": "77" })).unwrap()["application"].clone();
    let got = get();
    assert_eq!(got["apiConfiguration"]["resource"], "https://orders.example");
    assert_eq!(got["apiConfiguration"]["authMethodType"], "API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT");
    assert!(world.listed("ListApplications", "applications").contains(&got), "listed as it is read");
    let mut second = create.clone();
    second["applicationId"] = json!("78");
    world.api.refused("CreateApplication", second, AlreadyExists, "another API has this resource URI");
    world.api.refused("CreateApplication", create, AlreadyExists, "");

    world.api.call("UpdateApplication", json!({ "applicationId": "77", "name": "other" })).unwrap();
    assert_eq!(get()["name"], "other");
    let before = world.api.last_event();
    let nothing = world.api.call("UpdateApplication", json!({ "applicationId": "77" })).unwrap();
    assert_eq!((nothing, world.api.last_event()), (json!({ "changeDate": LATER }), before));
    let id = json!({ "applicationId": "77" });
    world.api.call("DeactivateApplication", id.clone()).unwrap();
    assert_eq!(get()["state"], "APPLICATION_STATE_INACTIVE");
    world.api.call("ReactivateApplication", id.clone()).unwrap();
    world.api.refused("ReactivateApplication", id.clone(), FailedPrecondition, "");
    assert!(world.api.call("DeleteApplication", id.clone()).unwrap().get("deletionDate").is_some());
    for method in ["GetApplication", "DeleteApplication", "GenerateClientSecret"] {
        world.api.refused(method, id.clone(), NotFound, "there is no application 77");
    }
}

#[test]
fn a_secret_of_an_application() {
    let world = later();
    let first = world.does("GenerateClientSecret");
    assert_eq!((&first["creationDate"], &first["clientId"]), (&json!(LATER), &json!(world.application)));
    let listed = || {
        let of_api = json!({ "userId": world.application });
        let listed = world.api.call("ListSecrets", of_api).unwrap()["result"].clone();
        listed.as_array().unwrap().iter().map(|secret| secret["state"].clone()).collect::<Vec<_>>()
    };
    let live = |states: &[Value]| states.iter().filter(|state| **state == "SECRET_STATE_LIVE").count();
    assert_eq!(live(&listed()), 1, "it replaces the one of the creation");
    let kept = json!({ "applicationId": world.application, "keepOthers": true });
    world.api.call("GenerateClientSecret", kept).unwrap();
    assert_eq!(live(&listed()), 2);
    let one = json!({ "userId": world.application, "secretId": first["secretId"] });
    world.api.call("RemoveSecret", one).unwrap();
    assert_eq!(live(&listed()), 1);
    world.api.call("RemoveSecret", json!({ "userId": world.application })).unwrap();
    assert_eq!(live(&listed()), 0);
}

#[test]
fn a_key_of_an_application() {
    let world = later();
    let got = world.does("GetApplicationKey");
    assert_eq!((&got["keyId"], &got["creationDate"]), (&json!(world.application_key), &json!(CREATED)));
    let listed = world.listed("ListApplicationKeys", "keys").pop().unwrap();
    assert_eq!(
        (&listed["applicationId"], &listed["projectId"]),
        (&json!(world.application), &json!(world.project))
    );
    let made = json!({ "applicationId": world.application, "algorithm": "EdDSA", "lifetime": "3600s" });
    let made = world.api.call("CreateApplicationKey", made).unwrap();
    assert!(!made["keyDetails"].as_str().unwrap().is_empty(), "its private half is shown once");
    let uploaded = json!({ "applicationId": world.application, "publicKey": P256_PUBLIC });
    assert_eq!(world.api.call("CreateApplicationKey", uploaded).unwrap()["keyDetails"], "");
    let ending = world.api.call("GetApplicationKey", json!({ "keyId": made["keyId"] })).unwrap();
    assert_eq!(ending["expirationDate"], "2027-01-15T09:01:00Z");
    let elsewhere = json!({ "applicationId": world.user, "keyId": made["keyId"] });
    world.api.refused("DeleteApplicationKey", elsewhere, NotFound, "");
    assert!(world.does("DeleteApplicationKey").get("deletionDate").is_some());
    world.api.refused("GetApplicationKey", json!({ "keyId": world.application_key }), NotFound, "");
    assert_eq!(world.listed("ListApplicationKeys", "keys").len(), 2);
}

#[test]
fn a_key_and_a_personal_access_token_of_a_user() {
    for (add, list, remove, member) in [
        ("AddKey", "ListKeys", "RemoveKey", "keyId"),
        ("AddPersonalAccessToken", "ListPersonalAccessTokens", "RemovePersonalAccessToken", "tokenId"),
    ] {
        let world = later();
        let mut request = world.request(add);
        request["lifetime"] = json!("3600s");
        let added = world.api.call(add, request).unwrap();
        assert_eq!(added["creationDate"], LATER, "{add}");
        let listed = world.listed(list, "result");
        let found = listed.iter().find(|one| one["id"] == added[member]).unwrap();
        assert_eq!((&found["userId"], &found["creationDate"]), (&json!(world.user), &json!(LATER)), "{add}");
        assert_eq!(found["expirationDate"], "2027-01-15T09:01:00Z", "{add}");
        let one = json!({ "userId": world.user, member: added[member] });
        assert_eq!(world.api.call(remove, one.clone()).unwrap(), json!({ "deletionDate": LATER }));
        world.api.refused(remove, one, FailedPrecondition, "");
        assert_eq!(world.listed(list, "result").len(), 1, "{list}");
        let of_another_kind = json!({ "userId": world.user, member: world.secret_id });
        world.api.refused(remove, of_another_kind, NotFound, "it has no secret with this id");
    }
}

#[test]
fn an_authorization() {
    let world = later();
    let get = || world.listed("ListAuthorizations", "authorizations").pop().unwrap();
    let before = get();
    assert_eq!((&before["id"], &before["state"]), (&json!(world.authorization), &json!("STATE_ACTIVE")));
    assert_eq!(
        (&before["user"]["id"], &before["project"]["id"]),
        (&json!(world.user), &json!(world.project))
    );
    assert_eq!(before["roles"][0]["key"], "reader");
    assert_eq!(world.does("UpdateAuthorization"), json!({ "changeDate": LATER }));
    let after = get();
    assert_eq!((&after["roles"][0]["key"], &after["changeDate"]), (&json!("writer"), &json!(LATER)));
    world.does("DeactivateAuthorization");
    assert_eq!(get()["state"], "STATE_INACTIVE");
    world.does("ActivateAuthorization");
    assert_eq!(get()["state"], "STATE_ACTIVE");
    assert_eq!(world.does("DeleteAuthorization"), json!({ "deletionDate": LATER }));
    assert!(world.listed("ListAuthorizations", "authorizations").is_empty());
    for method in ["UpdateAuthorization", "ActivateAuthorization", "DeactivateAuthorization"] {
        world.api.refused(method, world.request(method), NotFound, "");
    }
}

#[test]
fn an_organization() {
    let world = later();
    let get = || {
        let query = json!({ "queries": [{ "idQuery": { "id": world.organization } }] });
        world.api.call("ListOrganizations", query).unwrap()["result"][0].clone()
    };
    assert_eq!((&get()["name"], &get()["state"]), (&json!("Works"), &json!("ORGANIZATION_STATE_ACTIVE")));
    assert_eq!(world.does("UpdateOrganization"), json!({ "changeDate": LATER }));
    assert_eq!((&get()["name"], &get()["details"]["creationDate"]), (&json!("Other"), &json!(CREATED)));
    let taken = json!({ "organizationId": world.organization, "name": "Partner" });
    world.api.refused("UpdateOrganization", taken, AlreadyExists, "another organization has this name");
    world.does("DeactivateOrganization");
    assert_eq!(get()["state"], "ORGANIZATION_STATE_INACTIVE");
    assert_eq!(world.api.call("ExplainToken", json!({ "token": world.token })).unwrap()["active"], false);
    world.does("ActivateOrganization");
    assert_eq!(world.does("DeleteOrganization"), json!({ "deletionDate": LATER }));
    for method in ["DeleteOrganization", "ActivateOrganization", "ListOrganizationMetadata"] {
        world.api.refused(method, world.request(method), NotFound, "there is no organization");
    }
    world.api.refused("GetUserByID", json!({ "userId": world.user }), NotFound, "there is no user");
    world.api.refused("GetProject", json!({ "projectId": world.project }), NotFound, "there is no project");
}

#[test]
fn metadata_of_a_user_and_of_an_organization() {
    for (kind, member) in [("User", "userId"), ("Organization", "organizationId")] {
        let world = later();
        let (set, list, delete) =
            (format!("Set{kind}Metadata"), format!("List{kind}Metadata"), format!("Delete{kind}Metadata"));
        let of = world.request(&list);
        assert_eq!(world.listed(&list, "metadata"), [json!({ "key": "k", "value": "eA==" })]);
        assert_eq!(world.does(&set), json!({ "setDate": LATER }));
        let other = json!({ member: of[member], "metadata": [{ "key": "k", "value": "eQ==" }] });
        world.api.call(&set, other).unwrap();
        let both = [json!({ "key": "k", "value": "eQ==" }), json!({ "key": "new", "value": "eA==" })];
        let mut listed = world.listed(&list, "metadata");
        listed.sort_by_key(|entry| entry["key"].to_string());
        assert_eq!(listed, both, "a value is replaced, others stay");
        let keys = json!({ member: of[member], "keys": ["k", "unknown"] });
        world.api.refused(&delete, keys, NotFound, "");
        assert_eq!(world.listed(&list, "metadata").len(), 2, "all or none");
        assert_eq!(world.does(&delete), json!({ "deletionDate": LATER }));
        assert_eq!(world.listed(&list, "metadata").len(), 1);
    }
}

#[test]
fn administrator_roles() {
    let world = later();
    let get = || world.listed("ListAdministrators", "administrators").pop().unwrap();
    assert_eq!(
        (&get()["roles"], &get()["user"]["id"]),
        (&json!(["ORG_TOKEN_INTROSPECTOR"]), &json!(world.user))
    );
    assert_eq!(get()["organization"]["id"], world.organization);
    assert_eq!(world.does("UpdateAdministrator"), json!({ "changeDate": LATER }));
    assert_eq!((&get()["roles"], &get()["changeDate"]), (&json!(["ORG_OWNER_VIEWER"]), &json!(LATER)));
    assert_eq!(world.does("CreateAdministrator"), json!({ "creationDate": LATER }));
    assert_eq!(world.listed("ListAdministrators", "administrators").len(), 2, "one for each resource");
    assert_eq!(world.does("DeleteAdministrator"), json!({ "deletionDate": LATER }));
    world.api.refused("UpdateAdministrator", world.request("UpdateAdministrator"), NotFound, "");
    let left = world.listed("ListAdministrators", "administrators");
    assert_eq!((left.len(), &left[0]["project"]["id"]), (1, &json!(world.project)));
}
