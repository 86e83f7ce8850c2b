//! The revocation endpoint (RFC 7009), and revoking as an administrator.

use crate::harness::{Credentials, Server, text};

const REVOKE: &str = "/oauth/v2/revoke";

/// Conformance 50: RFC 7009 §2.1
#[test]
fn revocation_is_a_post_by_an_authenticated_client() {
    let server = Server::start();
    let user = server.user("billing");
    let token = server.token(&user);
    let form = format!("token={token}");
    for method in ["GET", "PUT", "DELETE", "HEAD"] {
        let reply =
            server.request(method, &format!("{REVOKE}?{form}"), &[("authorization", &user.basic())], b"");
        assert_eq!((reply.status, reply.header("allow")), (405, Some("POST, OPTIONS")), "{method}");
    }
    server.post_with(REVOKE, &[], &form).is_refused(401, "invalid_client");
    let wrong = Credentials { id: "billing".into(), secret: server.user("shipping").secret };
    server.post(REVOKE, &wrong, &form).is_refused(401, "invalid_client");
    assert!(server.is_active(&server.api(), &token));
}

/// Clients parse every answer, and some require a content type.
#[test]
fn a_revocation_is_answered_with_json_that_says_nothing() {
    let server = Server::start();
    let user = server.user("billing");
    for token in [server.token(&user), "nonsense".to_owned()] {
        let reply = server.post(REVOKE, &user, &format!("token={token}"));
        assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
        assert_eq!(reply.json(), serde_json::json!({}));
    }
}

/// Conformance 51: RFC 7009 §2.1 and §2.2
#[test]
fn revoking_an_unknown_token_succeeds_and_the_token_of_another_client_stays_active() {
    let server = Server::start();
    let (owner, other, api) = (server.user("billing"), server.user("shipping"), server.api());
    let token = server.token(&owner);
    for unknown in ["junk", "jeton_at_x", &owner.secret, "%2B"] {
        let reply = server.post(REVOKE, &owner, &format!("token={unknown}"));
        assert_eq!((reply.status, reply.text().as_str()), (200, "{}"), "{unknown}");
    }
    for stranger in [&other, &api] {
        assert_eq!(server.post(REVOKE, stranger, &format!("token={token}")).status, 200);
        assert!(server.is_active(&api, &token));
    }
}

/// Conformance 52: RFC 7009 §2.1 and §2.2.1
#[test]
fn a_token_must_be_named_and_a_hint_does_not_matter() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    for form in ["", "token=", "token_type_hint=access_token"] {
        server.post(REVOKE, &user, form).is_refused(400, "invalid_request");
    }
    server.post(REVOKE, &user, "token=a&token=a").is_refused(400, "invalid_request");
    for hint in ["access_token", "refresh_token", "nonsense"] {
        let token = server.token(&user);
        assert_eq!(server.post(REVOKE, &user, &format!("token={token}&token_type_hint={hint}")).status, 200);
        assert!(!server.is_active(&api, &token), "{hint}");
    }
}

/// Conformance 53: RFC 7009 §2
#[test]
fn revoking_twice_succeeds_with_an_empty_answer() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let (token, untouched) = (server.token(&user), server.token(&user));
    for _ in 0..2 {
        let reply = server.post(REVOKE, &user, &format!("token={token}"));
        assert_eq!((reply.status, reply.text().as_str()), (200, "{}"));
        assert!(!server.is_active(&api, &token));
    }
    assert!(server.is_active(&api, &untouched));
}

/// Conformance 54: RFC 7009 §2.2.1
#[test]
fn a_revocation_that_was_answered_survives_a_crash() {
    let mut server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let (revoked, kept) = (server.token(&user), server.token(&user));
    assert_eq!(server.post(REVOKE, &user, &format!("token={revoked}")).status, 200);
    server.kill();
    let again = Server::start_on(&server.data_dir, &[]);
    assert!(!again.is_active(&api, &revoked));
    assert!(again.is_active(&api, &kept));
}

/// Conformance 55: RFC 7009 §2.3
#[test]
fn there_is_no_jsonp_callback() {
    let server = Server::start();
    let user = server.user("billing");
    let reply = server.post(&format!("{REVOKE}?callback=package.f"), &user, "token=junk&callback=package.f");
    assert_eq!((reply.status, reply.text().as_str()), (200, "{}"));
}

#[test]
fn an_administrator_revokes_one_token() {
    use std::io::Write;
    use std::process::Stdio;
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let (token, other) = (server.token(&user), server.token(&user));
    let mut command = crate::harness::jeton();
    command.args(["token", "revoke", "--data-dir"]).arg(&server.data_dir);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{token}").unwrap();
    assert!(child.wait().unwrap().success());
    assert!(!server.is_active(&api, &token));
    assert!(server.is_active(&api, &other));
    assert_eq!(server.json(&["token", "revoke", &token])["revoked"], false);
}

#[test]
fn an_administrator_revokes_all_tokens_of_a_user_or_of_a_secret() {
    let server = Server::start();
    let (first, api) = (server.user("billing"), server.api());
    let second = server.secret("billing");
    let bystander = server.token(&server.user("shipping"));
    let (a, b) = (server.token(&first), server.token(&second));
    let secrets = server.json(&["secret", "list", "billing"]);
    let id = text(&secrets, "/result/0/secretId");
    server.json(&["token", "revoke", "--user", "billing", "--secret", &id]);
    assert!(!server.is_active(&api, &a) && server.is_active(&api, &b));
    let c = server.token(&first);
    assert!(server.is_active(&api, &c), "the secret itself goes on working");
    server.json(&["token", "revoke", "--user", "billing"]);
    for token in [&a, &b, &c] {
        assert!(!server.is_active(&api, token));
    }
    assert!(server.is_active(&api, &server.token(&second)));
    assert!(server.is_active(&api, &bystander));
}

#[test]
fn revoking_a_secret_revokes_its_tokens_and_leaves_the_others() {
    let server = Server::start();
    let (first, api) = (server.user("billing"), server.api());
    let second = server.secret("billing");
    let (a, b) = (server.token(&first), server.token(&second));
    let id = text(&server.json(&["secret", "list", "billing"]), "/result/0/secretId");
    server.json(&["secret", "revoke", "billing", &id]);
    assert!(!server.is_active(&api, &a) && server.is_active(&api, &b));
    server
        .post("/oauth/v2/token", &first, "grant_type=client_credentials&scope=openid")
        .is_refused(401, "invalid_client");
    assert!(server.is_active(&api, &server.token(&second)));
}

/// Its user may be reactivated later.
#[test]
fn a_token_whose_user_is_deactivated_can_be_revoked_for_good() {
    let server = Server::start();
    let api = server.api();
    server.json(&["user", "create", "of-jwts", "--access-token-type", "jwt"]);
    for user in [server.user("billing"), server.secret("of-jwts")] {
        let (revoked, leaked, kept) = (server.token(&user), server.token(&user), server.token(&user));
        server.json(&["user", "deactivate", &user.id]);
        assert_eq!(server.json(&["token", "revoke", &revoked])["revoked"], true);
        let report = serde_json::json!({ "secret": leaked }).to_string();
        let reported = server.management("/jeton.leak.v1.LeakService/ReportLeak", &report);
        assert_eq!(reported.json()["disabled"], true, "{}", reported.text());
        server.json(&["user", "reactivate", &user.id]);
        let alive = [&revoked, &leaked, &kept].map(|token| server.is_active(&api, token));
        assert_eq!(alive, [false, false, true]);
        assert_eq!(server.json(&["token", "revoke", &revoked])["revoked"], false, "once");
    }
}
