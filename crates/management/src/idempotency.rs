//! Idempotent retries: a client whose connection broke does not know if its call was done.
//!
//! A call with `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) is done once: the same
//! caller, key and request again get the first answer again, secret included, if the caller could still
//! do the same and the credential that the call made still exists. Answers are kept in memory for ten
//! minutes by the careful clock and nowhere else, so a restart loses them; names and ids that the client
//! chooses protect it beyond that, too. Refusals are not kept: they changed nothing, and the reason may
//! be gone. Nor are answers to calls that changed nothing, which are executed again.

use crate::limits::{RETRIES_MAX, RETRY_BYTES_MAX, RETRY_SECONDS};
use crate::reply::{Made, Reply};
use crate::{ApiError, Caller};
use jeton_domain::admin::Right;
use jeton_domain::id::{ClientId, EventId};
use jeton_domain::time::Careful;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

/// A client's name for one call and its repetitions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(Box<str>);

impl IdempotencyKey {
    /// Maximum length in characters.
    pub const LEN_MAX: usize = 255;

    /// Parses the header's value, with or without the quotes of a structured field.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(value).ok()?.trim();
        let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let good = (1..=Self::LEN_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        good.then(|| Self(text.into()))
    }
}

/// The caller and key of a call; the operator has no id.
type CallKey = (Option<ClientId>, IdempotencyKey);

/// Recent calls, done or in progress.
#[derive(Debug, Default)]
pub(crate) struct IdempotentCalls {
    hasher: RandomState,
    calls: Mutex<Calls>,
}

#[derive(Debug, Default)]
struct Calls {
    known: HashMap<CallKey, RememberedCall>,
    /// The calls in the order in which they began.
    order: BTreeMap<u64, CallKey>,
    next: u64,
    bytes: usize,
}

#[derive(Debug)]
struct RememberedCall {
    number: u64,
    begun: Careful,
    fingerprint: u64,
    /// `None` while it is in progress.
    done: Option<AnsweredCall>,
}

/// A call that was done.
#[derive(Debug, Clone)]
pub(super) struct AnsweredCall {
    pub(super) reply: Arc<Reply>,
    /// The rights that it needed.
    pub(super) rights: Vec<Right>,
    /// The credential that it made.
    pub(super) made: Option<Made>,
}

/// The result of beginning a call.
#[derive(Debug)]
pub(super) enum CallState {
    /// The first call of its kind, to be executed and reported.
    First(Ticket),
    /// Answered before; to be shown to a caller that has its rights.
    Again(AnsweredCall),
}

/// A call in progress.
#[derive(Debug)]
pub(super) struct Ticket {
    retries: Arc<IdempotentCalls>,
    place: CallKey,
    number: u64,
}

impl IdempotentCalls {
    /// Begins a call.
    ///
    /// # Errors
    /// The same call is in progress, or the key was sent with another request.
    pub(super) fn begin(
        self: &Arc<Self>,
        caller: &Caller,
        key: IdempotencyKey,
        request: ((&str, &str), Option<EventId>, &Value),
        now: Careful,
    ) -> Result<CallState, ApiError> {
        let (call, expected, request) = request;
        let fingerprint = self.hasher.hash_one((call, expected.map(|event| event.0), request));
        let place = (caller.client(), key);
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.forget_before(now);
        match calls.known.get(&place) {
            Some(known) if known.fingerprint != fingerprint => {
                Err(ApiError::invalid("this Idempotency-Key was sent with another request; use a new one"))
            }
            Some(RememberedCall { done: Some(done), .. }) => Ok(CallState::Again(done.clone())),
            Some(RememberedCall { done: None, .. }) => Err(ApiError::aborted(
                "the same call with this Idempotency-Key is under way; ask again in a moment",
            )),
            None => {
                let number = calls.insert(place.clone(), fingerprint, now);
                Ok(CallState::First(Ticket { retries: Arc::clone(self), place, number }))
            }
        }
    }
}

impl Calls {
    fn insert(&mut self, place: CallKey, fingerprint: u64, begun: Careful) -> u64 {
        let number = self.next;
        self.next += 1;
        self.order.insert(number, place.clone());
        self.known.insert(place, RememberedCall { number, begun, fingerprint, done: None });
        number
    }

    /// Drops expired answers, and the oldest ones if there are too many.
    fn forget_before(&mut self, now: Careful) {
        while let Some((number, place)) = self.order.first_key_value() {
            let old = self.known.get(place).is_none_or(|known| known.begun.after(RETRY_SECONDS) < now);
            if !old && self.known.len() < RETRIES_MAX && self.bytes <= RETRY_BYTES_MAX {
                break;
            }
            let (number, place) = (*number, place.clone());
            self.forget(number, &place);
        }
    }

