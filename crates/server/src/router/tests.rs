//! Tests of the router.

use super::*;
use jeton_oauth::metadata::{
    AUTHORIZATION_PATH, INTROSPECTION_PATH, JWKS_PATH, REVOCATION_PATH, TOKEN_PATH, USERINFO_PATH,
};

const OPENID_CONFIGURATION: &str = "/.well-known/openid-configuration";

fn public(issuer_path: &str) -> Router {
    Router::public(&Issuer::parse(&format!("https://id.example.com{issuer_path}")).unwrap())
}

fn routed(router: &Router, method: &str, path: &str) -> String {
    format!("{:?}", router.route(&Method::from_bytes(method.as_bytes()).unwrap(), path))
}

/// The endpoint at a path, for any method.
fn place(router: &Router, path: &str) -> String {
    let found = ["GET", "POST", "DELETE"].map(|method| routed(router, method, path));
    if found.iter().all(|found| found == "Nothing") { "Nothing".into() } else { found.join(" ") }
}

/// The call that a method and a path name, with the members in the path.
fn call(method: &str, path: &str) -> String {
    match Router::operator().route(&Method::from_bytes(method.as_bytes()).unwrap(), path) {
        Routed::Call(Called { target: Target::Route(route), parameters, .. }) => {
            format!("{} {parameters:?}", route.method)
        }
        Routed::Call(Called { target: Target::WrongMethod(allow), .. }) => {
            format!("only {}", allow.to_str().unwrap())
        }
        Routed::Call(Called { target: Target::Unsupported(_), .. }) => "unsupported".into(),
        Routed::Nothing => "nothing".into(),
        other => format!("{other:?}"),
    }
}

#[test]
fn paths_are_matched_byte_for_byte() {
    let router = public("");
    assert_eq!(routed(&router, "POST", "/oauth/v2/token"), "Endpoint(Clients(Token))");
    for other in [
        "//oauth/v2/token",
        "/oauth/v2/token/",
        "/./oauth/v2/token",
        "/oauth/v2/%74oken",
        "/oauth/v2/token;x",
        "/oauth/v2/token%00",
        "/OAUTH/v2/token",
        "oauth/v2/token",
        "/oauth/v2",
        "/",
        "",
    ] {
        assert_eq!(place(&router, other), "Nothing", "{other}");
    }
}

#[test]
fn an_issuer_with_a_path_has_its_documents_where_the_rfcs_say() {
    let router = public("/tenant1");
    let at = |path| routed(&router, "GET", path);
    assert_eq!(at("/tenant1/.well-known/openid-configuration"), "Endpoint(Metadata)");
    assert_eq!(at("/.well-known/oauth-authorization-server/tenant1"), "Endpoint(Metadata)");
    assert_eq!(at("/.well-known/oauth-authorization-server/tenant2"), "Nothing");
    assert_eq!(at("/tenant1/oauth/v2/keys"), "Endpoint(Keys)");
    assert_eq!(at("/tenant2/oauth/v2/keys"), "Nothing");
}

/// A path for each endpoint.
const PATHS: &[&str] = &[
    AUTHORIZATION_PATH,
    TOKEN_PATH,
    INTROSPECTION_PATH,
    REVOCATION_PATH,
    USERINFO_PATH,
    JWKS_PATH,
    OPENID_CONFIGURATION,
    AUTHORIZATION_SERVER,
    OPENAPI_PATH,
    "/debug/healthz",
    "/debug/ready",
    "/ui/console",
    "/ui/console/",
    "/ui/console/app.js",
    "/ui/console/api/session",
    "/ui/console/api/zitadel.user.v2.UserService/ListUsers",
    "/zitadel.user.v2.UserService/ListUsers",
    "/zitadel.session.v2.SessionService/CreateSession",
    "/jeton.audit.v1.AuditService/ListEvents",
    "/v2/users",
    "/v2/users/new",
    "/v2/users/12/keys/13",
    "/v2/organizations/_search",
];

#[test]
fn everything_is_below_the_issuers_path_whether_a_proxy_takes_it_away_or_not() {
    let issuers = [
        "/tenant1",
        "/a/b",
        "/oauth",
        "/oauth/v2",
        "/v2",
        "/v2/users",
        "/ui",
        "/ui/console",
        "/debug",
        "/oidc",
    ];
    let plain = public("");
    let tenant = public("/tenant1");
    for issuer in issuers.iter().chain(PATHS) {
        let issuer = issuer.trim_end_matches('/');
        let router = public(issuer);
        for path in PATHS {
            let expected = place(&plain, path);
            assert_ne!(expected, "Nothing", "{path}");
            assert_eq!(place(&router, &format!("{issuer}{path}")), expected, "{issuer} kept: {path}");
            // A path that is also an endpoint below the issuer's path takes precedence; only the console
            // has such paths.
            let is_console = issuer.starts_with("/ui/console");
            if !is_console {
                assert_eq!(place(&router, path), expected, "{issuer} taken: {path}");
            }
        }
    }
    for path in PATHS {
        for wrong in ["/tenant2", "/tenant1x", "/tenant1/tenant1", "//tenant1"] {
            assert_eq!(place(&tenant, &format!("{wrong}{path}")), "Nothing", "{wrong}{path}");
        }
    }
}

