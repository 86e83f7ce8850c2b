//! Servers filled like real ones: users imported from a file, tokens issued over the wire.

use crate::lab::Lab;
use crate::process;
use crate::{Result, disk, seed};
use jeton_load::generator::{Generator, Until};
use jeton_load::process::Server;
use jeton_load::workload::{Issue, basic};
use serde_json::json;
use std::fmt::Write;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// A server with imported users.
#[derive(Debug)]
pub struct Filled {
    /// The data directory.
    pub data_dir: PathBuf,
    /// The operator's socket.
    pub socket: PathBuf,
    /// The process.
    pub server: Server,
    /// Number of imported users.
    pub users: usize,
}

/// The cost of an import.
#[derive(Debug, Clone, Copy)]
pub struct Import {
    /// Users per second.
    pub per_second: f64,
    /// CPU time of the server per user, in microseconds.
    pub cpu_us: f64,
}

/// The name of an imported user.
pub fn name(number: usize) -> String {
    format!("bench-{number:07}")
}

impl Filled {
    /// Starts a server on an empty directory; `arguments` are added to those of `serve`.
    ///
    /// # Errors
    /// The server does not start.
    pub fn start(lab: &Lab, what: &str, arguments: &[&str]) -> Result<Self> {
        let data_dir = lab.directory.join(format!("{what}-{}", std::process::id()));
        let address = jeton_load::process::free_address()?;
        let mut command = lab.server_command(&data_dir, address);
        command.args(arguments);
        let server = process::start(command, address, lab.server_core)?;
        Ok(Self { socket: data_dir.join("jeton.sock"), data_dir, server, users: 0 })
    }

    /// Imports users from a file, as an operator would, until the server has this number.
    ///
    /// # Errors
    /// The import fails.
    pub fn import(&mut self, lab: &Lab, users: usize) -> Result<Import> {
        let file = self.data_dir.join("users.jsonl");
        let mut lines = String::new();
        for number in self.users..users {
            let name = name(number);
            let display = name.replace("bench-", "Bench ");
            writeln!(lines, "{}", json!({ "username": name, "machine": { "name": display } }))?;
        }
        std::fs::write(&file, lines)?;
        let (begun, cpu) = (Instant::now(), process::cpu(self.server.id())?);
        let mut command = Command::new(&lab.jeton);
        command.args(["user", "import"]).arg(&file).arg("--data-dir").arg(&self.data_dir);
        let imported = command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        if !imported.success() {
            return Err("the import failed".into());
        }
        let added = (users - self.users) as f64;
        let import = Import {
            per_second: (added / begun.elapsed().as_secs_f64()).round(),
            cpu_us: process::cpu(self.server.id())?.saturating_sub(cpu).as_secs_f64() * 1e6 / added,
        };
        std::fs::remove_file(file)?;
        self.users = users;
        Ok(import)
    }

    /// The names of all users that were imported.
    pub fn names(&self) -> Vec<String> {
        (0..self.users).map(name).collect()
    }

    /// Creates secrets of `count` users spread evenly over all; returns their Basic credentials.
    ///
    /// # Errors
    /// A call is refused.
    pub fn secrets(&self, count: usize) -> Result<Vec<String>> {
        let names: Vec<_> = (0..count).map(|number| name(number * (self.users / count))).collect();
        let secrets = seed::secrets(&self.socket, &names)?;
        Ok(names.iter().zip(&secrets).map(|(name, secret)| basic(name, secret)).collect())
    }

    /// Issues `count` tokens and prints the progress; returns one in `keep_one_in`.
    ///
    /// # Errors
    /// The server fails.
    pub fn tokens(&self, clients: &[String], count: u64, keep_one_in: usize) -> Result<Vec<String>> {
        let mut kept = Vec::new();
        let mut issued = 0;
        while issued < count {
            let now = (count - issued).min(1_000_000);
            let mut issue = Issue::new(clients).keeping(usize::MAX);
            Generator::open(self.server.address, 256, &mut issue)?.run(Until::Answers(now), &mut issue)?;
            kept.extend(issue.into_kept().into_iter().step_by(keep_one_in));
            issued += now;
            if issued < count {
                println!("{issued} of {count} tokens");
            }
        }
        Ok(kept)
    }

    /// Bytes that the database takes on the disk.
    ///
    /// # Errors
    /// The file's metadata can't be read.
    pub fn disk_bytes(&self) -> Result<u64> {
        disk::bytes_of(&self.data_dir.join("jeton.redb"))
    }

    /// Reads the database into the kernel's cache, as on a machine where the server has run for a while.
    /// Filling takes minutes, in which the kernel may evict pages that were not read again.
    ///
    /// # Errors
    /// The database can't be read.
    pub fn warm(&self) -> Result<()> {
        std::io::copy(&mut File::open(self.data_dir.join("jeton.redb"))?, &mut std::io::sink())?;
        Ok(())
    }

    /// Stops the server and removes its data.
    ///
    /// # Errors
    /// The data can't be removed.
    pub fn remove(self) -> Result<()> {
        remove(self.server, &self.data_dir)
    }
}

fn remove(server: Server, data_dir: &Path) -> Result<()> {
    drop(server);
    Ok(std::fs::remove_dir_all(data_dir)?)
}
