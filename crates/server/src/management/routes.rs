//! The table of all calls: their names in Connect and REST, the permission that they need, their shapes.
//!
//! It is the one list: requests are dispatched by it, the OpenAPI document is made of it, and a test calls every
//! row of it as everybody.

use super::call::Call;
use super::error::Protocol;
use super::objects::Objects;
use super::{
    ApiError, access_tokens, administrators, application_keys, applications, audit, authorizations,
    credentials, explain, keys, leaks, listing, metadata, organizations, projects, secrets, statistics,
    tokens, user_credentials, users, web_keys,
};
use jeton_oauth::permission::Permission;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::pin::Pin;

/// A call's answer: its JSON, and the members of the request that meant nothing.
#[derive(Debug)]
pub struct Reply {
    /// The JSON.
    pub body: Vec<u8>,
    /// Members that were ignored, as paths.
    pub ignored: Vec<String>,
}

type Answering<'c> = Pin<Box<dyn Future<Output = Result<Reply, ApiError>> + Send + 'c>>;

/// One call.
pub struct Route {
    /// Its service, such as `zitadel.user.v2.UserService`.
    pub service: &'static str,
    /// Its method, such as `CreateUser`.
    pub method: &'static str,
    /// Its REST form, if it has one: verb and path, with members of the request in braces.
    pub rest: Option<(&'static str, &'static str)>,
    /// What the caller needs, at the place that the call is about.
    pub needs: Permission,
    pub(super) run: for<'c> fn(&'c Call, Vec<u8>) -> Answering<'c>,
    pub(super) request: fn(&mut SchemaGenerator) -> Schema,
    pub(super) reply: fn(&mut SchemaGenerator) -> Schema,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "/{}/{}", self.service, self.method)
    }
}

/// Reads a request; an empty body is an empty request, as in Connect.
fn read<R: DeserializeOwned>(body: &[u8]) -> Result<(R, Vec<String>), ApiError> {
    // All of it, members that mean nothing too (RFC 8259 §8.1).
    let body = std::str::from_utf8(body).map_err(|_| ApiError::invalid("the request is not UTF-8"))?;
    let body = if body.is_empty() { "{}" } else { body };
    let mut ignored = Vec::new();
    let mut json = serde_json::Deserializer::from_str(body);
    let mut note = |path: serde_ignored::Path<'_>| {
        if ignored.len() < IGNORED_MAX {
            ignored.push(path.to_string());
        }
    };
    let deserializer = serde_ignored::Deserializer::new(Objects(&mut json), &mut note);
    // serde's text may quote the value, which may be a secret; the place is enough.
    let request = serde_path_to_error::deserialize(deserializer).map_err(|error| {
        if error.inner().is_data() {
            let place = error.path().to_string();
            let place: String = place.chars().filter(char::is_ascii_graphic).take(PLACE_CHARS_MAX).collect();
            let place = if place == "." { "the request".into() } else { place };
            ApiError::invalid(format!("{place}: a member is missing, given twice, or has the wrong type"))
        } else {
            invalid_json(error.inner())
        }
    })?;
    json.end().map_err(|error| invalid_json(&error))?;
    Ok((request, ignored))
}

fn invalid_json(error: &serde_json::Error) -> ApiError {
    let (line, column) = (error.line(), error.column());
    ApiError::invalid(format!("the request is not valid JSON (line {line}, column {column})"))
}

/// Characters of the place of a wrong member that are named at most: it may have names of the caller's own.
const PLACE_CHARS_MAX: usize = 200;

/// Ignored members that are named at most.
const IGNORED_MAX: usize = 20;

fn write(reply: &impl Serialize, ignored: Vec<String>) -> Result<Reply, ApiError> {
    let body = serde_json::to_vec(reply).map_err(|_| ApiError::internal())?;
    Ok(Reply { body, ignored })
}

fn schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

