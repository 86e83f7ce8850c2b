//! The requests of the load, and the check of their answers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A sequence of requests, and a check of each answer's body.
pub trait Workload {
    /// Writes the next request into an empty buffer.
    fn write(&mut self, request: &mut Vec<u8>);
    /// True if the body of a 200 is a valid answer.
    fn accept(&mut self, body: &[u8]) -> bool;
}

/// A generator of indices: xorshift64*, with a fixed seed so that runs are alike.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// A generator with this seed. Neighbouring seeds give unlike sequences.
    pub const fn new(seed: u64) -> Self {
        // The end of splitmix64, which is a bijection, so that two seeds never begin alike.
        let mut state = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        state ^= state >> 31;
        // The one state that xorshift never leaves.
        Self(if state == 0 { 1 } else { state })
    }

    /// An index below `len`.
    pub fn below(&mut self, len: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32;
        usize::try_from(number).unwrap_or(0) % len.max(1)
    }
}

/// A client's id and secret, encoded for `Authorization: Basic`.
pub fn basic(id: &str, secret: &str) -> String {
    STANDARD.encode(format!("{id}:{secret}"))
}

/// A POST request of a client with a form.
pub fn form_request(path: &str, basic: &str, body: &str) -> Vec<u8> {
    form_request_as(path, &format!("Basic {basic}"), body)
}

