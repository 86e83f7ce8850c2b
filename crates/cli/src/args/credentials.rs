//! Arguments of `jeton secret`, `jeton key`, `jeton pat` and `jeton token`.

use super::values::{algorithm, lifetime, rsa_bits, span};
use clap::Subcommand;
use jeton_domain::key::{Algorithm, RsaBits};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub(crate) enum Secret {
    /// Generate a client secret. It is shown once.
    ///
    /// Existing secrets of the user stay valid unless --overlap or --replace ends them.
    Generate {
        /// Username or id of a service user, or id of an API.
        user: String,
        /// A label to tell secrets apart.
        #[arg(long, allow_hyphen_values = true)]
        label: Option<String>,
        /// Lifetime, such as 90d [default: unlimited].
        #[arg(long, value_parser = lifetime, value_name = "TIME")]
        expires: Option<Duration>,
        /// Older secrets expire after this time, such as 24h.
        #[arg(long, value_parser = span, value_name = "TIME", conflicts_with = "replace")]
        overlap: Option<Duration>,
        /// Revoke the older secrets immediately.
        #[arg(long)]
        replace: bool,
    },
    /// List the secrets of a user: labels, dates and last use, never the secrets themselves.
    List {
        /// Username or id.
        user: String,
    },
    /// Revoke a secret and the tokens that it obtained.
    Revoke {
        /// Username or id.
        user: String,
        /// Id of the secret, as shown by `jeton secret list`.
        #[arg(required_unless_present = "all")]
        secret: Option<String>,
        /// All secrets of the user.
        #[arg(long, conflicts_with = "secret")]
        all: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum KeyFormat {
    /// PKCS#1, in PEM with the label RSA PRIVATE KEY.
    Pkcs1,
    /// PKCS#8, in PEM with the label PRIVATE KEY.
    Pkcs8,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Add a key that signs assertions (RFC 7523).
    ///
    /// Without --public-key a new key is generated, and its key file is printed once.
    Add {
        /// Username or id of a service user, or id of an API.
        user: String,
        /// Your own public key, a file in PEM; the private one stays with you.
        #[arg(long, value_name = "FILE")]
        public_key: Option<PathBuf>,
        /// Signature algorithm of the key: RS256, PS512, ES256, EdDSA or another [default: RS256 for an RSA
        /// key].
        #[arg(long, value_parser = algorithm, value_name = "ALG")]
        algorithm: Option<Algorithm>,
        /// Bits of a new RSA key: 2048, 3072 or 4096 [default: 2048].
        #[arg(long, value_parser = rsa_bits, conflicts_with = "public_key", value_name = "BITS")]
        rsa_bits: Option<RsaBits>,
        /// Encoding of the new private key: pkcs1 for RSA keys as in ZITADEL, or pkcs8, which most
        /// libraries read.
        #[arg(long, value_enum, conflicts_with = "public_key", value_name = "FORMAT")]
        format: Option<KeyFormat>,
        /// Lifetime, such as 365d [default: unlimited].
        #[arg(long, value_parser = lifetime, value_name = "TIME")]
        expires: Option<Duration>,
        /// Write the key file to this path instead of printing it.
        #[arg(long, value_name = "FILE", conflicts_with = "public_key")]
        output: Option<PathBuf>,
    },
    /// List the keys of a user or API.
    List {
        /// Username or id.
        user: String,
    },
    /// Revoke a key and the tokens that it obtained.
    Revoke {
        /// Username or id.
        user: String,
        /// Id of the key, as shown by `jeton key list`.
        key: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Pat {
    /// Create a personal access token: a long-lived token that is shown once.
    Create {
        /// Username or id.
        user: String,
        /// Lifetime, such as 90d [default: unlimited].
        #[arg(long, value_parser = lifetime, value_name = "TIME")]
        expires: Option<Duration>,
    },
    /// List the personal access tokens of a user.
    List {
        /// Username or id.
        user: String,
    },
    /// Revoke a personal access token.
    Revoke {
        /// Username or id.
        user: String,
        /// Id of the token, as shown by `jeton pat list`.
        token: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Revoke one token, or all tokens of a user or of a secret.
    ///
    /// The token is read from standard input, so that it appears neither in the process list nor in
    /// the shell's history: jeton token revoke < file
    Revoke {
        /// All tokens of this service user (username or id).
        #[arg(long, allow_hyphen_values = true)]
        user: Option<String>,
        /// Only tokens obtained with this secret of the user.
        #[arg(long, requires = "user", value_name = "ID")]
        secret: Option<String>,
        /// The token, if it may be seen by others; without it, or with -, standard input is read.
        #[arg(conflicts_with = "user")]
        token: Option<String>,
    },
    /// Show the state of a token and the reason for it.
    ///
    /// The token is read from standard input, so that it appears neither in the process list nor in
    /// the shell's history: jeton token explain < file
    Explain {
        /// The token, if it may be seen by others; without it, or with -, standard input is read.
        token: Option<String>,
        /// Client id of an API: also show whether this API accepts the token, or the reason for its refusal.
        #[arg(long, value_name = "ID")]
        api: Option<String>,
    },
}
