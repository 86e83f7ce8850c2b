//! Explaining a token: the answer of introspection, and the reason (`jeton.token.v1.TokenService`).

use super::ApiError;
use super::acceptance::{accepting, objection};
use super::call::Call;
use super::handle::Handle;
use crate::limits::ACCEPTING_APIS_MAX;
use jeton_api::acceptance::ListedApi;
use jeton_api::calls::token;
use jeton_api::explain::{ExplainToken, Explanation};
use jeton_api::values::Date;
use jeton_domain::client::{Api, Client};
use jeton_domain::id::ClientId;
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::token::InactiveReason;
use jeton_oauth::grant::audience;
use jeton_oauth::render;
use jeton_secret::{ClientSecret, PersonalAccessToken, SealedToken};
use jeton_tokens::{Found, Id, TokenInactive};

const OPAQUE: &str = "opaque access token";
const PERSONAL: &str = "personal access token";
const JWT: &str = "JWT access token";
const UNKNOWN: &str = "unknown";

/// Tokens of users that the caller may not see look like tokens that do not exist.
impl Handle for token::ExplainToken {
    async fn handle(call: &Call, request: ExplainToken) -> Result<Explanation, ApiError> {
        let text = request.token.expose().trim();
        if text.is_empty() {
            return Err(ApiError::invalid("token: is missing"));
        }
        if ClientSecret::is_claimed_by(text) {
            return Err(ApiError::invalid(
                "token: this is a client secret, not a token; if it was pasted in public, report it as a leak",
            ));
        }
        let application = request.application_id.as_deref().filter(|id| !id.is_empty());
        let asking = application.map(|id| call.api(id, Permission::ProjectRead)).transpose()?;
        let kind = match text {
            text if SealedToken::is_claimed_by(text) => OPAQUE,
            text if PersonalAccessToken::is_claimed_by(text) => PERSONAL,
            _ => JWT,
        };
        let seen = call.tokens().look(text, call.moment(), |found| {
            is_visible(call, found)
                .then(|| live(call, kind, found, asking.as_ref().map(|known| &*known.client)))
        })?;
        match seen {
            Ok(Some(explanation)) => explanation,
            Ok(None) => Ok(not_live(call, kind, like_none(kind))),
            Err(why) => Ok(not_live(call, kind, why)),
        }
    }
}

fn is_visible(call: &Call, found: &Found<'_>) -> bool {
    call.caller.may(Permission::UserRead, ResourcePath::Organization(found.seen().token.client.organization))
}

fn live(
    call: &Call,
    kind: &'static str,
    found: &Found<'_>,
    asking: Option<&Client>,
) -> Result<Explanation, ApiError> {
    let (token, instance) = (found.seen().token, found.seen().instance);
    let mut accepted_by = accepting(call, found.seen())?;
    let accepted_by_more = accepted_by.len() > ACCEPTING_APIS_MAX;
    accepted_by.truncate(ACCEPTING_APIS_MAX);
    let asking = asking.and_then(|client| Some((client, client.api()?)));
    let objection = asking.and_then(|(client, api)| objection(client, api, found.seen()));
    let project = match asking {
        Some((_, api)) => api.project,
        None => audience(token.facts, token.client, instance).next().unwrap_or(instance.default_project),
    };
    let (active, reason, sentence) = match objection {
        Some((reason, sentence)) => (false, reason, sentence),
        None => (true, "live", format!("{} {}", lives(found.id()), accepts(asking, &accepted_by))),
    };
    let introspection = match active {
        true => render::introspection(found.seen(), call.issuer(), &found.id(), &[project]),
        false => render::INACTIVE.to_vec(),
    };
    Ok(Explanation {
        active,
        kind: kind.into(),
        reason: reason.into(),
        sentence,
        introspection: serde_json::from_slice(&introspection).map_err(|_| ApiError::internal())?,
        accepted_by,
        accepted_by_more,
        user_id: Some(token.client.id.to_string()),
        username: Some(token.client.name.to_string()),
        credential_id: Some(token.facts.credential.to_string()),
        issued: Some(Date(token.facts.issued.wall)),
        expires: token.expires.map(Date),
    })
}

