//! A separate server for each test, and a client that sends exactly the given bytes. Where tests run on a
//! cluster, it is two nodes, and each request goes to another one than the request before.

mod cluster;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cluster::Cluster;
use jeton_load::process;
pub use jeton_load::process::{free_address, without_settings};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// The program under test.
pub fn jeton() -> Command {
    without_settings(Command::new(env!("CARGO_BIN_EXE_jeton")))
}

/// A running server. Killed when the test ends.
pub struct Server {
    process: process::Server,
    pub address: SocketAddr,
    pub data_dir: PathBuf,
    other: Option<OtherNode>,
    _parent: Option<TempDir>,
}

/// The second node of a server that is a cluster.
struct OtherNode {
    process: process::Server,
    cluster: Cluster,
    /// True if the next request is this node's.
    is_next: AtomicBool,
}

/// A client id and its secret.
#[derive(Clone)]
pub struct Credentials {
    pub id: String,
    pub secret: String,
}

impl Credentials {
    pub fn basic(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", self.id, self.secret)))
    }
}

impl Server {
    /// A server on a new data directory.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// A server on a new data directory, with more arguments for `serve`.
    pub fn start_with(arguments: &[&str]) -> Self {
        let parent = tempfile::tempdir().unwrap();
        let mut server = Self::start_on(&parent.path().join("data"), arguments);
        server._parent = Some(parent);
        server
    }

    /// A server on this data directory.
    pub fn start_on(data_dir: &Path, arguments: &[&str]) -> Self {
        Self::start_by(jeton(), data_dir, arguments)
    }

    /// A server on this data directory, started by a command that runs `jeton` with its arguments.
    pub fn start_by(command: Command, data_dir: &Path, arguments: &[&str]) -> Self {
        let (process, other) = match Cluster::of(data_dir) {
            None => (process::Server::announced(serving(command, data_dir, arguments)).unwrap(), None),
            Some(cluster) => {
                let [first, process] = cluster.start(&command, arguments);
                (first, Some(OtherNode { process, cluster, is_next: AtomicBool::new(false) }))
            }
        };
        let address = process.address;
        Self { process, address, data_dir: data_dir.to_owned(), other, _parent: None }
    }

    /// The node of the next request: its address and data directory.
    fn next_node(&self) -> (SocketAddr, &Path) {
        match &self.other {
            Some(other) if other.is_next.fetch_not(Ordering::Relaxed) => {
                (other.process.address, &other.cluster.second)
            }
            Some(_) | None => (self.address, &self.data_dir),
        }
    }

