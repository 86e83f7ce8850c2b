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

#[cfg(test)]
mod tests {
    use crate::testing::{Script, answered, check, refused_at_once, with_narrow_columns};
    use serde_json::{Value, json};

    const LINK: &str = "the audit trail does not have this link";

    fn verified(faults: &[&str], forgotten: &str) -> Value {
        json!({
            "intact": faults.is_empty(), "records": "9", "forgotten": forgotten, "lastLink": "ab",
            "faults": faults,
        })
    }

    fn event(link: &str, actor: &Value) -> Value {
        json!({
            "sequence": "9", "date": "2026-01-02T03:04:05Z", "type": "user.added", "link": link, "actor": actor, "subjectId": "5",
            "note": "a note",
        })
    }

    fn page(events: &[Value], next: Option<&str>) -> Value {
        let names = json!({ "users": {}, "projects": {}, "organizations": {}, "applications": {} });
        let mut page = json!({ "events": events, "names": names });
        if let Some(next) = next {
            page["nextPageToken"] = json!(next);
        }
        page
    }

    #[test]
    fn filters_of_the_list_are_those_of_the_command_line() {
        let printed = "NUMBER  DATE  TYPE  BY  SUBJECT  NOTE\n";
        for (command, request) in [
            ("audit list", json!({ "types": [], "pagination": { "asc": false, "limit": 100, "offset": 0 } })),
            (
                "audit list --type a --type b --subject 1 --actor 2 --limit 5",
                json!({
                    "types": ["a", "b"], "subjectId": "1", "actorId": "2",
                    "pagination": { "asc": false, "limit": 5, "offset": 0 },
                }),
            ),
        ] {
            check(command, "ListEvents", request, page(&[], None), printed);
        }
    }

    #[test]
    fn an_event_is_by_a_user_or_by_a_kind_of_actor() {
        for (actor, shown) in [
            (json!({ "type": "ACTOR_TYPE_USER", "userId": "7" }), "7"),
            (json!({ "type": "ACTOR_TYPE_OPERATOR" }), "operator"),
            (json!({ "type": "ACTOR_TYPE_NOVEL_KIND" }), "novel kind"),
        ] {
            let printed = answered(&["audit", "list"], page(&[event("ab", &actor)], None)).unwrap();
            let row = format!("9  2026-01-02T03:04:05Z  user.added  {shown}  5  a note");
            assert_eq!(with_narrow_columns(printed.lines().nth(1).unwrap()).trim_end(), row);
        }
    }

    #[test]
    fn an_intact_trail_is_told_with_its_last_link_and_what_was_forgotten() {
        let printed = answered(&["audit", "verify"], verified(&[], "0")).unwrap();
        assert_eq!(printed, "the audit trail is intact: 9 records\nlast link: ab\n");
        let printed = answered(&["audit", "verify"], verified(&[], "4")).unwrap();
        assert!(printed.contains("deleted after their retention: 4\n"), "{printed}");
    }

    #[test]
    fn an_expected_link_is_looked_for_on_all_pages_and_its_absence_is_a_failure() {
        let operator = json!({ "type": "ACTOR_TYPE_OPERATOR" });
        let pages = |last: &str| {
            let first = page(&[event("cd", &operator), event("bc", &operator)], Some("a"));
            [verified(&[], "0"), first, page(&[event(last, &operator)], None)].map(Ok)
        };
        for (expected, calls) in [("bc", 2), ("ab", 3)] {
            let mut script = Script::new(pages("ab"));
            let ran = script.run(&["audit", "verify", "--expect", expected]);
            assert_eq!(ran.result, Ok(()), "{expected}");
            assert!(ran.output.starts_with("the audit trail is intact"), "{}", ran.output);
            assert_eq!(script.requests().len(), calls, "no page behind the link is read");
        }
        for json_too in [true, false] {
            let mut arguments = vec!["audit", "verify", "--expect", "ab"];
            arguments.extend(json_too.then_some("--json"));
            let ran = Script::new(pages("zz")).run(&arguments);
            assert!(ran.result.unwrap_err().starts_with(LINK));
            assert!(!ran.output.contains("is intact"), "{}", ran.output);
        }
    }

    #[test]
    fn a_damaged_trail_is_a_failure_even_if_the_link_is_there() {
        let mut script = Script::new([Ok(verified(&["record 3"], "0"))]);
        let ran = script.run(&["--json", "audit", "verify", "--expect", "ab"]);
        assert_eq!(ran.result, Err("the audit trail is not as it was written: record 3".to_owned()));
        assert!(ran.output.contains("record 3"), "programs read the report");
    }

    #[test]
    fn credentials_are_looked_for_by_a_time_in_seconds() {
        let live = json!({
            "userId": "5", "username": "u", "type": "CREDENTIAL_TYPE_PERSONAL_ACCESS_TOKEN", "credentialId": "6",
            "label": "", "creationDate": "2026-01-02T03:04:05Z", "organizationId": "1",
        });
        let printed = "USERNAME  TYPE  ID  LABEL  EXPIRES  LAST USED\nu  personal access token  6\n";
        let page = json!({ "asc": true, "limit": 1000, "offset": 0 });
        for (command, method, request) in [
            (
                "credential unused",
                "ListUnusedCredentials",
                json!({ "pagination": page, "unusedFor": "7776000s" }),
            ),
            (
                "credential unused --since 90m",
                "ListUnusedCredentials",
                json!({ "pagination": page, "unusedFor": "5400s" }),
            ),
            (
                "credential expiring",
                "ListExpiringCredentials",
                json!({ "pagination": page, "within": "2592000s" }),
            ),
        ] {
            check(command, method, request, json!({ "credentials": [live] }), printed);
        }
    }

    #[test]
    fn a_leak_is_told_with_its_kind_whether_or_not_there_was_something_to_disable() {
        for (disabled, told) in [
            (true, "the secret is disabled\n"),
            (false, "nothing to disable: this secret is unknown, expired or already revoked\n"),
        ] {
            let mut script = Script::new([Ok(json!({ "disabled": disabled, "kind": "secret" }))]);
            let ran = script.run_with(&["leak", "report", "--client-id", "-u"], "Bearer 'jeton_cs_x'\n");
            assert_eq!((ran.result, &*ran.output), (Ok(()), told));
            assert_eq!(script.requests(), [json!({ "secret": "jeton_cs_x", "clientId": "-u" })]);
        }
    }

    #[test]
    fn a_leaked_secret_is_not_taken_from_the_command_line_and_not_guessed() {
        assert!(refused_at_once("leak report jeton_cs_x").contains("unexpected argument"));
        assert_eq!(refused_at_once("leak report"), "the secret on standard input is empty");
    }
}
