//! A TCP proxy between journal and database that loses answers, and watches for what must never be sent.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

/// The code of a request to cancel a statement, in the first packet of a connection.
const CANCEL_REQUEST: u32 = 80_877_102;

/// The fate of the next request that has a text in it; once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The connection is cut, and the request does not arrive.
    CutBefore(&'static str),
    /// The request arrives; its answer is cut off.
    CutAfter(&'static str),
    /// The request arrives; no answer comes over this connection any more.
    Stall(&'static str),
}

struct Shared {
    fate: Mutex<Option<Fate>>,
    cancels: AtomicUsize,
    port: AtomicU16,
    closed: Mutex<Sender<()>>,
}

/// A running proxy.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    shared: Arc<Shared>,
    stalled_closed: Receiver<()>,
}

impl Proxy {
    pub(crate) fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (closed, stalled_closed) = channel();
        let shared = Arc::new(Shared {
            fate: Mutex::new(None),
            cancels: AtomicUsize::new(0),
            port: AtomicU16::new(port),
            closed: Mutex::new(closed),
        });
        let own = Arc::clone(&shared);
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let port = own.port.load(Ordering::SeqCst);
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { continue };
                carry(&own, client, server);
            }
        });
        Self { port: address.port(), shared, stalled_closed }
    }

    /// Leads connections that are made from now on to another server.
    pub(crate) fn lead_to(&self, port: u16) {
        self.shared.port.store(port, Ordering::SeqCst);
    }

    /// Sets the fate of the next request of its kind.
    pub(crate) fn next(&self, fate: Fate) {
        *self.shared.fate.lock().unwrap() = Some(fate);
    }

    /// Waits until the client has closed a stalled connection.
    pub(crate) fn await_closed(&self) {
        self.stalled_closed.recv_timeout(std::time::Duration::from_secs(30)).expect("the socket is closed");
    }

    /// The number of requests to cancel something.
    pub(crate) fn cancels(&self) -> usize {
        self.shared.cancels.load(Ordering::SeqCst)
    }
}

/// The fates that a connection has met.
#[derive(Default)]
struct Met {
    is_cut: AtomicBool,
    is_stalled: AtomicBool,
}

fn carry(shared: &Arc<Shared>, client: TcpStream, server: TcpStream) {
    let met = Arc::new(Met::default());
    let (requests, answers) = (Arc::clone(shared), Arc::clone(&met));
    let (to_client, from_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || carry_requests(&requests, &met, client, server));
    std::thread::spawn(move || carry_answers(&answers, from_server, to_client));
}

fn carry_requests(shared: &Shared, met: &Met, mut client: TcpStream, mut server: TcpStream) {
    let mut is_first = true;
    let mut buffer = vec![0; 1 << 20];
    while let Ok(count) = client.read(&mut buffer)
        && count > 0
    {
        let request = &buffer[..count];
        if is_first && request.len() >= 8 && request[4..8] == CANCEL_REQUEST.to_be_bytes() {
            shared.cancels.fetch_add(1, Ordering::SeqCst);
        }
        is_first = false;
        match shared.take(request) {
            Some(Fate::CutBefore(_)) => {
                let _ = client.shutdown(Shutdown::Both);
                break;
            }
            Some(Fate::CutAfter(_)) => met.is_cut.store(true, Ordering::SeqCst),
            Some(Fate::Stall(_)) => met.is_stalled.store(true, Ordering::SeqCst),
            None => {}
        }
        if server.write_all(request).is_err() {
            break;
        }
    }
    if met.is_stalled.load(Ordering::SeqCst) {
        let _ = shared.closed.lock().unwrap().send(());
    }
    let _ = server.shutdown(Shutdown::Both);
}

fn carry_answers(met: &Met, mut server: TcpStream, mut client: TcpStream) {
    let mut buffer = vec![0; 1 << 20];
    while let Ok(count) = server.read(&mut buffer)
        && count > 0
    {
        if met.is_stalled.load(Ordering::SeqCst) {
            continue;
        }
        if met.is_cut.load(Ordering::SeqCst) || client.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}

impl Shared {
    /// The fate of this request, if it is the one.
    fn take(&self, request: &[u8]) -> Option<Fate> {
        let mut fate = self.fate.lock().unwrap();
        let (Fate::CutBefore(text) | Fate::CutAfter(text) | Fate::Stall(text)) = (*fate)?;
        let is_it = request.windows(text.len()).any(|window| window == text.as_bytes());
        if is_it { fate.take() } else { None }
    }
}
