//! HTTP requirements and time limits, on a pipe in memory with a clock that advances when every task waits.

use super::*;
use crate::body::{self, Incoming};
use crate::connections::Connections;
use crate::limits::{
    ANSWER_TIMEOUT, DRAIN_IDLE, HEAD_TIMEOUT, HTTP2_LEFTOVER_BYTES_MAX, LINGER_MAX, LINGER_TIMEOUT,
    WRITE_PROGRESS_BYTES, WRITE_TIMEOUT,
};
use crate::response::{self, Response};
use hyper::{Request, StatusCode};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::time::Instant;

const IDLE: Duration = Duration::from_secs(75);
const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// A server with one connection and a running keeper.
struct Lab {
    connections: Arc<Connections>,
    client: DuplexStream,
}

impl Lab {
    /// With a pipe of this capacity.
    fn open<H>(pipe_bytes: usize, handler: H) -> Self
    where
        H: Handler + Send + Unpin + 'static,
        H::Answering: 'static,
    {
        let connections = Connections::new(16, IDLE);
        let (client, server) = duplex(pipe_bytes);
        let seat = connections.open(connections.place_now().unwrap(), IpAddr::V4(Ipv4Addr::LOCALHOST));
        let keeping = Arc::clone(&connections);
        tokio::spawn(async move { keeping.keep().await });
        tokio::spawn(async move { Http::default().serve(server, seat.unwrap(), handler).await });
        Self { connections, client }
    }

    /// The seconds until the server closes, and the bytes received until then.
    async fn read_to_end(&mut self) -> (u64, Vec<u8>) {
        let began = Instant::now();
        let mut received = Vec::new();
        let _ = self.client.read_to_end(&mut received).await;
        (began.elapsed().as_secs(), received)
    }
}

async fn hi(_: Request<Incoming>) -> Response {
    response::json(StatusCode::OK, "hi")
}

/// The seconds for which a connection is kept after these bytes and nothing more, and the bytes received.
async fn kept(sent: &[u8]) -> (u64, Vec<u8>) {
    let mut lab = Lab::open(64 * 1024, hi);
    lab.client.write_all(sent).await.unwrap();
    lab.read_to_end().await
}

fn is_about(seconds: u64, expected: Duration) -> bool {
    (expected.as_secs()..=expected.as_secs() + 2).contains(&seconds)
}

