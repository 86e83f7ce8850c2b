//! Calls that come twice: a client whose connection broke does not know whether its call was done.
//!
//! A call with `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header) is done once: the same caller, key and
//! request again get the first answer again, secret included, if the caller could still do the same and the credential
//! that the call made is still there. Answers are kept
//! in memory for ten minutes and nowhere else, so a restart forgets them; names and ids that the client chooses
//! protect it over that, too. Refusals are not kept: they left nothing behind, and the reason may be gone. Neither are
//! answers to calls that changed nothing: these are done anew.

use super::call::Made;
use super::{ApiError, Caller, Reply, Route};
use crate::limits::{RETRIES_MAX, RETRY_BYTES_MAX, RETRY_SECONDS};
use jeton_domain::id::{ActNumber, ClientId};
use jeton_domain::time::Timestamp;
use jeton_store::Right;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, PoisonError};

/// What a client calls one attempt and its repetitions.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(Box<str>);

impl IdempotencyKey {
    /// Characters at most.
    pub const LEN_MAX: usize = 255;

    /// Reads the header's value, with or without the quotes of a structured field.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(value).ok()?.trim();
        let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
        let good = (1..=Self::LEN_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        good.then(|| Self(text.into()))
    }
}

/// Whose call it is; the operator has no id.
type Place = (Option<ClientId>, IdempotencyKey);

/// Calls that were done lately, or are under way.
#[derive(Debug, Default)]
pub struct Retries {
    hasher: RandomState,
    calls: Mutex<Calls>,
}

#[derive(Debug, Default)]
struct Calls {
    known: HashMap<Place, Known>,
    /// In the order in which they began.
    order: BTreeMap<u64, Place>,
    next: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Known {
    number: u64,
    begun: Timestamp,
    fingerprint: u64,
    /// None while it is under way.
    done: Option<Done>,
}

/// A call that was done.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub(super) reply: Arc<Reply>,
    /// The rights that it needed.
    pub(super) rights: Vec<Right>,
    /// The credential that it made.
    pub(super) made: Option<Made>,
}

/// What a call turned out to be.
#[derive(Debug)]
pub(super) enum Begun {
    /// The first of its kind; to be done, and reported.
    First(Ticket),
    /// Done before; to be shown to a caller that has its rights.
    Again(Done),
}

/// A call under way.
#[derive(Debug)]
pub(super) struct Ticket {
    retries: Arc<Retries>,
    place: Place,
    number: u64,
}

impl Retries {
    /// Begins a call.
    ///
    /// # Errors
    /// When the same one is under way, or the key was sent with another request.
    pub(super) fn begin(
        self: &Arc<Self>,
        caller: &Caller,
        key: IdempotencyKey,
        request: (&Route, Option<ActNumber>, &Value),
        now: Timestamp,
    ) -> Result<Begun, ApiError> {
        let (route, expected, request) = request;
        let fingerprint =
            self.hasher.hash_one((route.service, route.method, expected.map(|act| act.0), request));
        let place = (caller.client(), key);
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.forget_before(now);
        match calls.known.get(&place) {
            Some(known) if known.fingerprint != fingerprint => {
                Err(ApiError::invalid("this Idempotency-Key was sent with another request; use a new one"))
            }
            Some(Known { done: Some(done), .. }) => Ok(Begun::Again(done.clone())),
            Some(Known { done: None, .. }) => Err(ApiError::aborted(
                "the same call with this Idempotency-Key is under way; ask again in a moment",
            )),
            None => {
                let number = calls.insert(place.clone(), fingerprint, now);
                Ok(Begun::First(Ticket { retries: Arc::clone(self), place, number }))
            }
        }
    }
}

impl Calls {
    fn insert(&mut self, place: Place, fingerprint: u64, begun: Timestamp) -> u64 {
        let number = self.next;
        self.next += 1;
        self.order.insert(number, place.clone());
        self.known.insert(place, Known { number, begun, fingerprint, done: None });
        number
    }

