//! Arguments of `jeton user`.

use super::duration;
use clap::Subcommand;
use std::time::Duration;

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Create a service user.
    Create {
        /// Its username, which is also its OAuth client id: any printable text, unique whatever its case.
        username: String,
        /// The organization that it shall belong to, by id [default: yours].
        #[arg(long, value_name = "ID")]
        organization: Option<String>,
        #[command(flatten)]
        machine: Machine,
    },
    /// Change a service user; what is not named stays.
    Update {
        /// Username or id.
        user: String,
        /// Its new username, which is also its new OAuth client id.
        #[arg(long, allow_hyphen_values = true)]
        username: Option<String>,
        #[command(flatten)]
        machine: Machine,
    },
    /// List service users.
    List {
        /// Only those whose username contains this.
        #[arg(long, allow_hyphen_values = true, value_name = "TEXT")]
        search: Option<String>,
        /// Skip this many.
        #[arg(long, default_value_t = 0)]
        offset: u64,
        /// Show this many at most.
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=1000))]
        limit: u64,
    },
    /// Show one service user.
    Show {
        /// Username or id.
        user: String,
    },
    /// Deactivate it: it gets no more tokens, and those it has do not work.
    Deactivate {
        /// Username or id.
        user: String,
    },
    /// Reactivate it.
    Reactivate {
        /// Username or id.
        user: String,
    },
    /// Lock it: nothing of it works until it is unlocked.
    Lock {
        /// Username or id.
        user: String,
    },
    /// Unlock it.
    Unlock {
        /// Username or id.
        user: String,
    },
    /// Create many users from a file with a JSON object per line, a thousand per transaction.
    ///
    /// A line is what CreateUser takes, such as {"username":"a","machine":{"name":"A"}}.
    Import {
        /// The file; - reads standard input.
        file: std::path::PathBuf,
        /// Id of the organization that they belong to; yours if it is not given.
        #[arg(long, value_name = "ID")]
        organization: Option<String>,
    },
    /// Say why its requests were refused since the server started.
    Refusals {
        /// Username or id; or the id of an API.
        user: String,
    },
    /// Delete it with its secrets; its tokens do not work any more.
    Delete {
        /// Username or id.
        user: String,
    },
    /// Notes about it that APIs see when a token's scope asks for them.
    #[command(subcommand)]
    Metadata(Metadata),
}

/// What a service user is.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Machine {
    /// The display name [default: the username].
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) name: Option<String>,
    /// What it is for.
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) description: Option<String>,
    /// What kind of access tokens it gets: bearer (opaque), or jwt.
    #[arg(long, value_enum, value_name = "TYPE")]
    pub(crate) access_token_type: Option<AccessTokenType>,
    /// The `typ` in the header of its JWTs: jwt, at+jwt (RFC 9068), or the server's.
    #[arg(long, value_enum, value_name = "TYPE")]
    pub(crate) jwt_type: Option<UserJwtType>,
    /// Scopes of tokens whose request names none, such as "openid profile".
    #[arg(long, value_name = "SCOPES")]
    pub(crate) default_scopes: Option<String>,
    /// The only scopes that its tokens may have; "" lifts the bound.
    #[arg(long, value_name = "SCOPES")]
    pub(crate) allowed_scopes: Option<String>,
    /// The only projects, by id, that its tokens may be for; "" lifts the bound.
    #[arg(long, value_name = "IDS")]
    pub(crate) allowed_audiences: Option<String>,
    /// How long its tokens live, such as 15m; 0 goes back to the server's lifetime.
    #[arg(long, value_parser = token_lifetime, value_name = "TIME")]
    pub(crate) token_lifetime: Option<Duration>,
}

fn token_lifetime(text: &str) -> Result<Duration, String> {
    let month = Duration::from_secs(30 * 24 * 3600);
    duration(text, Duration::ZERO..=month, "must be at most 30 days")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum AccessTokenType {
    /// Nothing readable in it; APIs introspect it.
    Bearer,
    /// Signed claims that APIs can verify by themselves (RFC 9068).
    Jwt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum UserJwtType {
    /// As `jeton serve --jwt-type` says.
    Server,
    /// JWT, as ZITADEL has it.
    Jwt,
    /// at+jwt, as RFC 9068 has it.
    #[value(name = "at+jwt")]
    AtJwt,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Metadata {
    /// Note something, or replace what was noted under this key.
    Set {
        /// Username or id.
        user: String,
        /// Under what.
        key: String,
        /// What.
        value: String,
    },
    /// Show the notes.
    List {
        /// Username or id.
        user: String,
    },
    /// Remove a note.
    Delete {
        /// Username or id.
        user: String,
        /// Under what it is noted.
        key: String,
    },
}
