//! The store of a data directory that no server has open.

use super::{Transport, parse, runtime};
use crate::CliError;
use jeton_api::Operation;
use jeton_management::{ApiError, Code};
use jeton_oauth::metadata::Issuer;
use jeton_server::app::{App, Worker};
use jeton_server::config::Config;
use jeton_server::run::{self, StartError};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;
use zeroize::Zeroizing;

/// An open store; nothing else can open it meanwhile.
pub(crate) struct Offline {
    app: Arc<App>,
}

impl Offline {
    /// Opens the store of a data directory, and creates a missing one.
    ///
    /// # Errors
    /// It is in use, or damaged.
    pub(crate) fn open(data_dir: &Path) -> Result<Self, StartError> {
        let config = Config::local(data_dir);
        // No token is rendered here, so no issuer is ever shown.
        let issuer = Issuer::parse("http://localhost")?;
        Ok(Self { app: Arc::new(App::new(run::open(&config)?, config, issuer)) })
    }
}

impl Transport for Offline {
    fn call(&mut self, path: &str, request: &Value) -> Result<Value, CliError> {
        let body = request.to_string();
        let reply = runtime()?.block_on(async {
            let worker =
                Worker::new(Arc::clone(&self.app)).map_err(|error| CliError::new(error.to_string()))?;
            perform(worker, path, body.as_bytes()).await.map_err(|error| CliError::new(error.message))
        })?;
        parse(&reply)
    }
}

/// Performs a call in this process; the worker runs for the duration of the call.
async fn perform(worker: Arc<Worker>, path: &str, body: &[u8]) -> Result<Vec<u8>, ApiError> {
    let running = tokio::spawn(Arc::clone(&worker).run());
    let reply = worker.management.call(path, body).await;
    running.abort();
    reply
}

/// Performs a call on the server of this process.
pub(crate) async fn perform_in_process<O: Operation>(
    worker: &Arc<Worker>,
    request: &O::Request,
) -> Result<O::Reply, ApiError> {
    let failed =
        |_: serde_json::Error| ApiError { code: Code::Internal, message: format!("{} failed", O::path()) };
    let body = Zeroizing::new(serde_json::to_vec(request).map_err(failed)?);
    let reply = Zeroizing::new(perform(Arc::clone(worker), &O::path(), &body).await?);
    serde_json::from_slice(&reply).map_err(failed)
}