macro_rules! routes {
    ($(
        $service:literal {
            $($method:literal $handler:path: $request:ty => $reply:ty, $needs:ident $(, $verb:ident $path:literal)?;)*
        }
    )*) => {
        /// All calls, in the order of the document.
        pub const ROUTES: &[Route] = &[$($(
            Route {
                service: $service,
                method: $method,
                rest: rest!($($verb $path)?),
                needs: Permission::$needs,
                run: |call, body| Box::pin(async move {
                    let (request, ignored) = read::<$request>(&body)?;
                    let reply: $reply = $handler(call, request).await?;
                    write(&reply, ignored)
                }),
                request: schema::<$request>,
                reply: schema::<$reply>,
            },
        )*)*];
    };
}

macro_rules! rest {
    () => {
        None
    };
    ($verb:ident $path:literal) => {
        Some((stringify!($verb), $path))
    };
}

routes! {
    "zitadel.user.v2.UserService" {
        "CreateUser" users::create: users::CreateUser => users::CreatedUser, UserWrite, POST "/v2/users/new";
        "UpdateUser" users::edit: users::UpdateUser => super::json::Changed, UserWrite, PATCH "/v2/users/{userId}";
        "GetUserByID" users::get: users::ByUserId => users::GotUser, UserRead, GET "/v2/users/{userId}";
        "ListUsers" listing::list: listing::ListUsers => listing::Users, UserRead, POST "/v2/users";
        "DeleteUser" users::delete: users::ByUserId => users::DeletedUser, UserDelete, DELETE "/v2/users/{userId}";
        "DeactivateUser" users::deactivate: users::ByUserId => users::Switched, UserWrite, POST "/v2/users/{userId}/deactivate";
        "ReactivateUser" users::reactivate: users::ByUserId => users::Switched, UserWrite, POST "/v2/users/{userId}/reactivate";
        "LockUser" users::lock: users::ByUserId => users::Switched, UserWrite, POST "/v2/users/{userId}/lock";
        "UnlockUser" users::unlock: users::ByUserId => users::Switched, UserWrite, POST "/v2/users/{userId}/unlock";
        "AddSecret" secrets::add: secrets::AddSecret => secrets::AddedSecret, UserWrite, POST "/v2/users/{userId}/secret";
        "RemoveSecret" secrets::remove: secrets::RemoveSecret => super::json::Deleted, UserWrite, DELETE "/v2/users/{userId}/secret";
        "AddKey" keys::add: keys::AddKey => keys::AddedKey, UserWrite, POST "/v2/users/{userId}/keys";
        "RemoveKey" keys::remove: keys::RemoveKey => super::json::Deleted, UserWrite, DELETE "/v2/users/{userId}/keys/{keyId}";
        "ListKeys" keys::list: user_credentials::ListCredentials => user_credentials::Listed, UserRead, POST "/v2/users/keys/search";
        "AddPersonalAccessToken" access_tokens::add: access_tokens::AddPersonalAccessToken => access_tokens::AddedPersonalAccessToken, UserWrite, POST "/v2/users/{userId}/pats";
        "RemovePersonalAccessToken" access_tokens::remove: access_tokens::RemovePersonalAccessToken => super::json::Deleted, UserWrite, DELETE "/v2/users/{userId}/pats/{tokenId}";
        "ListPersonalAccessTokens" access_tokens::list: user_credentials::ListCredentials => user_credentials::Listed, UserRead, POST "/v2/users/pats/search";
        "SetUserMetadata" metadata::set: metadata::SetUserMetadata => metadata::MetadataSet, UserWrite, POST "/v2/users/{userId}/metadata";
        "ListUserMetadata" metadata::list: metadata::ListUserMetadata => metadata::Metadata, UserRead, POST "/v2/users/{userId}/metadata/search";
        "DeleteUserMetadata" metadata::delete: metadata::DeleteUserMetadata => super::json::Deleted, UserWrite, DELETE "/v2/users/{userId}/metadata";
    }
    "zitadel.project.v2.ProjectService" {
        "CreateProject" projects::create: projects::CreateProject => projects::CreatedProject, ProjectCreate;
        "UpdateProject" projects::update: projects::UpdateProject => super::json::Changed, ProjectWrite;
        "DeleteProject" projects::delete: projects::ByProjectId => super::json::Deleted, ProjectDelete;
        "GetProject" projects::get: projects::ByProjectId => projects::GotProject, ProjectRead;
        "ListProjects" projects::list: projects::ListProjects => projects::Projects, ProjectRead;
        "ActivateProject" projects::activate: projects::ByProjectId => super::json::Changed, ProjectWrite;
        "DeactivateProject" projects::deactivate: projects::ByProjectId => super::json::Changed, ProjectWrite;
        "AddProjectRole" projects::add_role: projects::AddProjectRole => projects::AddedProjectRole, ProjectWrite;
        "UpdateProjectRole" projects::update_role: projects::UpdateProjectRole => super::json::Changed, ProjectWrite;
        "RemoveProjectRole" projects::remove_role: projects::RemoveProjectRole => projects::RemovedProjectRole, ProjectWrite;
        "ListProjectRoles" projects::list_roles: projects::ListProjectRoles => projects::ProjectRoles, ProjectRead;
    }
    "zitadel.application.v2.ApplicationService" {
        "CreateApplication" applications::create: applications::CreateApplication => applications::CreatedApplication, ProjectWrite;
        "UpdateApplication" applications::update: applications::UpdateApplication => super::json::Changed, ProjectWrite;
        "DeleteApplication" applications::delete: applications::ByApplicationId => super::json::Deleted, ProjectWrite;
        "GetApplication" applications::get: applications::ByApplicationId => applications::GotApplication, ProjectRead;
        "ListApplications" applications::list: applications::ListApplications => applications::Applications, ProjectRead;
        "DeactivateApplication" applications::deactivate: applications::ByApplicationId => applications::Deactivated, ProjectWrite;
        "ReactivateApplication" applications::reactivate: applications::ByApplicationId => applications::Reactivated, ProjectWrite;
        "GenerateClientSecret" applications::generate_secret: applications::GenerateClientSecret => secrets::AddedSecret, ProjectWrite;
        "CreateApplicationKey" application_keys::create: application_keys::CreateApplicationKey => application_keys::CreatedApplicationKey, ProjectWrite;
        "DeleteApplicationKey" application_keys::delete: application_keys::DeleteApplicationKey => super::json::Deleted, ProjectWrite;
        "GetApplicationKey" application_keys::get: application_keys::GetApplicationKey => application_keys::GotApplicationKey, ProjectRead;
        "ListApplicationKeys" application_keys::list: application_keys::ListApplicationKeys => application_keys::ApplicationKeys, ProjectRead;
    }
    "zitadel.authorization.v2.AuthorizationService" {
        "CreateAuthorization" authorizations::create: authorizations::CreateAuthorization => authorizations::CreatedAuthorization, GrantWrite;
        "UpdateAuthorization" authorizations::update: authorizations::UpdateAuthorization => super::json::Changed, GrantWrite;
        "DeleteAuthorization" authorizations::delete: super::json::Id => super::json::Deleted, GrantWrite;
        "ActivateAuthorization" authorizations::activate: super::json::Id => super::json::Changed, GrantWrite;
        "DeactivateAuthorization" authorizations::deactivate: super::json::Id => super::json::Changed, GrantWrite;
        "ListAuthorizations" authorizations::list: authorizations::ListAuthorizations => authorizations::Authorizations, GrantRead;
    }
    "zitadel.org.v2.OrganizationService" {
        "AddOrganization" organizations::add: organizations::AddOrganization => organizations::AddedOrganization, OrganizationCreate, POST "/v2/organizations";
        "UpdateOrganization" organizations::update: organizations::UpdateOrganization => super::json::Changed, OrganizationWrite, POST "/v2/organizations/{organizationId}";
        "DeleteOrganization" organizations::delete: organizations::ByOrganizationId => super::json::Deleted, OrganizationDelete, DELETE "/v2/organizations/{organizationId}";
        "ListOrganizations" organizations::list: organizations::ListOrganizations => organizations::Organizations, OrganizationRead, POST "/v2/organizations/_search";
        "ActivateOrganization" organizations::activate: organizations::ByOrganizationId => super::json::Changed, OrganizationWrite, POST "/v2/organizations/{organizationId}/activate";
        "DeactivateOrganization" organizations::deactivate: organizations::ByOrganizationId => super::json::Changed, OrganizationWrite, POST "/v2/organizations/{organizationId}/deactivate";
        "SetOrganizationMetadata" organizations::set_metadata: organizations::SetOrganizationMetadata => organizations::MetadataSet, OrganizationWrite, POST "/v2/organizations/{organizationId}/metadata";
        "ListOrganizationMetadata" organizations::list_metadata: organizations::ListOrganizationMetadata => organizations::Metadata, OrganizationRead, POST "/v2/organizations/{organizationId}/metadata/search";
        "DeleteOrganizationMetadata" organizations::delete_metadata: organizations::DeleteOrganizationMetadata => super::json::Deleted, OrganizationWrite, DELETE "/v2/organizations/{organizationId}/metadata";
    }
    "zitadel.internal_permission.v2.InternalPermissionService" {
        "CreateAdministrator" administrators::create: administrators::Assignment => administrators::Created, AdministratorWrite;
        "UpdateAdministrator" administrators::update: administrators::Assignment => super::json::Changed, AdministratorWrite;
        "DeleteAdministrator" administrators::delete: administrators::Dismissal => super::json::Deleted, AdministratorWrite;
        "ListAdministrators" administrators::list: administrators::ListAdministrators => administrators::Administrators, AdministratorRead;
    }
    "zitadel.webkey.v2.WebKeyService" {
        "CreateWebKey" web_keys::create: web_keys::CreateWebKey => web_keys::CreatedWebKey, KeyWrite;
        "ActivateWebKey" web_keys::activate: super::json::Id => super::json::Changed, KeyWrite;
        "DeleteWebKey" web_keys::delete: super::json::Id => super::json::Deleted, KeyWrite, DELETE "/v2/web_keys/{id}";
        "ListWebKeys" web_keys::list: web_keys::ListWebKeys => web_keys::WebKeys, KeyRead, GET "/v2/web_keys";
    }
    "jeton.user.v1.UserService" {
        "CreateUsers" users::create_many: users::CreateUsers => users::CreatedUsers, UserWrite;
        "ListSecrets" secrets::list: secrets::ListSecrets => secrets::Secrets, UserRead;
    }
    "jeton.token.v1.TokenService" {
        "RevokeToken" tokens::revoke: tokens::RevokeToken => tokens::Revoked, UserWrite;
        "ExplainToken" explain::explain: explain::ExplainToken => explain::Explanation, UserRead;
        "RevokeUserTokens" tokens::revoke_of_user: tokens::RevokeUserTokens => tokens::RevokedUserTokens, UserWrite;
    }
    "jeton.credential.v1.CredentialService" {
        "ListUnusedCredentials" credentials::list_unused: credentials::ListUnusedCredentials => credentials::Credentials, UserRead;
        "ListExpiringCredentials" credentials::list_expiring: credentials::ListExpiringCredentials => credentials::Credentials, UserRead;
    }
    "jeton.leak.v1.LeakService" {
        "ReportLeak" leaks::report: leaks::ReportLeak => leaks::Reported, LeakReport;
    }
    "jeton.webkey.v1.WebKeyService" {
        "RotateWebKey" web_keys::rotate: web_keys::RotateWebKey => web_keys::Rotated, KeyWrite;
    }
    "jeton.audit.v1.AuditService" {
        "ListEvents" audit::list: audit::ListEvents => audit::Events, EventRead;
        "VerifyEvents" audit::verify: audit::VerifyEvents => audit::VerifiedEvents, EventRead;
    }
    "jeton.server.v1.ServerService" {
        "GetStatistics" statistics::get: statistics::GetStatistics => statistics::Statistics, EventRead;
        "ListRefusals" statistics::list_refusals: statistics::ListRefusals => statistics::Refusals, UserRead;
    }
    "jeton.admin.v1.AdminService" {
        "Bootstrap" administrators::bootstrap: administrators::Bootstrap => administrators::Bootstrapped, AdministratorWrite;
    }
}

