//! Writing a decision: first the records are encoded, which refuses those that are too large, then the
//! rows are written.

use crate::batch::Batch;
use crate::codec::Corrupt;
use crate::command::Applied;
use crate::fault::TransactionError;
use crate::records;
use jeton_domain::admin::{Change, Decision, DecisionParts, NewEvent};
use jeton_domain::event::{Actor, EventKind};
use jeton_domain::refusal::OperationError;
use jeton_domain::time::Moment;

/// A change whose records are encoded.
type Write = Box<dyn FnOnce(&mut Batch<'_>) -> Result<(), TransactionError>>;

impl Batch<'_> {
    /// Writes the changes and the events of a decision.
    pub(super) fn commit_decision(&mut self, decision: Decision) -> Result<Applied, TransactionError> {
        let DecisionParts { outcome, changes, events, by, at, newest, rights } = decision.into_parts();
        let encode = |change| self.encoded(change, at);
        let writes = changes.into_iter().map(encode).collect::<Result<Vec<_>, _>>();
        let writes = writes.map_err(|_| OperationError::TooLarge)?;
        let rows = events.iter().map(|event| encoded_event(event, by, at)).collect::<Result<Vec<_>, _>>();
        let rows = rows.map_err(|_| OperationError::TooLarge)?;
        for write in writes {
            write(self)?;
        }
        for (kind, record) in rows {
            self.append_event(kind, &record)?;
        }
        for event in events.iter().filter(|event| event.is_revocation_by_mark()) {
            let (client, credential) = (event.entry.subject, event.entry.object);
            tracing::warn!(
                client,
                credential,
                "too many tokens were revoked one by one; all tokens of the credential were revoked"
            );
        }
        self.state.newest = self.state.newest.max(newest);
        Ok(Applied { outcome, rights })
    }

    fn encoded(&self, change: Change, at: Moment) -> Result<Write, Corrupt> {
        Ok(match change {
            Change::PutClient { before, after } => {
                let record = records::write_client(&after)?;
                Box::new(move |batch| batch.put_client(before.as_deref(), &after, &record))
            }
            Change::RemoveClient(client) => Box::new(move |batch| batch.remove_client(&client)),
            Change::RemoveUnreadableClient(id) => Box::new(move |batch| batch.remove_unreadable(id)),
            Change::SetClientAside(id) => Box::new(move |batch| batch.set_client_aside(id)),
            Change::PutPast(client, past) => {
                let record = records::write_past_credential(&past)?;
                Box::new(move |batch| batch.put_past(client, past.credential.id, &record, at))
            }
            Change::RemoveUnreadablePast(client, id) => {
                Box::new(move |batch| batch.remove_unreadable_past(client, id))
            }
            Change::PutOrganization(organization) => {
                let record = records::write_organization(&organization)?;
                Box::new(move |batch| batch.put_organization(organization, &record))
            }
            Change::RemoveOrganization(id) => Box::new(move |batch| batch.remove_organization(id)),
            Change::PutProject(project) => {
                let record = records::write_project(&project)?;
                Box::new(move |batch| batch.put_project(project, &record))
            }
            Change::RemoveProject(id) => Box::new(move |batch| batch.remove_project(id)),
            Change::SetAside(id) => Box::new(move |batch| batch.set_aside(id)),
            Change::EndSetAside(id) => Box::new(move |batch| batch.end_set_aside(id)),
            Change::FreeName(name) => Box::new(move |batch| batch.take_name((&name).into())),
            Change::PutSigningKeys(keys) => {
                let records = keys.keys.iter().map(|key| Ok((key.id, records::write_signing_key(key)?)));
                let records = records.collect::<Result<Vec<_>, Corrupt>>()?;
                Box::new(move |batch| batch.put_signing_keys(keys, &records))
            }
            Change::PutTokenKeys(keys) => {
                // Unchanged rows are left alone: their page may be beside a damaged one.
                let changed = keys.keys.iter().filter(|key| !self.state.token_keys.keys.contains(key));
                let records = changed.map(|key| Ok((key.id, records::write_token_key(key)?)));
                let records = records.collect::<Result<Vec<_>, Corrupt>>()?;
                Box::new(move |batch| batch.put_token_keys(keys, &records))
            }
            Change::RevokeToken { token, by_others } => {
                Box::new(move |batch| batch.put_revoked_token(token, by_others))
            }
            Change::InvalidateAll => Box::new(|batch| {
                batch.state.changes.mark_all();
                Ok(())
            }),
        })
    }
}

fn encoded_event(event: &NewEvent, by: Actor, at: Moment) -> Result<(EventKind, Vec<u8>), Corrupt> {
    let record = records::write_event(at.wall, by, event.organization, &event.entry)?;
    Ok((event.entry.kind, record))
}
