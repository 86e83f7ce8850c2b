//! All calls, by service.

pub mod administrator;
pub mod application;
pub mod audit;
pub mod authorization;
pub mod credential;
pub mod name;
pub mod organization;
pub mod project;
pub mod server;
pub mod token;
pub mod token_key;
pub mod user;
pub mod web_key;
