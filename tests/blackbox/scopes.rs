//! Scopes, audiences, resources and limits, and their view for APIs and bearers.

use crate::harness::{Credentials, Server, text};
use crate::jwt::{jwt_user, verified};
use serde_json::{Value, json};

pub fn api_of(server: &Server, arguments: &[&str]) -> Credentials {
    let made = server.json(&[&["api", "create", "An API"], arguments].concat());
    Credentials {
        id: text(&made, "/apiConfiguration/clientId"),
        secret: text(&made, "/apiConfiguration/clientSecret"),
    }
}

/// The scope that makes a project's APIs the audience.
pub fn aud(project: &str) -> String {
    format!("urn:zitadel:iam:org:project:id:{project}:aud")
}

/// Two projects with these roles, each with an API.
pub fn two_projects(server: &Server, roles: &[&str]) -> [(String, Credentials); 2] {
    ["Shop", "Bank"].map(|name| {
        let project = text(&server.json(&["project", "create", name]), "/projectId");
        for role in roles {
            server.json(&["role", "add", &project, role]);
        }
        let api = api_of(server, &["--project", &project]);
        (project, api)
    })
}

fn ask(server: &Server, user: &Credentials, form: &str) -> crate::harness::Reply {
    server.post("/oauth/v2/token", user, &format!("grant_type=client_credentials&{form}"))
}

fn userinfo(server: &Server, token: &str) -> Value {
    let bearer = format!("Bearer {token}");
    server.request("GET", "/oidc/v1/userinfo", &[("authorization", &bearer)], b"").json()
}

#[test]
fn roles_are_told_where_scopes_ask_for_them_and_to_each_api_its_own() {
    let server = Server::start();
    let (opaque, jwt) = (server.user("opaque"), jwt_user(&server, "jwt"));
    let [shop, bank] = two_projects(&server, &["reader", "writer"]);
    for project in [&shop.0, &bank.0] {
        for user in ["opaque", "jwt"] {
            server.json(&["authorization", "create", user, project, "reader"]);
        }
    }
    let scope = format!("openid urn:zitadel:iam:org:projects:roles {} {}", aud(&shop.0), aud(&bank.0));
    let claim = |project: &str| format!("urn:zitadel:iam:org:project:{project}:roles");
    for user in [&opaque, &jwt] {
        let token = server.token_with(user, &scope);
        let seen = server.introspect(&shop.1, &token);
        let roles = &seen[claim(&shop.0)]["reader"];
        assert!(roles.as_object().is_some_and(|owners| owners.len() == 1), "{seen}");
        assert_eq!(seen["urn:zitadel:iam:org:project:roles"]["reader"], *roles);
        assert!(seen.get(claim(&bank.0)).is_none(), "another project's");
        assert!(seen[claim(&shop.0)].get("writer").is_none(), "not granted");
        let info = userinfo(&server, &token);
        assert!(info.get(claim(&shop.0)).is_some() && info.get(claim(&bank.0)).is_some(), "{info}");
        let without = server.token_with(user, &format!("openid {}", aud(&shop.0)));
        assert!(server.introspect(&shop.1, &without).get(claim(&shop.0)).is_none(), "not asked for");
        let one =
            server.token_with(user, &format!("{} urn:zitadel:iam:org:project:role:reader", aud(&shop.0)));
        assert!(server.introspect(&shop.1, &one).get(claim(&shop.0)).is_some());
        let other =
            server.token_with(user, &format!("{} urn:zitadel:iam:org:project:role:writer", aud(&shop.0)));
        assert!(server.introspect(&shop.1, &other).get(claim(&shop.0)).is_none());
    }
    let token = server.token_with(&jwt, &scope);
    assert!(verified(&server, &token, &shop.0).1.get(claim(&bank.0)).is_some(), "in the token itself");
    // A removed role is gone from the next answer.
    server.json(&["role", "remove", &shop.0, "reader"]);
    assert!(server.introspect(&shop.1, &token).get(claim(&shop.0)).is_none());
}

