//! The token endpoint: client authentication, grants and answers (RFC 6749 §4.4, §5).

use crate::harness::{Credentials, Reply, Server, text};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

const TOKEN: &str = "/oauth/v2/token";
const FORM: &str = "grant_type=client_credentials&scope=openid+profile";

fn post_secret(server: &Server, client: &Credentials, more: &str) -> Reply {
    server.post_with(
        TOKEN,
        &[],
        &format!("{FORM}&client_id={}&client_secret={}{more}", client.id, client.secret),
    )
}

/// Conformance 2: RFC 6749 §3.2, RFC 9110 §15.5.6
#[test]
fn the_token_endpoint_takes_post_only() {
    let server = Server::start();
    let client = server.user("billing");
    for method in ["GET", "PUT", "DELETE", "PATCH", "HEAD"] {
        let path = format!("{TOKEN}?{FORM}&client_id={}&client_secret={}", client.id, client.secret);
        let reply = server.request(method, &path, &[("authorization", &client.basic())], b"");
        assert_eq!(reply.status, 405, "{method}");
        assert_eq!(reply.header("allow"), Some("POST, OPTIONS"), "{method}");
        assert!(!String::from_utf8_lossy(&reply.body).contains("jeton_at_"), "{method}");
    }
}

/// Conformance 3: RFC 6749 §3.2
#[test]
fn the_token_endpoint_has_no_fragment_and_its_query_changes_nothing() {
    let server = Server::start();
    let client = server.user("billing");
    assert_eq!(server.post(&format!("{TOKEN}?tenant=a"), &client, FORM).status, 200);
    let metadata = server.request("GET", "/.well-known/openid-configuration", &[], b"").json();
    assert!(!text(&metadata, "/token_endpoint").contains('#'));
}

/// Conformance 7: RFC 6749 §2.3.1
#[test]
fn credentials_and_grant_in_the_query_are_not_looked_at() {
    let server = Server::start();
    let client = server.user("billing");
    let query = format!("client_id={}&client_secret={}", client.id, client.secret);
    server.post_with(&format!("{TOKEN}?{query}"), &[], FORM).is_refused(401, "invalid_client");
    server
        .post(&format!("{TOKEN}?grant_type=client_credentials"), &client, "scope=openid")
        .is_refused(400, "invalid_request");
    // A parameter in both query and body is not repeated, because the query is ignored.
    assert_eq!(server.post(&format!("{TOKEN}?{FORM}"), &client, FORM).status, 200);
}

/// Conformance 11: RFC 6749 §5.2
#[test]
fn the_grant_type_must_be_present_known_and_allowed() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let refusal = server.post(TOKEN, &user, "scope=openid");
    refusal.is_refused(400, "invalid_request");
    assert_eq!(text(&refusal.json(), "/error_description"), "grant_type missing");
    server.post(TOKEN, &user, "grant_type=magic&scope=openid").is_refused(400, "unsupported_grant_type");
    server
        .post(TOKEN, &user, "grant_type=CLIENT_CREDENTIALS&scope=openid")
        .is_refused(400, "unsupported_grant_type");
    server.post(TOKEN, &api, FORM).is_refused(400, "unauthorized_client");
}

/// Conformance 31: RFC 9700 §2.4, §2.1.2
#[test]
fn grants_for_people_do_not_exist() {
    let server = Server::start();
    let user = server.user("billing");
    for grant in ["password", "authorization_code", "refresh_token", "implicit"] {
        let form = format!("grant_type={grant}&username=a&password=b&scope=openid");
        server.post(TOKEN, &user, &form).is_refused(400, "unsupported_grant_type");
    }
}

/// Conformance 12: house, RFC 6749 §3.2.1
#[test]
fn the_client_is_authenticated_before_its_grant_is_checked() {
    let server = Server::start();
    server.user("billing");
    let stranger = Credentials { id: "stranger".into(), secret: "guess".into() };
    server.post(TOKEN, &stranger, "grant_type=magic").is_refused(401, "invalid_client");
    server.post(TOKEN, &stranger, "").is_refused(401, "invalid_client");
}

