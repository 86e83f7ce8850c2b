use super::*;

fn network(text: &str) -> Result<ProxyNetwork, ProxyNetworkError> {
    text.parse()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn proxies(trusted: &[&str]) -> Proxies {
    Proxies::new(trusted.iter().map(|text| network(text).unwrap()).collect())
}

/// The source of a request with these lines of a header.
fn source(trusted: &[&str], peer: &str, name: &'static str, lines: &[&str]) -> Source {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(name, line.parse().unwrap());
    }
    proxies(trusted).source(ip(peer), &headers)
}

fn x_forwarded_for(trusted: &[&str], peer: &str, lines: &[&str]) -> Source {
    source(trusted, peer, "x-forwarded-for", lines)
}

#[test]
fn a_proxy_is_an_address_or_a_network_and_an_address_means_itself_alone() {
    for (text, inside, outside) in [
        ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
        ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
        ("2001:db8::1", "2001:db8::1", "2001:db8::2"),
        ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
        ("::ffff:192.0.2.1", "192.0.2.1", "192.0.2.2"),
        ("::ffff:10.0.0.0/104", "10.255.0.1", "11.0.0.1"),
        (" 127.0.0.1 ", "127.0.0.1", "127.0.0.2"),
        ("::1", "::1", "::2"),
        ("0.0.0.0/0", "203.0.113.9", "2001:db8::1"),
    ] {
        let proxies = proxies(&[text]);
        assert!(proxies.trusts(ip(inside)) && !proxies.trusts(ip(outside)), "{text}");
    }
    for bad in ["", "proxy", "10.0.0.0/33", "10.0.0/8", "10.0.0.1:80", "2001:db8::/129", "*", "10.0.0.0/-1"] {
        assert_eq!(network(bad), Err(ProxyNetworkError::Malformed), "{bad}");
    }
    let inside = network("10.0.0.5/8").unwrap_err().to_string();
    assert!(inside.contains("10.0.0.0/8") && inside.contains("10.0.0.5"), "{inside}");
}

#[test]
fn the_last_address_that_is_no_trusted_proxy_is_the_source() {
    let client = Source::of(ip("203.0.113.9"));
    let trusted = ["127.0.0.1", "10.0.0.0/8", "2001:db8::/64"];
    for lines in [
        &["203.0.113.9"][..],
        &["198.51.100.1, 203.0.113.9"],
        &["198.51.100.1", "203.0.113.9"],
        &["203.0.113.9, 10.1.2.3"],
        &["203.0.113.9", "10.1.2.3, 2001:db8::7"],
        &["203.0.113.9:4711"],
        &["198.51.100.1:1,203.0.113.9:4711 ,  10.1.2.3:80"],
        &["junk, 203.0.113.9"],
        &["::ffff:203.0.113.9"],
        &["[::ffff:203.0.113.9]:1"],
        &["203.0.113.9,"],
        &["\"203.0.113.9\""],
    ] {
        assert_eq!(x_forwarded_for(&trusted, "127.0.0.1", lines), client, "{lines:?}");
        assert_eq!(x_forwarded_for(&trusted, "::ffff:127.0.0.1", lines), client, "{lines:?}");
    }
    let v6 = Source::of(ip("2001:db9::1"));
    for entry in ["2001:db9::1", "[2001:db9::1]", "[2001:db9::1]:4711", "\"[2001:db9::1]:4711\""] {
        assert_eq!(x_forwarded_for(&trusted, "127.0.0.1", &[entry]), v6, "{entry}");
    }
}

#[test]
fn an_entry_that_is_no_address_ends_the_trusted_part() {
    let trusted = ["127.0.0.1", "10.0.0.0/8"];
    for junk in ["unknown", "_hidden", "203.0.113.9:99999", "203.0.113", "[::1", "\u{e9}", "203.0.113.9:"] {
        let line = format!("203.0.113.9, {junk}");
        let seen = x_forwarded_for(&trusted, "127.0.0.1", &[&line]);
        assert_eq!(seen, Source::of_many(ip("127.0.0.1")), "{junk}");
        let line = format!("203.0.113.9, {junk}, 10.0.0.1");
        assert_eq!(
            x_forwarded_for(&trusted, "127.0.0.1", &[&line]),
            Source::of_many(ip("10.0.0.1")),
            "{junk}"
        );
    }
}

