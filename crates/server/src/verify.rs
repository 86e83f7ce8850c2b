//! `jeton verify`: every check of a store that is possible while no server runs.

use crate::keyfile;
use crate::run::StartError;
use jeton_secret::Keys;
pub use jeton_store::tables::Part;
pub use jeton_store::verify::{Named, Report};
use jeton_store::{OpenError, Options, directory, verify};
use std::path::Path;

/// Verifies the store in a data directory, which is left unchanged.
///
/// # Errors
/// There is no store to verify.
pub fn verify(data_dir: &Path) -> Result<Report, StartError> {
    directory::check(data_dir).map_err(OpenError::from)?;
    let keys = Keys::derive(&keyfile::load_existing(data_dir)?);
    // A verification creates nothing, so it needs no id either.
    let options = Options::new(keys.check_value(), keys.audit_key(), 0);
    Ok(verify::verify(data_dir, &options)?)
}
