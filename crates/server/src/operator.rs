//! The operator's socket: the management API for every process that may open a file of the server's user.
//!
//! It is in the data directory (0700) with mode 0600. The ability to connect is the proof of authority; there
//! is no credential.

use crate::connection::Http;
use crate::connections::Connections;
use crate::console::Console;
use crate::counters::Meter;
use crate::exchange::Handler;
use crate::http_api::refuse;
use crate::response::{self, Response};
use hyper::StatusCode;
use jeton_management::Protocol;
use jeton_store::Store;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use tokio::net::{UnixListener, UnixStream};

/// Name of the socket inside the data directory.
pub const SOCKET_FILE: &str = "jeton.sock";

/// Creates the socket. The holder of the store's lock owns the directory, so an existing socket was left
/// behind by a server that is gone.
///
/// # Errors
/// The socket can't be created, for instance because the path is too long for a socket (107 bytes).
pub fn bind(data_dir: &Path) -> io::Result<UnixListener> {
    let path = data_dir.join(SOCKET_FILE);
    match std::fs::remove_file(&path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let listener = UnixListener::bind(&path)?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// True if a server answers on the socket of this directory.
pub fn is_served(data_dir: &Path) -> bool {
    std::os::unix::net::UnixStream::connect(data_dir.join(SOCKET_FILE)).is_ok()
}

/// Serves the socket until it is cancelled.
pub async fn serve<H>(listener: UnixListener, connections: Arc<Connections>, handler: H)
where
    H: Handler + Clone + Send + Unpin + 'static,
    H::Answering: 'static,
{
    let http = Arc::new(Http::default());
    while let Some(place) = connections.place().await {
        let stream: UnixStream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "accepting on the operator's socket failed");
                tokio::time::sleep(crate::limits::ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Some(seat) = connections.open(place, IpAddr::V4(Ipv4Addr::LOCALHOST)) else { continue };
        let (http, handler) = (Arc::clone(&http), handler.clone());
        tokio::spawn(async move { http.serve(stream, seat, handler).await });
    }
}

/// A link that signs in to the console, once.
pub(crate) fn sign_in_link(console: &Console) -> Response {
    match console.link() {
        Ok((url, seconds)) => {
            let reply = serde_json::json!({ "url": url.as_str(), "expiresInSeconds": seconds });
            response::json(StatusCode::OK, reply.to_string())
        }
        Err(error) => refuse(Protocol::Connect, &error.into()),
    }
}

/// Counters for measurements and inspection.
pub(crate) fn statistics(store: &Store, meter: &Meter, connections: &Connections) -> Response {
    let counted = store.statistics();
    let counters = serde_json::json!({
        "commits": counted.commits,
        "commands": counted.commands,
        "tokensIssued": meter.total().issued,
        "waiting": counted.waiting,
        "unexpiredTokens": meter.unexpired(store.moment().careful),
        "connections": connections.count(),
        "connectionBytes": connections.held(),
    });
    response::json(StatusCode::OK, counters.to_string())
}
