//! The requests with which each call of the management API is tested, on objects created for that one test.

mod credentials;
mod grants;

use crate::harness::{Server, text};
use crate::key_files::P256_PUBLIC;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};

const USERS: &str = "/zitadel.user.v2.UserService/";
const PROJECTS: &str = "/zitadel.project.v2.ProjectService/";
const APPLICATIONS: &str = "/zitadel.application.v2.ApplicationService/";
const AUTHORIZATIONS: &str = "/zitadel.authorization.v2.AuthorizationService/";
const ORGANIZATIONS: &str = "/zitadel.org.v2.OrganizationService/";
const ADMINISTRATORS: &str = "/zitadel.internal_permission.v2.InternalPermissionService/";
const WEB_KEYS: &str = "/zitadel.webkey.v2.WebKeyService/";

/// An actor, the organization and project where it has its role, and foreign ones.
pub struct Lab<'s> {
    server: &'s Server,
    /// The actor's access token; `None` for the operator.
    pub token: Option<String>,
    pub own: Target,
    pub foreign: Target,
}

/// An organization with a project that has the role `reader`.
pub struct Target {
    organization: String,
    project: String,
}

/// A request, and the text that its answer contains if it showed or did something.
pub struct Request {
    pub body: Value,
    pub shows: Option<String>,
}

/// Creates a request for objects in a place.
pub type Make = fn(&Lab<'_>, &Target) -> Request;

fn name(of: &str) -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("{of}-{}", NUMBER.fetch_add(1, Ordering::Relaxed))
}

/// Performs a call as the operator, which must succeed.
fn done(server: &Server, path: &str, body: &Value) -> Value {
    let reply = server.management(path, &body.to_string());
    assert_eq!(reply.status, 200, "{path} {body}: {}", reply.text());
    reply.json()
}

impl Target {
    fn new(server: &Server) -> Self {
        let organization = text(
            &done(server, &format!("{ORGANIZATIONS}AddOrganization"), &json!({ "name": name("org") })),
            "/organizationId",
        );
        let request = json!({ "organizationId": organization, "name": "Shop" });
        let project = text(&done(server, &format!("{PROJECTS}CreateProject"), &request), "/projectId");
        let role = json!({ "projectId": project, "roleKey": "reader", "displayName": "Reader" });
        done(server, &format!("{PROJECTS}AddProjectRole"), &role);
        Self { organization, project }
    }
}

impl<'s> Lab<'s> {
    /// A new lab for an actor: `operator`, `none`, or a role for its own place.
    pub fn new(server: &'s Server, actor: &str) -> Self {
        let (own, foreign) = (Target::new(server), Target::new(server));
        let mut lab = Self { server, token: None, own, foreign };
        if actor != "operator" {
            let user = lab.user_named(&name("actor"), None);
            let resource = match actor.split('_').next() {
                Some("IAM") => json!({ "instance": true }),
                Some("ORG") => json!({ "organizationId": lab.own.organization }),
                _ => json!({ "projectId": lab.own.project }),
            };
            if actor != "none" {
                let assignment = json!({ "userId": user, "resource": resource, "roles": [actor] });
                lab.does(ADMINISTRATORS, "CreateAdministrator", &assignment);
            }
            lab.token = Some(text(&lab.access_token(&user), "/token"));
        }
        lab
    }

    fn does(&self, service: &str, method: &str, body: &Value) -> Value {
        done(self.server, &format!("{service}{method}"), body)
    }

    fn user_named(&self, name: &str, organization: Option<&str>) -> String {
        let user = json!({ "organizationId": organization, "username": name, "machine": { "name": "x" } });
        text(&self.does(USERS, "CreateUser", &user), "/id")
    }

    fn user(&self, place: &Target) -> String {
        self.user_named(&name("user"), Some(&place.organization))
    }

    /// A new user after this call.
    fn user_after(&self, place: &Target, method: &str) -> String {
        let user = self.user(place);
        self.does(USERS, method, &json!({ "userId": user }));
        user
    }

    /// The username of a deleted user.
    fn retired_name(&self, place: &Target) -> String {
        let username = name("gone");
        let user =
            json!({ "organizationId": place.organization, "username": username, "machine": { "name": "x" } });
        let user = text(&self.does(USERS, "CreateUser", &user), "/id");
        self.does(USERS, "DeleteUser", &by_user(&user));
        username
    }

