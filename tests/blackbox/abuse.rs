//! Attacks that would hold memory or connections without a limit, sent byte by byte.

use crate::harness::{Reply, Server};
use crate::overload::allow_connections;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// The memory limit of requirement R7.
const MEMORY_KIB_MAX: u64 = 256 * 1024;

/// Connections of an attack.
const CONNECTIONS: usize = 400;

/// The HTTP/2 connection preface, SETTINGS, and the acknowledgement of the server's SETTINGS.
fn preface(settings: &[u8]) -> Vec<u8> {
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend(frame(4, 0, 0, settings));
    bytes.extend(frame(4, 1, 0, b""));
    bytes
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = vec![length[1], length[2], length[3], kind, flags];
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A header block: the method as an index of the static table, `http`, the path, the authority `x`, and
/// more fields.
fn block(method: u8, path: &str, more: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80 | method, 0x86, 4, u8::try_from(path.len()).unwrap()];
    bytes.extend(path.as_bytes());
    bytes.extend(b"\x01\x01x");
    bytes.extend(more);
    bytes
}

const GET: u8 = 2;
const POST: u8 = 3;
/// `content-type: application/x-www-form-urlencoded`.
const FORM: &[u8] = b"\x0f\x10\x21application/x-www-form-urlencoded";
/// `accept-charset` without a value, an index of one byte.
const EMPTY_FIELD: u8 = 0x8f;

/// The maximum number of concurrent requests of a connection.
fn requests(end_stream: bool, block: &[u8]) -> Vec<u8> {
    let flags = if end_stream { 5 } else { 4 };
    (0..100).flat_map(|n| frame(1, flags, 1 + 2 * n, block)).collect()
}

fn peak_kib(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid().as_raw_nonzero())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Opens connections and sends the same bytes on each. The server must stay within its memory limit and
/// answer another client meanwhile.
fn attack(name: &str, bytes: &[u8]) {
    allow_connections(CONNECTIONS as u64);
    let server = Server::start();
    let mut open = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
        // The server may close it.
        let _ = stream.write_all(bytes);
        open.push(stream);
    }
    let began = Instant::now();
    assert_eq!(server.request("GET", "/debug/ready", &[], b"").status, 200, "{name}");
    assert!(began.elapsed() < Duration::from_secs(10), "{name}: another client waits {:?}", began.elapsed());
    std::thread::sleep(Duration::from_millis(300));
    let peak = peak_kib(&server);
    assert!(peak < MEMORY_KIB_MAX, "{name}: {} MiB", peak / 1024);
}

#[test]
fn header_fields_packed_into_a_byte_each_hold_no_memory() {
    let mut block = block(POST, "/oauth/v2/token", FORM);
    block.resize(block.len() + 440, EMPTY_FIELD);
    attack("empty fields", &[preface(b""), requests(false, &block)].concat());
}

#[test]
fn as_many_fields_as_are_allowed_hold_a_bounded_amount() {
    let mut block = block(POST, "/oauth/v2/token", FORM);
    block.resize(block.len() + 60, EMPTY_FIELD);
    attack("allowed fields", &[preface(b""), requests(false, &block)].concat());
}

#[test]
fn answers_that_a_peer_does_not_take_hold_a_bounded_amount() {
    for window in [0, 1] {
        let settings = [0, 4, 0, 0, 0, window];
        for path in ["/v2/openapi.json", "/debug/healthz", "/ui/console/app.js"] {
            attack(path, &[preface(&settings), requests(true, &block(GET, path, b""))].concat());
        }
    }
}

