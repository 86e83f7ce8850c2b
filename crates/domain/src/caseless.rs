//! Caseless comparison of texts: the only module that uses Unicode's tables for it.
//!
//! Two texts are equal if their folded forms are (Unicode Standard, section 3.13, D145: canonical
//! caseless match). Folding a text of assigned characters gives the same in every later version of
//! Unicode (its stability policy), so a folded form may be a key on disk.

use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizer, DecomposingNormalizer};
use std::borrow::Cow;

/// The text in NFC: composed, otherwise unchanged.
pub fn composed(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    ComposingNormalizer::new_nfc().normalize(text)
}

/// The folded form: equal for texts that differ only in case or composition.
pub fn folded(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return match text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(text.to_ascii_lowercase()),
            false => Cow::Borrowed(text),
        };
    }
    // Decomposed first, so that a mark that folds to a letter (U+0345) is in its canonical place.
    let decomposed = DecomposingNormalizer::new_nfd().normalize(text);
    let folded = CaseMapper::new().fold_string(&decomposed);
    Cow::Owned(ComposingNormalizer::new_nfc().normalize(&folded).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_that_differ_in_case_or_composition_are_one() {
        for (one, other) in [
            ("Billing", "bILLING"),
            ("Müller", "MÜLLER"),
            ("Müller", "Mu\u{308}ller"),
            ("straße", "STRASSE"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("\u{212a}elvin", "kelvin"),
            ("\u{390}", "\u{3b9}\u{308}\u{301}"),
            ("ᾳ", "ΑΙ"),
            ("ﬁ", "FI"),
        ] {
            assert_eq!(folded(one), folded(other), "{one} and {other}");
        }
    }

    #[test]
    fn texts_that_differ_in_more_are_several() {
        for (one, other) in [("a", "á"), ("a", "ａ"), ("i", "ı"), ("o", "0"), ("a", "а"), ("1", "¹")] {
            assert_ne!(folded(one), folded(other), "{one} and {other}");
        }
    }

    proptest! {
        #[test]
        fn folding_is_done_once(text in any::<String>()) {
            let once = folded(&text).into_owned();
            prop_assert!(folded(&once) == once);
            prop_assert!(folded(&composed(&text)) == once);
        }

        #[test]
        fn the_other_case_is_the_same_text(text in "[A-Za-z0-9 ÄÖÜäöüßÀ-ÿΑ-Ωα-ωА-Яа-я]{0,20}") {
            prop_assert!(folded(&text.to_uppercase()) == folded(&text));
            prop_assert!(folded(&text.to_lowercase()) == folded(&text));
        }
    }
}
