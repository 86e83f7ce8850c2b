//! Failed starts: one clear sentence, a non-zero exit status, no changes.

use crate::harness::{Server, failure, jeton, without_settings};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

fn serve(data_dir: &Path, more: &[&str]) -> Output {
    jeton()
        .env("JETON_LISTEN", "127.0.0.1:0")
        .args(["serve", "--data-dir"])
        .arg(data_dir)
        .args(more)
        .output()
        .unwrap()
}

/// A data directory with a store and without a server.
fn stopped() -> (TempDir, PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let mut server = Server::start_on(&data, &[]);
    assert!(server.terminate().success());
    (parent, data)
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

/// Conformance 1: RFC 6749 §1.6 and §3.2
#[test]
fn plain_http_beyond_this_machine_must_be_allowed_explicitly() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let output = jeton().args(["serve", "--listen", listen, "--data-dir"]).arg(&data).output().unwrap();
        assert!(failure(&output).contains("--behind-tls-proxy"), "{listen}");
        assert!(!data.exists());
    }
    let output = jeton()
        .args(["serve", "--behind-tls-proxy", "--listen", "0.0.0.0:0", "--data-dir"])
        .arg(&data)
        .output()
        .unwrap();
    assert!(failure(&output).contains("--issuer"));
}

#[test]
fn one_data_directory_has_one_server() {
    let server = Server::start();
    let sentence = failure(&serve(&server.data_dir, &[]));
    assert!(sentence.contains("another process is using the store"), "{sentence}");
    assert_eq!(server.request("GET", "/debug/ready", &[], b"").status, 200);
    server.user("still-works");
}

#[test]
fn an_occupied_port_is_named() {
    let occupied = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = occupied.local_addr().unwrap().to_string();
    let parent = tempfile::tempdir().unwrap();
    let output = jeton()
        .args(["serve", "--listen", &address, "--data-dir"])
        .arg(parent.path().join("data"))
        .output()
        .unwrap();
    let sentence = failure(&output);
    assert!(sentence.contains(&address) && sentence.contains("another program uses this port"), "{sentence}");
}

/// First starts that fail early, in the middle, or near their end.
#[test]
fn a_start_that_fails_leaves_nothing_behind() {
    let occupied = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = occupied.local_addr().unwrap().to_string();
    let parent = tempfile::tempdir().unwrap();
    let (data, no_file) = (parent.path().join("data"), "/nonexistent/token");
    let token = parent.path().join("token");
    let token = token.to_str().unwrap();
    for (arguments, why) in [
        (&["--listen", &port][..], "another program uses this port"),
        (
            &["--listen", "192.0.2.1:0", "--behind-tls-proxy", "--issuer", "https://id.example.com"],
            "no such address",
        ),
        (&["--issuer", "nonsense"], "--issuer"),
        (&["--listen", "no-such-name.invalid:80"], "no-such-name.invalid"),
        (&["--first-admin", "root", "--first-admin-token-file", no_file], no_file),
        (&["--first-admin", "turned\u{202e}around", "--first-admin-token-file", token], "username"),
    ] {
        let stderr = String::from_utf8(serve(&data, arguments).stderr).unwrap();
        assert!(
            stderr.lines().last().is_some_and(|line| line.starts_with("jeton: ") && line.contains(why)),
            "{stderr}"
        );
        assert!(!data.exists(), "{arguments:?}");
    }
    assert!(!Path::new(token).exists());
    let deep = parent.path().join("d".repeat(120));
    assert!(failure(&serve(&deep, &[])).contains("jeton.sock"), "a path that is too long for a socket");
    assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 0);

    std::fs::create_dir(&data).unwrap();
    set_mode(&data, 0o700);
    assert!(!serve(&data, &["--listen", &port]).status.success());
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0, "an empty directory stays, and stays empty");
}

#[test]
fn a_start_that_fails_takes_nothing_from_a_store() {
    let (_parent, data) = stopped();
    let occupied = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = occupied.local_addr().unwrap().to_string();
    let key = std::fs::read(data.join("server.key")).unwrap();
    assert!(failure(&serve(&data, &["--listen", &port])).contains("another program uses this port"));
    let arguments = ["--first-admin", "root", "--first-admin-token-file", "/nonexistent/token"];
    assert!(!serve(&data, &arguments).status.success());
    assert_eq!(std::fs::read(data.join("server.key")).unwrap(), key);
    let mut server = Server::start_on(&data, &[]);
    assert!(server.terminate().success());
}

#[test]
fn a_name_of_this_machine_is_an_address_to_listen_on() {
    let port = crate::harness::free_address().unwrap().port();
    let server = Server::start_with(&["--listen", &format!("localhost:{port}")]);
    assert!(server.address.ip().is_loopback());
    let metadata = server.request("GET", "/.well-known/openid-configuration", &[], b"").json();
    assert_eq!(metadata["issuer"], format!("http://localhost:{port}"));
}

#[test]
fn a_directory_of_something_else_is_left_alone() {
    let parent = tempfile::tempdir().unwrap();
    set_mode(parent.path(), 0o700);
    std::fs::write(parent.path().join("thesis.tex"), "mine").unwrap();
    assert!(failure(&serve(parent.path(), &[])).contains("holds no Jeton store"));
    assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 1);
    let file = parent.path().join("thesis.tex");
    assert!(failure(&serve(&file, &[])).contains("is not a directory"));
    assert!(failure(&serve(Path::new("/nonexistent/deep/data"), &[])).contains("/nonexistent/deep/data"));
}

