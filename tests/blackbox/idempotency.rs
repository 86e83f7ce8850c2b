//! Calls repeated with the same `Idempotency-Key`: performed once, and answered only to callers who may
//! perform them now.

use crate::harness::{Server, refused, text};
use serde_json::{Value, json};
use std::thread;

const USERS: &str = "/zitadel.user.v2.UserService/";

#[test]
fn a_repeated_call_is_performed_once() {
    let server = Server::start();
    let owner = server.owner();
    server.user("billing");
    let send = |token: &str, key: &str, method: &str, body: &Value| {
        let headers = [("idempotency-key", key)];
        server.send_as(token, "POST", &format!("{USERS}{method}"), &headers, &body.to_string())
    };
    let secret = json!({ "userId": "billing", "keepOthers": true });
    let count = || server.json(&["secret", "list", "billing"])["result"].as_array().unwrap().len();
    let first = send(&owner, "one", "AddSecret", &secret);
    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!(send(&owner, "\"one\"", "AddSecret", &secret).text(), first.text());
    assert_eq!(count(), 2);
    assert_ne!(send(&owner, "two", "AddSecret", &secret).text(), first.text());
    refused(&send(&owner, "one", "AddSecret", &json!({ "userId": "owner" })), 400, "invalid_argument");
    refused(&send(&owner, "one", "AddKey", &secret), 400, "invalid_argument");
    refused(&send(&owner, "a b", "AddSecret", &secret), 400, "invalid_argument");
    refused(&send(&owner, "", "AddSecret", &secret), 400, "invalid_argument");
    let other = server.administrator("other", &["IAM_OWNER"]);
    assert_ne!(send(&other, "one", "AddSecret", &secret).text(), first.text(), "keys are the caller's own");
    server.json(&["admin", "update", "other", "IAM_OWNER_VIEWER"]);
    refused(&send(&other, "one", "AddSecret", &secret), 403, "permission_denied");
    // A refused call is performed at the next attempt.
    let user = json!({ "userId": "later", "lifetime": "60s" });
    refused(&send(&owner, "three", "AddSecret", &user), 404, "not_found");
    server.user("later");
    assert_eq!(send(&owner, "three", "AddSecret", &user).status, 200);
    // Of many concurrent calls one is performed; the others get its answer or are told to wait.
    let before = count();
    thread::scope(|scope| {
        let tries: Vec<_> =
            (0..8).map(|_| scope.spawn(|| send(&owner, "four", "AddSecret", &secret).status)).collect();
        for one in tries {
            assert!([200, 409].contains(&one.join().unwrap()));
        }
    });
    assert_eq!(count(), before + 1);
}

/// The answer may contain a secret, and the caller may have lost the permission for it in one place of
/// several.
#[test]
fn a_repeated_call_is_answered_only_while_the_caller_may_still_perform_it() {
    let server = Server::start();
    server.owner();
    let organization = |name: &str| text(&server.json(&["organization", "create", name]), "/organizationId");
    let (own, other) = (organization("Own"), organization("Other"));
    let arguments = ["ORG_OWNER", "--organization"];
    let token = server.administrator("manager", &[&arguments[..], &[&own]].concat());
    server.json(&[&["admin", "add", "manager"][..], &arguments, &[&other]].concat());
    for (name, home) in [("own", &own), ("second", &own), ("other", &other)] {
        server.json(&["user", "create", name, "--organization", home]);
    }
    let send = |token: &str, user: &str| {
        let body = json!({ "userId": user, "keepOthers": true }).to_string();
        let headers = [("idempotency-key", user)];
        server.send_as(token, "POST", &format!("{USERS}AddSecret"), &headers, &body)
    };
    let first = ["own", "other", "second"].map(|user| {
        let reply = send(&token, user);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.text()
    });
    let realm = |organization: &str| ["--organization".to_owned(), organization.to_owned()];
    let admin = |command: &str, user: &str, roles: &[&str], organization: &str| {
        let realm = realm(organization);
        let arguments = [&["admin", command, user][..], roles, &[&realm[0], &realm[1]]].concat();
        server.json(&arguments);
    };
    // Another role with the same permission suffices.
    admin("update", "manager", &["ORG_USER_MANAGER"], &own);
    assert_eq!(send(&token, "own").text(), first[0]);
    // Without a permission in one place the answer of its call is not shown; answers of other places are.
    admin("remove", "manager", &[], &other);
    refused(&send(&token, "other"), 403, "permission_denied");
    assert_eq!(send(&token, "own").text(), first[0]);
    // It has no permission for a user that has become an administrator.
    admin("add", "second", &["ORG_OWNER"], &own);
    refused(&send(&token, "second"), 403, "permission_denied");
    // With the permission back the answer is the same: nothing was performed twice.
    admin("remove", "second", &[], &own);
    assert_eq!(send(&token, "second").text(), first[2]);
    assert_eq!(server.json(&["secret", "list", "second"])["result"].as_array().unwrap().len(), 1);
    // For an inactive caller the answer is hidden.
    server.json(&["user", "deactivate", "manager"]);
    refused(&send(&token, "own"), 401, "unauthenticated");
}

