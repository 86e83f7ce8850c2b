//! Arguments of `jeton profile`.

use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Profile {
    /// Save a remote server and how to authenticate there.
    ///
    /// The secret or token is read from a file or from standard input, never from the command line.
    Set {
        /// What to call it with --profile.
        name: String,
        /// The server's URL.
        #[arg(long, value_name = "URL")]
        url: String,
        /// Authenticate as this service user with a client secret; without it the secret is an access token.
        #[arg(long, allow_hyphen_values = true, value_name = "ID")]
        client_id: Option<String>,
        /// A file with the client secret or token; - or nothing reads standard input.
        #[arg(long, value_name = "FILE")]
        secret_file: Option<PathBuf>,
        /// Trust this certification authority, a file in PEM, instead of the public ones.
        #[arg(long, value_name = "FILE")]
        ca_file: Option<PathBuf>,
    },
    /// List the profiles, without their secrets.
    List,
    /// Forget one.
    Remove {
        /// Which.
        name: String,
    },
}
