//! Clients and their credentials: data, states, and transitions.
//!
//! A [`Client`] is a set of *facts* read at one revision of the store. Transitions take the facts and
//! return new ones or a [`OperationError`]; nothing here touches the store.

use crate::credential::{Credential, ExistingCredentials, FoundCredential, PastCredential};
use crate::generation::Generation;
use crate::id::{ClientId, ClientName, EventId, OrganizationId, ProjectId};
use crate::instance::Instance;
use crate::limits::CREDENTIALS_MAX;
use crate::permission::{Permission, ResourcePath};
use crate::project::Project;
use crate::refusal::OperationError;
use crate::resource::Resource;
use crate::role::RoleKey;
use crate::service_user::ServiceUser;
use crate::text::Text;
use crate::time::{Lifetime, Moment, Timestamp};
use jeton_secret::CredentialId;

/// The number of changes to clients since the store was opened. Facts carry the revision at which they
/// were read, so the writer can tell without reading them again if they still hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Revision(pub u64);

/// A principal that can authenticate: a service user or an API.
#[derive(Debug, Clone, PartialEq)]
pub struct Client {
    /// `sub` of its tokens; `userId` or `applicationId` on the management API.
    pub id: ClientId,
    /// The OAuth `client_id` in tokens.
    pub name: ClientName,
    /// The owning organization.
    pub organization: OrganizationId,
    /// The state that an administrator gave it.
    pub state: ClientState,
    /// True if its organization is active, and for an API its project. Derived when it is read; an
    /// inactive home makes all its clients inactive.
    pub home_active: bool,
    /// The data of its kind: service user or API.
    pub profile: Profile,
    /// Its live credentials; revoked ones are in its past.
    pub credentials: Vec<Credential>,
    /// The mark: its tokens of earlier generations are revoked.
    pub mark: Generation,
    /// The time of creation.
    pub created: Timestamp,
    /// The time of the last change (use is no change).
    pub changed: Timestamp,
    /// The event that changed it last; `sequence` on the management API.
    pub event_id: EventId,
}

/// The state of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientState {
    /// It authenticates, and its tokens work.
    Active,
    /// It does not authenticate and its tokens do not work until it is reactivated.
    Inactive,
    /// It does not authenticate and its tokens do not work until it is unlocked.
    Locked,
}

/// The kind of a client, with the data of that kind.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all clients are service users, and each lookup would follow the box"
)]
pub enum Profile {
    /// A service user, which gets tokens.
    ServiceUser(ServiceUser),
    /// An API, which introspects tokens meant for its project.
    Api(Api),
}

/// The data of an API beside that of every client.
#[derive(Debug, Clone, PartialEq)]
pub struct Api {
    /// The display name.
    pub name: Text,
    /// Its project; it sees tokens with this project in their audience.
    pub project: ProjectId,
    /// The URI by which token requests name it (RFC 8707), if it has one.
    pub resource: Option<Resource>,
}

/// A client after a change, and the changes to its past.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The client after the change.
    pub client: Client,
    /// Credentials that were moved to its past, or changed there.
    pub past: Vec<PastCredential>,
}

impl From<Client> for Changed {
    fn from(client: Client) -> Self {
        Self { client, past: Vec::new() }
    }
}

impl Client {
    /// The client id for configuring a program: the name, or the id where Basic would require encoding
    /// the name, which many programs omit.
    pub fn presented_id(&self) -> String {
        if self.name.is_unreserved() { self.name.to_string() } else { self.id.to_string() }
    }

    /// The data of a service user; `None` for an API.
    pub const fn service_user(&self) -> Option<&ServiceUser> {
        match &self.profile {
            Profile::ServiceUser(user) => Some(user),
            Profile::Api(_) => None,
        }
    }

    /// The data of an API; `None` for a service user.
    pub const fn api(&self) -> Option<&Api> {
        match &self.profile {
            Profile::Api(api) => Some(api),
            Profile::ServiceUser(_) => None,
        }
    }