    fn access_token(&self, user: &str) -> Value {
        self.does(USERS, "AddPersonalAccessToken", &json!({ "userId": user, "lifetime": "3600s" }))
    }

    fn secret(&self, user: &str) -> Value {
        self.does(USERS, "AddSecret", &json!({ "userId": user, "lifetime": "3600s" }))
    }

    fn key(&self, user: &str) -> String {
        text(&self.does(USERS, "AddKey", &json!({ "userId": user, "publicKey": public_key() })), "/keyId")
    }

    fn application(&self, place: &Target) -> String {
        let application = json!({ "projectId": place.project, "name": name("api"), "apiConfiguration": {} });
        text(&self.does(APPLICATIONS, "CreateApplication", &application), "/applicationId")
    }

    fn application_key(&self, application: &str) -> String {
        let key = json!({ "applicationId": application, "publicKey": public_key() });
        text(&self.does(APPLICATIONS, "CreateApplicationKey", &key), "/keyId")
    }

    fn authorization(&self, place: &Target) -> String {
        let request =
            json!({ "userId": self.user(place), "projectId": place.project, "roleKeys": ["reader"] });
        text(&self.does(AUTHORIZATIONS, "CreateAuthorization", &request), "/id")
    }

    /// A user with an administrator role.
    fn administrator(&self, place: &Target, (resource, role): (Value, &str)) -> Value {
        let user = self.user(place);
        let assignment = json!({ "userId": user, "resource": resource, "roles": [role] });
        self.does(ADMINISTRATORS, "CreateAdministrator", &assignment);
        assignment
    }

    fn web_key(&self) -> String {
        text(&self.does(WEB_KEYS, "CreateWebKey", &json!({ "ed25519": {} })), "/id")
    }
}

fn public_key() -> String {
    STANDARD.encode(P256_PUBLIC)
}

/// A request whose success is sufficient.
fn does(body: Value) -> Request {
    Request { body, shows: None }
}

/// A request whose answer must contain this text.
fn shows(body: Value, text: &str) -> Request {
    Request { body, shows: Some(text.to_owned()) }
}

/// A request whose answer contains a date if something was deleted.
fn deletes(body: Value) -> Request {
    shows(body, "deletionDate")
}

fn by_user(user: &str) -> Value {
    json!({ "userId": user })
}

fn by_application(application: &str) -> Value {
    json!({ "applicationId": application })
}

fn page() -> Value {
    json!({ "limit": 1000, "asc": false })
}

fn instance(_: &Target) -> (Value, &'static str) {
    (json!({ "instance": true }), "IAM_OWNER_VIEWER")
}

fn organization(place: &Target) -> (Value, &'static str) {
    (json!({ "organizationId": place.organization }), "ORG_OWNER_VIEWER")
}

fn project(place: &Target) -> (Value, &'static str) {
    (json!({ "projectId": place.project }), "PROJECT_OWNER_VIEWER")
}

fn assigns(lab: &Lab<'_>, place: &Target, (resource, role): (Value, &str)) -> Request {
    does(json!({ "userId": lab.user(place), "resource": resource, "roles": [role] }))
}

fn reassigns(lab: &Lab<'_>, place: &Target, (resource, role): (Value, &'static str)) -> Request {
    let mut assignment = lab.administrator(place, (resource, role));
    assignment["roles"] = json!([role.replace("_VIEWER", "")]);
    does(assignment)
}

fn dismisses(lab: &Lab<'_>, place: &Target, realm: (Value, &str)) -> Request {
    let assignment = lab.administrator(place, realm);
    deletes(json!({ "userId": assignment["userId"], "resource": assignment["resource"] }))
}

/// The requests for a call, each with a name if there is more than one.
pub fn requests(path: &str) -> Vec<(&'static str, Make)> {
    let (service, method) = path.trim_start_matches('/').split_once('/').unwrap();
    let one = |make: Make| vec![("", make)];
    match service {
        "zitadel.user.v2.UserService" => one(of_users(method)),
        "zitadel.project.v2.ProjectService" if method.contains("Grant") => one(grants::of_grants(method)),
        "zitadel.project.v2.ProjectService" => one(of_projects(method)),
        "zitadel.application.v2.ApplicationService" => one(of_applications(method)),
        "zitadel.authorization.v2.AuthorizationService" => one(of_authorizations(method)),
        "zitadel.org.v2.OrganizationService" => one(of_organizations(method)),
        "zitadel.internal_permission.v2.InternalPermissionService" => of_administrators(method),
        "zitadel.webkey.v2.WebKeyService" => one(of_web_keys(method)),
        "jeton.credential.v1.CredentialService" => one(credentials::of_credentials(method)),
        _ => one(of_ours(service, method)),
    }
}

