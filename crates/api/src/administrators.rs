//! Administrator roles: `zitadel.internal_permission.v2.InternalPermissionService`, and the first
//! administrator.

use crate::page::{Page, Pagination};
use crate::sorting::AdministratorColumn;
use crate::text::Method;
use crate::values::{Date, DateInput, Id, Ids, Seconds};
use jeton_domain::client::Client;
use jeton_domain::id::OrganizationId;
use jeton_domain::instance::Instance;
use jeton_domain::permission::{AdminScope, Administration};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Assignment {
    pub user_id: String,
    pub resource: Resource,
    #[serde(default)]
    pub roles: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleRemoval {
    pub user_id: String,
    pub resource: Resource,
}

/// The administered resource; exactly one member is set.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Resource {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "CreatedAdministrator")]
#[serde(rename_all = "camelCase")]
pub struct Created {
    pub creation_date: Date,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListAdministrators {
    pub pagination: Page,
    pub sorting_column: AdministratorColumn,
    pub filters: Vec<AdministratorFilter>,
}

#[derive(Debug, Serialize, Deserialize)]
pub enum AdministratorFilter {
    #[serde(rename = "inUserIdsFilter")]
    Users(Ids),
    #[serde(rename = "userOrganizationId")]
    Organization(Id),
    #[serde(rename = "userPreferredLoginName", rename_all = "camelCase")]
    LoginName {
        #[serde(default)]
        preferred_login_name: String,
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
    #[serde(rename = "resource")]
    Resource(Resource),
    #[serde(rename = "role", rename_all = "camelCase")]
    Role { role_key: String },
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Administrators {
    pub pagination: Pagination,
    pub administrators: Vec<ListedAdministrator>,
    /// Jeton extension: token of the next page; absent on the last one. With filters a page looks at a
    /// bounded number of administrators, so it may be short, even empty, and still have a next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
    /// Jeton extension: ids of administrators whose record can't be read, left out of the listing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedAdministrator {
    pub creation_date: Date,
    pub change_date: Date,
    pub user: ListedUser,
    pub roles: Vec<Cow<'static, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<Named>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<NamedProject>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedUser {
    pub id: String,
    pub preferred_login_name: String,
    pub display_name: String,
    pub organization_id: String,
}

impl ListedUser {
    pub fn of(client: &Client) -> Self {
        Self {
            id: client.id.to_string(),
            preferred_login_name: client.name.to_string(),
            display_name: client.service_user().map(|user| user.name.to_string()).unwrap_or_default(),
            organization_id: client.organization.to_string(),
        }
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct Named {
    pub id: String,
    pub name: String,
}

impl Named {
    pub fn organization(instance: &Instance, id: OrganizationId) -> Self {
        let name = instance.organization(id).map(|organization| organization.name.to_string());
        Self { id: id.to_string(), name: name.unwrap_or_default() }
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NamedProject {
    pub id: String,
    pub name: String,
    pub organization_id: String,
}

impl NamedProject {
    pub fn of(project: &jeton_domain::project::Project) -> Self {
        Self {
            id: project.id.to_string(),
            name: project.name.to_string(),
            organization_id: project.organization.to_string(),
        }
    }
}

impl ListedAdministrator {
    /// `None` for a resource that was deleted: the role gives no power.
    pub fn of(client: &Client, administration: &Administration, instance: &Instance) -> Option<Self> {
        let project = match administration.realm {
            AdminScope::Project(id) => Some(instance.project(id)?),
            AdminScope::Instance | AdminScope::Organization(_) => None,
        };
        let organization = match administration.realm {
            AdminScope::Organization(id) => Some(instance.organization(id)?.id),
            AdminScope::Instance | AdminScope::Project(_) => None,
        };
        Some(Self {
            creation_date: Date(administration.created),
            change_date: Date(administration.changed),
            user: ListedUser::of(client),
            roles: administration.roles.iter().map(|role| role.name().into()).collect(),
            instance: (administration.realm == AdminScope::Instance).then_some(true),
            organization: organization.map(|id| Named::organization(instance, id)),
            project: project.map(NamedProject::of),
        })
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bootstrap {
    pub username: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration_date: Option<DateInput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifetime: Option<Seconds>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Bootstrapped {
    pub user_id: String,
    pub token_id: String,
    /// A personal access token; shown this once.
    pub token: String,
    pub creation_date: Date,
}
