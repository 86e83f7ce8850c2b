//! Assertions: the JWT bearer grant and private_key_jwt (RFC 7521, RFC 7523), with keys from key files
//! that the server made. Their faults are in `assertion_faults`.

use crate::harness::{Credentials, Server, text};
use crate::key_files::{
    ED25519_PRIVATE, ED25519_PUBLIC, P256_PRIVATE, P256_PUBLIC, P384_PRIVATE, P384_PUBLIC, P521_PRIVATE,
    P521_PUBLIC, RSA_1024, RSA_PRIVATE, RSA_PUBLIC, SECP256K1, SMALL_ORDER,
};
use crate::keys::{
    CLIENT_ASSERTION_TYPE, GRANT, Key, client_assertion, credentials, grant, issuer, now, refused_client,
    refused_grant, sign, unique, user_id,
};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
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
fn a_client_assertion_has_its_exact_type_and_no_client_id_of_another_client() {
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
    for own in ["billing", "BILLING", &key.owner] {
        assert_eq!(ask(&format!("{right}&client_id={own}")).status, 200, "{own}");
    }
    for wrong in [
        String::new(),
        "client_assertion_type=jwt-bearer".into(),
        "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:saml2-bearer".into(),
        format!("{right}&client_id=other"),
        format!("{right}&client_id={}", user_id(&server, "other")),
        format!("{right}&client_id=nobody"),
        format!("{right}&client_id=%20"),
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
        let signed = |audience: Value| {
            let mut claims = key.claims(server, "billing");
            claims["aud"] = audience;
            key.sign(&key.header(), &claims)
        };
        let ask = |audience: Value| credentials(server, &signed(audience)).status;
        assert_eq!(ask(json!(own)), 200);
        assert_eq!(ask(json!([own])), 200);
        let by_switch = if switched { 200 } else { 401 };
        assert_eq!(ask(json!(endpoint)), by_switch);
        assert_eq!(ask(json!([own, endpoint])), by_switch);
        let called = format!("{own}/oauth/v2/revoke");
        assert_eq!(ask(json!(called)), 401, "another endpoint than the one that is called");
        let form = format!("token=x&{}", client_assertion(&signed(json!(called))));
        assert_eq!(server.post_with("/oauth/v2/revoke", &[], &form).status, by_switch);
        for wrong in [
            json!([own, "https://other.example.com"]),
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

/// RFC 7515 §4.1.4: the hint is optional, and libraries leave it out.
#[test]
fn an_assertion_without_a_key_id_is_tried_with_each_live_key_of_its_client() {
    let server = Server::start();
    server.user("billing");
    server.user("other");
    let (first, second) = (Key::add(&server, "billing"), Key::add(&server, "billing"));
    let foreign = Key::add(&server, "other");
    let anonymous = json!({ "alg": "RS256", "typ": "JWT" });
    let by = |key: &Key| key.sign(&anonymous, &first.claims(&server, &first.owner));
    for key in [&first, &second] {
        assert_eq!(grant(&server, &by(key)).status, 200);
        assert_eq!(credentials(&server, &by(key)).status, 200);
    }
    refused_grant(&grant(&server, &by(&foreign)), "another client's key");
    refused_client(&credentials(&server, &by(&foreign)), "another client's key");
    server.json(&["key", "revoke", "billing", &first.id]);
    refused_grant(&grant(&server, &by(&first)), "revoked");
    assert_eq!(grant(&server, &by(&second)).status, 200);
}

#[test]
fn a_key_is_made_in_the_form_the_kind_and_the_size_that_were_asked_for() {
    let server = Server::start();
    server.user("billing");
    for (arguments, label, algorithm) in [
        (&[][..], "RSA PRIVATE KEY", Algorithm::RS256),
        (&["--format", "pkcs8"], "PRIVATE KEY", Algorithm::RS256),
        (&["--algorithm", "PS384", "--rsa-bits", "3072"], "RSA PRIVATE KEY", Algorithm::PS384),
        (&["--algorithm", "ES256"], "PRIVATE KEY", Algorithm::ES256),
        (&["--algorithm", "EdDSA"], "PRIVATE KEY", Algorithm::EdDSA),
    ] {
        let all = [&["key", "add", "billing"][..], arguments].concat();
        let made = server.json(&all);
        let file = STANDARD.decode(text(&made, "/keyContent")).unwrap();
        let file: Value = serde_json::from_slice(&file).unwrap();
        let pem = text(&file, "/key");
        assert!(pem.starts_with(&format!("-----BEGIN {label}-----\n")), "{arguments:?}");
        let signer = match algorithm {
            Algorithm::ES256 => EncodingKey::from_ec_pem(pem.as_bytes()),
            Algorithm::EdDSA => EncodingKey::from_ed_pem(pem.as_bytes()),
            _ => EncodingKey::from_rsa_pem(pem.as_bytes()),
        };
        let key = Key { id: text(&file, "/keyId"), owner: text(&file, "/userId"), pem };
        let header = json!({ "alg": algorithm, "kid": key.id }).to_string();
        let claims = key.claims(&server, &key.owner).to_string();
        let signed = sign(&header, &claims, &signer.unwrap(), algorithm);
        assert_eq!(grant(&server, &signed).status, 200, "{arguments:?}");
    }
    for (wrong, why) in [
        (&["--algorithm", "ES256", "--format", "pkcs1"][..], "keyFormat"),
        (&["--algorithm", "ES256", "--rsa-bits", "3072"], "rsaBits"),
    ] {
        let all = [&["key", "add", "billing"][..], wrong].concat();
        let refused = crate::harness::failure(&server.cli(&all, true));
        assert!(refused.contains(why), "{refused}");
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
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "certificate"),
        (SMALL_ORDER, "small order"),
        (&format!("{RSA_PUBLIC}{P256_PUBLIC}"), "more than one"),
        ("", "not a public key"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", "not a public key"),
        (&"x".repeat(100_000), "at most"),
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

/// The same with another library, because `jsonwebtoken` has no ES512.
fn sign_es512(header: &str, payload: &str) -> String {
    let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let lines = P521_PRIVATE.lines().filter(|line| !line.starts_with('-')).collect::<String>();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P521_SHA512_FIXED_SIGNING, &STANDARD.decode(lines).unwrap());
    let signature = key.unwrap().sign(&SystemRandom::new(), message.as_bytes()).unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// As editors, shells and configuration files leave it.
#[test]
fn a_public_key_is_read_however_its_lines_came() {
    let server = Server::start();
    server.user("billing");
    let one_line = P256_PUBLIC.replace('\n', "");
    let utf16: Vec<u8> =
        [0xfeff].into_iter().chain(P256_PUBLIC.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for (index, file) in [
        format!("\u{feff}{P256_PUBLIC}").into_bytes(),
        P256_PUBLIC.replace('\n', "\r\n").into_bytes(),
        P256_PUBLIC.replace('\n', "\n    ").into_bytes(),
        P256_PUBLIC.replace('\n', "\\n").into_bytes(),
        one_line.into_bytes(),
        format!("the key of billing\n{P256_PUBLIC}\nthat is all").into_bytes(),
        utf16,
    ]
    .into_iter()
    .enumerate()
    {
        let path = server.data_dir.join(format!("{index}.pem"));
        std::fs::write(&path, file).unwrap();
        server.json(&["key", "add", "billing", "--public-key", path.to_str().unwrap()]);
    }
}

/// Conformance 61: RFC 8414 §2
/// Conformance 31: RFC 9700 §2.5
#[test]
fn every_advertised_algorithm_authenticates() {
    let server = Server::start();
    server.user("billing");
    let document = server.request("GET", "/.well-known/openid-configuration", &[], b"").json();
    let advertised = document["token_endpoint_auth_signing_alg_values_supported"].as_array().unwrap();
    for algorithm in advertised {
        let algorithm = algorithm.as_str().unwrap();
        let (public, signer) = match algorithm {
            "ES256" => (P256_PUBLIC, EncodingKey::from_ec_pem(P256_PRIVATE.as_bytes())),
            "ES384" => (P384_PUBLIC, EncodingKey::from_ec_pem(P384_PRIVATE.as_bytes())),
            // Signed below: the library does not know it.
            "ES512" => (P521_PUBLIC, EncodingKey::from_ec_pem(P521_PRIVATE.as_bytes())),
            "EdDSA" => (ED25519_PUBLIC, EncodingKey::from_ed_pem(ED25519_PRIVATE.as_bytes())),
            _ => (RSA_PUBLIC, EncodingKey::from_rsa_pem(RSA_PRIVATE.as_bytes())),
        };
        let path = server.data_dir.join(format!("{}.pem", unique()));
        std::fs::write(&path, public).unwrap();
        let mut arguments = vec!["key", "add", "billing", "--public-key", path.to_str().unwrap()];
        if public == RSA_PUBLIC {
            arguments.extend_from_slice(&["--algorithm", algorithm]);
        }
        let key =
            Key { id: text(&server.json(&arguments), "/keyId"), owner: "billing".into(), pem: String::new() };
        let header = json!({ "alg": algorithm, "kid": key.id }).to_string();
        let claims = key.claims(&server, "billing").to_string();
        let signed = match algorithm {
            "ES512" => sign_es512(&header, &claims),
            _ => sign(&header, &claims, &signer.unwrap(), algorithm.parse().unwrap()),
        };
        let reply = credentials(&server, &signed);
        assert_eq!(reply.status, 200, "{algorithm}: {}", reply.text());
    }
}
