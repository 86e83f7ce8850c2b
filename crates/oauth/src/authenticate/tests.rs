use super::*;
use crate::fixtures::{CREDENTIAL, DIGEST, NOW, api, service_user};

const WRONG: ClientSecretDigest = ClientSecretDigest([8; 32]);

fn refused(found: Option<Client>, credential: CredentialId, presented: &ClientSecretDigest) {
    let result = authenticate(found.map(Arc::new), credential, presented, NOW);
    assert_eq!(result.err(), Some(Denial::InvalidClient));
}

#[test]
fn the_right_secret_is_proof() {
    for client in [service_user(), api()] {
        let proof = authenticate(Some(Arc::new(client.clone())), CREDENTIAL, &DIGEST, NOW).unwrap();
        assert_eq!((proof.client(), proof.credential()), (&client, CREDENTIAL));
    }
}

#[test]
fn every_failure_is_the_same_denial() {
    refused(None, CREDENTIAL, &DIGEST);
    refused(Some(service_user()), CREDENTIAL, &WRONG);
    refused(Some(service_user()), CredentialId(12), &DIGEST);
    refused(Some(service_user().deactivate(NOW).unwrap()), CREDENTIAL, &DIGEST);
    refused(Some(service_user().revoke_credentials(NOW).unwrap()), CREDENTIAL, &DIGEST);
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
        client.credentials[0].not_after = Some(Timestamp(end));
        client
    };
    refused(Some(at(NOW.0)), CREDENTIAL, &DIGEST);
    refused(Some(at(NOW.0 - 1)), CREDENTIAL, &DIGEST);
    assert!(authenticate(Some(Arc::new(at(NOW.0 + 1))), CREDENTIAL, &DIGEST, NOW).is_ok());
}

#[test]
fn the_dummy_opens_nothing() {
    refused(None, CREDENTIAL, &DUMMY);
    refused(Some(service_user()), CredentialId(12), &DUMMY);
}
