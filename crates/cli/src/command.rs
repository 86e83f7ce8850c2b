//! One module per noun: each turns arguments into a management call and its reply into text.

pub(crate) mod api;
pub(crate) mod authorization;
pub(crate) mod key;
pub(crate) mod pat;
pub(crate) mod project;
pub(crate) mod role;
pub(crate) mod secret;
pub(crate) mod signing_key;
pub(crate) mod token;
pub(crate) mod user;
