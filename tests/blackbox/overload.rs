//! More to do than there is time for.

use crate::harness::{Credentials, Reply, Server};
use crate::jwt::jwt_user;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io::Write;
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

/// As many requests for tokens at once, each on a connection of its own.
fn ask_at_once(server: &Server, client: &Credentials, count: usize) -> Vec<Reply> {
    let form = "grant_type=client_credentials&scope=profile";
    let request = format!(
        "POST /oauth/v2/token HTTP/1.1\r\nhost: {}\r\nauthorization: {}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{form}",
        server.address,
        client.basic(),
        form.len()
    );
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).unwrap();
    let mut connections: Vec<_> = (0..count).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    for connection in &mut connections {
        connection.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        connection.write_all(request.as_bytes()).unwrap();
    }
    connections.iter_mut().map(Reply::read).collect()
}

#[test]
fn of_more_signatures_than_there_is_time_for_the_last_are_refused_and_the_first_are_made() {
    let server = Server::start_with(&["--signing-algorithm", "RS256"]);
    let (signed, opaque) = (jwt_user(&server, "signed"), server.user("opaque"));
    let replies = ask_at_once(&server, &signed, 2_000);
    let (made, refused): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
    for reply in &refused {
        reply.is_refused(503, "temporarily_unavailable");
        assert_eq!(reply.header("retry-after"), Some("1"));
        assert!(!reply.closed, "there is no need to connect again");
    }
    assert!(!refused.is_empty(), "2,000 signatures are more than a tenth of a second's");
    assert!(made.len() >= 256, "{} were made", made.len());
    assert_eq!(server.token(&signed).split('.').count(), 3, "one that is alone is made again");
    assert!(server.token(&opaque).starts_with("jeton_at_"));
}

#[test]
fn the_limit_of_open_files_is_raised_to_what_the_system_allows() {
    let parent = tempfile::tempdir().unwrap();
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -S -n 100; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_jeton")]);
    let server = Server::start_by(command, &parent.path().join("data"), &[]);
    let connections: Vec<_> = (0..200).map(|_| TcpStream::connect(server.address).unwrap()).collect();
    assert_eq!(server.request("GET", "/debug/ready", &[], b"").status, 200);
    drop(connections);
}
