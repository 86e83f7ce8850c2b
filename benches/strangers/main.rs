//! `cargo bench -p jeton-benches --bench strangers`: the server's cost of one unauthenticated request.
//!
//! Every endpoint gets requests for the most work within its limits, over HTTP/1.1, one at a time on a
//! keep-alive connection. A figure is the server's CPU time per request, user and system, the minimum of
//! several rounds. Requests whose signature is verified are measured but not counted towards the limit.

mod requests;

use jeton_benches::connection::Connection;
use jeton_benches::fill::Filled;
use jeton_benches::lab::Lab;
use jeton_benches::report;
use jeton_benches::{Result, process};
use requests::{Case, cases};
use serde_json::json;
use std::process::ExitCode;

/// Microseconds of CPU time that an unauthenticated request may cost.
const LIMIT_US: f64 = 100.0;

fn main() -> Result<ExitCode> {
    let (rounds, requests) = if report::is_smoke() { (1, 20) } else { (3, 300) };
    let lab = Lab::open(env!("CARGO_BIN_EXE_bare-hyper"), report::other_server()?.as_deref())?;
    let server = Filled::start(&lab, "strangers", &["--trusted-proxy", "127.0.0.1"])?;
    let key_id = key_id(&server)?;
    println!("{:<64} {:>6} {:>8}  limit {LIMIT_US}", "request", "status", "CPU us");
    let (mut rows, mut over) = (Vec::new(), 0);
    let only = only();
    for case in cases(&key_id).into_iter().filter(|case| case.name.contains(&only)) {
        let mut least = f64::INFINITY;
        let mut status = String::new();
        for _ in 0..rounds {
            let (cpu_us, answered) = measure(&server, &case, requests)?;
            least = least.min(cpu_us);
            status = answered;
        }
        let is_over = least > LIMIT_US && !case.is_signed;
        over += usize::from(is_over);
        let note = if case.is_signed { "  with a signature" } else { "" };
        println!("{:<64} {status:>6} {least:>8.1}{note}{}", case.name, if is_over { "  OVER" } else { "" });
        rows.push(
            json!({ "request": case.name, "status": status, "cpu_us": least, "signed": case.is_signed }),
        );
    }
    server.remove()?;
    println!("strangers: {over} requests over the limit");
    report::write_findings(&lab.directory, "strangers", &json!({ "limit_us": LIMIT_US, "rows": rows }))?;
    Ok(if over > 0 && !report::is_smoke() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The value of `--only TEXT`: a part of the names of requests to measure.
fn only() -> String {
    std::env::args().skip_while(|argument| argument != "--only").nth(1).unwrap_or_default()
}

/// CPU time of the server per request in microseconds, and the status of the last answer.
fn measure(server: &Filled, case: &Case, requests: u32) -> Result<(f64, String)> {
    let address = server.server.address;
    let mut connection = Connection::open(address)?;
    let warm_up = requests / 10 + 1;
    let mut begun = process::cpu(server.server.id())?;
    for number in 0..warm_up + requests {
        if number == warm_up {
            begun = process::cpu(server.server.id())?;
        }
        connection.send(&case.request).map_err(|error| format!("{}: {error}", case.name))?;
        if connection.is_over() {
            connection = Connection::open(address)?;
        }
    }
    let spent = process::cpu(server.server.id())?.saturating_sub(begun);
    let status = connection.status().unwrap_or("closed").to_owned();
    Ok((spent.as_secs_f64() * 1e6 / f64::from(requests), status))
}

/// The id of the active signing key.
fn key_id(server: &Filled) -> Result<String> {
    let mut connection = Connection::open(server.server.address)?;
    connection.send(b"GET /oauth/v2/keys HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")?;
    let answer = String::from_utf8_lossy(connection.answer()).into_owned();
    let id = answer.split_once(r#""kid":""#).and_then(|(_, rest)| rest.split('"').next());
    Ok(id.ok_or("no key is published")?.to_owned())
}
