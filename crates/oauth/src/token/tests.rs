use super::*;
use crate::fixtures::{CREDENTIAL, NOW, credential, scopes, service_user};
use proptest::prelude::*;

const DIGEST: TokenDigest = TokenDigest([3; 32]);
const SEQUENCE: Sequence = Sequence(100);

fn stored() -> StoredToken {
    let facts = AccessTokenFacts {
        client: service_user().id,
        credential: CREDENTIAL,
        issued: NOW,
        scopes: scopes("openid"),
        resources: Vec::new(),
    };
    StoredToken { facts, digest: DIGEST }
}

fn check(client: &Client, now: u64, expected: Option<Dead>) {
    let key = TokenKey { expires: Timestamp(NOW.0 + 60), sequence: SEQUENCE };
    let seen = assess(key, &stored(), DIGEST, client, Timestamp(now)).map(|live| live.key);
    assert_eq!(seen.err(), expected);
}

#[test]
fn a_token_lives_until_its_expiry_and_not_a_second_longer() {
    check(&service_user(), NOW.0, None);
    check(&service_user(), NOW.0 + 59, None);
    check(&service_user(), NOW.0 + 60, Some(Dead::Expired));
    check(&service_user(), u64::MAX, Some(Dead::Expired));
}

#[test]
fn a_token_of_a_deactivated_client_is_dead_and_lives_again_with_it() {
    let inactive = service_user().deactivate(NOW).unwrap();
    check(&inactive, NOW.0, Some(Dead::ClientInactive));
    check(&inactive.reactivate(NOW).unwrap(), NOW.0, None);
}

#[test]
fn revoking_all_tokens_kills_those_before_it_and_none_after() {
    let from = |sequence| service_user().revoke_tokens(Sequence(sequence), NOW);
    check(&from(SEQUENCE.0 + 1), NOW.0, Some(Dead::Revoked));
    check(&from(SEQUENCE.0), NOW.0, None);
}

#[test]
fn revoking_the_tokens_of_a_credential_leaves_those_of_others() {
    let mut client = service_user();
    client.credentials.push(credential(12));
    let from = |id, sequence| client.clone().revoke_tokens_of(id, Sequence(sequence), NOW).unwrap();
    check(&from(CREDENTIAL, SEQUENCE.0 + 1), NOW.0, Some(Dead::Revoked));
    check(&from(CREDENTIAL, SEQUENCE.0), NOW.0, None);
    check(&from(CredentialId(12), SEQUENCE.0 + 1), NOW.0, None);
}

#[test]
fn a_revoked_or_forgotten_credential_takes_its_tokens_along_and_an_ended_one_does_not() {
    check(&service_user().revoke_secrets(NOW).unwrap(), NOW.0, Some(Dead::CredentialRevoked));
    let mut client = service_user();
    client.credentials[0].not_after = Some(NOW);
    check(&client, NOW.0, None);
    client.credentials.clear();
    check(&client, NOW.0, Some(Dead::CredentialRevoked));
}

#[test]
fn one_wrong_bit_of_the_digest_is_a_wrong_secret() {
    let key = TokenKey { expires: Timestamp(NOW.0 + 60), sequence: SEQUENCE };
    let (facts, client) = (stored(), service_user());
    for bit in 0..256 {
        let mut presented = DIGEST;
        presented.0[bit / 8] ^= 1 << (bit % 8);
        let seen = assess(key, &facts, presented, &client, NOW);
        assert_eq!(seen.err(), Some(Dead::WrongSecret), "bit {bit}");
    }
}

#[test]
fn keys_are_ordered_by_expiry_and_then_by_sequence() {
    let key = |expires, sequence| TokenKey { expires: Timestamp(expires), sequence: Sequence(sequence) };
    assert!(key(1, 9) < key(2, 0) && key(2, 0) < key(2, 1));
}

proptest! {
    #[test]
    fn a_key_survives_its_position(expires in 0..(1_u64 << 40), sequence in 0..(1_u64 << 56)) {
        let key = TokenKey { expires: Timestamp(expires), sequence: Sequence(sequence) };
        prop_assert_eq!(TokenKey::from_position(key.position()), key);
    }

    #[test]
    fn every_position_is_the_position_of_its_key(bytes: [u8; 12]) {
        prop_assert_eq!(TokenKey::from_position(Position(bytes)).position(), Position(bytes));
    }
}
