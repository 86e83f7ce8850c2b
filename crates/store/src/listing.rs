//! Listings on a snapshot. Each walks an index in its order from where the caller left off, so a page costs what
//! is on it, however many there are.

use crate::schema::EVERYONE;
use crate::snapshot::{Known, Snapshot, Unavailable};
use jeton_oauth::id::{AuthorizationId, ClientId, OrganizationId, ProjectId};
use jeton_oauth::time::Timestamp;
use std::ops::{Bound, ControlFlow};

/// Where in the order of creation a service user stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When it was created.
    pub created: Timestamp,
    /// Its id.
    pub id: ClientId,
}

/// Clients that a listing is about.
#[derive(Debug, Default)]
pub struct Found {
    /// Those that can be read.
    pub clients: Vec<Known>,
    /// The others, left out of the listing.
    pub unreadable: Vec<ClientId>,
}

impl Snapshot {
    /// Shows service users in the order of their creation, those of one organization or all, behind `after` (before
    /// it when `backwards`), until `show` breaks. Nothing but the order is read.
    ///
    /// # Errors
    /// [`Unavailable`] when the index can't be read.
    pub fn for_each_user(
        &self,
        of: Option<OrganizationId>,
        after: Option<Place>,
        backwards: bool,
        mut show: impl FnMut(Place) -> ControlFlow<()>,
    ) -> Result<(), Unavailable> {
        let home = of.map_or(EVERYONE, |organization| organization.0);
        let (first, last) = ((home, 0, 0), (home, u64::MAX, u64::MAX));
        let at = after.map(|place| (home, place.created.0, place.id.0));
        let range = if backwards {
            (Bound::Included(first), at.map_or(Bound::Included(last), Bound::Excluded))
        } else {
            (at.map_or(Bound::Included(first), Bound::Excluded), Bound::Included(last))
        };
        let mut rows = self.users.range(range)?;
        while let Some(row) = if backwards { rows.next_back() } else { rows.next() } {
            let (_, created, id) = row?.0.value();
            if show(Place { created: Timestamp(created), id: ClientId(id) }).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Shows folded usernames with their ids in the order of their bytes, behind `after` (before it when `backwards`),
    /// until `show` breaks.
    ///
    /// # Errors
    /// [`Unavailable`] when the index can't be read.
    pub fn for_each_username(
        &self,
        after: Option<&str>,
        backwards: bool,
        mut show: impl FnMut(&str, ClientId) -> ControlFlow<()>,
    ) -> Result<(), Unavailable> {
        let at = after.map_or(Bound::Unbounded, Bound::Excluded);
        let range = if backwards { (Bound::Unbounded, at) } else { (at, Bound::Unbounded) };
        let mut rows = self.client_names.range::<&str>(range)?;
        while let Some(row) = if backwards { rows.next_back() } else { rows.next() } {
            let (name, id) = row?;
            if show(name.value(), ClientId(id.value())).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// How many service users there are, of one organization or in all.
    ///
    /// # Errors
    /// [`Unavailable`] when it can't be read.
    pub fn users_len(&self, of: Option<OrganizationId>) -> Result<u64, Unavailable> {
        let home = of.map_or(EVERYONE, |organization| organization.0);
        Ok(self.user_counts.get(home)?.map_or(0, |count| count.value()))
    }

    /// The APIs of a project, or all, in the order of projects and ids.
    ///
    /// # Errors
    /// [`Unavailable`] when the index can't be read.
    pub fn apis(&self, of: Option<ProjectId>) -> Result<Found, Unavailable> {
        let range =
            of.map_or((0, 0)..=(u64::MAX, u64::MAX), |project| (project.0, 0)..=(project.0, u64::MAX));
        let ids = self.applications.range(range)?.map(|row| row.map(|(key, _)| ClientId(key.value().1)));
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        self.all(ids)
    }

    /// The users that administer something.
    ///
    /// # Errors
    /// [`Unavailable`] when the index can't be read.
    pub fn administrators(&self) -> Result<Found, Unavailable> {
        let ids = self.administrators.iter()?.map(|row| row.map(|(id, _)| ClientId(id.value())));
        let ids = ids.collect::<Result<Vec<_>, _>>()?;
        self.all(ids)
    }

    /// Shows authorizations with their users in the order of ids, until `show` breaks; a user that can't be read is
    /// shown as its id.
    ///
    /// # Errors
    /// [`Unavailable`] when the index can't be read.
    pub fn for_each_authorization(
        &self,
        mut show: impl FnMut(AuthorizationId, Result<Known, ClientId>) -> ControlFlow<()>,
    ) -> Result<(), Unavailable> {
        for row in self.authorizations.iter()? {
            let (id, client) = row?;
            let shown = self.listed(ClientId(client.value()))?;
            if show(AuthorizationId(id.value()), shown).is_break() {
                break;
            }
        }
        Ok(())
    }

    /// A client that an index leads to, or its id when its record can't be read or is set aside.
    ///
    /// # Errors
    /// [`Unavailable`] when the store can't be read.
    pub fn listed(&self, id: ClientId) -> Result<Result<Known, ClientId>, Unavailable> {
        match self.administered_client(id) {
            Ok(Some(known)) => Ok(Ok(known)),
            Ok(None) | Err(Unavailable::Record(_) | Unavailable::Damage) => Ok(Err(id)),
            Err(Unavailable::Store) => Err(Unavailable::Store),
        }
    }

    fn all(&self, ids: Vec<ClientId>) -> Result<Found, Unavailable> {
        let mut all = Found::default();
        for id in ids {
            match self.listed(id)? {
                Ok(known) => all.clients.push(known),
                Err(id) => all.unreadable.push(id),
            }
        }
        Ok(all)
    }
}
