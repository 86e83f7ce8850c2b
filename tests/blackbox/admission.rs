//! Roles in scopes, projects with restricted access to tokens, and service users that introspect.

use crate::harness::{Credentials, Reply, Server, text};
use crate::jwt::{jwt_user, verified};
use crate::scopes::{api_of, aud, two_projects};

fn ask(server: &Server, client: &Credentials, scope: &str) -> Reply {
    let form = format!("grant_type=client_credentials&scope={}", scope.replace(' ', "+"));
    server.post("/oauth/v2/token", client, &form)
}

#[test]
fn a_role_in_a_scope_is_shown_only_to_apis_where_the_user_has_it() {
    let server = Server::start();
    let (opaque, jwt) = (server.user("opaque"), jwt_user(&server, "jwt"));
    let [shop, bank] = two_projects(&server, &["reader"]);
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

/// Conformance 41: RFC 7662 §2.1
#[test]
fn a_service_user_introspects_tokens_for_projects_where_it_may() {
    let server = Server::start();
    let (opaque, jwt) = (server.user("opaque"), jwt_user(&server, "jwt"));
    let [shop, bank] = ["Shop", "Bank"].map(|name| {
        let project = text(&server.json(&["project", "create", name]), "/projectId");
        api_of(&server, &["--project", &project, "--resource", &format!("https://{project}.example.com")]);
        project
    });
    let organization = text(&server.json(&["user", "show", "jwt"]), "/details/resourceOwner");
    let of_project = server.administrator("one", &["--project", &shop, "PROJECT_TOKEN_INTROSPECTOR"]);
    let of_organization =
        server.administrator("all", &["--organization", &organization, "ORG_TOKEN_INTROSPECTOR"]);
    let of_instance = server.administrator("every", &["IAM_TOKEN_INTROSPECTOR"]);
    let see = |bearer: &str, token: &str| {
        let header = format!("Bearer {bearer}");
        server.post_with("/oauth/v2/introspect", &[("authorization", &header)], &format!("token={token}"))
    };
    let resource = format!("openid&resource=https://{shop}.example.com");
    for user in [&opaque, &jwt] {
        for scope in [aud(&shop), resource.clone()] {
            let token = text(&ask(&server, user, &scope).json(), "/access_token");
            for bearer in [&of_project, &of_organization, &of_instance] {
                let seen = see(bearer, &token);
                assert_eq!((seen.status, &seen.json()["active"]), (200, &true.into()), "{scope}");
            }
            server.post("/oauth/v2/revoke", user, &format!("token={token}"));
            assert_eq!(see(&of_project, &token).text(), r#"{"active":false}"#);
        }
        let elsewhere = server.token_with(user, &aud(&bank));
        assert_eq!(see(&of_project, &elsewhere).text(), r#"{"active":false}"#, "another project");
        assert_eq!(see(&of_organization, &elsewhere).json()["active"], true);
    }
    assert_eq!(see(&of_project, "nonsense").text(), r#"{"active":false}"#);
}

#[test]
fn a_bearer_without_the_right_introspects_nothing() {
    let server = Server::start();
    let user = server.user("billing");
    let token = server.token(&user);
    let viewer = server.administrator("viewer", &["IAM_OWNER_VIEWER"]);
    let introspector = server.administrator("introspector", &["IAM_TOKEN_INTROSPECTOR"]);
    let secret = server.secret("introspector");
    let other_audience = server.token(&secret);
    let ask = |bearer: &str, form: &str| {
        let header = format!("Bearer {bearer}");
        server.post_with("/oauth/v2/introspect", &[("authorization", &header)], form)
    };
    let form = format!("token={token}");
    for (bearer, status, error) in [
        (viewer.as_str(), 403, "insufficient_scope"),
        (&other_audience, 403, "insufficient_scope"),
        ("jeton_at_nonsense", 401, "invalid_token"),
        ("a b", 400, "invalid_request"),
    ] {
        let refused = ask(bearer, &form);
        assert_eq!((refused.status, refused.error().as_str()), (status, error), "{bearer}");
        assert!(refused.header("www-authenticate").is_some_and(|challenge| challenge.starts_with("Bearer")));
    }
    assert_eq!(ask(&introspector, "").error(), "invalid_request", "no token");
    let both = format!("{form}&client_id=billing&client_secret={}", user.secret);
    assert_eq!(ask(&introspector, &both).error(), "invalid_request", "two ways of authentication");
    assert_eq!(ask(&introspector, &form).json()["active"], true);
    server.json(&["user", "deactivate", "introspector"]);
    assert_eq!(ask(&introspector, &form).error(), "invalid_token");
}
