//! Retired names of deleted or renamed objects (`jeton.name.v1.NameService`): listing and freeing them.

use super::ApiError;
use super::call::Call;
use super::json::Date;
use super::pages::Page;
use jeton_domain::id::ClientName;
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::resource::Resource;
use jeton_store::Operation;
use jeton_store::operation::RetiredName;
use jeton_store::retired::{Name, Retired};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// The name of the listing in page tokens.
const LISTING: &str = "retired names";

/// The kinds of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
enum RetiredNameType {
    #[serde(rename = "NAME_TYPE_USERNAME")]
    Username,
    #[serde(rename = "NAME_TYPE_RESOURCE")]
    Resource,
    #[serde(rename = "NAME_TYPE_ORGANIZATION_DOMAIN")]
    Domain,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListRetiredNames {
    pagination: Page,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct RetiredNames {
    names: Vec<ListedName>,
    /// Token of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ListedName {
    r#type: RetiredNameType,
    name: String,
    /// The id of the user, application or organization that had it.
    former_id: String,
    /// The organization that may use it again.
    organization_id: String,
    retired_date: Date,
    /// The date from which every organization may use it.
    free_date: Date,
}

impl ListedName {
    fn of(name: Name<'_>, retired: Retired) -> Self {
        let (r#type, name) = parts(name);
        Self {
            r#type,
            name: name.to_owned(),
            former_id: retired.owner.to_string(),
            organization_id: retired.organization.to_string(),
            retired_date: Date(retired.at.wall),
            free_date: Date(retired.free_from()),
        }
    }
}

const fn parts(name: Name<'_>) -> (RetiredNameType, &str) {
    match name {
        Name::Username(name) => (RetiredNameType::Username, name),
        Name::Resource(uri) => (RetiredNameType::Resource, uri),
        Name::Domain(domain) => (RetiredNameType::Domain, domain),
    }
}

fn name_of(r#type: RetiredNameType, text: &str) -> Name<'_> {
    match r#type {
        RetiredNameType::Username => Name::Username(text),
        RetiredNameType::Resource => Name::Resource(text),
        RetiredNameType::Domain => Name::Domain(text),
    }
}

pub(super) async fn list(call: &Call, request: ListRetiredNames) -> Result<RetiredNames, ApiError> {
    call.permit(Permission::AdministratorRead, ResourcePath::Instance)?;
    let page = request.pagination.of_query(call.page_tokens(), LISTING, |place: InToken| place)?;
    if page.offset > 0 {
        return Err(ApiError::invalid("pagination.offset: this listing is paged by pageToken"));
    }
    let after = page.after.as_ref().map(|(r#type, name)| name_of(*r#type, name));
    let (mut names, mut more) = (Vec::new(), false);
    call.snapshot()?.for_each_retired_name(after, |name, retired| {
        if names.len() >= page.limit {
            more = true;
            return ControlFlow::Break(());
        }
        names.push(ListedName::of(name, retired));
        ControlFlow::Continue(())
    })?;
    let last = names.last().filter(|_| more);
    let next_page_token = last.map(|last| call.page_tokens().seal(LISTING, &(last.r#type, &last.name)));
    Ok(RetiredNames { names, next_page_token })
}

/// A name in a page token.
type InToken = (RetiredNameType, String);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FreeName {
    r#type: RetiredNameType,
    name: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct FreedName {
    change_date: Date,
}

/// Lets every organization use a retired name, at once. Tokens of the object that had it may still be
/// accepted where they are verified offline.
pub(super) async fn free(call: &Call, request: FreeName) -> Result<FreedName, ApiError> {
    call.permit(Permission::AdministratorWrite, ResourcePath::Instance)?;
    let invalid = |error: &dyn std::fmt::Display| ApiError::invalid(format!("name: {error}"));
    let name = match request.r#type {
        RetiredNameType::Username => {
            RetiredName::Username(ClientName::username(&request.name).map_err(|error| invalid(&error))?)
        }
        RetiredNameType::Resource => {
            RetiredName::Resource(Resource::parse(&request.name).map_err(|error| invalid(&error))?)
        }
        RetiredNameType::Domain => RetiredName::Domain(request.name.into()),
    };
    let now = call.now();
    call.act(Operation::FreeName(name), now).await?;
    Ok(FreedName { change_date: Date(now) })
}
