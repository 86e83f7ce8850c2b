//! HTTP itself: paths, methods, framing, limits, both versions (RFC 9110, RFC 9112, RFC 9113).

use crate::harness::{Credentials, Reply, Server, jeton};
use std::io::{Read, Write, pipe};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;
use tempfile::tempdir;

const FORM: &str = "grant_type=client_credentials&scope=openid";

/// Conformance 91: RFC 9110 §9.3.7, §15.5.6 and §15.6.2
#[test]
fn methods_are_answered_as_http_says() {
    let server = Server::start();
    let options = server.request("OPTIONS", "/oauth/v2/token", &[], b"");
    assert_eq!((options.status, options.header("allow")), (204, Some("POST, OPTIONS")));
    let all = server.raw(b"OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    assert_eq!(all.status, 204);
    assert!(all.header("allow").is_some());
    assert_eq!(server.request("BREW", "/oauth/v2/token", &[], b"").status, 501);
    let delete = server.request("DELETE", "/.well-known/openid-configuration", &[], b"");
    assert_eq!((delete.status, delete.header("allow")), (405, Some("GET, HEAD, OPTIONS")));
}

/// Conformance 98: RFC 3986 §6.2
#[test]
fn there_is_one_spelling_of_every_path() {
    let server = Server::start();
    let client = server.user("billing");
    for path in [
        "/",
        "//oauth/v2/token",
        "/oauth/v2/token/",
        "/./oauth/v2/token",
        "/oauth/v2/../v2/token",
        "/oauth/v2/%74oken",
        "/oauth/v2/token;x",
        "/oauth/v2/token%00",
        "/OAUTH/V2/TOKEN",
        "/oauth/v2",
        "/v2users",
        "/zitadel",
        "/debug/stats",
        "/debug",
    ] {
        let reply = server.post(path, &client, FORM);
        assert_eq!(reply.status, 404, "{path}");
        assert_eq!(reply.header("content-type"), Some("application/json"), "{path}");
    }
    let absolute = format!("http://{}/oauth/v2/token", server.address);
    assert_eq!(server.post(&absolute, &client, FORM).status, 200);
}

/// Conformance 94: RFC 6585 §5
#[test]
fn a_head_has_bounds() {
    let server = Server::start();
    let fields = |count: usize| {
        let fields: String = (0..count).map(|n| format!("x-{n}: y\r\n")).collect();
        server
            .raw(
                format!("GET /debug/healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{fields}\r\n")
                    .as_bytes(),
            )
            .status
    };
    assert_eq!(fields(62), 200);
    assert_eq!(fields(63), 431);
    let long = format!("GET /debug/healthz HTTP/1.1\r\nhost: x\r\nx-long: {}\r\n\r\n", "y".repeat(20_000));
    assert_eq!(server.raw(long.as_bytes()).status, 431);
}

/// Conformance 100: RFC 9112 §6.1
#[test]
fn two_ways_of_framing_end_the_connection() {
    let server = Server::start();
    let smuggled = b"POST /oauth/v2/token HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /debug/healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    let mut stream = server.connect();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream.write_all(smuggled).unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert_eq!(answers.matches("HTTP/1.1 ").count(), 1, "{answers}");
}

/// Conformance 101: RFC 9112 §6.2 and §6.3
#[test]
fn an_invalid_content_length_is_refused() {
    let server = Server::start();
    for length in ["+5", "5,6", "0x5", "5 6", "18446744073709551616", "-1", "a", ""] {
        let raw =
            format!("POST /oauth/v2/token HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\nhello");
        assert_eq!(server.raw(raw.as_bytes()).status, 400, "{length:?}");
    }
    let twice =
        b"POST /oauth/v2/token HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello";
    assert_eq!(server.raw(twice).status, 400);
}

/// Conformance 104: RFC 9112 §5.1 and §5.2
#[test]
fn malformed_fields_are_refused() {
    let server = Server::start();
    for field in ["bad name: x", "name : x", " folded", "name: a\0b", "na\u{7f}me: x"] {
        let raw = format!("GET /debug/healthz HTTP/1.1\r\nhost: x\r\n{field}\r\n\r\n");
        assert_eq!(server.raw(raw.as_bytes()).status, 400, "{field:?}");
    }
}

#[test]
fn alive_and_ready_say_so() {
    let server = Server::start();
    assert_eq!(server.request("GET", "/debug/healthz", &[], b"").status, 200);
    assert_eq!(server.request("GET", "/debug/ready", &[], b"").status, 200);
    assert_eq!(server.request("POST", "/debug/ready", &[], b"").status, 405);
}

#[test]
fn a_connection_is_kept_and_requests_on_it_are_answered_in_order() {
    let server = Server::start();
    let mut stream = server.connect();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let one = b"GET /debug/healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    let last = b"GET /nowhere HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(&[one.as_slice(), one, last].concat()).unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    let statuses: Vec<_> =
        answers.match_indices("HTTP/1.1 ").map(|(at, _)| &answers[at + 9..at + 12]).collect();
    assert_eq!(statuses, ["200", "200", "404"]);
}

#[test]
fn http_2_works_with_prior_knowledge() {
    let server = Server::start();
    let client = server.user("billing");
    let output = Command::new("curl")
        .args([
            "--silent",
            "--http2-prior-knowledge",
            "--max-time",
            "10",
            "--write-out",
            "\n%{http_version} %{http_code}",
        ])
        .args(["--user", &format!("{}:{}", client.id, client.secret), "--data", FORM])
        .arg(format!("http://{}/oauth/v2/token", server.address))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.ends_with("\n2 200") && text.contains("jeton_at_"), "{text}");
}

