//! An older copy of the data directory in place of the newer one.

use crate::harness::{Server, text};
use std::path::Path;

/// The files of a stopped server.
fn copy(from: &Path, to: &Path) {
    for file in ["jeton.redb", "server.key"] {
        std::fs::copy(from.join(file), to.join(file)).unwrap();
    }
}

#[test]
fn what_was_issued_and_revoked_after_a_backup_is_implausible_and_ends_with_what_is_revoked_anew() {
    let backup = tempfile::tempdir().unwrap();
    let mut server = Server::start();
    let (user, api) = (server.user("billing"), server.api());
    let before = server.token(&user);
    server.terminate();
    copy(&server.data_dir, backup.path());
    let mut server = server.restarted();
    server.json(&["token", "revoke", "--user", "billing"]);
    let since = server.token(&user);
    assert!(!server.is_active(&api, &before) && server.is_active(&api, &since));
    server.terminate();
    copy(backup.path(), &server.data_dir);
    let mut server = server.restarted();
    assert!(server.is_active(&api, &before), "the revocation is forgotten with everything since the backup");
    assert!(!server.is_active(&api, &since));
    assert_eq!(text(&server.json(&["token", "explain", &since]), "/reason"), "implausible");
    // One alarm for all implausible tokens of a minute.
    server.terminate();
    let server = server.restarted();
    let alarms = server.json(&["audit", "list", "--type", "token.implausible"]);
    assert_eq!(alarms["events"].as_array().unwrap().len(), 1, "{alarms}");
    // A token that is revoked by its client while implausible stays revoked when it is plausible again.
    let revoked = server.post("/oauth/v2/revoke", &user, &format!("token={since}"));
    assert_eq!(revoked.status, 200);
    server.json(&["user", "create", "other"]);
    assert!(!server.is_active(&api, &since));
    server.json(&["token", "revoke", "--user", "billing"]);
    assert!(!server.is_active(&api, &before) && !server.is_active(&api, &since));
    assert!(server.is_active(&api, &server.token(&user)));
}
