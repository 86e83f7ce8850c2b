//! Typed and pasted paths, names and tokens.

use crate::harness::{Server, failure, jeton, text};
use std::fs::Permissions;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Output, Stdio};

/// Every command that works on a data directory, with valid arguments.
const OFFLINE: [&str; 61] = [
    "verify",
    "cluster init --database postgres://jeton@127.0.0.1/jeton",
    "statistics",
    "console",
    "user create x",
    "user update x --name y",
    "user metadata set x k v",
    "user metadata list x",
    "user metadata delete x k",
    "user list",
    "user show x",
    "user deactivate x",
    "user reactivate x",
    "user lock x",
    "user unlock x",
    "user refusals x",
    "user delete x",
    "secret generate x",
    "secret list x",
    "secret revoke x --all",
    "key add x",
    "key list x",
    "key revoke x 1",
    "pat create x",
    "pat list x",
    "pat revoke x 1",
    "token revoke --user x",
    "token revoke x",
    "token explain x",
    "api create x",
    "api list",
    "api delete x",
    "project create x",
    "project list",
    "role add 1 x",
    "role remove 1 x",
    "role list 1",
    "authorization create x 1 y",
    "authorization list",
    "signing-key list",
    "signing-key rotate",
    "signing-key remove 1",
    "token-key list",
    "token-key rotate",
    "token-key remove 1",
    "organization create x",
    "organization list",
    "organization deactivate 1",
    "organization metadata list 1",
    "name list",
    "name free x",
    "admin recover x",
    "admin list",
    "admin add x IAM_OWNER",
    "admin remove x",
    "credential unused",
    "credential expiring",
    "leak report",
    "audit list",
    "audit verify",
    "call zitadel.user.v2.UserService/ListUsers",
];

/// Runs a command on a data directory with this input.
fn run(arguments: &[&str], data: &Path, input: &str) -> Output {
    let mut command = jeton();
    command.args(arguments).arg("--data-dir").arg(data).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // A command that refuses before it reads closes its end.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

#[test]
fn a_mistyped_data_directory_is_reported_and_no_store_is_created_there() {
    let parent = tempfile::tempdir().unwrap();
    let (missing, empty, foreign) =
        (parent.path().join("missing"), parent.path().join("empty"), parent.path().join("foreign"));
    std::fs::create_dir(&empty).unwrap();
    std::fs::create_dir(&foreign).unwrap();
    std::fs::write(foreign.join("notes.txt"), "mine").unwrap();
    let check = |command: &str, data: &Path| {
        let arguments: Vec<_> = command.split(' ').collect();
        let sentence = failure(&run(&arguments, data, "junk"));
        let is_told = sentence.contains("there is no store in") || sentence.contains("no server runs on");
        assert!(is_told && sentence.contains(data.to_str().unwrap()), "{command}: {sentence}");
    };
    std::thread::scope(|scope| {
        for command in OFFLINE {
            scope.spawn(|| check(command, &missing));
        }
    });
    assert!(!missing.exists());
    for data in [&empty, &foreign] {
        check("user list", data);
        check("verify", data);
    }
    assert_eq!(std::fs::read_dir(&empty).unwrap().count(), 0);
    assert_eq!(std::fs::read_dir(&foreign).unwrap().count(), 1);
}

#[test]
fn the_list_of_offline_commands_misses_no_kind() {
    let help = String::from_utf8(jeton().arg("--help").output().unwrap().stdout).unwrap();
    let commands = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    let names = commands.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    for name in names.filter(|name| !name.is_empty()) {
        let is_tested = OFFLINE.iter().any(|offline| offline.split(' ').next() == Some(name));
        let needs_none = ["serve", "bench", "profile", "completions", "man", "help"].contains(&name);
        assert!(is_tested || needs_none, "{name}");
    }
}

#[test]
fn the_first_administrator_and_an_import_begin_a_store() {
    for (arguments, input) in [
        (&["admin", "create", "root"][..], ""),
        (&["user", "import", "-"], r#"{"username":"billing","machine":{"name":"Billing"}}"#),
    ] {
        let parent = tempfile::tempdir().unwrap();
        let data = parent.path().join("data");
        let output = run(arguments, &data, input);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.contains("created a new store in"), "{said}");
        let again = run(&["user", "list"], &data, "");
        assert!(again.status.success() && !String::from_utf8_lossy(&again.stderr).contains("new store"));
    }
}

/// Direction marks, control characters and invisible characters, in every output that repeats input.
#[test]
fn printed_text_has_no_control_or_direction_characters() {
    let server = Server::start();
    let data = server.data_dir.clone();
    let evil = "a\u{202e}b\u{1b}[31mc\u{feff}d\u{9b}e";
    let parent = tempfile::tempdir().unwrap();
    let turned = parent.path().join(evil);
    let token = parent.path().join("token");
    let token = token.to_str().unwrap();
    let nowhere = parent.path().join("missing").join(evil);
    let nowhere = nowhere.to_str().unwrap();
    for (arguments, data) in [
        (&["user", "create", evil][..], &data),
        (&["user", "show", evil], &data),
        (&["user", "list", evil], &data),
        (&["user", "import", evil], &data),
        (&["secret", "generate", evil], &data),
        (&["secret", "generate", "x", "--expires", evil], &data),
        (&["key", "add", "x", "--public-key", evil], &data),
        (&["project", "update", evil, "--name", "x"], &data),
        (&["role", "add", evil, evil], &data),
        (&["admin", "add", evil, evil], &data),
        (&["call", evil], &data),
        (&["call", "zitadel.user.v2.UserService/ListUsers", evil], &data),
        (&["token", "explain", "x", "--api", evil], &data),
        (&["user", "list", "--profile", evil], &data),
        (&["user", "list", "--server", evil], &data),
        (&["user", "list"], &turned),
        (&[evil], &data),
        (&["serve", "--listen", evil], &data),
        (&["serve", "--trusted-proxy", evil], &data),
        (&["serve", "--issuer", evil], &turned),
        (&["serve", "--default-scopes", evil], &turned),
        (
            &["serve", "--listen", "127.0.0.1:0", "--first-admin", evil, "--first-admin-token-file", token],
            &turned,
        ),
        (
            &["serve", "--listen", "127.0.0.1:0", "--first-admin", "x", "--first-admin-token-file", nowhere],
            &turned,
        ),
    ] {
        let output = run(arguments, data, "");
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!output.status.success(), "{arguments:?}: {said}");
        assert!(!said.contains(['\u{202e}', '\u{1b}', '\u{feff}', '\u{9b}']), "{arguments:?}: {said:?}");
        assert!(!said.trim().is_empty());
    }
}

