//! Roles granted to users.

use super::merge::{Directed, behind, merged};
use super::{Glance, Listed, Look, Page, QueryError, Rows, Shown, TextMatch, Walk, Within, sorted};
use crate::counts::Counted;
use crate::fault::Unavailable;
use crate::snapshot::Snapshot;
use jeton_domain::client::Client;
use jeton_domain::id::{AuthorizationId, ClientId, OrganizationId, ProjectId};
use jeton_domain::project::Project;
use jeton_domain::service_user::Authorization;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A listing of authorizations, in the order of their ids, which is that of their creation.
#[derive(Debug)]
pub struct AuthorizationQuery {
    /// The projects of the listed authorizations.
    pub within: Within<ProjectId>,
    /// A further scope: authorizations given by grants.
    pub by_grant: ByGrant,
    /// Filters, all of which must match.
    pub filters: Vec<AuthorizationFilter>,
    /// The requested part.
    pub page: Page<AuthorizationId>,
}

/// Authorizations for these projects that were given by a grant, of users of these organizations.
#[derive(Debug, Default)]
pub struct ByGrant {
    /// The projects.
    pub projects: BTreeSet<ProjectId>,
    /// The organizations that they are granted to.
    pub organizations: BTreeSet<OrganizationId>,
}

impl ByGrant {
    fn contains(&self, client: &Client, authorization: &Authorization) -> bool {
        authorization.by_grant
            && self.projects.contains(&authorization.project)
            && self.organizations.contains(&client.organization)
    }
}

/// A filter of authorizations.
#[derive(Debug, Clone)]
pub enum AuthorizationFilter {
    /// The id is one of these.
    Ids(BTreeSet<AuthorizationId>),
    /// The user is one of these.
    Users(BTreeSet<ClientId>),
    /// The user's organization.
    UserOrganization(OrganizationId),
    /// The giving organization: the project's, or the one that the project is granted to.
    GivenBy(OrganizationId),
    /// The key of one of the roles.
    Role(TextMatch),
    /// The state: true for active.
    Active(bool),
    /// The user's username.
    Username(TextMatch),
    /// The user's display name.
    DisplayName(TextMatch),
}

impl AuthorizationFilter {
    fn matches(&self, client: &Client, authorization: &Authorization, project: &Project) -> bool {
        match self {
            Self::GivenBy(id) => authorization.given_by(project, client.organization) == *id,
            Self::Ids(ids) => ids.contains(&authorization.id),
            Self::Users(users) => users.contains(&client.id),
            Self::UserOrganization(organization) => client.organization == *organization,
            Self::Role(wanted) => authorization.roles.iter().any(|role| wanted.matches(role.as_str())),
            Self::Active(active) => authorization.active == *active,
            Self::Username(wanted) => wanted.matches(client.name.as_str()),
            Self::DisplayName(wanted) => {
                client.service_user().is_some_and(|user| wanted.matches(user.name.as_str()))
            }
        }
    }
}

/// A listed authorization, and its user.
pub type FoundAuthorization = (Arc<Client>, Authorization);

impl Snapshot {
    /// A page of authorizations. Those for deleted projects are not listed, nor those by deleted grants.
    ///
    /// # Errors
    /// [`QueryError`] if the page can't be made.
    pub fn list_authorizations(
        &self,
        query: &AuthorizationQuery,
    ) -> Result<Listed<FoundAuthorization, AuthorizationId>, QueryError> {
        if let Some(named) = self.named_authorizations(query)? {
            return Ok(named);
        }
        let all = match &query.within {
            Within::Everything => Within::Everything,
            Within::These(these) => Within::These(these.union(&query.by_grant.projects).copied().collect()),
        };
        let projects = self.projects_with(Counted::AuthorizationsOf, &all)?;
        let most = projects.iter().map(|(_, authorizations)| authorizations).sum();
        let projects: Vec<_> = projects.into_iter().map(|(id, _)| id).collect();
        let is_everything = query.within == Within::Everything;
        let hides_some =
            |id: &ProjectId| self.instance().project(*id).is_some_and(|project| project.has_lost_grants);
        let shows_all = query.filters.is_empty()
            && query.by_grant.projects.is_empty()
            && !projects.iter().any(hides_some);
        let walk = Walk {
            page: &query.page,
            most,
            shows_all,
            // In the scope of all projects there may be authorizations for deleted ones.
            hides_rows: !shows_all || is_everything && self.authorizations.len()? != most,
        };
        let among = (!is_everything).then_some(&*projects);
        let rows = |after: Option<&AuthorizationId>| {
            self.authorization_rows(among, after.copied(), query.page.backwards)
        };
        let mut shown = Shown::new();
        walk.run(rows, |(id, client)| self.look_at_authorization(query, id, client, &mut shown))
    }

