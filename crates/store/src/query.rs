//! Listings: a filter, an order and a page, answered by walking an index from the end of the last page.
//!
//! The cost of a page is that of its entries and of the records that its filter has to read: never more
//! than [`LOOKED_AT_MAX`] records. Each listing walks only the part of an index that its [`Within`]
//! names, so records that the caller may not see cost nothing and are never the place at which a page
//! ends. An order without an index is available for up to [`SORTED_MAX`] entries.

mod administrators;
mod applications;
mod authorizations;
mod credentials;
mod events;
mod merge;
mod retired_names;
mod text;
mod users;

pub use administrators::{AdministratorFilter, AdministratorPlace, AdministratorQuery, FoundAdministrator};
pub use applications::{ApplicationFilter, ApplicationOrder, ApplicationPlace, ApplicationQuery};
pub use authorizations::{AuthorizationFilter, AuthorizationQuery, ByGrant, FoundAuthorization};
pub use credentials::{
    Comparison, CredentialFilter, CredentialOwners, CredentialPlace, CredentialQuery, CredentialType,
    ListedCredential, ListedCredentials,
};
pub use events::{EventFilter, EventQuery, ListedEvents};
pub use retired_names::{ListedRetiredNames, RetiredNameQuery};
pub use text::{TextMatch, TextMethod};
pub use users::{CreationPlace, UserFilter, UserOrder, UserPlace, UserQuery};

use crate::counts::Counted;
use crate::fault::Unavailable;
use crate::limits::{LOOKED_AT_MAX, SORTED_MAX};
use crate::snapshot::Snapshot;
use jeton_domain::client::Client;
use jeton_domain::id::{ClientId, ProjectId};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// The requested part of a listing.
#[derive(Debug, Clone)]
pub struct Page<P> {
    /// The place of the last entry of the previous page; None for the first page.
    pub after: Option<P>,
    /// True for the reverse order.
    pub backwards: bool,
    /// Entries that are skipped before the page.
    pub offset: usize,
    /// Entries on the page at most.
    pub limit: usize,
}

/// A page of a listing.
#[derive(Debug)]
pub struct Listed<T, P> {
    /// The entries on the page.
    pub found: Vec<T>,
    /// Clients whose record can't be read, left out of the page.
    pub unreadable: Vec<ClientId>,
    /// The number of entries over all pages.
    pub total: Total,
    /// The place behind which the next page begins; None on the last page.
    pub next: Option<P>,
}

/// The number of entries of a listing, over all its pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Total {
    /// The exact number.
    Exactly(u64),
    /// At most this many: not all records were read.
    AtMost(u64),
}

impl Total {
    /// The number.
    pub const fn number(self) -> u64 {
        match self {
            Self::Exactly(number) | Self::AtMost(number) => number,
        }
    }
}

/// The scope of a listing, as far as an index knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Within<Id: Ord> {
    /// Everything.
    Everything,
    /// The entries that belong to these.
    These(BTreeSet<Id>),
}

impl<Id: Ord + Copy> Within<Id> {
    /// The intersection of both scopes.
    #[must_use]
    pub fn and(self, other: &Self) -> Self {
        match (self, other) {
            (own, Self::Everything) => own,
            (Self::Everything, Self::These(other)) => Self::These(other.clone()),
            (Self::These(own), Self::These(other)) => Self::These(own.intersection(other).copied().collect()),
        }
    }

    /// True if entries that belong to this are in the scope.
    pub fn contains(&self, id: Id) -> bool {
        match self {
            Self::Everything => true,
            Self::These(these) => these.contains(&id),
        }
    }
}

/// The reason for which a listing was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// The store can't be read.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The bound of records was reached before the offset.
    #[error("the offset is too far behind; page by pageToken, or narrow the filters")]
    OffsetTooFar,
    /// There are too many entries to be sorted, and no index has this order.
    #[error("there are more than {SORTED_MAX} to be sorted; choose another order, or narrow the filters")]
    TooManyToSort,
}

/// The result of reading a row.
enum Look<T> {
    /// It is listed.
    Shown(T),
    /// It is not listed.
    Hidden,
    /// Its record can't be read.
    Unreadable(ClientId),
}

/// Rows of an index in the order of a listing.
type Rows<'t, P, K> = Box<dyn Iterator<Item = Result<(P, K), Unavailable>> + 't>;