/// Conformance 13: RFC 6749 §2.3.1, Appendix B
#[test]
fn basic_credentials_are_form_urlencoded_inside() {
    let server = Server::start();
    let client = server.user("ci@example.com");
    // Clients that encode too much, and one that does not encode at all.
    for id in ["ci%40example.com", "ci@example.com", "%63i%40example%2Ecom"] {
        let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{}", client.secret)));
        let reply = server.post_with(TOKEN, &[("authorization", &basic)], FORM);
        assert_eq!(reply.status, 200, "{id}: {}", reply.text());
    }
    for id in ["ci:x", "ci+x", "ci%zz", "ci x", "ci/x", "ci=x", "ci%C3%A9", "ci%", "ci%00"] {
        let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{}", client.secret)));
        server.post_with(TOKEN, &[("authorization", &basic)], FORM).is_refused(401, "invalid_client");
    }
}

/// Conformance 14: house, RFC 6749 §2.3.1
#[test]
fn generated_credentials_need_no_encoding() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let token = server.token(&user);
    for made in [&user.secret, &api.id, &api.secret, &token] {
        assert!(made.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)), "{made}");
    }
    for name in ["a b", "a:b", "a+b", "a%b", "a/b", "é"] {
        let made = server.user(name);
        assert!(
            made.id.bytes().all(|b| b.is_ascii_digit()),
            "the id where the name needs encoding: {}",
            made.id
        );
        server.token(&made);
    }
}

/// Conformance 15: RFC 9110 §11.1, RFC 7617 §2
#[test]
fn basic_is_read_strictly_and_never_ends_in_a_server_error() {
    let server = Server::start();
    let client = server.user("billing");
    let encoded = STANDARD.encode(format!("{}:{}", client.id, client.secret));
    for good in [format!("basic {encoded}"), format!("BASIC {encoded}"), format!("Basic   {encoded}")] {
        assert_eq!(server.post_with(TOKEN, &[("authorization", &good)], FORM).status, 200, "{good}");
    }
    let unpadded =
        STANDARD.encode(format!("{}:{}x", client.id, client.secret)).trim_end_matches('=').to_owned();
    let bad = [
        "Basic".to_owned(),
        "Basic !!!!".to_owned(),
        format!("Basic {}", STANDARD.encode("no colon")),
        format!("Basic {}", STANDARD.encode(format!(":{}", client.secret))),
        format!("Basic {}", STANDARD.encode(format!("{}:", client.id))),
        format!("Basic {}", STANDARD.encode("")),
        format!("Basic {unpadded}"),
        format!("Basic {}", encoded.replace('=', "-")),
        format!("Basic {}", STANDARD.encode([0xff, 0xfe, b':', b'x'])),
        format!("Basic{encoded}"),
        format!("Digest {encoded}"),
        format!("Bearer {}", client.secret),
        format!("Basic {}", "A".repeat(5000)),
    ];
    for header in bad {
        server.post_with(TOKEN, &[("authorization", &header)], FORM).is_refused(401, "invalid_client");
    }
}

/// Conformance 16: RFC 6749 §2.3
#[test]
fn a_request_has_one_method_of_client_authentication() {
    let server = Server::start();
    let client = server.user("billing");
    let assertion =
        "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=a.b.c";
    let secret = format!("client_secret={}", client.secret);
    for form in [format!("{FORM}&{secret}"), format!("{FORM}&{assertion}"), format!("{FORM}&client_id=other")]
    {
        server.post(TOKEN, &client, &form).is_refused(400, "invalid_request");
    }
    server
        .post_with(TOKEN, &[], &format!("{FORM}&client_id=billing&{secret}&{assertion}"))
        .is_refused(400, "invalid_request");
    let twice = [("authorization", client.basic()), ("authorization", client.basic())];
    let twice: Vec<_> = twice.iter().map(|(name, value)| (*name, value.as_str())).collect();
    server.post_with(TOKEN, &twice, FORM).is_refused(400, "invalid_request");
    assert_eq!(server.post(TOKEN, &client, &format!("{FORM}&client_id=billing")).status, 200);
}

