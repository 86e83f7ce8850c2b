//! Assertions: the JWT bearer grant and private_key_jwt (RFC 7521, RFC 7523), with keys from key files
//! that the server made. Their faults are in `assertion_faults`.

use crate::harness::{Credentials, Server, text};
use crate::key_files::{
    ED25519_PRIVATE, ED25519_PUBLIC, P256_PRIVATE, P256_PUBLIC, P384_PRIVATE, P384_PUBLIC, RSA_1024,
    RSA_PRIVATE, RSA_PUBLIC, SECP256K1,
};
use crate::keys::{
    CLIENT_ASSERTION_TYPE, GRANT, Key, credentials, grant, issuer, now, refused_client, refused_grant, sign,
    unique, user_id,
};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

/// Conformance 67: RFC 7523 §2.1, ZITADEL's JWT profile
#[test]
fn a_key_file_gets_tokens_as_the_python_library_asks_for_them() {
    let server = Server::start();
    server.user("billing");
    let api = server.api();
    let key = Key::add(&server, "billing");
    // One hour, no jti, `typ: JWT`, and a client id that is the text None.
    let now = now();
    let claims = json!({
        "iss": key.owner, "sub": key.owner, "aud": issuer(&server), "iat": now, "exp": now + 3600,
    });
    let assertion = key.sign(&key.header(), &claims);
    for _ in 0..2 {
        let form = format!("grant_type={GRANT}&scope=openid+profile&assertion={assertion}&client_id=None");
        let reply = server.post_with("/oauth/v2/token", &[], &form);
        assert_eq!(reply.status, 200, "{}", reply.text());
        let token = text(&reply.json(), "/access_token");
        assert_eq!(text(&server.introspect(&api, &token), "/username"), "billing");
    }
    let endpoint = format!("{}/oauth/v2/token", issuer(&server));
    for audience in [json!(endpoint), json!([issuer(&server), endpoint]), json!([issuer(&server)])] {
        let mut claims = claims.clone();
        claims["aud"] = audience;
        assert_eq!(grant(&server, &key.sign(&key.header(), &claims)).status, 200);
    }
}

/// Conformance 31: RFC 9700 §2.5
/// Conformance 64: RFC 7523 §3
#[test]
fn a_key_authenticates_its_client_at_all_three_endpoints() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let (key, api_key) = (Key::add(&server, "billing"), Key::add(&server, &api.id));
    let asked =
        format!("grant_type=client_credentials&scope=openid&{}", key.client_assertion(&server, &user.id));
    let reply = server.post_with("/oauth/v2/token", &[], &asked);
    assert_eq!(reply.status, 200, "{}", reply.text());
    let token = text(&reply.json(), "/access_token");
    let asked = format!("token={token}&{}", api_key.client_assertion(&server, &api.id));
    let seen = server.post_with("/oauth/v2/introspect", &[], &asked);
    assert_eq!(seen.json()["active"], true, "{}", seen.text());
    let asked = format!("token={token}&{}", key.client_assertion(&server, &user.id));
    assert_eq!(server.post_with("/oauth/v2/revoke", &[], &asked).status, 200);
    assert!(!server.is_active(&api, &token));
}

/// Conformance 63: RFC 7521 §4.2
#[test]
fn a_client_assertion_has_its_exact_type_and_no_other_client_id() {
    let server = Server::start();
    server.user("billing");
    server.user("other");
    let key = Key::add(&server, "billing");
    let ask = |extra: &str| {
        let assertion = key.sign(&key.header(), &key.claims(&server, "billing"));
        let form = format!("grant_type=client_credentials&scope=openid&client_assertion={assertion}&{extra}");
        server.post_with("/oauth/v2/token", &[], &form)
    };
    let right = format!("client_assertion_type={CLIENT_ASSERTION_TYPE}");
    assert_eq!(ask(&right).status, 200);
    assert_eq!(ask(&format!("{right}&client_id=billing")).status, 200);
    for wrong in [
        String::new(),
        "client_assertion_type=jwt-bearer".into(),
        "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:saml2-bearer".into(),
        format!("{right}&client_id=other"),
        format!("{right}&client_id={}", key.owner),
        format!("{right}&client_id=nobody"),
    ] {
        refused_client(&ask(&wrong), &wrong);
    }
    server
        .post_with(
            "/oauth/v2/token",
            &[],
            &format!(
                "grant_type=client_credentials&scope=openid&{}&client_secret=x&client_id=billing",
                key.client_assertion(&server, "billing")
            ),
        )
        .is_refused(400, "invalid_request");
}