    /// A new connection to the node of the next request.
    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(self.next_node().0).unwrap()
    }

    /// A new connection to the operator's socket of the node of the next request.
    fn connect_as_operator(&self) -> UnixStream {
        UnixStream::connect(self.next_node().1.join("jeton.sock")).unwrap()
    }

    /// Runs `jeton` on the server's data directory; it must succeed and print JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.cli(arguments, true);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Runs `jeton` on the server's data directory.
    pub fn cli(&self, arguments: &[&str], json: bool) -> Output {
        let mut command = jeton();
        command.arg("--data-dir").arg(self.next_node().1).stdin(Stdio::null());
        if json {
            command.arg("--json");
        }
        command.args(arguments).output().unwrap()
    }

    /// A service user with a secret.
    pub fn user(&self, name: &str) -> Credentials {
        self.json(&["user", "create", name, "--name", &format!("User {name}")]);
        self.secret(name)
    }

    /// Adds a secret to a service user.
    pub fn secret(&self, name: &str) -> Credentials {
        let made = self.json(&["secret", "generate", name]);
        Credentials { id: text(&made, "/clientId"), secret: text(&made, "/clientSecret") }
    }

    /// An API of the default project.
    pub fn api(&self) -> Credentials {
        let made = self.json(&["api", "create", "An API"]);
        Credentials {
            id: text(&made, "/apiConfiguration/clientId"),
            secret: text(&made, "/apiConfiguration/clientSecret"),
        }
    }

    /// Posts a form with a client's Basic credentials.
    pub fn post(&self, path: &str, client: &Credentials, form: &str) -> Reply {
        self.post_with(path, &[("authorization", &client.basic())], form)
    }

    /// Posts a form with these headers.
    pub fn post_with(&self, path: &str, headers: &[(&str, &str)], form: &str) -> Reply {
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.request("POST", path, &all, form.as_bytes())
    }

    /// Sends one request.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", self.address);
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(body);
        self.raw(&bytes)
    }

    /// Sends these bytes on a new connection and reads one answer.
    pub fn raw(&self, bytes: &[u8]) -> Reply {
        let mut stream = self.connect();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        // The server may refuse and close before it has read everything.
        let _ = stream.write_all(bytes);
        Reply::read(&mut stream)
    }

    /// Performs a management call on the operator's socket.
    pub fn management(&self, path: &str, body: &str) -> Reply {
        let mut stream = self.connect_as_operator();
        // The server may refuse and close before it has read everything.
        let _ = write!(
            stream,
            "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        Reply::read(&mut stream)
    }

    /// Performs a management call as the bearer of a token.
    pub fn call_as(&self, token: &str, path: &str, request: &Value) -> Reply {
        self.send_as(token, "POST", path, &[], &request.to_string())
    }

    /// Performs a REST call with a verb and more headers as the bearer of a token.
    pub fn send_as(
        &self,
        token: &str,
        verb: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let bearer = format!("Bearer {token}");
        let mut all = vec![("authorization", bearer.as_str())];
        if !body.is_empty() {
            all.push(("content-type", "application/json"));
        }
        all.extend_from_slice(headers);
        self.request(verb, path, &all, body.as_bytes())
    }

    /// Counters of the running server, from the operator's socket.
    pub fn stats(&self) -> Value {
        let mut stream = self.connect_as_operator();
        write!(stream, "GET /debug/stats HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
        Reply::read(&mut stream).json()
    }

    /// The first administrator's personal access token.
    pub fn owner(&self) -> String {
        text(&self.json(&["admin", "create", "owner"]), "/token")
    }

    /// A service user with administrator roles, and its personal access token.
    pub fn administrator(&self, name: &str, arguments: &[&str]) -> String {
        self.json(&["user", "create", name]);
        self.json(&[&["admin", "add", name], arguments].concat());
        text(&self.json(&["pat", "create", name, "--expires", "1d"]), "/token")
    }

    /// A token for a client with the scopes of the guide.
    pub fn token(&self, client: &Credentials) -> String {
        self.token_with(client, "openid profile")
    }

    /// A token for a client with these scopes.
    pub fn token_with(&self, client: &Credentials, scope: &str) -> String {
        let scope = scope.replace(' ', "+");
        let reply =
            self.post("/oauth/v2/token", client, &format!("grant_type=client_credentials&scope={scope}"));
        assert_eq!(reply.status, 200, "{}", reply.text());
        text(&reply.json(), "/access_token")
    }

    /// The answer of introspection to an API.
    pub fn introspect(&self, api: &Credentials, token: &str) -> Value {
        let reply = self.post("/oauth/v2/introspect", api, &format!("token={token}"));
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    }

    /// True if a token is active for an API.
    pub fn is_active(&self, api: &Credentials, token: &str) -> bool {
        self.introspect(api, token)["active"].as_bool().unwrap()
    }

    pub fn pid(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_raw(i32::try_from(self.process.id()).unwrap()).unwrap()
    }

    /// Takes over the temporary directory of an earlier server.
    pub fn keeping(mut self, mut earlier: Self) -> Self {
        self._parent = earlier._parent.take();
        self
    }

    /// Stops the server with SIGTERM and returns its exit status.
    pub fn terminate(&mut self) -> ExitStatus {
        self.process.terminate();
        if let Some(other) = &mut self.other {
            other.process.terminate();
        }
        self.wait()
    }

    /// Waits for the end of the server and returns its exit status.
    pub fn wait(&mut self) -> ExitStatus {
        self.wait_for(Duration::from_secs(20))
    }

    /// Waits for the end of the server, at most for the timeout.
    pub fn wait_for(&mut self, timeout: Duration) -> ExitStatus {
        let status = self.process.wait(timeout).unwrap().expect("the server stops");
        let other = self.other.as_mut().filter(|_| status.success());
        other.map_or(status, |other| other.process.wait(timeout).unwrap().expect("the other node stops"))
    }

    /// Stops the server and starts another one on the same directory and address.
    pub fn restarted(mut self) -> Self {
        self.kill();
        let address = self.address.to_string();
        Self::start_on(&self.data_dir.clone(), &["--listen", &address]).keeping(self)
    }

    /// Kills the server, the closest a process gets to a power cut.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        if let Some(other) = &mut self.other {
            other.process.kill().unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        if let Some(other) = &mut self.other {
            let _ = other.process.kill();
            // Without its directory no server starts on it again.
            if self._parent.is_some() {
                other.cluster.remove();
            }
        }
    }
}

