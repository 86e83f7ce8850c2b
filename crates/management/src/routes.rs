//! The table of all calls: their names in Connect and REST, the permission that they need, their shapes.
//!
//! It is the only list: it dispatches requests and generates the OpenAPI document, and a test calls every row
//! of it with every kind of caller.

use super::ApiError;
use super::call::Call;
use super::handle::Handle;
#[cfg(test)]
use super::normalise::Probe;
use Permission::{
    AdministratorRead, AdministratorWrite, EventRead, GrantRead, GrantWrite, KeyRead, KeyWrite, LeakReport,
    OrganizationCreate, OrganizationDelete, OrganizationRead, OrganizationWrite, ProjectCreate,
    ProjectDelete, ProjectGrantDelete, ProjectGrantRead, ProjectGrantWrite, ProjectRead, ProjectWrite,
    UserDelete, UserRead, UserWrite,
};
use Verb::{Delete, Get, Patch, Post};
use jeton_api::calls::{
    administrator, application, audit, authorization, credential, name, organization, project, server, token,
    token_key, user, web_key,
};
use jeton_api::message::Message;
use jeton_domain::permission::Permission;
use schemars::{Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::pin::Pin;

type Answering<'c> = Pin<Box<dyn Future<Output = Result<Vec<u8>, ApiError>> + Send + 'c>>;

/// A verb of REST.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Reads.
    Get,
    /// Does something.
    Post,
    /// Changes the given members.
    Patch,
    /// Removes.
    Delete,
}

impl Verb {
    /// The name in HTTP.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// The status of a success.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// 200
    Ok,
    /// 201
    Created,
}

/// One call.
pub struct Route {
    /// The service, such as `zitadel.user.v2.UserService`.
    pub service: &'static str,
    /// The method, such as `CreateUser`.
    pub method: &'static str,
    /// The REST form, if it has one: verb and path, with members of the request in braces.
    pub rest: Option<(Verb, &'static str)>,
    /// The status of a success of the REST form; Connect has one for all.
    pub status: Status,
    /// The permission that the caller needs, at the place that the call is about.
    pub needs: Permission,
    /// The members of its request.
    pub(super) message: &'static Message,
    pub(super) run: for<'c> fn(&'c Call, Value) -> Answering<'c>,
    /// Reads a request as its handler does, for tests.
    #[cfg(test)]
    pub(super) reads: fn(Probe<'_, Value>) -> Result<(), serde_json::Error>,
    pub(super) reply: fn(&mut SchemaGenerator) -> Schema,
}

impl Route {
    /// True if it changes something: its permission is not one to read.
    pub fn is_change(&self) -> bool {
        !self.needs.name().ends_with(".read")
    }

    /// Its path over Connect.
    pub fn path(&self) -> String {
        format!("/{}/{}", self.service, self.method)
    }
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "/{}/{}", self.service, self.method)
    }
}

/// Deserialises a normalised request. A test checks that the table of members and the types of handlers
/// agree.
fn read<R: DeserializeOwned>(request: Value) -> Result<R, ApiError> {
    serde_json::from_value(request).map_err(|_| ApiError::internal())
}

fn write(reply: &impl Serialize) -> Result<Vec<u8>, ApiError> {
    serde_json::to_vec(reply).map_err(|_| ApiError::internal())
}

const fn call<O: Handle>(needs: Permission) -> Route {
    Route {
        service: O::SERVICE,
        method: O::METHOD,
        rest: None,
        status: Status::Ok,
        needs,
        message: O::MESSAGE,
        run: run::<O>,
        #[cfg(test)]
        reads: reads::<O>,
        reply: reply::<O>,
    }
}

impl Route {
    const fn rest(self, verb: Verb, path: &'static str) -> Self {
        Self { rest: Some((verb, path)), ..self }
    }

    const fn created(self) -> Self {
        Self { status: Status::Created, ..self }
    }
}

