//! References and names in calls: referenced objects exist, and new names contain no deceptive characters.

use crate::harness::{Server, refused, text};
use serde_json::{Value, json};

const USERS: &str = "/zitadel.user.v2.UserService/";
const PROJECTS: &str = "/zitadel.project.v2.ProjectService/";
const AUTHORIZATIONS: &str = "/zitadel.authorization.v2.AuthorizationService/";
const APPLICATIONS: &str = "/zitadel.application.v2.ApplicationService/";

#[test]
fn references_to_missing_objects_are_refused_by_member_and_id() {
    let server = Server::start();
    let owner = server.owner();
    server.json(&["user", "create", "billing"]);
    let call = |path: &str, body: &Value| server.call_as(&owner, path, body);
    let project =
        text(&call(&format!("{PROJECTS}CreateProject"), &json!({ "name": "Shop" })).json(), "/projectId");
    let role = json!({ "projectId": project, "roleKey": "reader" });
    assert_eq!(call(&format!("{PROJECTS}AddProjectRole"), &role).status, 200);
    let granted = json!({ "userId": "billing", "projectId": project, "roleKeys": ["reader"] });
    let granted = text(&call(&format!("{AUTHORIZATIONS}CreateAuthorization"), &granted).json(), "/id");
    let aud = |project: &str| format!("urn:zitadel:iam:org:project:id:{project}:aud");
    let machine = |member: &str, value: Value| json!({ "userId": "billing", "machine": { member: value } });
    let unknown = [
        (
            "UpdateUser",
            machine("allowedAudiences", json!([project, "99"])),
            "machine.allowedAudiences[1]: there is no project 99",
        ),
        (
            "UpdateUser",
            machine("allowedAudiences", json!(["x"])),
            "machine.allowedAudiences[0]: an id is a decimal number",
        ),
        (
            "UpdateUser",
            machine("defaultScopes", json!([aud(&project), aud("99")])),
            "machine.defaultScopes: there is no project 99",
        ),
        (
            "UpdateUser",
            machine("allowedScopes", json!([aud("99")])),
            "machine.allowedScopes: there is no project 99",
        ),
        (
            "UpdateUser",
            machine("allowedScopes", json!(["urn:zitadel:iam:org:id:99"])),
            "machine.allowedScopes: there is no organization 99",
        ),
        (
            "CreateUser",
            json!({ "username": "b", "machine": { "name": "b", "allowedAudiences": ["99"] } }),
            "machine.allowedAudiences[0]: there is no project 99",
        ),
    ];
    for (method, body, message) in unknown {
        let reply = call(&format!("{USERS}{method}"), &body);
        refused(&reply, 400, "invalid_argument");
        assert!(text(&reply.json(), "/message").starts_with(message), "{}", reply.text());
    }
    let projects = |count: usize| machine("allowedAudiences", json!(vec![project.as_str(); count]));
    assert_eq!(call(&format!("{USERS}UpdateUser"), &projects(100)).status, 200);
    let reply = call(&format!("{USERS}UpdateUser"), &projects(101));
    refused(&reply, 400, "invalid_argument");
    assert_eq!(text(&reply.json(), "/message"), "machine.allowedAudiences: must be at most 100 projects");
    let many =
        json!({ "users": [{ "username": "b", "machine": { "name": "b", "defaultScopes": [aud("99")] } }] });
    let reply = call("/jeton.user.v1.UserService/CreateUsers", &many);
    assert!(
        reply.text().contains("users[0].machine.defaultScopes: there is no project 99"),
        "{}",
        reply.text()
    );

    let roles = json!(["reader", "writer"]);
    for (method, body) in [
        ("CreateAuthorization", json!({ "userId": "owner", "projectId": project, "roleKeys": roles })),
        ("UpdateAuthorization", json!({ "id": granted, "roleKeys": roles })),
    ] {
        let reply = call(&format!("{AUTHORIZATIONS}{method}"), &body);
        refused(&reply, 404, "not_found");
        assert!(text(&reply.json(), "/message").starts_with("roleKeys[1]: writer: "), "{}", reply.text());
    }
    for (path, body) in [
        (format!("{AUTHORIZATIONS}CreateAuthorization"), json!({ "userId": "billing", "projectId": "99" })),
        (format!("{AUTHORIZATIONS}CreateAuthorization"), json!({ "userId": "99", "projectId": project })),
        (
            format!("{APPLICATIONS}CreateApplication"),
            json!({ "projectId": "99", "name": "x", "apiConfiguration": {} }),
        ),
        (
            "/jeton.token.v1.TokenService/ExplainToken".into(),
            json!({ "token": "x", "applicationId": project }),
        ),
        ("/jeton.token.v1.TokenService/ExplainToken".into(), json!({ "token": "x", "applicationId": "99" })),
        (
            "/jeton.token.v1.TokenService/RevokeUserTokens".into(),
            json!({ "userId": "billing", "secretId": "99" }),
        ),
    ] {
        refused(&call(&path, &body), 404, "not_found");
    }
}

