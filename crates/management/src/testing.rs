//! The management API without a server: a real store on a disk in memory, a clock that is moved by hand, and
//! a seeded generator.

use crate::limits::RETRY_SECONDS;
use crate::rotation;
use crate::status::{Activity, CountedReason, RefusedRequest, ServerStatistics, ServerStatus, UnnamedProxy};
use crate::{
    ApiError, Caller, Code, Conditions, IdempotencyKey, Input, KeyRules, Management, ROUTES, Route, Services,
};
use jeton_domain::id::{ClientId, EventId};
use jeton_domain::key::{Algorithm, KeySpec};
use jeton_domain::time::{Moment, Timestamp};
use jeton_oauth::metadata::Issuer;
use jeton_secret::{Entropy, EntropyError, Keys, Mint, SecretBytes, ServerKey};
use jeton_store::testing::{MemoryDisk, TestClock};
use jeton_store::{Options, StoreHandle};
use jeton_tokens::{ImplausibleTokenAlarm, SigningKeyOpener, TokenKeyOpener, Tokens};
use serde::Serialize;
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// The time at which each instance begins: 2027-01-15.
pub(crate) const BEGIN: u64 = 1_800_000_000;

/// Seeds that differ.
struct Counting(u8);

impl Entropy for Counting {
    fn fill(&mut self, seed: &mut [u8; 32]) -> Result<(), EntropyError> {
        self.0 = self.0.wrapping_add(1);
        seed.fill(self.0);
        Ok(())
    }
}

/// A server that has counted one of everything.
#[derive(Debug)]
struct CountingServer;

impl ServerStatus for CountingServer {
    fn statistics(&self, now: Moment) -> ServerStatistics {
        let (name, address) = ("wrong_secret", IpAddr::from([192, 0, 2, 1]));
        ServerStatistics {
            started: now.wall,
            unexpired_tokens: 3,
            store_bytes: 4096,
            step_seconds: 60,
            points: vec![Activity { begin: now.wall, issued: 1, introspections: 2, refused: 1 }],
            reasons: vec![CountedReason { name, sentence: "The secret is wrong.".into(), count: 1 }],
            unnamed_proxies: vec![UnnamedProxy { address, requests: 9, advice: "Name it.".into() }],
        }
    }

    fn refusals_of(&self, client: ClientId) -> Vec<RefusedRequest> {
        vec![RefusedRequest {
            last: Timestamp(BEGIN),
            endpoint: "/oauth/v2/token",
            reason: "wrong_secret",
            sentence: format!("A secret of {client} is wrong."),
            source: "192.0.2.1".into(),
            count: 1,
        }]
    }
}

struct NoAlarm;

impl ImplausibleTokenAlarm for NoAlarm {
    fn raise(&self, _: ClientId) {}
}

/// An instance and its management API.
pub(crate) struct TestManagement {
    pub(crate) clock: Arc<TestClock>,
    disk: MemoryDisk,
    /// The number of starts, so that each has seeds of its own.
    starts: u8,
    tokens: Arc<Tokens>,
    management: Management,
    runtime: Runtime,
}

impl TestManagement {
    /// A new instance.
    pub(crate) fn new() -> Self {
        Self::on(MemoryDisk::default(), TestClock::at(BEGIN), 1)
    }

    fn on(disk: MemoryDisk, clock: Arc<TestClock>, starts: u8) -> Self {
        let keys = Keys::derive(&ServerKey::new(SecretBytes::new([7; 32])));
        let options = Options::new(keys.check_value(), keys.audit_key(), starts.into());
        let store = Arc::new(disk.open(options, clock.clone()).unwrap());
        let signing_keys = SigningKeyOpener::new(&keys).unwrap();
        let token_keys = TokenKeyOpener::new(&keys, &mut Counting(100)).unwrap();
        let opened = (signing_keys, token_keys);
        let tokens = Arc::new(Tokens::new(Arc::clone(&store), keys, opened, Arc::new(NoAlarm)));
        let first = KeySpec::from(Algorithm::EdDsa);
        let key_rules = KeyRules { first, age_seconds_max: 90 * 24 * 3600 };
        let issuer = Issuer::parse("https://id.example.com").unwrap();
        let services = Services::new(Arc::clone(&tokens), issuer, key_rules, Arc::new(CountingServer));
        let handle = StoreHandle::new(store);
        let mint = Mint::new(Box::new(Counting(starts.wrapping_mul(16)))).unwrap();
        let management = Management::new(services, Arc::clone(&handle), mint);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.spawn(handle.run());
        Self { clock, disk, starts, tokens, management, runtime }
    }

    /// The instance after a start on its disk, of which a record was overwritten with invalid bytes.
    pub(crate) fn spoiled(self, table: &str, id: &str) -> Self {
        self.restarted(|disk| disk.spoil::<u64>(table, id.parse().unwrap()))
    }

    /// The same with a credential that has ended.
    pub(crate) fn spoiled_past(self, client: &str, credential: &str) -> Self {
        let key = (client.parse().unwrap(), credential.parse().unwrap());
        self.restarted(|disk| disk.spoil::<(u64, u64)>("past_credentials", key))
    }

    fn restarted(self, between: impl FnOnce(&MemoryDisk)) -> Self {
        let (disk, clock, starts) = (self.disk.image(), Arc::clone(&self.clock), self.starts);
        drop(self);
        between(&disk);
        Self::on(disk, clock, starts + 1)
    }

