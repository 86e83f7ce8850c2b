//! Listings over the management API: their pages, filters and orders.

use crate::harness::{Server, refused, text};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const USERS: &str = "/zitadel.user.v2.UserService/";

#[test]
fn pages_follow_each_other_without_gap_or_overlap() {
    let server = Server::start();
    let owner = server.owner();
    let users: Vec<_> = (0..25)
        .map(|n| json!({ "username": format!("u{n:02}"), "machine": { "name": format!("{}", n % 3) } }))
        .collect();
    server.call_as(&owner, "/jeton.user.v1.UserService/CreateUsers", &json!({ "users": users }));
    let filter = json!([{ "userNameQuery": { "userName": "u", "method": "TEXT_QUERY_METHOD_STARTS_WITH" } }]);
    for (column, queries) in [
        ("USER_FIELD_NAME_CREATION_DATE", json!([])),
        ("USER_FIELD_NAME_USER_NAME", json!([])),
        ("USER_FIELD_NAME_CREATION_DATE", filter.clone()),
        ("USER_FIELD_NAME_USER_NAME", filter),
    ] {
        for ascending in [true, false] {
            let (mut seen, mut token) = (Vec::new(), String::new());
            loop {
                let query = json!({ "limit": 4, "asc": ascending, "pageToken": token });
                let request = json!({ "query": query, "sortingColumn": column, "queries": queries });
                let reply = server.call_as(&owner, &format!("{USERS}ListUsers"), &request).json();
                seen.extend(reply["result"].as_array().unwrap().iter().map(|user| text(user, "/username")));
                let Some(next) = reply["nextPageToken"].as_str() else { break };
                token = next.to_owned();
            }
            let mut expected: Vec<_> = (0..25).map(|n| format!("u{n:02}")).collect();
            if queries == json!([]) {
                expected.insert(0, "owner".into());
                if column == "USER_FIELD_NAME_USER_NAME" {
                    expected.sort();
                }
            }
            if !ascending {
                expected.reverse();
            }
            assert_eq!(seen, expected, "{column} {ascending} {queries}");
        }
    }
    let wrong = json!({ "query": { "pageToken": "junk" } });
    refused(&server.call_as(&owner, &format!("{USERS}ListUsers"), &wrong), 400, "invalid_argument");
}

/// A listing may stop at a user, or at an event, of an organization that is hidden from the caller.
#[test]
fn page_tokens_tell_nothing_and_are_the_callers_own() {
    let server = Server::start();
    let owner = server.owner();
    let made = server.json(&["organization", "create", "Own"]);
    let own = text(&made, "/organizationId");
    let viewer = server.administrator("viewer", &["ORG_OWNER_VIEWER", "--organization", &own]);
    let mut ids = Vec::new();
    for number in 0..4 {
        ids.push(text(&server.json(&["user", "create", &format!("foreign-{number}")]), "/userId"));
        let name = format!("own-{number}");
        server.json(&["user", "create", &name, "--organization", &own]);
        for owner in [name, format!("foreign-{number}")] {
            server.json(&["pat", "create", &owner, "--expires", "10d"]);
        }
    }
    let credentials = "/jeton.credential.v1.CredentialService/";
    for (path, page, items) in [
        (format!("{credentials}ListExpiringCredentials"), "pagination", "credentials"),
        (format!("{USERS}ListPersonalAccessTokens"), "pagination", "result"),
        ("/jeton.audit.v1.AuditService/ListEvents".to_owned(), "pagination", "events"),
        (format!("{USERS}ListUsers"), "query", "result"),
    ] {
        let ask = |caller: &str, token: &str| {
            let request =
                json!({ page: { "limit": 1, "pageToken": token, "asc": true }, "within": "9000000s" });
            server.call_as(caller, &path, &request)
        };
        let (mut token, mut pages, mut seen) = (String::new(), 0, String::new());
        loop {
            let reply = ask(&viewer, &token);
            assert_eq!(reply.status, 200, "{path}: {}", reply.text());
            pages += 1;
            seen.push_str(&reply.json()[items].to_string());
            let Some(next) = reply.json()["nextPageToken"].as_str().map(str::to_owned) else { break };
            let opaque = URL_SAFE_NO_PAD.decode(&next).unwrap();
            for id in &ids {
                let number = id.parse::<u64>().unwrap().to_be_bytes();
                assert!(next != *id && !opaque.windows(8).any(|window| window == number), "{path}");
            }
            refused(&ask(&owner, &next), 400, "invalid_argument");
            refused(&ask(&viewer, &format!("{next}A")), 400, "invalid_argument");
            token = next;
        }
        assert!((4..=16).contains(&pages), "{path}: {pages} pages");
        assert!(seen.contains("own-3") || items == "result", "{path}: {seen}");
        assert!(!seen.contains("foreign"), "{path}: {seen}");
        for id in &ids {
            refused(&ask(&viewer, id), 400, "invalid_argument");
        }
    }
}

