//! Arguments of `jeton profile`.

use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Profile {
    /// Save the address and credentials of a remote server.
    ///
    /// The secret or token is read from a file or from standard input, never from the command line.
    Set {
        /// Name of the profile, for --profile.
        name: String,
        /// The server's URL.
        #[arg(long, value_name = "URL")]
        url: String,
        /// Client id to authenticate with the secret; without it the secret is an access token.
        #[arg(long, allow_hyphen_values = true, value_name = "ID")]
        client_id: Option<String>,
        /// File with the client secret or token; without it, or with -, standard input is read.
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
        /// Trust this certification authority, a file in PEM, instead of the public ones.
        #[arg(long, value_name = "FILE")]
        ca_file: Option<PathBuf>,
    },
    /// List the profiles, without their secrets.
    List,
    /// Remove a profile.
    Remove {
        /// Name of the profile.
        name: String,
    },
}
