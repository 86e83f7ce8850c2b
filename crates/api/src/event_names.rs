//! Names of the objects in audit events: the trail has ids, which never change, and people know names.
//!
//! The same id may be chosen for a user and a project, so names are kept by kind.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

type ById = BTreeMap<String, String>;

#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
pub struct Names {
    /// Usernames of service users, by id.
    pub users: ById,
    /// Names of APIs, by id.
    pub applications: ById,
    /// Names of projects, by id.
    pub projects: ById,
    /// Names of organizations, by id.
    pub organizations: ById,
}
