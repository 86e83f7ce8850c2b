//! What administrators are told that the wire is not: why a token is dead, why a client is refused, how often.

use crate::harness::{Credentials, Server, refused, text};
use serde_json::{Value, json};

fn explain(server: &Server, token: &str) -> Value {
    server.json(&["token", "explain", token])
}

fn reason(server: &Server, token: &str) -> String {
    let explained = explain(server, token);
    assert_eq!(explained["active"], false, "{explained}");
    assert_eq!(explained["introspection"], json!({ "active": false }));
    text(&explained, "/reason")
}

#[test]
fn a_live_token_is_explained_with_what_introspection_answers() {
    let server = Server::start();
    let billing = server.user("billing");
    server.json(&["user", "create", "reports", "--access-token-type", "jwt"]);
    let reports = server.secret("reports");
    let api = server.api();
    for (client, kind) in [(&billing, "opaque access token"), (&reports, "JWT access token")] {
        let token = server.token(client);
        let explained = explain(&server, &token);
        assert_eq!((explained["active"].clone(), text(&explained, "/kind")), (json!(true), kind.to_owned()));
        assert_eq!(text(&explained, "/username"), client.id);
        assert_eq!(explained["introspection"], server.introspect(&api, &token));
    }
    let personal = text(&server.json(&["pat", "create", "billing"]), "/token");
    assert_eq!(text(&explain(&server, &personal), "/kind"), "personal access token");
}

#[test]
fn a_dead_token_is_explained_by_what_ended_it() {
    let server = Server::start();
    let billing = server.user("billing");
    server.json(&["user", "create", "reports", "--access-token-type", "jwt"]);
    let reports = server.secret("reports");
    for client in [&billing, &reports] {
        let token = server.token(client);
        server.json(&["user", "lock", &client.id]);
        assert_eq!(reason(&server, &token), "user_inactive");
        server.json(&["user", "unlock", &client.id]);
        assert_eq!(explain(&server, &token)["active"], true);
        server.json(&["token", "revoke", "--user", &client.id]);
        assert_eq!(reason(&server, &token), "tokens_revoked");

        let token = server.token(client);
        let secrets = server.json(&["secret", "list", &client.id]);
        server.json(&["secret", "revoke", &client.id, &text(&secrets, "/result/0/secretId")]);
        assert_eq!(reason(&server, &token), "credential_revoked");
    }
    let reports = server.secret("reports");
    let token = server.token(&reports);
    server.json(&["token", "revoke", &token]);
    assert_eq!(reason(&server, &token), "revoked");
    let changed = token.replacen("eyJ", "eyK", 1);
    assert_eq!(reason(&server, &changed), "malformed");
    let (rest, signature) = token.rsplit_once('.').unwrap();
    let flipped: String = signature.chars().rev().collect();
    assert!(["not_signed", "malformed"].contains(&reason(&server, &format!("{rest}.{flipped}")).as_str()));

    let billing = server.secret("billing");
    let token = server.token(&billing);
    server.json(&["token", "revoke", &token]);
    assert_eq!(reason(&server, &token), "unknown");
    let token = server.token(&billing);
    server.json(&["user", "delete", "billing"]);
    assert_eq!(reason(&server, &token), "unknown");
    for junk in ["x", "jeton_at_x", &token[..70]] {
        assert_eq!(reason(&server, junk), "malformed", "{junk}");
    }
}

#[test]
fn an_explanation_repeats_no_secret_and_refuses_what_is_none() {
    let server = Server::start();
    let secret = server.user("billing").secret;
    let path = "/jeton.token.v1.TokenService/ExplainToken";
    for token in [secret.as_str(), "", " "] {
        let reply = server.management(path, &json!({ "token": token }).to_string());
        refused(&reply, 400, "invalid_argument");
        assert!(!reply.text().contains("jeton_cs_"));
    }
    assert!(!explain(&server, "jeton_at_MARKED").to_string().contains("MARKED"));
}

#[test]
fn somebody_elses_token_looks_like_none() {
    let server = Server::start();
    let organization = text(&server.json(&["organization", "create", "Elsewhere"]), "/organizationId");
    let viewer = server.administrator("viewer", &["ORG_OWNER", "--organization", &organization]);
    let token = server.token(&server.user("billing"));
    let ask = |token: &str| {
        let reply =
            server.call_as(&viewer, "/jeton.token.v1.TokenService/ExplainToken", &json!({ "token": token }));
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    };
    let alive = ask(&token);
    server.json(&["user", "lock", "billing"]);
    let locked = ask(&token);
    server.json(&["user", "delete", "billing"]);
    assert_eq!((&alive, &locked), (&ask(&token), &ask(&token)));
    assert_eq!(text(&alive, "/reason"), "unknown");
}

