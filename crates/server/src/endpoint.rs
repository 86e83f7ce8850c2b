//! The endpoints: each reads top to bottom from request to answer.

pub mod introspect;
pub mod revoke;
pub mod token;
pub mod userinfo;

mod client;
mod live;