#[test]
fn unused_and_expiring_credentials_are_listed() {
    let server = Server::start();
    server.user("billing");
    server.json(&["secret", "generate", "billing", "--label", "soon", "--expires", "10d"]);
    server.json(&["secret", "generate", "billing", "--label", "late", "--expires", "100d"]);
    let labels = |arguments: &[&str]| {
        let found = server.json(arguments);
        let all = found["credentials"].as_array().unwrap().clone();
        all.iter().map(|one| text(one, "/label")).collect::<Vec<_>>()
    };
    assert_eq!(labels(&["credential", "expiring"]), ["soon"]);
    assert_eq!(labels(&["credential", "expiring", "--within", "365d"]).len(), 2);
    assert_eq!(labels(&["credential", "unused"]), [""; 0], "they are younger than that");
}

#[test]
fn keys_and_tokens_of_all_users_are_listed_page_by_page() {
    let server = Server::start();
    let owner = server.owner();
    let mut made = Vec::new();
    for number in 0..7 {
        let name = format!("u{number}");
        server.json(&["user", "create", &name]);
        made.push(text(&server.json(&["pat", "create", &name]), "/tokenId"));
    }
    let page = |pagination: Value, filters: Value| {
        let request = json!({ "pagination": pagination, "filters": filters });
        server.call_as(&owner, &format!("{USERS}ListPersonalAccessTokens"), &request)
    };
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let reply = page(json!({ "limit": 3, "asc": true, "pageToken": token }), json!([])).json();
        assert!(reply["pagination"].get("totalResult").is_none(), "no total");
        seen.extend(reply["result"].as_array().unwrap().iter().map(|one| text(one, "/id")));
        let Some(next) = reply["nextPageToken"].as_str() else { break };
        token = next.to_owned();
    }
    // The first one is the owner's.
    assert_eq!(seen.split_off(1), made);
    let one = page(json!({}), json!([{ "tokenIdFilter": { "id": made[4] } }])).json();
    assert_eq!(one["result"].as_array().unwrap().len(), 1);
    let none = json!([{ "createdDateFilter": { "timestamp": "2000-01-01T00:00:00Z", "method": "TIMESTAMP_FILTER_METHOD_BEFORE" } }]);
    assert_eq!(page(json!({}), none).json()["result"], json!([]));
    let wrong = json!([{ "createdDateFilter": { "timestamp": "yesterday" } }]);
    refused(&page(json!({}), wrong), 400, "invalid_argument");
    let behind = page(json!({ "offset": 6, "asc": true }), json!([])).json();
    assert_eq!(behind["result"].as_array().unwrap().len(), 2);
    refused(&page(json!({ "offset": 10_001 }), json!([])), 400, "invalid_argument");
    refused(&page(json!({ "pageToken": "junk" }), json!([])), 400, "invalid_argument");
    refused(&page(json!({ "limit": 1_000_000 }), json!([])), 400, "invalid_argument");
}

/// A whole listing in one order, with two rows per page.
fn in_order(server: &Server, owner: &str, path: &str, items: &str, request: &Value, asc: bool) -> Vec<Value> {
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let mut request = request.clone();
        request["pagination"] = json!({ "limit": 2, "asc": asc, "pageToken": token });
        let reply = server.call_as(owner, path, &request);
        assert_eq!(reply.status, 200, "{path} {request}: {}", reply.text());
        seen.extend(reply.json()[items].as_array().unwrap().iter().cloned());
        let Some(next) = reply.json()["nextPageToken"].as_str().map(str::to_owned) else { return seen };
        token = next;
    }
}

