//! A worker: one thread, one single-threaded runtime, and its connections.
//!
//! A connection stays on its worker from accept to close, so its state is warm in one core's cache and no
//! request crosses threads except to the store's writer and back.

use crate::connection::Http;
use crate::dispatch::{self, Dispatcher, Door};
use crate::listener::Accepted;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;

/// A running worker. It ends when its sender is dropped and its connections are given up.
#[derive(Debug)]
pub struct Handle {
    /// The channel for new connections.
    pub connections: UnboundedSender<Accepted>,
    /// The thread.
    pub thread: JoinHandle<()>,
}

/// Starts a worker, which gives its connections up when the sender of `kept` is dropped.
///
/// # Errors
/// The thread or its runtime can't be started.
pub fn start(index: usize, worker: Arc<Dispatcher>, kept: watch::Receiver<()>) -> io::Result<Handle> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let (connections, incoming) = unbounded_channel();
    let thread = std::thread::Builder::new()
        .name(format!("jeton-worker-{index}"))
        .spawn(move || runtime.block_on(serve(worker, incoming, kept)))?;
    Ok(Handle { connections, thread })
}

async fn serve(
    worker: Arc<Dispatcher>,
    mut incoming: UnboundedReceiver<Accepted>,
    mut kept: watch::Receiver<()>,
) {
    let running = tokio::spawn(Arc::clone(&worker).run());
    let http = Arc::new(Http::default());
    while let Some(Accepted { stream, peer, seat }) = incoming.recv().await {
        let stream = match TcpStream::from_std(stream) {
            Ok(stream) => stream,
            Err(error) => {
                tracing::debug!(%error, "connection lost");
                continue;
            }
        };
        let (http, worker) = (Arc::clone(&http), Arc::clone(&worker));
        let handler = move |request| dispatch::answer(Arc::clone(&worker), Door::Public(peer), request);
        tokio::spawn(async move { http.serve(stream, seat, handler).await });
    }
    // It can only fail, and does so once the sender is dropped.
    let _ = kept.changed().await;
    running.abort();
}
