//! Usernames: the OAuth `client_id` of a service user.
//!
//! ```text
//! username = 1*200( printable character )    ; in NFC, not digits alone
//! ```
//! Stored and shown as typed, in NFC; unique and found by the folded form, regardless of case. Characters
//! that deceive a reader of a log, a listing or a prompt are refused: invisible ones, those that change
//! the direction of text or the width of a space, and those that no font can show.

use super::{ClientId, NameError};
use crate::caseless::{composed, folded};
use crate::characters::{Beside, Deception, JOINER, NON_JOINER, PRESENTATIONS, check, is_virama, joining};
use icu_properties::CodePointMapData;
use icu_properties::props::{GeneralCategory, JoiningType};
use std::fmt;

/// The maximal number of marks on one character (Unicode Technical Standard 39, section 5.4): more of
/// them cover other lines.
const MARKS_MAX: usize = 4;

/// The OAuth `client_id` of a client: a service user's username, or an API's id in digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientName {
    text: Box<str>,
    /// The folded form, if it differs.
    folded: Option<Box<str>>,
}

impl ClientName {
    /// The maximal number of characters of a username (ZITADEL's limit).
    pub const CHARACTERS_MAX: usize = 200;

    /// The maximal size of a username in bytes, in NFC.
    pub const BYTES_MAX: usize = 4 * Self::CHARACTERS_MAX;

    /// The maximal size of a username as typed, in bytes: a composed character has up to three times the
    /// bytes decomposed.
    pub const TYPED_BYTES_MAX: usize = 3 * Self::BYTES_MAX;

    /// Reads a username.
    ///
    /// # Errors
    /// The [`NameError`] of the first broken rule.
    pub fn username(text: &str) -> Result<Self, NameError> {
        if text.is_empty() {
            return Err(NameError::Empty);
        }
        // Checked before composing, which takes time: a character has at most four parts.
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

    /// A username that was checked before it was stored. It is not checked again, so that it stays
    /// readable if the rules change.
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

    /// The form by which it is unique and found.
    pub fn folded(&self) -> &str {
        self.folded.as_deref().unwrap_or(&self.text)
    }

    /// True if the form-urlencoding of RFC 6749 §2.3.1 does not change it (`@` excepted, which decodes to
    /// itself): clients that omit the encoding send the same.
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

/// True for most names: ASCII that needs no table lookup.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The folded form without joiners, so that no two names differ in invisible characters only.
fn key(text: &str) -> Box<str> {
    let glue =
        |character: &char| [JOINER, NON_JOINER].contains(character) || PRESENTATIONS.contains(character);
    if text.is_ascii() || !text.chars().any(|character| glue(&character)) {
        return folded(text).into();
    }
    let bare: String = text.chars().filter(|character| !glue(character)).collect();
    folded(&bare).into()
}

/// Checks that spaces are single, ordinary and between other characters.
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

/// True if this character is invisible and shapes its neighbours: Indic scripts need it behind a virama,
/// and Persian between letters that would join (RFC 5892, appendix A).
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
