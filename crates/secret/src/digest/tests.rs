use super::*;
use crate::text::CredentialId;
use std::collections::HashSet;

fn keys(byte: u8) -> Keys {
    Keys::derive(&ServerKey::new(SecretBytes::new([byte; 32])))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Digests are a format: a change would lock every client out.
#[test]
fn digests_are_stable() {
    let secret = ClientSecret::new(CredentialId(7), SecretBytes::new([0xA5; 32]));
    let seal = keys(1).seal_token(&SecretBytes::new([0x5A; 32]));
    let found = [
        hex(&keys(1).digest_client_secret(&secret).0),
        hex(&seal.digest.0),
        hex(&seal.masked(Position([0; 12])).0),
        seal.id.to_string(),
        hex(&keys(1).check_value()),
    ];
    let golden = include_str!("golden.txt").lines().collect::<Vec<_>>();
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), golden);
}

#[test]
fn nothing_derived_for_one_purpose_equals_what_is_derived_for_another() {
    let bytes = [9; 32];
    let secret = ClientSecret::new(CredentialId(u64::from_be_bytes([9; 8])), SecretBytes::new(bytes));
    let seal = keys(1).seal_token(&SecretBytes::new(bytes));
    let all = [keys(1).digest_client_secret(&secret).0, seal.digest.0, keys(1).check_value()];
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
}

#[test]
fn another_server_key_gives_other_digests() {
    let secret = ClientSecret::new(CredentialId(7), SecretBytes::new([1; 32]));
    assert_ne!(keys(1).digest_client_secret(&secret).0, keys(2).digest_client_secret(&secret).0);
    assert_ne!(keys(1).check_value(), keys(2).check_value());
}

#[test]
fn a_secret_is_bound_to_its_credential() {
    let of =
        |id| keys(1).digest_client_secret(&ClientSecret::new(CredentialId(id), SecretBytes::new([1; 32]))).0;
    assert_ne!(of(1), of(2));
}

#[test]
fn a_position_comes_back_and_looks_different_in_every_token() {
    let (keys, position) = (keys(1), Position([7; 12]));
    let mut masked = HashSet::new();
    for byte in 0..100 {
        let secret = SecretBytes::new([byte; 32]);
        let seal = keys.seal_token(&secret);
        let text = seal.text(&secret, position);
        let opened = keys.open_token(&AccessToken::parse(text.expose()).unwrap());
        assert_eq!((opened.position, opened.digest.0, opened.id), (position, seal.digest.0, seal.id));
        masked.insert(seal.masked(position).0);
    }
    assert_eq!(masked.len(), 100);
}

#[test]
fn keys_print_as_redacted() {
    assert_eq!(format!("{:?}", keys(1)), "Keys([redacted])");
    assert_eq!(format!("{:?}", ServerKey::new(SecretBytes::new([1; 32]))), "ServerKey([redacted])");
}
