//! Arguments of `jeton serve`.

use super::listen::Listen;
use super::values::{LogFormat, algorithm, duration, rsa_bits};
use jeton_domain::key::{Algorithm, RsaBits};
use jeton_server::proxies::ProxyNetwork;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    /// Try it out: create a demo service user and API, and print the commands to use them.
    #[arg(long)]
    pub(crate) dev: bool,
    /// Address or name, and port, to listen on.
    #[arg(long, env = "JETON_LISTEN", default_value = "127.0.0.1:8080", value_parser = Listen::parse, value_name = "ADDR")]
    pub(crate) listen: Listen,
    /// URL under which clients reach this server, such as https://id.example.com.
    #[arg(long, env = "JETON_ISSUER", value_name = "URL")]
    pub(crate) issuer: Option<String>,
    /// Allow plain HTTP beyond this machine, because a TLS proxy is in front.
    #[arg(long, env = "JETON_BEHIND_TLS_PROXY")]
    pub(crate) behind_tls_proxy: bool,
    /// Trust X-Forwarded-For and Forwarded from this address or network, such as 10.0.0.0/8 (may be
    /// repeated, or a list with commas).
    #[arg(long, env = "JETON_TRUSTED_PROXY", value_name = "ADDR", value_parser = ProxyNetworks::parse)]
    pub(crate) trusted_proxy: Vec<ProxyNetworks>,
    /// Lifetime of access tokens in seconds or as a duration such as 12h, at most 30 days.
    #[arg(long, env = "JETON_TOKEN_LIFETIME", default_value = "12h", value_parser = token_lifetime, value_name = "TIME")]
    pub(crate) token_lifetime: Duration,
    /// Refuse unknown scopes instead of leaving them out of the token.
    #[arg(long, env = "JETON_STRICT_SCOPES")]
    pub(crate) strict_scopes: bool,
    /// Scopes of a token when neither its request nor its user names any, such as "openid profile".
    #[arg(long, env = "JETON_DEFAULT_SCOPES", value_name = "SCOPES")]
    pub(crate) default_scopes: Option<String>,
    /// Algorithm of the first signing key; `jeton signing-key rotate` changes it later.
    #[arg(long, env = "JETON_SIGNING_ALGORITHM", default_value = "RS256", value_parser = algorithm, value_name = "ALG")]
    pub(crate) signing_algorithm: Algorithm,
    /// Bits of the first signing key, if it is an RSA key: 2048, 3072 or 4096.
    #[arg(long, env = "JETON_SIGNING_RSA_BITS", default_value = "2048", value_parser = rsa_bits, value_name = "BITS")]
    pub(crate) signing_rsa_bits: RsaBits,
    /// The typ header of JWT access tokens: jwt as in ZITADEL, or at+jwt (RFC 9068).
    #[arg(long, env = "JETON_JWT_TYPE", value_enum, ignore_case = true, default_value_t = JwtType::Jwt, value_name = "TYPE")]
    pub(crate) jwt_type: JwtType,
    /// Time that a signing key is active before the next one replaces it, such as 90d.
    #[arg(long, env = "JETON_SIGNING_KEY_LIFETIME", default_value = "90d", value_parser = key_lifetime, value_name = "TIME")]
    pub(crate) signing_key_lifetime: Duration,
    /// Retention of administrative events in the audit trail, such as 730d, or forever.
    #[arg(long, env = "JETON_AUDIT_RETENTION", default_value = "forever", value_parser = retention, value_name = "TIME")]
    pub(crate) audit_retention: Kept,
    /// Retention of summaries of failed authentications and refused calls, such as 90d, or forever.
    #[arg(long, env = "JETON_AUDIT_FAILURE_RETENTION", default_value = "90d", value_parser = retention, value_name = "TIME")]
    pub(crate) audit_failure_retention: Kept,
    /// Maximum lifetime of a client assertion, at most 1h, the lifetime that ZITADEL's libraries use.
    #[arg(long, env = "JETON_CLIENT_ASSERTION_LIFETIME", default_value = "1h", value_parser = assertion_lifetime, value_name = "TIME")]
    pub(crate) client_assertion_lifetime: Duration,
    /// Tolerated clock skew of clients in seconds, at most 60.
    #[arg(long, env = "JETON_CLOCK_SKEW", default_value_t = 30, value_parser = clap::value_parser!(u8).range(0..=60), value_name = "SECONDS")]
    pub(crate) clock_skew: u8,
    /// Accept client assertions whose audience is the token endpoint, or the endpoint that they are sent
    /// to, as libraries older than the revision of RFC 7523 send them. Less safe than the issuer as the
    /// only audience.
    #[arg(long, env = "JETON_ACCEPT_TOKEN_ENDPOINT_AUDIENCE")]
    pub(crate) accept_token_endpoint_audience: bool,
    #[command(flatten)]
    pub(crate) database: super::database::Database,
    /// Create the first administrator with this username, if there is none; needs --first-admin-token-file.
    #[arg(long, allow_hyphen_values = true, env = "JETON_FIRST_ADMIN", value_name = "NAME")]
    pub(crate) first_admin: Option<String>,
    /// File for the first administrator's personal access token, created with mode 0600; it must not exist,
    /// or be empty.
    #[arg(long, env = "JETON_FIRST_ADMIN_TOKEN_FILE", value_name = "FILE")]
    pub(crate) first_admin_token_file: Option<PathBuf>,
    /// Threads that serve connections [default: one per core].
    #[arg(long, env = "JETON_WORKERS", value_name = "N")]
    pub(crate) workers: Option<NonZeroUsize>,
    /// Maximum idle time of a connection between two requests; choose more than the load balancer's.
    #[arg(long, env = "JETON_IDLE_TIMEOUT", default_value = "75s", value_parser = idle_timeout, value_name = "TIME")]
    pub(crate) idle_timeout: Duration,
    /// Time after SIGTERM in which the server still serves while /debug/ready answers 503, for load
    /// balancers to notice.
    #[arg(long, env = "JETON_SHUTDOWN_DELAY", default_value = "5s", value_parser = shutdown_delay, value_name = "TIME")]
    pub(crate) shutdown_delay: Duration,
    /// MiB of memory for the store's page cache.
    #[arg(long, env = "JETON_CACHE_MIB", default_value_t = 112, value_parser = clap::value_parser!(u32).range(4..=65_536), value_name = "MIB")]
    pub(crate) cache_mib: u32,
    /// Format of the log on stderr.
    #[arg(long, env = "JETON_LOG_FORMAT", value_enum, ignore_case = true, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
}

