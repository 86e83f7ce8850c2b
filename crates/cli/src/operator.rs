//! Calls of the management API: on a remote server if one is named, over the operator's socket while a
//! local server runs, else on the store itself.

use crate::CliError;
use crate::args::Global;
use crate::limits::FIRST_START_PATIENCE;
use crate::remote;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use jeton_oauth::metadata::Issuer;
use jeton_server::app::{App, Worker};
use jeton_server::config::Config;
use jeton_server::limits::{STORE_PATIENCE, STORE_PAUSE};
use jeton_server::operator::SOCKET_FILE;
use jeton_server::run::{self, StartError};
use serde_json::Value;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use tokio::net::UnixStream;

/// Maximum bytes of a reply; a page of a thousand users has half a megabyte.
const REPLY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Performs one management call and prints its reply, as JSON with `--json`, else through `say`.
pub(crate) fn perform(
    global: &Global,
    path: &str,
    request: &Value,
    say: impl FnOnce(&Value) -> Result<(), CliError>,
) -> Result<(), CliError> {
    show(global, &call(global, path, request)?, say)
}

/// Like [`perform`], for calls that only a running server can answer.
pub(crate) fn perform_on_server(
    global: &Global,
    path: &str,
    request: &Value,
    say: impl FnOnce(&Value) -> Result<(), CliError>,
) -> Result<(), CliError> {
    show(global, &ask_server(global, path, request)?, say)
}

fn show(
    global: &Global,
    reply: &Value,
    say: impl FnOnce(&Value) -> Result<(), CliError>,
) -> Result<(), CliError> {
    if global.json { crate::output::json(reply) } else { say(reply) }
}

/// Performs one management call and returns its reply.
pub(crate) fn call(global: &Global, path: &str, request: &Value) -> Result<Value, CliError> {
    if let Some(remote) = remote::chosen(global)? {
        return remote::call(&remote, path, request);
    }
    runtime()?.block_on(async {
        let body = request.to_string().into_bytes();
        let reply = call_anywhere(&global.data_dir, path, body).await?;
        serde_json::from_slice(&reply)
            .map_err(|_| CliError::new("the server's reply is not JSON; is it another version?"))
    })
}

/// A runtime for one command.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::new(format!("starting: {error}")))
}

/// Performs a call that only a running server can answer on the server of this data directory.
pub(crate) fn ask_server(global: &Global, path: &str, request: &Value) -> Result<Value, CliError> {
    if let Some(remote) = remote::chosen(global)? {
        return remote::call(&remote, path, request);
    }
    runtime()?.block_on(async {
        let Some(stream) = connect(&global.data_dir).await? else {
            let data_dir = global.data_dir.display();
            return Err(CliError::new(format!("no server runs on {data_dir}; start one with jeton serve")));
        };
        let reply = call_server(stream, path, request.to_string().into_bytes()).await?;
        serde_json::from_slice(&reply)
            .map_err(|_| CliError::new("the server's reply is not JSON; is it another version?"))
    })
}

async fn call_anywhere(data_dir: &Path, path: &str, body: Vec<u8>) -> Result<Bytes, CliError> {
    let begun = Instant::now();
    loop {
        if let Some(stream) = connect(data_dir).await? {
            return call_server(stream, path, body).await;
        }
        // A server that was started a moment ago first creates the store, and then listens.
        if !run::has_store(data_dir) && begun.elapsed() < FIRST_START_PATIENCE {
            tokio::time::sleep(STORE_PAUSE).await;
            continue;
        }
        expect_store(data_dir)?;
        match open_store(data_dir) {
            Ok(app) => return call_store(app, path, &body).await,
            // A server that starts or stops holds the store, or another command does.
            Err(StartError::Store(run::OpenError::InUse(_))) if begun.elapsed() < STORE_PATIENCE => {
                tokio::time::sleep(STORE_PAUSE).await;
            }
            Err(error) => return Err(CliError::new(error.to_string())),
        }
    }
}

