//! Organizations: `zitadel.org.v2.OrganizationService`.

use super::ApiError;
use super::administrators::parse_roles;
use super::call::Call;
use super::handle::Handle;
use super::json::metadata_filters;
use super::json::{parse_metadata, parse_metadata_keys, parse_name};
use super::pages::Cut;
use super::text_match::test_of;
use super::text_match::{Test, read_each};
use jeton_api::calls::organization;
use jeton_api::organizations::{
    AddOrganization, AddedOrganization, Admin, ByOrganizationId, DeleteOrganizationMetadata,
    ListOrganizationMetadata, ListOrganizations, ListedOrganization, Metadata, MetadataSet,
    OrganizationColumn, OrganizationQuery, OrganizationState, Organizations, SetOrganizationMetadata,
    UpdateOrganization,
};
use jeton_api::values::{Changed, Date, Deleted, Details, ListDetails, MetadataEntry};
use jeton_domain::admin::{Operation, OrganizationOperation, Outcome};
use jeton_domain::caseless::folded;
use jeton_domain::id::{ClientId, OrganizationId};
use jeton_domain::organization::Organization;
use jeton_domain::permission::{AdminRole, AdminScope, Permission, ResourcePath};
use jeton_domain::text::Text;
use std::sync::Arc;

impl Handle for organization::AddOrganization {
    async fn handle(call: &Call, request: AddOrganization) -> Result<AddedOrganization, ApiError> {
        call.permit(Permission::OrganizationCreate, ResourcePath::Instance)?;
        let name = parse_name("name", &request.name)?;
        let id = match request.organization_id.as_deref() {
            None => OrganizationId(call.next_id()),
            Some(id) => OrganizationId::parse(id)
                .map_err(|error| ApiError::invalid(format!("organizationId: {error}")))?,
        };
        let read = |(place, admin): (usize, &Admin)| {
            read_admin(admin, call, id).map_err(|error| error.inside(format_args!("admins[{place}]")))
        };
        let admins = request.admins.iter().enumerate().map(read).collect::<Result<_, _>>()?;
        let organization = call.change_organization(id, OrganizationOperation::Create(name, admins)).await?;
        Ok(AddedOrganization {
            details: details(&organization),
            organization_id: organization.id.to_string(),
            created_admins: Vec::new(),
        })
    }
}

fn read_admin(
    admin: &Admin,
    call: &Call,
    id: OrganizationId,
) -> Result<(ClientId, Vec<AdminRole>), ApiError> {
    let known = call.user(&admin.user_id, Permission::UserRead)?;
    let roles = if admin.roles.is_empty() {
        vec![AdminRole::OrgOwner]
    } else {
        parse_roles(&admin.roles, AdminScope::Organization(id))?
    };
    Ok((known.client.id, roles))
}

