//! Bounds that several modules share; a bound of one kind of thing stands beside it.

use crate::time::Lifetime;

/// How long an access token can live at most, whatever is configured; a personal one has an end of its own.
pub const TOKEN_LIFETIME_MAX: Lifetime = Lifetime(30 * 24 * 3600);

/// Live credentials of each kind that one client may have.
pub const CREDENTIALS_MAX: usize = 50;
