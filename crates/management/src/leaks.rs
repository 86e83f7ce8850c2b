//! Leaks: a pasted secret or token is disabled at once, no matter which caller found it
//! (`jeton.leak.v1.LeakService`).

use super::ApiError;
use super::call::Call;
use super::handle::Handle;
use jeton_api::calls::token;
use jeton_api::leaks::{ReportLeak, Reported};
use jeton_domain::admin::{Leak, Operation};
use jeton_domain::client::Client;
use jeton_domain::permission::Permission;
use jeton_domain::refusal::OperationError;
use jeton_domain::time::Moment;
use jeton_secret::{ClientSecret, CredentialId};
use jeton_tokens::Revocation;
use std::sync::Arc;
use subtle::ConstantTimeEq;

const SECRET: &str = "client secret";
const TOKEN: &str = "access token";

impl Handle for token::ReportLeak {
    async fn handle(call: &Call, request: ReportLeak) -> Result<Reported, ApiError> {
        if !call.caller.may_somewhere(Permission::LeakReport) {
            return Err(ApiError::denied(Permission::LeakReport));
        }
        let now = call.moment();
        let text = request.secret.expose().trim();
        let (kind, leak) = if ClientSecret::is_claimed_by(text) {
            (SECRET, of_secret(call, text, request.client_id.as_deref(), now)?)
        } else {
            (TOKEN, of_token(call, text, now)?)
        };
        let Some(leak) = leak else { return Ok(Reported { disabled: false, kind: kind.into() }) };
        match call.execute(Operation::Leak(leak), now.wall).await {
            Ok(_) => Ok(Reported { disabled: true, kind: kind.into() }),
            Err(error) if error == OperationError::AlreadyRevoked.into() => {
                Ok(Reported { disabled: false, kind: kind.into() })
            }
            Err(error) => Err(error),
        }
    }
}

/// The credential of a client secret. The holder of the secret may revoke it; the public part alone is not
/// enough, so the digest is compared.
fn of_secret(call: &Call, text: &str, client: Option<&str>, now: Moment) -> Result<Option<Leak>, ApiError> {
    let secret = ClientSecret::parse(text).map_err(|_| {
        ApiError::invalid("secret: this is not a whole client secret of Jeton; its checksum is wrong")
    })?;
    let presented = call.tokens().digests().digest_client_secret(&secret);
    let owner = match client {
        Some(client) => call.lookup("clientId", client)?.map(|known| known.client),
        None => owner_of(call, secret.credential())?,
    };
    let Some(owner) = owner else { return Ok(None) };
    let found = owner.credential(secret.credential());
    let live = found.filter(|credential| credential.is_live(now));
    let stored = live.and_then(|credential| credential.digest());
    let same = stored.is_some_and(|stored| bool::from(stored.ct_eq(&presented)));
    Ok(same.then(|| Leak::Credential(owner.id, secret.credential())))
}

/// The client that has the credential with this id.
fn owner_of(call: &Call, id: CredentialId) -> Result<Option<Arc<Client>>, ApiError> {
    let snapshot = call.snapshot()?;
    let Some(owner) = snapshot.owner_of_credential(id)? else { return Ok(None) };
    Ok(snapshot.administered_client(owner)?.map(|known| known.client))
}

/// The command that ends a token; of a personal access token it ends the credential.
fn of_token(call: &Call, text: &str, now: Moment) -> Result<Option<Leak>, ApiError> {
    Ok(call.tokens().revocation(text, now)?.map(|revocation| match revocation {
        Revocation::Token(token) => Leak::Token(token),
        Revocation::Credential(client, credential) => Leak::Credential(client, credential),
    }))
}
