//! The environment of measurements: binaries, cores and a directory.

use crate::process;
use crate::report::{Run, Series};
use crate::{Result, seed};
use jeton_load::generator::{Generator, Until};
use jeton_load::process::{Server, free_address};
use jeton_load::workload::Workload;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The binaries, and a directory on a disk.
#[derive(Debug, Clone)]
pub struct Lab {
    /// The server's binary.
    pub jeton: PathBuf,
    /// The baseline's binary.
    pub bare: PathBuf,
    /// Directory of reports and data directories.
    pub directory: PathBuf,
    /// The core of the servers.
    pub server_core: usize,
    /// The core of the generator.
    pub generator_core: usize,
    /// Number of available cores.
    pub cores: usize,
}

/// Number and duration of the runs.
#[derive(Debug, Clone, Copy)]
pub struct Rounds {
    /// Pairs of runs.
    pub count: usize,
    /// Duration of the load that is not counted.
    pub warm_up: Duration,
    /// Duration of the load that is counted.
    pub measure: Duration,
}

impl Lab {
    /// Builds the server unless another binary is given, and pins this process to its own core.
    ///
    /// # Errors
    /// The server does not build, or the directory is not on a disk.
    pub fn open(bare: &str, other_server: Option<&Path>) -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("no workspace")?;
        let bare = PathBuf::from(bare);
        let target = bare.parent().and_then(Path::parent).ok_or("no target directory")?;
        let jeton = match other_server {
            Some(other) => other.to_owned(),
            None => build_server(root, target).map(|()| target.join("release/jeton"))?,
        };
        let directory = target.join("load");
        std::fs::create_dir_all(&directory)?;
        if jeton_load::disk::is_in_memory(&directory)? {
            return Err("the target directory is in memory; durable figures need a disk".into());
        }
        let cores = process::cores()?;
        let (Some(server_core), Some(generator_core)) = (cores.first().copied(), cores.last().copied())
        else {
            return Err("no core to run on".into());
        };
        if server_core == generator_core {
            println!("only one core: server and generator share it, ratios mean little");
        }
        process::stay_on(&[generator_core])?;
        Ok(Self { jeton, bare, directory, server_core, generator_core, cores: cores.len() })
    }

    /// The command that starts the server.
    pub fn server_command(&self, data_dir: &Path, address: SocketAddr) -> Command {
        let mut command = Command::new(&self.jeton);
        command.arg("serve").arg("--data-dir").arg(data_dir).arg("--listen").arg(address.to_string());
        command.env("JETON_LOG", "warn");
        command
    }

    /// Starts bare hyper with answers of the same length as those of `what`.
    ///
    /// # Errors
    /// It does not start.
    pub fn bare_hyper(&self, what: &str) -> Result<Server> {
        let address = free_address()?;
        let mut command = Command::new(&self.bare);
        command.arg(address.port().to_string()).arg(what);
        process::start(command, address, self.server_core)
    }
}

/// Builds the server with the release profile.
///
/// # Errors
/// The build fails.
pub fn build_server(root: &Path, target: &Path) -> Result<()> {
    build(root, target, "release")
}

/// Builds the server with a profile.
///
/// # Errors
/// The build fails.
pub fn build(root: &Path, target: &Path, profile: &str) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build
        .current_dir(root)
        .args(["build", "--profile", profile, "--bin", "jeton", "--target-dir"])
        .arg(target);
    if build.status()?.success() { Ok(()) } else { Err("the release server does not build".into()) }
}

impl Rounds {
    /// Runs the server and the baseline in turn: A B A B.
    ///
    /// # Errors
    /// One of them fails.
    pub fn pairs<W: Workload>(
        self,
        kind: &'static str,
        connections: usize,
        (jeton, socket): (&Server, &Path),
        bare: &Server,
        workload: &mut dyn FnMut() -> W,
    ) -> Result<Series> {
        let mut series = Series { kind, connections, jeton: Vec::new(), bare: Vec::new() };
        for _ in 0..self.count {
            series.jeton.push(self.run(jeton, connections, &mut workload(), Some(socket))?);
            series.bare.push(self.run(bare, connections, &mut workload(), None)?);
        }
        series.print();
        Ok(series)
    }

    /// One run. `socket` is the operator's socket of a server with counters.
    ///
    /// # Errors
    /// The server fails.
    pub fn run(
        self,
        server: &Server,
        connections: usize,
        workload: &mut dyn Workload,
        socket: Option<&Path>,
    ) -> Result<Run> {
        let mut generator = Generator::open(server.address, connections, workload)?;
        generator.run(Until::Elapsed(self.warm_up), workload)?;
        let statistics = || socket.map_or(Ok((0, 0)), seed::statistics);
        let ((commits, commands), cpu) = (statistics()?, process::cpu(server.id())?);
        let measured = generator.run(Until::Elapsed(self.measure), workload)?;
        let cpu = process::cpu(server.id())?.saturating_sub(cpu);
        let (commits_after, commands_after) = statistics()?;
        Ok(Run {
            per_second: measured.answers as f64 / measured.elapsed.as_secs_f64(),
            p50_ms: measured.latencies.percentile_ms(0.5),
            p99_ms: measured.latencies.percentile_ms(0.99),
            cpu_us: cpu.as_secs_f64() * 1e6 / measured.answers.max(1) as f64,
            batch: (commands_after - commands) as f64 / (commits_after - commits).max(1) as f64,
        })
    }
}
