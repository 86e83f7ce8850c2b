//! The server under measurement: a directory, a process, service users. All of it is removed at the end.

use crate::CliError;
use crate::args::Global;
use crate::operator;
use crate::output::{remark, text};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::signal::unix::{SignalKind, signal};

/// Service users that request opaque tokens.
const USERS: usize = 100;
/// Maximum time of the server's start and of its stop.
const PATIENCE: Duration = Duration::from_secs(20);

/// Advice when the directory can't be used.
pub(super) const ELSEWHERE: &str = "name a directory on the disk to measure with --directory";

/// The temporary directory, removed on drop.
pub(super) struct Trial {
    directory: PathBuf,
    running: Running,
}

/// The server's process, if one is running.
type Running = Arc<Mutex<Option<Child>>>;

/// Basic credentials, encoded as in the header.
pub(super) struct Credentials {
    pub(super) opaque: Vec<String>,
    pub(super) jwt: Vec<String>,
    pub(super) api: String,
}

/// The server, stopped on drop.
pub(super) struct Server {
    running: Running,
    pub(super) address: SocketAddr,
}

impl Trial {
    /// Creates a directory inside `parent`.
    pub(super) fn prepare(parent: &Path) -> Result<Self, CliError> {
        let parent = parent
            .canonicalize()
            .map_err(|error| CliError::new(format!("{}: {error}; {ELSEWHERE}", parent.display())))?;
        let directory = parent.join(format!(".jeton-bench-{}", std::process::id()));
        std::fs::DirBuilder::new().mode(0o700).create(&directory).map_err(|error| {
            CliError::new(format!("creating {}: {error}; {ELSEWHERE}", directory.display()))
        })?;
        Ok(Self { directory, running: Running::default() })
    }

    pub(super) fn data_dir(&self) -> &Path {
        &self.directory
    }

    /// Frees the disk space also after Ctrl-C, SIGTERM or the end of the terminal.
    pub(super) fn clean_up_when_interrupted(&self) -> Result<Interrupt, CliError> {
        Interrupt::watch(self.directory.clone(), Arc::clone(&self.running))
    }

    /// Starts this executable as a server.
    pub(super) fn start(&self) -> Result<Server, CliError> {
        let failed = |error: std::io::Error| CliError::new(format!("starting a server: {error}"));
        // The port was free a moment ago; that another process takes it in between is unlikely.
        let address =
            TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr()).map_err(failed)?;
        let mut command = Command::new(std::env::current_exe().map_err(failed)?);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("JETON_") {
                command.env_remove(name);
            }
        }
        command.arg("serve").arg("--data-dir").arg(self.store()).args(["--listen", &address.to_string()]);
        command.env("JETON_LOG", "error").stdin(Stdio::null()).stdout(Stdio::null());
        *lock(&self.running) = Some(command.spawn().map_err(failed)?);
        let server = Server { running: Arc::clone(&self.running), address };
        server.await_start()?;
        Ok(server)
    }

    /// Creates service users with a secret each, and an API.
    pub(super) fn credentials(&self) -> Result<Credentials, CliError> {
        let opaque = (0..USERS).map(|index| self.user(&format!("bench-{index}"), "ACCESS_TOKEN_TYPE_BEARER"));
        let opaque = opaque.collect::<Result<_, _>>()?;
        let jwt = vec![self.user("bench-jwt", "ACCESS_TOKEN_TYPE_JWT")?];
        let api = json!({ "name": "bench", "apiConfiguration": { "authMethodType": "API_AUTH_METHOD_TYPE_BASIC" } });
        let api = self.call("/zitadel.application.v2.ApplicationService/CreateApplication", &api)?;
        let api =
            basic(text(&api, "/apiConfiguration/clientId"), text(&api, "/apiConfiguration/clientSecret"));
        Ok(Credentials { opaque, jwt, api })
    }

    /// Bytes of the database.
    pub(super) fn database_bytes(&self) -> u64 {
        std::fs::metadata(self.store().join("jeton.redb")).map_or(0, |file| file.len())
    }

    fn store(&self) -> PathBuf {
        self.directory.join("data")
    }

    fn user(&self, name: &str, token_type: &str) -> Result<String, CliError> {
        let user = json!({ "username": name, "machine": { "name": name, "accessTokenType": token_type } });
        self.call("/zitadel.user.v2.UserService/CreateUser", &user)?;
        let secret = self.call("/zitadel.user.v2.UserService/AddSecret", &json!({ "userId": name }))?;
        Ok(basic(name, text(&secret, "/clientSecret")))
    }

    fn call(&self, path: &str, request: &Value) -> Result<Value, CliError> {
        let global = Global { data_dir: self.store(), server: None, profile: None, json: false };
        operator::call(&global, path, request)
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        remove(&self.directory);
    }
}