#[test]
fn a_slow_body_is_given_up() {
    let server = Server::start();
    let mut stream = server.connect();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream.write_all(b"POST /oauth/v2/token HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 100\r\n\r\ngrant").unwrap();
    let reply = Reply::read(&mut stream);
    reply.is_refused(408, "invalid_request");
    assert!(reply.closed);
}

/// Conformance 32: RFC 9700 §4.13
#[test]
fn a_forwarded_address_is_believed_from_trusted_proxies_only() {
    // Failures in sequence from ever new addresses are slowed down only if these addresses are not trusted.
    let slowed = |arguments: &[&str]| {
        let server = Server::start_with(arguments);
        let client = server.user("billing");
        let wrong = server.user("shipping").secret;
        let guess = Credentials { id: client.id, secret: wrong };
        (0..60).any(|n| {
            let address = format!("192.0.2.{n}:4711");
            let headers = [("authorization", &*guess.basic()), ("x-forwarded-for", &*address)];
            server.post_with("/oauth/v2/token", &headers, "grant_type=client_credentials").status == 429
        })
    };
    assert!(slowed(&[]));
    assert!(slowed(&["--trusted-proxy", "192.0.2.1"]));
    assert!(!slowed(&["--trusted-proxy", "127.0.0.1"]));
    assert!(!slowed(&["--trusted-proxy", "::1", "--trusted-proxy", "10.0.0.0/8,127.0.0.0/8"]));
}

#[test]
fn an_unnamed_proxy_is_reported_once_with_advice() {
    let (mut log, writer) = pipe().unwrap();
    let parent = tempdir().unwrap();
    let mut command = jeton();
    command.stderr(writer);
    let mut server = Server::start_by(command, &parent.path().join("data"), &[]);
    let client = server.user("billing");
    let quiet = String::from_utf8(server.cli(&["statistics"], false).stdout).unwrap();
    assert!(!quiet.contains("--trusted-proxy"), "{quiet}");
    for _ in 0..5 {
        let headers = [("authorization", &*client.basic()), ("x-forwarded-for", "203.0.113.9")];
        let form = "grant_type=client_credentials&scope=openid";
        assert_eq!(server.post_with("/oauth/v2/token", &headers, form).status, 200);
    }
    let advice = "start the server with --trusted-proxy 127.0.0.1";
    let statistics = String::from_utf8(server.cli(&["statistics"], false).stdout).unwrap();
    assert_eq!(statistics.matches(advice).count(), 1, "{statistics}");
    assert_eq!(server.json(&["statistics"])["unnamedProxies"][0]["requests"], "5");
    server.terminate();
    drop(server);
    let mut lines = String::new();
    log.read_to_string(&mut lines).unwrap();
    assert_eq!(lines.matches(advice).count(), 1, "{lines}");
}

