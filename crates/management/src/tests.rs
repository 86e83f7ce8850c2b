//! Rules of the calls, each on an instance of its own.

mod bounds;
mod callers;
mod conditions;
mod credentials;
mod every_call;
mod explanations;
mod filters;
mod keys;
mod listings;
mod organizations;
mod pages;
mod projects;
mod requests;
mod roles;
mod round_trips;
mod server;
mod texts;
mod tokens;
mod unreadable;
mod users;
mod world;
