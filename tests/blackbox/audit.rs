//! The audit trail: its events, and the detection of tampering.

use crate::harness::{Server, failure, text};
use redb::{Database, ReadableTable, TableDefinition};
use serde_json::{Value, json};

const AUDIT: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("audit");

fn types(server: &Server, arguments: &[&str]) -> Vec<String> {
    let listed = server.json(&[&["audit", "list"], arguments].concat());
    let mut types: Vec<_> =
        listed["events"].as_array().unwrap().iter().map(|event| text(event, "/type")).collect();
    types.reverse();
    types
}

#[test]
fn every_act_is_recorded_with_who_did_it_and_no_refused_one() {
    let server = Server::start();
    let owner = server.owner();
    let id = text(&server.json(&["user", "show", "owner"]), "/user/userId");
    let call = |method: &str, request: &Value| {
        server.call_as(&owner, &format!("/zitadel.user.v2.UserService/{method}"), request)
    };
    let user = text(
        &call("CreateUser", &json!({ "username": "billing", "machine": { "name": "B" } })).json(),
        "/id",
    );
    let by_id = json!({ "userId": user });
    for method in ["AddSecret", "LockUser", "UnlockUser", "RemoveSecret"] {
        assert_eq!(call(method, &by_id).status, 200);
    }
    assert_eq!(call("RemoveSecret", &by_id).status, 400);
    assert_eq!(call("CreateUser", &json!({ "username": "billing", "machine": { "name": "B" } })).status, 409);
    assert_eq!(
        types(&server, &["--actor", &id]),
        [
            "user.added",
            "credential.secret.added",
            "user.locked",
            "user.unlocked",
            "credential.secrets.revoked"
        ]
    );
    assert_eq!(types(&server, &["--subject", &user]).len(), 5);
    let all = types(&server, &[]);
    assert_eq!(all[..2], ["token_key.added", "web_key.added"], "the server's own acts are there too");
    assert!(all.contains(&"instance.bootstrapped".to_owned()));
    let events = server.json(&["audit", "list", "--type", "credential.secret.added"]);
    assert_eq!(text(&events, "/events/0/actor/userId"), id);
    assert!(!text(&events, "/events/0/objectId").is_empty());
}

#[test]
fn failed_authentications_and_refused_calls_are_summarised_when_the_server_stops() {
    let mut server = Server::start();
    let user = server.user("billing");
    let wrong = crate::harness::Credentials { secret: server.user("other").secret, ..user };
    for _ in 0..3 {
        server.post("/oauth/v2/token", &wrong, "grant_type=client_credentials&scope=openid");
    }
    let viewer = server.administrator("viewer", &["IAM_OWNER_VIEWER"]);
    for _ in 0..2 {
        let request = json!({ "username": "x", "machine": { "name": "x" } });
        server.call_as(&viewer, "/zitadel.user.v2.UserService/CreateUser", &request);
    }
    server.terminate();
    let failed = server.json(&["audit", "list", "--type", "authentication.failed"]);
    let note = text(&failed, "/events/0/note");
    assert!(note.starts_with("3 failed authentications for client billing from 127.0.0.1"), "{note}");
    let denied = server.json(&["audit", "list", "--type", "permission.denied"]);
    assert_eq!(text(&denied, "/events/0/note"), "CreateUser was refused 2 times");
}

#[test]
fn the_trail_is_read_in_pages_by_those_who_may() {
    let server = Server::start();
    server.owner();
    let made = server.json(&["organization", "create", "Own"]);
    let own = text(&made, "/organizationId");
    let viewer = server.administrator("viewer", &["ORG_OWNER_VIEWER", "--organization", &own]);
    for number in 0..5 {
        server.json(&["user", "create", &format!("own-{number}"), "--organization", &own]);
        server.json(&["user", "create", &format!("other-{number}")]);
    }
    let list = |pagination: Value| {
        let request = json!({ "pagination": pagination });
        server.call_as(&viewer, "/jeton.audit.v1.AuditService/ListEvents", &request)
    };
    let (mut notes, mut token) = (Vec::new(), String::new());
    loop {
        let page = list(json!({ "limit": 2, "asc": true, "pageToken": token })).json();
        notes.extend(page["events"].as_array().unwrap().iter().map(|event| text(event, "/note")));
        let Some(next) = page["nextPageToken"].as_str() else { break };
        token = next.to_owned();
    }
    assert_eq!(notes, ["Own", "own-0", "own-1", "own-2", "own-3", "own-4"], "its own organization's only");
    for wrong in [json!({ "limit": 100_000 }), json!({ "offset": 1 }), json!({ "pageToken": "x" })] {
        assert_eq!(list(wrong).status, 400);
    }
    let verify = server.call_as(&viewer, "/jeton.audit.v1.AuditService/VerifyEvents", &json!({}));
    assert_eq!(verify.status, 403, "the whole trail is the instance's");
}

