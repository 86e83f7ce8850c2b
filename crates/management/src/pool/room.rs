//! Room for waiting calls, shared so that no party can take all of it.
//!
//! The waiting calls of a caller count three times, and those of its organization twice: one caller alone
//! gets a third of the room, two of different organizations a quarter each, and there is always some left for
//! the next one.

use super::party::{Party, Refused, Share};
use crate::limits::{POOL_WAITING_BYTES_MAX, POOL_WAITING_MAX};
use jeton_domain::id::OrganizationId;
use std::collections::HashMap;
use std::hash::Hash;

/// A number of calls, and the bytes of their requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Load {
    calls: usize,
    bytes: usize,
}

impl Load {
    const fn and(self, other: Self) -> Self {
        Self { calls: self.calls.saturating_add(other.calls), bytes: self.bytes.saturating_add(other.bytes) }
    }

    const fn without(self, other: Self) -> Self {
        Self { calls: self.calls.saturating_sub(other.calls), bytes: self.bytes.saturating_sub(other.bytes) }
    }
}

/// The load of all waiting calls.
#[derive(Debug, Default)]
pub(super) struct Room {
    all: Load,
    organizations: HashMap<Option<OrganizationId>, Load>,
    parties: HashMap<Party, Load>,
}

impl Room {
    /// True if nothing waits.
    pub(super) const fn is_empty(&self) -> bool {
        self.all.calls == 0
    }

    /// Takes room for a call.
    pub(super) fn take(&mut self, party: Party, bytes: usize, share: Share) -> Result<(), Refused> {
        let own = self.parties.get(&party).copied().unwrap_or_default();
        let of_organization = self.organizations.get(&party.organization).copied().unwrap_or_default();
        if own.calls >= share.waiting_max {
            return Err(Refused::Share);
        }
        let call = Load { calls: 1, bytes };
        let counted = own.and(of_organization).and(self.all).and(call);
        if counted.calls > POOL_WAITING_MAX || counted.bytes > POOL_WAITING_BYTES_MAX {
            return Err(if own.calls > 0 { Refused::Share } else { Refused::Full });
        }
        self.all = self.all.and(call);
        self.organizations.insert(party.organization, of_organization.and(call));
        self.parties.insert(party, own.and(call));
        Ok(())
    }

    /// Gives the room of a call back.
    pub(super) fn give_back(&mut self, party: Party, bytes: usize) {
        let call = Load { calls: 1, bytes };
        self.all = self.all.without(call);
        lighten(&mut self.organizations, party.organization, call);
        lighten(&mut self.parties, party, call);
    }
}

fn lighten<K: Eq + Hash>(loads: &mut HashMap<K, Load>, key: K, by: Load) {
    let left = loads.remove(&key).unwrap_or_default().without(by);
    if left != Load::default() {
        loads.insert(key, left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_domain::id::ClientId;

    const SHARE: Share = Share { running_max: 1, waiting_max: usize::MAX };

    fn party(organization: u64, client: u64) -> Party {
        Party { organization: Some(OrganizationId(organization)), client: Some(ClientId(client)) }
    }

    /// Fills the room with calls of a party; returns the number that fit, and the reason why the next one did
    /// not.
    fn fill(room: &mut Room, party: Party, bytes: usize, share: Share) -> (usize, Refused) {
        let mut taken = 0;
        loop {
            match room.take(party, bytes, share) {
                Ok(()) => taken += 1,
                Err(refused) => return (taken, refused),
            }
        }
    }

    #[test]
    fn waiting_calls_of_a_caller_are_bounded() {
        let (mut room, share) = (Room::default(), Share { running_max: 1, waiting_max: 3 });
        assert_eq!(fill(&mut room, party(1, 1), 0, share), (3, Refused::Share));
        assert_eq!(fill(&mut room, party(1, 2), 0, share), (3, Refused::Share));
    }

    #[test]
    fn a_greedy_party_leaves_room_for_others() {
        for bytes in [0, POOL_WAITING_BYTES_MAX / 600] {
            let mut room = Room::default();
            for greedy in 1..=20 {
                let (taken, refused) = fill(&mut room, party(greedy / 4, greedy), bytes, SHARE);
                assert_eq!(refused, Refused::Share, "{greedy}");
                assert!(taken > 0, "{greedy}");
            }
        }
    }

    #[test]
    fn one_call_beyond_the_total_bound_is_refused() {
        let mut room = Room::default();
        let all = u64::try_from(POOL_WAITING_MAX).unwrap();
        let refused = (0..all).map(|n| room.take(party(n, n), 0, SHARE)).find_map(Result::err);
        assert_eq!(refused, None);
        assert_eq!(room.take(party(all, all), 0, SHARE), Err(Refused::Full));
        room.give_back(party(0, 0), 0);
        assert_eq!(room.take(party(all, all), 0, SHARE), Ok(()));
    }

    #[test]
    fn one_byte_beyond_the_bound_is_refused() {
        let mut room = Room::default();
        assert_eq!(room.take(party(1, 1), POOL_WAITING_BYTES_MAX + 1, SHARE), Err(Refused::Full));
        assert_eq!(room.take(party(1, 1), POOL_WAITING_BYTES_MAX, SHARE), Ok(()));
        assert_eq!(room.take(party(2, 2), 1, SHARE), Err(Refused::Full));
        room.give_back(party(1, 1), POOL_WAITING_BYTES_MAX);
        assert!(room.is_empty() && room.parties.is_empty() && room.organizations.is_empty());
    }
}