/// Conformance 17: RFC 6749 §2.3.1, RFC 7591 §2
#[test]
fn a_secret_in_the_body_works_and_a_missing_method_does_not() {
    let server = Server::start();
    let client = server.user("billing");
    assert_eq!(post_secret(&server, &client, "").status, 200);
    let assertion =
        "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=a.b.c";
    server.post_with(TOKEN, &[], &format!("{FORM}&{assertion}")).is_refused(401, "invalid_client");
}

/// Conformance 18: RFC 6749 §5.2
#[test]
fn every_failed_authentication_has_the_same_answer() {
    let server = Server::start();
    let (good, other, gone) = (server.user("billing"), server.user("shipping"), server.user("gone"));
    let (disabled, revoked) = (server.user("disabled"), server.user("revoked"));
    server.json(&["user", "deactivate", "disabled"]);
    server.json(&["secret", "revoke", "revoked", "--all"]);
    server.json(&["user", "delete", "gone"]);
    let with = |id: &str, secret: &str| Credentials { id: id.into(), secret: secret.into() };
    let mut last = good.secret.clone();
    let flipped = if last.pop() == Some('A') { 'B' } else { 'A' };
    last.push(flipped);
    let cases = [
        with("unknown", &good.secret),
        with("billing", &other.secret),
        with("billing", "wrong"),
        with("billing", &last),
        with("18446744073709551615", &good.secret),
        gone,
        disabled,
        revoked,
    ];
    let mut answers = Vec::new();
    for case in &cases {
        for reply in [server.post(TOKEN, case, FORM), post_secret(&server, case, "")] {
            reply.is_refused(401, "invalid_client");
            let headers: Vec<_> = reply.headers.iter().filter(|(name, _)| name != "date").cloned().collect();
            answers.push((headers, reply.body));
        }
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
}

/// Conformance 19: RFC 6749 §2.3.1 and §10.10, RFC 6585 §4
/// Conformance 95: RFC 6585 §4
#[test]
fn guessing_secrets_is_slowed_down_and_locks_no_other_client_out() {
    let server = Server::start_with(&["--trusted-proxy", "127.0.0.1"]);
    let (billing, shipping) = (server.user("billing"), server.user("shipping"));
    let guess = Credentials { id: "billing".into(), secret: shipping.secret.clone() };
    let from = |client: &Credentials, address: &str| {
        server.post_with(TOKEN, &[("authorization", &client.basic()), ("x-forwarded-for", address)], FORM)
    };
    let mut slowed = None;
    for _ in 0..60 {
        let reply = from(&guess, "192.0.2.7");
        if reply.status == 429 {
            slowed = Some(reply);
            break;
        }
        reply.is_refused(401, "invalid_client");
    }
    let slowed = slowed.expect("sixty guesses in a row are slowed down");
    let wait: u64 = slowed.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait));
    // The right secret from another address, and another client from the same one.
    assert_eq!(from(&billing, "192.0.2.8").status, 200);
    assert_eq!(from(&shipping, "192.0.2.7").status, 200);
}

/// Conformance 20: RFC 6749 §4.4
#[test]
fn a_client_without_a_secret_gets_no_token() {
    let server = Server::start();
    server.user("billing");
    server.post_with(TOKEN, &[], &format!("{FORM}&client_id=billing")).is_refused(401, "invalid_client");
    server.post_with(TOKEN, &[], &format!("{FORM}&client_secret=x")).is_refused(401, "invalid_client");
    server.post_with(TOKEN, &[], FORM).is_refused(401, "invalid_client");
}

/// Conformance 21: RFC 6749 §5.1
#[test]
fn the_answer_has_the_members_of_the_rfc() {
    let server = Server::start();
    let reply = server.post(TOKEN, &server.user("billing"), FORM);
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("application/json")));
    let answer = reply.json();
    assert_eq!(text(&answer, "/token_type"), "Bearer");
    assert_eq!(answer["expires_in"], Value::from(43200));
    assert!(text(&answer, "/access_token").starts_with("jeton_at_"));
}

