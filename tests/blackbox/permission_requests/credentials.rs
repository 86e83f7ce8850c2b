//! Calls about the credentials of all users.

use super::{Lab, Make, done, page, shows, unknown};
use crate::harness::text;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const UNUSED: &str = "/jeton.credential.v1.CredentialService/ListUnusedCredentials";

pub(super) fn of_credentials(method: &str) -> Make {
    match method {
        "ListUnusedCredentials" => |lab, place| {
            let secret = text(&lab.secret(&lab.user(place)), "/secretId");
            let unused = json!({ "pagination": page(), "unusedFor": "0s" });
            lab.until_listed(UNUSED, &unused, &secret);
            shows(unused, &secret)
        },
        "ListExpiringCredentials" => |lab, place| {
            let secret = text(&lab.secret(&lab.user(place)), "/secretId");
            shows(json!({ "pagination": page(), "within": "7200s" }), &secret)
        },
        _ => unknown(method),
    }
}

impl Lab<'_> {
    /// Repeats a listing of the operator's until it contains this text. A credential is unused from the
    /// second after its creation on.
    fn until_listed(&self, path: &str, body: &Value, text: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !done(self.server, path, body).to_string().contains(text) {
            assert!(Instant::now() < deadline, "{path} does not list {text}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
