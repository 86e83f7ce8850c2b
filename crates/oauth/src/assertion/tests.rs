use super::*;
use crate::fixtures::NOW;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

const ISSUER: &str = "https://id.example.com";
const TOKEN_ENDPOINT: &str = "https://id.example.com/oauth/v2/token";

use Purpose::{AuthorizationGrant as Grant, ClientAuthentication as Client};

/// A sound assertion for both purposes, except for the subject.
fn sound() -> Value {
    json!({
        "iss": "301", "sub": "301", "aud": ISSUER, "iat": NOW.0, "exp": NOW.0 + 60, "jti": "unique",
    })
}

fn compact(kind: Option<&str>, claims: &Value) -> String {
    let header = match kind {
        Some(kind) => json!({ "alg": "RS256", "kid": "11", "typ": kind }),
        None => json!({ "alg": "RS256" }),
    };
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2ln", encode(&header), encode(claims))
}

fn check_with(
    text: &str,
    purpose: Purpose,
    policy: &AssertionPolicy,
) -> Result<Option<AssertionUse>, AssertionError> {
    let assertion = Assertion::parse(text)?;
    let issuer = Issuer::parse(ISSUER).unwrap();
    assertion.check(purpose, &issuer, TOKEN_PATH, policy, NOW).map(|checked| checked.single_use())
}

/// The result for an assertion with one claim changed or missing.
fn with(purpose: Purpose, claim: &str, value: &Value) -> Result<(), AssertionError> {
    let mut claims = sound();
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(claim);
    } else {
        claims[claim] = value.clone();
    }
    check_with(&compact(Some("JWT"), &claims), purpose, &AssertionPolicy::default()).map(|_| ())
}

fn both(claim: &str, value: &Value, expected: Result<(), AssertionError>) {
    for purpose in [Client, Grant] {
        assert_eq!(with(purpose, claim, value), expected, "{purpose:?} {claim} {value}");
    }
}

#[test]
fn a_sound_assertion_holds_and_says_how_long_it_has_to_be_remembered() {
    for purpose in [Client, Grant] {
        let used = check_with(&compact(Some("JWT"), &sound()), purpose, &AssertionPolicy::default());
        let expected = AssertionUse { id: "unique".into(), until: Timestamp(NOW.0 + 90) };
        assert_eq!(used, Ok(Some(expected)), "{purpose:?}");
    }
}

#[test]
fn issuer_subject_audience_and_expiry_are_needed() {
    for claim in ["iss", "sub", "aud", "exp"] {
        both(claim, &Value::Null, Err(AssertionError::Claim(claim)));
    }
    for (claim, wrong) in [
        ("iss", json!(301)),
        ("sub", json!(["301"])),
        ("sub", json!("")),
        ("aud", json!(7)),
        ("aud", json!([])),
        ("aud", json!([ISSUER, 7])),
        ("aud", json!({})),
        ("aud", json!(vec![ISSUER; 17])),
        ("exp", json!("1800000060")),
        ("exp", json!(-1)),
        ("exp", json!(1e300)),
        ("iat", json!(true)),
        ("nbf", json!("now")),
        ("jti", json!(7)),
        ("jti", json!("")),
        ("jti", json!("j".repeat(257))),
    ] {
        both(claim, &wrong, Err(AssertionError::Claim(claim)));
    }
    both("jti", &json!("j".repeat(256)), Ok(()));
}

#[test]
fn the_issuer_is_the_subject() {
    both("iss", &json!("302"), Err(AssertionError::IssuerNotSubject));
    both("sub", &json!("302"), Err(AssertionError::IssuerNotSubject));
}

#[test]
fn client_authentication_names_the_issuer_alone() {
    let check = |aud: Value| with(Client, "aud", &aud);
    assert_eq!(check(json!([ISSUER])), Ok(()));
    for wrong in [
        json!(TOKEN_ENDPOINT),
        json!([ISSUER, TOKEN_ENDPOINT]),
        json!([ISSUER, "https://other.example.com"]),
        json!([ISSUER, ISSUER]),
        json!(format!("{ISSUER}/")),
        json!("https://ID.example.com"),
        json!("https://id.example.com:443"),
        json!("https://other.example.com"),
        json!(""),
    ] {
        assert_eq!(check(wrong.clone()), Err(AssertionError::Audience), "{wrong}");
    }
}

