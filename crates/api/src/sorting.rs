//! Orders of listings that several calls share, with ZITADEL's names for their columns.

use serde::{Deserialize, Serialize};

/// The columns of authorizations. Their ids are assigned in the order of creation, so an index has these two.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub enum AuthorizationColumn {
    #[default]
    #[serde(rename = "AUTHORIZATION_FIELD_NAME_ID", alias = "AUTHORIZATION_FIELD_NAME_CREATED_DATE")]
    Id,
    #[serde(rename = "AUTHORIZATION_FIELD_NAME_CHANGED_DATE")]
    Changed,
    #[serde(rename = "AUTHORIZATION_FIELD_NAME_USER_ID")]
    User,
    #[serde(rename = "AUTHORIZATION_FIELD_NAME_PROJECT_ID")]
    Project,
    #[serde(rename = "AUTHORIZATION_FIELD_NAME_ORGANIZATION_ID")]
    Organization,
    #[serde(rename = "AUTHORIZATION_FIELD_NAME_USER_ORGANIZATION_ID")]
    UserOrganization,
}

/// The columns of administrator roles. The index has them in the order of their realms.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub enum AdministratorColumn {
    #[default]
    #[serde(rename = "ADMINISTRATOR_FIELD_NAME_UNSPECIFIED")]
    Unspecified,
    #[serde(rename = "ADMINISTRATOR_FIELD_NAME_USER_ID")]
    User,
    #[serde(rename = "ADMINISTRATOR_FIELD_NAME_CREATION_DATE")]
    Created,
    #[serde(rename = "ADMINISTRATOR_FIELD_NAME_CHANGE_DATE")]
    Changed,
}

/// The columns of keys and personal access tokens, of users and of applications. The index has them by their
/// clients. They are written with the names of keys of users, and left out if unspecified.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub enum CredentialColumn {
    #[default]
    #[serde(skip)]
    Unspecified,
    #[serde(
        rename = "KEY_FIELD_NAME_CREATED_DATE",
        alias = "PERSONAL_ACCESS_TOKEN_FIELD_NAME_CREATED_DATE",
        alias = "APPLICATION_KEYS_SORT_BY_CREATION_DATE"
    )]
    Created,
    /// Keys of applications have one type.
    #[serde(
        rename = "KEY_FIELD_NAME_ID",
        alias = "PERSONAL_ACCESS_TOKEN_FIELD_NAME_ID",
        alias = "APPLICATION_KEYS_SORT_BY_ID",
        alias = "APPLICATION_KEYS_SORT_BY_TYPE"
    )]
    Id,
    #[serde(
        rename = "KEY_FIELD_NAME_USER_ID",
        alias = "PERSONAL_ACCESS_TOKEN_FIELD_NAME_USER_ID",
        alias = "APPLICATION_KEYS_SORT_BY_APPLICATION_ID"
    )]
    Client,
    #[serde(rename = "APPLICATION_KEYS_SORT_BY_PROJECT_ID")]
    Project,
    #[serde(
        rename = "KEY_FIELD_NAME_ORGANIZATION_ID",
        alias = "PERSONAL_ACCESS_TOKEN_FIELD_NAME_ORGANIZATION_ID",
        alias = "APPLICATION_KEYS_SORT_BY_ORGANIZATION_ID"
    )]
    Organization,
    #[serde(
        rename = "KEY_FIELD_NAME_KEY_EXPIRATION_DATE",
        alias = "PERSONAL_ACCESS_TOKEN_FIELD_NAME_EXPIRATION_DATE",
        alias = "APPLICATION_KEYS_SORT_BY_EXPIRATION"
    )]
    Expires,
}

impl CredentialColumn {
    /// True for the order of the index.
    pub const fn is_unspecified(&self) -> bool {
        matches!(self, Self::Unspecified)
    }
}

/// The columns of the roles of a project, which are kept in the order in which they were added.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub enum RoleColumn {
    #[default]
    #[serde(rename = "PROJECT_ROLE_FIELD_NAME_CREATION_DATE")]
    Created,
    #[serde(rename = "PROJECT_ROLE_FIELD_NAME_KEY")]
    Key,
    #[serde(rename = "PROJECT_ROLE_FIELD_NAME_CHANGE_DATE")]
    Changed,
}
