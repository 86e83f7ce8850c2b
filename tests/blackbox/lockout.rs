//! A correct credential is never refused because of failures: all requests here come from one address, as
//! behind a proxy that the server does not know.

use crate::console::sign_in;
use crate::harness::{Credentials, Reply, Server};
use crate::keys::{Key, credentials, grant};
use serde_json::json;

const TOKEN: &str = "/oauth/v2/token";
const INTROSPECT: &str = "/oauth/v2/introspect";
const FORM: &str = "grant_type=client_credentials&scope=openid";

/// A number of failures beyond every limit.
const MANY: usize = 60;

/// An assertion with correct claims about a client, signed with another client's key.
fn junk(server: &Server, thief: &Key, kid: &str, client: &str) -> String {
    let header = json!({ "alg": "RS256", "kid": kid, "typ": "JWT" });
    thief.sign(&header, &thief.claims(server, client))
}

fn without_date(reply: &Reply) -> (u16, Vec<(String, String)>, Vec<u8>) {
    let headers = reply.headers.iter().filter(|(name, _)| name != "date").cloned().collect();
    (reply.status, headers, reply.body.clone())
}

/// Conformance 19: RFC 6749 §2.3.1 and §10.10, RFC 6585 §4
#[test]
fn a_right_secret_works_between_any_number_of_wrong_ones() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let other = server.user("shipping").secret;
    let token = server.token(&user);
    let wrong = |right: &Credentials| Credentials { id: right.id.clone(), secret: other.clone() };
    let mut statuses = Vec::new();
    for _ in 0..MANY {
        statuses.push(server.post(TOKEN, &wrong(&user), FORM).status);
        assert_eq!(server.post(TOKEN, &user, FORM).status, 200);
        server.post(INTROSPECT, &wrong(&api), "token=x");
        assert!(server.is_active(&api, &token));
    }
    assert_eq!((statuses[0], statuses[MANY - 1]), (401, 429), "failures are what is bounded: {statuses:?}");
}

#[test]
fn forged_assertions_that_name_a_client_do_not_lock_it_out() {
    let server = Server::start();
    let owner = server.owner();
    let user = server.user("billing");
    server.json(&["admin", "add", "billing", "IAM_OWNER_VIEWER"]);
    server.user("thief");
    let (key, thief) = (Key::add(&server, "billing"), Key::add(&server, "thief"));
    let id = key.owner.clone();
    for kid in [key.id.as_str(), thief.id.as_str()] {
        for client in ["billing", "BILLING", id.as_str()] {
            for _ in 0..MANY {
                let status = credentials(&server, &junk(&server, &thief, kid, client)).status;
                assert!([401, 429].contains(&status), "{status}");
            }
            assert!([400, 429].contains(&grant(&server, &junk(&server, &thief, kid, client)).status));
            assert_eq!(server.post(TOKEN, &user, FORM).status, 200, "the right secret");
            let form = format!("{FORM}&{}", key.client_assertion(&server, client));
            assert_eq!(server.post_with(TOKEN, &[], &form).status, 200, "the right key");
            let right = key.sign(&key.header(), &key.claims(&server, &id));
            assert_eq!(grant(&server, &right).status, 200, "the right grant");
            let request = json!({ "clientId": client, "clientSecret": user.secret });
            assert_eq!(sign_in(&server, &request).status, 200, "the console");
            assert_eq!(sign_in(&server, &json!({ "token": owner })).status, 200, "a token at the console");
        }
    }
}

#[test]
fn failed_sign_ins_lock_no_administrator_out_of_the_console() {
    let server = Server::start();
    let owner = server.owner();
    let user = server.user("billing");
    server.json(&["admin", "add", "billing", "IAM_OWNER_VIEWER"]);
    let right = json!({ "clientId": "billing", "clientSecret": user.secret });
    let wrong = [
        json!({ "clientId": "billing", "clientSecret": server.user("shipping").secret }),
        json!({ "clientId": "billing", "clientSecret": "wrong" }),
        json!({ "clientId": "nobody", "clientSecret": user.secret }),
        json!({ "clientId": "a\u{202e}", "clientSecret": user.secret }),
        json!({ "token": "wrong" }),
        json!({ "link": "wrong" }),
    ];
    for wrong in &wrong {
        let replies: Vec<_> = (0..MANY).map(|_| sign_in(&server, wrong)).collect();
        let last = &replies[MANY - 1];
        assert_eq!(last.status, 429, "{wrong}: {}", last.text());
        assert!(last.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1);
        assert_eq!(sign_in(&server, &right).status, 200, "after {wrong}");
        assert_eq!(sign_in(&server, &json!({ "token": owner })).status, 200, "after {wrong}");
    }
}

#[test]
fn invalid_tokens_lock_no_administrator_out() {
    let server = Server::start();
    let owner = server.owner();
    for junk in ["junk", &owner[..owner.len() - 1], "a.b.c"] {
        for _ in 0..MANY {
            let path = "/zitadel.user.v2.UserService/ListUsers";
            assert_eq!(server.call_as(junk, path, &json!({})).status, 401);
            assert_eq!(server.call_as(&owner, path, &json!({})).status, 200);
        }
    }
}

#[test]
fn failures_beyond_the_limit_look_the_same_for_every_cause() {
    let server = Server::start();
    let user = server.user("billing");
    server.user("thief");
    let (key, thief) = (Key::add(&server, "billing"), Key::add(&server, "thief"));
    let secret = |id: &str, secret: &str| {
        let client = Credentials { id: id.to_owned(), secret: secret.to_owned() };
        server.post(TOKEN, &client, FORM)
    };
    let assertion = |client: &str| credentials(&server, &junk(&server, &thief, &key.id, client));
    let mine = &server.user("shipping").secret;
    type Ask<'a> = (&'a str, Box<dyn Fn() -> Reply + 'a>);
    let asks: [Ask<'_>; 6] = [
        ("a wrong secret", Box::new(|| secret("billing", mine))),
        ("no such client", Box::new(|| secret("nobody", mine))),
        ("no such id", Box::new(|| secret("18446744073709551615", mine))),
        ("a malformed secret", Box::new(|| secret("billing", "x"))),
        ("a junk assertion", Box::new(|| assertion("billing"))),
        ("a junk assertion of an unknown client", Box::new(|| assertion("nobody"))),
    ];
    let mut answers = Vec::new();
    for (what, ask) in &asks {
        for _ in 0..MANY {
            ask();
        }
        // Retry-After counts seconds, so two answers may differ by one second.
        let reply = ask();
        assert_eq!(reply.status, 429, "{what}: {}", reply.text());
        let (status, mut headers, body) = without_date(&reply);
        headers.retain(|(name, _)| name != "retry-after");
        answers.push((status, headers, body));
        assert!(reply.header("retry-after").unwrap().parse::<u64>().unwrap() >= 1, "{what}");
    }
    assert!(answers.windows(2).all(|pair| pair[0] == pair[1]), "{answers:?}");
    assert_eq!(server.post(TOKEN, &user, FORM).status, 200);
}