#[test]
fn administrators_are_told_exactly_why_a_client_was_refused() {
    let server = Server::start();
    let billing = server.user("billing");
    let api = server.api();
    let ask = |client: &Credentials, form: &str| server.post("/oauth/v2/token", client, form).status;
    let good = "grant_type=client_credentials&scope=openid";
    let other = server.user("other");
    let wrong = Credentials { id: billing.id.clone(), secret: other.secret };
    assert_eq!(ask(&wrong, good), 401);
    assert_eq!(ask(&billing, "grant_type=password"), 400);
    assert_eq!(ask(&billing, "grant_type=client_credentials&scope=%22"), 400);
    server.json(&["user", "deactivate", "billing"]);
    assert_eq!(ask(&billing, good), 401);
    assert_eq!(ask(&billing, good), 401);
    server.json(&["user", "reactivate", "billing"]);
    let secrets = server.json(&["secret", "list", "billing"]);
    server.json(&["secret", "revoke", "billing", &text(&secrets, "/result/0/secretId")]);
    assert_eq!(ask(&billing, good), 401);
    assert_eq!(server.post("/oauth/v2/introspect", &billing, "token=x").status, 401);
    assert_eq!(ask(&api, good), 400);

    let refusals = server.json(&["user", "refusals", "billing"]);
    let reasons: Vec<(String, String, String)> = refusals["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|refusal| (text(refusal, "/reason"), text(refusal, "/endpoint"), text(refusal, "/count")))
        .collect();
    for (reason, endpoint, count) in [
        ("unknown_credential", "/oauth/v2/token", "1"),
        ("unsupported_grant_type", "/oauth/v2/token", "1"),
        ("invalid_scope", "/oauth/v2/token", "1"),
        ("inactive_client", "/oauth/v2/token", "2"),
        ("revoked_credential", "/oauth/v2/token", "1"),
        ("revoked_credential", "/oauth/v2/introspect", "1"),
    ] {
        let wanted = (reason.to_owned(), endpoint.to_owned(), count.to_owned());
        assert!(reasons.contains(&wanted), "{wanted:?} in {reasons:?}");
    }
    assert_eq!(reasons.len(), 6, "{reasons:?}");
    assert_eq!(text(&refusals, "/refusals/0/source"), "127.0.0.1");
    assert_eq!(server.json(&["user", "refusals", "other"])["refusals"], json!([]));
    let of_api = server.json(&["user", "refusals", &api.id]);
    assert_eq!(text(&of_api, "/refusals/0/reason"), "unauthorized_client");
}

#[test]
fn what_only_a_running_server_knows_is_not_made_up_without_one() {
    let mut server = Server::start();
    server.user("billing");
    server.terminate();
    for command in [&["statistics"][..], &["user", "refusals", "billing"], &["console"]] {
        let failed = crate::harness::failure(&server.cli(command, false));
        assert!(failed.contains("no server runs on"), "{failed}");
    }
}

#[test]
fn what_was_done_is_counted() {
    let server = Server::start();
    let billing = server.user("billing");
    let api = server.api();
    let token = server.token(&billing);
    for _ in 0..3 {
        server.introspect(&api, &token);
    }
    let nobody = Credentials { id: "nobody".into(), secret: billing.secret };
    for _ in 0..2 {
        server.post("/oauth/v2/token", &nobody, "grant_type=client_credentials&scope=openid");
    }
    let statistics = server.json(&["statistics"]);
    let sum = |member: &str| -> u64 {
        statistics["points"].as_array().unwrap().iter().map(|point| point[member].as_u64().unwrap()).sum()
    };
    assert_eq!((sum("issued"), sum("introspections"), sum("refused")), (1, 3, 2));
    assert_eq!(text(&statistics, "/accessTokens"), "1");
    assert!(text(&statistics, "/storeBytes").parse::<u64>().unwrap() > 10_000);
    assert_eq!(statistics["refusals"][0]["reason"], "unknown_client");
    assert_eq!(statistics["refusals"][0]["count"], "2");
}