fn unknown(method: &str) -> Make {
    panic!("add a request for {method} to this file")
}

fn of_users(method: &str) -> Make {
    match method {
        "CreateUser" => |_, place| {
            does(
                json!({ "organizationId": place.organization, "username": name("new"), "machine": { "name": "x" } }),
            )
        },
        "UpdateUser" => |lab, place| does(json!({ "userId": lab.user(place), "machine": { "name": "y" } })),
        "GetUserByID"
        | "DeactivateUser"
        | "DeleteUser"
        | "LockUser"
        | "AddPersonalAccessToken"
        | "AddSecret" => |lab, place| does(by_user(&lab.user(place))),
        "ListUsers" => |lab, place| {
            let user = lab.user(place);
            shows(json!({ "query": page() }), &user)
        },
        "ReactivateUser" => |lab, place| does(by_user(&lab.user_after(place, "DeactivateUser"))),
        "UnlockUser" => |lab, place| does(by_user(&lab.user_after(place, "LockUser"))),
        "RemoveSecret" => |lab, place| deletes(by_user(&lab.user_after(place, "AddSecret"))),
        "AddKey" => |lab, place| does(json!({ "userId": lab.user(place), "publicKey": public_key() })),
        "RemoveKey" => |lab, place| {
            let user = lab.user(place);
            deletes(json!({ "keyId": lab.key(&user), "userId": user }))
        },
        "ListKeys" => |lab, place| {
            let key = lab.key(&lab.user(place));
            shows(json!({ "pagination": page() }), &key)
        },
        "RemovePersonalAccessToken" => |lab, place| {
            let user = lab.user(place);
            let token = text(&lab.access_token(&user), "/tokenId");
            deletes(json!({ "tokenId": token, "userId": user }))
        },
        "ListPersonalAccessTokens" => |lab, place| {
            let token = text(&lab.access_token(&lab.user(place)), "/tokenId");
            shows(json!({ "pagination": page() }), &token)
        },
        "SetUserMetadata" => |lab, place| {
            does(json!({ "userId": lab.user(place), "metadata": [{ "key": "a", "value": "YQ==" }] }))
        },
        "ListUserMetadata" => |lab, place| does(by_user(&lab.user(place))),
        "DeleteUserMetadata" => |lab, place| {
            let user = lab.user(place);
            let metadata = json!({ "userId": user, "metadata": [{ "key": "a", "value": "YQ==" }] });
            lab.does(USERS, "SetUserMetadata", &metadata);
            deletes(json!({ "userId": user, "keys": ["a"] }))
        },
        _ => unknown(method),
    }
}

fn of_projects(method: &str) -> Make {
    match method {
        "CreateProject" => {
            |_, place| does(json!({ "organizationId": place.organization, "name": name("new") }))
        }
        "UpdateProject" => |_, place| does(json!({ "projectId": place.project, "name": name("renamed") })),
        "DeleteProject" => |_, place| deletes(json!({ "projectId": place.project })),
        "GetProject" | "ActivateProject" | "DeactivateProject" => {
            |_, place| does(json!({ "projectId": place.project }))
        }
        "ListProjects" => |_, place| shows(json!({ "pagination": page() }), &place.project),
        "AddProjectRole" => {
            |_, place| does(json!({ "projectId": place.project, "roleKey": "new", "displayName": "New" }))
        }
        "UpdateProjectRole" => {
            |_, place| does(json!({ "projectId": place.project, "roleKey": "reader", "displayName": "Else" }))
        }
        "RemoveProjectRole" => {
            |_, place| shows(json!({ "projectId": place.project, "roleKey": "reader" }), "removalDate")
        }
        "ListProjectRoles" => |_, place| shows(json!({ "projectId": place.project }), "reader"),
        _ => unknown(method),
    }
}

