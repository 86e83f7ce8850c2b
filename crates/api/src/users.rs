//! Service users: `zitadel.user.v2.UserService`. Listing them is in `listing.rs`.

use crate::machine::{Machine, MachineInput};
use crate::values::{Date, Details};
use jeton_domain::client::{Client, ClientState};
use jeton_domain::time::Moment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateUser {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    pub machine: MachineInput,
}

/// One of many users to be created.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserInput {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    pub machine: MachineInput,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedUser {
    pub id: String,
    /// Jeton extension: the same under the name that the other calls use.
    pub user_id: String,
    pub creation_date: Date,
}

impl CreatedUser {
    pub fn of(client: &Client) -> Self {
        let id = client.id.to_string();
        Self { user_id: id.clone(), id, creation_date: Date(client.created) }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateUsers {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    #[serde(default)]
    pub users: Vec<UserInput>,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CreatedUsers {
    /// In the order of the request.
    pub users: Vec<CreatedUser>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateUser {
    pub user_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine: Option<MachineInput>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ByUserId {
    pub user_id: String,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
pub struct GotUser {
    pub details: Details,
    pub user: User,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct User {
    pub user_id: String,
    pub details: Details,
    pub state: Cow<'static, str>,
    pub username: String,
    pub login_names: Vec<String>,
    pub preferred_login_name: String,
    pub machine: Machine,
}

impl User {
    pub fn of(client: &Client, now: Moment) -> Option<Self> {
        let user = client.service_user()?;
        let username = client.name.to_string();
        Some(Self {
            user_id: client.id.to_string(),
            details: Details::of(client),
            state: match client.state {
                ClientState::Active => "USER_STATE_ACTIVE".into(),
                ClientState::Inactive => "USER_STATE_INACTIVE".into(),
                ClientState::Locked => "USER_STATE_LOCKED".into(),
            },
            username: username.clone(),
            login_names: vec![username.clone()],
            preferred_login_name: username,
            machine: Machine::of(client, user, now),
        })
    }
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeletedUser {
    pub deletion_date: Date,
    /// Absent if the record could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
}

/// The reply of calls that change a user's state, in ZITADEL's shape.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Switched {
    /// Absent if the record could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<Details>,
    /// Jeton extension: the time of the change, as in the other calls.
    pub change_date: Date,
}
