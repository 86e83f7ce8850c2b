//! Pages of listings: the beginning and length of a page, and the token that requests the next one.
//!
//! A token contains the place of the last item that its page has dealt with, so the next one begins behind
//! it, even if items were added or removed meanwhile. A listing may have looked at items that the caller must
//! not know of, so the place is sealed, for this caller and this listing.

use super::ApiError;
use super::call::Call;
use crate::limits::OFFSET_MAX;
use jeton_api::page::{Page, Pagination};
use jeton_secret::Keys;
use jeton_store::limits::SORTED_MAX;
use jeton_store::query::{self, QueryError, Total};
use serde::Serialize;
use serde::de::DeserializeOwned;

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
        Tokens { keys: self.tokens().digests(), caller, member: "pagination" }
    }
}

impl Tokens<'_> {
    /// The number of items before the page that are left out.
    fn offset(self, page: &Page) -> Result<usize, ApiError> {
        match usize::try_from(page.offset) {
            Ok(offset) if offset <= OFFSET_MAX => Ok(offset),
            _ => {
                let member = self.member;
                let message = format!("{member}.offset: must be at most {OFFSET_MAX}; page by pageToken");
                Err(ApiError::invalid(message))
            }
        }
    }

    /// The place in a listing that the page begins behind.
    fn after<P: DeserializeOwned>(self, page: &Page, listing: &str) -> Result<Option<P>, ApiError> {
        let Some(token) = page.page_token.as_deref().filter(|token| !token.is_empty()) else {
            return Ok(None);
        };
        let place = self.open(listing, token).map(Some);
        place.ok_or_else(|| {
            ApiError::invalid(format!(
                "{}.pageToken: must be a nextPageToken of this listing in the same order",
                self.member
            ))
        })
    }

    /// The page of a query; `P` is its place, made from the content of a token.
    pub(super) fn of_query<T: DeserializeOwned, P>(
        self,
        page: &Page,
        listing: &str,
        place: impl FnOnce(T) -> P,
    ) -> Result<query::Page<P>, ApiError> {
        Ok(query::Page {
            after: self.after(page, listing)?.map(place),
            backwards: !page.asc,
            offset: self.offset(page)?,
            limit: page.limit(),
        })
    }

    /// The requested part of `all`. `key` is the sort key, which must be unique.
    pub(super) fn cut<K, T>(
        self,
        page: &Page,
        listing: &str,
        all: impl IntoIterator<Item = T>,
        key: impl Fn(&T) -> K,
    ) -> Result<Cut<T>, ApiError>
    where
        K: Ord + Clone + Serialize + DeserializeOwned,
    {
        let place = self.of_query(page, listing, |key: K| key)?;
        let all = all.into_iter().map(|thing| (key(&thing), thing)).collect();
        let listed = query::sorted(all, &place, Vec::new());
        Ok(Cut {
            pagination: pagination(page, listed.total),
            found: listed.found,
            next_page_token: listed.next.map(|key| self.seal(listing, &key)),
        })
    }

    /// The requested part of [everything], in the order of `key`. `is_cut` is true if there was more than can
    /// be sorted.
    pub(super) fn sort<K, T>(
        self,
        page: &Page,
        listing: &str,
        (all, is_cut): (Vec<T>, bool),
        key: impl Fn(&T) -> K,
    ) -> Result<Cut<T>, ApiError>
    where
        K: Ord + Clone + Serialize + DeserializeOwned,
    {
        if is_cut {
            return Err(self.refused(QueryError::TooManyToSort));
        }
        self.cut(page, listing, all, key)
    }
}

/// Everything in a listing, for an order that no index has.
pub(super) const fn everything<P>() -> query::Page<P> {
    query::Page { after: None, backwards: false, offset: 0, limit: SORTED_MAX }
}

/// The part of an answer that is about its page.
pub(super) fn pagination(page: &Page, total: Total) -> Pagination {
    let total_result = Some(total.number().to_string());
    Pagination { total_result, applied_limit: page.limit().to_string() }
}

/// The same if the total is not known.
pub(super) fn pagination_of_part(page: &Page) -> Pagination {
    Pagination { total_result: None, applied_limit: page.limit().to_string() }
}

/// The requested part of a short listing.
#[derive(Debug)]
pub(super) struct Cut<T> {
    pub(super) pagination: Pagination,
    pub(super) found: Vec<T>,
    pub(super) next_page_token: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use jeton_api::page::PAGE_LEN;
    use jeton_secret::{SecretBytes, ServerKey};

    fn keys() -> Keys {
        Keys::derive(&ServerKey::new(SecretBytes::new([7; 32])))
    }

    fn page(offset: u64, limit: u32, page_token: Option<String>) -> Page {
        Page { offset, limit, asc: true, page_token }
    }

    fn cut(tokens: Tokens<'_>, page: &Page) -> (Vec<u32>, Option<String>) {
        let cut = tokens.cut(page, "numbers", [3, 1, 2, 5, 4], |number| *number).unwrap();
        (cut.found, cut.next_page_token)
    }

    #[test]
    fn a_page_has_a_bounded_length_and_offset() {
        assert_eq!(page(0, 0, None).limit(), PAGE_LEN.0 as usize);
        let keys = keys();
        let tokens = Tokens { keys: &keys, caller: 1, member: "query" };
        let most = u64::try_from(OFFSET_MAX).unwrap();
        assert_eq!(tokens.offset(&page(most, 0, None)), Ok(OFFSET_MAX));
        for beyond in [most + 1, u64::MAX] {
            let message = tokens.offset(&page(beyond, 0, None)).map_err(|error| error.message);
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
            |is_cut| tokens.sort(&page(0, 2, None), "numbers", (vec![3, 1, 2], is_cut), |number| *number);
        assert_eq!(sort(false).map(|cut| cut.found), Ok(vec![1, 2]));
        let message = sort(true).map(|cut| cut.found).map_err(|error| error.message).unwrap_err();
        let told = "sortingColumn: there are more than 10000 to be sorted; choose another order, or narrow the filters";
        assert_eq!(message, told);
        assert_eq!(everything::<u64>().limit, SORTED_MAX);
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
        assert_eq!(own.after::<u32>(&page(0, 0, Some(good.clone())), "numbers"), Ok(Some(7)));
        assert_eq!(own.after::<u32>(&page(0, 0, Some(String::new())), "numbers"), Ok(None));
        let other = Tokens { keys: &keys, caller: 2, member: "pagination" };
        for (tokens, listing, token) in [
            (own, "names", good.clone()),
            (other, "numbers", good),
            (own, "numbers", own.seal("numbers", &"x")),
            (own, "numbers", own.seal("numbers", &-1)),
            (own, "numbers", "%%%".into()),
            (own, "numbers", "Nw".into()),
        ] {
            let after = tokens.after::<u32>(&page(0, 0, Some(token.clone())), listing);
            assert!(after.is_err(), "{listing} {token}");
        }
    }
}