#[test]
fn metadata_and_organization_are_told_on_demand() {
    let server = Server::start();
    let (user, api) = (jwt_user(&server, "billing"), server.api());
    server.json(&["user", "metadata", "set", "billing", "team", "money?"]);
    let organization = text(&server.json(&["user", "show", "billing"]), "/details/resourceOwner");
    let scope = format!(
        "openid urn:zitadel:iam:user:metadata urn:zitadel:iam:user:resourceowner urn:zitadel:iam:org:id:{organization}"
    );
    let token = server.token_with(&user, &scope);
    let project = text(&server.json(&["project", "list"]), "/projects/0/projectId");
    for claims in
        [server.introspect(&api, &token), userinfo(&server, &token), verified(&server, &token, &project).1]
    {
        assert_eq!(claims["urn:zitadel:iam:user:metadata"], json!({ "team": "bW9uZXk_" }), "{claims}");
        assert_eq!(claims["urn:zitadel:iam:user:resourceowner:id"], organization);
        assert_eq!(claims["urn:zitadel:iam:org:id"], organization);
    }
    let plain = server.introspect(&api, &server.token_with(&user, "openid"));
    assert!(!plain.to_string().contains("urn:zitadel"), "{plain}");
    server.json(&["user", "metadata", "delete", "billing", "team"]);
    assert!(server.introspect(&api, &token).get("urn:zitadel:iam:user:metadata").is_none());
}

#[test]
fn another_organizations_scopes_are_dropped_and_the_answer_tells() {
    let server = Server::start();
    let user = server.user("billing");
    let reply = ask(
        &server,
        &user,
        "scope=openid+urn:zitadel:iam:org:id:12345+urn:zitadel:iam:org:domain:primary:other.example.com",
    );
    assert_eq!(text(&reply.json(), "/scope"), "openid");
}

#[test]
fn the_management_audience_is_a_project_of_its_own() {
    let server = Server::start();
    let (user, api) = (jwt_user(&server, "billing"), server.api());
    let listed = server.json(&["project", "list"]);
    let management = text(&listed, "/projects/1/projectId");
    let token = server.token_with(&user, "openid urn:zitadel:iam:org:project:id:zitadel:aud");
    assert_eq!(verified(&server, &token, &management).1["aud"], json!([management]));
    assert!(!server.is_active(&api, &token));
    let own = api_of(&server, &["--project", &management]);
    assert!(server.is_active(&own, &token));
}

/// Conformance 82: RFC 8707 §2
/// Conformance 83: RFC 8707 §2.2
#[test]
fn resources_join_the_audience_and_their_apis_see_the_token() {
    let server = Server::start();
    let (opaque, jwt) = (server.user("opaque"), jwt_user(&server, "jwt"));
    let project = text(&server.json(&["project", "create", "Shop"]), "/projectId");
    let orders = api_of(&server, &["--project", &project, "--resource", "https://orders.example.com"]);
    let stock = api_of(&server, &["--project", &project, "--resource", "https://stock.example.com/v1"]);
    let neither = api_of(&server, &["--project", &project]);
    for user in [&opaque, &jwt] {
        let both = "scope=openid&resource=https://orders.example.com&resource=https%3A%2F%2Fstock.example.com%2Fv1\
                    &resource=https://orders.example.com";
        let reply = ask(&server, user, both);
        assert_eq!(reply.status, 200, "{}", reply.text());
        let token = text(&reply.json(), "/access_token");
        let seen = server.introspect(&orders, &token);
        assert_eq!(seen["aud"], json!(["https://orders.example.com", "https://stock.example.com/v1"]));
        assert_eq!(server.introspect(&stock, &token), seen);
        assert!(!server.is_active(&neither, &token) && !server.is_active(&server.api(), &token));
        let one = text(
            &ask(&server, user, "scope=openid&resource=https://orders.example.com").json(),
            "/access_token",
        );
        assert!(server.is_active(&orders, &one) && !server.is_active(&stock, &one));
    }
    for wrong in [
        "https://unknown.example.com",
        "https://orders.example.com/",
        "https://ORDERS.example.com",
        "https://orders.example.com%23part",
        "orders.example.com",
        "/orders",
        "7",
    ] {
        let reply = ask(&server, &opaque, &format!("scope=openid&resource={wrong}"));
        assert_eq!((reply.status, reply.error().as_str()), (400, "invalid_target"), "{wrong}");
    }
    let many = "&resource=https://orders.example.com".repeat(11);
    let refused = ask(&server, &opaque, &format!("scope=openid{many}"));
    assert_eq!((refused.status, refused.error().as_str()), (400, "invalid_target"), "too many");
    assert_eq!(ask(&server, &opaque, "scope=openid&resource=").status, 200, "omitted");
    // A token for a deleted API is for no other one.
    let token =
        text(&ask(&server, &jwt, "scope=openid&resource=https://orders.example.com").json(), "/access_token");
    server.json(&["api", "delete", &orders.id]);
    assert!(!server.is_active(&server.api(), &token) && !server.is_active(&stock, &token));
    let taken = server.cli(&["api", "create", "x", "--resource", "https://stock.example.com/v1"], true);
    assert!(crate::harness::failure(&taken).contains("another API"));
}

