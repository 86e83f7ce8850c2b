//! The text form of client secrets and other credentials; access tokens have theirs in [`crate::envelope`].
//!
//! ```text
//! client secret  "jeton_cs_" base64url( credential id  8 | secret 32 | crc32 4 )     9 + 59
//! personal token "jeton_pat_" base64url( client id 8 | credential id 8 | secret 32 | crc32 4 )  10 + 70
//! session        "jeton_se_" base64url(                    secret 32 | crc32 4 )     9 + 48
//! sign-in link   "jeton_li_" base64url(                    secret 32 | crc32 4 )     9 + 48
//! ```
//! Sizes are in bytes; the last column is the length of prefix and body in characters.
//!
//! - The prefix names the kind, for people and for leak scanners.
//! - The body is base64url without padding, so every character is *unreserved* (RFC 3986 §2.3): the
//!   form-urlencoding that RFC 6749 §2.3.1 asks for inside Basic changes nothing, and clients that skip
//!   it work as well.
//! - The ids locate the stored digest; they are not secret.
//! - The CRC-32 covers prefix and body. It finds typing errors and truncation before any lookup; it is no
//!   defence against a forger, the digest is.
//!
//! Parsing accepts exactly the output of minting: a different length, alphabet, padding or a non-zero
//! trailing bit is [`MalformedSecret`].

use crate::sensitive::{SecretBytes, SecretText};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;
use zeroize::Zeroizing;

const CLIENT_SECRET_PREFIX: &str = "jeton_cs_";
pub(crate) const ACCESS_TOKEN_PREFIX: &str = "jeton_at_";
const PERSONAL_ACCESS_TOKEN_PREFIX: &str = "jeton_pat_";
pub(crate) const CRC_BYTES: usize = 4;

/// The text was not written by this product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a secret or token of this kind: prefix, length, alphabet or checksum is wrong")]
pub struct MalformedSecret;

/// The id of a credential, in its text form and in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CredentialId(pub u64);

impl fmt::Display for CredentialId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A client secret: 256 random bits and the id of the credential it belongs to.
#[derive(Debug)]
pub struct ClientSecret {
    credential: CredentialId,
    secret: SecretBytes,
}

impl ClientSecret {
    /// The length of the text form in characters.
    pub const TEXT_LEN: usize = CLIENT_SECRET_PREFIX.len() + 59;

    pub(crate) const fn new(credential: CredentialId, secret: SecretBytes) -> Self {
        Self { credential, secret }
    }

    /// The id of the credential that it claims to be.
    pub const fn credential(&self) -> CredentialId {
        self.credential
    }

    pub(crate) const fn secret(&self) -> &SecretBytes {
        &self.secret
    }

    /// The text form, to be shown once.
    pub fn text(&self) -> SecretText {
        write::<8, 44>(CLIENT_SECRET_PREFIX, self.credential.0.to_be_bytes(), &self.secret)
    }

    /// True if a text has the prefix of a client secret.
    pub fn is_claimed_by(text: &str) -> bool {
        text.starts_with(CLIENT_SECRET_PREFIX)
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`MalformedSecret`] for a text that [`ClientSecret::text`] cannot have written.
    pub fn parse(text: &str) -> Result<Self, MalformedSecret> {
        let (id, secret) = read::<8, 44>(CLIENT_SECRET_PREFIX, text)?;
        Ok(Self { credential: CredentialId(u64::from_be_bytes(id)), secret })
    }
}

/// A personal access token: 256 random bits, the ids of its client and its credential.
#[derive(Debug)]
pub struct PersonalAccessToken {
    client: u64,
    credential: CredentialId,
    secret: SecretBytes,
}

impl PersonalAccessToken {
    /// The length of the text form in characters.
    pub const TEXT_LEN: usize = PERSONAL_ACCESS_TOKEN_PREFIX.len() + 70;

    /// A personal access token with a fresh secret.
    pub const fn new(client: u64, credential: CredentialId, secret: SecretBytes) -> Self {
        Self { client, credential, secret }
    }

    /// The id of the client that it claims to be for.
    pub const fn client(&self) -> u64 {
        self.client
    }

    /// The id of the credential that it claims to be.
    pub const fn credential(&self) -> CredentialId {
        self.credential
    }

    pub(crate) const fn secret(&self) -> &SecretBytes {
        &self.secret
    }

    fn lead(&self) -> [u8; 16] {
        (u128::from(self.client) << 64 | u128::from(self.credential.0)).to_be_bytes()
    }

