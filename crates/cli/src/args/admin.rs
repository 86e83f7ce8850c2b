//! Arguments of `jeton organization`, `jeton admin`, `jeton credential`, `jeton leak` and `jeton audit`.

use super::values::{lifetime, span};
use clap::Subcommand;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub(crate) enum Organization {
    /// Create an organization.
    Create {
        /// The display name; the domain is derived from it.
        name: String,
        /// Users (usernames or ids) to make owners.
        #[arg(long, allow_hyphen_values = true, value_name = "USER")]
        owner: Vec<String>,
    },
    /// List organizations.
    List,
    /// Rename an organization; its domain changes with it.
    Rename {
        /// Id of the organization.
        organization: String,
        /// The new display name.
        name: String,
    },
    /// Deactivate an organization: none of its users and APIs works until it is activated.
    Deactivate {
        /// Id of the organization.
        organization: String,
    },
    /// Activate an organization.
    Activate {
        /// Id of the organization.
        organization: String,
    },
    /// Delete an organization with its users, projects and APIs.
    Delete {
        /// Id of the organization.
        organization: String,
    },
    /// Manage metadata of an organization.
    #[command(subcommand)]
    Metadata(OrganizationMetadata),
}

#[derive(Debug, Subcommand)]
pub(crate) enum OrganizationMetadata {
    /// Set a metadata entry, replacing the value of an existing key.
    Set {
        /// Id of the organization.
        organization: String,
        /// Metadata key.
        key: String,
        /// Metadata value.
        value: String,
    },
    /// List the metadata entries.
    List {
        /// Id of the organization.
        organization: String,
    },
    /// Delete a metadata entry.
    Delete {
        /// Id of the organization.
        organization: String,
        /// Metadata key.
        key: String,
    },
}

/// The scope of an administrator role: the instance, an organization or a project.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct AdminScope {
    /// An organization, by id, instead of the whole instance.
    #[arg(long, value_name = "ID")]
    pub(crate) organization: Option<String>,
    /// A project, by id, instead of the whole instance.
    #[arg(long, value_name = "ID", conflicts_with = "organization")]
    pub(crate) project: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Admin {
    /// Create the first administrator of the instance and print its personal access token. Works once.
    Create {
        /// Username of the administrator.
        username: String,
        /// Lifetime of the token, such as 90d [default: unlimited].
        #[arg(long, value_parser = lifetime, value_name = "TIME")]
        expires: Option<Duration>,
        /// Write the token to this file, which must not exist, instead of printing it.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Regain admin access: make a user an unlocked owner of the instance with a new personal access token.
    ///
    /// Works on the server's machine only. A user that does not exist is created.
    Recover {
        /// Username of the administrator.
        #[arg(default_value = "admin")]
        username: String,
        /// Lifetime of the token.
        #[arg(long, value_parser = lifetime, value_name = "TIME", default_value = "1d")]
        expires: Duration,
    },
    /// List administrator role assignments.
    List,
    /// Assign administrator roles to a user.
    Add {
        /// Username or id.
        user: String,
        /// The roles, such as IAM_OWNER, ORG_OWNER, ORG_USER_MANAGER, PROJECT_OWNER.
        #[arg(required = true)]
        roles: Vec<String>,
        #[command(flatten)]
        realm: AdminScope,
    },
    /// Replace the administrator roles of a user.
    Update {
        /// Username or id.
        user: String,
        /// All roles of the user from now on.
        #[arg(required = true)]
        roles: Vec<String>,
        #[command(flatten)]
        realm: AdminScope,
    },
    /// Remove the administrator roles of a user.
    Remove {
        /// Username or id.
        user: String,
        #[command(flatten)]
        realm: AdminScope,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Credential {
    /// List live credentials without recent use.
    Unused {
        /// Minimum time since the last use.
        #[arg(long, value_parser = span, value_name = "TIME", default_value = "90d")]
        since: Duration,
    },
    /// List live credentials that expire soon.
    Expiring {
        /// Maximum time until expiry.
        #[arg(long, value_parser = span, value_name = "TIME", default_value = "30d")]
        within: Duration,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Leak {
    /// Disable a leaked secret or token, read from standard input: jeton leak report < file
    Report {
        /// Client id that the secret belongs to, if known; without it all clients are searched.
        #[arg(long, allow_hyphen_values = true, value_name = "ID")]
        client_id: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Show events, newest first.
    List {
        /// Only events of this type (may be repeated), such as credential.secret.added.
        #[arg(long, value_name = "TYPE")]
        r#type: Vec<String>,
        /// Only events about this user, application, project or organization, by id.
        #[arg(long, value_name = "ID")]
        subject: Option<String>,
        /// Only events caused by this user, by id.
        #[arg(long, value_name = "ID")]
        actor: Option<String>,
        /// Maximum number of events.
        #[arg(long, default_value_t = 100)]
        limit: u64,
    },
    /// Recompute the hash chain of the whole trail and name every altered record.
    Verify {
        /// The last link of an earlier run; fails unless it is still there.
        #[arg(long, value_name = "LINK")]
        expect: Option<String>,
    },
    /// Print all events, oldest first, as a JSON object per line.
    Export,
}