/// A listing: its path, the member with the items, the rest of the request, and its columns with the items'
/// sort members.
type Sorted = (&'static str, &'static str, Value, Vec<(String, &'static str)>);

fn sorted_listings(project: &str) -> Vec<Sorted> {
    let columns = |prefix: &str, all: &[(&str, &'static str)]| {
        all.iter().map(|(name, member)| (format!("{prefix}{name}"), *member)).collect::<Vec<_>>()
    };
    let credential = [
        ("CREATED_DATE", "/creationDate"),
        ("ID", "/id"),
        ("USER_ID", "/userId"),
        ("ORGANIZATION_ID", "/organizationId"),
    ];
    let authorization = [
        ("CREATED_DATE", "/creationDate"),
        ("CHANGED_DATE", "/changeDate"),
        ("ID", "/id"),
        ("USER_ID", "/user/id"),
        ("PROJECT_ID", "/project/id"),
        ("ORGANIZATION_ID", "/organization/id"),
        ("USER_ORGANIZATION_ID", "/user/organizationId"),
    ];
    let administrator =
        [("USER_ID", "/user/id"), ("CREATION_DATE", "/creationDate"), ("CHANGE_DATE", "/changeDate")];
    let application_key = [
        ("ID", "/keyId"),
        ("PROJECT_ID", "/projectId"),
        ("APPLICATION_ID", "/applicationId"),
        ("CREATION_DATE", "/creationDate"),
        ("ORGANIZATION_ID", "/organizationId"),
        ("EXPIRATION", "/expirationDate"),
        ("TYPE", "/keyId"),
    ];
    let role = [("KEY", "/key"), ("CREATION_DATE", "/creationDate"), ("CHANGE_DATE", "/changeDate")];
    let expiration = |prefix: &str, name: &str| {
        [columns(prefix, &credential), columns(prefix, &[(name, "/expirationDate")])].concat()
    };
    let of_users = expiration("KEY_FIELD_NAME_", "KEY_EXPIRATION_DATE");
    vec![
        ("zitadel.user.v2.UserService/ListKeys", "result", json!({}), of_users.clone()),
        ("zitadel.user.v2.UserService/ListKeys", "result", json!({ "userId": "u1" }), of_users),
        (
            "zitadel.user.v2.UserService/ListPersonalAccessTokens",
            "result",
            json!({}),
            expiration("PERSONAL_ACCESS_TOKEN_FIELD_NAME_", "EXPIRATION_DATE"),
        ),
        (
            "zitadel.application.v2.ApplicationService/ListApplicationKeys",
            "keys",
            json!({}),
            columns("APPLICATION_KEYS_SORT_BY_", &application_key),
        ),
        (
            "zitadel.authorization.v2.AuthorizationService/ListAuthorizations",
            "authorizations",
            json!({}),
            columns("AUTHORIZATION_FIELD_NAME_", &authorization),
        ),
        (
            "zitadel.internal_permission.v2.InternalPermissionService/ListAdministrators",
            "administrators",
            json!({}),
            columns("ADMINISTRATOR_FIELD_NAME_", &administrator),
        ),
        (
            "zitadel.project.v2.ProjectService/ListProjectRoles",
            "projectRoles",
            json!({ "projectId": project }),
            columns("PROJECT_ROLE_FIELD_NAME_", &role),
        ),
    ]
}

/// Creates three users with keys, tokens, authorizations and administrator roles whose order differs in
/// each column.
fn furnish(server: &Server, owner: &str) -> String {
    let call = |service: &str, body: &Value| {
        let reply = server.call_as(owner, service, body);
        assert!(reply.status < 300, "{service} {body}: {}", reply.text());
        reply.json()
    };
    let mut projects = Vec::new();
    for name in ["Zoo", "Arc"] {
        let organization = text(&server.json(&["organization", "create", name]), "/organizationId");
        let project = json!({ "name": name, "organizationId": organization });
        let project = text(&call("/zitadel.project.v2.ProjectService/CreateProject", &project), "/projectId");
        for key in ["writer", "Admin", "reader"] {
            let role = json!({ "projectId": project, "roleKey": key });
            call("/zitadel.project.v2.ProjectService/AddProjectRole", &role);
        }
        let api = json!({ "projectId": project, "name": name, "apiConfiguration": {} });
        let api = call("/zitadel.application.v2.ApplicationService/CreateApplication", &api);
        for days in [2, 9, 4] {
            let lifetime = format!("{}s", days * 86_400);
            let key = json!({ "applicationId": text(&api, "/applicationId"), "lifetime": lifetime,
                "algorithm": "EdDSA" });
            call("/zitadel.application.v2.ApplicationService/CreateApplicationKey", &key);
        }
        projects.push((project, organization));
    }
    for (number, (home, id)) in [(1, "900"), (0, "7"), (1, "80")].into_iter().enumerate() {
        let (name, organization) = (format!("u{number}"), &projects[home].1);
        let user = json!({ "userId": id, "username": name, "organizationId": organization,
            "machine": { "name": name } });
        call(&format!("{USERS}CreateUser"), &user);
        for days in [5, 3, 8] {
            let lifetime = format!("{}s", (days + number) * 86_400);
            let key = json!({ "userId": id, "lifetime": lifetime, "algorithm": "EdDSA" });
            call(&format!("{USERS}AddKey"), &key);
            call(&format!("{USERS}AddPersonalAccessToken"), &json!({ "userId": id, "lifetime": lifetime }));
        }
        for (project, _) in projects.iter().rev() {
            let granted = json!({ "userId": id, "projectId": project, "roleKeys": ["reader"] });
            call("/zitadel.authorization.v2.AuthorizationService/CreateAuthorization", &granted);
        }
        let role = json!({ "userId": id, "resource": { "organizationId": organization },
            "roles": ["ORG_OWNER_VIEWER"] });
        call("/zitadel.internal_permission.v2.InternalPermissionService/CreateAdministrator", &role);
    }
    projects.swap_remove(0).0
}

#[test]
fn every_column_that_a_listing_names_sorts_it_page_by_page() {
    let server = Server::start();
    let owner = server.owner();
    let project = furnish(&server, &owner);
    for (method, items, rest, columns) in sorted_listings(&project) {
        let path = format!("/{method}");
        let all = in_order(&server, &owner, &path, items, &rest, true).len();
        assert!(all >= 3, "{path}: {all}");
        for (column, member) in columns {
            let mut request = rest.clone();
            request["sortingColumn"] = json!(column);
            let up = in_order(&server, &owner, &path, items, &request, true);
            // Ids are compared as numbers, and credentials without an end come last.
            let key = |one: &Value| {
                let member = one.pointer(member).and_then(Value::as_str).unwrap_or("~").to_owned();
                (if member.bytes().all(|b| b.is_ascii_digit()) { member.len() } else { 0 }, member)
            };
            let keys: Vec<_> = up.iter().map(key).map(|(len, key)| (len, key.to_lowercase())).collect();
            assert!(keys.is_sorted(), "{column}: {keys:?}");
            assert_eq!(up.len(), all, "{column}");
            let mut down = in_order(&server, &owner, &path, items, &request, false);
            down.reverse();
            assert_eq!(up, down, "{column}");
        }
    }
}

#[test]
fn a_page_token_is_for_its_order() {
    let server = Server::start();
    let owner = server.owner();
    let project = furnish(&server, &owner);
    for (method, _, rest, columns) in sorted_listings(&project) {
        let ask = |column: &str, token: &str| {
            let mut request = rest.clone();
            request["sortingColumn"] = json!(column);
            request["pagination"] = json!({ "limit": 1, "pageToken": token });
            server.call_as(&owner, &format!("/{method}"), &request)
        };
        let (first, other) = (&columns[0].0, &columns[1].0);
        let next = text(&ask(first, "").json(), "/nextPageToken");
        assert_eq!(ask(first, &next).status, 200);
        refused(&ask(other, &next), 400, "invalid_argument");
    }
}