/// Conformance 65: draft-ietf-oauth-rfc7523bis §4
/// Conformance 68: draft-ietf-oauth-rfc7523bis §4
#[test]
fn client_authentication_names_the_issuer_alone_unless_that_is_switched_off() {
    let strict = Server::start();
    let lenient = Server::start_with(&["--accept-token-endpoint-audience"]);
    for (server, switched) in [(&strict, false), (&lenient, true)] {
        server.user("billing");
        let key = Key::add(server, "billing");
        let own = issuer(server);
        let endpoint = format!("{own}/oauth/v2/token");
        let ask = |audience: Value| {
            let mut claims = key.claims(server, "billing");
            claims["aud"] = audience;
            credentials(server, &key.sign(&key.header(), &claims)).status
        };
        assert_eq!(ask(json!(own)), 200);
        assert_eq!(ask(json!([own])), 200);
        assert_eq!(ask(json!(endpoint)), if switched { 200 } else { 401 });
        for wrong in [
            json!([own, "https://other.example.com"]),
            json!([own, endpoint]),
            json!(format!("{own}/")),
            json!("https://other.example.com"),
            json!([]),
        ] {
            assert_eq!(ask(wrong.clone()), 401, "{wrong}");
        }
    }
}

/// Conformance 70: RFC 7523 §3
#[test]
fn an_assertion_with_an_id_works_once_also_after_a_crash() {
    let mut server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let (key, api_key) = (Key::add(&server, "billing"), Key::add(&server, &api.id));
    let first = key.grant(&server);
    assert_eq!(grant(&server, &first).status, 200);
    refused_grant(&grant(&server, &first), "replayed");
    let second = key.sign(&key.header(), &key.claims(&server, &user.id));
    assert_eq!(credentials(&server, &second).status, 200);
    refused_client(&credentials(&server, &second), "replayed");
    let third = format!("token=x&{}", api_key.client_assertion(&server, &api.id));
    assert_eq!(server.post_with("/oauth/v2/introspect", &[], &third).status, 200);
    refused_client(&server.post_with("/oauth/v2/introspect", &[], &third), "replayed");
    // The id counts, not the text: another expiry makes no other assertion of it.
    let mut claims = key.claims(&server, &user.id);
    let sign = |claims: &Value| key.sign(&key.header(), claims);
    assert_eq!(credentials(&server, &sign(&claims)).status, 200);
    claims["exp"] = json!(now() + 120);
    refused_client(&credentials(&server, &sign(&claims)), "the same id again");
    server.kill();
    let server = server.restarted();
    refused_grant(&grant(&server, &first), "replayed after a crash");
    refused_client(&credentials(&server, &second), "replayed after a crash");
}

#[test]
fn an_id_of_one_client_takes_nothing_from_another() {
    let server = Server::start();
    let keys = ["billing", "shipping"].map(|name| {
        server.user(name);
        (name, Key::add(&server, name))
    });
    for (name, key) in &keys {
        let mut claims = key.claims(&server, name);
        claims["jti"] = json!("the same");
        assert_eq!(credentials(&server, &key.sign(&key.header(), &claims)).status, 200, "{name}");
    }
}

#[test]
fn of_two_at_the_same_time_one_gets_in() {
    let server = Server::start();
    server.user("billing");
    let key = Key::add(&server, "billing");
    for _ in 0..5 {
        let assertion = key.grant(&server);
        let granted = std::thread::scope(|scope| {
            let all: Vec<_> = (0..8).map(|_| scope.spawn(|| grant(&server, &assertion).status)).collect();
            all.into_iter()
                .filter(|_| true)
                .map(|thread| thread.join().unwrap())
                .filter(|status| *status == 200)
                .count()
        });
        assert_eq!(granted, 1);
    }
}

