//! Comparisons of text in filters, with ZITADEL's names for them.

use super::ApiError;
use crate::limits::FILTER_TEXT_BYTES_MAX;
use jeton_store::query::{TextMatch, TextMethod};
use serde::Deserialize;

/// The comparison of a text with the wanted one.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) enum Method {
    /// Equal.
    #[default]
    #[serde(rename = "TEXT_FILTER_METHOD_EQUALS", alias = "TEXT_QUERY_METHOD_EQUALS")]
    Equals,
    /// Equal except for letter case.
    #[serde(rename = "TEXT_FILTER_METHOD_EQUALS_IGNORE_CASE", alias = "TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE")]
    EqualsIgnoreCase,
    /// Begins with the wanted text.
    #[serde(rename = "TEXT_FILTER_METHOD_STARTS_WITH", alias = "TEXT_QUERY_METHOD_STARTS_WITH")]
    StartsWith,
    /// The same, except for letter case.
    #[serde(
        rename = "TEXT_FILTER_METHOD_STARTS_WITH_IGNORE_CASE",
        alias = "TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE"
    )]
    StartsWithIgnoreCase,
    /// Contains the wanted text.
    #[serde(rename = "TEXT_FILTER_METHOD_CONTAINS", alias = "TEXT_QUERY_METHOD_CONTAINS")]
    Contains,
    /// The same, except for letter case.
    #[serde(
        rename = "TEXT_FILTER_METHOD_CONTAINS_IGNORE_CASE",
        alias = "TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE"
    )]
    ContainsIgnoreCase,
    /// Ends with the wanted text.
    #[serde(rename = "TEXT_FILTER_METHOD_ENDS_WITH", alias = "TEXT_QUERY_METHOD_ENDS_WITH")]
    EndsWith,
    /// The same, except for letter case.
    #[serde(
        rename = "TEXT_FILTER_METHOD_ENDS_WITH_IGNORE_CASE",
        alias = "TEXT_QUERY_METHOD_ENDS_WITH_IGNORE_CASE"
    )]
    EndsWithIgnoreCase,
}

/// A test of an item that may be listed.
pub(super) type Test<T> = Box<dyn Fn(&T) -> bool>;

impl Method {
    /// The test of items by one of their texts; `member` is the text's path in the filter.
    pub(super) fn test<T: 'static>(
        self,
        member: &str,
        wanted: &str,
        text: fn(&T) -> &str,
    ) -> Result<Test<T>, ApiError> {
        let wanted = self.wanting(member, wanted)?;
        Ok(Box::new(move |thing| wanted.matches(text(thing))))
    }

    /// The comparison with a wanted text; `member` is the text's path in the filter.
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

/// Reads each filter of a list; a refusal begins with the filter's place in it.
pub(super) fn read_each<'f, F, T>(
    member: &str,
    filters: &'f [F],
    read: impl Fn(&'f F) -> Result<T, ApiError>,
) -> Result<Vec<T>, ApiError> {
    let read =
        |(place, filter)| read(filter).map_err(|error| error.inside(format_args!("{member}[{place}]")));
    filters.iter().enumerate().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_filter_text_is_bounded() {
        let wanting = |len| Method::Contains.wanting("name", &"x".repeat(len));
        assert!(wanting(FILTER_TEXT_BYTES_MAX).is_ok());
        let error = wanting(FILTER_TEXT_BYTES_MAX + 1).map_err(|error| error.message);
        assert_eq!(error, Err("name: must have at most 1000 bytes".into()));
    }
}
