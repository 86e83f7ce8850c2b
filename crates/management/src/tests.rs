//! Rules of the calls, each on an instance of its own.

mod callers;
mod conditions;
mod credentials;
mod every_call;
mod keys;
mod listings;
mod organizations;
mod projects;
mod requests;
mod tokens;
mod unreadable;
mod users;
mod world;
