//! The table of all calls: their names in Connect and REST, the permission that they need, their shapes.
//!
//! It is the only list: it dispatches requests and generates the OpenAPI document, and a test calls every row
//! of it with every kind of caller.

use super::call::Call;
use super::error::Protocol;
use super::message::Message;
use super::messages as m;
use super::{
    ApiError, access_tokens, administrators, application_keys, applications, audit, authorizations,
    credentials, explain, keys, leaks, listing, metadata, names, organizations, project_grants,
    project_roles, projects, secrets, statistics, token_keys, tokens, user_credentials, users, web_keys,
};
use jeton_domain::permission::Permission;
use percent_encoding::percent_decode_str;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::pin::Pin;

/// A call's answer: its JSON, and the ignored members of the request.
#[derive(Debug)]
pub struct Reply {
    /// The JSON body.
    pub body: Vec<u8>,
    /// Paths of ignored members.
    pub ignored: Vec<String>,
}

type Answering<'c> = Pin<Box<dyn Future<Output = Result<Vec<u8>, ApiError>> + Send + 'c>>;

/// One call.
pub struct Route {
    /// The service, such as `zitadel.user.v2.UserService`.
    pub service: &'static str,
    /// The method, such as `CreateUser`.
    pub method: &'static str,
    /// The REST form, if it has one: verb and path, with members of the request in braces.
    pub rest: Option<(&'static str, &'static str)>,
    /// The permission that the caller needs, at the place that the call is about.
    pub needs: Permission,
    /// The members of its request.
    pub(super) message: &'static Message,
    pub(super) run: for<'c> fn(&'c Call, Value) -> Answering<'c>,
    /// Reads a request as its handler does, for tests.
    #[cfg(test)]
    pub(super) reads: fn(super::normalise::Probe<'_, Value>) -> Result<(), serde_json::Error>,
    pub(super) reply: fn(&mut SchemaGenerator) -> Schema,
}

impl Route {
    /// True if it changes something: its permission is not one to read.
    pub fn is_change(&self) -> bool {
        !self.needs.name().ends_with(".read")
    }

