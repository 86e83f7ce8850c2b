//! `jeton audit`, `jeton credential` (unused and expiring credentials) and `jeton leak`.

use crate::args::{Audit, Credential, Global, Leak};
use crate::operator::{call, perform};
use crate::output::{items, json, json_line, line, seconds, table, text};
use crate::{CliError, pasted};
use serde_json::{Value, json as object};

const AUDIT: &str = "/jeton.audit.v1.AuditService/";
const CREDENTIALS: &str = "/jeton.credential.v1.CredentialService/";

pub(crate) fn run(global: &Global, command: Audit) -> Result<(), CliError> {
    match command {
        Audit::List { r#type, subject, actor, limit } => {
            let pagination = object!({ "limit": limit.clamp(1, 1000) });
            let request = object!({
                "types": r#type, "subjectId": subject, "actorId": actor, "pagination": pagination,
            });
            list(global, request, limit)
        }
        Audit::Verify { expect } => verify(global, expect.as_deref()),
        Audit::Export => {
            let request = object!({ "pagination": { "limit": 1000, "asc": true } });
            pages(global, &format!("{AUDIT}ListEvents"), request, |reply| {
                items(reply, "events").iter().try_for_each(|event| line(&json_line(event)))?;
                Ok(true)
            })
        }
    }
}

/// Reads page after page until the last one, or until `see` returns false.
fn pages(
    global: &Global,
    path: &str,
    mut request: Value,
    mut see: impl FnMut(&Value) -> Result<bool, CliError>,
) -> Result<(), CliError> {
    loop {
        let reply = call(global, path, &request)?;
        let next = text(&reply, "/nextPageToken");
        if !see(&reply)? || next.is_empty() {
            return Ok(());
        }
        if let Some(pagination) = request.get_mut("pagination") {
            pagination["pageToken"] = next.into();
        }
    }
}

fn list(global: &Global, request: Value, limit: u64) -> Result<(), CliError> {
    let (mut events, limit) = (Vec::new(), usize::try_from(limit).unwrap_or(usize::MAX));
    pages(global, &format!("{AUDIT}ListEvents"), request, |reply| {
        events.extend(items(reply, "events").iter().cloned());
        Ok(events.len() < limit)
    })?;
    events.truncate(limit);
    if global.json {
        return json(&object!({ "events": events }));
    }
    let actor = |event: &Value| match (text(event, "/actor/type"), text(event, "/actor/userId")) {
        (_, id) if !id.is_empty() => id.to_owned(),
        (kind, _) => kind.trim_start_matches("ACTOR_TYPE_").to_lowercase(),
    };
    let rows: Vec<_> = events
        .iter()
        .map(|event| {
            [
                text(event, "/sequence").to_owned(),
                text(event, "/date").to_owned(),
                text(event, "/type").to_owned(),
                actor(event),
                text(event, "/subjectId").to_owned(),
                text(event, "/note").to_owned(),
            ]
        })
        .collect();
    table(["NUMBER", "DATE", "TYPE", "BY", "SUBJECT", "NOTE"], &rows)
}

fn verify(global: &Global, expect: Option<&str>) -> Result<(), CliError> {
    let reply = call(global, &format!("{AUDIT}VerifyEvents"), &object!({}))?;
    if global.json {
        json(&reply)?;
    }
    let faults: Vec<_> = items(&reply, "faults").iter().filter_map(Value::as_str).collect();
    if !faults.is_empty() {
        return Err(CliError::new(format!(
            "the audit trail is not as it was written: {}",
            faults.join(", ")
        )));
    }
    if let Some(link) = expect {
        find_link(global, link)?;
    }
    if global.json {
        return Ok(());
    }
    line(&format!("the audit trail is intact: {} records", text(&reply, "/records")))?;
    let forgotten = text(&reply, "/forgotten");
    if forgotten != "0" {
        line(&format!("deleted after their retention: {forgotten}"))?;
    }
    line(&format!("last link: {}", text(&reply, "/lastLink")))
}

/// Fails unless the trail once ended with this link.
fn find_link(global: &Global, link: &str) -> Result<(), CliError> {
    let mut found = false;
    let request = object!({ "pagination": { "limit": 1000 } });
    pages(global, &format!("{AUDIT}ListEvents"), request, |reply| {
        found = found || items(reply, "events").iter().any(|event| text(event, "/link") == link);
        Ok(!found)
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

pub(crate) fn credentials(global: &Global, command: &Credential) -> Result<(), CliError> {
    let page = object!({ "limit": 1000, "asc": true });
    let (method, request) = match command {
        Credential::Unused { since } => {
            ("ListUnusedCredentials", object!({ "unusedFor": seconds(*since), "pagination": page }))
        }
        Credential::Expiring { within } => {
            ("ListExpiringCredentials", object!({ "within": seconds(*within), "pagination": page }))
        }
    };
    let mut found = Vec::new();
    pages(global, &format!("{CREDENTIALS}{method}"), request, |reply| {
        found.extend(items(reply, "credentials").iter().cloned());
        Ok(true)
    })?;
    if global.json {
        return json(&object!({ "credentials": found }));
    }
    let rows: Vec<_> = found
        .iter()
        .map(|credential| {
            let kind = text(credential, "/type").trim_start_matches("CREDENTIAL_TYPE_");
            [
                text(credential, "/username").to_owned(),
                kind.to_lowercase().replace('_', " "),
                text(credential, "/credentialId").to_owned(),
                text(credential, "/label").to_owned(),
                text(credential, "/expirationDate").to_owned(),
                text(credential, "/lastUseDate").to_owned(),
            ]
        })
        .collect();
    table(["USERNAME", "TYPE", "ID", "LABEL", "EXPIRES", "LAST USED"], &rows)
}

pub(crate) fn leak(global: &Global, command: Leak) -> Result<(), CliError> {
    let Leak::Report { client_id } = command;
    let secret = pasted::read(std::io::stdin().lock(), "secret on standard input")?;
    let request = object!({ "secret": secret.as_str(), "clientId": client_id });
    perform(global, "/jeton.leak.v1.LeakService/ReportLeak", &request, |reply| {
        let kind = text(reply, "/kind");
        match reply.get("disabled").and_then(Value::as_bool) {
            Some(true) => line(&format!("the {kind} is disabled")),
            _ => line(&format!("nothing to disable: this {kind} is unknown, expired or already revoked")),
        }
    })
}