#[test]
fn a_trusted_proxy_that_is_no_address_is_named_when_the_server_starts() {
    for (bad, hint) in
        [("proxy", "no IP address"), ("10.0.0.5/8", "10.0.0.0/8"), ("10.0.0.0/40", "no IP address")]
    {
        let output = jeton().args(["serve", "--trusted-proxy", bad]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(hint) && said.contains("--trusted-proxy"), "{said}");
    }
}

/// Conformance 96: RFC 9110 §6.6.1, §8.6
#[test]
fn every_answer_has_a_date_and_a_length_and_204_and_304_have_no_body() {
    let server = Server::start();
    let etag = server.request("GET", "/oauth/v2/keys", &[], b"");
    let etag = etag.header("etag").unwrap();
    for (method, path, headers) in [
        ("GET", "/debug/healthz", &[][..]),
        ("GET", "/nothing", &[]),
        ("PUT", "/oauth/v2/token", &[]),
        ("POST", "/oauth/v2/token", &[]),
        ("GET", "/oauth/v2/keys", &[]),
        ("GET", "/oauth/v2/keys", &[("if-none-match", etag)]),
        ("OPTIONS", "/oauth/v2/token", &[]),
    ] {
        let reply = server.request(method, path, headers, b"");
        assert!(reply.header("date").is_some_and(|date| date.ends_with(" GMT")), "{method} {path}");
        match reply.status {
            204 => assert_eq!(reply.header("content-length"), None, "{method} {path}"),
            304 => assert!(reply.body.is_empty()),
            _ => assert_eq!(
                reply.header("content-length"),
                Some(reply.body.len().to_string().as_str()),
                "{path}"
            ),
        }
    }
}

/// Conformance 105: RFC 9112 §3.2
#[test]
fn a_request_names_its_host_once() {
    let server = Server::start();
    let status = |version: &str, hosts: &str| {
        let head = format!("GET /debug/healthz HTTP/{version}\r\n{hosts}connection: close\r\n\r\n");
        server.raw(head.as_bytes()).status
    };
    for hosts in ["host: x\r\n", "host: id.example.com:8080\r\n", "host: [::1]:80\r\n"] {
        assert_eq!(status("1.1", hosts), 200, "{hosts}");
    }
    for hosts in
        ["", "host: x\r\nhost: x\r\n", "host:\r\n", "host: a b\r\n", "host: x/y\r\n", "host: u@x\r\n"]
    {
        assert_eq!(status("1.1", hosts), 400, "{hosts:?}");
    }
    assert_eq!(status("1.0", ""), 200, "HTTP/1.0 has no such rule");
}

