//! The management API for bearers of tokens: access, permissions and refusals.

use crate::harness::{Reply, Server, refused, text};
use serde_json::{Value, json};
use std::thread;

const USERS: &str = "/zitadel.user.v2.UserService/";
const ORGANIZATIONS: &str = "/zitadel.org.v2.OrganizationService/";
const ADMINISTRATORS: &str = "/zitadel.internal_permission.v2.InternalPermissionService/";
const AUDIENCE: &str = "urn:zitadel:iam:org:project:id:zitadel:aud";

fn create_user(server: &Server, token: &str, request: &Value) -> Reply {
    server.call_as(token, &format!("{USERS}CreateUser"), request)
}

/// An organization, made by the operator.
fn organization(server: &Server, name: &str) -> String {
    text(&server.json(&["organization", "create", name]), "/organizationId")
}

#[test]
fn only_a_live_token_for_the_management_api_gets_in() {
    let server = Server::start();
    let owner = server.owner();
    let path = format!("{USERS}ListUsers");
    assert_eq!(server.call_as(&owner, &path, &json!({})).status, 200);
    let user = server.user("billing");
    let plain = server.token(&user);
    refused(&server.call_as(&plain, &path, &json!({})), 401, "unauthenticated");
    let meant = server.token_with(&user, AUDIENCE);
    refused(&server.call_as(&meant, &path, &json!({})), 403, "permission_denied");
    server.json(&["admin", "add", "billing", "IAM_OWNER_VIEWER"]);
    assert_eq!(server.call_as(&meant, &path, &json!({})).status, 200, "a role counts at once");
    server.json(&["user", "update", "billing", "--access-token-type", "jwt"]);
    let jwt = server.token_with(&user, AUDIENCE);
    assert!(jwt.starts_with("ey"));
    assert_eq!(server.call_as(&jwt, &path, &json!({})).status, 200);
    server.json(&["token", "revoke", &meant]);
    server.json(&["token", "revoke", &jwt]);
    for token in [meant.as_str(), &jwt, "", "junk", "jeton_at_x"] {
        refused(&server.call_as(token, &path, &json!({})), 401, "unauthenticated");
    }
    let none = server.request("POST", &path, &[("content-type", "application/json")], b"{}");
    refused(&none, 401, "unauthenticated");
    let api = server.api();
    let basic = server.request("POST", &path, &[("authorization", &api.basic())], b"{}");
    refused(&basic, 401, "unauthenticated");
}

#[test]
fn a_removed_right_or_token_stops_working() {
    let server = Server::start();
    let token = server.administrator("helper", &["IAM_OWNER"]);
    let request = |name: &str| json!({ "username": name, "machine": { "name": "x" } });
    assert_eq!(create_user(&server, &token, &request("first")).status, 200);
    server.json(&["admin", "update", "helper", "IAM_OWNER_VIEWER"]);
    refused(&create_user(&server, &token, &request("second")), 403, "permission_denied");
    server.json(&["admin", "update", "helper", "IAM_OWNER"]);
    server.json(&["user", "lock", "helper"]);
    refused(&create_user(&server, &token, &request("second")), 401, "unauthenticated");
    server.json(&["user", "unlock", "helper"]);
    server.json(&["token", "revoke", "--user", "helper"]);
    refused(&create_user(&server, &token, &request("second")), 401, "unauthenticated");
    let names = server.json(&["user", "list"])["result"].as_array().unwrap().len();
    assert_eq!(names, 2, "a refused call left nothing behind");
}

