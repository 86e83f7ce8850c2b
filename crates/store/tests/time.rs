//! Clocks that jump: a token that ended does not come back, and none ends for good before its time.

#![expect(clippy::unwrap_used, reason = "a test program fails by panicking, its helpers too")]

mod steps;

use jeton_domain::admin::{ClientOperation, ClientUpdate};
use jeton_domain::credential::{CredentialState, ExistingCredentials};
use jeton_domain::id::ClientId;
use jeton_domain::limits::{CREDENTIALS_MAX, TOKEN_LIFETIME_MAX};
use jeton_domain::refusal::OperationError;
use jeton_domain::time::{Lifetime, Timestamp};
use jeton_secret::CredentialId;
use jeton_store::{Command, CommandError, UsedAssertion};
use steps::{DAY, Steps, Token};

const AHEAD: [u64; 4] = [3_600, 13 * 3_600, 400 * 86_400, 2_523_000_000];

/// The wall clock is ahead for a batch that deletes expired rows, and is corrected again.
fn jump(steps: &Steps, seconds: u64) {
    let now = steps.now().0;
    steps.clock.set_wall(now + seconds);
    steps.store().execute(Command::FlushUses).unwrap();
    steps.store().execute(Command::FlushUses).unwrap();
    steps.clock.set_wall(now);
}

/// A revoked token of a new user.
fn revoked(steps: &Steps) -> Token {
    let (user, credential) = steps.user("revoker");
    let token = steps.issued(user, credential, 1_000);
    assert!(steps.revoke(&token));
    token
}

/// True if the revocation is remembered.
fn is_revoked(steps: &Steps, token: &Token) -> bool {
    steps.store().snapshot().unwrap().is_token_revoked(token.life.name).unwrap()
}

fn use_up(steps: &Steps) -> Result<(), CommandError> {
    let until = steps.now().after(Lifetime(60));
    let assertion = UsedAssertion { client: ClientId(1), digest: [1; 16], until };
    steps.store().execute(Command::UseAssertion(assertion)).map(|_| ())
}

#[test]
fn a_batch_while_the_clock_is_ahead_deletes_nothing() {
    for ahead in AHEAD {
        let steps = Steps::new();
        let (user, credential) = steps.user("billing");
        let token = steps.issued(user, credential, 600);
        let revoked = revoked(&steps);
        use_up(&steps).unwrap();
        jump(&steps, ahead);
        assert!(steps.is_live(&token), "{ahead}");
        assert!(is_revoked(&steps, &revoked), "{ahead}");
        assert_eq!(use_up(&steps), Err(CommandError::AssertionUsed), "{ahead}");
    }
}

#[test]
fn a_token_revoked_while_the_clock_was_ahead_stays_revoked_until_that_time_has_come() {
    let steps = Steps::new();
    let now = steps.now().0;
    steps.clock.set_wall(now + 100_000);
    let revoked = revoked(&steps);
    steps.clock.set_wall(now);
    steps.clock.advance(50_000);
    steps.user("somebody");
    assert!(is_revoked(&steps, &revoked), "a token from then may still become valid");
    steps.clock.advance(51_002);
    steps.user("another");
    assert!(!is_revoked(&steps, &revoked));
}

#[test]
fn an_expired_token_stays_dead_when_the_clock_goes_back() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    let token = steps.issued(user, credential, 600);
    let begun = steps.now().0;
    steps.clock.advance(602);
    assert!(!steps.is_live(&token));
    steps.clock.set_wall(begun);
    assert!(!steps.is_live(&token), "its lifetime has passed");
}

#[test]
fn a_token_that_was_issued_while_the_clock_was_ahead_is_dead_once_it_is_right() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    let now = steps.now().0;
    steps.clock.set_wall(now + 13 * 3_600);
    let token = steps.issued(user, credential, 600);
    assert!(steps.is_live(&token));
    steps.clock.set_wall(now);
    assert!(!steps.is_live(&token));
    assert!(steps.is_live(&steps.issued(user, credential, 600)), "the server works again");
}

#[test]
fn the_careful_clock_continues_over_restarts_without_the_time_in_between() {
    let steps = Steps::new();
    steps.clock.advance(100);
    steps.user("somebody");
    let before = steps.moment().careful;
    let clock = std::sync::Arc::clone(&steps.clock);
    let disk = steps.disk.clone();
    drop(steps);
    clock.set_wall(4_000_000_000);
    let steps = Steps::with(
        disk.open(steps::options(), std::sync::Arc::clone(&clock) as std::sync::Arc<dyn jeton_store::Clock>)
            .unwrap(),
        disk,
        clock,
    );
    assert_eq!(steps.moment().careful, before);
    steps.clock.advance(5);
    assert_eq!(steps.moment().careful, before.after(5));
}

fn past(steps: &Steps, user: ClientId, credential: CredentialId) -> Option<CredentialState> {
    let past = steps.store().snapshot().unwrap().past_credential(user, credential).unwrap();
    past.map(|past| past.state(steps.moment()))
}

