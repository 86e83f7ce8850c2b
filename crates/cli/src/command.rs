//! One module per noun, each of which turns arguments into a management call and its reply into text.

pub(crate) mod admin;
pub(crate) mod api;
pub(crate) mod audit;
pub(crate) mod authorization;
pub(crate) mod console;
pub(crate) mod import;
pub(crate) mod key;
pub(crate) mod manual;
pub(crate) mod name;
pub(crate) mod organization;
pub(crate) mod pat;
pub(crate) mod profile;
pub(crate) mod project;
pub(crate) mod project_grant;
pub(crate) mod role;
pub(crate) mod secret;
pub(crate) mod signing_key;
pub(crate) mod statistics;
pub(crate) mod token;
pub(crate) mod token_key;
pub(crate) mod user;
pub(crate) mod verify;
