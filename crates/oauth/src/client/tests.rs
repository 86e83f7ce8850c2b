use super::*;
use crate::credential::CREDENTIALS_MAX;
use crate::fixtures::{CREDENTIAL, NOW, credential, service_user};
use crate::limits::TOKEN_LIFETIME_MAX;
use crate::time::Lifetime;

fn add(client: Client, id: u64, others: Others) -> Result<Client, Refusal> {
    client.add_credential(credential(id), others, NOW)
}

fn states(client: &Client, now: u64) -> Vec<CredentialState> {
    client.credentials.iter().map(|credential| credential.state(Timestamp(now))).collect()
}

#[test]
fn a_state_is_left_once() {
    let inactive = service_user().deactivate(NOW).unwrap();
    assert_eq!(inactive.clone().deactivate(NOW), Err(Refusal::AlreadyInactive));
    let active = inactive.reactivate(NOW).unwrap();
    assert_eq!(active.reactivate(NOW), Err(Refusal::AlreadyActive));
}

#[test]
fn an_inactive_client_obtains_nothing() {
    let client = service_user();
    assert!(client.may_obtain_tokens_with(CREDENTIAL, NOW));
    assert!(!client.deactivate(NOW).unwrap().may_obtain_tokens_with(CREDENTIAL, NOW));
}

#[test]
fn secrets_may_stay_overlap_or_end_at_once_when_one_is_added() {
    use CredentialState::{Ended, Live};
    assert_eq!(states(&add(service_user(), 12, Others::Stay).unwrap(), NOW.0 + 9999), [Live, Live]);
    let overlapped = add(service_user(), 12, Others::EndAfter(Lifetime(60))).unwrap();
    assert_eq!(states(&overlapped, NOW.0 + 59), [Live, Live]);
    assert_eq!(states(&overlapped, NOW.0 + 60), [Ended, Live]);
    let replaced = add(service_user(), 12, Others::EndAfter(Lifetime(0))).unwrap();
    assert_eq!(states(&replaced, NOW.0), [Ended, Live]);
}

#[test]
fn an_overlap_never_prolongs_a_secret() {
    let mut client = service_user();
    client.credentials[0].not_after = Some(Timestamp(NOW.0 + 10));
    let client = add(client, 12, Others::EndAfter(Lifetime(60))).unwrap();
    assert_eq!(client.credentials[0].not_after, Some(Timestamp(NOW.0 + 10)));
}

#[test]
fn a_secret_does_not_begin_after_its_end() {
    for end in [NOW.0, NOW.0 - 1, 0] {
        let new = Credential { not_after: Some(Timestamp(end)), ..credential(12) };
        let refused = service_user().add_credential(new, Others::Stay, NOW);
        assert_eq!(refused, Err(Refusal::ExpiryInThePast));
    }
}

#[test]
fn a_refused_secret_ends_no_other() {
    let new = Credential { not_after: Some(NOW), ..credential(12) };
    let client = service_user();
    let refused = client.clone().add_credential(new, Others::EndAfter(Lifetime(0)), NOW);
    assert!(refused.is_err());
    assert_eq!(states(&client, NOW.0), [CredentialState::Live]);
}

#[test]
fn secrets_have_a_most_and_room_is_made_only_by_those_whose_tokens_are_all_dead() {
    let mut client = service_user();
    for id in 100..100 + CREDENTIALS_MAX as u64 - 1 {
        client = add(client, id, Others::Stay).unwrap();
    }
    assert_eq!(add(client.clone(), 999, Others::Stay), Err(Refusal::TooManyCredentials));
    client = client.revoke_credential(CREDENTIAL, NOW).unwrap();
    assert_eq!(add(client.clone(), 999, Others::Stay), Err(Refusal::TooManyCredentials));
    let later = |seconds| {
        let now = Timestamp(NOW.0 + seconds);
        client.clone().add_credential(credential(999), Others::Stay, now)
    };
    let most = u64::from(TOKEN_LIFETIME_MAX.0);
    assert_eq!(later(most - 1), Err(Refusal::TooManyCredentials));
    assert_eq!(later(most).unwrap().credential(CREDENTIAL), None);
}

#[test]
fn a_secret_is_revoked_once_and_by_its_id() {
    let client = service_user();
    let unknown = client.clone().revoke_credential(CredentialId(99), NOW);
    assert_eq!(unknown, Err(Refusal::UnknownCredential));
    let client = client.revoke_credential(CREDENTIAL, NOW).unwrap();
    assert_eq!(client.clone().revoke_credential(CREDENTIAL, NOW), Err(Refusal::AlreadyRevoked));
    assert_eq!(client.clone().revoke_secrets(NOW), Err(Refusal::NoCredential));
    assert_eq!(states(&client, NOW.0), [CredentialState::Revoked]);
}

#[test]
fn text_for_people_has_no_control_characters_and_a_length() {
    assert!(Text::new("Caf\u{e9} \u{1F600} \"<b>\"").is_ok());
    assert!(Text::new(&"x".repeat(Text::BYTES_MAX)).is_ok());
    assert_eq!(Text::new(&"x".repeat(Text::BYTES_MAX + 1)), Err(TextError::TooLong));
    for bad in ["a\nb", "\u{1b}[31m", "\0", "\u{85}", "\u{2028}", "a\tb", "\u{7f}"] {
        assert_eq!(Text::new(bad), Err(TextError::ControlCharacter), "{bad:?}");
    }
}

#[test]
fn a_client_does_not_print_its_digests() {
    let printed = format!("{:?}", service_user());
    assert!(printed.contains("[digest]") && !printed.contains("9, 9"), "{printed}");
}
