//! Arguments of `jeton serve`.

use super::listen::Listen;
use super::{LogFormat, algorithm, duration, rsa_bits};
use jeton_domain::key::{Algorithm, RsaBits};
use jeton_server::proxies::ProxyNetwork;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// Try it out: creates a demo service user and API, and prints the commands to use them.
    #[arg(long)]
    pub(crate) dev: bool,
    /// Address or name, and port, to listen on.
    #[arg(long, env = "JETON_LISTEN", default_value = "127.0.0.1:8080", value_parser = Listen::parse, value_name = "ADDR")]
    pub(crate) listen: Listen,
    /// The URL under which clients reach this server, such as https://id.example.com.
    #[arg(long, env = "JETON_ISSUER", value_name = "URL")]
    pub(crate) issuer: Option<String>,
    /// A TLS proxy stands in front, so plain HTTP beyond this machine is meant.
    #[arg(long, env = "JETON_BEHIND_TLS_PROXY")]
    pub(crate) behind_tls_proxy: bool,
    /// Believe X-Forwarded-For, or Forwarded, from this address or network, such as 10.0.0.0/8 (may be repeated, or a list with commas).
    #[arg(long, env = "JETON_TRUSTED_PROXY", value_name = "ADDR", value_parser = ProxyNetworks::parse)]
    pub(crate) trusted_proxy: Vec<ProxyNetworks>,
    /// Seconds or a duration such as 12h that access tokens live, at most 30 days.
    #[arg(long, env = "JETON_TOKEN_LIFETIME", default_value = "12h", value_parser = token_lifetime, value_name = "TIME")]
    pub(crate) token_lifetime: Duration,
    /// Refuse unknown scopes instead of leaving them out of the token.
    #[arg(long, env = "JETON_STRICT_SCOPES")]
    pub(crate) strict_scopes: bool,
    /// Scopes of tokens whose request and user name none, such as "openid profile".
    #[arg(long, env = "JETON_DEFAULT_SCOPES", value_name = "SCOPES")]
    pub(crate) default_scopes: Option<String>,
    /// What the first signing key signs with; `jeton signing-key rotate` changes it later.
    #[arg(long, env = "JETON_SIGNING_ALGORITHM", default_value = "RS256", value_parser = algorithm, value_name = "ALG")]
    pub(crate) signing_algorithm: Algorithm,
    /// Bits of the first signing key, if it is an RSA key: 2048, 3072 or 4096.
    #[arg(long, env = "JETON_SIGNING_RSA_BITS", default_value = "2048", value_parser = rsa_bits, value_name = "BITS")]
    pub(crate) signing_rsa_bits: RsaBits,
    /// The typ in the header of JWT access tokens: jwt as ZITADEL has it, or at+jwt (RFC 9068).
    #[arg(long, env = "JETON_JWT_TYPE", value_enum, ignore_case = true, default_value_t = JwtType::Jwt, value_name = "TYPE")]
    pub(crate) jwt_type: JwtType,
    /// How long a signing key signs before the next one takes its place, such as 90d.
    #[arg(long, env = "JETON_SIGNING_KEY_LIFETIME", default_value = "90d", value_parser = key_lifetime, value_name = "TIME")]
    pub(crate) signing_key_lifetime: Duration,
    /// Retention of administrative acts in the audit trail, such as 730d, or forever.
    #[arg(long, env = "JETON_AUDIT_RETENTION", default_value = "forever", value_parser = retention, value_name = "TIME")]
    pub(crate) audit_retention: Kept,
    /// The same for summaries of failed authentications and refused calls.
    #[arg(long, env = "JETON_AUDIT_FAILURE_RETENTION", default_value = "90d", value_parser = retention, value_name = "TIME")]
    pub(crate) audit_failure_retention: Kept,
    /// Longest lifetime of an assertion for client authentication, at most 1h, which ZITADEL's libraries send.
    #[arg(long, env = "JETON_CLIENT_ASSERTION_LIFETIME", default_value = "1h", value_parser = assertion_lifetime, value_name = "TIME")]
    pub(crate) client_assertion_lifetime: Duration,
    /// Seconds that the clocks of clients may be off, at most 60.
    #[arg(long, env = "JETON_CLOCK_SKEW", default_value_t = 30, value_parser = clap::value_parser!(u8).range(0..=60), value_name = "SECONDS")]
    pub(crate) clock_skew: u8,
    /// Let assertions for client authentication name the token endpoint, or the endpoint that they are sent to, as their
    /// audience, as libraries from before the revision of RFC 7523 do. Less safe: the issuer is what they should name.
    #[arg(long, env = "JETON_ACCEPT_TOKEN_ENDPOINT_AUDIENCE")]
    pub(crate) accept_token_endpoint_audience: bool,
    /// Create the first administrator under this username, if there is none; needs --first-admin-token-file.
    #[arg(
        long,
        allow_hyphen_values = true,
        env = "JETON_FIRST_ADMIN",
        value_name = "NAME",
        requires = "first_admin_token_file"
    )]
    pub(crate) first_admin: Option<String>,
    /// The file for its personal access token, readable for its owner only; it must not exist, or be empty.
    #[arg(long, env = "JETON_FIRST_ADMIN_TOKEN_FILE", value_name = "FILE", requires = "first_admin")]
    pub(crate) first_admin_token_file: Option<PathBuf>,
    /// Threads that serve connections [default: one per core].
    #[arg(long, env = "JETON_WORKERS", value_name = "N")]
    pub(crate) workers: Option<NonZeroUsize>,
    /// Time that a connection may be idle between two requests; longer than a load balancer in front keeps its own.
    #[arg(long, env = "JETON_IDLE_TIMEOUT", default_value = "75s", value_parser = idle_timeout, value_name = "TIME")]
    pub(crate) idle_timeout: Duration,
    /// Time after SIGTERM in which the server still serves while /debug/ready says 503, for load balancers to notice.
    #[arg(long, env = "JETON_SHUTDOWN_DELAY", default_value = "5s", value_parser = shutdown_delay, value_name = "TIME")]
    pub(crate) shutdown_delay: Duration,
    /// MiB of memory for the store's page cache.
    #[arg(long, env = "JETON_CACHE_MIB", default_value_t = 112, value_parser = clap::value_parser!(u32).range(4..=65_536), value_name = "MIB")]
    pub(crate) cache_mib: u32,
    /// How the log on stderr is written.
    #[arg(long, env = "JETON_LOG_FORMAT", value_enum, ignore_case = true, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
}

