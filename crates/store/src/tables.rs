//! The parts of the database file by name, and the tables of which a start needs every page.
//!
//! A start reads few tables. If a page of another table is damaged, the rows on it count as unknown, and
//! requests that need them are answered 503 (`counters.rs`). `jeton verify` uses the same list to predict
//! if a server would start.

use std::fmt;

/// One of our tables.
struct Facts {
    name: &'static str,
    is_needed: bool,
}

const fn needed(name: &'static str) -> Facts {
    Facts { name, is_needed: true }
}

const fn other(name: &'static str) -> Facts {
    Facts { name, is_needed: false }
}

/// All tables of `schema.rs`.
const TABLES: &[Facts] = &[
    // Format, key and counters: without them nothing else can be understood.
    needed("metadata"),
    // Without them, deleted clients and projects would be there again.
    needed("removals"),
    other("administrators"),
    other("applications"),
    other("audit"),
    other("audit_ages"),
    other("audit_gaps"),
    other("authorizations"),
    other("client_names"),
    other("clients"),
    other("counts"),
    other("credential_owners"),
    other("expiries"),
    other("home_administrators"),
    other("last_uses"),
    other("organizations"),
    other("past_credentials"),
    other("project_authorizations"),
    other("projects"),
    other("resources"),
    other("retired_ids"),
    other("retired_names"),
    other("revoked_tokens"),
    other("set_aside"),
    other("signing_keys"),
    other("token_keys"),
    other("used_assertions"),
    other("users"),
    other("users_by_name"),
];

/// A part of the database file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The header.
    Header,
    /// The tree that leads to the tables.
    Definitions,
    /// Tables that the engine keeps for itself.
    Engine,
    /// A table of `schema.rs`, by name.
    Table(&'static str),
    /// Pages that were written since the store was opened: the table of such a page is not known.
    Written,
}

impl Part {
    /// All tables of `schema.rs`.
    pub fn tables() -> impl Iterator<Item = Self> {
        TABLES.iter().map(|table| Self::Table(table.name))
    }

    /// The table with this name.
    pub(crate) fn of_table(name: &[u8]) -> Self {
        let known = TABLES.iter().find(|table| table.name.as_bytes() == name);
        known.map_or(Self::Written, |table| Self::Table(table.name))
    }

    /// True if a store is refused at the start when this part of it is damaged.
    pub fn is_needed_to_start(self) -> bool {
        match self {
            Self::Header | Self::Definitions | Self::Engine => true,
            Self::Table(name) => TABLES.iter().any(|table| table.name == name && table.is_needed),
            Self::Written => false,
        }
    }

    /// The name in messages and in machine-readable output. For a table it is the table's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Header => "header",
            Self::Definitions => "definitions of tables",
            Self::Engine => "tables of the engine",
            Self::Table(name) => name,
            Self::Written => "pages written since the start",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_clients_and_keys_are_not_needed_to_start() {
        let parts = [Part::Header, Part::Definitions, Part::Engine, Part::Table("metadata")];
        assert!(parts.into_iter().all(Part::is_needed_to_start));
        for name in ["organizations", "projects", "signing_keys", "clients", "authorizations"] {
            assert!(!Part::Table(name).is_needed_to_start(), "{name}");
        }
    }
}
