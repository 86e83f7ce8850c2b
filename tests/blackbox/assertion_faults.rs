//! Assertions with a single fault each, in both uses (RFC 7523, RFC 8725, RFC 7515).

use crate::harness::Server;
use crate::keys::{Key, credentials, grant, issuer, now, refused_client, refused_grant, sign};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

/// Claims of assertions with exactly one fault each.
fn faulty_claims(server: &Server, key: &Key, subject: &str) -> Vec<(&'static str, Value)> {
    let with = |claim: &str, value: Value| {
        let mut claims = key.claims(server, subject);
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(claim);
        } else {
            claims[claim] = value;
        }
        claims
    };
    let now = now();
    vec![
        ("no issuer", with("iss", Value::Null)),
        ("no subject", with("sub", Value::Null)),
        ("no audience", with("aud", Value::Null)),
        ("no expiry", with("exp", Value::Null)),
        ("another issuer", with("iss", json!("other"))),
        ("another subject", with("sub", json!("other"))),
        ("a subject that does not exist", with("sub", json!("7"))),
        ("another audience", with("aud", json!("https://other.example.com"))),
        ("an audience with a slash", with("aud", json!(format!("{}/", issuer(server))))),
        ("expired", with("exp", json!(now - 40))),
        ("expired long ago", with("exp", json!(0))),
        ("a negative expiry", with("exp", json!(-1))),
        ("an expiry that is text", with("exp", json!((now + 60).to_string()))),
        ("too far ahead", with("exp", json!(now + 3700))),
        ("an expiry at the end of time", with("exp", json!(i64::MAX))),
        ("an expiry beyond all numbers", with("exp", json!(1e308))),
        ("not valid yet", with("nbf", json!(now + 120))),
        ("issued in the future", with("iat", json!(now + 120))),
        ("issued too long ago", with("iat", json!(now - 3700))),
        ("a jti that is no text", with("jti", json!(7))),
        ("an empty jti", with("jti", json!(""))),
        ("a jti that is too long", with("jti", json!("j".repeat(257)))),
    ]
}

