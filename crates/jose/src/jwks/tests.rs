use super::*;
use crate::sign::generate;
use jeton_domain::key::Algorithm;
use serde_json::{Value, json};

fn published(key: &PublicKey) -> Value {
    serde_json::to_value(Jwk::new("7".into(), key).unwrap()).unwrap()
}

/// RFC 7515 Appendix A.3.1: the key and its JSON form.
#[test]
fn the_key_of_rfc_7515_has_the_members_that_the_rfc_gives_it() {
    let pem = "-----BEGIN PUBLIC KEY-----\n\
               MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n\
               6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n\
               -----END PUBLIC KEY-----\n";
    let expected = json!({
        "kid": "7", "use": "sig", "alg": "ES256", "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    let spki = jeton_domain::pem::blocks(pem).next().unwrap().decode().unwrap();
    let key = PublicKey { algorithm: Algorithm::Es256, spki: spki.as_slice().into() };
    assert_eq!(published(&key), expected);
}

#[test]
fn every_kind_has_its_members_at_their_full_length() {
    for (algorithm, members, lengths) in [
        (Algorithm::Rs256, &["alg", "e", "kid", "kty", "n", "use"][..], &[("n", 342), ("e", 4)][..]),
        (Algorithm::Ps256, &["alg", "e", "kid", "kty", "n", "use"], &[("n", 342), ("e", 4)]),
        (Algorithm::Es256, &["alg", "crv", "kid", "kty", "use", "x", "y"], &[("x", 43), ("y", 43)]),
        (Algorithm::Es384, &["alg", "crv", "kid", "kty", "use", "x", "y"], &[("x", 64), ("y", 64)]),
        (Algorithm::Es512, &["alg", "crv", "kid", "kty", "use", "x", "y"], &[("x", 88), ("y", 88)]),
        (Algorithm::EdDsa, &["alg", "crv", "kid", "kty", "use", "x"], &[("x", 43)]),
    ] {
        // Coordinates keep their leading zeros; one key in 128 has one.
        for _ in 0..if matches!(algorithm, Algorithm::Es256 | Algorithm::Es512) { 300 } else { 1 } {
            let jwk = published(&generate(algorithm).unwrap().1);
            let mut names: Vec<_> = jwk.as_object().unwrap().keys().map(String::as_str).collect();
            names.sort_unstable();
            assert_eq!(names, members, "{algorithm}");
            for (member, len) in lengths {
                assert_eq!(jwk[member].as_str().unwrap().len(), *len, "{algorithm} {member}");
            }
        }
    }
}