fn of_applications(method: &str) -> Make {
    match method {
        "CreateApplication" => |_, place| {
            does(json!({ "projectId": place.project, "name": name("new"), "apiConfiguration": {} }))
        },
        "UpdateApplication" => {
            |lab, place| does(json!({ "applicationId": lab.application(place), "name": name("renamed") }))
        }
        "DeleteApplication" => |lab, place| deletes(by_application(&lab.application(place))),
        "GetApplication" | "DeactivateApplication" | "GenerateClientSecret" => {
            |lab, place| does(by_application(&lab.application(place)))
        }
        "ReactivateApplication" => |lab, place| {
            let application = lab.application(place);
            lab.does(APPLICATIONS, "DeactivateApplication", &by_application(&application));
            does(by_application(&application))
        },
        "ListApplications" => |lab, place| {
            let application = lab.application(place);
            shows(json!({ "pagination": page() }), &application)
        },
        "CreateApplicationKey" => {
            |lab, place| does(json!({ "applicationId": lab.application(place), "publicKey": public_key() }))
        }
        "DeleteApplicationKey" => |lab, place| {
            let application = lab.application(place);
            deletes(json!({ "keyId": lab.application_key(&application), "applicationId": application }))
        },
        "GetApplicationKey" => {
            |lab, place| does(json!({ "keyId": lab.application_key(&lab.application(place)) }))
        }
        "ListApplicationKeys" => |lab, place| {
            let key = lab.application_key(&lab.application(place));
            shows(json!({ "pagination": page() }), &key)
        },
        _ => unknown(method),
    }
}

fn of_authorizations(method: &str) -> Make {
    match method {
        "CreateAuthorization" => |lab, place| {
            does(json!({ "userId": lab.user(place), "projectId": place.project, "roleKeys": ["reader"] }))
        },
        "UpdateAuthorization" => {
            |lab, place| does(json!({ "id": lab.authorization(place), "roleKeys": ["reader"] }))
        }
        "DeleteAuthorization" => |lab, place| deletes(json!({ "id": lab.authorization(place) })),
        "ActivateAuthorization" | "DeactivateAuthorization" => {
            |lab, place| does(json!({ "id": lab.authorization(place) }))
        }
        "ListAuthorizations" => |lab, place| {
            let authorization = lab.authorization(place);
            shows(json!({ "pagination": page() }), &authorization)
        },
        _ => unknown(method),
    }
}

fn of_organizations(method: &str) -> Make {
    match method {
        "AddOrganization" => |_, _| does(json!({ "name": name("new") })),
        "UpdateOrganization" => {
            |_, place| does(json!({ "organizationId": place.organization, "name": name("renamed") }))
        }
        "DeleteOrganization" => |_, place| deletes(json!({ "organizationId": place.organization })),
        "ActivateOrganization" | "DeactivateOrganization" => {
            |_, place| does(json!({ "organizationId": place.organization }))
        }
        "ListOrganizations" => |_, place| shows(json!({ "query": page() }), &place.organization),
        "SetOrganizationMetadata" => |_, place| {
            does(
                json!({ "organizationId": place.organization, "metadata": [{ "key": "a", "value": "YQ==" }] }),
            )
        },
        "ListOrganizationMetadata" => |_, place| does(json!({ "organizationId": place.organization })),
        "DeleteOrganizationMetadata" => |lab, place| {
            let metadata = json!({ "organizationId": place.organization, "metadata": [{ "key": "a", "value": "YQ==" }] });
            lab.does(ORGANIZATIONS, "SetOrganizationMetadata", &metadata);
            deletes(json!({ "organizationId": place.organization, "keys": ["a"] }))
        },
        _ => unknown(method),
    }
}