#[test]
fn a_file_that_is_no_store_is_left_alone() {
    let (_parent, data) = stopped();
    let path = data.join("jeton.redb");
    for content in [b"not a database".to_vec(), vec![0; 100_000], b"redb".repeat(5000)] {
        std::fs::write(&path, &content).unwrap();
        let sentence = failure(&serve(&data, &[]));
        assert!(
            sentence.contains("not a Jeton store") || sentence.contains("opening the store"),
            "{sentence}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), content);
    }
}

#[test]
fn permissions_that_let_others_in_are_refused() {
    let (_parent, data) = stopped();
    for (name, private) in [("", 0o700), ("jeton.redb", 0o600), ("server.key", 0o600)] {
        let path = data.join(name);
        for mode in [private | 0o040, private | 0o004, private | 0o070] {
            set_mode(&path, mode);
            let sentence = failure(&serve(&data, &[]));
            assert!(sentence.contains("chmod"), "{name} {mode:o}: {sentence}");
        }
        set_mode(&path, private);
    }
    let mut server = Server::start_on(&data, &[]);
    assert!(server.terminate().success());
}

#[test]
fn a_store_opens_with_its_own_key_only() {
    let (_parent, data) = stopped();
    let key = data.join("server.key");
    let right = std::fs::read(&key).unwrap();
    std::fs::remove_file(&key).unwrap();
    assert!(failure(&serve(&data, &[])).contains("put the key file back"));
    assert!(!key.exists());
    for wrong in [&b""[..], b"short\n", &[b'g'; 64], &[b'0'; 200]] {
        std::fs::write(&key, wrong).unwrap();
        set_mode(&key, 0o600);
        assert!(failure(&serve(&data, &[])).contains("does not hold a server key"));
    }
    std::fs::write(&key, [b'0'; 64]).unwrap();
    assert!(failure(&serve(&data, &[])).contains("does not belong to this store"));
    std::fs::write(&key, right).unwrap();
    let mut server = Server::start_on(&data, &[]);
    assert!(server.terminate().success());
}

#[test]
fn a_store_of_another_format_is_left_alone() {
    let (_parent, data) = stopped();
    {
        let database = redb::Database::open(data.join("jeton.redb")).unwrap();
        let write = database.begin_write().unwrap();
        let metadata: redb::TableDefinition<'_, &str, &[u8]> = redb::TableDefinition::new("metadata");
        write
            .open_table(metadata)
            .unwrap()
            .insert("format_version", 99_u64.to_le_bytes().as_slice())
            .unwrap();
        write.commit().unwrap();
    }
    assert!(failure(&serve(&data, &[])).contains("use the version that wrote it"));
}

#[test]
fn a_symbolic_link_in_place_of_the_store_is_refused() {
    let (parent, data) = stopped();
    let elsewhere = parent.path().join("elsewhere");
    for name in ["jeton.redb", "server.key"] {
        std::fs::rename(data.join(name), &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, data.join(name)).unwrap();
        assert!(failure(&serve(&data, &[])).contains(name));
        std::fs::remove_file(data.join(name)).unwrap();
        std::fs::rename(&elsewhere, data.join(name)).unwrap();
    }
}

#[test]
fn wrong_usage_exits_with_two_and_says_how() {
    for arguments in [
        &["serve", "--listen", "nonsense"][..],
        &["serve", "--token-lifetime", "31d"],
        &["serve", "--token-lifetime", "0s"],
        &["nonsense"],
        &[],
        &["user"],
        &["serve", "--workers", "0"],
    ] {
        let output = jeton().args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty());
    }
    assert!(jeton().args(["serve", "--help"]).output().unwrap().status.success());
}

/// A limit on file size simulates the full disk: writes beyond it fail as they do without space.
#[test]
fn a_full_disk_is_one_clear_sentence() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let output = without_settings(Command::new("bash"))
        .arg("-c")
        .arg(r#"ulimit -f 8; trap '' XFSZ; exec "$0" serve --listen 127.0.0.1:0 --data-dir "$1""#)
        .arg(env!("CARGO_BIN_EXE_jeton"))
        .arg(&data)
        .output()
        .unwrap();
    let sentence = failure(&output);
    assert!(sentence.contains("opening the store"), "{sentence}");
    // With space again it starts normally.
    let mut server = Server::start_on(&data, &[]);
    assert!(server.terminate().success());
}

#[test]
fn a_server_and_commands_that_start_together_do_not_make_each_other_fail() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    for round in 0..10 {
        let command = |n: u32| {
            let mut command = jeton();
            // A command that may create the store while the server starts.
            let arguments = if round + n == 0 { ["admin", "create"] } else { ["user", "create"] };
            command.args(arguments).arg(format!("user-{round}-{n}")).arg("--data-dir").arg(&data);
            command.stdout(Stdio::null()).spawn().unwrap()
        };
        let before = command(0);
        let server = Server::start_on(&data, &[]);
        let after = command(1);
        for mut child in [before, after] {
            assert!(child.wait().unwrap().success());
        }
        drop(server);
    }
}