#[test]
fn client_authentication_may_name_the_called_endpoint_if_configured() {
    use crate::metadata::{INTROSPECTION_PATH, REVOCATION_PATH};
    let policy = AssertionPolicy { token_endpoint_audience: true, ..AssertionPolicy::default() };
    for issuer in [ISSUER, "https://id.example.com/tenant"] {
        let issuer = Issuer::parse(issuer).unwrap();
        for endpoint in [TOKEN_PATH, INTROSPECTION_PATH, REVOCATION_PATH] {
            let check = |aud: Value| {
                let mut claims = sound();
                claims["aud"] = aud;
                let text = compact(None, &claims);
                let assertion = Assertion::parse(&text).unwrap();
                assertion.check(Client, &issuer, endpoint, &policy, NOW).map(|_| ())
            };
            let own = format!("{issuer}{endpoint}");
            let token = format!("{issuer}{TOKEN_PATH}");
            let without_path = format!("{}{endpoint}", issuer.origin());
            for good in [
                json!(own),
                json!(token),
                json!(without_path),
                json!(issuer.as_str()),
                json!([own, issuer.as_str()]),
                json!([issuer.as_str(), token, own]),
            ] {
                assert_eq!(check(good.clone()), Ok(()), "{good}");
            }
            for wrong in [
                json!([own, "https://other.example.com"]),
                json!(format!("{own}/")),
                json!(format!("{own}?a")),
                json!(endpoint),
                json!(format!("https://other.example.com{endpoint}")),
                json!(format!("{issuer}/oauth/v2/authorize")),
                json!(format!("{issuer}/")),
            ] {
                assert_eq!(check(wrong.clone()), Err(AssertionError::Audience), "{wrong}");
            }
            if endpoint != REVOCATION_PATH {
                assert_eq!(check(json!(format!("{issuer}{REVOCATION_PATH}"))), Err(AssertionError::Audience));
            }
        }
    }
}

#[test]
fn a_grant_names_the_issuer_or_the_token_endpoint_maybe_among_others() {
    let check = |aud: Value| with(Grant, "aud", &aud);
    for good in
        [json!(TOKEN_ENDPOINT), json!([ISSUER, TOKEN_ENDPOINT]), json!(["https://other.example.com", ISSUER])]
    {
        assert_eq!(check(good.clone()), Ok(()), "{good}");
    }
    for wrong in [json!(format!("{ISSUER}/")), json!("https://other.example.com"), json!(["a", "b"])] {
        assert_eq!(check(wrong.clone()), Err(AssertionError::Audience), "{wrong}");
    }
}

#[test]
fn an_expired_assertion_is_refused_but_for_the_skew() {
    both("exp", &json!(NOW.0 - 29), Ok(()));
    both("exp", &json!(NOW.0 - 30), Err(AssertionError::Expired));
    both("exp", &json!(0), Err(AssertionError::Expired));
}

#[test]
fn an_assertion_lives_an_hour_at_most() {
    for (purpose, most) in [(Client, 3600), (Grant, 3600)] {
        assert_eq!(with(purpose, "exp", &json!(NOW.0 + most + 30)), Ok(()), "{purpose:?}");
        assert_eq!(
            with(purpose, "exp", &json!(NOW.0 + most + 31)),
            Err(AssertionError::LivesTooLong),
            "{purpose:?}"
        );
        assert_eq!(with(purpose, "iat", &json!(NOW.0 - most - 30)), Ok(()), "{purpose:?}");
        assert_eq!(
            with(purpose, "iat", &json!(NOW.0 - most - 31)),
            Err(AssertionError::TooOld),
            "{purpose:?}"
        );
    }
    both("exp", &json!(1_u64 << 53), Err(AssertionError::LivesTooLong));
}

#[test]
fn client_authentication_may_be_bounded_further() {
    let policy = AssertionPolicy { client_lifetime_seconds_max: 300, ..AssertionPolicy::default() };
    for (purpose, expected) in [(Client, Err(AssertionError::LivesTooLong)), (Grant, Ok(None))] {
        let mut claims = sound();
        claims["exp"] = json!(NOW.0 + 331);
        claims.as_object_mut().unwrap().remove("jti");
        assert_eq!(check_with(&compact(None, &claims), purpose, &policy), expected, "{purpose:?}");
    }
}

#[test]
fn an_assertion_from_the_future_is_refused_but_for_the_skew() {
    for claim in ["iat", "nbf"] {
        both(claim, &json!(NOW.0 + 30), Ok(()));
        both(claim, &json!(NOW.0 + 31), Err(AssertionError::NotYetValid));
        both(claim, &Value::Null, Ok(()));
    }
}

/// Conformance 66: draft-ietf-oauth-rfc7523bis §4
#[test]
fn other_kinds_of_tokens_are_not_assertions() {
    let check = |kind: Option<&str>, purpose| {
        check_with(&compact(kind, &sound()), purpose, &AssertionPolicy::default()).map(|_| ())
    };
    for purpose in [Client, Grant] {
        for good in [None, Some("JWT"), Some("jwt"), Some("application/jwt")] {
            assert_eq!(check(good, purpose), Ok(()), "{good:?}");
        }
        for foreign in
            ["at+jwt", "application/at+jwt", "dpop+jwt", "token-introspection+jwt", "logout+jwt", ""]
        {
            assert_eq!(check(Some(foreign), purpose), Err(AssertionError::Kind), "{foreign}");
        }
    }
    assert_eq!(check(Some("client-authentication+jwt"), Client), Ok(()));
    assert_eq!(check(Some("client-authentication+jwt"), Grant), Err(AssertionError::Kind));
    assert_eq!(check(Some("authorization-grant+jwt"), Grant), Ok(()));
    assert_eq!(check(Some("authorization-grant+jwt"), Client), Err(AssertionError::Kind));
}

#[test]
fn the_habits_of_zitadels_python_library_are_a_sound_grant() {
    let claims = json!({
        "iss": "301", "sub": "301", "aud": ISSUER, "iat": NOW.0, "exp": NOW.0 + 3600,
    });
    let checked = check_with(&compact(Some("JWT"), &claims), Grant, &AssertionPolicy::default());
    assert_eq!(checked, Ok(None));
}
