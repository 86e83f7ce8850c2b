//! Roles in scopes, and projects whose tokens are not for everybody.

use crate::harness::{Credentials, Reply, Server, text};
use crate::jwt::{jwt_user, verified};
use crate::scopes::api_of;

fn ask(server: &Server, client: &Credentials, scope: &str) -> Reply {
    let form = format!("grant_type=client_credentials&scope={}", scope.replace(' ', "+"));
    server.post("/oauth/v2/token", client, &form)
}

fn aud(project: &str) -> String {
    format!("urn:zitadel:iam:org:project:id:{project}:aud")
}

#[test]
fn a_role_in_a_scope_is_told_to_no_api_where_the_user_has_it_not() {
    let server = Server::start();
    let (opaque, jwt) = (server.user("opaque"), jwt_user(&server, "jwt"));
    let [shop, bank] = ["Shop", "Bank"].map(|name| {
        let project = text(&server.json(&["project", "create", name]), "/projectId");
        server.json(&["role", "add", &project, "reader"]);
        let api = api_of(&server, &["--project", &project]);
        (project, api)
    });
    let role = |key: &str| format!("urn:zitadel:iam:org:project:role:{key}");
    for (user, name) in [(&opaque, "opaque"), (&jwt, "jwt")] {
        server.json(&["authorization", "create", name, &shop.0, "reader"]);
        let one = format!("{} {} {}", aud(&shop.0), role("reader"), role("admin"));
        let reply = ask(&server, user, &one).json();
        assert_eq!(text(&reply, "/scope"), format!("{} {}", aud(&shop.0), role("reader")));
        let seen = server.introspect(&shop.1, &text(&reply, "/access_token"));
        assert_eq!(seen["scope"], reply["scope"]);
        assert!(seen["urn:zitadel:iam:org:project:roles"]["reader"].is_object(), "{seen}");
        let elsewhere = ask(&server, user, &format!("{} {}", aud(&bank.0), role("reader"))).json();
        assert_eq!(text(&elsewhere, "/scope"), aud(&bank.0));
        let both = format!("{} {} {}", aud(&shop.0), aud(&bank.0), role("reader"));
        let token = text(&ask(&server, user, &both).json(), "/access_token");
        assert!(!text(&server.introspect(&bank.1, &token), "/scope").contains("role:"));
    }
    let both = format!("{} {} {}", aud(&shop.0), aud(&bank.0), role("reader"));
    let token = text(&ask(&server, &jwt, &both).json(), "/access_token");
    let claims = verified(&server, &token, &bank.0).1;
    assert!(!text(&claims, "/scope").contains("role:"), "the reader may be any of the two: {claims}");
}

#[test]
fn a_project_that_requires_an_authorization_is_closed_without_one() {
    let server = Server::start();
    let (opaque, jwt) = (server.user("opaque"), jwt_user(&server, "jwt"));
    let made = server.json(&["project", "create", "Shop", "--authorization-required"]);
    let project = text(&made, "/projectId");
    let shop = api_of(&server, &["--project", &project, "--resource", "https://shop.example.com"]);
    let own = aud(&project);
    for (user, name) in [(&opaque, "opaque"), (&jwt, "jwt")] {
        let refused = ask(&server, user, &own);
        assert_eq!((refused.status, refused.error().as_str()), (400, "invalid_target"));
        assert!(text(&refused.json(), "/error_description").contains("authorization"));
        let resource = "openid&resource=https://shop.example.com";
        assert_eq!(ask(&server, user, resource).error(), "invalid_target");
        let beside = format!("openid {own} urn:zitadel:iam:org:project:id:zitadel:aud");
        assert!(!text(&ask(&server, user, &beside).json(), "/scope").contains(&project));

        let granted = server.json(&["authorization", "create", name, &project]);
        let token = text(&ask(&server, user, &own).json(), "/access_token");
        assert!(server.is_active(&shop, &token));
        server.json(&["authorization", "deactivate", &text(&granted, "/id")]);
        assert!(!server.is_active(&shop, &token), "it counts at once");
        server.json(&["project", "update", &project, "--authorization-required", "false"]);
        assert!(server.is_active(&shop, &token));
        server.json(&["project", "update", &project, "--authorization-required", "true"]);
    }
}

#[test]
fn a_project_for_its_own_organization_is_closed_to_others() {
    let server = Server::start();
    let user = server.user("billing");
    let organization = text(&server.json(&["organization", "create", "Partner"]), "/organizationId");
    server.json(&["user", "create", "partner", "--organization", &organization]);
    let partner = server.secret("partner");
    let made = server.json(&["project", "create", "Shop", "--project-access-required"]);
    let own = aud(&text(&made, "/projectId"));
    assert_eq!(ask(&server, &user, &own).status, 200);
    assert_eq!(ask(&server, &partner, &own).error(), "invalid_target");
}
