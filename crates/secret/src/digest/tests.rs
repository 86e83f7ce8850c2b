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
    let found = [
        hex(&keys(1).digest_client_secret(&secret).0),
        hex(keys(1).token_keys_key().expose()),
        hex(&keys(1).check_value()),
    ];
    let golden = include_str!("golden.txt").lines().collect::<Vec<_>>();
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), golden);
}

#[test]
fn nothing_derived_for_one_purpose_equals_what_is_derived_for_another() {
    let bytes = [9; 32];
    let secret = ClientSecret::new(CredentialId(u64::from_be_bytes([9; 8])), SecretBytes::new(bytes));
    let session = keys(1).digest_session(&SessionSecret::new(SecretBytes::new(bytes)));
    let sealing = [keys(1).sealing_key(), keys(1).token_keys_key()].map(|key| *key.expose());
    let all =
        [&[keys(1).digest_client_secret(&secret).0, session, keys(1).check_value()][..], &sealing].concat();
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
fn keys_print_as_redacted() {
    assert_eq!(format!("{:?}", keys(1)), "Keys([redacted])");
    assert_eq!(format!("{:?}", ServerKey::new(SecretBytes::new([1; 32]))), "ServerKey([redacted])");
}