/// Conformance 22: RFC 6749 §5.1
#[test]
fn nothing_about_tokens_may_be_cached() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let token = server.token(&user);
    let replies = [
        server.post(TOKEN, &user, FORM),
        server.post(TOKEN, &user, ""),
        server.post("/oauth/v2/introspect", &api, &format!("token={token}")),
        server.post("/oauth/v2/introspect", &api, "token=x"),
        server.post("/oauth/v2/introspect", &api, ""),
        server.request("GET", "/oidc/v1/userinfo", &[("authorization", &format!("Bearer {token}"))], b""),
        server.request("GET", "/oidc/v1/userinfo", &[], b""),
        server.post("/oauth/v2/revoke", &user, &format!("token={token}")),
        server.request("GET", TOKEN, &[], b""),
        server.request("GET", "/nowhere", &[], b""),
    ];
    for reply in replies {
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{}", reply.text());
        assert_eq!(reply.header("pragma"), Some("no-cache"), "{}", reply.text());
    }
}

/// Conformance 23: RFC 6749 §3.3 and §5.1
#[test]
fn the_answer_says_which_scopes_were_granted() {
    let server = Server::start();
    let client = server.user("billing");
    let granted = |scope: &str| {
        let reply = server.post(TOKEN, &client, &format!("grant_type=client_credentials&scope={scope}"));
        text(&reply.json(), "/scope")
    };
    assert_eq!(granted("openid+profile"), "openid profile");
    assert_eq!(granted("profile+openid+profile"), "openid profile");
    assert_eq!(granted("openid+invoices:read"), "openid");
    assert_eq!(granted("invoices:read"), "");
}

/// Conformance 24: RFC 6749 §4.4.3
#[test]
fn there_is_no_refresh_token() {
    let server = Server::start();
    let client = server.user("billing");
    let reply = server.post(TOKEN, &client, "grant_type=client_credentials&scope=openid+offline_access");
    assert!(reply.json().get("refresh_token").is_none());
}

/// Conformance 25: RFC 6749 §3.3, Appendix A.4
#[test]
fn scopes_follow_their_grammar() {
    let server = Server::start();
    let client = server.user("billing");
    let ask =
        |scope: &str| server.post(TOKEN, &client, &format!("grant_type=client_credentials&scope={scope}"));
    for bad in ["openid++profile", "+openid", "openid+", "%22openid%22", "open%5Cid", "openid%C3%A9", "+"] {
        ask(bad).is_refused(400, "invalid_scope");
    }
    // A tab or line break is a control character and allowed in no parameter.
    for bad in ["openid%09profile", "openid%0Aprofile"] {
        ask(bad).is_refused(400, "invalid_request");
    }
    assert_eq!(text(&ask("OPENID").json(), "/scope"), "");
    assert_eq!(ask(&vec!["openid"; 100].join("+")).status, 200);
    ask(&vec!["openid"; 101].join("+")).is_refused(400, "invalid_scope");
    assert_eq!(ask(&"s".repeat(4096)).status, 200);
    ask(&"s".repeat(4097)).is_refused(400, "invalid_scope");
}

#[test]
fn in_strict_mode_an_unknown_scope_is_refused() {
    let server = Server::start_with(&["--strict-scopes"]);
    let client = server.user("billing");
    server
        .post(TOKEN, &client, "grant_type=client_credentials&scope=openid+invoices:read")
        .is_refused(400, "invalid_scope");
    assert_eq!(server.post(TOKEN, &client, FORM).status, 200);
}

#[test]
fn a_request_without_scope_gets_the_default_scopes_or_a_refusal() {
    let server = Server::start();
    let without = server.user("billing");
    server.json(&["user", "create", "shipping", "--default-scopes", "openid email"]);
    let with = server.secret("shipping");
    server.post(TOKEN, &without, "grant_type=client_credentials").is_refused(400, "invalid_request");
    server.post(TOKEN, &without, "grant_type=client_credentials&scope=").is_refused(400, "invalid_request");
    let reply = server.post(TOKEN, &with, "grant_type=client_credentials");
    assert_eq!(text(&reply.json(), "/scope"), "openid email");
}

