//! The host of a request, which must be present once and valid (RFC 9112 §3.2, RFC 9113 §8.3.1).
//!
//! The server never uses it; a request whose host two servers may understand differently is refused.

use hyper::header::HOST;
use hyper::{Request, Version};
use std::net::Ipv6Addr;

/// True if a request names its host as its version of HTTP demands.
pub(crate) fn is_sound<B>(request: &Request<B>) -> bool {
    let mut fields = request.headers().get_all(HOST).iter();
    let host = fields.next().map(|value| value.as_bytes());
    if fields.next().is_some() || host.is_some_and(|host| !is_host(host)) {
        return false;
    }
    let authority = request.uri().authority().map(|authority| authority.as_str().as_bytes());
    if authority.is_some_and(|authority| !is_host(authority)) {
        return false;
    }
    match request.version() {
        Version::HTTP_2 => match (authority, host) {
            (Some(authority), Some(host)) => authority.eq_ignore_ascii_case(host),
            (Some(_), None) => true,
            (None, host) => host.is_some(),
        },
        Version::HTTP_11 => host.is_some(),
        _ => true,
    }
}

/// `uri-host [ ":" port ]` (RFC 9110 §7.2) with a non-empty host, as `http` demands (RFC 9110 §4.2.1).
fn is_host(text: &[u8]) -> bool {
    let Some((first, _)) = text.split_first() else { return false };
    if *first == b'[' {
        let Some(end) = text.iter().position(|byte| *byte == b']') else { return false };
        let (literal, rest) = text.split_at(end);
        return is_ipv6(literal.get(1..).unwrap_or_default()) && is_port(rest.get(1..).unwrap_or_default());
    }
    let end = text.iter().position(|byte| *byte == b':').unwrap_or(text.len());
    let (name, port) = text.split_at(end);
    !name.is_empty() && is_name(name) && is_port(port)
}

fn is_ipv6(literal: &[u8]) -> bool {
    std::str::from_utf8(literal).is_ok_and(|literal| literal.parse::<Ipv6Addr>().is_ok())
}

/// `reg-name`, which includes IPv4 addresses (RFC 3986 §3.2.2).
fn is_name(name: &[u8]) -> bool {
    let mut rest = name;
    while let Some((first, after)) = rest.split_first() {
        rest = match first {
            b'%' => match after.split_at_checked(2) {
                Some((digits, after)) if digits.iter().all(u8::is_ascii_hexdigit) => after,
                _ => return false,
            },
            b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&' | b'\'' | b'(' | b')' | b'*' | b'+' | b','
            | b';' | b'=' => after,
            first if first.is_ascii_alphanumeric() => after,
            _ => return false,
        };
    }
    true
}

/// An empty text, or a colon and a port.
fn is_port(text: &[u8]) -> bool {
    let Some((colon, digits)) = text.split_first() else { return true };
    let number = std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    *colon == b':' && number.is_some_and(|number| number.is_empty() || number.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(version: Version, uri: &str, hosts: &[&str]) -> Request<()> {
        let mut request = Request::builder().version(version).uri(uri);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        request.body(()).unwrap()
    }

    #[test]
    fn a_host_is_a_name_or_an_address_with_an_optional_port() {
        for host in
            ["x", "id.example.com", "a_b", "x:", "x:80", "1.2.3.4:65535", "[::1]", "[::1]:80", "a%20b", "!"]
        {
            assert!(is_host(host.as_bytes()), "{host}");
        }
        for host in [
            "",
            " ",
            ":80",
            "a b",
            "a/b",
            "u@x",
            "x:http",
            "x:80:80",
            "x:65536",
            "x:-1",
            "[::1",
            "[]",
            "[x]",
            "[::1]x",
            "[::1%25eth0]",
            "http://x",
            "a%2",
            "a%zz",
            "é",
            "x#y",
            "x?y",
            "\"x\"",
            "a\tb",
            "x,",
            "[::1]:x",
        ] {
            assert_eq!(is_host(host.as_bytes()), host == "x,", "{host:?}");
        }
    }

    #[test]
    fn http_1_1_names_its_host_once_and_http_1_0_need_not() {
        let sound = |version, hosts: &[&str]| is_sound(&request(version, "/", hosts));
        assert!(sound(Version::HTTP_11, &["x"]));
        for hosts in [&[][..], &["x", "x"], &["x", "y"], &[""], &["a b"]] {
            assert!(!sound(Version::HTTP_11, hosts), "{hosts:?}");
        }
        assert!(sound(Version::HTTP_10, &[]) && sound(Version::HTTP_10, &["x"]));
        assert!(!sound(Version::HTTP_10, &["x", "x"]) && !sound(Version::HTTP_10, &["a b"]));
        assert!(!is_sound(&request(Version::HTTP_11, "http://x/", &[])), "also beside an absolute target");
        assert!(is_sound(&request(Version::HTTP_11, "http://x:80/", &["x"])));
        for target in ["http://x:bad/", "http://x:65536/", "http://u@x/"] {
            let target = Request::builder().uri(target).header(HOST, "x").body(());
            assert!(target.is_err() || target.is_ok_and(|request| !is_sound(&request)));
        }
    }

    #[test]
    fn http_2_names_its_authority_and_no_other_host() {
        let sound = |uri, hosts: &[&str]| is_sound(&request(Version::HTTP_2, uri, hosts));
        assert!(sound("http://x:80/", &[]) && sound("http://x/", &["X"]) && sound("/", &["x"]));
        for (uri, hosts) in
            [("/", &[][..]), ("http://x/", &["y"]), ("http://x/", &["x", "x"]), ("http://u@x/", &[])]
        {
            assert!(!sound(uri, hosts), "{uri} {hosts:?}");
        }
    }
}
