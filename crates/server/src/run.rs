//! Starting and stopping a server.
//!
//! Order of the start: directory, key, store, workers, sockets; each step can fail with one clear sentence,
//! and nothing listens before everything works. Order of the stop: nothing new is accepted, requests in
//! progress finish, the store writes pending data and closes.

use crate::clock::SystemClock;
use crate::cluster::{self, ClusterError};
use crate::config::{Config, ConfigError};
use crate::dispatch::{self, Dispatcher, Door};
use crate::entropy;
use crate::fresh::Fresh;
use crate::front::Front;
use crate::keyfile::{self, KeyError};
use crate::limits::{DRAIN_TIMEOUT, HOUSEKEEPING_TICK, STORE_PATIENCE, STORE_PAUSE};
use crate::local_api::LocalApi;
use crate::oauth::OAuthWorker;
use crate::wiring::{Parts, Wiring, WiringError};
use crate::{listener, operator, worker};
use jeton_management::rotation::{self, RotationError};
use jeton_management::services::{PoolError, Pools};
use jeton_oauth::metadata::{Issuer, IssuerError};
use jeton_secret::{EntropyError, Keys};
pub use jeton_store::OpenError;
use jeton_store::directory::{self, DATABASE_FILE, KEY_FILE, UNFINISHED_FILE};
use jeton_store::{Clock, Options, SnapshotGuard, Store, Unavailable};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

