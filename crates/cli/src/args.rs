//! The arguments as typed.

use clap::{Parser, Subcommand};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

/// A self-hosted token server for machine-to-machine authentication.
///
/// Create service users, give them client secrets, and let programs trade these for access tokens
/// (OAuth 2.0 client credentials) that your APIs can introspect.
#[derive(Debug, Parser)]
#[command(name = "jeton", version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Global {
    /// Where the server keeps its state.
    #[arg(long, global = true, env = "JETON_DATA_DIR", default_value = "jeton-data", value_name = "DIR")]
    pub(crate) data_dir: PathBuf,
    /// Print the API's reply as JSON, for programs.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start the server.
    Serve(Serve),
    /// Create and manage service users.
    #[command(subcommand)]
    User(User),
    /// Generate and revoke client secrets.
    #[command(subcommand)]
    Secret(Secret),
    /// Revoke access tokens.
    #[command(subcommand)]
    Token(Token),
    /// Create and manage APIs, the clients that may introspect tokens.
    #[command(subcommand)]
    Api(Api),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// Try it out: creates a demo service user and API, and prints the commands to use them.
    #[arg(long)]
    pub(crate) dev: bool,
    /// Address and port to listen on.
    #[arg(long, env = "JETON_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDR")]
    pub(crate) listen: SocketAddr,
    /// The URL under which clients reach this server, such as https://id.example.com.
    #[arg(long, env = "JETON_ISSUER", value_name = "URL")]
    pub(crate) issuer: Option<String>,
    /// A TLS proxy stands in front, so plain HTTP beyond this machine is meant.
    #[arg(long, env = "JETON_BEHIND_TLS_PROXY")]
    pub(crate) behind_tls_proxy: bool,
    /// Believe X-Forwarded-For from this address (may be repeated).
    #[arg(long, env = "JETON_TRUSTED_PROXY", value_name = "IP", value_delimiter = ',')]
    pub(crate) trusted_proxy: Vec<IpAddr>,
    /// Seconds or a duration such as 12h that access tokens live, at most 30 days.
    #[arg(long, env = "JETON_TOKEN_LIFETIME", default_value = "12h", value_parser = token_lifetime, value_name = "TIME")]
    pub(crate) token_lifetime: Duration,
    /// Refuse unknown scopes instead of leaving them out of the token.
    #[arg(long, env = "JETON_STRICT_SCOPES")]
    pub(crate) strict_scopes: bool,
    /// Threads that serve connections [default: one per core].
    #[arg(long, env = "JETON_WORKERS", value_name = "N")]
    pub(crate) workers: Option<NonZeroUsize>,
    /// MiB of memory for the store's page cache.
    #[arg(long, env = "JETON_CACHE_MIB", default_value_t = 128, value_parser = clap::value_parser!(u32).range(4..=65_536), value_name = "MIB")]
    pub(crate) cache_mib: u32,
    /// How the log on stderr is written.
    #[arg(long, env = "JETON_LOG_FORMAT", value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LogFormat {
    /// A line for people.
    Text,
    /// A JSON object per line.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Create a service user.
    Create {
        /// Its username, which is also its OAuth client id: letters, digits and - . _ ~ @
        username: String,
        /// The display name [default: the username].
        #[arg(long)]
        name: Option<String>,
        /// What it is for.
        #[arg(long)]
        description: Option<String>,
        /// Scopes of tokens whose request names none, such as "openid profile".
        #[arg(long, value_name = "SCOPES")]
        default_scopes: Option<String>,
    },
    /// List service users.
    List {
        /// Only those whose username contains this.
        #[arg(long, value_name = "TEXT")]
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
    /// Delete it with its secrets; its tokens do not work any more.
    Delete {
        /// Username or id.
        user: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Secret {
    /// Generate a client secret. It is shown once.
    ///
    /// The secrets that the user has already go on working, unless --overlap or --replace ends them.
    Generate {
        /// Username or id of a service user, or id of an API.
        user: String,
        /// A label to tell secrets apart.
        #[arg(long)]
        label: Option<String>,
        /// End by itself after this time, such as 90d.
        #[arg(long, value_parser = humantime::parse_duration, value_name = "TIME")]
        expires: Option<Duration>,
        /// The older secrets end by themselves after this time, such as 24h.
        #[arg(long, value_parser = humantime::parse_duration, value_name = "TIME", conflicts_with = "replace")]
        overlap: Option<Duration>,
        /// The older secrets end at once.
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

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Revoke one token, or all of a user or of a secret.
    ///
    /// The token is read from standard input, so that it shows neither in the process list nor in
    /// the shell's history: jeton token revoke < file
    Revoke {
        /// All tokens of this service user (username or id).
        #[arg(long)]
        user: Option<String>,
        /// Only those that this secret of the user obtained.
        #[arg(long, requires = "user", value_name = "ID")]
        secret: Option<String>,
        /// The token, if it may be seen; - or nothing reads standard input.
        #[arg(conflicts_with = "user")]
        token: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Api {
    /// Create an API and its client secret, which is shown once.
    Create {
        /// The display name.
        name: String,
        /// The project it belongs to [default: the default project].
        #[arg(long, value_name = "ID")]
        project: Option<String>,
    },
    /// List APIs.
    List,
    /// Delete an API.
    Delete {
        /// Its id.
        api: String,
    },
}

/// The longest lifetime of an access token.
const TOKEN_LIFETIME_MAX: Duration = Duration::from_secs(30 * 24 * 3600);

fn token_lifetime(text: &str) -> Result<Duration, String> {
    let parsed = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => humantime::parse_duration(text).map_err(|error| error.to_string())?,
    };
    if parsed < Duration::from_secs(1) || parsed > TOKEN_LIFETIME_MAX {
        return Err("must be between 1 second and 30 days".into());
    }
    Ok(parsed)
}
