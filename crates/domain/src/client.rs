//! Clients and their credentials: what they are, what state they are in, how they change.
//!
//! A [`Client`] is a set of *facts* read at one revision of the store. Transitions take the facts
//! and return new ones or a [`Refusal`]; nothing here touches the store.

use crate::credential::{Credential, Others, PastCredential};
use crate::generation::Generation;
use crate::id::{ActNumber, ClientId, ClientName, OrganizationId, ProjectId};
use crate::instance::Instance;
use crate::limits::CREDENTIALS_MAX;
use crate::permission::{Permission, Place};
use crate::project::Project;
use crate::refusal::Refusal;
use crate::resource::Resource;
use crate::role::RoleKey;
use crate::service_user::ServiceUser;
use crate::text::Text;
use crate::time::{Lifetime, Moment, Timestamp};
use jeton_secret::CredentialId;

/// Counts the changes to clients since the store was opened. Facts carry the revision they were
/// read at, so the writer can tell without reading them again whether they still hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Revision(pub u64);

/// Someone who can authenticate: a service user or an API.
#[derive(Debug, Clone, PartialEq)]
pub struct Client {
    /// `sub` of its tokens; `userId` or `applicationId` on the management API.
    pub id: ClientId,
    /// The OAuth `client_id` that tokens tell.
    pub name: ClientName,
    /// Who it belongs to.
    pub organization: OrganizationId,
    /// Whether it may act.
    pub state: ClientState,
    /// Whether what it belongs to is active: its organization, and the project of an API. Derived when
    /// it is read; an inactive home makes all who live there inactive.
    pub home_active: bool,
    /// What it is.
    pub profile: Profile,
    /// What it authenticates with; those that were revoked are in its past.
    pub credentials: Vec<Credential>,
    /// Its tokens of earlier generations are revoked.
    pub mark: Generation,
    /// When it was created.
    pub created: Timestamp,
    /// When it was last changed (not: last used).
    pub changed: Timestamp,
    /// The act that changed it last; `sequence` on the management API.
    pub act: ActNumber,
}

/// Whether a client may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientState {
    /// Authenticates, and its tokens work.
    Active,
    /// Neither, until it is reactivated.
    Inactive,
    /// Neither, until it is unlocked.
    Locked,
}

/// What kind of client it is.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all clients are service users, and each lookup would follow the box"
)]
pub enum Profile {
    /// Gets tokens.
    ServiceUser(ServiceUser),
    /// Introspects tokens meant for its project.
    Api(Api),
}

/// What an API is besides a client.
#[derive(Debug, Clone, PartialEq)]
pub struct Api {
    /// The display name.
    pub name: Text,
    /// Tokens with this project in their audience are shown to it.
    pub project: ProjectId,
    /// The URI by which token requests can name it (RFC 8707), if it has one.
    pub resource: Option<Resource>,
}

/// A client after a change, and what the change did to its past.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The client.
    pub client: Client,
    /// Credentials that went to its past, or changed there.
    pub past: Vec<PastCredential>,
}

impl From<Client> for Changed {
    fn from(client: Client) -> Self {
        Self { client, past: Vec::new() }
    }
}

impl Client {
    /// The client id to configure a program with: the name, or the id where the name would have to be encoded
    /// inside Basic, which many programs forget.
    pub fn presented_id(&self) -> String {
        if self.name.is_unreserved() { self.name.to_string() } else { self.id.to_string() }
    }

    /// The service user's side, if it is one.
    pub const fn service_user(&self) -> Option<&ServiceUser> {
        match &self.profile {
            Profile::ServiceUser(user) => Some(user),
            Profile::Api(_) => None,
        }
    }

    /// The API's side, if it is one.
    pub const fn api(&self) -> Option<&Api> {
        match &self.profile {
            Profile::Api(api) => Some(api),
            Profile::ServiceUser(_) => None,
        }
    }

    /// Whether it may act at all.
    pub fn is_active(&self) -> bool {
        self.state == ClientState::Active && self.home_active
    }

    /// Whether it was granted roles of a project that it still has.
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