/// The reasons why a server did not start. The operator must act.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Unsafe or incomplete configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The server can't take part in its cluster.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The store could not be opened.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The server key is missing or unusable.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The issuer URL is invalid.
    #[error(transparent)]
    Issuer(#[from] IssuerError),
    /// The operating system gives no entropy.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// No threads for calls of the management API.
    #[error(transparent)]
    Pools(#[from] PoolError),
    /// The parts can't work together.
    #[error(transparent)]
    Wiring(#[from] WiringError),
    /// No signing key could be made.
    #[error("making the first signing key: {0}")]
    Rotation(#[from] RotationError),
    /// The store failed right after it was opened.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// The address to listen on is not available.
    #[error("listening on {address}: {}; choose another one with --listen", explain(source))]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        source: io::Error,
    },
    /// The operator's socket could not be created.
    #[error("creating the operator's socket {}: {source}", path.display())]
    Socket {
        /// The path of the socket.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Threads, runtimes or signal handlers are not available.
    #[error("starting the server: {0}")]
    Io(#[from] io::Error),
}

fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => "another program uses this port".into(),
        io::ErrorKind::AddrNotAvailable => "this machine has no such address".into(),
        io::ErrorKind::PermissionDenied => "not permitted (ports below 1024 need a privilege)".into(),
        _ => error.to_string(),
    }
}

/// True if a store was begun in this data directory, even if it is lost or damaged since; also if this can't
/// be told without opening it, which then reports the reason.
pub fn has_store(data_dir: &Path) -> bool {
    let is_missing = |name| matches!(directory::is_there(&data_dir.join(name)), Ok(false));
    let is_begun = !is_missing(UNFINISHED_FILE);
    let has_none = is_missing(DATABASE_FILE) && (is_missing(KEY_FILE) || is_begun);
    !has_none || data_dir.metadata().is_ok_and(|there| !there.is_dir())
}

/// Opens the store of a data directory with its key. Used by the server, and by commands that run while no
/// server does.
///
/// # Errors
/// [`StartError`] tells the operator how to repair it.
pub fn open(config: &Config) -> Result<Parts, StartError> {
    let (parts, fresh) = open_first(config)?;
    fresh.keep();
    Ok(parts)
}

/// Like [`open`], but a store that was not there before is kept only if the caller says so.
fn open_first(config: &Config) -> Result<(Parts, Fresh), StartError> {
    let fresh = Fresh::begin(&config.data_dir).map_err(OpenError::from)?;
    let keys = Keys::derive(&match config.database {
        // Every node has the key of the first one.
        Some(_) => keyfile::load_existing(&config.data_dir)?,
        None => keyfile::load_or_create(&config.data_dir)?,
    });
    let clock = Arc::new(SystemClock::default());
    let options = Options {
        cache_bytes: config.cache_bytes,
        retention: config.retention,
        ..Options::new(keys.check_value(), keys.audit_key(), entropy::number()?)
    };
    let store_clock = Arc::clone(&clock) as Arc<dyn Clock>;
    let store = match &config.database {
        Some(database) => cluster::open(&config.data_dir, database, &keys, options, store_clock)?,
        None => Store::open(&config.data_dir, options, store_clock)?,
    };
    let parts = Parts { store: Arc::new(store), keys, clock, entropy: entropy::of_the_system() };
    if !fresh.is_first() {
        fresh.keep();
    }
    Ok((parts, fresh))
}

/// Like [`open_first`], but waits for an operator's command that has the store open at the moment. A running
/// server, detected by its socket, is not waited for.
fn open_when_free(config: &Config) -> Result<(Parts, Fresh), StartError> {
    let deadline = Instant::now() + STORE_PATIENCE;
    loop {
        match open_first(config) {
            Err(StartError::Store(OpenError::InUse(_)))
                if Instant::now() < deadline && !operator::is_served(&config.data_dir) =>
            {
                std::thread::sleep(STORE_PAUSE);
            }
            opened => return opened,
        }
    }
}

/// The default issuer, at the loopback address.
///
/// # Errors
/// Never for an address that a server listens on and [`Config::check`] accepted.
fn loopback_issuer(address: SocketAddr) -> Result<Issuer, IssuerError> {
    // Any address of 127.0.0.0/8 is loopback, but only the first is a name that clients accept.
    let host = if address.is_ipv6() { "[::1]" } else { "127.0.0.1" };
    Issuer::parse(&format!("http://{host}:{}", address.port()))
}

/// An order to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// No order: the server serves.
    No,
    /// Stop once load balancers had time to notice ([`Config::shutdown_delay`]).
    WithDelay,
    /// Stop without that delay.
    AtOnce,
}

impl Stop {
    /// Completes when the server has to stop.
    pub async fn told(stop: &mut watch::Receiver<Self>) {
        // A dropped sender is one more reason.
        let _ = stop.wait_for(|stop| *stop != Self::No).await;
    }

    /// Completes after the delay, or at once if the stop has none.
    pub async fn delay(stop: &mut watch::Receiver<Self>, delay: Duration) {
        let _ = tokio::time::timeout(delay, stop.wait_for(|stop| *stop == Self::AtOnce)).await;
    }
}

/// A server that has everything it needs and does not accept connections yet.
#[derive(Debug)]
pub struct Server {
    /// Its configuration.
    pub config: Config,
    /// The issuer URL, its public name.
    pub issuer: Issuer,
    /// The parts that its workers share.
    wiring: Arc<Wiring>,
    /// A worker for the operator's socket and for work in the background.
    control: Arc<Dispatcher>,
    workers: Vec<worker::Handle>,
    pools: Pools,
    /// Workers keep their connections as long as this exists.
    connections_kept: watch::Sender<()>,
    fresh: Arc<Fresh>,
    listener: TcpListener,
    operator: UnixListener,
    /// The address that it listens on, with the actual port.
    pub address: SocketAddr,
}

impl Server {
    /// Acquires everything a server needs, and creates it on the first start. Runs inside a runtime.
    ///
    /// # Errors
    /// [`StartError`] tells the operator how to repair it.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        config.check()?;
        let requested = config.listen;
        let data_dir = config.data_dir.clone();
        // A server that is running already is detected by its lock, and a server on the same port by the
        // port.
        let (parts, fresh) = open_when_free(&config)?;
        // Before the port, so that the socket exists for clients that wait for the port.
        let operator = bind_operator(&data_dir)?;
        let listener =
            listener::bind(requested).map_err(|source| StartError::Listen { address: requested, source })?;
        let address = listener.local_addr()?;
        let issuer = match config.issuer.clone() {
            Some(issuer) => issuer,
            None => loopback_issuer(address)?,
        };
        let wiring = Arc::new(Wiring::new(parts, &config, issuer.clone())?);
        let control = wiring.worker()?;
        let running = tokio::spawn(Arc::clone(&control).run());
        // Before the first request, so that no request for a JWT comes too early.
        let begun = rotation::begin(&control.http_api.management).await;
        running.abort();
        begun?;
        let (connections_kept, kept) = watch::channel(());
        let indices = 0..config.workers.get();
        let workers = indices.map(|index| Ok(worker::start(index, wiring.worker()?, kept.clone())?));
        let workers = workers.collect::<Result<_, StartError>>()?;
        let pools = wiring.start_pools()?;
        let fresh = Arc::new(fresh);
        Ok(Self {
            config,
            issuer,
            wiring,
            control,
            workers,
            pools,
            connections_kept,
            fresh,
            listener,
            operator,
            address,
        })
    }

    /// The management API for this process itself.
    ///
    /// # Errors
    /// [`EntropyError`] if the operating system gives no entropy.
    pub fn local_api(&self) -> Result<LocalApi, EntropyError> {
        self.wiring.local_api()
    }

    /// A link that signs the operator in to the console once, and its lifetime in seconds.
    ///
    /// # Errors
    /// [`EntropyError`] if the operating system gives no entropy.
    pub fn console_link(&self) -> Result<(Zeroizing<String>, u64), EntropyError> {
        self.control.console.link()
    }

    /// The last commit of its store.
    ///
    /// # Errors
    /// [`Unavailable`] while the store is closed.
    pub fn snapshot(&self) -> Result<SnapshotGuard, Unavailable> {
        self.control.oauth.oauth.store.snapshot()
    }

    /// The files of a first start. A holder that keeps this until the whole server is dropped has them
    /// removed then, if the server never served.
    pub fn fresh(&self) -> Arc<Fresh> {
        Arc::clone(&self.fresh)
    }

    /// Serves until it is told to stop, then drains.
    pub async fn run(self, mut stop: watch::Receiver<Stop>) {
        // From here on it can't fail, and acknowledged changes have to be there at the next start.
        self.fresh.keep();
        let front = &self.control.front;
        let senders = self.workers.iter().map(|worker| worker.connections.clone()).collect();
        let control = tokio::spawn(Arc::clone(&self.control).run());
        let (operator_connections, worker) =
            (Arc::clone(&front.operator_connections), Arc::clone(&self.control));
        let operator_requests = move |request| dispatch::answer(Arc::clone(&worker), Door::Operator, request);
        let background = [
            tokio::spawn(rotation::run(self.control.http_api.management.clone())),
            tokio::spawn(record_events(Arc::clone(&self.control))),
            tokio::spawn(housekeeping(self.wiring)),
            tokio::spawn(operator::serve(self.operator, operator_connections, operator_requests)),
        ];
        let keepers = [&front.connections, &front.operator_connections].map(|connections| {
            let connections = Arc::clone(connections);
            tokio::spawn(async move { connections.keep().await })
        });
        let documents = Arc::clone(front);
        // The memory for rendering, twenty times the document, is given back when the thread ends. Without
        // this thread the first request renders the document.
        let rendering = std::thread::Builder::new().spawn(move || {
            documents.openapi();
        });
        let (stop_accepting, stopped) = oneshot::channel::<()>();
        let connections = Arc::clone(&front.connections);
        let accept = tokio::spawn(listener::accept(self.listener, connections, senders, async {
            let _ = stopped.await;
        }));

        told_to_stop(front, self.config.shutdown_delay, &mut stop).await;
        drop(stop_accepting);
        // Dropping its senders closes the workers' channels.
        let _ = accept.await;
        for task in background {
            task.abort();
            // Awaiting an aborted task drops its socket.
            let _ = task.await;
        }
        drain(front).await;
        drop(self.connections_kept);
        keepers.iter().for_each(JoinHandle::abort);
        let (senders, threads): (Vec<_>, Vec<_>) =
            self.workers.into_iter().map(|worker| (worker.connections, worker.thread)).unzip();
        drop(senders);
        // A holder of the store delays its closing, and the last one to drop it must not be cut off.
        let join = move || {
            threads.into_iter().for_each(|thread| drop(thread.join()));
            rendering.into_iter().for_each(|thread| drop(thread.join()));
        };
        let _ = tokio::task::spawn_blocking(join).await;
        // No connection is left that could submit work.
        let pools = self.pools;
        let ended = tokio::task::spawn_blocking(move || pools.end());
        if tokio::time::timeout(DRAIN_TIMEOUT, ended).await.is_err() {
            tracing::warn!("some management calls did not finish in time and were cut off");
        }
        self.control.oauth.flush_security_events().await;
        control.abort();
        let _ = control.await;
        let _ = std::fs::remove_file(self.config.data_dir.join(operator::SOCKET_FILE));
    }
}

