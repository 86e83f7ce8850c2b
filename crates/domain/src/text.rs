//! Text for people: names, labels, descriptions.
//!
//! Any script and any emoji, as people write them, without characters that deceive a reader. The same
//! characters are refused as in usernames, except for more of the invisible ones: text is never compared,
//! so an invisible character may stand wherever its script can use it. Spaces are not restricted.

use crate::characters::{
    Beside, Deception, JOINER, NON_JOINER, check, is_ignorable, is_mark, is_virama, joining,
};
use crate::id::ClientName;
use icu_properties::props::{GeneralCategory, Ideographic, JoiningType};
use icu_properties::{CodePointMapData, CodePointSetData};
use std::borrow::Cow;
use std::fmt;

/// The maximal number of marks on one character: Tibetan stacks and pointed Hebrew have more than names
/// have.
const MARKS_MAX: usize = 8;

/// The flags of parts of a country, whose letters are invisible: England, Scotland, Wales (the only ones
/// that Unicode recommends).
const FLAGS: [&str; 3] = [
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
    "\u{1f3f4}\u{e0067}\u{e0062}\u{e0077}\u{e006c}\u{e0073}\u{e007f}",
];

/// Text for people: at most 500 bytes, without characters that deceive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Text(Box<str>);

impl Text {
    /// The maximal size in bytes.
    pub const BYTES_MAX: usize = 500;

    /// Reads text for people.
    ///
    /// # Errors
    /// The [`TextError`] of the first broken rule.
    pub fn new(text: &str) -> Result<Self, TextError> {
        if text.len() > Self::BYTES_MAX {
            return Err(TextError::TooLong);
        }
        if !text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            check(&without_flags(text), MARKS_MAX, shapes)?;
        }
        Ok(Self::stored(text))
    }

    /// A text that was checked before it was stored. It is not checked again, so that it stays readable
    /// if the rules change.
    pub fn stored(text: &str) -> Self {
        Self(text.into())
    }

    /// A username as a display name, cut off at the maximal size.
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

/// The text with the black flag alone in place of [`FLAGS`].
fn without_flags(text: &str) -> Cow<'_, str> {
    FLAGS.iter().fold(text.into(), |text, flag| match text.contains(flag) {
        true => text.replace(flag, "\u{1f3f4}").into(),
        false => text,
    })
}

/// True for an invisible character that the text needs in its position.
fn shapes(Beside { before, character, after }: Beside) -> bool {
    match character {
        JOINER | NON_JOINER => {
            // As people type them: Persian has them behind letters that would not join anyway, behind the
            // marks of a letter, and at the end of an abbreviation; Bengali before a virama.
            let follows = |is: fn(char) -> bool| before.is_some_and(is);
            let precedes = |is: fn(char) -> bool| after.is_some_and(is);
            follows(joins)
                || follows(is_virama)
                || follows(is_mark) && precedes(joins)
                || follows(char::is_alphabetic) && precedes(is_virama)
        }
        // Variation selectors for an ideograph, in Japanese names.
        '\u{fe00}'..='\u{fe02}' | '\u{e0100}'..='\u{e01ef}' => {
            before.is_some_and(|before| CodePointSetData::new::<Ideographic>().contains(before))
        }
        // Variation selectors and the vowel separator, in Mongolian.
        '\u{180b}'..='\u{180f}' => before.is_some_and(|before| matches!(before, '\u{1820}'..='\u{18aa}')),
        // Signs around numbers, in Arabic and Syriac, and around hieroglyphs; not the invisible musical
        // ones.
        _ => {
            let category = CodePointMapData::<GeneralCategory>::new().get(character);
            category == GeneralCategory::Format
                && !is_ignorable(character)
                && !matches!(character, '\u{fff9}'..='\u{fffb}')
        }
    }
}

/// True for a letter that joins a neighbour, as in Arabic.
fn joins(letter: char) -> bool {
    [JoiningType::LeftJoining, JoiningType::DualJoining, JoiningType::RightJoining].contains(&joining(letter))
}

/// The reason why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// More than [`Text::BYTES_MAX`].
    #[error("has more than {} bytes", Text::BYTES_MAX)]
    TooLong,
    /// A line break, escape or other control character.
    #[error("contains a control character, U+{:04X}", u32::from(*.0))]
    Control(char),
    /// A character that changes the direction of the text around it.
    #[error("contains a direction mark, U+{:04X}, which text does not need", u32::from(*.0))]
    Direction(char),
    /// An invisible character, or one that replaces a lost one.
    #[error("contains an invisible character, U+{:04X}", u32::from(*.0))]
    Invisible(char),
    /// An unassigned or private code point.
    #[error("contains U+{:04X}, which is no character that Unicode assigns", u32::from(*.0))]
    NoCharacter(char),
    /// A combining mark without a base character, or too many on one.
    #[error("contains an accent without a character, or more than {MARKS_MAX} on one")]
    Marks,
}

