//! Projects granted to other organizations: tokens and roles for their users, and the end of a grant.

use crate::harness::{Credentials, Reply, Server, text};
use crate::scopes::api_of;
use serde_json::{Value, json};

const PROJECTS: &str = "/zitadel.project.v2.ProjectService/";
const AUTHORIZATIONS: &str = "/zitadel.authorization.v2.AuthorizationService/";
const ROLES: &str = "urn:zitadel:iam:org:project:roles";

/// A project with `projectAccessRequired` and the roles `reader` and `writer`, its API, and two other
/// organizations with a user each.
struct Scene {
    server: Server,
    project: String,
    api: Credentials,
    partner: (String, Credentials),
    other: (String, Credentials),
}

impl Scene {
    fn new() -> Self {
        let server = Server::start();
        let made = server.json(&["project", "create", "Shop", "--project-access-required"]);
        let project = text(&made, "/projectId");
        for role in ["reader", "writer"] {
            server.json(&["role", "add", &project, role]);
        }
        let api = api_of(&server, &["--project", &project, "--resource", "https://shop.example.com"]);
        let [partner, other] = ["partner", "other"].map(|name| {
            let organization = text(&server.json(&["organization", "create", name]), "/organizationId");
            server.json(&["user", "create", name, "--organization", &organization]);
            (organization, server.secret(name))
        });
        Self { server, project, api, partner, other }
    }

    /// `jeton project grant … PROJECT ORGANIZATION …`
    fn grant(&self, command: &str, to: &str, roles: &[&str]) -> Value {
        let args = [&["project", "grant", command, &self.project, to], roles].concat();
        self.server.json(&args)
    }

    fn ask(&self, client: &Credentials, more: &str) -> Reply {
        let own = format!("urn:zitadel:iam:org:project:id:{}:aud", self.project);
        let form = format!("grant_type=client_credentials&scope={own}{more}");
        self.server.post("/oauth/v2/token", client, &form)
    }

    fn token(&self, client: &Credentials) -> String {
        text(&self.ask(client, &format!("+{}", "urn:zitadel:iam:org:projects:roles")).json(), "/access_token")
    }

    fn is_refused(&self, client: &Credentials) -> bool {
        let by_scope = self.ask(client, "");
        let resource = "grant_type=client_credentials&scope=openid&resource=https://shop.example.com";
        let by_resource = self.server.post("/oauth/v2/token", client, resource);
        let refusals = [by_scope, by_resource].map(|reply| (reply.status, reply.error()));
        refusals.iter().all(|(status, error)| *status == 400 && error == "invalid_target")
    }

    fn call(&self, method: &str, roles: Option<&[&str]>) -> Reply {
        let mut body = json!({ "projectId": self.project, "grantedOrganizationId": self.partner.0 });
        if let Some(roles) = roles {
            body["roleKeys"] = json!(roles);
        }
        self.server.management(&format!("{PROJECTS}{method}"), &body.to_string())
    }

    fn authorize(&self, user: &str, roles: &[&str], organization: Option<&str>) -> Reply {
        let body = json!({
            "userId": user, "projectId": self.project, "roleKeys": roles, "organizationId": organization,
        });
        self.server.management(&format!("{AUTHORIZATIONS}CreateAuthorization"), &body.to_string())
    }

    fn roles(&self, token: &str) -> Vec<String> {
        let seen = self.server.introspect(&self.api, token);
        seen[ROLES].as_object().map(|roles| roles.keys().cloned().collect()).unwrap_or_default()
    }
}

fn code(reply: &Reply) -> (u16, String) {
    (reply.status, text(&reply.json(), "/code"))
}

#[test]
fn without_a_grant_to_its_organization_a_user_gets_no_token_for_the_project() {
    let scene = Scene::new();
    assert!(scene.is_refused(&scene.partner.1));
    scene.grant("add", &scene.other.0, &[]);
    assert!(scene.is_refused(&scene.partner.1), "another organization's grant does not help");
    scene.grant("add", &scene.partner.0, &[]);
    assert!(scene.server.is_active(&scene.api, &scene.token(&scene.partner.1)));
}

