//! Sign-in to the console, and the session of its cookie.

use crate::harness::{Reply, Server, refused, text};
use serde_json::{Value, json};

const API: &str = "/ui/console/api/";
const LIST_USERS: &str = "zitadel.user.v2.UserService/ListUsers";

/// A browser that is signed in.
pub struct Browser<'s> {
    server: &'s Server,
    pub cookie: String,
    pub csrf: String,
    pub about: Value,
}

impl<'s> Browser<'s> {
    /// Signs in with a link, as the operator.
    pub fn operator(server: &'s Server) -> Self {
        Self::of(server, &sign_in(server, &json!({ "link": link(server) })))
    }

    /// The browser of the session that was just started.
    pub fn of(server: &'s Server, reply: &Reply) -> Self {
        assert_eq!(reply.status, 200, "{}", reply.text());
        let cookie = reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        let about = reply.json();
        Self { server, cookie, csrf: text(&about, "/csrfToken"), about }
    }

    /// Headers that the console's own page sends.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        vec![
            ("content-type", "application/json".into()),
            ("origin", format!("http://{}", self.server.address)),
            ("sec-fetch-site", "same-origin".into()),
            ("cookie", self.cookie.clone()),
            ("jeton-csrf-token", self.csrf.clone()),
        ]
    }

    pub fn call(&self, call: &str, request: &Value) -> Reply {
        send(self.server, "POST", call, &self.headers(), &request.to_string())
    }

    pub fn whose(&self) -> Reply {
        send(self.server, "GET", "session", &[("cookie", self.cookie.clone())], "")
    }
}

pub fn send(server: &Server, method: &str, call: &str, headers: &[(&str, String)], body: &str) -> Reply {
    let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    server.request(method, &format!("{API}{call}"), &headers, body.as_bytes())
}

/// The secret part of a fresh link.
fn link(server: &Server) -> String {
    let url = text(&server.json(&["console"]), "/url");
    let (page, link) = url.split_once("#link=").unwrap();
    assert_eq!(page, format!("http://{}/ui/console/", server.address));
    link.to_owned()
}

pub fn sign_in(server: &Server, request: &Value) -> Reply {
    let headers =
        [("content-type", "application/json".to_owned()), ("origin", format!("http://{}", server.address))];
    send(server, "POST", "session", &headers, &request.to_string())
}

#[test]
fn a_link_signs_the_operator_in_once() {
    let server = Server::start();
    let link = link(&server);
    let browser = Browser::of(&server, &sign_in(&server, &json!({ "link": link })));
    assert_eq!(browser.about["name"], "operator");
    assert_eq!(browser.call(LIST_USERS, &json!({})).status, 200);
    let again = sign_in(&server, &json!({ "link": link }));
    assert_eq!((again.status, text(&again.json(), "/code").as_str()), (401, "unauthenticated"));
    assert_eq!(again.header("set-cookie"), None);
}

#[test]
fn the_cookie_is_for_this_host_for_requests_of_this_site_and_for_no_script() {
    let server = Server::start();
    let reply = sign_in(&server, &json!({ "link": link(&server) }));
    let cookie = reply.header("set-cookie").unwrap();
    assert!(cookie.starts_with("__Host-jeton=jeton_se_"), "{cookie}");
    assert!(cookie.ends_with("; Path=/; Secure; HttpOnly; SameSite=Strict"), "{cookie}");
    assert!(!reply.text().contains("jeton_se_"));
}

