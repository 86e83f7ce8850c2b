//! `cargo bench -p jeton-benches --bench stages`: instructions per request and stage, for tokens,
//! introspections and JWTs, counted by callgrind while the server answers a load.
//!
//! Counts of instructions are reproducible where times are not, and they show where the work is. They do
//! not show waits for memory and do not include the kernel, so user and system time of the same load
//! without callgrind are reported beside them.

use jeton_benches::callgrind::{self, Calls, Place};
use jeton_benches::fill::Filled;
use jeton_benches::lab::{Lab, build};
use jeton_benches::process;
use jeton_benches::report;
use jeton_benches::{Result, seed};
use jeton_load::generator::{Generator, Until};
use jeton_load::process::{Server, free_address};
use jeton_load::workload::{Introspect, Issue, Workload};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Number of keep-alive connections. Not more, because under callgrind a poll round of the worker takes
/// fifty times as long, and the rest of a long round is refused.
fn connections(kind: &str) -> usize {
    if kind == "jwt" { 4 } else { 24 }
}

/// Stages of instructions, by a part of their path. The first match counts, so more specific parts come
/// first.
const STAGES: [(&str, &str); 37] = [
    ("crates/oauth/src/form", "form"),
    ("crates/oauth/src/credentials", "client's credentials"),
    ("crates/oauth/src/authenticate", "client's credentials"),
    ("crates/domain/src/credential", "client's credentials"),
    ("crates/oauth/src/render", "answer"),
    ("crates/oauth/src/claims", "answer"),
    ("crates/oauth/src/write", "answer"),
    ("crates/oauth/src/jwt", "answer"),
    ("crates/jose", "signature"),
    ("aws-lc", "signature"),
    ("crates/oauth", "decision"),
    ("crates/domain", "decision"),
    ("crates/secret", "secrets: text, digest, minting"),
    ("/blake3-", "secrets: text, digest, minting"),
    ("/chacha20-", "secrets: text, digest, minting"),
    ("/rand_chacha-", "secrets: text, digest, minting"),
    ("/subtle-", "secrets: text, digest, minting"),
    ("/zeroize-", "secrets: text, digest, minting"),
    ("/base64-", "secrets: text, digest, minting"),
    ("/crc32fast-", "secrets: text, digest, minting"),
    ("crates/store/src/handle", "to the writer and back"),
    ("crates/server/src/first_bytes", "connection"),
    ("crates/server/src/connection", "connection"),
    ("crates/server", "endpoint"),
    ("/quick_cache-", "store: cache of clients"),
    ("crates/store", "store"),
    ("/bincode-", "store: records"),
    ("/redb-", "store: engine"),
    ("/httparse-", "HTTP: hyper"),
    ("/hyper", "HTTP: hyper"),
    ("/http-", "HTTP: header fields"),
    ("/http-body", "HTTP: hyper"),
    ("/bytes-", "HTTP: buffers"),
    ("mimalloc", "allocation"),
    ("/rand_core-", "secrets: text, digest, minting"),
    ("/tokio-", "runtime"),
    ("/mio-", "runtime"),
];

/// Stages of functions without a file, such as those of the C library.
const FUNCTIONS: [(&str, &str); 9] = [
    ("mem", "copying and comparing bytes"),
    ("__mem", "copying and comparing bytes"),
    ("alloc::raw_vec", "allocation"),
    ("core::str::converts", "copying and comparing bytes"),
    ("blake3", "secrets: text, digest, minting"),
    ("aws_lc", "signature"),
    ("write", "system calls, up to the kernel"),
    ("recv", "system calls, up to the kernel"),
    ("epoll", "system calls, up to the kernel"),
];

/// Stages of functions of the standard library, by the crate of their type parameters.
const TYPES: [(&str, &str); 9] = [
    ("jeton_domain", "decision"),
    ("jeton_oauth", "decision"),
    ("jeton_secret", "secrets: text, digest, minting"),
    ("jeton_store", "store"),
    ("jeton_server", "endpoint"),
    ("redb", "store: engine"),
    ("hyper", "HTTP: hyper"),
    ("tokio", "runtime"),
    ("quick_cache", "store: cache of clients"),
];

