//! The choice of a transport, and the answers of servers that are not as expected.

use super::*;
use crate::profiles::Account;
use crate::testing::accounts;
use jeton_api::Operation;
use jeton_api::calls::user::ListUsers;
use jeton_server::operator::SOCKET_FILE;
use serde_json::json;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::thread::JoinHandle;
use zeroize::Zeroizing;

fn global(data_dir: &Path) -> Global {
    Global { data_dir: data_dir.to_owned(), server: None, profile: None, json: false }
}

/// Reads one request and answers it with these bytes; returns the request's head.
fn answer(stream: impl Read + Write, answer: &str) -> String {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0, "a whole head");
    }
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    reader.get_mut().write_all(answer.as_bytes()).unwrap();
    head
}

fn http(status: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

/// A server on the socket of this data directory that answers one request.
fn on_socket(data_dir: &Path, reply: String) -> JoinHandle<String> {
    let listener = UnixListener::bind(data_dir.join(SOCKET_FILE)).unwrap();
    std::thread::spawn(move || answer(listener.accept().unwrap().0, &reply))
}

/// The outcome of a call on a server behind the socket, which answers with these bytes.
fn over_socket(reply: String) -> (Result<Value, String>, String) {
    let directory = tempfile::tempdir().unwrap();
    let server = on_socket(directory.path(), reply);
    let mut socket = Socket::connect(directory.path()).unwrap().expect("a server");
    let called = socket.call("/a.B/C", &json!({ "x": 1 }));
    (called.map_err(|error| error.to_string()), server.join().unwrap())
}

/// The outcome of a call on a server over HTTP, which answers with these bytes in turn.
fn over_http(client_id: Option<&str>, replies: Vec<String>) -> (Result<Value, String>, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        replies.iter().map(|reply| answer(listener.accept().unwrap().0, reply)).collect()
    });
    let (client_id, secret) = (client_id.map(str::to_owned), Zeroizing::new("secret".to_owned()));
    let mut remote = Remote::new(Account { url, client_id, secret, ca_file: None });
    let called = remote.call("/a.B/C", &json!({}));
    (called.map_err(|error| error.to_string()), server.join().unwrap())
}