/// A dead secret would be mistaken for the new one, and a caller with a later permission must not see the
/// secret of a deleted user.
#[test]
fn a_repeated_call_shows_a_secret_only_while_it_is_live() {
    let server = Server::start();
    let owner = server.owner();
    let manager = server.administrator("manager", &["IAM_OWNER"]);
    let send = |path: &str, key: &str, body: &Value| {
        let headers = [("idempotency-key", key)];
        server.send_as(&manager, "POST", path, &headers, &body.to_string())
    };
    let api = json!({ "name": "Orders", "apiConfiguration": {} });
    let api_path = "/zitadel.application.v2.ApplicationService/CreateApplication";
    let application = text(&send(api_path, "api", &api).json(), "/applicationId");
    let key = json!({ "userId": "billing", "algorithm": "EdDSA" });
    let made = [
        ("AddSecret", json!({ "userId": "billing", "keepOthers": true })),
        ("AddKey", key),
        ("AddPersonalAccessToken", json!({ "userId": "billing" })),
    ];
    for ending in ["revoke", "delete"] {
        if ending == "revoke" {
            server.user("billing");
        }
        let first = made.each_ref().map(|(method, body)| {
            let reply = send(&format!("{USERS}{method}"), &format!("{ending}{method}"), body);
            assert_eq!(reply.status, 200, "{}", reply.text());
            reply.json()
        });
        let again = || {
            made.each_ref()
                .map(|(method, body)| send(&format!("{USERS}{method}"), &format!("{ending}{method}"), body))
        };
        assert_eq!(again().map(|reply| reply.json()), first);
        if ending == "delete" {
            // Meanwhile the caller loses the permission and must not see the secret any more.
            server.json(&["admin", "update", "manager", "IAM_OWNER_VIEWER"]);
            server.json(&["user", "delete", "billing"]);
            again().iter().for_each(|reply| refused(reply, 403, "permission_denied"));
            server.json(&["admin", "update", "manager", "IAM_OWNER"]);
        } else {
            let call = |method: &str, body: Value| {
                let reply = server.call_as(&owner, &format!("{USERS}{method}"), &body);
                assert_eq!(reply.status, 200, "{}", reply.text());
            };
            call("RemoveSecret", json!({ "userId": "billing" }));
            call("RemoveKey", json!({ "userId": "billing", "keyId": first[1]["keyId"] }));
            call("RemovePersonalAccessToken", json!({ "userId": "billing", "tokenId": first[2]["tokenId"] }));
        }
        again().iter().for_each(|reply| refused(reply, 404, "not_found"));
    }
    assert_eq!(send(api_path, "api", &api).status, 200);
    let gone = json!({ "applicationId": application });
    server.call_as(&owner, "/zitadel.application.v2.ApplicationService/DeleteApplication", &gone);
    refused(&send(api_path, "api", &api), 404, "not_found");
}

#[test]
fn a_call_that_changes_nothing_is_answered_anew_each_time() {
    let server = Server::start();
    let owner = server.owner();
    let count = || {
        let headers = [("idempotency-key", "list")];
        let reply = server.send_as(&owner, "POST", &format!("{USERS}ListUsers"), &headers, "{}");
        text(&reply.json(), "/details/totalResult")
    };
    assert_eq!(count(), "1");
    server.json(&["user", "create", "billing"]);
    assert_eq!(count(), "2");
}