/// A connection to the running server's socket, if a server accepts it.
async fn connect(data_dir: &Path) -> Result<Option<UnixStream>, CliError> {
    let socket = data_dir.join(SOCKET_FILE);
    match UnixStream::connect(&socket).await {
        Ok(stream) => Ok(Some(stream)),
        Err(error) if is_nobody_there(error.kind()) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(CliError::new(format!(
            "{} belongs to another user; run this command as the user that runs the server",
            socket.display()
        ))),
        Err(error) => Err(CliError::new(format!("connecting to {}: {error}", socket.display()))),
    }
}

/// True if there is no socket, no server behind it, or no data directory. Opening the store gives the
/// better error.
fn is_nobody_there(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused | io::ErrorKind::NotADirectory)
}

async fn call_server(stream: UnixStream, path: &str, body: Vec<u8>) -> Result<Bytes, CliError> {
    let lost = |error: &dyn std::fmt::Display| CliError::new(format!("the server did not answer: {error}"));
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| lost(&error))?;
    tokio::spawn(connection);
    let request = Request::post(path)
        .header("host", "jeton")
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| lost(&error))?;
    let response = sender.send_request(request).await.map_err(|error| lost(&error))?;
    let status = response.status();
    let reply =
        Limited::new(response.into_body(), REPLY_BYTES_MAX).collect().await.map_err(|error| lost(&error))?;
    let reply = reply.to_bytes();
    if status == StatusCode::OK { Ok(reply) } else { Err(refusal(&reply)) }
}

fn refusal(reply: &[u8]) -> CliError {
    let reply: Value = serde_json::from_slice(reply).unwrap_or_default();
    let sentence = reply.get("message").and_then(Value::as_str);
    CliError::new(sentence.unwrap_or("the server refused the command; is it another version?"))
}

/// Creates the store of a data directory that has none, for commands that may set up an instance.
pub(crate) fn begin(global: &Global) -> Result<(), CliError> {
    let data_dir = &global.data_dir;
    if remote::chosen(global)?.is_some() || run::has_store(data_dir) {
        return Ok(());
    }
    match open_store(data_dir) {
        Ok(_) => crate::output::remark(&format!("jeton: created a new store in {}", data_dir.display())),
        // A server or another command has created it in between.
        Err(StartError::Store(run::OpenError::InUse(_))) => {}
        Err(error) => return Err(CliError::new(error.to_string())),
    }
    Ok(())
}

/// Refuses a data directory without a store, which is more often mistyped than new.
pub(crate) fn expect_store(data_dir: &Path) -> Result<(), CliError> {
    if run::has_store(data_dir) {
        return Ok(());
    }
    Err(CliError::new(format!(
        "there is no store in {}; name the data directory of the server with --data-dir or JETON_DATA_DIR, or make \
         a new store with jeton serve, jeton admin create or jeton user import",
        data_dir.display()
    )))
}

fn open_store(data_dir: &Path) -> Result<Arc<App>, StartError> {
    let config = Config::local(data_dir);
    // No token is rendered here, so no issuer is ever shown.
    let issuer = Issuer::parse("http://localhost")?;
    Ok(Arc::new(App::new(run::open(&config)?, config, issuer)))
}

async fn call_store(app: Arc<App>, path: &str, body: &[u8]) -> Result<Bytes, CliError> {
    let worker = Worker::new(app).map_err(|error| CliError::new(error.to_string()))?;
    match call_locally(worker, path, body).await {
        Ok(reply) => Ok(Bytes::from(reply)),
        Err(error) => Err(CliError::new(error.message)),
    }
}

/// Performs a call in this process; the worker runs for the duration of the call.
pub(crate) async fn call_locally(
    worker: Arc<Worker>,
    path: &str,
    body: &[u8],
) -> Result<Vec<u8>, jeton_management::ApiError> {
    let running = tokio::spawn(Arc::clone(&worker).run());
    let reply = worker.management.call(path, body).await;
    running.abort();
    reply
}
