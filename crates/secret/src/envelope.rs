//! The envelope of opaque access tokens: a statement that only the token key can write or read.
//!
//! ```text
//! access token "jeton_at_" base64url( version 1 | key tag 2 | nonce 12 | ciphertext 8n
//!                                     | authenticator 16 | crc32 4 )
//! ```
//!
//! - AES-256-GCM-SIV (RFC 8452), under the token key that the tag names; no other key is tried, so it
//!   does not matter that the algorithm does not commit to its key. Prefix, version and tag are
//!   associated data.
//! - Nonces are random. Under one key 2^60 tokens are safe: each nonce has its own derived keys, so only
//!   equal nonces matter; of 2^60 random nonces of 96 bits some 2^23 pairs are equal and hardly any
//!   three, and a pair only shows if two plaintexts are equal, which they are not because each contains a
//!   random name. For statements of at most 190 blocks that leaves an advantage below 2^-50 (RFC 8452 §9;
//!   Gueron and Lindell, "Better Bounds for Block Cipher Modes of Operation via Nonce-Based Key
//!   Derivation", theorem for 2^k nonces).
//! - Plaintexts are padded to whole 8 bytes, so the length tells little; beyond it a token shows only its
//!   key tag.
//! - The CRC-32 finds typing errors and foreign texts before any key is used. It is for leak scanners,
//!   and no defence against a forger; the authenticator is.

use crate::sensitive::{SecretBytes, SecretText};
use crate::text::{ACCESS_TOKEN_PREFIX, CRC_BYTES, MalformedSecret, checksum};
use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

/// The only version of the format.
const VERSION: u8 = 1;
const HEAD_BYTES: usize = 3;
/// The size of a nonce in bytes.
pub const NONCE_BYTES: usize = 12;
const AUTHENTICATOR_BYTES: usize = 16;
/// The size of a token in bytes, without the ciphertext.
const OVERHEAD_BYTES: usize = HEAD_BYTES + NONCE_BYTES + AUTHENTICATOR_BYTES + CRC_BYTES;
const AAD_BYTES: usize = ACCESS_TOKEN_PREFIX.len() + HEAD_BYTES;

/// The maximal size of a statement in bytes, a multiple of 8. The text is then 4,099 characters long.
pub const STATEMENT_BYTES_MAX: usize = 3032;

/// The maximal length of a token in characters.
pub const TOKEN_CHARS_MAX: usize =
    ACCESS_TOKEN_PREFIX.len() + ((STATEMENT_BYTES_MAX + OVERHEAD_BYTES) * 4).div_ceil(3);

/// The public name of a token key: random, so it tells only which tokens share a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyTag(pub u16);

/// The statement is empty, too long, or not of whole 8 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a statement of this length can't be sealed")]
pub struct Unsealable;

/// A token key, prepared for use.
pub struct TokenKey {
    tag: KeyTag,
    key: LessSafeKey,
}

impl std::fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenKey([redacted])")
    }
}

/// A presented token: its form and checksum are right, and nothing else about it is checked.
pub struct SealedToken {
    /// The token's bytes without the checksum.
    raw: Zeroizing<Vec<u8>>,
}

impl std::fmt::Debug for SealedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealedToken([redacted])")
    }
}

impl SealedToken {
    /// True if a text has the prefix of an access token.
    pub fn is_claimed_by(text: &str) -> bool {
        text.starts_with(ACCESS_TOKEN_PREFIX)
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// [`MalformedSecret`] for a text that no token key can have written with [`TokenKey::seal`].
    pub fn parse(text: &str) -> Result<Self, MalformedSecret> {
        let body = text.strip_prefix(ACCESS_TOKEN_PREFIX).ok_or(MalformedSecret)?;
        if text.len() > TOKEN_CHARS_MAX {
            return Err(MalformedSecret);
        }
        let mut raw = Zeroizing::new(URL_SAFE_NO_PAD.decode(body).map_err(|_| MalformedSecret)?);
        let statement = raw.len().checked_sub(OVERHEAD_BYTES).ok_or(MalformedSecret)?;
        if check_len(statement).is_err() || raw.first() != Some(&VERSION) {
            return Err(MalformedSecret);
        }
        let (rest, crc) = raw.split_last_chunk::<CRC_BYTES>().ok_or(MalformedSecret)?;
        if *crc != checksum(ACCESS_TOKEN_PREFIX, rest) {
            return Err(MalformedSecret);
        }
        let len = rest.len();
        raw.truncate(len);
        Ok(Self { raw })
    }

    /// The tag of the token key that it names.
    pub fn key_tag(&self) -> KeyTag {
        let tag = self.raw.get(1..HEAD_BYTES).and_then(|tag| tag.try_into().ok());
        KeyTag(u16::from_be_bytes(tag.unwrap_or_default()))
    }
}

impl TokenKey {
    /// A token key from its 32 bytes.
    pub fn new(tag: KeyTag, bytes: &SecretBytes) -> Self {
        let key =
            UnboundKey::new(&AES_256_GCM_SIV, bytes.expose()).expect("the algorithm's keys have 32 bytes");
        Self { tag, key: LessSafeKey::new(key) }
    }

