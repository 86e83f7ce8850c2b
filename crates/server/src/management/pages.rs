//! Pages of listings: the beginning and length of a page, and the token that requests the next one.
//!
//! A token contains the place of the last item that its page has dealt with, so the next one begins behind
//! it, even if items were added or removed meanwhile. A listing may have looked at items that the caller must
//! not know of, so the place is sealed, for this caller and this listing.

use super::ApiError;
use super::call::Call;
use crate::limits::{OFFSET_MAX, PAGE_LEN};
use jeton_secret::Keys;
use jeton_store::limits::SORTED_MAX;
use jeton_store::query::{self, QueryError, Total};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Page tokens of one caller.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tokens<'k> {
    keys: &'k Keys,
    caller: u64,
    /// The name of the page in the request.
    member: &'static str,
}

impl Tokens<'_> {
    /// The token of the page behind a place in a listing.
    pub(super) fn seal(self, listing: &str, place: &impl Serialize) -> String {
        // Ids, times and names can always be serialised.
        let place = serde_json::to_vec(place).unwrap_or_default();
        self.keys.seal_place(listing, self.caller, &place)
    }

    /// The same for a request with another name of the page.
    pub(super) const fn of(self, member: &'static str) -> Self {
        Self { member, ..self }
    }

    /// The refusal of a query because of its page.
    pub(super) fn refused(self, error: QueryError) -> ApiError {
        match error {
            QueryError::Unavailable(unavailable) => unavailable.into(),
            QueryError::OffsetTooFar => ApiError::invalid(format!("{}.offset: {error}", self.member)),
            QueryError::TooManyToSort => ApiError::invalid(format!("sortingColumn: {error}")),
        }
    }

    fn open<P: DeserializeOwned>(self, listing: &str, token: &str) -> Option<P> {
        let place = self.keys.open_place(listing, self.caller, token)?;
        serde_json::from_slice(&place).ok()
    }
}

impl Call {
    /// The caller's page tokens. The operator has no id, and no client has this one.
    pub(super) fn page_tokens(&self) -> Tokens<'_> {
        let caller = self.caller.client().map_or(0, |client| client.0);
        Tokens { keys: &self.worker.app.keys, caller, member: "pagination" }
    }
}

/// The beginning and the length of a page of a listing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Page {
    offset: u64,
    /// Maximum number of items, at most [`PAGE_LEN`], by the table of members.
    limit: u32,
    pub(super) asc: bool,
    /// Jeton extension: continues behind the page whose answer had this as `nextPageToken`; unlike an offset
    /// it costs the same wherever the page is.
    page_token: Option<String>,
}

impl Page {
    /// The maximum number of items on the page.
    pub(super) const fn limit(&self) -> usize {
        let (default, _) = PAGE_LEN;
        if self.limit == 0 { default as usize } else { self.limit as usize }
    }

    /// The number of items before the page that are left out.
    fn offset(&self, member: &str) -> Result<usize, ApiError> {
        match usize::try_from(self.offset) {
            Ok(offset) if offset <= OFFSET_MAX => Ok(offset),
            _ => {
                let message = format!("{member}.offset: must be at most {OFFSET_MAX}; page by pageToken");
                Err(ApiError::invalid(message))
            }
        }
    }

    /// The place in a listing that the page begins behind.
    fn after<P: DeserializeOwned>(&self, tokens: Tokens<'_>, listing: &str) -> Result<Option<P>, ApiError> {
        let Some(token) = self.page_token.as_deref().filter(|token| !token.is_empty()) else {
            return Ok(None);
        };
        let place = tokens.open(listing, token).map(Some);
        place.ok_or_else(|| {
            ApiError::invalid(format!(
                "{}.pageToken: must be a nextPageToken of this listing in the same order",
                tokens.member
            ))
        })
    }

    /// The page of a query; `P` is its place, made from the content of a token.
    pub(super) fn of_query<T: DeserializeOwned, P>(
        &self,
        tokens: Tokens<'_>,
        listing: &str,
        place: impl FnOnce(T) -> P,
    ) -> Result<query::Page<P>, ApiError> {
        Ok(query::Page {
            after: self.after(tokens, listing)?.map(place),
            backwards: !self.asc,
            offset: self.offset(tokens.member)?,
            limit: self.limit(),
        })
    }

    /// The requested part of `all`. `key` is the sort key, which must be unique.
    pub(super) fn cut<K, T>(
        &self,
        tokens: Tokens<'_>,
        listing: &str,
        all: impl IntoIterator<Item = T>,
        key: impl Fn(&T) -> K,
    ) -> Result<Cut<T>, ApiError>
    where
        K: Ord + Clone + Serialize + DeserializeOwned,
    {
        let page = self.of_query(tokens, listing, |key: K| key)?;
        let all = all.into_iter().map(|thing| (key(&thing), thing)).collect();
        let listed = query::sorted(all, &page, Vec::new());
        Ok(Cut {
            pagination: self.pagination(listed.total),
            found: listed.found,
            next_page_token: listed.next.map(|key| tokens.seal(listing, &key)),
        })
    }

    /// Everything in a listing, for an order that no index has.
    pub(super) const fn everything<P>() -> query::Page<P> {
        query::Page { after: None, backwards: false, offset: 0, limit: SORTED_MAX }
    }

