//! Administration: the commands, and what each of them does.

pub mod client_events;
mod command;
mod outcome;
mod right;

pub use command::*;
pub use outcome::Outcome;
pub use right::Right;
