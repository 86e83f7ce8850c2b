//! The management API on the operator's socket: shapes, refusals, no partial effects.

use crate::harness::{Reply, Server, refused, text};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;

const USERS: &str = "/zitadel.user.v2.UserService/";

fn call(server: &Server, method: &str, request: &Value) -> Reply {
    server.management(&format!("{USERS}{method}"), &request.to_string())
}

#[test]
fn the_socket_belongs_to_the_operator_alone() {
    let server = Server::start();
    let mode =
        |name: &str| std::fs::metadata(server.data_dir.join(name)).unwrap().permissions().mode() & 0o7777;
    assert_eq!(
        (mode(""), mode("jeton.sock"), mode("jeton.redb"), mode("server.key")),
        (0o700, 0o600, 0o600, 0o600)
    );
    // The same calls need a token on the public listener.
    assert_eq!(server.request("POST", "/zitadel.user.v2.UserService/ListUsers", &[], b"{}").status, 401);
}

#[test]
fn a_user_is_created_shown_and_listed_in_the_shapes_of_the_api() {
    let server = Server::start();
    let created = call(
        &server,
        "CreateUser",
        &json!({ "username": "billing", "machine": { "name": "Billing", "description": "d" } }),
    )
    .json();
    let id = text(&created, "/id");
    assert!(text(&created, "/creationDate").ends_with('Z'));
    let shown = call(&server, "GetUserByID", &json!({ "userId": id })).json();
    assert_eq!(text(&shown, "/user/userId"), id);
    assert_eq!(text(&shown, "/user/state"), "USER_STATE_ACTIVE");
    assert_eq!(text(&shown, "/user/preferredLoginName"), "billing");
    assert_eq!(shown["user"]["loginNames"], json!(["billing"]));
    assert_eq!(
        shown["user"]["machine"],
        json!({ "name": "Billing", "description": "d", "hasSecret": false, "accessTokenType": "ACCESS_TOKEN_TYPE_BEARER" })
    );
    let secret = call(&server, "AddSecret", &json!({ "userId": id })).json();
    assert!(text(&secret, "/clientSecret").starts_with("jeton_cs_"));
    let listed = call(&server, "ListUsers", &json!({})).json();
    assert_eq!(
        (text(&listed, "/details/totalResult"), text(&listed, "/result/0/userId")),
        ("1".into(), id.clone())
    );
    assert_eq!(listed["result"][0]["machine"]["hasSecret"], true);
    assert!(
        text(&call(&server, "RemoveSecret", &json!({ "userId": id })).json(), "/deletionDate").ends_with('Z')
    );
    refused(&call(&server, "RemoveSecret", &json!({ "userId": id })), 400, "failed_precondition");
    assert!(
        text(&call(&server, "DeleteUser", &json!({ "userId": id })).json(), "/deletionDate").ends_with('Z')
    );
    refused(&call(&server, "GetUserByID", &json!({ "userId": id })), 404, "not_found");
}