#[test]
fn a_path_names_its_call_and_members() {
    assert_eq!(call("POST", "/zitadel.user.v2.UserService/CreateUser"), "CreateUser []");
    assert_eq!(call("GET", "/zitadel.user.v2.UserService/CreateUser"), "only POST, OPTIONS");
    assert_eq!(call("POST", "/v2/users/new"), "CreateUser []");
    assert_eq!(call("POST", "/v2/users"), "ListUsers []");
    assert_eq!(call("POST", "/v2/users/keys/search"), "ListKeys []");
    assert_eq!(call("GET", "/v2/users/12"), r#"GetUserByID [("userId", "12")]"#);
    assert_eq!(call("GET", "/v2/users/news"), r#"GetUserByID [("userId", "news")]"#);
    assert_eq!(call("GET", "/v2/users/new"), "only POST, OPTIONS");
    assert_eq!(call("PUT", "/v2/users/12"), "only PATCH, GET, HEAD, DELETE, OPTIONS");
    assert_eq!(call("BREW", "/v2/users/12"), "only PATCH, GET, HEAD, DELETE, OPTIONS");
    let key = r#"RemoveKey [("userId", "1"), ("keyId", "2")]"#;
    assert_eq!(call("DELETE", "/v2/users/1/keys/2"), key);
    assert_eq!(call("GET", "/v2/users/a%20b%2fc"), r#"GetUserByID [("userId", "a b/c")]"#);
    assert_eq!(call("POST", "/v2/organizations/_search"), "ListOrganizations []");
    assert_eq!(call("POST", "/v2/organizations/9"), r#"UpdateOrganization [("organizationId", "9")]"#);
}

#[test]
fn unsupported_zitadel_calls_say_so_and_other_paths_do_not_exist() {
    assert_eq!(call("POST", "/zitadel.user.v2.UserService/AddHumanUser"), "unsupported");
    assert_eq!(call("POST", "/zitadel.session.v2.SessionService/CreateSession"), "unsupported");
    assert_eq!(call("OPTIONS", "/zitadel.session.v2.SessionService/CreateSession"), "nothing");
    for path in [
        "/v2/users/",
        "/v2/users//secret",
        "/v2/users/1/secret/",
        "/v2//users",
        "/v2/",
        "/v2/users/%ff",
        "/v2/%75sers/1",
        "/jeton.user.v1.UserService/Nothing",
        "/jeton.user.v1.UserService",
        "/jeton.user.v1.UserService/",
        "//zitadel.user.v2.UserService/CreateUser",
        "/ui/console/",
        "/oauth/v2/token",
    ] {
        assert_eq!(call("POST", path), "nothing", "{path}");
    }
}

#[test]
fn each_path_allows_its_own_methods() {
    let router = public("");
    for (path, allow) in [
        ("/oauth/v2/token", "POST, OPTIONS"),
        ("/oidc/v1/userinfo", "GET, HEAD, POST, OPTIONS"),
        ("/oauth/v2/keys", "GET, HEAD, OPTIONS"),
        ("/v2/users/1", "PATCH, GET, HEAD, DELETE, OPTIONS"),
        ("/ui/console/app.js", "GET, HEAD, OPTIONS"),
        ("/ui/console/api/session", "GET, HEAD, POST, OPTIONS"),
        ("/ui/console/api/session/end", "POST, OPTIONS"),
        ("/ui/console/api/zitadel.user.v2.UserService/ListUsers", "POST, OPTIONS"),
        ("*", "GET, HEAD, POST, OPTIONS"),
    ] {
        assert_eq!(routed(&router, "OPTIONS", path), format!("Options({allow:?})"), "{path}");
    }
    assert_eq!(routed(&router, "PUT", "/oauth/v2/token"), r#"WrongMethod("POST, OPTIONS")"#);
    assert_eq!(routed(&router, "BREW", "/oauth/v2/token"), "UnknownMethod");
    assert_eq!(routed(&router, "PUT", "/ui/console/"), r#"Console(WrongMethod("GET, HEAD, OPTIONS"))"#);
}

#[test]
fn the_console_has_its_files_its_sessions_and_connect_calls() {
    let router = public("");
    let at = |path| routed(&router, "GET", path);
    assert_eq!(at("/ui/console"), r#"Console(Endpoint(Root, ""))"#);
    assert_eq!(at("/ui/console/"), r#"Console(Endpoint(File, ""))"#);
    assert_eq!(at("/ui/console/x/y"), r#"Console(Endpoint(File, "x/y"))"#);
    assert_eq!(at("/ui/console/apix"), r#"Console(Endpoint(File, "apix"))"#);
    assert_eq!(at("/ui/console/api"), r#"Console(Endpoint(File, "api"))"#);
    assert_eq!(at("/ui/consolex"), "Nothing");
    for path in ["/", "/x", "/session/", "/session/x", "/v2/users", "/jeton.user.v1.UserService/Nothing"] {
        assert_eq!(place(&router, &format!("/ui/console/api{path}")), "Nothing", "{path}");
    }
    let post = |path: &str| routed(&router, "POST", &format!("/ui/console/api{path}"));
    assert!(post("/zitadel.user.v2.UserService/ListUsers").starts_with("Console(Call("));
    let unsupported = post("/zitadel.session.v2.SessionService/CreateSession");
    assert!(unsupported.starts_with("Console(Call(") && unsupported.contains("Unsupported"), "{unsupported}");
}
