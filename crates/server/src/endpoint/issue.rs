//! Issuing the decided token in one of two envelopes: an opaque token is sealed, a JWT is signed. Neither is
//! written anywhere.

use super::client::use_assertion_up;
use crate::oauth::OAuthWorker;
use crate::signing_queue::TooManyWait;
use jeton_domain::client::found;
use jeton_domain::scope::StandardScope;
use jeton_domain::service_user::AccessTokenType;
use jeton_domain::token::{Life, Times};
use jeton_jose::sign::Kind;
use jeton_oauth::authenticate::AuthenticatedClient;
use jeton_oauth::denial::Denial;
use jeton_oauth::grant::{Grant, SealableStatement};
use jeton_oauth::jws::JWS_BYTES_MAX;
use jeton_oauth::{jwt, render};
use jeton_secret::{JwtId, NONCE_BYTES, SecretText};
use jeton_store::Snapshot;

/// A token that may be issued, and the facts that this decision rests on.
pub(crate) struct Decided {
    /// The authenticated client that receives the token.
    pub(crate) proof: AuthenticatedClient,
    /// The client's own authentication, if an assertion is the grant and the client authenticated too.
    pub(crate) beside: Option<AuthenticatedClient>,
    /// The granted rights and envelope.
    pub(crate) grant: Grant,
}

/// Issues a token in the decided envelope. Nothing is written for it, so there is nothing to wait for, unless
/// an assertion has to be used up or signatures of others come first. No assertion is used up if the
/// signature is rejected under load.
pub(super) async fn issue(worker: &OAuthWorker, decided: &Decided) -> Result<Vec<u8>, Denial> {
    match decided.grant.token_type {
        AccessTokenType::Opaque => {
            let (name, nonce) = worker.mint().token().map_err(|_| Denial::Unavailable)?;
            // A token that is too large is refused before an assertion is used up for it.
            let statement = decided.grant.statement(name)?;
            use_assertion_up(worker, &decided.proof).await?;
            Ok(render::token(&sealed(worker, decided, nonce, &statement)?, None, &decided.grant))
        }
        AccessTokenType::Jwt => {
            worker.signing_queue.come().await.map_err(|TooManyWait| Denial::Overloaded)?;
            use_assertion_up(worker, &decided.proof).await?;
            worker.signing_queue.sign(|| signed(worker, decided))
        }
    }
}

/// Facts that changed since they were read may have ended the token. It is dead then without this check too,
/// but no client should receive a dead token.
fn check_still(
    worker: &OAuthWorker,
    snapshot: &Snapshot,
    decided: &Decided,
    life: Life,
) -> Result<(), Denial> {
    let (client, credential) = (decided.grant.facts.client, decided.proof.credential());
    let known = snapshot.client(client).map_err(|_| Denial::Unavailable)?.ok_or(Denial::InvalidClient)?;
    let past = snapshot.past_of(&known.client, credential).map_err(|_| Denial::Unavailable)?;
    let credential = found(&known.client, past.as_ref(), credential);
    let times = Times { newest: snapshot.newest_generation(), now: worker.oauth.moment() };
    life.check(&known.client, credential, times).map_err(|_| Denial::InvalidClient)
}

/// An opaque token's text.
///
/// # Errors
/// [`Denial::Unavailable`] without a token key, [`Denial::InvalidClient`] if its facts have changed.
fn sealed(
    worker: &OAuthWorker,
    decided: &Decided,
    nonce: [u8; NONCE_BYTES],
    statement: &SealableStatement,
) -> Result<SecretText, Denial> {
    let oauth = &worker.oauth;
    let snapshot = oauth.store.snapshot().map_err(|_| Denial::Unavailable)?;
    let was_awaited = decided.proof.assertion().is_some() || decided.beside.is_some();
    if was_awaited {
        check_still(worker, &snapshot, decided, statement.life())?;
    }
    let ring = oauth.tokens.token_keys().ring(&snapshot);
    let sealed = ring.seal(nonce, statement).ok_or(Denial::Unavailable)?;
    let text = sealed.map_err(|_| Denial::OpaqueTokenTooLarge)?;
    worker.store_handle.note_use(decided.proof.credential(), decided.grant.facts.issued.wall);
    Ok(text)
}

fn signed(worker: &OAuthWorker, decided: &Decided) -> Result<Vec<u8>, Denial> {
    let Decided { proof, grant, .. } = decided;
    let oauth = &worker.oauth;
    let snapshot = oauth.store.snapshot().map_err(|_| Denial::Unavailable)?;
    let instance = snapshot.instance();
    let (name, _) = worker.mint().token().map_err(|_| Denial::Unavailable)?;
    let life = grant.life(name);
    check_still(worker, &snapshot, decided, life)?;
    let jti = oauth.tokens.digests().write_jwt_id(&JwtId {
        credential: proof.credential(),
        generation: life.generation.0,
        careful: life.issued.careful.0,
        name,
    });
    let ring = oauth.tokens.signing_keys().ring(&snapshot);
    let key = ring.active().ok_or(Denial::Unavailable)?;
    let sign = |kind, claims: Vec<u8>| key.sign(kind, &claims).map_err(|_| Denial::Unavailable);
    let claims = jwt::access_token(proof.client(), grant, &oauth.issuer, instance, &jti);
    let token = SecretText::new(sign(Kind::AccessToken(grant.jwt_type), claims)?);
    if token.expose().len() > JWS_BYTES_MAX {
        // Neither this server nor any header would accept it.
        return Err(Denial::JwtTooLarge);
    }
    let id_token = if grant.facts.scopes.contains(StandardScope::OpenId) {
        Some(sign(Kind::IdToken, jwt::id_token(proof.client(), grant, &oauth.issuer, instance))?)
    } else {
        None
    };
    worker.store_handle.note_use(proof.credential(), grant.facts.issued.wall);
    Ok(render::token(&token, id_token.as_deref(), grant))
}
