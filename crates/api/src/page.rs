//! Pages of listings: the beginning and length of a page, and the token that requests the next one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Default and maximum page length of a listing.
pub const PAGE_LEN: (u32, u32) = (100, 1_000);

/// The beginning and the length of a page of a listing.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Page {
    pub offset: u64,
    /// Maximum number of items, at most [`PAGE_LEN`], by the table of members.
    pub limit: u32,
    pub asc: bool,
    /// Jeton extension: continues behind the page whose answer had this as `nextPageToken`; unlike an offset
    /// it costs the same wherever the page is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page_token: Option<String>,
}

impl Page {
    /// The maximum number of items on the page.
    pub const fn limit(&self) -> usize {
        let (default, _) = PAGE_LEN;
        if self.limit == 0 { default as usize } else { self.limit as usize }
    }
}

/// The part of an answer that is about its page.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Pagination {
    /// Number of all matches. If not all items were looked at it is an upper bound; if they were not counted
    /// it is absent, and then there is a next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_result: Option<String>,
    pub applied_limit: String,
}

impl Pagination {
    /// The number of all matches.
    pub fn total(self) -> String {
        self.total_result.unwrap_or_default()
    }
}
