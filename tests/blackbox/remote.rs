//! The command line against a remote server: profiles, tokens, and secrets that must not be sent.

use crate::harness::{Server, failure, jeton, text};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Output, Stdio};
use tempfile::TempDir;

const VIEWER: &str = "IAM_OWNER_VIEWER";

/// A person at another machine, with a configuration directory and no data directory.
struct Person(TempDir);

impl Person {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn run(&self, arguments: &[&str], input: &str, token: Option<&str>) -> Output {
        let mut command = jeton();
        command.args(arguments).args(["--data-dir", "/nonexistent"]).env("XDG_CONFIG_HOME", self.0.path());
        if let Some(token) = token {
            command.env("JETON_TOKEN", token);
        }
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A command that refuses does not read its input.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        child.wait_with_output().unwrap()
    }

    fn does(&self, arguments: &[&str], input: &str) -> String {
        let output = self.run(arguments, input, None);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn fails(&self, arguments: &[&str], input: &str) -> String {
        failure(&self.run(arguments, input, None))
    }
}

fn url(server: &Server) -> String {
    format!("http://{}", server.address)
}

#[test]
fn a_profile_keeps_a_server_and_its_credentials() {
    let server = Server::start();
    let (owner, person) = (server.owner(), Person::new());
    let url = url(&server);
    person.does(&["profile", "set", "home", "--url", &url], &owner);
    let file = person.0.path().join("jeton/profiles.json");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(person.does(&["user", "create", "billing", "--profile", "home"], "").contains("billing"));
    assert!(
        person.does(&["user", "list", "--server", &url], "").contains("billing"),
        "it is found by its URL"
    );
    assert!(
        person.does(&["user", "show", "billing", "--profile", "home", "--json"], "").contains("\"username\"")
    );
    let listed = person.does(&["profile", "list"], "");
    assert!(listed.contains("home") && listed.contains("access token") && !listed.contains(&owner));
    person.does(&["profile", "remove", "home"], "");
    assert!(!std::fs::read_to_string(&file).unwrap().contains(&owner));
    assert!(person.fails(&["user", "list", "--profile", "home"], "").contains("there is no profile home"));
    assert!(person.fails(&["profile", "remove", "home"], "").contains("there is no profile home"));
}

#[test]
fn a_profile_can_be_a_client_that_gets_a_token_for_each_command() {
    let server = Server::start();
    server.owner();
    let person = Person::new();
    let user = server.user("robot");
    server.json(&["admin", "add", "robot", VIEWER]);
    let secret = person.0.path().join("secret");
    std::fs::write(&secret, format!("{}\n", user.secret)).unwrap();
    let url = url(&server);
    let set = [
        "profile",
        "set",
        "bot",
        "--url",
        &url,
        "--client-id",
        "robot",
        "--secret-file",
        secret.to_str().unwrap(),
    ];
    person.does(&set, "");
    assert!(person.does(&["user", "list", "--profile", "bot"], "").contains("robot"));
    let refused = person.fails(&["user", "create", "x", "--profile", "bot"], "");
    assert!(refused.contains("user.write"), "{refused}");
    server.json(&["user", "deactivate", "robot"]);
    let refused = person.fails(&["user", "list", "--profile", "bot"], "");
    assert!(refused.contains("getting a token for robot") && !refused.contains(&user.secret), "{refused}");
}

#[test]
fn a_token_from_the_environment_is_enough() {
    let server = Server::start();
    let (owner, person) = (server.owner(), Person::new());
    let url = url(&server);
    for token in [owner.clone(), format!("{owner}\n"), format!(" {owner}\r\n")] {
        let output = person.run(&["user", "list", "--server", &url], "", Some(&token));
        assert!(output.status.success(), "{token:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let blank = failure(&person.run(&["user", "list", "--server", &url], "", Some(" \r\n")));
    assert!(blank.contains("set JETON_TOKEN"), "{blank}");
    let refused = failure(&person.run(&["user", "list", "--server", &url], "", Some("jeton_at_wrong")));
    assert!(
        refused.contains("invalid, expired or revoked") && !refused.contains("jeton_at_wrong"),
        "{refused}"
    );
    assert!(person.fails(&["user", "list", "--server", &url], "").contains("JETON_TOKEN"));
}

#[test]
fn a_secret_goes_to_no_other_server_and_never_in_the_clear() {
    let server = Server::start();
    let (owner, person) = (server.owner(), Person::new());
    person.does(&["profile", "set", "home", "--url", &url(&server)], &owner);
    let other =
        person.fails(&["user", "list", "--profile", "home", "--server", "https://id.example.com"], "");
    assert!(other.contains("is for http://127.0.0.1"), "{other}");
    for bad in ["http://id.example.com", "http://127.0.0.1:1@id.example.com", "ftp://127.0.0.1"] {
        let refused = person.fails(&["profile", "set", "x", "--url", bad], &owner);
        assert!(refused.contains("https://") || refused.contains("nothing else"), "{refused}");
        let refused = failure(&person.run(&["user", "list", "--server", bad], "", Some(&owner)));
        assert!(!refused.contains(&owner), "{refused}");
    }
}

#[test]
fn a_profile_that_does_not_work_is_not_saved() {
    let server = Server::start();
    let person = Person::new();
    let url = url(&server);
    assert!(person.fails(&["profile", "set", "a", "--url", &url], "").contains("standard input is empty"));
    assert!(
        person.fails(&["profile", "set", "a", "--url", &url], "junk").contains("invalid, expired or revoked")
    );
    let nobody = format!("http://{}", crate::harness::free_address().unwrap());
    assert!(
        person
            .fails(&["profile", "set", "a", "--url", &nobody], "junk")
            .contains("no server is listening at http://127.0.0.1:")
    );
    assert!(person.fails(&["profile", "set", "", "--url", &url], "junk").contains("a name"));
    assert!(!person.0.path().join("jeton").exists(), "nothing was saved");
    std::fs::create_dir(person.0.path().join("jeton")).unwrap();
    std::fs::write(person.0.path().join("jeton/profiles.json"), "{").unwrap();
    assert!(person.fails(&["profile", "list"], "").contains("profiles.json"));
}

#[test]
fn every_operator_command_works_remotely() {
    let server = Server::start();
    let (owner, person) = (server.owner(), Person::new());
    person.does(&["profile", "set", "home", "--url", &url(&server)], &owner);
    let does = |arguments: &[&str]| person.does(&[arguments, &["--profile", "home"]].concat(), "");
    let made = |arguments: &[&str], member: &str| {
        let all = [arguments, &["--profile", "home", "--json"]].concat();
        text(&serde_json::from_str(&person.does(&all, "")).unwrap(), member)
    };
    does(&["user", "create", "billing"]);
    assert!(made(&["secret", "generate", "billing"], "/clientSecret").starts_with("jeton_cs_"));
    assert!(made(&["pat", "create", "billing", "--expires", "1d"], "/token").starts_with("jeton_pat_"));
    let project = made(&["project", "create", "Shop"], "/projectId");
    does(&["role", "add", &project, "reader"]);
    does(&["authorization", "create", "billing", &project, "reader"]);
    does(&["api", "create", "Orders", "--project", &project]);
    does(&["admin", "add", "billing", "IAM_OWNER_VIEWER"]);
    does(&["organization", "create", "Other"]);
    for list in [
        &["secret", "list", "billing"][..],
        &["pat", "list", "billing"],
        &["key", "list", "billing"],
        &["role", "list", &project],
        &["project", "list"],
        &["api", "list"],
        &["authorization", "list"],
        &["admin", "list"],
        &["organization", "list"],
        &["signing-key", "list"],
        &["credential", "expiring"],
        &["credential", "unused"],
        &["audit", "list"],
        &["audit", "verify"],
        &["audit", "export"],
    ] {
        does(list);
    }
    assert!(does(&["call", "zitadel.user.v2.UserService/ListUsers"]).contains("billing"));
    assert!(
        does(&["call", "jeton.user.v1.UserService/ListSecrets", r#"{"userId":"billing"}"#])
            .contains("result")
    );
    does(&["user", "delete", "billing"]);
}
