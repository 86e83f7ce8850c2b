//! Retired names.

use crate::fault::Unavailable;
use crate::limits::RETIRED_NAMES_LISTED_MAX;
use crate::retired::{key_of, name_of_key, of_row};
use crate::snapshot::Snapshot;
use jeton_domain::retired_name::{Name, Retired};
use std::ops::Bound;

/// A listing of retired names, in the order of their kinds and texts.
#[derive(Debug, Clone)]
pub struct RetiredNameQuery {
    /// The last name of the previous page; None for the first page.
    pub after: Option<Name<String>>,
    /// Names on the page at most; never more than [`RETIRED_NAMES_LISTED_MAX`].
    pub limit: usize,
}

/// A page of retired names.
#[derive(Debug)]
pub struct ListedRetiredNames {
    /// The names on the page.
    pub found: Vec<(Name<String>, Retired)>,
    /// True if there are names behind the page.
    pub has_more: bool,
}

impl Snapshot {
    /// A page of retired names.
    ///
    /// # Errors
    /// [`Unavailable`] if the table can't be read.
    pub fn list_retired_names(&self, query: &RetiredNameQuery) -> Result<ListedRetiredNames, Unavailable> {
        let after = query.after.as_ref().map(|name| key_of(name.borrowed()));
        let begin = after.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
        let limit = query.limit.min(RETIRED_NAMES_LISTED_MAX);
        let mut listed = ListedRetiredNames { found: Vec::new(), has_more: false };
        for row in self.retired_names.range::<&str>((begin, Bound::Unbounded))? {
            let (key, retired) = row?;
            let Some(name) = name_of_key(key.value()) else { continue };
            if listed.found.len() >= limit {
                listed.has_more = true;
                break;
            }
            listed.found.push((name.owned(), of_row(retired.value())));
        }
        Ok(listed)
    }
}
