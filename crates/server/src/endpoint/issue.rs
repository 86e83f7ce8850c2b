//! Issuing what was decided, in one of two envelopes: an opaque token is sealed, a JWT is signed. Neither is written
//! anywhere.

use super::client::use_assertion_up;
use crate::app::Worker;
use crate::signing_turns::TooManyWait;
use jeton_domain::scope::StandardScope;
use jeton_domain::service_user::AccessTokenType;
use jeton_domain::token::{Life, Times};
use jeton_jose::sign::Kind;
use jeton_oauth::authenticate::AuthenticatedClient;
use jeton_oauth::denial::Denial;
use jeton_oauth::grant::Grant;
use jeton_oauth::jws::JWS_BYTES_MAX;
use jeton_oauth::{jwt, render};
use jeton_secret::{JwtId, NONCE_BYTES, STATEMENT_BYTES_MAX, SecretText, TokenName};
use jeton_store::Snapshot;
use jeton_store::snapshot::found;

/// A token that may be issued, and the facts that say so.
pub(crate) struct Decided {
    /// Who gets it.
    pub(crate) proof: AuthenticatedClient,
    /// The client's own authentication, when an assertion is the grant and the client authenticated too.
    pub(crate) beside: Option<AuthenticatedClient>,
    /// What it gets.
    pub(crate) grant: Grant,
}

/// Issues a token in the envelope that was decided. Nothing is written for it, so nothing is waited for, unless an
/// assertion has to be used up, or others' signatures come first. No assertion is used up when there is no turn.
pub(super) async fn issue(worker: &Worker, decided: &Decided) -> Result<Vec<u8>, Denial> {
    match decided.grant.token_type {
        AccessTokenType::Opaque => {
            let said = said(worker, decided)?;
            use_assertion_up(worker, &decided.proof).await?;
            Ok(render::token(&sealed(worker, decided, &said)?, None, &decided.grant))
        }
        AccessTokenType::Jwt => {
            worker.signing_turns.come().await.map_err(|TooManyWait| Denial::Overloaded)?;
            use_assertion_up(worker, &decided.proof).await?;
            worker.signing_turns.sign(|| signed(worker, decided))
        }
    }
}

/// The life of a token that is issued now.
pub(crate) fn life(decided: &Decided, name: TokenName) -> Life {
    let Decided { proof, grant, .. } = decided;
    Life { name, generation: proof.generation(), issued: grant.facts.issued, expires: grant.expires }
}

/// Facts that have changed since they were read may have ended the token; it is dead then without this check too, but
/// no client should be handed a dead one.
fn check_still(worker: &Worker, snapshot: &Snapshot, decided: &Decided, life: Life) -> Result<(), Denial> {
    let (client, credential) = (decided.grant.facts.client, decided.proof.credential());
    let known = snapshot.client(client).map_err(|_| Denial::Unavailable)?.ok_or(Denial::InvalidClient)?;
    let past = snapshot.past_of(&known.client, credential).map_err(|_| Denial::Unavailable)?;
    let credential = found(&known.client, past.as_ref(), credential);
    let times = Times { newest: snapshot.newest_generation(), now: worker.app.moment() };
    life.check(&known.client, credential, times).map_err(|_| Denial::InvalidClient)
}

/// The content of an opaque token, before an assertion is used up for it.
struct Said {
    life: Life,
    nonce: [u8; NONCE_BYTES],
    statement: Vec<u8>,
}

/// # Errors
/// [`Denial::Unavailable`] without entropy, [`Denial::OpaqueTokenTooLarge`].
fn said(worker: &Worker, decided: &Decided) -> Result<Said, Denial> {
    let (name, nonce) = worker.mint().token().map_err(|_| Denial::Unavailable)?;
    let life = life(decided, name);
    let statement = life.write(&decided.grant.facts);
    if statement.len() > STATEMENT_BYTES_MAX {
        return Err(Denial::OpaqueTokenTooLarge);
    }
    Ok(Said { life, nonce, statement })
}

/// An opaque token's text.
///
/// # Errors
/// [`Denial::Unavailable`] without a token key, [`Denial::InvalidClient`] when its facts have changed.
fn sealed(worker: &Worker, decided: &Decided, said: &Said) -> Result<SecretText, Denial> {
    let app = &worker.app;
    let snapshot = app.store.snapshot().map_err(|_| Denial::Unavailable)?;
    let was_awaited = decided.proof.assertion().is_some() || decided.beside.is_some();
    if was_awaited {
        check_still(worker, &snapshot, decided, said.life)?;
    }
    let ring = app.sealing.ring(&snapshot);
    let key = ring.active().ok_or(Denial::Unavailable)?;
    let text = key.seal(said.nonce, &said.statement).map_err(|_| Denial::OpaqueTokenTooLarge)?;
    worker.courier.note_use(decided.proof.credential(), decided.grant.facts.issued.wall);
    Ok(text)
}

fn signed(worker: &Worker, decided: &Decided) -> Result<Vec<u8>, Denial> {
    let Decided { proof, grant, .. } = decided;
    let app = &worker.app;
    let snapshot = app.store.snapshot().map_err(|_| Denial::Unavailable)?;
    let instance = snapshot.instance();
    let (name, _) = worker.mint().token().map_err(|_| Denial::Unavailable)?;
    let life = life(decided, name);
    check_still(worker, &snapshot, decided, life)?;
    let jti = app.keys.write_jwt_id(&JwtId {
        credential: proof.credential(),
        generation: life.generation.0,
        careful: life.issued.careful.0,
        name,
    });
    let ring = app.signing.ring(&snapshot);
    let key = ring.active().ok_or(Denial::Unavailable)?;
    let sign = |kind, claims: Vec<u8>| key.sign(kind, &claims).map_err(|_| Denial::Unavailable);
    let claims = jwt::access_token(proof.client(), grant, &app.issuer, instance, &jti);
    let token = SecretText::new(sign(Kind::AccessToken(grant.jwt_type), claims)?);
    if token.expose().len() > JWS_BYTES_MAX {
        // Neither we nor any header would take it.
        return Err(Denial::JwtTooLarge);
    }
    let id_token = if grant.facts.scopes.contains(StandardScope::OpenId) {
        Some(sign(Kind::IdToken, jwt::id_token(proof.client(), grant, &app.issuer, instance))?)
    } else {
        None
    };
    worker.courier.note_use(proof.credential(), grant.facts.issued.wall);
    Ok(render::token(&token, id_token.as_deref(), grant))
}
