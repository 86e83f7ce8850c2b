//! Comparisons of text in filters, with ZITADEL's names for them.

use super::ApiError;
use crate::limits::FILTER_TEXT_BYTES_MAX;
use jeton_api::text::Method;
use jeton_store::query::{TextMatch, TextMethod};

/// A test of an item that may be listed.
pub(super) type Test<T> = Box<dyn Fn(&T) -> bool>;

/// The test of items by one of their texts; `member` is the text's path in the filter.
pub(super) fn test_of<T: 'static>(
    method: Method,
    member: &str,
    wanted: &str,
    text: fn(&T) -> &str,
) -> Result<Test<T>, ApiError> {
    let wanted = wanting(method, member, wanted)?;
    Ok(Box::new(move |thing| wanted.matches(text(thing))))
}

/// The comparison with a wanted text; `member` is the text's path in the filter.
pub(super) fn wanting(method: Method, member: &str, wanted: &str) -> Result<TextMatch, ApiError> {
    if wanted.len() > FILTER_TEXT_BYTES_MAX {
        let message = format!("{member}: must have at most {FILTER_TEXT_BYTES_MAX} bytes");
        return Err(ApiError::invalid(message));
    }
    let (method, ignores_case) = match method {
        Method::Equals => (TextMethod::Equals, false),
        Method::EqualsIgnoreCase => (TextMethod::Equals, true),
        Method::StartsWith => (TextMethod::StartsWith, false),
        Method::StartsWithIgnoreCase => (TextMethod::StartsWith, true),
        Method::Contains => (TextMethod::Contains, false),
        Method::ContainsIgnoreCase => (TextMethod::Contains, true),
        Method::EndsWith => (TextMethod::EndsWith, false),
        Method::EndsWithIgnoreCase => (TextMethod::EndsWith, true),
    };
    Ok(TextMatch::new(method, ignores_case, wanted))
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
        let wanting = |len| wanting(Method::Contains, "name", &"x".repeat(len));
        assert!(wanting(FILTER_TEXT_BYTES_MAX).is_ok());
        let error = wanting(FILTER_TEXT_BYTES_MAX + 1).map_err(|error| error.message);
        assert_eq!(error, Err("name: must have at most 1000 bytes".into()));
    }
}