#[test]
fn heads_and_bodies_that_do_not_end_hold_a_bounded_amount() {
    let field = |bytes: usize| [&b"\x00\x01a\x7f"[..], &varint(bytes - 127), &vec![b'y'; bytes]].concat();
    // A field of 16 KiB in a head whose continuation frames never come.
    let endless = frame(1, 0, 1, &[block(GET, "/", b""), field(15_000)].concat());
    attack("HTTP/2 head", &[preface(b""), endless].concat());
    // Bodies that fill the flow-control windows.
    let body: Vec<u8> = (0..100).flat_map(|n| frame(0, 0, 1 + 2 * n, &[b'a'; 600])).collect();
    attack(
        "HTTP/2 body",
        &[preface(b""), requests(false, &block(POST, "/oauth/v2/token", FORM)), body].concat(),
    );
    let head = format!("POST /oauth/v2/token HTTP/1.1\r\nhost: x\r\ncookie: {}", "y".repeat(15_000));
    attack("HTTP/1.1 head", head.as_bytes());
    let form = "content-type: application/x-www-form-urlencoded\r\ncontent-length: 60000";
    let body = format!("{head}\r\n{form}\r\n\r\n{}", "a".repeat(59_000));
    attack("HTTP/1.1 body", body.as_bytes());
}

/// The bytes of an HPACK integer after its prefix (RFC 7541 §5.1).
fn varint(mut rest: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while rest >= 128 {
        bytes.push(u8::try_from(rest % 128).unwrap() | 0x80);
        rest /= 128;
    }
    bytes.push(u8::try_from(rest).unwrap());
    bytes
}

/// Reads frames until one of this kind and returns its payload, or `None` at the end of the stream.
fn await_frame(stream: &mut TcpStream, kind: u8) -> Option<Vec<u8>> {
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).ok()?;
        let mut payload = vec![0; usize::from(u16::from_be_bytes([head[1], head[2]]))];
        stream.read_exact(&mut payload).ok()?;
        if head[3] == kind {
            return Some(payload);
        }
    }
}

/// Conformance 107: RFC 9113 §10.5
#[test]
fn an_http_2_head_has_the_bounds_of_an_http_1_1_head() {
    let server = Server::start();
    let status = |fields: usize| {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let mut block = block(GET, "/debug/healthz", b"");
        block.resize(block.len() + fields, EMPTY_FIELD);
        stream.write_all(&[preface(b""), frame(1, 5, 1, &block)].concat()).unwrap();
        let answer = await_frame(&mut stream, 1).unwrap();
        // `:status` 200 is an index; another one is a literal.
        if answer[0] == 0x88 { "200".to_owned() } else { huffman_digits(&answer) }
    };
    assert_eq!(status(64), "200");
    assert_eq!(status(65), "431");
}

/// `:status` as a literal of three digits in the Huffman code (RFC 7541 Appendix B), where digits have five
/// or six bits.
fn huffman_digits(block: &[u8]) -> String {
    let bits: String = block[2..4].iter().chain(&block[4..5]).map(|byte| format!("{byte:08b}")).collect();
    let digits = [
        ("00000", '0'),
        ("00001", '1'),
        ("00010", '2'),
        ("011001", '3'),
        ("011010", '4'),
        ("011011", '5'),
        ("011100", '6'),
        ("011101", '7'),
        ("011110", '8'),
        ("011111", '9'),
    ];
    let mut rest = bits.as_str();
    let mut text = String::new();
    while text.len() < 3 {
        let (code, digit) = digits.iter().find(|(code, _)| rest.starts_with(code)).unwrap();
        text.push(*digit);
        rest = &rest[code.len()..];
    }
    text
}

/// Slow or idle connections are closed, so a new client does not wait when all connections are taken.
#[test]
fn silent_connections_do_not_delay_other_clients() {
    let parent = tempfile::tempdir().unwrap();
    let server = Server::start_by(crate::overload::jeton_with("-n 400"), &parent.path().join("data"), &[]);
    let silent: Vec<_> = (0..1_000)
        .map(|_| {
            let mut stream = TcpStream::connect(server.address).unwrap();
            let _ = stream.write_all(b"P");
            stream
        })
        .collect();
    for _ in 0..20 {
        let began = Instant::now();
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream.write_all(b"GET /debug/healthz HTTP/1.1\r\nhost: x\r\n\r\n").unwrap();
        assert_eq!(Reply::read(&mut stream).status, 200);
        assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    }
    drop(silent);
}
