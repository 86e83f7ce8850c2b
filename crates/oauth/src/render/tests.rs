use super::*;
use crate::denial::Denial;
use crate::fixtures::{CREDENTIAL, NOW, PROJECT, scopes, service_user};
use crate::time::Timestamp;
use crate::token::{AccessTokenFacts, Sequence, TokenKey, assess};
use jeton_secret::TokenDigest;
use serde_json::{Value, json};

fn live<R>(scope: &str, see: impl FnOnce(&LiveToken<'_>) -> R) -> R {
    let client = service_user();
    let facts = AccessTokenFacts {
        client: client.id,
        credential: CREDENTIAL,
        issued: NOW,
        scopes: scopes(scope),
        digest: TokenDigest([3; 32]),
    };
    let key = TokenKey { expires: Timestamp(NOW.0 + 43_200), sequence: Sequence(5) };
    see(&assess(key, &facts, TokenDigest([3; 32]), &client, NOW).unwrap())
}

fn parsed(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap()
}

fn grant(scope: &str) -> Grant {
    Grant {
        client: service_user().id,
        credential: CREDENTIAL,
        scopes: scopes(scope),
        issued: NOW,
        expires: Timestamp(NOW.0 + 43_200),
    }
}

#[test]
fn a_token_answer_has_these_members_and_no_others() {
    let body = token(&SecretText::new("jeton_at_x-_9".into()), &grant("openid profile"));
    let expected = json!({
        "access_token": "jeton_at_x-_9", "token_type": "Bearer", "expires_in": 43_200, "scope": "openid profile",
    });
    assert_eq!(parsed(&body), expected);
}

#[test]
fn a_token_answer_without_known_scopes_is_still_json() {
    let body = token(&SecretText::new("x".into()), &grant("made-up"));
    assert_eq!(parsed(&body)["scope"], "");
}

#[test]
fn an_introspection_tells_what_the_scopes_allow() {
    let issuer = Issuer::parse("https://id.example.com/tenant").unwrap();
    let mut expected = json!({
        "active": true, "scope": "openid", "client_id": "billing", "token_type": "Bearer",
        "exp": NOW.0 + 43_200, "iat": NOW.0, "nbf": NOW.0, "sub": "301", "aud": ["501"],
        "iss": "https://id.example.com/tenant", "jti": "0a".repeat(16), "username": "billing",
    });
    let jti = TokenId([0x0a; 16]);
    let bare = live("openid", |token| parsed(&introspection(token, &issuer, jti, PROJECT)));
    assert_eq!(bare, expected);
    expected["scope"] = "openid profile".into();
    expected["name"] = "Billing \"worker\"".into();
    expected["preferred_username"] = "billing".into();
    expected["updated_at"] = NOW.0.into();
    let full = live("profile openid", |token| parsed(&introspection(token, &issuer, jti, PROJECT)));
    assert_eq!(full, expected);
}

#[test]
fn several_audiences_are_a_list() {
    let issuer = Issuer::parse("https://id.example.com").unwrap();
    let scope = "urn:zitadel:iam:org:project:id:7:aud urn:zitadel:iam:org:project:id:9:aud";
    let body = live(scope, |token| parsed(&introspection(token, &issuer, TokenId([1; 16]), PROJECT)));
    assert_eq!(body["aud"], json!(["7", "9"]));
}

#[test]
fn userinfo_tells_the_subject_and_with_profile_the_names() {
    assert_eq!(live("openid", |token| parsed(&userinfo(token))), json!({ "sub": "301" }));
    let full = live("openid profile", |token| parsed(&userinfo(token)));
    let expected = json!({
        "sub": "301", "name": "Billing \"worker\"", "preferred_username": "billing", "updated_at": NOW.0,
    });
    assert_eq!(full, expected);
}

#[test]
fn hostile_names_stay_inside_their_string() {
    for name in ["\"},{\"", "\\", "</script>", "\u{202e}", "\u{1F600}", "a\u{300}", "'\"`${x}"] {
        let mut body = Vec::new();
        escaped(&mut body, name);
        assert_eq!(parsed(&body), name);
    }
}

#[test]
fn a_refusal_is_its_code_and_a_sentence() {
    let body = parsed(&denial(Denial::GrantTypeMissing));
    assert_eq!(body, json!({ "error": "invalid_request", "error_description": "grant_type missing" }));
    assert_eq!(denial(Denial::NoBearer), b"");
}

#[test]
fn inactive_says_nothing_else() {
    assert_eq!(parsed(INACTIVE), json!({ "active": false }));
}
