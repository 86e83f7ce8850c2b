//! The events that changes to clients leave in the audit trail.

use super::client_update::{ClientUpdate, kind_of_new};
use crate::client::Client;
use crate::event::{Entry, EventKind};
use crate::permission::{AdminRole, AdminScope};

/// The event of an update.
pub(super) fn entry(client: &Client, update: &ClientUpdate) -> Entry {
    let is_user = client.service_user().is_some();
    let of = |user, application| if is_user { user } else { application };
    let plain = |kind| (kind, 0, client.name.to_string());
    let (kind, object, note) = match update {
        ClientUpdate::Deactivate => plain(of(EventKind::UserDeactivated, EventKind::ApplicationDeactivated)),
        ClientUpdate::Reactivate => plain(of(EventKind::UserReactivated, EventKind::ApplicationReactivated)),
        ClientUpdate::Lock => plain(EventKind::UserLocked),
        ClientUpdate::Unlock => plain(EventKind::UserUnlocked),
        ClientUpdate::AddCredential { credential, .. } => {
            (kind_of_new(credential), credential.id.0, credential.label.to_string())
        }
        ClientUpdate::RevokeCredential(id) => (EventKind::CredentialRevoked, id.0, String::new()),
        ClientUpdate::RevokeSecrets => plain(EventKind::SecretsRevoked),
        ClientUpdate::RevokeTokensOf(id) => (EventKind::CredentialTokensRevoked, id.0, String::new()),
        ClientUpdate::RevokeTokens => plain(EventKind::UserTokensRevoked),
        ClientUpdate::Edit { username, edit } => {
            let renamed = username.as_ref().filter(|name| **name != client.name);
            let renamed = renamed.map(|name| format!("username {} to {name}", client.name));
            let said: Vec<_> = renamed.into_iter().chain(edit.said().map(str::to_owned)).collect();
            (EventKind::UserChanged, 0, said.join(", "))
        }
        ClientUpdate::EditApi(name) => (EventKind::ApplicationChanged, 0, format!("name {name}")),
        ClientUpdate::Authorize(new) => {
            (EventKind::GrantAdded, new.id.0, format!("project {}: {}", new.project, list(&new.roles)))
        }
        ClientUpdate::Reauthorize(id, roles) => (EventKind::GrantChanged, id.0, list(roles)),
        ClientUpdate::SetAuthorizationActive(id, true) => (EventKind::GrantReactivated, id.0, String::new()),
        ClientUpdate::SetAuthorizationActive(id, false) => (EventKind::GrantDeactivated, id.0, String::new()),
        ClientUpdate::Unauthorize(id) => (EventKind::GrantRemoved, id.0, String::new()),
        ClientUpdate::AddAdminRoles(realm, roles) => {
            administration(EventKind::AdministratorAdded, *realm, roles)
        }
        ClientUpdate::UpdateAdminRoles(realm, roles) => {
            administration(EventKind::AdministratorChanged, *realm, roles)
        }
        ClientUpdate::RemoveAdminRoles(realm) => administration(EventKind::AdministratorRemoved, *realm, &[]),
        ClientUpdate::SetMetadata(notes) => {
            (EventKind::UserMetadataSet, 0, list(notes.iter().map(|(key, _)| key)))
        }
        ClientUpdate::DeleteMetadata(keys) => (EventKind::UserMetadataRemoved, 0, list(keys)),
    };
    Entry::new(kind, client.id.0, object, note)
}

fn administration(kind: EventKind, realm: AdminScope, roles: &[AdminRole]) -> (EventKind, u64, String) {
    let roles = list(roles.iter().map(|role| role.name()));
    match realm {
        AdminScope::Instance => (kind, 0, format!("instance: {roles}")),
        AdminScope::Organization(id) => (kind, id.0, format!("organization {id}: {roles}")),
        AdminScope::Project(id) => (kind, id.0, format!("project {id}: {roles}")),
    }
}

fn list<T: ToString>(all: impl IntoIterator<Item = T>) -> String {
    all.into_iter().map(|one| one.to_string()).collect::<Vec<_>>().join(", ")
}
