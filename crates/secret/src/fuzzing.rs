//! Properties that the fuzz targets check; each target is one call of a function here.

use crate::text::{AccessToken, ClientSecret, PersonalAccessToken};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Our readers take exactly what a slow, obvious reader takes, and what they took they write again.
///
/// # Panics
/// When that is not so.
pub fn token_text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let secret = ClientSecret::parse(text);
    assert_eq!(secret.is_ok(), slow_reader_takes("jeton_cs_", 44, text), "{text:?}");
    if let Ok(secret) = secret {
        assert_eq!(secret.text().expose(), text);
    }
    let token = AccessToken::parse(text);
    assert_eq!(token.is_ok(), slow_reader_takes("jeton_at_", 48, text), "{text:?}");
    if let Ok(token) = token {
        assert_eq!(AccessToken::write(token.masked(), token.secret()).expose(), text);
    }
    let personal = PersonalAccessToken::parse(text);
    assert_eq!(personal.is_ok(), slow_reader_takes("jeton_pat_", 52, text), "{text:?}");
    if let Ok(personal) = personal {
        assert_eq!(personal.text().expose(), text);
    }
}

/// Prefix, base64url, length, and a CRC-32 computed bit by bit.
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
