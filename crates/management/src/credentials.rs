//! Credentials over all users: unused ones, and those about to expire
//! (`jeton.credential.v1.CredentialService`).

use super::ApiError;
use super::call::Call;
use super::handle::Handle;
use super::pages::Cut;
use super::pages::everything;
use super::pages::pagination_of_part;
use super::sorting::credential_key;
use super::sorting::credential_order;
use super::sorting::credential_sorts;
use jeton_api::calls::credential;
use jeton_api::credentials::{Credentials, ListExpiringCredentials, ListUnusedCredentials, Listed};
use jeton_api::page::Page;
use jeton_api::sorting::CredentialColumn;
use jeton_api::values::Date;
use jeton_domain::credential::CredentialKind;
use jeton_domain::id::ClientId;
use jeton_domain::permission::Permission;
use jeton_domain::time::Timestamp;
use jeton_secret::CredentialId;
use jeton_store::query::{
    Comparison, CreationPlace, CredentialFilter, CredentialOwners, CredentialPlace, CredentialQuery,
    ListedCredential,
};

fn shown(listed: &ListedCredential) -> Listed {
    let ListedCredential { client, credential, last_use } = listed;
    Listed {
        credential_id: credential.id.to_string(),
        r#type: match credential.kind {
            CredentialKind::Secret(_) => "CREDENTIAL_TYPE_SECRET".into(),
            CredentialKind::Key(_) => "CREDENTIAL_TYPE_KEY".into(),
            CredentialKind::PersonalAccessToken(_) => "CREDENTIAL_TYPE_PERSONAL_ACCESS_TOKEN".into(),
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

const DAY: u64 = 24 * 3600;

impl Handle for credential::ListUnusedCredentials {
    async fn handle(call: &Call, request: ListUnusedCredentials) -> Result<Credentials, ApiError> {
        let seconds = request.unused_for.map_or(90 * DAY, |time| u64::from(time.0.0));
        // Uses are written once a minute; this listing should have the latest.
        call.flush_last_used().await?;
        let since = Timestamp(call.now().0.saturating_sub(seconds));
        live(call, "unused credentials", &request.pagination, CredentialFilter::UnusedSince(since))
    }
}

impl Handle for credential::ListExpiringCredentials {
    async fn handle(call: &Call, request: ListExpiringCredentials) -> Result<Credentials, ApiError> {
        let seconds = request.within.map_or(30 * DAY, |time| u64::from(time.0.0));
        let until = Timestamp(call.now().0.saturating_add(seconds));
        let ending = CredentialFilter::Ends(Comparison::BeforeOrEquals, until);
        live(call, "expiring credentials", &request.pagination, ending)
    }
}

/// Live credentials that match the filter, of users that the caller sees.
fn live(call: &Call, listing: &str, page: &Page, wanted: CredentialFilter) -> Result<Credentials, ApiError> {
    let owners = CredentialOwners::Users(call.organizations_with(Permission::UserRead));
    let filters = vec![CredentialFilter::Live(call.moment()), wanted];
    let (Cut { found, next_page_token, .. }, unreadable) =
        call.credentials_over(owners, filters, page, (listing, CredentialColumn::Unspecified))?;
    Ok(Credentials { credentials: found.iter().map(shown).collect(), next_page_token, unreadable })
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
        let (tokens, listing) = (self.page_tokens(), credential_order(column, listing));
        let place = if credential_sorts(column) {
            everything()
        } else {
            tokens.of_query(page, &listing, of_token)?
        };
        let query = CredentialQuery { owners, filters, page: place };
        let listed = self.snapshot()?.list_credentials(&query).map_err(|error| tokens.refused(error))?;
        let unreadable = listed.unreadable.iter().map(ToString::to_string).collect();
        if credential_sorts(column) {
            let all = (listed.found, listed.next.is_some());
            let key = |found: &ListedCredential| credential_key(column, &found.client, &found.credential);
            return Ok((tokens.sort(page, &listing, all, key)?, unreadable));
        }
        let cut = Cut {
            pagination: pagination_of_part(page),
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