/// The command that serves a data directory.
fn serving(mut command: Command, data_dir: &Path, arguments: &[&str]) -> Command {
    if !command.get_envs().any(|(name, _)| name == "JETON_LOG") {
        command.env("JETON_LOG", "warn");
    }
    command
        .arg("serve")
        .args(["--workers", "2", "--data-dir"])
        .arg(data_dir)
        .args(arguments)
        .env("JETON_LISTEN", "127.0.0.1:0")
        // Fast to generate; RSA takes a second in a debug build.
        .env("JETON_SIGNING_ALGORITHM", "EdDSA")
        // There is no load balancer.
        .env("JETON_SHUTDOWN_DELAY", "0s");
    command
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    /// Headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// True if the server closed the connection after the answer.
    pub closed: bool,
}

impl Reply {
    /// Reads one answer. Its body ends at its length or with the connection.
    pub fn read(stream: &mut impl Read) -> Self {
        let mut reader = BufReader::new(stream);
        let mut status_line = String::new();
        reader.read_line(&mut status_line).unwrap();
        let status = status_line.split(' ').nth(1).unwrap_or_else(|| panic!("no answer")).parse().unwrap();
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length: usize = length.map_or(0, |(_, length)| length.parse().unwrap());
        let closed = headers.iter().any(|(name, value)| name == "connection" && value == "close");
        let mut body = vec![0; if status == 204 { 0 } else { length }];
        if let Err(error) = reader.read_exact(&mut body) {
            // An answer to HEAD announces a length and sends nothing.
            assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
            body.clear();
        }
        Self { status, headers, body, closed }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    /// The `error` member.
    pub fn error(&self) -> String {
        text(&self.json(), "/error")
    }

    /// Asserts this refusal, in the form of RFC 6749 §5.2.
    #[track_caller]
    pub fn is_refused(&self, status: u16, error: &str) {
        assert_eq!((self.status, self.error().as_str()), (status, error), "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/json"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        assert_eq!(self.header("pragma"), Some("no-cache"));
        let expected = (status == 401).then_some("Basic realm=\"jeton\"");
        assert_eq!(self.header("www-authenticate"), expected);
    }
}

/// Asserts a refusal of the management API over Connect with this status and code, and a sentence.
#[track_caller]
pub fn refused(reply: &Reply, status: u16, code: &str) {
    assert_eq!((reply.status, text(&reply.json(), "/code").as_str()), (status, code), "{}", reply.text());
    assert!(!text(&reply.json(), "/message").is_empty());
    let challenge = (status == 401).then_some("Bearer realm=\"jeton\"");
    assert_eq!(reply.header("www-authenticate"), challenge);
}

/// A member of a reply that must be text.
#[track_caller]
pub fn text(value: &Value, pointer: &str) -> String {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no {pointer} in {value}"))
        .to_owned()
}

/// The whole standard error of a run that must fail, which must be one sentence.
#[track_caller]
pub fn failure(output: &Output) -> String {
    let stderr = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.starts_with("jeton: ") && stderr.trim_end().lines().count() == 1, "{stderr}");
    stderr
}
