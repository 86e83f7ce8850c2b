//! The management API for this process itself: no listener, and the operator as the caller.

use jeton_management::{ApiError, Management, Services};
use jeton_secret::Mint;
use jeton_store::StoreHandle;
use std::sync::Arc;

/// Calls of the operator's, one after the other.
#[derive(Debug)]
pub struct LocalApi {
    management: Management,
    store_handle: Arc<StoreHandle>,
}

impl LocalApi {
    /// The API with a handle to the store that nothing else runs.
    pub(crate) fn new(services: Arc<Services>, store_handle: Arc<StoreHandle>, mint: Mint) -> Self {
        Self { management: Management::new(services, Arc::clone(&store_handle), mint), store_handle }
    }

    /// Performs a call, given by its path.
    ///
    /// # Errors
    /// [`ApiError`], as any other caller would be told.
    pub async fn call(&self, path: &str, body: &[u8]) -> Result<Vec<u8>, ApiError> {
        // It runs for the duration of the call: a later call may be made in another runtime.
        let running = tokio::spawn(Arc::clone(&self.store_handle).run());
        let reply = self.management.call(path, body).await;
        running.abort();
        reply
    }
}