#[test]
fn no_user_gains_rights_through_another_user() {
    let server = Server::start();
    server.owner();
    let own = organization(&server, "Own");
    let owner = server.administrator("org-owner", &["ORG_OWNER", "--organization", &own]);
    let manager = server.administrator("manager", &["ORG_USER_MANAGER", "--organization", &own]);
    // A user of the organization who owns the instance, and a user who owns the organization.
    for (name, arguments) in
        [("boss", &["IAM_OWNER"][..]), ("peer", &["ORG_OWNER", "--organization", own.as_str()])]
    {
        server.json(&["user", "create", name, "--organization", &own]);
        server.json(&[&["admin", "add", name], arguments].concat());
    }
    server.json(&["user", "create", "plain", "--organization", &own]);
    let attempts = |token: &str, user: &str| {
        let by_id = json!({ "userId": user });
        ["AddSecret", "AddPersonalAccessToken", "DeactivateUser", "LockUser", "DeleteUser"]
            .map(|method| server.call_as(token, &format!("{USERS}{method}"), &by_id).status)
    };
    assert_eq!(attempts(&owner, "boss"), [403; 5], "the owner of an organization is not the instance's");
    assert_eq!(attempts(&manager, "boss"), [403; 5]);
    assert_eq!(attempts(&manager, "peer"), [403; 5], "a user manager does not become an owner");
    let assign = |token: &str, resource: Value, role: &str| {
        let request = json!({ "userId": "plain", "resource": resource, "roles": [role] });
        server.call_as(token, &format!("{ADMINISTRATORS}CreateAdministrator"), &request).status
    };
    assert_eq!(assign(&owner, json!({ "instance": true }), "IAM_OWNER"), 403);
    assert_eq!(assign(&manager, json!({ "organizationId": own }), "ORG_OWNER"), 403);
    assert_eq!(assign(&owner, json!({ "organizationId": own }), "IAM_OWNER"), 400, "it does not fit");
    assert_eq!(assign(&owner, json!({ "organizationId": own }), "ORG_USER_MANAGER"), 200);
    assert_eq!(attempts(&owner, "peer"), [200, 200, 200, 400, 200], "an owner may add owners");
}

#[test]
fn an_organization_with_an_instance_owner_is_not_ended_by_its_own_owner() {
    let server = Server::start();
    let owner = server.owner();
    let home = organization(&server, "Home");
    server.json(&["user", "create", "boss", "--organization", &home]);
    server.json(&["admin", "add", "boss", "IAM_OWNER"]);
    let token = server.administrator("org-owner", &["ORG_OWNER", "--organization", &home]);
    let request = json!({ "organizationId": home });
    for method in ["DeactivateOrganization", "DeleteOrganization"] {
        let path = format!("{ORGANIZATIONS}{method}");
        refused(&server.call_as(&token, &path, &request), 403, "permission_denied");
        assert_eq!(server.call_as(&owner, &path, &request).status, 200);
    }
}

#[test]
fn another_organization_looks_nonexistent() {
    let server = Server::start();
    server.owner();
    let (own, other) = (organization(&server, "Own"), organization(&server, "Other"));
    let token = server.administrator("own-owner", &["ORG_OWNER", "--organization", &own]);
    let made = server.json(&["user", "create", "foreign", "--organization", &other]);
    let foreign = text(&made, "/userId");
    for user in [foreign.as_str(), "foreign", "999", "nobody"] {
        let reply = server.call_as(&token, &format!("{USERS}GetUserByID"), &json!({ "userId": user }));
        refused(&reply, 404, "not_found");
        assert_eq!(text(&reply.json(), "/message"), format!("there is no user {user}"));
    }
    let request = json!({ "organizationId": other, "username": "x", "machine": { "name": "x" } });
    refused(&create_user(&server, &token, &request), 404, "not_found");
    let listed = server.call_as(&token, &format!("{USERS}ListUsers"), &json!({})).json();
    assert_eq!(listed["details"]["totalResult"], "0", "it lives in the default organization itself");
    let organizations =
        server.call_as(&token, &format!("{ORGANIZATIONS}ListOrganizations"), &json!({})).json();
    assert_eq!(organizations["result"].as_array().unwrap().len(), 1);
    let named = json!({ "organizationId": own, "username": "mine", "machine": { "name": "x" } });
    assert_eq!(create_user(&server, &token, &named).status, 200);
    let listed = server.call_as(&token, &format!("{USERS}ListUsers"), &json!({})).json();
    assert_eq!(text(&listed, "/result/0/username"), "mine");
}

