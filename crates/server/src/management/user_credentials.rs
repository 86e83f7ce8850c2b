//! Listings of users' keys and of their personal access tokens, which have the same shape in ZITADEL.
//!
//! With a `userIdFilter` the listing has one user's credentials, without it those of all users that the
//! caller sees, page by page.

use super::ApiError;
use super::call::Call;
use super::json::{Date, DateInput, Id};
use super::pages::{Cut, Page, Pagination};
use super::sorting::CredentialColumn;
use jeton_domain::client::Client;
use jeton_domain::credential::{Credential, PastCredential};
use jeton_domain::id::{ClientName, OrganizationId};
use jeton_domain::permission::Permission;
use jeton_secret::CredentialId;
use jeton_store::query::{Comparison, CredentialFilter, CredentialOwners, CredentialType, Within};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListCredentials {
    pagination: Page,
    sorting_column: CredentialColumn,
    filters: Vec<Filter>,
    /// Jeton extension: shorter than a filter.
    user_id: Option<String>,
}

#[derive(Debug, Deserialize)]
enum Filter {
    #[serde(rename = "userIdFilter")]
    User(Id),
    #[serde(rename = "keyIdFilter", alias = "tokenIdFilter")]
    Credential(Id),
    #[serde(rename = "organizationIdFilter")]
    Organization(Id),
    #[serde(rename = "createdDateFilter")]
    Created(DateFilter),
    #[serde(rename = "expirationDateFilter")]
    Expires(DateFilter),
}

impl ListCredentials {
    /// All members that name a user, each with its path in the request.
    fn users(&self) -> impl Iterator<Item = (String, &str)> {
        let filtered = self.filters.iter().enumerate().filter_map(|(place, filter)| match filter {
            Filter::User(user) => Some((format!("filters[{place}].userIdFilter.id"), user.id.as_str())),
            _ => None,
        });
        self.user_id.iter().map(|user| ("userId".to_owned(), user.as_str())).chain(filtered)
    }
}

/// The parsed filters: the owners, and the credentials.
struct Wanted {
    within: Within<OrganizationId>,
    filters: Vec<CredentialFilter>,
}

impl ListCredentials {
    fn wanted(&self, kind: CredentialType) -> Wanted {
        let mut wanted = Wanted { within: Within::Everything, filters: vec![CredentialFilter::Kind(kind)] };
        let nothing = CredentialId(0);
        for filter in &self.filters {
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
                    wanted.filters.push(CredentialFilter::Created(filter.method.read(), filter.timestamp.0));
                }
                Filter::Expires(filter) => {
                    wanted.filters.push(CredentialFilter::Ends(filter.method.read(), filter.timestamp.0));
                }
            }
        }
        wanted
    }

    /// True if all members that name a user name this one.
    fn names(&self, client: &Client) -> bool {
        let named = |name: ClientName| name.folded() == client.name.folded();
        let names = |user: &str| user == client.id.to_string() || ClientName::username(user).is_ok_and(named);
        self.users().all(|(_, user)| names(user))
    }
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "UserCredentials")]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed {
    pagination: Pagination,
    result: Vec<ListedCredential>,
    /// Jeton extension: token of the next page over all users; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    /// Ours: ids of users whose record can't be read, left out of the listing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    unreadable: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "UserCredential")]
#[serde(rename_all = "camelCase")]
struct ListedCredential {
    id: String,
    user_id: String,
    organization_id: String,
    creation_date: Date,
    change_date: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_date: Option<Date>,
    /// Jeton extension: the signature algorithm of a key.
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<&'static str>,
}

impl ListedCredential {
    fn of(client: &Client, credential: &Credential) -> Self {
        Self {
            id: credential.id.to_string(),
            user_id: client.id.to_string(),
            organization_id: client.organization.to_string(),
            creation_date: Date(credential.created.wall),
            change_date: Date(credential.created.wall),
            expiration_date: client.end_of(credential).map(|end| Date(end.wall)),
            algorithm: credential.key().map(|key| key.algorithm.as_str()),
        }
    }
}

/// The comparison of a date with the wanted one.
#[derive(Debug, Deserialize)]
struct DateFilter {
    timestamp: DateInput,
    #[serde(default)]
    method: DateMethod,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
enum DateMethod {
    #[default]
    #[serde(rename = "TIMESTAMP_FILTER_METHOD_EQUALS")]
    Equals,
    #[serde(rename = "TIMESTAMP_FILTER_METHOD_AFTER")]
    After,
    #[serde(rename = "TIMESTAMP_FILTER_METHOD_AFTER_OR_EQUALS")]
    AfterOrEquals,
    #[serde(rename = "TIMESTAMP_FILTER_METHOD_BEFORE")]
    Before,
    #[serde(rename = "TIMESTAMP_FILTER_METHOD_BEFORE_OR_EQUALS")]
    BeforeOrEquals,
}

impl DateMethod {
    const fn read(self) -> Comparison {
        match self {
            Self::Equals => Comparison::Equals,
            Self::After => Comparison::After,
            Self::AfterOrEquals => Comparison::AfterOrEquals,
            Self::Before => Comparison::Before,
            Self::BeforeOrEquals => Comparison::BeforeOrEquals,
        }
    }
}

impl Call {
    /// A page of credentials of a kind that were not revoked.
    pub(super) fn list_credentials(
        &self,
        request: &ListCredentials,
        kind: CredentialType,
    ) -> Result<Listed, ApiError> {
        let wanted = request.wanted(kind);
        if let Some((member, user)) = request.users().next() {
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
        let is_meant = request.names(client) && wanted.within.contains(client.organization);
        let is_wanted = |past: &PastCredential| {
            is_meant
                && past.revoked.is_none()
                && wanted.filters.iter().all(|filter| filter.matches(client, &past.credential, None))
        };
        let column = request.sorting_column;
        let key = |past: &PastCredential| column.key(client, &past.credential);
        let unreadable = history.unreadable.iter().map(ToString::to_string).collect();
        let all = history.credentials.into_iter().filter(is_wanted);
        let Cut { pagination, found, next_page_token } =
            request.pagination.cut(self.page_tokens(), &column.of(OF_USER), all, key)?;
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