    /// The tag by which tokens name this key.
    pub const fn tag(&self) -> KeyTag {
        self.tag
    }

    /// Seals a statement; `nonce` must be random.
    ///
    /// # Errors
    /// [`Unsealable`] for a length that is 0, above [`STATEMENT_BYTES_MAX`], or no multiple of 8.
    pub fn seal(&self, nonce: [u8; NONCE_BYTES], statement: &[u8]) -> Result<SecretText, Unsealable> {
        check_len(statement.len())?;
        let mut raw = Zeroizing::new(Vec::with_capacity(statement.len() + OVERHEAD_BYTES));
        raw.push(VERSION);
        raw.extend_from_slice(&self.tag.0.to_be_bytes());
        raw.extend_from_slice(&nonce);
        raw.extend_from_slice(statement);
        let ciphertext = raw.get_mut(HEAD_BYTES + NONCE_BYTES..).ok_or(Unsealable)?;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let sealed = self.key.seal_in_place_separate_tag(nonce, Aad::from(self.associated()), ciphertext);
        raw.extend_from_slice(sealed.map_err(|_| Unsealable)?.as_ref());
        let crc = checksum(ACCESS_TOKEN_PREFIX, &raw);
        raw.extend_from_slice(&crc);
        let mut text = String::with_capacity(ACCESS_TOKEN_PREFIX.len() + raw.len().div_ceil(3) * 4);
        text.push_str(ACCESS_TOKEN_PREFIX);
        URL_SAFE_NO_PAD.encode_string(raw.as_slice(), &mut text);
        Ok(SecretText::new(text))
    }

    /// The statement of a token that was sealed with this key; `None` for every other token. Takes the
    /// same time for any two tokens of one length.
    pub fn open(&self, mut token: SealedToken) -> Option<Statement> {
        if token.raw.get(..HEAD_BYTES)? != self.head() {
            return None;
        }
        let (nonce, sealed) = token.raw.get_mut(HEAD_BYTES..)?.split_first_chunk_mut::<NONCE_BYTES>()?;
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let len = self.key.open_in_place(nonce, Aad::from(self.associated()), sealed).ok()?.len();
        Some(Statement { raw: token.raw, len })
    }

    /// Does the work of opening a token and discards the result: for a token whose key does not exist.
    pub fn open_in_vain(&self, mut token: SealedToken) {
        let Some(sealed) = token.raw.get_mut(HEAD_BYTES..) else { return };
        let Some((nonce, sealed)) = sealed.split_first_chunk_mut::<NONCE_BYTES>() else { return };
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.key.open_in_place(nonce, Aad::from(self.associated()), sealed);
        std::hint::black_box(opened.is_ok());
    }

    fn head(&self) -> [u8; HEAD_BYTES] {
        let [high, low] = self.tag.0.to_be_bytes();
        [VERSION, high, low]
    }

    fn associated(&self) -> [u8; AAD_BYTES] {
        let mut associated = [0; AAD_BYTES];
        let (prefix, head) = associated.split_at_mut(ACCESS_TOKEN_PREFIX.len());
        prefix.copy_from_slice(ACCESS_TOKEN_PREFIX.as_bytes());
        head.copy_from_slice(&self.head());
        associated
    }
}

/// An opened statement.
pub struct Statement {
    raw: Zeroizing<Vec<u8>>,
    len: usize,
}

impl Statement {
    /// The bytes, as they were sealed.
    pub fn bytes(&self) -> &[u8] {
        let start = HEAD_BYTES + NONCE_BYTES;
        self.raw.get(start..start + self.len).unwrap_or_default()
    }
}

const fn check_len(len: usize) -> Result<(), Unsealable> {
    if len == 0 || len > STATEMENT_BYTES_MAX || !len.is_multiple_of(8) { Err(Unsealable) } else { Ok(()) }
}

/// A token text of these bytes with a correct checksum.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn text_of(raw: &[u8]) -> String {
    let crc = checksum(ACCESS_TOKEN_PREFIX, raw);
    format!("{ACCESS_TOKEN_PREFIX}{}", URL_SAFE_NO_PAD.encode([raw, &crc].concat()))
}

/// The bytes of a token text without its checksum.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn raw_of(text: &str) -> Vec<u8> {
    SealedToken::parse(text).map(|token| token.raw.to_vec()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
