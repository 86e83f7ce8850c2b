//! What the measurements are made of; their plans are in the folders beside this one.

pub mod callgrind;
pub mod connection;
pub mod disk;
pub mod fill;
pub mod generator;
pub mod idle;
pub mod jwt;
pub mod lab;
pub mod population;
pub mod process;
pub mod report;
pub mod seed;
pub mod signing;
pub mod stats;
pub mod workload;

/// Measurements fail for many reasons that nobody handles one by one; a sentence is enough.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
