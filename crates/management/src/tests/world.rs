//! An instance with one object of each kind, and a valid request for each call about them.

use crate::testing::TestManagement;
use serde_json::{Value, json};

/// The public half of a key.
pub(super) const P256_PUBLIC: &str = "\
-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEYkKC3FPvvVZLsUOKkB1BrRjf+jPT
dAX+PVn5pTJav/CUohWru+1ndumuGoXH0KOCE6IzvuTZDhvU1YCEW4pXMw==
-----END PUBLIC KEY-----
";

/// An instance, and the ids of its objects. All of them belong to one organization and one project, neither
/// of which is a default one.
pub(super) struct World {
    pub(super) api: TestManagement,
    pub(super) organization: String,
    pub(super) user: String,
    pub(super) secret_id: String,
    pub(super) secret: String,
    pub(super) key: String,
    pub(super) token_id: String,
    pub(super) token: String,
    pub(super) project: String,
    pub(super) application: String,
    pub(super) application_key: String,
    /// An organization that the project is granted to.
    pub(super) partner: String,
    pub(super) authorization: String,
    /// The next signing key.
    pub(super) web_key: String,
    /// The active one.
    pub(super) token_key: String,
}

impl World {
    pub(super) fn new() -> Self {
        let api = TestManagement::new().with_keys();
        let add = |name: &str| api.text("AddOrganization", json!({ "name": name }), "organizationId");
        let (organization, partner) = (add("Works"), add("Partner"));
        let machine = json!({ "name": "x" });
        let user = json!({ "organizationId": organization, "username": "worker", "machine": machine });
        let user = api.text("CreateUser", user, "userId");
        let by_user = json!({ "userId": user });
        let secret = api.call("AddSecret", by_user.clone()).unwrap();
        let token = api.call("AddPersonalAccessToken", by_user).unwrap();
        let key = api.text("AddKey", json!({ "userId": user, "publicKey": P256_PUBLIC }), "keyId");
        let metadata = json!([{ "key": "k", "value": "eA==" }]);
        api.call("SetUserMetadata", json!({ "userId": user, "metadata": metadata })).unwrap();
        let of_organization = json!({ "organizationId": organization, "metadata": metadata });
        api.call("SetOrganizationMetadata", of_organization).unwrap();
        let viewer = json!({ "organizationId": organization });
        let viewer = json!({ "userId": user, "resource": viewer, "roles": ["ORG_TOKEN_INTROSPECTOR"] });
        api.call("CreateAdministrator", viewer).unwrap();
        let project = json!({ "organizationId": organization, "name": "Shop" });
        let project = api.text("CreateProject", project, "projectId");
        for role in ["reader", "writer"] {
            api.call("AddProjectRole", json!({ "projectId": project, "roleKey": role })).unwrap();
        }
        let application = json!({ "projectId": project, "name": "api", "apiConfiguration": {} });
        let application = api.text("CreateApplication", application, "applicationId");
        let of_api = json!({ "applicationId": application, "publicKey": P256_PUBLIC });
        let application_key = api.text("CreateApplicationKey", of_api, "keyId");
        let grant = json!({ "projectId": project, "grantedOrganizationId": partner, "roleKeys": ["reader"] });
        api.call("CreateProjectGrant", grant).unwrap();
        let authorization = json!({ "userId": user, "projectId": project, "roleKeys": ["reader"] });
        let authorization = api.text("CreateAuthorization", authorization, "id");
        let web_key = api.text("CreateWebKey", json!({ "ed25519": {} }), "id");
        let token_keys = api.call("ListTokenKeys", json!({})).unwrap();
        let gone = json!({ "organizationId": organization, "username": "gone", "machine": machine });
        let gone = api.text("CreateUser", gone, "userId");
        api.call("DeleteUser", json!({ "userId": gone })).unwrap();
        let text = |reply: &Value, member: &str| reply[member].as_str().unwrap().to_owned();
        Self {
            secret_id: text(&secret, "secretId"),
            secret: text(&secret, "clientSecret"),
            token_id: text(&token, "tokenId"),
            token: text(&token, "token"),
            token_key: text(&token_keys["tokenKeys"][0], "id"),
            api,
            organization,
            user,
            key,
            project,
            application,
            application_key,
            partner,
            authorization,
            web_key,
        }
    }

