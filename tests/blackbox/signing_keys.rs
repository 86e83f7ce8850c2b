//! The server's signing keys: publication, rotation, removal.

use crate::harness::{Server, text};
use crate::jwt::{jwt_user, verified};
use serde_json::Value;
use std::collections::BTreeSet;

fn states(server: &Server) -> Vec<(String, String, String)> {
    let listed = server.json(&["signing-key", "list"]);
    let keys = listed["webKeys"].as_array().unwrap().iter();
    keys.map(|key| (text(key, "/id"), text(key, "/state"), text(key, "/algorithm"))).collect()
}

fn id(server: &Server, state: &str) -> String {
    states(server).into_iter().find(|(_, own, _)| own == state).unwrap().0
}

fn published(server: &Server) -> BTreeSet<String> {
    let set = server.request("GET", "/oauth/v2/keys", &[], b"").json();
    set["keys"].as_array().unwrap().iter().map(|key| text(key, "/kid")).collect()
}

/// A server that has created its next key, which it does right after the start.
fn ready() -> Server {
    let server = Server::start();
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while states(&server).len() < 2 {
        assert!(std::time::Instant::now() < deadline, "there is no next key");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    server
}

/// Conformance 62: RFC 7517 §4, §5
#[test]
fn the_key_set_is_public_cacheable_and_without_private_members() {
    for algorithm in ["RS256", "PS384", "ES256", "ES384", "ES512", "EdDSA"] {
        let server = Server::start_with(&["--signing-algorithm", algorithm]);
        let reply = server.request("GET", "/oauth/v2/keys", &[("origin", "https://app.example.com")], b"");
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("content-type"), Some("application/json"));
        assert_eq!(reply.header("cache-control"), Some("public, max-age=300"));
        assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
        let etag = reply.header("etag").unwrap().to_owned();
        for key in reply.json()["keys"].as_array().unwrap() {
            let members: BTreeSet<&str> = key.as_object().unwrap().keys().map(String::as_str).collect();
            let known = ["kid", "use", "alg", "kty", "n", "e", "crv", "x", "y"];
            assert!(members.iter().all(|member| known.contains(member)), "{members:?}");
            assert_eq!((key["use"].as_str(), key["alg"].as_str()), (Some("sig"), Some(algorithm)));
        }
        let head = server.request("HEAD", "/oauth/v2/keys", &[], b"");
        assert_eq!((head.status, head.body.len()), (200, 0));
        // The next key may have been published in between, so the validator is read again.
        let current = server.request("GET", "/oauth/v2/keys", &[], b"");
        let current = current.header("etag").unwrap_or(&etag);
        let unchanged = server.request("GET", "/oauth/v2/keys", &[("if-none-match", current)], b"");
        assert!([200, 304].contains(&unchanged.status));
        assert_eq!(unchanged.status == 304, unchanged.body.is_empty());
        assert_eq!(server.request("POST", "/oauth/v2/keys", &[], b"").status, 405);
    }
}

#[test]
fn a_next_key_is_published_before_it_signs() {
    let server = ready();
    let next = id(&server, "STATE_INITIAL");
    assert!(published(&server).contains(&next));
    let user = jwt_user(&server, "billing");
    let token = server.token_with(&user, "openid");
    let project = text(&server.json(&["project", "list"]), "/projects/0/projectId");
    assert_ne!(verified(&server, &token, &project).0.kid, Some(next));
    let refused = crate::harness::failure(&server.cli(&["signing-key", "rotate"], true));
    assert!(refused.contains("verifiers may not know it"), "{refused}");
}

#[test]
fn rotation_loses_no_token_and_signs_with_the_next_key() {
    let server = ready();
    let (user, api) = (jwt_user(&server, "billing"), server.api());
    let project = text(&server.json(&["project", "list"]), "/projects/0/projectId");
    let (active, next) = (id(&server, "STATE_ACTIVE"), id(&server, "STATE_INITIAL"));
    let before = server.token_with(&user, "openid");
    server.json(&["signing-key", "rotate", "--now"]);
    let after = server.token_with(&user, "openid");
    assert_eq!(verified(&server, &before, &project).0.kid, Some(active.clone()));
    assert_eq!(verified(&server, &after, &project).0.kid, Some(next.clone()));
    assert!(server.is_active(&api, &before) && server.is_active(&api, &after));
    assert_eq!(id(&server, "STATE_INACTIVE"), active);
    assert_eq!(id(&server, "STATE_ACTIVE"), next);
    assert_eq!(published(&server).len(), 3, "there is a new next one");
}

