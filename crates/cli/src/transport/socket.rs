//! The operator's socket of a running server.

use super::call::{REPLY_BYTES_MAX, Transport, is_not_listening, parse, runtime};
use crate::CliError;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use jeton_server::operator::SOCKET_FILE;
use serde_json::Value;
use std::fmt::Display;
use std::io;
use std::path::Path;
use tokio::net::UnixStream;
use tokio::runtime::Runtime;

/// A connection to the socket.
pub(crate) struct Socket {
    runtime: Runtime,
    sender: SendRequest<Full<Bytes>>,
}

impl Socket {
    /// A connection to the server on this data directory; `None` if no server runs there.
    pub(crate) fn connect(data_dir: &Path) -> Result<Option<Self>, CliError> {
        let path = data_dir.join(SOCKET_FILE);
        let runtime = runtime()?;
        let stream = match runtime.block_on(UnixStream::connect(&path)) {
            Ok(stream) => stream,
            // Opening the store gives the better error.
            Err(error) if is_not_listening(&error) => return Ok(None),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(CliError::new(format!(
                    "{} belongs to another user; run this command as the user that runs the server",
                    path.display()
                )));
            }
            Err(error) => return Err(CliError::new(format!("connecting to {}: {error}", path.display()))),
        };
        let sender = runtime.block_on(async {
            let (sender, connection) =
                handshake(TokioIo::new(stream)).await.map_err(|error| unanswered(&error))?;
            tokio::spawn(connection);
            Ok::<_, CliError>(sender)
        })?;
        Ok(Some(Self { runtime, sender }))
    }
}

impl Transport for Socket {
    fn call(&mut self, path: &str, request: &Value) -> Result<Value, CliError> {
        let request = Request::post(path)
            .header("host", "jeton")
            .header("content-type", "application/json")
            .body(Full::from(request.to_string()))
            .map_err(|error| unanswered(&error))?;
        self.runtime.block_on(async {
            let response = self.sender.send_request(request).await.map_err(|error| unanswered(&error))?;
            let status = response.status();
            let reply = Limited::new(response.into_body(), REPLY_BYTES_MAX).collect().await;
            let reply = reply.map_err(|error| unanswered(&*error))?.to_bytes();
            if status == StatusCode::OK { parse(&reply) } else { Err(refusal(&reply)) }
        })
    }
}

fn unanswered(error: &(impl Display + ?Sized)) -> CliError {
    CliError::new(format!("the server did not answer: {error}"))
}

fn refusal(reply: &[u8]) -> CliError {
    let reply: Value = serde_json::from_slice(reply).unwrap_or_default();
    let sentence = reply.get("message").and_then(Value::as_str);
    CliError::new(sentence.unwrap_or("the server refused the command; is it another version?"))
}
