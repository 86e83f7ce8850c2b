//! One section per measurement.

use crate::findings::{Findings, list, number, shown, string};
use jeton_benches::Result;
use jeton_load::stats::median;
use serde_json::Value;
use std::fmt::Write;

/// A section with a table; the cells of each row are separated by `|`.
fn section(title: &str, introduction: &str, headings: &str, rows: &[String]) -> String {
    let columns = headings.split('|').count();
    let mut text = format!("## {title}\n\n{introduction}\n\n| {headings} |\n|{}\n", "---|".repeat(columns));
    for row in rows {
        let _ = writeln!(text, "| {row} |");
    }
    text
}

fn median_of(runs: &Value, server: &str, figure: &str) -> f64 {
    let values: Vec<f64> = list(runs, server).iter().map(|run| number(run, figure)).collect();
    median(&values)
}

pub(crate) fn load(findings: &Findings) -> Result<String> {
    let mut rows = Vec::new();
    for runs in list(findings.of("runs")?, "/runs").iter().filter(|runs| string(runs, "/kind") != "jwt") {
        let of = |server, figure| shown(median_of(runs, server, figure));
        rows.push(format!(
            "{} | {} | {} | {} | {} | {} | {} | {} | {:.2}",
            string(runs, "/kind"),
            number(runs, "/connections"),
            of("/jeton", "/per_second"),
            of("/jeton", "/p50_ms"),
            of("/jeton", "/p99_ms"),
            of("/jeton", "/cpu_us"),
            of("/jeton", "/batch"),
            of("/bare", "/per_second"),
            median_of(runs, "/jeton", "/per_second") / median_of(runs, "/bare", "/per_second")
        ));
    }
    Ok(section(
        "Issuing and introspecting",
        "Opaque tokens, and introspections of random live ones out of a million; the server and bare \
         hyper in turn, medians.",
        "what | connections | per second | p50 ms | p99 ms | CPU µs | tokens per commit | bare hyper, per second | ratio",
        &rows,
    ))
}

pub(crate) fn jwt(findings: &Findings) -> Result<String> {
    let goal = findings.goals.get("P3").ok_or("P3 was not measured")?;
    let mut rows = Vec::new();
    for (algorithm, signed) in goal.get("algorithms").and_then(Value::as_object).into_iter().flatten() {
        let of = |pointer| shown(number(signed, pointer));
        rows.push(format!(
            "{algorithm} | {} | {} | {} | {} | {:.2} ({:.2} to {:.2})",
            of("/per_second"),
            of("/value"),
            of("/baseline_cpu_us"),
            of("/signature_us"),
            number(signed, "/ratio"),
            number(signed, "/ratio_min"),
            number(signed, "/ratio_max")
        ));
    }
    Ok(section(
        "JWTs",
        "64 connections; bare hyper answers with as many bytes, and the library signs as many bytes on the same core between the runs. \
         The goal is bare hyper and 1.25 signatures.",
        "algorithm | per second | CPU µs | bare hyper | one signature | in parts of the goal",
        &rows,
    ))
}

pub(crate) fn stages(findings: &Findings) -> Result<String> {
    let found = findings.of("stages")?;
    let mut text = String::from(
        "## Where the instructions go\n\nCounted by callgrind over thousands of requests; a commit is shared by 24 tokens here, by ten times as many in the measurement above, so the store's part is smaller there. The kernel's instructions are not \
         among them: beside each is the time that the same load takes in the server and in the kernel without callgrind.\n",
    );
    for (kind, title) in
        [("issue", "An opaque token"), ("introspect", "An introspection"), ("jwt", "A JWT, EdDSA")]
    {
        let of = found.get(kind).ok_or("a kind is missing")?;
        let stages = list(of, "/stages");
        let total: f64 = stages.iter().map(|stage| number(stage, "/instructions")).sum();
        let _ = writeln!(
            text,
            "\n{title}: {} instructions and {} allocations; {} µs in the server and {} µs in the kernel.\n\n| stage | instructions | share |\n|---|---|---|",
            shown(total),
            shown(number(of, "/allocations")),
            shown(number(of, "/user_us")),
            shown(number(of, "/system_us"))
        );
        for stage in stages {
            let instructions = number(stage, "/instructions");
            let _ = writeln!(
                text,
                "| {} | {} | {:.1} % |",
                string(stage, "/stage"),
                shown(instructions),
                instructions * 100.0 / total
            );
        }
    }
    Ok(text)
}