/// Addresses and networks, separated by commas or spaces. Empty ones are left out: lists are often put together by
/// programs, which end each one with a comma.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProxyNetworks(pub(crate) Vec<ProxyNetwork>);

impl ProxyNetworks {
    fn parse(text: &str) -> Result<Self, String> {
        let words = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
        let read = |word: &str| word.parse().map_err(|error| format!("{word}: {error}"));
        words.map(read).collect::<Result<_, _>>().map(Self)
    }
}

/// The `typ` of JWT access tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum JwtType {
    /// JWT, as ZITADEL has it.
    Jwt,
    /// at+jwt, as RFC 9068 has it.
    #[value(name = "at+jwt")]
    AtJwt,
}

/// A time for which something is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    For(Duration),
    Forever,
}

impl Kept {
    /// The seconds; none, when for ever.
    pub(crate) const fn seconds(self) -> Option<u64> {
        match self {
            Self::For(time) => Some(time.as_secs()),
            Self::Forever => None,
        }
    }
}

const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn token_lifetime(text: &str) -> Result<Duration, String> {
    duration(text, Duration::from_secs(1)..=30 * DAY, "must be between 1 second and 30 days")
}

fn key_lifetime(text: &str) -> Result<Duration, String> {
    duration(text, HOUR..=3650 * DAY, "must be between 1 hour and 3650 days")
}

fn retention(text: &str) -> Result<Kept, String> {
    if text == "forever" {
        return Ok(Kept::Forever);
    }
    let range = "must be between 1 day and 36500 days, or forever";
    duration(text, DAY..=36_500 * DAY, range).map(Kept::For)
}

fn assertion_lifetime(text: &str) -> Result<Duration, String> {
    duration(text, Duration::from_secs(1)..=HOUR, "must be between 1 second and 1 hour")
}

fn idle_timeout(text: &str) -> Result<Duration, String> {
    duration(text, Duration::from_secs(1)..=HOUR, "must be between 1 second and 1 hour")
}

fn shutdown_delay(text: &str) -> Result<Duration, String> {
    duration(text, Duration::ZERO..=HOUR, "must be at most 1 hour")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_proxies_has_commas_or_spaces_and_empty_elements_mean_nothing() {
        let one = ProxyNetworks::parse("127.0.0.1").unwrap();
        for same in ["127.0.0.1,", ",127.0.0.1", " 127.0.0.1 , ", "127.0.0.1,,", "\t127.0.0.1\n"] {
            assert_eq!(ProxyNetworks::parse(same).as_ref(), Ok(&one), "{same:?}");
        }
        let two = ProxyNetworks::parse("127.0.0.1,2001:db8::/32").unwrap();
        for same in ["127.0.0.1, 2001:db8::/32", "127.0.0.1 2001:db8::/32 ", "127.0.0.1,,2001:db8::/32,"] {
            assert_eq!(ProxyNetworks::parse(same).as_ref(), Ok(&two), "{same:?}");
        }
        for none in ["", ",", " , "] {
            assert_eq!(ProxyNetworks::parse(none), Ok(ProxyNetworks(Vec::new())));
        }
        for wrong in ["localhost", "127.0.0.1;::1", "10.0.0.1/8", "127.0.0.1,x", "127.0.0.1:80"] {
            assert!(ProxyNetworks::parse(wrong).is_err(), "{wrong}");
        }
        assert!(ProxyNetworks::parse("::1,x").unwrap_err().starts_with("x: "), "the element is named");
    }

    #[test]
    fn something_is_kept_for_a_day_or_longer_or_for_ever() {
        assert_eq!(retention("forever").map(Kept::seconds), Ok(None));
        assert_eq!(retention("1d").map(Kept::seconds), Ok(Some(86_400)));
        assert_eq!(retention("36500d").map(Kept::seconds), Ok(Some(3_153_600_000)));
        for wrong in ["", "0", "23h", "36501d", "for ever", "-1d"] {
            assert!(retention(wrong).is_err(), "{wrong}");
        }
    }
}
