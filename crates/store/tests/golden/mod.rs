//! The objects that the attempts of `operations.rs` are about, and a text of all rows.

#![expect(clippy::unwrap_used, reason = "a test program fails by panicking, its helpers too")]
#![expect(unreachable_pub, reason = "public to the test program that includes it")]

pub mod attempts;

use jeton_domain::admin::{ClientOperation, ClientUpdate, Operation};
use jeton_domain::credential::{Credential, ExistingCredentials};
use jeton_domain::id::{ClientId, OrganizationId, ProjectId};
use jeton_domain::resource::Resource;
use jeton_domain::role::RoleKey;
use jeton_store::testing::MemoryDisk;
use redb::{Key, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, Value};
use std::fmt::Write as _;
use twox_hash::XxHash3_64;

pub const FOREIGN: OrganizationId = OrganizationId(401);
pub const SPOILED_ORGANIZATION: OrganizationId = OrganizationId(402);
pub const PROJECT: ProjectId = ProjectId(501);
pub const SPOILED_PROJECT: ProjectId = ProjectId(502);
pub const TARGET: ClientId = ClientId(300);
pub const API: ClientId = ClientId(350);

/// The users that the attempts are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    Target,
    Administrator,
    Stranger,
    Spoiled,
    SpoiledAdministrator,
    Spare,
}

impl Name {
    pub const ALL: [Self; 6] = [
        Self::Target,
        Self::Administrator,
        Self::Stranger,
        Self::Spoiled,
        Self::SpoiledAdministrator,
        Self::Spare,
    ];

    pub const fn id(self) -> ClientId {
        ClientId(TARGET.0 + self as u64)
    }

    pub const fn text(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Administrator => "administrator",
            Self::Stranger => "stranger",
            Self::Spoiled => "spoiled",
            Self::SpoiledAdministrator => "spoiled-administrator",
            Self::Spare => "spare",
        }
    }

    pub fn organization(self, home: OrganizationId) -> OrganizationId {
        if self == Self::Stranger { FOREIGN } else { home }
    }
}

pub fn role(key: &str) -> RoleKey {
    RoleKey::parse(key).unwrap()
}

pub fn resource(uri: &str) -> Resource {
    Resource::parse(uri).unwrap()
}

pub fn update(client: ClientId, update: ClientUpdate) -> Operation {
    Operation::Client(client, ClientOperation::Update(update))
}

pub fn add(credential: Credential) -> ClientUpdate {
    ClientUpdate::AddCredential { credential, others: ExistingCredentials::Keep }
}

/// Every row of every table but the clocks: the key, and the value or its checksum.
pub fn dump(disk: &MemoryDisk) -> String {
    let database = disk.plain_database().unwrap();
    let read = database.begin_read().unwrap();
    let mut text = String::new();
    rows::<&str, &[u8]>(&read, "metadata", &mut text);
    for name in ["organizations", "projects", "clients", "signing_keys", "token_keys", "audit", "audit_gaps"]
    {
        rows::<u64, &[u8]>(&read, name, &mut text);
    }
    for name in ["authorizations", "credential_owners", "last_uses"] {
        rows::<u64, u64>(&read, name, &mut text);
    }
    for name in ["resources", "client_names"] {
        rows::<&str, u64>(&read, name, &mut text);
    }
    for name in ["retired_ids", "set_aside"] {
        rows::<u64, ()>(&read, name, &mut text);
    }
    rows::<(u64, u64, u64), ()>(&read, "users", &mut text);
    for name in ["audit_ages", "administrators"] {
        rows::<(u8, u64, u64), ()>(&read, name, &mut text);
    }
    for name in ["home_administrators", "applications"] {
        rows::<(u64, u64), ()>(&read, name, &mut text);
    }
    rows::<u128, (u64, bool)>(&read, "revoked_tokens", &mut text);
    rows::<(u64, u64), &[u8]>(&read, "past_credentials", &mut text);
    rows::<(u64, u8, u128), u64>(&read, "expiries", &mut text);
    rows::<&str, (u64, u64, u64, u64)>(&read, "retired_names", &mut text);
    rows::<(u8, u64), ()>(&read, "removals", &mut text);
    rows::<(u64, &str), u64>(&read, "users_by_name", &mut text);
    rows::<(u64, u64), u64>(&read, "project_authorizations", &mut text);
    rows::<(u8, u64), u64>(&read, "counts", &mut text);
    text
}

fn rows<K: Key + 'static, V: Value + 'static>(read: &ReadTransaction, name: &str, text: &mut String) {
    let table = read.open_table(TableDefinition::<K, V>::new(name)).unwrap();
    for row in table.iter().unwrap() {
        let (key, value) = row.unwrap();
        let (key, value) = (format!("{:?}", key.value()), value.value());
        let bytes = V::as_bytes(&value);
        let bytes = bytes.as_ref();
        let value = match bytes.len() {
            0..=16 => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            len => format!("{len} bytes {:016x}", XxHash3_64::oneshot(bytes)),
        };
        let _ = writeln!(text, "{name} {key} {value}");
    }
}
