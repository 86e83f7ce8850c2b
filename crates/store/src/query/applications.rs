//! APIs.

use super::merge::{Directed, behind, merged};
use super::{Glance, Listed, Look, Page, QueryError, Rows, TextMatch, Walk, Within, sorted};
use crate::counts::Counted;
use crate::fault::Unavailable;
use crate::limits::SORTED_MAX;
use crate::snapshot::Snapshot;
use jeton_domain::caseless::folded;
use jeton_domain::client::{Client, ClientState};
use jeton_domain::id::{ClientId, ProjectId};
use jeton_domain::time::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A listing of APIs.
#[derive(Debug)]
pub struct ApplicationQuery {
    /// The projects of the listed APIs.
    pub within: Within<ProjectId>,
    /// Filters, all of which must match.
    pub filters: Vec<ApplicationFilter>,
    /// Their order.
    pub order: ApplicationOrder,
    /// The requested part.
    pub page: Page<ApplicationPlace>,
}

/// An order of APIs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplicationOrder {
    /// By id, which is the order of creation.
    Id,
    /// By folded name.
    Name,
    /// Active ones first.
    State,
    /// By the time of creation.
    Created,
    /// By the time of the last change.
    Changed,
}

/// The place of an API in one of the orders.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum ApplicationPlace {
    /// In the order of ids.
    Id(ClientId),
    /// In the order of names.
    Name(Box<str>, ClientId),
    /// In the order of states.
    State(bool, ClientId),
    /// In one of the orders of time.
    Time(Timestamp, ClientId),
}

impl ApplicationPlace {
    /// The place of an API in an order.
    pub fn of(order: ApplicationOrder, client: &Client) -> Self {
        let id = client.id;
        match order {
            ApplicationOrder::Id => Self::Id(id),
            ApplicationOrder::Name => {
                let name = client.api().map(|api| folded(api.name.as_str()).into());
                Self::Name(name.unwrap_or_default(), id)
            }
            ApplicationOrder::State => Self::State(client.state != ClientState::Active, id),
            ApplicationOrder::Created => Self::Time(client.created, id),
            ApplicationOrder::Changed => Self::Time(client.changed, id),
        }
    }
}

/// A filter of APIs.
#[derive(Debug, Clone)]
pub enum ApplicationFilter {
    /// The name.
    Name(TextMatch),
    /// The id is one of these.
    Ids(BTreeSet<ClientId>),
    /// The state: true for active.
    Active(bool),
    /// Nothing matches.
    Nothing,
}

impl ApplicationFilter {
    fn matches(&self, client: &Client) -> bool {
        match self {
            Self::Name(wanted) => client.api().is_some_and(|api| wanted.matches(api.name.as_str())),
            Self::Ids(ids) => ids.contains(&client.id),
            Self::Active(active) => (client.state == ClientState::Active) == *active,
            Self::Nothing => false,
        }
    }
}

impl Snapshot {
    /// A page of APIs.
    ///
    /// # Errors
    /// [`QueryError`] if the page can't be made.
    pub fn list_applications(
        &self,
        query: &ApplicationQuery,
    ) -> Result<Listed<Arc<Client>, ApplicationPlace>, QueryError> {
        let named = query.filters.iter().find_map(|filter| match filter {
            ApplicationFilter::Ids(ids) => Some(ids),
            _ => None,
        });
        if let Some(ids) = named {
            return self.sort_applications(query, ids.iter().map(|id| Ok(*id)));
        }
        let projects = self.projects_with(Counted::ApplicationsOf, &query.within)?;
        let most = projects.iter().map(|(_, applications)| applications).sum();
        let projects: Vec<_> = projects.into_iter().map(|(id, _)| id).collect();
        if query.order != ApplicationOrder::Id {
            if most > SORTED_MAX as u64 {
                return Err(QueryError::TooManyToSort);
            }
            let rows = self.application_rows(&projects, None, false)?;
            return self.sort_applications(query, rows.map(|row| row.map(|(_, id)| id)));
        }
        let shows_all = query.filters.is_empty();
        let walk = Walk { page: &query.page, most, shows_all, hides_rows: !shows_all };
        let rows =
            |after: Option<&ApplicationPlace>| self.application_rows(&projects, after, query.page.backwards);
        walk.run(rows, |id| self.look_at_application(query, id))
    }

    fn look_at_application(
        &self,
        query: &ApplicationQuery,
        id: ClientId,
    ) -> Result<Look<Arc<Client>>, Unavailable> {
        Ok(match self.glance(id)? {
            Glance::Client(client) if query.filters.iter().all(|filter| filter.matches(&client)) => {
                Look::Shown(client)
            }
            Glance::Client(_) | Glance::Gone => Look::Hidden,
            Glance::Unreadable(id) => Look::Unreadable(id),
        })
    }

    fn sort_applications(
        &self,
        query: &ApplicationQuery,
        ids: impl Iterator<Item = Result<ClientId, Unavailable>>,
    ) -> Result<Listed<Arc<Client>, ApplicationPlace>, QueryError> {
        let (mut all, mut unreadable) = (Vec::new(), Vec::new());
        for id in ids {
            match self.look_at_application(query, id?)? {
                Look::Shown(client) => {
                    if client.api().is_some_and(|api| query.within.contains(api.project)) {
                        all.push((ApplicationPlace::of(query.order, &client), client));
                    }
                }
                Look::Hidden => {}
                Look::Unreadable(id) => unreadable.push(id),
            }
        }
        unreadable.truncate(query.page.limit);
        Ok(sorted(all, &query.page, unreadable))
    }

    /// APIs in the order of ids.
    pub(super) fn application_rows(
        &self,
        projects: &[ProjectId],
        after: Option<&ApplicationPlace>,
        backwards: bool,
    ) -> Result<Rows<'_, ApplicationPlace, ClientId>, Unavailable> {
        let after = match after {
            Some(ApplicationPlace::Id(id)) => Some(id.0),
            _ => None,
        };
        merged(projects, backwards, |project| {
            let key = |id| (project.0, id);
            let range = behind(key(0), key(u64::MAX), after.map(key), backwards);
            Ok(Directed::new(self.applications.range(range)?, backwards).map(|row| {
                let id = ClientId(row?.0.value().1);
                Ok((ApplicationPlace::Id(id), id))
            }))
        })
    }
}
