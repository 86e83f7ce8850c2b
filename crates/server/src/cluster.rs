//! A server as one of several that share a database.

use crate::entropy;
use crate::keyfile::{self, KeyError};
use jeton_cluster::limits::Deadlines;
use jeton_cluster::{Access, Claim, ClusterId, Membership, NewCluster, NodeNumber, PostgresJournal, Run};
pub use jeton_cluster::{Address, Control, Node, Settings, Status, UrlError};
use jeton_domain::time::Moment;
use jeton_secret::{EntropyError, Keys};
use jeton_store::directory::{self, AccessError, DATABASE_FILE};
pub use jeton_store::journal::JournalError;
use jeton_store::journal::{AssertionUse, ChangeId, Journal};
use jeton_store::limits::COPIED_ROWS;
use jeton_store::replicated::{self, CopyError, Offline, Share};
use jeton_store::{Clock, OpenError, Options, Store};
use std::path::Path;
use std::sync::{Arc, mpsc};
use zeroize::Zeroizing;

/// The number of a node that has not claimed one yet.
const UNNUMBERED: u16 = 0;

/// The database that several servers share.
#[derive(Clone)]
pub struct Database {
    /// Its address.
    pub address: Address,
    /// The password of the role.
    pub password: Option<Zeroizing<String>>,
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Database {
    fn access(&self) -> Access {
        let (address, password) = (self.address.clone(), self.password.clone());
        Access { address, password, deadlines: Deadlines::default() }
    }
}

/// The reason why a server can't take part in a cluster. The operator must act.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The database, or the history in it.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The store of this server.
    #[error(transparent)]
    Store(#[from] OpenError),
    /// The key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The operating system gives no entropy.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// The directory has a store of a server alone.
    #[error(
        "this data directory has the store of a server alone; `jeton cluster init --database URL` moves it to \
         a database, an empty directory with a copy of server.key joins one"
    )]
    Alone,
    /// The directory is of a cluster already.
    #[error("this data directory is of a cluster already; `jeton cluster status` shows it")]
    Member,
}

impl From<CopyError> for ClusterError {
    fn from(error: CopyError) -> Self {
        match error {
            CopyError::Store(error) => error.into(),
            CopyError::Journal(error) => error.into(),
        }
    }
}

impl From<AccessError> for ClusterError {
    fn from(error: AccessError) -> Self {
        OpenError::from(error).into()
    }
}

/// Opens the store of a node, which first copies the state if its directory has none, and applies the
/// whole history.
pub(crate) fn open(
    data_dir: &Path,
    database: &Database,
    keys: &Keys,
    options: Options,
    clock: Arc<dyn Clock>,
) -> Result<Store, ClusterError> {
    let share = match directory::is_there(&data_dir.join(DATABASE_FILE))? {
        true => Some(Offline::open(data_dir, &options)?.share()?.ok_or(ClusterError::Alone)?),
        false => None,
    };
    let claim = Claim {
        number: share.filter(|share| share.node != UNNUMBERED).map(|share| NodeNumber(share.node)),
        run: Run(entropy::name()?),
        name: rustix::system::uname().nodename().to_string_lossy().into_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        settings: Vec::new(),
    };
    let cluster = share.map(|share| ClusterId(share.cluster));
    let at = share.map(|share| share.at);
    let member = Membership { cluster, key_check: keys.check_value().to_vec(), at, claim };
    let journal = PostgresJournal::open(database.access(), &member)?;
    match share {
        None => join(data_dir, &options, &journal, clock.as_ref())?,
        Some(share) if share.node == UNNUMBERED => {
            let share = Share { node: journal.number().0, ..share };
            Offline::open(data_dir, &options)?.set_share(Some(share))?;
        }
        Some(_) => {}
    }
    let journal: Arc<dyn Journal> = Arc::new(journal);
    let store = Store::open_shared(data_dir, options, clock, Some(journal))?;
    let (sender, receiver) = mpsc::sync_channel(1);
    store.confirm(move |result| {
        // The receiver waits below.
        let _ = sender.send(result);
    });
    receiver.recv().unwrap_or(Err(JournalError::TooSlow))?;
    Ok(store)
}

/// Copies the state of the database into a new store.
fn join(
    data_dir: &Path,
    options: &Options,
    journal: &PostgresJournal,
    clock: &dyn Clock,
) -> Result<(), ClusterError> {
    let control = journal.control()?;
    tracing::info!(node = journal.number().0, "joining the cluster: copying its state");
    let share = Share { cluster: journal.cluster().0, node: journal.number().0, at: control.at };
    let now = Moment { wall: clock.now(), careful: control.careful };
    let (mut after, mut copied) = (None, 0_usize);
    replicated::copy_into(data_dir, options, share, now, &mut || {
        let rows = journal.copy(after.take(), COPIED_ROWS)?.rows;
        after = rows.last().map(|row| (row.table, row.key.clone()));
        copied = copied.saturating_add(rows.len());
        tracing::info!(rows = copied, "copied");
        Ok(rows)
    })?;
    Ok(())
}

/// A cluster that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Initialised {
    /// Rows in the database.
    pub rows: u64,
}

/// Moves the state of a server alone to an empty database: its directory is then that of a node.
///
/// # Errors
/// [`ClusterError`]; the store is as it was.
pub fn init(data_dir: &Path, database: &Database) -> Result<Initialised, ClusterError> {
    let keys = Keys::derive(&keyfile::load_existing(data_dir)?);
    let options = Options::new(keys.check_value(), keys.audit_key(), entropy::number()?);
    let offline = Offline::open(data_dir, &options)?;
    if offline.share()?.is_some() {
        return Err(ClusterError::Member);
    }
    let (cluster, beginning) = (entropy::name()?, ChangeId(entropy::name()?));
    let new = NewCluster {
        cluster: ClusterId(cluster),
        beginning,
        key_check: keys.check_value().to_vec(),
        careful: offline.careful(),
        upload: entropy::name()?,
    };
    let mut rows = 0_u64;
    let counted = offline.rows()?.inspect(|_| rows = rows.saturating_add(1));
    // A repeated upload is another request, but no request asks for these again.
    let uses = offline.assertions()?.into_iter();
    let uses = uses.map(|assertion| Ok(AssertionUse { assertion, request: new.upload }));
    let at = jeton_cluster::create(database.access(), &new, counted, uses)?;
    offline.set_share(Some(Share { cluster, node: UNNUMBERED, at }))?;
    Ok(Initialised { rows })
}

/// A cluster as its database shows it.
///
/// # Errors
/// [`ClusterError`].
pub fn status(database: &Database) -> Result<Status, ClusterError> {
    Ok(jeton_cluster::status(database.access())?)
}
