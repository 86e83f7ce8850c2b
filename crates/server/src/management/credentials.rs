//! Credentials over all users: those that nobody uses, and those that will end (`jeton.credential.v1.CredentialService`).

use super::ApiError;
use super::call::{Call, Caller};
use super::json::{Date, Page, parse_duration};
use crate::limits::{SCAN_USERS_MAX, SCANS_MAX};
use jeton_oauth::client::Client;
use jeton_oauth::credential::{Credential, CredentialKind, CredentialState};
use jeton_oauth::id::ClientId;
use jeton_oauth::permission::{Permission, Place};
use jeton_oauth::time::Timestamp;
use jeton_store::{Command, Snapshot};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::sync::Arc;
use tokio::sync::Semaphore;

static SCANS: Semaphore = Semaphore::const_new(SCANS_MAX);

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListUnusedCredentials {
    pagination: Page,
    /// Not used for so long, such as `7776000s`; 90 days if nothing is said.
    unused_for: Option<String>,
}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListExpiringCredentials {
    pagination: Page,
    /// Ending within this time, such as `2592000s`; 30 days if nothing is said.
    within: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Credentials {
    credentials: Vec<Listed>,
    /// The next page begins here; missing on the last one. A page looks at a bounded number of users, so it may be
    /// short, even empty, and still have a next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Listed {
    credential_id: String,
    r#type: &'static str,
    label: String,
    user_id: String,
    username: String,
    organization_id: String,
    creation_date: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_date: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_use_date: Option<Date>,
}

impl Listed {
    fn of(client: &Client, credential: &Credential, last_use: Option<Timestamp>) -> Self {
        Self {
            credential_id: credential.id.to_string(),
            r#type: match credential.kind {
                CredentialKind::Secret(_) => "CREDENTIAL_TYPE_SECRET",
                CredentialKind::Key(_) => "CREDENTIAL_TYPE_KEY",
                CredentialKind::PersonalAccessToken => "CREDENTIAL_TYPE_PERSONAL_ACCESS_TOKEN",
            },
            label: credential.label.to_string(),
            user_id: client.id.to_string(),
            username: client.name.to_string(),
            organization_id: client.organization.to_string(),
            creation_date: Date(credential.created),
            expiration_date: credential.not_after.map(Date),
            last_use_date: last_use.map(Date),
        }
    }
}

const DAY: u64 = 24 * 3600;

pub(super) async fn list_unused(
    call: &Call,
    request: ListUnusedCredentials,
) -> Result<Credentials, ApiError> {
    let seconds = seconds("unusedFor", request.unused_for.as_deref(), 90 * DAY)?;
    // Uses are written once a minute; whoever looks wants the last one.
    call.worker.courier.deliver(Command::FlushUses).await?;
    let since = Timestamp(call.now().0.saturating_sub(seconds));
    scan(call, &request.pagination, move |credential, last_use| {
        credential.created < since && last_use.is_none_or(|used| used < since)
    })
    .await
}

pub(super) async fn list_expiring(
    call: &Call,
    request: ListExpiringCredentials,
) -> Result<Credentials, ApiError> {
    let seconds = seconds("within", request.within.as_deref(), 30 * DAY)?;
    let until = Timestamp(call.now().0.saturating_add(seconds));
    scan(call, &request.pagination, move |credential, _| credential.not_after.is_some_and(|end| end <= until))
        .await
}

fn seconds(member: &str, text: Option<&str>, otherwise: u64) -> Result<u64, ApiError> {
    match text.filter(|text| !text.is_empty()) {
        Some(text) => Ok(u64::from(parse_duration(member, text)?.0)),
        None => Ok(otherwise),
    }
}

/// Live credentials of users that the caller sees, as far as they are wanted; in the order of users' ids.
async fn scan(
    call: &Call,
    page: &Page,
    wanted: impl Fn(&Credential, Option<Timestamp>) -> bool + Send + 'static,
) -> Result<Credentials, ApiError> {
    let limit = page.limit()?;
    if page.offset > 0 {
        return Err(ApiError::invalid("this listing is paged by pageToken, not by offset"));
    }
    let from = match page.page_token.as_deref().filter(|token| !token.is_empty()) {
        Some(token) => ClientId::parse(token)
            .map_err(|_| ApiError::invalid("pageToken is not one that a page had as nextPageToken"))?,
        None => ClientId(0),
    };
    let (caller, now) = (call.caller.clone(), call.now());
    let store = Arc::clone(&call.worker.app.store);
    let _place = SCANS.acquire().await.map_err(|_| ApiError::internal())?;
    let scan = move || Ok(look(&*store.snapshot()?, &caller, from, limit, now, wanted)?);
    tokio::task::spawn_blocking(scan).await.map_err(|_| ApiError::internal())?
}

fn look(
    snapshot: &Snapshot,
    caller: &Caller,
    from: ClientId,
    limit: usize,
    now: Timestamp,
    wanted: impl Fn(&Credential, Option<Timestamp>) -> bool,
) -> Result<Credentials, jeton_store::Unavailable> {
    let (mut credentials, mut next, mut left) = (Vec::new(), None, SCAN_USERS_MAX);
    let mut trouble = Ok(());
    snapshot.for_each_client(from, |client| {
        // A user is on one page with all its credentials, so a page may be longer by those of one user.
        if credentials.len() >= limit || left == 0 {
            next = Some(client.id);
            return ControlFlow::Break(());
        }
        left -= 1;
        let seen = client.service_user().is_some()
            && caller.may(Permission::UserRead, Place::Organization(client.organization));
        let live =
            client.credentials.iter().filter(|credential| credential.state(now) == CredentialState::Live);
        for credential in live.filter(|_| seen) {
            match snapshot.last_use(credential.id) {
                Ok(last_use) if wanted(credential, last_use) => {
                    credentials.push(Listed::of(&client, credential, last_use));
                }
                Ok(_) => {}
                Err(unavailable) => {
                    trouble = Err(unavailable);
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    })?;
    trouble?;
    Ok(Credentials { credentials, next_page_token: next.map(|next| next.to_string()) })
}
