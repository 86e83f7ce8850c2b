use super::*;
use crate::client::Changed;
use crate::credential::{Credential, CredentialKind, PastCredential};
use crate::fixtures::{
    CREDENTIAL, GENERATION, MOMENT, NOW, credential, later, scopes, service_user, statement, times,
};
use crate::time::{Careful, Lifetime};
use jeton_secret::CredentialId;

fn facts() -> AccessTokenFacts {
    AccessTokenFacts {
        client: service_user().id,
        credential: CREDENTIAL,
        issued: MOMENT,
        scopes: scopes("openid"),
        resources: Vec::new(),
        personal: false,
    }
}

/// The reason a token is dead at a moment, for a client and its past.
fn seen_of(token: &Statement, changed: &Changed, times: Times) -> Option<InactiveReason> {
    let present = changed.client.credential(CREDENTIAL).map(FoundCredential::from);
    let past = changed.past.iter().find(|past| past.credential.id == CREDENTIAL).map(FoundCredential::from);
    assess(token, &changed.client, present.or(past), times).err()
}

fn seen(changed: &Changed, now: Moment) -> Option<InactiveReason> {
    seen_of(&statement(facts(), 60), changed, times(now))
}

fn check(changed: impl Into<Changed>, seconds: u64, expected: Option<InactiveReason>) {
    assert_eq!(seen(&changed.into(), later(seconds)), expected);
}

#[test]
fn a_token_lives_until_its_expiry_and_not_a_second_longer() {
    check(service_user(), 0, None);
    check(service_user(), 59, None);
    check(service_user(), 60, Some(InactiveReason::Expired));
    check(service_user(), u64::MAX, Some(InactiveReason::Expired));
}

#[test]
fn a_token_that_expired_does_not_come_back_when_the_clock_goes_back() {
    let back = |careful| Moment { wall: NOW, careful: Careful(careful) };
    let user = Changed::from(service_user());
    assert_eq!(seen(&user, back(MOMENT.careful.0 + 60)), None, "readings are cut off to seconds");
    assert_eq!(seen(&user, back(MOMENT.careful.0 + 61)), Some(InactiveReason::Expired));
}

#[test]
fn a_token_that_was_issued_in_the_future_is_not_believed() {
    let before = |seconds| Moment { wall: Timestamp(NOW.0 - seconds), careful: MOMENT.careful };
    let user = Changed::from(service_user());
    assert_eq!(seen(&user, before(60)), None);
    assert_eq!(seen(&user, before(61)), Some(InactiveReason::Implausible));
}

#[test]
fn a_token_of_a_deactivated_client_is_dead_and_lives_again_with_it() {
    let inactive = service_user().deactivate(NOW).unwrap();
    check(inactive.clone(), 0, Some(InactiveReason::ClientInactive));
    check(inactive.reactivate(NOW).unwrap(), 0, None);
}

#[test]
fn revoking_all_tokens_kills_those_before_it_and_none_after() {
    let from = |mark| service_user().revoke_tokens(Generation(mark), NOW);
    check(from(GENERATION.0 + 1), 0, Some(InactiveReason::Revoked));
    check(from(GENERATION.0), 0, None);
}

#[test]
fn revoking_the_tokens_of_a_credential_leaves_those_of_others() {
    let mut client = service_user();
    client.credentials.push(credential(12));
    let from = |id, mark| client.clone().revoke_tokens_of(id, Vec::new(), Generation(mark), NOW).unwrap();
    check(from(CREDENTIAL, GENERATION.0 + 1), 0, Some(InactiveReason::Revoked));
    check(from(CREDENTIAL, GENERATION.0), 0, None);
    check(from(CredentialId(12), GENERATION.0 + 1), 0, None);
}

#[test]
fn revoking_the_tokens_of_a_credential_of_the_past_kills_them() {
    let past = PastCredential { credential: credential(CREDENTIAL.0), revoked: None };
    let client = Client { credentials: Vec::new(), ..service_user() };
    check(Changed { client: client.clone(), past: vec![past.clone()] }, 0, None);
    let marked = client.revoke_tokens_of(CREDENTIAL, vec![past], Generation(GENERATION.0 + 1), NOW).unwrap();
    check(marked, 0, Some(InactiveReason::Revoked));
}

#[test]
fn a_revoked_or_forgotten_credential_takes_its_tokens_along_and_an_ended_one_does_not() {
    check(
        service_user().revoke_secrets(Vec::new(), NOW).unwrap(),
        0,
        Some(InactiveReason::CredentialRevoked),
    );
    let mut client = service_user();
    client.credentials[0].not_after = Some(MOMENT);
    check(client.clone(), 0, None);
    client.credentials.clear();
    check(client, 0, Some(InactiveReason::CredentialRevoked));
}

