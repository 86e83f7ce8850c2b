//! `jeton audit`, `jeton credential` (unused and expiring credentials) and `jeton leak`.

use crate::args::{Audit, Credential, Leak};
use crate::output::{json_line, or_empty, words};
use crate::session::{self, Session, first_page, newest, seconds};
use crate::{CliError, pasted};
use jeton_api::audit::{self, ListedActor};
use jeton_api::calls::audit::{ListEvents, VerifyEvents};
use jeton_api::calls::credential::{ListExpiringCredentials, ListUnusedCredentials};
use jeton_api::calls::token::ReportLeak;
use jeton_api::page::{PAGE_LEN, Page};
use jeton_api::{credentials, leaks};
use serde_json::json;

pub(crate) fn run(session: &mut Session<'_>, command: Audit) -> Result<(), CliError> {
    match command {
        Audit::List { r#type, subject, actor, limit } => {
            let page = u32::try_from(limit).unwrap_or(u32::MAX).clamp(1, PAGE_LEN.1);
            let request = audit::ListEvents {
                pagination: Page { limit: page, ..Page::default() },
                types: r#type,
                subject_id: subject,
                actor_id: actor,
                ..audit::ListEvents::default()
            };
            list(session, request, usize::try_from(limit).unwrap_or(usize::MAX))
        }
        Audit::Verify { expect } => verify(session, expect.as_deref()),
        Audit::Export => {
            let mut request = audit::ListEvents { pagination: first_page(), ..audit::ListEvents::default() };
            session.pages::<ListEvents>(&mut request, page, |output, reply| {
                for event in &reply.events {
                    output.line(&json_line(&session::json(event)?))?;
                }
                Ok(reply.next_page_token)
            })
        }
    }
}

const fn page(request: &mut audit::ListEvents) -> &mut Page {
    &mut request.pagination
}

fn list(session: &mut Session<'_>, mut request: audit::ListEvents, limit: usize) -> Result<(), CliError> {
    let mut events = Vec::new();
    session.pages::<ListEvents>(&mut request, page, |_, reply| {
        events.extend(reply.events);
        Ok(reply.next_page_token.filter(|_| events.len() < limit))
    })?;
    events.truncate(limit);
    if session.global.json {
        return session.output.json(&json!({ "events": session::json(&events)? }));
    }
    let actor = |actor: ListedActor| match actor.user_id {
        Some(id) => id,
        None => actor.r#type.trim_start_matches("ACTOR_TYPE_").to_lowercase(),
    };
    let rows = events.into_iter().map(|event| {
        [
            event.sequence,
            event.date.to_string(),
            event.r#type.into_owned(),
            actor(event.actor),
            event.subject_id.unwrap_or_default(),
            event.note.into_string(),
        ]
    });
    session.output.table(["NUMBER", "DATE", "TYPE", "BY", "SUBJECT", "NOTE"], rows)
}

fn verify(session: &mut Session<'_>, expect: Option<&str>) -> Result<(), CliError> {
    let answer = session.call::<VerifyEvents>(&audit::VerifyEvents {})?;
    if session.global.json {
        session.output.json(&answer.json)?;
    }
    let verified = answer.read()?;
    if !verified.faults.is_empty() {
        return Err(CliError::new(format!(
            "the audit trail is not as it was written: {}",
            verified.faults.join(", ")
        )));
    }
    if let Some(link) = expect {
        find_link(session, link)?;
    }
    if session.global.json {
        return Ok(());
    }
    let output = &mut session.output;
    output.line(&format!("the audit trail is intact: {} records", verified.records))?;
    if verified.forgotten != "0" {
        output.line(&format!("deleted after their retention: {}", verified.forgotten))?;
    }
    output.line(&format!("last link: {}", verified.last_link))
}

/// Fails unless the trail once ended with this link.
fn find_link(session: &mut Session<'_>, link: &str) -> Result<(), CliError> {
    let mut found = false;
    let mut request = audit::ListEvents { pagination: newest(), ..audit::ListEvents::default() };
    session.pages::<ListEvents>(&mut request, page, |_, reply| {
        found = found || reply.events.iter().any(|event| event.link == link);
        Ok(reply.next_page_token.filter(|_| !found))
    })?;
    if found {
        Ok(())
    } else {
        Err(CliError::new(
            "the audit trail does not have this link: an older or another database was put in its place, or the \
             event of the link was deleted after its retention",
        ))
    }
}

pub(crate) fn credentials(session: &mut Session<'_>, command: &Credential) -> Result<(), CliError> {
    let mut found = Vec::new();
    match command {
        Credential::Unused { since } => {
            let mut request = credentials::ListUnusedCredentials {
                pagination: first_page(),
                unused_for: Some(seconds(*since)),
            };
            session.pages::<ListUnusedCredentials>(
                &mut request,
                |request| &mut request.pagination,
                |_, reply| {
                    found.extend(reply.credentials);
                    Ok(reply.next_page_token)
                },
            )?;
        }
        Credential::Expiring { within } => {
            let mut request = credentials::ListExpiringCredentials {
                pagination: first_page(),
                within: Some(seconds(*within)),
            };
            session.pages::<ListExpiringCredentials>(
                &mut request,
                |request| &mut request.pagination,
                |_, reply| {
                    found.extend(reply.credentials);
                    Ok(reply.next_page_token)
                },
            )?;
        }
    }
    if session.global.json {
        return session.output.json(&json!({ "credentials": session::json(&found)? }));
    }
    let rows = found.into_iter().map(|credential| {
        [
            credential.username,
            words(&credential.r#type, "CREDENTIAL_TYPE_"),
            credential.credential_id,
            credential.label,
            or_empty(credential.expiration_date),
            or_empty(credential.last_use_date),
        ]
    });
    session.output.table(["USERNAME", "TYPE", "ID", "LABEL", "EXPIRES", "LAST USED"], rows)
}

pub(crate) fn leak(session: &mut Session<'_>, command: Leak) -> Result<(), CliError> {
    let Leak::Report { client_id } = command;
    let secret = pasted::read(&mut *session.input, "secret on standard input")?;
    session.perform::<ReportLeak>(&leaks::ReportLeak { secret, client_id }, |output, reply| {
        let kind = reply.kind;
        output.line(&match reply.disabled {
            true => format!("the {kind} is disabled"),
            false => format!("nothing to disable: this {kind} is unknown, expired or already revoked"),
        })
    })
}
