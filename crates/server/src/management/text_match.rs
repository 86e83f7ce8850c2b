//! How filters compare text, in ZITADEL's names for it.

use super::ApiError;
use crate::limits::FILTER_TEXT_BYTES_MAX;
use jeton_store::query::{TextMatch, TextMethod};
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

/// A test of a thing that may be listed.
pub(super) type Test<T> = Box<dyn Fn(&T) -> bool>;

impl Method {
    /// The test of things by a text of theirs.
    pub(super) fn test<T: 'static>(
        self,
        member: &str,
        wanted: &str,
        text: fn(&T) -> &str,
    ) -> Result<Test<T>, ApiError> {
        let wanted = self.wanting(member, wanted)?;
        Ok(Box::new(move |thing| wanted.matches(text(thing))))
    }

    /// The comparison with a wanted text; `member` is the text's name in the request.
    pub(super) fn wanting(self, member: &str, wanted: &str) -> Result<TextMatch, ApiError> {
        if wanted.len() > FILTER_TEXT_BYTES_MAX {
            let message = format!("{member}: must have at most {FILTER_TEXT_BYTES_MAX} bytes");
            return Err(ApiError::invalid(message));
        }
        let (method, ignores_case) = match self {
            Self::Equals => (TextMethod::Equals, false),
            Self::EqualsIgnoreCase => (TextMethod::Equals, true),
            Self::StartsWith => (TextMethod::StartsWith, false),
            Self::StartsWithIgnoreCase => (TextMethod::StartsWith, true),
            Self::Contains => (TextMethod::Contains, false),
            Self::ContainsIgnoreCase => (TextMethod::Contains, true),
            Self::EndsWith => (TextMethod::EndsWith, false),
            Self::EndsWithIgnoreCase => (TextMethod::EndsWith, true),
        };
        Ok(TextMatch::new(method, ignores_case, wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_looked_for_is_bounded() {
        let wanting = |len| Method::Contains.wanting("name", &"x".repeat(len));
        assert!(wanting(FILTER_TEXT_BYTES_MAX).is_ok());
        let error = wanting(FILTER_TEXT_BYTES_MAX + 1).map_err(|error| error.message);
        assert_eq!(error, Err("name: must have at most 1000 bytes".into()));
    }
}