#[test]
fn a_grant_that_ends_ends_the_tokens_of_its_organization_at_once() {
    let scene = Scene::new();
    scene.grant("add", &scene.other.0, &[]);
    let unconcerned = scene.token(&scene.other.1);
    let ends: [(&str, &str); 2] = [("deactivate", "activate"), ("remove", "add")];
    for (end, begin) in ends {
        if end == "deactivate" {
            scene.grant("add", &scene.partner.0, &[]);
        }
        let token = scene.token(&scene.partner.1);
        assert!(scene.server.is_active(&scene.api, &token));
        scene.grant(end, &scene.partner.0, &[]);
        assert_eq!(scene.server.introspect(&scene.api, &token), json!({ "active": false }), "{end}");
        assert!(scene.is_refused(&scene.partner.1), "{end}");
        assert!(scene.server.is_active(&scene.api, &unconcerned));
        scene.grant(begin, &scene.partner.0, &[]);
        assert!(scene.server.is_active(&scene.api, &token), "{begin}: it was not revoked");
    }
    scene.server.json(&["organization", "delete", &scene.partner.0]);
    let listed = scene.server.json(&["project", "grant", "list"]);
    assert_eq!(listed["projectGrants"].as_array().map(Vec::len), Some(1), "{listed}");
}

#[test]
fn users_of_a_granted_organization_have_roles_of_the_grant_alone() {
    let scene = Scene::new();
    scene.grant("add", &scene.partner.0, &["reader"]);
    let beyond = scene.authorize("partner", &["writer"], None);
    assert_eq!(code(&beyond), (400, "failed_precondition".into()));
    assert!(beyond.text().contains("grant"), "{}", beyond.text());
    let elsewhere = scene.authorize("partner", &["reader"], Some(&scene.other.0));
    assert_eq!(code(&elsewhere), (400, "invalid_argument".into()));
    let made = scene.authorize("partner", &["reader"], Some(&scene.partner.0));
    assert_eq!(made.status, 200, "{}", made.text());
    let token = scene.token(&scene.partner.1);
    assert_eq!(scene.roles(&token), ["reader"]);
    let listed = scene.server.json(&["authorization", "list", "--project", &scene.project]);
    assert_eq!(text(&listed, "/authorizations/0/organization/id"), scene.partner.0);

    scene.grant("set", &scene.partner.0, &["writer"]);
    assert_eq!(scene.roles(&token), [""; 0], "a role that the grant lost is taken from its users");
    scene.grant("set", &scene.partner.0, &["reader", "writer"]);
    assert_eq!(scene.roles(&token), [""; 0], "and is not given again by itself");
    scene.grant("remove", &scene.partner.0, &[]);
    scene.grant("add", &scene.partner.0, &["reader"]);
    let listed = scene.server.json(&["authorization", "list", "--project", &scene.project]);
    assert_eq!(listed["authorizations"], json!([]), "what was given by a grant goes with it");
    assert_eq!(scene.authorize("partner", &["reader"], None).status, 200);
    assert_eq!(scene.roles(&token), ["reader"]);
}

#[test]
fn a_grant_that_makes_no_sense_is_refused_by_reason() {
    let scene = Scene::new();
    let refused = |method: &str, roles| code(&scene.call(method, roles));
    let not_found = (404, "not_found".to_owned());
    for method in ["UpdateProjectGrant", "ActivateProjectGrant", "DeactivateProjectGrant"] {
        assert_eq!(refused(method, None), not_found, "{method}");
    }
    assert_eq!(refused("CreateProjectGrant", Some(&["admin"])), not_found, "a role that the project has not");
    assert_eq!(refused("CreateProjectGrant", Some(&["a b"])), (400, "invalid_argument".into()));
    assert_eq!(scene.call("CreateProjectGrant", Some(&["reader"])).status, 200);
    assert_eq!(refused("CreateProjectGrant", Some(&["reader"])), (409, "already_exists".into()));
    let own = text(&scene.server.json(&["project", "show", &scene.project]), "/project/organizationId");
    for (organization, expected) in [
        (own.as_str(), (400, "failed_precondition")),
        ("77", (404, "not_found")),
        ("partner", (400, "invalid_argument")),
        ("", (400, "invalid_argument")),
    ] {
        let body = json!({ "projectId": scene.project, "grantedOrganizationId": organization }).to_string();
        let reply = scene.server.management(&format!("{PROJECTS}CreateProjectGrant"), &body);
        assert_eq!(code(&reply), (expected.0, expected.1.to_owned()), "{organization}");
    }
    let state = || text(&scene.server.json(&["project", "grant", "list"]), "/projectGrants/0/state");
    for (method, expected) in [("DeactivateProjectGrant", "INACTIVE"), ("ActivateProjectGrant", "ACTIVE")] {
        for _ in 0..2 {
            assert_eq!(scene.call(method, None).status, 200, "{method}: what is so already is no error");
            assert_eq!(state(), format!("PROJECT_GRANT_STATE_{expected}"));
        }
    }
    let deletes = || scene.call("DeleteProjectGrant", None).json().get("deletionDate").is_some();
    assert_eq!((deletes(), deletes()), (true, false));
}

