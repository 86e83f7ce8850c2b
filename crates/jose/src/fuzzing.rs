//! Properties that the fuzz targets check; each target is one call of a function here.
//!
//! `jsonwebtoken` is the oracle: it reads more than this crate does, so it must read every text that this
//! crate takes, with the same result.

use crate::jwks::Jwk;
use crate::public::from_pem;
use crate::verify::Verifier;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_domain::key::{Algorithm, Family};
use jeton_domain::time::Timestamp;
use jeton_oauth::assertion::{Assertion, AssertionPolicy, Purpose};
use jeton_oauth::jws::{JWS_BYTES_MAX, Unverified};
use jeton_oauth::metadata::{Issuer, TOKEN_PATH};
use jsonwebtoken::DecodingKey;
use jsonwebtoken::dangerous::insecure_decode;
use pkcs8::der::pem::{LineEnding, encode_string};
use serde_json::Value;

/// A token is taken apart as the oracle does it, or refused. The data is tried as a token, and as the
/// plain text of its header and payload.
///
/// # Panics
/// If the two readers disagree.
pub fn jwt(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        compact(text);
    }
    compact(&encoded(data));
}

/// Header and payload from one text, separated by the first zero byte.
fn encoded(data: &[u8]) -> String {
    let mut halves = data.splitn(2, |byte| *byte == 0);
    let mut half = || URL_SAFE_NO_PAD.encode(halves.next().unwrap_or_default());
    format!("{}.{}.c2ln", half(), half())
}

fn compact(text: &str) {
    let Ok(token) = Unverified::parse(text) else { return };
    let Ok(payload) = token.payload() else { return };
    assert!(text.len() <= JWS_BYTES_MAX);
    let plain = |part: &str| -> Value {
        let json = URL_SAFE_NO_PAD.decode(part).expect("it was read as base64url");
        serde_json::from_slice(&json).expect("it was read as JSON")
    };
    let mut parts = text.split('.').map(plain);
    let (header, claims) = (parts.next().expect("a header"), parts.next().expect("a payload"));
    assert!(token.claimed().is_ok_and(|claimed| claimed == payload));
    assert_eq!(Value::Object(payload), claims);
    let theirs = match insecure_decode::<Value>(text) {
        Ok(theirs) => theirs,
        // The oracle wants members that it does not know to be text, and some that it knows to be more;
        // it has no ES512.
        Err(_) => {
            let is_richer = header.as_object().is_some_and(|members| members.len() > 1);
            return assert!(is_richer || token.header.algorithm.as_str() == "ES512");
        }
    };
    assert_eq!(claims, theirs.claims);
    assert_eq!(token.header.algorithm.as_str(), format!("{:?}", theirs.header.alg));
    let named = theirs.header.kid.as_deref().filter(|kid| !kid.is_empty());
    assert_eq!(token.header.key_id.as_deref(), named);
    assert_eq!(token.header.kind.as_deref(), theirs.header.typ.as_deref());
    let rest = text.as_bytes().get(token.signing_input.len()..).unwrap_or_default();
    assert_eq!(rest.first(), Some(&b'.'));
    assert_eq!(URL_SAFE_NO_PAD.decode(rest.get(1..).unwrap_or_default()).as_ref(), Ok(&token.signature));
}

const NOW: Timestamp = Timestamp(1_800_000_000);
const ISSUER: &str = "https://id.example.com";

