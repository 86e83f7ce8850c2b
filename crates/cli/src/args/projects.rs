//! Arguments of `jeton api`, `jeton project`, `jeton role`, `jeton authorization` and `jeton signing-key`.

use super::algorithm;
use clap::Subcommand;
use jeton_oauth::key::Algorithm;

#[derive(Debug, Subcommand)]
pub(crate) enum Api {
    /// Create an API and its client secret, which is shown once.
    Create {
        /// The display name.
        name: String,
        /// The project it belongs to [default: the default project].
        #[arg(long, value_name = "ID")]
        project: Option<String>,
        /// The URI by which token requests can name it (RFC 8707), such as https://api.example.com.
        #[arg(long, value_name = "URI")]
        resource: Option<String>,
        /// It will authenticate with a key instead of a secret; add one with `jeton key add`.
        #[arg(long)]
        private_key_jwt: bool,
    },
    /// List APIs.
    List,
    /// Delete an API.
    Delete {
        /// Its id.
        api: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Project {
    /// Create a project: what APIs belong to, what audiences name, and what has roles.
    Create {
        /// The display name.
        name: String,
        /// Put roles into tokens for this project even when no scope asks for them.
        #[arg(long)]
        assert_roles: bool,
    },
    /// List projects.
    List,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Role {
    /// Add a role to a project.
    Add {
        /// Id of the project.
        project: String,
        /// What programs call the role.
        key: String,
        /// What people call it [default: the key].
        #[arg(long)]
        name: Option<String>,
        /// Roles that belong together.
        #[arg(long)]
        group: Option<String>,
    },
    /// List the roles of a project.
    List {
        /// Id of the project.
        project: String,
    },
    /// Remove a role from a project, and from everybody who has it.
    Remove {
        /// Id of the project.
        project: String,
        /// What programs call the role.
        key: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Authorization {
    /// Grant roles of a project to a service user.
    Create {
        /// Username or id.
        user: String,
        /// Id of the project.
        project: String,
        /// Keys of the roles.
        roles: Vec<String>,
    },
    /// Replace the roles of an authorization.
    Update {
        /// Id of the authorization.
        authorization: String,
        /// Keys of the roles.
        roles: Vec<String>,
    },
    /// Take an authorization away.
    Delete {
        /// Id of the authorization.
        authorization: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SigningKey {
    /// List the server's keys and what they do: next, active, retiring, removed.
    List,
    /// Let the next key sign. The one before it stays published until its last token has expired.
    Rotate {
        /// Sign with this algorithm from then on: RS256, PS256, ES256, ES384 or EdDSA.
        #[arg(long, value_parser = algorithm, value_name = "ALG")]
        algorithm: Option<Algorithm>,
        /// Even if verifiers that keep a copy of the key set may not know the key yet.
        #[arg(long)]
        now: bool,
    },
    /// Remove a key at once, with all tokens that it signed: for when it leaked.
    Remove {
        /// Id of the key, as shown by `jeton signing-key list`.
        key: String,
    },
}