#[test]
fn grants_are_listed_by_filter_and_changed_by_version() {
    let scene = Scene::new();
    scene.grant("add", &scene.partner.0, &["reader"]);
    scene.grant("add", &scene.other.0, &["writer"]);
    let found = |filter: Value| {
        let body = json!({ "filters": [filter], "pagination": { "asc": true } }).to_string();
        let reply = scene.server.management(&format!("{PROJECTS}ListProjectGrants"), &body).json();
        let grants = reply["projectGrants"].as_array().unwrap().clone();
        grants.iter().map(|grant| text(grant, "/grantedOrganizationName")).collect::<Vec<_>>()
    };
    let own = text(&scene.server.json(&["project", "show", &scene.project]), "/project/organizationId");
    for (filter, expected) in [
        (json!({ "grantedOrganizationIdFilter": { "id": scene.partner.0 } }), vec!["partner"]),
        (json!({ "organizationIdFilter": { "id": own } }), vec!["partner", "other"]),
        (json!({ "organizationIdFilter": { "id": scene.partner.0 } }), vec![]),
        (json!({ "inProjectIdsFilter": { "ids": [scene.project] } }), vec!["partner", "other"]),
        (json!({ "roleKeyFilter": { "key": "writer" } }), vec!["other"]),
        (
            json!({ "projectNameFilter": { "projectName": "sho", "method": "TEXT_FILTER_METHOD_STARTS_WITH" } }),
            vec![],
        ),
        (json!({ "projectNameFilter": { "projectName": "Shop" } }), vec!["partner", "other"]),
    ] {
        assert_eq!(found(filter.clone()), expected, "{filter}");
    }
    let listed = scene.server.json(&["project", "grant", "list", "--organization", &scene.partner.0]);
    let read = text(&listed, "/projectGrants/0/sequence");
    let body = json!({ "projectId": scene.project, "grantedOrganizationId": scene.partner.0 }).to_string();
    let owner = scene.server.administrator("owner", &["IAM_OWNER"]);
    let change = || {
        let path = format!("{PROJECTS}UpdateProjectGrant");
        scene.server.send_as(&owner, "POST", &path, &[("if-match", &read)], &body)
    };
    assert_eq!(change().status, 200);
    assert_eq!(code(&change()), (409, "aborted".into()));
    let events = scene.server.json(&["audit", "list"]).to_string();
    assert!(events.contains("project.grant.added") && events.contains("project.grant.changed"), "{events}");
}

/// Regression: the type of the filter and the grants were ignored.
#[test]
fn projects_of_an_organization_are_its_own_and_those_granted_to_it() {
    let scene = Scene::new();
    let partners = ["project", "create", "Partner's", "--organization", &scene.partner.0];
    let partners = text(&scene.server.json(&partners), "/projectId");
    let own = text(&scene.server.json(&["project", "show", &scene.project]), "/project/organizationId");
    let owner = scene.server.owner();
    let [boss, stranger] = [("boss", &scene.partner.0), ("stranger", &scene.other.0)]
        .map(|(name, of)| scene.server.administrator(name, &["--organization", of, "ORG_OWNER"]));
    let found = |caller: &str, organization: &str, kind: Value| {
        let mut filter = json!({ "organizationId": organization });
        if !kind.is_null() {
            filter["type"] = kind;
        }
        let body = json!({ "filters": [{ "organizationIdFilter": filter }], "pagination": { "asc": true } });
        let reply = scene.server.call_as(caller, &format!("{PROJECTS}ListProjects"), &body);
        assert_eq!(reply.status, 200, "{}", reply.text());
        let projects = reply.json()["projects"].as_array().unwrap().clone();
        let all: Vec<_> = projects.iter().map(|project| text(project, "/projectId")).collect();
        all.into_iter().filter(|id| [&scene.project, &partners].contains(&id)).collect::<Vec<_>>()
    };
    assert_eq!(found(&owner, &scene.partner.0, Value::Null), [partners.as_str()], "not granted yet");
    scene.grant("add", &scene.partner.0, &["reader"]);
    let (shop, theirs) = (scene.project.as_str(), partners.as_str());
    for (kind, expected) in [
        (json!("OWNED"), vec![theirs]),
        (json!(1), vec![theirs]),
        (json!("GRANTED"), vec![shop]),
        (json!(2), vec![shop]),
        (json!("OWNED_OR_GRANTED"), vec![shop, theirs]),
        (json!("TYPE_UNSPECIFIED"), vec![shop, theirs]),
        (Value::Null, vec![shop, theirs]),
    ] {
        for caller in [&owner, &boss] {
            assert_eq!(found(caller, &scene.partner.0, kind.clone()), expected, "{kind}");
        }
        assert_eq!(found(&stranger, &scene.partner.0, kind.clone()), [""; 0], "{kind}");
        let ours = if kind == json!("GRANTED") || kind == json!(2) { vec![] } else { vec![shop] };
        assert_eq!(found(&owner, &own, kind.clone()), ours, "{kind}");
        assert_eq!(found(&owner, "x", kind.clone()), [""; 0], "no id");
    }
    let listed = scene.server.call_as(&boss, &format!("{PROJECTS}ListProjects"), &json!({})).json();
    assert!(!listed.to_string().contains(shop), "unasked it sees its own projects");
    scene.server.json(&["organization", "delete", &scene.partner.0]);
    assert_eq!(found(&owner, &scene.partner.0, json!("GRANTED")), [""; 0], "an organization that is gone");
}