/// What is at a path.
#[derive(Debug)]
pub enum Lookup<'p> {
    /// A call, and what its REST path says.
    Found(&'static Route, Protocol, Vec<(&'static str, &'p str)>),
    /// A path, but not with this verb; with these.
    WrongVerb(Protocol, Vec<&'static str>),
    /// A call of ZITADEL's that makes no sense here.
    Senseless(&'static str),
    /// Nothing.
    Nothing,
}

/// Whether a path belongs to the management API at all.
pub fn is_management(path: &str) -> bool {
    ["/zitadel.", "/jeton.", "/v2/"].iter().any(|prefix| path.starts_with(prefix))
}

/// Finds the call at a path. Paths are matched as they came, and so is what stands in their braces: ids have no
/// character that would need decoding.
pub fn lookup<'p>(verb: &str, path: &'p str) -> Lookup<'p> {
    if path.starts_with("/v2/") {
        return lookup_rest(verb, path);
    }
    let Some((service, method)) = path.strip_prefix('/').and_then(|path| path.split_once('/')) else {
        return Lookup::Nothing;
    };
    match ROUTES.iter().find(|route| route.service == service && route.method == method) {
        Some(_) if verb != "POST" => Lookup::WrongVerb(Protocol::Connect, vec!["POST"]),
        Some(route) => Lookup::Found(route, Protocol::Connect, Vec::new()),
        None => senseless(service, method).map_or(Lookup::Nothing, Lookup::Senseless),
    }
}

