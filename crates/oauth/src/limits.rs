//! Every bound on what clients send, in one place; scopes have theirs in [`jeton_domain::scope`].

/// Bytes of a request body at most.
pub const FORM_BYTES_MAX: usize = 64 * 1024;

/// Bytes of a form's values that need decoding, in all. The longest scope takes three quarters, with every character escaped; tokens and
/// assertions need no escapes.
pub const FORM_ENCODED_BYTES_MAX: usize = 16 * 1024;

/// `resource` parameters in a form at most, with or without a value.
pub const RESOURCES_MAX: usize = 10;

/// Bytes of an `Authorization` header's value at most: room for the longest username, percent-encoded and in base64.
pub const AUTHORIZATION_BYTES_MAX: usize = 4 * 1024;

/// Characters of a signed token's header at most, in base64url.
pub const JWS_HEADER_BYTES_MAX: usize = 2 * 1024;

/// Characters of a signed token's signature at most, in base64url: RSA with 4096 bits has 683.
pub const JWS_SIGNATURE_BYTES_MAX: usize = 1024;

/// Values in the header, or in the claims, of a signed token that is looked at before its signature is: members, elements of arrays
/// and what is inside them.
pub const JWS_VALUES_MAX: usize = 128;

/// Keys of a client that an assertion without `kid` is tried with at most, the newest of its algorithm. Every assertion
/// without `kid` that fails costs so many verifications, so that the number of a client's keys does not show.
pub const KEYS_TRIED_MAX: usize = 8;
