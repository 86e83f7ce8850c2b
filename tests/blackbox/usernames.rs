//! Usernames of every kind, from the command line to the claims of a token.

use crate::harness::{Credentials, Reply, Server, jeton, refused, text};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::process::Command;

const TOKEN: &str = "/oauth/v2/token";
const FORM: &str = "grant_type=client_credentials&scope=openid+profile";
const USERS: &str = "/zitadel.user.v2.UserService/";

/// Usernames from ZITADEL, and ones with special characters of a shell, of JSON or of a path.
const NAMES: [&str; 13] = [
    "-x",
    "--help",
    ".",
    "..",
    "CI Pipeline (prod)",
    "build+deploy",
    "urn:service:billing",
    "team/billing",
    "50%",
    "ci@example.com",
    "o'neil \"$HOME\" `id` \\",
    "Müller",
    "👩‍💻",
];

/// Strictly form-urlencoded.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b' ' => "+".to_owned(),
            byte if byte.is_ascii_alphanumeric() || b"-._*".contains(&byte) => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// Runs a printed command in a shell.
fn paste(server: &Server, line: &str) -> String {
    let program = jeton();
    let line = line.replacen(
        "jeton ",
        &format!("{} --data-dir {} ", program.get_program().display(), server.data_dir.display()),
        1,
    );
    let output = Command::new("sh").args(["-c", &line]).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn basic(server: &Server, id: &str, secret: &str) -> Reply {
    let header = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    server.post_with(TOKEN, &[("authorization", &header)], FORM)
}

#[test]
fn printed_commands_work_when_pasted_for_every_username() {
    let server = Server::start();
    let api = server.api();
    for name in NAMES {
        let created = server.cli(&["user", "create", "--", name], false);
        assert!(created.status.success(), "{name}: {}", String::from_utf8_lossy(&created.stderr));
        let created = String::from_utf8(created.stdout).unwrap();
        let next = created.lines().find_map(|line| line.strip_prefix("next: ")).unwrap();
        let printed = paste(&server, next);
        let value = |label: &str| {
            let line = printed.lines().find(|line| line.starts_with(label)).unwrap();
            line.split_whitespace().nth(1).unwrap().to_owned()
        };
        // Unencoded, as `curl --user` sends it.
        let client = Credentials { id: value("ClientID"), secret: value("ClientSecret") };
        let token = server.token(&client);
        let seen = server.introspect(&api, &token);
        for member in ["client_id", "username", "preferred_username"] {
            assert_eq!(seen[member], name, "{member}");
        }
        let secret = &client.secret;
        assert_eq!(basic(&server, &encoded(name), secret).status, 200, "{name} encoded in Basic");
        let raw = if name.contains(['%', '+', ':']) { 401 } else { 200 };
        assert_eq!(basic(&server, name, secret).status, raw, "{name} raw in Basic");
        let body = format!("{FORM}&client_id={}&client_secret={secret}", encoded(name));
        assert_eq!(server.post_with(TOKEN, &[], &body).status, 200, "{name} in the body");
        let shown = server.json(&["user", "show", "--", name]);
        assert_eq!(text(&shown, "/user/username"), name);
    }
}

#[test]
fn a_username_is_the_same_in_any_case_wherever_it_is_named() {
    let server = Server::start();
    let owner = server.owner();
    let call = |method: &str, request: &Value| server.call_as(&owner, &format!("{USERS}{method}"), request);
    let client = server.user("Straße 7");
    let spellings = ["Straße 7", "STRASSE 7", "strasse 7"];
    for spelling in spellings {
        let reply = basic(&server, &encoded(spelling), &client.secret);
        assert_eq!(reply.status, 200, "{spelling}");
        let got = call("GetUserByID", &json!({ "userId": spelling }));
        assert_eq!(text(&got.json(), "/user/username"), "Straße 7", "as it was typed");
        let taken = json!({ "username": spelling, "machine": { "name": "x" } });
        refused(&call("CreateUser", &taken), 409, "already_exists");
    }
    let found = |method: &str, wanted: &str| {
        let query = json!({ "userNameQuery": { "userName": wanted, "method": method } });
        let listed = call("ListUsers", &json!({ "queries": [query] })).json();
        text(&listed, "/details/totalResult")
    };
    assert_eq!(found("TEXT_QUERY_METHOD_EQUALS", "Straße 7"), "1");
    assert_eq!(found("TEXT_QUERY_METHOD_EQUALS", "STRASSE 7"), "0");
    assert_eq!(found("TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE", "STRASSE 7"), "1");
    assert_eq!(found("TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE", "strasse"), "1");
    // The user's own name in another case is still its own.
    let id = client.id.as_str();
    assert_eq!(call("UpdateUser", &json!({ "userId": id, "username": "STRASSE 7" })).status, 200);
    assert_eq!(text(&server.json(&["user", "show", "straße 7"]), "/user/username"), "STRASSE 7");
    server.user("b");
    refused(&call("UpdateUser", &json!({ "userId": "b", "username": "strasse 7" })), 409, "already_exists");
}

#[test]
fn a_username_that_deceives_is_refused_with_the_character_named() {
    let server = Server::start();
    let owner = server.owner();
    for (name, said) in [
        ("admin\u{202e}", "U+202E"),
        ("ad\u{200b}min", "U+200B"),
        ("a\u{200d}b", "U+200D"),
        ("a\u{2028}b", "U+2028"),
        ("a\nb", "U+000A"),
        ("a\u{e000}", "U+E000"),
        ("a\u{378}", "U+0378"),
        (" admin", "spaces"),
        ("admin\u{a0}", "spaces"),
        ("a  b", "spaces"),
        ("\u{301}a", "accents"),
        ("12345", "not a digit"),
        ("١٢٣", "not a digit"),
    ] {
        let request = json!({ "username": name, "machine": { "name": "x" } });
        let reply = server.call_as(&owner, &format!("{USERS}CreateUser"), &request);
        refused(&reply, 400, "invalid_argument");
        let message = text(&reply.json(), "/message");
        assert!(message.contains("username") && message.contains(said), "{name:?}: {message}");
        assert!(!message.contains(name) || name.is_ascii(), "{message}");
    }
    assert_eq!(text(&server.json(&["user", "list"]), "/details/totalResult"), "1");
}

#[test]
fn users_are_listed_by_name_ignoring_case_page_by_page() {
    let server = Server::start();
    let owner = server.owner();
    for name in ["Änne", "a c", "A b", "zoe", "Zoë"] {
        server.user(name);
    }
    let mut names = Vec::new();
    let mut token = String::new();
    for _ in 0..3 {
        let query = json!({ "limit": 2, "asc": true, "pageToken": token });
        let request = json!({ "query": query, "sortingColumn": "USER_FIELD_NAME_USER_NAME" });
        let page = server.call_as(&owner, &format!("{USERS}ListUsers"), &request).json();
        let users = page["result"].as_array().unwrap();
        names.extend(users.iter().map(|user| text(user, "/username")));
        match page.get("nextPageToken").and_then(Value::as_str) {
            Some(next) => token = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(names, ["A b", "a c", "owner", "zoe", "Zoë", "Änne"]);
}

/// The README's advice for the import of a user whose name consists of digits.
#[test]
fn a_user_whose_name_was_digits_keeps_its_client_id_as_its_user_id() {
    let server = Server::start();
    let create = |user: Value| {
        let mut request = json!({ "machine": { "name": "x" } });
        user.as_object().unwrap().iter().for_each(|(name, value)| request[name] = value.clone());
        server.management(&format!("{USERS}CreateUser"), &request.to_string())
    };
    for name in ["4711", "a  b", " a", "a ", "a\u{a0}b"] {
        let reply = create(json!({ "username": name }));
        refused(&reply, 400, "invalid_argument");
        assert!(text(&reply.json(), "/message").starts_with("username: "), "{}", reply.text());
    }
    assert_eq!(create(json!({ "userId": "4711", "username": "worker 4711" })).status, 200);
    let made = server.secret("4711");
    for id in ["4711", "worker+4711"] {
        assert_eq!(basic(&server, id, &made.secret).status, 200, "{id}");
    }
}