/// A walk along an index.
struct Walk<'q, P> {
    page: &'q Page<P>,
    /// The number of entries that the index leads to.
    most: u64,
    /// True if all of them are listed.
    shows_all: bool,
    /// True if a row may be hidden, also because its object was deleted.
    hides_rows: bool,
}

impl<P: Clone> Walk<'_, P> {
    /// Makes a page of rows that begin behind a place.
    fn run<'t, K, T>(
        &self,
        rows: impl Fn(Option<&P>) -> Result<Rows<'t, P, K>, Unavailable>,
        mut look: impl FnMut(K) -> Result<Look<T>, Unavailable>,
    ) -> Result<Listed<T, P>, QueryError> {
        let mut part = Part::new(self.page);
        let all = self.page.after.is_none();
        for row in rows(self.page.after.as_ref())? {
            let (place, key) = row?;
            if !part.step(place, key, self, &mut look)? {
                break;
            }
        }
        if part.is_cut && part.skip > 0 {
            return Err(QueryError::OffsetTooFar);
        }
        let total = if self.shows_all {
            Total::Exactly(self.most)
        } else if all && part.is_whole() {
            Total::Exactly(part.matches)
        } else if self.most <= LOOKED_AT_MAX as u64 {
            self.count(&rows, &mut look)?
        } else {
            Total::AtMost(self.most)
        };
        Ok(part.listed(total))
    }

    /// Counts all entries, including those before the page.
    fn count<'t, K, T>(
        &self,
        rows: &impl Fn(Option<&P>) -> Result<Rows<'t, P, K>, Unavailable>,
        look: &mut impl FnMut(K) -> Result<Look<T>, Unavailable>,
    ) -> Result<Total, Unavailable> {
        let mut matches = 0;
        for row in rows(None)?.take(LOOKED_AT_MAX) {
            matches += u64::from(matches!(look(row?.1)?, Look::Shown(_)));
        }
        Ok(Total::Exactly(matches))
    }

    /// True if the rows behind the page are counted as well.
    const fn counts(&self) -> bool {
        !self.shows_all && self.page.after.is_none()
    }
}

/// A page that is being filled.
struct Part<T, P> {
    limit: usize,
    skip: usize,
    looked_at: usize,
    found: Vec<T>,
    unreadable: Vec<ClientId>,
    matches: u64,
    /// The place of the last row that was dealt with.
    last: Option<P>,
    /// True if there is an entry behind the page.
    has_more: bool,
    /// True if the bound of records was reached.
    is_cut: bool,
    /// True if the rest of the rows is not needed.
    is_done: bool,
}

impl<T, P: Clone> Part<T, P> {
    fn new<Q>(page: &Page<Q>) -> Self {
        Self {
            limit: page.limit,
            skip: page.offset,
            looked_at: 0,
            found: Vec::new(),
            unreadable: Vec::new(),
            matches: 0,
            last: None,
            has_more: false,
            is_cut: false,
            is_done: false,
        }
    }

    /// True if every row was read.
    const fn is_whole(&self) -> bool {
        !self.is_cut && !self.is_done
    }

    /// Deals with a row. Returns true to continue.
    fn step<K>(
        &mut self,
        place: P,
        key: K,
        walk: &Walk<'_, P>,
        look: &mut impl FnMut(K) -> Result<Look<T>, Unavailable>,
    ) -> Result<bool, Unavailable> {
        if self.skip > 0 && !walk.hides_rows {
            self.skip -= 1;
            self.last = Some(place);
            return Ok(true);
        }
        if self.looked_at >= LOOKED_AT_MAX {
            self.is_cut = true;
            return Ok(false);
        }
        self.looked_at += 1;
        match look(key)? {
            Look::Hidden => {}
            Look::Unreadable(id) if self.unreadable.len() < self.limit => self.unreadable.push(id),
            Look::Unreadable(_) => {}
            Look::Shown(_) if self.skip > 0 => {
                self.skip -= 1;
                self.matches += 1;
            }
            Look::Shown(shown) if self.found.len() < self.limit => {
                self.found.push(shown);
                self.matches += 1;
            }
            Look::Shown(_) => {
                self.has_more = true;
                self.matches += 1;
            }
        }
        if !self.has_more {
            self.last = Some(place);
        }
        self.is_done = self.has_more && !walk.counts();
        Ok(!self.is_done)
    }

