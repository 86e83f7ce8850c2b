//! Listings of users' keys and of their personal access tokens, which have the same shape in ZITADEL.
//!
//! With a `userIdFilter` the listing has one user's credentials, without it those of all users that the
//! caller sees, page by page.

use super::ApiError;
use super::call::Call;
use super::pages::Cut;
use super::sorting::credential_key;
use super::sorting::credential_order;
use jeton_api::user_credentials::{DateMethod, Filter, ListCredentials, Listed, ListedCredential};
use jeton_domain::client::Client;
use jeton_domain::credential::PastCredential;
use jeton_domain::id::{ClientName, OrganizationId};
use jeton_domain::permission::Permission;
use jeton_secret::CredentialId;
use jeton_store::query::{Comparison, CredentialFilter, CredentialOwners, CredentialType, Within};

/// All members that name a user, each with its path in the request.
fn users_named(request: &ListCredentials) -> impl Iterator<Item = (String, &str)> {
    let filtered = request.filters.iter().enumerate().filter_map(|(place, filter)| match filter {
        Filter::User(user) => Some((format!("filters[{place}].userIdFilter.id"), user.id.as_str())),
        _ => None,
    });
    request.user_id.iter().map(|user| ("userId".to_owned(), user.as_str())).chain(filtered)
}

/// The parsed filters: the owners, and the credentials.
struct Wanted {
    within: Within<OrganizationId>,
    filters: Vec<CredentialFilter>,
}

fn parse(request: &ListCredentials, kind: CredentialType) -> Wanted {
    let mut wanted = Wanted { within: Within::Everything, filters: vec![CredentialFilter::Kind(kind)] };
    let nothing = CredentialId(0);
    for filter in &request.filters {
        match filter {
            // The owners are determined already.
            Filter::User(_) => {}
            Filter::Credential(id) => {
                let id = id.id.parse().map_or(nothing, CredentialId);
                wanted.filters.push(CredentialFilter::Id(id));
            }
            Filter::Organization(id) => {
                let these = OrganizationId::parse(&id.id).into_iter().collect();
                wanted.within = wanted.within.and(&Within::These(these));
            }
            Filter::Created(filter) => {
                wanted.filters.push(CredentialFilter::Created(comparison(filter.method), filter.timestamp.0));
            }
            Filter::Expires(filter) => {
                wanted.filters.push(CredentialFilter::Ends(comparison(filter.method), filter.timestamp.0));
            }
        }
    }
    wanted
}

/// True if all members that name a user name this one.
fn names_only(request: &ListCredentials, client: &Client) -> bool {
    let named = |name: ClientName| name.folded() == client.name.folded();
    let names = |user: &str| user == client.id.to_string() || ClientName::username(user).is_ok_and(named);
    users_named(request).all(|(_, user)| names(user))
}

const fn comparison(method: DateMethod) -> Comparison {
    match method {
        DateMethod::Equals => Comparison::Equals,
        DateMethod::After => Comparison::After,
        DateMethod::AfterOrEquals => Comparison::AfterOrEquals,
        DateMethod::Before => Comparison::Before,
        DateMethod::BeforeOrEquals => Comparison::BeforeOrEquals,
    }
}

impl Call {
    /// A page of credentials of a kind that were not revoked.
    pub(super) fn list_credentials(
        &self,
        request: &ListCredentials,
        kind: CredentialType,
    ) -> Result<Listed, ApiError> {
        let wanted = parse(request, kind);
        if let Some((member, user)) = users_named(request).next() {
            let client = self.user_at(&member, user, Permission::UserRead)?.client;
            return self.list_credentials_of(&client, request, &wanted);
        }
        let owners =
            CredentialOwners::Users(self.organizations_with(Permission::UserRead).and(&wanted.within));
        let order = (listing_of(kind), request.sorting_column);
        let (Cut { pagination, found, next_page_token }, unreadable) =
            self.credentials_over(owners, wanted.filters, &request.pagination, order)?;
        let shown = found.iter();
        Ok(Listed {
            pagination,
            result: shown.map(|found| ListedCredential::of(&found.client, &found.credential)).collect(),
            next_page_token,
            unreadable,
        })
    }

    /// The credentials of one user, including past ones.
    fn list_credentials_of(
        &self,
        client: &Client,
        request: &ListCredentials,
        wanted: &Wanted,
    ) -> Result<Listed, ApiError> {
        let history = self.snapshot()?.credentials_of(client)?;
        let is_meant = names_only(request, client) && wanted.within.contains(client.organization);
        let is_wanted = |past: &PastCredential| {
            is_meant
                && past.revoked.is_none()
                && wanted.filters.iter().all(|filter| filter.matches(client, &past.credential, None))
        };
        let column = request.sorting_column;
        let key = |past: &PastCredential| credential_key(column, client, &past.credential);
        let unreadable = history.unreadable.iter().map(ToString::to_string).collect();
        let all = history.credentials.into_iter().filter(is_wanted);
        let Cut { pagination, found, next_page_token } =
            self.page_tokens().cut(&request.pagination, &credential_order(column, OF_USER), all, key)?;
        let shown = found.iter().map(|past| ListedCredential::of(client, &past.credential));
        Ok(Listed { pagination, result: shown.collect(), next_page_token, unreadable })
    }
}

/// The name of a listing of credentials of all users, in page tokens.
const fn listing_of(kind: CredentialType) -> &'static str {
    match kind {
        CredentialType::Secret => "secrets of users",
        CredentialType::Key => "keys of users",
        CredentialType::PersonalAccessToken => "personal access tokens of users",
    }
}

/// The order of one user's credentials, in page tokens.
const OF_USER: &str = "credentials of a user";