#[test]
fn a_pasted_token_is_understood_and_an_empty_one_refused() {
    let server = Server::start();
    let token = server.token(&server.user("billing"));
    let (first, second) = token.split_at(token.len() / 2);
    let json = serde_json::json!({ "access_token": token, "token_type": "Bearer" }).to_string();
    for pasted in [
        format!("{token}\n"),
        format!("Bearer {token}"),
        format!("Authorization: Bearer {token}"),
        format!("\"{token}\""),
        format!("{first}\n{second}\r\n"),
        json,
    ] {
        for arguments in [&["token", "explain", "--json"][..], &["token", "explain", "--json", "-"]] {
            let output = run(arguments, &server.data_dir, &pasted);
            let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(text(&said, "/username"), "billing", "{pasted}");
        }
        let given = server.json(&["token", "explain", &pasted]);
        assert_eq!(text(&given, "/username"), "billing", "{pasted}");
    }
    for empty in ["", " \n", "Bearer ", "\"\""] {
        for command in ["token explain", "token revoke", "leak report"] {
            let arguments: Vec<_> = command.split(' ').collect();
            let sentence = failure(&run(&arguments, &server.data_dir, empty));
            assert!(sentence.contains("on standard input is empty"), "{command}: {sentence}");
        }
        assert!(failure(&server.cli(&["token", "explain", empty], false)).contains("the token is empty"));
    }
    let too_long = "x".repeat(16 * 1024 + 1);
    let sentence = failure(&run(&["token", "explain"], &server.data_dir, &too_long));
    assert!(sentence.contains("more than 16384 bytes"), "{sentence}");
    let revoked = run(&["token", "revoke"], &server.data_dir, &format!("Bearer {token}"));
    assert_eq!(String::from_utf8_lossy(&revoked.stdout), "revoked\n");
}

/// An existing file keeps its content, and nothing is written through a link.
#[test]
fn a_file_for_a_secret_is_a_new_one() {
    let parent = tempfile::tempdir().unwrap();
    let path = |name: &str| parent.path().join(name);
    let data = path("data");
    std::fs::write(path("full"), "mine").unwrap();
    std::fs::write(path("target"), "").unwrap();
    std::fs::create_dir(path("directory")).unwrap();
    std::os::unix::fs::symlink(path("target"), path("link")).unwrap();
    std::os::unix::fs::symlink(path("missing"), path("dangling")).unwrap();
    let server = Server::start();
    server.user("billing");
    for (name, kind) in [
        ("full", "a file"),
        ("directory", "a directory"),
        ("link", "a symbolic link"),
        ("dangling", "a symbolic link"),
    ] {
        let file = path(name);
        let file = file.to_str().unwrap();
        let serve =
            ["serve", "--listen", "127.0.0.1:0", "--first-admin", "root", "--first-admin-token-file", file];
        let create = ["admin", "create", "root", "--output", file];
        let add = ["key", "add", "billing", "--output", file];
        for (arguments, data) in [(&serve[..], &data), (&create, &server.data_dir), (&add, &server.data_dir)]
        {
            let output = run(arguments, data, "");
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.lines().last().unwrap();
            assert!(last.contains(kind) && last.contains("is there already"), "{arguments:?}: {said}");
        }
        assert!(!data.exists(), "the start that failed leaves nothing behind");
    }
    assert_eq!(std::fs::read_to_string(path("full")).unwrap(), "mine");
    assert_eq!(std::fs::read_to_string(path("target")).unwrap(), "");
    assert!(!path("missing").exists());
    assert_eq!(server.json(&["key", "list", "billing"])["result"].as_array().map_or(0, Vec::len), 0);
}

/// The file may be prepared by the operator or left behind by an interrupted start; another process may
/// have opened it.
#[test]
fn an_empty_file_gives_way_to_a_private_one() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("token");
    std::fs::write(&file, "").unwrap();
    std::fs::set_permissions(&file, Permissions::from_mode(0o666)).unwrap();
    let mut opened = std::fs::File::open(&file).unwrap();
    let path = file.to_str().unwrap();
    let server = Server::start_with(&["--first-admin", "root", "--first-admin-token-file", path]);
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("jeton_pat_"));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let mut seen = String::new();
    opened.read_to_string(&mut seen).unwrap();
    assert_eq!(seen, "", "a process that opened it before reads nothing");
    drop(server);
}