#[test]
fn only_trusted_proxies_are_believed_and_a_silent_one_is_a_shared_source() {
    let stranger = Source::of(ip("203.0.113.1"));
    assert_eq!(x_forwarded_for(&[], "203.0.113.1", &["203.0.113.9"]), stranger);
    assert_eq!(x_forwarded_for(&["127.0.0.1"], "203.0.113.1", &["203.0.113.9"]), stranger);
    let neighbour = Source::of(ip("2001:db8::2"));
    assert_eq!(x_forwarded_for(&["2001:db8::1"], "2001:db8::2", &["203.0.113.9"]), neighbour);
    assert_eq!(x_forwarded_for(&["127.0.0.1"], "127.0.0.1", &[]), Source::of_many(ip("127.0.0.1")));
    assert!(x_forwarded_for(&["203.0.113.0/24"], "203.0.113.1", &[]).is_of_many());
}

#[test]
fn forwarded_is_read_where_there_is_no_x_forwarded_for() {
    let seen = |line: &str| source(&["127.0.0.1", "10.0.0.0/8"], "127.0.0.1", "forwarded", &[line]);
    let client = Source::of(ip("203.0.113.9"));
    for line in [
        "for=203.0.113.9",
        "For=\"203.0.113.9:4711\";proto=https;by=10.0.0.1",
        "for=198.51.100.1, proto=http;for=203.0.113.9, for=10.0.0.1",
    ] {
        assert_eq!(seen(line), client, "{line}");
    }
    assert_eq!(seen("for=\"[2001:db9::1]:4711\""), Source::of(ip("2001:db9::1")));
    for junk in ["for=unknown", "for=_secret", "proto=https", "203.0.113.9"] {
        assert!(seen(junk).is_of_many(), "{junk}");
    }
    let mut headers = HeaderMap::new();
    headers.append("forwarded", "for=198.51.100.1".parse().unwrap());
    headers.append("x-forwarded-for", "203.0.113.9".parse().unwrap());
    assert_eq!(proxies(&["127.0.0.1"]).source(ip("127.0.0.1"), &headers), client);
}

#[test]
fn entries_and_their_pairs_are_looked_at_up_to_a_bound() {
    let own = ["10.0.0.1"];
    let hops = |trusted: usize| format!("198.51.100.7{}", ", 10.0.0.1".repeat(trusted));
    let of = |line: &str| x_forwarded_for(&own, "10.0.0.1", &[line]);
    assert_eq!(of(&hops(LISTED_MAX - 1)), Source::of(ip("198.51.100.7")));
    assert_eq!(of(&hops(LISTED_MAX)), Source::of_many(ip("10.0.0.1")));
    let pairs = |before: usize| format!("{}for=198.51.100.7", "a=b;".repeat(before));
    let of = |line: &str| source(&own, "10.0.0.1", "forwarded", &[line]);
    assert_eq!(of(&pairs(FORWARDED_PAIRS_MAX - 1)), Source::of(ip("198.51.100.7")));
    assert_eq!(of(&pairs(FORWARDED_PAIRS_MAX)), Source::of_many(ip("10.0.0.1")));
}

#[test]
fn unnamed_proxies_are_noticed_in_bounded_number() {
    let proxies = proxies(&["10.0.0.1"]);
    let mut headers = HeaderMap::new();
    let plain = proxies.source(ip("127.0.0.1"), &headers);
    assert!(plain.is_of_many() && proxies.unnamed().is_empty(), "a client on this machine");
    headers.append("x-forwarded-for", "203.0.113.9".parse().unwrap());
    for near in ["127.0.0.1", "10.0.0.2", "172.16.0.1", "192.168.0.1", "100.64.0.1", "fd00::1", "fe80::1"] {
        assert!(proxies.source(ip(near), &headers).is_of_many(), "{near}");
    }
    for far in ["203.0.113.1", "100.128.0.1", "2001:db8::1"] {
        assert!(!proxies.source(ip(far), &headers).is_of_many(), "a stranger at {far} chooses nothing");
    }
    assert_eq!(proxies.unnamed().first(), Some(&(ip("10.0.0.2"), 1)));
    proxies.source(ip("10.0.0.2"), &headers);
    assert_eq!(proxies.unnamed().first(), Some(&(ip("10.0.0.2"), 2)));
    for last in 0..=255 {
        proxies.source(IpAddr::from([203, 0, 113, last]), &headers);
    }
    assert_eq!(proxies.unnamed().len(), UNNAMED_PROXIES_MAX);
}
