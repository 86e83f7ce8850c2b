//! A text of all rows of a store.

#![expect(clippy::unwrap_used, reason = "a test program fails by panicking, its helpers too")]
#![expect(unreachable_pub, reason = "public to the test program that includes it")]

use jeton_store::testing::MemoryDisk;
use redb::{Key, ReadTransaction, ReadableDatabase, ReadableTable, TableDefinition, Value};
use std::fmt::Write as _;
use twox_hash::XxHash3_64;

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
