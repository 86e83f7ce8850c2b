//! Accepting connections and giving each to a worker.
//!
//! One task accepts and hands out in turn, so even a few connections spread evenly over the workers; with a
//! listening socket per worker the kernel would spread them by hash.

use crate::connections::{Connections, Seat};
use crate::limits::{ACCEPT_BACKLOG, ACCEPT_PAUSE, SEND_BUFFER_BYTES};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::mpsc::UnboundedSender;

/// An accepted connection on its way to a worker.
#[derive(Debug)]
pub struct Accepted {
    /// The socket, registered with no runtime yet.
    pub stream: std::net::TcpStream,
    /// The peer's address.
    pub peer: IpAddr,
    /// Its place among the open connections; given back when the connection ends.
    pub seat: Seat,
}

/// Binds an address to listen on.
///
/// # Errors
/// The address is in use or not local.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // So that a restart does not wait until the kernel forgets the old connections' sockets.
    socket.set_reuseaddr(true)?;
    // Accepted sockets inherit it.
    socket.set_send_buffer_size(SEND_BUFFER_BYTES)?;
    socket.bind(address)?;
    socket.listen(ACCEPT_BACKLOG)
}

/// Accepts until `stop` completes, and then the connections that the kernel has accepted already: their peers
/// may have sent requests.
pub async fn accept(
    listener: TcpListener,
    connections: Arc<Connections>,
    workers: Vec<UnboundedSender<Accepted>>,
    stop: impl Future<Output = ()>,
) {
    let mut stop = pin!(stop);
    let mut workers = workers.iter().cycle();
    loop {
        let next = async { Some((connections.place().await?, accept_one(&listener).await)) };
        tokio::select! {
            biased;
            () = &mut stop => break,
            next = next => {
                let Some((place, (stream, peer))) = next else { return };
                if let Ok(stream) = stream.into_std() {
                    hand_over(&connections, place, stream, peer, workers.next());
                }
            }
        }
    }
    let Ok(listener) = listener.into_std() else { return };
    for _ in 0..ACCEPT_BACKLOG {
        let (Some(place), Ok((stream, peer))) = (connections.place_now(), listener.accept()) else { return };
        if stream.set_nodelay(true).and_then(|()| stream.set_nonblocking(true)).is_ok() {
            hand_over(&connections, place, stream, peer, workers.next());
        }
    }
}

fn hand_over(
    connections: &Arc<Connections>,
    place: OwnedSemaphorePermit,
    stream: std::net::TcpStream,
    peer: SocketAddr,
    worker: Option<&UnboundedSender<Accepted>>,
) {
    let (Some(seat), Some(worker)) = (connections.open(place, peer.ip()), worker) else {
        tracing::debug!(%peer, "too many connections of one source");
        return;
    };
    // A worker that is gone has been told to stop, and this task will be too.
    let _ = worker.send(Accepted { stream, peer: peer.ip(), seat });
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

/// True if the peer disconnected before it was accepted; any other failure is local (descriptors, memory).
fn is_of_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::sync::mpsc::unbounded_channel;

    async fn listening(open_max: usize) -> (TcpListener, SocketAddr, Arc<Connections>) {
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address, Connections::new(open_max, Duration::from_secs(75)))
    }

    #[tokio::test]
    async fn a_connection_beyond_the_limit_waits_until_another_one_closes() {
        let (listener, address, connections) = listening(1).await;
        let (sender, mut accepted) = unbounded_channel();
        let accepting = tokio::spawn(accept(listener, connections, vec![sender], std::future::pending()));
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
    async fn connections_that_the_kernel_accepted_before_the_stop_are_served() {
        let (listener, address, connections) = listening(10).await;
        let (sender, mut accepted) = unbounded_channel();
        let mut open = Vec::new();
        for _ in 0..3 {
            open.push(TcpStream::connect(address).await.unwrap());
        }
        accept(listener, connections, vec![sender], std::future::ready(())).await;
        for _ in 0..3 {
            assert!(accepted.try_recv().is_ok());
        }
        assert!(TcpStream::connect(address).await.is_err(), "nothing new is accepted");
    }
}