fn of_administrators(method: &str) -> Vec<(&'static str, Make)> {
    match method {
        "CreateAdministrator" => vec![
            (" of the instance", |lab, place| assigns(lab, place, instance(place))),
            (" of an organization", |lab, place| assigns(lab, place, organization(place))),
            (" of a project", |lab, place| assigns(lab, place, project(place))),
        ],
        "UpdateAdministrator" => vec![
            (" of the instance", |lab, place| reassigns(lab, place, instance(place))),
            (" of an organization", |lab, place| reassigns(lab, place, organization(place))),
            (" of a project", |lab, place| reassigns(lab, place, project(place))),
        ],
        "DeleteAdministrator" => vec![
            (" of the instance", |lab, place| dismisses(lab, place, instance(place))),
            (" of an organization", |lab, place| dismisses(lab, place, organization(place))),
            (" of a project", |lab, place| dismisses(lab, place, project(place))),
        ],
        "ListAdministrators" => vec![
            (" of the instance", |lab, place| lists_administrator(lab, place, instance(place))),
            (" of an organization", |lab, place| lists_administrator(lab, place, organization(place))),
            (" of a project", |lab, place| lists_administrator(lab, place, project(place))),
        ],
        _ => vec![("", unknown(method))],
    }
}

fn lists_administrator(lab: &Lab<'_>, place: &Target, realm: (Value, &str)) -> Request {
    let user = text(&lab.administrator(place, realm), "/userId");
    shows(json!({ "pagination": page() }), &user)
}

fn of_web_keys(method: &str) -> Make {
    match method {
        "CreateWebKey" => |_, _| does(json!({ "ed25519": {} })),
        "ActivateWebKey" => |lab, _| does(json!({ "id": lab.web_key() })),
        "DeleteWebKey" => |lab, _| deletes(json!({ "id": lab.web_key() })),
        "ListWebKeys" => |_, _| does(json!({})),
        _ => unknown(method),
    }
}

fn of_ours(service: &str, method: &str) -> Make {
    match (service, method) {
        ("jeton.user.v1.UserService", "CreateUsers") => |_, place| {
            let user = json!({ "username": name("new"), "machine": { "name": "x" } });
            does(json!({ "organizationId": place.organization, "users": [user] }))
        },
        ("jeton.user.v1.UserService", "ListSecrets") => |lab, place| does(by_user(&lab.user(place))),
        ("jeton.token.v1.TokenService", "RevokeToken") => |lab, place| {
            let token = text(&lab.access_token(&lab.user(place)), "/token");
            shows(json!({ "token": token }), "true")
        },
        ("jeton.token.v1.TokenService", "ExplainToken") => |lab, place| {
            let user = lab.user(place);
            let token = text(&lab.access_token(&user), "/token");
            shows(json!({ "token": token }), &user)
        },
        ("jeton.server.v1.ServerService", "GetStatistics") => |_, _| shows(json!({}), "startDate"),
        ("jeton.server.v1.ServerService", "ListRefusals") => |lab, place| does(by_user(&lab.user(place))),
        ("jeton.token.v1.TokenService", "RevokeUserTokens") => |lab, place| does(by_user(&lab.user(place))),
        ("jeton.leak.v1.LeakService", "ReportLeak") => |lab, place| {
            let secret = text(&lab.secret(&lab.user(place)), "/clientSecret");
            shows(json!({ "secret": secret }), "true")
        },
        ("jeton.webkey.v1.WebKeyService", "RotateWebKey") => {
            |_, _| does(json!({ "algorithm": "EdDSA", "now": true }))
        }
        ("jeton.tokenkey.v1.TokenKeyService", "ListTokenKeys") => |_, _| shows(json!({}), "STATE_ACTIVE"),
        ("jeton.tokenkey.v1.TokenKeyService", "RotateTokenKey") => |_, _| does(json!({})),
        // Deleting an existing key would revoke the tokens of other requests.
        ("jeton.tokenkey.v1.TokenKeyService", "DeleteTokenKey") => |_, _| does(json!({ "id": "1" })),
        ("jeton.audit.v1.AuditService", "ListEvents") => |lab, place| {
            let user = lab.user(place);
            shows(json!({ "subjectId": user }), &user)
        },
        ("jeton.audit.v1.AuditService", "VerifyEvents") => |_, _| does(json!({})),
        ("jeton.name.v1.NameService", "ListRetiredNames") => {
            |lab, place| shows(json!({ "pagination": page() }), &lab.retired_name(place))
        }
        ("jeton.name.v1.NameService", "FreeName") => {
            |lab, place| does(json!({ "type": "NAME_TYPE_USERNAME", "name": lab.retired_name(place) }))
        }
        ("jeton.admin.v1.AdminService", "Bootstrap") => |_, _| does(json!({ "username": name("boss") })),
        _ => unknown(method),
    }
}
