//! Arguments of `jeton user`.

use super::values::duration;
use clap::Subcommand;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Create a service user.
    Create {
        /// Username and OAuth client id: any printable text, unique without regard to case.
        username: String,
        /// Id of the owning organization [default: yours].
        #[arg(long, value_name = "ID")]
        organization: Option<String>,
        #[command(flatten)]
        machine: Machine,
    },
    /// Change a service user; omitted properties stay as they are.
    Update {
        /// Username or id.
        user: String,
        /// New username and OAuth client id.
        #[arg(long, allow_hyphen_values = true)]
        username: Option<String>,
        #[command(flatten)]
        machine: Machine,
    },
    /// List service users.
    List {
        /// Only users whose username contains this text.
        #[arg(long, allow_hyphen_values = true, value_name = "TEXT")]
        search: Option<String>,
        /// Number of users to skip.
        #[arg(long, default_value_t = 0)]
        offset: u64,
        /// Maximum number of users.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1000))]
        limit: u64,
    },
    /// Show one service user.
    Show {
        /// Username or id.
        user: String,
    },
    /// Deactivate a service user: it gets no more tokens, and its existing ones do not work.
    Deactivate {
        /// Username or id.
        user: String,
    },
    /// Reactivate a service user.
    Reactivate {
        /// Username or id.
        user: String,
    },
    /// Lock a service user: its credentials and tokens do not work until it is unlocked.
    Lock {
        /// Username or id.
        user: String,
    },
    /// Unlock a service user.
    Unlock {
        /// Username or id.
        user: String,
    },
    /// Create many users from a file with a JSON object per line, a thousand per transaction.
    ///
    /// Each line is a request of CreateUser, such as {"username":"a","machine":{"name":"A"}}.
    Import {
        /// The file; - reads standard input.
        file: std::path::PathBuf,
        /// Id of the owning organization [default: yours].
        #[arg(long, value_name = "ID")]
        organization: Option<String>,
    },
    /// Show the reasons for refused requests of a user since the server started.
    Refusals {
        /// Username or id; or the id of an API.
        user: String,
    },
    /// Delete a service user with its secrets; its tokens stop working.
    Delete {
        /// Username or id.
        user: String,
    },
    /// Manage metadata of a service user, which APIs see when a token's scope asks for it.
    #[command(subcommand)]
    Metadata(Metadata),
}

/// The properties of a service user.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Machine {
    /// The display name [default: the username].
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) name: Option<String>,
    /// Purpose of the service user.
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) description: Option<String>,
    /// Kind of its access tokens: bearer (opaque) or jwt.
    #[arg(long, value_enum, value_name = "TYPE")]
    pub(crate) access_token_type: Option<AccessTokenType>,
    /// The `typ` header of its JWTs: jwt, at+jwt (RFC 9068), or the server's default.
    #[arg(long, value_enum, value_name = "TYPE")]
    pub(crate) jwt_type: Option<UserJwtType>,
    /// Scopes of a token when its request names none, such as "openid profile".
    #[arg(long, value_name = "SCOPES")]
    pub(crate) default_scopes: Option<String>,
    /// The only scopes that its tokens may have; "" removes the restriction.
    #[arg(long, value_name = "SCOPES")]
    pub(crate) allowed_scopes: Option<String>,
    /// The only projects, by id, that its tokens may be for; "" removes the restriction.
    #[arg(long, value_name = "IDS")]
    pub(crate) allowed_audiences: Option<String>,
    /// Lifetime of its tokens, such as 15m; 0 restores the server's default.
    #[arg(long, value_parser = token_lifetime, value_name = "TIME")]
    pub(crate) token_lifetime: Option<Duration>,
}

fn token_lifetime(text: &str) -> Result<Duration, String> {
    let month = Duration::from_secs(30 * 24 * 3600);
    duration(text, Duration::ZERO..=month, "must be at most 30 days")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum AccessTokenType {
    /// Opaque; APIs introspect it.
    Bearer,
    /// Signed claims that APIs can verify by themselves (RFC 9068).
    Jwt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum UserJwtType {
    /// The default of `jeton serve --jwt-type`.
    Server,
    /// `JWT`, as in ZITADEL.
    Jwt,
    /// `at+jwt`, as in RFC 9068.
    #[value(name = "at+jwt")]
    AtJwt,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Metadata {
    /// Set a metadata entry, replacing the value of an existing key.
    Set {
        /// Username or id.
        user: String,
        /// Metadata key.
        key: String,
        /// Metadata value.
        value: String,
    },
    /// List the metadata entries.
    List {
        /// Username or id.
        user: String,
    },
    /// Delete a metadata entry.
    Delete {
        /// Username or id.
        user: String,
        /// Metadata key.
        key: String,
    },
}
