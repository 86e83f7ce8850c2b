//! Two nodes over one PostgreSQL instead of one process, where `JETON_TEST_DATABASE` names its server:
//! `tests/cluster/run` starts one. Each server of a test is then a cluster with a database of its own.

use super::{jeton, serving};
use jeton_load::process::{self, free_address};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// The variable with the address of the server, without a database: `postgres://user@host:port`.
const SERVER: &str = "JETON_TEST_DATABASE";
/// The variable with its password, for the tests as for `jeton`.
const PASSWORD: &str = "JETON_DATABASE_PASSWORD";

/// Tests that are about one process, each with its reason.
const ONE_PROCESS: &str = include_str!("../../cluster/one_process.txt");

/// The two data directories of a cluster, and its database.
pub(super) struct Cluster {
    first: PathBuf,
    pub(super) second: PathBuf,
    /// The address of the database.
    url: String,
}

impl Cluster {
    /// The cluster that a data directory belongs to, made when there is none; `None` if tests run against one
    /// process.
    pub(super) fn of(data_dir: &Path) -> Option<Self> {
        let server = std::env::var(SERVER).ok()?;
        assert_is_meant_for_two_nodes();
        let beside = data_dir.with_extension("cluster");
        let (second, note) = (beside.join("data"), beside.join("url"));
        let (first, known) = (data_dir.to_owned(), std::fs::read_to_string(&note).ok());
        if let Some(url) = known {
            return Some(Self { first, second, url });
        }
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let database = format!("t_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let cluster = Self { first, second, url: format!("{server}/{database}") };
        succeed(administering(&server, &format!("CREATE DATABASE {database}")));
        if !data_dir.join("jeton.redb").exists() {
            let mut begin = jeton();
            begin.args(["user", "import", "/dev/null", "--data-dir"]).arg(data_dir);
            succeed(begin);
        }
        let mut init = cluster.with_password(jeton());
        init.args(["cluster", "init", "--database", &cluster.url, "--data-dir"]).arg(data_dir);
        succeed(init);
        DirBuilder::new().recursive(true).mode(0o700).create(&cluster.second).unwrap();
        std::fs::copy(data_dir.join("server.key"), cluster.second.join("server.key")).unwrap();
        std::fs::write(note, &cluster.url).unwrap();
        Some(cluster)
    }

    /// Starts both nodes, with the address of the first one as the issuer of both.
    pub(super) fn start(&self, command: &Command, arguments: &[&str]) -> [process::Server; 2] {
        let (mut both, mut listen) = (Vec::new(), free_address().unwrap().to_string());
        let mut rest = arguments.iter();
        while let Some(&argument) = rest.next() {
            match argument {
                "--listen" => listen = (*rest.next().unwrap()).to_owned(),
                other => both.push(other),
            }
        }
        let issuer = format!("http://{listen}");
        let mut variables =
            command.get_envs().filter_map(|(name, value)| Some((name, value?.to_str()?.trim())));
        let is_named = arguments.contains(&"--issuer")
            || variables.any(|(name, value)| name == "JETON_ISSUER" && !value.is_empty());
        if !is_named {
            both.extend(["--issuer", &issuer]);
        }
        both.extend(["--database", &self.url]);
        [(&self.first, listen.as_str()), (&self.second, "127.0.0.1:0")].map(|(data_dir, listen)| {
            let mut node = serving(self.with_password(copy(command)), data_dir, &both);
            node.env("JETON_LISTEN", listen);
            process::Server::announced(node).unwrap()
        })
    }

    fn with_password(&self, mut command: Command) -> Command {
        command.envs(std::env::var_os(PASSWORD).map(|password| (PASSWORD, password)));
        command
    }

    /// Removes the database, once no node needs it. If it stays, nothing but room is lost.
    pub(super) fn remove(&self) {
        if let Some((server, database)) = self.url.rsplit_once('/') {
            let _ = administering(server, &format!("DROP DATABASE {database} WITH (FORCE)")).output();
        }
    }
}

/// The command that runs one statement on the server, outside of any test's database.
fn administering(server: &str, statement: &str) -> Command {
    let mut psql = Command::new("psql");
    psql.args(["-X", "-q", "-w", "-v", "ON_ERROR_STOP=1", "-c", statement]);
    psql.args(["-d", &format!("{server}/postgres")]);
    psql.envs(std::env::var_os(PASSWORD).map(|password| ("PGPASSWORD", password)));
    psql
}

#[track_caller]
fn succeed(mut command: Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A command with the same program, arguments and environment.
fn copy(command: &Command) -> Command {
    let mut copy = Command::new(command.get_program());
    copy.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => copy.env(name, value),
            None => copy.env_remove(name),
        };
    }
    if let Some(directory) = command.get_current_dir() {
        copy.current_dir(directory);
    }
    copy
}

/// The tests that are about one process: the beginning of each name, and the reason.
fn one_process() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = ONE_PROCESS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_once(' ').unwrap_or((line, "")))
}

/// The test runner names the thread of a test after it.
fn assert_is_meant_for_two_nodes() {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or_default();
    let listed = one_process().find(|(name, _)| test.starts_with(name));
    assert!(listed.is_none(), "a test of one process ({listed:?}), which tests/cluster/run skips");
}

#[test]
fn tests_of_one_process_exist_and_have_a_reason() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/blackbox");
    for (name, reason) in one_process() {
        let (module, test) = name.split_once("::").unwrap_or((name, ""));
        let source = std::fs::read_to_string(sources.join(format!("{module}.rs"))).unwrap();
        assert!(source.contains("#[test]"), "{name}");
        assert!(test.is_empty() || source.contains(&format!("fn {test}")), "{name} is no test");
        assert!(reason.trim().len() > 8, "{name} has no reason");
    }
}
