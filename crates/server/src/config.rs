//! The server's configuration, checked.

use crate::cluster::Database;
use crate::limits::CONNECTIONS_MAX;
use crate::proxies::ProxyNetwork;
use jeton_domain::key::{Algorithm, KeySpec};
use jeton_domain::scope::ScopeSet;
use jeton_domain::service_user::JwtType;
use jeton_oauth::assertion::AssertionPolicy;
use jeton_oauth::metadata::Issuer;
pub use jeton_store::audit::Retention;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Default lifetime of access tokens in seconds: ZITADEL's twelve hours.
pub const TOKEN_LIFETIME_SECONDS: u32 = 12 * 3600;

/// Default time in seconds for which a signing key signs: 90 days.
pub const SIGNING_KEY_LIFETIME_SECONDS: u64 = 90 * 24 * 3600;

/// Default idle time of a connection between two requests. It is longer than the 60 seconds after which
/// common load balancers close theirs, so that these close first and no request meets a connection that ends.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(75);

/// Default time for which a stopping server still serves and reports not ready.
pub const SHUTDOWN_DELAY: Duration = Duration::from_secs(5);

/// The configuration of a server.
#[derive(Debug, Clone)]
pub struct Config {
    /// The data directory.
    pub data_dir: PathBuf,
    /// The address to listen on.
    pub listen: SocketAddr,
    /// The public name of the server; by default `http://` and the loopback address that it listens on.
    pub issuer: Option<Issuer>,
    /// Allows plain HTTP beyond loopback: a TLS proxy stands in front.
    pub behind_tls_proxy: bool,
    /// Peers whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<ProxyNetwork>,
    /// Number of threads that serve connections.
    pub workers: NonZeroUsize,
    /// Maximum number of open connections.
    pub connections_max: usize,
    /// Maximum idle time of a connection between two requests.
    pub idle_timeout: Duration,
    /// Time between the order to stop and the end of accepting, in which the server reports not ready.
    pub shutdown_delay: Duration,
    /// Page cache of the store in bytes.
    pub cache_bytes: usize,
    /// Lifetime of access tokens in seconds.
    pub token_lifetime_seconds: u32,
    /// Refuse requests with unknown scopes instead of dropping these scopes.
    pub strict_scopes: bool,
    /// Scopes granted if neither the request nor the user names any; may be empty.
    pub default_scopes: ScopeSet,
    /// The strictness of assertion checks.
    pub assertions: AssertionPolicy,
    /// The algorithm and size of the first signing key.
    pub signing_key: KeySpec,
    /// The `typ` of JWT access tokens, unless their user has one of its own.
    pub jwt_type: JwtType,
    /// Development mode: replies name the ignored members of requests.
    pub development: bool,
    /// Time in seconds for which a signing key signs before the next one replaces it.
    pub signing_key_lifetime_seconds: u64,
    /// The retention of audit events.
    pub retention: Retention,
    /// The database that this server shares with others; none of a server alone.
    pub database: Option<Database>,
}

/// An unsafe or incomplete configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Secrets would travel unencrypted.
    #[error(
        "refusing to serve plain HTTP on {0}, where others could read secrets and tokens; put a TLS proxy \
         in front and add --behind-tls-proxy, or listen on 127.0.0.1 (RFC 6749 section 3.2)"
    )]
    PlainHttp(SocketAddr),
    /// The public name of a server that listens beyond loopback can't be guessed.
    #[error("give the URL at which clients reach this server with --issuer, such as https://id.example.com")]
    NoIssuer,
}

impl Config {
    /// For commands that work on the store while no server runs.
    pub fn local(data_dir: &Path) -> Self {
        Self {
            data_dir: data_dir.to_owned(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            issuer: None,
            behind_tls_proxy: false,
            trusted_proxies: Vec::new(),
            workers: NonZeroUsize::MIN,
            connections_max: CONNECTIONS_MAX,
            idle_timeout: IDLE_TIMEOUT,
            shutdown_delay: Duration::ZERO,
            cache_bytes: jeton_store::limits::CACHE_BYTES,
            token_lifetime_seconds: TOKEN_LIFETIME_SECONDS,
            strict_scopes: false,
            default_scopes: ScopeSet::default(),
            assertions: AssertionPolicy::default(),
            signing_key: KeySpec::from(Algorithm::Rs256),
            jwt_type: JwtType::default(),
            development: false,
            signing_key_lifetime_seconds: SIGNING_KEY_LIFETIME_SECONDS,
            // Commands delete no events.
            retention: Retention { commands: None, failures: None },
            database: None,
        }
    }

    /// Plain HTTP stays on the machine unless a TLS proxy is declared (RFC 6749 §1.6 and §3.2), and a server
    /// that listens beyond loopback needs an issuer.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn check(&self) -> Result<(), ConfigError> {
        let loopback = self.listen.ip().is_loopback();
        if !self.behind_tls_proxy && !loopback {
            return Err(ConfigError::PlainHttp(self.listen));
        }
        if self.issuer.is_none() && !loopback {
            return Err(ConfigError::NoIssuer);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_refused_beyond_loopback_unless_a_proxy_is_declared() {
        let mut config = Config::local(Path::new("data"));
        for loopback in ["127.0.0.1:80", "127.1.2.3:80", "[::1]:80"] {
            config.listen = loopback.parse().unwrap();
            assert_eq!(config.check(), Ok(()), "{loopback}");
        }
        for open in ["0.0.0.0:80", "192.0.2.1:80", "[::]:80"] {
            config.listen = open.parse().unwrap();
            assert_eq!(config.check(), Err(ConfigError::PlainHttp(config.listen)), "{open}");
        }
        config.behind_tls_proxy = true;
        assert_eq!(config.check(), Err(ConfigError::NoIssuer));
        config.issuer = Some(Issuer::parse("https://id.example.com").unwrap());
        assert_eq!(config.check(), Ok(()));
    }
}