#[test]
fn an_administrator_signs_in_with_a_token_or_with_client_credentials() {
    let server = Server::start();
    let token = server.owner();
    let secret = server.secret("owner");
    let by_token = Browser::of(&server, &sign_in(&server, &json!({ "token": token })));
    let by_secret = Browser::of(
        &server,
        &sign_in(&server, &json!({ "clientId": secret.id, "clientSecret": secret.secret })),
    );
    for browser in [&by_token, &by_secret] {
        assert_eq!(browser.about["name"], "owner");
        assert_eq!(browser.call(LIST_USERS, &json!({})).status, 200);
    }
    // The session ends immediately with its token.
    let id = text(&by_token.about, "/userId");
    assert_eq!(
        by_token.call("jeton.token.v1.TokenService/RevokeUserTokens", &json!({ "userId": id })).status,
        200
    );
    for browser in [&by_token, &by_secret] {
        assert_eq!(browser.call(LIST_USERS, &json!({})).status, 401);
        assert_eq!(browser.whose().status, 401);
    }
}

#[test]
fn a_session_may_what_its_user_may() {
    let server = Server::start();
    let token = server.administrator("viewer", &["IAM_OWNER_VIEWER"]);
    let browser = Browser::of(&server, &sign_in(&server, &json!({ "token": token })));
    assert_eq!(browser.call(LIST_USERS, &json!({})).status, 200);
    let request = json!({ "username": "new", "machine": { "name": "New" } });
    let reply = browser.call("zitadel.user.v2.UserService/CreateUser", &request);
    assert_eq!((reply.status, text(&reply.json(), "/code").as_str()), (403, "permission_denied"));
}

#[test]
fn a_user_without_administrator_roles_does_not_get_in() {
    let server = Server::start();
    let user = server.user("billing");
    let token = text(&server.json(&["pat", "create", "billing"]), "/token");
    let plain = server.token(&user);
    for (request, status) in [
        (json!({ "token": token }), 403),
        (json!({ "token": plain }), 401),
        (json!({ "clientId": user.id, "clientSecret": user.secret }), 403),
        (json!({ "clientId": user.id, "clientSecret": "jeton_cs_x" }), 401),
        (json!({ "clientId": "nobody", "clientSecret": user.secret }), 401),
        (json!({ "token": "jeton_at_x" }), 401),
        (json!({ "token": "" }), 401),
        (json!({ "link": "jeton_li_x" }), 401),
        (json!({}), 400),
        (json!({ "token": token, "link": "x" }), 400),
        (json!({ "token": 7 }), 400),
        (json!([token]), 400),
        (json!({ "token": "x".repeat(5000) }), 400),
    ] {
        let reply = sign_in(&server, &request);
        assert_eq!(reply.status, status, "{}", reply.text());
        assert_eq!(reply.header("set-cookie"), None);
        assert!(!reply.text().contains("jeton_"), "{}", reply.text());
    }
}

#[test]
fn guessing_client_secrets_here_is_slowed_down_as_at_the_token_endpoint() {
    let server = Server::start();
    let _ = server.owner();
    let wrong = server.secret("owner").secret;
    let guess = || sign_in(&server, &json!({ "clientId": "somebody", "clientSecret": wrong })).status;
    let statuses: Vec<u16> = (0..30).map(|_| guess()).collect();
    assert_eq!((statuses[0], statuses[29]), (401, 429));
}

#[test]
fn signing_out_ends_the_session_and_the_token_that_was_obtained_for_it_only() {
    let server = Server::start();
    let token = server.owner();
    let secret = server.secret("owner");
    let by_secret = json!({ "clientId": secret.id, "clientSecret": secret.secret });
    for request in [json!({ "token": token }), by_secret, json!({ "link": link(&server) })] {
        let browser = Browser::of(&server, &sign_in(&server, &request));
        let reply = browser.call("session/end", &json!({}));
        assert_eq!((reply.status, reply.text().as_str()), (200, "{}"));
        assert!(reply.header("set-cookie").unwrap().contains("Max-Age=0"));
        assert_eq!(browser.call(LIST_USERS, &json!({})).status, 401);
    }
    assert_eq!(server.call_as(&token, &format!("/{LIST_USERS}"), &json!({})).status, 200);
    assert_eq!(server.stats()["unexpiredTokens"], 0, "a personal access token is none of them");
}