    /// Forgets what is too old, and the oldest ones when there are too many.
    fn forget_before(&mut self, now: Timestamp) {
        while let Some((number, place)) = self.order.first_key_value() {
            let old = self.known.get(place).is_none_or(|known| known.begun.0 + RETRY_SECONDS <= now.0);
            if !old && self.known.len() < RETRIES_MAX && self.bytes <= RETRY_BYTES_MAX {
                break;
            }
            let (number, place) = (*number, place.clone());
            self.forget(number, &place);
        }
    }

    fn forget(&mut self, number: u64, place: &Place) {
        self.order.remove(&number);
        if let Some(known) = self.known.remove(place) {
            self.bytes -= known.done.map_or(0, |done| done.reply.body.len());
        }
    }
}

impl Ticket {
    /// Keeps the answer for whoever asks again.
    pub(super) fn keep(&self, done: Done) {
        let mut calls = self.retries.calls.lock().unwrap_or_else(PoisonError::into_inner);
        // It may have been forgotten meanwhile.
        if let Some(known) = calls.known.get_mut(&self.place).filter(|known| known.number == self.number) {
            let bytes = done.reply.body.len();
            known.done = Some(done);
            calls.bytes += bytes;
        }
    }
}

impl Drop for Ticket {
    /// What was not answered may be tried again.
    fn drop(&mut self) {
        let mut calls = self.retries.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let unanswered = |known: &&Known| known.number == self.number && known.done.is_none();
        if calls.known.get(&self.place).filter(unanswered).is_some() {
            calls.forget(self.number, &self.place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::lookup;
    use super::*;
    use serde_json::json;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn route() -> &'static Route {
        lookup("/zitadel.user.v2.UserService/CreateUser").unwrap().with("POST").unwrap()
    }

    fn begin(retries: &Arc<Retries>, key: &str, body: &[u8], now: Timestamp) -> Result<Begun, ApiError> {
        let key = IdempotencyKey::parse(key.as_bytes()).unwrap();
        retries.begin(&Caller::Operator, key, (route(), None, &json!({ "name": body })), now)
    }

    fn ticket(begun: Result<Begun, ApiError>) -> Ticket {
        match begun.unwrap() {
            Begun::First(ticket) => ticket,
            Begun::Again(_) => panic!("it was done before"),
        }
    }

    fn done(bytes: usize) -> Done {
        let reply = Arc::new(Reply { body: vec![b'x'; bytes], ignored: Vec::new() });
        Done { reply, rights: Vec::new(), made: None }
    }

    #[test]
    fn a_key_is_visible_text_of_bounded_length() {
        assert_eq!(IdempotencyKey::parse(b"\"abc\""), IdempotencyKey::parse(b" abc "));
        for wrong in [&b""[..], b"\"\"", b"a b", b"\xc3\xa4", b"\xff", &[b'x'; 256]] {
            assert_eq!(IdempotencyKey::parse(wrong), None);
        }
    }

    #[test]
    fn what_was_answered_is_answered_again_until_it_is_old() {
        let retries = Arc::default();
        let first = ticket(begin(&retries, "a", b"1", NOW));
        assert!(begin(&retries, "a", b"1", NOW).is_err(), "it is under way");
        first.keep(done(3));
        drop(first);
        assert!(
            matches!(begin(&retries, "a", b"1", NOW), Ok(Begun::Again(done)) if done.reply.body == b"xxx")
        );
        assert!(begin(&retries, "a", b"2", NOW).is_err(), "another request");
        ticket(begin(&retries, "b", b"1", NOW));
        ticket(begin(&retries, "a", b"1", NOW.after(jeton_domain::time::Lifetime(600))));
    }

    #[test]
    fn what_was_refused_or_broke_off_is_tried_again() {
        let retries = Arc::default();
        drop(ticket(begin(&retries, "a", b"1", NOW)));
        ticket(begin(&retries, "a", b"1", NOW));
    }

    #[test]
    fn the_oldest_make_room() {
        let retries: Arc<Retries> = Arc::default();
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
