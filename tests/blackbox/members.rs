//! Regressions of members that were ignored, misread or misnamed: each has its effect, or is refused by its
//! own path.

use crate::harness::{Reply, Server, refused, text};
use serde_json::{Value, json};

const APPLICATIONS: &str = "/zitadel.application.v2.ApplicationService/";
const USERS: &str = "/zitadel.user.v2.UserService/";

fn done(reply: &Reply) -> Value {
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

#[track_caller]
fn refused_by(reply: &Reply, path: &str) {
    refused(reply, 400, "invalid_argument");
    let message = text(&reply.json(), "/message");
    assert!(message.starts_with(&format!("{path}: ")), "{path}: {message}");
}

/// Regression: an update that asked for keys was answered 200, and the API kept its secret.
#[test]
fn the_method_of_an_api_follows_from_its_credentials_and_another_is_refused() {
    let server = Server::start();
    let [basic, key] = ["API_AUTH_METHOD_TYPE_BASIC", "API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT"];
    let call = |method: &str, request: &Value| {
        server.management(&format!("{APPLICATIONS}{method}"), &request.to_string())
    };
    for (own, other, number) in [(basic, key, 1), (key, basic, 0)] {
        let resource = format!("https://{number}.example.com");
        let configuration = json!({ "authMethodType": own, "resource": resource });
        let made = call("CreateApplication", &json!({ "name": "x", "apiConfiguration": configuration }));
        let id = text(&done(&made), "/applicationId");
        let update = |configuration: Value| {
            let request =
                json!({ "applicationId": id, "name": "Renamed", "apiConfiguration": configuration });
            call("UpdateApplication", &request)
        };
        let name =
            || text(&done(&call("GetApplication", &json!({ "applicationId": id }))), "/application/name");
        for method in [json!(other), json!(number)] {
            let reply = update(json!({ "authMethodType": method }));
            refused_by(&reply, "apiConfiguration.authMethodType");
            assert!(reply.text().contains(own), "{}", reply.text());
        }
        refused_by(&update(json!({ "resource": "https://other.example.com" })), "apiConfiguration.resource");
        assert_eq!(name(), "x", "nothing was changed");
        for same in [json!({}), json!({ "authMethodType": null }), configuration] {
            done(&update(same));
            assert_eq!(name(), "Renamed");
        }
    }
}

/// Regression: one of the two was ignored, so the key was not of the kind that it named.
#[test]
fn the_kind_of_a_signing_key_is_given_once() {
    let server = Server::start();
    let create = |request: &Value| {
        server.management("/zitadel.webkey.v2.WebKeyService/CreateWebKey", &request.to_string())
    };
    let keys = || {
        let listed = server.management("/zitadel.webkey.v2.WebKeyService/ListWebKeys", "{}");
        done(&listed)["webKeys"].as_array().unwrap().len()
    };
    // The next key is generated while the server starts.
    while keys() < 2 {}
    let before = keys();
    for (chosen, value) in [
        ("rsa", json!({ "bits": "RSA_BITS_2048" })),
        ("rsa", json!({})),
        ("ecdsa", json!({ "curve": "ECDSA_CURVE_P384" })),
        ("ed25519", json!({})),
    ] {
        for (member, beside) in
            [("algorithm", json!("ES256")), ("rsaBits", json!(4096)), ("rsaBits", json!(0))]
        {
            refused_by(&create(&json!({ (chosen): value, (member): beside })), member);
        }
    }
    refused_by(&create(&json!({ "algorithm": "ES256", "rsaBits": 2048 })), "rsaBits");
    assert_eq!(keys(), before, "nothing was made");
    for request in [
        json!({ "ecdsa": { "curve": "ECDSA_CURVE_P384" }, "algorithm": "", "rsaBits": null }),
        json!({ "algorithm": "ES384" }),
        json!({ "ed25519": {} }),
    ] {
        done(&create(&request));
    }
    assert_eq!(keys(), before + 3);
}

/// Regression: refusals named another member, one that does not exist, or none of the list.
#[test]
fn a_refusal_names_the_member_by_its_whole_path() {
    let server = Server::start();
    server.json(&["user", "create", "billing"]);
    let [long, bad] = ["x".repeat(1001), "a  b".to_owned()];
    let state = json!({ "stateQuery": { "state": "USER_STATE_ACTIVE" } });
    let project = json!({ "resource": { "projectId": "x" } });
    let administer = |more: &Value| {
        let mut request = json!({ "userId": "billing", "roles": ["PROJECT_OWNER"] });
        request["resource"] = more["resource"].clone();
        request
    };
    let far = json!({ "offset": 10_001 });
    let listing = |service: &str, method: &str, first: Value, second: Value| {
        (format!("/zitadel.{service}/{method}"), json!({ "filters": [first, second] }))
    };
    let [projects, permissions, authorizations] = [
        "project.v2.ProjectService",
        "internal_permission.v2.InternalPermissionService",
        "authorization.v2.AuthorizationService",
    ];
    let ids = json!({ "inProjectIdsFilter": { "ids": ["x"] } });
    let active = json!({ "state": { "state": "STATE_ACTIVE" } });
    let users = json!({ "inUserIdsFilter": { "ids": ["x"] } });
    for ((path, request), member) in [
        // Ids of projects.
        ((format!("/zitadel.{permissions}/CreateAdministrator"), administer(&project)), "resource.projectId"),
        (
            listing(permissions, "ListAdministrators", users.clone(), project.clone()),
            "filters[1].resource.projectId",
        ),
        // Names of users and of clients.
        (
            (
                "/jeton.leak.v1.LeakService/ReportLeak".into(),
                json!({ "clientId": bad, "secret": server.secret("billing").secret }),
            ),
            "clientId",
        ),
        (
            (
                format!("{USERS}ListKeys"),
                json!({ "filters": [{ "keyIdFilter": { "id": "1" } }, { "userIdFilter": { "id": bad } }] }),
            ),
            "filters[1].userIdFilter.id",
        ),
        (
            (
                format!("{USERS}ListPersonalAccessTokens"),
                json!({ "filters": [{ "userIdFilter": { "id": bad } }] }),
            ),
            "filters[0].userIdFilter.id",
        ),
        ((format!("{USERS}ListKeys"), json!({ "userId": bad })), "userId"),
        (
            (
                format!("{APPLICATIONS}ListApplicationKeys"),
                json!({ "filters": [{ "applicationIdFilter": { "applicationId": bad } }] }),
            ),
            "filters[0].applicationIdFilter.applicationId",
        ),
        (
            listing(
                authorizations,
                "ListAuthorizations",
                active.clone(),
                json!({ "inUserIds": { "ids": ["billing", bad] } }),
            ),
            "filters[1].inUserIds.ids[1]",
        ),
        (
            listing(authorizations, "ListAuthorizations", active.clone(), json!({ "userId": { "id": bad } })),
            "filters[1].userId.id",
        ),
        // Texts of searches.
        (
            (
                format!("{USERS}ListUsers"),
                json!({ "queries": [state, { "userNameQuery": { "userName": long } }] }),
            ),
            "queries[1].userNameQuery.userName",
        ),
        (
            (
                format!("{USERS}ListUserMetadata"),
                json!({ "userId": "billing", "filters": [{ "keyFilter": { "key": long } }] }),
            ),
            "filters[0].keyFilter.key",
        ),
        (
            (
                "/zitadel.org.v2.OrganizationService/ListOrganizations".into(),
                json!({ "queries": [{ "defaultQuery": {} }, { "nameQuery": { "name": long } }] }),
            ),
            "queries[1].nameQuery.name",
        ),
        (
            listing(
                "application.v2.ApplicationService",
                "ListApplications",
                json!({ "typeFilter": "APPLICATION_TYPE_API" }),
                json!({ "nameFilter": { "name": long } }),
            ),
            "filters[1].nameFilter.name",
        ),
        (
            listing(
                projects,
                "ListProjects",
                ids.clone(),
                json!({ "projectNameFilter": { "projectName": long } }),
            ),
            "filters[1].projectNameFilter.projectName",
        ),
        (
            listing(projects, "ListProjectGrants", ids, json!({ "roleKeyFilter": { "key": long } })),
            "filters[1].roleKeyFilter.key",
        ),
        (
            listing(
                permissions,
                "ListAdministrators",
                users,
                json!({ "userDisplayName": { "displayName": long } }),
            ),
            "filters[1].userDisplayName.displayName",
        ),
        (
            listing(authorizations, "ListAuthorizations", active, json!({ "projectName": { "name": long } })),
            "filters[1].projectName.name",
        ),
        // Offsets.
        ((format!("{USERS}ListUsers"), json!({ "query": far })), "query.offset"),
        ((format!("{APPLICATIONS}ListApplications"), json!({ "pagination": far })), "pagination.offset"),
    ] {
        refused_by(&server.management(&path, &request.to_string()), member);
    }
}

#[test]
fn an_invalid_id_in_a_filter_matches_nothing() {
    let server = Server::start();
    server.api();
    let list = |filter: Value| {
        let request = json!({ "filters": [filter] }).to_string();
        done(&server.management(&format!("{APPLICATIONS}ListApplications"), &request))
    };
    assert_eq!(list(json!({ "projectIdFilter": { "projectId": "x" } }))["applications"], json!([]));
    assert_eq!(list(json!({ "clientIdFilter": { "clientId": "x" } }))["applications"], json!([]));
    assert_eq!(
        list(json!({ "typeFilter": "APPLICATION_TYPE_API" }))["applications"].as_array().unwrap().len(),
        1
    );
}

/// Regression: the filter won over `userId`, so keys of another user were listed.
#[test]
fn users_that_are_named_twice_must_be_the_same_user() {
    let server = Server::start();
    for name in ["alpha", "bravo"] {
        server.json(&["user", "create", name]);
        server.json(&["key", "add", name]);
        server.json(&["pat", "create", name]);
    }
    let id = text(&server.json(&["user", "show", "alpha"]), "/user/userId");
    let filter = |user: &str| json!({ "userIdFilter": { "id": user } });
    for method in ["ListKeys", "ListPersonalAccessTokens"] {
        let list = |request: Value| {
            let listed = done(&server.management(&format!("{USERS}{method}"), &request.to_string()));
            listed["result"].as_array().unwrap().len()
        };
        for request in [
            json!({ "userId": "bravo", "filters": [filter("alpha")] }),
            json!({ "userId": "bravo", "filters": [filter(&id)] }),
            json!({ "filters": [filter("alpha"), filter("bravo")] }),
            json!({ "userId": id, "filters": [filter("alpha"), filter("bravo")] }),
        ] {
            assert_eq!(list(request.clone()), 0, "{method} {request}");
        }
        assert_eq!(list(json!({ "userId": "ALPHA", "filters": [filter("alpha"), filter(&id)] })), 1);
    }
}

/// Regression: a token that was pasted with a line end was refused.
#[test]
fn a_token_to_be_revoked_may_have_spaces_around_it() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let token = server.token(&user);
    let path = "/jeton.token.v1.TokenService/RevokeToken";
    let revoke = |token: &str| server.management(path, &json!({ "token": token }).to_string());
    for junk in [" ", "\n", "jeton_at_x\n"] {
        refused_by(&revoke(junk), "token");
    }
    assert_eq!(done(&revoke(&format!(" {token}\r\n")))["revoked"], true);
    assert!(!server.is_active(&api, &token));
}