/// All calls, in the order of the document.
pub const ROUTES: &[Route] = &[
    // zitadel.user.v2.UserService
    call::<user::CreateUser>(UserWrite).rest(Post, "/v2/users/new").created(),
    call::<user::UpdateUser>(UserWrite).rest(Patch, "/v2/users/{userId}"),
    call::<user::GetUserByID>(UserRead).rest(Get, "/v2/users/{userId}"),
    call::<user::ListUsers>(UserRead).rest(Post, "/v2/users"),
    call::<user::DeleteUser>(UserDelete).rest(Delete, "/v2/users/{userId}"),
    call::<user::DeactivateUser>(UserWrite).rest(Post, "/v2/users/{userId}/deactivate"),
    call::<user::ReactivateUser>(UserWrite).rest(Post, "/v2/users/{userId}/reactivate"),
    call::<user::LockUser>(UserWrite).rest(Post, "/v2/users/{userId}/lock"),
    call::<user::UnlockUser>(UserWrite).rest(Post, "/v2/users/{userId}/unlock"),
    call::<user::AddSecret>(UserWrite).rest(Post, "/v2/users/{userId}/secret"),
    call::<user::RemoveSecret>(UserWrite).rest(Delete, "/v2/users/{userId}/secret"),
    call::<user::AddKey>(UserWrite).rest(Post, "/v2/users/{userId}/keys"),
    call::<user::RemoveKey>(UserWrite).rest(Delete, "/v2/users/{userId}/keys/{keyId}"),
    call::<user::ListKeys>(UserRead).rest(Post, "/v2/users/keys/search"),
    call::<user::AddPersonalAccessToken>(UserWrite).rest(Post, "/v2/users/{userId}/pats"),
    call::<user::RemovePersonalAccessToken>(UserWrite).rest(Delete, "/v2/users/{userId}/pats/{tokenId}"),
    call::<user::ListPersonalAccessTokens>(UserRead).rest(Post, "/v2/users/pats/search"),
    call::<user::SetUserMetadata>(UserWrite).rest(Post, "/v2/users/{userId}/metadata"),
    call::<user::ListUserMetadata>(UserRead).rest(Post, "/v2/users/{userId}/metadata/search"),
    call::<user::DeleteUserMetadata>(UserWrite).rest(Delete, "/v2/users/{userId}/metadata"),
    // zitadel.project.v2.ProjectService
    call::<project::CreateProject>(ProjectCreate),
    call::<project::UpdateProject>(ProjectWrite),
    call::<project::DeleteProject>(ProjectDelete),
    call::<project::GetProject>(ProjectRead),
    call::<project::ListProjects>(ProjectRead),
    call::<project::ActivateProject>(ProjectWrite),
    call::<project::DeactivateProject>(ProjectWrite),
    call::<project::AddProjectRole>(ProjectWrite),
    call::<project::UpdateProjectRole>(ProjectWrite),
    call::<project::RemoveProjectRole>(ProjectWrite),
    call::<project::ListProjectRoles>(ProjectRead),
    call::<project::CreateProjectGrant>(ProjectGrantWrite),
    call::<project::UpdateProjectGrant>(ProjectGrantWrite),
    call::<project::DeleteProjectGrant>(ProjectGrantDelete),
    call::<project::ActivateProjectGrant>(ProjectGrantWrite),
    call::<project::DeactivateProjectGrant>(ProjectGrantWrite),
    call::<project::ListProjectGrants>(ProjectGrantRead),
    // zitadel.application.v2.ApplicationService
    call::<application::CreateApplication>(ProjectWrite),
    call::<application::UpdateApplication>(ProjectWrite),
    call::<application::DeleteApplication>(ProjectWrite),
    call::<application::GetApplication>(ProjectRead),
    call::<application::ListApplications>(ProjectRead),
    call::<application::DeactivateApplication>(ProjectWrite),
    call::<application::ReactivateApplication>(ProjectWrite),
    call::<application::GenerateClientSecret>(ProjectWrite),
    call::<application::CreateApplicationKey>(ProjectWrite),
    call::<application::DeleteApplicationKey>(ProjectWrite),
    call::<application::GetApplicationKey>(ProjectRead),
    call::<application::ListApplicationKeys>(ProjectRead),
    // zitadel.authorization.v2.AuthorizationService
    call::<authorization::CreateAuthorization>(GrantWrite),
    call::<authorization::UpdateAuthorization>(GrantWrite),
    call::<authorization::DeleteAuthorization>(GrantWrite),
    call::<authorization::ActivateAuthorization>(GrantWrite),
    call::<authorization::DeactivateAuthorization>(GrantWrite),
    call::<authorization::ListAuthorizations>(GrantRead),
    // zitadel.org.v2.OrganizationService
    call::<organization::AddOrganization>(OrganizationCreate).rest(Post, "/v2/organizations").created(),
    call::<organization::UpdateOrganization>(OrganizationWrite)
        .rest(Post, "/v2/organizations/{organizationId}"),
    call::<organization::DeleteOrganization>(OrganizationDelete)
        .rest(Delete, "/v2/organizations/{organizationId}"),
    call::<organization::ListOrganizations>(OrganizationRead).rest(Post, "/v2/organizations/_search"),
    call::<organization::ActivateOrganization>(OrganizationWrite)
        .rest(Post, "/v2/organizations/{organizationId}/activate"),
    call::<organization::DeactivateOrganization>(OrganizationWrite)
        .rest(Post, "/v2/organizations/{organizationId}/deactivate"),
    call::<organization::SetOrganizationMetadata>(OrganizationWrite)
        .rest(Post, "/v2/organizations/{organizationId}/metadata"),
    call::<organization::ListOrganizationMetadata>(OrganizationRead)
        .rest(Post, "/v2/organizations/{organizationId}/metadata/search"),
    call::<organization::DeleteOrganizationMetadata>(OrganizationWrite)
        .rest(Delete, "/v2/organizations/{organizationId}/metadata"),
    // zitadel.internal_permission.v2.InternalPermissionService
    call::<administrator::CreateAdministrator>(AdministratorWrite),
    call::<administrator::UpdateAdministrator>(AdministratorWrite),
    call::<administrator::DeleteAdministrator>(AdministratorWrite),
    call::<administrator::ListAdministrators>(AdministratorRead),
    // zitadel.webkey.v2.WebKeyService
    call::<web_key::CreateWebKey>(KeyWrite),
    call::<web_key::ActivateWebKey>(KeyWrite),
    call::<web_key::DeleteWebKey>(KeyWrite).rest(Delete, "/v2/web_keys/{id}"),
    call::<web_key::ListWebKeys>(KeyRead).rest(Get, "/v2/web_keys"),
    // jeton.user.v1.UserService
    call::<user::CreateUsers>(UserWrite),
    call::<user::ListSecrets>(UserRead),
    // jeton.token.v1.TokenService
    call::<token::RevokeToken>(UserWrite),
    call::<token::ExplainToken>(UserRead),
    call::<token::RevokeUserTokens>(UserWrite),
    // jeton.credential.v1.CredentialService
    call::<credential::ListUnusedCredentials>(UserRead),
    call::<credential::ListExpiringCredentials>(UserRead),
    // jeton.name.v1.NameService
    call::<name::ListRetiredNames>(AdministratorRead),
    call::<name::FreeName>(AdministratorWrite),
    // jeton.leak.v1.LeakService
    call::<token::ReportLeak>(LeakReport),
    // jeton.webkey.v1.WebKeyService
    call::<web_key::RotateWebKey>(KeyWrite),
    // jeton.tokenkey.v1.TokenKeyService
    call::<token_key::ListTokenKeys>(KeyRead),
    call::<token_key::RotateTokenKey>(KeyWrite),
    call::<token_key::DeleteTokenKey>(KeyWrite),
    // jeton.audit.v1.AuditService
    call::<audit::ListEvents>(EventRead),
    call::<audit::VerifyEvents>(EventRead),
    // jeton.server.v1.ServerService
    call::<server::GetStatistics>(EventRead),
    call::<server::ListRefusals>(UserRead),
    // jeton.admin.v1.AdminService
    call::<administrator::Bootstrap>(AdministratorWrite),
];