#[test]
fn a_user_is_kept_within_its_scopes_audiences_and_lifetime() {
    let server = Server::start();
    let user = server.user("billing");
    let project = text(&server.json(&["project", "create", "Shop"]), "/projectId");
    let shop = api_of(&server, &["--project", &project, "--resource", "https://shop.example.com"]);
    let bank = api_of(&server, &["--resource", "https://bank.example.com"]);
    server.json(&[
        "user",
        "update",
        "billing",
        "--allowed-scopes",
        &format!("openid urn:zitadel:iam:org:project:id:{project}:aud"),
        "--allowed-audiences",
        &project,
        "--token-lifetime",
        "90s",
    ]);
    let reply = ask(&server, &user, "scope=openid+profile").json();
    assert_eq!(reply["expires_in"], 90);
    assert_eq!(text(&reply, "/scope"), format!("openid urn:zitadel:iam:org:project:id:{project}:aud"));
    let token = text(&reply, "/access_token");
    assert!(server.is_active(&shop, &token) && !server.is_active(&bank, &token));
    assert_eq!(ask(&server, &user, "scope=openid&resource=https://shop.example.com").status, 200);
    let refused = ask(&server, &user, "scope=openid&resource=https://bank.example.com");
    assert_eq!((refused.status, refused.error().as_str()), (400, "invalid_target"));
    let shown = server.json(&["user", "show", "billing"]);
    assert_eq!(text(&shown, "/user/machine/tokenLifetime"), "90s");
    server.json(&[
        "user",
        "update",
        "billing",
        "--allowed-scopes",
        "",
        "--allowed-audiences",
        "",
        "--token-lifetime",
        "0",
    ]);
    let reply = ask(&server, &user, "scope=openid+profile").json();
    assert_eq!(
        (reply["expires_in"].as_u64(), text(&reply, "/scope")),
        (Some(43_200), "openid profile".into())
    );
}

#[test]
fn the_instance_has_default_scopes_for_those_who_have_none() {
    let server = Server::start_with(&["--default-scopes", "openid profile"]);
    let user = server.user("billing");
    assert_eq!(text(&ask(&server, &user, "").json(), "/scope"), "openid profile");
    server.json(&["user", "update", "billing", "--default-scopes", "email"]);
    assert_eq!(text(&ask(&server, &user, "").json(), "/scope"), "email");
}

#[test]
fn a_renamed_user_has_its_new_client_id_at_once() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let token = server.token(&user);
    server.json(&["user", "update", "billing", "--username", "accounting"]);
    ask(&server, &user, "scope=openid").is_refused(401, "invalid_client");
    let renamed = Credentials { id: "accounting".into(), secret: user.secret };
    assert_eq!(ask(&server, &renamed, "scope=openid").status, 200);
    assert_eq!(text(&server.introspect(&api, &token), "/username"), "accounting");
    server.user("payroll");
    let rename = |user, name| server.cli(&["user", "update", user, "--username", name], true);
    let taken = crate::harness::failure(&rename("accounting", "payroll"));
    assert!(taken.contains("taken"), "{taken}");
    let retired = crate::harness::failure(&rename("payroll", "billing"));
    assert!(retired.contains("tokens that name it may still live"), "{retired}");
    assert!(rename("accounting", "billing").status.success(), "its own name is still its own");
}

