//! Objects by permission.
//!
//! A handler gets every object from here by naming the permission that it needs, and the writer checks again
//! when it applies a command. An object that the caller may not see looks like one that does not exist.

use super::call::Call;
use super::caller::Caller;
use super::{ApiError, Code};
use jeton_api::page::PAGE_LEN;
use jeton_domain::admin::Operation;
use jeton_domain::id::{ClientId, ClientName, OrganizationId, ProjectId};
use jeton_domain::instance::Instance;
use jeton_domain::permission::{AdminScope, Permission, ResourcePath};
use jeton_domain::project::Project;
use jeton_domain::time::Timestamp;
use jeton_store::query::Within;
use jeton_store::{Unavailable, Versioned};
use std::sync::Arc;

impl Call {
    /// Refuses a caller that lacks this permission there.
    pub(super) fn permit(&self, permission: Permission, place: ResourcePath) -> Result<(), ApiError> {
        if self.caller.may(permission, place) { Ok(()) } else { Err(ApiError::denied(permission)) }
    }

    /// The service user with this id or username, if the caller has this permission on it.
    pub(super) fn user(&self, reference: &str, permission: Permission) -> Result<Versioned, ApiError> {
        self.user_at("userId", reference, permission)
    }

    /// The same for a request that names it under this path.
    pub(super) fn user_at(
        &self,
        member: &str,
        reference: &str,
        permission: Permission,
    ) -> Result<Versioned, ApiError> {
        let missing = || ApiError::not_found(format!("there is no user {reference}"));
        let known = self.any_user(member, reference)?.ok_or_else(missing)?;
        let place = ResourcePath::Organization(known.client.organization);
        if !self.caller.may(Permission::UserRead, place) {
            return Err(missing());
        }
        self.permit(permission, place)?;
        Ok(known)
    }

    /// The API with this application id, if the caller has this permission on it.
    pub(super) fn api(&self, reference: &str, permission: Permission) -> Result<Versioned, ApiError> {
        let missing = || ApiError::not_found(format!("there is no application {reference}"));
        let known = self.lookup("applicationId", reference)?.ok_or_else(missing)?;
        let project = known.client.api().map(|api| api.project).ok_or_else(missing)?;
        let place = ResourcePath::Project(known.client.organization, project);
        if !self.caller.may(Permission::ProjectRead, place) {
            return Err(missing());
        }
        self.permit(permission, place)?;
        Ok(known)
    }

    /// A user or an application, if the caller may change its credentials.
    pub(super) fn client(&self, reference: &str) -> Result<Versioned, ApiError> {
        match self.lookup("userId", reference)? {
            Some(known) if known.client.api().is_some() => self.api(reference, Permission::ProjectWrite),
            _ => self.user(reference, Permission::UserWrite),
        }
    }

    /// A user or an application, if the caller may see it.
    pub(super) fn readable(&self, reference: &str) -> Result<Versioned, ApiError> {
        match self.lookup("userId", reference)? {
            Some(known) if known.client.api().is_some() => self.api(reference, Permission::ProjectRead),
            _ => self.user(reference, Permission::UserRead),
        }
    }

    /// The project with this id, if the caller has this permission on it.
    pub(super) fn project(&self, id: &str, permission: Permission) -> Result<Arc<Project>, ApiError> {
        let id = parse_project("projectId", id)?;
        let missing = || ApiError::not_found(format!("there is no project {id}"));
        let instance = self.instance()?;
        let found = instance.projects.get(&id).cloned();
        let project = found.ok_or_else(|| unless_lost(instance.lost.projects, missing()))?;
        let place = ResourcePath::Project(project.organization, id);
        if !self.caller.may(Permission::ProjectRead, place) {
            return Err(missing());
        }
        self.permit(permission, place)?;
        Ok(project)
    }

    /// The organization with this id, if the caller has this permission there; without an id the caller's
    /// own.
    pub(super) fn organization(
        &self,
        id: Option<&str>,
        permission: Permission,
    ) -> Result<OrganizationId, ApiError> {
        let id = match id {
            None => self.own_organization()?,
            Some(id) => OrganizationId::parse(id)
                .map_err(|error| ApiError::invalid(format!("organizationId: {error}")))?,
        };
        let place = ResourcePath::Organization(id);
        let instance = self.instance()?;
        let exists = instance.organization(id).is_some();
        if !exists || !self.caller.may(Permission::OrganizationRead, place) {
            let missing = ApiError::not_found(format!("there is no organization {id}"));
            return Err(unless_lost(!exists && instance.lost.organizations, missing));
        }
        self.permit(permission, place)?;
        Ok(id)
    }

    /// A service user without a check of permissions, for handlers that check the parts that they show.
    /// `member` is its path in the request.
    pub(super) fn any_user(&self, member: &str, reference: &str) -> Result<Option<Versioned>, ApiError> {
        Ok(self.lookup(member, reference)?.filter(|known| known.client.service_user().is_some()))
    }