#[test]
fn an_implausible_token_is_refused() {
    let user = Changed::from(service_user());
    let token = |generation, life| Statement { generation, ..statement(facts(), life) };
    let longest = u64::from(TOKEN_LIFETIME_MAX.0);
    let later_one = Generation(GENERATION.0 + 1);
    for (token, seconds, expected) in [
        (token(GENERATION, longest), 0, None),
        (token(GENERATION, longest + 1), 0, Some(InactiveReason::Implausible)),
        (token(later_one, 60), 0, Some(InactiveReason::Implausible)),
        (token(Generation::MAX, 60), 0, Some(InactiveReason::Implausible)),
        (token(later_one, 60), 60, Some(InactiveReason::Expired)),
    ] {
        assert_eq!(seen_of(&token, &user, times(later(seconds))), expected, "{token:?}");
    }
}

/// The token is decided on facts that were read before each of these changes became visible.
#[test]
fn a_token_decided_on_stale_facts_is_dead_as_soon_as_the_change_is_visible() {
    let token = statement(facts(), 60);
    let next = Generation(GENERATION.0 + 1);
    let user = service_user;
    let revoked_secret = user().revoke_credential(CREDENTIAL, Vec::new(), NOW).unwrap();
    let gone = Client { credentials: Vec::new(), ..user() };
    let again = Client { mark: next, ..user() };
    for (changed, expected) in [
        (user().revoke_tokens(next, NOW), InactiveReason::Revoked),
        (user().revoke_tokens_of(CREDENTIAL, Vec::new(), next, NOW).unwrap(), InactiveReason::Revoked),
        (revoked_secret, InactiveReason::CredentialRevoked),
        (user().deactivate(NOW).unwrap().into(), InactiveReason::ClientInactive),
        (gone.into(), InactiveReason::CredentialRevoked),
        (again.into(), InactiveReason::Revoked),
    ] {
        assert_eq!(seen_of(&token, &changed, Times { newest: next, now: MOMENT }), Some(expected));
    }
}

const PERSONAL: PersonalAccessTokenDigest = PersonalAccessTokenDigest([7; 32]);

/// A user whose one credential is a personal access token with this end.
fn bearer(not_after: Option<Timestamp>, lifetime: Option<Lifetime>) -> Client {
    let mut client = crate::fixtures::user_with(|user| user.limits.lifetime = lifetime);
    let kind = CredentialKind::PersonalAccessToken(PERSONAL);
    let not_after = not_after.map(|end| MOMENT.until(end));
    client.credentials = vec![Credential { kind, not_after, ..credential(CREDENTIAL.0) }];
    client
}

/// The expiry of the user's personal access token, or the reason it does not live.
fn personal(
    client: &Client,
    presented: PersonalAccessTokenDigest,
    now: Moment,
) -> Result<Option<u64>, InactiveReason> {
    let credential = &client.credentials[0];
    let facts =
        AccessTokenFacts { credential: credential.id, issued: credential.created, personal: true, ..facts() };
    let live = assess_personal(&facts, &presented, client, Some(credential.into()), now)?;
    assert!(live.is_personal());
    Ok(live.expires.map(|expires| expires.0 - NOW.0))
}

#[test]
fn a_personal_access_token_ends_at_its_expiry_or_after_its_users_token_lifetime() {
    let end = Some(Timestamp(NOW.0 + 100));
    assert_eq!(personal(&bearer(None, None), PERSONAL, later(1_000_000)), Ok(None));
    assert_eq!(personal(&bearer(end, None), PERSONAL, later(99)), Ok(Some(100)));
    assert_eq!(personal(&bearer(end, None), PERSONAL, later(100)), Err(InactiveReason::Expired));
    assert_eq!(personal(&bearer(None, Some(Lifetime(60))), PERSONAL, later(59)), Ok(Some(60)));
    assert_eq!(personal(&bearer(end, Some(Lifetime(60))), PERSONAL, later(60)), Err(InactiveReason::Expired));
    assert_eq!(
        personal(&bearer(end, Some(Lifetime(900))), PERSONAL, later(100)),
        Err(InactiveReason::Expired)
    );
}

#[test]
fn a_personal_access_token_dies_with_its_user_and_its_credential() {
    let inactive = bearer(None, None).deactivate(NOW).unwrap();
    assert_eq!(personal(&inactive, PERSONAL, MOMENT), Err(InactiveReason::ClientInactive));
    let client = bearer(None, None);
    let revoked = client.clone().revoke_tokens(Generation(1), NOW);
    let found = Some(FoundCredential::from(&revoked.past[0]));
    assert_eq!(check_personal(&revoked.client, found, MOMENT), Err(InactiveReason::CredentialRevoked));
    assert_eq!(check_personal(&client, None, MOMENT), Err(InactiveReason::CredentialRevoked));
}

#[test]
fn a_personal_access_token_is_its_whole_digest_and_no_other_credential() {
    for bit in 0..256 {
        let mut presented = PERSONAL;
        presented.0[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(
            personal(&bearer(None, None), presented, MOMENT),
            Err(InactiveReason::WrongSecret),
            "bit {bit}"
        );
    }
    let with_secret = service_user();
    for presented in [PersonalAccessTokenDigest([9; 32]), NO_TOKEN] {
        assert_eq!(
            personal(&with_secret, presented, MOMENT).err(),
            Some(InactiveReason::WrongSecret),
            "a client secret"
        );
    }
}