fn lookup_rest<'p>(verb: &str, path: &'p str) -> Lookup<'p> {
    let matching = || {
        ROUTES.iter().filter_map(|route| {
            let (own, template) = route.rest?;
            Some((route, own, match_template(template, path)?))
        })
    };
    // A literal segment goes before one in braces, whatever the verb: `/v2/users/new` is no user's id.
    let Some(fewest) = matching().map(|(.., parameters)| parameters.len()).min() else {
        return Lookup::Nothing;
    };
    let mut verbs = Vec::new();
    for (route, own, parameters) in matching().filter(|(.., parameters)| parameters.len() == fewest) {
        if own == verb {
            return Lookup::Found(route, Protocol::Rest, parameters);
        }
        verbs.push(own);
    }
    Lookup::WrongVerb(Protocol::Rest, verbs)
}

fn match_template<'p>(template: &'static str, path: &'p str) -> Option<Vec<(&'static str, &'p str)>> {
    let mut parameters = Vec::new();
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(parameters),
            (Some(wanted), Some(given)) => {
                match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                    Some(name) if !given.is_empty() => parameters.push((name, given)),
                    None if wanted == given => {}
                    Some(_) | None => return None,
                }
            }
            (Some(_), None) | (None, Some(_)) => return None,
        }
    }
}

