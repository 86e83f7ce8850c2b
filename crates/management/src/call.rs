//! One call: its caller, and the caller's rights.
//!
//! A handler gets every object from here by naming the permission that it needs, and the writer checks again
//! when it applies a command. An object that the caller may not see looks like one that does not exist.

use super::{ApiError, Code};
use crate::Management;
use crate::pool::Party;
use crate::services::KeyRules;
use crate::status::ServerStatus;
use jeton_api::page::PAGE_LEN;
use jeton_domain::admin::{
    AdminCommand, Bearer, ClientOperation, ClientUpdate, Operation, Outcome, Principal, Right,
};
use jeton_domain::client::Client;
use jeton_domain::id::{ClientId, ClientName, EventId, OrganizationId, ProjectId};
use jeton_domain::instance::{Instance, Lost};
use jeton_domain::permission::{AdminScope, Permission, ResourcePath};
use jeton_domain::project::Project;
use jeton_domain::time::{Moment, Timestamp};
use jeton_oauth::metadata::Issuer;
use jeton_secret::CredentialId;
use jeton_secret::Mint;
use jeton_store::query::Within;
use jeton_store::{Applied, Command, Snapshot, SnapshotGuard, Unavailable, Versioned};
use jeton_tokens::Tokens;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// The caller.
#[derive(Debug, Clone)]
pub enum Caller {
    /// A user of the operator's socket or of the data directory: owner of the instance.
    Operator,
    /// The bearer of an access token for the management API.
    Bearer(Arc<Client>, Bearer),
}

impl Caller {
    /// True if it has this right there.
    pub fn may(&self, permission: Permission, place: ResourcePath) -> bool {
        match self {
            Self::Operator => true,
            Self::Bearer(client, _) => client.may(permission, place),
        }
    }

    /// True if it has this right anywhere.
    pub fn may_somewhere(&self, permission: Permission) -> bool {
        match self {
            Self::Operator => true,
            Self::Bearer(client, _) => client.may_somewhere(permission),
        }
    }

    /// The realms that it administers.
    pub(super) fn realms(&self) -> impl Iterator<Item = AdminScope> {
        let user = match self {
            Self::Operator => None,
            Self::Bearer(client, _) => client.service_user(),
        };
        user.into_iter().flat_map(|user| &user.administrations).map(|administration| administration.realm)
    }

    /// True if it has any right at all.
    pub fn is_administrator(&self) -> bool {
        Permission::ALL.iter().any(|permission| self.may_somewhere(*permission))
    }

    /// Its id; the operator has none.
    pub fn client(&self) -> Option<ClientId> {
        match self {
            Self::Operator => None,
            Self::Bearer(client, _) => Some(client.id),
        }
    }

    /// The party that its calls are done for.
    pub fn party(&self) -> Party {
        match self {
            Self::Operator => Party::default(),
            Self::Bearer(client, _) => {
                Party { organization: Some(client.organization), client: Some(client.id) }
            }
        }
    }

    pub(super) const fn authority(&self) -> Principal {
        match self {
            Self::Operator => Principal::Operator,
            Self::Bearer(_, bearer) => Principal::Bearer(*bearer),
        }
    }
}

/// A call that is being answered.
#[derive(Debug)]
pub(super) struct Call {
    management: Management,
    pub(super) caller: Caller,
    /// The last change of the subject that the caller knows of (`If-Match`).
    pub(super) expected: Option<EventId>,
    /// The rights that its commands needed, once one was applied.
    rights: Mutex<Option<Vec<Right>>>,
    made: OnceLock<Made>,
}

/// A credential that a call made, and its client. The answer to the call may contain its secret.
#[derive(Debug, Clone, Copy)]
pub(super) struct Made {
    client: ClientId,
    credential: CredentialId,
}

impl Made {
    /// The credential that a command makes.
    fn by(operation: &Operation) -> Option<Self> {
        let (client, credential) = match operation {
            Operation::Client(id, ClientOperation::CreateApi { credential, .. }) => {
                (*id, credential.as_ref()?)
            }
            Operation::Client(
                id,
                ClientOperation::Update(ClientUpdate::AddCredential { credential, .. }),
            ) => (*id, credential),
            Operation::Bootstrap(user, credential) => (user.id, credential.as_ref()?),
            _ => return None,
        };
        Some(Self { client, credential: credential.id })
    }

