//! `cargo bench -p jeton-benches --bench users`: the cost of a million service users.
//!
//! Users are imported with `jeton user import`, in three steps of ten times as many each. After each step it
//! measures pages of a hundred at the beginning, in the middle (as far as an offset reaches) and at the
//! end, the lookup of one user, and tokens for users picked at random, in turn with bare hyper.

use jeton_benches::fill::{Filled, name};
use jeton_benches::lab::{Lab, Rounds};
use jeton_benches::process::{self, call};
use jeton_benches::report::{self, Run, Series};
use jeton_benches::{Result, disk};
use jeton_load::stats::median;
use jeton_load::workload::{Dice, Issue};
use serde_json::{Value, json};
use std::fmt::Write;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

const PAGE: u32 = 100;
const CONNECTIONS: usize = 256;
/// Maximum offset of a listing.
const OFFSET_MAX: usize = 10_000;

struct Plan {
    users: usize,
    /// Number of users that get a secret in each step, spread evenly over all.
    with_secret: usize,
    /// Number of calls of each kind.
    calls: usize,
    rounds: Rounds,
}

impl Plan {
    fn from_environment() -> Self {
        let rounds = |count, measure| Rounds { count, warm_up: Duration::from_millis(300), measure };
        if report::is_smoke() {
            let rounds = rounds(1, Duration::from_millis(500));
            return Self { users: 50_000, with_secret: 100, calls: 10, rounds };
        }
        Self { users: 1_000_000, with_secret: 10_000, calls: 200, rounds: rounds(5, Duration::from_secs(3)) }
    }
}

fn main() -> Result<()> {
    let plan = Plan::from_environment();
    let lab = Lab::open(env!("CARGO_BIN_EXE_bare-hyper"), None)?;
    let mut filled = Filled::start(&lab, "users", &[])?;
    let measured = measure(&plan, &lab, &mut filled);
    filled.remove()?;
    measured
}

fn measure(plan: &Plan, lab: &Lab, filled: &mut Filled) -> Result<()> {
    let bare = lab.bare_hyper("token")?;
    println!("fdatasync of 4 KiB: {:.2} ms", disk::fdatasync_ms(&lab.directory)?);
    let mut rows = Vec::new();
    for users in [plan.users / 100, plan.users / 10, plan.users] {
        let import = filled.import(lab, users)?;
        println!(
            "\n{users} users; imported {:.0} per second, {:.1} us CPU each",
            import.per_second, import.cpu_us
        );
        let pages = pages(filled, plan.calls)?;
        println!("page of {PAGE}, ms: {}", line(&pages));
        let lookup_ms = lookup_ms(filled, plan.calls)?;
        println!("one user by name, ms: {lookup_ms:.2}");
        let clients = filled.secrets(plan.with_secret.min(users))?;
        report::print_headings();
        let jeton = (&filled.server, filled.socket.as_path());
        let series = plan.rounds.pairs("issue", CONNECTIONS, jeton, &bare, &mut || Issue::new(&clients))?;
        let resident_mib = process::resident_mib(filled.server.id())?;
        let bytes = filled.disk_bytes()?;
        println!("resident {resident_mib:.0} MiB, on disk {} MiB", bytes >> 20);
        rows.push(json!({
            "users": users, "imported_per_second": import.per_second, "import_cpu_us": import.cpu_us,
            "page_ms": pages, "lookup_ms": lookup_ms, "resident_mib": resident_mib, "bytes": bytes,
            "issue": series.goal("tokens/s", "flat"),
            "issue_cpu_us": Series::median(&series.jeton, |run: &Run| run.cpu_us),
        }));
    }
    report::write_findings(&lab.directory, "users", &json!(rows))
}

fn line(pages: &Value) -> String {
    let mut line = String::new();
    for (name, ms) in pages.as_object().into_iter().flatten() {
        let _ = write!(line, "{name} {:.2}  ", ms.as_f64().unwrap_or(f64::NAN));
    }
    line
}

fn management(filled: &Filled, path: &str, request: &Value) -> Result<Value> {
    let answer = call(UnixStream::connect(&filled.socket)?, "POST", path, &request.to_string())?;
    Ok(serde_json::from_str(&answer)?)
}

fn list(filled: &Filled, query: &Value, column: &str) -> Result<Value> {
    let request = json!({ "query": query, "sortingColumn": column });
    management(filled, "/zitadel.user.v2.UserService/ListUsers", &request)
}

/// Milliseconds for a page at the beginning, in the middle and at the end of each order.
fn pages(filled: &Filled, calls: usize) -> Result<Value> {
    let mut pages = serde_json::Map::new();
    for (order, column) in
        [("created", "USER_FIELD_NAME_CREATION_DATE"), ("name", "USER_FIELD_NAME_USER_NAME")]
    {
        // An offset, limited to its maximum, leads there once; the measurement begins with the page's token.
        let middle = json!({ "limit": 1, "asc": true, "offset": (filled.users / 2).min(OFFSET_MAX) });
        let token = list(filled, &middle, column)?.get("nextPageToken").cloned().unwrap_or_default();
        for (place, query) in [
            ("first", json!({ "limit": PAGE, "asc": true })),
            ("middle", json!({ "limit": PAGE, "asc": true, "pageToken": token })),
            ("last", json!({ "limit": PAGE, "asc": false })),
        ] {
            let ms = median_ms(calls, || {
                let page = list(filled, &query, column)?;
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

fn lookup_ms(filled: &Filled, calls: usize) -> Result<f64> {
    let mut dice = Dice::new(5);
    median_ms(calls, || {
        let request = json!({ "userId": name(dice.below(filled.users)) });
        management(filled, "/zitadel.user.v2.UserService/GetUserByID", &request).map(|_| ())
    })
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
