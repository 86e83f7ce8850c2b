//! `cargo bench -p jeton-benches --bench management`: management calls beside tokens, on a million users and
//! as many authorizations.
//!
//! One connection asks for tokens all the time; beside it administrators call what costs most: large
//! pages, far offsets, many filters, sorted listings, searches through all secrets. What the latency of
//! tokens grows by is the figure.

use jeton_benches::connection::Connection;
use jeton_benches::fill::Filled;
use jeton_benches::lab::Lab;
use jeton_benches::report::{self, Goals};
use jeton_benches::{Result, seed};
use jeton_load::generator::{Generator, Until};
use jeton_load::stats::Latencies;
use jeton_load::workload::Issue;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

struct Plan {
    users: usize,
    time: Duration,
}

impl Plan {
    fn from_environment() -> Self {
        if report::is_smoke() {
            return Self { users: 20_000, time: Duration::from_millis(500) };
        }
        Self { users: 1_000_000, time: Duration::from_secs(6) }
    }
}

/// Calls of one kind.
struct Kind {
    name: &'static str,
    path: &'static str,
    request: Value,
    callers: usize,
}

const USERS: &str = "/zitadel.user.v2.UserService/ListUsers";
const AUTHORIZATIONS: &str = "/zitadel.authorization.v2.AuthorizationService/ListAuthorizations";

fn kinds() -> Vec<Kind> {
    let kind = |name, path, request, callers| Kind { name, path, request, callers };
    let filter =
        |text: &str| json!({ "userNameQuery": { "userName": text, "method": "TEXT_QUERY_METHOD_CONTAINS" } });
    let filters = |count: usize| json!({ "queries": (0..count).map(|number| filter(&format!("zz{number}"))).collect::<Vec<_>>() });
    vec![
        kind("users, 1000", USERS, json!({ "query": { "limit": 1000 } }), 1),
        kind(
            "users by name, offset 9000",
            USERS,
            json!({
                "query": { "limit": 100, "offset": "9000" }, "sortingColumn": "USER_FIELD_NAME_USER_NAME",
            }),
            1,
        ),
        kind("users, 50 filters", USERS, filters(50), 1),
        kind("users, 50 filters, 4 callers", USERS, filters(50), 4),
        kind("authorizations, 1000", AUTHORIZATIONS, json!({ "pagination": { "limit": 1000 } }), 1),
        kind(
            "authorizations, offset 9000",
            AUTHORIZATIONS,
            json!({
                "pagination": { "limit": 100, "offset": "9000" },
            }),
            1,
        ),
        kind(
            "authorizations, sorted",
            AUTHORIZATIONS,
            json!({
                "pagination": { "limit": 100 }, "sortingColumn": "AUTHORIZATION_FIELD_NAME_CHANGED_DATE",
            }),
            1,
        ),
        kind("personal access tokens", "/zitadel.user.v2.UserService/ListPersonalAccessTokens", json!({}), 1),
        kind(
            "unused credentials",
            "/jeton.credential.v1.CredentialService/ListUnusedCredentials",
            json!({}),
            1,
        ),
        kind("audit trail", "/jeton.audit.v1.AuditService/ListEvents", json!({ "limit": 1000 }), 1),
        kind(
            "leaked secret, no client named",
            "/jeton.leak.v1.LeakService/ReportLeak",
            json!({
                "secret": "jeton_cs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            }),
            1,
        ),
    ]
}

fn main() -> Result<()> {
    let plan = Plan::from_environment();
    let lab = Lab::open(env!("CARGO_BIN_EXE_bare-hyper"), None)?;
    let mut filled = Filled::start(&lab, "management", &[])?;
    let measured = measure(&plan, &lab, &mut filled);
    filled.remove()?;
    measured
}

fn measure(plan: &Plan, lab: &Lab, filled: &mut Filled) -> Result<()> {
    filled.import(lab, plan.users)?;
    let begun = Instant::now();
    seed::authorizations(&filled.socket, &filled.names())?;
    println!(
        "{} users, each with an authorization (these in {:.0} s)",
        plan.users,
        begun.elapsed().as_secs_f64()
    );
    let users = filled.secrets(plan.users.min(1000))?;
    let owner = owner(lab, filled)?;
    println!(
        "{:<32} {:>10} {:>10} {:>10} {:>12} {:>8}  statuses",
        "beside", "p50 ms", "p99 ms", "max ms", "call p50 ms", "calls"
    );
    let alone = beside(plan, filled.server.address, &users, &owner, None)?;
    let mut rows = vec![alone.row("alone")];
    let mut worst = (f64::NEG_INFINITY, "");
    for kind in kinds() {
        let beside = beside(plan, filled.server.address, &users, &owner, Some(&kind))?;
        let growth = beside.tokens.percentile_ms(0.99) - alone.tokens.percentile_ms(0.99);
        if growth > worst.0 {
            worst = (growth, kind.name);
        }
        rows.push(beside.row(kind.name));
    }
    let mut goals = Goals::default();
    let unit = format!("ms that the p99 of tokens grows by, worst beside \"{}\"", worst.1);
    let alone = alone.tokens.percentile_ms(0.99);
    goals.figure(
        "P11",
        &unit,
        worst.0,
        Some(alone),
        "at most 5 ms beside any call, on a million users and authorizations",
    );
    goals.print();
    report::write_findings(&lab.directory, "management", &json!(rows))?;
    goals.write(&lab.directory)
}

/// A token of an owner of the instance.
fn owner(lab: &Lab, filled: &Filled) -> Result<String> {
    let file = filled.data_dir.join("owner");
    let mut command = Command::new(&lab.jeton);
    command.args(["admin", "create", "owner", "--output"]).arg(&file).arg("--data-dir").arg(&filled.data_dir);
    if !command.stdout(Stdio::null()).stderr(Stdio::null()).status()?.success() {
        return Err("there is no owner".into());
    }
    Ok(std::fs::read_to_string(file)?.trim().to_owned())
}

/// Latencies of tokens, and of the calls beside them.
struct Beside {
    tokens: Latencies,
    max_ms: f64,
    calls: Latencies,
    statuses: BTreeMap<String, u64>,
}

fn beside(
    plan: &Plan,
    address: SocketAddr,
    users: &[String],
    owner: &str,
    kind: Option<&Kind>,
) -> Result<Beside> {
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let callers = kind.map_or(0, |kind| kind.callers);
        let callers: Vec<_> =
            (0..callers).map(|_| scope.spawn(|| call_until(&is_over, address, owner, kind))).collect();
        let mut issue = Issue::new(users);
        let mut generator = Generator::open(address, 1, &mut issue)?;
        generator.run(Until::Elapsed(plan.time / 10), &mut issue)?;
        let measured = generator.run(Until::Elapsed(plan.time), &mut issue);
        is_over.store(true, Ordering::Relaxed);
        let tokens = measured?.latencies;
        let mut beside = Beside {
            max_ms: tokens.percentile_ms(1.0),
            tokens,
            calls: Latencies::default(),
            statuses: BTreeMap::new(),
        };
        for caller in callers {
            for (latency, status) in caller.join().map_err(|_| "a caller panicked")?? {
                beside.calls.add(latency);
                *beside.statuses.entry(status).or_default() += 1;
            }
        }
        Ok(beside)
    })
}