    fn forget(&mut self, number: u64, place: &CallKey) {
        self.order.remove(&number);
        if let Some(known) = self.known.remove(place) {
            self.bytes -= known.done.map_or(0, |done| done.reply.body.len());
        }
    }
}

impl Ticket {
    /// Keeps the answer for repetitions.
    pub(super) fn keep(&self, done: AnsweredCall) {
        let mut calls = self.retries.calls.lock().unwrap_or_else(PoisonError::into_inner);
        // It may have been dropped meanwhile.
        if let Some(known) = calls.known.get_mut(&self.place).filter(|known| known.number == self.number) {
            let bytes = done.reply.body.len();
            known.done = Some(done);
            calls.bytes += bytes;
        }
    }
}

impl Drop for Ticket {
    /// An unanswered call may be repeated.
    fn drop(&mut self) {
        let mut calls = self.retries.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let unanswered = |known: &&RememberedCall| known.number == self.number && known.done.is_none();
        if calls.known.get(&self.place).filter(unanswered).is_some() {
            calls.forget(self.number, &self.place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: Careful = Careful(1000);

    const CALL: (&str, &str) = ("zitadel.user.v2.UserService", "CreateUser");

    fn begin(
        retries: &Arc<IdempotentCalls>,
        key: &str,
        body: &[u8],
        now: Careful,
    ) -> Result<CallState, ApiError> {
        let key = IdempotencyKey::parse(key.as_bytes()).unwrap();
        retries.begin(&Caller::Operator, key, (CALL, None, &json!({ "name": body })), now)
    }

    fn ticket(begun: Result<CallState, ApiError>) -> Ticket {
        match begun.unwrap() {
            CallState::First(ticket) => ticket,
            CallState::Again(_) => panic!("it was done before"),
        }
    }

    fn done(bytes: usize) -> AnsweredCall {
        let reply = Arc::new(Reply { body: vec![b'x'; bytes], ignored: Vec::new() });
        AnsweredCall { reply, rights: Vec::new(), made: None }
    }

    #[test]
    fn a_key_is_visible_text_of_bounded_length() {
        assert_eq!(IdempotencyKey::parse(b"\"abc\""), IdempotencyKey::parse(b" abc "));
        for wrong in [&b""[..], b"\"\"", b"a b", b"\xc3\xa4", b"\xff", &[b'x'; 256]] {
            assert_eq!(IdempotencyKey::parse(wrong), None);
        }
    }

    #[test]
    fn an_answer_is_repeated_until_it_expires() {
        let retries = Arc::default();
        let first = ticket(begin(&retries, "a", b"1", NOW));
        assert!(begin(&retries, "a", b"1", NOW).is_err(), "it is under way");
        first.keep(done(3));
        drop(first);
        assert!(
            matches!(begin(&retries, "a", b"1", NOW), Ok(CallState::Again(done)) if done.reply.body == b"xxx")
        );
        assert!(begin(&retries, "a", b"2", NOW).is_err(), "another request");
        ticket(begin(&retries, "b", b"1", NOW));
        ticket(begin(&retries, "a", b"1", NOW.after(RETRY_SECONDS + 1)));
    }

    #[test]
    fn a_refused_or_aborted_call_may_be_repeated() {
        let retries = Arc::default();
        drop(ticket(begin(&retries, "a", b"1", NOW)));
        ticket(begin(&retries, "a", b"1", NOW));
    }

    #[test]
    fn the_oldest_make_room() {
        let retries: Arc<IdempotentCalls> = Arc::default();
        for number in 0..RETRIES_MAX * 2 {
            let begun = ticket(begin(&retries, &number.to_string(), b"1", NOW));
            begun.keep(done(10));
        }
        let calls = retries.calls.lock().unwrap();
        assert_eq!((calls.known.len(), calls.order.len()), (RETRIES_MAX, RETRIES_MAX));
        assert_eq!(calls.bytes, RETRIES_MAX * 10);
        drop(calls);
        begin(&retries, "big", b"1", NOW)
            .map(|begun| ticket(Ok(begun)).keep(done(RETRY_BYTES_MAX + 1)))
            .unwrap();
        begin(&retries, "next", b"1", NOW).map(|begun| ticket(Ok(begun)).keep(done(1))).unwrap();
        assert_eq!(retries.calls.lock().unwrap().bytes, 1);
    }
}
