//! Stores that older versions left are opened, with everything that was in them.

use crate::harness::{Credentials, Server, failure, jeton, text};
use crate::key_files::P256_PRIVATE;
use crate::keys::{grant, issuer, now, sign};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;

/// A copy of a store that an older version left.
fn copy(format: u32) -> TempDir {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/format-{format}"));
    let to = tempfile::tempdir().unwrap();
    std::fs::set_permissions(to.path(), PermissionsExt::from_mode(0o700)).unwrap();
    for name in ["jeton.redb", "server.key"] {
        std::fs::copy(from.join(name), to.path().join(name)).unwrap();
        std::fs::set_permissions(to.path().join(name), PermissionsExt::from_mode(0o600)).unwrap();
    }
    to
}

fn client(id: &str, secret: &str) -> Credentials {
    Credentials { id: id.into(), secret: secret.into() }
}

/// Listings, and that the trail begins and can be verified.
fn looks_like_any_other(server: &Server, users: &[&str]) {
    let listed = server.json(&["user", "list"]);
    assert_eq!(text(&listed, "/details/totalResult"), users.len().to_string());
    let mut names: Vec<_> =
        listed["result"].as_array().unwrap().iter().map(|user| text(user, "/username")).collect();
    names.sort();
    assert_eq!(names, users);
    let by_name = r#"{"sortingColumn":"USER_FIELD_NAME_USER_NAME","query":{"asc":true}}"#;
    let sorted = server.json(&["call", "zitadel.user.v2.UserService/ListUsers", by_name]);
    assert_eq!(text(&sorted, "/result/0/username"), users[0]);
    assert_eq!(server.json(&["api", "list"])["applications"].as_array().unwrap().len(), 1);
    let organizations = server.json(&["organization", "list"]);
    assert_eq!(organizations["result"].as_array().unwrap().len(), 1);
    let token = server.owner();
    let path = "/zitadel.user.v2.UserService/ListUsers";
    assert_eq!(server.call_as(&token, path, &json!({})).status, 200);
    assert!(server.cli(&["audit", "verify"], false).status.success());
}

#[test]
fn a_store_of_format_1_is_opened_with_everything_in_it() {
    let store = copy(1);
    let server = Server::start_on(store.path(), &[]);
    let billing = client("billing", "jeton_cs_ABr0KRAAAADH74ysYxwWrdik6rt_SVfcQtfAlwnQiUeWGwINxTcLAwRe6go");
    let api =
        client("7586806325313540", "jeton_cs_ABr0KQAAAAVTw2O_je8B2aHQYrzGbQcD3q9Xs7d2xdFxE1144sl00CkTqao");
    let seen = server.introspect(&api, &server.token(&billing));
    assert_eq!((&seen["active"], &seen["sub"]), (&Value::Bool(true), &json!("7586806325313538")));
    let gone = server.json(&["user", "show", "gone"]);
    assert_eq!(text(&gone, "/user/state"), "USER_STATE_INACTIVE");
    looks_like_any_other(&server, &["billing", "gone"]);
}

#[test]
fn a_store_of_format_2_is_opened_with_everything_in_it() {
    let store = copy(2);
    let server = Server::start_on(store.path(), &[]);
    let billing = client("billing", "jeton_cs_ABr0KtAAAAFdX4yXMujvQyipw3lh_dlfnEsBGbJAtSLgLuO-VHcfzXvMiaU");
    let api =
        client("7586814109941766", "jeton_cs_ABr0KtAAAAcfg55MmzNe87lQdSAd83-rtqrTQS5EBdtBZiT3tboHo1WkP0g");
    let scope =
        "openid urn:zitadel:iam:org:project:id:7586814109941764:aud urn:zitadel:iam:org:projects:roles";
    let seen = server.introspect(&api, &server.token_with(&billing, scope));
    assert!(seen["urn:zitadel:iam:org:project:roles"].get("reader").is_some(), "{seen}");
    let form = "grant_type=client_credentials&scope=openid&resource=https://orders.example.com";
    assert_eq!(
        server.post("/oauth/v2/token", &billing, form).status,
        200,
        "the API is found by its resource"
    );
    let pat = "jeton_at_-EwIDSwhLj7tqd3qpdmazoc_t4VUAFmZIQaFOpIEFkr3_KERwzxUiXd6dxUpglxg";
    let bearer = format!("Bearer {pat}");
    assert_eq!(server.request("GET", "/oidc/v1/userinfo", &[("authorization", &bearer)], b"").status, 200);
    let robot = text(&server.json(&["user", "show", "robot"]), "/user/userId");
    let header = json!({ "alg": "ES256", "kid": "7586814109941763" });
    let claims =
        json!({ "iss": robot, "sub": robot, "aud": issuer(&server), "iat": now(), "exp": now() + 60 });
    let key = EncodingKey::from_ec_pem(P256_PRIVATE.as_bytes()).unwrap();
    let reply = grant(&server, &sign(&header.to_string(), &claims.to_string(), &key, Algorithm::ES256));
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(text(&reply.json(), "/access_token").starts_with("ey"), "signed with the key of before");
    assert_eq!(server.json(&["signing-key", "list"])["webKeys"].as_array().unwrap().len(), 2);
    looks_like_any_other(&server, &["billing", "gone", "robot"]);
}

#[test]
fn half_a_store_is_refused_and_left_alone() {
    let store = copy(2);
    let path = store.path().join("jeton.redb");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.truncate(bytes.len() / 2);
    std::fs::write(&path, &bytes).unwrap();
    failure(&jeton().args(["user", "list", "--data-dir"]).arg(store.path()).output().unwrap());
    assert!(std::fs::read(&path).unwrap() == bytes, "nothing was written to it");
}
