//! The protobuf JSON mapping on the wire, checks before a call, and failed calls that leave no trace.

use crate::harness::{Credentials, Reply, Server, refused, text};
use serde_json::{Value, json};

const USERS: &str = "/zitadel.user.v2.UserService/";
const KEYS: &str = "/zitadel.webkey.v2.WebKeyService/";
const FORM: &str = "grant_type=client_credentials&scope=openid";

fn call(server: &Server, path: &str, request: &str) -> Reply {
    server.management(path, request)
}

fn done(reply: &Reply) -> Value {
    assert!((200..300).contains(&reply.status), "{}", reply.text());
    reply.json()
}

#[test]
fn original_names_count_over_connect_and_rest() {
    let server = Server::start();
    let owner = server.owner();
    let organization = r#"{"name":"Other"}"#;
    let organization =
        done(&call(&server, "/zitadel.org.v2.OrganizationService/AddOrganization", organization));
    let organization = text(&organization, "/organizationId");
    let request = format!(
        r#"{{"organization_id":"{organization}","user_id":"4711","username":"billing","machine":{{"name":"B","access_token_type":1}}}}"#
    );
    let user = done(&server.send_as(&owner, "POST", "/v2/users/new", &[], &request));
    assert_eq!(text(&user, "/userId"), "4711");
    let shown = done(&server.send_as(&owner, "GET", "/v2/users/4711", &[], ""));
    assert_eq!(text(&shown, "/user/details/resourceOwner"), organization);
    assert_eq!(text(&shown, "/user/machine/accessTokenType"), "ACCESS_TOKEN_TYPE_JWT");
    for (path, listing) in [("pats", "ListPersonalAccessTokens"), ("keys", "ListKeys")] {
        let request = r#"{"expiration_date":"2030-01-31T14:00:00+02:00","public_key":null}"#;
        done(&server.send_as(&owner, "POST", &format!("/v2/users/4711/{path}"), &[], request));
        let listed = done(&call(&server, &format!("{USERS}{listing}"), r#"{"user_id":"4711"}"#));
        assert_eq!(text(&listed, "/result/0/expirationDate"), "2030-01-31T12:00:00Z", "{path}");
    }
    let key = done(&call(&server, &format!("{USERS}AddKey"), r#"{"user_id":"4711"}"#));
    assert_ne!(text(&key, "/keyContent"), "");
    let project = "/zitadel.application.v2.ApplicationService/CreateApplication";
    let api = r#"{"name":"An API","api_configuration":{"auth_method_type":"API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT"}}"#;
    assert_eq!(text(&done(&call(&server, project, api)), "/apiConfiguration/clientSecret"), "");
}

#[test]
fn a_query_and_a_path_are_members_too() {
    let server = Server::start();
    let owner = server.owner();
    let user = done(&server.send_as(
        &owner,
        "POST",
        "/v2/users/new",
        &[],
        r#"{"username":"billing","machine":{"name":"B"}}"#,
    ));
    let id = text(&user, "/userId");
    let rest = |verb: &str, path: &str, body: &str| server.send_as(&owner, verb, path, &[], body);
    let first = done(&rest("POST", &format!("/v2/users/{id}/secret"), ""));
    let first = Credentials { id: text(&first, "/clientId"), secret: text(&first, "/clientSecret") };
    done(&rest("POST", "/v2/users/%62illing/secret?keep_others=true&label=second", ""));
    assert_eq!(server.post("/oauth/v2/token", &first, FORM).status, 200);
    let refused = |reply: &Reply, message: &str| {
        assert_eq!(reply.status, 400, "{}", reply.text());
        assert_eq!(text(&reply.json(), "/message"), message);
    };
    let path = format!("/v2/users/{id}/secret");
    refused(&rest("POST", &path, r#"{"user_id":"1"}"#), "userId: differs from the one in the path");
    refused(&rest("POST", &path, r#"{"label":"a","label":"b"}"#), "label: is given twice");
    refused(&rest("POST", &format!("{path}?label=a"), r#"{"label":"b"}"#), "label: is given twice");
    refused(
        &rest("DELETE", &format!("{path}?secretId=x"), ""),
        "secretId: must be the number that the listing shows",
    );
    assert_eq!(server.post("/oauth/v2/token", &first, FORM).status, 200, "nothing happened");
    done(&rest("POST", &path, &format!(r#"{{"userId":"{id}"}}"#)));
    server.post("/oauth/v2/token", &first, FORM).is_refused(401, "invalid_client");
}

#[test]
fn numbers_text_and_null_mean_the_same() {
    let server = Server::start();
    for name in ["alpha", "bravo"] {
        server.json(&["user", "create", name]);
    }
    let list = |request: &str| {
        let reply = done(&call(&server, &format!("{USERS}ListUsers"), request));
        reply["result"].as_array().unwrap().iter().map(|user| text(user, "/username")).collect::<Vec<_>>()
    };
    for request in [
        r#"{"query":{"limit":1,"asc":true},"sortingColumn":"USER_FIELD_NAME_USER_NAME"}"#,
        r#"{"query":{"limit":"1","asc":true,"offset":null},"sorting_column":1}"#,
        r#"{"query":{"limit":1.0,"asc":true,"offset":"0"},"sorting_column":"1","queries":null}"#,
        r#"{"query":{"limit":"1e0","asc":true},"sorting_column":1,"queries":[{"type_query":{"type":2},"state_query":null}]}"#,
        r#"{"query":{"asc":true,"limit":1},"sortingColumn":1,"queries":[{"userNameQuery":{"user_name":"ALP","method":3}}]}"#,
    ] {
        assert_eq!(list(request), ["alpha"], "{request}");
    }
}

#[test]
fn a_call_with_an_unsupported_content_type_is_not_performed() {
    let server = Server::start();
    let owner = server.owner();
    let keys =
        || done(&call(&server, &format!("{KEYS}ListWebKeys"), "{}"))["webKeys"].as_array().unwrap().len();
    // The next key is created while the server starts.
    while keys() < 2 {}
    let before = keys();
    let bearer = format!("Bearer {owner}");
    let with = |method: &str, path: &str, content: &str, body: &[u8]| {
        server.request(method, path, &[("authorization", &bearer), ("content-type", content)], body)
    };
    for content in [
        "application/proto",
        "application/grpc",
        "application/grpc-web+proto",
        "application/connect+json",
        "application/x-www-form-urlencoded",
        "text/plain",
        "application/jsonx",
        "",
    ] {
        for body in [&b""[..], b"{}", b"\x0a\x00"] {
            let reply = with("POST", &format!("{KEYS}CreateWebKey"), content, body);
            refused(&reply, 415, "invalid_argument");
            assert_eq!(reply.header("accept-post"), Some("application/json"));
        }
        assert_eq!(with("POST", "/v2/users/new", content, b"").status, 415, "{content}");
    }
    assert_eq!(keys(), before);
    let bare = server.request("POST", &format!("{KEYS}CreateWebKey"), &[("authorization", &bearer)], b"{}");
    refused(&bare, 415, "invalid_argument");
    assert_eq!(keys(), before);
    for content in ["application/json", "APPLICATION/JSON; charset=utf-8", "application/json;x=y"] {
        assert_eq!(with("POST", &format!("{KEYS}ListWebKeys"), content, b"").status, 200, "{content}");
    }
    let bare = server.request("POST", &format!("{KEYS}ListWebKeys"), &[("authorization", &bearer)], b"");
    assert_eq!(bare.status, 200, "what has no body needs no type");
    let twice = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("content-type", "text/plain"),
    ];
    assert_eq!(server.request("POST", &format!("{KEYS}CreateWebKey"), &twice, b"").status, 415);
    for coding in ["gzip", "br, identity", "x"] {
        let headers = [("authorization", bearer.as_str()), ("content-encoding", coding)];
        let path = format!("{KEYS}CreateWebKey");
        for body in [&b""[..], b"{}"] {
            assert_eq!(server.request("POST", &path, &headers, body).status, 415, "{coding}");
        }
        assert_eq!(server.request("GET", "/v2/web_keys", &headers, b"").status, 200, "{coding}");
    }
    assert_eq!(keys(), before);
    for coding in ["", "identity", "Identity, ", ","] {
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("content-encoding", coding),
        ];
        let listed = server.request("POST", &format!("{KEYS}ListWebKeys"), &headers, b"{}");
        assert_eq!(listed.status, 200, "{coding:?}");
    }
    assert_eq!(with("GET", "/v2/web_keys", "text/plain", b"").status, 200, "GET has no body");
}

#[test]
fn an_unreadable_date_is_refused_and_the_old_secret_stays_valid() {
    let server = Server::start();
    let client = server.user("billing");
    let api = server.api();
    for (member, value) in [
        ("expirationDate", "10000-01-01T00:00:00Z"),
        ("expirationDate", "9999-12-31T23:59:59-01:00"),
        ("expirationDate", "+12026-01-01T00:00:00Z"),
        ("expirationDate", "1960-01-01T00:00:00Z"),
        ("lifetime", "4294967296s"),
        ("lifetime", "315576000000s"),
        ("lifetime", "-1s"),
        ("lifetime", "0s"),
        ("overlap", "4294967296s"),
    ] {
        let mut request = json!({ "userId": "billing" });
        request[member] = json!(value);
        for method in ["AddSecret", "AddKey", "AddPersonalAccessToken"] {
            let reply = call(&server, &format!("{USERS}{method}"), &request.to_string());
            if reply.status == 200 && member == "overlap" {
                continue;
            }
            refused(&reply, 400, "invalid_argument");
            assert!(text(&reply.json(), "/message").starts_with(&format!("{member}: ")), "{}", reply.text());
        }
        request["applicationId"] = json!(api.id);
        let path = "/zitadel.application.v2.ApplicationService/GenerateClientSecret";
        refused(&call(&server, path, &request.to_string()), 400, "invalid_argument");
    }
    assert_eq!(server.post("/oauth/v2/token", &client, FORM).status, 200);
    server.is_active(&api, "x");
    let last = r#"{"userId":"billing","expirationDate":"9999-12-31T23:59:59Z"}"#;
    let made = done(&call(&server, &format!("{USERS}AddSecret"), last));
    assert_eq!(text(&made, "/expirationDate"), "9999-12-31T23:59:59Z");
    let list = call(&server, "/jeton.user.v1.UserService/ListSecrets", r#"{"userId":"billing"}"#);
    assert_eq!(done(&list)["result"].as_array().unwrap().len(), 2);
}

#[test]
fn a_machine_user_has_a_name_and_the_refusal_says_so() {
    let server = Server::start();
    for (request, message) in [
        (r#"{"machine":{}}"#, "machine.name: is missing"),
        (r#"{"username":"x","machine":{"name":""}}"#, "machine.name: is missing"),
        (r#"{"username":"x"}"#, "machine: is missing"),
        (r#"{"username":"x","machine":{"name":7}}"#, "machine.name: must be text"),
        (r#"{"username":"x","machine":{"name":"a","name":"b"}}"#, "machine.name: is given twice"),
    ] {
        let reply = call(&server, &format!("{USERS}CreateUser"), request);
        refused(&reply, 400, "invalid_argument");
        assert_eq!(text(&reply.json(), "/message"), message);
    }
    let many = r#"{"users":[{"machine":{"name":"a"}},{"machine":{}}]}"#;
    let reply = call(&server, "/jeton.user.v1.UserService/CreateUsers", many);
    assert_eq!(text(&reply.json(), "/message"), "users[1].machine.name: is missing");
    assert_eq!(text(&done(&call(&server, &format!("{USERS}ListUsers"), "{}")), "/details/totalResult"), "0");
}

#[test]
fn a_refusal_by_a_call_itself_begins_with_the_path_of_the_member() {
    let server = Server::start();
    let id = text(&server.json(&["user", "create", "billing"]), "/userId");
    server.json(&["user", "update", "billing", "--token-lifetime", "1h"]);
    let project = text(&server.json(&["project", "create", "Shop"]), "/projectId");
    server.json(&["role", "add", &project, "reader"]);
    let [org, projects, authorizations, permissions, users, applications] = [
        "org.v2.OrganizationService",
        "project.v2.ProjectService",
        "authorization.v2.AuthorizationService",
        "internal_permission.v2.InternalPermissionService",
        "user.v2.UserService",
        "application.v2.ApplicationService",
    ];
    for (service, call_name, request, path) in [
        (users, "ListUsers", json!({ "query": { "limit": 1001 } }), "query.limit"),
        (org, "ListOrganizations", json!({ "query": { "limit": "1001" } }), "query.limit"),
        (org, "ListOrganizations", json!({ "query": { "pageToken": "x" } }), "query.pageToken"),
        (projects, "ListProjects", json!({ "pagination": { "limit": 1001 } }), "pagination.limit"),
        (projects, "ListProjects", json!({ "pagination": { "pageToken": "x" } }), "pagination.pageToken"),
        (
            authorizations,
            "CreateAuthorization",
            json!({ "userId": id, "projectId": project, "roleKeys": ["reader", "a b"] }),
            "roleKeys[1]",
        ),
        (
            permissions,
            "CreateAdministrator",
            json!({ "userId": id, "resource": { "projectId": project }, "roles": ["PROJECT_OWNER", "X"] }),
            "roles[1]",
        ),
        (
            org,
            "AddOrganization",
            json!({ "name": "Other", "admins": [{ "userId": id }, { "userId": id, "roles": ["X"] }] }),
            "admins[1].roles[0]",
        ),
        (users, "AddPersonalAccessToken", json!({ "userId": id, "lifetime": "7200s" }), "lifetime"),
        (
            users,
            "AddPersonalAccessToken",
            json!({ "userId": id, "expirationDate": "2999-01-01T00:00:00Z" }),
            "expirationDate",
        ),
        (users, "AddKey", json!({ "userId": id, "algorithm": "HS256" }), "algorithm"),
        (users, "UpdateUser", json!({ "userId": id, "machine": { "name": "" } }), "machine.name"),
        (
            projects,
            "UpdateProjectRole",
            json!({ "projectId": project, "roleKey": "reader", "displayName": "" }),
            "displayName",
        ),
        (projects, "UpdateProject", json!({ "projectId": project, "name": "" }), "name"),
        (applications, "CreateApplication", json!({ "name": "\n", "apiConfiguration": {} }), "name"),
        (
            users,
            "SetUserMetadata",
            json!({ "userId": id, "metadata": [{ "key": "é".repeat(201), "value": "QQ==" }] }),
            "metadata[0].key",
        ),
    ] {
        let reply = call(&server, &format!("/zitadel.{service}/{call_name}"), &request.to_string());
        refused(&reply, 400, "invalid_argument");
        let message = text(&reply.json(), "/message");
        assert!(message.starts_with(path), "{request}: {message}");
        assert!(message[path.len()..].starts_with([':', '.']), "{request}: {message}");
    }
    let user = |name: &str| json!({ "username": name, "machine": { "name": "x" } });
    let many = json!({ "users": [user("a"), user(" ")] });
    let reply = call(&server, "/jeton.user.v1.UserService/CreateUsers", &many.to_string());
    assert!(text(&reply.json(), "/message").starts_with("users[1].username: "), "{}", reply.text());
}

#[test]
fn the_same_request_in_another_spelling_is_the_same_attempt() {
    let server = Server::start();
    let owner = server.owner();
    server.json(&["user", "create", "billing"]);
    let add = |body: &str| {
        let path = format!("{USERS}AddSecret");
        done(&server.send_as(&owner, "POST", &path, &[("idempotency-key", "once")], body))
    };
    let first = add(r#"{"userId":"billing","keepOthers":true}"#);
    assert_eq!(add(r#"{ "keep_others":true, "user_id":"billing", "label":"" }"#), first);
}

#[test]
fn an_issuer_with_a_path_has_everything_below_it_and_behind_a_proxy_that_takes_it_away() {
    for path in ["/tenant1", "/oauth", "/v2", "/ui", "/debug", "/oidc", "/ui/v2"] {
        let server = Server::start_with(&["--issuer", &format!("http://localhost:8080{path}")]);
        let owner = server.owner();
        let client = server.user("billing");
        for prefix in [path, ""] {
            let at = |rest: &str| format!("{prefix}{rest}");
            done(&server.call_as(&owner, &at(&format!("{USERS}ListUsers")), &json!({})));
            let user = server.send_as(&owner, "GET", &at("/v2/users/billing"), &[], "");
            assert_eq!(text(&done(&user), "/user/username"), "billing");
            let document = server.request("GET", &at("/v2/openapi.json"), &[], b"");
            assert_eq!(text(&done(&document), "/servers/0/url"), format!("http://localhost:8080{path}"));
            for page in ["/ui/console/", "/ui/console/app.js", "/debug/healthz", "/oauth/v2/keys"] {
                assert_eq!(server.request("GET", &at(page), &[], b"").status, 200, "{prefix}{page}");
            }
            assert_eq!(server.post(&at("/oauth/v2/token"), &client, FORM).status, 200, "{prefix}");
            let options = server.request("OPTIONS", &at("/v2/users/1"), &[], b"");
            assert_eq!(options.header("allow"), Some("PATCH, GET, HEAD, DELETE, OPTIONS"));
        }
        for wrong in
            ["/tenant2/v2/users/billing", "/tenant1/tenant1/v2/users/billing", "/tenant1x/v2/users/billing"]
        {
            assert_eq!(server.send_as(&owner, "GET", wrong, &[], "").status, 404, "{wrong}");
        }
    }
}

#[test]
fn a_metadata_key_has_200_characters_of_any_length_in_bytes() {
    let server = Server::start();
    server.json(&["user", "create", "billing"]);
    let key = "é".repeat(200);
    let note = json!({ "userId": "billing", "metadata": [{ "key": key, "value": "QQ==" }] });
    done(&call(&server, &format!("{USERS}SetUserMetadata"), &note.to_string()));
    let listed = done(&call(&server, &format!("{USERS}ListUserMetadata"), r#"{"userId":"billing"}"#));
    assert_eq!(text(&listed, "/metadata/0/key"), key);
}
