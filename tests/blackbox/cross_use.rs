//! Every kind of token at every endpoint: each is accepted only where it belongs.

use crate::harness::{Reply, Server, text};
use crate::jwt::jwt_user;
use crate::keys::{GRANT, Key, client_assertion};
use serde_json::json;

/// Conformance 73: RFC 7523 §3, RFC 8725 §3.12
/// Conformance 34: RFC 6750 §2.1
#[test]
fn no_token_works_in_the_place_of_another_kind() {
    let server = Server::start();
    let api = server.api();
    let user = jwt_user(&server, "billing");
    let opaque_user = server.user("opaque");
    let key = Key::add(&server, "billing");
    let form = "grant_type=client_credentials&scope=openid";
    let answer = server.post("/oauth/v2/token", &user, form).json();
    let no_id = |mut claims: serde_json::Value| {
        claims.as_object_mut().unwrap().remove("jti");
        key.sign(&key.header(), &claims)
    };
    let tokens = [
        ("opaque access token", server.token_with(&opaque_user, "openid")),
        ("JWT access token", text(&answer, "/access_token")),
        ("id token", text(&answer, "/id_token")),
        ("client secret", user.secret),
        ("grant assertion", no_id(key.claims(&server, &key.owner))),
        ("client assertion", no_id(key.claims(&server, "billing"))),
        ("typed client assertion", {
            let mut header = key.header();
            header["typ"] = json!("client-authentication+jwt");
            key.sign(&header, &key.claims(&server, &key.owner))
        }),
        ("typed grant assertion", {
            let mut header = key.header();
            header["typ"] = json!("authorization-grant+jwt");
            key.sign(&header, &key.claims(&server, &key.owner))
        }),
    ];
    type Place<'a> = (&'a str, &'a [&'a str], Box<dyn Fn(&str) -> bool + 'a>);
    let ok = |reply: Reply| reply.status == 200;
    let places: [Place<'_>; 5] = [
        (
            "bearer token",
            &["opaque access token", "JWT access token"],
            Box::new(|token| {
                let bearer = format!("Bearer {token}");
                ok(server.request("GET", "/oidc/v1/userinfo", &[("authorization", &bearer)], b""))
            }),
        ),
        (
            "introspected token",
            &["opaque access token", "JWT access token"],
            Box::new(|token| server.is_active(&api, token)),
        ),
        (
            "client secret",
            &["client secret"],
            Box::new(|token| {
                ok(server.post_with(
                    "/oauth/v2/token",
                    &[],
                    &format!("{form}&client_id=billing&client_secret={token}"),
                ))
            }),
        ),
        (
            "grant",
            &["grant assertion", "typed grant assertion"],
            Box::new(|token| {
                let form = format!("grant_type={GRANT}&scope=openid&assertion={token}");
                ok(server.post_with("/oauth/v2/token", &[], &form))
            }),
        ),
        (
            "client assertion",
            &["client assertion", "typed client assertion"],
            Box::new(|token| {
                ok(server.post_with("/oauth/v2/token", &[], &format!("{form}&{}", client_assertion(token))))
            }),
        ),
    ];
    for (place, good, works) in &places {
        for (kind, token) in &tokens {
            assert_eq!(works(token), good.contains(kind), "{kind} as {place}");
        }
    }
}

#[test]
fn an_assertion_that_could_serve_in_both_places_serves_in_one() {
    let server = Server::start();
    server.user("billing");
    let key = Key::add(&server, "billing");
    let as_grant = |text: &str| crate::keys::grant(&server, text).status;
    let as_client = |text: &str| crate::keys::credentials(&server, text).status;
    // With the user's id, which is also a client id, and with a jti.
    let both = || key.sign(&key.header(), &key.claims(&server, &key.owner));
    let (first, second) = (both(), both());
    assert_eq!((as_grant(&first), as_client(&first)), (200, 401));
    assert_eq!((as_client(&second), as_grant(&second)), (200, 400));
}
