//! The form of a token request: encoding, repetition, size (RFC 6749 §3.2, Appendix B).

use crate::harness::{Credentials, Reply, Server};

const TOKEN: &str = "/oauth/v2/token";
const FORM: &str = "grant_type=client_credentials&scope=openid+profile";

fn post_as(server: &Server, client: &Credentials, content_type: Option<&str>, body: &[u8]) -> Reply {
    let basic = client.basic();
    let mut headers = vec![("authorization", basic.as_str())];
    headers.extend(content_type.map(|value| ("content-type", value)));
    server.request("POST", TOKEN, &headers, body)
}

/// Conformance 4: RFC 6749 §3.2
#[test]
fn a_parameter_without_a_value_counts_as_omitted() {
    let server = Server::start();
    let client = server.user("billing");
    for form in [
        "grant_type=&scope=openid",
        "grant_type&scope=openid",
        "scope=openid",
        "grant_type=client_credentials&scope=",
    ] {
        server.post(TOKEN, &client, form).is_refused(400, "invalid_request");
    }
    for form in
        [format!("{FORM}&client_id="), format!("{FORM}&client_secret="), format!("{FORM}&client_assertion")]
    {
        assert_eq!(server.post(TOKEN, &client, &form).status, 200, "{form}");
    }
}

/// Conformance 5: RFC 6749 §3.2
#[test]
fn unknown_parameters_are_ignored_whatever_they_contain() {
    let server = Server::start();
    let client = server.user("billing");
    for form in [
        format!("foo=bar&{FORM}"),
        format!("foo=1&foo=2&{FORM}"),
        format!("{FORM}&&&"),
        format!("{FORM}&audience=x"),
        format!("{FORM}&foo=%zz"),
        format!("{FORM}&%zz=a"),
        format!("{FORM}&foo=a%00b"),
        format!("{FORM}&foo=%ff"),
        format!("{FORM}&token=a&token=b&token_type_hint=%zz"),
        format!("{FORM}&{}=b", "n".repeat(60_000)),
        format!("{FORM}{}", "&a=b".repeat(15_000)),
    ] {
        assert_eq!(server.post(TOKEN, &client, &form).status, 200, "{form}");
    }
    let (api, token) = (server.api(), server.token(&client));
    for others in [
        "scope=a&scope=b".to_owned(),
        "grant_type=%zz&assertion=%00".to_owned(),
        "resource=urn:a&".repeat(11),
        format!("resource=%zz&{}", "resource=%61&".repeat(4_000)),
    ] {
        let form = format!("{others}&token={token}");
        assert_eq!(server.post("/oauth/v2/introspect", &api, &form).json()["active"], true, "{others}");
        let form = format!("{others}&token=junk");
        assert_eq!(server.post("/oauth/v2/revoke", &client, &form).status, 200, "{others}");
    }
}

/// Conformance 6: RFC 6749 §3.2
#[test]
fn a_known_parameter_may_occur_once() {
    let server = Server::start();
    let client = server.user("billing");
    let names = [
        "grant_type",
        "scope",
        "client_id",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
        "assertion",
    ];
    for name in names {
        for repeated in [
            format!("{name}=a&{name}=b"),
            format!("{name}=a&{name}=a"),
            format!("{name}=&{name}=a"),
            format!("{name}&{name}"),
        ] {
            let form = format!("{repeated}&{FORM}");
            server.post(TOKEN, &client, &form).is_refused(400, "invalid_request");
        }
    }
    let encoded = format!("{FORM}&%73cope=openid");
    server.post(TOKEN, &client, &encoded).is_refused(400, "invalid_request");
}

/// Conformance 8: RFC 6749 §4.4.2, Appendix B
#[test]
fn the_body_must_be_a_form() {
    let server = Server::start();
    let client = server.user("billing");
    let good = [
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=UTF-8",
        "application/x-www-form-urlencoded;charset=utf-8",
        "Application/X-WWW-Form-Urlencoded ;  CHARSET=\"utf-8\"",
        "application/x-www-form-urlencoded;",
        "application/x-www-form-urlencoded; charset=iso-8859-1",
        "application/x-www-form-urlencoded; boundary=x",
    ];
    for kind in good {
        assert_eq!(post_as(&server, &client, Some(kind), FORM.as_bytes()).status, 200, "{kind}");
    }
    let bad = [
        "application/json",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/x-www-form-urlencoded2",
        "",
    ];
    for kind in bad {
        post_as(&server, &client, Some(kind), FORM.as_bytes()).is_refused(400, "invalid_request");
    }
    post_as(&server, &client, None, FORM.as_bytes()).is_refused(400, "invalid_request");
    let json = br#"{"grant_type":"client_credentials","scope":"openid"}"#;
    post_as(&server, &client, Some("application/json"), json).is_refused(400, "invalid_request");
}

