//! Diagnosis for administrators that clients do not get: the reasons for inactive tokens and refused
//! clients, and counts.

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

/// A live token is inactive for an API that is not in its audience.
#[test]
fn a_live_token_is_explained_with_the_apis_that_accept_it_and_those_that_do_not() {
    let server = Server::start();
    let billing = server.user("billing");
    let project = text(&server.json(&["project", "create", "Shop"]), "/projectId");
    let own = server.api();
    let shop = server.json(&["api", "create", "Shop API", "--project", &project]);
    let named = server.json(&[
        "api",
        "create",
        "Named",
        "--project",
        &project,
        "--resource",
        "https://named.example.com",
    ]);
    let [shop, named] = [shop, named].map(|made| Credentials {
        id: text(&made, "/apiConfiguration/clientId"),
        secret: text(&made, "/apiConfiguration/clientSecret"),
    });
    let plain = server.token(&billing);
    let for_shop =
        server.token_with(&billing, &format!("openid urn:zitadel:iam:org:project:id:{project}:aud"));
    let for_nobody = server.token_with(&billing, "openid urn:zitadel:iam:org:project:id:99:aud");
    let form = "grant_type=client_credentials&scope=openid&resource=https%3A%2F%2Fnamed.example.com";
    let for_named = text(&server.post("/oauth/v2/token", &billing, form).json(), "/access_token");
    let personal = text(&server.json(&["pat", "create", "billing"]), "/token");
    for token in [&plain, &for_shop, &for_nobody, &for_named, &personal] {
        let explained = explain(&server, token);
        let accepting: Vec<_> = explained["acceptedBy"].as_array().into_iter().flatten().collect();
        for api in [&own, &shop, &named] {
            let answer = server.introspect(api, token);
            let accepts = answer["active"] == true;
            assert_eq!(
                accepting.iter().any(|one| text(one, "/applicationId") == api.id),
                accepts,
                "{explained}"
            );
            let asked = server.json(&["token", "explain", token, "--api", &api.id]);
            assert_eq!((asked["active"] == true, &asked["introspection"]), (accepts, &answer), "{asked}");
            let reason = if accepts { "live" } else { "not_for_this_api" };
            assert_eq!(text(&asked, "/reason"), reason);
        }
    }
    assert!(text(&explain(&server, &for_nobody), "/sentence").contains("No API"));
    let asked = server.json(&["token", "explain", &plain, "--api", &shop.id]);
    let advice = format!("urn:zitadel:iam:org:project:id:{project}:aud");
    assert!(
        text(&asked, "/sentence").contains(&advice) && text(&asked, "/sentence").contains("Shop"),
        "{asked}"
    );
    let shown = server.cli(&["token", "explain", &for_shop], false);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("Shop API") && shown.contains("accepted by"), "{shown}");

    // An API that can't introspect accepts nothing; an unknown API is an error.
    server.management(
        "/zitadel.application.v2.ApplicationService/DeactivateApplication",
        &json!({ "applicationId": shop.id }).to_string(),
    );
    let asked = server.json(&["token", "explain", &for_shop, "--api", &shop.id]);
    assert_eq!((text(&asked, "/reason"), &asked["active"]), ("api_inactive".into(), &json!(false)));
    for wrong in ["12345", "billing"] {
        assert!(!server.cli(&["token", "explain", &plain, "--api", wrong], false).status.success());
    }
    assert_eq!(
        text(&server.json(&["token", "explain", "jeton_at_x", "--api", &own.id]), "/reason"),
        "malformed"
    );
}