    /// True while it exists: neither revoked, nor expired, nor deleted with its client.
    pub(super) fn exists(self, snapshot: &Snapshot, now: Moment) -> Result<bool, ApiError> {
        let known = snapshot.administered_client(self.client)?;
        let credential = known.as_ref().and_then(|known| known.client.credential(self.credential));
        Ok(credential.is_some_and(|credential| credential.is_live(now)))
    }
}

impl Call {
    pub(super) fn new(management: Management, caller: Caller, expected: Option<EventId>) -> Self {
        Self { management, caller, expected, rights: Mutex::default(), made: OnceLock::new() }
    }

    /// The rights that its commands needed; `None` if it changed nothing.
    pub(super) fn rights(&self) -> Option<Vec<Right>> {
        self.lock_rights().clone()
    }

    fn lock_rights(&self) -> MutexGuard<'_, Option<Vec<Right>>> {
        self.rights.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The credential that it made.
    pub(super) fn made(&self) -> Option<Made> {
        self.made.get().copied()
    }

    pub(super) const fn management(&self) -> &Management {
        &self.management
    }

    pub(super) fn tokens(&self) -> &Tokens {
        &self.management.services().tokens
    }

    pub(super) fn issuer(&self) -> &Issuer {
        &self.management.services().issuer
    }

    pub(super) fn key_rules(&self) -> KeyRules {
        self.management.services().key_rules
    }

    pub(super) fn status(&self) -> &dyn ServerStatus {
        &*self.management.services().status
    }