#[test]
fn a_personal_access_token_works_until_it_is_revoked() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let made = server.json(&["pat", "create", "billing", "--expires", "90d"]);
    let token = text(&made, "/token");
    assert!(userinfo(&server, &token).get("name").is_some());
    assert!(!server.is_active(&api, &token), "the user has no roles in the API's project");
    let project = text(&server.json(&["project", "list"]), "/projects/0/projectId");
    server.json(&["role", "add", &project, "reader"]);
    server.json(&["authorization", "create", "billing", &project, "reader"]);
    let seen = server.introspect(&api, &token);
    assert_eq!(seen["active"], true);
    assert!(seen.get(format!("urn:zitadel:iam:org:project:{project}:roles")).is_some(), "{seen}");
    let id = text(&made, "/tokenId");
    assert_eq!(text(&server.json(&["pat", "list", "billing"]), "/result/0/id"), id);
    assert_eq!(server.json(&["key", "list", "billing"])["result"], json!([]), "it is no key");
    server.json(&["pat", "revoke", "billing", &id]);
    assert!(!server.is_active(&api, &token));
    assert!(server.is_active(&api, &server.token(&user)));
}

#[test]
fn a_personal_access_token_leaves_the_tokens_of_ended_secrets_alive() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let token = server.token(&user);
    let replaced =
        server.management("/zitadel.user.v2.UserService/AddSecret", r#"{"userId":"billing"}"#).status;
    assert_eq!(replaced, 200);
    server.json(&["pat", "create", "billing", "--expires", "90d"]);
    assert!(server.is_active(&api, &token));
}

#[test]
fn a_jwt_too_large_for_a_header_is_not_issued() {
    let server = Server::start();
    let user = jwt_user(&server, "billing");
    let project = text(&server.json(&["project", "list"]), "/projects/0/projectId");
    let service = "/zitadel.project.v2.ProjectService/AddProjectRole";
    let roles: Vec<String> = (0..80).map(|number| format!("{number:0>150}")).collect();
    for role in &roles {
        let request = json!({ "projectId": project, "roleKey": role, "displayName": "x" }).to_string();
        assert_eq!(server.management(service, &request).status, 200);
    }
    let grant = json!({ "userId": "billing", "projectId": project, "roleKeys": roles }).to_string();
    let create = "/zitadel.authorization.v2.AuthorizationService/CreateAuthorization";
    assert_eq!(server.management(create, &grant).status, 200);
    let refused = ask(&server, &user, "scope=openid+urn:zitadel:iam:org:projects:roles");
    assert_eq!((refused.status, refused.error().as_str()), (400, "invalid_scope"));
    assert_eq!(ask(&server, &user, "scope=openid").status, 200);
    let one = format!("scope=urn:zitadel:iam:org:project:role:{}", roles[7]);
    assert_eq!(ask(&server, &user, &one).status, 200);
    // An opaque token contains no roles, so it is issued, and introspection shows all of them.
    server.json(&["user", "update", "billing", "--access-token-type", "bearer"]);
    let token = server.token_with(&user, "openid urn:zitadel:iam:org:projects:roles");
    let seen = server.introspect(&server.api(), &token);
    assert_eq!(seen["urn:zitadel:iam:org:project:roles"].as_object().unwrap().len(), 80);
}

/// Each scope is within the limit of a request, and all together exceed the limit of a token.
#[test]
fn more_scopes_than_fit_into_one_token_are_refused_with_their_reason() {
    let server = Server::start();
    let user = server.user("billing");
    let project = text(&server.json(&["project", "create", "Shop"]), "/projectId");
    let roles: Vec<String> = (0..17).map(|number| format!("{number:0>200}")).collect();
    for role in &roles {
        server.json(&["role", "add", &project, role]);
    }
    let mut grant = vec!["authorization", "create", "billing", &project];
    grant.extend(roles.iter().map(String::as_str));
    server.json(&grant);
    let scope = |roles: &[String]| {
        let roles = roles.iter().map(|role| format!("urn:zitadel:iam:org:project:role:{role}"));
        format!("scope=openid {} {}", aud(&project), roles.collect::<Vec<_>>().join(" ")).replace(' ', "+")
    };
    let reply = ask(&server, &user, &scope(&roles));
    reply.is_refused(400, "invalid_scope");
    assert!(reply.text().contains("do not fit into one token"), "{}", reply.text());
    assert_eq!(ask(&server, &user, &scope(&roles[..5])).status, 200);
}
