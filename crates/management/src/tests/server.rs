//! Statistics and refusals of the server, retired names of each kind, and the kinds of signing keys.

use super::world::World;
use crate::Code::{AlreadyExists, FailedPrecondition, InvalidArgument, NotFound};
use crate::rotation::PUBLISHED_BEFORE_SECONDS;
use crate::testing::TestManagement;
use serde_json::{Value, json};

#[test]
fn statistics_are_those_of_the_server() {
    let api = TestManagement::new();
    let activity = json!({ "date": "2027-01-15T08:00:00Z", "issued": 1, "introspections": 2, "refused": 1 });
    let reason = json!({ "reason": "wrong_secret", "sentence": "The secret is wrong.", "count": "1" });
    let proxy = json!({ "address": "192.0.2.1", "requests": "9", "sentence": "Name it." });
    let wanted = json!({
        "startDate": "2027-01-15T08:00:00Z", "unexpiredTokens": "3", "storeBytes": "4096", "stepSeconds": 60,
        "points": [activity], "refusals": [reason], "unnamedProxies": [proxy],
    });
    assert_eq!(api.call("GetStatistics", json!({})).unwrap(), wanted);
}

#[test]
fn refusals_are_those_of_the_named_user_or_application() {
    let world = World::new();
    for client in [&world.user, &world.application] {
        let refusals =
            world.api.call("ListRefusals", json!({ "userId": client })).unwrap()["refusals"].clone();
        assert_eq!(refusals[0]["sentence"], format!("A secret of {client} is wrong."));
        assert_eq!(
            (&refusals[0]["endpoint"], &refusals[0]["count"]),
            (&json!("/oauth/v2/token"), &json!("1"))
        );
    }
    let place = json!({ "organizationId": world.partner });
    let viewer = world.api.with_role("viewer", &place, "ORG_OWNER_VIEWER");
    world.api.refused_to(
        &viewer,
        "ListRefusals",
        json!({ "userId": world.user }),
        NotFound,
        "there is no user",
    );
    let application = json!({ "userId": world.application });
    world.api.refused_to(&viewer, "ListRefusals", application, NotFound, "there is no application");
}