    pub(super) fn mint(&self) -> MutexGuard<'_, Mint> {
        self.management.mint()
    }

    /// Writes the last uses of credentials, which are written once a minute otherwise.
    pub(super) async fn flush_last_used(&self) -> Result<(), ApiError> {
        self.management.store_handle().submit(Command::FlushUses).await?;
        Ok(())
    }

    /// Runs work on a thread for keys, in the caller's share.
    pub(super) async fn on_key_thread<T, F>(
        &self,
        work: impl FnOnce(()) -> F + Send + 'static,
    ) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        Ok(self.management.services().key_work.run(self.caller.party(), 0, (), work).await?)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.management.now()
    }

    pub(super) fn moment(&self) -> Moment {
        self.management.moment()
    }

    pub(super) fn snapshot(&self) -> Result<SnapshotGuard, ApiError> {
        Ok(self.tokens().snapshot()?)
    }

    /// Organizations and projects, as of the last commit.
    pub(super) fn instance(&self) -> Result<Arc<Instance>, ApiError> {
        Ok(Arc::clone(self.snapshot()?.instance()))
    }

    /// All organizations and projects, for listings.
    pub(super) fn whole_instance(&self) -> Result<Arc<Instance>, ApiError> {
        let instance = self.instance()?;
        match instance.lost == Lost::default() {
            true => Ok(instance),
            false => Err(Unavailable::Damage.into()),
        }
    }

    pub(super) fn next_id(&self) -> u64 {
        self.tokens().store().next_id(self.now())
    }

    /// Refuses a caller that lacks this permission there.
    pub(super) fn permit(&self, permission: Permission, place: ResourcePath) -> Result<(), ApiError> {
        if self.caller.may(permission, place) { Ok(()) } else { Err(ApiError::denied(permission)) }
    }

    /// The service user with this id or username, if the caller has this permission on it.
    pub(super) fn user(&self, reference: &str, permission: Permission) -> Result<Versioned, ApiError> {
        self.user_at("userId", reference, permission)
    }

    /// The same for a request that names it under this path.
    pub(super) fn user_at(
        &self,
        member: &str,
        reference: &str,
        permission: Permission,
    ) -> Result<Versioned, ApiError> {
        let missing = || ApiError::not_found(format!("there is no user {reference}"));
        let known = self.any_user(member, reference)?.ok_or_else(missing)?;
        let place = ResourcePath::Organization(known.client.organization);
        if !self.caller.may(Permission::UserRead, place) {
            return Err(missing());
        }
        self.permit(permission, place)?;
        Ok(known)
    }

    /// The API with this application id, if the caller has this permission on it.
    pub(super) fn api(&self, reference: &str, permission: Permission) -> Result<Versioned, ApiError> {
        let missing = || ApiError::not_found(format!("there is no application {reference}"));
        let known = self.lookup("applicationId", reference)?.ok_or_else(missing)?;
        let project = known.client.api().map(|api| api.project).ok_or_else(missing)?;
        let place = ResourcePath::Project(known.client.organization, project);
        if !self.caller.may(Permission::ProjectRead, place) {
            return Err(missing());
        }
        self.permit(permission, place)?;
        Ok(known)
    }

    /// A user or an application, if the caller may change its credentials.
    pub(super) fn client(&self, reference: &str) -> Result<Versioned, ApiError> {
        match self.lookup("userId", reference)? {
            Some(known) if known.client.api().is_some() => self.api(reference, Permission::ProjectWrite),
            _ => self.user(reference, Permission::UserWrite),
        }
    }

    /// A user or an application, if the caller may see it.
    pub(super) fn readable(&self, reference: &str) -> Result<Versioned, ApiError> {
        match self.lookup("userId", reference)? {
            Some(known) if known.client.api().is_some() => self.api(reference, Permission::ProjectRead),
            _ => self.user(reference, Permission::UserRead),
        }
    }

    /// The project with this id, if the caller has this permission on it.
    pub(super) fn project(&self, id: &str, permission: Permission) -> Result<Arc<Project>, ApiError> {
        let id = parse_project("projectId", id)?;
        let missing = || ApiError::not_found(format!("there is no project {id}"));
        let instance = self.instance()?;
        let found = instance.projects.get(&id).cloned();
        let project = found.ok_or_else(|| unless_lost(instance.lost.projects, missing()))?;
        let place = ResourcePath::Project(project.organization, id);
        if !self.caller.may(Permission::ProjectRead, place) {
            return Err(missing());
        }
        self.permit(permission, place)?;
        Ok(project)
    }

    /// The organization with this id, if the caller has this permission there; without an id the caller's
    /// own.
    pub(super) fn organization(
        &self,
        id: Option<&str>,
        permission: Permission,
    ) -> Result<OrganizationId, ApiError> {
        let id = match id {
            None => self.own_organization()?,
            Some(id) => OrganizationId::parse(id)
                .map_err(|error| ApiError::invalid(format!("organizationId: {error}")))?,
        };
        let place = ResourcePath::Organization(id);
        let instance = self.instance()?;
        let exists = instance.organization(id).is_some();
        if !exists || !self.caller.may(Permission::OrganizationRead, place) {
            let missing = ApiError::not_found(format!("there is no organization {id}"));
            return Err(unless_lost(!exists && instance.lost.organizations, missing));
        }
        self.permit(permission, place)?;
        Ok(id)
    }

    /// A service user without a check of permissions, for handlers that check the parts that they show.
    /// `member` is its path in the request.
    pub(super) fn any_user(&self, member: &str, reference: &str) -> Result<Option<Versioned>, ApiError> {
        Ok(self.lookup(member, reference)?.filter(|known| known.client.service_user().is_some()))
    }

    /// The caller's own organization; the operator's is the default one.
    pub(super) fn own_organization(&self) -> Result<OrganizationId, ApiError> {
        match &self.caller {
            Caller::Operator => Ok(self.instance()?.default_organization),
            Caller::Bearer(client, _) => Ok(client.organization),
        }
    }

    /// A user or an application by id or username, without a check of permissions; `member` is its path in
    /// the request.
    pub(super) fn lookup(&self, member: &str, reference: &str) -> Result<Option<Versioned>, ApiError> {
        let snapshot = self.snapshot()?;
        let digits = !reference.is_empty() && reference.bytes().all(|b| b.is_ascii_digit());
        if digits {
            let id = ClientId::parse(reference)
                .map_err(|error| ApiError::invalid(format!("{member}: {error}")))?;
            return Ok(snapshot.administered_client(id)?);
        }
        let name = ClientName::username(reference)
            .map_err(|error| ApiError::invalid(format!("{member}: {error}")))?;
        match snapshot.client_named(&name)? {
            Some(id) => Ok(snapshot.administered_client(id)?),
            None => Ok(None),
        }
    }

    /// The id of a client whose record can't be read, by id or username.
    pub(super) fn unreadable_client(&self, reference: &str) -> Result<Option<ClientId>, ApiError> {
        let snapshot = self.snapshot()?;
        let id = match (ClientId::parse(reference), ClientName::username(reference)) {
            (Ok(id), _) => Some(id),
            (Err(_), Ok(name)) => snapshot.client_named(&name)?,
            (Err(_), Err(_)) => None,
        };
        match id {
            Some(id) if snapshot.has_unreadable_client(id)? => Ok(Some(id)),
            Some(_) | None => Ok(None),
        }
    }

    /// The id of a project whose record can't be read.
    pub(super) fn unreadable_project(&self, id: &str) -> Result<Option<ProjectId>, ApiError> {
        let Ok(id) = ProjectId::parse(id) else { return Ok(None) };
        Ok(self.snapshot()?.has_unreadable_project(id)?.then_some(id))
    }

    /// The id of an organization whose record can't be read.
    pub(super) fn unreadable_organization(&self, id: &str) -> Result<Option<OrganizationId>, ApiError> {
        let Ok(id) = OrganizationId::parse(id) else { return Ok(None) };
        Ok(self.snapshot()?.has_unreadable_organization(id)?.then_some(id))
    }

    /// Ids of unreadable records, for a caller that may see all objects of the kind.
    pub(super) fn told<I: ToString>(
        &self,
        unreadable: impl IntoIterator<Item = I>,
        permission: Permission,
    ) -> Vec<String> {
        if !self.caller.may(permission, ResourcePath::Instance) {
            return Vec::new();
        }
        let mut ids: Vec<_> = unreadable.into_iter().map(|id| id.to_string()).collect();
        ids.dedup();
        ids.truncate(PAGE_LEN.1 as usize);
        ids
    }

    /// Deletes or deactivates an object whose record can't be read; returns the time. The writer checks the
    /// right; for other callers the object looks like one that does not exist.
    pub(super) async fn end_unreadable(&self, operation: Operation) -> Result<Timestamp, ApiError> {
        let now = self.now();
        match self.act(operation, now).await {
            Ok(_) => Ok(now),
            Err(error) if error.code == Code::PermissionDenied => {
                Err(ApiError::not_found("there is nothing with this id"))
            }
            Err(error) => Err(error),
        }
    }

    /// The organizations in which the caller has this right, with everything that belongs to them.
    pub(super) fn organizations_with(&self, permission: Permission) -> Within<OrganizationId> {
        if self.caller.may(permission, ResourcePath::Instance) {
            return Within::Everything;
        }
        let own = self.caller.realms().filter_map(|realm| match realm {
            AdminScope::Organization(id) => Some(id),
            AdminScope::Instance | AdminScope::Project(_) => None,
        });
        Within::These(own.filter(|id| self.caller.may(permission, ResourcePath::Organization(*id))).collect())
    }

    /// The projects in which the caller has this right.
    pub(super) fn projects_with(&self, permission: Permission, instance: &Instance) -> Within<ProjectId> {
        if self.caller.may(permission, ResourcePath::Instance) {
            return Within::Everything;
        }
        let is_seen = |project: &Arc<Project>| {
            self.caller.may(permission, ResourcePath::Project(project.organization, project.id))
        };
        let seen = instance.projects.values().filter(|project| is_seen(project));
        Within::These(seen.map(|project| project.id).collect())
    }

    /// Executes a command.
    pub(super) async fn act(&self, operation: Operation, now: Timestamp) -> Result<Outcome, ApiError> {
        let (by, expected) = (self.caller.authority(), self.expected);
        let made = Made::by(&operation);
        let act = AdminCommand { by, operation, expected, now };
        let Applied { outcome, rights } = self.management.store_handle().administer(act).await?;
        self.lock_rights().get_or_insert_default().extend(rights);
        if let Some(made) = made {
            let _ = self.made.set(made);
        }
        Ok(outcome)
    }

    /// Updates a client; returns the new client.
    pub(super) async fn update(
        &self,
        client: ClientId,
        update: ClientUpdate,
        now: Timestamp,
    ) -> Result<Arc<Client>, ApiError> {
        self.change(client, ClientOperation::Update(update), now).await
    }

    /// Executes a command on a client; returns the new client.
    pub(super) async fn change(
        &self,
        client: ClientId,
        action: ClientOperation,
        now: Timestamp,
    ) -> Result<Arc<Client>, ApiError> {
        match self.act(Operation::Client(client, action), now).await? {
            Outcome::Client(client) => Ok(client),
            _ => Err(ApiError::internal()),
        }
    }
}

/// The error for an unknown id: the object is missing or, if records are unreadable, may be one of them.
fn unless_lost(are_lost: bool, missing: ApiError) -> ApiError {
    if are_lost { Unavailable::Damage.into() } else { missing }
}

/// Reads the id of a project at this path of the request.
pub(super) fn parse_project(member: &str, id: &str) -> Result<ProjectId, ApiError> {
    ProjectId::parse(id).map_err(|error| ApiError::invalid(format!("{member}: {error}")))
}
