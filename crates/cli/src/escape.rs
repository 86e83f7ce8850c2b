//! Escaping of foreign text on a terminal and in the log, so that it can't begin a line, move the cursor or
//! reverse the text direction.

use jeton_domain::characters::is_unprintable;
use std::borrow::Cow;
use std::fmt::Write as _;

/// The notation of an escaped character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Notation {
    /// `\u{202e}`, for people.
    Text,
    /// `\u202e`, a JSON escape.
    Json,
}

/// Escapes text that is part of one line.
pub(crate) fn line(text: &str, notation: Notation) -> Cow<'_, str> {
    escaped(text, notation, is_unprintable)
}

/// Escapes text of several lines and keeps its line breaks.
pub(crate) fn lines(text: &str, notation: Notation) -> Cow<'_, str> {
    escaped(text, notation, |character| character != '\n' && is_unprintable(character))
}

fn escaped(text: &str, notation: Notation, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return text.into();
    }
    let mut safe = String::with_capacity(text.len().saturating_add(16));
    for character in text.chars() {
        if !is_escaped(character) {
            safe.push(character);
            continue;
        }
        let code = u32::from(character);
        // Writing to a string does not fail. All unprintable characters are below U+10000, so JSON needs no
        // surrogate pair.
        let _ = match notation {
            Notation::Text => write!(safe, "\\u{{{code:x}}}"),
            Notation::Json => write!(safe, "\\u{code:04x}"),
        };
    }
    safe.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unprintable_characters_are_escaped_and_others_stay() {
        assert_eq!(line("a\nb\u{202e}c Müller 👩", Notation::Text), r"a\u{a}b\u{202e}c Müller 👩");
        assert_eq!(lines("a\nb\u{1b}[31m", Notation::Text), "a\nb\\u{1b}[31m");
        assert!(matches!(line("billing", Notation::Json), Cow::Borrowed("billing")));
    }

    #[test]
    fn escaped_json_means_the_same() {
        let value = serde_json::json!({ "name": "a\u{202e}\u{9b}\u{feff}b\n" });
        let text = format!("{value:#}");
        let safe = lines(&text, Notation::Json);
        assert!(!safe.contains(['\u{202e}', '\u{9b}', '\u{feff}']));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
    }
}