    /// Whether one of its administrator roles allows this there.
    pub fn may(&self, permission: Permission, place: Place) -> bool {
        self.service_user().is_some_and(|user| {
            user.administrations.iter().any(|administration| administration.allows(permission, place))
        })
    }

    /// Whether one of its administrator roles allows this anywhere.
    pub fn may_somewhere(&self, permission: Permission) -> bool {
        self.service_user().is_some_and(|user| {
            let mut roles = user.administrations.iter().flat_map(|administration| &administration.roles);
            roles.any(|role| role.contains(permission))
        })
    }

    /// The credential with this id.
    pub fn credential(&self, id: CredentialId) -> Option<&Credential> {
        self.credentials.iter().find(|credential| credential.id == id)
    }

    /// The end of one of its credentials, if it has one: a personal access token lives no longer than its user's tokens may.
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

    /// Whether any client secret authenticates at `now`.
    pub fn has_live_secret(&self, now: Moment) -> bool {
        self.credentials.iter().any(|credential| credential.is_secret() && credential.is_live(now))
    }

    /// Whether it is an active service user, which can obtain tokens with a credential that lives.
    pub fn may_obtain_tokens(&self) -> bool {
        self.service_user().is_some() && self.is_active()
    }

    /// Active to inactive: nothing of it works until it is reactivated.
    ///
    /// # Errors
    /// [`Refusal::AlreadyInactive`].
    pub fn deactivate(self, now: Timestamp) -> Result<Self, Refusal> {
        match self.state {
            ClientState::Active => Ok(Self { state: ClientState::Inactive, changed: now, ..self }),
            ClientState::Inactive => Err(Refusal::AlreadyInactive),
            ClientState::Locked => Err(Refusal::Locked),
        }
    }

    /// Inactive to active. Tokens from before that have neither expired nor been revoked work again.
    ///
    /// # Errors
    /// [`Refusal::AlreadyActive`].
    pub fn reactivate(self, now: Timestamp) -> Result<Self, Refusal> {
        match self.state {
            ClientState::Inactive => Ok(Self { state: ClientState::Active, changed: now, ..self }),
            ClientState::Active => Err(Refusal::AlreadyActive),
            ClientState::Locked => Err(Refusal::Locked),
        }
    }

    /// Active to locked: nothing of it works until it is unlocked.
    ///
    /// # Errors
    /// [`Refusal::NotLockable`].
    pub fn lock(self, now: Timestamp) -> Result<Self, Refusal> {
        match self.state {
            ClientState::Active => Ok(Self { state: ClientState::Locked, changed: now, ..self }),
            ClientState::Inactive | ClientState::Locked => Err(Refusal::NotLockable),
        }
    }

    /// Locked to active.
    ///
    /// # Errors
    /// [`Refusal::NotLocked`].
    pub fn unlock(self, now: Timestamp) -> Result<Self, Refusal> {
        match self.state {
            ClientState::Locked => Ok(Self { state: ClientState::Active, changed: now, ..self }),
            ClientState::Active | ClientState::Inactive => Err(Refusal::NotLocked),
        }
    }

    /// Adds a credential. The live ones of its kind end after `overlap` (at once when it is zero) unless they
    /// end earlier by themselves, or stay as they are when there is no overlap given. What was replaced at once, or has ended
    /// on both clocks, goes to its past; what has ended on one of them only when there is no room else.
    ///
    /// # Errors
    /// [`Refusal::ExpiryInThePast`], [`Refusal::TooManyCredentials`].
    pub fn add_credential(
        mut self,
        new: Credential,
        others: Others,
        now: Moment,
    ) -> Result<Changed, Refusal> {
        if new.end().is_some_and(|end| end <= now.wall) {
            return Err(Refusal::ExpiryInThePast);
        }
        if let Others::EndAfter(overlap) = others {
            let end = now.until(now.wall.after(overlap));
            self.credentials.iter_mut().filter(|old| old.is_like(&new)).for_each(|old| old.end_by(end));
        }
        let is_replaced = |old: &Credential| others == Others::EndAfter(Lifetime(0)) && old.is_like(&new);
        let mut past = self.part_with(|old| (old.has_surely_ended(now) || is_replaced(old)).then_some(None));
        let is_full =
            |own: &Self| own.credentials.iter().filter(|old| old.is_like(&new)).count() >= CREDENTIALS_MAX;
        if is_full(&self) {
            past.extend(self.part_with(|old| (old.is_like(&new) && !old.is_live(now)).then_some(None)));
        }
        if is_full(&self) {
            return Err(Refusal::TooManyCredentials);
        }
        self.credentials.push(new);
        Ok(Changed { client: Self { changed: now.wall, ..self }, past })
    }