#[test]
fn a_call_over_the_socket_is_a_post_of_json_without_credentials() {
    let (called, head) = over_socket(http("200 OK", r#"{"y":2}"#));
    assert_eq!(called, Ok(json!({ "y": 2 })));
    assert!(head.starts_with("POST /a.B/C HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("content-type: application/json") && !head.contains("authorization"), "{head}");
}

#[test]
fn refusals_over_the_socket_are_the_servers_sentence() {
    let refused = |status, body| over_socket(http(status, body)).0.unwrap_err();
    assert_eq!(
        refused("404 Not Found", r#"{"code":"not_found","message":"there is no user x"}"#),
        "there is no user x"
    );
    for body in ["", "<html>", "{}", r#"{"message":1}"#] {
        assert_eq!(
            refused("400 Bad Request", body),
            "the server refused the command; is it another version?"
        );
    }
    assert_eq!(refused("200 OK", "<html>"), "the server's reply is not JSON; is it another version?");
}

#[test]
fn a_cut_answer_over_the_socket_is_no_success() {
    for cut in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}"] {
        let (called, _) = over_socket(cut.to_owned());
        assert!(called.unwrap_err().starts_with("the server did not answer: "), "{cut}");
    }
}

#[test]
fn without_a_listening_server_there_is_no_socket() {
    let directory = tempfile::tempdir().unwrap();
    assert!(Socket::connect(directory.path()).unwrap().is_none(), "no socket");
    assert!(Socket::connect(&directory.path().join("missing")).unwrap().is_none(), "no directory");
    drop(UnixListener::bind(directory.path().join(SOCKET_FILE)).unwrap());
    assert!(Socket::connect(directory.path()).unwrap().is_none(), "left behind by a server that is gone");
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert!(Socket::connect(&file).unwrap().is_none(), "the data directory is a file");
}

#[test]
fn a_remote_call_bears_the_token_of_the_account() {
    let (called, heads) = over_http(None, vec![http("200 OK", r#"{"y":2}"#)]);
    assert_eq!(called, Ok(json!({ "y": 2 })));
    assert!(heads[0].starts_with("POST /a.B/C HTTP/1.1\r\n"), "{}", heads[0]);
    assert!(heads[0].to_lowercase().contains("authorization: bearer secret\r\n"), "{}", heads[0]);
}

#[test]
fn client_credentials_are_traded_for_a_token_first() {
    let token = http("200 OK", r#"{"access_token":"traded","token_type":"Bearer"}"#);
    let (called, heads) = over_http(Some("a b"), vec![token, http("200 OK", "{}")]);
    assert_eq!(called, Ok(json!({})));
    assert!(heads[0].starts_with("POST /oauth/v2/token HTTP/1.1\r\n"), "{}", heads[0]);
    // a+b:secret
    assert!(heads[0].contains("Basic YStiOnNlY3JldA=="), "{}", heads[0]);
    assert!(heads[1].to_lowercase().contains("authorization: bearer traded\r\n"), "{}", heads[1]);
}

#[test]
fn refused_client_credentials_end_the_command_with_the_reason() {
    let refused = |status, body| over_http(Some("client"), vec![http(status, body)]).0.unwrap_err();
    let described =
        refused("401 Unauthorized", r#"{"error":"invalid_client","error_description":"wrong secret"}"#);
    assert!(described.starts_with("getting a token for client at http://127.0.0.1:"), "{described}");
    assert!(described.ends_with(": wrong secret"), "{described}");
    assert!(refused("400 Bad Request", r#"{"error":"invalid_scope"}"#).ends_with(": invalid_scope"));
    assert!(refused("502 Bad Gateway", "<html>").ends_with(": status 502"));
    assert!(refused("200 OK", "{}").ends_with(": status 200"), "a reply without a token");
}

#[test]
fn refusals_of_a_remote_server_are_its_sentence_or_its_status() {
    let refused = |status, body| over_http(None, vec![http(status, body)]).0.unwrap_err();
    assert_eq!(refused("403 Forbidden", r#"{"message":"it takes IAM_OWNER"}"#), "it takes IAM_OWNER");
    assert!(refused("500 Internal Server Error", "{}").ends_with("answered with status 500"));
    assert!(refused("302 Found", "{}").ends_with("answered with status 302"), "no redirect is followed");
    let html = refused("404 Not Found", "<html>");
    assert!(html.ends_with("answered with status 404 and no JSON; is it a Jeton server?"), "{html}");
}

#[test]
fn a_refused_connection_says_that_no_server_is_listening() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    for client_id in [None, Some("client".to_owned())] {
        let secret = Zeroizing::new("secret".to_owned());
        let account = Account { url: url.clone(), client_id, secret, ca_file: None };
        let refused = Remote::new(account).call("/x", &json!({})).unwrap_err().to_string();
        assert_eq!(refused, format!("no server is listening at {url}"));
    }
}

#[test]
fn an_answer_that_is_cut_or_too_large_is_no_success() {
    let endless = http("200 OK", &"x".repeat(16 * 1024 * 1024 + 1));
    let (called, _) = over_socket(endless.clone());
    assert_eq!(called.unwrap_err(), "the server did not answer: length limit exceeded");
    for lost in [endless, String::new(), "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}".to_owned()] {
        let (called, _) = over_http(None, vec![lost]);
        assert!(called.unwrap_err().starts_with("calling http://127.0.0.1:"));
    }
}

#[test]
fn a_remote_server_is_not_called_in_the_clear() {
    let secret = Zeroizing::new("secret".to_owned());
    let account = Account { url: "http://id.example.com".to_owned(), client_id: None, secret, ca_file: None };
    let refused = Remote::new(account).call("/x", &json!({})).unwrap_err().to_string();
    assert_eq!(refused, "http://id.example.com would send secrets in the clear; use https://");
}

#[test]
fn a_certificate_file_that_is_none_is_refused_before_anything_is_sent() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("ca.pem");
    let call = || {
        let secret = Zeroizing::new("secret".to_owned());
        let url = "https://127.0.0.1:1".to_owned();
        let account = Account { url, client_id: None, secret, ca_file: Some(file.clone()) };
        Remote::new(account).call("/x", &json!({})).unwrap_err().to_string()
    };
    assert!(call().starts_with("reading "), "{}", call());
    for wrong in ["", "no PEM", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"] {
        std::fs::write(&file, wrong).unwrap();
        assert!(call().ends_with("is no certificate in PEM"), "{wrong}");
    }
}

#[test]
fn a_missing_store_is_refused_with_advice_and_not_created() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    let (global, accounts) = (global(&data_dir), accounts(&[]));
    let mut nearest = Nearest::new(&global, &accounts, Reach::Anything);
    let refused = nearest.call(&ListUsers::path(), &json!({})).unwrap_err().to_string();
    assert!(refused.starts_with("there is no store in ") && refused.contains("--data-dir"), "{refused}");
    assert!(!data_dir.exists());
}

#[test]
fn a_store_is_created_once_by_commands_that_may() {
    let directory = tempfile::tempdir().unwrap();
    let (global, accounts) = (global(&directory.path().join("data")), accounts(&[]));
    let mut nearest = Nearest::new(&global, &accounts, Reach::Anything);
    assert_eq!(nearest.create_missing_store().ok(), Some(true));
    assert_eq!(nearest.create_missing_store().ok(), Some(false));
    let reply = nearest.call(&ListUsers::path(), &json!({})).unwrap();
    assert_eq!(reply["result"], json!([]), "the store answers itself");
}

#[test]
fn a_running_server_goes_before_the_store() {
    let directory = tempfile::tempdir().unwrap();
    let data_dir = directory.path().join("data");
    drop(Offline::open(&data_dir).unwrap());
    let (global, accounts) = (global(&data_dir), accounts(&[]));
    let mut on_server = Nearest::new(&global, &accounts, Reach::Server);
    let refused = on_server.call("/x", &json!({})).unwrap_err().to_string();
    assert!(refused.starts_with("no server runs on ") && refused.ends_with("jeton serve"), "{refused}");
    let server = on_socket(&data_dir, http("200 OK", r#"{"from":"server"}"#));
    let mut nearest = Nearest::new(&global, &accounts, Reach::Anything);
    assert_eq!(nearest.call("/x", &json!({})).unwrap(), json!({ "from": "server" }));
    server.join().unwrap();
}

#[test]
fn a_named_server_goes_before_everything_on_this_machine() {
    let directory = tempfile::tempdir().unwrap();
    let accounts = accounts(&[("JETON_TOKEN", Path::new("token")), ("HOME", directory.path())]);
    let mut global = global(&directory.path().join("data"));
    global.server = Some("http://id.example.com".to_owned());
    for reach in [Reach::Anything, Reach::Server] {
        let refused = Nearest::new(&global, &accounts, reach).call("/x", &json!({})).unwrap_err().to_string();
        assert!(refused.contains("in the clear"), "{refused}");
    }
    let mut nearest = Nearest::new(&global, &accounts, Reach::Anything);
    assert_eq!(nearest.create_missing_store().ok(), Some(false), "no store is made for a remote server");
    assert!(!directory.path().join("data").exists());
}

#[test]
fn a_refusal_of_the_store_itself_is_the_same_sentence() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = Offline::open(&directory.path().join("data")).unwrap();
    let mut refused = |path: &str, request: Value| store.call(path, &request).unwrap_err().to_string();
    assert_eq!(refused("/a.B/C", json!({})), "there is no call /a.B/C; is it another version?");
    let unknown = refused("/zitadel.user.v2.UserService/GetUserByID", json!({ "userId": "nobody" }));
    assert_eq!(unknown, "there is no user nobody");
}
