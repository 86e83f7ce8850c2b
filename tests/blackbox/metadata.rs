//! Discovery (RFC 8414, OpenID Connect Discovery 1.0).

use crate::harness::{Server, text};
use crate::keys::Key;

const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";
const ALGORITHMS: [&str; 10] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

/// Conformance 56: RFC 8414 §3, OpenID Connect Discovery §4
#[test]
fn an_issuer_with_a_path_has_its_documents_in_both_places() {
    let server = Server::start_with(&["--issuer", "https://id.example.com/tenant1"]);
    for path in
        ["/tenant1/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/tenant1"]
    {
        let document = server.request("GET", path, &[], b"").json();
        assert_eq!(text(&document, "/token_endpoint"), "https://id.example.com/tenant1/oauth/v2/token");
    }
    let user = server.user("billing");
    let reply = server.post("/tenant1/oauth/v2/token", &user, "grant_type=client_credentials&scope=openid");
    assert_eq!(reply.status, 200);
    assert_eq!(
        server.request("GET", "/.well-known/oauth-authorization-server/tenant2", &[], b"").status,
        404
    );
}

/// Conformance 57: RFC 8414 §2 and §3.3
#[test]
fn the_issuer_is_byte_for_byte_the_configured_one() {
    for issuer in ["https://id.example.com", "https://ID.example.com:8443/a", "http://localhost:9"] {
        let server = Server::start_with(&["--issuer", issuer]);
        for path in [OPENID, OAUTH] {
            let evil = format!("GET {path} HTTP/1.1\r\nhost: evil.example.com\r\nconnection: close\r\n\r\n");
            let reply = server.raw(evil.as_bytes());
            assert_eq!((reply.status, text(&reply.json(), "/issuer").as_str()), (200, issuer));
            let reply = server.request("GET", path, &[("x-forwarded-host", "evil.example.com")], b"");
            assert_eq!((reply.status, text(&reply.json(), "/issuer").as_str()), (200, issuer));
        }
    }
}

#[test]
fn an_issuer_that_clients_can_not_use_is_refused() {
    for (issuer, why) in [
        ("https://id.example.com/", "slash"),
        ("https://id.example.com?x", "query"),
        ("https://id.example.com#x", "fragment"),
        ("http://id.example.com", "https"),
        ("id.example.com", "https"),
        ("ftp://id.example.com", "https"),
        ("https://", "URL"),
        ("https://user@id.example.com", "URL"),
        ("https://id.example.com:99999", "URL"),
        ("https://id example.com", "URL"),
    ] {
        let parent = tempfile::tempdir().unwrap();
        let mut command = crate::harness::jeton();
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--issuer", issuer, "--data-dir"])
            .arg(parent.path().join("data"));
        let sentence = crate::harness::failure(&command.output().unwrap());
        assert!(sentence.contains("--issuer") && sentence.contains(why), "{issuer}: {sentence}");
        assert!(!parent.path().join("data").exists(), "{issuer}: nothing was created");
    }
}

/// Conformance 60: RFC 8414 §3.2
#[test]
fn both_documents_are_the_same_and_hold_no_empty_members() {
    let server = Server::start();
    let (openid, oauth) = (server.request("GET", OPENID, &[], b""), server.request("GET", OAUTH, &[], b""));
    assert_eq!(openid.body, oauth.body);
    assert_eq!(openid.header("content-type"), Some("application/json"));
    for (name, value) in openid.json().as_object().unwrap() {
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value == "";
        assert!(!empty, "{name} is empty");
    }
}