/// Claims that pass also satisfy a slow, independent reader. The data is the payload.
///
/// # Panics
/// If accepted claims break a rule.
pub fn assertion(data: &[u8]) {
    let header = URL_SAFE_NO_PAD.encode(br#"{"alg":"ES256","typ":"JWT"}"#);
    let text = format!("{header}.{}.c2ln", URL_SAFE_NO_PAD.encode(data));
    let Ok(assertion) = Assertion::parse(&text) else { return };
    let claims: Value = serde_json::from_slice(data).expect("it was read as JSON");
    let issuer = Issuer::parse(ISSUER).expect("it is well-formed");
    let lifetime_max = 3600.0;
    for purpose in [Purpose::ClientAuthentication, Purpose::AuthorizationGrant] {
        let policy = AssertionPolicy::default();
        let Ok(checked) = assertion.check(purpose, &issuer, TOKEN_PATH, &policy, NOW) else { continue };
        assert_eq!(claims.get("iss"), claims.get("sub"));
        assert_eq!(claims.get("sub").and_then(Value::as_str), Some(checked.subject()));
        let date = |name: &str| claims.get(name).and_then(Value::as_f64);
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let now = NOW.0 as f64;
        let expires = date("exp").expect("it is needed");
        assert!(expires > now - 31.0 && expires < now + lifetime_max + 31.0);
        assert!(
            date("nbf").is_none_or(|from| from < now + 31.0) && date("iat").is_none_or(|at| at < now + 31.0)
        );
        let aud = claims.get("aud").expect("it is needed");
        let named = |value: &Value| value.as_str().is_some_and(|aud| aud.starts_with(ISSUER));
        match (purpose, aud.as_array()) {
            (Purpose::ClientAuthentication, Some(list)) => assert!(list.len() == 1 && list.iter().all(named)),
            (Purpose::AuthorizationGrant, Some(list)) => assert!(list.iter().any(named)),
            (_, None) => assert!(named(aud)),
        }
        // The client's policy decides if `jti` may be left out; if present, it is a text.
        let is_text = |id: &Value| id.as_str().is_some_and(|id| !id.is_empty());
        assert!(claims.get("jti").is_none_or(is_text));
    }
}

/// A public key that is taken can be used, published and read again, and the oracle takes it too. The
/// data is tried as PEM, and as the content of PEM.
///
/// # Panics
/// If the key fails one of these.
pub fn public_key(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        key_text(text);
    }
    for label in ["PUBLIC KEY", "RSA PUBLIC KEY"] {
        if let Ok(text) = encode_string(label, LineEnding::LF, data) {
            key_text(&text);
        }
    }
}

fn key_text(text: &str) {
    for asked in [None, Some(Algorithm::Ps256)] {
        let Ok(key) = from_pem(text, asked) else { continue };
        assert!(!text.contains("PRIVATE KEY"));
        let verifier = Verifier::new(&key).expect("a key that was taken is sound");
        let zeros = vec![0; verifier.signature_len()];
        assert!(!verifier.verifies(key.algorithm, b"message", &zeros));
        let written = encode_string("PUBLIC KEY", LineEnding::LF, &key.spki).expect("a short text");
        assert_eq!(from_pem(&written, asked), Ok(key.clone()));
        Jwk::new("1".into(), &key).expect("a key that was taken can be published");
        let theirs = match key.algorithm.family() {
            Family::Rsa => DecodingKey::from_rsa_pem(written.as_bytes()),
            // The oracle knows P-256 and P-384 only.
            Family::Ec("P-521") => continue,
            Family::Ec(_) => DecodingKey::from_ec_pem(written.as_bytes()),
            Family::Ed25519 => DecodingKey::from_ed_pem(written.as_bytes()),
        };
        assert!(theirs.is_ok(), "the oracle refuses a key that we take");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_keep_the_properties(data in proptest::collection::vec(any::<u8>(), 0..96)) {
            jwt(&data);
            assertion(&data);
            public_key(&data);
        }

        #[test]
        fn texts_like_tokens_keep_the_properties(header in r#"\{"alg":"(ES256|RS256|none)"(,"(kid|typ|jwk|alg)":("a"|1))?\}"#, payload in r#"\{("(sub|a)":("x"|1|\[1\]|null|1.5))?(,"b":\{\})?\}"#) {
            jwt(format!("{header}\0{payload}").as_bytes());
        }

        #[test]
        fn texts_like_claims_keep_the_properties(aud in r#"("https://id\.example\.com(/oauth/v2/token)?"|\["https://id\.example\.com"(,"x")?\])"#, exp in 1_799_999_960_u64..1_800_004_000, jti in r#"(,"jti":"[a-z]{0,2}")?"#) {
            assertion(format!(r#"{{"iss":"1","sub":"1","aud":{aud},"exp":{exp}{jti}}}"#).as_bytes());
        }
    }
}
