//! Arguments of `jeton organization`, `jeton admin`, `jeton credential`, `jeton leak` and `jeton audit`.

use super::{lifetime, span};
use clap::Subcommand;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub(crate) enum Organization {
    /// Create an organization.
    Create {
        /// The display name; its domain is made of it.
        name: String,
        /// Users (usernames or ids) who shall own it.
        #[arg(long, allow_hyphen_values = true, value_name = "USER")]
        owner: Vec<String>,
    },
    /// List organizations.
    List,
    /// Rename one; its domain changes with it.
    Rename {
        /// Its id.
        organization: String,
        /// The new display name.
        name: String,
    },
    /// Deactivate it: none of its users and APIs works until it is activated.
    Deactivate {
        /// Its id.
        organization: String,
    },
    /// Activate it.
    Activate {
        /// Its id.
        organization: String,
    },
    /// Delete it with its users, projects and APIs.
    Delete {
        /// Its id.
        organization: String,
    },
    /// Notes about it.
    #[command(subcommand)]
    Metadata(OrganizationMetadata),
}

#[derive(Debug, Subcommand)]
pub(crate) enum OrganizationMetadata {
    /// Note something, or replace what was noted under this key.
    Set {
        /// Id of the organization.
        organization: String,
        /// Under what.
        key: String,
        /// What.
        value: String,
    },
    /// Show the notes.
    List {
        /// Id of the organization.
        organization: String,
    },
    /// Remove a note.
    Delete {
        /// Id of the organization.
        organization: String,
        /// Under what it is noted.
        key: String,
    },
}

/// What is administered.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Realm {
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
        /// Its username.
        username: String,
        /// The token ends by itself after this time, such as 90d.
        #[arg(long, value_parser = lifetime, value_name = "TIME")]
        expires: Option<Duration>,
        /// Write the token to this file, which must not exist, instead of printing it.
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
    /// Get back in: makes a user owner of the instance, unlocked, with a new personal access token.
    ///
    /// Works on the server's machine only. A user that does not exist is created.
    Recover {
        /// Its username.
        #[arg(default_value = "admin")]
        username: String,
        /// The token ends by itself after this time.
        #[arg(long, value_parser = lifetime, value_name = "TIME", default_value = "1d")]
        expires: Duration,
    },
    /// List who administers what.
    List,
    /// Assign administrator roles to a user.
    Add {
        /// Username or id.
        user: String,
        /// Such as IAM_OWNER, ORG_OWNER, ORG_USER_MANAGER, PROJECT_OWNER.
        #[arg(required = true)]
        roles: Vec<String>,
        #[command(flatten)]
        realm: Realm,
    },
    /// Replace the roles that a user has for something.
    Update {
        /// Username or id.
        user: String,
        /// All that it shall have.
        #[arg(required = true)]
        roles: Vec<String>,
        #[command(flatten)]
        realm: Realm,
    },
    /// Take the roles away that a user has for something.
    Remove {
        /// Username or id.
        user: String,
        #[command(flatten)]
        realm: Realm,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Credential {
    /// Live credentials that nobody has used for a while.
    Unused {
        /// For how long.
        #[arg(long, value_parser = span, value_name = "TIME", default_value = "90d")]
        since: Duration,
    },
    /// Live credentials that end soon.
    Expiring {
        /// Within what time.
        #[arg(long, value_parser = span, value_name = "TIME", default_value = "30d")]
        within: Duration,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Leak {
    /// Disable a secret or token that leaked; it is read from standard input: jeton leak report < file
    Report {
        /// Whose client secret it is, if that is known; without it all clients are looked through.
        #[arg(long, allow_hyphen_values = true, value_name = "ID")]
        client_id: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Show events, newest first.
    List {
        /// Only of this type (may be repeated), such as credential.secret.added.
        #[arg(long, value_name = "TYPE")]
        r#type: Vec<String>,
        /// Only about this user, application, project or organization, by id.
        #[arg(long, value_name = "ID")]
        subject: Option<String>,
        /// Only what this user did, by id.
        #[arg(long, value_name = "ID")]
        actor: Option<String>,
        /// Show this many at most.
        #[arg(long, default_value_t = 100)]
        limit: u64,
    },
    /// Compute the chain of the whole trail anew, and name every record that is not as it was written.
    Verify {
        /// The last link of an earlier run; fails unless it is still there.
        #[arg(long, value_name = "LINK")]
        expect: Option<String>,
    },
    /// Print all events, oldest first, as a JSON object per line.
    Export,
}
