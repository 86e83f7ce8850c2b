//! Arguments of `jeton name`.

use clap::{Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum Name {
    /// List names of what was deleted or renamed, which are not given out again by themselves.
    List,
    /// Free such a name: any organization can use it at once.
    ///
    /// Tokens of the former owner are dead wherever one introspects; an API that verifies JWTs by itself takes them
    /// until they expire.
    Free {
        /// The username, resource URI or domain.
        name: String,
        /// The kind of name.
        #[arg(long, value_enum, default_value_t = NameKind::Username)]
        kind: NameKind,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum NameKind {
    /// Of a service user.
    Username,
    /// Of an API.
    Resource,
    /// Of an organization.
    Domain,
}