    /// Takes one credential away, and with it the tokens that it obtained. `past` has it if it ended before.
    ///
    /// # Errors
    /// [`Refusal::UnknownCredential`], [`Refusal::AlreadyRevoked`].
    pub fn revoke_credential(
        mut self,
        id: CredentialId,
        past: Vec<PastCredential>,
        now: Timestamp,
    ) -> Result<Changed, Refusal> {
        let mut revoked = self.part_with(|credential| (credential.id == id).then_some(Some(now)));
        for old in past.into_iter().filter(|old| old.credential.id == id) {
            revoked.push(old.revoke(now)?);
        }
        if revoked.is_empty() {
            return Err(Refusal::UnknownCredential);
        }
        Ok(Changed { client: Self { changed: now, ..self }, past: revoked })
    }

    /// Takes all client secrets away, and with them the tokens that they obtained; those of the past too.
    ///
    /// # Errors
    /// [`Refusal::NoCredential`] when there is none left to revoke.
    pub fn revoke_secrets(mut self, past: Vec<PastCredential>, now: Timestamp) -> Result<Changed, Refusal> {
        let mut revoked = self.part_with(|credential| credential.is_secret().then_some(Some(now)));
        let secrets = past.into_iter().filter(|old| old.credential.is_secret());
        revoked.extend(secrets.filter_map(|old| old.revoke(now).ok()));
        if revoked.is_empty() {
            return Err(Refusal::NoCredential);
        }
        Ok(Changed { client: Self { changed: now, ..self }, past: revoked })
    }

    /// Revokes every token that one credential obtained so far; the credential stays. A personal access token is
    /// the one token that it is, so it goes.
    ///
    /// # Errors
    /// [`Refusal::UnknownCredential`], [`Refusal::AlreadyRevoked`].
    pub fn revoke_tokens_of(
        mut self,
        id: CredentialId,
        past: Vec<PastCredential>,
        mark: Generation,
        now: Timestamp,
    ) -> Result<Changed, Refusal> {
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
            return Err(Refusal::UnknownCredential);
        }
        Ok(Changed { client: Self { changed: now, ..self }, past })
    }

    /// Moves credentials to the past: those for which `part` says when they were revoked, or that they were not.
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

    /// Changes what a service user is besides a client.
    ///
    /// # Errors
    /// [`Refusal::NotAServiceUser`], and whatever `change` refuses.
    pub fn change_service_user(
        self,
        now: Timestamp,
        change: impl FnOnce(ServiceUser) -> Result<ServiceUser, Refusal>,
    ) -> Result<Self, Refusal> {
        match self.profile {
            Profile::ServiceUser(user) => {
                Ok(Self { profile: Profile::ServiceUser(change(user)?), changed: now, ..self })
            }
            Profile::Api(_) => Err(Refusal::NotAServiceUser),
        }
    }

    /// Renames an API.
    ///
    /// # Errors
    /// [`Refusal::UnknownClient`] for a service user, which has other names.
    pub fn rename_api(self, name: Text, now: Timestamp) -> Result<Self, Refusal> {
        match self.profile {
            Profile::Api(api) => {
                Ok(Self { profile: Profile::Api(Api { name, ..api }), changed: now, ..self })
            }
            Profile::ServiceUser(_) => Err(Refusal::UnknownClient),
        }
    }

    /// Revokes every token issued so far, and the personal access tokens; other credentials stay.
    #[must_use]
    pub fn revoke_tokens(mut self, mark: Generation, now: Timestamp) -> Changed {
        let past = self.part_with(|credential| credential.is_personal_access_token().then_some(Some(now)));
        Changed { client: Self { mark, changed: now, ..self }, past }
    }
}

#[cfg(test)]
mod tests;
