//! All tables on one page: keys, values, who writes, who deletes.
//!
//! | table | key | value | written by | deleted by |
//! |---|---|---|---|---|
//! | `metadata` | name | see the constants below | opening (format, key check), every batch that moves a counter | never |
//! | `projects` | project id | project | opening (the default project) | never yet |
//! | `clients` | client id | client with its credentials | administration | deleting a client |
//! | `client_names` | OAuth `client_id` of a service user | client id | creating a service user | deleting a client |
//! | `last_uses` | credential id | Unix seconds | the writer, at most once a minute per credential | deleting a client, dropping old credentials |
//! | `access_tokens` | expiry and sequence | token | issuing | revoking one token, purging |
//!
//! Only the writer thread writes. Tokens that are revoked through their client or credential stay
//! until they expire; the marks that make them dead are in the client's record.
//!
//! `access_tokens` is ordered by expiry and then by order of issue: tokens with one lifetime are
//! appended at the right edge, and purging takes from the left. With random keys the same inserts
//! cost eight times the CPU and nineteen times the bytes (measured with redb 4.6 at 256 per commit).

use jeton_oauth::time::Timestamp;
use jeton_oauth::token::{Sequence, TokenKey};
use redb::TableDefinition;

pub(crate) const METADATA: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("metadata");
pub(crate) const PROJECTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("projects");
pub(crate) const CLIENTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("clients");
pub(crate) const CLIENT_NAMES: TableDefinition<'_, &str, u64> = TableDefinition::new("client_names");
pub(crate) const LAST_USES: TableDefinition<'_, u64, u64> = TableDefinition::new("last_uses");
pub(crate) const ACCESS_TOKENS: TableDefinition<'_, u128, &[u8]> = TableDefinition::new("access_tokens");

/// Version of the tables and records; a store of a newer one is refused.
pub(crate) const FORMAT_VERSION: u64 = 1;

/// `metadata`: [`FORMAT_VERSION`] of the file, u64 little-endian.
pub(crate) const META_FORMAT: &str = "format_version";
/// `metadata`: the server key's check value, 32 bytes.
pub(crate) const META_KEY_CHECK: &str = "server_key_check";
/// `metadata`: the highest wall clock seen, Unix seconds, u64 little-endian.
pub(crate) const META_CLOCK: &str = "clock_highest";
/// `metadata`: sequences below this one may have been used, u64 little-endian.
pub(crate) const META_SEQUENCE: &str = "sequence_reserved";
/// `metadata`: the highest id given out, u64 little-endian.
pub(crate) const META_ID: &str = "id_highest";
/// `metadata`: the project that audiences mean when a token names none, u64 little-endian.
pub(crate) const META_DEFAULT_PROJECT: &str = "default_project";

/// `metadata`: the organization that everything belongs to, u64 little-endian.
pub(crate) const META_ORGANIZATION: &str = "organization";

/// The row key of a token: expiry in the upper half, sequence in the lower.
pub(crate) const fn row_key(key: TokenKey) -> u128 {
    ((key.expires.0 as u128) << 64) | key.sequence.0 as u128
}

/// The token of a row key.
#[expect(clippy::cast_possible_truncation, reason = "takes the key apart in halves of 64 bits")]
pub(crate) const fn token_key(row: u128) -> TokenKey {
    TokenKey { expires: Timestamp((row >> 64) as u64), sequence: Sequence(row as u64) }
}
