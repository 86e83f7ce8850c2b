use super::*;
use crate::credential::{CredentialKind, CredentialState};
use crate::fixtures::{CREDENTIAL, MOMENT, NOW, credential, later, service_user};
use crate::key::{Algorithm, PublicKey};
use crate::limits::CREDENTIALS_MAX;
use crate::service_user::Edit;
use crate::time::Lifetime;
use jeton_secret::PersonalAccessTokenDigest;

fn add(client: Client, id: u64, others: ExistingCredentials) -> Result<Changed, OperationError> {
    client.add_credential(credential(id), others, MOMENT)
}

fn personal(id: u64) -> Credential {
    let kind = CredentialKind::PersonalAccessToken(PersonalAccessTokenDigest([7; 32]));
    Credential { kind, ..credential(id) }
}

/// The ids of the credentials that live this many seconds later, of the present and of those moved to the
/// past.
fn living(changed: &Changed, seconds: u64) -> Vec<u64> {
    let now = later(seconds);
    let present = changed.client.credentials.iter().filter(|credential| credential.is_live(now));
    let past = changed.past.iter().filter(|past| past.state(now) == CredentialState::Live);
    past.map(|past| &past.credential).chain(present).map(|credential| credential.id.0).collect()
}

#[test]
fn a_state_is_left_once() {
    let inactive = service_user().deactivate(NOW).unwrap();
    assert_eq!(inactive.clone().deactivate(NOW), Err(OperationError::AlreadyInactive));
    let active = inactive.reactivate(NOW).unwrap();
    assert_eq!(active.reactivate(NOW), Err(OperationError::AlreadyActive));
}

#[test]
fn an_inactive_client_obtains_nothing() {
    let client = service_user();
    assert!(client.may_obtain_tokens());
    assert!(!client.deactivate(NOW).unwrap().may_obtain_tokens());
}

#[test]
fn secrets_may_stay_overlap_or_end_at_once_when_one_is_added() {
    assert_eq!(living(&add(service_user(), 12, ExistingCredentials::Keep).unwrap(), 9999), [11, 12]);
    let overlapped = add(service_user(), 12, ExistingCredentials::EndAfter(Lifetime(60))).unwrap();
    assert_eq!(living(&overlapped, 59), [11, 12]);
    assert_eq!(living(&overlapped, 60), [12]);
    let replaced = add(service_user(), 12, ExistingCredentials::EndAfter(Lifetime(0))).unwrap();
    assert_eq!(living(&replaced, 0), [12]);
    assert_eq!((replaced.client.credentials.len(), replaced.past.len()), (1, 1));
}

#[test]
fn an_overlap_never_prolongs_a_secret() {
    let mut client = service_user();
    client.credentials[0].not_after = Some(MOMENT.until(Timestamp(NOW.0 + 10)));
    let changed = add(client, 12, ExistingCredentials::EndAfter(Lifetime(60))).unwrap();
    assert_eq!(changed.client.credentials[0].end(), Some(Timestamp(NOW.0 + 10)));
}

#[test]
fn a_credential_that_ended_while_the_clock_was_ahead_lives_again() {
    let mut client = service_user();
    client.credentials[0].not_after = Some(MOMENT.until(Timestamp(NOW.0 + 1000)));
    let ahead = Moment { wall: Timestamp(NOW.0 + 400 * 86_400), careful: MOMENT.careful };
    let changed = client.clone().add_credential(credential(12), ExistingCredentials::Keep, ahead).unwrap();
    assert_eq!(changed.past.len(), 0, "it counts as one of the client's");
    assert_eq!(living(&changed, 999), [11, 12]);
    assert_eq!(living(&changed, 1000), [12]);
    let surely = Moment { careful: later(1001).careful, ..ahead };
    assert_eq!(
        client.add_credential(credential(12), ExistingCredentials::Keep, surely).unwrap().past.len(),
        1
    );
}

#[test]
fn what_ended_by_one_clock_makes_room_where_there_is_none_else() {
    let mut client = service_user();
    for id in 100..100 + CREDENTIALS_MAX as u64 - 1 {
        client = add(client, id, ExistingCredentials::Keep).unwrap().client;
    }
    client.credentials[0].not_after = Some(MOMENT.until(Timestamp(NOW.0 + 1000)));
    let ahead = Moment { wall: Timestamp(NOW.0 + 1000), careful: MOMENT.careful };
    let changed = client.add_credential(credential(999), ExistingCredentials::Keep, ahead).unwrap();
    assert_eq!((changed.past.len(), changed.client.credentials.len()), (1, CREDENTIALS_MAX));
}