fn run<O: Handle>(call: &Call, request: Value) -> Answering<'_> {
    Box::pin(async move { write(&O::handle(call, read(request)?).await?) })
}

#[cfg(test)]
fn reads<O: Handle>(request: Probe<'_, Value>) -> Result<(), serde_json::Error> {
    <O::Request as serde::Deserialize>::deserialize(request).map(|_| ())
}

fn reply<O: Handle>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<O::Reply>()
}

/// The call at a Connect path.
pub fn at(path: &str) -> Option<&'static Route> {
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    ROUTES.iter().find(|route| route.service == service && route.method == method)
}

/// The reason why a call of ZITADEL's is not supported.
pub fn unsupported(service: &str, method: &str) -> Option<&'static str> {
    let known = |prefixes: &[&str]| prefixes.iter().any(|prefix| method.starts_with(prefix));
    match service {
        "zitadel.user.v2.UserService" => Some(
            "there are no human users here, and so no sign-in, passwords, email addresses, phones, passkeys \
             or second factors; use the calls for machine users",
        ),
        "zitadel.org.v2.OrganizationService" if method.contains("Domain") => Some(
            "an organization has one domain, derived from its name; custom domains are for human sign-in",
        ),
        _ if service.starts_with("zitadel.")
            && known(&[
                "Create",
                "Get",
                "List",
                "Set",
                "Update",
                "Delete",
                "Add",
                "Remove",
                "Activate",
                "Deactivate",
            ]) =>
        {
            Some(
                "Jeton does not have the features of this service: people's sessions, sign-in settings, \
                 identity providers, actions",
            )
        }
        _ if service.starts_with("zitadel.") => Some("Jeton has no such call"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_name_and_path_is_there_once() {
        let names: HashSet<_> = ROUTES.iter().map(|route| (route.service, route.method)).collect();
        let paths: Vec<_> = ROUTES.iter().filter_map(|route| route.rest).collect();
        assert_eq!(names.len(), ROUTES.len());
        assert_eq!(paths.iter().collect::<HashSet<_>>().len(), paths.len());
    }
}
