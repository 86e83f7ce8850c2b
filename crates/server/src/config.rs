//! What the server is told, checked.

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

/// Seconds that access tokens live, unless configured: ZITADEL's twelve hours.
pub const TOKEN_LIFETIME_SECONDS: u32 = 12 * 3600;

/// Seconds that a signing key signs, unless configured: 90 days.
pub const SIGNING_KEY_LIFETIME_SECONDS: u64 = 90 * 24 * 3600;

/// Time that a connection may be idle between two requests, unless configured: longer than the 60 seconds after which
/// common load balancers close theirs, so that these close first and no request meets a connection that ends.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(75);

/// Time in which a stopping server still serves and says that it is not ready, unless configured.
pub const SHUTDOWN_DELAY: Duration = Duration::from_secs(5);

/// A server's configuration.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where its state is.
    pub data_dir: PathBuf,
    /// Where it listens.
    pub listen: SocketAddr,
    /// Who it says it is; by default `http://` and the loopback address that it listens on.
    pub issuer: Option<Issuer>,
    /// Plain HTTP beyond loopback is meant: a TLS proxy stands in front.
    pub behind_tls_proxy: bool,
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<ProxyNetwork>,
    /// Threads that serve connections.
    pub workers: NonZeroUsize,
    /// Open connections at most.
    pub connections_max: usize,
    /// Time that a connection may be idle between two requests.
    pub idle_timeout: Duration,
    /// Time between being told to stop and accepting nothing more, in which the server says that it is not ready.
    pub shutdown_delay: Duration,
    /// Bytes of page cache for the store.
    pub cache_bytes: usize,
    /// Seconds that access tokens live.
    pub token_lifetime_seconds: u32,
    /// Refuse requests with unknown scopes instead of dropping these.
    pub strict_scopes: bool,
    /// Granted when neither the request nor the user names a scope; may be empty.
    pub default_scopes: ScopeSet,
    /// How strictly assertions are looked at.
    pub assertions: AssertionPolicy,
    /// The first signing key.
    pub signing_key: KeySpec,
    /// The `typ` of JWT access tokens, unless their user has one of its own.
    pub jwt_type: JwtType,
    /// Somebody tries it out: requests are told what of them was ignored.
    pub development: bool,
    /// Seconds that a signing key signs before the next one takes its place.
    pub signing_key_lifetime_seconds: u64,
    /// Retention of events of the audit trail.
    pub retention: Retention,
}

/// A configuration that would be unsafe or is not complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Secrets would travel in the clear.
    #[error(
        "refusing to serve plain HTTP on {0}, where others could read secrets and tokens; put a TLS proxy \
         in front and say --behind-tls-proxy, or listen on 127.0.0.1 (RFC 6749 section 3.2)"
    )]
    PlainHttp(SocketAddr),
    /// Nobody can guess the public name of a server that others reach.
    #[error("say with --issuer under which URL clients reach this server, such as https://id.example.com")]
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
            // Commands keep what they find.
            retention: Retention { acts: None, failures: None },
        }
    }

    /// Plain HTTP stays on the machine unless a proxy is vouched for (RFC 6749 §1.6 and §3.2), and a
    /// server that others reach says its name.
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
    fn plain_http_is_refused_beyond_loopback_unless_a_proxy_is_vouched_for() {
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