/// Conformance 9: RFC 6749 Appendix B
#[test]
fn percent_encoding_and_utf_8_are_never_repaired() {
    let server = Server::start();
    let client = server.user("billing");
    let send = |form: &[u8]| post_as(&server, &client, Some("application/x-www-form-urlencoded"), form);
    assert_eq!(send(b"%67rant_type=client%5fcredentials&scope=openid%20profile").status, 200);
    assert_eq!(send(b"grant_type=client_credentials&scope=openid+profile").status, 200);
    // %2B is a plus sign, which no known scope contains.
    let reply = send(b"grant_type=client_credentials&scope=openid%2Bprofile");
    assert_eq!(reply.json()["scope"], "");
    let bad: [&[u8]; 7] = [
        b"scope=%zz",
        b"scope=%4",
        b"scope=%",
        b"scope=%ff",
        b"scope=\xff",
        b"scope=%c3%28",
        b"scope=%ed%a0%80",
    ];
    for form in bad {
        send(&[form, b"&grant_type=client_credentials"].concat()).is_refused(400, "invalid_request");
    }
}

/// Conformance 10: RFC 6749 Appendix A
#[test]
fn control_characters_are_refused() {
    let server = Server::start();
    let client = server.user("billing");
    for control in ["%00", "%0A", "%0D", "%1B", "%7F", "%C2%85"] {
        for name in ["scope", "client_id", "client_secret", "grant_type"] {
            let form = format!("grant_type=client_credentials&{name}=a{control}b");
            let reply = server.post_with(TOKEN, &[("authorization", &client.basic())], &form);
            assert_eq!(reply.status, 400, "{name} {control}");
        }
    }
    server
        .post_with(TOKEN, &[], &format!("{FORM}&client_id=b%C3%A9&client_secret=x"))
        .is_refused(401, "invalid_client");
}

/// Conformance 27: RFC 6749 §5.2
#[test]
fn every_refusal_stays_within_the_characters_of_the_rfc() {
    let server = Server::start();
    let client = server.user("billing");
    let long = "x".repeat(300);
    for form in [
        "",
        "grant_type=%zz",
        "grant_type=\"",
        "a=\u{1F600}",
        &long,
        "scope=%22&grant_type=client_credentials",
        "grant_type=%0A",
    ] {
        let reply = server.post(TOKEN, &client, form).json();
        for member in ["error", "error_description"] {
            let value = reply[member].as_str().unwrap();
            assert!(value.bytes().all(|b| matches!(b, 0x20..=0x21 | 0x23..=0x5B | 0x5D..=0x7E)), "{value}");
        }
    }
}

#[test]
fn a_form_has_bounds_just_inside_works_and_just_outside_does_not() {
    let server = Server::start();
    let client = server.user("billing");
    let padded = |bytes: usize| format!("{FORM}&pad={}", "p".repeat(bytes - FORM.len() - 5));
    assert_eq!(server.post(TOKEN, &client, &padded(64 * 1024)).status, 200);
    let refused = server.post(TOKEN, &client, &padded(64 * 1024 + 1));
    refused.is_refused(413, "invalid_request");
    assert!(refused.closed);
    let id = |bytes: usize| Credentials { id: "c".repeat(bytes), secret: client.secret.clone() };
    for bytes in [200, 201, 255, 256, 1000] {
        server.post(TOKEN, &id(bytes), FORM).is_refused(401, "invalid_client");
    }
}

/// Conformance 93: RFC 9110 §15.5.14
#[test]
fn a_body_that_lies_about_its_length_is_refused_before_it_is_read() {
    let server = Server::start();
    let client = server.user("billing");
    let head = format!(
        "POST {TOKEN} HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\nauthorization: {}\r\n",
        client.basic()
    );
    let announced = server.raw(format!("{head}content-length: 99999999999\r\n\r\n").as_bytes());
    announced.is_refused(413, "invalid_request");
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    let chunked = format!("{head}transfer-encoding: chunked\r\n\r\n{chunk}{chunk}0\r\n\r\n");
    server.raw(chunked.as_bytes()).is_refused(413, "invalid_request");
    let expecting = format!("{head}content-length: 99999999\r\nexpect: 100-continue\r\n\r\n");
    server.raw(expecting.as_bytes()).is_refused(413, "invalid_request");
    // A body in several pieces works like one in a single piece.
    let (first, second) = FORM.split_at(10);
    let pieces = format!(
        "{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n",
        first.len(),
        second.len()
    );
    assert_eq!(server.raw(pieces.as_bytes()).status, 200);
}
