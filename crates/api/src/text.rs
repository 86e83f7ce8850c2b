//! Comparisons of text in filters, with ZITADEL's names for them.

use serde::{Deserialize, Serialize};

/// The comparison of a text with the wanted one.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub enum Method {
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
