//! Orders of listings that no index has: all matches are found and sorted, up to
//! [`SORTED_MAX`](jeton_store::limits::SORTED_MAX) items. Without a column a listing has the order of its
//! index, which has no such bound.

use jeton_api::sorting::{AdministratorColumn, AuthorizationColumn, CredentialColumn, RoleColumn};
use jeton_domain::caseless::folded;
use jeton_domain::client::Client;
use jeton_domain::credential::Credential;
use jeton_domain::instance::Instance;
use jeton_domain::role::Role;
use jeton_store::query::{FoundAdministrator, FoundAuthorization};

/// The order's name in page tokens; `None` if the index has the order.
pub(super) const fn authorization_order(column: AuthorizationColumn) -> Option<&'static str> {
    match column {
        AuthorizationColumn::Id => None,
        AuthorizationColumn::Changed => Some("authorizations by change"),
        AuthorizationColumn::User => Some("authorizations by user"),
        AuthorizationColumn::Project => Some("authorizations by project"),
        AuthorizationColumn::Organization => Some("authorizations by organization"),
        AuthorizationColumn::UserOrganization => Some("authorizations by organization of the user"),
    }
}

/// The place of an authorization in the order.
pub(super) fn authorization_key(
    column: AuthorizationColumn,
    found: &FoundAuthorization,
    instance: &Instance,
) -> (u64, u64) {
    let (client, authorization) = found;
    let number = match column {
        AuthorizationColumn::Id => 0,
        AuthorizationColumn::Changed => authorization.changed.0,
        AuthorizationColumn::User => client.id.0,
        AuthorizationColumn::Project => authorization.project.0,
        AuthorizationColumn::Organization => {
            instance.project(authorization.project).map_or(0, |project| project.organization.0)
        }
        AuthorizationColumn::UserOrganization => client.organization.0,
    };
    (number, authorization.id.0)
}

/// The order's name in page tokens; `None` if the index has the order.
pub(super) const fn administrator_order(column: AdministratorColumn) -> Option<&'static str> {
    match column {
        AdministratorColumn::Unspecified => None,
        AdministratorColumn::User => Some("administrators by user"),
        AdministratorColumn::Created => Some("administrators by creation"),
        AdministratorColumn::Changed => Some("administrators by change"),
    }
}

/// The number that administrator roles are sorted by.
pub(super) fn administrator_number(column: AdministratorColumn, found: &FoundAdministrator) -> u64 {
    let (client, administration) = found;
    match column {
        AdministratorColumn::Unspecified => 0,
        AdministratorColumn::User => client.id.0,
        AdministratorColumn::Created => administration.created.0,
        AdministratorColumn::Changed => administration.changed.0,
    }
}

/// True for an order that no index has.
pub(super) const fn credential_sorts(column: CredentialColumn) -> bool {
    !matches!(column, CredentialColumn::Unspecified)
}

/// The name of a listing in this order, in page tokens.
pub(super) fn credential_order(column: CredentialColumn, listing: &str) -> String {
    match column {
        CredentialColumn::Unspecified => listing.to_owned(),
        CredentialColumn::Created => format!("{listing} by creation"),
        CredentialColumn::Id => format!("{listing} by id"),
        CredentialColumn::Client => format!("{listing} by client"),
        CredentialColumn::Project => format!("{listing} by project"),
        CredentialColumn::Organization => format!("{listing} by organization"),
        CredentialColumn::Expires => format!("{listing} by end"),
    }
}

/// The place of a credential in the order; those without an expiry come last.
pub(super) fn credential_key(
    column: CredentialColumn,
    client: &Client,
    credential: &Credential,
) -> (u64, u64) {
    let number = match column {
        // The order of one client's credentials.
        CredentialColumn::Unspecified | CredentialColumn::Created => credential.created.wall.0,
        CredentialColumn::Id => 0,
        CredentialColumn::Client => client.id.0,
        CredentialColumn::Project => client.api().map_or(0, |api| api.project.0),
        CredentialColumn::Organization => client.organization.0,
        CredentialColumn::Expires => client.end_of(credential).map_or(u64::MAX, |end| end.wall.0),
    };
    (number, credential.id.0)
}

/// The order's name in page tokens.
pub(super) const fn role_order(column: RoleColumn) -> &'static str {
    match column {
        RoleColumn::Created => "roles",
        RoleColumn::Key => "roles by key",
        RoleColumn::Changed => "roles by change",
    }
}

/// The place of a role in the order.
pub(super) fn role_key(column: RoleColumn, place: usize, role: &Role) -> (String, u64, usize) {
    match column {
        RoleColumn::Created => (String::new(), 0, place),
        RoleColumn::Key => (folded(role.key.as_str()).into_owned(), 0, place),
        RoleColumn::Changed => (String::new(), role.changed.0, place),
    }
}
