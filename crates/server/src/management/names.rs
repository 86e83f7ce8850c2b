//! Names of what was deleted or renamed (`jeton.name.v1.NameService`): listing and freeing them.

use super::ApiError;
use super::call::Call;
use super::json::{Date, Page};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jeton_oauth::id::ClientName;
use jeton_oauth::permission::{Permission, Place};
use jeton_oauth::resource::Resource;
use jeton_store::Deed;
use jeton_store::act::RetiredName;
use jeton_store::retired::{Name, Retired};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

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
    /// The next page begins here; missing on the last one.
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
    /// From then on.
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
    call.permit(Permission::AdministratorRead, Place::Instance)?;
    let limit = request.pagination.limit()?;
    if request.pagination.offset > 0 {
        return Err(ApiError::invalid("retired names are paged by pageToken, not by offset"));
    }
    let token = request.pagination.page_token.as_deref().filter(|token| !token.is_empty());
    let after = token.map(read_token).transpose()?;
    let after = after.as_ref().map(|(r#type, name)| name_of(*r#type, name));
    let (mut names, mut more) = (Vec::new(), false);
    call.snapshot()?.for_each_retired_name(after, |name, retired| {
        if names.len() >= limit {
            more = true;
            return ControlFlow::Break(());
        }
        names.push(ListedName::of(name, retired));
        ControlFlow::Continue(())
    })?;
    let next_page_token = names.last().filter(|_| more).map(write_token);
    Ok(RetiredNames { names, next_page_token })
}

fn write_token(last: &ListedName) -> String {
    let kind = serde_json::to_string(&last.r#type).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(format!("{kind} {}", last.name))
}

fn read_token(token: &str) -> Result<(RetiredNameType, String), ApiError> {
    let read = || {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
        let (kind, name) = text.split_once(' ')?;
        Some((serde_json::from_str(kind).ok()?, name.to_owned()))
    };
    read().ok_or_else(|| ApiError::invalid("pageToken is not one that a page had as nextPageToken"))
}

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

/// Lets any organization use a retired name, at once. Tokens of what had it may still live where they are verified
/// without asking.
pub(super) async fn free(call: &Call, request: FreeName) -> Result<FreedName, ApiError> {
    call.permit(Permission::AdministratorWrite, Place::Instance)?;
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
    call.act(Deed::FreeName(name), now).await?;
    Ok(FreedName { change_date: Date(now) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_token_is_read_as_it_was_written() {
        for (r#type, name) in [
            (RetiredNameType::Username, "a b"),
            (RetiredNameType::Resource, "https://a.example"),
            (RetiredNameType::Domain, "x"),
        ] {
            let retired = Retired {
                owner: 1,
                organization: jeton_oauth::id::OrganizationId(2),
                at: jeton_oauth::time::Moment {
                    wall: jeton_oauth::time::Timestamp(3),
                    careful: jeton_oauth::time::Careful(4),
                },
            };
            let listed = ListedName::of(name_of(r#type, name), retired);
            assert_eq!(read_token(&write_token(&listed)), Ok((r#type, name.to_owned())));
        }
        for bad in ["", "%", "AAAA", &URL_SAFE_NO_PAD.encode("NAME_TYPE_USERNAME x")] {
            assert!(read_token(bad).is_err(), "{bad}");
        }
    }
}
