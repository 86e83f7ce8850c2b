//! The log: the server serves even if the log's output is full, closed or stalled. Lost lines are counted,
//! repeated lines are summed up, and every written line is whole.

use crate::harness::{Server, jeton, without_settings};
use rustix::fs::{OFlags, fcntl_setfl};
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, PipeReader, PipeWriter, Read, Write, pipe};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::tempdir;

/// A server that logs from its start on.
fn talkative(data_dir: &Path, log: impl Into<Stdio>, arguments: &[&str]) -> Server {
    let mut command = jeton();
    command.stderr(log);
    let warned = ["--accept-token-endpoint-audience"];
    Server::start_by(command, data_dir, &[&warned[..], arguments].concat())
}

/// A full pipe.
fn full_pipe() -> (PipeReader, PipeWriter) {
    let (reader, mut writer) = pipe().unwrap();
    fcntl_setfl(&writer, OFlags::NONBLOCK).unwrap();
    for junk in [&[b'-'; 4096][..], b"-"] {
        while writer.write_all(junk).is_ok() {}
    }
    fcntl_setfl(&writer, OFlags::empty()).unwrap();
    (reader, writer)
}

#[test]
fn an_unwritable_log_neither_ends_nor_delays_the_server() {
    let (full_reader, full) = full_pipe();
    let (gone, closed) = pipe().unwrap();
    drop(gone);
    let full_disk = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let logs: [(&str, Stdio); 4] = [
        ("full disk", full_disk.into()),
        ("closed pipe", closed.into()),
        ("pipe without a reader", full.into()),
        ("not open for writing", File::open("/dev/null").unwrap().into()),
    ];
    for (name, log) in logs {
        let parent = tempdir().unwrap();
        let mut server = talkative(&parent.path().join("data"), log, &["--log-format", "json"]);
        let (user, api) = (server.user("billing"), server.api());
        let begun = Instant::now();
        for _ in 0..20 {
            assert!(server.is_active(&api, &server.token(&user)), "{name}");
        }
        assert!(server.terminate().success(), "{name}");
        assert!(begun.elapsed() < Duration::from_secs(15), "{name}");
    }
    drop(full_reader);
}

#[test]
fn a_failed_start_is_reported_if_standard_error_can_be_written() {
    let (_reader, full) = full_pipe();
    let full_disk = OpenOptions::new().write(true).open("/dev/full").unwrap();
    for log in [Stdio::from(full), full_disk.into()] {
        let begun = Instant::now();
        let status = jeton()
            .args(["serve", "--listen", "0.0.0.0:0", "--data-dir", "/nonexistent/data"])
            .stderr(log)
            .status()
            .unwrap();
        assert_eq!(status.code(), Some(1));
        assert!(begun.elapsed() < Duration::from_secs(15));
    }
}

/// `jeton ... 2>/dev/full`: the command itself has succeeded.
#[test]
fn an_unwritable_remark_fails_no_command() {
    let server = Server::start();
    server.json(&["user", "create", "billing"]);
    let output = jeton()
        .args(["secret", "generate", "billing", "--data-dir"])
        .arg(&server.data_dir)
        .stderr(OpenOptions::new().write(true).open("/dev/full").unwrap())
        .stdout(Stdio::piped())
        .output()
        .unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains("jeton_cs_"));
}

