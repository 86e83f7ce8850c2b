//! Usernames: the OAuth `client_id` of a service user.
//!
//! ```text
//! username = 1*200( printable character )    ; in NFC, not digits alone
//! ```
//! Stored and shown as typed, in NFC; found and unique by the folded form, whatever the case. Refused is what
//! deceives a reader of a log, a listing or a prompt: what can't be seen, what changes the direction of text or
//! the width of a space, and what no font can show.

use super::{ClientId, NameError};
use crate::caseless::{composed, folded};
use crate::characters::{Beside, Deception, JOINER, NON_JOINER, PRESENTATIONS, check, is_virama, joining};
use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, JoiningType};
use std::fmt;

/// Marks on one character at most (Unicode Technical Standard 39, section 5.4): more of them cover other lines.
const MARKS_MAX: usize = 4;

/// The OAuth `client_id` of a client: a service user's username, or an API's id in digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientName {
    text: Box<str>,
    /// The folded form where it is another text.
    folded: Option<Box<str>>,
}

impl ClientName {
    /// Characters of a username at most (ZITADEL's limit).
    pub const CHARACTERS_MAX: usize = 200;

    /// Bytes of a username at most, in NFC.
    pub const BYTES_MAX: usize = 4 * Self::CHARACTERS_MAX;

    /// Bytes of a username at most as it is typed: a composed character has up to three times the bytes decomposed.
    pub const TYPED_BYTES_MAX: usize = 3 * Self::BYTES_MAX;

    /// Reads a username.
    ///
    /// # Errors
    /// The [`NameError`] that names the first rule it breaks.
    pub fn username(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        // Before it is composed, which takes time: a character has at most four pieces.
        if text.len() > Self::TYPED_BYTES_MAX || text.chars().nth(4 * Self::CHARACTERS_MAX).is_some() {
            return Err(NameError::TooLong);
        }
        let text = composed(text);
        if text.chars().nth(Self::CHARACTERS_MAX).is_some() {
            return Err(NameError::TooLong);
        }
        if !is_plain(&text) {
            check_spaces(&text)?;
            check_characters(&text)?;
        }
        let name = Self::stored(&text);
        if name.folded().chars().all(is_digit) {
            return Err(NameError::LooksLikeAnId);
        }
        Ok(name)
    }

    /// A username that was checked when it was stored. It is not checked again, so that a name stays readable when
    /// the rules change.
    pub fn stored(text: &str) -> Self {
        let key = key(text);
        Self { folded: (*key != *text).then_some(key), text: text.into() }
    }

    /// The name of an API: its id.
    pub fn of_api(id: ClientId) -> Self {
        Self { text: id.to_string().into(), folded: None }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The form by which it is found and unique.
    pub fn folded(&self) -> &str {
        self.folded.as_deref().unwrap_or(&self.text)
    }

    /// Whether the form-urlencoding of RFC 6749 §2.3.1 leaves it alone (`@` excepted, which decodes to itself), so
    /// that a client that forgets to encode sends the same as one that does not.
    pub fn is_unreserved(&self) -> bool {
        self.text.bytes().all(is_unreserved)
    }
}

impl fmt::Display for ClientName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'@')
}

/// Most names: nothing to look up in any table.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The folded form without what joins pictures and letters, so that no two names differ in what can't be seen.
fn key(text: &str) -> Box<str> {
    let glue =
        |character: &char| [JOINER, NON_JOINER].contains(character) || PRESENTATIONS.contains(character);
    if text.is_ascii() || !text.chars().any(|character| glue(&character)) {
        return folded(text).into();
    }
    let bare: String = text.chars().filter(|character| !glue(character)).collect();
    folded(&bare).into()
}

/// Single ordinary spaces, between other characters.
fn check_spaces(text: &str) -> Result<(), NameError> {
    let outside = text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace);
    let is_odd = |character| {
        let category = CodePointMapData::<GeneralCategory>::new().get(character);
        character != ' ' && category == GeneralCategory::SpaceSeparator
    };
    if outside || text.contains("  ") || text.contains(is_odd) { Err(NameError::BadSpaces) } else { Ok(()) }
}

fn check_characters(text: &str) -> Result<(), NameError> {
    check(text, MARKS_MAX, shapes).map_err(|deception| match deception {
        Deception::Control(character) => NameError::Control(character),
        Deception::Direction(character) => NameError::Direction(character),
        Deception::Invisible(character) => NameError::Invisible(character),
        Deception::NoCharacter(character) => NameError::NoCharacter(character),
        Deception::Marks => NameError::BadMarks,
    })
}

/// True if this character is invisible and shapes the letters beside it: the scripts of India need it behind a virama, and
/// Persian between letters that would join (RFC 5892, appendix A).
fn shapes(Beside { before, character, after }: Beside) -> bool {
    let joins_left = |letter| [JoiningType::LeftJoining, JoiningType::DualJoining].contains(&joining(letter));
    let joins_right =
        |letter| [JoiningType::RightJoining, JoiningType::DualJoining].contains(&joining(letter));
    match character {
        JOINER => before.is_some_and(is_virama),
        NON_JOINER if before.is_some_and(is_virama) => true,
        NON_JOINER => before.is_some_and(joins_left) && after.is_some_and(joins_right),
        _ => false,
    }
}

fn is_digit(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_digit();
    }
    CodePointMapData::<GeneralCategory>::new().get(character) == GeneralCategory::DecimalNumber
}

#[cfg(test)]
mod tests;
