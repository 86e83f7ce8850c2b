//! The tables and functions in the database, in the schema `jeton`.
//!
//! ```text
//! control          one row: the end of the history, and facts of all nodes
//! state            the rows after all change sets: table, key, value, as the engine of a node stores them
//! changes          the change sets; three arrays, with NULL for a removed row's value
//! used_assertions  what may be used once and was
//! nodes            one row for each node, with its last heartbeat
//! initialisation   one row while `cluster init` uploads
//! ```
//!
//! Functions end in the number of the format that they belong to; a newer format adds others beside them.
//! Each names every object with its schema and has no `SET` clause, which would have a level of settings of
//! its own: what it sets with `set_config(.., true)` is in force when its transaction commits.

/// The format of the tables and functions.
pub const FORMAT: i32 = 1;

/// The tables. Run inside a transaction.
pub(crate) const TABLES: &str = "
CREATE SCHEMA IF NOT EXISTS jeton;
CREATE TABLE IF NOT EXISTS jeton.control (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  cluster bytea NOT NULL, revision bigint NOT NULL, id bytea NOT NULL,
  format integer NOT NULL, oldest integer NOT NULL, key_check bytea NOT NULL,
  careful bigint NOT NULL, careful_at timestamptz NOT NULL, touched bigint NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS jeton.state (
  tbl smallint NOT NULL, key bytea NOT NULL, value bytea NOT NULL, PRIMARY KEY (tbl, key));
CREATE TABLE IF NOT EXISTS jeton.changes (
  revision bigint PRIMARY KEY, id bytea NOT NULL UNIQUE, previous bytea NOT NULL, node integer NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  tbls smallint[] NOT NULL, keys bytea[] NOT NULL, vals bytea[] NOT NULL);
CREATE TABLE IF NOT EXISTS jeton.used_assertions (
  digest bytea PRIMARY KEY, client bigint NOT NULL, until bigint NOT NULL, request bytea NOT NULL);
CREATE INDEX IF NOT EXISTS used_assertions_client ON jeton.used_assertions (client);
CREATE INDEX IF NOT EXISTS used_assertions_until ON jeton.used_assertions (until);
CREATE TABLE IF NOT EXISTS jeton.nodes (
  number integer PRIMARY KEY, run bytea NOT NULL, beat timestamptz NOT NULL,
  revision bigint NOT NULL, id bytea NOT NULL, version text NOT NULL,
  format_low integer NOT NULL, format_high integer NOT NULL,
  name text NOT NULL, settings bytea NOT NULL, joining_from bigint);
CREATE TABLE IF NOT EXISTS jeton.initialisation (
  one boolean PRIMARY KEY DEFAULT true CHECK (one), token bytea NOT NULL);
";

/// The functions. Run inside a transaction, after the tables.
pub(crate) const FUNCTIONS: &str = r"
-- A commit of this transaction is durable and on the synchronous standby under any settings of the role;
-- a stricter setting stays. A lock is not waited for longer than a node waits for the answer.
CREATE OR REPLACE FUNCTION jeton.durable_1() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_catalog.set_config('synchronous_commit',
    CASE WHEN pg_catalog.current_setting('synchronous_commit') = 'remote_apply' THEN 'remote_apply' ELSE 'on' END,
    true);
  PERFORM pg_catalog.set_config('lock_timeout', '2s', true);
END $$;

-- As above; and what is read after a lock was waited for is what is there then, in READ COMMITTED only.
CREATE OR REPLACE FUNCTION jeton.current_1() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF pg_catalog.current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'the isolation has to be named' USING ERRCODE = 'JT001';
  END IF;
  PERFORM jeton.durable_1();
END $$;

-- The start of the server, in microseconds: tells servers behind one address apart.
CREATE OR REPLACE FUNCTION jeton.start_1() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT (extract(epoch FROM pg_catalog.pg_postmaster_start_time()) * 1000000)::bigint
$$;

-- Appends a change set: 0 appended, 1 the history is elsewhere, 3 another cluster, 4 no cluster.
CREATE OR REPLACE FUNCTION jeton.append_1(
  p_cluster bytea, p_revision bigint, p_on bytea, p_id bytea, p_node integer, p_careful bigint,
  p_tbls smallint[], p_keys bytea[], p_vals bytea[],
  OUT o_outcome integer, OUT o_revision bigint, OUT o_previous bytea) LANGUAGE plpgsql AS $$
DECLARE
  c jeton.control%ROWTYPE;
  v_own bigint;
BEGIN
  PERFORM jeton.current_1();
  SELECT * INTO c FROM jeton.control FOR UPDATE;
  o_outcome := CASE
    WHEN c.one IS NULL THEN 4
    WHEN c.cluster <> p_cluster THEN 3
    WHEN p_revision IS NOT NULL AND (c.revision, c.id) IS DISTINCT FROM (p_revision, p_on) THEN 1
    ELSE 0 END;
  IF o_outcome <> 0 THEN RETURN; END IF;
  DELETE FROM jeton.state s USING unnest(p_tbls, p_keys, p_vals) d(t, k, v)
    WHERE d.v IS NULL AND s.tbl = d.t AND s.key = d.k;
  INSERT INTO jeton.state AS s (tbl, key, value)
    SELECT d.t, d.k, d.v FROM unnest(p_tbls, p_keys, p_vals) d(t, k, v) WHERE d.v IS NOT NULL
    ON CONFLICT (tbl, key) DO UPDATE SET value = excluded.value;
  o_revision := c.revision + 1;
  o_previous := c.id;
  INSERT INTO jeton.changes (revision, id, previous, node, tbls, keys, vals)
    VALUES (o_revision, p_id, o_previous, p_node, p_tbls, p_keys, p_vals);
  -- The careful clock never goes back, and no node puts it more than 5 s ahead of the time that passed here.
  v_own := c.careful
    + greatest(0, floor(extract(epoch FROM pg_catalog.clock_timestamp() - c.careful_at)))::bigint;
  UPDATE jeton.control SET revision = o_revision, id = p_id,
    careful = greatest(c.careful, least(p_careful, v_own + 5)), careful_at = pg_catalog.clock_timestamp();
END $$;

-- Holds the end of the history until the transaction ends.
CREATE OR REPLACE FUNCTION jeton.hold_1(p_cluster bytea,
  OUT o_outcome integer, OUT o_revision bigint, OUT o_id bytea) LANGUAGE plpgsql AS $$
DECLARE
  c jeton.control%ROWTYPE;
BEGIN
  PERFORM jeton.current_1();
  SELECT * INTO c FROM jeton.control FOR UPDATE;
  o_outcome := CASE WHEN c.one IS NULL THEN 4 WHEN c.cluster <> p_cluster THEN 3 ELSE 0 END;
  o_revision := c.revision;
  o_id := c.id;
END $$;

-- The revision of a change set, or NULL. Waits until an append that is under way has ended, and is a write,
-- so that what it finds is durable when it is acknowledged.
CREATE OR REPLACE FUNCTION jeton.resolve_1(p_cluster bytea, p_id bytea,
  OUT o_outcome integer, OUT o_revision bigint) LANGUAGE plpgsql AS $$
DECLARE
  v_cluster bytea;
BEGIN
  PERFORM jeton.current_1();
  UPDATE jeton.control SET touched = touched + 1 RETURNING cluster INTO v_cluster;
  o_outcome := CASE WHEN v_cluster IS NULL THEN 4 WHEN v_cluster <> p_cluster THEN 3 ELSE 0 END;
  SELECT revision INTO o_revision FROM jeton.changes WHERE id = p_id;
END $$;

-- The heartbeat of a node, whose connections beat at the same time. Not found: another process has its number.
CREATE OR REPLACE FUNCTION jeton.beat_1(
  p_number integer, p_run bytea, p_revision bigint, p_id bytea, p_version text, p_joining_from bigint,
  OUT o_found boolean, OUT o_start bigint, OUT o_now bigint, OUT o_careful bigint) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM jeton.current_1();
  UPDATE jeton.nodes SET beat = pg_catalog.clock_timestamp(), revision = p_revision, id = p_id,
    version = p_version, joining_from = p_joining_from WHERE number = p_number AND run = p_run;
  o_found := FOUND;
  o_start := jeton.start_1();
  o_now := (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::bigint;
  SELECT c.careful + greatest(0, floor(extract(epoch FROM pg_catalog.clock_timestamp() - c.careful_at)))::bigint
    INTO o_careful FROM jeton.control c;
END $$;

-- Uses assertions up: 0 used, 1 used before by another request, 2 the client has too many. The digests are
-- inserted in order, so that two transactions wait for each other in one direction; a request that is repeated
-- because its answer was lost finds its own. The rows of each client are counted once.
CREATE OR REPLACE FUNCTION jeton.use_up_1(p_cluster bytea, p_client_max bigint,
  p_digests bytea[], p_clients bigint[], p_untils bigint[], p_requests bytea[])
RETURNS TABLE (o_digest bytea, o_outcome integer) LANGUAGE plpgsql AS $$
DECLARE
  v_cluster bytea;
BEGIN
  PERFORM jeton.current_1();
  SELECT cluster INTO v_cluster FROM jeton.control;
  IF v_cluster IS NULL OR v_cluster <> p_cluster THEN
    o_outcome := CASE WHEN v_cluster IS NULL THEN 4 ELSE 3 END;
    RETURN NEXT;
    RETURN;
  END IF;
  RETURN QUERY
  WITH asked AS MATERIALIZED (
    SELECT d.*, row_number() OVER (PARTITION BY d.c ORDER BY d.d) AS place,
      EXISTS (SELECT FROM jeton.used_assertions u WHERE u.digest = d.d) AS is_there
    FROM unnest(p_digests, p_clients, p_untils, p_requests) d(d, c, t, r)),
  rows_of AS MATERIALIZED (
    SELECT a.c, (SELECT count(*) FROM
      (SELECT FROM jeton.used_assertions u WHERE u.client = a.c LIMIT p_client_max) counted) AS own
    FROM (SELECT DISTINCT asked.c FROM asked) a),
  admitted AS MATERIALIZED (
    SELECT asked.* FROM asked JOIN rows_of ON rows_of.c = asked.c
    WHERE asked.is_there OR rows_of.own + asked.place <= p_client_max),
  used AS (
    INSERT INTO jeton.used_assertions AS u (digest, client, until, request)
    SELECT admitted.d, admitted.c, admitted.t, admitted.r FROM admitted ORDER BY admitted.d
    ON CONFLICT (digest) DO UPDATE SET request = u.request WHERE u.request = excluded.request
    RETURNING u.digest)
  SELECT asked.d, CASE
    WHEN asked.d IN (SELECT used.digest FROM used) THEN 0
    WHEN asked.d IN (SELECT admitted.d FROM admitted) THEN 1
    ELSE 2 END
  FROM asked;
END $$;
";

/// Settings of the role in this database, which a pooler does not pass on from the start of a connection. A
/// node that stops while it holds the end of the history delays all others for as long as the second says.
pub(crate) const ROLE_SETTINGS: &str = "
DO $$ DECLARE setting text; BEGIN
  FOREACH setting IN ARRAY ARRAY['statement_timeout = ''10s''',
    'idle_in_transaction_session_timeout = ''3s''', 'default_transaction_isolation = ''read committed''']
  LOOP
    EXECUTE format('ALTER ROLE CURRENT_USER IN DATABASE %I SET ', current_database()) || setting;
  END LOOP;
END $$;
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_have_no_settings_of_their_own_and_name_the_schema() {
        for function in FUNCTIONS.split("CREATE OR REPLACE FUNCTION ").skip(1) {
            assert!(function.starts_with("jeton."), "{function}");
            let head = function.split("$$").next().expect("a first part");
            assert!(!head.contains("SET ") && !head.contains("SECURITY"), "{head}");
        }
        for table in ["control", "state", "changes", "used_assertions", "nodes"] {
            for clause in ["FROM", "INTO", "UPDATE"] {
                assert!(!FUNCTIONS.contains(&format!("{clause} {table} ")), "{clause} {table} has no schema");
            }
        }
    }
}
