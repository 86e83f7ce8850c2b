//! Rules that depend on time, over HTTP: no test sleeps for them.

use super::*;
use jeton_management::services::Pools;
use jeton_store::journal::JournalError;
use jeton_store::journal::memory::MemoryJournal;
use serde_json::{Value, json};

/// A server with pools, for calls of the management API.
struct Served {
    server: TestServer,
    _pools: Pools,
}

struct Reply {
    status: u16,
    head: String,
    body: String,
}

impl Reply {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        let start = format!("{name}: ");
        self.head.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_default()
    }
}

const PUBLIC: Door = Door::Public(IpAddr::V4(Ipv4Addr::LOCALHOST));
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");

impl Served {
    fn start(seed: u64) -> Self {
        Self::over(seed, None)
    }

    /// A server that shares a journal.
    fn sharing(journal: &MemoryJournal) -> Self {
        Self::over(1, Some(Arc::new(journal.clone())))
    }

    fn over(seed: u64, journal: Option<Arc<dyn Journal>>) -> Self {
        let server = TestServer::build(seed, Builder::new_current_thread().enable_time(), journal);
        let pools = server.wiring.start_pools().unwrap();
        Self { server, _pools: pools }
    }

    fn ask(&self, door: Door, start: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let request = format!(
            "{start} HTTP/1.1\r\nhost: id.example.com\r\nconnection: close\r\n{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let received = String::from_utf8(self.server.exchange(door, request.as_bytes())).unwrap();
        let (head, body) = received.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Reply { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// A call of the operator's.
    fn call(&self, path: &str, request: &Value) -> Value {
        let reply = self.ask(Door::Operator, &format!("POST /{path}"), &[JSON], &request.to_string());
        assert_eq!(reply.status, 200, "{path}: {}", reply.body);
        reply.json()
    }

    fn user(&self, name: &str) {
        let user = json!({ "username": name, "machine": { "name": name } });
        self.call("zitadel.user.v2.UserService/CreateUser", &user);
    }

    fn secret(&self, name: &str, more: &[(&str, Value)]) -> String {
        let mut request = json!({ "userId": name });
        more.iter().for_each(|(member, value)| request[*member] = value.clone());
        let made = self.call("zitadel.user.v2.UserService/AddSecret", &request);
        made["clientSecret"].as_str().unwrap().to_owned()
    }

    fn request_token(&self, name: &str, secret: &str) -> Reply {
        let form =
            format!("grant_type=client_credentials&scope=openid&client_id={name}&client_secret={secret}");
        self.ask(PUBLIC, "POST /oauth/v2/token", &[FORM], &form)
    }

    fn token(&self, name: &str, secret: &str) -> String {
        let reply = self.request_token(name, secret);
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()["access_token"].as_str().unwrap().to_owned()
    }

    fn lives(&self, token: &str) -> bool {
        let bearer = format!("Bearer {token}");
        match self.ask(PUBLIC, "GET /oidc/v1/userinfo", &[("authorization", &bearer)], "").status {
            200 => true,
            status => {
                assert_eq!(status, 401);
                false
            }
        }
    }

    /// Lets time pass, and does what the server does from time to time.
    fn pass(&self, seconds: u64) {
        self.server.clock.advance(seconds);
        let worker = &self.server.worker;
        self.server.wiring.keep_tidy();
        self.server.runtime.block_on(async {
            rotation::rotate_due(&worker.http_api.management).await.unwrap();
            worker.oauth.flush_security_events().await;
        });
    }

    fn key_ids(&self) -> Vec<String> {
        let keys = self.ask(PUBLIC, "GET /oauth/v2/keys", &[], "").json();
        let keys = keys["keys"].as_array().unwrap().iter();
        keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
    }
}

const DAY: u64 = 24 * 3600;

#[test]
fn a_token_lives_until_the_second_of_its_end() {
    let server = Served::start(1);
    server.user("billing");
    let secret = server.secret("billing", &[]);
    let reply = server.request_token("billing", &secret).json();
    let token = reply["access_token"].as_str().unwrap();
    let seconds = reply["expires_in"].as_u64().unwrap();
    server.pass(seconds - 1);
    assert!(server.lives(token));
    server.pass(1);
    assert!(!server.lives(token));
}

#[test]
fn an_expired_token_is_answered_like_any_inactive_one() {
    let server = Served::start(8);
    server.user("billing");
    let secret = server.secret("billing", &[]);
    let request = json!({ "name": "An API", "apiConfiguration": {} });
    let api = server.call("zitadel.application.v2.ApplicationService/CreateApplication", &request);
    let of_api = |member: &str| api["apiConfiguration"][member].as_str().unwrap().to_owned();
    let (id, api_secret) = (of_api("clientId"), of_api("clientSecret"));
    let introspect = |token: &str| {
        let form = format!("client_id={id}&client_secret={api_secret}&token={token}");
        let reply = server.ask(PUBLIC, "POST /oauth/v2/introspect", &[FORM], &form);
        let head: Vec<_> = reply.head.lines().filter(|line| !line.starts_with("date: ")).collect();
        format!("{}\n{}", head.join("\n"), reply.body)
    };
    let token = server.token("billing", &secret);
    assert!(introspect(&token).contains(r#""active":true"#));
    server.pass(DAY);
    assert!(introspect(&token).ends_with(r#"{"active":false}"#));
    assert_eq!(introspect(&token), introspect("junk"));
}

#[test]
fn a_secret_ends_by_itself_and_its_tokens_live_on() {
    let server = Served::start(2);
    server.user("billing");
    let secret = server.secret("billing", &[("lifetime", json!("60s"))]);
    let token = server.token("billing", &secret);
    server.pass(59);
    server.token("billing", &secret);
    server.pass(2);
    assert_eq!(server.request_token("billing", &secret).status, 401);
    assert!(server.lives(&token));
    let secrets = server.call("jeton.user.v1.UserService/ListSecrets", &json!({ "userId": "billing" }));
    assert_eq!(secrets["result"][0]["state"], "SECRET_STATE_ENDED", "{secrets}");
}

#[test]
fn a_credential_that_was_used_lately_is_not_listed_as_unused() {
    let server = Served::start(3);
    server.user("billing");
    let used = server.secret("billing", &[("label", json!("used"))]);
    server.secret("billing", &[("label", json!("idle")), ("keepOthers", json!(true))]);
    let unused = || {
        let path = "jeton.credential.v1.CredentialService/ListUnusedCredentials";
        let found = server.call(path, &json!({ "unusedFor": "2592000s" }));
        let found = found["credentials"].as_array().cloned().unwrap_or_default();
        found.iter().map(|one| one["label"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(unused(), [""; 0], "they are younger than that");
    server.pass(31 * DAY);
    assert_eq!(unused().len(), 2);
    server.token("billing", &used);
    assert_eq!(unused(), ["idle"]);
}

#[test]
fn signing_keys_rotate_by_themselves_and_successors_are_published_before() {
    let server = Served::start(4);
    server.pass(1);
    let first = server.key_ids();
    assert_eq!(first.len(), 2, "the active key and its successor");
    server.pass(91 * DAY);
    let second = server.key_ids();
    assert!(first.iter().all(|id| second.contains(id)), "the former key verifies on: {second:?}");
    assert_eq!(second.len(), 3, "another successor");
    server.pass(80 * DAY);
    let third = server.key_ids();
    assert_eq!(third.len(), 2, "the former key is removed once its tokens have ended: {third:?}");
    assert!(third.iter().all(|id| second.contains(id)));
}

#[test]
fn a_console_session_ends_after_a_quarter_of_an_hour_without_a_person() {
    let server = Served::start(5);
    let link = server.call("console/sign-in-link", &json!({}));
    let link = link["url"].as_str().unwrap().split_once("#link=").unwrap().1.to_owned();
    let page = [("origin", ISSUER), ("sec-fetch-site", "same-origin"), JSON];
    let body = json!({ "link": link }).to_string();
    let reply = server.ask(PUBLIC, "POST /ui/console/api/session", &page, &body);
    assert_eq!(reply.status, 200, "{}", reply.body);
    let cookie = reply.header("set-cookie").split(';').next().unwrap().to_owned();
    let whose = |more: &[(&str, &str)]| {
        let headers = [&[("sec-fetch-site", "same-origin"), ("cookie", &cookie)], more].concat();
        server.ask(PUBLIC, "GET /ui/console/api/session", &headers, "").status
    };
    server.pass(14 * 60);
    assert_eq!(whose(&[]), 200);
    server.pass(14 * 60);
    assert_eq!(whose(&[("jeton-unattended", "1")]), 200);
    server.pass(2 * 60);
    assert_eq!(whose(&[]), 401, "the page alone does not keep a session");
}

#[test]
fn equal_seeds_make_equal_secrets() {
    let secret = |seed| {
        let server = Served::start(seed);
        let link = server.call("console/sign-in-link", &json!({}));
        link["url"].as_str().unwrap().to_owned()
    };
    assert_eq!(secret(6), secret(6));
    assert_ne!(secret(6), secret(7));
}

#[test]
fn nothing_is_answered_from_facts_that_the_journal_does_not_confirm() {
    let journal = MemoryJournal::default();
    let served = Served::sharing(&journal);
    let facts = [
        (PUBLIC, "POST /oauth/v2/token", FORM),
        (PUBLIC, "POST /oauth/v2/introspect", FORM),
        (PUBLIC, "POST /oauth/v2/revoke", FORM),
        (PUBLIC, "GET /oidc/v1/userinfo", FORM),
        (PUBLIC, "GET /oauth/v2/keys", FORM),
        (PUBLIC, "POST /v2/users", JSON),
        (PUBLIC, "POST /zitadel.user.v2.UserService/ListUsers", JSON),
        (PUBLIC, "GET /ui/console/api/session", JSON),
        (Door::Operator, "POST /zitadel.user.v2.UserService/ListUsers", JSON),
    ];
    let others = ["GET /debug/healthz", "GET /.well-known/openid-configuration", "GET /v2/openapi.json"];
    let status = |door, start: &str, header| served.ask(door, start, &[header], "{}").status;
    for (door, start, header) in facts {
        assert_ne!(status(door, start, header), 503, "{start}");
    }
    journal.cut_off(Some(JournalError::TooSlow));
    for (door, start, header) in facts {
        assert_eq!(status(door, start, header), 503, "{start}");
    }
    for start in others {
        assert_eq!(status(PUBLIC, start, JSON), 200, "{start}");
    }
    let ready = served.ask(PUBLIC, "GET /debug/ready", &[], "");
    assert_eq!((ready.status, &ready.json()["database"]), (503, &json!(JournalError::TooSlow.to_string())));
    journal.cut_off(None);
    for (door, start, header) in facts {
        assert_ne!(status(door, start, header), 503, "{start}");
    }
    assert_eq!(served.ask(PUBLIC, "GET /debug/ready", &[], "").json()["database"], "ok");
}
