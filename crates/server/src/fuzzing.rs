//! Properties that the fuzz targets check; each target is one call of a function here.
//!
//! They run against a server in this process, which is replaced by a new one before its store has grown so
//! much that listings take long.

use crate::dispatch::Door;
use crate::testing::TestServer;
use jeton_management::{ApiError, Caller, Code, Conditions, Input, ROUTES};
use serde_json::Value;
use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr};

/// Maximum number of inputs for one store.
const INPUTS_PER_STORE: u32 = 2048;

/// A server that is replaced after a number of inputs.
struct Subject {
    server: TestServer,
    inputs_left: u32,
}

impl Subject {
    fn new() -> Self {
        // Time passes at once where the server waits for more of a request.
        Self { server: TestServer::start_paused(), inputs_left: INPUTS_PER_STORE }
    }

    /// Runs `act` against a running server.
    fn meet<R>(act: impl FnOnce(&Self) -> R) -> R {
        thread_local!(static SUBJECT: RefCell<Option<Subject>> = const { RefCell::new(None) });
        SUBJECT.with_borrow_mut(|subject| {
            if subject.as_ref().is_some_and(|subject| subject.inputs_left == 0) {
                *subject = None;
            }
            let subject = subject.get_or_insert_with(Self::new);
            subject.inputs_left -= 1;
            // So that inputs do not share a second.
            subject.server.clock.advance(1);
            act(subject)
        })
    }
}

/// A server answers any bytes in whole HTTP messages, and never with an internal error. The first byte
/// selects the public listener or the operator's socket.
///
/// # Panics
/// If the property does not hold.
pub fn http(data: &[u8]) {
    let Some((door, data)) = data.split_first() else { return };
    let door = if door % 2 == 0 { Door::Public(IpAddr::V4(Ipv4Addr::LOCALHOST)) } else { Door::Operator };
    let received = Subject::meet(|subject| subject.server.exchange(door, data));
    // Frames are left to the HTTP library.
    if data.starts_with(b"PRI * HTTP/2.0") {
        return;
    }
    let mut rest = received.as_slice();
    while !rest.is_empty() {
        rest = rest_after_answer(rest);
    }
}

/// The bytes after one HTTP/1 answer, as a simple client reads it.
fn rest_after_answer(received: &[u8]) -> &[u8] {
    let end = received.windows(4).position(|four| four == b"\r\n\r\n").expect("a head ends");
    let (head, rest) = received.split_at(end + 4);
    let head = std::str::from_utf8(head).expect("a head is text").to_ascii_lowercase();
    let status = head.strip_prefix("http/1.1 ").or_else(|| head.strip_prefix("http/1.0 "));
    let status: u16 = status.and_then(|line| line.get(..3)?.parse().ok()).expect("a status");
    assert!((100..500).contains(&status) || status == 501, "{head}");
    if status < 200 {
        return rest;
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(0, |length| length.parse().expect("a length"));
    // An answer to HEAD has a length and no body; it is followed by the next answer or nothing.
    if rest.is_empty() || rest.starts_with(b"HTTP/1.") {
        return rest;
    }
    let (body, rest) = rest.split_at_checked(length).expect("the body is as long as it says");
    if head.contains("content-type: application/json") {
        serde_json::from_slice::<Value>(body).expect("a body of type JSON is JSON");
    }
    rest
}

/// Any JSON sent to any call is executed or refused with a sentence, and never causes an internal error. The
/// first byte selects the call.
///
/// # Panics
/// If the property does not hold.
pub fn management(data: &[u8]) {
    let Some((call, body)) = data.split_first() else { return };
    let Some(route) = ROUTES.get(usize::from(*call) % ROUTES.len()) else { return };
    let reply = Subject::meet(|subject| {
        let input = Input { body: body.to_vec(), ..Input::default() };
        let management = &subject.server.worker.http_api.management;
        let run = management.run(route, Caller::Operator, Conditions::default(), &input);
        subject.server.runtime.block_on(run)
    });
    match reply {
        Ok(reply) => {
            assert!(serde_json::from_slice::<Value>(&reply.body).is_ok_and(|reply| reply.is_object()));
            // Unknown members are skipped; nesting or surrogates in them are not looked at.
            let text = std::str::from_utf8(body).expect("an accepted request is text").trim_start();
            assert!(text.starts_with('{') || body.is_empty(), "{route:?} accepted a body that is no object");
        }
        Err(ApiError { code, message }) => {
            assert!(!matches!(code, Code::Internal | Code::Unavailable | Code::Unauthenticated), "{message}");
            assert!(!message.is_empty() && message.len() < 1000 && !message.contains(char::is_control));
        }
    }
}
