//! The endpoints: each reads top to bottom from request to answer.

pub mod introspect;
pub mod keys;
pub mod management;
pub mod revoke;
pub mod token;
pub mod userinfo;

pub(crate) mod client;
pub(crate) mod issue;
pub(crate) mod live;