#[test]
fn personal_access_tokens_that_ended_with_their_users_limit_make_room_and_stay_ended() {
    let lifetime = |client: Client, lifetime| {
        let edit = Edit { lifetime: Some(lifetime), ..Edit::default() };
        client.change_service_user(NOW, |user| Ok(user.edited(edit))).unwrap()
    };
    let mut client = lifetime(service_user(), Some(Lifetime(60)));
    for id in 200..200 + CREDENTIALS_MAX as u64 {
        client = client.add_credential(personal(id), ExistingCredentials::Keep, MOMENT).unwrap().client;
    }
    let new = || Credential { created: later(61), ..personal(999) };
    let refused = client.clone().add_credential(new(), ExistingCredentials::Keep, later(59));
    assert_eq!(refused, Err(OperationError::TooManyCredentials));
    let changed = client.add_credential(new(), ExistingCredentials::Keep, later(61)).unwrap();
    assert_eq!(changed.past.len(), CREDENTIALS_MAX);
    let longer = lifetime(changed.client, None);
    assert!(changed.past.iter().all(|past| !longer.is_live(&past.credential, later(62))));
}

#[test]
fn what_was_replaced_under_a_clock_that_was_ahead_ends_all_the_same() {
    let ahead = Moment { wall: Timestamp(NOW.0 + 400 * 86_400), careful: MOMENT.careful };
    for (overlap, own_end) in [(0, None), (60, None), (0, Some(1000)), (60, Some(1000))] {
        let mut client = service_user();
        client.credentials[0].not_after = own_end.map(|end| MOMENT.until(Timestamp(NOW.0 + end)));
        let replaced =
            client.add_credential(credential(12), ExistingCredentials::EndAfter(Lifetime(overlap)), ahead);
        assert_eq!(living(&replaced.unwrap(), u64::from(overlap) + 1), [12], "{overlap} {own_end:?}");
    }
}

#[test]
fn an_overlap_lasts_also_for_a_secret_that_was_made_while_the_clock_was_ahead() {
    let made = Moment { wall: Timestamp(NOW.0 + 400 * 86_400), careful: MOMENT.careful };
    let mut client = service_user();
    client.credentials[0].created = made;
    let changed = client
        .add_credential(credential(12), ExistingCredentials::EndAfter(Lifetime(60)), later(10))
        .unwrap();
    assert_eq!(living(&changed, 69), [11, 12]);
    assert_eq!(living(&changed, 70), [12]);
}

#[test]
fn a_credential_that_ended_does_not_come_back_when_the_clock_goes_back() {
    let secret = Credential { not_after: Some(MOMENT.until(Timestamp(NOW.0 + 60))), ..credential(12) };
    let back = Moment { wall: NOW, careful: later(62).careful };
    assert!(secret.is_live(later(59)) && !secret.is_live(later(60)) && !secret.is_live(back));
}

#[test]
fn a_secret_does_not_begin_after_its_end() {
    for end in [NOW.0, NOW.0 - 1, 0] {
        let new = Credential { not_after: Some(MOMENT.until(Timestamp(end))), ..credential(12) };
        let refused = service_user().add_credential(new, ExistingCredentials::Keep, MOMENT);
        assert_eq!(refused, Err(OperationError::ExpiryInThePast));
    }
}

#[test]
fn live_credentials_of_each_kind_are_bounded_and_ended_ones_are_not() {
    let mut client = service_user();
    for id in 100..100 + CREDENTIALS_MAX as u64 - 1 {
        client = add(client, id, ExistingCredentials::Keep).unwrap().client;
    }
    assert_eq!(add(client.clone(), 999, ExistingCredentials::Keep), Err(OperationError::TooManyCredentials));
    let key = PublicKey { algorithm: Algorithm::EdDsa, spki: Box::new([1]) };
    for other in [personal(999), Credential { kind: CredentialKind::Key(key), ..credential(998) }] {
        assert!(
            client.clone().add_credential(other, ExistingCredentials::Keep, MOMENT).is_ok(),
            "another kind"
        );
    }
    let revoked = client.clone().revoke_credential(CREDENTIAL, Vec::new(), NOW).unwrap().client;
    assert!(add(revoked, 999, ExistingCredentials::Keep).is_ok(), "one was revoked");
    for id in 1000..1200 {
        client = add(client, id, ExistingCredentials::EndAfter(Lifetime(0))).unwrap().client;
    }
    assert_eq!(client.credentials.len(), 1, "each replaced those before it");
}

