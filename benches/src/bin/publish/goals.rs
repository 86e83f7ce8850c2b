//! The table of all goals, and why those that miss do.

use crate::findings::{Findings, number, shown, string};
use serde_json::Value;
use std::fmt::Write;

/// A goal: what it is called, whether figures reach it, and what stands in the way when they don't.
struct Goal {
    name: &'static str,
    what: &'static str,
    is_met: fn(&Value) -> bool,
    reason: &'static str,
}

const GOALS: [Goal; 10] = [
    Goal {
        name: "P1",
        what: "opaque tokens per second, 256 connections, 10,000 users",
        is_met: |goal| number(goal, "/ratio") >= 0.80,
        reason: "On a machine where bare hyper's whole request takes 5 µs, what a token needs besides is form, client and digests (2.5 µs), row, tree and \
                 the way to the writer and back (3 µs), and the commit's two syncs: 2 µs of CPU, and 2 µs in which the core waits, \
                 since all connections wait for the same commit. With syncing switched off, which no server may do, the ratio was 0.46; \
                 with no store at all 0.66 (`benches/README.md`, \"Where the time goes\").",
    },
    Goal {
        name: "P2",
        what: "introspections per second, random live tokens out of 1,000,000",
        is_met: |goal| number(goal, "/ratio") >= 0.85,
        reason: "On the same machine, looking a random token up in a tree of a million is four pages that are in no cache of the core (1.9 µs), \
                 its user is two more places (0.6 µs), and the answer is three times as long as the request. With 1,000 tokens of 100 users, \
                 which fit the core's cache, the ratio was 0.69.",
    },
    Goal {
        name: "P3",
        what: "CPU per JWT beyond bare hyper and 1.25 signatures",
        is_met: |goal| number(goal, "/ratio") <= 1.0,
        reason: "The worst of three algorithms is shown. Form, client and claims cost 4 µs on the same machine, which a fast signature's \
                 quarter does not pay for; RS256, the default, stays below its goal.",
    },
    Goal {
        name: "P4",
        what: "with 10 million live tokens and 1 million users, in parts of a nearly empty store",
        is_met: |goal| number(goal, "/ratio") >= 0.90,
        reason: "Issuing stays flat. Introspecting a random one of ten million tokens reads its page from the kernel's cache, because \
                 a gigabyte of tokens does not fit the 112 MiB that the store keeps; what `--cache-mib` gives is said below. Tokens that are \
                 introspected again soon, as most are, are found in the store's cache.",
    },
    Goal {
        name: "P5",
        what: "memory",
        is_met: |goal| {
            number(goal, "/value") <= 256.0
                && number(goal, "/idle_mib") <= 20.0
                && number(goal, "/per_idle_connection_kib") <= 12.0
        },
        reason: "An idle connection that has asked once holds a page of each of hyper's two buffers, which hyper neither shrinks nor \
                 shares, and 3 KiB of hyper's, the runtime's and our state; one that has said nothing 8 KiB in all.",
    },
    Goal {
        name: "P6",
        what: "first answer after a start with 10 million tokens",
        is_met: |goal| number(goal, "/value") <= 100.0,
        reason: "",
    },
    Goal {
        name: "P7",
        what: "disk",
        is_met: |goal| number(goal, "/value") <= 150.0 && number(goal, "/steady/disk_growth") <= 1.02,
        reason: "",
    },
    Goal {
        name: "P8",
        what: "CPU per token of the best peer, in parts of Jeton's",
        is_met: |goal| number(goal, "/ratio") >= 20.0,
        reason: "`oidc-provider` keeps tokens in memory and loses them at a restart. A twentieth of what it needs, once its code is \
                 compiled, is what bare hyper needs to answer at all.",
    },
    Goal {
        name: "P9",
        what: "three times what the server can answer",
        is_met: |goal| number(goal, "/ratio") >= 0.80 && number(goal, "/refusal_p99_ms") <= 50.0,
        reason: "With thousands of connections their state falls out of the core's cache, and each answer costs a third more, refused or \
                 not. A refusal comes when a turn of the worker has taken 100 ms: earlier ones would refuse what could still be served \
                 in time.",
    },
    Goal {
        name: "P10",
        what: "release binary",
        is_met: |goal| number(goal, "/value") <= 15.0 && number(goal, "/build_seconds") <= 360.0,
        reason: "",
    },
];

/// The table, and a list of what misses.
pub(crate) fn text(findings: &Findings) -> String {
    let mut text =
        String::from("| | what | measured | baseline | ratio | goal | |\n|---|---|---|---|---|---|---|\n");
    let mut misses = String::new();
    for Goal { name, what, is_met, reason } in GOALS {
        let Some(goal) = findings.goals.get(name) else {
            let _ = writeln!(text, "| {name} | {what} | not measured | | | | |");
            continue;
        };
        let met = is_met(goal);
        let ratio = number(goal, "/ratio");
        let ratio = if ratio.is_nan() {
            String::new()
        } else {
            format!("{ratio:.2} ({:.2} to {:.2})", number(goal, "/ratio_min"), number(goal, "/ratio_max"))
        };
        let baseline = goal.pointer("/baseline").and_then(Value::as_f64).map(shown).unwrap_or_default();
        let _ = writeln!(
            text,
            "| {name} | {what} | {} {}{} | {baseline} | {ratio} | {} | {} |",
            shown(number(goal, "/value")),
            string(goal, "/unit"),
            besides(name, goal),
            string(goal, "/goal"),
            if met { "met" } else { "**missed**" }
        );
        if !met {
            let _ = writeln!(misses, "- **{name}** {reason}");
        }
    }
    if !misses.is_empty() {
        let _ = write!(text, "\nWhat misses, and why:\n\n{misses}");
    }
    text
}

/// More figures of the same goal.
fn besides(name: &str, goal: &Value) -> String {
    let of = |pointer| shown(number(goal, pointer));
    match name {
        "P1" | "P2" => format!(", p99 {} ms, {} µs CPU", of("/p99_ms"), of("/cpu_us")),
        "P5" => format!(
            "; idle {} MiB; {} KiB per idle connection",
            of("/idle_mib"),
            of("/per_idle_connection_kib")
        ),
        "P7" => format!(
            "; disk in the last third of {} s against the one before: {}",
            of("/steady/seconds"),
            of("/steady/disk_growth")
        ),
        "P9" => format!(
            ", {} {} clients; {} refused per second; with up to 16 times as many clients {} of the peak",
            of("/clients"),
            string(goal, "/manners"),
            of("/refused_per_second"),
            of("/worst_ratio")
        ),
        "P10" => format!("; clean build in {} s", of("/build_seconds")),
        _ => String::new(),
    }
}
