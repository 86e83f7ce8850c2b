//! Finding a presented access token and saying whether it lives.

use crate::app::App;
use jeton_oauth::denial::Denial;
use jeton_oauth::time::Timestamp;
use jeton_oauth::token::{LiveToken, TokenKey, assess};
use jeton_secret::{AccessToken, OpenedToken};

/// Shows the token to `see` if it lives; `None` if it does not, for whatever reason.
///
/// # Errors
/// [`Denial::Unavailable`] when the store can't be read: that says nothing about the token.
pub(super) fn with_token<R>(
    app: &App,
    text: &str,
    now: Timestamp,
    see: impl FnOnce(&LiveToken<'_>, &OpenedToken) -> R,
) -> Result<Option<R>, Denial> {
    let Ok(token) = AccessToken::parse(text) else { return Ok(None) };
    let opened = app.keys.open_token(&token);
    let key = TokenKey::from_position(opened.position);
    let snapshot = app.store.snapshot().map_err(|_| Denial::Unavailable)?;
    let Some(facts) = snapshot.access_token(key).map_err(|_| Denial::Unavailable)? else { return Ok(None) };
    let Some(known) = snapshot.client(facts.client).map_err(|_| Denial::Unavailable)? else {
        return Ok(None);
    };
    match assess(key, &facts, opened.digest, &known.client, now) {
        Ok(live) => Ok(Some(see(&live, &opened))),
        Err(dead) => {
            tracing::debug!(client = %facts.client, reason = ?dead, "a token that is not live was presented");
            Ok(None)
        }
    }
}