struct Plan {
    users: usize,
    tokens: u64,
    /// Number of counted answers.
    answers: u64,
}

fn main() -> Result<()> {
    if Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("not measured: valgrind is not installed (Debian: apt-get install valgrind)");
        return Ok(());
    }
    let plan = if report::is_smoke() {
        Plan { users: 100, tokens: 500, answers: 500 }
    } else {
        Plan { users: 2_000, tokens: 100_000, answers: 10_000 }
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("no workspace")?;
    let target =
        Path::new(env!("CARGO_BIN_EXE_bare-hyper")).ancestors().nth(2).ok_or("no target directory")?;
    // With symbols, except in a smoke run, which need not build everything again.
    let profile = if report::is_smoke() { "release" } else { "profiling" };
    build(root, target, profile)?;
    let lab = Lab::open(env!("CARGO_BIN_EXE_bare-hyper"), Some(&target.join(profile).join("jeton")))?;
    let mut findings = serde_json::Map::new();
    for kind in ["issue", "introspect", "jwt"] {
        findings.insert(kind.into(), measure(&plan, &lab, kind)?);
    }
    report::write_findings(&lab.directory, "stages", &Value::Object(findings))
}

fn measure(plan: &Plan, lab: &Lab, kind: &str) -> Result<Value> {
    let mut filled = Filled::start(lab, &format!("stages-{kind}"), &["--signing-algorithm", "EdDSA"])?;
    let token_type = if kind == "jwt" { seed::JWT } else { seed::OPAQUE };
    let users = seed::service_users(&filled.socket, plan.users, token_type)?;
    let api = seed::api(&filled.socket)?;
    let tokens = if kind == "introspect" { filled.tokens(&users, plan.tokens, 1)? } else { Vec::new() };
    let workload = || -> Box<dyn Workload> {
        match kind {
            "introspect" => Box::new(Introspect::new(&api, &tokens)),
            "jwt" => Box::new(Issue::jwt(&users)),
            _ => Box::new(Issue::new(&users)),
        }
    };
    let (user_us, system_us) = times(&filled.server, connections(kind), workload().as_mut())?;
    process::stop(&mut filled.server)?;
    let counted = lab.directory.join(format!("callgrind-{kind}"));
    count(lab, &mut filled, &counted, (plan.answers, connections(kind)), workload().as_mut())?;
    let text = std::fs::read_to_string(&counted)?;
    std::fs::remove_file(counted)?;
    filled.remove()?;
    let (stages, allocations) = stages(&text, plan.answers);
    print(kind, &stages, (user_us, system_us), allocations);
    let rows: Vec<_> = stages
        .iter()
        .map(|(stage, instructions)| json!({ "stage": stage, "instructions": instructions }))
        .collect();
    Ok(
        json!({ "stages": rows, "allocations": allocations, "user_us": user_us, "system_us": system_us, "connections": connections(kind) }),
    )
}

/// User and system microseconds per request, at full speed.
fn times(server: &Server, connections: usize, workload: &mut dyn Workload) -> Result<(f64, f64)> {
    let mut generator = Generator::open(server.address, connections, workload)?;
    generator.run(Until::Elapsed(Duration::from_millis(300)), workload)?;
    let before = process::cpu_user_system(server.id())?;
    let time = Duration::from_secs(if report::is_smoke() { 1 } else { 4 });
    let answers = generator.run(Until::Elapsed(time), workload)?.answers.max(1) as f64;
    let after = process::cpu_user_system(server.id())?;
    Ok((
        (after.0 - before.0).as_secs_f64() * 1e6 / answers,
        (after.1 - before.1).as_secs_f64() * 1e6 / answers,
    ))
}

