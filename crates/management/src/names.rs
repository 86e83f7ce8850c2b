//! Retired names of deleted or renamed objects (`jeton.name.v1.NameService`): listing and freeing them.

use super::ApiError;
use super::call::Call;
use super::handle::Handle;
use jeton_api::calls::name;
use jeton_api::names::{FreeName, FreedName, ListRetiredNames, ListedName, RetiredNameType, RetiredNames};
use jeton_api::values::Date;
use jeton_domain::admin::{Operation, RetiredName};
use jeton_domain::id::ClientName;
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::resource::Resource;
use jeton_domain::retired_name::{Name, Retired};
use jeton_store::query::RetiredNameQuery;

/// The name of the listing in page tokens.
const LISTING: &str = "retired names";

fn shown((name, retired): (Name<String>, Retired)) -> ListedName {
    let (r#type, name) = match name {
        Name::Username(name) => (RetiredNameType::Username, name),
        Name::Resource(uri) => (RetiredNameType::Resource, uri),
        Name::Domain(domain) => (RetiredNameType::Domain, domain),
    };
    ListedName {
        r#type,
        name,
        former_id: retired.owner.to_string(),
        organization_id: retired.organization.to_string(),
        retired_date: Date(retired.at.wall),
        free_date: Date(retired.free_from()),
    }
}

fn name_of((r#type, text): InToken) -> Name<String> {
    match r#type {
        RetiredNameType::Username => Name::Username(text),
        RetiredNameType::Resource => Name::Resource(text),
        RetiredNameType::Domain => Name::Domain(text),
    }
}

impl Handle for name::ListRetiredNames {
    async fn handle(call: &Call, request: ListRetiredNames) -> Result<RetiredNames, ApiError> {
        call.permit(Permission::AdministratorRead, ResourcePath::Instance)?;
        let page = call.page_tokens().of_query(&request.pagination, LISTING, name_of)?;
        if page.offset > 0 {
            return Err(ApiError::invalid("pagination.offset: this listing is paged by pageToken"));
        }
        let query = RetiredNameQuery { after: page.after, limit: page.limit };
        let listed = call.snapshot()?.list_retired_names(&query)?;
        let names: Vec<_> = listed.found.into_iter().map(shown).collect();
        let last = names.last().filter(|_| listed.has_more);
        let next_page_token = last.map(|last| call.page_tokens().seal(LISTING, &(last.r#type, &last.name)));
        Ok(RetiredNames { names, next_page_token })
    }
}

/// A name in a page token.
type InToken = (RetiredNameType, String);

/// Lets every organization use a retired name, at once. Tokens of the object that had it may still be
/// accepted where they are verified offline.
impl Handle for name::FreeName {
    async fn handle(call: &Call, request: FreeName) -> Result<FreedName, ApiError> {
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
        call.execute(Operation::FreeName(name), now).await?;
        Ok(FreedName { change_date: Date(now) })
    }
}
