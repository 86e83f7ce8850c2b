//! Overload: more requests, connections or signatures than the server can handle.

use crate::harness::{Credentials, Reply, Server, without_settings};
use crate::jwt::jwt_user;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

/// Sends `count` token requests concurrently, each on its own connection.
fn ask_at_once(server: &Server, client: &Credentials, count: usize) -> Vec<Reply> {
    let form = "grant_type=client_credentials&scope=profile";
    let request = format!(
        "POST /oauth/v2/token HTTP/1.1\r\nhost: {}\r\nauthorization: {}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        server.address,
        client.basic(),
        form.len()
    );
    let mut connections: Vec<_> = (0..count).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    for connection in &mut connections {
        connection.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        connection.write_all(request.as_bytes()).unwrap();
    }
    connections.iter_mut().map(Reply::read).collect()
}

/// `jeton` under a resource limit of `ulimit`.
pub fn jeton_with(limit: &str) -> Command {
    let mut command = without_settings(Command::new("sh"));
    command.args(["-c", &format!("ulimit {limit}; exec \"$0\" \"$@\""), env!("CARGO_BIN_EXE_jeton")]);
    command
}

/// Raises this process's limit of open files, which its servers inherit, to so many connections.
pub fn allow_connections(count: u64) {
    let limit = getrlimit(Resource::Nofile);
    // Beside this test others need files, too.
    let wanted = count + 1_000;
    if limit.current.is_some_and(|current| current < wanted) {
        setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limit })
            .unwrap_or_else(|error| panic!("this test needs {wanted} open files (ulimit -Hn): {error}"));
    }
}

#[test]
fn signatures_are_made_in_order_and_those_beyond_the_available_time_are_refused() {
    let server = Server::start_with(&["--signing-algorithm", "RS256"]);
    let (signed, opaque) = (jwt_user(&server, "signed"), server.user("opaque"));
    let mut count = 2_000;
    let replies = loop {
        allow_connections(count as u64);
        let replies = ask_at_once(&server, &signed, count);
        // A machine that signs all of them in a tenth of a second gets more requests.
        if replies.iter().any(|reply| reply.status != 200) || count > 10_000 {
            break replies;
        }
        count *= 2;
    };
    let refused: Vec<_> = replies.iter().filter(|reply| reply.status != 200).collect();
    assert!(!refused.is_empty(), "{count} signatures are more than a tenth of a second's");
    for reply in refused {
        reply.is_refused(503, "temporarily_unavailable");
        assert_eq!(reply.header("retry-after"), Some("1"));
        assert!(!reply.closed, "there is no need to connect again");
    }
    // Far fewer than may wait for any duration of a signature, even with one worker.
    assert!(replies.iter().take(128).all(|reply| reply.status == 200), "the first are made");
    assert_eq!(server.token(&signed).split('.').count(), 3, "one that is alone is made again");
    assert!(server.token(&opaque).starts_with("jeton_at_"));
}

#[test]
fn the_limit_of_open_files_is_raised_to_what_the_system_allows() {
    let parent = tempfile::tempdir().unwrap();
    let server = Server::start_by(jeton_with("-S -n 100"), &parent.path().join("data"), &[]);
    let connections: Vec<_> = (0..200).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    assert_eq!(server.request("GET", "/debug/ready", &[], b"").status, 200);
    drop(connections);
}

#[test]
fn a_limit_of_open_files_below_that_of_connections_is_logged() {
    let occupied = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = occupied.local_addr().unwrap().to_string();
    let parent = tempfile::tempdir().unwrap();
    // It exits immediately, because the address is in use.
    let mut command = jeton_with("-n 1000");
    command.args(["serve", "--listen", &taken, "--data-dir"]).arg(parent.path().join("data"));
    let said = String::from_utf8(command.output().unwrap().stderr).unwrap();
    assert!(said.contains("the limit of open files") && said.contains("1000"), "{said}");
}