/// Runs the server under callgrind, and takes the counts during the measured load.
fn count(
    lab: &Lab,
    filled: &mut Filled,
    file: &Path,
    (answers, connections): (u64, usize),
    workload: &mut dyn Workload,
) -> Result<()> {
    let address = free_address()?;
    let server = lab.server_command(&filled.data_dir, address);
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--tool=callgrind", "--dump-line=yes", "--compress-pos=no"]);
    command.arg(format!("--callgrind-out-file={}", file.display()));
    command.arg(server.get_program()).args(server.get_args()).env("JETON_LOG", "warn").stderr(Stdio::null());
    filled.server = process::start(command, address, lab.server_core)?;
    // New code is translated first, which takes longer than a poll round may, so the first requests are
    // sent one by one.
    Generator::open(address, 1, workload)?.run(Until::Answers(100), workload)?;
    let mut generator = Generator::open(address, connections, workload)?;
    generator.run(Until::Answers(answers / 5), workload)?;
    control(&filled.server, "--zero")?;
    generator.run(Until::Answers(answers), workload)?;
    control(&filled.server, "--dump")?;
    drop(generator);
    process::stop(&mut filled.server)?;
    // The first dump has the measured load; the file itself has the rest.
    Ok(std::fs::rename(file.with_extension("1"), file)?)
}

fn control(server: &Server, what: &str) -> Result<()> {
    let mut command = Command::new("callgrind_control");
    command.arg(what).arg(server.id().to_string());
    if command.stdout(Stdio::null()).stderr(Stdio::null()).status()?.success() {
        Ok(())
    } else {
        Err("callgrind can't be told what to do".into())
    }
}

/// Instructions per answer by stage, in descending order, and allocations per answer.
fn stages(text: &str, answers: u64) -> (Vec<(&'static str, u64)>, f64) {
    let mut stages: BTreeMap<&str, u64> = BTreeMap::new();
    let mut allocations = 0;
    callgrind::each(
        text,
        |place| *stages.entry(stage(place)).or_default() += place.instructions,
        |calls| allocations += if is_allocation(calls) { calls.count } else { 0 },
    );
    let mut stages: Vec<_> = stages.into_iter().map(|(stage, total)| (stage, total / answers)).collect();
    stages.sort_by_key(|(_, instructions)| std::cmp::Reverse(*instructions));
    (stages, allocations as f64 / answers as f64)
}

/// True for allocations that are not made by the allocator itself.
fn is_allocation(calls: &Calls<'_>) -> bool {
    let asked = ["mi_malloc", "mi_zalloc", "mi_calloc", "mi_realloc", "mi_heap_malloc", "mi_heap_zalloc"];
    asked.iter().any(|name| calls.function.starts_with(name)) && !calls.from_file.contains("mimalloc")
}

/// Inlined code of the standard library counts where it was inlined.
fn stage(place: &Place<'_>) -> &'static str {
    let by_file = |file: &str| STAGES.iter().find(|(part, _)| file.contains(part)).map(|(_, stage)| *stage);
    let by_name = || {
        let function = place.function.trim_start_matches("__GI_");
        FUNCTIONS.iter().find(|(part, _)| function.starts_with(part)).map(|(_, stage)| *stage)
    };
    // The name of a generic function of the standard library contains its type parameters.
    let by_type = || TYPES.iter().find(|(part, _)| place.function.contains(part)).map(|(_, stage)| *stage);
    by_file(place.file)
        .or_else(|| by_file(place.own_file))
        .or_else(by_name)
        .or_else(by_type)
        .unwrap_or("other")
}

fn print(kind: &str, stages: &[(&str, u64)], (user_us, system_us): (f64, f64), allocations: f64) {
    let total: u64 = stages.iter().map(|(_, instructions)| instructions).sum();
    println!(
        "{kind}: {total} instructions and {allocations:.1} allocations per request; {user_us:.1} us user, {system_us:.1} us system"
    );
    for (stage, instructions) in stages {
        println!("{instructions:>8} {:>5.1} %  {stage}", *instructions as f64 * 100.0 / total as f64);
    }
}
