//! Forged and replayed requests of a browser, none of which has an effect.

use crate::console::{Browser, send};
use crate::harness::Server;
use serde_json::json;

const CREATE: &str = "zitadel.user.v2.UserService/CreateUser";

type Headers = Vec<(&'static str, String)>;

/// The page's own headers without some and with others.
fn with(browser: &Browser<'_>, without: &[&str], more: &[(&'static str, &str)]) -> Headers {
    let mut headers = browser.headers();
    headers.retain(|(name, _)| !without.contains(name));
    headers.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
    headers
}

#[test]
fn forged_requests_are_refused_and_do_nothing() {
    let server = Server::start();
    let browser = Browser::operator(&server);
    let other = Browser::operator(&server);
    let own = format!("http://{}", server.address);
    let port = server.address.port();
    let elsewhere = |origin: &str| with(&browser, &["origin"], &[("origin", origin)]);
    let site = |site: &str| with(&browser, &["sec-fetch-site"], &[("sec-fetch-site", site)]);
    let csrf = |token: &str| with(&browser, &["jeton-csrf-token"], &[("jeton-csrf-token", token)]);
    let content = |kind: &str| with(&browser, &["content-type"], &[("content-type", kind)]);
    let cookie = |cookie: &str| with(&browser, &["cookie"], &[("cookie", cookie)]);
    let mut flipped = browser.csrf.clone().into_bytes();
    flipped[5] ^= 1;
    let flipped = String::from_utf8(flipped).unwrap();
    let session = browser.cookie.clone();

    let forged: Vec<(&str, Headers)> = vec![
        ("another origin", elsewhere("https://evil.example")),
        ("another scheme", elsewhere(&own.replace("http:", "https:"))),
        ("another port", elsewhere("http://127.0.0.1:1")),
        ("a longer host", elsewhere(&format!("{own}.evil.example"))),
        ("a host that begins like ours", elsewhere(&format!("http://127.0.0.1.evil.example:{port}"))),
        ("our origin as a path", elsewhere(&format!("https://evil.example/{own}"))),
        ("our origin as a user", elsewhere(&format!("{own}@evil.example"))),
        ("an opaque origin", elsewhere("null")),
        ("an empty origin", elsewhere("")),
        ("no origin", with(&browser, &["origin"], &[])),
        ("two origins", with(&browser, &[], &[("origin", "https://evil.example")])),
        ("our origin twice", with(&browser, &[], &[("origin", &own)])),
        ("cross-site", site("cross-site")),
        ("same-site", site("same-site")),
        ("navigation", site("none")),
        ("two sites", with(&browser, &[], &[("sec-fetch-site", "cross-site")])),
        ("no token", with(&browser, &["jeton-csrf-token"], &[])),
        ("an empty token", csrf("")),
        ("another session's token", csrf(&other.csrf)),
        ("one bit off", csrf(&flipped)),
        ("a shorter token", csrf(&browser.csrf[..42])),
        ("a longer token", csrf(&format!("{}A", browser.csrf))),
        ("the token twice", with(&browser, &[], &[("jeton-csrf-token", &browser.csrf)])),
        ("the cookie as the token", csrf(session.trim_start_matches("__Host-jeton="))),
        ("a form", content("application/x-www-form-urlencoded")),
        ("text", content("text/plain")),
        ("a multipart form", content("multipart/form-data; boundary=x")),
        ("no content type", with(&browser, &["content-type"], &[])),
        ("text that mentions JSON", content("text/plain; application/json")),
        ("no cookie", with(&browser, &["cookie"], &[])),
        ("another session's cookie", cookie(&other.cookie)),
        ("two sessions", cookie(&format!("{}; {}", browser.cookie, other.cookie))),
        ("a cookie without the prefix", cookie(session.trim_start_matches("__Host-"))),
        ("a cookie in capitals", cookie(&session.to_uppercase())),
        ("half a cookie", cookie(&session[..40])),
        ("an empty cookie", cookie("__Host-jeton=")),
    ];
    assert!(forged.len() >= 30);
    let request = json!({ "username": "forged", "machine": { "name": "Forged" } }).to_string();
    for (what, headers) in &forged {
        let reply = send(&server, "POST", CREATE, headers, &request);
        assert!(matches!(reply.status, 400 | 401 | 403), "{what}: {} {}", reply.status, reply.text());
        assert_eq!(reply.header("access-control-allow-origin"), None, "{what}");
        assert_eq!(reply.header("set-cookie"), None, "{what}");
    }
    for method in ["GET", "PUT", "DELETE", "PATCH", "HEAD"] {
        let reply = send(&server, method, CREATE, &browser.headers(), &request);
        assert!(reply.status >= 400, "{method}: {}", reply.status);
    }
    let preflight = [("origin", "https://evil.example"), ("access-control-request-method", "POST")];
    let reply = server.request("OPTIONS", &format!("/ui/console/api/{CREATE}"), &preflight, b"");
    assert_eq!(reply.header("access-control-allow-origin"), None);

    let users = browser.call("zitadel.user.v2.UserService/ListUsers", &json!({})).json();
    assert!(!users.to_string().contains("forged"), "{users}");
    // The page itself succeeds with the same bytes.
    assert_eq!(send(&server, "POST", CREATE, &browser.headers(), &request).status, 200);
}

#[test]
fn requests_of_an_ended_session_can_not_be_replayed() {
    let server = Server::start();
    let browser = Browser::operator(&server);
    assert_eq!(browser.call("session/end", &json!({})).status, 200);
    let request = json!({ "username": "replayed", "machine": { "name": "Replayed" } });
    assert_eq!(browser.call(CREATE, &request).status, 401);
    assert_eq!(browser.whose().status, 401);
}

/// An attacker who signs a victim in to the attacker's session would see the victim's actions.
#[test]
fn a_sign_in_from_another_site_is_refused() {
    let server = Server::start();
    let link = || {
        crate::harness::text(&server.json(&["console"]), "/url").split_once("#link=").unwrap().1.to_owned()
    };
    let own = format!("http://{}", server.address);
    for headers in [
        vec![("content-type", "application/json"), ("origin", "https://evil.example")],
        vec![("content-type", "application/json")],
        vec![("content-type", "text/plain"), ("origin", &own)],
        vec![("content-type", "application/json"), ("origin", &own), ("sec-fetch-site", "cross-site")],
    ] {
        let body = json!({ "link": link() }).to_string();
        let reply = server.request("POST", "/ui/console/api/session", &headers, body.as_bytes());
        assert!(matches!(reply.status, 400 | 403), "{headers:?}: {}", reply.text());
        assert_eq!(reply.header("set-cookie"), None);
    }
}
