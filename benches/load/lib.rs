//! The parts of the load measurement, apart from its plan (`main.rs`).

pub mod disk;
pub mod generator;
pub mod jwt;
pub mod lab;
pub mod process;
pub mod report;
pub mod seed;
pub mod signing;
pub mod stats;
pub mod workload;

/// Measurements fail for many reasons that nobody handles one by one; a sentence is enough.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
