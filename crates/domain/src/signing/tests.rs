use super::*;
use crate::key::Algorithm;
use crate::time::Careful;

const NOW: Moment = at(1000, 1000);
const LATER: Moment = at(5000, 5000);

const fn at(wall: u64, careful: u64) -> Moment {
    Moment { wall: Timestamp(wall), careful: Careful(careful) }
}

fn add(id: u64) -> KeyChange {
    add_of(id, Algorithm::EdDsa)
}

fn add_of(id: u64, algorithm: Algorithm) -> KeyChange {
    let public = PublicKey { algorithm, spki: Box::new([1]) };
    KeyChange::Add { id: SigningKeyId(id), public, sealed: Box::new([2]) }
}

fn keys(changes: impl IntoIterator<Item = KeyChange>) -> SigningKeys {
    changes.into_iter().fold(SigningKeys::default(), |keys, change| keys.after(change, NOW).unwrap())
}

fn activate(id: u64) -> KeyChange {
    KeyChange::Activate { id: SigningKeyId(id), predecessor_until: LATER }
}

fn states(keys: &SigningKeys) -> Vec<&'static str> {
    keys.keys.iter().map(|key| key.state.name()).collect()
}

#[test]
fn the_first_key_signs_at_once_and_the_others_wait() {
    assert_eq!(states(&keys([add(1), add(2), add(3)])), ["active", "next", "next"]);
}

#[test]
fn activating_retires_the_predecessor_and_drops_its_private_half() {
    let keys = keys([add(1), add(2), activate(2)]);
    assert_eq!(states(&keys), ["retiring", "active"]);
    assert_eq!(keys.keys.iter().map(|key| key.sealed.is_some()).collect::<Vec<_>>(), [false, true]);
    assert_eq!(keys.published().count(), 2);
}

#[test]
fn a_retiring_key_is_removed_when_its_last_token_has_expired_by_both_clocks() {
    let keys = keys([add(1), add(2), activate(2)]);
    for early in [at(4999, 5000), at(5000, 4999), at(u64::MAX, 4999)] {
        let before = keys.clone().after(KeyChange::Retire, early).unwrap();
        assert_eq!(states(&before), ["retiring", "active"]);
    }
    let after = keys.after(KeyChange::Retire, LATER).unwrap();
    assert_eq!(states(&after), ["removed", "active"]);
    assert_eq!(after.published().count(), 1);
}

#[test]
fn removing_the_active_key_lets_the_next_one_sign() {
    let keys = keys([add(1), add(2)]);
    let after = keys.after(KeyChange::Remove(SigningKeyId(1)), NOW).unwrap();
    assert_eq!(states(&after), ["removed", "active"]);
    assert!(after.keys.iter().all(|key| key.sealed.is_some() == key.is_published()));
}

#[test]
fn the_successor_is_like_the_active_key_unless_another_one_was_scheduled() {
    let successor = |keys: &SigningKeys| keys.successor().map(|key| key.id.0);
    let mixed = keys([add(1), add_of(2, Algorithm::Es256), add(3), add(4)]);
    assert_eq!(successor(&mixed), Some(3), "the oldest of the same algorithm");
    let scheduled = mixed.after(KeyChange::Schedule(SigningKeyId(2)), NOW).unwrap();
    assert_eq!(successor(&scheduled), Some(2));
    let again = scheduled.clone().after(KeyChange::Schedule(SigningKeyId(4)), NOW).unwrap();
    assert_eq!((successor(&again), again.next().count()), (Some(4), 3), "one at a time");
    let activated = scheduled.after(activate(3), NOW).unwrap();
    assert_eq!(successor(&activated), Some(4), "what was scheduled before another command is not any more");
    let alone = keys([add(1), add_of(2, Algorithm::Es256)]);
    assert_eq!(successor(&alone), None);
    let removed = alone.after(KeyChange::Remove(SigningKeyId(1)), NOW).unwrap();
    assert_eq!(states(&removed), ["removed", "active"], "rather another algorithm than none");
    assert_eq!(successor(&removed), None);
}

#[test]
fn a_key_of_another_size_is_another_kind() {
    let large = PublicKey { algorithm: Algorithm::EdDsa, spki: Box::new([1, 2]) };
    let add_large = KeyChange::Add { id: SigningKeyId(2), public: large, sealed: Box::new([2]) };
    assert_eq!(keys([add(1), add_large]).successor(), None);
}

