//! Records that can't be read: the server starts, reports them, and lets administrators end them.

use crate::harness::{Server, refused, text};
use crate::jwt::{default_project, jwt_user, verified};
use serde_json::json;
use std::path::Path;

/// Overwrites a record in the database of a stopped server.
pub fn spoil(data: &Path, table: &str, id: &str) {
    let database = redb::Database::open(data.join("jeton.redb")).unwrap();
    let write = database.begin_write().unwrap();
    {
        let definition: redb::TableDefinition<'_, u64, &[u8]> = redb::TableDefinition::new(table);
        let mut table = write.open_table(definition).unwrap();
        assert!(table.insert(id.parse::<u64>().unwrap(), b"junk".as_slice()).unwrap().is_some());
    }
    write.commit().unwrap();
}

#[test]
fn a_user_that_cannot_be_read_stops_nobody_and_can_be_ended() {
    let mut server = Server::start();
    let (api, owner) = (server.api(), server.owner());
    let (sound, broken) = (server.user("sound"), server.user("broken"));
    let token = server.token(&broken);
    let id = text(&server.json(&["user", "show", "broken"]), "/user/userId");
    server.terminate();
    spoil(&server.data_dir, "clients", &id);
    let server = server.restarted();

    assert!(server.is_active(&api, &server.token(&sound)), "others are not concerned");
    server
        .post("/oauth/v2/introspect", &api, &format!("token={token}"))
        .is_refused(503, "temporarily_unavailable");
    server
        .post("/oauth/v2/token", &broken, "grant_type=client_credentials&scope=openid")
        .is_refused(503, "temporarily_unavailable");
    let listed = server.json(&["user", "list"]);
    assert_eq!(listed["unreadable"], json!([id]));
    assert_eq!(listed["result"].as_array().unwrap().len(), 2);
    let by = json!({ "userId": id });
    let service = "/zitadel.user.v2.UserService";
    refused(&server.call_as(&owner, &format!("{service}/GetUserByID"), &by), 500, "data_loss");

    assert_eq!(server.call_as(&owner, &format!("{service}/DeactivateUser"), &by).status, 200);
    assert!(!server.is_active(&api, &token), "deactivated, its tokens are dead instead of unknown");
    server
        .post("/oauth/v2/token", &broken, "grant_type=client_credentials&scope=openid")
        .is_refused(401, "invalid_client");
    assert_eq!(server.call_as(&owner, &format!("{service}/DeleteUser"), &by).status, 200);
    assert_eq!(server.json(&["user", "list"]).get("unreadable"), None);
}

#[test]
fn an_unreadable_user_is_hidden_from_callers_who_may_not_end_it() {
    let mut server = Server::start();
    server.user("broken");
    let viewer = server.administrator("viewer", &["IAM_OWNER_VIEWER"]);
    let id = text(&server.json(&["user", "show", "broken"]), "/user/userId");
    server.terminate();
    spoil(&server.data_dir, "clients", &id);
    let server = server.restarted();
    let by = json!({ "userId": id });
    let other = server.json(&["organization", "create", "Other"]);
    let manager =
        server.administrator("manager", &["ORG_OWNER", "--organization", &text(&other, "/organizationId")]);
    for call in ["DeleteUser", "DeactivateUser"] {
        let path = format!("/zitadel.user.v2.UserService/{call}");
        refused(&server.call_as(&viewer, &path, &by), 403, "permission_denied");
        refused(&server.call_as(&manager, &path, &by), 404, "not_found");
    }
}

#[test]
fn everything_with_unreadable_records_in_it_starts_and_ends() {
    let mut server = Server::start();
    let owner = server.owner();
    let project = text(&server.json(&["project", "create", "Shop"]), "/projectId");
    let organization = text(&server.json(&["organization", "create", "Other"]), "/organizationId");
    server.terminate();
    spoil(&server.data_dir, "projects", &project);
    spoil(&server.data_dir, "organizations", &organization);
    let server = server.restarted();
    let call = |path: &str, request| server.call_as(&owner, path, &request);
    let listed = call("/zitadel.project.v2.ProjectService/ListProjects", json!({})).json();
    assert!(listed["unreadable"].as_array().unwrap().contains(&json!(project)), "{listed}");
    let deleted = call("/zitadel.project.v2.ProjectService/DeleteProject", json!({ "projectId": project }));
    assert_eq!(deleted.status, 200, "{}", deleted.text());
    let path = "/zitadel.org.v2.OrganizationService/DeleteOrganization";
    let deleted = call(path, json!({ "organizationId": organization }));
    assert_eq!(deleted.status, 200, "{}", deleted.text());
    let listed = call("/zitadel.project.v2.ProjectService/ListProjects", json!({})).json();
    assert_eq!(listed.get("unreadable"), None);
}

#[test]
fn a_signing_key_that_cannot_be_read_makes_its_jwts_unknown_and_another_one_signs() {
    let mut server = Server::start();
    let (api, user) = (server.api(), jwt_user(&server, "billing"));
    let opaque = server.user("opaque");
    let (before, sealed) = (server.token_with(&user, "openid"), server.token(&opaque));
    let kid = jsonwebtoken::decode_header(&before).unwrap().kid.unwrap();
    server.terminate();
    spoil(&server.data_dir, "signing_keys", &kid);
    let server = server.restarted();

    let bearer = [("authorization", &*format!("Bearer {before}"))];
    let introspected = server.post("/oauth/v2/introspect", &api, &format!("token={before}"));
    introspected.is_refused(503, "temporarily_unavailable");
    assert_eq!(server.request("GET", "/oidc/v1/userinfo", &bearer, b"").status, 503);
    assert!(server.is_active(&api, &sealed), "opaque tokens need no signing key");
    let published = server.request("GET", "/oauth/v2/keys", &[], b"").json();
    let ids: Vec<_> = published["keys"].as_array().unwrap().iter().map(|key| text(key, "/kid")).collect();
    assert!(!ids.is_empty() && !ids.contains(&kid), "what can't be read is not published: {ids:?}");
    let after = server.token_with(&user, "openid");
    let signed_by = verified(&server, &after, &default_project(&server)).0.kid;
    assert!(signed_by.is_some_and(|key| ids.contains(&key)));
    assert!(server.is_active(&api, &after));

    assert_eq!(server.json(&["signing-key", "list"])["unreadable"], json!([kid]));
    server.json(&["signing-key", "remove", &kid]);
    assert!(!server.is_active(&api, &before), "removed, its tokens are dead instead of unknown");
    assert_eq!(server.json(&["signing-key", "list"]).get("unreadable"), None);
}
