//! Projects: `zitadel.project.v2.ProjectService`. Their roles are in `project_roles.rs`, grants in
//! `project_grants.rs`.

use crate::page::{Page, Pagination};
use crate::text::Method;
use crate::values::{Date, Ids};
use jeton_domain::project::Project;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// `privateLabelingSetting` is ignored, because it is about sign-in pages, which Jeton does not have.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateProject {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_id: Option<String>,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_role_assertion: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_required: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_access_required: Option<bool>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedProject {
    pub project_id: String,
    pub creation_date: Date,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateProject {
    pub project_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_role_assertion: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_required: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_access_required: Option<bool>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ByProjectId {
    pub project_id: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct GotProject {
    pub project: ListedProject,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ListProjects {
    pub pagination: Page,
    pub sorting_column: ProjectColumn,
    pub filters: Vec<ProjectFilter>,
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub enum ProjectColumn {
    #[default]
    #[serde(rename = "PROJECT_FIELD_NAME_UNSPECIFIED")]
    Unspecified,
    #[serde(rename = "PROJECT_FIELD_NAME_ID")]
    Id,
    #[serde(rename = "PROJECT_FIELD_NAME_CREATION_DATE")]
    Created,
    #[serde(rename = "PROJECT_FIELD_NAME_CHANGE_DATE")]
    Changed,
    #[serde(rename = "PROJECT_FIELD_NAME_NAME")]
    Name,
}

#[derive(Debug, Serialize, Deserialize)]
pub enum ProjectFilter {
    #[serde(rename = "inProjectIdsFilter")]
    Ids(Ids),
    #[serde(rename = "projectNameFilter", rename_all = "camelCase")]
    Name {
        #[serde(default)]
        project_name: String,
        #[serde(default)]
        method: Method,
    },
    #[serde(rename = "organizationIdFilter", rename_all = "camelCase")]
    Organization {
        organization_id: String,
        #[serde(default)]
        r#type: Belonging,
    },
}

/// The relation of a project to an organization.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Belonging {
    #[serde(rename = "OWNED")]
    Owned,
    #[serde(rename = "GRANTED")]
    Granted,
    #[default]
    #[serde(rename = "OWNED_OR_GRANTED", alias = "TYPE_UNSPECIFIED")]
    Either,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Projects {
    pub pagination: Pagination,
    pub projects: Vec<ListedProject>,
    /// Jeton extension: token of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_page_token: Option<String>,
    /// Jeton extension: ids of projects and organizations whose record can't be read, left out of the
    /// listing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unreadable: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ListedProject {
    pub project_id: String,
    pub organization_id: String,
    pub name: String,
    pub state: Cow<'static, str>,
    pub project_role_assertion: bool,
    pub authorization_required: bool,
    pub project_access_required: bool,
    pub creation_date: Date,
    pub change_date: Date,
    /// Jeton extension: the event of its last change; accepted by `If-Match`.
    pub sequence: String,
}

impl ListedProject {
    pub fn of(project: &Project) -> Self {
        Self {
            project_id: project.id.to_string(),
            organization_id: project.organization.to_string(),
            name: project.name.to_string(),
            state: if project.active {
                "PROJECT_STATE_ACTIVE".into()
            } else {
                "PROJECT_STATE_INACTIVE".into()
            },
            project_role_assertion: project.asserts_roles,
            authorization_required: project.authorization_required,
            project_access_required: project.access_required,
            creation_date: Date(project.created),
            change_date: Date(project.changed),
            sequence: project.event_id.to_string(),
        }
    }
}