/// Completes when no new connection is to be accepted. Before that the server serves as usual for a while and
/// reports not ready, so that a load balancer sends nothing more.
async fn told_to_stop(front: &Front, delay: Duration, stop: &mut watch::Receiver<Stop>) {
    Stop::told(stop).await;
    front.drain();
    if *stop.borrow() == Stop::WithDelay && !delay.is_zero() {
        tracing::info!(seconds = delay.as_secs_f32(), "stopping: reporting not ready, and still serving");
        Stop::delay(stop, delay).await;
    }
    tracing::info!("stopping: finishing requests in progress");
}

/// Completes when no connection is left, or enough time has passed.
async fn drain(front: &Front) {
    front.connections.drain();
    front.operator_connections.drain();
    let emptied = async { tokio::join!(front.connections.emptied(), front.operator_connections.emptied()) };
    if tokio::time::timeout(DRAIN_TIMEOUT, emptied).await.is_err() {
        tracing::warn!("some requests did not finish in time and were cut off");
    }
}

/// Writes security events until it is cancelled.
async fn record_events(control: Arc<Dispatcher>) {
    let OAuthWorker { oauth, store_handle, .. } = &control.oauth;
    oauth.security_events.run(&oauth.store, store_handle).await;
}

/// Closes minutes of the statistics soon after they are over, and drops ended sessions.
async fn housekeeping(wiring: Arc<Wiring>) {
    loop {
        wiring.keep_tidy();
        tokio::time::sleep(HOUSEKEEPING_TICK).await;
    }
}

fn bind_operator(data_dir: &Path) -> Result<UnixListener, StartError> {
    operator::bind(data_dir)
        .map_err(|source| StartError::Socket { path: data_dir.join(operator::SOCKET_FILE), source })
}
