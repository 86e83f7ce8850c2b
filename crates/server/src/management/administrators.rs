//! Administrator roles: `zitadel.internal_permission.v2.InternalPermissionService`, and the first
//! administrator.

use super::ApiError;
use super::access_tokens;
use super::call::{Call, parse_project};
use super::json::{Changed, Date, DateInput, Deleted, Id, Ids, Seconds, end, parse_text};
use super::pages::{Cut, Page, Pagination};
use super::sorting::AdministratorColumn;
use super::text_match::{Method, read_each};
use jeton_domain::client::Client;
use jeton_domain::id::{ClientId, ClientName, OrganizationId, ProjectId};
use jeton_domain::instance::Instance;
use jeton_domain::permission::{AdminRole, AdminScope, Administration, Permission, ResourcePath};
use jeton_domain::service_user::ServiceUser;
use jeton_domain::text::Text;
use jeton_store::operation::{ClientUpdate, NewServiceUser};
use jeton_store::query::{self, AdministratorPlace, AdministratorQuery, Within};
use jeton_store::{Operation, Outcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Assignment {
    user_id: String,
    resource: Resource,
    #[serde(default)]
    roles: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Dismissal {
    user_id: String,
    resource: Resource,
}

/// The administered resource; exactly one member is set.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Resource {
    instance: Option<bool>,
    organization_id: Option<String>,
    project_id: Option<String>,
}

impl Resource {
    fn realm(&self) -> Result<AdminScope, ApiError> {
        match (self.instance.unwrap_or(false), self.organization_id.as_deref(), self.project_id.as_deref()) {
            (true, None, None) => Ok(AdminScope::Instance),
            (false, Some(id), None) => OrganizationId::parse(id)
                .map(AdminScope::Organization)
                .map_err(|error| ApiError::invalid(format!("resource.organizationId: {error}"))),
            (false, None, Some(id)) => parse_project("resource.projectId", id).map(AdminScope::Project),
            _ => Err(ApiError::invalid("resource.instance: must be true when it is given")),
        }
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
        let realm = resource.realm()?;
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

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CreatedAdministrator")]
#[serde(rename_all = "camelCase")]
pub(super) struct Created {
    creation_date: Date,
}

pub(super) async fn create(call: &Call, request: Assignment) -> Result<Created, ApiError> {
    let (user, realm) = call.assignment(&request.user_id, &request.resource)?;
    let now = call.now();
    call.update(user, ClientUpdate::AddAdminRoles(realm, parse_roles(&request.roles, realm)?), now).await?;
    Ok(Created { creation_date: Date(now) })
}

pub(super) async fn update(call: &Call, request: Assignment) -> Result<Changed, ApiError> {
    let (user, realm) = call.assignment(&request.user_id, &request.resource)?;
    let now = call.now();
    call.update(user, ClientUpdate::UpdateAdminRoles(realm, parse_roles(&request.roles, realm)?), now)
        .await?;
    Ok(Changed { change_date: Date(now) })
}

pub(super) async fn delete(call: &Call, request: Dismissal) -> Result<Deleted, ApiError> {
    Deleted::or_gone(remove_admin_roles(call, &request).await)
}

async fn remove_admin_roles(call: &Call, request: &Dismissal) -> Result<Deleted, ApiError> {
    let (user, realm) = call.assignment(&request.user_id, &request.resource)?;
    let now = call.now();
    call.update(user, ClientUpdate::RemoveAdminRoles(realm), now).await?;
    Ok(Deleted::at(now))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct ListAdministrators {
    pagination: Page,
    sorting_column: AdministratorColumn,
    filters: Vec<AdministratorFilter>,
}

#[derive(Debug, Deserialize)]
enum AdministratorFilter {
    #[serde(rename = "inUserIdsFilter")]
    Users(Ids),
    #[serde(rename = "userOrganizationId")]
    Organization(Id),
    #[serde(rename = "userPreferredLoginName", rename_all = "camelCase")]
    LoginName {
        #[serde(default)]
        preferred_login_name: String,
        #[serde(default)]
        method: Method,
    },
    #[serde(rename = "userDisplayName", rename_all = "camelCase")]
    DisplayName {
        #[serde(default)]
        display_name: String,
        #[serde(default)]
        method: Method,
    },
    #[serde(rename = "resource")]
    Resource(Resource),
    #[serde(rename = "role", rename_all = "camelCase")]
    Role { role_key: String },
}

impl AdministratorFilter {
    fn read(&self) -> Result<query::AdministratorFilter, ApiError> {
        use query::AdministratorFilter as Filter;
        Ok(match self {
            // Text that is no id or no role matches nothing.
            Self::Users(wanted) => {
                Filter::Users(wanted.ids.iter().filter_map(|id| ClientId::parse(id).ok()).collect())
            }
            Self::Organization(wanted) => {
                OrganizationId::parse(&wanted.id).map_or(Filter::Nothing, Filter::UserOrganization)
            }
            Self::LoginName { preferred_login_name: name, method } => {
                let member = "userPreferredLoginName.preferredLoginName";
                Filter::Username(method.wanting(member, name)?)
            }
            Self::DisplayName { display_name, method } => {
                Filter::DisplayName(method.wanting("userDisplayName.displayName", display_name)?)
            }
            Self::Resource(resource) => Filter::AdminScope(resource.realm()?),
            Self::Role { role_key } => AdminRole::parse(role_key).map_or(Filter::Nothing, Filter::Role),
        })
    }
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Administrators {
    pagination: Pagination,
    administrators: Vec<ListedAdministrator>,
    /// Jeton extension: token of the next page; absent on the last one. With filters a page looks at a
    /// bounded number of administrators, so it may be short, even empty, and still have a next one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_page_token: Option<String>,
    /// Jeton extension: ids of administrators whose record can't be read, left out of the listing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    unreadable: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ListedAdministrator {
    creation_date: Date,
    change_date: Date,
    user: ListedUser,
    roles: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization: Option<Named>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<NamedProject>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListedUser {
    id: String,
    preferred_login_name: String,
    display_name: String,
    organization_id: String,
}

impl ListedUser {
    pub(super) fn of(client: &Client) -> Self {
        Self {
            id: client.id.to_string(),
            preferred_login_name: client.name.to_string(),
            display_name: client.service_user().map(|user| user.name.to_string()).unwrap_or_default(),
            organization_id: client.organization.to_string(),
        }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct Named {
    id: String,
    name: String,
}

impl Named {
    pub(super) fn organization(instance: &Instance, id: OrganizationId) -> Self {
        let name = instance.organization(id).map(|organization| organization.name.to_string());
        Self { id: id.to_string(), name: name.unwrap_or_default() }
    }
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct NamedProject {
    id: String,
    name: String,
    organization_id: String,
}

impl NamedProject {
    pub(super) fn of(project: &jeton_domain::project::Project) -> Self {
        Self {
            id: project.id.to_string(),
            name: project.name.to_string(),
            organization_id: project.organization.to_string(),
        }
    }
}

impl ListedAdministrator {
    /// `None` for a resource that was deleted: the role gives no power.
    fn of(client: &Client, administration: &Administration, instance: &Instance) -> Option<Self> {
        let project = match administration.realm {
            AdminScope::Project(id) => Some(instance.project(id)?),
            AdminScope::Instance | AdminScope::Organization(_) => None,
        };
        let organization = match administration.realm {
            AdminScope::Organization(id) => Some(instance.organization(id)?.id),
            AdminScope::Instance | AdminScope::Project(_) => None,
        };
        Some(Self {
            creation_date: Date(administration.created),
            change_date: Date(administration.changed),
            user: ListedUser::of(client),
            roles: administration.roles.iter().map(|role| role.name()).collect(),
            instance: (administration.realm == AdminScope::Instance).then_some(true),
            organization: organization.map(|id| Named::organization(instance, id)),
            project: project.map(NamedProject::of),
        })
    }
}

/// The order of administrators, in page tokens.
const ORDER: &str = "administrators";

pub(super) async fn list(call: &Call, request: ListAdministrators) -> Result<Administrators, ApiError> {
    let snapshot = call.snapshot()?;
    let instance = snapshot.instance();
    let filters = read_each("filters", &request.filters, AdministratorFilter::read)?;
    let place = |(realm, user)| AdministratorPlace { realm: of_token(realm), user: ClientId(user) };
    let (page, column, tokens) = (&request.pagination, request.sorting_column, call.page_tokens());
    let query = AdministratorQuery {
        within: call.realms_with(Permission::AdministratorRead, instance),
        filters,
        page: match column.sorts() {
            None => page.of_query(tokens, ORDER, place)?,
            Some(_) => Page::everything(),
        },
    };
    let listed = snapshot.list_administrators(&query).map_err(|error| tokens.refused(error))?;
    let to_token = |realm, user: ClientId| (to_token(realm), user.0);
    let Cut { pagination, found, next_page_token } = match column.sorts() {
        None => Cut {
            pagination: page.pagination(listed.total),
            found: listed.found,
            next_page_token: listed.next.map(|place| tokens.seal(ORDER, &to_token(place.realm, place.user))),
        },
        Some(order) => page.sort(tokens, order, (listed.found, listed.next.is_some()), |found| {
            (column.number(found), to_token(found.1.realm, found.0.id))
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

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bootstrap {
    username: String,
    expiration_date: Option<DateInput>,
    lifetime: Option<Seconds>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Bootstrapped {
    user_id: String,
    token_id: String,
    /// A personal access token; shown this once.
    token: String,
    creation_date: Date,
}

/// Creates the first administrator of the instance, with a personal access token. Works once.
pub(super) async fn bootstrap(call: &Call, request: Bootstrap) -> Result<Bootstrapped, ApiError> {
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
    match call.act(Operation::Bootstrap(Box::new(user), Some(credential)), now).await? {
        Outcome::Client(client) => Ok(Bootstrapped {
            user_id: client.id.to_string(),
            token_id: token_id.to_string(),
            token: token.expose().to_owned(),
            creation_date: Date(now),
        }),
        _ => Err(ApiError::internal()),
    }
}