    /// True if it and its home are active.
    pub fn is_active(&self) -> bool {
        self.state == ClientState::Active && self.home_active
    }

    /// True if it has an authorization in this project, in effect.
    pub fn has_roles_in(&self, project: ProjectId, instance: &Instance) -> bool {
        self.service_user().is_some_and(|user| {
            let mut own = user.authorizations.iter().filter(|own| own.project == project);
            own.any(|own| own.is_in_effect(instance, self.organization))
        })
    }

    /// True if it has this role in a project, in effect.
    pub fn has_role(&self, key: &RoleKey, project: &Project) -> bool {
        let home = self.organization;
        self.service_user().is_some_and(|user| {
            user.authorizations.iter().any(|own| own.roles_in_effect(project, home).any(|role| role == key))
        })
    }

    /// True if one of its administrator roles gives this permission in this place.
    pub fn may(&self, permission: Permission, place: ResourcePath) -> bool {
        self.service_user().is_some_and(|user| {
            user.administrations.iter().any(|administration| administration.allows(permission, place))
        })
    }

    /// True if one of its administrator roles gives this permission anywhere.
    pub fn may_somewhere(&self, permission: Permission) -> bool {
        self.service_user().is_some_and(|user| {
            let mut roles = user.administrations.iter().flat_map(|administration| &administration.roles);
            roles.any(|role| role.contains(permission))
        })
    }

    /// The live credential with this id.
    pub fn credential(&self, id: CredentialId) -> Option<&Credential> {
        self.credentials.iter().find(|credential| credential.id == id)
    }

    /// The end of one of its credentials, if it has one: a personal access token lives no longer than its
    /// user's tokens may.
    pub fn end_of(&self, credential: &Credential) -> Option<Moment> {
        let user = self.service_user().filter(|_| credential.is_personal_access_token());
        let bound = user.and_then(|user| user.limits.lifetime).map(|most| credential.created.after(most));
        match (credential.not_after, bound) {
            (Some(own), Some(bound)) => Some(own.earlier(bound)),
            (own, bound) => own.or(bound),
        }
    }

    /// True if one of its credentials has not ended by itself.
    pub fn is_live(&self, credential: &Credential, now: Moment) -> bool {
        self.end_of(credential).is_none_or(|end| !now.is_over(end))
    }

    /// True if any client secret authenticates at `now`.
    pub fn has_live_secret(&self, now: Moment) -> bool {
        self.credentials.iter().any(|credential| credential.is_secret() && credential.is_live(now))
    }

    /// True if it is an active service user: it obtains tokens with any live credential.
    pub fn may_obtain_tokens(&self) -> bool {
        self.service_user().is_some() && self.is_active()
    }

    /// Active to inactive: it cannot authenticate and its tokens do not work until it is reactivated.
    ///
    /// # Errors
    /// [`OperationError::AlreadyInactive`], or [`OperationError::Locked`] for a locked client.
    pub fn deactivate(self, now: Timestamp) -> Result<Self, OperationError> {
        match self.state {
            ClientState::Active => Ok(Self { state: ClientState::Inactive, changed: now, ..self }),
            ClientState::Inactive => Err(OperationError::AlreadyInactive),
            ClientState::Locked => Err(OperationError::Locked),
        }
    }

    /// Inactive to active. Tokens from before that have neither expired nor been revoked work again.
    ///
    /// # Errors
    /// [`OperationError::AlreadyActive`], or [`OperationError::Locked`] for a locked client.
    pub fn reactivate(self, now: Timestamp) -> Result<Self, OperationError> {
        match self.state {
            ClientState::Inactive => Ok(Self { state: ClientState::Active, changed: now, ..self }),
            ClientState::Active => Err(OperationError::AlreadyActive),
            ClientState::Locked => Err(OperationError::Locked),
        }
    }