pub(crate) fn growth(findings: &Findings) -> Result<String> {
    let found = findings.of("growth")?;
    let mut rows = Vec::new();
    for step in list(found, "/steps") {
        let of = |pointer| shown(number(step, pointer));
        let ratio = |kind: &str| {
            number(step, &format!("/{kind}/per_second")) / number(step, &format!("/{kind}_empty/per_second"))
        };
        rows.push(format!(
            "{} | {} | {} | {:.2} | {} | {} | {:.2} | {} | {} | {}",
            of("/tokens"),
            of("/issue/cpu_us"),
            of("/issue_empty/cpu_us"),
            ratio("issue"),
            of("/introspect/cpu_us"),
            of("/introspect_empty/cpu_us"),
            ratio("introspect"),
            of("/resident_mib"),
            shown(number(step, "/disk_bytes") / 1_048_576.0),
            shown(number(step, "/bytes_from_disk") / 1_048_576.0)
        ));
    }
    let everybody = found.get("every_user").cloned().unwrap_or_default();
    let roomy = found.get("roomy_cache").cloned().unwrap_or_default();
    let mut text = section(
        "As the store grows",
        &format!(
            "{} users; tokens for 10,000 of them evenly among all. Beside the full server one with 10,000 users and few tokens, in turn. CPU \
             in µs per request; `ratio` is the rate in parts of the nearly empty server's. The file was in the kernel's cache before each round.",
            shown(number(found, "/users"))
        ),
        "live tokens | issue, CPU | nearly empty | ratio | introspect, CPU | nearly empty | ratio | resident MiB | on disk, MiB | read from it, MiB",
        &rows,
    );
    let _ = writeln!(
        text,
        "\nWhen each request is for a user picked among all {}, whom the cache of clients seldom has: {} tokens per second, {} µs CPU, {} MiB resident. \
         With `--cache-mib 4096`, when all tokens fit the store's cache: {} introspections per second, {} µs CPU, {} MiB resident.\n\n\
         ![CPU per request against live tokens](images/performance-growth.svg)",
        shown(number(found, "/users")),
        shown(number(&everybody, "/per_second")),
        shown(number(&everybody, "/cpu_us")),
        shown(number(&everybody, "/resident_mib")),
        shown(number(&roomy, "/per_second")),
        shown(number(&roomy, "/cpu_us")),
        shown(number(&roomy, "/resident_mib"))
    );
    Ok(text)
}

pub(crate) fn steady(findings: &Findings) -> Result<String> {
    let found = findings.of("steady")?;
    let row = |name: &str, part: &str| {
        let of = |figure: &str| shown(number(found, &format!("/steady/{part}/{figure}")));
        format!(
            "{name} | {} | {} | {} | {} | {} | {}",
            of("per_second"),
            of("p99_ms"),
            of("cpu_us"),
            of("tokens"),
            of("disk_mib"),
            of("resident_mib")
        )
    };
    let mut text = section(
        "A steady quarter of an hour",
        &format!(
            "{} seconds of issuing at full rate on 256 connections, tokens that live {} s. Medians of the second and the \
             last third.",
            shown(number(found, "/steady/seconds")),
            number(found, "/steady/lifetime_seconds")
        ),
        "| tokens per second | p99 ms | CPU µs | live tokens | on disk, MiB | resident MiB",
        &[row("second third", "middle_third"), row("last third", "last_third")],
    );
    for (image, alternative) in [
        ("steady-size", "Database on disk and resident memory over time"),
        ("steady-latency", "99th percentile of the latency over time"),
    ] {
        let _ = writeln!(text, "\n![{alternative}](images/performance-{image}.svg)");
    }
    Ok(text)
}

