//! `cargo bench -p jeton-benches --bench binary`: the size of the release binary and the time of a clean
//! release build.

use jeton_benches::Result;
use jeton_benches::lab::build_server;
use jeton_benches::report::{self, Goals};
use serde_json::json;
use std::path::Path;
use std::time::Instant;

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("no workspace")?;
    let target =
        Path::new(env!("CARGO_BIN_EXE_bare-hyper")).ancestors().nth(2).ok_or("no target directory")?;
    let directory = target.join("load");
    std::fs::create_dir_all(&directory)?;
    // A smoke run need not build everything again.
    let built_in = if report::is_smoke() { target.to_owned() } else { directory.join("clean-build") };
    let begun = Instant::now();
    build_server(root, &built_in)?;
    let seconds = begun.elapsed().as_secs_f64();
    let binary_mib = std::fs::metadata(built_in.join("release/jeton"))?.len() as f64 / 1_048_576.0;
    if !report::is_smoke() {
        std::fs::remove_dir_all(built_in)?;
    }
    let mut goals = Goals::default();
    goals.figure(
        "P10",
        "MiB release binary",
        binary_mib,
        None,
        "24 MiB; a clean release build on two cores within 6 minutes",
    );
    goals.extend("P10", json!({ "build_seconds": seconds.round() }));
    println!("release build in {seconds:.0} s");
    goals.print();
    goals.write(&directory)
}
