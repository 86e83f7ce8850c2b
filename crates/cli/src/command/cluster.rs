//! `jeton cluster`: several servers on one database.

use crate::CliError;
use crate::args::{self, Cluster};
use crate::session::Session;
use crate::transport::expect_store;
use jeton_server::cluster::{self, Database, Node, Status};
use serde_json::{Value, json};

pub(crate) fn run(session: &mut Session<'_>, cluster: Cluster) -> Result<(), CliError> {
    if session.is_remote() {
        return Err(CliError::new("run cluster commands on a server's machine, without --server"));
    }
    match cluster {
        Cluster::Init(arguments) => init(session, &needed(arguments)?),
        Cluster::Status(arguments) => status(session, &needed(arguments)?),
    }
}

fn needed(arguments: args::Database) -> Result<Database, CliError> {
    let database = arguments.read()?;
    database.ok_or_else(|| CliError::new("give the database: --database postgres://user@host/database"))
}

fn init(session: &mut Session<'_>, database: &Database) -> Result<(), CliError> {
    let data_dir = session.global.data_dir.clone();
    expect_store(&data_dir)?;
    let made = cluster::init(&data_dir, database).map_err(|error| CliError::new(error.to_string()))?;
    if session.global.json {
        return session.output.json(&json!({ "rows": made.rows }));
    }
    session
        .output
        .line(&format!("{} rows are in the database, and this directory is that of a node", made.rows))?;
    session.output.line("Start this node:  jeton serve --database URL")?;
    session
        .output
        .line("Another node:     copy server.key to an empty data directory, then start it the same way")
}

fn status(session: &mut Session<'_>, database: &Database) -> Result<(), CliError> {
    let status = cluster::status(database).map_err(|error| CliError::new(error.to_string()))?;
    if session.global.json {
        return session.output.json(&as_json(&status));
    }
    let Status { control, nodes, round_trip } = &status;
    session.output.line(&format!(
        "revision {}, format {}, PostgreSQL {}, a question takes {:.1?}",
        control.at.revision, control.format, control.settings.version, round_trip
    ))?;
    for node in nodes {
        session.output.line(&line(&status, node))?;
    }
    for warning in warnings(&status) {
        session.output.line(&format!("warning: {warning}"))?;
    }
    Ok(())
}

fn line(status: &Status, node: &Node) -> String {
    let behind = status.control.at.revision.saturating_sub(node.at.revision);
    let state = match (node.is_running, node.joining_from) {
        (false, _) => "stopped".to_owned(),
        (true, Some(_)) => "joining".to_owned(),
        (true, None) => format!("running, {behind} changes behind"),
    };
    format!(
        "node {} ({}), version {}, {state}, last heard {} s ago",
        node.number.0,
        node.name,
        node.version,
        node.beat_age.as_secs()
    )
}

/// The sentences about what is wrong.
fn warnings(status: &Status) -> Vec<&'static str> {
    let settings = &status.control.settings;
    let mut all = Vec::new();
    if settings.is_standby {
        all.push("this database is a standby, which takes no changes; name the primary");
    }
    if !settings.has_synchronous_standby {
        all.push(
            "commits wait for no standby: after a failover revoked tokens may live again; set \
             synchronous_standby_names if there is a standby",
        );
    }
    all
}

fn as_json(status: &Status) -> Value {
    let Status { control, nodes, round_trip } = status;
    let node = |node: &Node| {
        json!({
            "number": node.number.0,
            "name": node.name,
            "version": node.version,
            "running": node.is_running,
            "joining": node.joining_from.is_some(),
            "revision": node.at.revision,
            "behind": control.at.revision.saturating_sub(node.at.revision),
            "lastHeardSeconds": node.beat_age.as_secs(),
        })
    };
    json!({
        "revision": control.at.revision,
        "format": control.format,
        "database": control.settings.version,
        "synchronousStandby": control.settings.has_synchronous_standby,
        "questionMicroseconds": round_trip.as_micros(),
        "nodes": nodes.iter().map(node).collect::<Vec<_>>(),
        "warnings": warnings(status),
    })
}
