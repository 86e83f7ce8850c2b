//! `cargo bench -p jeton-benches --bench users`: what it costs to have a million service users.
//!
//! Users are imported with the command that people use, in steps of ten. After each step: pages of a hundred at the
//! beginning, in the middle and at the end of all, one user looked up, and tokens issued for users picked at random
//! among all, with bare hyper in turn.

use jeton_benches::lab::{Lab, Rounds};
use jeton_benches::process::{Server, call, free_address};
use jeton_benches::report::{self, Run, Series};
use jeton_benches::stats::median;
use jeton_benches::workload::{Dice, Issue, basic};
use jeton_benches::{Result, disk, seed};
use serde_json::{Value, json};
use std::fmt::Write;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PAGE: u32 = 100;
const CONNECTIONS: usize = 256;

struct Plan {
    users: usize,
    /// Users that get a secret in each step, evenly over all.
    with_secret: usize,
    /// Calls of each kind.
    calls: usize,
    rounds: Rounds,
}

impl Plan {
    fn from_environment() -> Self {
        let rounds = |count, measure| Rounds { count, warm_up: Duration::from_millis(300), measure };
        if std::env::var_os("JETON_BENCH_SMOKE").is_some() {
            let rounds = rounds(1, Duration::from_millis(500));
            return Self { users: 50_000, with_secret: 100, calls: 10, rounds };
        }
        Self { users: 1_000_000, with_secret: 10_000, calls: 200, rounds: rounds(5, Duration::from_secs(3)) }
    }
}

/// The server, filled so far.
struct Filled {
    data_dir: PathBuf,
    socket: PathBuf,
    server: Server,
    users: usize,
}

fn main() -> Result<()> {
    let plan = Plan::from_environment();
    let lab = Lab::open(env!("CARGO_BIN_EXE_bare-hyper"), None)?;
    let data_dir = lab.directory.join(format!("users-{}", std::process::id()));
    let measured = measure(&plan, &lab, &data_dir);
    // Gone already when the server did not start.
    let _ = std::fs::remove_dir_all(&data_dir);
    measured
}

fn measure(plan: &Plan, lab: &Lab, data_dir: &Path) -> Result<()> {
    let address = free_address()?;
    let server = Server::start(lab.server_command(data_dir, address), address, lab.server_core)?;
    let socket = data_dir.join("jeton.sock");
    let mut filled = Filled { data_dir: data_dir.to_owned(), socket, server, users: 0 };
    let bare = lab.bare_hyper("token")?;
    println!("fdatasync of 4 KiB: {:.2} ms", disk::fdatasync_ms(&lab.directory)?);
    let mut rows = Vec::new();
    for users in [plan.users / 100, plan.users / 10, plan.users] {
        let import = filled.import(lab, users)?;
        println!(
            "\n{users} users; imported {:.0} per second, {:.1} us CPU each",
            import.per_second, import.cpu_us
        );
        let pages = filled.pages(plan.calls)?;
        println!("page of {PAGE}, ms: {}", line(&pages));
        let lookup_ms = filled.lookup_ms(plan.calls)?;
        println!("one user by name, ms: {lookup_ms:.2}");
        let clients = filled.secrets(plan.with_secret.min(users))?;
        report::print_headings();
        let jeton = (&filled.server, filled.socket.as_path());
        let series = plan.rounds.pairs("issue", CONNECTIONS, jeton, &bare, &mut || Issue::new(&clients))?;
        let resident_mib = filled.server.resident_mib()?;
        let bytes = std::fs::metadata(data_dir.join("jeton.redb"))?.len();
        println!("resident {resident_mib:.0} MiB, on disk {} MiB", bytes >> 20);
        rows.push(json!({
            "users": users, "imported_per_second": import.per_second, "import_cpu_us": import.cpu_us,
            "page_ms": pages, "lookup_ms": lookup_ms, "resident_mib": resident_mib, "bytes": bytes,
            "issue": series.goal("tokens/s", "flat"),
            "issue_cpu_us": Series::median(&series.jeton, |run: &Run| run.cpu_us),
        }));
    }
    std::fs::write(lab.directory.join("users.json"), serde_json::to_string_pretty(&rows)?)?;
    Ok(())
}

