//! The store of a data directory that no server has open.

use super::call::{Transport, parse, runtime};
use crate::CliError;
use jeton_api::Operation;
use jeton_management::{ApiError, Code};
use jeton_oauth::metadata::Issuer;
use jeton_server::config::Config;
use jeton_server::local_api::LocalApi;
use jeton_server::run::{self, StartError};
use jeton_server::wiring::Wiring;
use serde_json::Value;
use std::path::Path;
use zeroize::Zeroizing;

/// An open store; nothing else can open it meanwhile.
pub(crate) struct Offline {
    wiring: Wiring,
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
        Ok(Self { wiring: Wiring::new(run::open(&config)?, &config, issuer)? })
    }
}

impl Transport for Offline {
    fn call(&mut self, path: &str, request: &Value) -> Result<Value, CliError> {
        let body = request.to_string();
        let api = self.wiring.local_api().map_err(|error| CliError::new(error.to_string()))?;
        let reply = runtime()?.block_on(api.call(path, body.as_bytes()));
        parse(&reply.map_err(|error| CliError::new(error.message))?)
    }
}

/// Performs a call on the server of this process.
pub(crate) async fn perform_in_process<O: Operation>(
    api: &LocalApi,
    request: &O::Request,
) -> Result<O::Reply, ApiError> {
    let failed =
        |_: serde_json::Error| ApiError { code: Code::Internal, message: format!("{} failed", O::path()) };
    let body = Zeroizing::new(serde_json::to_vec(request).map_err(failed)?);
    let reply = Zeroizing::new(api.call(&O::path(), &body).await?);
    serde_json::from_slice(&reply).map_err(failed)
}