    /// True if ZITADEL answers its REST form with 201.
    pub fn answers_created(&self) -> bool {
        matches!(self.method, "CreateUser" | "AddOrganization")
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

fn schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

macro_rules! routes {
    ($(
        $service:literal {
            $($method:literal $handler:path: $request:ty = $message:path => $reply:ty,
              $needs:ident $(, $verb:ident $path:literal)?;)*
        }
    )*) => {
        /// All calls, in the order of the document.
        pub const ROUTES: &[Route] = &[$($(
            Route {
                service: $service,
                method: $method,
                rest: rest!($($verb $path)?),
                needs: Permission::$needs,
                message: &$message,
                run: |call, request| Box::pin(async move {
                    let reply: $reply = $handler(call, read::<$request>(request)?).await?;
                    write(&reply)
                }),
                #[cfg(test)]
                reads: |request| <$request as serde::Deserialize>::deserialize(request).map(|_| ()),
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
        "CreateUser" users::create: users::CreateUser = m::user::CREATE_USER => users::CreatedUser, UserWrite, POST "/v2/users/new";
        "UpdateUser" users::edit: users::UpdateUser = m::user::UPDATE_USER => super::json::Changed, UserWrite, PATCH "/v2/users/{userId}";
        "GetUserByID" users::get: users::ByUserId = m::user::USER_ID => users::GotUser, UserRead, GET "/v2/users/{userId}";
        "ListUsers" listing::list: listing::ListUsers = m::user::LIST_USERS => listing::Users, UserRead, POST "/v2/users";
        "DeleteUser" users::delete: users::ByUserId = m::user::USER_ID => users::DeletedUser, UserDelete, DELETE "/v2/users/{userId}";
        "DeactivateUser" users::deactivate: users::ByUserId = m::user::USER_ID => users::Switched, UserWrite, POST "/v2/users/{userId}/deactivate";
        "ReactivateUser" users::reactivate: users::ByUserId = m::user::USER_ID => users::Switched, UserWrite, POST "/v2/users/{userId}/reactivate";
        "LockUser" users::lock: users::ByUserId = m::user::USER_ID => users::Switched, UserWrite, POST "/v2/users/{userId}/lock";
        "UnlockUser" users::unlock: users::ByUserId = m::user::USER_ID => users::Switched, UserWrite, POST "/v2/users/{userId}/unlock";
        "AddSecret" secrets::add: secrets::AddSecret = m::user::ADD_SECRET => secrets::AddedSecret, UserWrite, POST "/v2/users/{userId}/secret";
        "RemoveSecret" secrets::remove: secrets::RemoveSecret = m::user::REMOVE_SECRET => super::json::Deleted, UserWrite, DELETE "/v2/users/{userId}/secret";
        "AddKey" keys::add: keys::AddKey = m::user::ADD_KEY => keys::AddedKey, UserWrite, POST "/v2/users/{userId}/keys";
        "RemoveKey" keys::remove: keys::RemoveKey = m::user::REMOVE_KEY => super::json::Deleted, UserWrite, DELETE "/v2/users/{userId}/keys/{keyId}";
        "ListKeys" keys::list: user_credentials::ListCredentials = m::user::LIST_KEYS => user_credentials::Listed, UserRead, POST "/v2/users/keys/search";
        "AddPersonalAccessToken" access_tokens::add: access_tokens::AddPersonalAccessToken = m::user::ADD_TOKEN => access_tokens::AddedPersonalAccessToken, UserWrite, POST "/v2/users/{userId}/pats";
        "RemovePersonalAccessToken" access_tokens::remove: access_tokens::RemovePersonalAccessToken = m::user::REMOVE_TOKEN => super::json::Deleted, UserWrite, DELETE "/v2/users/{userId}/pats/{tokenId}";
        "ListPersonalAccessTokens" access_tokens::list: user_credentials::ListCredentials = m::user::LIST_TOKENS => user_credentials::Listed, UserRead, POST "/v2/users/pats/search";
        "SetUserMetadata" metadata::set: metadata::SetUserMetadata = m::user::SET_METADATA => metadata::MetadataSet, UserWrite, POST "/v2/users/{userId}/metadata";
        "ListUserMetadata" metadata::list: metadata::ListUserMetadata = m::user::LIST_METADATA => metadata::Metadata, UserRead, POST "/v2/users/{userId}/metadata/search";
        "DeleteUserMetadata" metadata::delete: metadata::DeleteUserMetadata = m::user::DELETE_METADATA => super::json::Deleted, UserWrite, DELETE "/v2/users/{userId}/metadata";
    }
    "zitadel.project.v2.ProjectService" {
        "CreateProject" projects::create: projects::CreateProject = m::project::CREATE => projects::CreatedProject, ProjectCreate;
        "UpdateProject" projects::update: projects::UpdateProject = m::project::UPDATE => super::json::Changed, ProjectWrite;
        "DeleteProject" projects::delete: projects::ByProjectId = m::project::PROJECT_ID => super::json::Deleted, ProjectDelete;
        "GetProject" projects::get: projects::ByProjectId = m::project::PROJECT_ID => projects::GotProject, ProjectRead;
        "ListProjects" projects::list: projects::ListProjects = m::project::LIST => projects::Projects, ProjectRead;
        "ActivateProject" projects::activate: projects::ByProjectId = m::project::PROJECT_ID => super::json::Changed, ProjectWrite;
        "DeactivateProject" projects::deactivate: projects::ByProjectId = m::project::PROJECT_ID => super::json::Changed, ProjectWrite;
        "AddProjectRole" project_roles::add_role: project_roles::AddProjectRole = m::project::ADD_ROLE => project_roles::AddedProjectRole, ProjectWrite;
        "UpdateProjectRole" project_roles::update_role: project_roles::UpdateProjectRole = m::project::UPDATE_ROLE => super::json::Changed, ProjectWrite;
        "RemoveProjectRole" project_roles::remove_role: project_roles::RemoveProjectRole = m::project::REMOVE_ROLE => project_roles::RemovedProjectRole, ProjectWrite;
        "ListProjectRoles" project_roles::list_roles: project_roles::ListProjectRoles = m::project::LIST_ROLES => project_roles::ProjectRoles, ProjectRead;
        "CreateProjectGrant" project_grants::create: project_grants::GrantRoles = m::project_grant::CREATE => project_grants::CreatedGrant, ProjectGrantWrite;
        "UpdateProjectGrant" project_grants::update: project_grants::GrantRoles = m::project_grant::UPDATE => super::json::Changed, ProjectGrantWrite;
        "DeleteProjectGrant" project_grants::delete: project_grants::ByGrant = m::project_grant::GRANT => super::json::Deleted, ProjectGrantDelete;
        "ActivateProjectGrant" project_grants::activate: project_grants::ByGrant = m::project_grant::GRANT => super::json::Changed, ProjectGrantWrite;
        "DeactivateProjectGrant" project_grants::deactivate: project_grants::ByGrant = m::project_grant::GRANT => super::json::Changed, ProjectGrantWrite;
        "ListProjectGrants" project_grants::list: project_grants::ListProjectGrants = m::project_grant::LIST => project_grants::ProjectGrants, ProjectGrantRead;
    }
    "zitadel.application.v2.ApplicationService" {
        "CreateApplication" applications::create: applications::CreateApplication = m::application::CREATE => applications::CreatedApplication, ProjectWrite;
        "UpdateApplication" applications::update: applications::UpdateApplication = m::application::UPDATE => super::json::Changed, ProjectWrite;
        "DeleteApplication" applications::delete: applications::ByApplicationId = m::application::APPLICATION_ID => super::json::Deleted, ProjectWrite;
        "GetApplication" applications::get: applications::ByApplicationId = m::application::APPLICATION_ID => applications::GotApplication, ProjectRead;
        "ListApplications" applications::list: applications::ListApplications = m::application::LIST => applications::Applications, ProjectRead;
        "DeactivateApplication" applications::deactivate: applications::ByApplicationId = m::application::APPLICATION_ID => applications::Deactivated, ProjectWrite;
        "ReactivateApplication" applications::reactivate: applications::ByApplicationId = m::application::APPLICATION_ID => applications::Reactivated, ProjectWrite;
        "GenerateClientSecret" applications::generate_secret: applications::GenerateClientSecret = m::application::GENERATE_SECRET => secrets::AddedSecret, ProjectWrite;
        "CreateApplicationKey" application_keys::create: application_keys::CreateApplicationKey = m::application::CREATE_KEY => application_keys::CreatedApplicationKey, ProjectWrite;
        "DeleteApplicationKey" application_keys::delete: application_keys::DeleteApplicationKey = m::application::DELETE_KEY => super::json::Deleted, ProjectWrite;
        "GetApplicationKey" application_keys::get: application_keys::GetApplicationKey = m::application::GET_KEY => application_keys::GotApplicationKey, ProjectRead;
        "ListApplicationKeys" application_keys::list: application_keys::ListApplicationKeys = m::application::LIST_KEYS => application_keys::ApplicationKeys, ProjectRead;
    }
    "zitadel.authorization.v2.AuthorizationService" {
        "CreateAuthorization" authorizations::create: authorizations::CreateAuthorization = m::authorization::CREATE => authorizations::CreatedAuthorization, GrantWrite;
        "UpdateAuthorization" authorizations::update: authorizations::UpdateAuthorization = m::authorization::UPDATE => super::json::Changed, GrantWrite;
        "DeleteAuthorization" authorizations::delete: super::json::Id = m::ID => super::json::Deleted, GrantWrite;
        "ActivateAuthorization" authorizations::activate: super::json::Id = m::ID => super::json::Changed, GrantWrite;
        "DeactivateAuthorization" authorizations::deactivate: super::json::Id = m::ID => super::json::Changed, GrantWrite;
        "ListAuthorizations" authorizations::list: authorizations::ListAuthorizations = m::authorization::LIST => authorizations::Authorizations, GrantRead;
    }
    "zitadel.org.v2.OrganizationService" {
        "AddOrganization" organizations::add: organizations::AddOrganization = m::organization::ADD => organizations::AddedOrganization, OrganizationCreate, POST "/v2/organizations";
        "UpdateOrganization" organizations::update: organizations::UpdateOrganization = m::organization::UPDATE => super::json::Changed, OrganizationWrite, POST "/v2/organizations/{organizationId}";
        "DeleteOrganization" organizations::delete: organizations::ByOrganizationId = m::organization::ORGANIZATION_ID => super::json::Deleted, OrganizationDelete, DELETE "/v2/organizations/{organizationId}";
        "ListOrganizations" organizations::list: organizations::ListOrganizations = m::organization::LIST => organizations::Organizations, OrganizationRead, POST "/v2/organizations/_search";
        "ActivateOrganization" organizations::activate: organizations::ByOrganizationId = m::organization::ORGANIZATION_ID => super::json::Changed, OrganizationWrite, POST "/v2/organizations/{organizationId}/activate";
        "DeactivateOrganization" organizations::deactivate: organizations::ByOrganizationId = m::organization::ORGANIZATION_ID => super::json::Changed, OrganizationWrite, POST "/v2/organizations/{organizationId}/deactivate";
        "SetOrganizationMetadata" organizations::set_metadata: organizations::SetOrganizationMetadata = m::organization::SET_METADATA => organizations::MetadataSet, OrganizationWrite, POST "/v2/organizations/{organizationId}/metadata";
        "ListOrganizationMetadata" organizations::list_metadata: organizations::ListOrganizationMetadata = m::organization::LIST_METADATA => organizations::Metadata, OrganizationRead, POST "/v2/organizations/{organizationId}/metadata/search";
        "DeleteOrganizationMetadata" organizations::delete_metadata: organizations::DeleteOrganizationMetadata = m::organization::DELETE_METADATA => super::json::Deleted, OrganizationWrite, DELETE "/v2/organizations/{organizationId}/metadata";
    }
    "zitadel.internal_permission.v2.InternalPermissionService" {
        "CreateAdministrator" administrators::create: administrators::Assignment = m::permission::ASSIGNMENT => administrators::Created, AdministratorWrite;
        "UpdateAdministrator" administrators::update: administrators::Assignment = m::permission::ASSIGNMENT => super::json::Changed, AdministratorWrite;
        "DeleteAdministrator" administrators::delete: administrators::Dismissal = m::permission::DISMISSAL => super::json::Deleted, AdministratorWrite;
        "ListAdministrators" administrators::list: administrators::ListAdministrators = m::permission::LIST => administrators::Administrators, AdministratorRead;
    }
    "zitadel.webkey.v2.WebKeyService" {
        "CreateWebKey" web_keys::create: web_keys::CreateWebKey = m::web_key::CREATE => web_keys::CreatedWebKey, KeyWrite;
        "ActivateWebKey" web_keys::activate: super::json::Id = m::ID => super::json::Changed, KeyWrite;
        "DeleteWebKey" web_keys::delete: super::json::Id = m::ID => super::json::Deleted, KeyWrite, DELETE "/v2/web_keys/{id}";
        "ListWebKeys" web_keys::list: web_keys::ListWebKeys = m::EMPTY => web_keys::WebKeys, KeyRead, GET "/v2/web_keys";
    }
    "jeton.user.v1.UserService" {
        "CreateUsers" users::create_many: users::CreateUsers = m::own::CREATE_USERS => users::CreatedUsers, UserWrite;
        "ListSecrets" secrets::list: secrets::ListSecrets = m::user::USER_ID => secrets::Secrets, UserRead;
    }
    "jeton.token.v1.TokenService" {
        "RevokeToken" tokens::revoke: tokens::RevokeToken = m::own::TOKEN => tokens::Revoked, UserWrite;
        "ExplainToken" explain::explain: explain::ExplainToken = m::own::EXPLAIN_TOKEN => explain::Explanation, UserRead;
        "RevokeUserTokens" tokens::revoke_of_user: tokens::RevokeUserTokens = m::own::REVOKE_USER_TOKENS => tokens::RevokedUserTokens, UserWrite;
    }
    "jeton.credential.v1.CredentialService" {
        "ListUnusedCredentials" credentials::list_unused: credentials::ListUnusedCredentials = m::own::LIST_UNUSED => credentials::Credentials, UserRead;
        "ListExpiringCredentials" credentials::list_expiring: credentials::ListExpiringCredentials = m::own::LIST_EXPIRING => credentials::Credentials, UserRead;
    }
    "jeton.name.v1.NameService" {
        "ListRetiredNames" names::list: names::ListRetiredNames = m::own::LIST_RETIRED_NAMES => names::RetiredNames, AdministratorRead;
        "FreeName" names::free: names::FreeName = m::own::FREE_NAME => names::FreedName, AdministratorWrite;
    }
    "jeton.leak.v1.LeakService" {
        "ReportLeak" leaks::report: leaks::ReportLeak = m::own::REPORT_LEAK => leaks::Reported, LeakReport;
    }
    "jeton.webkey.v1.WebKeyService" {
        "RotateWebKey" web_keys::rotate: web_keys::RotateWebKey = m::own::ROTATE => web_keys::Rotated, KeyWrite;
    }
    "jeton.tokenkey.v1.TokenKeyService" {
        "ListTokenKeys" token_keys::list: token_keys::ListTokenKeys = m::EMPTY => token_keys::TokenKeys, KeyRead;
        "RotateTokenKey" token_keys::rotate: token_keys::RotateTokenKey = m::EMPTY => token_keys::RotatedTokenKey, KeyWrite;
        "DeleteTokenKey" token_keys::delete: super::json::Id = m::ID => super::json::Deleted, KeyWrite;
    }
    "jeton.audit.v1.AuditService" {
        "ListEvents" audit::list: audit::ListEvents = m::own::LIST_EVENTS => audit::Events, EventRead;
        "VerifyEvents" audit::verify: audit::VerifyEvents = m::EMPTY => audit::VerifiedEvents, EventRead;
    }
    "jeton.server.v1.ServerService" {
        "GetStatistics" statistics::get: statistics::GetStatistics = m::EMPTY => statistics::Statistics, EventRead;
        "ListRefusals" statistics::list_refusals: statistics::ListRefusals = m::user::USER_ID => statistics::Refusals, UserRead;
    }
    "jeton.admin.v1.AdminService" {
        "Bootstrap" administrators::bootstrap: administrators::Bootstrap = m::own::BOOTSTRAP => administrators::Bootstrapped, AdministratorWrite;
    }
}

/// The calls at a path of the management API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Called {
    /// Calls, told apart by their verbs.
    Calls {
        /// The protocol of the path, and so of the answer.
        protocol: Protocol,
        /// Indexes into the table, at least one.
        places: Vec<usize>,
        /// Members in the path.
        parameters: Vec<(&'static str, String)>,
    },
    /// An unsupported call of ZITADEL's, and the reason.
    Senseless(&'static str),
}

impl Called {
    /// The protocol of the path, and so of the answer.
    pub const fn protocol(&self) -> Protocol {
        match self {
            Self::Calls { protocol, .. } => *protocol,
            Self::Senseless(_) => Protocol::Connect,
        }
    }

    /// The members in the path.
    pub fn parameters(&self) -> &[(&'static str, String)] {
        match self {
            Self::Calls { parameters, .. } => parameters,
            Self::Senseless(_) => &[],
        }
    }

    /// The call with this verb.
    pub fn with(&self, verb: &str) -> Option<&'static Route> {
        self.calls().find(|(own, _)| *own == verb).map(|(_, route)| route)
    }

    /// The supported verbs.
    pub fn verbs(&self) -> Vec<&'static str> {
        self.calls().map(|(verb, _)| verb).collect()
    }

    fn calls(&self) -> impl Iterator<Item = (&'static str, &'static Route)> {
        let (protocol, places) = match self {
            Self::Calls { protocol, places, .. } => (*protocol, places.as_slice()),
            Self::Senseless(_) => (Protocol::Connect, &[][..]),
        };
        places.iter().filter_map(|place| ROUTES.get(*place)).map(move |route| match (protocol, route.rest) {
            (Protocol::Rest, Some((verb, _))) => (verb, route),
            (Protocol::Rest, None) | (Protocol::Connect, _) => ("POST", route),
        })
    }
}

/// Finds the calls at a path. Paths are matched as they came; the segments for braces are decoded after that,
/// because names may have characters that a path can't.
pub fn lookup(path: &str) -> Option<Called> {
    if path.starts_with("/v2/") {
        return lookup_rest(path);
    }
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    match ROUTES.iter().position(|route| route.service == service && route.method == method) {
        Some(place) => {
            Some(Called::Calls { protocol: Protocol::Connect, places: vec![place], parameters: Vec::new() })
        }
        None => senseless(service, method).map(Called::Senseless),
    }
}

fn lookup_rest(path: &str) -> Option<Called> {
    let matching: Vec<_> = ROUTES
        .iter()
        .enumerate()
        .filter_map(|(place, route)| Some((place, match_template(route.rest?.1, path)?)))
        .collect();
    // A literal segment takes precedence over one in braces, for every verb: `/v2/users/new` is no user's id.
    let fewest = matching.iter().map(|(_, parameters)| parameters.len()).min()?;
    let (mut places, mut found) = (Vec::new(), Vec::new());
    for (place, parameters) in matching.into_iter().filter(|(_, parameters)| parameters.len() == fewest) {
        places.push(place);
        found = parameters;
    }
    Some(Called::Calls { protocol: Protocol::Rest, places, parameters: found })
}

fn match_template(template: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let mut parameters = Vec::new();
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(parameters),
            (Some(wanted), Some(given)) => {
                match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                    Some(name) if !given.is_empty() => {
                        let value = percent_decode_str(given).decode_utf8().ok()?;
                        parameters.push((name, value.into_owned()));
                    }
                    None if wanted == given => {}
                    Some(_) | None => return None,
                }
            }
            (Some(_), None) | (None, Some(_)) => return None,
        }
    }
}

/// The reason why a call of ZITADEL's is not supported.
fn senseless(service: &str, method: &str) -> Option<&'static str> {
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

    fn found(verb: &str, path: &str) -> String {
        match lookup(path) {
            Some(called @ Called::Calls { .. }) => match (called.with(verb), &called) {
                (Some(route), Called::Calls { parameters, .. }) => format!("{} {parameters:?}", route.method),
                _ => format!("only {:?}", called.verbs()),
            },
            Some(Called::Senseless(_)) => "senseless".into(),
            None => "nothing".into(),
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
        assert_eq!(found("GET", "/v2/users/a%20b%2fc"), r#"GetUserByID [("userId", "a b/c")]"#);
        assert_eq!(found("POST", "/v2/organizations/_search"), "ListOrganizations []");
        assert_eq!(found("POST", "/v2/organizations/9"), r#"UpdateOrganization [("organizationId", "9")]"#);
    }

    #[test]
    fn unsupported_zitadel_calls_say_so_and_other_paths_do_not_exist() {
        assert_eq!(found("POST", "/zitadel.user.v2.UserService/AddHumanUser"), "senseless");
        assert_eq!(found("POST", "/zitadel.session.v2.SessionService/CreateSession"), "senseless");
        for path in [
            "/v2/users/",
            "/v2/users//secret",
            "/v2/users/1/secret/",
            "/v2//users",
            "/v2/",
            "/v2/users/%ff",
            "/v2/%75sers/1",
            "/jeton.user.v1.UserService/Nothing",
            "/jeton.user.v1.UserService",
            "/jeton.user.v1.UserService/",
            "//zitadel.user.v2.UserService/CreateUser",
        ] {
            assert_eq!(found("POST", path), "nothing", "{path}");
        }
    }
}