#[test]
fn events_come_with_the_names_that_the_caller_may_see() {
    let server = Server::start();
    server.owner();
    let made = server.json(&["organization", "create", "Own"]);
    let own = text(&made, "/organizationId");
    let viewer = server.administrator("viewer", &["ORG_OWNER_VIEWER", "--organization", &own]);
    let mine = text(&server.json(&["user", "create", "mine", "--organization", &own]), "/userId");
    let other = text(&server.json(&["user", "create", "other"]), "/userId");
    let project = text(&server.json(&["project", "list"]), "/projects/0/projectId");
    server.json(&["role", "add", &project, "reader"]);
    server.json(&["authorization", "create", "other", &project, "reader"]);
    let names = |caller: &str, request: Value| {
        server.call_as(caller, "/jeton.audit.v1.AuditService/ListEvents", &request).json()["names"].clone()
    };

    // An id in a filter does not reveal the name of another organization's object.
    let seen = names(&viewer, json!({ "subjectId": other, "actorId": project }));
    assert_eq!(seen, json!({ "users": {}, "applications": {}, "projects": {}, "organizations": {} }));
    let seen = names(&viewer, json!({}));
    assert_eq!(seen["users"], json!({ mine.as_str(): "mine" }));
    assert_eq!(seen["organizations"], json!({ own.as_str(): "Own" }));

    let owner = server.administrator("root", &["IAM_OWNER"]);
    let seen = names(&owner, json!({ "types": ["user.grant.added"] }));
    assert_eq!(seen["users"], json!({ other.as_str(): "other" }));
    assert_eq!(seen["projects"], json!({ project.as_str(): "Default" }), "the note names it");
    server.json(&["user", "delete", "other"]);
    let seen = names(&owner, json!({ "types": ["user.grant.added"] }));
    assert_eq!(seen["users"], json!({}), "what is gone has no name");
}

/// Changes the audit table without the server.
fn tamper(server: &Server, change: impl FnOnce(&mut redb::Table<'_, u64, &'static [u8]>)) {
    let database = Database::open(server.data_dir.join("jeton.redb")).unwrap();
    let write = database.begin_write().unwrap();
    {
        let mut table = write.open_table(AUDIT).unwrap();
        change(&mut table);
    }
    write.commit().unwrap();
}

fn with_trail() -> Server {
    let mut server = Server::start();
    for number in 0..10 {
        server.json(&["user", "create", &format!("user-{number}")]);
    }
    server.terminate();
    let verified = server.json(&["audit", "verify"]);
    assert_eq!((verified["intact"].as_bool(), verified["faults"].clone()), (Some(true), json!([])));
    server
}

#[test]
fn every_flipped_byte_is_named() {
    let server = with_trail();
    for (number, byte) in [(1, 0), (3, 31), (5, 32), (7, 40), (12, 45)] {
        let mut original = Vec::new();
        tamper(&server, |table| {
            original = table.get(number).unwrap().unwrap().value().to_vec();
            let mut flipped = original.clone();
            flipped[byte] ^= 1;
            table.insert(number, flipped.as_slice()).unwrap();
        });
        let why = failure(&server.cli(&["audit", "verify"], false));
        assert!(why.contains(&format!("record {number} was changed")), "{number} {byte}: {why}");
        let named = why.matches("record").count();
        assert_eq!(named, 1, "only that one is named: {why}");
        tamper(&server, |table| {
            table.insert(number, original.as_slice()).unwrap();
        });
    }
    server.json(&["audit", "verify"]);
}

#[test]
fn missing_added_and_truncated_records_are_named() {
    let server = with_trail();
    let mut rows = Vec::new();
    tamper(&server, |table| {
        rows = table.iter().unwrap().map(|row| row.unwrap().1.value().to_vec()).collect();
        table.remove(4).unwrap();
    });
    assert!(failure(&server.cli(&["audit", "verify"], false)).contains("record 4 is missing"));
    let last = rows.len() as u64;
    tamper(&server, |table| {
        table.insert(4, rows[3].as_slice()).unwrap();
        table.insert(last + 1, rows[3].as_slice()).unwrap();
    });
    assert!(
        failure(&server.cli(&["audit", "verify"], false)).contains(&format!("record {} was added", last + 1))
    );
    tamper(&server, |table| {
        table.remove(last + 1).unwrap();
        table.remove(last).unwrap();
    });
    assert!(failure(&server.cli(&["audit", "verify"], false)).contains(&format!("record {last} is missing")));
}

#[test]
fn an_older_database_is_detected_with_a_kept_link() {
    let server = with_trail();
    let link = text(&server.json(&["audit", "verify"]), "/lastLink");
    server.json(&["user", "create", "one-more"]);
    server.json(&["audit", "verify", "--expect", &link]);
    let why = failure(&server.cli(&["audit", "verify", "--expect", &"00".repeat(32)], false));
    assert!(why.contains("older"), "{why}");
    let exported = server.cli(&["audit", "export"], false);
    let lines = String::from_utf8(exported.stdout).unwrap();
    assert!(lines.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()) && lines.contains(&link));
}
