//! Administrator roles: `zitadel.internal_permission.v2.InternalPermissionService`, and the first
//! administrator.

use super::access::parse_project;
use super::call::Call;
use super::handle::Handle;
use super::json::or_gone;
use super::json::{end, parse_text};
use super::pages::Cut;
use super::pages::everything;
use super::pages::pagination;
use super::sorting::administrator_number;
use super::sorting::administrator_order;
use super::text_match::read_each;
use super::text_match::wanting;
use super::{ApiError, access_tokens};
use jeton_api::administrators::{
    AdministratorFilter, Administrators, Assignment, Bootstrap, Bootstrapped, Created, ListAdministrators,
    ListedAdministrator, Resource, RoleRemoval,
};
use jeton_api::calls::administrator;
use jeton_api::values::{Changed, Date, Deleted};
use jeton_domain::admin::{ClientUpdate, NewServiceUser, Operation, Outcome};
use jeton_domain::id::{ClientId, ClientName, OrganizationId, ProjectId};
use jeton_domain::instance::Instance;
use jeton_domain::permission::{AdminRole, AdminScope, Administration, Permission, ResourcePath};
use jeton_domain::service_user::ServiceUser;
use jeton_domain::text::Text;
use jeton_store::query::{self, AdministratorPlace, AdministratorQuery, Within};

fn scope_of(resource: &Resource) -> Result<AdminScope, ApiError> {
    match (
        resource.instance.unwrap_or(false),
        resource.organization_id.as_deref(),
        resource.project_id.as_deref(),
    ) {
        (true, None, None) => Ok(AdminScope::Instance),
        (false, Some(id), None) => OrganizationId::parse(id)
            .map(AdminScope::Organization)
            .map_err(|error| ApiError::invalid(format!("resource.organizationId: {error}"))),
        (false, None, Some(id)) => parse_project("resource.projectId", id).map(AdminScope::Project),
        _ => Err(ApiError::invalid("resource.instance: must be true when it is given")),
    }
}

/// Role names, sorted and without duplicates, that can be assigned in this realm.
pub(super) fn parse_roles(names: &[String], realm: AdminScope) -> Result<Vec<AdminRole>, ApiError> {
    let read = |(place, name): (usize, &String)| parse_role(&format!("roles[{place}]"), name, realm);
    let mut roles = names.iter().enumerate().map(read).collect::<Result<Vec<_>, _>>()?;
    roles.sort_unstable();
    roles.dedup();
    if roles.is_empty() {
        return Err(ApiError::invalid("roles: must not be empty"));
    }
    Ok(roles)
}

fn parse_role(member: &str, name: &str, realm: AdminScope) -> Result<AdminRole, ApiError> {
    AdminRole::parse(name).filter(|role| role.fits(realm)).ok_or_else(|| {
        let here = match realm {
            AdminScope::Instance => "for the instance",
            AdminScope::Organization(_) => "for an organization",
            AdminScope::Project(_) => "for a project",
        };
        let all = AdminRole::ALL.into_iter().filter(|role| role.fits(realm)).map(AdminRole::name);
        ApiError::invalid(format!("{member}: {here} it is one of {}", all.collect::<Vec<_>>().join(", ")))
    })
}

impl Call {
    /// The user and the realm of an assignment, if the caller may assign roles there. A user or realm that it
    /// may not see looks like one that does not exist.
    fn assignment(&self, user: &str, resource: &Resource) -> Result<(ClientId, AdminScope), ApiError> {
        let realm = scope_of(resource)?;
        match realm {
            AdminScope::Instance => self.permit(Permission::AdministratorWrite, ResourcePath::Instance)?,
            AdminScope::Organization(id) => {
                self.organization(Some(&id.to_string()), Permission::AdministratorWrite).map(|_| ())?;
            }
            AdminScope::Project(id) => {
                self.project(&id.to_string(), Permission::AdministratorWrite).map(|_| ())?;
            }
        }
        Ok((self.grantee(user, realm_home(&*self.instance()?, realm))?, realm))
    }

