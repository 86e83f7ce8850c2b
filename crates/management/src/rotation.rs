//! Maintenance of signing keys and token keys: makes the first ones, rotates by age, removes expired ones.
//!
//! There is always a successor, of the algorithm and size of the active key. It is published long before it
//! signs, so that verifiers that cache the key set know it by then. Afterwards its predecessor stays
//! published until its last token has expired. The algorithm changes by command only, and then stays.

use crate::Management;
use crate::limits::ROTATION_TICK;
use crate::pool::{self, Party};
use crate::services::{KeyRules, Services};
use jeton_domain::admin::{AdminCommand, Operation, Outcome, Principal};
use jeton_domain::id::SigningKeyId;
use jeton_domain::key::{KeySpec, PublicKey};
use jeton_domain::limits::TOKEN_LIFETIME_MAX;
use jeton_domain::signing::{KeyChange, Rotation, SigningKeyState, SigningKeys, Successor};
use jeton_domain::time::{Lifetime, Moment, Timestamp};
use jeton_domain::token_key::{NewTokenKey, TokenKey, TokenKeyChange, TokenKeyState, TokenKeys};
use jeton_jose::sign::rsa_bits;
use jeton_store::{Command, CommandError};
use jeton_tokens::NoTokenKey;
use std::sync::Arc;

/// Seconds for which a key is published before it signs, unless an operator overrides this: three times as
/// long as the key set may be cached.
pub const PUBLISHED_BEFORE_SECONDS: u64 = 900;

