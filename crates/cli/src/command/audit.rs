//! `jeton audit`, `jeton credential` (unused and expiring credentials) and `jeton leak`.

use crate::args::{Audit, Credential, Leak};
use crate::output::{Output, json_line, or_empty, words};
use crate::session::{Session, first_page, newest, seconds};
use crate::{CliError, pasted};
use jeton_api::audit::{self, ListedActor};
use jeton_api::calls::audit::{ListEvents, VerifyEvents};
use jeton_api::calls::credential::{ListExpiringCredentials, ListUnusedCredentials};
use jeton_api::calls::token::ReportLeak;
use jeton_api::credentials::{self, Credentials};
use jeton_api::leaks;
use jeton_api::page::Page;
use std::ops::ControlFlow;

pub(crate) fn run(session: &mut Session<'_>, command: Audit) -> Result<(), CliError> {
    match command {
        Audit::List { r#type, subject, actor, limit } => {
            let request = audit::ListEvents {
                types: r#type,
                subject_id: subject,
                actor_id: actor,
                ..audit::ListEvents::default()
            };
            list(session, request, u32::try_from(limit).unwrap_or(u32::MAX))
        }
        Audit::Verify { expect } => verify(session, expect.as_deref()),
        Audit::Export => {
            let request = audit::ListEvents { pagination: first_page(), ..audit::ListEvents::default() };
            session.pages::<ListEvents>(request, page, |output, answer, _| {
                let rows = answer.rows("events")?;
                rows.iter().try_for_each(|event| output.line(&json_line(event)))?;
                Ok(ControlFlow::Continue(()))
            })
        }
    }
}

const fn page(request: &mut audit::ListEvents) -> &mut Page {
    &mut request.pagination
}

fn list(session: &mut Session<'_>, request: audit::ListEvents, limit: u32) -> Result<(), CliError> {
    let answer = session.list_up_to::<ListEvents>((limit, "events"), request, page)?;
    session.show(&answer, |output, reply| {
        let actor = |actor: ListedActor| match actor.user_id {
            Some(id) => id,
            None => words(&actor.r#type, "ACTOR_TYPE_"),
        };
        let rows = reply.events.into_iter().map(|event| {
            [
                event.sequence,
                event.date.to_string(),
                event.r#type.into_owned(),
                actor(event.actor),
                event.subject_id.unwrap_or_default(),
                event.note.into_string(),
            ]
        });
        output.table(["NUMBER", "DATE", "TYPE", "BY", "SUBJECT", "NOTE"], rows)
    })
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
    let request = audit::ListEvents { pagination: newest(), ..audit::ListEvents::default() };
    session.pages::<ListEvents>(request, page, |_, answer, _| {
        found = answer.read()?.events.iter().any(|event| event.link == link);
        Ok(if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
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
    match command {
        Credential::Unused { since } => session.list::<ListUnusedCredentials>(
            credentials::ListUnusedCredentials {
                pagination: first_page(),
                unused_for: Some(seconds(*since)),
            },
            |request| &mut request.pagination,
            show_credentials,
        ),
        Credential::Expiring { within } => session.list::<ListExpiringCredentials>(
            credentials::ListExpiringCredentials { pagination: first_page(), within: Some(seconds(*within)) },
            |request| &mut request.pagination,
            show_credentials,
        ),
    }
}

fn show_credentials(output: &mut Output<'_>, reply: Credentials) -> Result<(), CliError> {
    let rows = reply.credentials.into_iter().map(|credential| {
        [
            credential.username,
            words(&credential.r#type, "CREDENTIAL_TYPE_"),
            credential.credential_id,
            credential.label,
            or_empty(credential.expiration_date),
            or_empty(credential.last_use_date),
        ]
    });
    output.table(["USERNAME", "TYPE", "ID", "LABEL", "EXPIRES", "LAST USED"], rows)
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
