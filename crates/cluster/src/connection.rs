//! One connection to the database, driven by a task of its own.
//!
//! Statements are unnamed, with the types of their parameters, one at a time: each is one message there and
//! back, and a pooler in transaction mode can carry it. A statement that has no answer in time costs the
//! connection: its socket is closed, and no cancel request is ever sent.

use crate::fault::{Fate, Fault};
use crate::limits::{Deadlines, UNCONFIRMED_MAX};
use crate::tls::Tls;
use crate::url::{Address, Host};
use jeton_store::journal::JournalError;
use rustix::net::sockopt;
use std::cell::Cell;
use std::io;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::AbortHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::error::Severity;
use tokio_postgres::tls::TlsConnect;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls, Row};
use zeroize::Zeroizing;

/// A statement's parameter with its type.
pub(crate) type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

/// The way to the database.
pub(crate) struct Connector {
    address: Address,
    password: Option<Zeroizing<String>>,
    tls: Option<Tls>,
    pub(crate) deadlines: Deadlines,
}

impl Connector {
    /// # Errors
    /// [`JournalError::Refused`] if TLS can't be set up as the address asks for it.
    pub(crate) fn new(
        address: Address,
        password: Option<Zeroizing<String>>,
        deadlines: Deadlines,
    ) -> Result<Self, JournalError> {
        let tls = Tls::of(&address)?;
        Ok(Self { address, password, tls, deadlines })
    }

    /// A new connection.
    pub(crate) async fn connect(&self) -> Result<Link, JournalError> {
        let connected = tokio::time::timeout(self.deadlines.connect, self.open()).await;
        connected.unwrap_or(Err(JournalError::TooSlow))
    }

    async fn open(&self) -> Result<Link, JournalError> {
        let unreachable = |error: io::Error| JournalError::NotReachable(error.to_string());
        match &self.address.host {
            Host::Directory(directory) => {
                let socket = directory.join(format!(".s.PGSQL.{}", self.address.port));
                self.begin(UnixStream::connect(socket).await.map_err(unreachable)?).await
            }
            Host::Name(name) => {
                let socket = TcpStream::connect((name.as_str(), self.address.port)).await;
                let socket = socket.map_err(unreachable)?;
                watch(&socket).map_err(unreachable)?;
                self.begin(socket).await
            }
        }
    }

    async fn begin<S>(&self, socket: S) -> Result<Link, JournalError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        match &self.tls {
            None => self.sign_in(socket, NoTls, SslMode::Disable).await,
            Some(tls) => self.sign_in(socket, tls.clone(), SslMode::Require).await,
        }
    }

    async fn sign_in<S, T>(&self, socket: S, tls: T, mode: SslMode) -> Result<Link, JournalError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        T: TlsConnect<S>,
        T::Stream: 'static,
    {
        let mut config = Config::new();
        config.user(&self.address.user).dbname(&self.address.database).application_name("jeton");
        config.ssl_mode(mode);
        if let Some(password) = &self.password {
            config.password(password.as_bytes());
        }
        let (client, connection) =
            config.connect_raw(socket, tls).await.map_err(|error| Fault::from(error).error)?;
        let warnings = Rc::new(Cell::new(0));
        let driver = tokio::task::spawn_local(drive(connection, Rc::clone(&warnings))).abort_handle();
        // The driver counts the warnings of signing in before anything else is asked.
        tokio::task::yield_now().await;
        Ok(Link { client, driver, warnings, is_explicit: Cell::new(false) })
    }
}

/// A peer that is gone is noticed without traffic.
fn watch(socket: &TcpStream) -> io::Result<()> {
    socket.set_nodelay(true)?;
    sockopt::set_socket_keepalive(socket, true)?;
    sockopt::set_tcp_keepidle(socket, UNCONFIRMED_MAX)?;
    sockopt::set_tcp_keepintvl(socket, Duration::from_secs(1))?;
    let milliseconds = u32::try_from(UNCONFIRMED_MAX.as_millis()).unwrap_or(u32::MAX);
    Ok(sockopt::set_tcp_user_timeout(socket, milliseconds)?)
}

