//! Building blocks of the measurements, whose plans are in the directories beside this one.

pub mod callgrind;
pub mod connection;
pub mod disk;
pub mod fill;
pub mod idle;
pub mod jwt;
pub mod lab;
pub mod population;
pub mod process;
pub mod report;
pub mod seed;
pub mod signing;

/// The result of a measurement. Errors are only printed, so a sentence is enough.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