#[test]
fn a_leaked_secret_can_be_replaced_even_at_the_bound() {
    let mut client = service_user();
    for id in 100..100 + CREDENTIALS_MAX as u64 - 1 {
        client = add(client, id, ExistingCredentials::Keep).unwrap().client;
    }
    for id in 200..200 + CREDENTIALS_MAX as u64 {
        client = client.add_credential(personal(id), ExistingCredentials::Keep, MOMENT).unwrap().client;
    }
    let replaced = add(client, 999, ExistingCredentials::EndAfter(Lifetime(0))).unwrap();
    assert_eq!(replaced.client.credentials.len(), 1 + CREDENTIALS_MAX);
}

#[test]
fn a_credential_is_revoked_once_and_by_its_id_also_in_the_past() {
    let client = service_user();
    let unknown = client.clone().revoke_credential(CredentialId(99), Vec::new(), NOW);
    assert_eq!(unknown, Err(OperationError::UnknownCredential));
    let Changed { client, past } = client.revoke_credential(CREDENTIAL, Vec::new(), NOW).unwrap();
    assert_eq!((client.credentials.len(), past[0].revoked), (0, Some(NOW)));
    let again = client.clone().revoke_credential(CREDENTIAL, past.clone(), NOW);
    assert_eq!(again, Err(OperationError::AlreadyRevoked));
    assert_eq!(client.clone().revoke_secrets(past.clone(), NOW), Err(OperationError::NoCredential));
    let ended = PastCredential { revoked: None, ..past[0].clone() };
    let revoked = client.revoke_credential(CREDENTIAL, vec![ended], NOW).unwrap();
    assert_eq!(revoked.past, past, "one that ended by itself can still be revoked, with its tokens");
}

#[test]
fn revoking_the_secrets_takes_those_that_ended_along_and_leaves_other_kinds() {
    let mut client = service_user();
    client.credentials.push(personal(13));
    let ended = PastCredential { credential: credential(9), revoked: None };
    let revoked_before = PastCredential { credential: credential(8), revoked: Some(Timestamp(1)) };
    let other_kind = PastCredential { credential: personal(7), revoked: None };
    let past = vec![ended, revoked_before, other_kind];
    let Changed { client, past } = client.revoke_secrets(past, NOW).unwrap();
    assert_eq!(
        past.iter().map(|past| (past.credential.id.0, past.revoked)).collect::<Vec<_>>(),
        [(11, Some(NOW)), (9, Some(NOW))]
    );
    assert_eq!(client.credentials.iter().map(|credential| credential.id.0).collect::<Vec<_>>(), [13]);
}

#[test]
fn revoking_all_tokens_takes_the_personal_access_tokens_along() {
    let mut client = service_user();
    client.credentials.push(personal(13));
    let changed = client.clone().revoke_tokens(Generation(9), NOW);
    assert_eq!(changed.past.iter().map(|past| past.credential.id.0).collect::<Vec<_>>(), [13]);
    assert_eq!((changed.client.credentials.len(), changed.client.mark), (1, Generation(9)));
    let only = client.revoke_tokens_of(CredentialId(13), Vec::new(), Generation(9), NOW).unwrap();
    assert_eq!((only.past[0].revoked, only.client.mark), (Some(NOW), Generation(0)));
}

#[test]
fn a_client_does_not_print_its_digests() {
    let printed = format!("{:?}", service_user());
    assert!(printed.contains("[digest]") && !printed.contains("9, 9"), "{printed}");
}

#[test]
fn a_program_is_configured_with_a_name_that_needs_no_encoding_or_with_the_id() {
    let called = |name: &str| Client { name: ClientName::username(name).unwrap(), ..service_user() };
    assert_eq!(called("Billing").presented_id(), "Billing");
    for name in ["a b", "a+b", "a:b", "50%", "Müller"] {
        assert_eq!(called(name).presented_id(), "301", "{name}");
    }
}
