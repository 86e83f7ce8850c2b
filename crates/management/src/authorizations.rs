//! Roles granted to users: `zitadel.authorization.v2.AuthorizationService`.

use super::ApiError;
use super::access::parse_project;
use super::call::Call;
use super::caller::Caller;
use super::handle::Handle;
use super::json::or_gone;
use super::pages::Cut;
use super::pages::everything;
use super::pages::pagination;
use super::project_roles::parse_role;
use super::sorting::authorization_key;
use super::sorting::authorization_order;
use super::text_match::read_each;
use super::text_match::wanting;
use jeton_api::authorizations::{
    AuthorizationFilter, Authorizations, CreateAuthorization, CreatedAuthorization, ListAuthorizations,
    ListedAuthorization, State, UpdateAuthorization,
};
use jeton_api::calls::authorization;
use jeton_api::values::{Changed, Date, Deleted, Id};
use jeton_domain::admin::ClientUpdate;
use jeton_domain::client::Client;
use jeton_domain::id::{AuthorizationId, ClientId, EventId, OrganizationId, ProjectId};
use jeton_domain::instance::Instance;
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::project::Project;
use jeton_domain::refusal::OperationError;
use jeton_domain::role::RoleKey;
use jeton_domain::service_user::Authorization;
use jeton_store::Versioned;
use jeton_store::query::{self, AuthorizationQuery, ByGrant, Within};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Handle for authorization::CreateAuthorization {
    async fn handle(call: &Call, request: CreateAuthorization) -> Result<CreatedAuthorization, ApiError> {
        let project = call.project_to_give(&request.project_id)?;
        // Callers that may only assign through a grant learn nothing of the project's own users.
        let place = ResourcePath::Project(project.organization, project.id);
        let home = call.caller.may(Permission::GrantWrite, place).then_some(project.organization);
        let user = call.grantee(&request.user_id, home)?;
        let by_grant = call.is_by_grant(request.organization_id.as_deref(), &project, user)?;
        let now = call.now();
        let id = AuthorizationId(call.next_id());
        let authorization = Authorization {
            id,
            project: project.id,
            roles: parse_roles(&request.role_keys, Some(&*project).filter(|_| !by_grant))?,
            active: true,
            by_grant,
            created: now,
            changed: now,
            // The writer assigns the event number.
            event_id: EventId(0),
        };
        call.update(user, ClientUpdate::Authorize(authorization), now).await?;
        Ok(CreatedAuthorization { id: id.to_string(), creation_date: Date(now) })
    }
}

impl Call {
    /// The project, if the caller may assign its roles: to every user it sees, or to users of an organization
    /// that the project is granted to. The writer checks the right again, for the user.
    fn project_to_give(&self, id: &str) -> Result<Arc<Project>, ApiError> {
        let project = self.instance()?.projects.get(&parse_project("projectId", id)?).cloned();
        let gives_to =
            |to: &OrganizationId| self.caller.may(Permission::GrantWrite, ResourcePath::Organization(*to));
        match project.filter(|project| project.grants.keys().any(gives_to)) {
            Some(project) => Ok(project),
            None => self.project(id, Permission::GrantWrite),
        }
    }

    /// True if an authorization uses the project's grant to the user's organization, which is so if that
    /// organization is named. The writer decides likewise if none is named and the project is granted to the
    /// user's organization.
    fn is_by_grant(&self, named: Option<&str>, project: &Project, user: ClientId) -> Result<bool, ApiError> {
        let Some(named) = named.filter(|id| *id != project.organization.to_string()) else {
            return Ok(false);
        };
        let user = self.snapshot()?.administered_client(user)?;
        let home = user.map(|known| known.client.organization);
        match home.filter(|home| home.to_string() == named && project.grants.contains_key(home)) {
            Some(_) => Ok(true),
            None => Err(ApiError::invalid(
                "organizationId: must be the project's, or the user's if the project is granted to it",
            )),
        }
    }
}

/// Role keys, of a project if one is given: sorted and without duplicates. The writer checks those of a
/// grant.
pub(super) fn parse_roles(keys: &[String], project: Option<&Project>) -> Result<Vec<RoleKey>, ApiError> {
    let read = |(place, key): (usize, &String)| {
        let member = format!("roleKeys[{place}]");
        let key = parse_role(&member, key)?;
        match project {
            Some(project) if project.role(&key).is_none() => {
                let refusal = OperationError::UnknownRole;
                Err(ApiError { message: format!("{member}: {key}: {refusal}"), ..refusal.into() })
            }
            _ => Ok(key),
        }
    };
    let mut roles = keys.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
    roles.sort_unstable();
    roles.dedup();
    Ok(roles)
}