#[test]
fn concurrent_changes_do_not_overwrite_each_other() {
    let server = Server::start();
    let owner = server.owner();
    server.user("billing");
    let sequence = || {
        let shown = server.call_as(&owner, &format!("{USERS}GetUserByID"), &json!({ "userId": "billing" }));
        text(&shown.json(), "/details/sequence")
    };
    let rename = |name: &str, expected: &str| {
        let body = json!({ "userId": "billing", "machine": { "name": name } }).to_string();
        server.send_as(&owner, "POST", &format!("{USERS}UpdateUser"), &[("if-match", expected)], &body)
    };
    let read = sequence();
    assert_eq!(rename("first", &read).status, 200);
    refused(&rename("second", &read), 409, "aborted");
    let shown = server.json(&["user", "show", "billing"]);
    assert_eq!(text(&shown, "/user/machine/name"), "first");
    assert_eq!(rename("second", &format!("\"{}\"", sequence())).status, 200);
    assert_eq!(rename("third", "*").status, 200);
    refused(&rename("fourth", "yesterday"), 400, "invalid_argument");
}

#[test]
fn of_two_bootstraps_one_wins() {
    let server = Server::start();
    let outcomes: Vec<_> = thread::scope(|scope| {
        let tries: Vec<_> = (0..8)
            .map(|number| {
                let server = &server;
                scope.spawn(move || server.cli(&["admin", "create", &format!("admin-{number}")], true))
            })
            .collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let won: Vec<_> = outcomes.iter().filter(|output| output.status.success()).collect();
    assert_eq!(won.len(), 1);
    let token = text(&serde_json::from_slice(&won[0].stdout).unwrap(), "/token");
    let listed = server.call_as(&token, &format!("{ADMINISTRATORS}ListAdministrators"), &json!({})).json();
    assert_eq!(listed["administrators"].as_array().unwrap().len(), 1);
    for lost in outcomes.iter().filter(|output| !output.status.success()) {
        assert!(crate::harness::failure(lost).contains("jeton admin recover"));
    }
    assert_eq!(server.json(&["user", "list"])["details"]["totalResult"], "1", "the losing call left nothing");
}

#[test]
fn the_first_administrator_can_come_from_the_arguments_of_the_server() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("token");
    let path = file.to_str().unwrap();
    let server = Server::start_with(&["--first-admin", "root", "--first-admin-token-file", path]);
    let token = std::fs::read_to_string(&file).unwrap();
    assert_eq!(server.call_as(&token, &format!("{USERS}ListUsers"), &json!({})).status, 200);
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let data_dir = server.data_dir.clone();
    let mut server = server;
    server.terminate();
    let again = Server::start_on(&data_dir, &["--first-admin", "root", "--first-admin-token-file", path]);
    assert_eq!(again.call_as(&token, &format!("{USERS}ListUsers"), &json!({})).status, 200);
}

#[test]
fn a_missing_token_file_of_the_first_administrator_is_reported() {
    let directory = tempfile::tempdir().unwrap();
    let (data, file, log) =
        (directory.path().join("data"), directory.path().join("token"), directory.path().join("log"));
    let arguments = ["--first-admin", "root", "--first-admin-token-file", file.to_str().unwrap()];
    let start = || {
        let mut command = crate::harness::jeton();
        command.stderr(std::fs::File::create(&log).unwrap());
        assert!(Server::start_by(command, &data, &arguments).terminate().success());
        std::fs::read_to_string(&log).unwrap()
    };
    // An empty file left behind by an interrupted start is replaced.
    std::fs::write(&file, "").unwrap();
    assert!(!start().contains("jeton admin recover"));
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("jeton_pat_"));
    assert!(!start().contains("jeton admin recover"), "it is still there");
    std::fs::write(&file, "").unwrap();
    assert!(start().contains("jeton admin recover root"), "it is empty");
    std::fs::remove_file(&file).unwrap();
    assert!(start().contains("jeton admin recover root"), "it is gone");
    assert!(!file.exists());
}

#[test]
fn an_operator_gets_back_in() {
    let server = Server::start();
    let lost = server.owner();
    server.json(&["user", "deactivate", "owner"]);
    let token = text(&server.json(&["admin", "recover", "owner"]), "/token");
    assert_eq!(server.call_as(&token, &format!("{USERS}ListUsers"), &json!({})).status, 200);
    assert_eq!(server.call_as(&lost, &format!("{USERS}ListUsers"), &json!({})).status, 200);
    let fresh = text(&server.json(&["admin", "recover"]), "/token");
    assert_eq!(
        server.call_as(&fresh, &format!("{ADMINISTRATORS}ListAdministrators"), &json!({})).status,
        200
    );
}

