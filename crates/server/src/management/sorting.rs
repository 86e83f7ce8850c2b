//! Orders of listings that no index has: all matches are found and sorted, up to
//! [`SORTED_MAX`](jeton_store::limits::SORTED_MAX) items. Without a column a listing has the order of its
//! index, which has no such bound.

use jeton_domain::caseless::folded;
use jeton_domain::client::Client;
use jeton_domain::credential::Credential;
use jeton_domain::instance::Instance;
use jeton_domain::role::Role;
use jeton_store::query::{FoundAdministrator, FoundAuthorization};
use serde::Deserialize;

/// The columns of authorizations. Their ids are assigned in the order of creation, so an index has these two.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) enum AuthorizationColumn {
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

impl AuthorizationColumn {
    /// The order's name in page tokens; `None` if the index has the order.
    pub(super) const fn sorts(self) -> Option<&'static str> {
        match self {
            Self::Id => None,
            Self::Changed => Some("authorizations by change"),
            Self::User => Some("authorizations by user"),
            Self::Project => Some("authorizations by project"),
            Self::Organization => Some("authorizations by organization"),
            Self::UserOrganization => Some("authorizations by organization of the user"),
        }
    }

    /// The place of an authorization in the order.
    pub(super) fn key(self, found: &FoundAuthorization, instance: &Instance) -> (u64, u64) {
        let (client, authorization) = found;
        let number = match self {
            Self::Id => 0,
            Self::Changed => authorization.changed.0,
            Self::User => client.id.0,
            Self::Project => authorization.project.0,
            Self::Organization => {
                instance.project(authorization.project).map_or(0, |project| project.organization.0)
            }
            Self::UserOrganization => client.organization.0,
        };
        (number, authorization.id.0)
    }
}

/// The columns of administrator roles. The index has them in the order of their realms.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) enum AdministratorColumn {
    #[default]
    #[serde(skip)]
    Unspecified,
    #[serde(rename = "ADMINISTRATOR_FIELD_NAME_USER_ID")]
    User,
    #[serde(rename = "ADMINISTRATOR_FIELD_NAME_CREATION_DATE")]
    Created,
    #[serde(rename = "ADMINISTRATOR_FIELD_NAME_CHANGE_DATE")]
    Changed,
}

impl AdministratorColumn {
    /// The order's name in page tokens; `None` if the index has the order.
    pub(super) const fn sorts(self) -> Option<&'static str> {
        match self {
            Self::Unspecified => None,
            Self::User => Some("administrators by user"),
            Self::Created => Some("administrators by creation"),
            Self::Changed => Some("administrators by change"),
        }
    }

    /// The number that administrator roles are sorted by.
    pub(super) fn number(self, found: &FoundAdministrator) -> u64 {
        let (client, administration) = found;
        match self {
            Self::Unspecified => 0,
            Self::User => client.id.0,
            Self::Created => administration.created.0,
            Self::Changed => administration.changed.0,
        }
    }
}

/// The columns of keys and personal access tokens, of users and of applications. The index has them by their
/// clients.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) enum CredentialColumn {
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
    /// True for an order that no index has.
    pub(super) const fn sorts(self) -> bool {
        !matches!(self, Self::Unspecified)
    }

    /// The name of a listing in this order, in page tokens.
    pub(super) fn of(self, listing: &str) -> String {
        match self {
            Self::Unspecified => listing.to_owned(),
            Self::Created => format!("{listing} by creation"),
            Self::Id => format!("{listing} by id"),
            Self::Client => format!("{listing} by client"),
            Self::Project => format!("{listing} by project"),
            Self::Organization => format!("{listing} by organization"),
            Self::Expires => format!("{listing} by end"),
        }
    }

    /// The place of a credential in the order; those without an expiry come last.
    pub(super) fn key(self, client: &Client, credential: &Credential) -> (u64, u64) {
        let number = match self {
            // The order of one client's credentials.
            Self::Unspecified | Self::Created => credential.created.wall.0,
            Self::Id => 0,
            Self::Client => client.id.0,
            Self::Project => client.api().map_or(0, |api| api.project.0),
            Self::Organization => client.organization.0,
            Self::Expires => client.end_of(credential).map_or(u64::MAX, |end| end.wall.0),
        };
        (number, credential.id.0)
    }
}

/// The columns of the roles of a project, which are kept in the order in which they were added.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) enum RoleColumn {
    #[default]
    #[serde(rename = "PROJECT_ROLE_FIELD_NAME_CREATION_DATE")]
    Created,
    #[serde(rename = "PROJECT_ROLE_FIELD_NAME_KEY")]
    Key,
    #[serde(rename = "PROJECT_ROLE_FIELD_NAME_CHANGE_DATE")]
    Changed,
}

impl RoleColumn {
    /// The order's name in page tokens.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Created => "roles",
            Self::Key => "roles by key",
            Self::Changed => "roles by change",
        }
    }

    /// The place of a role in the order.
    pub(super) fn key(self, place: usize, role: &Role) -> (String, u64, usize) {
        match self {
            Self::Created => (String::new(), 0, place),
            Self::Key => (folded(role.key.as_str()).into_owned(), 0, place),
            Self::Changed => (String::new(), role.changed.0, place),
        }
    }
}
