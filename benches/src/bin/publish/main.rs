//! `cargo run --release -p jeton-benches --bin publish`: writes `docs/performance.md` and its plots from
//! the results of the last run of each measurement in `target/load`.
//!
//! `--to DIRECTORY` writes elsewhere. Figures of shortened measurements are refused, except with `--smoke`.

mod findings;
mod goals;
mod machine;
mod plots;
mod tables;

use findings::Findings;
use jeton_benches::Result;
use std::fmt::Write;
use std::path::PathBuf;

fn main() -> Result<()> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().ok_or("no workspace")?.to_owned();
    let (mut to, mut smoke) = (root.join("docs"), false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--to" => to = arguments.next().ok_or("--to DIRECTORY")?.into(),
            "--smoke" => smoke = true,
            other => return Err(format!("unknown argument {other}").into()),
        }
    }
    let findings = Findings::read(&target()?.join("load"), smoke)?;
    let images = to.join("images");
    std::fs::create_dir_all(&images)?;
    plots::draw(&findings, &images)?;
    let page = to.join("performance.md");
    std::fs::write(&page, text(&findings)?)?;
    println!("wrote {}", page.display());
    Ok(())
}

/// Cargo's target directory: this program is in `TARGET/PROFILE/`.
fn target() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    Ok(own.ancestors().nth(2).ok_or("no target directory")?.to_owned())
}

fn text(findings: &Findings) -> Result<String> {
    let mut page = String::new();
    writeln!(
        page,
        "# Performance\n\n\
         Written by `cargo run --release -p jeton-benches --bin publish` of what `cargo bench` and \
         `cargo bench -p jeton-benches --features peers --bench peers` measured last. How to read the figures, and what was tried \
         and what it gave, is in [`benches/README.md`](../benches/README.md); on your own machine run `jeton bench`.\n\n\
         {}\n",
        machine::text(findings)?
    )?;
    writeln!(page, "## The goals\n\n{}", goals::text(findings))?;
    for section in [
        tables::load(findings),
        tables::jwt(findings),
        tables::stages(findings),
        tables::growth(findings),
        tables::steady(findings),
        tables::slow_disk(findings),
        tables::overload(findings),
        tables::users(findings),
        tables::management(findings),
        tables::peers(findings),
    ] {
        writeln!(page, "{}", section?)?;
    }
    // One empty line at the end of each section is enough.
    Ok(format!("{}\n", page.trim_end()))
}