fn remove(directory: &Path) {
    if let Err(error) = std::fs::remove_dir_all(directory) {
        remark(&format!("jeton: removing {}: {error}; please remove it", directory.display()));
    }
}

fn basic(id: &str, secret: &str) -> String {
    STANDARD.encode(format!("{id}:{secret}"))
}

impl Server {
    fn await_start(&self) -> Result<(), CliError> {
        let deadline = Instant::now() + PATIENCE;
        while TcpStream::connect(self.address).is_err() {
            if let Some(status) =
                lock(&self.running).as_mut().and_then(|child| child.try_wait().ok().flatten())
            {
                return Err(CliError::new(format!(
                    "the server exited during startup ({status}); see its log above"
                )));
            }
            if Instant::now() > deadline {
                return Err(CliError::new("the server does not listen"));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Stops it with SIGTERM, as a service manager does.
    pub(super) fn stop(self) -> Result<(), CliError> {
        match terminate(&self.running) {
            Some(status) if status.success() => Ok(()),
            _ => Err(CliError::new("the server did not exit cleanly")),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        terminate(&self.running);
    }
}

/// Ends the process and returns its exit status, if one is running.
fn terminate(running: &Running) -> Option<ExitStatus> {
    let mut running = lock(running);
    let child = running.as_mut()?;
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let (Ok(None), Some(pid)) = (child.try_wait(), pid) {
        // An error means that it has just ended.
        let _ = kill_process(pid, Signal::TERM);
    }
    let deadline = Instant::now() + PATIENCE;
    while matches!(child.try_wait(), Ok(None)) {
        if Instant::now() > deadline {
            let _ = child.kill();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.try_wait().ok().flatten()
}

fn lock(running: &Running) -> MutexGuard<'_, Option<Child>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A thread that waits for Ctrl-C, SIGTERM or SIGHUP, until this is dropped.
pub(super) struct Interrupt {
    done: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Interrupt {
    fn watch(directory: PathBuf, running: Running) -> Result<Self, CliError> {
        let runtime = operator::runtime()?;
        let signals = {
            let _entered = runtime.enter();
            let watch = |kind: SignalKind| Ok((signal(kind)?, 128 + kind.as_raw_value()));
            let failed = |error: std::io::Error| CliError::new(format!("waiting for signals: {error}"));
            [
                watch(SignalKind::interrupt()).map_err(failed)?,
                watch(SignalKind::terminate()).map_err(failed)?,
                watch(SignalKind::hangup()).map_err(failed)?,
            ]
        };
        let (done, finished) = tokio::sync::oneshot::channel();
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    _ = finished => {}
                    code = told_to_end(signals) => {
                        terminate(&running);
                        remove(&directory);
                        std::process::exit(code);
                    }
                }
            });
        });
        Ok(Self { done: Some(done), thread: Some(thread) })
    }
}

/// Waits for one of these signals and returns the exit status that belongs to it.
async fn told_to_end(mut signals: [(tokio::signal::unix::Signal, i32); 3]) -> i32 {
    std::future::poll_fn(|context| {
        let mut told = signals
            .iter_mut()
            .filter_map(|(signal, status)| signal.poll_recv(context).is_ready().then_some(*status));
        told.next().map_or(Poll::Pending, Poll::Ready)
    })
    .await
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        drop(self.done.take());
        if let Some(thread) = self.thread.take() {
            // The thread ends when the sender is gone.
            let _ = thread.join();
        }
    }
}