    /// Active to locked: it cannot authenticate and its tokens do not work until it is unlocked.
    ///
    /// # Errors
    /// [`OperationError::NotLockable`].
    pub fn lock(self, now: Timestamp) -> Result<Self, OperationError> {
        match self.state {
            ClientState::Active => Ok(Self { state: ClientState::Locked, changed: now, ..self }),
            ClientState::Inactive | ClientState::Locked => Err(OperationError::NotLockable),
        }
    }

    /// Locked to active.
    ///
    /// # Errors
    /// [`OperationError::NotLocked`].
    pub fn unlock(self, now: Timestamp) -> Result<Self, OperationError> {
        match self.state {
            ClientState::Locked => Ok(Self { state: ClientState::Active, changed: now, ..self }),
            ClientState::Active | ClientState::Inactive => Err(OperationError::NotLocked),
        }
    }

    /// Adds a credential. The live ones of its kind end after `overlap` (at once when it is zero) unless
    /// they end earlier by themselves, or stay as they are when there is no overlap given. What was
    /// replaced at once, or has ended on both clocks, goes to its past; what has ended on one of them
    /// only when there is no room else.
    ///
    /// # Errors
    /// [`OperationError::ExpiryInThePast`], [`OperationError::TooManyCredentials`].
    pub fn add_credential(
        mut self,
        new: Credential,
        others: ExistingCredentials,
        now: Moment,
    ) -> Result<Changed, OperationError> {
        if new.end().is_some_and(|end| end <= now.wall) {
            return Err(OperationError::ExpiryInThePast);
        }
        if let ExistingCredentials::EndAfter(overlap) = others {
            let end = now.until(now.wall.after(overlap));
            self.credentials.iter_mut().filter(|old| old.is_like(&new)).for_each(|old| old.end_by(end));
        }
        let is_replaced =
            |old: &Credential| others == ExistingCredentials::EndAfter(Lifetime(0)) && old.is_like(&new);
        let mut past = self.part_with(|old| (old.has_surely_ended(now) || is_replaced(old)).then_some(None));
        let is_full =
            |own: &Self| own.credentials.iter().filter(|old| old.is_like(&new)).count() >= CREDENTIALS_MAX;
        if is_full(&self) {
            let is_over = |old: &&Credential| old.is_like(&new) && !self.is_live(old, now);
            let over = self.credentials.iter().filter(is_over);
            let over: Vec<_> = over.filter_map(|old| Some((old.id, self.end_of(old)?))).collect();
            // The end by a limit of the user stays, so that another limit revives nothing in the past.
            for (id, end) in &over {
                self.credentials.iter_mut().filter(|old| old.id == *id).for_each(|old| old.end_by(*end));
            }
            past.extend(self.part_with(|old| over.iter().any(|(id, _)| *id == old.id).then_some(None)));
        }
        if is_full(&self) {
            return Err(OperationError::TooManyCredentials);
        }
        self.credentials.push(new);
        Ok(Changed { client: Self { changed: now.wall, ..self }, past })
    }

    /// Revokes one credential with the tokens that it obtained. `past` has it if it ended before.
    ///
    /// # Errors
    /// [`OperationError::UnknownCredential`], [`OperationError::AlreadyRevoked`].
    pub fn revoke_credential(
        mut self,
        id: CredentialId,
        past: Vec<PastCredential>,
        now: Timestamp,
    ) -> Result<Changed, OperationError> {
        let mut revoked = self.part_with(|credential| (credential.id == id).then_some(Some(now)));
        for old in past.into_iter().filter(|old| old.credential.id == id) {
            revoked.push(old.revoke(now)?);
        }
        if revoked.is_empty() {
            return Err(OperationError::UnknownCredential);
        }
        Ok(Changed { client: Self { changed: now, ..self }, past: revoked })
    }