pub(crate) fn slow_disk(findings: &Findings) -> Result<String> {
    let mut rows = Vec::new();
    for row in list(findings.of("slow-disk")?, "/rows") {
        let of = |pointer| shown(number(row, pointer));
        rows.push(format!(
            "{} | {} | {} | {} | {} | {}",
            number(row, "/connections"),
            number(row, "/delay_ms"),
            of("/per_second"),
            of("/p50_ms"),
            of("/p99_ms"),
            of("/batch")
        ));
    }
    let mut text = section(
        "Slow disks",
        "Each fdatasync is made to take longer. A commit is two of them (the price of opening in milliseconds after a crash, at any size), so an answer waits for two at least; batches grow until the rate \
         is that of a fast disk or all connections wait.",
        "connections | added ms | tokens per second | p50 ms | p99 ms | tokens per commit",
        &rows,
    );
    let _ = writeln!(
        text,
        "\n![Tokens per second against connections, by disk](images/performance-slow-disk.svg)"
    );
    Ok(text)
}

pub(crate) fn overload(findings: &Findings) -> Result<String> {
    let mut rows = Vec::new();
    for row in list(findings.of("overload")?, "") {
        let of = |pointer| shown(number(row, pointer));
        rows.push(format!(
            "{} | {} | {} | {} | {} | {:.2} ({:.2} to {:.2}) | {} | {} | {}",
            string(row, "/kind"),
            of("/clients"),
            string(row, "/manners"),
            of("/value"),
            of("/baseline"),
            number(row, "/ratio"),
            number(row, "/ratio_min"),
            number(row, "/ratio_max"),
            of("/p99_ms"),
            of("/refused_per_second"),
            of("/refusal_p99_ms")
        ));
    }
    Ok(section(
        "Overload",
        "So many clients that together they ask three times as often as the server can answer. Patient ones wait after a refusal as long as \
         `Retry-After` says, impatient ones ask again at once.",
        "tokens | clients | | answers per second | peak | ratio | p99 ms | refused per second | p99 ms of refusals",
        &rows,
    ))
}

pub(crate) fn management(findings: &Findings) -> Result<String> {
    let mut rows = Vec::new();
    for row in list(findings.of("management")?, "") {
        let of = |pointer| shown(number(row, pointer));
        rows.push(format!(
            "{} | {} | {} | {} | {} | {}",
            string(row, "/beside"),
            of("/p50_ms"),
            of("/p99_ms"),
            of("/max_ms"),
            of("/calls"),
            of("/call_p50_ms")
        ));
    }
    Ok(section(
        "Management beside tokens",
        "One connection asks for opaque tokens all the time; beside it an owner of the instance calls one thing after the other, on a million \
         users with an authorization each.",
        "beside | p50 ms of tokens | p99 ms | max ms | calls | p50 ms of calls",
        &rows,
    ))
}

pub(crate) fn users(findings: &Findings) -> Result<String> {
    let mut rows = Vec::new();
    for row in list(findings.of("users")?, "") {
        let of = |pointer| shown(number(row, pointer));
        let pages: Vec<String> = row
            .get("page_ms")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter_map(|(_, ms)| ms.as_f64().map(shown))
            .collect();
        rows.push(format!(
            "{} | {} | {} | {} | {} | {} | {:.2}",
            of("/users"),
            of("/imported_per_second"),
            of("/import_cpu_us"),
            pages.join(" "),
            of("/lookup_ms"),
            of("/issue_cpu_us"),
            number(row, "/issue/ratio")
        ));
    }
    Ok(section(
        "A million service users",
        "Imported with `jeton user import`, pages of a hundred wherever they are, one user by name, and tokens for 10,000 users evenly among all. \
         Each management call opens a connection of its own.",
        "users | imported per second | CPU µs each | pages, ms | one user, ms | CPU µs per token | of bare hyper",
        &rows,
    ))
}

pub(crate) fn peers(findings: &Findings) -> Result<String> {
    let mut rows = Vec::new();
    for measured in list(findings.of("peers")?, "") {
        for server in list(measured, "/servers") {
            let of = |pointer| shown(number(server, pointer));
            rows.push(format!(
                "{} | {} | {} | {} | {} | {}",
                number(measured, "/cores"),
                string(server, "/server"),
                of("/per_second"),
                of("/p99_ms"),
                of("/cpu_us"),
                of("/times_jeton")
            ));
        }
    }
    Ok(section(
        "Beside other servers",
        "Tokens by the client credentials grant for one client over 64 keep-alive connections, in turn. Jeton seals them and keeps none, \
         `oidc-provider` keeps them in memory, glewlwyd in SQLite. On two cores the generator shares them.",
        "cores | server | tokens per second | p99 ms | CPU µs | in parts of Jeton's CPU",
        &rows,
    ))
}
