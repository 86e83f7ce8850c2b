//! Arguments of `jeton name`.

use clap::{Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum Name {
    /// List names of deleted or renamed objects; these names stay reserved until they are freed.
    List,
    /// Free a reserved name: any organization can use it immediately.
    ///
    /// Introspection reports tokens of the former owner as inactive; an API that verifies JWTs locally
    /// accepts them until they expire.
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
    /// Username of a service user.
    Username,
    /// Resource URI of an API.
    Resource,
    /// Domain of an organization.
    Domain,
}