impl From<Deception> for TextError {
    fn from(deception: Deception) -> Self {
        match deception {
            Deception::Control(character) => Self::Control(character),
            Deception::Direction(character) => Self::Direction(character),
            Deception::Invisible(character) => Self::Invisible(character),
            Deception::NoCharacter(character) => Self::NoCharacter(character),
            Deception::Marks => Self::Marks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_for_people_has_a_length() {
        assert!(Text::new(&"x".repeat(Text::BYTES_MAX)).is_ok());
        assert_eq!(Text::new(&"x".repeat(Text::BYTES_MAX + 1)), Err(TextError::TooLong));
        assert_eq!(Text::new("").map(|text| text.to_string()), Ok(String::new()));
    }

    #[test]
    fn text_of_every_script_and_pictures_are_text_for_people() {
        for good in [
            "Caf\u{e9} \u{1F600} \"<b>\"",
            "  two  spaces, and\u{a0}one that does not break\u{202f}! ",
            "خدمة الفواتير (إنتاج)",
            "مُحَمَّد بْن عَبْد الله",
            "שירות חיוב – ייצור",
            "בְּרֵאשִׁ֖ית בָּרָ֣א",
            "می\u{200c}خواهم نامه\u{200c}ای بنویسم",
            "آزاد\u{200c}سازی کار\u{200c}آفرین",
            "۱۳۷۹ ه\u{200d}.ش",
            "بِ\u{200c}ی",
            "क्\u{200d}ष और क्\u{200c}ष",
            "র\u{200d}্যাব",
            "ක්\u{200d}රමලේඛය",
            "ന്\u{200d}",
            "བོད་སྐད་ ཧྐྵྨླྺྂ",
            "ไม่มีที่สิ้นสุด",
            "ᠮᠣᠩᠭᠣᠯ\u{180e}ᠠ ᠪᠢ\u{180b}",
            "葛\u{e0100}城市\u{3000}辻\u{e0101}",
            "Tiê\u{301}ng Viê\u{323}t",
            "\u{0600}123",
            "❤️ 👩‍💻 👍🏽 🇨🇭 1️⃣ 🏳️‍🌈 👨‍👩‍👧‍👦 👩🏽‍🚀",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f} and 🏴",
        ] {
            assert_eq!(Text::new(good).map(|text| text.to_string()), Ok(good.to_owned()), "{good:?}");
        }
    }

    #[test]
    fn deceiving_characters_are_refused_in_text() {
        use TextError::{Control, Direction, Invisible, Marks, NoCharacter};
        for bad in ["a\nb", "\u{1b}[31m", "\0", "\u{85}", "\u{2028}", "\u{2029}", "a\tb", "\u{7f}"] {
            assert!(matches!(Text::new(bad), Err(Control(_))), "{bad:?}");
        }
        for mark in
            ["\u{202a}", "\u{202e}", "\u{202c}", "\u{2066}", "\u{2069}", "\u{200e}", "\u{200f}", "\u{61c}"]
        {
            for text in [format!("good{mark}bad"), format!("{mark}שלום"), format!("سلام{mark}")] {
                assert!(matches!(Text::new(&text), Err(Direction(_))), "{text:?}");
            }
        }
        for (bad, why) in [
            ("a\u{200b}b", Invisible('\u{200b}')),
            ("a\u{200c}b", Invisible('\u{200c}')),
            ("a\u{200d}b", Invisible('\u{200d}')),
            ("e\u{301}\u{200d}b", Invisible('\u{200d}')),
            ("\u{200c}ب", Invisible('\u{200c}')),
            ("ب\u{200c}\u{200c}ب", Invisible('\u{200c}')),
            ("👩\u{200d}", Invisible('\u{200d}')),
            ("👩\u{200d}\u{200d}💻", Invisible('\u{200d}')),
            ("a\u{fe0f}", Invisible('\u{fe0f}')),
            ("❤\u{fe0f}\u{fe0f}", Invisible('\u{fe0f}')),
            ("a\u{e0100}", Invisible('\u{e0100}')),
            ("葛\u{e0100}\u{e0100}", Invisible('\u{e0100}')),
            ("a\u{180e}", Invisible('\u{180e}')),
            ("a\u{feff}b", Invisible('\u{feff}')),
            ("a\u{ad}b", Invisible('\u{ad}')),
            ("a\u{2060}b", Invisible('\u{2060}')),
            ("a\u{2062}b", Invisible('\u{2062}')),
            ("a\u{34f}b", Invisible('\u{34f}')),
            ("a\u{3164}b", Invisible('\u{3164}')),
            ("a\u{2800}b", Invisible('\u{2800}')),
            ("a\u{fffd}b", Invisible('\u{fffd}')),
            ("a\u{fff9}b", Invisible('\u{fff9}')),
            ("🏴\u{e0068}\u{e0069}\u{e007f}", Invisible('\u{e0068}')),
            ("a\u{e0061}b", Invisible('\u{e0061}')),
            ("a\u{1d173}b", Invisible('\u{1d173}')),
            ("a\u{e000}", NoCharacter('\u{e000}')),
            ("a\u{378}", NoCharacter('\u{378}')),
            ("a\u{ffff}", NoCharacter('\u{ffff}')),
            ("\u{301}a", Marks),
            ("a\u{300}\u{300}\u{300}\u{300}\u{300}\u{300}\u{300}\u{300}\u{300}", Marks),
        ] {
            assert_eq!(Text::new(bad), Err(why), "{bad:?}");
        }
        let told = "contains a direction mark, U+202E, which text does not need";
        assert_eq!(Direction('\u{202e}').to_string(), told);
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
