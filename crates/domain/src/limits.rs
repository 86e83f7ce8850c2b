//! Bounds that several modules share; a bound of one kind of thing stands beside it.

use crate::time::Lifetime;

/// The maximal lifetime of an access token, regardless of the configuration; personal ones have their own
/// end.
pub const TOKEN_LIFETIME_MAX: Lifetime = Lifetime(30 * 24 * 3600);

/// The maximal number of live credentials of each kind of one client.
pub const CREDENTIALS_MAX: usize = 50;

/// Unexpired tokens that one client has revoked one by one; one more ends all tokens of its credential.
/// As many again are reserved for administrators and reports of leaks.
pub const REVOKED_PER_CLIENT_MAX: u64 = 10_000;

/// Unexpired tokens of all clients that were revoked one by one: 100 MiB of file.
pub const REVOKED_MAX: u64 = 1_000_000;

/// Revocations that each client has room for, even if [`REVOKED_MAX`] is reached.
pub const REVOKED_OF_ANY_CLIENT: u64 = 100;

/// Users of one organization that have administrator roles. Before all users of an organization stop
/// working, the writer looks at each of these.
pub const ADMINISTRATORS_PER_ORGANIZATION_MAX: usize = 1_000;