/// Conformance 61: RFC 8414 §2
#[test]
fn exactly_the_advertised_features_work() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let document = server.request("GET", OPENID, &[], b"").json();
    let path = |member: &str| {
        text(&document, member).strip_prefix(&format!("http://{}", server.address)).unwrap().to_owned()
    };
    let list = |member: &str| -> Vec<String> {
        document[member].as_array().unwrap().iter().map(|value| value.as_str().unwrap().to_owned()).collect()
    };
    let key = Key::add(&server, "billing");
    let api_key = Key::add(&server, &api.id);
    for grant in list("grant_types_supported") {
        let assertion = key.grant(&server);
        let form = format!("grant_type={grant}&scope=openid&assertion={assertion}");
        assert_eq!(server.post(&path("/token_endpoint"), &user, &form).status, 200, "{grant}");
    }
    for grant in ["password", "authorization_code", "refresh_token", "implicit"] {
        let form = format!("grant_type={grant}&scope=openid");
        server.post(&path("/token_endpoint"), &user, &form).is_refused(400, "unsupported_grant_type");
    }
    let scopes = list("scopes_supported").join("+");
    let reply = server.post(
        &path("/token_endpoint"),
        &user,
        &format!("grant_type=client_credentials&scope={scopes}"),
    );
    assert_eq!(text(&reply.json(), "/scope"), scopes.replace('+', " "));
    let token = text(&reply.json(), "/access_token");
    let bearer = format!("Bearer {token}");
    assert_eq!(
        server.request("GET", &path("/userinfo_endpoint"), &[("authorization", &bearer)], b"").status,
        200
    );
    let introspector = server.administrator("reader", &["IAM_TOKEN_INTROSPECTOR"]);
    let as_bearer = [("authorization", &*format!("Bearer {introspector}"))];
    for (endpoint, client, key, form) in [
        ("token", &user, &key, "grant_type=client_credentials&scope=openid".to_owned()),
        ("introspection", &api, &api_key, format!("token={token}")),
        ("revocation", &user, &key, format!("token={token}")),
    ] {
        let url = path(&format!("/{endpoint}_endpoint"));
        let methods = list(&format!("{endpoint}_endpoint_auth_methods_supported"));
        assert_eq!(methods[..3], ["client_secret_basic", "client_secret_post", "private_key_jwt"]);
        assert_eq!(methods[3..], *if endpoint == "introspection" { &["Bearer"][..] } else { &[] });
        let status = if endpoint == "introspection" { 200 } else { 401 };
        assert_eq!(server.post_with(&url, &as_bearer, &form).status, status, "{endpoint}");
        let assertion = key.client_assertion(&server, &client.id);
        assert_eq!(server.post_with(&url, &[], &format!("{form}&{assertion}")).status, 200, "{endpoint}");
        let algorithms = list(&format!("{endpoint}_endpoint_auth_signing_alg_values_supported"));
        assert_eq!(algorithms, ALGORITHMS);
        assert_eq!(server.post(&url, client, &form).status, 200, "{endpoint}");
        let body = format!("{form}&client_id={}&client_secret={}", client.id, client.secret);
        assert_eq!(server.post_with(&url, &[], &body).status, 200, "{endpoint}");
        let none = format!("{form}&client_id={}", client.id);
        assert_eq!(server.post_with(&url, &[], &none).status, 401, "{endpoint}");
    }
    for absent in
        ["device_authorization_endpoint", "registration_endpoint", "code_challenge_methods_supported"]
    {
        assert!(document.get(absent).is_none(), "{absent}");
    }
    assert_eq!(list("response_types_supported"), ["none"], "the type without a response");
}

/// Conformance 92: RFC 9110 §9.3.2
#[test]
fn head_has_the_headers_of_get_and_no_body() {
    let server = Server::start();
    for path in [OPENID, OAUTH, "/debug/healthz", "/debug/ready"] {
        let (get, head) = (server.request("GET", path, &[], b""), server.request("HEAD", path, &[], b""));
        assert_eq!((get.status, head.status), (200, 200), "{path}");
        assert!(head.body.is_empty());
        assert_eq!(get.header("content-length"), head.header("content-length"), "{path}");
        assert_eq!(get.header("content-type"), head.header("content-type"), "{path}");
    }
}

/// Conformance 97: Fetch standard, CORS protocol
#[test]
fn only_discovery_may_be_read_from_any_page() {
    let server = Server::start();
    let origin = [("origin", "https://app.example.com")];
    assert_eq!(server.request("GET", OPENID, &origin, b"").header("access-control-allow-origin"), Some("*"));
    for path in ["/oauth/v2/token", "/oauth/v2/introspect", "/oauth/v2/revoke", "/oidc/v1/userinfo"] {
        for method in ["OPTIONS", "POST"] {
            let reply = server.request(method, path, &origin, b"");
            assert_eq!(reply.header("access-control-allow-origin"), None, "{method} {path}");
        }
    }
}

/// Conformance 58: OpenID Connect Discovery 1.0 §3, RFC 8414 §2
#[test]
fn the_authorization_endpoint_is_listed_for_strict_clients_and_says_that_there_is_no_sign_in() {
    let server = Server::start();
    let document = server.request("GET", OPENID, &[], b"").json();
    let url = text(&document, "/authorization_endpoint");
    let path = url.strip_prefix(&format!("http://{}", server.address)).unwrap();
    for method in ["GET", "POST"] {
        let asked = format!("{path}?response_type=code&client_id=x&redirect_uri=https://evil.example.com");
        let reply = server.request(method, &asked, &[], b"");
        assert_eq!((reply.status, reply.error().as_str()), (400, "unsupported_response_type"));
        assert_eq!(reply.header("location"), None, "there is no redirect");
    }
}

/// Conformance 59: RFC 8414 §2
#[test]
fn signing_algorithms_are_listed_where_keys_authenticate_and_none_is_none_of_them() {
    let server = Server::start();
    let document = server.request("GET", OPENID, &[], b"").json();
    for (name, value) in document.as_object().unwrap() {
        if name.ends_with("_auth_methods_supported") {
            let algorithms = name.replace("methods", "signing_alg_values");
            assert!(value.as_array().unwrap().iter().any(|method| method == "private_key_jwt"), "{name}");
            assert!(document.get(&algorithms).is_some(), "{algorithms}");
        }
        if name.contains("signing_alg") {
            assert!(!value.as_array().unwrap().iter().any(|alg| alg == "none" || alg == "HS256"), "{name}");
        }
    }
}
