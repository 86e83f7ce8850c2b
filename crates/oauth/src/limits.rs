//! Every bound on what clients send, in one place; scopes have theirs in [`jeton_domain::scope`].

/// The maximal size of a request body in bytes.
pub const FORM_BYTES_MAX: usize = 64 * 1024;

/// The maximal size in bytes of all values of a form that need decoding. The longest scope takes three
/// quarters, with every character escaped; tokens and assertions need no escapes.
pub const FORM_ENCODED_BYTES_MAX: usize = 16 * 1024;

/// The maximal number of `resource` parameters with a value in a form; those without one count as omitted.
pub const RESOURCES_MAX: usize = 10;

/// The maximal size of an `Authorization` header's value in bytes: room for the longest username,
/// percent-encoded and in base64.
pub const AUTHORIZATION_BYTES_MAX: usize = 4 * 1024;

/// The maximal length of a signed token's header in characters of base64url.
pub const JWS_HEADER_BYTES_MAX: usize = 2 * 1024;

/// The maximal length of a signed token's signature in characters of base64url: RSA with 4096 bits has
/// 683.
pub const JWS_SIGNATURE_BYTES_MAX: usize = 1024;

/// The maximal number of values in the header, or in the claims, of a signed token that is read before
/// its signature is verified: members, array elements and the values inside them.
pub const JWS_VALUES_MAX: usize = 128;

/// The maximal number of a client's keys that are tried for an assertion without `kid`, the newest of its
/// algorithm. Every failing assertion without `kid` costs this many verifications, so that the number of
/// a client's keys does not show.
pub const KEYS_TRIED_MAX: usize = 8;