    /// A user that is to receive a right in an organization: one of its own users, or one that the caller
    /// sees.
    pub(super) fn grantee(&self, user: &str, home: Option<OrganizationId>) -> Result<ClientId, ApiError> {
        match self.any_user("userId", user)? {
            Some(known) if Some(known.client.organization) == home => Ok(known.client.id),
            _ => Ok(self.user(user, Permission::UserRead)?.client.id),
        }
    }
}

fn realm_home(instance: &Instance, realm: AdminScope) -> Option<OrganizationId> {
    match realm {
        AdminScope::Instance => None,
        AdminScope::Organization(id) => Some(id),
        AdminScope::Project(id) => instance.project(id).map(|project| project.organization),
    }
}

impl Handle for administrator::CreateAdministrator {
    async fn handle(call: &Call, request: Assignment) -> Result<Created, ApiError> {
        let (user, realm) = call.assignment(&request.user_id, &request.resource)?;
        let now = call.now();
        call.update(user, ClientUpdate::AddAdminRoles(realm, parse_roles(&request.roles, realm)?), now)
            .await?;
        Ok(Created { creation_date: Date(now) })
    }
}

impl Handle for administrator::UpdateAdministrator {
    async fn handle(call: &Call, request: Assignment) -> Result<Changed, ApiError> {
        let (user, realm) = call.assignment(&request.user_id, &request.resource)?;
        let now = call.now();
        call.update(user, ClientUpdate::UpdateAdminRoles(realm, parse_roles(&request.roles, realm)?), now)
            .await?;
        Ok(Changed { change_date: Date(now) })
    }
}

impl Handle for administrator::DeleteAdministrator {
    async fn handle(call: &Call, request: RoleRemoval) -> Result<Deleted, ApiError> {
        or_gone(remove_admin_roles(call, &request).await)
    }
}

async fn remove_admin_roles(call: &Call, request: &RoleRemoval) -> Result<Deleted, ApiError> {
    let (user, realm) = call.assignment(&request.user_id, &request.resource)?;
    let now = call.now();
    call.update(user, ClientUpdate::RemoveAdminRoles(realm), now).await?;
    Ok(Deleted::at(now))
}

fn read_filter(filter: &AdministratorFilter) -> Result<query::AdministratorFilter, ApiError> {
    use query::AdministratorFilter as Filter;
    Ok(match filter {
        // Text that is no id or no role matches nothing.
        AdministratorFilter::Users(wanted) => {
            Filter::Users(wanted.ids.iter().filter_map(|id| ClientId::parse(id).ok()).collect())
        }
        AdministratorFilter::Organization(wanted) => {
            OrganizationId::parse(&wanted.id).map_or(Filter::Nothing, Filter::UserOrganization)
        }
        AdministratorFilter::LoginName { preferred_login_name: name, method } => {
            let member = "userPreferredLoginName.preferredLoginName";
            Filter::Username(wanting(*method, member, name)?)
        }
        AdministratorFilter::DisplayName { display_name, method } => {
            Filter::DisplayName(wanting(*method, "userDisplayName.displayName", display_name)?)
        }
        AdministratorFilter::Resource(resource) => Filter::AdminScope(scope_of(resource)?),
        AdministratorFilter::Role { role_key } => {
            AdminRole::parse(role_key).map_or(Filter::Nothing, Filter::Role)
        }
    })
}

/// The order of administrators, in page tokens.
const ORDER: &str = "administrators";

