//! Credentials over all users: unused ones, and those about to expire
//! (`jeton.credential.v1.CredentialService`).

use super::ApiError;
use super::call::Call;
use super::json::{Date, Seconds};
use super::pages::{Cut, Page};
use super::sorting::CredentialColumn;
use jeton_domain::credential::CredentialKind;
use jeton_domain::id::ClientId;
use jeton_domain::permission::Permission;
use jeton_domain::time::Timestamp;
use jeton_secret::CredentialId;
use jeton_store::Command;
use jeton_store::query::{
    Comparison, CreationPlace, CredentialFilter, CredentialOwners, CredentialPlace, CredentialQuery,
    ListedCredential,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListUnusedCredentials {
    pagination: Page,
    /// Minimum time without use, such as `7776000s`; 90 days by default.
    unused_for: Option<Seconds>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListExpiringCredentials {
    pagination: Page,
    /// Maximum time until the expiry, such as `2592000s`; 30 days by default.
    within: Option<Seconds>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LiveCredentials")]
#[serde(rename_all = "camelCase")]
pub(super) struct Credentials {
    credentials: Vec<Listed>,
    /// Token of the next page; absent on the last one. A page looks at a bounded number of users, so it may
    /// be short, even empty, and still have a next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    /// Ids of users whose record can't be read, left out of the listing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    unreadable: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LiveCredential")]
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
    fn of(listed: &ListedCredential) -> Self {
        let ListedCredential { client, credential, last_use } = listed;
        Self {
            credential_id: credential.id.to_string(),
            r#type: match credential.kind {
                CredentialKind::Secret(_) => "CREDENTIAL_TYPE_SECRET",
                CredentialKind::Key(_) => "CREDENTIAL_TYPE_KEY",
                CredentialKind::PersonalAccessToken(_) => "CREDENTIAL_TYPE_PERSONAL_ACCESS_TOKEN",
            },
            label: credential.label.to_string(),
            user_id: client.id.to_string(),
            username: client.name.to_string(),
            organization_id: client.organization.to_string(),
            creation_date: Date(credential.created.wall),
            expiration_date: client.end_of(credential).map(|end| Date(end.wall)),
            last_use_date: last_use.map(Date),
        }
    }
}

const DAY: u64 = 24 * 3600;

pub(super) async fn list_unused(
    call: &Call,
    request: ListUnusedCredentials,
) -> Result<Credentials, ApiError> {
    let seconds = request.unused_for.map_or(90 * DAY, |time| u64::from(time.0.0));
    // Uses are written once a minute; this listing should have the latest.
    call.worker.store_handle.submit(Command::FlushUses).await?;
    let since = Timestamp(call.now().0.saturating_sub(seconds));
    live(call, "unused credentials", &request.pagination, CredentialFilter::UnusedSince(since))
}

pub(super) async fn list_expiring(
    call: &Call,
    request: ListExpiringCredentials,
) -> Result<Credentials, ApiError> {
    let seconds = request.within.map_or(30 * DAY, |time| u64::from(time.0.0));
    let until = Timestamp(call.now().0.saturating_add(seconds));
    let ending = CredentialFilter::Ends(Comparison::BeforeOrEquals, until);
    live(call, "expiring credentials", &request.pagination, ending)
}

/// Live credentials that match the filter, of users that the caller sees.
fn live(call: &Call, listing: &str, page: &Page, wanted: CredentialFilter) -> Result<Credentials, ApiError> {
    let owners = CredentialOwners::Users(call.organizations_with(Permission::UserRead));
    let filters = vec![CredentialFilter::Live(call.moment()), wanted];
    let (Cut { found, next_page_token, .. }, unreadable) =
        call.credentials_over(owners, filters, page, (listing, CredentialColumn::Unspecified))?;
    Ok(Credentials { credentials: found.iter().map(Listed::of).collect(), next_page_token, unreadable })
}

impl Call {
    /// A page of credentials of many clients, in an order of a listing, and the ids of clients that can't
    /// be read.
    pub(super) fn credentials_over(
        &self,
        owners: CredentialOwners,
        filters: Vec<CredentialFilter>,
        page: &Page,
        (listing, column): (&str, CredentialColumn),
    ) -> Result<(Cut<ListedCredential>, Vec<String>), ApiError> {
        let (tokens, listing) = (self.page_tokens(), column.of(listing));
        let place =
            if column.sorts() { Page::everything() } else { page.of_query(tokens, &listing, of_token)? };
        let query = CredentialQuery { owners, filters, page: place };
        let listed = self.snapshot()?.list_credentials(&query).map_err(|error| tokens.refused(error))?;
        let unreadable = listed.unreadable.iter().map(ToString::to_string).collect();
        if column.sorts() {
            let all = (listed.found, listed.next.is_some());
            let key = |found: &ListedCredential| column.key(&found.client, &found.credential);
            return Ok((page.sort(tokens, &listing, all, key)?, unreadable));
        }
        let cut = Cut {
            pagination: page.pagination_of_part(),
            found: listed.found,
            next_page_token: listed.next.map(|place| tokens.seal(&listing, &to_token(place))),
        };
        Ok((cut, unreadable))
    }
}

/// A credential's place in a page token.
const fn to_token(place: CredentialPlace) -> (u64, u64, u64) {
    (place.client.created.0, place.client.id.0, place.credential.0)
}

/// The place of such a token.
const fn of_token((created, client, credential): (u64, u64, u64)) -> CredentialPlace {
    let client = CreationPlace { created: Timestamp(created), id: ClientId(client) };
    CredentialPlace { client, credential: CredentialId(credential) }
}