    /// Revokes all client secrets, also those of the past, with the tokens that they obtained.
    ///
    /// # Errors
    /// [`OperationError::NoCredential`] if none is left to revoke.
    pub fn revoke_secrets(
        mut self,
        past: Vec<PastCredential>,
        now: Timestamp,
    ) -> Result<Changed, OperationError> {
        let mut revoked = self.part_with(|credential| credential.is_secret().then_some(Some(now)));
        let secrets = past.into_iter().filter(|old| old.credential.is_secret());
        revoked.extend(secrets.filter_map(|old| old.revoke(now).ok()));
        if revoked.is_empty() {
            return Err(OperationError::NoCredential);
        }
        Ok(Changed { client: Self { changed: now, ..self }, past: revoked })
    }

    /// Revokes every token that one credential has obtained; the credential stays. A personal access
    /// token is its own only token, so it is revoked itself.
    ///
    /// # Errors
    /// [`OperationError::UnknownCredential`], [`OperationError::AlreadyRevoked`].
    pub fn revoke_tokens_of(
        mut self,
        id: CredentialId,
        past: Vec<PastCredential>,
        mark: Generation,
        now: Timestamp,
    ) -> Result<Changed, OperationError> {
        if self.credential(id).is_some_and(Credential::is_personal_access_token) {
            return self.revoke_credential(id, past, now);
        }
        let mut past: Vec<_> = past.into_iter().filter(|old| old.credential.id == id).collect();
        let own = self.credentials.iter_mut().filter(|credential| credential.id == id);
        let mut marked = 0_usize;
        for credential in own.chain(past.iter_mut().map(|old| &mut old.credential)) {
            credential.mark = mark;
            marked = marked.saturating_add(1);
        }
        if marked == 0 {
            return Err(OperationError::UnknownCredential);
        }
        Ok(Changed { client: Self { changed: now, ..self }, past })
    }

    /// Moves credentials to the past: those for which `part` gives `Some`, with the time of their
    /// revocation if they were revoked.
    fn part_with(&mut self, part: impl Fn(&Credential) -> Option<Option<Timestamp>>) -> Vec<PastCredential> {
        let mut past = Vec::new();
        self.credentials.retain(|credential| match part(credential) {
            Some(revoked) => {
                past.push(PastCredential { credential: credential.clone(), revoked });
                false
            }
            None => true,
        });
        past
    }

    /// Changes the data of a service user.
    ///
    /// # Errors
    /// [`OperationError::NotAServiceUser`], and the errors of `change`.
    pub fn change_service_user(
        self,
        now: Timestamp,
        change: impl FnOnce(ServiceUser) -> Result<ServiceUser, OperationError>,
    ) -> Result<Self, OperationError> {
        match self.profile {
            Profile::ServiceUser(user) => {
                Ok(Self { profile: Profile::ServiceUser(change(user)?), changed: now, ..self })
            }
            Profile::Api(_) => Err(OperationError::NotAServiceUser),
        }
    }

    /// Renames an API.
    ///
    /// # Errors
    /// [`OperationError::UnknownClient`] for a service user, whose names change in other ways.
    pub fn rename_api(self, name: Text, now: Timestamp) -> Result<Self, OperationError> {
        match self.profile {
            Profile::Api(api) => {
                Ok(Self { profile: Profile::Api(Api { name, ..api }), changed: now, ..self })
            }
            Profile::ServiceUser(_) => Err(OperationError::UnknownClient),
        }
    }

    /// Revokes every token issued so far, including personal access tokens; other credentials stay.
    #[must_use]
    pub fn revoke_tokens(mut self, mark: Generation, now: Timestamp) -> Changed {
        let past = self.part_with(|credential| credential.is_personal_access_token().then_some(Some(now)));
        Changed { client: Self { mark, changed: now, ..self }, past }
    }
}

/// The credential with this id, of a client's present or past.
pub fn found<'c>(
    client: &'c Client,
    past: Option<&'c PastCredential>,
    id: CredentialId,
) -> Option<FoundCredential<'c>> {
    let past = past.filter(|past| past.credential.id == id).map(FoundCredential::from);
    client.credential(id).map(FoundCredential::from).or(past)
}

#[cfg(test)]
mod tests;
