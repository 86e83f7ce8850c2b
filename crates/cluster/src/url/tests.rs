//! Addresses that are refused, and how the others are read.

use super::*;

fn refused(text: &str) -> UrlError {
    text.parse::<Address>().unwrap_err()
}

fn protection(text: &str) -> Protection {
    text.parse::<Address>().unwrap().protection
}

#[test]
fn a_password_in_the_address_is_refused() {
    assert_eq!(refused("postgres://jeton:secret@db/jeton"), UrlError::Password);
    assert_eq!(refused("postgres://jeton:@db/jeton"), UrlError::Password);
    assert_eq!(refused("postgres://a:b@c@db/jeton"), UrlError::Password);
    assert_eq!(refused("postgres://jeton@db/jeton?password=secret"), UrlError::Password);
}

#[test]
fn incomplete_and_malformed_addresses_are_refused() {
    let cases = [
        ("mysql://jeton@db/jeton", UrlError::Scheme),
        ("", UrlError::Scheme),
        ("postgres://db/jeton", UrlError::NoUser),
        ("postgres://@db/jeton", UrlError::NoUser),
        ("postgres://jeton@/jeton", UrlError::NoHost),
        ("postgres://jeton@db", UrlError::NoDatabase),
        ("postgres://jeton@db/", UrlError::NoDatabase),
        ("postgres://jeton@a,b/jeton", UrlError::SeveralHosts),
        ("postgres://jeton@a:5432,b:5432/jeton", UrlError::SeveralHosts),
        ("postgres://jeton@a/jeton?host=b", UrlError::SeveralHosts),
        ("postgres://jeton@db:0/jeton", UrlError::Port),
        ("postgres://jeton@db:65536/jeton", UrlError::Port),
        ("postgres://jeton@db:+80/jeton", UrlError::Port),
        ("postgres://jeton@db:/jeton", UrlError::Port),
        ("postgres://jeton@[::1]x/jeton", UrlError::Malformed),
        ("postgres://jeton@db/%4", UrlError::Malformed),
        ("postgres://jeton@db/%zz", UrlError::Malformed),
        ("postgres://jeton@db/%FF", UrlError::Malformed),
        ("postgres://jeton@db/a%00b", UrlError::Malformed),
        ("postgres://jeton@db/jeton?sslmode", UrlError::Malformed),
        ("postgres://jeton@db/jeton?sslmode=disable&sslmode=verify-full", UrlError::Twice("sslmode")),
        ("postgres://jeton@db/jeton?options=-c", UrlError::UnknownParameter("options".to_owned())),
    ];
    for (text, expected) in cases {
        assert_eq!(refused(text), expected, "{text}");
    }
}

#[test]
fn a_mode_that_may_end_without_tls_is_refused() {
    for mode in ["allow", "prefer", "none", "Disable"] {
        let text = format!("postgres://jeton@db/jeton?sslmode={mode}");
        assert_eq!(refused(&text), UrlError::Mode(mode.to_owned()));
    }
    let text = "postgres://jeton@db/jeton?sslmode=disable&sslrootcert=/ca.pem";
    assert_eq!(refused(text), UrlError::RootsWithoutTls);
}

#[test]
fn only_the_machine_itself_and_the_spelled_wish_are_without_tls() {
    let verified = Protection::Tls { roots: None };
    assert_eq!(protection("postgres://jeton@db.example/jeton"), verified);
    assert_eq!(protection("postgres://jeton@db.example/jeton?sslmode=require"), verified);
    assert_eq!(protection("postgres://jeton@10.0.0.1/jeton"), verified);
    assert_eq!(protection("postgres://jeton@localhost.example/jeton"), verified);
    assert_eq!(protection("postgres://jeton@127.0.0.1/jeton?sslmode=verify-full"), verified);
    let roots = Protection::Tls { roots: Some("/ca.pem".into()) };
    assert_eq!(protection("postgres://jeton@localhost/jeton?sslrootcert=/ca.pem"), roots);
    for plain in [
        "postgres://jeton@127.0.0.1/jeton",
        "postgres://jeton@[::1]/jeton",
        "postgres://jeton@localhost/jeton",
        "postgres://jeton@/jeton?host=/run/postgresql",
        "postgres://jeton@db.example/jeton?sslmode=disable",
    ] {
        assert_eq!(protection(plain), Protection::Plain, "{plain}");
    }
}

#[test]
fn all_parts_are_read_and_decoded() {
    let address: Address = "postgresql://j%40ton@%2Frun%2Fpg:6432/a%2Fb".parse().unwrap();
    assert_eq!(address.user, "j@ton");
    assert_eq!(address.database, "a/b");
    assert_eq!(address.host, Host::Directory("/run/pg".into()));
    assert_eq!(address.port, 6_432);
    let address: Address = "postgres://jeton@[fd00::1]:6432/jeton".parse().unwrap();
    assert_eq!((address.host, address.port), (Host::Name("fd00::1".to_owned()), 6_432));
}
