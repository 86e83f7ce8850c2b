//! A queue in which parties take turns: organizations, and inside each its callers.

use super::party::Party;
use jeton_domain::id::OrganizationId;
use std::collections::{HashMap, VecDeque};

/// The waiting items, by party.
pub(super) struct Turns<T> {
    /// Organizations with waiting items, the next one first.
    organizations: VecDeque<(Option<OrganizationId>, VecDeque<Party>)>,
    /// The waiting items of each party, the oldest first.
    items: HashMap<Party, VecDeque<T>>,
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self { organizations: VecDeque::new(), items: HashMap::new() }
    }
}

impl<T> Turns<T> {
    /// Puts an item behind everything else of its party.
    pub(super) fn push(&mut self, party: Party, item: T) {
        let items = self.items.entry(party).or_default();
        items.push_back(item);
        if items.len() > 1 {
            return;
        }
        match self.organizations.iter_mut().find(|(organization, _)| *organization == party.organization) {
            Some((_, parties)) => parties.push_back(party),
            None => self.organizations.push_back((party.organization, VecDeque::from([party]))),
        }
    }

    /// Takes the oldest item of the next party that `may_go`, if there is one.
    pub(super) fn take(&mut self, may_go: impl Fn(Party) -> bool) -> Option<T> {
        let can = |parties: &VecDeque<Party>| parties.iter().position(|party| may_go(*party));
        let found = self.organizations.iter().enumerate();
        let (group, place) = found.filter_map(|(group, (_, parties))| Some((group, can(parties)?))).next()?;
        let (organization, mut parties) = self.organizations.remove(group)?;
        let party = parties.remove(place)?;
        let items = self.items.get_mut(&party)?;
        let item = items.pop_front();
        if items.is_empty() {
            self.items.remove(&party);
        } else {
            parties.push_back(party);
        }
        if !parties.is_empty() {
            self.organizations.push_back((organization, parties));
        }
        item
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_domain::id::ClientId;

    fn party(organization: u64, client: u64) -> Party {
        Party { organization: Some(OrganizationId(organization)), client: Some(ClientId(client)) }
    }

    fn drained(mut turns: Turns<&'static str>) -> Vec<&'static str> {
        std::iter::from_fn(|| turns.take(|_| true)).collect()
    }

    fn filled(items: &[(Party, &'static str)]) -> Turns<&'static str> {
        let mut turns = Turns::default();
        items.iter().for_each(|(party, item)| turns.push(*party, *item));
        turns
    }

    #[test]
    fn callers_take_turns_and_each_keeps_its_own_order() {
        let (a, b) = (party(1, 1), party(1, 2));
        let turns = filled(&[(a, "a1"), (a, "a2"), (a, "a3"), (b, "b1"), (b, "b2")]);
        assert_eq!(drained(turns), ["a1", "b1", "a2", "b2", "a3"]);
    }

    #[test]
    fn an_organization_with_many_callers_has_one_turn_in_each_round() {
        let turns = filled(&[
            (party(1, 1), "a1"),
            (party(1, 2), "b1"),
            (party(1, 3), "c1"),
            (party(2, 9), "z1"),
            (party(2, 9), "z2"),
            (Party::default(), "operator"),
        ]);
        assert_eq!(drained(turns), ["a1", "z1", "operator", "b1", "z2", "c1"]);
    }

    #[test]
    fn a_party_at_its_bound_keeps_its_place_and_delays_no_other() {
        let (a, b, c) = (party(1, 1), party(1, 2), party(2, 3));
        let mut turns = filled(&[(a, "a1"), (b, "b1"), (c, "c1"), (a, "a2")]);
        assert_eq!(turns.take(|party| party != a), Some("b1"));
        assert_eq!(turns.take(|party| party != a), Some("c1"));
        assert_eq!(turns.take(|party| party != a), None);
        assert_eq!(drained(turns), ["a1", "a2"]);
    }
}
