//! Characters that deceive a reader of a log, a listing or a prompt: invisible ones, those that change
//! the direction of text, those that no font can show, and marks that cover other lines. Usernames and
//! text for people refuse the same ones; they differ in the invisible characters that a script needs.

use icu_properties::props::{
    BidiControl, CanonicalCombiningClass, DefaultIgnorableCodePoint, Emoji, EmojiModifier,
    ExtendedPictographic, GeneralCategory, GeneralCategoryGroup, JoiningType,
};
use icu_properties::{CodePointMapData, CodePointSetData};

/// The zero width joiner, which joins two emoji, or two letters.
pub(crate) const JOINER: char = '\u{200d}';

/// The zero width non-joiner, which keeps two letters apart.
pub(crate) const NON_JOINER: char = '\u{200c}';

/// The variation selectors for the plain and the colourful form of the preceding emoji.
pub(crate) const PRESENTATIONS: [char; 2] = ['\u{fe0e}', '\u{fe0f}'];

/// Characters that Unicode does not list as invisible, but that readers cannot see or tell apart: the
/// blank braille pattern, and the two replacement characters.
const BLANKS: [char; 3] = ['\u{2800}', '\u{fffc}', '\u{fffd}'];

/// The kind of a deceiving character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deception {
    /// A control character, or one that ends a line or a paragraph.
    Control(char),
    /// A character that changes the direction of the text around it.
    Direction(char),
    /// An invisible character, or one that replaces a lost one.
    Invisible(char),
    /// An unassigned or private code point.
    NoCharacter(char),
    /// A combining mark without a base character, or too many on one.
    Marks,
}

/// A character with its neighbours.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beside {
    pub(crate) before: Option<char>,
    pub(crate) character: char,
    pub(crate) after: Option<char>,
}

/// Refuses deceiving characters. `marks_max`: the maximal number of marks on one character; `shapes`:
/// true for an invisible character that the text needs in this position.
pub(crate) fn check(text: &str, marks_max: usize, shapes: impl Fn(Beside) -> bool) -> Result<(), Deception> {
    let (mut before, mut picture, mut marks) = (None, None, 0);
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        let after = rest.clone().next();
        let glue = joins(picture, character, after)
            || presents(before, character)
            || shapes(Beside { before, character, after });
        if !glue {
            check_character(character)?;
        }
        marks = if is_mark(character) && !glue { marks + 1 } else { 0 };
        if marks > marks_max || (marks > 0 && before.is_none()) {
            return Err(Deception::Marks);
        }
        // A modifier does not end the emoji before it.
        picture = if glue || is_modifier(character) { picture } else { Some(character) };
        before = Some(character);
    }
    Ok(())
}

/// True for an invisible character that makes one emoji of its neighbours.
fn joins(before: Option<char>, character: char, after: Option<char>) -> bool {
    let is_picture = |neighbour| CodePointSetData::new::<ExtendedPictographic>().contains(neighbour);
    character == JOINER && before.is_some_and(is_picture) && after.is_some_and(is_picture)
}

/// True for an invisible character that chooses the look of the emoji before it.
fn presents(before: Option<char>, character: char) -> bool {
    let is_picture = |neighbour| CodePointSetData::new::<Emoji>().contains(neighbour);
    PRESENTATIONS.contains(&character) && before.is_some_and(is_picture)
}

/// True for characters that must be escaped in terminals and logs: they end a line, move the cursor,
/// change the direction of the text around them, or are invisible. The joiners and the variation
/// selectors are not among them, because scripts and emoji need them.
pub fn is_unprintable(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control();
    }
    let is_invisible = || {
        matches!(
            character,
            '\u{ad}' | '\u{200b}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        )
    };
    matches!(check_character(character), Err(Deception::Control(_) | Deception::Direction(_)))
        || is_invisible()
}

fn check_character(character: char) -> Result<(), Deception> {
    match CodePointMapData::<GeneralCategory>::new().get(character) {
        GeneralCategory::Control | GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator => {
            Err(Deception::Control(character))
        }
        GeneralCategory::PrivateUse | GeneralCategory::Unassigned | GeneralCategory::Surrogate => {
            Err(Deception::NoCharacter(character))
        }
        _ if CodePointSetData::new::<BidiControl>().contains(character) => {
            Err(Deception::Direction(character))
        }
        GeneralCategory::Format => Err(Deception::Invisible(character)),
        _ if is_ignorable(character) || BLANKS.contains(&character) => Err(Deception::Invisible(character)),
        _ => Ok(()),
    }
}

/// True for a character that renderers do not show.
pub(crate) fn is_ignorable(character: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

/// True for a virama, the vowel killer of Indic scripts.
pub(crate) fn is_virama(character: char) -> bool {
    CodePointMapData::<CanonicalCombiningClass>::new().get(character) == CanonicalCombiningClass::Virama
}

/// The joining type of a letter.
pub(crate) fn joining(character: char) -> JoiningType {
    CodePointMapData::<JoiningType>::new().get(character)
}

/// True for a combining mark.
pub(crate) fn is_mark(character: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(character);
    GeneralCategoryGroup::Mark.contains(category)
}

fn is_modifier(character: char) -> bool {
    CodePointSetData::new::<EmojiModifier>().contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_emoji_and_joiners_are_printable_and_marks_of_direction_are_not() {
        for unprintable in
            "\n\t\u{1b}\u{7f}\u{9b}\u{61c}\u{200b}\u{200e}\u{2028}\u{202e}\u{2066}\u{feff}".chars()
        {
            assert!(is_unprintable(unprintable), "{unprintable:?}");
        }
        assert!(
            !"Müller \u{200c}\u{200d}👩\u{fe0f} \u{2027}\u{202f}\u{2070}\u{fffd}".contains(is_unprintable)
        );
    }
}