#[test]
fn bad_requests_are_refused_and_change_nothing() {
    let server = Server::start();
    server.user("taken");
    let before = call(&server, "ListUsers", &json!({})).json()["result"].clone();
    let machine = json!({ "name": "x" });
    let cases = [
        (json!({ "username": "taken", "machine": machine }), 409, "already_exists"),
        (json!({ "username": "TAKEN", "machine": machine }), 409, "already_exists"),
        (json!({ "username": "a\u{202e}b", "machine": machine }), 400, "invalid_argument"),
        (json!({ "username": " a", "machine": machine }), 400, "invalid_argument"),
        (json!({ "username": "12345", "machine": machine }), 400, "invalid_argument"),
        (json!({ "username": "x".repeat(201), "machine": machine }), 400, "invalid_argument"),
        (json!({ "username": "x" }), 400, "invalid_argument"),
        (json!({ "username": 7, "machine": machine }), 400, "invalid_argument"),
        (json!({ "username": "x", "human": {} }), 501, "unimplemented"),
        (json!({ "username": "x", "machine": { "name": "a\u{7}b" } }), 400, "invalid_argument"),
        (json!({ "username": "x", "machine": { "name": "n".repeat(501) } }), 400, "invalid_argument"),
        (
            json!({ "username": "x", "machine": { "name": "x", "tokenLifetime": "2592001s" } }),
            400,
            "invalid_argument",
        ),
        (
            json!({ "username": "x", "machine": { "name": "x", "allowedAudiences": ["x"] } }),
            400,
            "invalid_argument",
        ),
        (
            json!({ "username": "x", "machine": { "name": "x", "allowedScopes": ["unknown"] } }),
            400,
            "invalid_argument",
        ),
        (
            json!({ "username": "x", "machine": { "name": "x", "accessTokenType": "x" } }),
            400,
            "invalid_argument",
        ),
        (
            json!({ "username": "x", "machine": { "name": "x", "defaultScopes": ["unknown"] } }),
            400,
            "invalid_argument",
        ),
        (json!({ "username": "x", "userId": "007", "machine": machine }), 400, "invalid_argument"),
        (
            json!({ "username": "x", "userId": before[0]["userId"], "machine": machine }),
            409,
            "already_exists",
        ),
        (json!({ "username": "x", "organizationId": "1", "machine": machine }), 404, "not_found"),
    ];
    for (request, status, code) in cases {
        refused(&call(&server, "CreateUser", &request), status, code);
    }
    for body in ["", "[]", "{", "null", "\"x\"", "{\"machine\":", "\u{fffd}"] {
        let reply = server.management(&format!("{USERS}CreateUser"), body);
        refused(&reply, 400, "invalid_argument");
    }
    assert_eq!(call(&server, "ListUsers", &json!({})).json()["result"], before);
}