    fn look_at_authorization(
        &self,
        query: &AuthorizationQuery,
        id: AuthorizationId,
        client: ClientId,
        shown: &mut Shown,
    ) -> Result<Look<FoundAuthorization>, Unavailable> {
        let client = match self.glance_once(client, shown)? {
            Glance::Client(client) => client,
            Glance::Gone => return Ok(Look::Hidden),
            Glance::Unreadable(id) => return Ok(Look::Unreadable(id)),
        };
        let authorization = client.service_user().and_then(|user| user.authorization(id)).cloned();
        let listed = authorization.filter(|authorization| self.is_listed(query, &client, authorization));
        let Some(authorization) = listed else { return Ok(Look::Hidden) };
        shown.insert(client.id, Arc::clone(&client));
        Ok(Look::Shown((client, authorization)))
    }

    fn is_listed(&self, query: &AuthorizationQuery, client: &Client, authorization: &Authorization) -> bool {
        let Some(project) = self.instance().project(authorization.project) else { return false };
        let is_within = query.within.contains(project.id) || query.by_grant.contains(client, authorization);
        is_within
            && !authorization.is_revoked(self.instance(), client.organization)
            && query.filters.iter().all(|filter| filter.matches(client, authorization, project))
    }

    /// The page, if a filter names authorizations or users.
    fn named_authorizations(
        &self,
        query: &AuthorizationQuery,
    ) -> Result<Option<Listed<FoundAuthorization, AuthorizationId>>, QueryError> {
        let mut all = Vec::new();
        let mut users = BTreeSet::new();
        let named = query.filters.iter().find_map(|filter| match filter {
            AuthorizationFilter::Ids(ids) => Some(Ok(ids)),
            AuthorizationFilter::Users(users) => Some(Err(users)),
            _ => None,
        });
        match named {
            None => return Ok(None),
            Some(Err(named)) => users.extend(named),
            Some(Ok(ids)) => {
                for id in ids {
                    users.extend(self.authorizations.get(id.0)?.map(|client| ClientId(client.value())));
                }
            }
        }
        let mut unreadable = Vec::new();
        for user in users {
            match self.glance(user)? {
                Glance::Client(client) => {
                    let own = client.service_user().map(|user| user.authorizations.as_slice());
                    let own = own.unwrap_or_default().iter();
                    let shown = own.filter(|authorization| self.is_listed(query, &client, authorization));
                    all.extend(shown.map(|shown| (shown.id, (Arc::clone(&client), shown.clone()))));
                }
                Glance::Gone => {}
                Glance::Unreadable(id) => unreadable.push(id),
            }
        }
        unreadable.truncate(query.page.limit);
        Ok(Some(sorted(all, &query.page, unreadable)))
    }

    /// Authorizations for these projects, or all, and their users, in the order of ids.
    fn authorization_rows(
        &self,
        projects: Option<&[ProjectId]>,
        after: Option<AuthorizationId>,
        backwards: bool,
    ) -> Result<Rows<'_, AuthorizationId, (AuthorizationId, ClientId)>, Unavailable> {
        let after = after.map(|id| id.0);
        let row = |id: u64, client: u64| {
            let id = AuthorizationId(id);
            (id, (id, ClientId(client)))
        };
        match projects {
            None => {
                let rows = self.authorizations.range(behind(0, u64::MAX, after, backwards))?;
                let rows = Directed::new(rows, backwards);
                Ok(Box::new(rows.map(move |entry| entry.map(|(id, client)| row(id.value(), client.value())))))
            }
            Some(projects) => merged(projects, backwards, |project| {
                let key = |id| (project.0, id);
                let range = behind(key(0), key(u64::MAX), after.map(key), backwards);
                let rows = Directed::new(self.project_authorizations.range(range)?, backwards);
                Ok(rows.map(move |entry| entry.map(|(key, client)| row(key.value().1, client.value()))))
            }),
        }
    }
}