#[test]
fn an_unread_announcement_does_not_keep_a_server_from_serving() {
    for arguments in [&["--json"][..], &["--dev"], &[]] {
        let (_reader, full) = full_pipe();
        let parent = tempdir().unwrap();
        let address = crate::harness::free_address().unwrap();
        let mut child = jeton()
            .args(["serve", "--listen", &address.to_string(), "--signing-algorithm", "EdDSA", "--data-dir"])
            .arg(parent.path().join("data"))
            .args(arguments)
            .stdout(full)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + Duration::from_secs(20);
        let answers = || {
            let mut stream = std::net::TcpStream::connect(address).ok()?;
            stream.write_all(b"GET /debug/ready HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").ok()?;
            let mut reply = String::new();
            stream.read_to_string(&mut reply).ok()?;
            reply.starts_with("HTTP/1.1 200").then_some(())
        };
        while answers().is_none() {
            assert!(Instant::now() < deadline, "{arguments:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

/// Lines wait while their reader is stalled, and are lost when too many wait. When it reads again, every
/// line is whole and the lost ones are reported.
#[test]
fn lost_lines_are_reported_when_there_is_room_again() {
    let (reader, writer) = full_pipe();
    let parent = tempdir().unwrap();
    let mut command = jeton();
    command.stderr(writer).env("JETON_LOG", "trace");
    let mut server = Server::start_by(command, &parent.path().join("data"), &["--log-format", "json"]);
    ping(&server, 0..6_000);
    assert_eq!(server.request("GET", "/debug/ready", &[], b"").status, 200);

    let (mut told, mut lines) = (false, BufReader::new(reader).lines());
    let mut pings = 0;
    for line in &mut lines {
        let line = line.unwrap();
        // The filler has no line break, so the first line follows it.
        let line = line.trim_start_matches('-');
        let event: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|_| panic!("not whole: {line}"));
        pings += u32::from(event.to_string().contains("Ping"));
        if event["target"] == "jeton::log" {
            assert!(event["fields"]["lines"].as_u64().unwrap() > 100, "{event}");
            told = true;
            break;
        }
    }
    assert!(told && pings > 100, "{pings}");
    let rest = std::thread::spawn(move || lines.count());
    assert!(server.terminate().success());
    rest.join().unwrap();
}

/// Sends a ping for each number on an HTTP/2 connection, each of which causes a few lines in the most
/// verbose log.
fn ping(server: &Server, numbers: std::ops::Range<u64>) {
    const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
    const PING: [u8; 9] = [0, 0, 8, 6, 0, 0, 0, 0, 0];
    let mut stream = std::net::TcpStream::connect(server.address).unwrap();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
    stream.write_all(&SETTINGS).unwrap();
    let mut answers = stream.try_clone().unwrap();
    let last = numbers.end.to_be_bytes();
    let reading = std::thread::spawn(move || {
        let mut frames = Vec::new();
        let mut chunk = [0; 4096];
        while !frames.windows(8).any(|window| window == last) {
            let len = answers.read(&mut chunk).unwrap();
            assert!(len > 0, "the server closed the connection");
            frames.drain(..frames.len().saturating_sub(8));
            frames.extend_from_slice(&chunk[..len]);
        }
    });
    for number in numbers.start..=numbers.end {
        stream.write_all(&PING).unwrap();
        stream.write_all(&number.to_be_bytes()).unwrap();
    }
    reading.join().unwrap();
}

/// `ulimit -n` keeps the listener from accepting; it retries twenty times a second.
#[test]
fn repeated_lines_are_summed_up() {
    let parent = tempdir().unwrap();
    let log = parent.path().join("log");
    let mut command = without_settings(Command::new("sh"));
    command.args(["-c", "ulimit -n 48; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_jeton")]);
    command.stderr(File::create(&log).unwrap());
    let mut server = Server::start_by(command, &parent.path().join("data"), &[]);
    let connections: Vec<_> =
        (0..60).map(|_| std::net::TcpStream::connect(server.address).unwrap()).collect();
    let of_accepting = |log: &Path| {
        let text = std::fs::read_to_string(log).unwrap();
        text.lines().filter(|line| line.contains("accepting connections failed")).map(str::to_owned).collect()
    };
    let deadline = Instant::now() + Duration::from_secs(20);
    while Vec::<String>::is_empty(&of_accepting(&log)) {
        assert!(Instant::now() < deadline, "nothing failed");
        std::thread::sleep(Duration::from_millis(10));
    }
    // Enough attempts to show a line for each.
    std::thread::sleep(Duration::from_millis(500));
    let before: Vec<String> = of_accepting(&log);
    assert_eq!(before.len(), 1, "{before:?}");
    drop(connections);
    assert!(server.terminate().success());
    let lines: Vec<String> = of_accepting(&log);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[1].contains("(repeated "), "{lines:?}");
}

#[test]
fn an_unknown_log_level_is_refused() {
    for wrong in ["loud", "jeton_server"] {
        let output =
            jeton().args(["serve", "--data-dir", "/nonexistent/data"]).env("JETON_LOG", wrong).output();
        assert!(crate::harness::failure(&output.unwrap()).contains("JETON_LOG"), "{wrong}");
    }
}