#[test]
fn a_refusal_does_not_repeat_what_may_be_a_secret() {
    let server = Server::start();
    let reply =
        server.management("/jeton.token.v1.TokenService/RevokeToken", r#"{"token":["jeton_at_MARKED"]}"#);
    refused(&reply, 400, "invalid_argument");
    let junk =
        server.management("/jeton.token.v1.TokenService/RevokeToken", r#"{"token":"jeton_at_MARKED"}"#);
    refused(&junk, 400, "invalid_argument");
    assert!(!reply.text().contains("MARKED") && !junk.text().contains("MARKED"));
}

#[test]
fn unknown_calls_methods_and_members_are_answered_plainly() {
    let server = Server::start();
    refused(&call(&server, "AddHumanUser", &json!({})), 501, "unimplemented");
    assert_eq!(server.management("/jeton.user.v1.UserService/Nonsense", "{}").status, 404);
    assert_eq!(server.management("/", "{}").status, 404);
    assert_eq!(call(&server, "ListUsers", &json!({ "unknown": 1 })).status, 200);
    let too_large = format!("{{\"pad\":\"{}\"}}", "x".repeat(1024 * 1024));
    assert_eq!(server.management(&format!("{USERS}ListUsers"), &too_large).status, 413);
}

#[test]
fn states_change_once() {
    let server = Server::start();
    server.user("billing");
    let user = json!({ "userId": "billing" });
    refused(&call(&server, "ReactivateUser", &user), 400, "failed_precondition");
    assert_eq!(call(&server, "DeactivateUser", &user).status, 200);
    refused(&call(&server, "DeactivateUser", &user), 400, "failed_precondition");
    assert_eq!(text(&call(&server, "GetUserByID", &user).json(), "/user/state"), "USER_STATE_INACTIVE");
    assert_eq!(call(&server, "ReactivateUser", &user).status, 200);
    for method in
        ["DeactivateUser", "ReactivateUser", "DeleteUser", "AddSecret", "RemoveSecret", "GetUserByID"]
    {
        refused(&call(&server, method, &json!({ "userId": "999" })), 404, "not_found");
        refused(&call(&server, method, &json!({ "userId": "nobody" })), 404, "not_found");
        refused(&call(&server, method, &json!({ "userId": "" })), 400, "invalid_argument");
        refused(&call(&server, method, &json!({})), 400, "invalid_argument");
    }
}

#[test]
fn a_new_secret_replaces_the_others_unless_told_otherwise() {
    let server = Server::start();
    let first = server.user("billing");
    let works = |client: &crate::harness::Credentials| {
        server.post("/oauth/v2/token", client, "grant_type=client_credentials&scope=openid").status == 200
    };
    let add = |request: Value| {
        let made = call(&server, "AddSecret", &request).json();
        crate::harness::Credentials { id: text(&made, "/clientId"), secret: text(&made, "/clientSecret") }
    };
    let kept = add(json!({ "userId": "billing", "keepOthers": true, "label": "second" }));
    assert!(works(&first) && works(&kept));
    let overlapping = add(json!({ "userId": "billing", "overlap": "3600s" }));
    assert!(works(&first) && works(&kept) && works(&overlapping));
    let last = add(json!({ "userId": "billing" }));
    assert!(works(&last) && !works(&first) && !works(&kept) && !works(&overlapping));
}

#[test]
fn options_of_a_new_secret_are_checked() {
    let server = Server::start();
    let client = server.user("billing");
    for (member, value) in [
        ("expirationDate", json!("2020-01-01T00:00:00Z")),
        ("expirationDate", json!("tomorrow")),
        ("overlap", json!("1 day")),
        ("overlap", json!("-5s")),
        ("lifetime", json!("0s")),
        ("label", json!("a\nb")),
        ("label", json!("l".repeat(501))),
    ] {
        let mut request = json!({ "userId": "billing" });
        request[member] = value;
        refused(&call(&server, "AddSecret", &request), 400, "invalid_argument");
    }
    let both = json!({ "userId": "billing", "overlap": "5s", "keepOthers": true });
    refused(&call(&server, "AddSecret", &both), 400, "invalid_argument");
    let form = "grant_type=client_credentials&scope=openid";
    assert_eq!(server.post("/oauth/v2/token", &client, form).status, 200, "the secret is untouched");
}

#[test]
fn the_number_of_secrets_is_limited() {
    let server = Server::start();
    server.user("billing");
    let more = json!({ "userId": "billing", "keepOthers": true });
    for _ in 1..50 {
        assert_eq!(call(&server, "AddSecret", &more).status, 200);
    }
    refused(&call(&server, "AddSecret", &more), 429, "resource_exhausted");
}

#[test]
fn listings_filter_sort_and_page() {
    let server = Server::start();
    for name in ["charlie", "alpha", "bravo"] {
        server.json(&["user", "create", name, "--name", &name.to_uppercase()]);
    }
    server.json(&["user", "deactivate", "bravo"]);
    let names = |request: Value| -> Vec<String> {
        let reply = call(&server, "ListUsers", &request).json();
        reply["result"].as_array().unwrap().iter().map(|user| text(user, "/username")).collect()
    };
    let sorted = |asc: bool| json!({ "query": { "asc": asc }, "sortingColumn": "USER_FIELD_NAME_USER_NAME" });
    assert_eq!(names(sorted(true)), ["alpha", "bravo", "charlie"]);
    assert_eq!(names(sorted(false)), ["charlie", "bravo", "alpha"]);
    assert_eq!(
        names(
            json!({ "query": { "asc": true, "offset": "1", "limit": 1 }, "sortingColumn": "USER_FIELD_NAME_USER_NAME" })
        ),
        ["bravo"]
    );
    let query = |query: Value| names(json!({ "queries": [query] }));
    assert_eq!(
        query(
            json!({ "userNameQuery": { "userName": "LPH", "method": "TEXT_QUERY_METHOD_CONTAINS_IGNORE_CASE" } })
        ),
        ["alpha"]
    );
    assert_eq!(query(json!({ "displayNameQuery": { "displayName": "ALPHA" } })), ["alpha"]);
    assert_eq!(query(json!({ "stateQuery": { "state": "USER_STATE_INACTIVE" } })), ["bravo"]);
    assert_eq!(query(json!({ "typeQuery": { "type": "TYPE_HUMAN" } })), Vec::<String>::new());
    assert_eq!(
        query(json!({ "notQuery": { "query": { "orQuery": { "queries": [
        { "userNameQuery": { "userName": "alpha" } }, { "userNameQuery": { "userName": "b", "method": "TEXT_QUERY_METHOD_STARTS_WITH" } } ] } } } })),
        ["charlie"]
    );
    refused(
        &call(&server, "ListUsers", &json!({ "queries": [{ "magicQuery": {} }] })),
        400,
        "invalid_argument",
    );
    refused(
        &call(&server, "ListUsers", &json!({ "queries": [{ "stateQuery": { "state": "x" } }] })),
        400,
        "invalid_argument",
    );
    refused(&call(&server, "ListUsers", &json!({ "sortingColumn": "x" })), 400, "invalid_argument");
    let mut deep = json!({ "typeQuery": { "type": "TYPE_MACHINE" } });
    for _ in 0..10 {
        deep = json!({ "notQuery": { "query": deep } });
    }
    refused(&call(&server, "ListUsers", &json!({ "queries": [deep] })), 400, "invalid_argument");
}

#[test]
fn an_application_is_an_api_of_a_project_that_exists() {
    let server = Server::start();
    let service = "/zitadel.application.v2.ApplicationService/";
    let create =
        |request: Value| server.management(&format!("{service}CreateApplication"), &request.to_string());
    refused(&create(json!({ "name": "x" })), 400, "invalid_argument");
    for people in ["oidcConfiguration", "samlConfiguration"] {
        refused(&create(json!({ "name": "x", (people): {} })), 501, "unimplemented");
    }
    for (member, wrong) in [
        ("authMethodType", "API_AUTH_METHOD_TYPE_NONE"),
        ("resource", "api.example.com"),
        ("resource", "https://api.example.com/#x"),
    ] {
        let request = json!({ "name": "x", "apiConfiguration": { member: wrong } });
        refused(&create(request), 400, "invalid_argument");
    }
    refused(&create(json!({ "name": "", "apiConfiguration": {} })), 400, "invalid_argument");
    refused(&create(json!({ "name": "x", "projectId": "5", "apiConfiguration": {} })), 404, "not_found");
    let api = server.api();
    let listed = server.json(&["api", "list"]);
    assert_eq!(listed["applications"].as_array().unwrap().len(), 1);
    assert_eq!(text(&listed, "/applications/0/apiConfiguration/clientId"), api.id);
    let fresh = server.management(
        &format!("{service}GenerateClientSecret"),
        &json!({ "applicationId": api.id }).to_string(),
    );
    assert!(text(&fresh.json(), "/clientSecret").starts_with("jeton_cs_"));
    server.json(&["api", "delete", &api.id]);
    server.post("/oauth/v2/introspect", &api, "token=x").is_refused(401, "invalid_client");
}

#[test]
fn a_wrong_member_is_named_and_its_value_is_not() {
    let server = Server::start();
    for (request, place) in [
        (json!([]), "the request"),
        (json!([null, null]), "the request"),
        (json!({ "username": 1 }), "username"),
        (json!({ "username": "x", "machine": ["hunter2", "x"] }), "machine"),
        (json!({ "username": "x", "machine": { "name": { "hunter2": 1 } } }), "machine.name"),
    ] {
        let answer = call(&server, "CreateUser", &request);
        refused(&answer, 400, "invalid_argument");
        assert!(answer.text().contains(&format!("{place}: ")), "{request}: {}", answer.text());
        assert!(!answer.text().contains("hunter2"), "{}", answer.text());
    }
    let twice =
        server.management("/zitadel.user.v2.UserService/CreateUser", r#"{"username":"a","username":"b"}"#);
    refused(&twice, 400, "invalid_argument");
}
