//! The handler of a call.

use super::ApiError;
use super::call::Call;
use jeton_api::Operation;

/// Answers the requests of one call.
pub(super) trait Handle: Operation {
    /// The reply to a request that was normalised.
    fn handle(
        call: &Call,
        request: Self::Request,
    ) -> impl Future<Output = Result<Self::Reply, ApiError>> + Send;
}
