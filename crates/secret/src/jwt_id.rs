//! The `jti` of JWT access tokens: a random name and, masked, the facts that the server needs for
//! revocation.
//!
//! ```text
//! jti = base64url( random 16 | mask( credential id 8 | generation 7 | careful clock 5 ) )   48 characters
//! ```
//! The mask is derived from the random part under the server's key, so a `jti` tells neither which
//! credential obtained the token nor when it was last revoked. The token's signature authenticates it.

use crate::digest::Keys;
use crate::name::TokenName;
use crate::text::CredentialId;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const RANDOM_BYTES: usize = 16;
const HIDDEN_BYTES: usize = 20;
const BYTES: usize = RANDOM_BYTES + HIDDEN_BYTES;

/// The content of a JWT access token's `jti`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JwtId {
    /// The credential that obtained the token.
    pub credential: CredentialId,
    /// The token's generation, 56 bits.
    pub generation: u64,
    /// The careful clock at the time of issue, in seconds, 40 bits.
    pub careful: u64,
    /// The random part: the token's name.
    pub name: TokenName,
}

impl Keys {
    /// The text of the `jti` member.
    pub fn write_jwt_id(&self, id: &JwtId) -> String {
        let mut raw = [0; BYTES];
        let (name, hidden) = raw.split_at_mut(RANDOM_BYTES);
        name.copy_from_slice(&id.name.0);
        let (credential, generation) = (id.credential.0.to_be_bytes(), id.generation.to_be_bytes());
        let careful = id.careful.to_be_bytes();
        let plain =
            credential.into_iter().chain(generation.into_iter().skip(1)).chain(careful.into_iter().skip(3));
        for ((place, plain), mask) in hidden.iter_mut().zip(plain).zip(self.jwt_id_mask(&id.name.0)) {
            *place = plain ^ mask;
        }
        URL_SAFE_NO_PAD.encode(raw)
    }

    /// Reads the `jti` of a token whose signature was verified; `None` for a text that
    /// [`Keys::write_jwt_id`] cannot have written.
    pub fn read_jwt_id(&self, text: &str) -> Option<JwtId> {
        let raw: [u8; BYTES] = URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()?;
        let (name, hidden) = raw.split_at(RANDOM_BYTES);
        let name = TokenName(name.try_into().ok()?);
        let plain: Vec<u8> =
            hidden.iter().zip(self.jwt_id_mask(&name.0)).map(|(byte, mask)| byte ^ mask).collect();
        let (credential, rest) = plain.split_at_checked(8)?;
        let (generation, careful) = rest.split_at_checked(7)?;
        let number =
            |bytes: &[u8]| bytes.iter().fold(0, |number: u64, byte| (number << 8) | u64::from(*byte));
        Some(JwtId {
            credential: CredentialId(number(credential)),
            generation: number(generation),
            careful: number(careful),
            name,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::ServerKey;
    use crate::sensitive::SecretBytes;

    fn keys(byte: u8) -> Keys {
        Keys::derive(&ServerKey::new(SecretBytes::new([byte; 32])))
    }

    const ID: JwtId = JwtId {
        credential: CredentialId(0x0102_0304_0506_0708),
        generation: (1 << 56) - 2,
        careful: (1 << 40) - 3,
        name: TokenName([9; 16]),
    };

    #[test]
    fn an_id_is_read_back_by_the_server_that_wrote_it() {
        let text = keys(1).write_jwt_id(&ID);
        assert_eq!(text.len(), 48);
        assert_eq!(keys(1).read_jwt_id(&text), Some(ID));
        assert_ne!(keys(2).read_jwt_id(&text).map(|id| id.credential), Some(ID.credential));
    }

    #[test]
    fn two_ids_of_one_credential_have_nothing_in_common() {
        let other = JwtId { name: TokenName([10; 16]), generation: ID.generation + 1, ..ID };
        let (first, second) = (keys(1).write_jwt_id(&ID), keys(1).write_jwt_id(&other));
        let same = first.bytes().zip(second.bytes()).skip(22).filter(|(a, b)| a == b).count();
        assert!(same < 7, "{first} {second}");
    }

    #[test]
    fn other_texts_are_refused() {
        let text = keys(1).write_jwt_id(&ID);
        for bad in ["", "a", &text[1..], &format!("{text}A"), &format!("{text}="), &"+".repeat(48)] {
            assert_eq!(keys(1).read_jwt_id(bad), None, "{bad}");
        }
    }
}
