//! Explaining a token: what introspection says of it, and why (`jeton.token.v1.TokenService`).

use super::ApiError;
use super::call::Call;
use super::json::Date;
use super::tokens::secret_text;
use crate::endpoint::live::{Found, Id, NotLive, look};
use jeton_oauth::grant::audience;
use jeton_oauth::id::ClientId;
use jeton_oauth::permission::{Permission, Place};
use jeton_oauth::render;
use jeton_oauth::token::Dead;
use jeton_secret::{AccessToken, ClientSecret, PersonalAccessToken, SecretText};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Deserialize)]
pub(super) struct ExplainToken {
    /// Opaque or JWT. It is not kept.
    #[serde(deserialize_with = "secret_text")]
    token: SecretText,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Explanation {
    /// Whether it lives.
    active: bool,
    /// What it is: an opaque access token, a personal access token, a JWT, or nothing known.
    kind: &'static str,
    /// Why it lives or does not, for programs.
    reason: &'static str,
    /// The same for people.
    sentence: &'static str,
    /// What introspection answers to an API that the token is for (RFC 7662 §2.2).
    #[schemars(with = "std::collections::BTreeMap<String, Value>")]
    introspection: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// The credential that obtained it.
    #[serde(skip_serializing_if = "Option::is_none")]
    credential_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Date>,
}

const OPAQUE: &str = "opaque access token";
const PERSONAL: &str = "personal access token";
const JWT: &str = "JWT access token";
const UNKNOWN: &str = "unknown";

/// Tokens of users that the caller may not see look like tokens that do not exist.
pub(super) async fn explain(call: &Call, request: ExplainToken) -> Result<Explanation, ApiError> {
    let text = request.token.expose().trim();
    if text.is_empty() {
        return Err(ApiError::invalid("token: is missing"));
    }
    if ClientSecret::is_claimed_by(text) {
        return Err(ApiError::invalid(
            "token: this is a client secret, not a token; if it was pasted where others see it, report it as a leak",
        ));
    }
    let app = &call.worker.app;
    let kind = match text {
        text if AccessToken::is_claimed_by(text) => OPAQUE,
        text if PersonalAccessToken::is_claimed_by(text) => PERSONAL,
        _ => JWT,
    };
    let seen = look(app, text, call.moment(), |found| live(call, kind, found))?;
    match seen {
        Ok(Some(explanation)) => explanation,
        Ok(None) => Ok(not_live(call, kind, NotLive::Unknown)),
        Err(why) => Ok(not_live(call, kind, why)),
    }
}

fn live(call: &Call, kind: &'static str, found: &Found<'_>) -> Option<Result<Explanation, ApiError>> {
    let (token, instance) = (found.seen.token, found.seen.instance);
    let place = Place::Organization(token.client.organization);
    if !call.caller.may(Permission::UserRead, place) {
        return None;
    }
    let project = audience(token.facts, instance).next().unwrap_or(instance.default_project);
    let introspection = render::introspection(&found.seen, &call.worker.app.issuer, &found.id, project);
    let issued = Some(Date(token.facts.issued.wall));
    Some(serde_json::from_slice(&introspection).map_err(|_| ApiError::internal()).map(|introspection| {
        Explanation {
            active: true,
            kind,
            reason: "live",
            sentence: match found.id {
                Id::Opaque(_) | Id::Personal(_) => "It lives: it was issued here, has not expired, and nothing has revoked it.",
                Id::Jwt { .. } => {
                    "It lives: a published key of this server signed it, it has not expired, and nothing has revoked it."
                }
            },
            introspection,
            user_id: Some(token.client.id.to_string()),
            username: Some(token.client.name.to_string()),
            credential_id: Some(token.facts.credential.to_string()),
            issued,
            expires: token.expires.map(Date),
        }
    }))
}

fn not_live(call: &Call, kind: &'static str, why: NotLive) -> Explanation {
    let owner = |id: ClientId| {
        let known = call.any_user(&id.to_string()).ok().flatten()?;
        let place = Place::Organization(known.client.organization);
        call.caller.may(Permission::UserRead, place).then_some(known.client)
    };
    let (client, expires) = match why {
        NotLive::Revoked(client) => (owner(client), None),
        NotLive::Dead(_, client, expires) => (owner(client), expires.map(Date)),
        NotLive::Malformed
        | NotLive::NotSigned
        | NotLive::NotAnAccessToken
        | NotLive::Unknown
        | NotLive::Ownerless => (None, None),
    };
    let is_hidden =
        client.is_none() && matches!(why, NotLive::Revoked(_) | NotLive::Dead(..) | NotLive::Ownerless);
    let why = if is_hidden { NotLive::Unknown } else { why };
    let (reason, sentence) = words(why);
    Explanation {
        active: false,
        kind: if matches!(why, NotLive::Malformed) { UNKNOWN } else { kind },
        reason,
        sentence,
        introspection: serde_json::json!({ "active": false }),
        user_id: client.as_ref().map(|client| client.id.to_string()),
        username: client.map(|client| client.name.to_string()),
        credential_id: None,
        issued: None,
        expires: expires.filter(|_| !is_hidden),
    }
}

const fn words(why: NotLive) -> (&'static str, &'static str) {
    match why {
        NotLive::Malformed => (
            "malformed",
            "This is no token of this server: it is neither jeton_at_ with a right checksum nor a signed JWT. Was it cut off?",
        ),
        NotLive::NotSigned => (
            "not_signed",
            "This JWT was not signed by a published key of this server: it is another server's, was changed, or its key was removed.",
        ),
        NotLive::NotAnAccessToken => {
            ("not_an_access_token", "This JWT was signed here, but is no access token. Is it an id token?")
        }
        NotLive::Unknown | NotLive::Ownerless => (
            "unknown",
            "There is no such token: it was revoked, has expired and was purged, its user was deleted, or another server issued it.",
        ),
        NotLive::Revoked(_) => ("revoked", "This JWT was revoked."),
        NotLive::Dead(dead, ..) => match dead {
            Dead::WrongSecret => ("unknown", "There is no such token."),
            Dead::Expired => ("expired", "It has expired."),
            Dead::Implausible => (
                "issued_in_the_future",
                "It says that it was issued in the future: the server's clock was ahead then, and was put right since.",
            ),
            Dead::ClientInactive => (
                "user_inactive",
                "Its service user is deactivated or locked, or the user's organization is deactivated.",
            ),
            Dead::Revoked => (
                "tokens_revoked",
                "All tokens of its service user, or of the credential that obtained it, were revoked after it was issued.",
            ),
            Dead::CredentialRevoked => {
                ("credential_revoked", "The credential that obtained it was revoked or removed.")
            }
        },
    }
}