/// The retired names of a type.
fn retired(world: &World, kind: &str) -> Vec<String> {
    let listed = world.api.call("ListRetiredNames", json!({})).unwrap()["names"].clone();
    let of_kind = listed.as_array().unwrap().iter().filter(|name| name["type"] == kind);
    of_kind.map(|name| name["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_resource_of_a_deleted_api_is_retired_until_it_is_freed() {
    let world = World::new();
    let resource = "https://orders.example";
    let create = |project: &str| json!({ "projectId": project, "name": "x", "apiConfiguration": { "resource": resource } });
    let api = world.api.text("CreateApplication", create(&world.project), "applicationId");
    world.api.call("DeleteApplication", json!({ "applicationId": api })).unwrap();
    assert_eq!(retired(&world, "NAME_TYPE_RESOURCE"), [resource]);
    let other = json!({ "organizationId": world.partner, "name": "Other" });
    let other = world.api.text("CreateProject", other, "projectId");
    world.api.refused("CreateApplication", create(&other), AlreadyExists, "");
    let free = |name: &str| json!({ "type": "NAME_TYPE_RESOURCE", "name": name });
    world.api.refused("FreeName", free("no uri"), InvalidArgument, "name");
    world.api.refused("FreeName", free("https://other.example"), NotFound, "no such name was retired");
    world.api.call("FreeName", free(resource)).unwrap();
    world.api.call("CreateApplication", create(&other)).unwrap();
    assert_eq!(retired(&world, "NAME_TYPE_RESOURCE"), [""; 0]);
}

#[test]
fn the_domain_of_a_renamed_organization_is_retired_until_it_is_freed() {
    let world = World::new();
    let domain = || {
        let query = json!({ "queries": [{ "idQuery": { "id": world.organization } }] });
        let listed = world.api.call("ListOrganizations", query).unwrap();
        listed["result"][0]["primaryDomain"].as_str().unwrap().to_owned()
    };
    let before = domain();
    world.api.call("UpdateOrganization", world.request("UpdateOrganization")).unwrap();
    assert_ne!(domain(), before);
    assert_eq!(retired(&world, "NAME_TYPE_ORGANIZATION_DOMAIN"), [before.as_str()]);
    let free = json!({ "type": "NAME_TYPE_ORGANIZATION_DOMAIN", "name": before });
    world.api.call("FreeName", free.clone()).unwrap();
    world.api.refused("FreeName", free, NotFound, "no such name was retired");
    assert_eq!(retired(&world, "NAME_TYPE_ORGANIZATION_DOMAIN"), [""; 0]);
}

#[test]
fn a_username_is_retired_when_its_user_is_renamed_and_its_own_again_on_request() {
    let world = World::new();
    let rename = |name: &str| json!({ "userId": world.user, "username": name });
    world.api.call("UpdateUser", rename("renamed")).unwrap();
    assert!(retired(&world, "NAME_TYPE_USERNAME").contains(&"worker".to_owned()));
    let taken = json!({ "organizationId": world.partner, "username": "Worker", "machine": { "name": "x" } });
    world.api.refused("CreateUser", taken, AlreadyExists, "");
    world.api.refused("UpdateUser", rename("RENAMED "), InvalidArgument, "username");
    world.api.call("UpdateUser", rename("worker")).unwrap();
    assert!(!retired(&world, "NAME_TYPE_USERNAME").contains(&"worker".to_owned()));
}

/// The listed key with this id.
fn key(api: &TestManagement, id: &str) -> Value {
    let listed = api.call("ListWebKeys", json!({})).unwrap()["webKeys"].clone();
    listed.as_array().unwrap().iter().find(|key| key["id"] == id).cloned().unwrap_or_default()
}

#[test]
fn a_signing_key_is_listed_by_the_members_that_it_was_made_with() {
    let api = TestManagement::new();
    for (request, member, shown, algorithm) in [
        (json!({ "ed25519": {} }), "ed25519", json!({}), "EdDSA"),
        (json!({ "algorithm": "EdDSA" }), "ed25519", json!({}), "EdDSA"),
        (json!({ "ecdsa": {} }), "ecdsa", json!({ "curve": "ECDSA_CURVE_P256" }), "ES256"),
        (
            json!({ "ecdsa": { "curve": "ECDSA_CURVE_P384" } }),
            "ecdsa",
            json!({ "curve": "ECDSA_CURVE_P384" }),
            "ES384",
        ),
        (
            json!({ "ecdsa": { "curve": "ECDSA_CURVE_P512" } }),
            "ecdsa",
            json!({ "curve": "ECDSA_CURVE_P512" }),
            "ES512",
        ),
        (json!({ "algorithm": "ES384" }), "ecdsa", json!({ "curve": "ECDSA_CURVE_P384" }), "ES384"),
    ] {
        let id = api.text("CreateWebKey", request.clone(), "id");
        let listed = key(&api, &id);
        assert_eq!((&listed[member], &listed["algorithm"]), (&shown, &json!(algorithm)), "{request}");
        let others = ["rsa", "ecdsa", "ed25519"].into_iter().filter(|other| *other != member);
        assert!(others.into_iter().all(|other| listed.get(other).is_none()), "{listed}");
    }
}

#[test]
fn another_kind_of_key_is_scheduled_until_verifiers_know_it() {
    let api = TestManagement::new().with_keys();
    let scheduled = api.call("RotateWebKey", json!({ "algorithm": "ES256" })).unwrap();
    let id = scheduled["id"].as_str().unwrap();
    assert_eq!(
        (&scheduled["algorithm"], &scheduled["activationDate"]),
        (&json!("ES256"), &json!("2027-01-15T08:15:00Z"))
    );
    assert_eq!(key(&api, id)["state"], "STATE_INITIAL");
    assert_eq!(key(&api, id)["activationDate"], "2027-01-15T08:15:00Z");
    api.clock.advance(PUBLISHED_BEFORE_SECONDS);
    let again = api.call("RotateWebKey", json!({ "algorithm": "ES256" })).unwrap();
    assert_eq!((&again["id"], &again["activationDate"]), (&scheduled["id"], &scheduled["activationDate"]));
    assert_eq!(key(&api, id)["state"], "STATE_ACTIVE");
    let same = json!({ "algorithm": "ES256" });
    api.refused("RotateWebKey", same, FailedPrecondition, "the next key has been published");
}

#[test]
fn an_organization_is_added_with_its_administrators_or_not_at_all() {
    let world = World::new();
    let add = |name: &str, admins: Value| json!({ "name": name, "admins": admins });
    let before = world.api.last_event();
    for (admins, begin) in [
        (json!([{ "userId": world.user, "roles": ["IAM_OWNER"] }]), "admins[0].roles[0]"),
        (
            json!([{ "userId": world.user }, { "userId": world.user, "roles": ["none"] }]),
            "admins[1].roles[0]",
        ),
        (json!([{ "roles": ["ORG_OWNER"] }]), "admins[0].userId"),
        (json!([{ "userId": 7 }]), "admins[0].userId"),
        (json!({ "userId": world.user }), "admins"),
    ] {
        world.api.refused("AddOrganization", add("New", admins), InvalidArgument, begin);
    }
    let unknown = json!([{ "userId": world.user }, { "userId": "999" }]);
    world.api.refused("AddOrganization", add("New", unknown), NotFound, "admins[1]: there is no user 999");
    assert_eq!(world.api.last_event(), before);
    let admins = json!([{ "userId": world.user }]);
    let added = world.api.text("AddOrganization", add("New", admins), "organizationId");
    let owner = world.api.bearer(&world.user);
    let rename = json!({ "organizationId": added, "name": "Newer" });
    world.api.call_by(&owner, "UpdateOrganization", rename).unwrap();
}
