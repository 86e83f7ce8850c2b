//! The filters of `ListUsers`.

use crate::text::Method;
use serde::{Deserialize, Serialize};

/// One filter; exactly one member is set. Unknown filters are refused, because ignoring one would widen the
/// result.
#[derive(Debug, Serialize, Deserialize)]
pub enum Query {
    #[serde(rename = "userNameQuery")]
    UserName(NameQuery),
    #[serde(rename = "loginNameQuery")]
    LoginName(LoginNameQuery),
    #[serde(rename = "displayNameQuery")]
    DisplayName(DisplayNameQuery),
    #[serde(rename = "typeQuery")]
    Type { r#type: Type },
    #[serde(rename = "stateQuery")]
    State { state: State },
    #[serde(rename = "inUserIdsQuery", rename_all = "camelCase")]
    InUserIds {
        #[serde(default)]
        user_ids: Vec<String>,
    },
    #[serde(rename = "organizationIdQuery", rename_all = "camelCase")]
    OrganizationId { organization_id: String },
    #[serde(rename = "orQuery")]
    Or {
        #[serde(default)]
        queries: Vec<Query>,
    },
    #[serde(rename = "andQuery")]
    And {
        #[serde(default)]
        queries: Vec<Query>,
    },
    #[serde(rename = "notQuery")]
    Not { query: Box<Query> },
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NameQuery {
    #[serde(default)]
    pub user_name: String,
    #[serde(default)]
    pub method: Method,
}

/// The login name of a machine user is its username.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoginNameQuery {
    #[serde(default)]
    pub login_name: String,
    #[serde(default)]
    pub method: Method,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Type {
    #[serde(rename = "TYPE_HUMAN")]
    Human,
    #[serde(rename = "TYPE_MACHINE")]
    Machine,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    #[serde(rename = "USER_STATE_ACTIVE")]
    Active,
    #[serde(rename = "USER_STATE_INACTIVE")]
    Inactive,
    #[serde(rename = "USER_STATE_LOCKED")]
    Locked,
    /// A state that no listed user has.
    #[serde(rename = "USER_STATE_DELETED", alias = "USER_STATE_INITIAL")]
    Other,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DisplayNameQuery {
    #[serde(default)]
    pub display_name: String,
    #[serde(default)]
    pub method: Method,
}
