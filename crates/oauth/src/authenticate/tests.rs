use super::*;
use crate::assertion::{Assertion, AssertionPolicy, Purpose};
use crate::fixtures::{CREDENTIAL, DIGEST, MOMENT, NOW, api, credential, later, service_user};
use crate::limits::KEYS_TRIED_MAX;
use crate::metadata::{Issuer, TOKEN_PATH};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_domain::credential::CredentialKind;
use jeton_domain::key::{Algorithm, PublicKey};
use jeton_domain::time::Timestamp;

const WRONG: ClientSecretDigest = ClientSecretDigest([8; 32]);

fn refused(found: Option<Client>, credential: CredentialId, presented: &ClientSecretDigest) {
    let result = authenticate(found.map(Arc::new), credential, presented, |_| Ok(None), MOMENT);
    assert_eq!(result.err(), Some(Denial::InvalidClient));
}

#[test]
fn the_right_secret_is_proof() {
    for client in [service_user(), api()] {
        let proof =
            authenticate(Some(Arc::new(client.clone())), CREDENTIAL, &DIGEST, |_| Ok(None), MOMENT).unwrap();
        assert_eq!((proof.client(), proof.credential()), (&client, CREDENTIAL));
    }
}

#[test]
fn every_failure_is_the_same_denial() {
    refused(None, CREDENTIAL, &DIGEST);
    refused(Some(service_user()), CREDENTIAL, &WRONG);
    refused(Some(service_user()), CredentialId(12), &DIGEST);
    refused(Some(service_user().deactivate(NOW).unwrap()), CREDENTIAL, &DIGEST);
    refused(Some(service_user().revoke_secrets(Vec::new(), NOW).unwrap().client), CREDENTIAL, &DIGEST);
}

#[test]
fn one_wrong_bit_anywhere_is_wrong() {
    for bit in 0..256 {
        let mut presented = DIGEST;
        presented.0[bit / 8] ^= 1 << (bit % 8);
        refused(Some(service_user()), CREDENTIAL, &presented);
    }
}

#[test]
fn a_credential_ends_at_its_last_second() {
    let at = |end: u64| {
        let mut client = service_user();
        client.credentials[0].not_after = Some(MOMENT.until(Timestamp(end)));
        client
    };
    refused(Some(at(NOW.0)), CREDENTIAL, &DIGEST);
    refused(Some(at(NOW.0 - 1)), CREDENTIAL, &DIGEST);
    assert!(authenticate(Some(Arc::new(at(NOW.0 + 1))), CREDENTIAL, &DIGEST, |_| Ok(None), MOMENT).is_ok());
}

/// Authenticates with a credential that is in the client's past only.
fn from_past(
    revoked: Option<Timestamp>,
    not_after: Option<Timestamp>,
    presented: &ClientSecretDigest,
) -> bool {
    let client = Client { credentials: Vec::new(), ..service_user() };
    let not_after = not_after.map(|end| MOMENT.until(end));
    let past = PastCredential { credential: Credential { not_after, ..credential(CREDENTIAL.0) }, revoked };
    let looked = |id| {
        assert_eq!(id, service_user().id);
        Ok(Some(past))
    };
    authenticate(Some(Arc::new(client)), CREDENTIAL, presented, looked, later(10)).is_ok()
}

#[test]
fn a_credential_of_the_past_authenticates_only_before_its_end() {
    let ends = |seconds| Some(Timestamp(NOW.0 + seconds));
    assert!(!from_past(None, ends(10), &DIGEST));
    assert!(!from_past(Some(NOW), ends(11), &DIGEST), "revoked is revoked");
    assert!(!from_past(Some(NOW), None, &DIGEST));
    assert!(!from_past(None, ends(11), &WRONG));
    assert!(from_past(None, ends(11), &DIGEST), "the clock was ahead when it went there");
}

#[test]
fn every_failure_reads_the_past_once_and_a_success_does_not() {
    let looks = |found: Option<Client>, presented| {
        let mut looks = 0;
        let past = |_| {
            looks += 1;
            Ok(None)
        };
        let _ = authenticate(found.map(Arc::new), CREDENTIAL, presented, past, MOMENT);
        looks
    };
    assert_eq!(looks(Some(service_user()), &DIGEST), 0);
    assert_eq!(looks(Some(service_user()), &WRONG), 1);
    assert_eq!(looks(Some(service_user().deactivate(NOW).unwrap()), &DIGEST), 1);
    assert_eq!(looks(None, &DIGEST), 1);
}

#[test]
fn the_dummy_digest_authenticates_nothing() {
    refused(None, CREDENTIAL, &DUMMY);
    refused(Some(service_user()), CredentialId(12), &DUMMY);
}

