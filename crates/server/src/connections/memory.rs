//! Memory held by connections, individually and in total.

use super::{Connection, Connections};
use crate::limits::{CONNECTION_HELD_MAX, HELD_BYTES_HIGH, HELD_BYTES_MAX};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// The connection, or all connections together, hold as much as they may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoRoom;

/// Bytes held for a value that ends before its connection.
#[derive(Debug)]
pub(crate) struct Held {
    connection: Arc<Connection>,
    bytes: usize,
}

impl Held {
    /// Holds no bytes yet.
    pub(crate) const fn nothing(connection: Arc<Connection>) -> Self {
        Self { connection, bytes: 0 }
    }

    pub(crate) const fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// Holds this many bytes more.
    ///
    /// # Errors
    /// [`NoRoom`]; the held bytes stay unchanged.
    pub(crate) fn grow(&mut self, bytes: usize) -> Result<(), NoRoom> {
        if bytes > 0 {
            self.connection.hold(bytes)?;
            self.bytes = self.bytes.saturating_add(bytes);
        }
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.connection.release(self.bytes);
        }
    }
}

impl Connection {
    /// Holds bytes until they are released, or the connection ends.
    pub(super) fn hold(&self, bytes: usize) -> Result<(), NoRoom> {
        let own = self.held.fetch_add(bytes, Relaxed).saturating_add(bytes);
        let all = self.all.held.fetch_add(bytes, Relaxed).saturating_add(bytes);
        if all > HELD_BYTES_HIGH {
            self.all.called.notify_one();
        }
        if own > CONNECTION_HELD_MAX || all > HELD_BYTES_MAX {
            self.release(bytes);
            return Err(NoRoom);
        }
        Ok(())
    }

    /// Holds bytes that are allocated already, even beyond the bound.
    pub(super) fn hold_anyway(&self, bytes: usize) {
        self.held.fetch_add(bytes, Relaxed);
        if self.all.held.fetch_add(bytes, Relaxed) > HELD_BYTES_HIGH {
            self.all.called.notify_one();
        }
    }

    fn release(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Relaxed);
        self.all.held.fetch_sub(bytes, Relaxed);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Every `Held` keeps the connection alive, so only the connection's own bytes remain here.
        self.all.held.fetch_sub(*self.held.get_mut(), Relaxed);
    }
}

impl Connections {
    /// Bytes held by all connections.
    pub(crate) fn held(&self) -> usize {
        self.held.load(Relaxed)
    }
}
