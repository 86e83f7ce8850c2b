//! The introspection endpoint (RFC 7662).

use crate::harness::{Credentials, Server, text};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

const INTROSPECT: &str = "/oauth/v2/introspect";

/// Conformance 40: RFC 7662 §2.1
#[test]
fn introspection_is_a_post_with_a_token() {
    let server = Server::start();
    let api = server.api();
    for method in ["GET", "PUT", "DELETE", "HEAD"] {
        let reply = server.request(method, INTROSPECT, &[("authorization", &api.basic())], b"");
        assert_eq!((reply.status, reply.header("allow")), (405, Some("POST, OPTIONS")), "{method}");
    }
    for form in ["", "token=", "token", "token_type_hint=access_token"] {
        server.post(INTROSPECT, &api, form).is_refused(400, "invalid_request");
    }
    server.post(INTROSPECT, &api, "token=a&token=b").is_refused(400, "invalid_request");
    let json = server.request(
        "POST",
        INTROSPECT,
        &[("authorization", &api.basic()), ("content-type", "application/json")],
        b"{}",
    );
    json.is_refused(400, "invalid_request");
}

/// Conformance 41: RFC 7662 §2.1, §2.3 and §4
#[test]
fn only_an_api_may_introspect() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let token = server.token(&user);
    let form = format!("token={token}");
    server.post_with(INTROSPECT, &[], &form).is_refused(401, "invalid_client");
    let wrong = Credentials { secret: user.secret.clone(), ..api.clone() };
    server.post(INTROSPECT, &wrong, &form).is_refused(401, "invalid_client");
    server.post(INTROSPECT, &user, &form).is_refused(400, "unauthorized_client");
    let bearer = format!("Bearer {token}");
    let refused = server.post_with(INTROSPECT, &[("authorization", &bearer)], &form);
    assert_eq!((refused.status, refused.error().as_str()), (403, "insufficient_scope"));
    let body = format!("{form}&client_id={}&client_secret={}", api.id, api.secret);
    assert_eq!(server.post_with(INTROSPECT, &[], &body).json()["active"], Value::Bool(true));
}

/// Conformance 42: RFC 7662 §2.1
#[test]
fn a_wrong_hint_still_finds_the_token() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let token = server.token(&user);
    for hint in ["access_token", "refresh_token", "nonsense", ""] {
        let reply = server.post(INTROSPECT, &api, &format!("token={token}&token_type_hint={hint}"));
        assert_eq!(reply.json()["active"], Value::Bool(true), "{hint}");
    }
}

/// Changed tokens with a correct checksum: another version, another key's tag, another nonce, a wrong seal,
/// truncated, extended.
fn changed_with_a_right_checksum(token: &str) -> Vec<String> {
    let raw = URL_SAFE_NO_PAD.decode(token.strip_prefix("jeton_at_").unwrap()).unwrap();
    let body = &raw[..raw.len() - 4];
    let flipped = |at: usize| {
        let mut body = body.to_vec();
        body[at] ^= 1;
        body
    };
    let mut bodies = vec![flipped(0), flipped(2), flipped(5), flipped(20), flipped(body.len() - 1)];
    bodies.push(body[..body.len() - 8].to_vec());
    bodies.push([body, &[0; 8]].concat());
    let text = |body: &Vec<u8>| {
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(b"jeton_at_");
        checksum.update(body);
        let raw = [body.as_slice(), &checksum.finalize().to_be_bytes()].concat();
        format!("jeton_at_{}", URL_SAFE_NO_PAD.encode(raw))
    };
    assert_eq!(text(&body.to_vec()), token);
    bodies.iter().map(text).collect()
}

/// Conformance 43: RFC 7662 §2.2
#[test]
fn every_inactive_token_gets_the_same_answer() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let revoked = server.token(&user);
    server.post("/oauth/v2/revoke", &user, &format!("token={revoked}"));
    let elsewhere = server.token_with(&user, "openid urn:zitadel:iam:org:project:id:123456789:aud");
    let gone = server.user("gone");
    let of_nobody = server.token(&gone);
    server.json(&["user", "delete", "gone"]);
    let live = server.token(&user);
    let mut other = live.clone();
    other.pop();
    let forged = format!("{other}{}", if live.ends_with('A') { 'B' } else { 'A' });
    let foreign = Server::start();
    let foreign = foreign.token(&foreign.user("billing"));
    let removed = server.token(&user);
    let keys = server.json(&["token-key", "list"]);
    server.json(&["token-key", "remove", &text(&keys, "/tokenKeys/0/id")]);
    let live = server.token(&user);
    let sealed = changed_with_a_right_checksum(&live);
    let mut cases = vec![
        foreign.as_str(),
        &removed,
        &revoked,
        &elsewhere,
        &of_nobody,
        &forged,
        &other,
        "junk",
        "jeton_at_",
        "%C3%A9",
        &user.secret,
    ];
    cases.extend(sealed.iter().map(String::as_str));
    let mut answers = Vec::new();
    for token in cases {
        let reply = server.post(INTROSPECT, &api, &format!("token={token}"));
        assert_eq!((reply.status, reply.text().as_str()), (200, r#"{"active":false}"#), "{token}");
        answers.push(reply.headers.into_iter().filter(|(name, _)| name != "date").collect::<Vec<_>>());
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]));
    assert!(server.is_active(&api, &live));
}