/// The purpose of a grant: the project's organization need not know the partner's users.
#[test]
fn the_granted_organization_gives_and_takes_roles_of_the_grant_and_sees_nothing_else() {
    let scene = Scene::new();
    let boss = scene.server.administrator("boss", &["--organization", &scene.partner.0, "ORG_OWNER"]);
    let call = |path: &str, body: &Value| scene.server.call_as(&boss, path, body);
    let give = |user: &str, roles: &[&str]| {
        let body = json!({ "userId": user, "projectId": scene.project, "roleKeys": roles });
        call(&format!("{AUTHORIZATIONS}CreateAuthorization"), &body)
    };
    assert_eq!(give("partner", &["reader"]).status, 404, "without a grant it does not know the project");
    scene.server.user("ours");
    for (user, organization) in [("ours", None), ("other", Some(&scene.other.0))] {
        if let Some(organization) = organization {
            scene.grant("add", organization, &["reader"]);
        }
        assert_eq!(scene.authorize(user, &["reader"], None).status, 200);
    }
    scene.grant("add", &scene.partner.0, &["reader"]);
    assert_eq!(code(&give("partner", &["writer"])), (400, "failed_precondition".into()));
    assert_eq!(give("ours", &["reader"]).status, 404, "a user that it does not see");
    let made = give("partner", &["reader"]);
    assert_eq!(made.status, 200, "{}", made.text());
    assert_eq!(scene.roles(&scene.token(&scene.partner.1)), ["reader"]);

    let own = text(&scene.server.json(&["project", "show", &scene.project]), "/project/organizationId");
    for (filters, expected) in [
        (json!([]), vec!["partner"]),
        (json!([{ "organizationId": { "id": scene.partner.0 } }]), vec!["partner"]),
        (json!([{ "organizationId": { "id": own } }]), vec![]),
        (json!([{ "projectId": { "id": scene.project } }]), vec!["partner"]),
        (json!([{ "userId": { "id": "ours" } }]), vec![]),
    ] {
        let body = json!({ "filters": filters });
        let listed = call(&format!("{AUTHORIZATIONS}ListAuthorizations"), &body).json();
        let rows = listed["authorizations"].as_array().unwrap();
        let users: Vec<_> = rows.iter().map(|row| text(row, "/user/preferredLoginName")).collect();
        assert_eq!(users, expected, "{filters}");
        assert_eq!(text(&listed, "/pagination/totalResult"), expected.len().to_string());
    }
    let grants = call(&format!("{PROJECTS}ListProjectGrants"), &json!({})).json();
    assert_eq!(grants["projectGrants"].as_array().map(Vec::len), Some(1), "{grants}");
    assert_eq!(text(&grants, "/projectGrants/0/grantedOrganizationId"), scene.partner.0);
    let body = json!({ "projectId": scene.project, "grantedOrganizationId": scene.partner.0 });
    for method in ["UpdateProjectGrant", "DeactivateProjectGrant", "GetProject", "ListProjectRoles"] {
        assert_eq!(call(&format!("{PROJECTS}{method}"), &body).status, 404, "{method}");
    }
    let id = text(&made.json(), "/id");
    for (method, body) in [
        ("DeactivateAuthorization", json!({ "id": id })),
        ("ActivateAuthorization", json!({ "id": id })),
        ("UpdateAuthorization", json!({ "id": id, "roleKeys": [] })),
        ("DeleteAuthorization", json!({ "id": id })),
    ] {
        assert_eq!(call(&format!("{AUTHORIZATIONS}{method}"), &body).status, 200, "{method}");
    }
    let left = scene.server.json(&["authorization", "list", "--project", &scene.project]);
    assert_eq!(left["authorizations"].as_array().map(Vec::len), Some(2), "{left}");
}
