//! Listings of users' keys and of their personal access tokens, which have the same shape in ZITADEL.
//!
//! With a `userIdFilter` it is one user's, without it is everybody's that the caller sees, page by page.

use super::ApiError;
use super::call::Call;
use super::json::{Date, DateInput, Id, Page, Pagination};
use super::scan::scan;
use jeton_oauth::client::Client;
use jeton_oauth::credential::Credential;
use jeton_oauth::id::ClientName;
use jeton_oauth::permission::Permission;
use jeton_oauth::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListCredentials {
    pagination: Page,
    filters: Vec<Filter>,
    /// Ours: shorter than a filter.
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
    fn user(&self) -> Option<&str> {
        let filtered = self.filters.iter().find_map(|filter| match filter {
            Filter::User(user) => Some(user.id.as_str()),
            _ => None,
        });
        filtered.or(self.user_id.as_deref())
    }
}

/// A filter as it was understood.
enum Wanted {
    User(String),
    Credential(String),
    Organization(String),
    Created(DateMethod, Timestamp),
    Expires(DateMethod, Timestamp),
}

impl Wanted {
    fn read(filter: &Filter) -> Self {
        match filter {
            Filter::User(user) => Self::User(user.id.clone()),
            Filter::Credential(credential) => Self::Credential(credential.id.clone()),
            Filter::Organization(organization) => Self::Organization(organization.id.clone()),
            Filter::Created(filter) => Self::Created(filter.method, filter.timestamp.0),
            Filter::Expires(filter) => Self::Expires(filter.method, filter.timestamp.0),
        }
    }

    fn matches(&self, client: &Client, credential: &Credential) -> bool {
        match self {
            // Whose they are was said already; a second user has none of them.
            Self::User(user) => {
                let named = |name: ClientName| name.folded() == client.name.folded();
                *user == client.id.to_string() || ClientName::username(user).is_ok_and(named)
            }
            Self::Credential(id) => *id == credential.id.to_string(),
            Self::Organization(id) => *id == client.organization.to_string(),
            Self::Created(method, date) => method.holds(credential.created.wall, *date),
            Self::Expires(method, date) => credential.not_after.is_some_and(|end| method.holds(end, *date)),
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "UserCredentials")]
#[serde(rename_all = "camelCase")]
pub(super) struct Listed {
    pagination: Pagination,
    result: Vec<ListedCredential>,
    /// Ours: the next page over all users begins here; missing on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
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
    /// Ours: what a key signs with.
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
            expiration_date: credential.not_after.map(Date),
            algorithm: credential.key().map(|key| key.algorithm.as_str()),
        }
    }
}

/// How a date compares with the wanted one.
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
    fn holds(self, date: Timestamp, wanted: Timestamp) -> bool {
        match self {
            Self::Equals => date == wanted,
            Self::After => date > wanted,
            Self::AfterOrEquals => date >= wanted,
            Self::Before => date < wanted,
            Self::BeforeOrEquals => date <= wanted,
        }
    }
}

impl Call {
    /// A page of credentials of a kind that were not revoked.
    pub(super) fn list_credentials(
        &self,
        request: &ListCredentials,
        is_meant: fn(&Credential) -> bool,
    ) -> Result<Listed, ApiError> {
        let wanted = request.filters.iter().map(Wanted::read).collect::<Vec<_>>();
        let list = move |client: &Client, credential: &Credential| {
            let listed =
                is_meant(credential) && wanted.iter().all(|wanted| wanted.matches(client, credential));
            listed.then(|| ListedCredential::of(client, credential))
        };
        let Some(user) = request.user() else {
            let scanned =
                scan(self, "credentials of users", &request.pagination, move |_, client, credential| {
                    Ok(list(client, credential))
                })?;
            let pagination = Pagination::of_part(request.pagination.limit());
            return Ok(Listed {
                pagination,
                result: scanned.found,
                next_page_token: scanned.next_page_token,
            });
        };
        let client = self.user(user, Permission::UserRead)?.client;
        let history = self.snapshot()?.credentials_of(&client)?;
        let kept = history.iter().filter(|past| past.revoked.is_none());
        let all = kept.filter_map(|past| list(&client, &past.credential)).collect();
        let (pagination, result) = request.pagination.cut("pagination", all)?;
        Ok(Listed { pagination, result, next_page_token: None })
    }
}
