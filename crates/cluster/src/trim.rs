//! Forgetting what no node needs any more: old change sets, and used assertions that have expired.

use crate::connection::Link;
use crate::fault::Fault;
use crate::limits::{TRIM_ASSERTIONS_MAX, TRIM_CHANGES_MAX};
use std::time::Duration;
use tokio_postgres::types::Type;

/// The number of rows that one trimming removed. If one is at its bound, there may be more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trimmed {
    /// Change sets.
    pub changes: i64,
    /// Used assertions.
    pub assertions: i64,
}

/// Removes change sets that are older than `age` and that every node of the last hour has applied, from the
/// oldest on without gaps, and assertions a minute after their end.
pub(crate) async fn trim(link: &Link, deadline: Duration, age: Duration) -> Result<Trimmed, Fault> {
    let changes = "WITH gone AS (DELETE FROM jeton.changes WHERE revision IN (
      SELECT revision FROM (
        SELECT revision, bool_and(at < now() - $2 * interval '1 second') OVER (ORDER BY revision) AS is_old
        FROM (
          SELECT revision, at FROM jeton.changes WHERE revision < (
            SELECT min(least(revision, coalesce(joining_from, revision))) FROM jeton.nodes
            WHERE beat > clock_timestamp() - interval '1 hour')
          ORDER BY revision LIMIT $1) oldest
      ) judged WHERE is_old) RETURNING 1) SELECT count(*) FROM gone";
    let seconds = i64::try_from(age.as_secs()).unwrap_or(i64::MAX);
    let parameters = [(&TRIM_CHANGES_MAX as _, Type::INT8), (&seconds as _, Type::INT8)];
    let rows = link.change(deadline, changes, &parameters).await?;
    let changes = rows.first().ok_or_else(Fault::malformed)?.try_get(0)?;
    let assertions = "WITH gone AS (DELETE FROM jeton.used_assertions WHERE digest IN (
      SELECT digest FROM jeton.used_assertions
      WHERE until < extract(epoch FROM clock_timestamp())::bigint - 60 LIMIT $1)
      RETURNING 1) SELECT count(*) FROM gone";
    let rows = link.change(deadline, assertions, &[(&TRIM_ASSERTIONS_MAX, Type::INT8)]).await?;
    Ok(Trimmed { changes, assertions: rows.first().ok_or_else(Fault::malformed)?.try_get(0)? })
}