#[test]
fn sessions_are_listed_and_ended_by_their_user_and_by_instance_administrators() {
    let server = Server::start();
    let operator = Browser::operator(&server);
    let viewer_token = server.administrator("viewer", &["IAM_OWNER_VIEWER"]);
    let viewer = || Browser::of(&server, &sign_in(&server, &json!({ "token": viewer_token })));
    let (first, second) = (viewer(), viewer());
    let names = |browser: &Browser<'_>| -> Vec<String> {
        let reply = browser.call("session/list", &json!({})).json();
        reply["sessions"].as_array().unwrap().iter().map(|session| text(session, "/name")).collect()
    };
    assert_eq!(names(&first), ["viewer", "viewer"]);
    assert_eq!(names(&operator).len(), 3);

    let of_operator = json!({ "sessionId": text(&operator.about, "/sessionId") });
    refused(&first.call("session/end", &of_operator), 404, "not_found");
    assert_eq!(
        first.call("session/end", &json!({ "sessionId": text(&second.about, "/sessionId") })).status,
        200
    );
    assert_eq!(second.whose().status, 401);
    assert_eq!(
        operator.call("session/end", &json!({ "sessionId": text(&first.about, "/sessionId") })).status,
        200
    );
    assert_eq!(first.whose().status, 401);
    assert_eq!(operator.whose().status, 200);
}

#[test]
fn signing_in_again_changes_the_session_and_ends_the_one_before() {
    let server = Server::start();
    let browser = Browser::operator(&server);
    let headers = browser.headers();
    let again = send(&server, "POST", "session", &headers, &json!({ "link": link(&server) }).to_string());
    let renewed = Browser::of(&server, &again);
    assert_ne!(renewed.cookie, browser.cookie);
    assert_ne!(renewed.csrf, browser.csrf);
    assert_eq!(browser.whose().status, 401);
    assert_eq!(renewed.whose().status, 200);
}

#[test]
fn a_session_is_no_bearer_and_a_bearer_is_no_session() {
    let server = Server::start();
    let token = server.owner();
    let browser = Browser::operator(&server);
    let session = browser.cookie.trim_start_matches("__Host-jeton=").to_owned();
    refused(&server.call_as(&session, &format!("/{LIST_USERS}"), &json!({})), 401, "unauthenticated");
    let cookie = [("cookie", browser.cookie.as_str()), ("content-type", "application/json")];
    refused(&server.request("POST", &format!("/{LIST_USERS}"), &cookie, b"{}"), 401, "unauthenticated");

    let mut headers = browser.headers();
    headers.retain(|(name, _)| *name != "cookie");
    headers.push(("authorization", format!("Bearer {token}")));
    assert_eq!(send(&server, "POST", LIST_USERS, &headers, "{}").status, 401);
    headers.push(("cookie", format!("__Host-jeton={token}")));
    assert_eq!(send(&server, "POST", LIST_USERS, &headers, "{}").status, 401);
}