const fn lives(id: Id<'_>) -> &'static str {
    match id {
        Id::Opaque(..) | Id::Personal(_) => {
            "It is live: it was issued here, has not expired, and nothing has revoked it."
        }
        Id::Jwt { .. } => {
            "It is live: a published key of this server signed it, it has not expired, and nothing has \
             revoked it."
        }
    }
}

fn accepts(asking: Option<(&Client, &Api)>, accepted_by: &[ListedApi]) -> String {
    match (asking, accepted_by) {
        (Some((_, api)), _) => format!("{} accepts it.", api.name.as_str()),
        (None, []) => "No API that you can see accepts it: introspection answers that it is not active. \
                       Name an API to see why."
            .to_owned(),
        (None, [one]) => format!("One API accepts it: {}.", one.name),
        (None, _) => {
            "The APIs that accept it are listed; to others introspection answers that it is not active."
                .to_owned()
        }
    }
}

fn not_live(call: &Call, kind: &'static str, why: TokenInactive) -> Explanation {
    let owner = |id: ClientId| {
        let known = call.any_user("userId", &id.to_string()).ok().flatten()?;
        let place = ResourcePath::Organization(known.client.organization);
        call.caller.may(Permission::UserRead, place).then_some(known.client)
    };
    let presented = match why {
        TokenInactive::Revoked(presented) | TokenInactive::Ended(_, presented) => Some(presented),
        TokenInactive::Malformed
        | TokenInactive::NotOpened
        | TokenInactive::NotSigned
        | TokenInactive::NotAnAccessToken
        | TokenInactive::Unknown
        | TokenInactive::Ownerless => None,
    };
    let client = presented.and_then(|presented| owner(presented.client));
    let presented = presented.filter(|_| client.is_some());
    // A deleted user has no organization any more, so only callers who see all users may see this.
    let sees_all = || call.caller.may(Permission::UserRead, ResourcePath::Instance);
    let is_hidden = match why {
        TokenInactive::Revoked(..) | TokenInactive::Ended(..) => client.is_none(),
        TokenInactive::Ownerless => !sees_all(),
        _ => false,
    };
    let why = if is_hidden { like_none(kind) } else { why };
    let (reason, sentence) = words(why);
    Explanation {
        active: false,
        kind: if matches!(why, TokenInactive::Malformed) { UNKNOWN.into() } else { kind.into() },
        reason: reason.into(),
        sentence: sentence.to_owned(),
        introspection: serde_json::json!({ "active": false }),
        accepted_by: Vec::new(),
        accepted_by_more: false,
        user_id: client.as_ref().map(|client| client.id.to_string()),
        username: client.map(|client| client.name.to_string()),
        credential_id: presented.map(|presented| presented.credential.to_string()),
        issued: presented.map(|presented| Date(presented.issued.wall)),
        expires: presented.and_then(|presented| presented.expires).map(Date),
    }
}

/// The answer about a token of another server.
fn like_none(kind: &str) -> TokenInactive {
    match kind {
        OPAQUE => TokenInactive::NotOpened,
        PERSONAL => TokenInactive::Unknown,
        _ => TokenInactive::NotSigned,
    }
}

const fn words(why: TokenInactive) -> (&'static str, &'static str) {
    match why {
        TokenInactive::Malformed => (
            "malformed",
            "This is no token of this server: it is neither jeton_at_ with a valid checksum nor a signed \
             JWT. It may be truncated.",
        ),
        TokenInactive::NotSigned => (
            "not_signed",
            "This JWT was not signed by a published key of this server: another server issued it, it was \
             modified, or its key was removed.",
        ),
        TokenInactive::NotAnAccessToken => {
            ("not_an_access_token", "This JWT was signed here, but is no access token; perhaps an id token.")
        }
        TokenInactive::NotOpened => (
            "not_opened",
            "No token key of this server opens it: another server issued it, it was modified, or its key was \
             removed or has retired.",
        ),
        TokenInactive::Unknown | TokenInactive::Ownerless => (
            "unknown",
            "There is no such token here: it or its user was deleted, or another server issued it.",
        ),
        TokenInactive::Revoked(..) => ("revoked", "It was revoked individually."),
        TokenInactive::Ended(dead, ..) => match dead {
            InactiveReason::WrongSecret => ("unknown", "There is no such token."),
            InactiveReason::Expired => ("expired", "It has expired."),
            InactiveReason::Implausible => (
                "implausible",
                "It is authentic, but its content is impossible for this store: it was issued in the future, \
                 while the clock was ahead, or after the backup that was restored since. If neither \
                 happened, a key has leaked: remove the token keys and signing keys.",
            ),
            InactiveReason::ClientInactive => (
                "user_inactive",
                "Its service user is deactivated or locked, or the user's organization is deactivated.",
            ),
            InactiveReason::Revoked => (
                "tokens_revoked",
                "All tokens of its service user, or of the credential that obtained it, were revoked \
                 after it was issued.",
            ),
            InactiveReason::CredentialRevoked => {
                ("credential_revoked", "The credential that obtained it was revoked or removed.")
            }
        },
    }
}