#[test]
fn a_client_that_authenticates_beside_a_grant_must_be_its_subject() {
    let server = Server::start();
    let (own, other) = (server.user("billing"), server.user("other"));
    let key = Key::add(&server, "billing");
    let ask = |client: &Credentials| {
        server.post(
            "/oauth/v2/token",
            client,
            &format!("grant_type={GRANT}&scope=openid&assertion={}", key.grant(&server)),
        )
    };
    assert_eq!(ask(&own).status, 200);
    refused_grant(&ask(&other), "somebody else's");
    let wrong = Credentials { secret: other.secret, ..own };
    refused_client(&ask(&wrong), "a wrong secret beside it");
}

/// Conformance 70: RFC 7523 §3 item 7
#[test]
fn a_client_assertion_beside_a_grant_is_used_up_too() {
    let server = Server::start();
    let user = server.user("billing");
    let key = Key::add(&server, "billing");
    let beside = key.client_assertion(&server, &user.id);
    let ask = || {
        let form = format!("grant_type={GRANT}&scope=openid&assertion={}&{beside}", key.grant(&server));
        server.post_with("/oauth/v2/token", &[], &form)
    };
    let first = ask();
    assert_eq!(first.status, 200, "{}", first.text());
    refused_client(&ask(), "used before");
    let form = format!("grant_type=client_credentials&scope=openid&{beside}");
    refused_client(&server.post_with("/oauth/v2/token", &[], &form), "used beside a grant");
}

#[test]
fn a_grant_needs_an_assertion_and_a_user() {
    let server = Server::start();
    let api = server.api();
    let form = format!("grant_type={GRANT}&scope=openid");
    server.post_with("/oauth/v2/token", &[], &form).is_refused(400, "invalid_request");
    let key = Key::add(&server, &api.id);
    let reply = grant(&server, &key.grant(&server));
    assert_eq!((reply.status, reply.error().as_str()), (400, "unauthorized_client"), "an API gets no token");
}

#[test]
fn a_key_that_ended_was_revoked_or_whose_user_is_off_opens_nothing() {
    let server = Server::start();
    server.user("billing");
    let key = Key::add(&server, "billing");
    server.json(&["user", "deactivate", "billing"]);
    refused_grant(&grant(&server, &key.grant(&server)), "deactivated");
    server.json(&["user", "reactivate", "billing"]);
    let reply = grant(&server, &key.grant(&server));
    let token = text(&reply.json(), "/access_token");
    let api = server.api();
    assert!(server.is_active(&api, &token));
    server.json(&["key", "revoke", "billing", &key.id]);
    refused_grant(&grant(&server, &key.grant(&server)), "revoked");
    assert!(!server.is_active(&api, &token), "its tokens are revoked with it");
    assert_eq!(server.json(&["key", "list", "billing"])["result"], json!([]));
}