    /// The first keys, as a server makes them when it starts.
    pub(crate) fn with_keys(self) -> Self {
        self.runtime.block_on(rotation::begin(&self.management)).unwrap();
        self
    }

    /// Answers a call of the operator.
    pub(crate) fn call(&self, method: &str, request: Value) -> Result<Value, ApiError> {
        self.call_by(&Caller::Operator, method, request)
    }

    /// Answers a call.
    pub(crate) fn call_by(&self, caller: &Caller, method: &str, request: Value) -> Result<Value, ApiError> {
        self.call_if(caller, Conditions::default(), method, request)
    }

    /// Answers a call with conditions.
    pub(crate) fn call_if(
        &self,
        caller: &Caller,
        conditions: Conditions,
        method: &str,
        request: impl Serialize,
    ) -> Result<Value, ApiError> {
        let input = Input { body: serde_json::to_vec(&request).unwrap(), ..Input::default() };
        let run = self.management.run(route(method), caller.clone(), conditions, &input);
        let reply = self.runtime.block_on(run)?;
        Ok(serde_json::from_slice(&reply.body).unwrap())
    }

    /// The text of a member of a reply to the operator.
    pub(crate) fn text(&self, method: &str, request: Value, member: &str) -> String {
        let reply = self.call(method, request).unwrap();
        reply[member].as_str().unwrap_or_else(|| panic!("{member} in {reply}")).to_owned()
    }

    /// Checks that the operator's call is refused with this code, and with a sentence that begins with this.
    pub(crate) fn refused(&self, method: &str, request: Value, code: Code, begin: &str) {
        self.refused_to(&Caller::Operator, method, request, code, begin);
    }

    /// The same for another caller.
    pub(crate) fn refused_to(&self, caller: &Caller, method: &str, request: Value, code: Code, begin: &str) {
        let text = request.to_string();
        match self.call_by(caller, method, request) {
            Ok(reply) => panic!("{method} {text} was answered {reply}"),
            Err(error) => {
                assert_eq!(error.code, code, "{method} {text}: {}", error.message);
                assert!(error.message.starts_with(begin), "{method} {text}: {}", error.message);
            }
        }
    }

    /// A new user, by its username.
    pub(crate) fn user(&self, name: &str) -> String {
        self.text("CreateUser", json!({ "username": name, "machine": { "name": name } }), "userId")
    }

    /// The bearer of a personal access token of a new user with these administrator roles in the default
    /// organization.
    pub(crate) fn administrator(&self, name: &str, roles: &[&str]) -> Caller {
        let user = self.user(name);
        let organization = self.organization();
        if !roles.is_empty() {
            let resource = json!({ "organizationId": organization });
            let assignment = json!({ "userId": user, "resource": resource, "roles": roles });
            self.call("CreateAdministrator", assignment).unwrap();
        }
        self.bearer(&user)
    }

    /// The bearer of a new user's personal access token, with a role there.
    pub(crate) fn with_role(&self, name: &str, resource: &Value, role: &str) -> Caller {
        let user = self.user(name);
        let assignment = json!({ "userId": user, "resource": resource, "roles": [role] });
        self.call("CreateAdministrator", assignment).unwrap();
        self.bearer(&user)
    }

    /// The bearer of a new personal access token of a user.
    pub(crate) fn bearer(&self, user: &str) -> Caller {
        let token = self.text("AddPersonalAccessToken", json!({ "userId": user }), "token");
        let found = self.tokens.with_token(&token, self.tokens.moment(), Management::caller);
        found.unwrap().unwrap().unwrap()
    }

    /// Events after this one, oldest first.
    pub(crate) fn events_after(&self, last: u64) -> Vec<Value> {
        let newest = json!({ "pagination": { "limit": 1000, "asc": true } });
        let listed = self.call("ListEvents", newest).unwrap();
        let all = listed["events"].as_array().unwrap().iter();
        all.filter(|event| number(event) > last).cloned().collect()
    }

    /// The number of the newest event; 0 if there is none.
    pub(crate) fn last_event(&self) -> u64 {
        let listed = self.call("ListEvents", json!({ "pagination": { "limit": 1 } })).unwrap();
        listed["events"].get(0).map_or(0, number)
    }

    /// The default organization.
    pub(crate) fn organization(&self) -> String {
        let listed = self.call("ListOrganizations", json!({ "queries": [{ "defaultQuery": {} }] })).unwrap();
        listed["result"][0]["id"].as_str().unwrap().to_owned()
    }
}

/// The number of an event.
fn number(event: &Value) -> u64 {
    event["sequence"].as_str().unwrap().parse().unwrap()
}

/// The row of a call.
pub(crate) fn route(method: &str) -> &'static Route {
    ROUTES.iter().find(|route| route.method == method).unwrap_or_else(|| panic!("there is no call {method}"))
}

/// The conditions of `Idempotency-Key`.
pub(crate) fn once(key: &str) -> Conditions {
    Conditions { expected: None, key: IdempotencyKey::parse(key.as_bytes()) }
}

/// The conditions of `If-Match`.
pub(crate) fn if_match(sequence: &str) -> Conditions {
    Conditions { expected: Some(EventId::parse(sequence).unwrap()), key: None }
}

/// Seconds after which an answered call is forgotten.
pub(crate) const FORGOTTEN: u64 = RETRY_SECONDS + 1;