fn details(organization: &Organization) -> Details {
    Details {
        sequence: organization.event_id.to_string(),
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
        match self.execute(Operation::Organization(id, action), self.now()).await? {
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

impl Handle for organization::UpdateOrganization {
    async fn handle(call: &Call, request: UpdateOrganization) -> Result<Changed, ApiError> {
        let rename = OrganizationOperation::Rename(parse_name("name", &request.name)?);
        let organization = call.edit_organization(&request.organization_id, rename).await?;
        Ok(Changed { change_date: Date(organization.changed) })
    }
}

impl Handle for organization::ActivateOrganization {
    async fn handle(call: &Call, request: ByOrganizationId) -> Result<Changed, ApiError> {
        let switch = OrganizationOperation::SetActive(true);
        let organization = call.edit_organization(&request.organization_id, switch).await?;
        Ok(Changed { change_date: Date(organization.changed) })
    }
}

impl Handle for organization::DeactivateOrganization {
    async fn handle(call: &Call, request: ByOrganizationId) -> Result<Changed, ApiError> {
        let switch = OrganizationOperation::SetActive(false);
        if let Some(id) = call.unreadable_organization(&request.organization_id)? {
            let ended = call.end_unreadable(Operation::Organization(id, switch)).await?;
            return Ok(Changed { change_date: Date(ended) });
        }
        let organization = call.edit_organization(&request.organization_id, switch).await?;
        Ok(Changed { change_date: Date(organization.changed) })
    }
}

impl Handle for organization::DeleteOrganization {
    async fn handle(call: &Call, request: ByOrganizationId) -> Result<Deleted, ApiError> {
        if let Some(id) = call.unreadable_organization(&request.organization_id)? {
            let operation = Operation::Organization(id, OrganizationOperation::Delete);
            return Ok(Deleted::at(call.end_unreadable(operation).await?));
        }
        let id = call.named_organization(&request.organization_id, Permission::OrganizationDelete)?;
        call.change_organization(id, OrganizationOperation::Delete).await?;
        Ok(Deleted::at(call.now()))
    }
}

const fn state(organization: &Organization) -> OrganizationState {
    if organization.active { OrganizationState::Active } else { OrganizationState::Inactive }
}

fn read_query(query: &OrganizationQuery, default: OrganizationId) -> Result<Test<Organization>, ApiError> {
    Ok(match query {
        OrganizationQuery::Name { name, method } => {
            test_of(*method, "nameQuery.name", name, |organization: &Organization| {
                organization.name.as_str()
            })?
        }
        OrganizationQuery::Domain { domain, method } => {
            test_of(*method, "domainQuery.domain", domain, |organization: &Organization| {
                &organization.primary_domain
            })?
        }
        OrganizationQuery::Id { id } => {
            let id = OrganizationId::parse(id).ok();
            Box::new(move |organization| Some(organization.id) == id)
        }
        OrganizationQuery::State { state: wanted } => {
            let wanted = *wanted;
            Box::new(move |organization| state(organization) == wanted)
        }
        OrganizationQuery::Default {} => Box::new(move |organization| organization.id == default),
    })
}

impl Handle for organization::ListOrganizations {
    async fn handle(call: &Call, request: ListOrganizations) -> Result<Organizations, ApiError> {
        let instance = call.whole_instance()?;
        let tests =
            read_each("queries", &request.queries, |query| read_query(query, instance.default_organization))?;
        let seen = |organization: &&Arc<Organization>| {
            call.caller.may(Permission::OrganizationRead, ResourcePath::Organization(organization.id))
                && tests.iter().all(|is_wanted| is_wanted(organization))
        };
        let (order, key) = order_of(request.sorting_column);
        let all = instance.organizations.values().filter(seen);
        let Cut { pagination, found, next_page_token } =
            call.page_tokens()
                .of("query")
                .cut(&request.query, order, all, |organization| key(organization))?;
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
}

/// The key by which organizations are sorted: a text, a number, the id.
type Key = (String, u64, u64);

/// The order's name in page tokens, and its key.
const fn order_of(column: OrganizationColumn) -> (&'static str, fn(&Organization) -> Key) {
    match column {
        OrganizationColumn::Unspecified => {
            ("organizations", |organization| (String::new(), 0, organization.id.0))
        }
        OrganizationColumn::Name => ("organizations by name", |organization| {
            (folded(organization.name.as_str()).into_owned(), 0, organization.id.0)
        }),
        OrganizationColumn::Created => ("organizations by creation", |organization| {
            (String::new(), organization.created.0, organization.id.0)
        }),
    }
}

impl Handle for organization::SetOrganizationMetadata {
    async fn handle(call: &Call, request: SetOrganizationMetadata) -> Result<MetadataSet, ApiError> {
        let note = OrganizationOperation::SetMetadata(parse_metadata(&request.metadata)?);
        let organization = call.edit_organization(&request.organization_id, note).await?;
        Ok(MetadataSet { set_date: Date(organization.changed) })
    }
}

impl Handle for organization::ListOrganizationMetadata {
    async fn handle(call: &Call, request: ListOrganizationMetadata) -> Result<Metadata, ApiError> {
        let id = call.named_organization(&request.organization_id, Permission::OrganizationRead)?;
        let instance = call.instance()?;
        let filters = metadata_filters(&request.filters)?;
        let notes = instance.organization(id).into_iter().flat_map(|organization| &organization.metadata);
        let is_wanted = |key: &Text| filters.iter().all(|filter| filter.matches(key.as_str()));
        let Cut { pagination, found, next_page_token } = call.page_tokens().cut(
            &request.pagination,
            "metadata of organizations",
            notes.filter(|(key, _)| is_wanted(key)),
            |(key, _)| key.to_string(),
        )?;
        let metadata = found.into_iter().map(|(key, value)| MetadataEntry::of(key, value)).collect();
        Ok(Metadata { pagination, metadata, next_page_token })
    }
}

impl Handle for organization::DeleteOrganizationMetadata {
    async fn handle(call: &Call, request: DeleteOrganizationMetadata) -> Result<Deleted, ApiError> {
        let forget = OrganizationOperation::DeleteMetadata(parse_metadata_keys(&request.keys)?);
        let organization = call.edit_organization(&request.organization_id, forget).await?;
        Ok(Deleted::at(organization.changed))
    }
}