/// Carries messages until the connection ends, and counts warnings.
async fn drive<S, T>(mut connection: Connection<S, T>, warnings: Rc<Cell<u64>>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        match std::future::poll_fn(|context| connection.poll_message(context)).await {
            Some(Ok(AsyncMessage::Notice(notice))) => {
                if notice.parsed_severity() == Some(Severity::Warning) {
                    tracing::warn!(state = notice.code().code(), "the database warns: {}", notice.message());
                    warnings.set(warnings.get() + 1);
                }
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => {
                tracing::debug!("a connection to the database ended: {error}");
                return;
            }
            None => return,
        }
    }
}

/// A connection. Dropping it closes the socket.
pub(crate) struct Link {
    client: Client,
    driver: AbortHandle,
    warnings: Rc<Cell<u64>>,
    /// The role or the server has another isolation than READ COMMITTED, so it has to be named.
    is_explicit: Cell<bool>,
}

impl Drop for Link {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Link {
    /// True if the other end closed it.
    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// The rows of a statement that changes nothing.
    pub(crate) async fn read(
        &self,
        deadline: Duration,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Fault> {
        timely(deadline, self.client.query_typed(statement, parameters)).await
    }

    /// The rows of a statement that is a transaction of its own and acknowledged: durable, and on the standby
    /// if there is a synchronous one. The rows alone prove nothing, since the commit comes after them; nor
    /// does success with a warning, since that is how a server answers that was told not to wait for its
    /// standby any longer.
    pub(crate) async fn change(
        &self,
        deadline: Duration,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Fault> {
        let before = self.warnings.get();
        if !self.is_explicit.get() {
            match timely(deadline, self.client.query_typed(statement, parameters)).await {
                Err(fault) if fault.fate == Fate::Isolation => self.is_explicit.set(true),
                answer => return self.acknowledged(before, answer?),
            }
        }
        self.start(deadline).await?;
        let rows = self.within(deadline, statement, parameters).await?;
        self.commit(deadline).await?;
        self.acknowledged(before, rows)
    }

    fn acknowledged<T>(&self, before: u64, answer: T) -> Result<T, Fault> {
        if self.warnings.get() != before {
            let reason = "it did not wait until the change was replicated";
            return Err(Fault::unknown(JournalError::NotReachable(reason.to_owned())));
        }
        Ok(answer)
    }

    /// Starts a transaction.
    pub(crate) async fn start(&self, deadline: Duration) -> Result<(), Fault> {
        let statement = "START TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE";
        timely(deadline, self.client.batch_execute(statement)).await
    }

    /// The rows of a statement inside of a transaction, which ends if it fails.
    pub(crate) async fn within(
        &self,
        deadline: Duration,
        statement: &str,
        parameters: &[Parameter<'_>],
    ) -> Result<Vec<Row>, Fault> {
        let answer = timely(deadline, self.client.query_typed(statement, parameters)).await;
        if let Err(fault) = &answer
            && fault.fate != Fate::Unknown
        {
            self.roll_back(deadline).await?;
        }
        answer
    }

    /// Commits. Success is acknowledged as in [`Link::change`].
    pub(crate) async fn commit(&self, deadline: Duration) -> Result<(), Fault> {
        let before = self.warnings.get();
        timely(deadline, self.client.batch_execute("COMMIT")).await?;
        self.acknowledged(before, ())
    }

    /// Ends a transaction without effect.
    pub(crate) async fn roll_back(&self, deadline: Duration) -> Result<(), Fault> {
        timely(deadline, self.client.batch_execute("ROLLBACK")).await
    }

    /// Runs statements that are not transactions of the history: the schema.
    pub(crate) async fn run(&self, deadline: Duration, statements: &str) -> Result<(), Fault> {
        timely(deadline, self.client.batch_execute(statements)).await
    }
}

/// An answer in time.
async fn timely<T>(
    deadline: Duration,
    answer: impl Future<Output = Result<T, tokio_postgres::Error>>,
) -> Result<T, Fault> {
    match tokio::time::timeout(deadline, answer).await {
        Ok(answer) => Ok(answer?),
        Err(_) => Err(Fault::unknown(JournalError::TooSlow)),
    }
}