    fn listed(self, total: Total) -> Listed<T, P> {
        let goes_on = self.has_more || self.is_cut;
        let next = self.last.filter(|_| goes_on);
        Listed { found: self.found, unreadable: self.unreadable, total, next }
    }
}

/// A page of entries that are all in memory, in the order of their places.
pub fn sorted<T, P: Ord + Clone>(
    mut all: Vec<(P, T)>,
    page: &Page<P>,
    unreadable: Vec<ClientId>,
) -> Listed<T, P> {
    all.sort_by(|(a, _), (b, _)| if page.backwards { b.cmp(a) } else { a.cmp(b) });
    let total = Total::Exactly(all.len() as u64);
    let is_behind = |place: &P| match &page.after {
        None => true,
        Some(after) if page.backwards => place < after,
        Some(after) => place > after,
    };
    let mut rest = all.into_iter().filter(|(place, _)| is_behind(place)).skip(page.offset);
    let (places, found): (Vec<_>, Vec<_>) = rest.by_ref().take(page.limit).unzip();
    let next = rest.next().and_then(|_| places.last().cloned());
    Listed { found, unreadable, total, next }
}

/// The result of reading a client for a listing.
enum Glance {
    /// It exists.
    Client(Arc<Client>),
    /// It is being removed with its organization or project.
    Gone,
    /// Its record can't be read, or is set aside.
    Unreadable(ClientId),
}

/// The clients of the listed entries, each in memory once for all its entries.
type Shown = HashMap<ClientId, Arc<Client>>;

/// Ids of records, and the number of counted objects of each.
type Counts<Id> = Vec<(Id, u64)>;

impl Snapshot {
    /// Reads a client that an index leads to. Unlike a request for it, this keeps nothing in the cache of
    /// clients.
    fn glance(&self, id: ClientId) -> Result<Glance, Unavailable> {
        match self.uncached_client(id) {
            Ok(Some(client)) => Ok(Glance::Client(client)),
            Ok(None) if self.is_set_aside(id)? => Ok(Glance::Unreadable(id)),
            Ok(None) => Ok(Glance::Gone),
            Err(Unavailable::Record(_) | Unavailable::Damage) => Ok(Glance::Unreadable(id)),
            Err(Unavailable::Store) => Err(Unavailable::Store),
        }
    }

    /// Reads a client of which an entry may be listed already.
    fn glance_once(&self, id: ClientId, shown: &Shown) -> Result<Glance, Unavailable> {
        match shown.get(&id) {
            Some(client) => Ok(Glance::Client(Arc::clone(client))),
            None => self.glance(id),
        }
    }

    /// Existing projects in the scope, with the number of their counted objects. While some projects are
    /// lost it is not known which exist.
    fn projects_with(
        &self,
        counted: fn(ProjectId) -> Counted,
        within: &Within<ProjectId>,
    ) -> Result<Counts<ProjectId>, Unavailable> {
        if self.instance().lost.projects {
            return Err(Unavailable::Damage);
        }
        let all = self.counts_of(counted, ProjectId, within)?;
        Ok(all.into_iter().filter(|(id, _)| self.instance().project(*id).is_some()).collect())
    }

    /// The stored numbers, by id, without those that are zero.
    fn counts_of<Id: Ord + Copy>(
        &self,
        counted: fn(Id) -> Counted,
        id: fn(u64) -> Id,
        within: &Within<Id>,
    ) -> Result<Counts<Id>, Unavailable> {
        match within {
            Within::Everything => {
                let kind = counted(id(0)).key().0;
                let rows = self.counts.range((kind, 0)..=(kind, u64::MAX))?;
                rows.map(|row| row.map(|(key, count)| (id(key.value().1), count.value()))).collect()
            }
            Within::These(these) => {
                let count = |id: &Id| Ok((*id, self.count(counted(*id))?));
                these.iter().map(count).filter(|row| !matches!(row, Ok((_, 0)))).collect()
            }
        }
    }

    /// The stored number.
    fn count(&self, counted: Counted) -> Result<u64, Unavailable> {
        Ok(self.counts.get(counted.key())?.map_or(0, |count| count.value()))
    }
}

#[cfg(test)]
mod tests;
