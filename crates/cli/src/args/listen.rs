//! The address to listen on, as typed.

use std::net::{SocketAddr, ToSocketAddrs};

/// A host and a port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Listen {
    /// A numeric address.
    Address(SocketAddr),
    /// A name for the system's resolver.
    Name(String, u16),
}

const HOST_LEN_MAX: usize = 253;

impl Listen {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Address(address));
        }
        let is_host = |host: &str| {
            let is_character = |c: char| c.is_ascii_alphanumeric() || ['-', '.', '_'].contains(&c);
            (1..=HOST_LEN_MAX).contains(&host.len()) && host.chars().all(is_character)
        };
        let (host, port) = text.rsplit_once(':').unwrap_or_default();
        match port.parse() {
            Ok(port) if is_host(host) && !text.contains('+') => Ok(Self::Name(host.to_owned(), port)),
            _ => {
                Err("must be a host and a port, such as 127.0.0.1:8080, [::1]:8080 or localhost:8080".into())
            }
        }
    }

    /// The address to listen on. Of several addresses the first IPv4 address is taken; the default issuer
    /// is derived from it.
    pub(crate) fn resolve(&self) -> Result<SocketAddr, String> {
        let (name, port) = match self {
            Self::Address(address) => return Ok(*address),
            Self::Name(name, port) => (name.as_str(), *port),
        };
        let found: Vec<_> = (name, port)
            .to_socket_addrs()
            .map_err(|error| format!("finding the address of {name}: {error}"))?
            .collect();
        let best = found.iter().find(|address| address.is_ipv4()).or(found.first());
        best.copied().ok_or_else(|| format!("{name} has no address"))
    }

    /// The URL for clients on this machine, if the name is `localhost`.
    pub(crate) fn local_url(&self) -> Option<String> {
        match self {
            // The system chooses the port later.
            Self::Name(_, 0) | Self::Address(_) => None,
            Self::Name(name, port) => {
                name.eq_ignore_ascii_case("localhost").then(|| format!("http://localhost:{port}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_numbers_or_a_name_and_a_port() {
        for address in ["127.0.0.1:8080", "[::1]:80", "0.0.0.0:0"] {
            assert_eq!(Listen::parse(address), Ok(Listen::Address(address.parse().unwrap())));
        }
        for (text, name, port) in
            [("localhost:8080", "localhost", 8080), ("a-b.example.com:0", "a-b.example.com", 0)]
        {
            assert_eq!(Listen::parse(text), Ok(Listen::Name(name.into(), port)));
        }
        let long = format!("{}:80", "a".repeat(254));
        for wrong in [
            "",
            ":",
            ":8080",
            "8080",
            "localhost",
            "localhost:",
            "localhost:65536",
            "localhost:http",
            "::1:80",
            "[::1]",
            "*:80",
            "http://localhost:80",
            "local host:80",
            "a@b:80",
            "localhost:-1",
            "localhost:+1",
            &long,
        ] {
            assert!(Listen::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn localhost_is_an_address_and_an_issuer() {
        let listen = Listen::parse("LocalHost:8080").unwrap();
        let address = listen.resolve().unwrap();
        assert!(address.ip().is_loopback() && address.port() == 8080);
        assert_eq!(listen.local_url().as_deref(), Some("http://localhost:8080"));
        for other in ["localhost:0", "127.0.0.1:80", "localhost.example.com:80"] {
            assert_eq!(Listen::parse(other).unwrap().local_url(), None);
        }
    }
}
