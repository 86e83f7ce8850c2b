//! The shapes of the management API: the calls, their requests, and their replies.
//!
//! The server, the command line and tests speak through these types. [`calls`] has a type for each call: it
//! names the path, the table of members, and the types of request and reply.
//!
//! A request is written as the wire has it, and read in the form that normalisation leaves, in which dates
//! and durations are numbers of seconds. A reply is written and read as the wire has it.

#![expect(
    missing_docs,
    reason = "names and meanings are those of the API; the OpenAPI document has the comments that are here"
)]

pub mod calls;
pub mod message;
pub mod messages;

pub mod page;
pub mod sorting;
pub mod text;
pub mod values;

pub mod acceptance;
pub mod access_tokens;
pub mod administrators;
pub mod application_keys;
pub mod applications;
pub mod audit;
pub mod authorizations;
pub mod credentials;
pub mod event_names;
pub mod explain;
pub mod keys;
pub mod leaks;
pub mod machine;
pub mod metadata;
pub mod names;
pub mod organizations;
pub mod project_grants;
pub mod project_roles;
pub mod projects;
pub mod secrets;
pub mod statistics;
pub mod token_keys;
pub mod tokens;
pub mod user_credentials;
pub mod user_filter;
pub mod user_listing;
pub mod users;
pub mod web_keys;

use message::Message;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One call of the API.
pub trait Operation {
    /// The service, such as `zitadel.user.v2.UserService`.
    const SERVICE: &'static str;
    /// The method, such as `CreateUser`.
    const METHOD: &'static str;
    /// The members of its request.
    const MESSAGE: &'static Message;
    /// Its request: written as the wire has it, read as normalisation leaves it.
    type Request: Serialize + DeserializeOwned + Send + 'static;
    /// Its reply.
    type Reply: Serialize + DeserializeOwned + JsonSchema + Send + 'static;

    /// Its path in the Connect protocol.
    fn path() -> String {
        format!("/{}/{}", Self::SERVICE, Self::METHOD)
    }
}
