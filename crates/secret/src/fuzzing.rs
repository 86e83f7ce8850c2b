//! Properties that the fuzz targets check; each target is one call of a function here.

use crate::envelope::{KeyTag, NONCE_BYTES, SealedToken, TokenKey};
use crate::sensitive::SecretBytes;
use crate::text::{ClientSecret, PersonalAccessToken};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The readers take the same texts as a slow, obvious reader, and write them again unchanged.
///
/// # Panics
/// If the readers disagree.
pub fn token_text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let secret = ClientSecret::parse(text);
    assert_eq!(secret.is_ok(), slow_reader_takes("jeton_cs_", 44, text), "{text:?}");
    if let Ok(secret) = secret {
        assert_eq!(secret.text().expose(), text);
    }
    let personal = PersonalAccessToken::parse(text);
    assert_eq!(personal.is_ok(), slow_reader_takes("jeton_pat_", 52, text), "{text:?}");
    if let Ok(personal) = personal {
        assert_eq!(personal.text().expose(), text);
    }
}

/// A statement is opened as it was sealed, and every other text is refused by the same key, however
/// similar. The first bytes of the data choose the position and kind of the change.
///
/// # Panics
/// If a changed or foreign token is opened, or the statement differs.
pub fn envelope(data: &[u8]) {
    let key = TokenKey::new(KeyTag(0x6a6a), &SecretBytes::new([7; 32]));
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(token) = SealedToken::parse(text)
    {
        assert!(key.open(token).is_none(), "nothing but what was sealed is opened");
    }
    let Some((nonce, rest)) = data.split_first_chunk::<NONCE_BYTES>() else { return };
    let Some(([at, change], statement)) = rest.split_first_chunk::<2>() else { return };
    let sealed = key.seal(*nonce, statement);
    assert_eq!(sealed.is_ok(), matches!(statement.len(), 1..=3032) && statement.len() % 8 == 0);
    let Ok(text) = sealed else { return };
    let open = |text: &str| SealedToken::parse(text).ok().and_then(|token| key.open(token));
    assert_eq!(open(text.expose()).expect("what was sealed is opened").bytes(), statement);
    let mut raw = crate::envelope::raw_of(text.expose());
    let at = usize::from(*at) * raw.len() / 256;
    if let Some(byte) = raw.get_mut(at) {
        *byte ^= change;
    }
    assert!(*change == 0 || open(&crate::envelope::text_of(&raw)).is_none(), "byte {at} was changed");
}

/// Checks prefix, base64url, length, and a CRC-32 computed bit by bit.
fn slow_reader_takes(prefix: &str, len: usize, text: &str) -> bool {
    let Some(body) = text.strip_prefix(prefix) else { return false };
    let Ok(raw) = URL_SAFE_NO_PAD.decode(body) else { return false };
    if raw.len() != len {
        return false;
    }
    let (body, checksum) = raw.split_at(len.saturating_sub(4));
    let mut crc = u32::MAX;
    for byte in prefix.bytes().chain(body.iter().copied()) {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    (!crc).to_be_bytes() == checksum
}
