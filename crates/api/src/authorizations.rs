//! Roles granted to users: `zitadel.authorization.v2.AuthorizationService`.

use crate::administrators::{ListedUser, Named, NamedProject};
use crate::page::{Page, Pagination};
use crate::sorting::AuthorizationColumn;
use crate::text::Method;
use crate::values::{Date, Id, Ids};
use jeton_domain::client::Client;
use jeton_domain::instance::Instance;
use jeton_domain::project::Project;
use jeton_domain::role::Role;
use jeton_domain::service_user::Authorization;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateAuthorization {
    pub user_id: String,
    pub project_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    #[serde(default)]
    pub role_keys: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedAuthorization {
    pub id: String,
    pub creation_date: Date,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateAuthorization {
    pub id: String,
    #[serde(default)]
    pub role_keys: Vec<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListAuthorizations {
    pub pagination: Page,
    pub sorting_column: AuthorizationColumn,
    pub filters: Vec<AuthorizationFilter>,
}

#[derive(Debug, Serialize, Deserialize)]
pub enum AuthorizationFilter {
    #[serde(rename = "authorizationIds")]
    Ids(Ids),
    #[serde(rename = "inUserIds")]
    Users(Ids),
    #[serde(rename = "userId")]
    User(Id),
    #[serde(rename = "organizationId")]
    Organization(Id),
    #[serde(rename = "userOrganizationId")]
    UserOrganization(Id),
    #[serde(rename = "projectId")]
    Project(Id),
    #[serde(rename = "projectName")]
    ProjectName {
        #[serde(default)]
        name: String,
        #[serde(default)]
        method: Method,
    },
    #[serde(rename = "roleKey")]
    Role {
        #[serde(default)]
        key: String,
        #[serde(default)]
        method: Method,
    },
    #[serde(rename = "state")]
    State { state: State },
    #[serde(rename = "userPreferredLoginName", rename_all = "camelCase")]
    LoginName {
        #[serde(default)]
        login_name: String,
        #[serde(default)]
        method: Method,
    },
    #[serde(rename = "userDisplayName", rename_all = "camelCase")]
    DisplayName {
        #[serde(default)]
        display_name: String,
        #[serde(default)]
        method: Method,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AuthorizationState")]
pub enum State {
    #[serde(rename = "STATE_ACTIVE")]
    Active,
    #[serde(rename = "STATE_INACTIVE")]
    Inactive,
}

impl State {
    pub const fn of(authorization: &Authorization) -> Self {
        if authorization.active { Self::Active } else { Self::Inactive }
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Authorizations {
    pub pagination: Pagination,
    pub authorizations: Vec<ListedAuthorization>,
    /// Jeton extension: token of the next page; absent on the last one. With filters a page looks at a
    /// bounded number of authorizations, so it may be short, even empty, and still have a next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
    /// Jeton extension: ids of users whose record can't be read, left out of the listing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedAuthorization {
    pub id: String,
    pub creation_date: Date,
    pub change_date: Date,
    pub project: NamedProject,
    pub organization: Named,
    pub user: ListedUser,
    pub state: State,
    pub roles: Vec<ListedRole>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AuthorizedRole")]
#[serde(rename_all = "camelCase")]
pub struct ListedRole {
    pub key: String,
    pub display_name: String,
    pub group: String,
}

impl ListedAuthorization {
    pub fn of(
        client: &Client,
        authorization: &Authorization,
        project: &Project,
        instance: &Instance,
    ) -> Self {
        let role = |role: &Role| ListedRole {
            key: role.key.to_string(),
            display_name: role.name.to_string(),
            group: role.group.to_string(),
        };
        // The roles that the project, and the grant it uses, still have; the state tells if the authorization
        // is effective.
        let left: BTreeSet<_> = authorization.roles_left(project, client.organization).collect();
        let granted = project.roles.iter().filter(|role| left.contains(&role.key));
        let giver = authorization.given_by(project, client.organization);
        Self {
            id: authorization.id.to_string(),
            creation_date: Date(authorization.created),
            change_date: Date(authorization.changed),
            project: NamedProject::of(project),
            organization: Named::organization(instance, giver),
            user: ListedUser::of(client),
            state: State::of(authorization),
            roles: granted.map(role).collect(),
        }
    }
}
