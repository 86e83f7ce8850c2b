//! The server under measurement: a directory, a process, service users. All of it is removed at the end.

use crate::CliError;
use crate::output::remark;
use crate::session;
use crate::transport::{Socket, not_listening, runtime};
use jeton_api::applications::{self, ApiConfiguration};
use jeton_api::calls::application::CreateApplication;
use jeton_api::calls::user::{AddSecret, CreateUser};
use jeton_api::machine::{MachineInput, TokenType};
use jeton_api::{Operation, secrets, users};
use jeton_load::process::{Server, without_settings};
use jeton_load::workload::basic;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// Service users that request opaque tokens.
const USERS: usize = 100;
/// Maximum time of the server's stop.
const PATIENCE: Duration = Duration::from_secs(20);

/// Advice when the directory can't be used.
pub(super) const ELSEWHERE: &str = "name a directory on the disk to measure with --directory";

/// The temporary directory, removed on drop.
pub(super) struct Trial {
    directory: PathBuf,
    running: Running,
}

/// The server, if one is running.
type Running = Arc<Mutex<Option<Server>>>;

/// Basic credentials, encoded as in the header.
pub(super) struct Credentials {
    pub(super) opaque: Vec<String>,
    pub(super) jwt: Vec<String>,
    pub(super) api: String,
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

    /// Starts this executable as a server; returns its address.
    pub(super) fn start(&self) -> Result<SocketAddr, CliError> {
        let failed = |error: &dyn std::fmt::Display| CliError::new(format!("starting a server: {error}"));
        let program = std::env::current_exe().map_err(|error| failed(&error))?;
        let mut command = without_settings(Command::new(program));
        command.arg("serve").arg("--data-dir").arg(self.store()).args(["--listen", "127.0.0.1:0"]);
        command.env("JETON_LOG", "error").stdin(Stdio::null());
        // An interruption waits until there is a server to stop.
        let mut running = lock(&self.running);
        let server = running.insert(Server::announced(command).map_err(|error| failed(&error))?);
        Ok(server.address)
    }

    /// Stops the server as a service manager does.
    pub(super) fn stop(&self) -> Result<(), CliError> {
        let server = lock(&self.running).take();
        let stopped = server.map_or(Ok(()), |mut server| server.stop(PATIENCE));
        stopped.map_err(|error| CliError::new(error.to_string()))
    }

    /// Creates service users with a secret each, and an API.
    pub(super) fn credentials(&self) -> Result<Credentials, CliError> {
        let opaque = (0..USERS).map(|index| self.user(&format!("bench-{index}"), TokenType::Opaque));
        let opaque = opaque.collect::<Result<_, _>>()?;
        let jwt = vec![self.user("bench-jwt", TokenType::Jwt)?];
        let api = self.call::<CreateApplication>(&applications::CreateApplication {
            project_id: None,
            application_id: None,
            name: "bench".to_owned(),
            api_configuration: ApiConfiguration::default(),
        })?;
        let api = basic(&api.api_configuration.client_id, &api.api_configuration.client_secret);
        Ok(Credentials { opaque, jwt, api })
    }

    /// Bytes of the database.
    pub(super) fn database_bytes(&self) -> u64 {
        std::fs::metadata(self.store().join("jeton.redb")).map_or(0, |file| file.len())
    }

    fn store(&self) -> PathBuf {
        self.directory.join("data")
    }

    fn user(&self, name: &str, token_type: TokenType) -> Result<String, CliError> {
        let machine = MachineInput {
            name: Some(name.to_owned()),
            access_token_type: Some(token_type),
            ..MachineInput::default()
        };
        self.call::<CreateUser>(&users::CreateUser {
            organization_id: None,
            user_id: None,
            username: Some(name.to_owned()),
            machine,
        })?;
        let secret = self.call::<AddSecret>(&secrets::AddSecret {
            user_id: name.to_owned(),
            label: String::new(),
            expiration_date: None,
            lifetime: None,
            overlap: None,
            keep_others: false,
        })?;
        Ok(basic(name, &secret.client_secret))
    }

    fn call<O: Operation>(&self, request: &O::Request) -> Result<O::Reply, CliError> {
        let socket = Socket::connect(&self.store())?;
        let mut socket = socket.ok_or_else(|| not_listening(self.store().display()))?;
        session::call::<O>(&mut socket, request)?.read()
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        drop(lock(&self.running).take());
        remove(&self.directory);
    }
}

fn remove(directory: &Path) {
    if let Err(error) = std::fs::remove_dir_all(directory) {
        remark(&format!("jeton: removing {}: {error}; please remove it", directory.display()));
    }
}

fn lock(running: &Running) -> MutexGuard<'_, Option<Server>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A thread that waits for Ctrl-C, SIGTERM or SIGHUP, until this is dropped.
pub(super) struct Interrupt {
    done: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Interrupt {
    fn watch(directory: PathBuf, running: Running) -> Result<Self, CliError> {
        let runtime = runtime()?;
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
                        drop(lock(&running).take());
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

#[cfg(test)]
mod tests {
    use super::*;

    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_directory_of_a_trial_is_private_and_gone_at_the_end() {
        let parent = tempfile::tempdir().unwrap();
        let trial = Trial::prepare(parent.path()).unwrap();
        let directory = trial.data_dir().to_owned();
        assert_eq!(directory.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(trial.database_bytes(), 0, "there is no database yet");
        std::fs::create_dir_all(trial.store().join("x")).unwrap();
        drop(trial);
        assert!(!directory.exists());
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_directory_that_is_there_already_is_neither_used_nor_removed() {
        let parent = tempfile::tempdir().unwrap();
        let trial = Trial::prepare(parent.path()).unwrap();
        let told = Trial::prepare(parent.path()).err().unwrap().to_string();
        assert!(told.starts_with("creating ") && told.ends_with(ELSEWHERE), "{told}");
        assert!(trial.data_dir().exists());
    }

    #[test]
    fn a_trial_without_a_server_has_no_credentials_and_stops() {
        let parent = tempfile::tempdir().unwrap();
        let trial = Trial::prepare(parent.path()).unwrap();
        assert!(trial.credentials().is_err());
        assert!(trial.stop().is_ok());
    }

    #[test]
    fn a_watch_for_interruptions_ends_with_the_trial() {
        let parent = tempfile::tempdir().unwrap();
        let trial = Trial::prepare(parent.path()).unwrap();
        drop(trial.clean_up_when_interrupted().unwrap());
        assert!(trial.data_dir().exists(), "nothing was interrupted");
    }
}