#[test]
fn a_public_key_of_ones_own_works_with_its_one_algorithm() {
    let server = Server::start();
    server.user("billing");
    let file = |pem: &str| {
        let path = server.data_dir.join(format!("{}.pem", unique()));
        std::fs::write(&path, pem).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let key = server.json(&["key", "add", "billing", "--public-key", &file(P256_PUBLIC)]);
    assert_eq!(text(&key, "/keyContent"), "");
    let signer = EncodingKey::from_ec_pem(P256_PRIVATE.as_bytes()).unwrap();
    let sound = Key { id: text(&key, "/keyId"), owner: user_id(&server, "billing"), pem: String::new() };
    let header = json!({ "alg": "ES256", "kid": sound.id }).to_string();
    let claims = || sound.claims(&server, &sound.owner).to_string();
    assert_eq!(grant(&server, &sign(&header, &claims(), &signer, Algorithm::ES256)).status, 200);
    let anonymous = json!({ "alg": "ES256" }).to_string();
    assert_eq!(
        grant(&server, &sign(&anonymous, &claims(), &signer, Algorithm::ES256)).status,
        200,
        "the only key"
    );
    for wrong in [&["--algorithm", "RS256"][..], &["--algorithm", "EdDSA"]] {
        let path = file(P256_PUBLIC);
        let mut arguments = vec!["key", "add", "billing", "--public-key", path.as_str()];
        arguments.extend_from_slice(wrong);
        let refused = crate::harness::failure(&server.cli(&arguments, true));
        assert!(refused.contains("does not sign"), "{refused}");
    }
}

#[test]
fn no_key_is_made_for_a_file_that_can_not_be_written() {
    let server = Server::start();
    server.user("billing");
    let path = |name: &str| server.data_dir.join(name).to_str().unwrap().to_owned();
    let (taken, nowhere, unused) = (path("server.key"), path("no/such/directory"), path("unused.json"));
    for (user, output) in [("billing", &taken), ("billing", &nowhere), ("nobody", &unused)] {
        let refused = server.cli(&["key", "add", user, "--output", output], true);
        crate::harness::failure(&refused);
    }
    assert_eq!(server.json(&["key", "list", "billing"])["result"], json!([]));
    assert!(!std::path::Path::new(&unused).exists(), "nothing is left of it");
    server.json(&["key", "add", "billing", "--output", &unused]);
    let file: Value = serde_json::from_slice(&std::fs::read(&unused).unwrap()).unwrap();
    assert_eq!(text(&file, "/type"), "serviceaccount");
}

#[test]
fn keys_that_are_weak_private_or_broken_are_refused_when_they_are_uploaded() {
    let server = Server::start();
    server.user("billing");
    for (pem, why) in [
        (P256_PRIVATE, "private key"),
        (RSA_1024, "2048"),
        (SECP256K1, "P-256"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "not a public key"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "not a public key"),
        ("", "not a public key"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", "not a public key"),
        (&"x".repeat(100_000), "not a public key"),
    ] {
        let path = server.data_dir.join("refused.pem");
        std::fs::write(&path, pem).unwrap();
        let output = server.cli(&["key", "add", "billing", "--public-key", path.to_str().unwrap()], true);
        // An empty one is as if there were none, which would make a key: it is not asked for.
        let refused =
            if pem.is_empty() { "not a public key".to_owned() } else { crate::harness::failure(&output) };
        assert!(refused.contains(why), "{why}: {refused}");
    }
}

/// Conformance 61: RFC 8414 §2
/// Conformance 31: RFC 9700 §2.5
#[test]
fn every_advertised_algorithm_authenticates_and_no_other() {
    let server = Server::start();
    server.user("billing");
    let document = server.request("GET", "/.well-known/openid-configuration", &[], b"").json();
    let advertised = document["token_endpoint_auth_signing_alg_values_supported"].as_array().unwrap();
    for algorithm in ["RS256", "PS256", "ES256", "ES384", "EdDSA", "RS384", "PS512", "RS512"] {
        let (public, signer) = match algorithm {
            "ES256" => (P256_PUBLIC, EncodingKey::from_ec_pem(P256_PRIVATE.as_bytes())),
            "ES384" => (P384_PUBLIC, EncodingKey::from_ec_pem(P384_PRIVATE.as_bytes())),
            "EdDSA" => (ED25519_PUBLIC, EncodingKey::from_ed_pem(ED25519_PRIVATE.as_bytes())),
            _ => (RSA_PUBLIC, EncodingKey::from_rsa_pem(RSA_PRIVATE.as_bytes())),
        };
        let path = server.data_dir.join(format!("{}.pem", unique()));
        std::fs::write(&path, public).unwrap();
        let mut arguments = vec!["key", "add", "billing", "--public-key", path.to_str().unwrap()];
        if algorithm == "PS256" {
            arguments.extend_from_slice(&["--algorithm", "PS256"]);
        }
        let key =
            Key { id: text(&server.json(&arguments), "/keyId"), owner: "billing".into(), pem: String::new() };
        let header = json!({ "alg": algorithm, "kid": key.id }).to_string();
        let claims = key.claims(&server, "billing").to_string();
        let signed = sign(&header, &claims, &signer.unwrap(), algorithm.parse().unwrap());
        let status = credentials(&server, &signed).status;
        let works = advertised.iter().any(|known| known == algorithm);
        assert_eq!(status, if works { 200 } else { 401 }, "{algorithm}");
    }
}