#[test]
fn changes_that_make_no_sense_are_refused() {
    let both = || keys([add(1), add(2)]);
    let refused = |keys: SigningKeys, change| keys.after(change, NOW).unwrap_err();
    assert_eq!(refused(both(), add(2)), OperationError::IdTaken);
    assert_eq!(refused(both(), activate(1)), OperationError::SigningKeyState("active"));
    assert_eq!(refused(both(), activate(9)), OperationError::UnknownSigningKey);
    assert_eq!(
        refused(both(), KeyChange::Schedule(SigningKeyId(1))),
        OperationError::SigningKeyState("active")
    );
    assert_eq!(refused(both(), KeyChange::Schedule(SigningKeyId(9))), OperationError::UnknownSigningKey);
    assert_eq!(refused(both(), KeyChange::Remove(SigningKeyId(9))), OperationError::UnknownSigningKey);
    assert_eq!(refused(keys([add(1)]), KeyChange::Remove(SigningKeyId(1))), OperationError::NoNextSigningKey);
    let removed = both().after(KeyChange::Remove(SigningKeyId(2)), NOW).unwrap();
    assert_eq!(
        refused(removed.clone(), KeyChange::Remove(SigningKeyId(2))),
        OperationError::SigningKeyState("removed")
    );
    assert_eq!(refused(removed, activate(2)), OperationError::SigningKeyState("removed"));
}

#[test]
fn removed_keys_make_room_and_published_ones_do_not() {
    let full = keys((1..=SIGNING_KEYS_MAX as u64).map(add));
    assert_eq!(full.clone().after(add(99), NOW), Err(OperationError::TooMany(SIGNING_KEYS_MAX)));
    let with_room = full.after(KeyChange::Remove(SigningKeyId(5)), NOW).unwrap();
    assert_eq!(with_room.after(add(99), NOW).unwrap().keys.len(), SIGNING_KEYS_MAX);
}

fn rotate(successor: Successor, predecessor_until: Option<Moment>) -> KeyChange {
    KeyChange::Rotate(Rotation { successor, predecessor_until })
}

fn new(id: u64, algorithm: Algorithm) -> Successor {
    let public = PublicKey { algorithm, spki: Box::new([1]) };
    Successor::New { id: SigningKeyId(id), public, sealed: Box::new([2]) }
}

/// Regression: a rotation was several changes, and the first ones stayed when a later one was refused.
#[test]
fn a_rotation_that_is_refused_changes_nothing() {
    let both = keys([add(1), add(2)]);
    for (successor, refusal) in [
        (new(2, Algorithm::Es256), OperationError::IdTaken),
        (Successor::Waiting(SigningKeyId(1)), OperationError::SigningKeyState("active")),
        (Successor::Waiting(SigningKeyId(3)), OperationError::UnknownSigningKey),
    ] {
        for until in [None, Some(LATER)] {
            assert_eq!(both.clone().after(rotate(successor.clone(), until), NOW), Err(refusal));
        }
    }
}

#[test]
fn a_rotation_of_any_steps_is_one_change() {
    let both = keys([add(1), add(2)]);
    let after =
        |keys: &SigningKeys, successor, until| keys.clone().after(rotate(successor, until), NOW).unwrap();
    let waiting = || Successor::Waiting(SigningKeyId(2));
    assert_eq!(states(&after(&both, waiting(), Some(LATER))), ["retiring", "active"]);
    assert_eq!(states(&after(&both, waiting(), None)), ["active", "next"]);
    assert_eq!(after(&both, waiting(), None).scheduled().map(|key| key.id), Some(SigningKeyId(2)));
    // A successor of the same kind leaves the waiting keys; one of another kind takes their place.
    assert_eq!(states(&after(&both, new(3, Algorithm::EdDsa), Some(LATER))), ["retiring", "next", "active"]);
    let planned = after(&both, new(3, Algorithm::Es256), None);
    assert_eq!(states(&planned), ["active", "removed", "next"]);
    assert_eq!(planned.successor().map(|key| key.id), Some(SigningKeyId(3)));
    assert!(planned.keys[1].sealed.is_none(), "its private half is dropped");
    let at_once = after(&both, new(3, Algorithm::Es256), Some(LATER));
    assert_eq!(states(&at_once), ["retiring", "removed", "active"]);
    for until in [None, Some(LATER)] {
        let first = after(&SigningKeys::default(), new(3, Algorithm::Es256), until);
        assert_eq!(states(&first), ["active"], "the first key signs at once");
    }
}
