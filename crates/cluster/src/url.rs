//! The address of the database: `postgres://user@host:port/database?parameters`.
//!
//! A password is refused here, because others on the machine can read arguments, and so is every
//! parameter that could mean less protection than it says.

use percent_encoding::percent_decode_str;
use std::path::PathBuf;

/// The database, and the way there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The role that Jeton signs in as.
    pub user: String,
    /// The name of the database.
    pub database: String,
    /// The machine.
    pub host: Host,
    /// The port, which is also in the name of a local socket.
    pub port: u16,
    /// The protection of the connection.
    pub protection: Protection,
}

/// The machine that the database runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// A name or an address.
    Name(String),
    /// This machine: the directory of a local socket.
    Directory(PathBuf),
}

/// The protection of the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protection {
    /// None: a local socket, the loopback address, or the spelled wish.
    Plain,
    /// TLS, with the server's certificate and name verified.
    Tls {
        /// The file with the certificates of the authorities to trust, instead of the public ones.
        roots: Option<PathBuf>,
    },
}

/// The reason why an address is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Another scheme, or none.
    #[error("the address of the database begins with postgres://")]
    Scheme,
    /// A password.
    #[error(
        "the address of the database must not have a password: others on this machine can read arguments"
    )]
    Password,
    /// No user.
    #[error("the address of the database names no user: postgres://user@host/database")]
    NoUser,
    /// No host.
    #[error("the address of the database names no host: postgres://user@host/database")]
    NoHost,
    /// No database.
    #[error("the address of the database names no database: postgres://user@host/database")]
    NoDatabase,
    /// More than one host.
    #[error("the address of the database names several hosts; name the one that leads to the primary")]
    SeveralHosts,
    /// A port that is none.
    #[error("the port of the database is not a number from 1 to 65535")]
    Port,
    /// An unknown parameter.
    #[error(
        "the address of the database has an unknown parameter, {0:?}; known are host, sslmode and sslrootcert"
    )]
    UnknownParameter(String),
    /// A parameter that is given twice.
    #[error("the address of the database has {0} twice")]
    Twice(&'static str),
    /// A mode that may end without TLS.
    #[error("sslmode={0} is not supported; it is verify-full, or disable")]
    Mode(String),
    /// Certificates for a connection without TLS.
    #[error("sslrootcert is of no use with sslmode=disable")]
    RootsWithoutTls,
    /// An escape that is none, or a character that names don't have.
    #[error("the address of the database has a malformed escape or a control character")]
    Malformed,
}

impl std::str::FromStr for Address {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let rest = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
        let rest = rest.ok_or(UrlError::Scheme)?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, place) = authority.rsplit_once('@').ok_or(UrlError::NoUser)?;
        if user.contains(':') {
            return Err(UrlError::Password);
        }
        let parameters = Parameters::parse(query)?;
        let (host, port) = place_of(place, parameters.directory)?;
        Ok(Self {
            user: named(user)?.ok_or(UrlError::NoUser)?,
            database: named(database)?.ok_or(UrlError::NoDatabase)?,
            protection: protection_of(&host, parameters.mode.as_deref(), parameters.roots)?,
            host,
            port,
        })
    }
}

/// The host and port between the user and the path.
fn place_of(place: &str, directory: Option<String>) -> Result<(Host, u16), UrlError> {
    if place.contains(',') {
        return Err(UrlError::SeveralHosts);
    }
    let (name, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((name, "")) => (name, None),
        Some((name, rest)) => (name, Some(rest.strip_prefix(':').ok_or(UrlError::Malformed)?)),
        None => place.split_once(':').map_or((place, None), |(name, port)| (name, Some(port))),
    };
    let port = match port {
        None => 5_432,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().unwrap_or(0),
        Some(_) => 0,
    };
    if port == 0 {
        return Err(UrlError::Port);
    }
    let host = match (named(name)?, directory) {
        (Some(_), Some(_)) => return Err(UrlError::SeveralHosts),
        (Some(name), None) | (None, Some(name)) => name,
        (None, None) => return Err(UrlError::NoHost),
    };
    let host = if host.starts_with('/') { Host::Directory(host.into()) } else { Host::Name(host) };
    Ok((host, port))
}

/// A decoded name, unless it is empty.
fn named(text: &str) -> Result<Option<String>, UrlError> {
    let is_escaped =
        |rest: &str| rest.len() >= 2 && rest.bytes().take(2).all(|byte| byte.is_ascii_hexdigit());
    if !text.split('%').skip(1).all(is_escaped) {
        return Err(UrlError::Malformed);
    }
    let name = percent_decode_str(text).decode_utf8().map_err(|_| UrlError::Malformed)?;
    if name.chars().any(char::is_control) {
        return Err(UrlError::Malformed);
    }
    Ok(Some(name.into_owned()).filter(|name| !name.is_empty()))
}

/// The parameters behind the question mark.
#[derive(Default)]
struct Parameters {
    directory: Option<String>,
    mode: Option<String>,
    roots: Option<String>,
}

impl Parameters {
    fn parse(query: &str) -> Result<Self, UrlError> {
        let mut all = Self::default();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let (name, place) = match name {
                "host" => ("host", &mut all.directory),
                "sslmode" => ("sslmode", &mut all.mode),
                "sslrootcert" => ("sslrootcert", &mut all.roots),
                "password" | "sslpassword" => return Err(UrlError::Password),
                other => return Err(UrlError::UnknownParameter(other.to_owned())),
            };
            let value = named(value)?.ok_or(UrlError::Malformed)?;
            if place.replace(value).is_some() {
                return Err(UrlError::Twice(name));
            }
        }
        Ok(all)
    }
}

/// TLS unless the connection stays on this machine or it is declined: `require` and `verify-ca` are taken to
/// mean the whole verification, and modes that may fall back to none are refused.
fn protection_of(host: &Host, mode: Option<&str>, roots: Option<String>) -> Result<Protection, UrlError> {
    let roots = roots.map(PathBuf::from);
    match mode {
        Some("disable") if roots.is_some() => Err(UrlError::RootsWithoutTls),
        Some("disable") => Ok(Protection::Plain),
        Some("require" | "verify-ca" | "verify-full") => Ok(Protection::Tls { roots }),
        Some(other) => Err(UrlError::Mode(other.to_owned())),
        None if roots.is_none() && is_local(host) => Ok(Protection::Plain),
        None => Ok(Protection::Tls { roots }),
    }
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Directory(_) => true,
        Host::Name(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
    }
}

#[cfg(test)]
mod tests;