#[tokio::test(start_paused = true)]
async fn a_connection_whose_head_does_not_arrive_is_closed() {
    for sent in [&b"POST /oauth/v2/token HTTP/1.1\r\nhost: x\r\n"[..], b"", b"P", b"PRI * HTTP/2.0\r\n\r\nSM"]
    {
        let (seconds, _) = kept(sent).await;
        assert!(is_about(seconds, HEAD_TIMEOUT), "{} {seconds}", String::from_utf8_lossy(sent));
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_and_the_next_head_has_its_own_time() {
    let (seconds, received) = kept(GET).await;
    assert!(received.starts_with(b"HTTP/1.1 200 OK"));
    assert!(is_about(seconds, IDLE), "{seconds}");
    let mut lab = Lab::open(64 * 1024, hi);
    lab.client.write_all(GET).await.unwrap();
    tokio::time::sleep(IDLE - Duration::from_secs(5)).await;
    lab.client.write_all(b"GET").await.unwrap();
    let (seconds, _) = lab.read_to_end().await;
    assert!(is_about(seconds, HEAD_TIMEOUT), "{seconds}");
}

#[tokio::test(start_paused = true)]
async fn a_silent_http_2_connection_is_closed() {
    let (seconds, _) = kept(PREFACE).await;
    assert!(seconds <= 2 * HTTP2_KEEP_ALIVE.as_secs(), "{seconds}");
}

#[tokio::test]
async fn an_http_2_peer_is_told_the_maximum_of_concurrent_requests() {
    let mut lab = Lab::open(64 * 1024, hi);
    lab.client.write_all(PREFACE).await.unwrap();
    let mut head = [0; 9];
    lab.client.read_exact(&mut head).await.unwrap();
    assert_eq!(head[3], 4, "SETTINGS (RFC 9113 section 6.5)");
    let mut settings = vec![0; usize::from(head[2])];
    lab.client.read_exact(&mut settings).await.unwrap();
    let streams = settings.chunks(6).find(|setting| setting[..2] == [0, 3]).unwrap();
    assert_eq!(streams[2..], STREAMS_MAX.to_be_bytes(), "SETTINGS_MAX_CONCURRENT_STREAMS");
}

/// An answer too large for the pipes of these tests.
async fn large(_: Request<Incoming>) -> Response {
    response::json(StatusCode::OK, vec![b'x'; 16 * WRITE_PROGRESS_BYTES])
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_no_answer_or_a_byte_a_second_is_closed() {
    for takes in [0, 1] {
        let mut lab = Lab::open(4096, large);
        lab.client.write_all(GET).await.unwrap();
        let began = Instant::now();
        // It is closed when nothing is written any more: the rest in the pipe can be read until its end.
        while lab.connections.held() > 0 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            for _ in 0..takes {
                lab.client.read_u8().await.unwrap();
            }
            assert!(began.elapsed() < 2 * WRITE_TIMEOUT, "it is still open");
        }
        assert!(is_about(began.elapsed().as_secs(), WRITE_TIMEOUT), "{:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_makes_progress_gets_its_answer_however_long_that_takes() {
    let mut lab = Lab::open(4096, large);
    lab.client.write_all(GET).await.unwrap();
    let began = Instant::now();
    let mut received = 0;
    let mut piece = vec![0; WRITE_PROGRESS_BYTES / 16];
    while received < 16 * WRITE_PROGRESS_BYTES {
        let len = lab.client.read(&mut piece).await.unwrap();
        assert!(len > 0, "it was closed after {:?}", began.elapsed());
        received += len;
        tokio::time::sleep(WRITE_TIMEOUT / 32).await;
    }
    assert!(began.elapsed() > 2 * WRITE_TIMEOUT, "{:?}", began.elapsed());
}

/// HEADERS that end the stream: GET http://x/.
fn http2_get(stream: u8) -> Vec<u8> {
    let block = b"\x82\x86\x84\x01\x01x";
    [&[0, 0, 6, 1, 5, 0, 0, 0, stream][..], block].concat()
}

/// SETTINGS with this initial window.
fn http2_window(bytes: u8) -> Vec<u8> {
    [&PREFACE[..24], &[0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, bytes]].concat()
}

#[tokio::test(start_paused = true)]
async fn an_http_2_peer_that_reads_no_answer_is_closed_however_active_it_is() {
    for window in [0, 1] {
        let mut lab = Lab::open(64 * 1024, large);
        lab.client.write_all(&http2_window(window)).await.unwrap();
        lab.client.write_all(&http2_get(1)).await.unwrap();
        let (mut reader, mut writer) = tokio::io::split(lab.client);
        let pinging = tokio::spawn(async move {
            // As active as possible: every ping of the server is answered, and more.
            let mut pong = [0, 0, 8, 6, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            let mut head = [0; 9];
            loop {
                reader.read_exact(&mut head).await?;
                let mut payload = vec![0; usize::from(u16::from_be_bytes([head[1], head[2]]))];
                reader.read_exact(&mut payload).await?;
                if head[3] == 6 && head[4] == 0 {
                    pong[9..].copy_from_slice(&payload);
                    writer.write_all(&pong).await?;
                }
            }
            #[expect(unreachable_code, reason = "the loop ends with an error")]
            Ok::<_, std::io::Error>(())
        });
        let began = Instant::now();
        pinging.await.unwrap().unwrap_err();
        assert!(is_about(began.elapsed().as_secs(), ANSWER_TIMEOUT), "{:?}", began.elapsed());
        assert_eq!(lab.connections.held(), 0, "nothing is held for it");
    }
}

/// HEADERS of POST http://x/, to be followed by a body.
fn http2_post(stream: u8) -> Vec<u8> {
    let block = b"\x83\x86\x84\x01\x01x";
    [&[0, 0, 6, 1, 4, 0, 0, 0, stream][..], block].concat()
}

/// DATA of 10,000 bytes.
fn http2_data(stream: u8, is_last: bool) -> Vec<u8> {
    [&[0, 39, 16, 0, u8::from(is_last), 0, 0, 0, stream][..], &[b'x'; 10_000]].concat()
}

/// The type of RST_STREAM frames.
const RESET: u8 = 3;

/// The frames received until the server was silent for a moment: type and stream.
async fn http2_frames(client: &mut DuplexStream) -> Vec<(u8, u8)> {
    let mut frames = Vec::new();
    let mut head = [0; 9];
    let moment = Duration::from_millis(10);
    while let Ok(Ok(_)) = tokio::time::timeout(moment, client.read_exact(&mut head)).await {
        let mut payload = vec![0; usize::from(u16::from_be_bytes([head[1], head[2]]))];
        client.read_exact(&mut payload).await.unwrap();
        assert!(head[3] != 3 || payload == [0; 4], "a stream is reset without an error");
        frames.push((head[3], head[8]));
    }
    frames
}

#[tokio::test(start_paused = true)]
async fn an_early_answer_over_http_2_leaves_its_stream_open_for_the_rest_of_the_body() {
    const HEADERS: u8 = 1;
    let mut lab = Lab::open(64 * 1024, hi);
    lab.client.write_all(&[PREFACE, &http2_post(1)].concat()).await.unwrap();
    let mut frames = http2_frames(&mut lab.client).await;
    assert!(frames.contains(&(HEADERS, 1)), "{frames:?}");
    for piece in 1..=10 {
        lab.client.write_all(&http2_data(1, piece == 10)).await.unwrap();
        frames.extend(http2_frames(&mut lab.client).await);
    }
    assert!(!frames.contains(&(RESET, 1)), "{frames:?}");
    let held = lab.connections.held();
    // Nothing more of this body is sent.
    lab.client.write_all(&http2_post(3)).await.unwrap();
    assert!(!http2_frames(&mut lab.client).await.contains(&(RESET, 3)));
    tokio::time::sleep(LINGER_TIMEOUT).await;
    assert!(http2_frames(&mut lab.client).await.contains(&(RESET, 3)));
    assert_eq!(lab.connections.held(), held, "nothing is held for it any more");
}

/// The number of body pieces, with a pause before each, that are read beside an early answer until the stream
/// is reset.
async fn http2_pieces_read_on(pause: Duration) -> usize {
    let mut lab = Lab::open(64 * 1024, hi);
    lab.client.write_all(&[PREFACE, &http2_post(1)].concat()).await.unwrap();
    http2_frames(&mut lab.client).await;
    let mut pieces = 0;
    loop {
        tokio::time::sleep(pause).await;
        if http2_frames(&mut lab.client).await.contains(&(RESET, 1)) {
            return pieces;
        }
        pieces += 1;
        lab.client.write_all(&http2_data(1, false)).await.unwrap();
        if http2_frames(&mut lab.client).await.contains(&(RESET, 1)) {
            return pieces;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_is_read_on_beside_its_answer_up_to_bounds_in_bytes_and_time() {
    const { assert!(LINGER_TIMEOUT.as_secs() == 5 && LINGER_MAX.as_secs() == 30) };
    let pieces_max = HTTP2_LEFTOVER_BYTES_MAX / 10_000;
    assert_eq!(http2_pieces_read_on(Duration::ZERO).await, pieces_max + 1, "bytes");
    assert_eq!(http2_pieces_read_on(Duration::from_secs(4)).await, 7, "28 seconds and not 32");
    assert_eq!(http2_pieces_read_on(Duration::from_secs(6)).await, 0, "nothing comes");
}

async fn read_body(request: Request<Incoming>) -> Response {
    match body::read(request.into_body(), 100).await {
        Ok(_) => response::json(StatusCode::OK, "{}"),
        Err(denial) => response::denial(denial),
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_before_the_end_of_a_request_says_that_it_is_the_last_and_arrives() {
    let refused = |length: usize| format!("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n");
    // Neither handler reads the rest of the peer's body.
    for (length, is_early) in [(0, false), (50, true), (1_000_000, true)] {
        let mut lab = Lab::open(1024, hi);
        lab.client.write_all(refused(length).as_bytes()).await.unwrap();
        let mut answer = [0; 1024];
        let len = lab.client.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..len]).into_owned();
        assert_eq!(answer.contains("connection: close\r\n"), is_early, "{length}: {answer}");
        // All of it can be written after the answer, in pieces, and slowly.
        for piece in vec![b'x'; length].chunks(length.div_ceil(5).max(1)) {
            lab.client.write_all(piece).await.unwrap();
            tokio::time::sleep(LINGER_TIMEOUT / 2).await;
        }
    }
    let mut lab = Lab::open(1024, read_body);
    lab.client.write_all(format!("{}0123456789", refused(10)).as_bytes()).await.unwrap();
    let mut answer = [0; 1024];
    let len = lab.client.read(&mut answer).await.unwrap();
    assert!(!String::from_utf8_lossy(&answer[..len]).contains("connection: close"), "it was read to its end");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_never_closes_is_left_soon_after_the_last_answer() {
    let (seconds, received) = kept(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert!(received.starts_with(b"HTTP/1.1 200 OK"));
    // The end is told at once; afterwards the server no longer reads, which shows that it has left.
    assert_eq!(seconds, 0);
    let mut lab = Lab::open(16, hi);
    lab.client.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
    let (_, _) = lab.read_to_end().await;
    let began = Instant::now();
    lab.connections.emptied().await;
    assert!(is_about(began.elapsed().as_secs(), LINGER_TIMEOUT), "{:?}", began.elapsed());
}

/// An answer after five seconds.
async fn slow(request: Request<Incoming>) -> Response {
    tokio::time::sleep(Duration::from_secs(5)).await;
    hi(request).await
}

#[tokio::test(start_paused = true)]
async fn a_drain_waits_for_running_requests_and_a_moment_for_new_ones() {
    let until_empty = async |sent: &[u8]| {
        let mut lab = Lab::open(64 * 1024, slow);
        lab.client.write_all(sent).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
        lab.connections.drain();
        let began = Instant::now();
        let (_, received) = lab.read_to_end().await;
        (began.elapsed(), String::from_utf8_lossy(&received).into_owned())
    };
    for sent in [&b""[..], b"PRI * HTTP/2", b"GET / HTTP/1.1\r\n"] {
        let (took, _) = until_empty(sent).await;
        assert!((DRAIN_IDLE..2 * DRAIN_IDLE).contains(&took), "{took:?}");
    }
    let (took, received) = until_empty(GET).await;
    assert_eq!(took.as_millis().div_ceil(1000), 5);
    assert!(received.starts_with("HTTP/1.1 200 OK") && received.contains("connection: close"), "{received}");
}

#[tokio::test(start_paused = true)]
async fn while_draining_a_kept_connection_has_one_more_answer_which_says_that_it_is_the_last() {
    let mut lab = Lab::open(64 * 1024, hi);
    lab.client.write_all(GET).await.unwrap();
    let mut first = [0; 1024];
    let len = lab.client.read(&mut first).await.unwrap();
    assert!(!String::from_utf8_lossy(&first[..len]).contains("connection: close"));
    lab.connections.drain();
    tokio::time::sleep(DRAIN_IDLE / 2).await;
    lab.client.write_all(GET).await.unwrap();
    let (_, received) = lab.read_to_end().await;
    assert!(String::from_utf8_lossy(&received).contains("connection: close"));
}

#[tokio::test(start_paused = true)]
async fn head_has_the_fields_of_get_and_no_body_in_both_versions() {
    let (_, received) = kept(b"HEAD / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    let received = String::from_utf8_lossy(&received).into_owned();
    assert!(received.contains("content-length: 2\r\n") && received.ends_with("\r\n\r\n"), "{received}");
    let mut lab = Lab::open(64 * 1024, hi);
    let head = [&[0, 0, 11, 1, 5, 0, 0, 0, 1][..], b"\x02\x04HEAD\x86\x84\x01\x01x"].concat();
    lab.client.write_all(&[PREFACE, &head].concat()).await.unwrap();
    let mut received = vec![0; 1024];
    tokio::time::sleep(Duration::from_secs(1)).await;
    let len = lab.client.read(&mut received).await.unwrap();
    let mut rest = &received[..len];
    let mut kinds = Vec::new();
    while let Some((head, after)) = rest.split_at_checked(9) {
        kinds.push((head[3], head[4]));
        rest = &after[usize::from(u16::from_be_bytes([head[1], head[2]]))..];
    }
    assert!(
        kinds.contains(&(1, 5)) && kinds.iter().all(|(kind, _)| *kind != 0),
        "HEADERS that end: {kinds:?}"
    );
}
