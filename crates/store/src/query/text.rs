//! Comparison of text by filters.

use jeton_domain::caseless::{composed, folded};

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextMethod {
    /// The texts are equal.
    Equals,
    /// The text begins with the wanted one.
    StartsWith,
    /// The text contains the wanted one.
    Contains,
    /// The text ends with the wanted one.
    EndsWith,
}

/// A wanted text, and the method of comparison. Composition never makes a difference; case does unless it
/// is ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextMatch {
    method: TextMethod,
    ignores_case: bool,
    wanted: Box<str>,
}

impl TextMatch {
    /// A match of a text by this method.
    pub fn new(method: TextMethod, ignores_case: bool, wanted: &str) -> Self {
        let wanted = if ignores_case { folded(wanted) } else { composed(wanted) };
        Self { method, ignores_case, wanted: wanted.into() }
    }

    /// True if a text matches.
    pub fn matches(&self, text: &str) -> bool {
        let text = if self.ignores_case { folded(text) } else { composed(text) };
        match self.method {
            TextMethod::Equals => *text == *self.wanted,
            TextMethod::StartsWith => text.starts_with(&*self.wanted),
            TextMethod::Contains => text.contains(&*self.wanted),
            TextMethod::EndsWith => text.ends_with(&*self.wanted),
        }
    }

    /// The folded form of the only texts that can match, if there is only one.
    pub(crate) fn exactly(&self) -> Option<String> {
        (self.method == TextMethod::Equals).then(|| folded(&self.wanted).into_owned())
    }

    /// The beginning of the folded forms of all matching texts. A mark behind the wanted text may change
    /// its last character when both are composed, so the last character is left out.
    pub(crate) fn prefix(&self) -> Option<String> {
        if self.method != TextMethod::StartsWith {
            return None;
        }
        let mut prefix = folded(&self.wanted).into_owned();
        prefix.pop();
        (!prefix.is_empty()).then_some(prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TextMethod::{Contains, EndsWith, Equals, StartsWith};

    #[test]
    fn texts_are_compared_by_the_wanted_method() {
        for (method, matching, other) in [
            (Equals, "Billing", "Billing 2"),
            (StartsWith, "Billing 2", "My Billing"),
            (Contains, "My Billing 2", "Bill"),
            (EndsWith, "My Billing", "Billing 2"),
        ] {
            for ignores_case in [false, true] {
                let wanted = TextMatch::new(method, ignores_case, "Billing");
                assert!(wanted.matches(matching) && !wanted.matches(other), "{method:?}");
                assert_eq!(wanted.matches(&matching.to_uppercase()), ignores_case, "{method:?}");
            }
        }
    }

    #[test]
    fn composition_makes_no_difference_and_case_none_in_any_script_when_it_is_ignored() {
        for (text, wanted) in [("Müller", "Mu\u{308}ller"), ("Mu\u{308}ller", "Müller")] {
            assert!(TextMatch::new(Equals, false, wanted).matches(text));
            assert!(TextMatch::new(Contains, false, wanted).matches(text));
        }
        for (text, wanted) in [("Straße", "STRASSE"), ("ΣΊΣΥΦΟΣ", "σίσυφος")] {
            for method in [Equals, StartsWith, Contains, EndsWith] {
                assert!(TextMatch::new(method, true, wanted).matches(text), "{method:?} {text}");
                assert!(!TextMatch::new(method, false, wanted).matches(text), "{method:?} {text}");
            }
        }
    }

    #[test]
    fn a_text_that_matches_is_found_by_its_folded_form() {
        for text in ["Billing", "ΣΊΣΥΦΟΣ", "J\u{30c}ohn", "straße", "x"] {
            for (end, _) in text.char_indices().skip(1).chain([(text.len(), ' ')]) {
                for ignores_case in [false, true] {
                    let wanted = TextMatch::new(StartsWith, ignores_case, &text[..end]);
                    if wanted.matches(text) {
                        let prefix = wanted.prefix().unwrap_or_default();
                        assert!(folded(text).starts_with(&prefix), "{text} by {prefix}");
                    }
                }
            }
            let wanted = TextMatch::new(Equals, false, text).exactly();
            assert_eq!(wanted.as_deref(), Some(&*folded(text)));
        }
    }
}