impl Handle for administrator::ListAdministrators {
    async fn handle(call: &Call, request: ListAdministrators) -> Result<Administrators, ApiError> {
        let snapshot = call.snapshot()?;
        let instance = snapshot.instance();
        let filters = read_each("filters", &request.filters, read_filter)?;
        let place = |(realm, user)| AdministratorPlace { realm: of_token(realm), user: ClientId(user) };
        let (page, column, tokens) = (&request.pagination, request.sorting_column, call.page_tokens());
        let query = AdministratorQuery {
            within: call.realms_with(Permission::AdministratorRead, instance),
            filters,
            page: match administrator_order(column) {
                None => tokens.of_query(page, ORDER, place)?,
                Some(_) => everything(),
            },
        };
        let listed = snapshot.list_administrators(&query).map_err(|error| tokens.refused(error))?;
        let to_token = |realm, user: ClientId| (to_token(realm), user.0);
        let Cut { pagination, found, next_page_token } = match administrator_order(column) {
            None => Cut {
                pagination: pagination(page, listed.total),
                found: listed.found,
                next_page_token: listed
                    .next
                    .map(|place| tokens.seal(ORDER, &to_token(place.realm, place.user))),
            },
            Some(order) => tokens.sort(page, order, (listed.found, listed.next.is_some()), |found| {
                (administrator_number(column, found), to_token(found.1.realm, found.0.id))
            })?,
        };
        let shown = found.iter();
        let shown = shown.filter_map(|(client, roles)| ListedAdministrator::of(client, roles, instance));
        Ok(Administrators {
            pagination,
            administrators: shown.collect(),
            next_page_token,
            unreadable: call.told(listed.unreadable, Permission::AdministratorRead),
        })
    }
}

/// A realm in a page token.
const fn to_token(realm: AdminScope) -> (u8, u64) {
    match realm {
        AdminScope::Instance => (0, 0),
        AdminScope::Organization(id) => (1, id.0),
        AdminScope::Project(id) => (2, id.0),
    }
}

const fn of_token((kind, id): (u8, u64)) -> AdminScope {
    match kind {
        0 => AdminScope::Instance,
        1 => AdminScope::Organization(OrganizationId(id)),
        _ => AdminScope::Project(ProjectId(id)),
    }
}

impl Call {
    /// The realms in which the caller has this right.
    fn realms_with(&self, permission: Permission, instance: &Instance) -> Within<AdminScope> {
        let projects = match self.projects_with(permission, instance) {
            Within::Everything => return Within::Everything,
            Within::These(projects) => projects.into_iter().map(AdminScope::Project),
        };
        let organizations = match self.organizations_with(permission) {
            Within::Everything => return Within::Everything,
            Within::These(organizations) => organizations.into_iter().map(AdminScope::Organization),
        };
        Within::These(organizations.chain(projects).collect())
    }
}

/// Creates the first administrator of the instance, with a personal access token. Works once.
impl Handle for administrator::Bootstrap {
    async fn handle(call: &Call, request: Bootstrap) -> Result<Bootstrapped, ApiError> {
        call.permit(Permission::AdministratorWrite, ResourcePath::Instance)?;
        let moment = call.moment();
        let now = moment.wall;
        let id = ClientId(call.next_id());
        let end = end(request.expiration_date, request.lifetime, now)?;
        let (token, credential) = access_tokens::mint(call, id, end, moment)?;
        let token_id = credential.id;
        let name = ClientName::username(&request.username)
            .map_err(|error| ApiError::invalid(format!("username: {error}")))?;
        let owner = Administration {
            realm: AdminScope::Instance,
            roles: vec![AdminRole::IamOwner],
            created: now,
            changed: now,
        };
        let user = ServiceUser {
            name: Text::of_username(&name),
            description: parse_text("description", "the first administrator")?,
            administrations: vec![owner],
            ..ServiceUser::default()
        };
        let organization = call.instance()?.default_organization;
        let user = NewServiceUser { id, organization, name, user };
        match call.execute(Operation::Bootstrap(Box::new(user), Some(credential)), now).await? {
            Outcome::Client(client) => Ok(Bootstrapped {
                user_id: client.id.to_string(),
                token_id: token_id.to_string(),
                token: token.expose().to_owned(),
                creation_date: Date(now),
            }),
            _ => Err(ApiError::internal()),
        }
    }
}