fn line(pages: &Value) -> String {
    let mut line = String::new();
    for (name, ms) in pages.as_object().into_iter().flatten() {
        let _ = write!(line, "{name} {:.2}  ", ms.as_f64().unwrap_or(f64::NAN));
    }
    line
}

struct Import {
    per_second: f64,
    cpu_us: f64,
}

fn name(number: usize) -> String {
    format!("bench-{number:07}")
}

impl Filled {
    /// Brings the server to so many users, as an operator would: with a file.
    fn import(&mut self, lab: &Lab, users: usize) -> Result<Import> {
        let file = self.data_dir.join("users.jsonl");
        let mut lines = String::new();
        for number in self.users..users {
            let name = name(number);
            let display = name.replace("bench-", "Bench ");
            writeln!(lines, "{}", json!({ "username": name, "machine": { "name": display } }))?;
        }
        std::fs::write(&file, lines)?;
        let (begun, cpu) = (Instant::now(), self.server.cpu()?);
        let mut command = Command::new(&lab.jeton);
        command.args(["user", "import"]).arg(&file).arg("--data-dir").arg(&self.data_dir);
        let imported = command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
        if !imported.success() {
            return Err("the import failed".into());
        }
        let added = (users - self.users) as f64;
        let import = Import {
            per_second: (added / begun.elapsed().as_secs_f64()).round(),
            cpu_us: self.server.cpu()?.saturating_sub(cpu).as_secs_f64() * 1e6 / added,
        };
        std::fs::remove_file(file)?;
        self.users = users;
        Ok(import)
    }

    fn call(&self, path: &str, request: &Value) -> Result<Value> {
        let answer = call(UnixStream::connect(&self.socket)?, "POST", path, &request.to_string())?;
        Ok(serde_json::from_str(&answer)?)
    }

    fn list(&self, query: &Value, column: &str) -> Result<Value> {
        let request = json!({ "query": query, "sortingColumn": column });
        self.call("/zitadel.user.v2.UserService/ListUsers", &request)
    }

    /// Milliseconds for a page at the beginning, in the middle and at the end of each order.
    fn pages(&self, calls: usize) -> Result<Value> {
        let mut pages = serde_json::Map::new();
        for (order, column) in
            [("created", "USER_FIELD_NAME_CREATION_DATE"), ("name", "USER_FIELD_NAME_USER_NAME")]
        {
            // An offset walks there once; what is measured begins at the page's token.
            let middle = json!({ "limit": 1, "asc": true, "offset": self.users / 2 });
            let token = self.list(&middle, column)?.get("nextPageToken").cloned().unwrap_or_default();
            for (place, query) in [
                ("first", json!({ "limit": PAGE, "asc": true })),
                ("middle", json!({ "limit": PAGE, "asc": true, "pageToken": token })),
                ("last", json!({ "limit": PAGE, "asc": false })),
            ] {
                let ms = median_ms(calls, || {
                    let page = self.list(&query, column)?;
                    match page.get("result").and_then(Value::as_array).map(Vec::len) {
                        Some(len) if len == PAGE as usize => Ok(()),
                        len => Err(format!("a page of {len:?}").into()),
                    }
                })?;
                pages.insert(format!("{order} {place}"), json!(ms));
            }
        }
        Ok(Value::Object(pages))
    }

    fn lookup_ms(&self, calls: usize) -> Result<f64> {
        let mut dice = Dice::new(5);
        median_ms(calls, || {
            let request = json!({ "userId": name(dice.below(self.users)) });
            self.call("/zitadel.user.v2.UserService/GetUserByID", &request).map(|_| ())
        })
    }

    /// Secrets of users evenly over all; their Basic credentials.
    fn secrets(&self, count: usize) -> Result<Vec<String>> {
        let names: Vec<_> = (0..count).map(|number| name(number * (self.users / count))).collect();
        let secrets = seed::secrets(&self.socket, &names)?;
        Ok(names.iter().zip(&secrets).map(|(name, secret)| basic(name, secret)).collect())
    }
}

fn median_ms(calls: usize, mut one: impl FnMut() -> Result<()>) -> Result<f64> {
    let mut samples = Vec::with_capacity(calls);
    for _ in 0..calls {
        let begun = Instant::now();
        one()?;
        samples.push(begun.elapsed().as_secs_f64() * 1e3);
    }
    Ok(median(&samples))
}
