//! Bounds that several modules share; a bound of one kind of thing stands beside it.

use crate::time::Lifetime;

/// The maximal lifetime of an access token, regardless of the configuration; personal ones have their own
/// end.
pub const TOKEN_LIFETIME_MAX: Lifetime = Lifetime(30 * 24 * 3600);

/// The maximal number of live credentials of each kind of one client.
pub const CREDENTIALS_MAX: usize = 50;
