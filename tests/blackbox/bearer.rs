//! Using a token: the userinfo endpoint (RFC 6750, OpenID Connect Core §5.3).

use crate::harness::{Reply, Server, text};
use serde_json::json;

const USERINFO: &str = "/oidc/v1/userinfo";

fn with(server: &Server, header: &str) -> Reply {
    server.request("GET", USERINFO, &[("authorization", header)], b"")
}

/// Conformance 34: RFC 6750 §2.1
#[test]
fn a_bearer_token_is_read_strictly() {
    let server = Server::start();
    let token = server.token(&server.user("billing"));
    for good in [format!("Bearer {token}"), format!("bearer {token}"), format!("BEARER   {token}")] {
        assert_eq!(with(&server, &good).status, 200, "{good}");
    }
    for bad in ["Bearer", "Bearer a b", "Bearer \"x\"", "Bearer \u{e9}", "Basic eDp5", "Token x"] {
        let reply = with(&server, bad);
        assert_eq!(reply.status, 400, "{bad}");
        assert!(reply.header("www-authenticate").unwrap().starts_with("Bearer error=\"invalid_request\""));
    }
}

/// Conformance 35: RFC 6750 §2, RFC 9700 §4.3.2
#[test]
fn a_token_counts_in_the_header_only() {
    let server = Server::start();
    let token = server.token(&server.user("billing"));
    let query = server.request("GET", &format!("{USERINFO}?access_token={token}"), &[], b"");
    assert_eq!(query.status, 401);
    let body = server.post_with(USERINFO, &[], &format!("access_token={token}"));
    assert_eq!(body.status, 401);
    let bearer = format!("Bearer {token}");
    let twice = [("authorization", bearer.as_str()), ("authorization", bearer.as_str())];
    assert_eq!(server.request("GET", USERINFO, &twice, b"").status, 400);
}

/// Conformance 36: RFC 6750 §3.1
#[test]
fn each_refusal_names_its_error_and_no_token_none() {
    let server = Server::start();
    let user = server.user("billing");
    let none = server.request("GET", USERINFO, &[], b"");
    assert_eq!((none.status, none.header("www-authenticate")), (401, Some("Bearer")));
    assert_eq!(none.json(), json!({}), "no error, and still JSON");
    let wrong = with(&server, "Bearer jeton_at_x");
    assert_eq!((wrong.status, wrong.error().as_str()), (401, "invalid_token"));
    assert!(wrong.header("www-authenticate").unwrap().contains("error=\"invalid_token\""));
    let poor = with(&server, &format!("Bearer {}", server.token_with(&user, "profile")));
    assert_eq!((poor.status, poor.error().as_str()), (403, "insufficient_scope"));
    assert!(poor.header("www-authenticate").unwrap().contains("scope=\"openid\""));
    let token = server.token(&user);
    server.post("/oauth/v2/revoke", &user, &format!("token={token}"));
    assert_eq!(with(&server, &format!("Bearer {token}")).status, 401);
    assert_eq!(with(&server, &format!("Bearer {}", user.secret)).status, 401);
}

/// Conformance 39: OpenID Connect Core §5.3
#[test]
fn userinfo_works_with_get_and_post() {
    let server = Server::start();
    let user = server.user("billing");
    let bearer = format!("Bearer {}", server.token(&user));
    for method in ["GET", "POST"] {
        let reply = server.request(method, USERINFO, &[("authorization", &bearer)], b"");
        assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
        let info = reply.json();
        assert_eq!(text(&info, "/sub"), text(&server.json(&["user", "show", "billing"]), "/user/userId"));
        assert_eq!(text(&info, "/name"), "User billing");
        assert_eq!(text(&info, "/preferred_username"), "billing");
        assert!(info["updated_at"].is_u64());
    }
    let plain = with(&server, &format!("Bearer {}", server.token_with(&user, "openid"))).json();
    assert_eq!(plain.as_object().unwrap().len(), 1);
    let put = server.request("PUT", USERINFO, &[("authorization", &bearer)], b"");
    assert_eq!((put.status, put.header("allow")), (405, Some("GET, HEAD, POST, OPTIONS")));
}

/// Conformance 37: RFC 6750 §3
/// Conformance 38: RFC 6750 §5.3
#[test]
fn challenges_are_well_formed_and_answers_to_bearers_are_not_kept() {
    let server = Server::start();
    let user = server.user("billing");
    let narrow = format!("Bearer {}", server.token_with(&user, "profile"));
    let good = format!("Bearer {}", server.token(&user));
    for header in [narrow.as_str(), "Bearer unknown", "Bearer a b", "Basic x", good.as_str()] {
        let reply = with(&server, header);
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{header}");
        let Some(challenge) = reply.header("www-authenticate") else { continue };
        let parameters = challenge.strip_prefix("Bearer ").unwrap();
        let mut names = Vec::new();
        for parameter in parameters.split(", ") {
            let (name, value) = parameter.split_once('=').unwrap();
            assert!(!names.contains(&name), "{challenge}");
            names.push(name);
            let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap();
            assert!(!value.contains(['"', '\\']), "{challenge}");
        }
    }
}