/// Otherwise a user whose project was deleted could not be changed without a change of its limits.
#[test]
fn references_to_objects_deleted_later_may_stay() {
    let server = Server::start();
    let owner = server.owner();
    server.json(&["user", "create", "billing"]);
    let call = |path: &str, body: &Value| server.call_as(&owner, path, body);
    let project =
        text(&call(&format!("{PROJECTS}CreateProject"), &json!({ "name": "Shop" })).json(), "/projectId");
    let scope = format!("urn:zitadel:iam:org:project:id:{project}:aud");
    let machine =
        json!({ "allowedAudiences": [project], "defaultScopes": [scope], "allowedScopes": [scope] });
    let named = json!({ "userId": "billing", "machine": machine });
    assert_eq!(call(&format!("{USERS}UpdateUser"), &named).status, 200);
    assert_eq!(call(&format!("{PROJECTS}DeleteProject"), &json!({ "projectId": project })).status, 200);
    assert_eq!(call(&format!("{USERS}UpdateUser"), &named).status, 200);
    let cleared = json!({ "userId": "billing", "machine": { "allowedAudiences": [] } });
    assert_eq!(call(&format!("{USERS}UpdateUser"), &cleared).status, 200);
    let again = json!({ "userId": "billing", "machine": { "allowedAudiences": [project] } });
    refused(&call(&format!("{USERS}UpdateUser"), &again), 400, "invalid_argument");
}

/// Each call with text for people: its path, the request without that text, and the text's path.
fn texts(server: &Server, owner: &str) -> Vec<(String, Value, &'static str)> {
    let call = |path: &str, body: Value| server.call_as(owner, path, &body).json();
    let user = text(&server.json(&["user", "create", "billing"]), "/userId");
    let project = text(&call(&format!("{PROJECTS}CreateProject"), json!({ "name": "Shop" })), "/projectId");
    call(&format!("{PROJECTS}AddProjectRole"), json!({ "projectId": project, "roleKey": "reader" }));
    let api = json!({ "projectId": project, "name": "Orders", "apiConfiguration": {} });
    let api = text(&call(&format!("{APPLICATIONS}CreateApplication"), api), "/applicationId");
    let organizations = "/zitadel.org.v2.OrganizationService/";
    let organization = call(&format!("{organizations}AddOrganization"), json!({ "name": "Own" }));
    let organization = text(&organization, "/organizationId");
    let note = json!({ "userId": user, "metadata": [{ "key": "", "value": "eA==" }] });
    vec![
        (format!("{USERS}UpdateUser"), json!({ "userId": user, "machine": {} }), "/machine/name"),
        (format!("{USERS}UpdateUser"), json!({ "userId": user, "machine": {} }), "/machine/description"),
        (format!("{USERS}AddSecret"), json!({ "userId": user }), "/label"),
        (format!("{USERS}SetUserMetadata"), note, "/metadata/0/key"),
        (format!("{PROJECTS}CreateProject"), json!({}), "/name"),
        (format!("{PROJECTS}UpdateProject"), json!({ "projectId": project }), "/name"),
        (
            format!("{PROJECTS}UpdateProjectRole"),
            json!({ "projectId": project, "roleKey": "reader" }),
            "/displayName",
        ),
        (
            format!("{PROJECTS}UpdateProjectRole"),
            json!({ "projectId": project, "roleKey": "reader" }),
            "/group",
        ),
        (
            format!("{APPLICATIONS}CreateApplication"),
            json!({ "projectId": project, "apiConfiguration": {} }),
            "/name",
        ),
        (format!("{APPLICATIONS}UpdateApplication"), json!({ "applicationId": api }), "/name"),
        (format!("{APPLICATIONS}GenerateClientSecret"), json!({ "applicationId": api }), "/label"),
        (format!("{organizations}AddOrganization"), json!({}), "/name"),
        (format!("{organizations}UpdateOrganization"), json!({ "organizationId": organization }), "/name"),
    ]
}

/// The request with the text at this path.
fn with(request: &Value, path: &str, text: &str) -> Value {
    let mut request = request.clone();
    let (parent, name) = path.rsplit_once('/').unwrap();
    request.pointer_mut(parent).unwrap()[name] = json!(text);
    request
}

#[test]
fn text_for_people_may_have_any_script_but_no_deceptive_characters() {
    let server = Server::start();
    let owner = server.owner();
    for (path, request, member) in texts(&server, &owner) {
        let named = member[1..].replace("/0/", "[0].").replace('/', ".");
        for (bad, why) in [
            ("Billing \u{202e}gnillib", "contains a direction mark, U+202E"),
            ("Bil\u{200b}ling", "contains an invisible character, U+200B"),
            ("Bil\u{2028}ling", "contains a control character, U+2028"),
            ("Bil\u{e000}ling", "contains U+E000"),
        ] {
            let reply = server.call_as(&owner, &path, &with(&request, member, bad));
            refused(&reply, 400, "invalid_argument");
            let message = text(&reply.json(), "/message");
            assert!(message.starts_with(&format!("{named}: {why}")), "{path}: {message}");
        }
        for good in ["خدمة الفواتير", "שירות חיוב", "می\u{200c}خواهم", "請求書 ❤️ 👩‍💻 🇨🇭"]
        {
            let reply = server.call_as(&owner, &path, &with(&request, member, good));
            // Another organization may have the name already.
            assert!(reply.status < 300 || reply.status == 409, "{path} {member} {good}: {}", reply.text());
        }
        if member.ends_with("/name") {
            let reply = server.call_as(&owner, &path, &with(&request, member, " \u{3000}\u{a0}"));
            refused(&reply, 400, "invalid_argument");
        }
    }
}
