//! One module per noun: each turns arguments into a management call and its reply into text.

pub(crate) mod api;
pub(crate) mod secret;
pub(crate) mod token;
pub(crate) mod user;
