//! Single-use assertions: rows that one request alone can insert, however many servers try.
//!
//! An assertion that was used up by a request that then failed is refused; the client makes a new one.

use crate::connection::Parameter;
use crate::fault::{Fate, Fault};
use crate::history::Tries;
use crate::limits::USE_UP_BATCH_MAX;
use crate::session::Session;
use crate::wire;
use jeton_store::journal::{AssertionUse, ChangeId, JournalError, Used};
use jeton_store::limits::ASSERTIONS_PER_CLIENT_MAX;
use std::collections::BTreeMap;
use tokio::sync::mpsc::Receiver;
use tokio_postgres::types::Type;

/// The receiver of the results, in the order of the assertions.
pub type UseUpReply = Box<dyn FnOnce(Result<Vec<Used>, JournalError>) + Send>;

/// Assertions of one request to the journal.
pub(crate) struct UseUp {
    pub(crate) uses: Vec<AssertionUse>,
    pub(crate) reply: UseUpReply,
}

/// Uses up what waits, in one transaction.
pub(crate) async fn use_up(session: &mut Session, first: UseUp, waiting: &mut Receiver<UseUp>) {
    let mut count = first.uses.len();
    let mut batch = vec![first];
    while count < USE_UP_BATCH_MAX
        && let Ok(next) = waiting.try_recv()
    {
        count += next.uses.len();
        batch.push(next);
    }
    let firsts = first_of_each(&batch);
    let outcomes = ask(session, &firsts).await;
    for UseUp { uses, reply } in batch {
        reply(
            outcomes
                .as_ref()
                .map_err(JournalError::clone)
                .map(|outcomes| uses.iter().map(|one| result(one, &firsts, outcomes)).collect::<Vec<_>>()),
        );
    }
}

type Digest = [u8; 16];

/// The first use of each assertion, in the order of their digests.
fn first_of_each(batch: &[UseUp]) -> BTreeMap<Digest, AssertionUse> {
    let mut firsts = BTreeMap::new();
    for one in batch.iter().flat_map(|use_up| &use_up.uses) {
        firsts.entry(one.assertion.digest).or_insert(*one);
    }
    firsts
}

/// The result of one use: that of the first one of the same assertion, if it is of the same request.
fn result(
    one: &AssertionUse,
    firsts: &BTreeMap<Digest, AssertionUse>,
    outcomes: &BTreeMap<Digest, Used>,
) -> Used {
    let outcome = outcomes.get(&one.assertion.digest).copied().unwrap_or(Used::Before);
    let is_first = firsts.get(&one.assertion.digest).is_some_and(|first| first.request == one.request);
    if outcome == Used::Now && !is_first { Used::Before } else { outcome }
}

async fn ask(
    session: &mut Session,
    firsts: &BTreeMap<Digest, AssertionUse>,
) -> Result<BTreeMap<Digest, Used>, JournalError> {
    if firsts.is_empty() {
        return Ok(BTreeMap::new());
    }
    let columns = Columns::of(firsts);
    let mut tries = Tries::new(session.deadlines().use_up, ChangeId(session.own().run.0));
    loop {
        let link = session.link_within(tries.left()).await?;
        let cluster = session.cluster.0;
        let max = wire::number(ASSERTIONS_PER_CLIENT_MAX);
        let parameters: [Parameter<'_>; 6] = [
            (&cluster.as_slice(), Type::BYTEA),
            (&max, Type::INT8),
            (&columns.digests, Type::BYTEA_ARRAY),
            (&columns.clients, Type::INT8_ARRAY),
            (&columns.untils, Type::INT8_ARRAY),
            (&columns.requests, Type::BYTEA_ARRAY),
        ];
        let statement = "SELECT * FROM jeton.use_up_1($1, $2, $3, $4, $5, $6)";
        let answer = link.change(tries.left(), statement, &parameters).await;
        let fault = match answer.and_then(|rows| read(&rows)) {
            Ok(outcomes) => return Ok(outcomes),
            Err(fault) => fault,
        };
        session.note(&fault);
        // A lost answer is asked for again: the request finds its own row.
        if !matches!(fault.fate, Fate::Repeat | Fate::Unknown) || !tries.again().await {
            return Err(fault.error);
        }
    }
}

fn read(rows: &[tokio_postgres::Row]) -> Result<BTreeMap<Digest, Used>, Fault> {
    let mut outcomes = BTreeMap::new();
    for row in rows {
        let used = match row.try_get(1)? {
            0 => Used::Now,
            1 => Used::Before,
            2 => Used::TooMany,
            other => return Err(wire::outcome(other).err().unwrap_or_else(Fault::malformed)),
        };
        outcomes.insert(wire::name(row.try_get(0)?)?, used);
    }
    Ok(outcomes)
}

/// Assertions as arrays.
pub(crate) struct Columns {
    pub(crate) digests: Vec<Vec<u8>>,
    pub(crate) clients: Vec<i64>,
    pub(crate) untils: Vec<i64>,
    pub(crate) requests: Vec<Vec<u8>>,
}

impl Columns {
    fn of(firsts: &BTreeMap<Digest, AssertionUse>) -> Self {
        Self::of_all(firsts.values())
    }

    /// The columns of these assertions.
    pub(crate) fn of_all<'a>(all: impl Iterator<Item = &'a AssertionUse> + Clone) -> Self {
        let assertion = |one: &'a AssertionUse| &one.assertion;
        Self {
            digests: all.clone().map(|one| assertion(one).digest.to_vec()).collect(),
            clients: all.clone().map(|one| assertion(one).client.0.cast_signed()).collect(),
            untils: all.clone().map(|one| wire::number(assertion(one).until.0)).collect(),
            requests: all.map(|one| one.request.to_vec()).collect(),
        }
    }
}