impl Handle for authorization::UpdateAuthorization {
    async fn handle(call: &Call, request: UpdateAuthorization) -> Result<Changed, ApiError> {
        let (id, known) = call.authorization(&request.id, Permission::GrantWrite)?;
        let instance = call.instance()?;
        let user = known.client.service_user();
        let own =
            user.and_then(|user| user.authorization(id)).filter(|authorization| !authorization.by_grant);
        let project = own.and_then(|authorization| instance.project(authorization.project));
        let roles = parse_roles(&request.role_keys, project)?;
        change(call, &request.id, |id| ClientUpdate::Reauthorize(id, roles)).await
    }
}

impl Handle for authorization::ActivateAuthorization {
    async fn handle(call: &Call, request: Id) -> Result<Changed, ApiError> {
        switch(call, &request.id, true).await
    }
}

impl Handle for authorization::DeactivateAuthorization {
    async fn handle(call: &Call, request: Id) -> Result<Changed, ApiError> {
        switch(call, &request.id, false).await
    }
}

/// Setting the current state again is no error, as in ZITADEL.
async fn switch(call: &Call, id: &str, active: bool) -> Result<Changed, ApiError> {
    let (found, known) = call.authorization(id, Permission::GrantWrite)?;
    let user = known.client.service_user();
    match user.and_then(|user| user.authorization(found)).filter(|old| old.active == active) {
        Some(old) => Ok(Changed { change_date: Date(old.changed) }),
        None => change(call, id, |id| ClientUpdate::SetAuthorizationActive(id, active)).await,
    }
}

async fn change(
    call: &Call,
    id: &str,
    update: impl FnOnce(AuthorizationId) -> ClientUpdate,
) -> Result<Changed, ApiError> {
    let (id, known) = call.authorization(id, Permission::GrantWrite)?;
    let now = call.now();
    call.update(known.client.id, update(id), now).await?;
    Ok(Changed { change_date: Date(now) })
}

impl Handle for authorization::DeleteAuthorization {
    async fn handle(call: &Call, request: Id) -> Result<Deleted, ApiError> {
        or_gone(remove(call, &request).await)
    }
}

async fn remove(call: &Call, request: &Id) -> Result<Deleted, ApiError> {
    let (id, known) = call.authorization(&request.id, Permission::GrantWrite)?;
    let now = call.now();
    call.update(known.client.id, ClientUpdate::Unauthorize(id), now).await?;
    Ok(Deleted::at(now))
}

impl Caller {
    /// True if the caller has this right on an authorization: in its project, or in its user's organization
    /// if that has it by a grant or the project was deleted.
    fn may_to(
        &self,
        permission: Permission,
        instance: &Instance,
        client: &Client,
        authorization: &Authorization,
    ) -> bool {
        let project = instance.project(authorization.project);
        let in_project = project.map(|project| ResourcePath::Project(project.organization, project.id));
        let at_home = authorization.by_grant || project.is_none();
        in_project.is_some_and(|place| self.may(permission, place))
            || at_home && self.may(permission, ResourcePath::Organization(client.organization))
    }
}

impl Call {
    /// The authorization with this id and its user, if the caller may do this to it.
    fn authorization(
        &self,
        id: &str,
        permission: Permission,
    ) -> Result<(AuthorizationId, Versioned), ApiError> {
        let id = AuthorizationId::parse(id).map_err(|error| ApiError::invalid(format!("id: {error}")))?;
        let known =
            self.snapshot()?.client_by_authorization(id)?.ok_or(OperationError::UnknownAuthorization)?;
        let user = known.client.service_user();
        let authorization =
            user.and_then(|user| user.authorization(id)).ok_or(OperationError::UnknownAuthorization)?;
        let instance = self.instance()?;
        let may = |permission| self.caller.may_to(permission, &instance, &known.client, authorization);
        let is_gone = authorization.is_revoked(&instance, known.client.organization);
        if is_gone || !may(Permission::GrantRead) {
            return Err(OperationError::UnknownAuthorization.into());
        }
        if may(permission) { Ok((id, known)) } else { Err(ApiError::denied(permission)) }
    }
}

/// The filter, if it is not about projects alone.
fn read_filter(
    filter: &AuthorizationFilter,
    call: &Call,
) -> Result<Option<query::AuthorizationFilter>, ApiError> {
    use query::AuthorizationFilter as Filter;
    Ok(match filter {
        // Text that is no id matches nothing.
        AuthorizationFilter::Ids(wanted) => {
            let ids = wanted.ids.iter().filter_map(|id| AuthorizationId::parse(id).ok());
            Some(Filter::Ids(ids.collect()))
        }
        AuthorizationFilter::Users(wanted) => {
            let named =
                |(place, id): (usize, &String)| call.id_of_user(&format!("inUserIds.ids[{place}]"), id);
            let ids = wanted.ids.iter().enumerate().map(named).collect::<Result<Vec<_>, _>>()?;
            Some(Filter::Users(ids.into_iter().flatten().collect()))
        }
        AuthorizationFilter::User(wanted) => {
            Some(Filter::Users(call.id_of_user("userId.id", &wanted.id)?.into_iter().collect()))
        }
        AuthorizationFilter::UserOrganization(wanted) => Some(
            OrganizationId::parse(&wanted.id).map_or(Filter::Ids(BTreeSet::new()), Filter::UserOrganization),
        ),
        AuthorizationFilter::Role { key, method } => {
            Some(Filter::Role(wanting(*method, "roleKey.key", key)?))
        }
        AuthorizationFilter::State { state } => Some(Filter::Active(*state == State::Active)),
        AuthorizationFilter::LoginName { login_name, method } => {
            Some(Filter::Username(wanting(*method, "userPreferredLoginName.loginName", login_name)?))
        }
        AuthorizationFilter::DisplayName { display_name, method } => {
            Some(Filter::DisplayName(wanting(*method, "userDisplayName.displayName", display_name)?))
        }
        AuthorizationFilter::Organization(wanted) => {
            OrganizationId::parse(&wanted.id).ok().map(Filter::GivenBy)
        }
        AuthorizationFilter::Project(_) | AuthorizationFilter::ProjectName { .. } => None,
    })
}

