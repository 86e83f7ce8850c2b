//! Deciding what a token request gets, and who may see a token.

use crate::authenticate::AuthenticatedClient;
use crate::client::Api;
use crate::denial::Denial;
use crate::form::Form;
use crate::id::{ClientId, ProjectId};
use crate::scope::{ScopeSet, UnknownScopes};
use crate::time::{Lifetime, Timestamp};
use jeton_secret::CredentialId;

/// What may be granted, as configured.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// How long access tokens live.
    pub token_lifetime: Lifetime,
    /// What happens to unknown scopes.
    pub unknown_scopes: UnknownScopes,
    /// The audience of tokens whose scopes name none.
    pub default_project: ProjectId,
}

/// A token that may be issued: the decision, before it is durable.
#[derive(Debug)]
pub struct Grant {
    /// Whose token.
    pub client: ClientId,
    /// What authenticated.
    pub credential: CredentialId,
    /// What it allows.
    pub scopes: ScopeSet,
    /// When it is issued.
    pub issued: Timestamp,
    /// When it expires; `expires_in` is the difference.
    pub expires: Timestamp,
}

/// Decides a token request (RFC 6749 §4.4.2). The order of the checks is fixed: grant type, then
/// whether the client may have it, then scope.
///
/// # Errors
/// [`Denial::GrantTypeMissing`], [`Denial::UnsupportedGrantType`], [`Denial::UnauthorizedClient`],
/// [`Denial::ScopeMissing`], [`Denial::InvalidScope`].
pub fn decide(
    client: &AuthenticatedClient,
    form: &Form<'_>,
    policy: &Policy,
    now: Timestamp,
) -> Result<Grant, Denial> {
    match form.grant_type.as_ref().ok_or(Denial::GrantTypeMissing)?.expose() {
        "client_credentials" => {}
        _ => return Err(Denial::UnsupportedGrantType),
    }
    let user = client.client().service_user().ok_or(Denial::UnauthorizedClient)?;
    let scopes = match &form.scope {
        Some(scope) => {
            ScopeSet::parse(scope.expose(), policy.unknown_scopes).map_err(|_| Denial::InvalidScope)?
        }
        None if user.default_scopes.is_empty() => return Err(Denial::ScopeMissing),
        None => user.default_scopes.clone(),
    };
    Ok(Grant {
        client: client.client().id,
        credential: client.credential(),
        scopes,
        issued: now,
        expires: now.after(policy.token_lifetime),
    })
}

/// The projects that a token with these scopes is for: those it names, else the default one.
pub fn audience(scopes: &ScopeSet, default_project: ProjectId) -> impl Iterator<Item = ProjectId> {
    let named = scopes.project_audiences();
    named.iter().copied().chain(named.is_empty().then_some(default_project))
}

/// Whether an API may see a token with these scopes (RFC 7662 §4).
pub fn may_introspect(api: &Api, scopes: &ScopeSet, default_project: ProjectId) -> bool {
    audience(scopes, default_project).any(|project| project == api.project)
}

#[cfg(test)]
mod tests;