/// Calls one after the other, until it is told that it is enough; how long each took, and its status.
fn call_until(
    is_over: &AtomicBool,
    address: SocketAddr,
    owner: &str,
    kind: Option<&Kind>,
) -> Result<Vec<(Duration, String)>> {
    let kind = kind.ok_or("no call")?;
    let body = kind.request.to_string();
    let request = format!(
        "POST {} HTTP/1.1\r\nhost: jeton\r\nauthorization: Bearer {owner}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        kind.path,
        body.len()
    );
    let mut connection = Connection::open(address)?;
    let mut calls = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        let begun = Instant::now();
        connection.send(request.as_bytes())?;
        let status = connection.status().unwrap_or_default().to_owned();
        calls.push((begun.elapsed(), status));
        if connection.is_over() {
            connection = Connection::open(address)?;
        }
    }
    Ok(calls)
}

impl Beside {
    fn row(&self, name: &str) -> Value {
        let (p50, p99) = (self.tokens.percentile_ms(0.5), self.tokens.percentile_ms(0.99));
        let (calls, call_ms) = (self.statuses.values().sum::<u64>(), self.calls.percentile_ms(0.5));
        let statuses: Vec<_> =
            self.statuses.iter().map(|(status, count)| format!("{status}: {count}")).collect();
        let statuses = statuses.join(", ");
        println!(
            "{name:<32} {p50:>10.2} {p99:>10.2} {:>10.1} {call_ms:>12.1} {calls:>8}  {statuses}",
            self.max_ms
        );
        json!({
            "beside": name, "p50_ms": p50, "p99_ms": p99, "max_ms": self.max_ms,
            "call_p50_ms": call_ms, "calls": calls, "statuses": statuses,
        })
    }
}
