//! How filters compare text, in ZITADEL's names for it.

use schemars::JsonSchema;
use serde::Deserialize;

/// How a text is compared with the wanted one.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
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
        let folded = || (text.to_lowercase(), wanted.to_lowercase());
        match self {
            Self::Equals => text == wanted,
            Self::StartsWith => text.starts_with(wanted),
            Self::Contains => text.contains(wanted),
            Self::EndsWith => text.ends_with(wanted),
            Self::EqualsIgnoreCase => {
                let (text, wanted) = folded();
                text == wanted
            }
            Self::StartsWithIgnoreCase => {
                let (text, wanted) = folded();
                text.starts_with(&wanted)
            }
            Self::ContainsIgnoreCase => {
                let (text, wanted) = folded();
                text.contains(&wanted)
            }
            Self::EndsWithIgnoreCase => {
                let (text, wanted) = folded();
                text.ends_with(&wanted)
            }
        }
    }
}