/// A POST request with this `Authorization` and a form.
pub fn form_request_as(path: &str, authorization: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/x-www-form-urlencoded\r\n\
         authorization: {authorization}\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Health checks: the cost of HTTP alone.
#[derive(Debug)]
pub struct Health;

impl Workload for Health {
    fn write(&mut self, request: &mut Vec<u8>) {
        request.extend_from_slice(b"GET /debug/healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n");
    }

    fn accept(&mut self, body: &[u8]) -> bool {
        body == br#"{"status":"alive"}"#
    }
}

/// Token requests of service users picked at random. Optionally keeps the tokens.
#[derive(Debug)]
pub struct Issue {
    requests: Vec<Vec<u8>>,
    dice: Dice,
    is_token: fn(&[u8]) -> bool,
    kept: Vec<String>,
    kept_max: usize,
}

impl Issue {
    /// Token requests with these Basic credentials.
    pub fn new(clients: &[String]) -> Self {
        let body = "grant_type=client_credentials&scope=openid+profile";
        Self::asking(clients, body, |token| token.starts_with(b"jeton_at_") && token.len() > 64)
    }

    /// Token requests of clients that get JWTs, without `openid`, so that there is no id token.
    pub fn jwt(clients: &[String]) -> Self {
        let is_jwt =
            |token: &[u8]| token.starts_with(b"eyJ") && token.iter().filter(|b| **b == b'.').count() == 2;
        Self::asking(clients, "grant_type=client_credentials&scope=profile", is_jwt)
    }

    /// Picks clients by this seed, so that several threads send unlike sequences.
    pub fn seeded(mut self, seed: u64) -> Self {
        self.dice = Dice::new(seed);
        self
    }

    /// Keeps the issued tokens, at most this many.
    pub fn keeping(mut self, tokens_max: usize) -> Self {
        self.kept_max = tokens_max;
        self
    }

    /// The issued tokens that were kept.
    pub fn into_kept(self) -> Vec<String> {
        self.kept
    }

    fn asking(clients: &[String], body: &str, is_token: fn(&[u8]) -> bool) -> Self {
        let requests = clients.iter().map(|basic| form_request("/oauth/v2/token", basic, body)).collect();
        Self { requests, dice: Dice::new(7), is_token, kept: Vec::new(), kept_max: 0 }
    }
}

/// The access token in the body of a token response, which must be its first member.
pub fn issued_token(body: &[u8]) -> Option<&[u8]> {
    let rest = body.strip_prefix(br#"{"access_token":""#)?;
    rest.split(|byte| *byte == b'"').next()
}

impl Workload for Issue {
    fn write(&mut self, request: &mut Vec<u8>) {
        if let Some(next) = self.requests.get(self.dice.below(self.requests.len())) {
            request.extend_from_slice(next);
        }
    }

    fn accept(&mut self, body: &[u8]) -> bool {
        let Some(token) = issued_token(body).filter(|token| (self.is_token)(token)) else { return false };
        if self.kept.len() < self.kept_max {
            self.kept.push(String::from_utf8_lossy(token).into_owned());
        }
        true
    }
}

/// Introspections of tokens picked at random by one API.
#[derive(Debug)]
pub struct Introspect<'a> {
    head: Vec<u8>,
    tokens: &'a [String],
    dice: Dice,
}

impl<'a> Introspect<'a> {
    /// Introspections of these tokens, which must have the same length.
    pub fn new(api: &str, tokens: &'a [String]) -> Self {
        let longest = tokens.first().map_or("", String::as_str);
        let mut head = form_request("/oauth/v2/introspect", api, &format!("token={longest}"));
        head.truncate(head.len() - longest.len());
        Self { head, tokens, dice: Dice::new(11) }
    }

    /// Picks tokens by this seed, so that several threads send unlike sequences.
    pub fn seeded(mut self, seed: u64) -> Self {
        self.dice = Dice::new(seed);
        self
    }
}

impl Workload for Introspect<'_> {
    fn write(&mut self, request: &mut Vec<u8>) {
        request.extend_from_slice(&self.head);
        if let Some(token) = self.tokens.get(self.dice.below(self.tokens.len())) {
            request.extend_from_slice(token.as_bytes());
        }
    }

    fn accept(&mut self, body: &[u8]) -> bool {
        body.starts_with(br#"{"active":true,"scope":"openid profile","client_id":"bench-"#)
            && body.ends_with(b"}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(token: &str) -> Vec<u8> {
        format!(r#"{{"access_token":"{token}","token_type":"Bearer"}}"#).into_bytes()
    }

    #[test]
    fn an_answer_without_a_token_of_the_asked_form_is_not_accepted() {
        let opaque = format!("jeton_at_{}", "0".repeat(64));
        let mut issue = Issue::new(&[basic("bench-0", "secret")]);
        assert!(issue.accept(&answer(&opaque)));
        for token in ["", "jeton_at_", "eyJ.a.b"] {
            assert!(!issue.accept(&answer(token)), "{token}");
        }
        assert!(!issue.accept(br#"{"error":"invalid_client"}"#));
        let mut jwt = Issue::jwt(&[]);
        assert!(jwt.accept(&answer("eyJ.a.b")));
        assert!(!jwt.accept(&answer("eyJ.a")) && !jwt.accept(&answer(&opaque)));
    }

    #[test]
    fn tokens_are_kept_up_to_the_maximum() {
        let token = answer("eyJ.a.b");
        for (max, kept) in [(0, 0), (1, 1), (5, 3)] {
            let mut issue = Issue::jwt(&[]).keeping(max);
            assert!((0..3).all(|_| issue.accept(&token)));
            assert_eq!(issue.into_kept().len(), kept);
        }
    }

    #[test]
    fn an_introspection_of_an_inactive_token_is_not_accepted() {
        let tokens = ["token".to_owned()];
        let mut introspect = Introspect::new(&basic("api", "secret"), &tokens);
        assert!(!introspect.accept(br#"{"active":false}"#));
        assert!(introspect.accept(br#"{"active":true,"scope":"openid profile","client_id":"bench-0"}"#));
        let mut request = Vec::new();
        introspect.write(&mut request);
        assert!(request.ends_with(b"content-length: 11\r\n\r\ntoken=token"));
    }
    /// The requests that a workload sends first.
    fn first(workload: &mut dyn Workload) -> Vec<Vec<u8>> {
        let mut next = || {
            let mut request = Vec::new();
            workload.write(&mut request);
            request
        };
        (0..20).map(|_| next()).collect()
    }

    #[test]
    fn every_seed_is_a_sequence_of_its_own_and_the_same_in_every_run() {
        let names: Vec<String> = (0..100).map(|number| format!("{number:03}")).collect();
        let issued = |seed| first(&mut Issue::new(&names).seeded(seed));
        let introspected = |seed| first(&mut Introspect::new("api", &names).seeded(seed));
        for seed in [0, 1, 2, 3, u64::MAX - 1] {
            assert_eq!(issued(seed), issued(seed));
            assert_ne!(issued(seed), issued(seed + 1), "{seed}");
            assert_eq!(introspected(seed), introspected(seed));
            assert_ne!(introspected(seed), introspected(seed + 1), "{seed}");
        }
    }
}