impl Serve {
    /// The two arguments of the first administrator need each other. Not `requires`, because a variable with
    /// white space around its value becomes a default value, which that leaves out of account.
    pub(super) const fn refusal(&self) -> Option<&'static str> {
        match (&self.first_admin, &self.first_admin_token_file) {
            (Some(_), None) => Some("--first-admin needs --first-admin-token-file"),
            (None, Some(_)) => Some("--first-admin-token-file needs --first-admin"),
            (Some(_), Some(_)) | (None, None) => None,
        }
    }
}

/// Addresses and networks, separated by commas or spaces. Empty elements are ignored, because generated
/// lists often end with a comma.
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
    /// `JWT`, as in ZITADEL.
    Jwt,
    /// `at+jwt`, as in RFC 9068.
    #[value(name = "at+jwt")]
    AtJwt,
}

/// A retention time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    For(Duration),
    Forever,
}

impl Kept {
    /// The time in seconds; `None` means forever.
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
    use crate::args::{Args, Command};

    #[test]
    fn a_list_of_proxies_has_commas_or_spaces_and_empty_elements_are_ignored() {
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

    /// The server's arguments behind `serve`, or the first line of the refusal.
    fn serve(arguments: &str) -> Result<Serve, String> {
        let words = ["jeton", "serve"].into_iter().chain(arguments.split(' '));
        let parsed = Args::parsed(words).map_err(|error| error.to_string().replace('\n', " "))?;
        match parsed.command {
            Command::Serve(serve) => Ok(*serve),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn settings_have_bounds_that_are_told_with_the_option() {
        for (option, inside, outside, told) in [
            ("token-lifetime", &["1", "30d"][..], &["0", "999ms", "2592001"][..], "1 second and 30 days"),
            ("signing-key-lifetime", &["1h", "3650d"], &["3599", "3651d"], "1 hour and 3650 days"),
            ("audit-retention", &["1d", "36500d", "forever"], &["23h", "36501d"], "1 day and 36500 days"),
            ("audit-failure-retention", &["1d", "forever"], &["0"], "1 day and 36500 days"),
            ("client-assertion-lifetime", &["1", "1h"], &["0", "3601"], "1 second and 1 hour"),
            ("clock-skew", &["0", "60"], &["61", "-1", "1s"], "invalid"),
            ("idle-timeout", &["1", "1h"], &["0", "3601"], "1 second and 1 hour"),
            ("shutdown-delay", &["0", "1h"], &["3601"], "at most 1 hour"),
            ("cache-mib", &["4", "65536"], &["3", "65537"], "4..=65536"),
            ("workers", &["1"], &["0", "-1", "x"], "invalid"),
            ("signing-rsa-bits", &["2048", "3072", "4096"], &["1024", "2049", "8192"], "4096"),
            ("signing-algorithm", &["RS256", "EdDSA", "ES512"], &["HS256", "none", ""], "ES256"),
            ("jwt-type", &["jwt", "at+jwt", "AT+JWT"], &["jws", ""], "at+jwt"),
            ("log-format", &["text", "JSON"], &["xml"], "json"),
        ] {
            for value in inside {
                assert!(serve(&format!("--{option}={value}")).is_ok(), "--{option}={value}");
            }
            for value in outside {
                let refused = serve(&format!("--{option}={value}")).unwrap_err();
                assert!(refused.contains(told) && refused.contains(&format!("--{option} <")), "{refused}");
            }
        }
    }

    #[test]
    fn retention_is_at_least_a_day_or_forever() {
        assert_eq!(retention("forever").map(Kept::seconds), Ok(None));
        assert_eq!(retention("1d").map(Kept::seconds), Ok(Some(86_400)));
        assert_eq!(retention("36500d").map(Kept::seconds), Ok(Some(3_153_600_000)));
        for wrong in ["", "0", "23h", "36501d", "for ever", "-1d"] {
            assert!(retention(wrong).is_err(), "{wrong}");
        }
    }
}