    /// A second object of each kind, so that each listing has more than one item.
    pub(super) fn add_second_objects(&self) {
        for method in [
            "CreateUser",
            "AddKey",
            "AddPersonalAccessToken",
            "SetUserMetadata",
            "CreateProject",
            "CreateProjectGrant",
            "CreateApplication",
            "CreateApplicationKey",
            "CreateAuthorization",
            "SetOrganizationMetadata",
            "CreateAdministrator",
        ] {
            self.api.clock.advance(1);
            self.api.call(method, self.request(method)).unwrap();
        }
        for lifetime in ["3600s", "7200s"] {
            let ending = json!({ "userId": self.user, "lifetime": lifetime, "keepOthers": true });
            self.api.call("AddSecret", ending).unwrap();
        }
        let gone = json!({ "organizationId": self.organization, "username": "also gone", "machine": { "name": "x" } });
        let gone = self.api.text("CreateUser", gone, "userId");
        self.api.call("DeleteUser", json!({ "userId": gone })).unwrap();
        self.api.clock.advance(10);
    }

    /// Brings the objects into the state that a call ends.
    pub(super) fn prepare(&self, method: &str) {
        let before = match method {
            "ReactivateUser" => "DeactivateUser",
            "UnlockUser" => "LockUser",
            "ActivateProject" => "DeactivateProject",
            "ActivateProjectGrant" => "DeactivateProjectGrant",
            "ReactivateApplication" => "DeactivateApplication",
            "ActivateAuthorization" => "DeactivateAuthorization",
            "ActivateOrganization" => "DeactivateOrganization",
            _ => return,
        };
        self.api.call(before, self.request(before)).unwrap();
    }

