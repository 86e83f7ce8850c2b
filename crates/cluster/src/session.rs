//! A connection that is made again when it was lost. Each begins with a heartbeat, so what is read over it is
//! read from a server that takes writes, and everything before is replicated.

use crate::clock::uptime;
use crate::connection::{Connector, Link};
use crate::fault::Fault;
use crate::heartbeat::{self, Beat, Own};
use crate::limits::{Deadlines, RECONNECT_PAUSE};
use jeton_store::journal::JournalError;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The random name of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClusterId(pub [u8; 16]);

/// The database's clock, as a heartbeat found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatabaseClock {
    /// Microseconds since 1970-01-01T00:00:00Z.
    pub microseconds: i64,
    /// The time between sending the question and its answer, on the boot-time clock.
    pub between: (Duration, Duration),
}

/// The last that was heard of the database's clock.
pub(crate) type SharedClock = Arc<Mutex<Option<DatabaseClock>>>;

/// A connection, and how to make the next.
pub(crate) struct Session {
    connector: Rc<Connector>,
    own: Arc<Own>,
    pub(crate) cluster: ClusterId,
    clock: SharedClock,
    current: Option<(Rc<Link>, Beat)>,
    failed: Option<(Duration, JournalError)>,
}

impl Session {
    pub(crate) fn new(
        connector: Rc<Connector>,
        own: Arc<Own>,
        cluster: ClusterId,
        clock: SharedClock,
    ) -> Self {
        Self { connector, own, cluster, clock, current: None, failed: None }
    }

    pub(crate) fn deadlines(&self) -> Deadlines {
        self.connector.deadlines
    }

    pub(crate) fn own(&self) -> &Own {
        &self.own
    }

    /// The connection, with the last heartbeat over it.
    pub(crate) async fn link(&mut self) -> Result<(Rc<Link>, Beat), JournalError> {
        if let Some((link, beat)) = self.current.as_ref().filter(|(link, _)| !link.is_closed()) {
            return Ok((Rc::clone(link), *beat));
        }
        if let Some((since, error)) = &self.failed
            && uptime().saturating_sub(*since) < RECONNECT_PAUSE
        {
            return Err(error.clone());
        }
        self.current = None;
        match self.connect().await {
            Ok(current) => {
                self.failed = None;
                self.current = Some((Rc::clone(&current.0), current.1));
                Ok(current)
            }
            Err(error) => {
                self.failed = Some((uptime(), error.clone()));
                Err(error)
            }
        }
    }

    /// The connection, if it can be had in this time.
    pub(crate) async fn link_within(&mut self, time: Duration) -> Result<Rc<Link>, JournalError> {
        match tokio::time::timeout(time, self.link()).await {
            Ok(found) => Ok(found?.0),
            Err(_) => Err(JournalError::TooSlow),
        }
    }

    async fn connect(&self) -> Result<(Rc<Link>, Beat), JournalError> {
        let link = self.connector.connect().await?;
        let beat = self.beat_over(&link).await.map_err(|fault| fault.error)?;
        Ok((Rc::new(link), beat))
    }

    async fn beat_over(&self, link: &Link) -> Result<Beat, Fault> {
        let begun = uptime();
        let (beat, microseconds) = heartbeat::beat(link, self.deadlines().beat, &self.own, begun).await?;
        let seen = DatabaseClock { microseconds, between: (begun, uptime()) };
        *self.clock.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(seen);
        Ok(beat)
    }

    /// A new heartbeat.
    pub(crate) async fn beat(&mut self) -> Result<Beat, JournalError> {
        let before = uptime();
        let (link, beat) = self.link().await?;
        if beat.begun >= before {
            return Ok(beat);
        }
        match self.beat_over(&link).await {
            Ok(beat) => {
                self.current = Some((link, beat));
                Ok(beat)
            }
            Err(fault) => {
                self.leave();
                Err(fault.error)
            }
        }
    }

    /// Takes note of a failure.
    pub(crate) fn note(&mut self, fault: &Fault) {
        if fault.needs_reconnect() {
            self.leave();
        }
    }

    /// Closes the connection; the next use makes another.
    pub(crate) fn leave(&mut self) {
        self.current = None;
    }
}