fn key(id: u64, algorithm: Algorithm) -> Credential {
    let key = PublicKey { algorithm, spki: Box::new([1]) };
    Credential { kind: CredentialKind::Key(key), ..credential(id) }
}

/// A user with a secret, two RSA keys and one on P-256.
fn user_with_keys() -> Client {
    let mut client = service_user();
    let keys = [(21, Algorithm::Rs256), (22, Algorithm::Rs256), (23, Algorithm::Es256)];
    client.credentials.extend(keys.map(|(id, algorithm)| key(id, algorithm)));
    client
}

/// The key of the client that verifies an assertion with this header, and true if it was authenticated.
fn chosen(client: Option<Client>, header: &str) -> (Option<u64>, bool) {
    let payload = r#"{"iss":"301","sub":"301","aud":"https://id.example.com","exp":1800000060,"jti":"j"}"#;
    let text = format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(payload));
    let assertion = Assertion::parse(&text).unwrap();
    let issuer = Issuer::parse("https://id.example.com").unwrap();
    let policy = AssertionPolicy::default();
    let checked = assertion.check(Purpose::ClientAuthentication, &issuer, TOKEN_PATH, &policy, NOW).unwrap();
    let mut verified_with = None;
    let verify = |credential: Option<&Credential>, token: &Unverified<'_>| {
        assert_eq!(token.signature, b"sig");
        verified_with = credential.map(|credential| credential.id.0);
        true
    };
    let proof = authenticate_assertion(client.map(Arc::new), &checked, verify, |_, _| Ok(None), MOMENT);
    let ok = proof.is_ok_and(|proof| proof.assertion().is_some_and(|assertion| &*assertion.id == "j"));
    (verified_with, ok)
}

/// The keys tried for an assertion without `kid`, of which `good` made the signature, and if it was
/// proven.
fn tried(client: Option<Client>, good: Option<u64>) -> (Vec<Option<u64>>, bool) {
    let payload = r#"{"iss":"301","sub":"301","aud":"https://id.example.com","exp":1800000060,"jti":"j"}"#;
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256"}"#);
    let text = format!("{header}.{}.c2ln", URL_SAFE_NO_PAD.encode(payload));
    let assertion = Assertion::parse(&text).unwrap();
    let issuer = Issuer::parse("https://id.example.com").unwrap();
    let policy = AssertionPolicy::default();
    let checked = assertion.check(Purpose::ClientAuthentication, &issuer, TOKEN_PATH, &policy, NOW).unwrap();
    let mut tried = Vec::new();
    let verify = |credential: Option<&Credential>, _: &Unverified<'_>| {
        let id = credential.map(|credential| credential.id.0);
        tried.push(id);
        id.is_some() && id == good
    };
    let proof = authenticate_assertion(client.map(Arc::new), &checked, verify, |_, _| Ok(None), MOMENT);
    (tried, proof.is_ok_and(|proof| Some(proof.credential().0) == good))
}

#[test]
fn without_a_kid_the_newest_live_keys_of_the_algorithm_are_tried() {
    let user = || Some(user_with_keys());
    assert_eq!(tried(user(), Some(22)), (vec![Some(22)], true));
    assert_eq!(tried(user(), Some(21)), (vec![Some(22), Some(21)], true));
    let mut ended = user_with_keys();
    ended.credentials[1].not_after = Some(MOMENT);
    assert_eq!(tried(Some(ended), Some(21)).0[..2], [Some(22), None]);
}

#[test]
fn without_a_kid_every_failure_costs_as_many_verifications() {
    let off = user_with_keys().deactivate(NOW).unwrap();
    let secrets_only = service_user();
    for (client, good) in [(None, None), (Some(user_with_keys()), None), (Some(secrets_only), None)] {
        let (tries, proven) = tried(client, good);
        assert_eq!((tries.len(), proven), (KEYS_TRIED_MAX, false));
    }
    assert!(!tried(Some(off), Some(22)).1);
}