#[test]
fn apis_that_the_caller_may_not_see_are_not_listed() {
    let server = Server::start();
    let organization = text(&server.json(&["organization", "create", "Own"]), "/organizationId");
    let viewer = server.administrator("viewer", &["ORG_OWNER_VIEWER", "--organization", &organization]);
    server.json(&["user", "create", "own", "--organization", &organization]);
    let token = server.token(&server.secret("own"));
    let foreign = server.api();
    let ask = |request: Value| server.call_as(&viewer, "/jeton.token.v1.TokenService/ExplainToken", &request);
    let explained = ask(json!({ "token": token })).json();
    assert_eq!(explained["active"], true);
    assert!(explained.get("acceptedBy").is_none(), "{explained}");
    refused(&ask(json!({ "token": token, "applicationId": foreign.id })), 404, "not_found");
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
    assert_eq!(reason(&server, &token), "revoked");
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
fn a_token_of_another_organization_looks_unknown() {
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
    let foreign = Server::start();
    let foreign = foreign.token(&foreign.user("billing"));
    assert_eq!(alive, ask(&foreign));
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

/// The commonest mistakes: each refusal of an existing client gets its exact reason, which the answer does
/// not have.
#[test]
fn every_faulty_request_that_names_a_client_is_explained() {
    let server = Server::start();
    let billing = server.user("billing");
    let token = server.token(&billing);
    let foreign = Server::start().user("billing").secret;
    let cut = billing.secret[..60].to_owned();
    let good = "grant_type=client_credentials&scope=openid";
    let with = |secret: &str| Credentials { id: billing.id.clone(), secret: secret.to_owned() }.basic();
    let form = "application/x-www-form-urlencoded";
    let id = text(&server.json(&["user", "show", "billing"]), "/user/userId");
    for (reason, authorization, content, body) in [
        ("foreign_secret", with("hunter2"), form, good.to_owned()),
        ("damaged_secret", with(&cut), form, good.to_owned()),
        ("wrapped_secret", with(&format!("{}\n", billing.secret)), form, good.to_owned()),
        ("token_as_secret", with(&token), form, good.to_owned()),
        ("unknown_credential", with(&foreign), form, good.to_owned()),
        ("no_secret", String::new(), form, format!("{good}&client_id=billing")),
        ("no_secret", with(""), form, good.to_owned()),
        ("malformed_authorization", format!("Bearer {token}"), form, format!("{good}&client_id=billing")),
        ("foreign_secret", format!("Basic billing:{cut}x").replace("jeton_cs_", ""), form, good.to_owned()),
        ("invalid_request", billing.basic(), "application/json", "{}".to_owned()),
        ("invalid_request", billing.basic(), form, format!("{good}&scope=openid")),
        ("invalid_request", billing.basic(), form, format!("{good}&client_secret={}", billing.secret)),
        ("assertion", String::new(), form, format!("{JWT_BEARER}&client_id=billing&assertion=x.y.z")),
        ("foreign_secret", with("hunter2"), form, format!("{good}&client_id={id}").replace(&id, "billing")),
    ] {
        let before = refusals_of(&server, "billing", reason);
        let mut headers = vec![("content-type", content)];
        if !authorization.is_empty() {
            headers.push(("authorization", authorization.as_str()));
        }
        let reply = server.request("POST", "/oauth/v2/token", &headers, body.as_bytes());
        assert!((400..=429).contains(&reply.status), "{reason}: {}", reply.text());
        assert_eq!(refusals_of(&server, "billing", reason), before + 1, "{reason}: {body}");
    }
    let statistics = server.json(&["statistics"]);
    assert!(!statistics.to_string().contains("hunter2"));
}

/// The token of a bearer at introspection proves its identity, so refusals name it.
#[test]
fn a_bearer_that_may_not_introspect_is_refused_by_name() {
    let server = Server::start();
    let reader = server.user("reader");
    let aud = "urn:zitadel:iam:org:project:id:zitadel:aud";
    let refused = |bearer: &str, form: &str, status: u16, error: &str| {
        let before = refusals_of(&server, "reader", error);
        let authorization = format!("Bearer {bearer}");
        let reply = server.post_with("/oauth/v2/introspect", &[("authorization", &authorization)], form);
        assert_eq!((reply.status, reply.error().as_str()), (status, error));
        assert_eq!(refusals_of(&server, "reader", error), before + 1, "{error}");
    };
    let form = format!("token={}", server.token(&reader));
    refused(&server.token(&reader), &form, 403, "insufficient_scope");
    let meant = server.token_with(&reader, aud);
    refused(&meant, &form, 403, "insufficient_scope");
    let refusals = server.json(&["user", "refusals", "reader"]);
    assert_eq!(refusals["refusals"].as_array().unwrap().len(), 2, "two reasons: {refusals}");
    assert_eq!(text(&refusals, "/refusals/0/endpoint"), "/oauth/v2/introspect");
    server.json(&["admin", "add", "reader", "IAM_TOKEN_INTROSPECTOR"]);
    refused(&meant, "token=", 400, "invalid_request");
    let authorization = format!("Bearer {meant}");
    let reply = server.post_with("/oauth/v2/introspect", &[("authorization", &authorization)], &form);
    assert_eq!(reply.json()["active"], true, "{}", reply.text());
}

/// So does the token of a bearer at userinfo.
#[test]
fn a_token_without_the_scope_for_userinfo_is_refused_by_name() {
    let server = Server::start();
    let billing = server.user("billing");
    let userinfo = |token: &str| {
        let authorization = format!("Bearer {token}");
        server.request("GET", "/oidc/v1/userinfo", &[("authorization", &authorization)], b"")
    };
    assert_eq!(userinfo(&server.token_with(&billing, "openid")).status, 200);
    let reply = userinfo(&server.token_with(&billing, "profile"));
    assert_eq!((reply.status, reply.error().as_str()), (403, "insufficient_scope"));
    assert_eq!(userinfo("jeton_at_junk").status, 401);
    let refusals = server.json(&["user", "refusals", "billing"]);
    assert_eq!(refusals["refusals"].as_array().unwrap().len(), 1, "{refusals}");
    assert_eq!(text(&refusals, "/refusals/0/endpoint"), "/oidc/v1/userinfo");
    assert_eq!(refusals_of(&server, "billing", "insufficient_scope"), 1);
}

const JWT_BEARER: &str = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&scope=openid";

/// The number of refusals of a client for this reason.
fn refusals_of(server: &Server, client: &str, reason: &str) -> u64 {
    let refusals = server.json(&["user", "refusals", client]);
    let of_reason =
        refusals["refusals"].as_array().unwrap().iter().filter(|refusal| refusal["reason"] == reason);
    of_reason.map(|refusal| text(refusal, "/count").parse::<u64>().unwrap()).sum()
}

#[test]
fn statistics_and_refusals_need_a_running_server() {
    let mut server = Server::start();
    server.user("billing");
    server.terminate();
    for command in [&["statistics"][..], &["user", "refusals", "billing"], &["console"]] {
        let failed = crate::harness::failure(&server.cli(command, false));
        assert!(failed.contains("no server runs on"), "{failed}");
    }
}

#[test]
fn issued_tokens_introspections_and_refusals_are_counted() {
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
    assert_eq!(text(&statistics, "/unexpiredTokens"), "1");
    assert!(text(&statistics, "/storeBytes").parse::<u64>().unwrap() > 10_000);
    assert_eq!(statistics["refusals"][0]["reason"], "unknown_client");
    assert_eq!(statistics["refusals"][0]["count"], "2");
}
