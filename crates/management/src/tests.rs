//! Rules of the calls, each on an instance of its own.

mod callers;
mod conditions;
mod credentials;
mod organizations;
mod projects;
mod users;