#[test]
fn the_last_owner_does_not_leave_over_the_network() {
    let server = Server::start();
    let owner = server.owner();
    let id = text(&server.json(&["user", "show", "owner"]), "/user/userId");
    for (path, request) in [
        (format!("{USERS}DeactivateUser"), json!({ "userId": id })),
        (format!("{USERS}LockUser"), json!({ "userId": id })),
        (format!("{USERS}DeleteUser"), json!({ "userId": id })),
        (
            format!("{ADMINISTRATORS}DeleteAdministrator"),
            json!({ "userId": id, "resource": { "instance": true } }),
        ),
        (
            format!("{ADMINISTRATORS}UpdateAdministrator"),
            json!({ "userId": id, "resource": { "instance": true }, "roles": ["IAM_OWNER_VIEWER"] }),
        ),
    ] {
        refused(&server.call_as(&owner, &path, &request), 400, "failed_precondition");
    }
    server.administrator("second", &["IAM_OWNER"]);
    assert_eq!(server.call_as(&owner, &format!("{USERS}DeleteUser"), &json!({ "userId": id })).status, 200);
}

#[test]
fn rest_has_the_same_calls_and_its_own_form_of_errors() {
    let server = Server::start();
    let owner = server.owner();
    let send = |verb: &str, path: &str, body: &str| server.send_as(&owner, verb, path, &[], body);
    let created = send("POST", "/v2/users/new", r#"{"username":"billing","machine":{"name":"Billing"}}"#);
    assert_eq!(created.status, 201, "{}", created.text());
    let id = text(&created.json(), "/id");
    let user = format!("/v2/users/{id}");
    assert_eq!(text(&send("GET", &user, "").json(), "/user/username"), "billing");
    assert_eq!(send("PATCH", &user, r#"{"machine":{"name":"New"}}"#).status, 200);
    assert!(
        text(&send("POST", &format!("{user}/secret"), "").json(), "/clientSecret").starts_with("jeton_cs_")
    );
    let other = send("PATCH", &user, r#"{"userId":"1","machine":{"name":"Path"}}"#);
    assert_eq!(other.status, 400, "a body that names another user than the path is refused");
    assert_eq!(text(&send("GET", &user, "").json(), "/user/machine/name"), "New");
    let metadata = format!("{user}/metadata");
    assert_eq!(send("POST", &metadata, r#"{"metadata":[{"key":"a","value":"YQ=="}]}"#).status, 200);
    assert_eq!(send("DELETE", &format!("{metadata}?keys=a"), "").status, 200);
    assert_eq!(send("POST", &format!("{metadata}/search"), "{}").json()["metadata"], json!([]));
    assert_eq!(send("POST", "/v2/users", "{}").json()["details"]["totalResult"], "2");
    let missing = send("GET", "/v2/users/999", "");
    assert_eq!((missing.status, missing.json()["code"].as_u64()), (404, Some(5)));
    assert_eq!(missing.json()["details"], json!([]));
    let wrong = send("PUT", &user, "{}");
    assert_eq!(wrong.status, 405);
    assert_eq!(wrong.header("allow"), Some("PATCH, GET, HEAD, DELETE, OPTIONS"));
    for (body, status) in [("[]", 400), ("{", 400), (r#"{"machine":7}"#, 400)] {
        let reply = send("PATCH", &user, body);
        assert_eq!((reply.status, reply.json()["code"].as_u64()), (status, Some(3)), "{}", reply.text());
    }
    let denied = server.send_as("junk", "GET", &user, &[], "");
    assert_eq!((denied.status, denied.json()["code"].as_u64()), (401, Some(16)));
    assert_eq!(send("DELETE", &user, "").status, 200);
    assert_eq!(send("GET", &user, "").status, 404);
}

#[test]
fn bodies_of_another_kind_are_refused() {
    let server = Server::start();
    let owner = server.owner();
    let path = format!("{USERS}ListUsers");
    let send = |headers: &[(&str, &str)], body: &[u8]| {
        let bearer = format!("Bearer {owner}");
        server.request("POST", &path, &[&[("authorization", bearer.as_str())], headers].concat(), body)
    };
    for headers in [&[][..], &[("content-type", "application/proto")], &[("content-type", "text/plain")]] {
        let reply = send(headers, b"{}");
        assert_eq!((reply.status, reply.header("accept-post")), (415, Some("application/json")));
    }
    let json_type = ("content-type", "application/json; charset=utf-8");
    assert_eq!(send(&[json_type], b"{}").status, 200);
    assert_eq!(send(&[json_type, ("content-encoding", "gzip")], b"{}").status, 415);
    assert_eq!(send(&[], b"").status, 200, "nothing is an empty request");
    refused(&send(&[json_type], b"\xff"), 400, "invalid_argument");
    refused(&send(&[json_type], b"{}{}"), 400, "invalid_argument");
    refused(&send(&[json_type], br#"{"query":{"limit":1000001}}"#), 400, "invalid_argument");
    let large = vec![b' '; 1024 * 1024 + 1];
    assert_eq!(send(&[json_type], &large).status, 413);
}

#[test]
fn many_users_are_created_together_or_not_at_all() {
    let server = Server::start();
    let owner = server.owner();
    let create = |users: Value| {
        server.call_as(&owner, "/jeton.user.v1.UserService/CreateUsers", &json!({ "users": users }))
    };
    let user = |name: &str| json!({ "username": name, "machine": { "name": "A program" } });
    let made = create(json!([user("a1"), user("a2"), user("a3")]));
    assert_eq!(made.json()["users"].as_array().unwrap().len(), 3, "{}", made.text());
    refused(&create(json!([user("b1"), user("a1")])), 409, "already_exists");
    refused(&create(json!([user("b1"), user("B1")])), 409, "already_exists");
    let wrong = create(json!([user("b1"), user("b\u{200b}2")]));
    refused(&wrong, 400, "invalid_argument");
    assert!(text(&wrong.json(), "/message").starts_with("users[1].username: "));
    refused(&create(json!([])), 400, "invalid_argument");
    let too_many: Vec<_> = (0..1001).map(|number| user(&format!("c{number}"))).collect();
    refused(&create(json!(too_many)), 400, "invalid_argument");
    assert_eq!(server.json(&["user", "list"])["details"]["totalResult"], "4");
    let file = tempfile::NamedTempFile::new().unwrap();
    let lines: String = (0..2500).map(|number| user(&format!("d{number}")).to_string() + "\n").collect();
    std::fs::write(file.path(), lines).unwrap();
    let imported = server.json(&["user", "import", file.path().to_str().unwrap()]);
    assert_eq!(imported["created"], 2500);
}

#[test]
fn a_leaked_credential_is_disabled_by_any_reporter() {
    let server = Server::start();
    server.owner();
    let own = organization(&server, "Own");
    let viewer = server.administrator("viewer", &["ORG_OWNER_VIEWER", "--organization", &own]);
    let (user, api) = (server.user("victim"), server.api());
    let token = server.token(&user);
    let pat = text(&server.json(&["pat", "create", "victim"]), "/token");
    let report = |token: &str, secret: &str| {
        server.call_as(token, "/jeton.leak.v1.LeakService/ReportLeak", &json!({ "secret": secret }))
    };
    let of_nobody = server.token_with(&user, AUDIENCE);
    refused(&report(&of_nobody, &user.secret), 403, "permission_denied");
    assert_eq!(report(&viewer, &token).json()["disabled"], true);
    assert!(!server.is_active(&api, &token));
    assert_eq!(report(&viewer, &pat).json()["disabled"], true);
    assert_eq!(report(&viewer, &pat).json()["disabled"], false);
    // Not without the secret part, because the public part is widely known.
    let other = server.secret("victim");
    let mut forged: Vec<u8> = user.secret.clone().into_bytes();
    forged[30] = if forged[30] == b'A' { b'B' } else { b'A' };
    let forged = String::from_utf8(forged).unwrap();
    refused(&report(&viewer, &forged), 400, "invalid_argument");
    assert_eq!(report(&viewer, &user.secret).json()["disabled"], true);
    let form = "grant_type=client_credentials&scope=openid";
    server.post("/oauth/v2/token", &user, form).is_refused(401, "invalid_client");
    assert_eq!(server.post("/oauth/v2/token", &other, form).status, 200, "the other secret works");
    let events = server.json(&["audit", "list", "--type", "leak.reported"]);
    assert_eq!(events["events"].as_array().unwrap().len(), 3);
    assert!(!events.to_string().contains("jeton_"), "no secret is in the trail");
}

#[test]
fn a_locked_user_gets_and_has_no_tokens() {
    let server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let token = server.token(&user);
    server.json(&["user", "lock", "billing"]);
    assert!(!server.is_active(&api, &token));
    let form = "grant_type=client_credentials&scope=openid";
    server.post("/oauth/v2/token", &user, form).is_refused(401, "invalid_client");
    let shown = server.json(&["user", "show", "billing"]);
    assert_eq!(text(&shown, "/user/state"), "USER_STATE_LOCKED");
    for arguments in [["user", "lock", "billing"], ["user", "reactivate", "billing"]] {
        crate::harness::failure(&server.cli(&arguments, false));
    }
    server.json(&["user", "unlock", "billing"]);
    assert!(server.is_active(&api, &token));
}

#[test]
fn clients_of_an_inactive_organization_or_project_do_not_work() {
    let server = Server::start();
    let own = organization(&server, "Own");
    server.json(&["user", "create", "billing", "--organization", &own]);
    let user = server.secret("billing");
    let project = text(&server.json(&["project", "create", "Shop", "--organization", &own]), "/projectId");
    let made = server.json(&["api", "create", "An API", "--project", &project]);
    let api = crate::harness::Credentials {
        id: text(&made, "/apiConfiguration/clientId"),
        secret: text(&made, "/apiConfiguration/clientSecret"),
    };
    let token = server.token_with(&user, &format!("openid urn:zitadel:iam:org:project:id:{project}:aud"));
    assert!(server.is_active(&api, &token));
    let introspect = || server.post("/oauth/v2/introspect", &api, &format!("token={token}")).status;
    let issue = || server.post("/oauth/v2/token", &user, "grant_type=client_credentials&scope=openid").status;
    server.json(&["project", "deactivate", &project]);
    assert_eq!((introspect(), issue()), (401, 200));
    server.json(&["project", "activate", &project]);
    server.json(&["organization", "deactivate", &own]);
    assert_eq!((introspect(), issue()), (401, 401));
    server.json(&["organization", "activate", &own]);
    assert_eq!((introspect(), issue()), (200, 200));
    server.json(&["organization", "delete", &own]);
    assert_eq!((introspect(), issue()), (401, 401));
    crate::harness::failure(&server.cli(&["user", "show", "billing"], true));
    crate::harness::failure(&server.cli(&["project", "show", &project], true));
}

#[test]
fn a_role_that_was_removed_does_not_come_back_with_its_name() {
    let server = Server::start();
    let user = server.user("billing");
    let project = text(&server.json(&["project", "list"]), "/projects/0/projectId");
    let api = server.api();
    let role = |verb: &str| server.json(&["role", verb, &project, "reader"]);
    role("add");
    let made = server.json(&["authorization", "create", "billing", &project, "reader"]);
    let scope = "openid urn:zitadel:iam:org:project:role:reader";
    let roles = || {
        let seen = server.introspect(&api, &server.token_with(&user, scope));
        seen.get("urn:zitadel:iam:org:project:roles").is_some()
    };
    assert!(roles());
    role("remove");
    assert!(!roles());
    role("add");
    assert!(!roles(), "it was granted another role of the same name");
    server.json(&["authorization", "update", &text(&made, "/id"), "reader"]);
    assert!(roles());
    server.json(&["authorization", "deactivate", &text(&made, "/id")]);
    assert!(!roles());
    server.json(&["authorization", "activate", &text(&made, "/id")]);
    assert!(roles());
}