/// The reasons why a rotation step failed.
#[derive(Debug, thiserror::Error)]
pub enum RotationError {
    /// The store rejected the change.
    #[error(transparent)]
    Store(#[from] CommandError),
    /// No key could be generated.
    #[error(transparent)]
    Signing(#[from] jeton_jose::sign::SigningError),
    /// No token key could be generated.
    #[error(transparent)]
    TokenKey(#[from] NoTokenKey),
    /// No id could be drawn.
    #[error(transparent)]
    Entropy(#[from] jeton_secret::EntropyError),
    /// Too many keys are being generated.
    #[error(transparent)]
    Busy(#[from] pool::Refused),
    /// The store can't be read.
    #[error(transparent)]
    Unavailable(#[from] jeton_store::Unavailable),
}

/// Maintains the keys until it is cancelled.
pub async fn run(management: Management) {
    loop {
        if let Err(error) = rotate_due(&management).await {
            tracing::warn!(%error, "maintaining the signing keys failed");
        }
        tokio::time::sleep(ROTATION_TICK).await;
    }
}

/// Makes sure that there is a key to sign with; all other steps can wait until the server serves. If keys are
/// unreadable, JWTs are refused instead: the active key may be among them.
///
/// # Errors
/// [`RotationError`].
pub async fn begin(management: &Management) -> Result<(), RotationError> {
    let services = management.services();
    // Other changes of token keys can wait, so that a full disk does not keep the server from starting.
    let (token_keys, can_seal) = token_keys(services)?;
    if !can_seal && !token_keys.is_lost {
        apply_to_token_keys(management, rotation_of_token_keys(management)?).await?;
    }
    let keys = Arc::clone(services.tokens.snapshot()?.signing_keys());
    if keys.active().is_none() && !keys.is_lost {
        apply(management, make(management, Party::default(), services.key_rules.first).await?).await?;
    }
    Ok(())
}

/// The change by which a new token key takes over.
///
/// # Errors
/// [`RotationError::TokenKey`], [`RotationError::Unavailable`].
pub fn rotation_of_token_keys(management: &Management) -> Result<TokenKeyChange, RotationError> {
    // Until the rotation is durable its predecessor still seals; an hour is more than that ever takes.
    let longest = Lifetime(TOKEN_LIFETIME_MAX.0.saturating_add(3600));
    let predecessor_until = management.moment().after(longest);
    Ok(TokenKeyChange::Rotate { new: new_token_key(management)?, predecessor_until })
}

/// A new token key beside the existing ones.
///
/// # Errors
/// [`RotationError::TokenKey`], [`RotationError::Unavailable`].
pub fn new_token_key(management: &Management) -> Result<NewTokenKey, RotationError> {
    let services = management.services();
    let snapshot = services.tokens.snapshot()?;
    Ok(services.tokens.token_keys().generate(&mut management.mint(), snapshot.token_keys())?)
}

/// The token keys, and `true` if the active one can be used.
fn token_keys(services: &Services) -> Result<(Arc<TokenKeys>, bool), RotationError> {
    let snapshot = services.tokens.snapshot()?;
    let can_seal = services.tokens.token_keys().ring(&snapshot).can_seal();
    Ok((Arc::clone(snapshot.token_keys()), can_seal))
}

async fn rotate_due_token_keys(management: &Management) -> Result<(), RotationError> {
    let services = management.services();
    let (keys, can_seal) = token_keys(services)?;
    match due_of_token_keys(&keys, can_seal, services.key_rules.age_seconds_max, services.tokens.moment()) {
        Some(TokenStep::Rotate) => {
            let change = rotation_of_token_keys(management)?;
            apply_to_token_keys(management, change).await
        }
        Some(TokenStep::Retire) => apply_to_token_keys(management, TokenKeyChange::Retire).await,
        None => Ok(()),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum TokenStep {
    Rotate,
    Retire,
}

/// The next step for token keys, if one is due. A key that can't be opened is replaced.
fn due_of_token_keys(
    keys: &TokenKeys,
    can_seal: bool,
    age_seconds_max: u64,
    now: Moment,
) -> Option<TokenStep> {
    if keys.is_lost {
        return None;
    }
    let is_over = |state| matches!(state, TokenKeyState::Retiring { until } if now.is_surely_past(until));
    if keys.keys.iter().any(|key| is_over(key.state)) {
        return Some(TokenStep::Retire);
    }
    let lasts = |key: &TokenKey| !has_lasted(now, key.created, age_seconds_max);
    (!can_seal || !keys.active().is_some_and(lasts)).then_some(TokenStep::Rotate)
}

/// True if the time has passed on either clock: a clock that was ahead for a while must not delay a due step.
const fn has_lasted(now: Moment, begun: Moment, seconds: u64) -> bool {
    now.is_past(begun, Timestamp(begun.wall.0.saturating_add(seconds)))
}

/// Submits a change of the token keys.
async fn apply_to_token_keys(management: &Management, change: TokenKeyChange) -> Result<(), RotationError> {
    submit(management, Operation::TokenKeys(change)).await?;
    tracing::info!("the token keys changed");
    Ok(())
}

async fn submit(management: &Management, operation: Operation) -> Result<Outcome, CommandError> {
    let command = AdminCommand { by: Principal::System, operation, expected: None, now: management.now() };
    management.store_handle().submit(Command::Administer(Box::new(command))).await
}

/// One round: every due step, one at a time.
///
/// # Errors
/// [`RotationError`]; the next round tries again.
pub async fn rotate_due(management: &Management) -> Result<(), RotationError> {
    let of_token_keys = rotate_due_token_keys(management).await;
    tend_signing_keys(management).await?;
    of_token_keys
}

async fn tend_signing_keys(management: &Management) -> Result<(), RotationError> {
    // Each step changes the input of the next one; more than these few are never due together.
    for _ in 0..4 {
        let services = management.services();
        let now = services.tokens.moment();
        let keys = Arc::clone(services.tokens.snapshot()?.signing_keys());
        let rules = services.key_rules;
        let Some(step) = due(&keys, rules, now) else { return Ok(()) };
        let change = match step {
            Step::Make(spec) => make(management, Party::default(), spec).await?,
            Step::Change(change) => change,
        };
        apply(management, change).await?;
    }
    Ok(())
}

#[derive(Debug)]
enum Step {
    Make(KeySpec),
    Change(KeyChange),
}

/// The next step, if one is due.
fn due(keys: &SigningKeys, rules: KeyRules, now: Moment) -> Option<Step> {
    if keys.is_lost {
        return None;
    }
    let Some(active) = keys.active() else { return Some(Step::Make(rules.first)) };
    let Some(next) = keys.successor() else { return Some(Step::Make(spec_of(&active.public))) };
    let is_over = |state| matches!(state, SigningKeyState::Retiring { until } if now.is_surely_past(until));
    if keys.keys.iter().any(|key| is_over(key.state)) {
        return Some(Step::Change(KeyChange::Retire));
    }
    let SigningKeyState::Active { since } = active.state else { return None };
    // By the careful clock alone: verifiers learn of it while time passes, and the wall clock can be set.
    let is_known = next.created.careful.after(PUBLISHED_BEFORE_SECONDS) <= now.careful;
    let is_scheduled = next.state == SigningKeyState::Next { scheduled: true };
    let is_old = has_lasted(now, since, rules.age_seconds_max);
    (is_known && (is_old || is_scheduled)).then(|| Step::Change(activation(next.id, now)))
}

/// The algorithm and size of a key.
pub fn spec_of(key: &PublicKey) -> KeySpec {
    KeySpec { algorithm: key.algorithm, rsa_bits: rsa_bits(key) }
}

/// The change that lets a key sign; tokens of its predecessor stay valid for the longest possible token
/// lifetime.
pub fn activation(id: SigningKeyId, now: Moment) -> KeyChange {
    KeyChange::Activate { id, predecessor_until: now.after(TOKEN_LIFETIME_MAX) }
}

/// Lets a key take over, at once or as soon as verifiers know it.
pub fn rotation(successor: Successor, is_at_once: bool, now: Moment) -> KeyChange {
    let predecessor_until = is_at_once.then(|| now.after(TOKEN_LIFETIME_MAX));
    KeyChange::Rotate(Rotation { successor, predecessor_until })
}

/// Generates a key on a pool thread.
///
/// # Errors
/// [`RotationError::Signing`], [`RotationError::Busy`], [`RotationError::Entropy`].
pub async fn make(management: &Management, party: Party, spec: KeySpec) -> Result<KeyChange, RotationError> {
    // Verifiers of several instances must never see two keys with one id, so the id is random and not a
    // counter.
    let id = SigningKeyId((management.mint().number()? >> 1).max(1));
    let tokens = Arc::clone(&management.services().tokens);
    let make = move |()| async move { tokens.signing_keys().generate(id, spec) };
    Ok(management.services().key_work.run(party, 0, (), make).await??)
}

/// Submits a change of the signing keys.
///
/// # Errors
/// [`RotationError::Store`].
pub async fn apply(management: &Management, change: KeyChange) -> Result<Arc<SigningKeys>, RotationError> {
    match submit(management, Operation::SigningKeys(change)).await? {
        Outcome::SigningKeys(keys) => {
            let signs = keys.active().map(|key| key.id.0);
            tracing::info!(active = signs, published = keys.published().count(), "the signing keys changed");
            Ok(keys)
        }
        _ => Err(RotationError::Store(CommandError::Unavailable)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_domain::id::TokenKeyId;
    use jeton_domain::key::{Algorithm, RsaBits};
    use jeton_domain::time::Careful;

    const FIRST: KeySpec = KeySpec { algorithm: Algorithm::Rs256, rsa_bits: RsaBits::B2048 };
    const RULES: KeyRules = KeyRules { first: FIRST, age_seconds_max: 10_000 };

    /// This many seconds after the beginning, on both clocks.
    fn at(seconds: u64) -> Moment {
        Moment { wall: Timestamp(seconds), careful: Careful(seconds) }
    }

    fn keys(algorithms: &[Algorithm], now: u64) -> SigningKeys {
        algorithms.iter().zip(1..).fold(SigningKeys::default(), |keys, (algorithm, id)| {
            let public = PublicKey { algorithm: *algorithm, spki: Box::new([1]) };
            let add = KeyChange::Add { id: SigningKeyId(id), public, sealed: Box::new([2]) };
            keys.after(add, at(now)).unwrap()
        })
    }

    /// The step in a word, and its subject.
    fn step(keys: &SigningKeys, now: u64) -> String {
        match due(keys, RULES, at(now)) {
            None => "rest".into(),
            Some(Step::Make(spec)) => format!("make {} {}", spec.algorithm, spec.rsa_bits.bits()),
            Some(Step::Change(KeyChange::Activate { id, predecessor_until })) => {
                assert_eq!(predecessor_until, at(now).after(TOKEN_LIFETIME_MAX));
                format!("activate {id}")
            }
            Some(Step::Change(KeyChange::Retire)) => "retire".into(),
            Some(other) => format!("{other:?}"),
        }
    }

    fn token_step(keys: &TokenKeys, can_seal: bool, now: u64) -> Option<TokenStep> {
        due_of_token_keys(keys, can_seal, RULES.age_seconds_max, at(now))
    }

    fn with_token_key(keys: TokenKeys, id: u64, now: u64) -> TokenKeys {
        let new = NewTokenKey { id: TokenKeyId(id << 16 | id), sealed: Box::new([1]) };
        let predecessor_until = at(now).after(TOKEN_LIFETIME_MAX);
        keys.after(TokenKeyChange::Rotate { new, predecessor_until }, at(now)).unwrap()
    }

    #[test]
    fn a_token_key_is_made_rotated_by_age_and_removed_after_its_last_token_expired() {
        let none = TokenKeys::default();
        assert_eq!(token_step(&none, false, 0), Some(TokenStep::Rotate));
        let one = with_token_key(none, 1, 0);
        assert_eq!(token_step(&one, true, 9_999), None);
        assert_eq!(token_step(&one, true, 10_001), Some(TokenStep::Rotate));
        let two = with_token_key(one, 2, 10_001);
        assert_eq!(token_step(&two, true, 10_001), None);
        let until = at(10_001).after(TOKEN_LIFETIME_MAX);
        for early in [until.wall.0 - 1, until.careful.0 - 1] {
            assert_ne!(token_step(&two, true, early), Some(TokenStep::Retire));
        }
        let now = until.careful.0.max(until.wall.0);
        assert_eq!(token_step(&two, true, now), Some(TokenStep::Retire));
        let retired = two.after(TokenKeyChange::Retire, at(now)).unwrap();
        assert_eq!(retired.keys.iter().filter(|key| key.is_kept()).count(), 1);
    }

    #[test]
    fn an_unopenable_token_key_is_replaced_and_an_unreadable_one_is_not() {
        let one = with_token_key(TokenKeys::default(), 1, 0);
        assert_eq!(token_step(&one, false, 1), Some(TokenStep::Rotate));
        let lost = TokenKeys { is_lost: true, ..one };
        assert_eq!(token_step(&lost, false, 1), None);
    }

    #[test]
    fn there_is_always_a_key_that_signs_and_one_that_waits() {
        assert_eq!(step(&keys(&[], 0), 0), "make RS256 2048");
        assert_eq!(step(&keys(&[Algorithm::EdDsa], 0), 0), "make EdDSA 2048");
        assert_eq!(step(&keys(&[Algorithm::EdDsa, Algorithm::EdDsa], 0), 0), "rest");
    }

    #[test]
    fn an_old_key_makes_room_for_one_that_verifiers_know() {
        let young = keys(&[Algorithm::EdDsa, Algorithm::EdDsa], 0);
        assert_eq!(step(&young, 9_999), "rest");
        assert_eq!(step(&young, 10_000), "activate 2");
        let mut late = keys(&[Algorithm::EdDsa], 0);
        let public = PublicKey { algorithm: Algorithm::EdDsa, spki: Box::new([1]) };
        let add = KeyChange::Add { id: SigningKeyId(2), public, sealed: Box::new([2]) };
        late = late.after(add, at(9_900)).unwrap();
        assert_eq!(step(&late, 10_000), "rest", "published for too short a time");
        assert_eq!(step(&late, 9_900 + PUBLISHED_BEFORE_SECONDS), "activate 2");
    }

    #[test]
    fn a_scheduled_algorithm_takes_over_as_soon_as_verifiers_can_know_its_key() {
        let waits = keys(&[Algorithm::Rs256, Algorithm::EdDsa], 0);
        assert_eq!(step(&waits, u64::MAX), "make RS256 2048", "it waits for a command");
        let scheduled = waits.after(KeyChange::Schedule(SigningKeyId(2)), at(0)).unwrap();
        assert_eq!(step(&scheduled, PUBLISHED_BEFORE_SECONDS - 1), "rest");
        assert_eq!(step(&scheduled, PUBLISHED_BEFORE_SECONDS), "activate 2");
    }

    /// The waiting keys of the former algorithm do not take over again.
    #[test]
    fn an_activated_key_of_another_algorithm_stays_and_gets_a_successor_of_its_own() {
        let both = keys(&[Algorithm::Rs256, Algorithm::Rs256, Algorithm::EdDsa], 0);
        let activated = both.after(activation(SigningKeyId(3), at(100)), at(100)).unwrap();
        assert_eq!(step(&activated, 9_000), "make EdDSA 2048");
        let public = PublicKey { algorithm: Algorithm::EdDsa, spki: Box::new([1]) };
        let add = KeyChange::Add { id: SigningKeyId(4), public, sealed: Box::new([2]) };
        let followed = activated.after(add, at(200)).unwrap();
        assert_eq!(step(&followed, 10_099), "rest");
        assert_eq!(step(&followed, 10_100), "activate 4");
    }

    #[test]
    fn a_retired_key_is_removed_after_its_last_token_expired() {
        let both = keys(&[Algorithm::EdDsa, Algorithm::EdDsa, Algorithm::EdDsa], 0);
        let rotated = both.after(activation(SigningKeyId(2), at(100)), at(100)).unwrap();
        let until = at(100).after(TOKEN_LIFETIME_MAX);
        let young = KeyRules { age_seconds_max: u64::MAX, ..RULES };
        let early = [until.wall.0 - 1, until.careful.0 - 1].map(at);
        assert!(early.into_iter().all(|now| due(&rotated, young, now).is_none()));
        assert!(matches!(due(&rotated, young, until), Some(Step::Change(KeyChange::Retire))));
    }

    /// A clock that was ahead, and was corrected.
    #[test]
    fn a_corrected_wall_clock_neither_ends_a_retiring_key_nor_delays_the_next_one() {
        let ahead = Moment { wall: Timestamp(1 << 40), careful: Careful(200) };
        let rotated = keys(&[Algorithm::EdDsa, Algorithm::EdDsa], 0);
        let rotated = rotated.after(activation(SigningKeyId(2), at(100)), at(100)).unwrap();
        let public = PublicKey { algorithm: Algorithm::EdDsa, spki: Box::new([1]) };
        let add = KeyChange::Add { id: SigningKeyId(3), public, sealed: Box::new([2]) };
        let rotated = rotated.after(add, ahead).unwrap();
        let young = KeyRules { age_seconds_max: u64::MAX, ..RULES };
        assert!(due(&rotated, young, ahead).is_none());
        let activated = rotated.after(activation(SigningKeyId(3), ahead), ahead).unwrap();
        let add = KeyChange::Add {
            id: SigningKeyId(4),
            public: PublicKey { algorithm: Algorithm::EdDsa, spki: Box::new([1]) },
            sealed: Box::new([2]),
        };
        let followed = activated.after(add, ahead).unwrap();
        assert_eq!(step(&followed, 200 + 10_000), "rest");
        assert_eq!(step(&followed, 200 + 10_001), "activate 4");
    }
}
