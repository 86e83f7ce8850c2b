//! PEM (RFC 7468), with tolerance for its common distortions.
//!
//! ```text
//! "-----BEGIN " label "-----"  base64  "-----END " label "-----"
//! ```
//! Text around it is ignored, as are spaces, line breaks and a byte order mark inside the base64. Escapes of
//! these, of the slash (`\/`) and of the end of a line are understood even if they were escaped repeatedly
//! (`\n`, `\\n`). So a key that an editor indented, a shell joined or a configuration file quoted is still
//! that key. The base64 itself is read strictly.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;
use zeroize::Zeroizing;

const BEGIN: &str = "-----BEGIN ";
const DASHES: &str = "-----";

/// A block of PEM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block<'t> {
    /// The kind of its content, such as `PUBLIC KEY`.
    pub label: &'t str,
    body: &'t str,
}

impl Block<'_> {
    /// The decoded content; `None` if it is not base64.
    pub fn decode(&self) -> Option<Zeroizing<Vec<u8>>> {
        // Allocated at its whole size, so that growth leaves no copies of secrets in memory.
        let mut plain = Zeroizing::new(String::with_capacity(self.body.len()));
        let mut is_escaped = false;
        for letter in self.body.chars() {
            let was_escaped = std::mem::replace(&mut is_escaped, letter == '\\');
            match letter {
                '\\' => {}
                letter if letter.is_whitespace() || INVISIBLE.contains(&letter) => {}
                'n' | 'r' | 't' if was_escaped => {}
                letter if was_escaped && letter != '/' => return None,
                letter => plain.push(letter),
            }
        }
        let decoded = STANDARD.decode(plain.as_bytes()).ok().filter(|decoded| !decoded.is_empty());
        decoded.filter(|_| !is_escaped).map(Zeroizing::new)
    }
}

/// The zero-width space and the byte order mark.
const INVISIBLE: [char; 2] = ['\u{200b}', '\u{feff}'];

/// The blocks of a text, in order. A block without an end is skipped.
pub fn blocks(text: &str) -> impl Iterator<Item = Block<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let (_, after) = rest.split_once(BEGIN)?;
            rest = after;
            let Some((label, after)) = after.split_once(DASHES) else { continue };
            let end = format!("{DASHES}END {label}{DASHES}");
            let Some((body, after)) = after.split_once(end.as_str()) else { continue };
            rest = after;
            return Some(Block { label, body });
        }
    })
}

/// The text of a file: UTF-8, or UTF-16 with a byte order mark, which some shells write.
pub fn text(file: &[u8]) -> Option<Cow<'_, str>> {
    let utf16 = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let (units, odd) = bytes.as_chunks::<2>();
        let units: Vec<u16> = units.iter().map(|pair| unit(*pair)).collect();
        String::from_utf16(&units).ok().filter(|_| odd.is_empty()).map(Cow::Owned)
    };
    match file {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => std::str::from_utf8(file).ok().map(Cow::Borrowed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "-----BEGIN PUBLIC KEY-----\nAQIDBAUG\nBwgJ\n-----END PUBLIC KEY-----\n";

    fn only(text: &str) -> Option<Vec<u8>> {
        let all: Vec<_> = blocks(text).collect();
        assert!(all.iter().all(|block| block.label == "PUBLIC KEY"), "{text:?}");
        match all.as_slice() {
            [only] => only.decode().map(|bytes| bytes.to_vec()),
            _ => None,
        }
    }

    #[test]
    fn a_block_is_read_however_its_text_was_written() {
        for text in [
            KEY,
            &KEY.replace('\n', "\r\n"),
            &KEY.replace('\n', "\r"),
            &KEY.replace('\n', ""),
            &KEY.replace('\n', " "),
            &KEY.replace('\n', "\\n"),
            &KEY.replace('\n', "\\r\\n"),
            &KEY.replace('\n', "\\\\n"),
            &KEY.replace('\n', "\\\\r\\\\n"),
            &KEY.replace('\n', "\\\\\\n"),
            &KEY.replace('\n', "\\\\t"),
            &KEY.replace('\n', "\\\n"),
            &KEY.replace('\n', " \\\r\n  "),
            &KEY.replace('\n', "\\n\\\n"),
            &format!("{KEY}\\"),
            &KEY.replace('\n', "\n\n\n"),
            &KEY.replace('\n', "\n    "),
            &KEY.replace('\n', "\n\t\u{a0}"),
            &KEY.replace('\n', " \t\n"),
            &format!("\u{feff}{KEY}"),
            &format!("{KEY}\u{feff}"),
            &format!("Bag Attributes\n    friendlyName: it\n{KEY}trailing text"),
            &format!("PUBLIC_KEY=\"{}\"", KEY.replace('\n', "\\n")),
            &format!("-----BEGIN NOTHING\n{KEY}"),
        ] {
            assert_eq!(only(text), Some((1..=9).collect()), "{text:?}");
        }
    }

    #[test]
    fn malformed_blocks_are_not_read() {
        for text in [
            "",
            "AQIDBAUGBwgJ",
            "-----BEGIN PUBLIC KEY-----\nAQIDBAUGBwgJ",
            "-----BEGIN PUBLIC KEY-----\nAQIDBAUGBwgJ\n-----END PRIVATE KEY-----",
            "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\nAQIDBAUGBwg\n-----END PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\nAQIDBAUGBwgJ!\n-----END PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\nAQIDBAUGBwgJ-_\n-----END PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\nAQID\\BAUGBwgJ\n-----END PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\nAQID\\xBAUGBwgJ\n-----END PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\nAQIDBAUGBwgJ\\u000a\n-----END PUBLIC KEY-----",
            "-----BEGIN PUBLIC KEY-----\nAQIDBAUGBwgn\\-----END PUBLIC KEY-----",
            "-----begin public key-----\nAQIDBAUGBwgJ\n-----end public key-----",
        ] {
            assert_eq!(only(text), None, "{text:?}");
        }
        assert_eq!(blocks(&KEY.repeat(3)).count(), 3);
    }

    /// PHP's JSON escapes slashes. Letters of escapes are ordinary letters without a backslash.
    #[test]
    fn a_slash_may_be_escaped_and_letters_of_the_base64_stay() {
        let bytes = STANDARD.decode("nrt/nrt+/n/r/t//").ok();
        for body in ["nrt/nrt+/n/r/t//", "nrt\\/nrt+\\/n\\/r\\/t\\/\\/", "nrt\\\\\\/nrt+/n/\\\nr/t//"] {
            let text = format!("-----BEGIN PUBLIC KEY-----\\n{body}\\n-----END PUBLIC KEY-----");
            assert_eq!(only(&text), bytes, "{body}");
        }
    }

    #[test]
    fn a_file_in_utf_16_is_text_and_other_bytes_are_not() {
        let units: Vec<u16> = KEY.encode_utf16().collect();
        let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
        for file in [
            KEY.as_bytes().to_vec(),
            [&[0xff, 0xfe], &little[..]].concat(),
            [&[0xfe, 0xff], &big[..]].concat(),
        ] {
            assert_eq!(text(&file).as_deref(), Some(KEY));
        }
        for bad in [&[0xc3][..], &[0xff, 0xfe, 0x2d], &[0xff, 0xfe, 0x00, 0xd8], &[0x80]] {
            assert_eq!(text(bad), None, "{bad:?}");
        }
    }
}