    /// The requested part of [everything](Self::everything), in the order of `key`. `is_cut` is true if there
    /// was more than can be sorted.
    pub(super) fn sort<K, T>(
        &self,
        tokens: Tokens<'_>,
        listing: &str,
        (all, is_cut): (Vec<T>, bool),
        key: impl Fn(&T) -> K,
    ) -> Result<Cut<T>, ApiError>
    where
        K: Ord + Clone + Serialize + DeserializeOwned,
    {
        if is_cut {
            return Err(tokens.refused(QueryError::TooManyToSort));
        }
        self.cut(tokens, listing, all, key)
    }

    /// The part of an answer that is about its page.
    pub(super) fn pagination(&self, total: Total) -> Pagination {
        let total_result = Some(total.number().to_string());
        Pagination { total_result, applied_limit: self.limit().to_string() }
    }

    /// The same if the total is not known.
    pub(super) fn pagination_of_part(&self) -> Pagination {
        Pagination { total_result: None, applied_limit: self.limit().to_string() }
    }
}

/// The requested part of a short listing.
#[derive(Debug)]
pub(super) struct Cut<T> {
    pub(super) pagination: Pagination,
    pub(super) found: Vec<T>,
    pub(super) next_page_token: Option<String>,
}

/// The part of an answer that is about its page.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Pagination {
    /// Number of all matches. If not all items were looked at it is an upper bound; if they were not counted
    /// it is absent, and then there is a next page.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_result: Option<String>,
    applied_limit: String,
}

impl Pagination {
    /// The number of all matches.
    pub(super) fn total(self) -> String {
        self.total_result.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_secret::{SecretBytes, ServerKey};

    fn keys() -> Keys {
        Keys::derive(&ServerKey::new(SecretBytes::new([7; 32])))
    }

    fn page(offset: u64, limit: u32, page_token: Option<String>) -> Page {
        Page { offset, limit, asc: true, page_token }
    }

    fn cut(tokens: Tokens<'_>, page: &Page) -> (Vec<u32>, Option<String>) {
        let cut = page.cut(tokens, "numbers", [3, 1, 2, 5, 4], |number| *number).unwrap();
        (cut.found, cut.next_page_token)
    }

    #[test]
    fn a_page_has_a_bounded_length_and_offset() {
        assert_eq!(page(0, 0, None).limit(), PAGE_LEN.0 as usize);
        let most = u64::try_from(OFFSET_MAX).unwrap();
        assert_eq!(page(most, 0, None).offset("query"), Ok(OFFSET_MAX));
        for beyond in [most + 1, u64::MAX] {
            let message = page(beyond, 0, None).offset("query").map_err(|error| error.message);
            assert_eq!(message, Err("query.offset: must be at most 10000; page by pageToken".into()));
        }
    }

    #[test]
    fn an_offset_that_is_too_far_is_named_as_the_request_names_it() {
        let keys = keys();
        for member in ["pagination", "query"] {
            let refused = Tokens { keys: &keys, caller: 1, member }.refused(QueryError::OffsetTooFar);
            assert!(refused.message.starts_with(&format!("{member}.offset: ")), "{}", refused.message);
        }
    }

    #[test]
    fn more_than_can_be_sorted_is_refused() {
        let keys = keys();
        let tokens = Tokens { keys: &keys, caller: 1, member: "pagination" };
        let sort =
            |is_cut| page(0, 2, None).sort(tokens, "numbers", (vec![3, 1, 2], is_cut), |number| *number);
        assert_eq!(sort(false).map(|cut| cut.found), Ok(vec![1, 2]));
        let message = sort(true).map(|cut| cut.found).map_err(|error| error.message).unwrap_err();
        let told = "sortingColumn: there are more than 10000 to be sorted; choose another order, or narrow the filters";
        assert_eq!(message, told);
        assert_eq!(Page::everything::<u64>().limit, SORTED_MAX);
    }

    #[test]
    fn a_token_continues_where_its_page_ended() {
        let keys = keys();
        let tokens = Tokens { keys: &keys, caller: 1, member: "pagination" };
        let (first, next) = cut(tokens, &page(0, 2, None));
        assert_eq!(first, [1, 2]);
        let (second, next) = cut(tokens, &page(0, 2, next));
        assert_eq!(second, [3, 4]);
        let (last, next) = cut(tokens, &page(0, 2, next));
        assert_eq!((last, next), (vec![5], None));
        assert_eq!(cut(tokens, &page(3, 2, None)), (vec![4, 5], None));
    }

    #[test]
    fn a_token_works_for_its_caller_and_its_listing_only() {
        let keys = keys();
        let own = Tokens { keys: &keys, caller: 1, member: "pagination" };
        let good = own.seal("numbers", &7_u32);
        assert_eq!(page(0, 0, Some(good.clone())).after::<u32>(own, "numbers"), Ok(Some(7)));
        assert_eq!(page(0, 0, Some(String::new())).after::<u32>(own, "numbers"), Ok(None));
        let other = Tokens { keys: &keys, caller: 2, member: "pagination" };
        for (tokens, listing, token) in [
            (own, "names", good.clone()),
            (other, "numbers", good),
            (own, "numbers", own.seal("numbers", &"x")),
            (own, "numbers", own.seal("numbers", &-1)),
            (own, "numbers", "%%%".into()),
            (own, "numbers", "Nw".into()),
        ] {
            let after = page(0, 0, Some(token.clone())).after::<u32>(tokens, listing);
            assert!(after.is_err(), "{listing} {token}");
        }
    }
}
