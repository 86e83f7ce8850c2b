//! Unlimited renewal of credentials: ended ones stay as history and take no room.

use crate::harness::{Credentials, Server, refused, text};
use serde_json::{Value, json};

const USERS: &str = "/zitadel.user.v2.UserService";

fn secrets(server: &Server, user: &str) -> Vec<(String, String)> {
    let listed = server.json(&["secret", "list", user]);
    let all = listed["result"].as_array().unwrap().iter();
    all.map(|secret| (text(secret, "/secretId"), text(secret, "/state"))).collect()
}

#[test]
fn a_secret_is_replaced_more_often_than_a_client_may_have_secrets() {
    let server = Server::start();
    let api = server.api();
    let first = server.user("billing");
    let token = server.token(&first);
    let mut last = first.clone();
    for _ in 0..60 {
        let made = server.json(&["secret", "generate", "billing", "--overlap", "0s"]);
        last.secret = text(&made, "/clientSecret");
    }
    assert!(server.is_active(&api, &token), "replaced is not revoked");
    assert!(server.is_active(&api, &server.token(&last)));
    server
        .post("/oauth/v2/token", &first, "grant_type=client_credentials&scope=openid")
        .is_refused(401, "invalid_client");
    let listed = secrets(&server, "billing");
    assert_eq!(listed.len(), 61, "history is listed");
    assert_eq!(listed.iter().filter(|(_, state)| state == "SECRET_STATE_LIVE").count(), 1);
    // An ended secret is still known by its id: revoking it revokes its tokens.
    let revoked = server.cli(&["secret", "revoke", "billing", &listed[0].0], false);
    assert!(revoked.status.success(), "{}", String::from_utf8_lossy(&revoked.stderr));
    assert!(!server.is_active(&api, &token));
    assert_eq!(secrets(&server, "billing")[0].1, "SECRET_STATE_REVOKED");
}

#[test]
fn a_token_for_every_run_leaves_room_for_a_leaked_secret() {
    let server = Server::start();
    let owner = server.owner();
    server.user("ci");
    let id = text(&server.json(&["user", "show", "ci"]), "/user/userId");
    let call = |method: &str, mut request: Value| {
        request["userId"] = json!(id);
        server.call_as(&owner, &format!("{USERS}/{method}"), &request)
    };
    for _ in 0..50 {
        assert_eq!(call("AddPersonalAccessToken", json!({ "lifetime": "3600s" })).status, 200);
    }
    refused(&call("AddPersonalAccessToken", json!({})), 429, "resource_exhausted");
    assert_eq!(call("AddSecret", json!({})).status, 200, "another kind");
    let listed = call("ListPersonalAccessTokens", json!({})).json();
    let first = text(&listed, "/result/0/id");
    assert_eq!(call("RemovePersonalAccessToken", json!({ "tokenId": first })).status, 200);
    assert_eq!(call("AddPersonalAccessToken", json!({})).status, 200, "removing makes room");
}

/// A service user with a personal access token, and the token.
fn bearer(server: &Server, name: &str, arguments: &[&str]) -> String {
    server.json(&[&["user", "create", name], arguments].concat());
    server.json(&["admin", "add", name, "IAM_OWNER_VIEWER"]);
    text(&server.json(&["pat", "create", name]), "/token")
}

fn may_list(server: &Server, token: &str) -> u16 {
    server.call_as(token, &format!("{USERS}/ListUsers"), &json!({})).status
}

#[test]
fn a_personal_access_token_without_end_has_no_exp() {
    let server = Server::start();
    let owner = server.owner();
    let explained = server
        .call_as(&owner, "/jeton.token.v1.TokenService/ExplainToken", &json!({ "token": owner }))
        .json();
    assert_eq!(text(&explained, "/kind"), "personal access token");
    assert_eq!((explained.pointer("/introspection/exp"), explained.get("expires")), (None, None));
    assert!(explained["introspection"]["iat"].is_u64());
}

#[test]
fn a_personal_access_token_follows_the_limits_of_its_user() {
    let server = Server::start();
    let project = text(&server.json(&["project", "create", "Shop"]), "/projectId");
    let token = bearer(&server, "viewer", &[]);
    assert_eq!(may_list(&server, &token), 200);
    server.json(&["user", "update", "viewer", "--allowed-audiences", &project]);
    assert_eq!(may_list(&server, &token), 401, "not for the management API any more");
    server.json(&["user", "update", "viewer", "--allowed-audiences", ""]);
    assert_eq!(may_list(&server, &token), 200);
    server.json(&["user", "update", "viewer", "--allowed-scopes", "openid profile"]);
    assert_eq!(may_list(&server, &token), 401);
}

#[test]
fn a_personal_access_token_lives_no_longer_than_its_users_tokens_may() {
    let server = Server::start();
    server.json(&["user", "create", "short", "--token-lifetime", "15m"]);
    let owner = server.owner();
    let id = text(&server.json(&["user", "show", "short"]), "/user/userId");
    let add = |lifetime: &str| {
        let request = json!({ "userId": id, "lifetime": lifetime });
        server.call_as(&owner, &format!("{USERS}/AddPersonalAccessToken"), &request)
    };
    refused(&add("901s"), 400, "invalid_argument");
    assert_eq!(add("900s").status, 200);
    let made =
        server.call_as(&owner, &format!("{USERS}/AddPersonalAccessToken"), &json!({ "userId": id })).json();
    assert!(made["expirationDate"].is_string(), "it got the end that it may have: {made}");
}

#[test]
fn revoking_all_tokens_of_a_user_ends_its_personal_access_tokens_in_listings_too() {
    let server = Server::start();
    let token = bearer(&server, "viewer", &[]);
    assert!(server.cli(&["token", "revoke", "--user", "viewer"], false).status.success());
    assert_eq!(may_list(&server, &token), 401);
    let listed = server.json(&["pat", "list", "viewer"]);
    assert_eq!(listed["result"].as_array().unwrap().len(), 0, "{listed}");
}

#[test]
fn a_client_gives_its_own_personal_access_token_back_and_no_others() {
    let server = Server::start();
    let token = bearer(&server, "viewer", &[]);
    let own = server.secret("viewer");
    let other = server.user("other");
    let revoke = |client: &Credentials| {
        let reply = server.post("/oauth/v2/revoke", client, &format!("token={token}"));
        assert_eq!(reply.status, 200);
        may_list(&server, &token)
    };
    assert_eq!(revoke(&other), 200);
    assert_eq!(revoke(&own), 401);
    assert_eq!(revoke(&own), 401);
}

#[test]
fn a_changed_character_of_a_personal_access_token_is_no_token() {
    let server = Server::start();
    let token = bearer(&server, "viewer", &[]);
    for at in [0, 5, 10, 40, token.len() - 1] {
        let mut changed = token.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        assert_eq!(may_list(&server, std::str::from_utf8(&changed).unwrap()), 401, "{at}");
    }
    for cut in [&token[1..], &token[..token.len() - 1], &format!("{token}A")] {
        assert_eq!(may_list(&server, cut), 401);
    }
}
