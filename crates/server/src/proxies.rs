//! The address that a request comes from: the peer's, or the one that a trusted proxy reports.
//!
//! Every proxy on the way appends its own peer to `X-Forwarded-For`, so the entries are read from the last to
//! the first, as long as a trusted proxy wrote them; the first address that is not a trusted proxy's is the
//! source. Entries before it were written by untrusted parties. A proxy that is not configured is noticed and
//! reported, because all clients behind it look like one.

use crate::auth_throttle::Source;
use crate::limits::{FORWARDED_PAIRS_MAX, LISTED_MAX, UNNAMED_PROXIES_MAX};
use hyper::header::{FORWARDED, HeaderMap, HeaderName};
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Addresses of proxies: one, or a network in CIDR notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProxyNetwork(IpNet);

/// Text that is no address and no network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProxyNetworkError {
    /// Neither an address nor a network.
    #[error("this is no IP address and no network such as 10.0.0.0/8 or 2001:db8::/32")]
    Malformed,
    /// An address with a prefix length that does not cover it.
    #[error("{0} lies inside a network; name the network, {1}, or the address without /{len}", len = .1.0.prefix_len())]
    HostBits(IpAddr, ProxyNetwork),
}

impl FromStr for ProxyNetwork {
    type Err = ProxyNetworkError;

    /// Parses an address, which means itself alone, or a network. IPv4 inside IPv6 (RFC 4291 §2.5.5.2) is
    /// IPv4.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self(address.to_canonical().into()));
        }
        let network: IpNet = text.parse().map_err(|_| ProxyNetworkError::Malformed)?;
        let network = canonical(network);
        if network.addr() != network.network() {
            return Err(ProxyNetworkError::HostBits(network.addr(), Self(network.trunc())));
        }
        Ok(Self(network))
    }
}

/// Turns a network of IPv4 addresses inside IPv6 into one of IPv4 addresses.
fn canonical(network: IpNet) -> IpNet {
    let prefix = network.prefix_len().checked_sub(96);
    match (network.addr().to_canonical(), prefix) {
        (IpAddr::V4(address), Some(prefix)) if network.addr().is_ipv6() => {
            IpNet::new(address.into(), prefix).unwrap_or(network)
        }
        _ => network,
    }
}

impl fmt::Display for ProxyNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The trusted proxies, and peers that seem to be proxies and are not configured.
#[derive(Debug, Default)]
pub struct Proxies {
    trusted: Vec<ProxyNetwork>,
    unnamed: Mutex<BTreeMap<IpAddr, u64>>,
}

impl Proxies {
    /// The proxies with these trusted networks.
    pub fn new(trusted: Vec<ProxyNetwork>) -> Self {
        Self { trusted, unnamed: Mutex::default() }
    }

    /// The source of a request that came from this peer with these headers.
    pub fn source(&self, peer: IpAddr, headers: &HeaderMap) -> Source {
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return if self.is_unnamed_proxy(peer, headers) {
                Source::of_many(peer)
            } else {
                Source::of(peer)
            };
        }
        let mut nearest = peer;
        for address in forwarded(headers).take(LISTED_MAX) {
            // An entry without an address, such as "unknown": the proxy before it is the last known hop.
            let Some(address) = address else { return Source::of_many(nearest) };
            if !self.trusts(address) {
                return Source::of(address);
            }
            nearest = address;
        }
        Source::of_many(nearest)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted.iter().any(|network| network.0.contains(&address))
    }

    /// True if this peer, which is not configured, seems to be a proxy of the operator: it sends proxy
    /// headers, from an address that is not public. A foreign client that sends the same is reported as well,
    /// and counts as one source.
    fn is_unnamed_proxy(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        if !headers.contains_key(X_FORWARDED_FOR) && !headers.contains_key(FORWARDED) {
            return false;
        }
        let is_near = is_private(peer);
        let mut unnamed = self.unnamed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(requests) = unnamed.get_mut(&peer) {
            *requests = requests.saturating_add(1);
        } else if unnamed.len() < UNNAMED_PROXIES_MAX {
            unnamed.insert(peer, 1);
            tracing::warn!("{}", advice(peer));
        }
        is_near
    }

    /// Peers that seem to be proxies and are not configured, with the number of requests from each.
    pub fn unnamed(&self) -> Vec<(IpAddr, u64)> {
        let unnamed = self.unnamed.lock().unwrap_or_else(PoisonError::into_inner);
        unnamed.iter().map(|(peer, requests)| (*peer, *requests)).collect()
    }
}

/// Advice to the operator about a peer that seems to be a proxy and is not configured.
pub fn advice(peer: IpAddr) -> String {
    if is_private(peer) {
        format!(
            "a proxy at {peer} is not configured, so all clients behind it look like one; \
             start the server with --trusted-proxy {peer}"
        )
    } else {
        format!(
            "{peer} sends X-Forwarded-For or Forwarded, which is ignored; \
             if it is a proxy of yours, start the server with --trusted-proxy {peer}"
        )
    }
}

/// True if an address belongs to a network that is not public: loopback, RFC 1918, RFC 4193, RFC 6598,
/// link-local.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            let is_shared = first == 100 && second & 0xc0 == 64;
            address.is_loopback() || address.is_private() || address.is_link_local() || is_shared
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

/// The addresses that proxies appended, the last one first; `None` for an entry that is no address.
/// `Forwarded` (RFC 7239) is read if there is no `X-Forwarded-For`.
fn forwarded(headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
    let is_usual = headers.contains_key(X_FORWARDED_FOR);
    let name = if is_usual { X_FORWARDED_FOR } else { FORWARDED };
    let lines = headers.get_all(name).iter().rev();
    // As bytes, so that invalid UTF-8 of a client does not spoil the entry that a proxy added on the same
    // line.
    let entries = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    entries.filter(|entry| !entry.is_empty()).map(move |entry| {
        let entry = std::str::from_utf8(entry).ok()?;
        if is_usual { address(entry) } else { node(entry) }
    })
}

/// The address of a `forwarded-element` (RFC 7239 §4): the value of `for`.
fn node(element: &str) -> Option<IpAddr> {
    let pairs = element.split(';').take(FORWARDED_PAIRS_MAX).filter_map(|pair| pair.split_once('='));
    let mut nodes = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    address(nodes.next()?.1.trim())
}

/// An address, with or without a port: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`,
/// `[2001:db8::1]:4711`, also in double quotes.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.strip_prefix('"').and_then(|entry| entry.strip_suffix('"')).unwrap_or(entry);
    let bracketed = || entry.strip_prefix('[').and_then(|entry| entry.strip_suffix(']'));
    let with_port = || entry.parse::<SocketAddr>().map(|address| address.ip());
    let address = entry.parse().or_else(|_| with_port()).ok();
    let address = address.or_else(|| bracketed().and_then(|entry| entry.parse().ok()))?;
    Some(IpAddr::to_canonical(&address))
}

#[cfg(test)]
mod tests;
