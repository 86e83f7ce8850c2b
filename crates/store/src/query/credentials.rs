//! Live credentials over many clients.

use super::applications::ApplicationPlace;
use super::users::{CreationPlace, UserPlace};
use super::{Glance, Page, QueryError, Within};
use crate::counts::Counted;
use crate::fault::Unavailable;
use crate::limits::LOOKED_AT_MAX;
use crate::snapshot::Snapshot;
use jeton_domain::client::Client;
use jeton_domain::credential::{Credential, CredentialKind};
use jeton_domain::id::{ClientId, OrganizationId, ProjectId};
use jeton_domain::time::{Moment, Timestamp};
use jeton_secret::CredentialId;
use std::cmp::Ordering;
use std::ops::ControlFlow;
use std::sync::Arc;

/// A listing of credentials, in the order of the creation of their users (or of the ids of APIs) and then
/// of ids.
#[derive(Debug)]
pub struct CredentialQuery {
    /// The owners of the listed credentials.
    pub owners: CredentialOwners,
    /// Filters, all of which must match.
    pub filters: Vec<CredentialFilter>,
    /// The requested part.
    pub page: Page<CredentialPlace>,
}

/// The clients whose credentials are listed.
#[derive(Debug, Clone)]
pub enum CredentialOwners {
    /// Service users of these organizations.
    Users(Within<OrganizationId>),
    /// APIs of these projects.
    Applications(Within<ProjectId>),
}

/// The place of a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CredentialPlace {
    /// The place of its client. For an API only the id counts.
    pub client: CreationPlace,
    /// The credential.
    pub credential: CredentialId,
}

/// A filter of credentials.
#[derive(Debug, Clone, Copy)]
pub enum CredentialFilter {
    /// The type.
    Kind(CredentialType),
    /// The id.
    Id(CredentialId),
    /// Valid at this moment.
    Live(Moment),
    /// Neither used nor created since then.
    UnusedSince(Timestamp),
    /// The time of creation.
    Created(Comparison, Timestamp),
    /// The end of its life. A credential without an end does not match.
    Ends(Comparison, Timestamp),
}

/// A type of credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialType {
    /// Client secrets.
    Secret,
    /// Public keys.
    Key,
    /// Personal access tokens.
    PersonalAccessToken,
}

impl CredentialType {
    /// The type of a credential.
    pub const fn of(credential: &Credential) -> Self {
        match credential.kind {
            CredentialKind::Secret(_) => Self::Secret,
            CredentialKind::Key(_) => Self::Key,
            CredentialKind::PersonalAccessToken(_) => Self::PersonalAccessToken,
        }
    }
}

/// A comparison of times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The same time.
    Equals,
    /// Later.
    After,
    /// Not earlier.
    AfterOrEquals,
    /// Earlier.
    Before,
    /// Not later.
    BeforeOrEquals,
}

impl Comparison {
    fn holds(self, time: Timestamp, wanted: Timestamp) -> bool {
        let order = time.cmp(&wanted);
        match self {
            Self::Equals => order == Ordering::Equal,
            Self::After => order == Ordering::Greater,
            Self::AfterOrEquals => order != Ordering::Less,
            Self::Before => order == Ordering::Less,
            Self::BeforeOrEquals => order != Ordering::Greater,
        }
    }
}

impl CredentialFilter {
    /// True if a credential of a client matches.
    pub fn matches(&self, client: &Client, credential: &Credential, last_use: Option<Timestamp>) -> bool {
        match *self {
            Self::Kind(kind) => CredentialType::of(credential) == kind,
            Self::Id(id) => credential.id == id,
            Self::Live(now) => client.is_live(credential, now),
            Self::UnusedSince(since) => {
                credential.created.wall < since && last_use.is_none_or(|used| used < since)
            }
            Self::Created(comparison, wanted) => comparison.holds(credential.created.wall, wanted),
            Self::Ends(comparison, wanted) => {
                client.end_of(credential).is_some_and(|end| comparison.holds(end.wall, wanted))
            }
        }
    }

    const fn needs_last_use(&self) -> bool {
        matches!(self, Self::UnusedSince(_))
    }
}

/// A listed credential.
#[derive(Debug, Clone)]
pub struct ListedCredential {
    /// The owning client.
    pub client: Arc<Client>,
    /// The credential.
    pub credential: Credential,
    /// The time of its last use.
    pub last_use: Option<Timestamp>,
}

/// A page of credentials.
#[derive(Debug, Default)]
pub struct ListedCredentials {
    /// The credentials on the page.
    pub found: Vec<ListedCredential>,
    /// The place behind which the next page begins; None on the last page.
    pub next: Option<CredentialPlace>,
    /// Clients of this page whose record can't be read, left out of it.
    pub unreadable: Vec<ClientId>,
}

/// Rows that lead to clients.
type ClientRows<'t> = Box<dyn Iterator<Item = Result<CreationPlace, Unavailable>> + 't>;

impl Snapshot {
    /// A page of live credentials. It reads a bounded number of clients, so it may be short, even empty,
    /// and still have a next one.
    ///
    /// # Errors
    /// [`QueryError`] if the page can't be made.
    pub fn list_credentials(&self, query: &CredentialQuery) -> Result<ListedCredentials, QueryError> {
        let named = query.filters.iter().find_map(|filter| match filter {
            CredentialFilter::Id(id) => Some(*id),
            _ => None,
        });
        if let Some(id) = named {
            return self.named_credential(query, id);
        }
        let mut part = Part { skip: query.page.offset, ..Part::default() };
        for (looked_at, row) in self.owner_rows(query)?.enumerate() {
            if looked_at >= LOOKED_AT_MAX {
                part.is_cut = true;
                break;
            }
            let client = row?;
            if self.list_credentials_of(query, client, &mut part)?.is_break() {
                break;
            }
            let credential = CredentialId(if query.page.backwards { 0 } else { u64::MAX });
            part.last = Some(CredentialPlace { client, credential });
        }
        if part.is_cut && part.skip > 0 {
            return Err(QueryError::OffsetTooFar);
        }
        let next = part.last.filter(|_| part.has_more || part.is_cut);
        Ok(ListedCredentials { found: part.found, next, unreadable: part.unreadable })
    }

