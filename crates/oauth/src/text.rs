//! Text for people: names, labels, descriptions.

use crate::id::ClientName;
use std::fmt;

/// Text for people: at most 500 bytes, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Text(Box<str>);

impl Text {
    /// Bytes at most.
    pub const BYTES_MAX: usize = 500;

    /// Reads text for people.
    ///
    /// # Errors
    /// A sentence naming the rule it breaks.
    pub fn new(text: &str) -> Result<Self, TextError> {
        if text.len() > Self::BYTES_MAX {
            return Err(TextError::TooLong);
        }
        if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
            return Err(TextError::ControlCharacter);
        }
        Ok(Self(text.into()))
    }

    /// A username as a display name: its beginning, if it is longer than a display name can be.
    pub fn of_username(name: &ClientName) -> Self {
        let name = name.as_str();
        Self(name.get(..name.floor_char_boundary(Self::BYTES_MAX)).unwrap_or_default().into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// More than [`Text::BYTES_MAX`].
    #[error("has more than {} bytes", Text::BYTES_MAX)]
    TooLong,
    /// A line break, escape or other control character.
    #[error("contains a control character")]
    ControlCharacter,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_for_people_has_no_control_characters_and_a_length() {
        assert!(Text::new("Caf\u{e9} \u{1F600} \"<b>\"").is_ok());
        assert!(Text::new(&"x".repeat(Text::BYTES_MAX)).is_ok());
        assert_eq!(Text::new(&"x".repeat(Text::BYTES_MAX + 1)), Err(TextError::TooLong));
        for bad in ["a\nb", "\u{1b}[31m", "\0", "\u{85}", "\u{2028}", "a\tb", "\u{7f}"] {
            assert_eq!(Text::new(bad), Err(TextError::ControlCharacter), "{bad:?}");
        }
    }
    #[test]
    fn a_username_of_any_length_is_a_display_name() {
        let name = |text: &str| Text::of_username(&ClientName::username(text).unwrap());
        assert_eq!(name("billing").as_str(), "billing");
        let cut = name(&"👩".repeat(ClientName::CHARACTERS_MAX));
        assert_eq!(Text::new(cut.as_str()), Ok(cut.clone()));
        assert_eq!(cut.as_str(), "👩".repeat(Text::BYTES_MAX / 4));
    }
}
