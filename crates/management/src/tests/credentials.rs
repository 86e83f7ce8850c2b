//! Secrets, keys and personal access tokens.

use crate::Code::{InvalidArgument, NotFound};
use crate::testing::TestManagement;
use serde_json::{Value, json};

fn states(api: &TestManagement, user: &str) -> Vec<String> {
    let listed = api.call("ListSecrets", json!({ "userId": user })).unwrap();
    let all = listed["result"].as_array().unwrap().iter();
    all.map(|secret| secret["state"].as_str().unwrap().to_owned()).collect()
}

fn live(api: &TestManagement, user: &str) -> usize {
    states(api, user).iter().filter(|state| *state == "SECRET_STATE_LIVE").count()
}

#[test]
fn a_new_secret_replaces_the_others_unless_they_are_kept() {
    let api = TestManagement::new();
    let id = api.user("worker");
    let add = |more: &str, value: Value| api.call("AddSecret", json!({ "userId": id, more: value }));
    add("label", json!("first")).unwrap();
    add("keepOthers", json!(true)).unwrap();
    assert_eq!(live(&api, &id), 2);
    add("overlap", json!("60s")).unwrap();
    assert_eq!(live(&api, &id), 3);
    api.clock.advance(61);
    assert_eq!(live(&api, &id), 1, "{:?}", states(&api, &id));
    add("label", json!("last")).unwrap();
    assert_eq!(live(&api, &id), 1);
}

#[test]
fn a_secret_ends_in_the_future_and_in_one_way() {
    let api = TestManagement::new();
    let id = api.user("worker");
    for (more, begin) in [
        (json!({ "expirationDate": "2020-01-01T00:00:00Z" }), "expirationDate"),
        (json!({ "expirationDate": "2030-01-01" }), "expirationDate"),
        (json!({ "expirationDate": "2030-01-01T00:00:00Z", "lifetime": "60s" }), "lifetime"),
        (json!({ "lifetime": "-1s" }), "lifetime"),
        (json!({ "overlap": "60s", "keepOthers": true }), "keepOthers"),
        (json!({ "label": "x".repeat(1000) }), "label"),
    ] {
        let mut request = json!({ "userId": id });
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        api.refused("AddSecret", request, InvalidArgument, begin);
    }
    assert!(states(&api, &id).is_empty());
}

#[test]
fn one_secret_or_all_of_them_are_removed() {
    let api = TestManagement::new();
    let id = api.user("worker");
    let add = || api.text("AddSecret", json!({ "userId": id, "keepOthers": true }), "secretId");
    let (first, _, _) = (add(), add(), add());
    api.call("RemoveSecret", json!({ "userId": id, "secretId": first })).unwrap();
    assert_eq!(live(&api, &id), 2);
    api.refused("RemoveSecret", json!({ "userId": id, "secretId": "7" }), NotFound, "");
    api.refused("RemoveSecret", json!({ "userId": id, "secretId": "x" }), InvalidArgument, "secretId");
    api.call("RemoveSecret", json!({ "userId": id })).unwrap();
    assert_eq!(live(&api, &id), 0);
}

#[test]
fn a_leaked_secret_is_disabled_by_the_whole_secret_alone() {
    let api = TestManagement::new();
    let id = api.user("worker");
    let secret = api.text("AddSecret", json!({ "userId": id }), "clientSecret");
    let report = |secret: &str| api.call("ReportLeak", json!({ "secret": secret }));
    assert!(report(&secret[..secret.len() - 1]).is_err());
    assert_eq!(report(&secret).unwrap()["disabled"], true);
    assert_eq!(report(&secret).unwrap()["disabled"], false, "it is disabled already");
    assert_eq!(live(&api, &id), 0);
}

#[test]
fn a_personal_access_token_is_within_the_lifetime_of_its_users_tokens() {
    let api = TestManagement::new();
    let machine = json!({ "name": "x", "tokenLifetime": "3600s" });
    let id = api.text("CreateUser", json!({ "machine": machine }), "userId");
    let add = |lifetime: &str| json!({ "userId": id, "lifetime": lifetime });
    api.refused("AddPersonalAccessToken", add("3601s"), InvalidArgument, "lifetime");
    api.call("AddPersonalAccessToken", add("3600s")).unwrap();
    let unbounded = api.call("AddPersonalAccessToken", json!({ "userId": id })).unwrap();
    assert_eq!(unbounded["expirationDate"], "2027-01-15T09:00:00Z");
}

#[test]
fn a_token_explains_itself_until_it_is_removed() {
    let api = TestManagement::new();
    let id = api.user("worker");
    let added = api.call("AddPersonalAccessToken", json!({ "userId": id })).unwrap();
    let explain = || api.call("ExplainToken", json!({ "token": added["token"] })).unwrap();
    assert_eq!((&explain()["reason"], &explain()["username"]), (&json!("live"), &json!("worker")));
    api.call("RemovePersonalAccessToken", json!({ "userId": id, "tokenId": added["tokenId"] })).unwrap();
    assert_eq!(explain()["active"], false);
    api.refused("ExplainToken", json!({ "token": " " }), InvalidArgument, "token");
}

#[test]
fn a_generated_key_is_shown_once_and_listed() {
    let api = TestManagement::new();
    let id = api.user("worker");
    let key = json!({ "userId": id, "algorithm": "EdDSA" });
    let added = api.call("AddKey", key).unwrap();
    assert!(!added["keyContent"].as_str().unwrap().is_empty());
    let listed = api.call("ListKeys", json!({ "userId": id })).unwrap();
    assert_eq!(listed["result"][0]["id"], added["keyId"]);
    api.refused("AddKey", json!({ "userId": id, "algorithm": "HS256" }), InvalidArgument, "algorithm");
    let small = json!({ "userId": id, "algorithm": "EdDSA", "rsaBits": 2048 });
    api.refused("AddKey", small, InvalidArgument, "rsaBits");
}

#[test]
fn unused_and_expiring_credentials_are_found() {
    let api = TestManagement::new();
    let id = api.user("worker");
    api.call("AddSecret", json!({ "userId": id, "lifetime": "86400s" })).unwrap();
    let count = |method: &str, request: Value| {
        api.call(method, request).unwrap()["credentials"].as_array().unwrap().len()
    };
    assert_eq!(count("ListExpiringCredentials", json!({ "within": "3600s" })), 0);
    assert_eq!(count("ListExpiringCredentials", json!({ "within": "86400s" })), 1);
    assert_eq!(count("ListUnusedCredentials", json!({ "unusedFor": "60s" })), 0);
    api.clock.advance(61);
    assert_eq!(count("ListUnusedCredentials", json!({ "unusedFor": "60s" })), 1);
}