fn renew(steps: &Steps, user: ClientId) -> CredentialId {
    steps.add_credential(user, ExistingCredentials::EndAfter(Lifetime(0))).unwrap()
}

#[test]
fn a_credential_is_renewed_any_number_of_times() {
    let steps = Steps::new();
    let (user, first) = steps.user("billing");
    let token = steps.issued(user, first, DAY);
    for _ in 0..3 * CREDENTIALS_MAX {
        renew(&steps, user);
    }
    assert!(steps.is_live(&token), "replaced is not revoked");
    assert_eq!(past(&steps, user, first), Some(CredentialState::Ended));
    assert!(steps.issue(user, first, DAY).is_none());
    let known = steps.store().snapshot().unwrap().client(user).unwrap().unwrap();
    assert_eq!(known.client.credentials.len(), 1);
    assert_eq!(
        steps.store().snapshot().unwrap().credentials_of(&known.client).unwrap().credentials.len(),
        3 * CREDENTIALS_MAX + 1
    );
}

#[test]
fn a_credential_of_the_past_still_ends_its_tokens() {
    let revocations: [fn(CredentialId) -> ClientUpdate; 3] =
        [ClientUpdate::RevokeCredential, |_| ClientUpdate::RevokeSecrets, ClientUpdate::RevokeTokensOf];
    for revocation in revocations {
        let steps = Steps::new();
        let (user, first) = steps.user("billing");
        let token = steps.issued(user, first, DAY);
        renew(&steps, user);
        let steps = steps.reopen();
        assert!(steps.is_live(&token));
        steps.update(user, revocation(first)).unwrap();
        assert!(!steps.is_live(&token));
        let steps = steps.reopen();
        assert!(!steps.is_live(&token));
    }
}

#[test]
fn a_credential_of_the_past_is_forgotten_after_its_longest_token_and_not_before() {
    let steps = Steps::new();
    let (user, first) = steps.user("billing");
    let second = renew(&steps, user);
    steps.update(user, ClientUpdate::RevokeCredential(second)).unwrap();
    steps.clock.advance(u64::from(TOKEN_LIFETIME_MAX.0));
    steps.user("somebody");
    assert_eq!(past(&steps, user, first), Some(CredentialState::Ended));
    assert_eq!(past(&steps, user, second), Some(CredentialState::Revoked));
    let again = steps.update(user, ClientUpdate::RevokeCredential(second));
    assert_eq!(again.err(), Some(OperationError::AlreadyRevoked));
    steps.clock.advance(2);
    steps.user("another");
    assert_eq!((past(&steps, user, first), past(&steps, user, second)), (None, None));
}

#[test]
fn a_credential_that_ended_while_the_clock_was_ahead_works_again_and_is_not_forgotten() {
    let steps = Steps::new();
    let (user, _) = steps.user("billing");
    let mut credential = steps.credential();
    let id = credential.id;
    let now = steps.now().0;
    let end = now + 3 * u64::from(TOKEN_LIFETIME_MAX.0);
    credential.not_after = Some(steps.moment().until(Timestamp(end)));
    steps
        .update(user, ClientUpdate::AddCredential { credential, others: ExistingCredentials::Keep })
        .unwrap();
    steps.clock.set_wall(end + 1);
    steps.add_credential(user, ExistingCredentials::Keep).unwrap();
    steps.clock.set_wall(now);
    assert!(steps.is_live(&steps.issued(user, id, DAY)));
    for _ in 0..2 {
        steps.clock.advance(u64::from(TOKEN_LIFETIME_MAX.0) + 5);
        steps.store().execute(Command::FlushUses).unwrap();
        assert_eq!(past(&steps, user, id), None, "it is one of the user's still");
        assert!(steps.is_live(&steps.issued(user, id, DAY)));
    }
}

#[test]
fn past_credentials_are_removed_with_their_client() {
    let steps = Steps::new();
    let (user, first) = steps.user("billing");
    let token = steps.issued(user, first, DAY);
    renew(&steps, user);
    steps.change(user, ClientOperation::Delete).unwrap();
    assert_eq!(past(&steps, user, first), None);
    assert!(!steps.is_live(&token));
    steps.clock.advance(u64::from(TOKEN_LIFETIME_MAX.0) + 5);
    steps.user("somebody");
    assert_eq!(steps.store().snapshot().unwrap().last_use(first).unwrap(), None);
}

#[test]
fn an_expired_token_stays_dead_after_an_idle_time_and_a_start_with_an_older_clock() {
    let steps = Steps::new();
    let (user, credential) = steps.user("billing");
    let issued = steps.now().0;
    let token = steps.issued(user, credential, 3600);
    // Nothing is written meanwhile but by the store itself.
    steps.clock.advance(7200);
    assert!(!steps.is_live(&token));
    let steps = steps.reopen();
    steps.clock.set_wall(issued + 60);
    assert!(!steps.is_live(&token), "the careful clock was stored when the store was closed");
}
