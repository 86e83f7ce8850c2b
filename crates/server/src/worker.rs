//! A worker: one thread, one single-threaded runtime, the connections it was given.
//!
//! A connection stays on its worker from accept to close, so its state is warm in one core's cache
//! and no request crosses threads except to the store's writer and back.

use crate::app::Worker;
use crate::connection::Http;
use crate::limits::DRAIN_TIMEOUT;
use crate::listener::Accepted;
use crate::route;
use hyper::service::service_fn;
use hyper_util::server::graceful::GracefulShutdown;
use std::io;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// A running worker. It finishes what it has when the sender is dropped.
#[derive(Debug)]
pub struct Handle {
    /// Where its connections come in.
    pub connections: UnboundedSender<Accepted>,
    /// Its thread.
    pub thread: JoinHandle<()>,
}

/// Starts a worker.
///
/// # Errors
/// When the thread or its runtime can't be had.
pub fn start(index: usize, worker: Arc<Worker>) -> io::Result<Handle> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let (connections, incoming) = unbounded_channel();
    let thread = std::thread::Builder::new()
        .name(format!("jeton-worker-{index}"))
        .spawn(move || runtime.block_on(serve(worker, incoming)))?;
    Ok(Handle { connections, thread })
}

async fn serve(worker: Arc<Worker>, mut incoming: UnboundedReceiver<Accepted>) {
    let running = tokio::spawn(Arc::clone(&worker).run());
    let http = Arc::new(Http::default());
    let shutdown = Arc::new(GracefulShutdown::new());
    while let Some(Accepted { stream, peer, place }) = incoming.recv().await {
        let stream = match TcpStream::from_std(stream) {
            Ok(stream) => stream,
            Err(error) => {
                tracing::debug!(%error, "connection lost");
                continue;
            }
        };
        let (http, stop) = (Arc::clone(&http), Arc::downgrade(&shutdown));
        let worker = Arc::clone(&worker);
        let service = service_fn(move |request| route::answer(Arc::clone(&worker), peer, request));
        tokio::spawn(async move {
            http.serve(stream, service, &stop).await;
            drop(place);
        });
    }
    let shutdown = Arc::into_inner(shutdown).expect("connections hold it weakly, on this thread");
    if tokio::time::timeout(DRAIN_TIMEOUT, shutdown.shutdown()).await.is_err() {
        tracing::warn!("some requests did not finish in time and were cut off");
    }
    running.abort();
}
