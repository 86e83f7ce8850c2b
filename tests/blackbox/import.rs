//! `jeton user import`: many users from a file.

use crate::harness::{Server, failure, text};
use std::fmt::Write;

fn lines(prefix: &str, count: usize) -> String {
    let mut lines = String::new();
    for number in 0..count {
        let user = format!(r#"{{"username":"{prefix}{number}","machine":{{"name":"x"}}}}"#);
        writeln!(lines, "{user}").unwrap();
    }
    lines
}

fn import(server: &Server, content: &[u8]) -> std::process::Output {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), content).unwrap();
    server.cli(&["user", "import", file.path().to_str().unwrap()], true)
}

fn total(server: &Server) -> String {
    text(&server.json(&["user", "list"]), "/details/totalResult")
}

#[test]
fn a_file_with_any_line_ends_is_imported() {
    let server = Server::start();
    let crlf = lines("a", 3).replace('\n', "\r\n") + "\r\n\n" + lines("b", 1).trim_end();
    let output = import(&server, crlf.as_bytes());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(total(&server), "4");
    assert!(import(&server, b"").status.success());
    let organization = text(&server.json(&["organization", "create", "Own"]), "/organizationId");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), lines("c", 1)).unwrap();
    server.json(&["user", "import", file.path().to_str().unwrap(), "--organization", &organization]);
    assert_eq!(text(&server.json(&["user", "show", "c0"]), "/user/details/resourceOwner"), organization);
}

#[test]
fn users_with_long_lines_are_imported() {
    let server = Server::start();
    let long = "d".repeat(480);
    let mut content = String::new();
    for number in 0..3_000 {
        let machine = format!(r#"{{"name":"x","description":"{long}"}}"#);
        writeln!(content, r#"{{"username":"u{number}","machine":{machine},"unknown":"{long}"}}"#).unwrap();
    }
    let output = import(&server, content.as_bytes());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(total(&server), "3000");
}

#[test]
fn a_wrong_line_is_named_and_the_users_created_before_are_counted() {
    let server = Server::start();
    let good = lines("g", 1500);
    for (wrong, why) in [
        (&b"{"[..], "not a JSON object"),
        (b"[1]", "not a JSON object"),
        (b"\xff\xfe", "not a JSON object"),
        (&[b'x'; 70_000], "more than 65536 bytes"),
    ] {
        let server = Server::start();
        let refused = failure(&import(&server, &[good.as_bytes(), wrong].concat()));
        assert!(refused.contains("line 1501: ") && refused.contains(why), "{refused}");
        assert!(refused.contains("1000 users were created before"), "{refused}");
        assert_eq!(total(&server), "1000");
    }
    let taken = good + &lines("g", 1);
    let refused = failure(&import(&server, taken.as_bytes()));
    assert!(refused.contains("line 1001: ") && refused.contains("none of the batch"), "{refused}");
    assert_eq!(total(&server), "1000");
    assert!(
        failure(&server.cli(&["user", "import", "/nonexistent"], false)).contains("reading /nonexistent")
    );
}