fn faulty_headers(key: &Key, other: &Key) -> Vec<(&'static str, Value)> {
    let with = |member: &str, value: Value| {
        let mut header = key.header();
        header[member] = value;
        header
    };
    vec![
        ("algorithm none", with("alg", json!("none"))),
        ("algorithm None", with("alg", json!("None"))),
        ("no algorithm", with("alg", Value::Null)),
        ("a shared-secret algorithm", with("alg", json!("HS256"))),
        ("another algorithm of the same key", with("alg", json!("PS256"))),
        ("an algorithm of another kind of key", with("alg", json!("ES256"))),
        ("an unknown algorithm", with("alg", json!("RS257"))),
        ("a key id of another client", with("kid", json!(other.id))),
        ("an unknown key id", with("kid", json!("999"))),
        ("a key id that is a path", with("kid", json!("../../../dev/null"))),
        ("a key id that is a query", with("kid", json!("1' OR '1'='1"))),
        ("a key id that is a number", with("kid", json!(7))),
        ("a key id that is too long", with("kid", json!("1".repeat(129)))),
        ("an embedded key", with("jwk", json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB" }))),
        ("an address of keys", with("jku", json!("https://attacker.example.com/keys"))),
        ("an address of certificates", with("x5u", json!("https://attacker.example.com/cert"))),
        ("embedded certificates", with("x5c", json!(["MIIB"]))),
        ("a critical extension", with("crit", json!(["exp"]))),
        ("an unencoded payload", with("b64", json!(false))),
        ("compression", with("zip", json!("DEF"))),
        ("a nested token", with("cty", json!("JWT"))),
        ("the type of an access token", with("typ", json!("at+jwt"))),
        ("the type of a proof", with("typ", json!("dpop+jwt"))),
        ("the type of an introspection", with("typ", json!("token-introspection+jwt"))),
    ]
}

/// Assertions with a fault outside of header members and claims.
fn faulty_texts(server: &Server, key: &Key, other: &Key, subject: &str) -> Vec<(&'static str, String)> {
    let sound = || key.sign(&key.header(), &key.claims(server, subject));
    let parts = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (header, claims) = (key.header().to_string(), key.claims(server, subject).to_string());
    let raw = |header: &str, claims: &str| sign(header, claims, &key.encoding_key(), Algorithm::RS256);
    let doubled = |json: &str, member: &str| format!("{},{member}}}", json.trim_end_matches('}'));
    let [first, second, third] = <[String; 3]>::try_from(parts(&sound())).unwrap();
    let mut flipped = STANDARD.encode(URL_SAFE_NO_PAD.decode(&third).unwrap());
    flipped =
        URL_SAFE_NO_PAD.encode(STANDARD.decode(&flipped).unwrap().iter().map(|b| b ^ 1).collect::<Vec<_>>());
    vec![
        ("another key", other.sign(&key.header(), &key.claims(server, subject))),
        ("a signature with flipped bits", format!("{first}.{second}.{flipped}")),
        ("no signature", format!("{first}.{second}.")),
        ("no third part", format!("{first}.{second}")),
        ("a fourth part", format!("{first}.{second}.{third}.x")),
        ("an encrypted token's five parts", format!("{first}.{second}.{third}.x.y")),
        ("padding", format!("{}=", sound())),
        ("the other alphabet", format!("{first}.{second}.+/{}", third.get(2..).unwrap())),
        ("trailing bits", format!("{first}.{second}.{}", with_trailing_bits(&third))),
        ("a signature of another payload", {
            let foreign = parts(&sound());
            format!("{first}.{second}.{}", foreign[2])
        }),
        ("a doubled header member", raw(&doubled(&header, r#""alg":"none""#), &claims)),
        ("a doubled claim", raw(&header, &doubled(&claims, r#""sub":"1""#))),
        ("a claim doubled by an escape", raw(&header, &doubled(&claims, r#""\u0073ub":"1""#))),
        (
            "a deep nest",
            raw(&header, &doubled(&claims, &format!("\"x\":{}{}", "[".repeat(50), "]".repeat(50)))),
        ),
        ("a header that is a list", raw("[]", &claims)),
        ("a payload that is a list", raw(&header, "[]")),
        ("a payload that is no JSON", raw(&header, "claims")),
        ("a payload with something behind it", raw(&header, &format!("{claims}x"))),
        ("too long", raw(&header, &doubled(&claims, &format!("\"x\":\"{}\"", "x".repeat(16_000))))),
        ("nothing", "x".to_owned()),
        ("dots", "..".to_owned()),
    ]
}

/// Sets the unused bits in the last character of a signature, which must be zero.
fn with_trailing_bits(part: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = part.chars().last().unwrap();
    let at = ALPHABET.find(last).unwrap();
    let other = ALPHABET.as_bytes()[at | 1] as char;
    assert_ne!(other, last, "the signature has spare bits, and they are zero");
    format!("{}{other}", part.get(..part.len() - 1).unwrap())
}

/// All assertions with exactly one fault.
fn every_fault(server: &Server, key: &Key, other: &Key, subject: &str) -> Vec<(&'static str, String)> {
    let mut all = faulty_texts(server, key, other, subject);
    for (fault, claims) in faulty_claims(server, key, subject) {
        all.push((fault, key.sign(&key.header(), &claims)));
    }
    for (fault, header) in faulty_headers(key, other) {
        all.push((fault, key.sign(&header, &key.claims(server, subject))));
    }
    all
}

/// Conformance 69: RFC 7523 §3
/// Conformance 71: RFC 7523 §3, RFC 8725 §3.1
/// Conformance 72: RFC 7521 §4.1.1
/// Conformance 79: RFC 7515 §4
/// Conformance 81: RFC 7519 §2
#[test]
fn every_single_fault_of_a_grant_is_refused() {
    let mut server = Server::start();
    server.user("billing");
    server.user("stranger");
    let (key, other) = (Key::add(&server, "billing"), Key::add(&server, "stranger"));
    for (index, (fault, text)) in every_fault(&server, &key, &other, &key.owner).into_iter().enumerate() {
        // Twenty failures in a row would slow the client down.
        if index % 15 == 14 {
            server = server.restarted();
        }
        refused_grant(&grant(&server, &text), fault);
    }
    server = server.restarted();
    assert_eq!(grant(&server, &key.grant(&server)).status, 200, "nothing was changed by them");
}

/// Conformance 72: RFC 7521 §4.2.1
/// Conformance 80: RFC 7518 §3.3, §3.4
#[test]
fn every_single_fault_of_client_authentication_is_refused() {
    let mut server = Server::start();
    server.user("billing");
    server.user("stranger");
    let (key, other) = (Key::add(&server, "billing"), Key::add(&server, "stranger"));
    for (index, (fault, text)) in every_fault(&server, &key, &other, "billing").into_iter().enumerate() {
        // Twenty failures in a row would slow the client down.
        if index % 15 == 14 {
            server = server.restarted();
        }
        refused_client(&credentials(&server, &text), fault);
    }
    server = server.restarted();
    let mut long = key.claims(&server, "billing");
    long["exp"] = json!(now() + 3640);
    refused_client(&credentials(&server, &key.sign(&key.header(), &long)), "more than an hour");
    assert_eq!(credentials(&server, &key.sign(&key.header(), &key.claims(&server, "billing"))).status, 200);
}
