//! The events that changes to clients leave in the audit trail.

use crate::act::{Update, kind_of_new};
use jeton_domain::client::Client;
use jeton_domain::event::{Entry, EventKind};
use jeton_domain::permission::{AdminRole, Realm};

/// The event of an update.
pub(super) fn entry(client: &Client, update: &Update) -> Entry {
    let is_user = client.service_user().is_some();
    let of = |user, application| if is_user { user } else { application };
    let plain = |kind| (kind, 0, client.name.to_string());
    let (kind, object, note) = match update {
        Update::Deactivate => plain(of(EventKind::UserDeactivated, EventKind::ApplicationDeactivated)),
        Update::Reactivate => plain(of(EventKind::UserReactivated, EventKind::ApplicationReactivated)),
        Update::Lock => plain(EventKind::UserLocked),
        Update::Unlock => plain(EventKind::UserUnlocked),
        Update::AddCredential { credential, .. } => {
            (kind_of_new(credential), credential.id.0, credential.label.to_string())
        }
        Update::RevokeCredential(id) => (EventKind::CredentialRevoked, id.0, String::new()),
        Update::RevokeSecrets => plain(EventKind::SecretsRevoked),
        Update::RevokeTokensOf(id) => (EventKind::CredentialTokensRevoked, id.0, String::new()),
        Update::RevokeTokens => plain(EventKind::UserTokensRevoked),
        Update::Edit { username, edit } => {
            let renamed = username.as_ref().filter(|name| **name != client.name);
            let renamed = renamed.map(|name| format!("username {} to {name}", client.name));
            let said: Vec<_> = renamed.into_iter().chain(edit.said().map(str::to_owned)).collect();
            (EventKind::UserChanged, 0, said.join(", "))
        }
        Update::EditApi(name) => (EventKind::ApplicationChanged, 0, format!("name {name}")),
        Update::Authorize(new) => {
            (EventKind::GrantAdded, new.id.0, format!("project {}: {}", new.project, list(&new.roles)))
        }
        Update::Reauthorize(id, roles) => (EventKind::GrantChanged, id.0, list(roles)),
        Update::SwitchAuthorization(id, true) => (EventKind::GrantReactivated, id.0, String::new()),
        Update::SwitchAuthorization(id, false) => (EventKind::GrantDeactivated, id.0, String::new()),
        Update::Unauthorize(id) => (EventKind::GrantRemoved, id.0, String::new()),
        Update::Appoint(realm, roles) => administration(EventKind::AdministratorAdded, *realm, roles),
        Update::Reappoint(realm, roles) => administration(EventKind::AdministratorChanged, *realm, roles),
        Update::Dismiss(realm) => administration(EventKind::AdministratorRemoved, *realm, &[]),
        Update::Note(notes) => (EventKind::UserMetadataSet, 0, list(notes.iter().map(|(key, _)| key))),
        Update::Forget(keys) => (EventKind::UserMetadataRemoved, 0, list(keys)),
    };
    Entry::new(kind, client.id.0, object, note)
}

fn administration(kind: EventKind, realm: Realm, roles: &[AdminRole]) -> (EventKind, u64, String) {
    let roles = list(roles.iter().map(|role| role.name()));
    match realm {
        Realm::Instance => (kind, 0, format!("instance: {roles}")),
        Realm::Organization(id) => (kind, id.0, format!("organization {id}: {roles}")),
        Realm::Project(id) => (kind, id.0, format!("project {id}: {roles}")),
    }
}

fn list<T: ToString>(all: impl IntoIterator<Item = T>) -> String {
    all.into_iter().map(|one| one.to_string()).collect::<Vec<_>>().join(", ")
}
