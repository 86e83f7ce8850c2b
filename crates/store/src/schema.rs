//! All tables on one page: keys, values, who writes, who deletes.
//!
//! | table | key | value |
//! |---|---|---|
//! | `metadata` | name | see the constants below |
//! | `organizations` | organization id | organization |
//! | `projects` | project id | project with its roles and grants |
//! | `retired_ids` | id of a deleted client, project or organization | nothing |
//! | `retired_names` | kind and name of a deleted or renamed object | owner, organization, both clocks |
//! | `removals` | kind and id of a deleted object that still has rows | nothing |
//! | `signing_keys` | signing key id | signing key, the private half encrypted |
//! | `clients` | client id | client with its credentials |
//! | `client_names` | folded username of a service user | client id |
//! | `resources` | resource URI of an API | client id |
//! | `users_by_name` | organization, folded username of a service user | client id |
//! | `users` | organization, creation, client id of a service user | nothing |
//! | `authorizations` | authorization id | client id of its user |
//! | `project_authorizations` | project, authorization id | client id of its user |
//! | `applications` | project, client id | nothing |
//! | `administrators` | kind and id of the administered object, client id | nothing |
//! | `home_administrators` | organization of a user with administrator roles, client id | nothing |
//! | `credential_owners` | id of a present credential of a client | client id |
//! | `counts` | kind, id of the owner of the counted objects | the number |
//! | `last_uses` | credential id | Unix seconds |
//! | `token_keys` | token key id | token key, encrypted |
//! | `revoked_tokens` | name of an access token | client id, true if others revoked it |
//! | `used_assertions` | digest of client and `jti` | client id |
//! | `past_credentials` | client id, credential id | credential and the time of its revocation |
//! | `expiries` | careful clock at the expiry, kind, name | earliest wall clock at the expiry |
//! | `set_aside` | id of a deactivated unreadable client, project or organization | nothing |
//! | `audit` | event id | link of the chain, event |
//! | `audit_ages` | class, careful clock, number of an event | nothing |
//! | `audit_gaps` | number of the first deleted event | number of the last one, its link, a seal |
//!
//! `client_names` to `counts` are indexes, written and deleted as `index.rs` describes. The others:
//!
//! | table | written by | deleted by |
//! |---|---|---|
//! | `metadata` | opening (format, key check), every batch that moves a counter | never |
//! | `organizations` | opening (the first), administration | administration |
//! | `projects` | opening (the first two), administration | administration |
//! | `retired_ids` | deleting a client, project or organization | never |
//! | `retired_names` | deleting, renaming | using the name again, freeing it |
//! | `removals` | deleting | removing the last row (`removal.rs`) |
//! | `signing_keys` | administration, rotation | when there are too many |
//! | `clients` | administration | deleting a client |
//! | `last_uses` | at most once a minute per credential | deleting a client, dropping old credentials |
//! | `token_keys` | administration, rotation | when there are too many |
//! | `revoked_tokens` | revoking one token | expiry |
//! | `used_assertions` | accepting an assertion | expiry |
//! | `past_credentials` | every end of a credential | expiry, deleting a client |
//! | `expiries` | every write of a row that expires | expiry (`expiry.rs`) |
//! | `set_aside` | deactivating the object | deleting the object |
//! | `audit` | commands, summaries of failures | end of the retention (`audit/retention.rs`) |
//! | `audit_ages` | every event | end of the retention |
//! | `audit_gaps` | deleting events (`audit/retention.rs`) | when gaps meet |
//!
//! An access token that was issued has no row. Only the writer thread writes. Tokens that are revoked
//! through their client or credential are recognised as such by the marks in the client's record.

use crate::writing::Primary;
use redb::TableDefinition;

pub(crate) const METADATA: Primary<&str, &[u8]> = Primary::new(1, "metadata");
pub(crate) const ORGANIZATIONS: Primary<u64, &[u8]> = Primary::new(2, "organizations");
pub(crate) const SIGNING_KEYS: Primary<u64, &[u8]> = Primary::new(7, "signing_keys");
pub(crate) const AUTHORIZATIONS: TableDefinition<'static, u64, u64> = TableDefinition::new("authorizations");
pub(crate) const RESOURCES: TableDefinition<'static, &str, u64> = TableDefinition::new("resources");
pub(crate) const TOKEN_KEYS: Primary<u64, &[u8]> = Primary::new(10, "token_keys");
pub(crate) const REVOKED_TOKENS: Primary<u128, (u64, bool)> = Primary::new(11, "revoked_tokens");
pub(crate) const PAST_CREDENTIALS: Primary<(u64, u64), &[u8]> = Primary::new(12, "past_credentials");
pub(crate) const EXPIRIES: Primary<Expiring, u64> = Primary::new(13, "expiries");
pub(crate) const USED_ASSERTIONS: TableDefinition<'static, u128, u64> =
    TableDefinition::new("used_assertions");
