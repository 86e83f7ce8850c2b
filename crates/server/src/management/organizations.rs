//! Organizations: `zitadel.org.v2.OrganizationService`.

use super::ApiError;
use super::administrators::parse_roles;
use super::call::Call;
use super::json::{
    Changed, Date, Deleted, Details, ListDetails, MetadataEntry, MetadataFilter, MetadataInput,
    parse_metadata, parse_metadata_keys, parse_name,
};
use super::pages::{Cut, Page, Pagination};
use super::text_match::{Method, Test, read_each};
use jeton_domain::caseless::folded;
use jeton_domain::id::{ClientId, OrganizationId};
use jeton_domain::organization::Organization;
use jeton_domain::permission::{AdminRole, AdminScope, Permission, ResourcePath};
use jeton_domain::text::Text;
use jeton_store::operation::OrganizationOperation;
use jeton_store::{Operation, Outcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AddOrganization {
    name: String,
    organization_id: Option<String>,
    #[serde(default)]
    admins: Vec<Admin>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Admin {
    user_id: String,
    #[serde(default)]
    roles: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AddedOrganization {
    details: Details,
    organization_id: String,
    created_admins: Vec<String>,
}

pub(super) async fn add(call: &Call, request: AddOrganization) -> Result<AddedOrganization, ApiError> {
    call.permit(Permission::OrganizationCreate, ResourcePath::Instance)?;
    let name = parse_name("name", &request.name)?;
    let id = match request.organization_id.as_deref() {
        None => OrganizationId(call.next_id()),
        Some(id) => OrganizationId::parse(id)
            .map_err(|error| ApiError::invalid(format!("organizationId: {error}")))?,
    };
    let read = |(place, admin): (usize, &Admin)| {
        admin.read(call, id).map_err(|error| error.inside(format_args!("admins[{place}]")))
    };
    let admins = request.admins.iter().enumerate().map(read).collect::<Result<_, _>>()?;
    let organization = call.change_organization(id, OrganizationOperation::Create(name, admins)).await?;
    Ok(AddedOrganization {
        details: details(&organization),
        organization_id: organization.id.to_string(),
        created_admins: Vec::new(),
    })
}

impl Admin {
    fn read(&self, call: &Call, id: OrganizationId) -> Result<(ClientId, Vec<AdminRole>), ApiError> {
        let known = call.user(&self.user_id, Permission::UserRead)?;
        let roles = if self.roles.is_empty() {
            vec![AdminRole::OrgOwner]
        } else {
            parse_roles(&self.roles, AdminScope::Organization(id))?
        };
        Ok((known.client.id, roles))
    }
}

fn details(organization: &Organization) -> Details {
    Details {
        sequence: organization.act.to_string(),
        change_date: Date(organization.changed),
        resource_owner: organization.id.to_string(),
        creation_date: Date(organization.created),
    }
}

impl Call {
    async fn change_organization(
        &self,
        id: OrganizationId,
        action: OrganizationOperation,
    ) -> Result<Arc<Organization>, ApiError> {
        match self.act(Operation::Organization(id, action), self.now()).await? {
            Outcome::Organization(organization) => Ok(organization),
            _ => Err(ApiError::internal()),
        }
    }

    /// The organization that a request must name, if the caller has this permission on it.
    fn named_organization(&self, id: &str, permission: Permission) -> Result<OrganizationId, ApiError> {
        if id.is_empty() {
            return Err(ApiError::invalid("organizationId: must not be empty"));
        }
        self.organization(Some(id), permission)
    }

    async fn edit_organization(
        &self,
        id: &str,
        action: OrganizationOperation,
    ) -> Result<Arc<Organization>, ApiError> {
        let id = self.named_organization(id, Permission::OrganizationWrite)?;
        self.change_organization(id, action).await
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UpdateOrganization {
    organization_id: String,
    name: String,
}

pub(super) async fn update(call: &Call, request: UpdateOrganization) -> Result<Changed, ApiError> {
    let rename = OrganizationOperation::Rename(parse_name("name", &request.name)?);
    let organization = call.edit_organization(&request.organization_id, rename).await?;
    Ok(Changed { change_date: Date(organization.changed) })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ByOrganizationId {
    organization_id: String,
}

pub(super) async fn activate(call: &Call, request: ByOrganizationId) -> Result<Changed, ApiError> {
    let switch = OrganizationOperation::SetActive(true);
    let organization = call.edit_organization(&request.organization_id, switch).await?;
    Ok(Changed { change_date: Date(organization.changed) })
}

pub(super) async fn deactivate(call: &Call, request: ByOrganizationId) -> Result<Changed, ApiError> {
    let switch = OrganizationOperation::SetActive(false);
    if let Some(id) = call.unreadable_organization(&request.organization_id)? {
        let ended = call.end_unreadable(Operation::Organization(id, switch)).await?;
        return Ok(Changed { change_date: Date(ended) });
    }
    let organization = call.edit_organization(&request.organization_id, switch).await?;
    Ok(Changed { change_date: Date(organization.changed) })
}

pub(super) async fn delete(call: &Call, request: ByOrganizationId) -> Result<Deleted, ApiError> {
    if let Some(id) = call.unreadable_organization(&request.organization_id)? {
        let operation = Operation::Organization(id, OrganizationOperation::Delete);
        return Ok(Deleted::at(call.end_unreadable(operation).await?));
    }
    let id = call.named_organization(&request.organization_id, Permission::OrganizationDelete)?;
    call.change_organization(id, OrganizationOperation::Delete).await?;
    Ok(Deleted::at(call.now()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListOrganizations {
    query: Page,
    sorting_column: OrganizationColumn,
    queries: Vec<OrganizationQuery>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
enum OrganizationColumn {
    #[default]
    #[serde(rename = "ORGANIZATION_FIELD_NAME_UNSPECIFIED")]
    Unspecified,
    #[serde(rename = "ORGANIZATION_FIELD_NAME_NAME")]
    Name,
    #[serde(rename = "ORGANIZATION_FIELD_NAME_CREATION_DATE")]
    Created,
}

#[derive(Debug, Deserialize)]
enum OrganizationQuery {
    #[serde(rename = "nameQuery")]
    Name {
        #[serde(default)]
        name: String,
        #[serde(default)]
        method: Method,
    },
    #[serde(rename = "domainQuery")]
    Domain {
        #[serde(default)]
        domain: String,
        #[serde(default)]
        method: Method,
    },
    #[serde(rename = "idQuery")]
    Id { id: String },
    #[serde(rename = "stateQuery")]
    State { state: OrganizationState },
    #[serde(rename = "defaultQuery")]
    Default {},
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
enum OrganizationState {
    #[serde(rename = "ORGANIZATION_STATE_ACTIVE")]
    Active,
    #[serde(rename = "ORGANIZATION_STATE_INACTIVE")]
    Inactive,
    #[serde(rename = "ORGANIZATION_STATE_REMOVED")]
    Removed,
}

const fn state(organization: &Organization) -> OrganizationState {
    if organization.active { OrganizationState::Active } else { OrganizationState::Inactive }
}

impl OrganizationQuery {
    fn read(&self, default: OrganizationId) -> Result<Test<Organization>, ApiError> {
        Ok(match self {
            Self::Name { name, method } => {
                method
                    .test("nameQuery.name", name, |organization: &Organization| organization.name.as_str())?
            }
            Self::Domain { domain, method } => {
                method.test("domainQuery.domain", domain, |organization: &Organization| {
                    &organization.primary_domain
                })?
            }
            Self::Id { id } => {
                let id = OrganizationId::parse(id).ok();
                Box::new(move |organization| Some(organization.id) == id)
            }
            Self::State { state: wanted } => {
                let wanted = *wanted;
                Box::new(move |organization| state(organization) == wanted)
            }
            Self::Default {} => Box::new(move |organization| organization.id == default),
        })
    }
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Organizations {
    details: ListDetails,
    result: Vec<ListedOrganization>,
    /// Jeton extension: token of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    /// Jeton extension: ids of projects and organizations whose record can't be read, left out of the
    /// listing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    unreadable: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ListedOrganization {
    id: String,
    details: Details,
    state: OrganizationState,
    name: String,
    primary_domain: String,
}

pub(super) async fn list(call: &Call, request: ListOrganizations) -> Result<Organizations, ApiError> {
    let instance = call.whole_instance()?;
    let tests = read_each("queries", &request.queries, |query| query.read(instance.default_organization))?;
    let seen = |organization: &&Arc<Organization>| {
        call.caller.may(Permission::OrganizationRead, ResourcePath::Organization(organization.id))
            && tests.iter().all(|is_wanted| is_wanted(organization))
    };
    let (order, key) = request.sorting_column.order();
    let all = instance.organizations.values().filter(seen);
    let Cut { pagination, found, next_page_token } =
        request.query.cut(call.page_tokens().of("query"), order, all, |organization| key(organization))?;
    let shown = |organization: &Arc<Organization>| ListedOrganization {
        id: organization.id.to_string(),
        details: details(organization),
        state: state(organization),
        name: organization.name.to_string(),
        primary_domain: organization.primary_domain.to_string(),
    };
    Ok(Organizations {
        details: ListDetails { total_result: pagination.total(), timestamp: Date(call.now()) },
        result: found.into_iter().map(shown).collect(),
        next_page_token,
        unreadable: call.told(instance.unreadable.iter().copied(), Permission::OrganizationRead),
    })
}

/// The key by which organizations are sorted: a text, a number, the id.
type Key = (String, u64, u64);

impl OrganizationColumn {
    /// The order's name in page tokens, and its key.
    const fn order(self) -> (&'static str, fn(&Organization) -> Key) {
        match self {
            Self::Unspecified => ("organizations", |organization| (String::new(), 0, organization.id.0)),
            Self::Name => ("organizations by name", |organization| {
                (folded(organization.name.as_str()).into_owned(), 0, organization.id.0)
            }),
            Self::Created => ("organizations by creation", |organization| {
                (String::new(), organization.created.0, organization.id.0)
            }),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SetOrganizationMetadata {
    organization_id: String,
    #[serde(default)]
    metadata: Vec<MetadataInput>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OrganizationMetadataSet")]
#[serde(rename_all = "camelCase")]
pub(super) struct MetadataSet {
    set_date: Date,
}

pub(super) async fn set_metadata(
    call: &Call,
    request: SetOrganizationMetadata,
) -> Result<MetadataSet, ApiError> {
    let note = OrganizationOperation::SetMetadata(parse_metadata(&request.metadata)?);
    let organization = call.edit_organization(&request.organization_id, note).await?;
    Ok(MetadataSet { set_date: Date(organization.changed) })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListOrganizationMetadata {
    organization_id: String,
    #[serde(default)]
    pagination: Page,
    #[serde(default)]
    filters: Vec<MetadataFilter>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "OrganizationMetadata")]
#[serde(rename_all = "camelCase")]
pub(super) struct Metadata {
    pagination: Pagination,
    metadata: Vec<MetadataEntry>,
    /// Jeton extension: token of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
}

pub(super) async fn list_metadata(
    call: &Call,
    request: ListOrganizationMetadata,
) -> Result<Metadata, ApiError> {
    let id = call.named_organization(&request.organization_id, Permission::OrganizationRead)?;
    let instance = call.instance()?;
    let filters = MetadataFilter::read(&request.filters)?;
    let notes = instance.organization(id).into_iter().flat_map(|organization| &organization.metadata);
    let is_wanted = |key: &Text| filters.iter().all(|filter| filter.matches(key.as_str()));
    let Cut { pagination, found, next_page_token } = request.pagination.cut(
        call.page_tokens(),
        "metadata of organizations",
        notes.filter(|(key, _)| is_wanted(key)),
        |(key, _)| key.to_string(),
    )?;
    let metadata = found.into_iter().map(|(key, value)| MetadataEntry::of(key, value)).collect();
    Ok(Metadata { pagination, metadata, next_page_token })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeleteOrganizationMetadata {
    organization_id: String,
    #[serde(default)]
    keys: Vec<String>,
}

pub(super) async fn delete_metadata(
    call: &Call,
    request: DeleteOrganizationMetadata,
) -> Result<Deleted, ApiError> {
    let forget = OrganizationOperation::DeleteMetadata(parse_metadata_keys(&request.keys)?);
    let organization = call.edit_organization(&request.organization_id, forget).await?;
    Ok(Deleted::at(organization.changed))
}