#[test]
fn without_a_kid_a_bounded_number_of_keys_is_tried() {
    let with = |count: u64| {
        let mut client = service_user();
        client.credentials.extend((100..100 + count).map(|id| key(id, Algorithm::Rs256)));
        Some(client)
    };
    let bound = KEYS_TRIED_MAX as u64;
    assert!(tried(with(bound), Some(100)).1);
    let (tries, proven) = tried(with(bound + 1), Some(100));
    assert_eq!((tries.len(), proven), (KEYS_TRIED_MAX, false));
    assert_eq!(chosen(with(bound + 1), r#"{"alg":"RS256","kid":"100"}"#), (Some(100), true));
}

#[test]
fn a_key_is_named_by_its_id_alone() {
    let user = || Some(user_with_keys());
    assert_eq!(chosen(user(), r#"{"alg":"RS256","kid":"22"}"#), (Some(22), true));
    for header in [r#"{"alg":"ES256"}"#, r#"{"alg":"ES256","kid":null}"#, r#"{"alg":"ES256","kid":""}"#] {
        assert_eq!(chosen(user(), header), (Some(23), true), "{header}");
    }
    for header in [
        r#"{"alg":"RS256","kid":"23"}"#,
        r#"{"alg":"PS256","kid":"21"}"#,
        r#"{"alg":"RS256","kid":"11"}"#,
        r#"{"alg":"RS256","kid":"021"}"#,
        r#"{"alg":"RS256","kid":" "}"#,
        r#"{"alg":"RS256","kid":"../21"}"#,
        r#"{"alg":"RS256","kid":"21' OR '1'='1"}"#,
    ] {
        assert_eq!(chosen(user(), header), (None, false), "{header}");
    }
}

#[test]
fn an_unknown_or_inactive_client_costs_a_verification_too() {
    assert_eq!(chosen(None, r#"{"alg":"RS256","kid":"21"}"#), (None, false));
    let off = user_with_keys().deactivate(NOW).unwrap();
    assert_eq!(chosen(Some(off), r#"{"alg":"RS256","kid":"21"}"#), (Some(21), false));
    let mut ended = user_with_keys();
    ended.credentials[1].not_after = Some(MOMENT);
    assert_eq!(chosen(Some(ended), r#"{"alg":"RS256","kid":"21"}"#), (None, false));
    let revoked = user_with_keys().revoke_credential(CredentialId(21), Vec::new(), NOW).unwrap();
    assert_eq!(chosen(Some(revoked.client), r#"{"alg":"RS256","kid":"21"}"#), (None, false));
}

#[test]
fn an_assertion_that_fits_both_uses_needs_a_jti_and_is_refused_after_verification() {
    let tried = |subject: &str, jti: &str, purpose| {
        let payload = format!(
            r#"{{"iss":"{subject}","sub":"{subject}","aud":"https://id.example.com","exp":1800000060{jti}}}"#
        );
        let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256"}"#);
        let text = format!("{header}.{}.c2ln", URL_SAFE_NO_PAD.encode(payload));
        let assertion = Assertion::parse(&text).unwrap();
        let issuer = Issuer::parse("https://id.example.com").unwrap();
        let checked =
            assertion.check(purpose, &issuer, TOKEN_PATH, &AssertionPolicy::default(), NOW).unwrap();
        let mut verifications = 0;
        let verify = |_: Option<&Credential>, _: &Unverified<'_>| {
            verifications += 1;
            true
        };
        let proof = authenticate_assertion(
            Some(Arc::new(user_with_keys())),
            &checked,
            verify,
            |_, _| Ok(None),
            MOMENT,
        );
        assert_eq!(verifications, 1);
        proof.map(|_| ())
    };
    let jti = r#","jti":"j""#;
    assert_eq!(tried("301", "", Purpose::ClientAuthentication), Err(Denial::InvalidClient));
    assert_eq!(tried("301", jti, Purpose::ClientAuthentication), Ok(()));
    assert_eq!(tried("301", "", Purpose::AuthorizationGrant), Ok(()));
    assert_eq!(tried("billing-worker", "", Purpose::ClientAuthentication), Ok(()));
}

#[test]
fn a_signature_that_is_wrong_proves_nothing() {
    let text = format!(
        "{}.{}.c2ln",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"ES256"}"#),
        URL_SAFE_NO_PAD
            .encode(r#"{"iss":"301","sub":"301","aud":"https://id.example.com","exp":1800000060}"#)
    );
    let assertion = Assertion::parse(&text).unwrap();
    let issuer = Issuer::parse("https://id.example.com").unwrap();
    let policy = AssertionPolicy::default();
    let checked = assertion.check(Purpose::AuthorizationGrant, &issuer, TOKEN_PATH, &policy, NOW).unwrap();
    let proof = authenticate_assertion(
        Some(Arc::new(user_with_keys())),
        &checked,
        |_, _| false,
        |_, _| Ok(None),
        MOMENT,
    );
    assert_eq!(proof.err(), Some(Denial::InvalidClient));
}

#[test]
fn a_secret_is_not_compared_with_a_key() {
    refused(Some(user_with_keys()), CredentialId(21), &DIGEST);
    refused(Some(user_with_keys()), CredentialId(21), &DUMMY);
}