/// Conformance 26: RFC 6749 §5.2
#[test]
fn refusals_use_the_codes_of_the_rfc() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let replies = [
        server.post(TOKEN, &user, ""),
        server.post(TOKEN, &user, "grant_type=x"),
        server.post(TOKEN, &api, FORM),
        server.post(TOKEN, &user, "grant_type=client_credentials&scope=%22"),
        server.post_with(TOKEN, &[("authorization", "Basic x")], FORM),
        server.post_with(TOKEN, &[], FORM),
    ];
    let codes = [
        "invalid_request",
        "invalid_client",
        "unauthorized_client",
        "unsupported_grant_type",
        "invalid_scope",
    ];
    for reply in replies {
        assert!(codes.contains(&reply.error().as_str()), "{}", reply.text());
    }
}

/// Conformance 28: RFC 6749 §5.2
#[test]
fn a_refusal_repeats_nothing_of_the_request() {
    let server = Server::start();
    let client = server.user("billing");
    let mark = "MARKEDxyz";
    for form in [
        format!("grant_type={mark}&scope=openid"),
        format!("{FORM}%22{mark}"),
        format!("{mark}=%zz"),
        format!("grant_type=a&grant_type={mark}"),
    ] {
        let reply = server.post(TOKEN, &client, &form);
        assert!(reply.status >= 400 && !reply.text().contains(mark), "{form}: {}", reply.text());
    }
    let stranger = Credentials { id: mark.into(), secret: mark.into() };
    assert!(!server.post(TOKEN, &stranger, FORM).text().contains(mark));
}

/// Conformance 30: RFC 6749 §5.1, RFC 7662 §2.2
#[test]
fn expires_in_is_exactly_the_time_between_issue_and_expiry() {
    let server = Server::start_with(&["--token-lifetime", "90s"]);
    let (user, api) = (server.user("billing"), server.api());
    let answer = server.post(TOKEN, &user, FORM).json();
    let seen = server.introspect(&api, &text(&answer, "/access_token"));
    let (iat, exp) = (seen["iat"].as_u64().unwrap(), seen["exp"].as_u64().unwrap());
    assert_eq!((exp - iat, answer["expires_in"].as_u64()), (90, Some(90)));
}

/// Conformance 29: RFC 6749 §10.10
#[test]
fn tokens_do_not_repeat_and_share_nothing_that_can_be_seen() {
    let server = Server::start();
    let client = server.user("billing");
    let tokens: Vec<String> = (0..50).map(|_| server.token(&client)).collect();
    // The version and the tag of the key are unencrypted and the same in all tokens.
    let shown = "jeton_at_".len() + 4;
    for (index, token) in tokens.iter().enumerate() {
        assert_eq!((token.len(), &token[..shown]), (tokens[0].len(), &tokens[0][..shown]));
        assert!(token.len() < 150, "{token}");
        for other in &tokens[index + 1..] {
            let same = token.bytes().zip(other.bytes()).skip(shown).filter(|(a, b)| a == b).count();
            assert!(same < 24, "{token} and {other} agree in {same} of {} places", token.len() - shown);
        }
    }
}

/// Conformance 33: RFC 9700 §4.15
#[test]
fn a_client_id_cannot_be_anothers_subject() {
    let server = Server::start();
    server.user("billing");
    let id = text(&server.json(&["user", "show", "billing"]), "/user/userId");
    let taken = server.management(
        "/zitadel.user.v2.UserService/CreateUser",
        &format!(r#"{{"userId":"{id}","username":"x","machine":{{"name":"x"}}}}"#),
    );
    assert_eq!(taken.status, 409);
    let named = server.management(
        "/zitadel.user.v2.UserService/CreateUser",
        &format!(r#"{{"username":"{id}","machine":{{"name":"x"}}}}"#),
    );
    assert_eq!(named.status, 400);
}

#[test]
fn a_service_user_may_use_its_id_as_client_id() {
    let server = Server::start();
    let client = server.user("billing");
    let id = text(&server.json(&["user", "show", "billing"]), "/user/userId");
    assert_eq!(server.post(TOKEN, &Credentials { id, ..client }, FORM).status, 200);
}