    /// The text form, to be shown once.
    pub fn text(&self) -> SecretText {
        write::<16, 52>(PERSONAL_ACCESS_TOKEN_PREFIX, self.lead(), &self.secret)
    }

    /// True if a text has the prefix of a personal access token.
    pub fn is_claimed_by(text: &str) -> bool {
        text.starts_with(PERSONAL_ACCESS_TOKEN_PREFIX)
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`MalformedSecret`] for a text that [`Self::text`] cannot have written.
    pub fn parse(text: &str) -> Result<Self, MalformedSecret> {
        let (lead, secret) = read::<16, 52>(PERSONAL_ACCESS_TOKEN_PREFIX, text)?;
        let (client, credential) = lead.split_at(8);
        let number = |half: &[u8]| half.try_into().map(u64::from_be_bytes).map_err(|_| MalformedSecret);
        Ok(Self { client: number(client)?, credential: CredentialId(number(credential)?), secret })
    }
}

/// `LEAD` public bytes, the secret and the checksum are `RAW` bytes in all.
macro_rules! ticket {
    ($(#[$doc:meta])* $name:ident $prefix:literal) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name(SecretBytes);

        impl $name {
            /// Makes one from a fresh secret.
            pub const fn new(secret: SecretBytes) -> Self {
                Self(secret)
            }

            /// The text form.
            pub fn text(&self) -> SecretText {
                write::<0, 36>($prefix, [], &self.0)
            }

            /// Reads the text form.
            ///
            /// # Errors
            /// [`MalformedSecret`] for a text that [`Self::text`] cannot have written.
            pub fn parse(text: &str) -> Result<Self, MalformedSecret> {
                read::<0, 36>($prefix, text).map(|([], secret)| Self(secret))
            }

            pub(crate) const fn secret(&self) -> &SecretBytes {
                &self.0
            }
        }
    };
}

ticket! {
    /// The secret of a console session, in a cookie of each request of a signed-in browser.
    SessionSecret "jeton_se_"
}

ticket! {
    /// The secret of a sign-in link to the console, valid once.
    LinkSecret "jeton_li_"
}

fn write<const LEAD: usize, const RAW: usize>(
    prefix: &str,
    lead: [u8; LEAD],
    secret: &SecretBytes,
) -> SecretText {
    const { assert!(LEAD + 32 + CRC_BYTES == RAW) };
    let mut raw = Zeroizing::new([0; RAW]);
    let (body, crc) = raw.split_at_mut(LEAD + 32);
    let (front, back) = body.split_at_mut(LEAD);
    front.copy_from_slice(&lead);
    back.copy_from_slice(secret.expose());
    crc.copy_from_slice(&checksum(prefix, body));
    let mut text = String::with_capacity(prefix.len() + RAW.div_ceil(3) * 4);
    text.push_str(prefix);
    URL_SAFE_NO_PAD.encode_string(raw.as_slice(), &mut text);
    SecretText::new(text)
}

fn read<const LEAD: usize, const RAW: usize>(
    prefix: &str,
    text: &str,
) -> Result<([u8; LEAD], SecretBytes), MalformedSecret> {
    const { assert!(LEAD + 32 + CRC_BYTES == RAW) };
    let body = text.strip_prefix(prefix).ok_or(MalformedSecret)?;
    if body.len() != (RAW * 4).div_ceil(3) {
        return Err(MalformedSecret);
    }
    let mut raw = Zeroizing::new([0; RAW]);
    let written =
        URL_SAFE_NO_PAD.decode_slice_unchecked(body, raw.as_mut_slice()).map_err(|_| MalformedSecret)?;
    let (body, crc) = raw.split_at(LEAD + 32);
    if written != RAW || crc != checksum(prefix, body) {
        return Err(MalformedSecret);
    }
    let (lead, secret) = body.split_at(LEAD);
    let lead = lead.try_into().map_err(|_| MalformedSecret)?;
    let secret = secret.try_into().map_err(|_| MalformedSecret)?;
    Ok((lead, SecretBytes::new(secret)))
}

pub(crate) fn checksum(prefix: &str, body: &[u8]) -> [u8; CRC_BYTES] {
    let mut crc = crc32fast::Hasher::new();
    crc.update(prefix.as_bytes());
    crc.update(body);
    crc.finalize().to_be_bytes()
}

#[cfg(test)]
mod tests;
