//! Page tokens: where a page ended, sealed. A listing may have looked at what the caller must not know of, and where
//! it stopped tells nothing of that.

use super::ApiError;
use super::call::Call;
use super::json::Page;

impl Call {
    /// The token of the page behind this place.
    pub(super) fn page_token(&self, listing: &str, place: &[u8]) -> String {
        self.worker.app.keys.seal_place(listing, self.page_caller(), place)
    }

    /// The place that a request goes on from; none when it begins.
    pub(super) fn page_place(
        &self,
        listing: &str,
        member: &str,
        page: &Page,
    ) -> Result<Option<Vec<u8>>, ApiError> {
        let Some(token) = page.page_token.as_deref().filter(|token| !token.is_empty()) else {
            return Ok(None);
        };
        let place = self.worker.app.keys.open_place(listing, self.page_caller(), token);
        place.map(Some).ok_or_else(|| {
            ApiError::invalid(format!(
                "{member}.pageToken: must be one that you had as nextPageToken of this listing, in this order"
            ))
        })
    }

    /// The operator has no id, and no client has this one.
    fn page_caller(&self) -> u64 {
        self.caller.client().map_or(0, |client| client.0)
    }
}

/// The numbers of a place.
pub(super) fn numbers<const N: usize>(place: &[u8]) -> Option<[u64; N]> {
    let (chunks, rest) = place.as_chunks::<8>();
    let numbers: Vec<u64> = chunks.iter().map(|chunk| u64::from_be_bytes(*chunk)).collect();
    numbers.try_into().ok().filter(|_| rest.is_empty())
}

/// A place of numbers.
pub(super) fn place<const N: usize>(numbers: [u64; N]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_of_numbers_is_read_as_it_was_written_and_no_other() {
        assert_eq!(numbers(&place([1, u64::MAX, 0])), Some([1, u64::MAX, 0]));
        assert_eq!(numbers::<2>(&place([1, 2, 3])), None);
        assert_eq!(numbers::<1>(&[0; 7]), None);
        assert_eq!(numbers::<1>(&[0; 9]), None);
    }
}