    fn named_credential(
        &self,
        query: &CredentialQuery,
        id: CredentialId,
    ) -> Result<ListedCredentials, QueryError> {
        let Some(id) = self.owner_of_credential(id)? else { return Ok(ListedCredentials::default()) };
        let Glance::Client(client) = self.glance(id)? else { return Ok(ListedCredentials::default()) };
        let is_seen = match (&query.owners, client.api()) {
            (CredentialOwners::Users(within), None) => within.contains(client.organization),
            (CredentialOwners::Applications(within), Some(api)) => within.contains(api.project),
            _ => false,
        };
        let mut part = Part { skip: query.page.offset, ..Part::default() };
        if is_seen {
            let place = CreationPlace { created: client.created, id };
            let _ = self.list_credentials_of(query, place, &mut part)?;
        }
        Ok(ListedCredentials { found: part.found, next: None, unreadable: part.unreadable })
    }

    /// The clients in the scope, from the one on whose credentials the last page ended.
    fn owner_rows(&self, query: &CredentialQuery) -> Result<ClientRows<'_>, Unavailable> {
        let backwards = query.page.backwards;
        // The place before that client, so that the rows begin with it.
        let before = |id: u64| ClientId(if backwards { id.saturating_add(1) } else { id.saturating_sub(1) });
        let after =
            query.page.after.map(|place| CreationPlace { id: before(place.client.id.0), ..place.client });
        match &query.owners {
            CredentialOwners::Users(within) => {
                let organizations = self.organizations_with_users(within)?;
                let organizations: Vec<_> = organizations.into_iter().map(|(id, _)| id).collect();
                let after = after.map(UserPlace::Creation);
                let rows = self.users_by_creation(&organizations, after.as_ref(), backwards)?;
                Ok(Box::new(rows.filter_map(|row| match row {
                    Ok((UserPlace::Creation(place), _)) => Some(Ok(place)),
                    Ok(_) => None,
                    Err(unavailable) => Some(Err(unavailable)),
                })))
            }
            CredentialOwners::Applications(within) => {
                let projects = self.projects_with(Counted::ApplicationsOf, within)?;
                let projects: Vec<_> = projects.into_iter().map(|(id, _)| id).collect();
                let after = after.map(|place| ApplicationPlace::Id(place.id));
                let rows = self.application_rows(&projects, after.as_ref(), backwards)?;
                let place = |(_, id)| CreationPlace { created: Timestamp(0), id };
                Ok(Box::new(rows.map(move |row| row.map(place))))
            }
        }
    }

    fn list_credentials_of(
        &self,
        query: &CredentialQuery,
        place: CreationPlace,
        part: &mut Part,
    ) -> Result<ControlFlow<()>, Unavailable> {
        let client = match self.glance(place.id)? {
            Glance::Client(client) => client,
            Glance::Unreadable(id) => {
                part.unreadable.push(id);
                return Ok(ControlFlow::Continue(()));
            }
            Glance::Gone => return Ok(ControlFlow::Continue(())),
        };
        let after = query.page.after.filter(|after| after.client.id == place.id);
        let mut credentials: Vec<_> = client.credentials.iter().collect();
        credentials.sort_by_key(|credential| credential.id);
        if query.page.backwards {
            credentials.reverse();
        }
        let is_passed = |id: CredentialId| match after {
            None => false,
            Some(after) if query.page.backwards => id >= after.credential,
            Some(after) => id <= after.credential,
        };
        for credential in credentials {
            if is_passed(credential.id) {
                continue;
            }
            let Some(last_use) = self.matching_use(query, &client, credential)? else { continue };
            if part.skip > 0 {
                part.skip -= 1;
            } else if part.found.len() < query.page.limit {
                let (client, credential) = (Arc::clone(&client), credential.clone());
                part.found.push(ListedCredential { client, credential, last_use });
            } else {
                part.has_more = true;
                return Ok(ControlFlow::Break(()));
            }
            part.last = Some(CredentialPlace { client: place, credential: credential.id });
        }
        Ok(ControlFlow::Continue(()))
    }

    /// The last use of a credential that matches; None for one that does not.
    fn matching_use(
        &self,
        query: &CredentialQuery,
        client: &Client,
        credential: &Credential,
    ) -> Result<Option<Option<Timestamp>>, Unavailable> {
        let matches = |needs_last_use: bool, last_use| {
            let mut filters = query.filters.iter().filter(|filter| filter.needs_last_use() == needs_last_use);
            filters.all(|filter| filter.matches(client, credential, last_use))
        };
        if !matches(false, None) {
            return Ok(None);
        }
        let last_use = self.last_use(credential.id)?;
        Ok(matches(true, last_use).then_some(last_use))
    }
}

/// A page that is being filled.
#[derive(Default)]
struct Part {
    skip: usize,
    found: Vec<ListedCredential>,
    last: Option<CredentialPlace>,
    has_more: bool,
    is_cut: bool,
    unreadable: Vec<ClientId>,
}