    /// The caller's own organization; the operator's is the default one.
    pub(super) fn own_organization(&self) -> Result<OrganizationId, ApiError> {
        match &self.caller {
            Caller::Operator => Ok(self.instance()?.default_organization),
            Caller::Bearer(client, _) => Ok(client.organization),
        }
    }

    /// A user or an application by id or username, without a check of permissions; `member` is its path in
    /// the request.
    pub(super) fn lookup(&self, member: &str, reference: &str) -> Result<Option<Versioned>, ApiError> {
        let snapshot = self.snapshot()?;
        let digits = !reference.is_empty() && reference.bytes().all(|b| b.is_ascii_digit());
        if digits {
            let id = ClientId::parse(reference)
                .map_err(|error| ApiError::invalid(format!("{member}: {error}")))?;
            return Ok(snapshot.administered_client(id)?);
        }
        let name = ClientName::username(reference)
            .map_err(|error| ApiError::invalid(format!("{member}: {error}")))?;
        match snapshot.client_named(&name)? {
            Some(id) => Ok(snapshot.administered_client(id)?),
            None => Ok(None),
        }
    }

    /// The id of a client whose record can't be read, by id or username.
    pub(super) fn unreadable_client(&self, reference: &str) -> Result<Option<ClientId>, ApiError> {
        let snapshot = self.snapshot()?;
        let id = match (ClientId::parse(reference), ClientName::username(reference)) {
            (Ok(id), _) => Some(id),
            (Err(_), Ok(name)) => snapshot.client_named(&name)?,
            (Err(_), Err(_)) => None,
        };
        match id {
            Some(id) if snapshot.has_unreadable_client(id)? => Ok(Some(id)),
            Some(_) | None => Ok(None),
        }
    }

    /// The id of a project whose record can't be read.
    pub(super) fn unreadable_project(&self, id: &str) -> Result<Option<ProjectId>, ApiError> {
        let Ok(id) = ProjectId::parse(id) else { return Ok(None) };
        Ok(self.snapshot()?.has_unreadable_project(id)?.then_some(id))
    }

    /// The id of an organization whose record can't be read.
    pub(super) fn unreadable_organization(&self, id: &str) -> Result<Option<OrganizationId>, ApiError> {
        let Ok(id) = OrganizationId::parse(id) else { return Ok(None) };
        Ok(self.snapshot()?.has_unreadable_organization(id)?.then_some(id))
    }

    /// Ids of unreadable records, for a caller that may see all objects of the kind.
    pub(super) fn told<I: ToString>(
        &self,
        unreadable: impl IntoIterator<Item = I>,
        permission: Permission,
    ) -> Vec<String> {
        if !self.caller.may(permission, ResourcePath::Instance) {
            return Vec::new();
        }
        let mut ids: Vec<_> = unreadable.into_iter().map(|id| id.to_string()).collect();
        ids.dedup();
        ids.truncate(PAGE_LEN.1 as usize);
        ids
    }

    /// Deletes or deactivates an object whose record can't be read; returns the time. The writer checks the
    /// right; for other callers the object looks like one that does not exist.
    pub(super) async fn end_unreadable(&self, operation: Operation) -> Result<Timestamp, ApiError> {
        let now = self.now();
        match self.execute(operation, now).await {
            Ok(_) => Ok(now),
            Err(error) if error.code == Code::PermissionDenied => {
                Err(ApiError::not_found("there is nothing with this id"))
            }
            Err(error) => Err(error),
        }
    }

    /// The organizations in which the caller has this right, with everything that belongs to them.
    pub(super) fn organizations_with(&self, permission: Permission) -> Within<OrganizationId> {
        if self.caller.may(permission, ResourcePath::Instance) {
            return Within::Everything;
        }
        let own = self.caller.realms().filter_map(|realm| match realm {
            AdminScope::Organization(id) => Some(id),
            AdminScope::Instance | AdminScope::Project(_) => None,
        });
        Within::These(own.filter(|id| self.caller.may(permission, ResourcePath::Organization(*id))).collect())
    }

    /// The projects in which the caller has this right.
    pub(super) fn projects_with(&self, permission: Permission, instance: &Instance) -> Within<ProjectId> {
        if self.caller.may(permission, ResourcePath::Instance) {
            return Within::Everything;
        }
        let is_seen = |project: &Arc<Project>| {
            self.caller.may(permission, ResourcePath::Project(project.organization, project.id))
        };
        let seen = instance.projects.values().filter(|project| is_seen(project));
        Within::These(seen.map(|project| project.id).collect())
    }
}

/// The error for an unknown id: the object is missing or, if records are unreadable, may be one of them.
fn unless_lost(are_lost: bool, missing: ApiError) -> ApiError {
    if are_lost { Unavailable::Damage.into() } else { missing }
}

/// Reads the id of a project at this path of the request.
pub(super) fn parse_project(member: &str, id: &str) -> Result<ProjectId, ApiError> {
    ProjectId::parse(id).map_err(|error| ApiError::invalid(format!("{member}: {error}")))
}
