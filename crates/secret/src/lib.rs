//! Secrets and tokens: minted, sealed, written as text, read back, opened, digested and compared.
//!
//! Everything here is a function of its arguments. The crate has no clock, disk, socket or entropy
//! source: the generator is seeded by an [`Entropy`] that the caller passes, and the keys come from a
//! file that the caller read. A reader should start with [`text`], the grammar of secrets and tokens,
//! then [`digest`], their stored form.

pub mod audit;
pub mod digest;
pub mod envelope;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
pub mod jwt_id;
pub mod mint;
pub mod name;
pub mod place;
pub mod sensitive;
pub mod text;

pub use audit::{AuditKey, Link};
pub use digest::{ClientSecretDigest, CsrfToken, Keys, PersonalAccessTokenDigest, ServerKey};
pub use envelope::{KeyTag, NONCE_BYTES, STATEMENT_BYTES_MAX, SealedToken, TokenKey, Unsealable};
pub use jwt_id::JwtId;
pub use mint::{Entropy, EntropyError, Mint};
pub use name::TokenName;
pub use sensitive::{SecretBytes, SecretText};
pub use text::{ClientSecret, CredentialId, LinkSecret, MalformedSecret, PersonalAccessToken, SessionSecret};