/// The projects that match the filter.
fn projects_of(filter: &AuthorizationFilter, instance: &Instance) -> Result<Within<ProjectId>, ApiError> {
    let those = |is_meant: &dyn Fn(&Project) -> bool| {
        let meant = instance.projects.values().filter(|project| is_meant(project));
        Within::These(meant.map(|project| project.id).collect())
    };
    Ok(match filter {
        AuthorizationFilter::Organization(wanted) => {
            let id = OrganizationId::parse(&wanted.id).ok();
            let gives =
                |project: &Project, id| project.organization == id || project.grants.contains_key(&id);
            those(&|project| id.is_some_and(|id| gives(project, id)))
        }
        AuthorizationFilter::Project(wanted) => {
            Within::These(ProjectId::parse(&wanted.id).into_iter().collect())
        }
        AuthorizationFilter::ProjectName { name, method } => {
            let wanted = wanting(*method, "projectName.name", name)?;
            those(&|project| wanted.matches(project.name.as_str()))
        }
        _ => Within::Everything,
    })
}

/// The order of authorizations, in page tokens.
const ORDER: &str = "authorizations";

impl Handle for authorization::ListAuthorizations {
    async fn handle(call: &Call, request: ListAuthorizations) -> Result<Authorizations, ApiError> {
        let snapshot = call.snapshot()?;
        let instance = snapshot.instance();
        let mut within = call.projects_with(Permission::GrantRead, instance);
        let mut by_grant = call.granted(&within, instance);
        for left in read_each("filters", &request.filters, |filter| projects_of(filter, instance))? {
            within = within.and(&left);
            by_grant.projects.retain(|id| left.contains(*id));
        }
        let filters = read_each("filters", &request.filters, |filter| read_filter(filter, call))?;
        let (page, column, tokens) = (&request.pagination, request.sorting_column, call.page_tokens());
        let query = AuthorizationQuery {
            within,
            by_grant,
            filters: filters.into_iter().flatten().collect(),
            page: match authorization_order(column) {
                None => tokens.of_query(page, ORDER, AuthorizationId)?,
                Some(_) => everything(),
            },
        };
        let listed = snapshot.list_authorizations(&query).map_err(|error| tokens.refused(error))?;
        let Cut { pagination, found, next_page_token } = match authorization_order(column) {
            None => Cut {
                pagination: pagination(page, listed.total),
                found: listed.found,
                next_page_token: listed.next.map(|id| tokens.seal(ORDER, &id.0)),
            },
            Some(order) => {
                let all = (listed.found, listed.next.is_some());
                tokens.sort(page, order, all, |found| authorization_key(column, found, instance))?
            }
        };
        let shown = found.iter().filter_map(|(client, authorization)| {
            let project = instance.project(authorization.project)?;
            Some(ListedAuthorization::of(client, authorization, project, instance))
        });
        Ok(Authorizations {
            pagination,
            authorizations: shown.collect(),
            next_page_token,
            unreadable: call.told(listed.unreadable, Permission::GrantRead),
        })
    }
}

impl Call {
    /// The caller's view of other projects: authorizations by grants to organizations where it may see them.
    fn granted(&self, seen: &Within<ProjectId>, instance: &Instance) -> ByGrant {
        let may =
            |to: &&OrganizationId| self.caller.may(Permission::GrantRead, ResourcePath::Organization(**to));
        let mut by_grant = ByGrant::default();
        for project in instance.projects.values().filter(|project| !seen.contains(project.id)) {
            let own: Vec<_> = project.grants.keys().filter(may).copied().collect();
            if !own.is_empty() {
                by_grant.projects.insert(project.id);
                by_grant.organizations.extend(own);
            }
        }
        by_grant
    }

    /// The id of a user, by id or username, if there is one; `member` is its path in the request.
    fn id_of_user(&self, member: &str, reference: &str) -> Result<Option<ClientId>, ApiError> {
        match ClientId::parse(reference) {
            Ok(id) => Ok(Some(id)),
            Err(_) => Ok(self.any_user(member, reference)?.map(|known| known.client.id)),
        }
    }
}