/// Conformance 44: RFC 7662 §2.2
#[test]
fn an_active_token_has_the_members_of_the_rfc_in_their_types() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let seen = server.introspect(&api, &server.token(&user));
    assert_eq!(seen["active"], Value::Bool(true));
    assert_eq!(text(&seen, "/scope"), "openid profile");
    assert_eq!(text(&seen, "/client_id"), "billing");
    assert_eq!(text(&seen, "/username"), "billing");
    assert_eq!(text(&seen, "/token_type"), "Bearer");
    assert_eq!(text(&seen, "/iss"), format!("http://{}", server.address));
    assert_eq!(text(&seen, "/sub"), text(&server.json(&["user", "show", "billing"]), "/user/userId"));
    assert_eq!(text(&seen, "/name"), "User billing");
    assert_eq!(text(&seen, "/preferred_username"), "billing");
    assert_eq!(text(&seen, "/jti").len(), 32);
    for member in ["exp", "iat", "nbf", "updated_at"] {
        assert!(seen[member].is_u64(), "{member}: {seen}");
    }
    let project = text(&server.json(&["api", "list"]), "/applications/0/projectId");
    assert_eq!(seen["aud"], serde_json::json!([project]));
}

#[test]
fn without_the_profile_scope_there_is_no_profile() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let seen = server.introspect(&api, &server.token_with(&user, "openid"));
    assert_eq!(seen["active"], Value::Bool(true));
    for member in ["name", "preferred_username", "updated_at"] {
        assert!(seen.get(member).is_none(), "{member}");
    }
}

/// Conformance 45: RFC 7662 §2.2 and §4
#[test]
fn an_api_sees_only_tokens_that_are_meant_for_its_project() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let project = text(&server.json(&["api", "list"]), "/applications/0/projectId");
    let named = server.token_with(&user, &format!("openid urn:zitadel:iam:org:project:id:{project}:aud"));
    let both = server.token_with(
        &user,
        &format!("openid urn:zitadel:iam:org:project:id:{project}:aud urn:zitadel:iam:org:project:id:99:aud"),
    );
    let other = server.token_with(&user, "openid urn:zitadel:iam:org:project:id:99:aud");
    assert!(server.is_active(&api, &named));
    assert_eq!(server.introspect(&api, &both)["aud"].as_array().unwrap().len(), 2);
    assert!(!server.is_active(&api, &other));
}

/// Conformance 46: RFC 7662 §4
#[test]
fn the_log_holds_no_token_and_no_secret() {
    let parent = tempfile::tempdir().unwrap();
    let log = parent.path().join("log");
    let data = parent.path().join("data");
    let server = Server::start_on(&data, &[]);
    let (user, api) = (server.user("billing"), server.api());
    drop(server);
    let address = crate::harness::free_address().unwrap();
    let mut child = crate::harness::jeton()
        .args(["serve", "--log-format", "json", "--listen", &address.to_string(), "--data-dir"])
        .arg(&data)
        .env("JETON_LOG", "trace")
        .stdout(std::process::Stdio::null())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while std::net::TcpStream::connect(address).is_err() {
        assert!(std::time::Instant::now() < deadline, "the server does not start");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let post = |path: &str, client: &Credentials, form: &str| {
        use std::io::Write;
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        let length = form.len();
        write!(stream, "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: {}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{form}", client.basic()).unwrap();
        crate::harness::Reply::read(&mut stream)
    };
    let token = text(
        &post("/oauth/v2/token", &user, "grant_type=client_credentials&scope=openid").json(),
        "/access_token",
    );
    post(INTROSPECT, &api, &format!("token={token}"));
    post("/oauth/v2/revoke", &user, &format!("token={token}"));
    post(INTROSPECT, &api, &format!("token={token}"));
    child.kill().unwrap();
    child.wait().unwrap();
    let written = [std::fs::read(&log).unwrap(), std::fs::read(data.join("jeton.redb")).unwrap()].concat();
    for secret in [&token, &user.secret, &api.secret, &user.basic(), &api.basic()] {
        // The body without prefix and checksum, which an attacker could use.
        let body = &secret.as_bytes()[secret.len() / 2 - 8..secret.len() / 2 + 8];
        assert!(!written.windows(body.len()).any(|window| window == body), "a secret was written");
    }
}

/// Conformance 47: house, RFC 7662 §4
#[test]
fn a_token_of_a_deactivated_user_is_inactive_at_once_and_until_reactivated() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let token = server.token(&user);
    assert!(server.is_active(&api, &token));
    server.json(&["user", "deactivate", "billing"]);
    assert!(!server.is_active(&api, &token));
    server
        .post("/oauth/v2/token", &user, "grant_type=client_credentials&scope=openid")
        .is_refused(401, "invalid_client");
    server.json(&["user", "reactivate", "billing"]);
    assert!(server.is_active(&api, &token));
    server.json(&["user", "delete", "billing"]);
    assert!(!server.is_active(&api, &token));
}

/// Conformance 48: house, RFC 7009 §2
#[test]
fn a_revoked_token_is_inactive_in_the_next_request() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    for _ in 0..50 {
        let token = server.token(&user);
        assert!(server.is_active(&api, &token));
        assert_eq!(server.post("/oauth/v2/revoke", &user, &format!("token={token}")).status, 200);
        assert!(!server.is_active(&api, &token));
    }
}

/// Conformance 49: RFC 9701 §4
#[test]
fn introspection_always_answers_json() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let token = server.token(&user);
    let headers =
        [("authorization", api.basic()), ("accept", "application/token-introspection+jwt".to_owned())];
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let reply = server.post_with(INTROSPECT, &headers, &format!("token={token}"));
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
}

#[test]
fn a_display_name_is_escaped_in_json() {
    let server = Server::start();
    let api = server.api();
    let name = r#"Quote " back \ slash <b> é"#;
    server.json(&["user", "create", "billing", "--name", name]);
    let user = server.secret("billing");
    assert_eq!(text(&server.introspect(&api, &server.token(&user)), "/name"), name);
}
