use super::*;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_oauth::jws::Unverified;

/// The key of RFC 7515 Appendix A.2.
const RSA_OF_RFC_7515: &str = "\
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj
NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz
P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo
9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB
EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX
FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp
oQIDAQAB
-----END PUBLIC KEY-----
";

/// The key of RFC 7515 Appendix A.3.
const P256_OF_RFC_7515: &str = "\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7
6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==
-----END PUBLIC KEY-----
";

/// The key of RFC 8037 Appendix A.2.
const ED25519_OF_RFC_8037: &str = "\
-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
";

const PAYLOAD: &str =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

/// A verifier for an example of a public document; such keys cannot be uploaded.
fn verifier(text: &str, algorithm: Algorithm) -> Verifier {
    let spki = jeton_domain::pem::blocks(text).next().unwrap().decode().unwrap();
    Verifier::new(&PublicKey { algorithm, spki: spki.as_slice().into() }).unwrap()
}

fn check(pem: &str, text: &str) {
    let token = Unverified::parse(text).unwrap();
    let verifier = verifier(pem, token.header.algorithm);
    assert!(verifier.verifies(token.header.algorithm, token.signing_input, &token.signature));
    for at in 0..token.signature.len() {
        let mut changed = token.signature.clone();
        changed[at] ^= 1;
        assert!(!verifier.verifies(token.header.algorithm, token.signing_input, &changed), "byte {at}");
    }
    for other in Algorithm::ALL.into_iter().filter(|other| *other != token.header.algorithm) {
        assert!(!verifier.verifies(other, token.signing_input, &token.signature), "{other}");
    }
}

#[test]
fn the_rsa_example_of_rfc_7515_is_verified() {
    check(
        RSA_OF_RFC_7515,
        &format!(
            "eyJhbGciOiJSUzI1NiJ9.{PAYLOAD}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
        ),
    );
}

#[test]
fn the_ecdsa_example_of_rfc_7515_is_verified() {
    let signature = "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    check(P256_OF_RFC_7515, &format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}.{signature}"));
}

/// The payload is a sentence and not JSON, so it is not an assertion; only the signature is tested.
#[test]
fn the_ed25519_example_of_rfc_8037_is_verified() {
    let message = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    assert!(verifier(ED25519_OF_RFC_8037, Algorithm::EdDsa).verifies(
        Algorithm::EdDsa,
        message.as_bytes(),
        &signature
    ));
}

/// "Psychic signatures": a verifier that omits the range check accepts zeros for every message.
#[test]
fn a_signature_of_zeros_is_refused() {
    for (pem, algorithm, len) in [
        (P256_OF_RFC_7515, Algorithm::Es256, 64),
        (ED25519_OF_RFC_8037, Algorithm::EdDsa, 64),
        (RSA_OF_RFC_7515, Algorithm::Rs256, 256),
    ] {
        for len in [0, 1, len - 1, len, len + 1] {
            assert!(
                !verifier(pem, algorithm).verifies(algorithm, b"message", &vec![0; len]),
                "{algorithm} {len}"
            );
        }
    }
}
