//! Digests, stored in the place of secrets: BLAKE3 under a key that is not in the database.
//!
//! A keyed hash without stretching suffices because every secret has 256 random bits, so there is no
//! dictionary to slow down; a password hash would let callers exhaust the server. Each kind of digest has
//! its own subkey of the server key, so a digest of one kind never passes for another.

use crate::audit::AuditKey;
use crate::sensitive::SecretBytes;
use crate::text::{ClientSecret, LinkSecret, PersonalAccessToken, SessionSecret};
use crate::{SecretText, mint::Mint};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// The root of all digests: 32 bytes that live outside the database file.
#[derive(Debug)]
pub struct ServerKey(SecretBytes);

impl ServerKey {
    /// The size of a server key in bytes.
    pub const BYTES: usize = 32;

    /// A server key as read from its file.
    pub const fn new(bytes: SecretBytes) -> Self {
        Self(bytes)
    }

    /// Generates a server key.
    ///
    /// # Errors
    /// [`EntropyError`](crate::EntropyError) if a reseed was due and failed.
    pub fn mint(mint: &mut Mint) -> Result<Self, crate::EntropyError> {
        mint.secret().map(Self)
    }

    /// The plaintext, for writing the key file.
    pub const fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }
}

/// The subkeys, one per purpose.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Keys {
    client_secret: [u8; 32],
    personal_access_token: [u8; 32],
    check: [u8; 32],
    jwt_id: [u8; 32],
    assertion: [u8; 32],
    sealing: [u8; 32],
    token_keys: [u8; 32],
    audit: [u8; 32],
    session: [u8; 32],
    csrf: [u8; 32],
    link: [u8; 32],
    place: [u8; 32],
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys([redacted])")
    }
}

macro_rules! digest {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub struct $name(pub [u8; 32]);

        impl ConstantTimeEq for $name {
            fn ct_eq(&self, other: &Self) -> Choice {
                self.0.ct_eq(&other.0)
            }
        }

        impl std::fmt::Debug for $name {
            /// A digest is not secret, but has no use in a log.
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("[digest]")
            }
        }
    };
}

digest! {
    /// Keyed digest of a client secret. Compared in constant time only: it has no `PartialEq`.
    ClientSecretDigest
}
digest! {
    /// Keyed digest of a personal access token. Compared in constant time only: it has no `PartialEq`.
    PersonalAccessTokenDigest
}

digest! {
    /// A session's token against forged requests (CSRF), readable by pages of the same origin only.
    CsrfToken
}

impl CsrfToken {
    /// The text form, base64url.
    pub fn text(&self) -> SecretText {
        SecretText::new(URL_SAFE_NO_PAD.encode(self.0))
    }

    /// True if this is the token's text; compared in constant time.
    pub fn is(&self, text: &[u8]) -> bool {
        let mut presented = [0; 32];
        let read = URL_SAFE_NO_PAD.decode_slice(text, &mut presented);
        read == Ok(32) && bool::from(self.ct_eq(&Self(presented)))
    }
}

impl Keys {
    /// Derives the subkeys (BLAKE3 `derive_key`; the context strings are part of the format).
    pub fn derive(server: &ServerKey) -> Self {
        let derive = |context| blake3::derive_key(context, server.expose());
        Self {
            client_secret: derive("jeton 2026 v1 client secret digest"),
            personal_access_token: derive("jeton 2026 v1 personal access token digest"),
            check: derive("jeton 2026 v1 server key check"),
            jwt_id: derive("jeton 2026 v1 jwt id mask"),
            assertion: derive("jeton 2026 v1 used assertion digest"),
            sealing: derive("jeton 2026 v1 signing key encryption"),
            token_keys: derive("jeton 2026 v1 token key encryption"),
            audit: derive("jeton 2026 v1 audit trail"),
            session: derive("jeton 2026 v1 console session digest"),
            csrf: derive("jeton 2026 v1 console csrf token"),
            link: derive("jeton 2026 v1 console sign-in link digest"),
            place: derive("jeton 2026 v1 page token"),
        }
    }

    /// The key under which private signing keys are encrypted in the database.
    pub fn sealing_key(&self) -> SecretBytes {
        SecretBytes::new(self.sealing)
    }

    /// The key under which token keys are encrypted in the database.
    pub fn token_keys_key(&self) -> SecretBytes {
        SecretBytes::new(self.token_keys)
    }

    /// The key that chains the audit trail.
    pub fn audit_key(&self) -> AuditKey {
        AuditKey::new(SecretBytes::new(self.audit))
    }

    /// The digest of a used assertion's `jti` and its client, 128 bits.
    pub fn digest_assertion(&self, client: u64, jti: &str) -> [u8; 16] {
        let mut digest = [0; 16];
        let mut hasher = blake3::Hasher::new_keyed(&self.assertion);
        hasher.update(&client.to_be_bytes()).update(jti.as_bytes()).finalize_xof().fill(&mut digest);
        digest
    }

    /// The mask of the inner parts of a `jti`.
    pub(crate) fn jwt_id_mask(&self, name: &[u8; 16]) -> [u8; 32] {
        *blake3::keyed_hash(&self.jwt_id, name).as_bytes()
    }

    /// A public value that shows if a database belongs to this key.
    pub fn check_value(&self) -> [u8; 32] {
        *blake3::keyed_hash(&self.check, b"server key check").as_bytes()
    }

    /// The stored digest of a client secret.
    pub fn digest_client_secret(&self, secret: &ClientSecret) -> ClientSecretDigest {
        let mut message = [0; 40];
        let (id, body) = message.split_at_mut(8);
        id.copy_from_slice(&secret.credential().0.to_be_bytes());
        body.copy_from_slice(secret.secret().expose());
        let digest = *blake3::keyed_hash(&self.client_secret, &message).as_bytes();
        message.zeroize();
        ClientSecretDigest(digest)
    }

    /// The stored digest of a personal access token.
    pub fn digest_personal_access_token(&self, token: &PersonalAccessToken) -> PersonalAccessTokenDigest {
        let mut message = [0; 48];
        let (ids, body) = message.split_at_mut(16);
        let (client, credential) = ids.split_at_mut(8);
        client.copy_from_slice(&token.client().to_be_bytes());
        credential.copy_from_slice(&token.credential().0.to_be_bytes());
        body.copy_from_slice(token.secret().expose());
        let digest = *blake3::keyed_hash(&self.personal_access_token, &message).as_bytes();
        message.zeroize();
        PersonalAccessTokenDigest(digest)
    }

    /// The key that seals places in listings.
    pub(crate) const fn place(&self) -> &[u8; 32] {
        &self.place
    }

    /// The stored digest of a console session's secret.
    pub fn digest_session(&self, session: &SessionSecret) -> [u8; 32] {
        *blake3::keyed_hash(&self.session, session.secret().expose()).as_bytes()
    }

    /// The CSRF token of a session: derived, so it need not be stored.
    pub fn csrf_token(&self, session: &SessionSecret) -> CsrfToken {
        CsrfToken(*blake3::keyed_hash(&self.csrf, session.secret().expose()).as_bytes())
    }

    /// The stored digest of a sign-in link's secret.
    pub fn digest_link(&self, link: &LinkSecret) -> [u8; 32] {
        *blake3::keyed_hash(&self.link, link.secret().expose()).as_bytes()
    }
}

#[cfg(test)]
mod tests;