#[test]
fn sessions_are_in_the_audit_trail() {
    let server = Server::start();
    let token = server.owner();
    let browser = Browser::of(&server, &sign_in(&server, &json!({ "token": token })));
    assert_eq!(browser.call("session/end", &json!({})).status, 200);
    let _ = Browser::operator(&server);
    let request = json!({ "types": ["session.began", "session.ended"] }).to_string();
    let events = server.json(&["call", "jeton.audit.v1.AuditService/ListEvents", &request]);
    let mut kinds: Vec<(String, Option<&str>)> = events["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| (text(event, "/type"), event["subjectId"].as_str()))
        .collect();
    kinds.sort();
    let user = browser.about["userId"].as_str();
    assert_eq!(
        kinds,
        [("session.began".into(), None), ("session.began".into(), user), ("session.ended".into(), user)]
    );
    assert!(events.to_string().contains("the operator, console session"));
}

#[test]
fn a_session_by_a_client_secret_yields_no_separate_token() {
    let server = Server::start();
    let _ = server.owner();
    let secret = server.secret("owner");
    let by_secret = json!({ "clientId": secret.id, "clientSecret": secret.secret });
    let browser = Browser::of(&server, &sign_in(&server, &by_secret));
    assert_eq!(server.stats()["unexpiredTokens"], 0);
    // It ends with all other tokens of the client, and with the token key like a sealed token.
    server.json(&["token", "revoke", "--user", "owner"]);
    assert_eq!(browser.whose().status, 401);
    let browser = Browser::of(&server, &sign_in(&server, &by_secret));
    assert_eq!(browser.whose().status, 200);
    let keys = server.json(&["token-key", "list"]);
    server.json(&["token-key", "remove", &text(&keys, "/tokenKeys/0/id")]);
    assert_eq!(browser.whose().status, 401);
}

#[test]
fn a_restart_ends_sessions() {
    let server = Server::start();
    let browser = Browser::operator(&server);
    let Browser { cookie, csrf, .. } = browser;
    let server = server.restarted();
    let browser = Browser { server: &server, cookie, csrf, about: Value::Null };
    assert_eq!(browser.whose().status, 401);
}

/// Conformance 99: Content Security Policy Level 3; security headers
#[test]
fn files_are_served_with_a_policy_and_kept_as_long_as_they_are_the_same() {
    let server = Server::start();
    let get = |path: &str, headers: &[(&str, &str)]| server.request("GET", path, headers, b"");
    let page = get("/ui/console/", &[]);
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    for part in ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert!(policy.contains("require-trusted-types-for 'script'; trusted-types 'none'"), "{policy}");
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));

    let script = get("/ui/console/app.js", &[("accept-encoding", "br, gzip")]);
    assert_eq!((script.status, script.header("content-encoding")), (200, Some("gzip")));
    let etag = script.header("etag").unwrap();
    let known = get("/ui/console/app.js", &[("if-none-match", etag)]);
    assert_eq!((known.status, known.body.len()), (304, 0));
    assert!(known.header("content-security-policy").is_some());

    assert_eq!(get("/ui/console", &[]).header("location"), Some("console/"));
    for path in [
        "/ui/console/nothing",
        "/ui/console//app.js",
        "/ui/console/../console/",
        "/ui/console/app.js/",
        "/ui/consoles",
        "/ui/",
    ] {
        assert_eq!(get(path, &[]).status, 404, "{path}");
    }
    assert_eq!(server.request("POST", "/ui/console/", &[], b"").status, 405);
    assert_eq!(server.request("DELETE", "/ui/console/api/session", &[], b"").status, 405);
}

#[test]
fn a_console_below_a_prefix_works_below_it() {
    let server = Server::start_with(&["--issuer", "https://example.com/auth"]);
    let page = server.request("GET", "/auth/ui/console/", &[], b"");
    assert_eq!((page.status, page.header("strict-transport-security")), (200, Some("max-age=31536000")));
    let url = text(&server.json(&["console"]), "/url");
    let link = url.strip_prefix("https://example.com/auth/ui/console/#link=").unwrap();
    let headers = [("content-type", "application/json"), ("origin", "https://example.com")];
    let body = json!({ "link": link }).to_string();
    let reply = server.request("POST", "/auth/ui/console/api/session", &headers, body.as_bytes());
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[test]
fn a_link_needs_a_running_server_here() {
    let server = Server::start();
    let data_dir = server.data_dir.clone();
    let failed =
        crate::harness::failure(&server.cli(&["console", "--server", "https://id.example.com"], false));
    assert!(failed.contains("on the server's own machine"), "{failed}");
    let mut server = server;
    server.terminate();
    let failed = crate::harness::failure(&server.cli(&["console"], false));
    assert!(failed.contains(&format!("no server runs on {}", data_dir.display())), "{failed}");
}
