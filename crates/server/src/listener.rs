//! Accepting connections and giving each to a worker.
//!
//! One task accepts and hands out in turn, so connections spread evenly over the workers however
//! few they are; with a listening socket per worker the kernel spreads them by hash.

use crate::failures::Source;
use crate::limits::{
    ACCEPT_BACKLOG, ACCEPT_PAUSE, CONNECTIONS_MAX, CONNECTIONS_PER_SOURCE_MAX, DESCRIPTORS_KEPT,
};
use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// An accepted connection on its way to a worker.
#[derive(Debug)]
pub struct Accepted {
    /// The socket, registered with no runtime yet.
    pub stream: std::net::TcpStream,
    /// The peer's address.
    pub peer: IpAddr,
    /// Its place among the open connections; given back when the connection ends.
    pub place: Place,
}

/// A place among the open connections.
#[derive(Debug)]
pub struct Place {
    _of_all: OwnedSemaphorePermit,
    source: Option<(Source, Arc<Sources>)>,
}

/// Open connections by source.
#[derive(Debug, Default)]
struct Sources(Mutex<HashMap<Source, usize>>);

impl Drop for Place {
    fn drop(&mut self) {
        let Some((source, sources)) = self.source.take() else { return };
        let mut open = sources.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&source) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&source);
            }
        }
    }
}

/// Takes an address to listen on.
///
/// # Errors
/// When the address is in use or not ours.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // So that a restart does not wait for the old connections' sockets to be forgotten.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(ACCEPT_BACKLOG)
}

/// Accepts until it is cancelled.
pub async fn accept(listener: TcpListener, workers: Vec<UnboundedSender<Accepted>>) {
    accept_at_most(connections_max(), listener, workers).await;
}

/// Connections that may be open: as many as fit beside what else needs descriptors, such as the store's files and the
/// operator's socket, which is needed most when they run out.
pub fn connections_max() -> usize {
    let open_files = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let open_files = open_files.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    connections_beside(open_files)
}

/// Of few descriptors half are for connections.
fn connections_beside(open_files: usize) -> usize {
    open_files.saturating_sub(DESCRIPTORS_KEPT).max(open_files / 2).clamp(1, CONNECTIONS_MAX)
}

async fn accept_at_most(open_max: usize, listener: TcpListener, workers: Vec<UnboundedSender<Accepted>>) {
    let places = Arc::new(Semaphore::new(open_max));
    let sources = Arc::new(Sources::default());
    for worker in workers.iter().cycle() {
        let Ok(permit) = Arc::clone(&places).acquire_owned().await else { return };
        let (stream, peer) = accept_one(&listener).await;
        let Some(place) = place(permit, &sources, peer.ip()) else {
            tracing::debug!(%peer, "too many connections of one source");
            continue;
        };
        match stream.into_std() {
            Ok(stream) => {
                // A worker that is gone has been told to stop, and so will we be.
                let _ = worker.send(Accepted { stream, peer: peer.ip(), place });
            }
            Err(error) => tracing::debug!(%error, "connection lost"),
        }
    }
}

async fn accept_one(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Answers are small and written whole; nothing is gained by waiting for more.
                if stream.set_nodelay(true).is_ok() {
                    return (stream, peer);
                }
            }
            Err(error) if is_of_peer(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "accepting connections failed; trying again");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// The peer went away before it was accepted; any other failure is ours (descriptors, memory).
fn is_of_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

fn place(of_all: OwnedSemaphorePermit, sources: &Arc<Sources>, peer: IpAddr) -> Option<Place> {
    let source = Source::of(peer);
    if peer.to_canonical().is_loopback() {
        return Some(Place { _of_all: of_all, source: None });
    }
    let mut open = sources.0.lock().unwrap_or_else(PoisonError::into_inner);
    let count = open.entry(source).or_insert(0);
    if *count >= CONNECTIONS_PER_SOURCE_MAX {
        return None;
    }
    *count = count.saturating_add(1);
    drop(open);
    Some(Place { _of_all: of_all, source: Some((source, Arc::clone(sources))) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::sync::mpsc::unbounded_channel;

    #[test]
    fn connections_leave_descriptors_for_everything_else() {
        for (open_files, connections) in [
            (0, 1),
            (100, 50),
            (2 * DESCRIPTORS_KEPT, DESCRIPTORS_KEPT),
            (CONNECTIONS_MAX + DESCRIPTORS_KEPT - 1, CONNECTIONS_MAX - 1),
            (CONNECTIONS_MAX + DESCRIPTORS_KEPT, CONNECTIONS_MAX),
            (usize::MAX, CONNECTIONS_MAX),
        ] {
            assert_eq!(connections_beside(open_files), connections, "{open_files}");
        }
    }

    #[tokio::test]
    async fn one_connection_too_many_waits_until_another_one_closes() {
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, mut accepted) = unbounded_channel();
        let accepting = tokio::spawn(accept_at_most(1, listener, vec![sender]));
        let _first = TcpStream::connect(address).await.unwrap();
        let _second = TcpStream::connect(address).await.unwrap();
        let first = accepted.recv().await.unwrap();
        let nothing = tokio::time::timeout(Duration::from_millis(50), accepted.recv()).await;
        assert!(nothing.is_err(), "there is one place");
        drop(first);
        assert!(accepted.recv().await.is_some());
        accepting.abort();
    }

    #[tokio::test]
    async fn a_source_has_a_bounded_number_of_connections_and_this_machine_has_not() {
        let sources = Arc::new(Sources::default());
        let all = Arc::new(Semaphore::new(3 * CONNECTIONS_PER_SOURCE_MAX));
        let open = |peer: [u8; 4]| {
            place(Arc::clone(&all).try_acquire_owned().unwrap(), &sources, IpAddr::from(peer))
        };
        let mut held: Vec<_> =
            (0..CONNECTIONS_PER_SOURCE_MAX).map(|_| open([192, 0, 2, 1]).unwrap()).collect();
        assert!(open([192, 0, 2, 1]).is_none(), "one too many");
        assert!(open([192, 0, 2, 2]).is_some(), "another source");
        held.pop();
        assert!(open([192, 0, 2, 1]).is_some(), "one was closed");
        let local: Vec<_> = (0..=CONNECTIONS_PER_SOURCE_MAX).map(|_| open([127, 0, 0, 1])).collect();
        assert!(local.iter().all(Option::is_some));
    }
}