/// Conformance 92: RFC 9110 §9.3.2
#[test]
fn head_works_where_get_does() {
    let server = Server::start();
    let owner = server.owner();
    let bearer = format!("Bearer {owner}");
    let user = server.management("/zitadel.user.v2.UserService/ListUsers", "{}").json();
    let user = crate::harness::text(&user, "/result/0/userId");
    let user = format!("/v2/users/{user}");
    for path in [
        "/debug/healthz",
        "/debug/ready",
        "/oauth/v2/keys",
        "/v2/openapi.json",
        "/oidc/v1/userinfo",
        "/.well-known/openid-configuration",
        "/ui/console/",
        "/ui/console/api/session",
        &user,
    ] {
        let headers = [("authorization", bearer.as_str())];
        let (get, head) =
            (server.request("GET", path, &headers, b""), server.request("HEAD", path, &headers, b""));
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.body.is_empty(), "{path}");
        for name in ["content-length", "content-type", "etag", "cache-control", "vary"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
    assert_eq!(server.request("HEAD", "/oauth/v2/token", &[], b"").status, 405);
}

#[test]
fn a_compressed_body_is_refused_and_said_to_be_one() {
    let server = Server::start();
    let (user, owner) = (server.user("billing"), server.owner());
    let (basic, bearer) = (user.basic(), format!("Bearer {owner}"));
    let form = "application/x-www-form-urlencoded";
    for (path, kind, authorization) in [
        ("/oauth/v2/token", form, &basic),
        ("/oauth/v2/introspect", form, &basic),
        ("/oauth/v2/revoke", form, &basic),
        ("/oidc/v1/userinfo", form, &bearer),
        ("/ui/console/api/session", "application/json", &bearer),
        ("/zitadel.user.v2.UserService/ListUsers", "application/json", &bearer),
        ("/v2/users", "application/json", &bearer),
    ] {
        for coding in ["gzip", "GZIP", "deflate", "br", "gzip, identity"] {
            let headers =
                [("content-type", kind), ("authorization", authorization), ("content-encoding", coding)];
            let reply = server.request("POST", path, &headers, b"\x1f\x8b\x08\0\0");
            assert_eq!(reply.status, 415, "{path} {coding}: {}", reply.text());
            assert_eq!(reply.header("content-type"), Some("application/json"), "{path}");
        }
    }
    let plain = [("content-encoding", "identity"), ("authorization", &*basic)];
    assert_eq!(server.post_with("/oauth/v2/token", &plain, FORM).status, 200);
}

/// Writes a request in pieces, like a client that has not read the answer yet. No write may fail.
fn answer_to_pieces(server: &Server, head: &str, body: &[u8], pieces: usize) -> (Reply, TcpStream) {
    let mut stream = server.connect();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    write!(stream, "{head}content-length: {}\r\n\r\n", body.len()).unwrap();
    for piece in body.chunks(body.len().div_ceil(pieces)) {
        std::thread::sleep(Duration::from_millis(2));
        stream.write_all(piece).unwrap_or_else(|error| panic!("{error} while writing after {head}"));
    }
    (Reply::read(&mut stream), stream)
}

/// True if the connection accepts another request.
fn takes_another(mut stream: TcpStream) -> bool {
    stream.write_all(b"GET /debug/healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
    Reply::read(&mut stream).status == 200
}

/// RFC 9112 §9.6: a server that answers early reads on before it closes.
#[test]
fn an_early_answer_reaches_a_client_that_is_still_writing() {
    let server = Server::start();
    let post = |path: &str, more: &str| format!("POST {path} HTTP/1.1\r\nhost: x\r\n{more}");
    let json = "content-type: application/json\r\n";
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let call = "/zitadel.user.v2.UserService/CreateUser";
    for (head, bytes, status) in [
        (post(call, json), 1_000, 401),
        (post(call, json), 900_000, 401),
        (post(call, &format!("{json}authorization: Bearer junk\r\n")), 3_000_000, 401),
        (post("/oauth/v2/token", json), 10_000, 400),
        (post("/oauth/v2/token", form), 200_000, 413),
        (post("/oauth/v2/token", &format!("{form}content-encoding: gzip\r\n")), 10_000, 415),
        (post("/nowhere", form), 100_000, 404),
        (post("/debug/ready", form), 100_000, 405),
        (post("/oidc/v1/userinfo", form), 10_000, 401),
        ("POST /oauth/v2/token HTTP/1.1\r\n".to_owned(), 10_000, 400),
        (post("/ui/console/api/session", json), 1_000_000, 403),
    ] {
        for pieces in [2, 20] {
            let (reply, stream) = answer_to_pieces(&server, &head, &vec![b'a'; bytes], pieces);
            assert_eq!(reply.status, status, "{head}: {}", reply.text());
            // If the server has read the whole request, the connection may be kept.
            assert!(reply.closed || takes_another(stream), "{head} is followed by bytes that are no request");
        }
    }
}

#[test]
fn an_unread_small_body_does_not_close_the_connection() {
    let server = Server::start();
    let mut stream = server.connect();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    for _ in 0..3 {
        stream.write_all(b"POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello").unwrap();
        let reply = Reply::read(&mut stream);
        assert_eq!((reply.status, reply.closed), (404, false));
    }
}

#[test]
fn documents_are_compressed_and_revalidated() {
    let server = Server::start();
    for path in ["/v2/openapi.json", "/.well-known/openid-configuration"] {
        let plain = server.request("GET", path, &[], b"");
        assert_eq!((plain.status, plain.header("content-encoding")), (200, None), "{path}");
        let packed = server.request("GET", path, &[("accept-encoding", "gzip")], b"");
        assert!(packed.body.len() < plain.body.len(), "{path}");
        assert_eq!(packed.header("content-encoding"), Some("gzip"));
        for reply in [plain, packed] {
            assert_eq!(reply.header("vary"), Some("accept-encoding"));
            let coding = reply.header("content-encoding").unwrap_or("identity");
            let headers = [("if-none-match", reply.header("etag").unwrap()), ("accept-encoding", coding)];
            let known = server.request("GET", path, &headers, b"");
            assert_eq!((known.status, known.body.len()), (304, 0), "{path} {coding}");
        }
    }
}