pub(crate) const RETIRED_IDS: Primary<u64, ()> = Primary::new(4, "retired_ids");
/// A row: owner, organization, and both clocks.
pub(crate) type RetiredRow = (u64, u64, u64, u64);

pub(crate) const RETIRED_NAMES: Primary<&str, RetiredRow> = Primary::new(5, "retired_names");
pub(crate) const REMOVALS: Primary<RemovalKey, ()> = Primary::new(6, "removals");
pub(crate) const SET_ASIDE: Primary<u64, ()> = Primary::new(14, "set_aside");
pub(crate) const USERS: TableDefinition<'static, UserKey, ()> = TableDefinition::new("users");
pub(crate) const USERS_BY_NAME: TableDefinition<'static, (u64, &str), u64> =
    TableDefinition::new("users_by_name");
pub(crate) const PROJECT_AUTHORIZATIONS: TableDefinition<'static, (u64, u64), u64> =
    TableDefinition::new("project_authorizations");
pub(crate) const HOME_ADMINISTRATORS: TableDefinition<'static, (u64, u64), ()> =
    TableDefinition::new("home_administrators");
pub(crate) const CREDENTIAL_OWNERS: TableDefinition<'static, u64, u64> =
    TableDefinition::new("credential_owners");
pub(crate) const COUNTS: TableDefinition<'static, CountKey, u64> = TableDefinition::new("counts");
pub(crate) const APPLICATIONS: TableDefinition<'static, (u64, u64), ()> =
    TableDefinition::new("applications");
pub(crate) const ADMINISTRATORS: TableDefinition<'static, AdminScopeKey, ()> =
    TableDefinition::new("administrators");
pub(crate) const AUDIT: Primary<u64, &[u8]> = Primary::new(15, "audit");
pub(crate) const AUDIT_AGES: Primary<AgeKey, ()> = Primary::new(16, "audit_ages");
pub(crate) const AUDIT_GAPS: Primary<u64, &[u8]> = Primary::new(17, "audit_gaps");
pub(crate) const PROJECTS: Primary<u64, &[u8]> = Primary::new(3, "projects");
pub(crate) const CLIENTS: Primary<u64, &[u8]> = Primary::new(8, "clients");
pub(crate) const CLIENT_NAMES: TableDefinition<'static, &str, u64> = TableDefinition::new("client_names");
pub(crate) const LAST_USES: Primary<u64, u64> = Primary::new(9, "last_uses");

/// Key of a row that expires: the careful clock at its expiry, its kind, and 128 bits that name it.
pub(crate) type Expiring = (u64, u8, u128);

/// Key of a service user in the order of creation: its organization, its creation time, its id.
pub(crate) type UserKey = (u64, u64, u64);

/// Key of administrator roles: kind and id of the administered object, client id.
pub(crate) type AdminScopeKey = (u8, u64, u64);

/// Key of the age of an event: its class, the careful clock from which its age counts, its number.
pub(crate) type AgeKey = (u8, u64, u64);

/// Key of an object whose rows have to be removed: its kind, and its id.
pub(crate) type RemovalKey = (u8, u64);

/// Key of a count: its kind, and the id of the owner.
pub(crate) type CountKey = (u8, u64);

/// Version of the tables and records. A store with another version is refused.
pub(crate) const FORMAT_VERSION: u64 = 1;

/// `metadata`: [`FORMAT_VERSION`] of the file, u64 little-endian.
pub(crate) const META_FORMAT: &str = "format_version";
/// `metadata`: the server key's check value, 32 bytes.
pub(crate) const META_KEY_CHECK: &str = "server_key_check";
/// `metadata`: the last reading of the wall clock, Unix seconds, u64 little-endian.
pub(crate) const META_CLOCK: &str = "wall_clock";
/// `metadata`: the careful clock, seconds, u64 little-endian.
pub(crate) const META_CAREFUL: &str = "careful_clock";
/// `metadata`: the newest generation of tokens that was drawn, u64 little-endian.
pub(crate) const META_GENERATION: &str = "newest_generation";
/// `metadata`: the project that audiences mean when a token names none, u64 little-endian.
pub(crate) const META_DEFAULT_PROJECT: &str = "default_project";

/// `metadata`: the project that stands for the management API, u64 little-endian.
pub(crate) const META_MANAGEMENT_PROJECT: &str = "management_project";

/// `metadata`: the point of the journal that this server has applied; a server alone has none.
pub(crate) const META_POSITION: &str = "position";

/// `metadata`: the cluster that this server belongs to, 16 bytes, and its number in it, u16 little-endian; a
/// server alone has none.
pub(crate) const META_SHARE: &str = "cluster";

/// `metadata`: the end of the audit trail, see `Trail::head`.
pub(crate) const META_TRAIL: &str = "audit_head";

/// `metadata`: the organization of users and projects that name none, u64 little-endian.
pub(crate) const META_ORGANIZATION: &str = "organization";
