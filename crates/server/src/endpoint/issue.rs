//! Issuing what was decided: an opaque token, which is a row in the store, or a JWT, which is a
//! signature.

use super::client::{rejected, use_assertion_up, used_assertion};
use crate::app::Worker;
use crate::signing_turns::TooManyWait;
use jeton_jose::sign::Kind;
use jeton_oauth::authenticate::AuthenticatedClient;
use jeton_oauth::client::Revision;
use jeton_oauth::denial::Denial;
use jeton_oauth::grant::Grant;
use jeton_oauth::jws::JWS_BYTES_MAX;
use jeton_oauth::scope::StandardScope;
use jeton_oauth::token::Sequence;
use jeton_oauth::{jwt, render};
use jeton_secret::{JwtId, SecretText};
use jeton_store::{Command, IssueToken, Outcome};

/// A token that may be issued, and the facts that say so.
pub(crate) struct Decided {
    /// Who gets it.
    pub(crate) proof: AuthenticatedClient,
    /// The client's own authentication, when an assertion is the grant and the client authenticated too.
    pub(crate) beside: Option<AuthenticatedClient>,
    /// The revision of the client's facts.
    pub(crate) as_of: Revision,
    /// The place in the order of issue before the facts were read: whatever is revoked since comes
    /// behind it.
    pub(crate) sequence: Sequence,
    /// What it gets.
    pub(crate) grant: Grant,
}

/// Issues an opaque token; its answer comes when it is on disk.
pub(super) fn opaque(
    worker: &Worker,
    decided: Decided,
) -> Result<impl Future<Output = Result<Vec<u8>, Denial>> + use<>, Denial> {
    let token = opaque_text(worker, &decided)?;
    // The client's facts are let go of while they are still in the core's cache.
    let Decided { grant, .. } = decided;
    Ok(async move { Ok(render::token(&token.await?, None, &grant)) })
}

/// Mints a token and sends its digest to the writer; what comes later is its text, when it is on disk.
///
/// # Errors
/// [`Denial::Unavailable`] without entropy.
pub(crate) fn opaque_text(
    worker: &Worker,
    decided: &Decided,
) -> Result<impl Future<Output = Result<SecretText, Denial>> + use<>, Denial> {
    let secret = worker.mint().secret().map_err(|_| Denial::Unavailable)?;
    let seal = worker.app.keys.seal_token(&secret);
    let issued = worker.courier.deliver(Command::IssueToken(IssueToken {
        facts: decided.grant.facts.clone(),
        expires: decided.grant.expires,
        digest: seal.digest,
        assertion: used_assertion(&worker.app, &decided.proof),
        as_of: decided.as_of,
    }));
    Ok(async move {
        match issued.await {
            Ok(Outcome::Issued(key)) => Ok(seal.text(&secret, key.position())),
            Ok(_) => Err(Denial::Unavailable),
            Err(rejection) => Err(rejected(rejection)),
        }
    })
}

/// Issues a JWT, with an id token for a client that asked for one. Nothing is written for it, so
/// nothing is waited for but others' signatures, unless an assertion has to be used up. It is not when there is no turn.
pub(super) async fn jwt(worker: &Worker, decided: &Decided) -> Result<Vec<u8>, Denial> {
    worker.signing_turns.come().await.map_err(|TooManyWait| Denial::Overloaded)?;
    use_assertion_up(worker, &decided.proof).await?;
    worker.signing_turns.sign(|| signed(worker, decided))
}

fn signed(worker: &Worker, decided: &Decided) -> Result<Vec<u8>, Denial> {
    let Decided { proof, sequence, grant, .. } = decided;
    let app = &worker.app;
    let snapshot = app.store.snapshot().map_err(|_| Denial::Unavailable)?;
    let instance = snapshot.instance();
    let id = JwtId::mint(&mut worker.mint(), proof.credential(), sequence.0, grant.facts.issued.careful.0);
    let jti = app.keys.write_jwt_id(&id.map_err(|_| Denial::Unavailable)?);
    let ring = app.signing.ring(&snapshot);
    let key = ring.active().ok_or(Denial::Unavailable)?;
    let sign = |kind, claims: Vec<u8>| key.sign(kind, &claims).map_err(|_| Denial::Unavailable);
    let claims = jwt::access_token(proof.client(), grant, &app.issuer, instance, &jti);
    let token = SecretText::new(sign(Kind::AccessToken(grant.jwt_type), claims)?);
    if token.expose().len() > JWS_BYTES_MAX {
        // Neither we nor any header would take it.
        tracing::warn!(client = %grant.facts.client, "a JWT would be too large; let it ask for fewer roles");
        return Err(Denial::TokenTooLarge);
    }
    let id_token = if grant.facts.scopes.contains(StandardScope::OpenId) {
        Some(sign(Kind::IdToken, jwt::id_token(proof.client(), grant, &app.issuer, instance))?)
    } else {
        None
    };
    worker.courier.note_use(proof.credential(), grant.facts.issued.wall);
    Ok(render::token(&token, id_token.as_deref(), grant))
}
