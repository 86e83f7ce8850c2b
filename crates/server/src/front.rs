//! State of the listeners: everything that answers before a token or a client is looked at.

use crate::config::Config;
use crate::connections::Connections;
use crate::document::Document;
use crate::limits::OPERATOR_CONNECTIONS_MAX;
use crate::proxies::Proxies;
use crate::router::Router;
use bytes::Bytes;
use jeton_management::openapi;
use jeton_oauth::metadata::{self, Issuer};
use jeton_store::{Health, Store, Writes};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

/// State of the listeners, shared by all workers.
pub struct Front {
    /// The paths of the public listener.
    pub router: Router,
    /// The paths of the operator's socket.
    pub operator_router: Router,
    /// The trusted proxies in front of the server.
    pub proxies: Arc<Proxies>,
    /// Open connections of the public listener.
    pub connections: Arc<Connections>,
    /// Open connections of the operator's socket.
    pub operator_connections: Arc<Connections>,
    /// The discovery document.
    pub metadata: Document,
    issuer: Issuer,
    openapi: OnceLock<Document>,
    store: Arc<Store>,
    draining: AtomicBool,
}

impl std::fmt::Debug for Front {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Front").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

impl Front {
    /// The listeners of this configuration, at this issuer's paths, with no connection.
    pub fn new(config: &Config, issuer: Issuer, proxies: Arc<Proxies>, store: Arc<Store>) -> Self {
        Self {
            router: Router::public(&issuer),
            operator_router: Router::operator(),
            proxies,
            connections: Connections::new(config.connections_max, config.idle_timeout),
            operator_connections: Connections::new(OPERATOR_CONNECTIONS_MAX, config.idle_timeout),
            metadata: Document::new(Bytes::from(metadata::document(&issuer))),
            issuer,
            openapi: OnceLock::new(),
            store,
            draining: AtomicBool::new(false),
        }
    }

    /// The OpenAPI document. Rendering takes longer than a request may, so it is done when the server starts.
    pub fn openapi(&self) -> &Document {
        self.openapi.get_or_init(|| Document::new(openapi::document(&self.issuer).into()))
    }

    /// Reports not ready from now on, so that load balancers send nothing more.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// The current state of readiness.
    pub fn readiness(&self) -> Readiness {
        Readiness { draining: self.draining.load(Ordering::Relaxed), store: self.store.health() }
    }
}

/// The result of a health check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    /// True while the server stops; new requests should go elsewhere.
    pub draining: bool,
    /// The health of the store.
    pub store: Health,
}

impl Readiness {
    /// True if all requests can be served.
    pub fn is_ready(&self) -> bool {
        let is_shared_alive = self.store.journal.as_ref().is_none_or(Result::is_ok);
        !self.draining && self.store.reads && self.store.writes == Writes::Work && is_shared_alive
    }

    /// The working and failed parts by name: introspection, userinfo and key sets need `reads`;
    /// administration, revocation and other durable changes need `writes`.
    pub fn to_json(&self) -> String {
        let status = match (self.is_ready(), self.draining) {
            (true, _) => "ready",
            (false, true) => "stopping",
            (false, false) => "not ready",
        };
        let reads = if self.store.reads { "ok" } else { "failing" };
        let parts: Vec<_> = self.store.damaged_parts.iter().map(|part| part.name()).collect();
        let mut members = serde_json::json!({
            "status": status,
            "reads": reads,
            "writes": self.store.writes.as_str(),
            "damagedPages": self.store.damaged_pages,
            "damagedTables": parts,
        });
        if let (Some(journal), Some(members)) = (&self.store.journal, members.as_object_mut()) {
            let state = journal.as_ref().err().map_or_else(|| "ok".to_owned(), ToString::to_string);
            members.insert("database".to_owned(), state.into());
        }
        members.to_string()
    }
}
