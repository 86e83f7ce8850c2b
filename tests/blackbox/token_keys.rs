//! The server's token keys: rotation, removal, and unreadable keys.

use crate::harness::{Credentials, Server, text};
use crate::jwt::jwt_user;
use crate::unreadable::spoil;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

fn states(server: &Server) -> Vec<(String, String)> {
    let listed = server.json(&["token-key", "list"]);
    let keys = listed["tokenKeys"].as_array().unwrap().iter();
    keys.map(|key| (text(key, "/id"), text(key, "/state"))).collect()
}

fn active(server: &Server) -> String {
    states(server).into_iter().find(|(_, state)| state == "STATE_ACTIVE").unwrap().0
}

/// The unencrypted part of a token that names its key.
fn tag(token: &str) -> &str {
    &token["jeton_at_".len().."jeton_at_".len() + 4]
}

#[test]
fn rotation_loses_no_token_and_the_new_key_seals_at_once() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let (first, before) = (active(&server), server.token(&user));
    let rotated = server.json(&["token-key", "rotate"]);
    let after = server.token(&user);
    assert_ne!(tag(&before), tag(&after));
    assert_eq!(active(&server), text(&rotated, "/id"));
    assert!(states(&server).contains(&(first.clone(), "STATE_INACTIVE".into())));
    let server = server.restarted();
    assert!(server.is_active(&api, &before) && server.is_active(&api, &after));
    server.json(&["token-key", "remove", &first]);
    assert!(!server.is_active(&api, &before) && server.is_active(&api, &after));
}

#[test]
fn a_removed_key_takes_its_tokens_along_at_once_and_no_jwt() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let of_jwts = jwt_user(&server, "of-jwts");
    let (dead, jwt) = (server.token(&user), server.token_with(&of_jwts, "openid"));
    let removed = active(&server);
    server.json(&["token-key", "remove", &removed]);
    assert!(!server.is_active(&api, &dead));
    assert!(server.is_active(&api, &jwt) && server.is_active(&api, &server.token(&user)));
    assert_ne!(active(&server), removed, "another one took over");
    assert_eq!(
        server
            .request("GET", "/oidc/v1/userinfo", &[("authorization", &format!("Bearer {dead}"))], b"")
            .status,
        401
    );
    assert_eq!(text(&server.json(&["token", "explain", &dead]), "/reason"), "not_opened");
    for again in [removed.as_str(), "12345"] {
        assert!(!server.cli(&["token-key", "remove", again], false).status.success(), "{again}");
    }
    let server = server.restarted();
    assert!(!server.is_active(&api, &dead) && server.is_active(&api, &jwt));
}

/// Tokens issued before the request for the removal are inactive after its answer, and tokens issued
/// afterwards are active.
#[test]
fn a_key_is_removed_while_tokens_are_issued_and_looked_at() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let (asked, answered, stopped) = (AtomicBool::new(false), AtomicBool::new(false), AtomicBool::new(false));
    let issued = Mutex::new(vec![(server.token(&user), true)]);
    let looked = AtomicUsize::new(0);
    // Waits until more tokens were issued, and all of them may have been looked at.
    let goes_on = || {
        let deadline = Instant::now() + Duration::from_secs(60);
        let issued_len = || issued.lock().unwrap().len();
        let wanted = issued_len() + 20;
        while issued_len() < wanted && Instant::now() < deadline {
            std::thread::yield_now();
        }
        let wanted = looked.load(Ordering::Acquire) + wanted;
        while looked.load(Ordering::Acquire) < wanted && Instant::now() < deadline {
            std::thread::yield_now();
        }
        Instant::now() < deadline
    };
    let key = active(&server);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stopped.load(Ordering::Acquire) {
                    let token = server.token(&user);
                    issued.lock().unwrap().push((token, !asked.load(Ordering::Acquire)));
                }
            });
        }
        scope.spawn(|| {
            let mut at = 0;
            while !stopped.load(Ordering::Acquire) {
                let was_answered = answered.load(Ordering::Acquire);
                let next = issued.lock().unwrap().get(at).cloned();
                at = if next.is_some() { at + 1 } else { 0 };
                let Some((token, is_from_before)) = next else { continue };
                let is_active = server.is_active(&api, &token);
                assert!(!(was_answered && is_from_before && is_active));
                looked.fetch_add(1, Ordering::AcqRel);
            }
        });
        let began = goes_on();
        asked.store(true, Ordering::Release);
        server.json(&["token-key", "remove", &key]);
        answered.store(true, Ordering::Release);
        let went_on = goes_on();
        stopped.store(true, Ordering::Release);
        assert!(began && went_on);
    });
    for (token, is_from_before) in issued.into_inner().unwrap() {
        assert!(!(is_from_before && server.is_active(&api, &token)));
    }
    assert!(server.is_active(&api, &server.token(&user)));
}

#[test]
fn token_keys_are_not_published() {
    let server = Server::start();
    let id = active(&server);
    let owner = server.owner();
    for path in
        ["/oauth/v2/keys", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]
    {
        assert!(!server.request("GET", path, &[], b"").text().contains(&id), "{path}");
    }
    let listed =
        server.call_as(&owner, "/jeton.tokenkey.v1.TokenKeyService/ListTokenKeys", &serde_json::json!({}));
    let members = listed.json()["tokenKeys"][0].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(members, ["creationDate", "id", "state"], "nothing of the key itself");
}

fn is_unavailable(server: &Server, api: &Credentials, token: &str) {
    let reply = server.post("/oauth/v2/introspect", api, &format!("token={token}"));
    reply.is_refused(503, "temporarily_unavailable");
}

/// While a key can't be read or opened the state of its tokens is unknown.
#[test]
fn tokens_of_a_key_that_cannot_be_read_are_unavailable_and_never_inactive() {
    let mut server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let (first, token) = (active(&server), server.token(&user));
    server.json(&["token-key", "rotate"]);
    let later = server.token(&user);
    server.terminate();
    spoil(&server.data_dir, "token_keys", &first);
    let server = server.restarted();
    is_unavailable(&server, &api, &token);
    let bearer = [("authorization", format!("Bearer {token}"))];
    let bearer = bearer.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(server.request("GET", "/oidc/v1/userinfo", &bearer, b"").status, 503);
    assert_eq!(server.post("/oauth/v2/revoke", &user, &format!("token={token}")).status, 503);
    assert!(server.is_active(&api, &later) && server.is_active(&api, &server.token(&user)));
    let listed = server.json(&["token-key", "list"]);
    assert_eq!(listed["unreadable"], serde_json::json!([first]));
    server.json(&["token-key", "remove", &first]);
    assert!(!server.is_active(&api, &token), "removed, its tokens are dead instead of unknown");
    assert_eq!(server.json(&["token-key", "list"]).get("unreadable"), None);
}

/// No token can be sealed until there is another key, which the server creates by itself.
#[test]
fn a_server_whose_active_key_cannot_be_read_seals_with_another() {
    let mut server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let (key, token) = (active(&server), server.token(&user));
    server.terminate();
    spoil(&server.data_dir, "token_keys", &key);
    let server = server.restarted();
    assert!(server.is_active(&api, &server.token(&user)));
    is_unavailable(&server, &api, &token);
}