#[test]
fn a_removed_key_takes_its_tokens_along_at_once() {
    let server = ready();
    let (user, api) = (jwt_user(&server, "billing"), server.api());
    let (active, next) = (id(&server, "STATE_ACTIVE"), id(&server, "STATE_INITIAL"));
    let dead = server.token_with(&user, "openid");
    assert!(server.is_active(&api, &dead));
    server.json(&["signing-key", "remove", &active]);
    assert!(!server.is_active(&api, &dead));
    assert!(!published(&server).contains(&active));
    assert_eq!(id(&server, "STATE_ACTIVE"), next);
    let alive = server.token_with(&user, "openid");
    assert!(server.is_active(&api, &alive));
    let server = server.restarted();
    assert!(!server.is_active(&api, &dead) && server.is_active(&api, &alive));
}

#[test]
fn another_algorithm_takes_over_by_rotation() {
    let server = ready();
    let user = jwt_user(&server, "billing");
    let project = text(&server.json(&["project", "list"]), "/projects/0/projectId");
    let planned = server.json(&["signing-key", "rotate", "--algorithm", "es256"]);
    assert_eq!(text(&planned, "/algorithm"), "ES256");
    let token = server.token_with(&user, "openid");
    assert_eq!(verified(&server, &token, &project).0.alg, jsonwebtoken::Algorithm::EdDSA, "not yet");
    assert_eq!(states(&server).iter().filter(|(_, state, _)| state == "STATE_INITIAL").count(), 1);
    server.json(&["signing-key", "rotate", "--algorithm", "ES256", "--now"]);
    let token = server.token_with(&user, "openid");
    assert_eq!(verified(&server, &token, &project).0.alg, jsonwebtoken::Algorithm::ES256);
    let events = server.json(&["audit", "list"]);
    let kinds: Vec<_> =
        events["events"].as_array().unwrap().iter().map(|event| text(event, "/type")).collect();
    let of_rotation = ["web_key.removed", "web_key.scheduled", "web_key.added"];
    assert!(kinds.windows(3).any(|kinds| kinds == of_rotation), "one act, newest first: {kinds:?}");
}

#[test]
fn rotating_and_removing_under_load_loses_no_valid_token() {
    let server = ready();
    let (user, api) = (jwt_user(&server, "billing"), server.api());
    let stop = std::sync::atomic::AtomicBool::new(false);
    let relaxed = std::sync::atomic::Ordering::Relaxed;
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let mut tokens = 0;
                    while !stop.load(relaxed) {
                        let token = server.token_with(&user, "openid");
                        assert!(server.is_active(&api, &token), "a token that was just issued");
                        tokens += 1;
                    }
                    tokens
                })
            })
            .collect();
        for _ in 0..6 {
            server.json(&["signing-key", "rotate", "--now"]);
            let retired = id(&server, "STATE_INACTIVE");
            assert!(published(&server).contains(&retired));
        }
        stop.store(true, relaxed);
        let tokens: u32 = clients.into_iter().map(|client| client.join().unwrap()).sum();
        assert!(tokens > 10, "{tokens}");
    });
}

#[test]
fn private_keys_are_not_in_the_database_file_in_the_clear() {
    let server = ready();
    let user = jwt_user(&server, "billing");
    server.token_with(&user, "openid");
    let mut server = server;
    server.terminate();
    let bytes = std::fs::read(server.data_dir.join("jeton.redb")).unwrap();
    // Every Ed25519 key in PKCS#8 begins like this; the public ones don't.
    let private = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];
    assert!(!bytes.windows(private.len()).any(|window| window == private));
    let public = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];
    assert!(bytes.windows(public.len()).any(|window| window == public), "what was looked for would be found");
}

#[test]
fn impossible_operations_on_a_key_are_refused() {
    let server = ready();
    let active = id(&server, "STATE_ACTIVE");
    for (arguments, why) in [
        (&["signing-key", "remove", "5"][..], "no such signing key"),
        (&["signing-key", "remove", "x"], "decimal number"),
    ] {
        let refused = crate::harness::failure(&server.cli(arguments, true));
        assert!(refused.contains(why), "{refused}");
    }
    server.json(&["signing-key", "remove", &active]);
    let again = crate::harness::failure(&server.cli(&["signing-key", "remove", &active], true));
    assert!(again.contains("removed"), "{again}");
    let listed: Value = server.json(&["signing-key", "list"]);
    assert_eq!(
        listed["webKeys"].as_array().unwrap().iter().filter(|key| key["state"] == "STATE_ACTIVE").count(),
        1
    );
}
