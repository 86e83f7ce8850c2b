//! Claims about a service user that scopes request: names, roles, metadata, organization.
//!
//! The same members go into JWTs, introspection answers and userinfo, with ZITADEL's names and shapes.
//! They reflect the current facts, not those at the time of issue, except inside a JWT.

use crate::write::{push, push_json, push_member, push_number};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_domain::client::{Client, Profile};
use jeton_domain::id::ProjectId;
use jeton_domain::instance::Instance;
use jeton_domain::organization::Organization;
use jeton_domain::role::RoleKey;
use jeton_domain::scope::{Parameter, ScopeSet, StandardScope};
use jeton_domain::service_user::ServiceUser;
use std::collections::{BTreeMap, BTreeSet};

/// Appends the members that `scopes` request, each with a comma before it. Roles are those of the
/// projects of the `audience`: an API learns those of its own project, the user all.
pub(crate) fn write(
    body: &mut Vec<u8>,
    client: &Client,
    scopes: &ScopeSet,
    instance: &Instance,
    audience: &[ProjectId],
) {
    if scopes.contains(StandardScope::Profile) {
        profile(body, client);
    }
    let Some(user) = client.service_user() else { return };
    let own = instance.organization(client.organization);
    if let Some(own) = own.filter(|_| scopes.asks_for_organization()) {
        organization(body, own);
    }
    if scopes.parameters().iter().any(|parameter| matches!(parameter, Parameter::Organization(_))) {
        push_member(body, "urn:zitadel:iam:org:id", &client.organization.to_string());
    }
    if scopes.contains(StandardScope::UserMetadata) && !user.metadata.is_empty() {
        metadata(body, user);
    }
    if let Some(own) = own.filter(|_| !user.authorizations.is_empty()) {
        roles(body, user, own, scopes, instance, audience);
    }
}

/// The members of OpenID Connect Core §5.1 that a service user has.
fn profile(body: &mut Vec<u8>, client: &Client) {
    let name = match &client.profile {
        Profile::ServiceUser(user) => &user.name,
        Profile::Api(api) => &api.name,
    };
    push(body, &[r#","name":"#]);
    push_json(body, name.as_str());
    push(body, &[r#","preferred_username":"#]);
    push_json(body, client.name.as_str());
    push(body, &[r#","updated_at":"#]);
    push_number(body, client.changed.0);
}

fn organization(body: &mut Vec<u8>, own: &Organization) {
    push_member(body, "urn:zitadel:iam:user:resourceowner:id", &own.id.to_string());
    push_member(body, "urn:zitadel:iam:user:resourceowner:name", own.name.as_str());
    push_member(body, "urn:zitadel:iam:user:resourceowner:primary_domain", &*own.primary_domain);
}

fn metadata(body: &mut Vec<u8>, user: &ServiceUser) {
    let entries = user.metadata.iter().map(|(key, value)| (key.as_str(), URL_SAFE_NO_PAD.encode(value)));
    push_member(body, "urn:zitadel:iam:user:metadata", &entries.collect::<BTreeMap<_, _>>());
}

/// One claim per project, and one for all of them together.
fn roles(
    body: &mut Vec<u8>,
    user: &ServiceUser,
    own: &Organization,
    scopes: &ScopeSet,
    instance: &Instance,
    audience: &[ProjectId],
) {
    let mut all = BTreeSet::new();
    for project in audience {
        let granted = granted_roles(user, own, scopes, instance, *project);
        if !granted.is_empty() {
            push_member(
                body,
                &format!("urn:zitadel:iam:org:project:{project}:roles"),
                &role_map(&granted, own),
            );
            all.extend(granted);
        }
    }
    if !all.is_empty() {
        push_member(body, "urn:zitadel:iam:org:project:roles", &role_map(&all, own));
    }
}

/// The user's roles in a project, as far as the scopes request them or the project asserts its roles. A
/// role that the project has lost since it was granted is left out.
fn granted_roles<'a>(
    user: &'a ServiceUser,
    own: &Organization,
    scopes: &ScopeSet,
    instance: &'a Instance,
    id: ProjectId,
) -> BTreeSet<&'a RoleKey> {
    let Some(project) = instance.project(id) else { return BTreeSet::new() };
    user.authorizations
        .iter()
        .flat_map(|authorization| authorization.roles_in_effect(project, own.id))
        .filter(|role| project.asserts_roles || scopes.asks_for_role(role))
        .collect()
}

/// `{ "<role>": { "<organization id>": "<primary domain>" } }`
fn role_map(roles: &BTreeSet<&RoleKey>, own: &Organization) -> serde_json::Value {
    let owner = serde_json::json!({ own.id.to_string(): own.primary_domain });
    roles.iter().map(|role| (role.to_string(), owner.clone())).collect::<serde_json::Map<_, _>>().into()
}

#[cfg(test)]
mod tests;
