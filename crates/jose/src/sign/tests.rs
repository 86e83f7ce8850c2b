use super::*;
use crate::jwks::Jwk;
use crate::verify::Verifier;
use jeton_oauth::jws::Unverified;
use jsonwebtoken::jwk::Jwk as TheirJwk;
use jsonwebtoken::{DecodingKey, Validation, decode};
use serde_json::Value;

const ID: SigningKeyId = SigningKeyId(7);
const CLAIMS: &[u8] = br#"{"sub":"301","name":"Billing \"worker\" \u00e9","exp":9007199254740992}"#;

fn key(algorithm: Algorithm) -> (SigningKey, PublicKey) {
    let (private, public) = generate(algorithm).unwrap();
    (SigningKey::new(ID, algorithm, &private).unwrap(), public)
}

/// An independent library reads key and token as they were meant. It does not know P-521.
#[test]
fn another_library_verifies_signed_tokens_with_the_published_key() {
    for algorithm in Algorithm::ALL.into_iter().filter(|algorithm| *algorithm != Algorithm::Es512) {
        let (key, public) = key(algorithm);
        let published = serde_json::to_string(&Jwk::new(ID.to_string(), &public).unwrap()).unwrap();
        let published: TheirJwk = serde_json::from_str(&published).unwrap();
        let token = key.sign(Kind::AccessToken(JwtType::AtJwt), CLAIMS).unwrap();
        let mut validation = Validation::new(algorithm.as_str().parse().unwrap());
        validation.validate_aud = false;
        let read = decode::<Value>(&token, &DecodingKey::from_jwk(&published).unwrap(), &validation).unwrap();
        assert_eq!(read.claims, serde_json::from_slice::<Value>(CLAIMS).unwrap(), "{algorithm}");
        assert_eq!((read.header.kid.as_deref(), read.header.typ.as_deref()), (Some("7"), Some("at+jwt")));
    }
}

#[test]
fn a_signed_token_is_verified_by_its_own_key_alone() {
    for algorithm in Algorithm::ALL {
        let ((key, public), (_, other)) = (key(algorithm), key(algorithm));
        let text = key.sign(Kind::IdToken, CLAIMS).unwrap();
        let token = Unverified::parse(&text).unwrap();
        assert!(token.header.is("JWT") && token.header.algorithm == algorithm);
        let verifies = |key: &PublicKey| {
            Verifier::new(key).unwrap().verifies(algorithm, token.signing_input, &token.signature)
        };
        assert!(verifies(&public) && !verifies(&other), "{algorithm}");
    }
}

#[test]
fn a_private_key_is_taken_for_its_own_algorithm_only() {
    let (ec, _) = generate(Algorithm::Es256).unwrap();
    for other in [Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es384, Algorithm::EdDsa] {
        assert!(SigningKey::new(ID, other, &ec).is_err(), "{other}");
    }
    for junk in [&b""[..], b"junk", &ec[..ec.len() - 1]] {
        assert!(SigningKey::new(ID, Algorithm::Es256, junk).is_err());
    }
}

#[test]
fn an_rsa_key_has_the_size_that_was_asked_for() {
    for rsa_bits in RsaBits::ALL {
        let (private, public) = generate(KeySpec { algorithm: Algorithm::Ps384, rsa_bits }).unwrap();
        assert_eq!(super::rsa_bits(&public), rsa_bits);
        let key = SigningKey::new(ID, Algorithm::Ps384, &private).unwrap();
        let text = key.sign(Kind::IdToken, CLAIMS).unwrap();
        let token = Unverified::parse(&text).unwrap();
        assert_eq!(token.signature.len() * 8, rsa_bits.bits() as usize);
        let verifier = Verifier::new(&public).unwrap();
        assert!(verifier.verifies(Algorithm::Ps384, token.signing_input, &token.signature));
    }
}

#[test]
fn the_typ_of_an_access_token_is_the_configured_one() {
    let (key, _) = key(Algorithm::EdDsa);
    for (kind, typ) in [
        (Kind::AccessToken(JwtType::Jwt), "JWT"),
        (Kind::AccessToken(JwtType::AtJwt), "at+jwt"),
        (Kind::IdToken, "JWT"),
    ] {
        let text = key.sign(kind, CLAIMS).unwrap();
        assert_eq!(Unverified::parse(&text).unwrap().header.kind.as_deref(), Some(typ));
    }
}

#[test]
fn a_signing_key_does_not_print_itself() {
    assert_eq!(format!("{:?}", key(Algorithm::EdDsa).0), "SigningKey([redacted])");
}
