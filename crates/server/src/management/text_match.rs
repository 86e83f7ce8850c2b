//! How filters compare text, in ZITADEL's names for it.

use jeton_oauth::caseless::{composed, folded};
use serde::Deserialize;

/// How a text is compared with the wanted one.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) enum Method {
    /// They are the same.
    #[default]
    #[serde(rename = "TEXT_FILTER_METHOD_EQUALS", alias = "TEXT_QUERY_METHOD_EQUALS")]
    Equals,
    /// They are the same but for capital letters.
    #[serde(rename = "TEXT_FILTER_METHOD_EQUALS_IGNORE_CASE", alias = "TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE")]
    EqualsIgnoreCase,
    /// It begins with the wanted one.
    #[serde(rename = "TEXT_FILTER_METHOD_STARTS_WITH", alias = "TEXT_QUERY_METHOD_STARTS_WITH")]
    StartsWith,
    /// The same, but for capital letters.
    #[serde(
        rename = "TEXT_FILTER_METHOD_STARTS_WITH_IGNORE_CASE",
        alias = "TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE"
    )]
    StartsWithIgnoreCase,
    /// It contains the wanted one.
    #[serde(rename = "TEXT_FILTER_METHOD_CONTAINS", alias = "TEXT_QUERY_METHOD_CONTAINS")]
    Contains,
    /// The same, but for capital letters.
    #[serde(
        rename = "TEXT_FILTER_METHOD_CONTAINS_IGNORE_CASE",
        alias = "TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE"
    )]
    ContainsIgnoreCase,
    /// It ends with the wanted one.
    #[serde(rename = "TEXT_FILTER_METHOD_ENDS_WITH", alias = "TEXT_QUERY_METHOD_ENDS_WITH")]
    EndsWith,
    /// The same, but for capital letters.
    #[serde(
        rename = "TEXT_FILTER_METHOD_ENDS_WITH_IGNORE_CASE",
        alias = "TEXT_QUERY_METHOD_ENDS_WITH_IGNORE_CASE"
    )]
    EndsWithIgnoreCase,
}

impl Method {
    /// Whether `text` is what is wanted.
    pub(super) fn matches(self, text: &str, wanted: &str) -> bool {
        match self {
            Self::Equals => composed(text) == composed(wanted),
            Self::StartsWith => composed(text).starts_with(&*composed(wanted)),
            Self::Contains => composed(text).contains(&*composed(wanted)),
            Self::EndsWith => composed(text).ends_with(&*composed(wanted)),
            Self::EqualsIgnoreCase => folded(text) == folded(wanted),
            Self::StartsWithIgnoreCase => folded(text).starts_with(&*folded(wanted)),
            Self::ContainsIgnoreCase => folded(text).contains(&*folded(wanted)),
            Self::EndsWithIgnoreCase => folded(text).ends_with(&*folded(wanted)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_ignores_case_in_every_script_when_it_says_so_and_composition_always() {
        for (text, wanted) in [("Müller", "Mu\u{308}ller"), ("Mu\u{308}ller", "Müller")] {
            assert!(Method::Equals.matches(text, wanted) && Method::Contains.matches(text, wanted));
        }
        for (text, wanted) in [("Straße", "STRASSE"), ("ΣΊΣΥΦΟΣ", "σίσυφος")] {
            for method in [
                Method::EqualsIgnoreCase,
                Method::StartsWithIgnoreCase,
                Method::ContainsIgnoreCase,
                Method::EndsWithIgnoreCase,
            ] {
                assert!(method.matches(text, wanted), "{method:?} {text}");
            }
            for method in [Method::Equals, Method::StartsWith, Method::Contains, Method::EndsWith] {
                assert!(!method.matches(text, wanted), "{method:?} {text}");
            }
        }
    }
}