    /// A valid request for a call.
    pub(super) fn request(&self, method: &str) -> Value {
        let metadata = || json!([{ "key": "new", "value": "eA==" }]);
        let introspector = |role: &str| {
            let resource = json!({ "organizationId": self.organization });
            json!({ "userId": self.user, "resource": resource, "roles": [role] })
        };
        match method {
            "CreateUser" => self.there(json!({ "username": "new", "machine": { "name": "x" } })),
            "CreateUsers" => {
                self.there(json!({ "users": [{ "username": "new", "machine": { "name": "x" } }] }))
            }
            "UpdateUser" => self.user_with(json!({ "machine": { "name": "other" } })),
            "AddKey" => self.user_with(json!({ "publicKey": P256_PUBLIC })),
            "RemoveKey" => self.user_with(json!({ "keyId": self.key })),
            "RemovePersonalAccessToken" => self.user_with(json!({ "tokenId": self.token_id })),
            "SetUserMetadata" => self.user_with(json!({ "metadata": metadata() })),
            "DeleteUserMetadata" => self.user_with(json!({ "keys": ["k"] })),
            "GetUserByID"
            | "DeleteUser"
            | "DeactivateUser"
            | "ReactivateUser"
            | "LockUser"
            | "UnlockUser"
            | "AddSecret"
            | "RemoveSecret"
            | "AddPersonalAccessToken"
            | "ListUserMetadata"
            | "ListSecrets"
            | "ListRefusals"
            | "RevokeUserTokens" => self.user_with(json!({})),
            "CreateProject" => self.there(json!({ "name": "New" })),
            "UpdateProject" => self.project_with(json!({ "name": "Other" })),
            "AddProjectRole" => self.project_with(json!({ "roleKey": "new" })),
            "UpdateProjectRole" => self.project_with(json!({ "roleKey": "reader", "displayName": "Other" })),
            "RemoveProjectRole" => self.project_with(json!({ "roleKey": "reader" })),
            "DeleteProject" | "GetProject" | "ActivateProject" | "DeactivateProject" | "ListProjectRoles" => {
                self.project_with(json!({}))
            }
            "CreateProjectGrant" => {
                let name = format!("Third {}", self.api.last_event());
                let third = self.api.text("AddOrganization", json!({ "name": name }), "organizationId");
                self.project_with(json!({ "grantedOrganizationId": third, "roleKeys": ["reader"] }))
            }
            "UpdateProjectGrant" => {
                self.project_with(json!({ "grantedOrganizationId": self.partner, "roleKeys": ["writer"] }))
            }
            "DeleteProjectGrant" | "ActivateProjectGrant" | "DeactivateProjectGrant" => {
                self.project_with(json!({ "grantedOrganizationId": self.partner }))
            }
            "CreateApplication" => self.project_with(json!({ "name": "new", "apiConfiguration": {} })),
            "UpdateApplication" => self.application_with(json!({ "name": "other" })),
            "CreateApplicationKey" => self.application_with(json!({ "publicKey": P256_PUBLIC })),
            "DeleteApplicationKey" => self.application_with(json!({ "keyId": self.application_key })),
            "DeleteApplication"
            | "GetApplication"
            | "DeactivateApplication"
            | "ReactivateApplication"
            | "GenerateClientSecret" => self.application_with(json!({})),
            "GetApplicationKey" => json!({ "keyId": self.application_key }),
            "CreateAuthorization" => {
                let machine = json!({ "organizationId": self.organization, "machine": { "name": "second" } });
                let second = self.api.text("CreateUser", machine, "userId");
                json!({ "userId": second, "projectId": self.project, "roleKeys": ["writer"] })
            }
            "UpdateAuthorization" => json!({ "id": self.authorization, "roleKeys": ["writer"] }),
            "DeleteAuthorization" | "ActivateAuthorization" | "DeactivateAuthorization" => {
                json!({ "id": self.authorization })
            }
            "AddOrganization" => json!({ "name": "New" }),
            "UpdateOrganization" => self.there(json!({ "name": "Other" })),
            "SetOrganizationMetadata" => self.there(json!({ "metadata": metadata() })),
            "DeleteOrganizationMetadata" => self.there(json!({ "keys": ["k"] })),
            "DeleteOrganization"
            | "ActivateOrganization"
            | "DeactivateOrganization"
            | "ListOrganizationMetadata" => self.there(json!({})),
            "CreateAdministrator" => {
                let resource = json!({ "projectId": self.project });
                json!({ "userId": self.user, "resource": resource, "roles": ["PROJECT_OWNER_VIEWER"] })
            }
            "UpdateAdministrator" => introspector("ORG_OWNER_VIEWER"),
            "DeleteAdministrator" => {
                json!({ "userId": self.user, "resource": { "organizationId": self.organization } })
            }
            "CreateWebKey" => json!({ "ed25519": {} }),
            "RotateWebKey" => json!({ "now": true }),
            "ActivateWebKey" | "DeleteWebKey" => json!({ "id": self.web_key }),
            "DeleteTokenKey" => json!({ "id": self.token_key }),
            "RevokeToken" | "ExplainToken" => json!({ "token": self.token }),
            "ReportLeak" => json!({ "secret": self.secret }),
            "FreeName" => json!({ "type": "NAME_TYPE_USERNAME", "name": "gone" }),
            "ListExpiringCredentials" => json!({ "within": "4000000000s" }),
            "Bootstrap" => json!({ "username": "root" }),
            "ListUsers"
            | "ListKeys"
            | "ListPersonalAccessTokens"
            | "ListProjects"
            | "ListProjectGrants"
            | "ListApplications"
            | "ListApplicationKeys"
            | "ListAuthorizations"
            | "ListOrganizations"
            | "ListAdministrators"
            | "ListWebKeys"
            | "ListUnusedCredentials"
            | "ListRetiredNames"
            | "ListTokenKeys"
            | "RotateTokenKey"
            | "ListEvents"
            | "VerifyEvents"
            | "GetStatistics" => {
                json!({})
            }
            other => panic!("add a request for {other} to this file"),
        }
    }

    fn there(&self, request: Value) -> Value {
        with(request, "organizationId", &self.organization)
    }

    fn user_with(&self, request: Value) -> Value {
        with(request, "userId", &self.user)
    }

    fn project_with(&self, request: Value) -> Value {
        with(request, "projectId", &self.project)
    }

    fn application_with(&self, request: Value) -> Value {
        with(request, "applicationId", &self.application)
    }

    /// Texts that a caller without rights here must not be shown.
    pub(super) fn ids(&self) -> [&str; 9] {
        [
            &self.organization,
            &self.user,
            &self.secret_id,
            &self.key,
            &self.token_id,
            &self.project,
            &self.application,
            &self.application_key,
            &self.authorization,
        ]
    }
}

/// The request with one more member.
pub(super) fn with(mut request: Value, member: &str, value: &str) -> Value {
    request[member] = json!(value);
    request
}