/// Why a call of ZITADEL's is not here.
fn senseless(service: &str, method: &str) -> Option<&'static str> {
    let known = |prefixes: &[&str]| prefixes.iter().any(|prefix| method.starts_with(prefix));
    match service {
        "zitadel.user.v2.UserService" => Some(
            "there are no human users here: nobody signs in, has a password, an email address, a phone, a passkey or a second factor; use the calls for machine users",
        ),
        "zitadel.project.v2.ProjectService" if method.contains("Grant") => {
            Some("projects are not granted to other organizations here; use authorizations")
        }
        "zitadel.org.v2.OrganizationService" if method.contains("Domain") => Some(
            "organizations have the one domain that is made of their name; domains of one's own are for signing people in",
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
                "this service is about what Jeton does not have: people's sessions, sign-in settings, identity providers, actions",
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

    fn found(verb: &str, path: &str) -> String {
        match lookup(verb, path) {
            Lookup::Found(route, _, parameters) => format!("{} {parameters:?}", route.method),
            Lookup::WrongVerb(_, verbs) => format!("only {verbs:?}"),
            Lookup::Senseless(_) => "senseless".into(),
            Lookup::Nothing => "nothing".into(),
        }
    }

    #[test]
    fn every_name_and_path_is_there_once() {
        let names: HashSet<_> = ROUTES.iter().map(|route| (route.service, route.method)).collect();
        let paths: Vec<_> = ROUTES.iter().filter_map(|route| route.rest).collect();
        assert_eq!(names.len(), ROUTES.len());
        assert_eq!(paths.iter().collect::<HashSet<_>>().len(), paths.len());
    }

    #[test]
    fn a_path_names_its_call_and_members() {
        assert_eq!(found("POST", "/zitadel.user.v2.UserService/CreateUser"), "CreateUser []");
        assert_eq!(found("GET", "/zitadel.user.v2.UserService/CreateUser"), r#"only ["POST"]"#);
        assert_eq!(found("POST", "/v2/users/new"), "CreateUser []");
        assert_eq!(found("POST", "/v2/users"), "ListUsers []");
        assert_eq!(found("POST", "/v2/users/keys/search"), "ListKeys []");
        assert_eq!(found("GET", "/v2/users/12"), r#"GetUserByID [("userId", "12")]"#);
        assert_eq!(found("GET", "/v2/users/new"), r#"only ["POST"]"#);
        assert_eq!(found("PUT", "/v2/users/12"), r#"only ["PATCH", "GET", "DELETE"]"#);
        let key = r#"RemoveKey [("userId", "1"), ("keyId", "2")]"#;
        assert_eq!(found("DELETE", "/v2/users/1/keys/2"), key);
        assert_eq!(found("POST", "/v2/organizations/_search"), "ListOrganizations []");
        assert_eq!(found("POST", "/v2/organizations/9"), r#"UpdateOrganization [("organizationId", "9")]"#);
    }

    /// Found by fuzzing: bytes that are no text went through in members that mean nothing.
    #[test]
    fn a_request_is_text_to_its_last_member() {
        for body in [&b"{\"unknown\xAF\":1}"[..], b"{\"unknown\":\"\xFF\"}", b"\xFF"] {
            let error = read::<metadata::ListUserMetadata>(body).err().map(|error| error.message);
            assert_eq!(error.as_deref(), Some("the request is not UTF-8"));
        }
    }

    #[test]
    fn what_makes_no_sense_here_says_so_and_the_rest_is_nothing() {
        assert_eq!(found("POST", "/zitadel.user.v2.UserService/AddHumanUser"), "senseless");
        assert_eq!(found("POST", "/zitadel.session.v2.SessionService/CreateSession"), "senseless");
        assert_eq!(found("POST", "/zitadel.project.v2.ProjectService/CreateProjectGrant"), "senseless");
        for path in [
            "/v2/users/",
            "/v2/users//secret",
            "/v2/users/1/secret/",
            "/v2//users",
            "/v2/",
            "/jeton.user.v1.UserService/Nothing",
            "/jeton.user.v1.UserService",
            "/jeton.user.v1.UserService/",
            "//zitadel.user.v2.UserService/CreateUser",
        ] {
            assert_eq!(found("POST", path), "nothing", "{path}");
        }
    }
}
