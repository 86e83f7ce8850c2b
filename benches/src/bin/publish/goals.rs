//! The table of all goals, with the reasons for missed ones.

use crate::findings::{Findings, number, shown, string};
use serde_json::Value;
use std::fmt::Write;

/// A goal: its name, the comparison with its figures, and the reason if it is missed.
struct Goal {
    name: &'static str,
    what: &'static str,
    is_met: fn(&Value) -> bool,
    reason: &'static str,
}

const GOALS: [Goal; 11] = [
    Goal {
        name: "P1",
        what: "opaque tokens per second, the worst of 1, 16, 64 and 256 connections, 10,000 users",
        is_met: |goal| number(goal, "/ratio") >= 0.80,
        reason: "What a token needs besides bare hyper's request is form, client, digests, seal and answer: twice the instructions, and no \
                 function of them has more than 5 % (`benches/README.md`, \"Why a token has no row\").",
    },
    Goal {
        name: "P2",
        what: "introspections per second, the worst of 1, 16, 64 and 256 connections, random live tokens of 10,000 users",
        is_met: |goal| number(goal, "/ratio") >= 0.80,
        reason: "A digest of the API's secret, opening the token, its user, which is in no cache of the core, a look among the revoked ones, and an \
                 answer that is three times as long as the request.",
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
        reason: "A token is in no table, but its user is: one of a million is in no cache of the core, and beyond the cache of clients it is read \
                 from the engine's pages and decoded.",
    },
    Goal {
        name: "P5",
        what: "memory",
        is_met: |goal| {
            number(goal, "/value") <= 512.0
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
        is_met: |goal| {
            number(goal, "/value") <= 1.0
                && number(goal, "/steady/disk_growth") <= 1.02
                && number(goal, "/per_user") <= 600.0
                && number(goal, "/per_revoked_token") <= 64.0
        },
        reason: "",
    },
    Goal {
        name: "P8",
        what: "CPU per token of the best peer, in parts of Jeton's",
        is_met: |goal| number(goal, "/ratio") >= 12.0,
        reason: "`oidc-provider` keeps tokens in memory and loses them at a restart. A nineteenth of what it needs, once its code is \
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
        is_met: |goal| number(goal, "/value") <= 24.0 && number(goal, "/build_seconds") <= 360.0,
        reason: "",
    },
    Goal {
        name: "P11",
        what: "management beside tokens",
        is_met: |goal| number(goal, "/value") <= 5.0,
        reason: "",
    },
];

/// The table, and a list of missed goals.
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
        "P1" | "P2" => format!(
            " on {:.0} connections, p99 {} ms, {} µs CPU",
            number(goal, "/connections"),
            of("/p99_ms"),
            of("/cpu_us")
        ),
        "P5" => format!(
            "; idle {} MiB; {} KiB per idle connection",
            of("/idle_mib"),
            of("/per_idle_connection_kib")
        ),
        "P7" => format!(
            "; {} per user with a secret; {} per revoked token; disk in the last third of {} s against the one before: {}",
            of("/per_user"),
            of("/per_revoked_token"),
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
