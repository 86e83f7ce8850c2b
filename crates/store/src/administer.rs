//! Administration inside a transaction: who may, what follows, what is recorded.
//!
//! An act is refused before anything is written, or it is done and recorded. Its number in the audit trail is the
//! `act` of what it changed.

mod authorizations;
mod client_events;
mod clients;
mod keys;
mod organizations;
mod past;
mod project_grants;
mod projects;
pub(crate) mod revocations;
mod tokens;
mod unreadable;

pub(crate) use clients::Stored;

use crate::act::{Act, Authority, Bearer, BearerToken, Deed, RetiredName};
use crate::batch::{Batch, Trouble};
use crate::command::{Outcome, Rejection};
use crate::records;
use crate::rights::{Needed, Right};
use crate::schema::{CLIENTS, PAST_CREDENTIALS, RETIRED_IDS};
use crate::snapshot::found;
use jeton_domain::client::Client;
use jeton_domain::credential::PastCredential;
use jeton_domain::event::{Actor, Entry, EventKind};
use jeton_domain::id::{ActNumber, OrganizationId, ProjectId};
use jeton_domain::permission::{Permission, Place, Realm};
use jeton_domain::refusal::Refusal;
use jeton_domain::time::{Moment, Timestamp};
use jeton_domain::token::{Life, Times, check_personal};
use jeton_secret::CredentialId;
use redb::ReadableTable;

/// An act that is being done: by whom, when, under which number.
pub(crate) struct Doing {
    pub(crate) actor: Actor,
    /// The actor's record as it is in this transaction; none for those who may everything.
    bearer: Option<Client>,
    expected: Option<ActNumber>,
    pub(crate) now: Timestamp,
    /// The same on both clocks.
    pub(crate) moment: Moment,
    pub(crate) act: ActNumber,
    /// The rights that were asked for, and that the actor has.
    pub(crate) needed: Needed,
}

/// What came of an act: the answer, and what the audit trail says.
pub(crate) struct Done {
    pub(crate) outcome: Outcome,
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) entries: Vec<Entry>,
}

impl Done {
    pub(crate) fn new(outcome: Outcome, organization: OrganizationId, entry: Entry) -> Self {
        Self { outcome, organization: Some(organization), entries: vec![entry] }
    }

    pub(crate) fn of_instance(outcome: Outcome, entry: Entry) -> Self {
        Self { outcome, organization: None, entries: vec![entry] }
    }
}

impl Doing {
    /// An act for which no right is needed but that over oneself, decided already.
    pub(crate) fn by_itself(actor: Actor, batch: &Batch<'_>, now: Timestamp) -> Self {
        let moment = Moment { wall: now, careful: batch.now.careful };
        let act = batch.counters.trail.next;
        Self { actor, bearer: None, expected: None, now, moment, act, needed: Needed::default() }
    }

    /// The actor has this right there.
    pub(crate) fn may(&self, permission: Permission, place: Place) -> bool {
        self.bearer.as_ref().is_none_or(|bearer| bearer.may(permission, place))
    }

    /// Whether the actor has this right there.
    pub(crate) fn permit(&self, permission: Permission, place: Place) -> Result<(), Trouble> {
        if !self.may(permission, place) {
            return Err(Rejection::NotPermitted(permission).into());
        }
        self.needed.note(Right::In(permission, place));
        Ok(())
    }

    /// Whether the actor has this right somewhere.
    pub(crate) fn permit_anywhere(&self, permission: Permission) -> Result<(), Trouble> {
        if self.bearer.as_ref().is_some_and(|bearer| !bearer.may_somewhere(permission)) {
            return Err(Rejection::NotPermitted(permission).into());
        }
        self.needed.note(Right::Anywhere(permission));
        Ok(())
    }

    /// Whether the caller knew the facts as they are.
    pub(crate) fn check_fresh(&self, changed_by: ActNumber) -> Result<(), Trouble> {
        match self.expected {
            Some(expected) if expected != changed_by => Err(Refusal::Stale.into()),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether it is somebody with rights of its own, who could lose them.
    pub(crate) const fn is_bearer(&self) -> bool {
        self.bearer.is_some()
    }
}

impl Batch<'_> {
    pub(crate) fn administer(&mut self, act: Act) -> Result<Outcome, Trouble> {
        let Act { by, deed, expected, now, needed } = act;
        let doing = self.doing(by, expected, now, needed)?;
        let Done { outcome, organization, entries } = self.do_deed(&doing, deed)?;
        for entry in entries {
            self.record_event(now, doing.actor, organization, &entry)?;
        }
        Ok(outcome)
    }

    /// An act by this authority, if its token still stands.
    pub(crate) fn doing(
        &self,
        by: Authority,
        expected: Option<ActNumber>,
        now: Timestamp,
        needed: Needed,
    ) -> Result<Doing, Trouble> {
        let (actor, bearer) = match by {
            Authority::Operator => (Actor::Operator, None),
            Authority::System => (Actor::System, None),
            Authority::Bearer(bearer) => {
                (Actor::Client(bearer.client, bearer.credential), Some(self.bearer(&bearer)?))
            }
        };
        let moment = Moment { wall: now, careful: self.now.careful };
        Ok(Doing { actor, bearer, expected, now, moment, act: self.counters.trail.next, needed })
    }

    fn do_deed(&mut self, doing: &Doing, deed: Deed) -> Result<Done, Trouble> {
        match deed {
            Deed::CreateServiceUsers(users) => self.create_service_users(doing, users),
            Deed::Client(id, action) => self.act_on_client(doing, id, action),
            Deed::Bootstrap(user, token) => self.bootstrap(doing, *user, token),
            Deed::Project(id, action) => self.act_on_project(doing, id, action),
            Deed::ProjectGrant(id, to, action) => self.act_on_project_grant(doing, id, to, action),
            Deed::Organization(id, action) => self.act_on_organization(doing, id, action),
            Deed::SigningKeys(change) => self.change_signing_keys(doing, change),
            Deed::TokenKeys(change) => self.change_token_keys(doing, change),
            Deed::RevokeToken(token) => self.revoke_token_of(doing, token),
            Deed::Leak(leak) => self.stop_leak(doing, leak),
            Deed::FreeName(name) => self.free_retired_name(doing, &name),
        }
    }

    /// The actor as it is now, if its token still works: what was revoked meanwhile does nothing more.
    fn bearer(&self, bearer: &Bearer) -> Result<Client, Trouble> {
        let client = self.client(bearer.client)?.ok_or(Rejection::TokenEnded)?;
        let past = self.past_of(&client, bearer.credential)?;
        let credential = found(&client, past.as_ref(), bearer.credential);
        let lives = |life: Life| {
            let times = Times { newest: self.counters.newest, now: self.now };
            Ok::<_, Trouble>(
                life.check(&client, credential, times).is_ok() && !self.is_token_revoked(life.name)?,
            )
        };
        let stands = match bearer.token {
            BearerToken::Opaque(life, key) => self.counters.token_keys.keeps(key) && lives(life)?,
            BearerToken::Jwt(life, key) => {
                self.counters.signing_keys.published().any(|published| published.id == key) && lives(life)?
            }
            BearerToken::Personal => check_personal(&client, credential, self.now).is_ok(),
        };
        if stands { Ok(client) } else { Err(Rejection::TokenEnded.into()) }
    }

    /// A credential of a client's past, when the client does not have it.
    pub(crate) fn past_of(
        &self,
        client: &Client,
        id: CredentialId,
    ) -> Result<Option<PastCredential>, Trouble> {
        if client.credential(id).is_some() {
            return Ok(None);
        }
        let past = self.transaction.open_table(PAST_CREDENTIALS)?;
        // One that can't be read counts as gone, which is what its tokens are then.
        let row = past.get((client.id.0, id.0))?;
        Ok(row.and_then(|row| records::read_past_credential(id, row.value()).ok()))
    }

    /// The place of what administrator roles are for.
    fn place_of(&self, realm: Realm) -> Result<Place, Trouble> {
        let instance = &self.counters.instance;
        Ok(match realm {
            Realm::Instance => Place::Instance,
            Realm::Organization(id) => {
                Place::Organization(instance.organization(id).ok_or(Refusal::UnknownOrganization)?.id)
            }
            Realm::Project(id) => {
                let project = instance.project(id).ok_or(Refusal::UnknownProject)?;
                Place::Project(project.organization, id)
            }
        })
    }

    fn free_retired_name(&mut self, doing: &Doing, name: &RetiredName) -> Result<Done, Trouble> {
        doing.permit(Permission::AdministratorWrite, Place::Instance)?;
        let retired = self.free_name(name.into())?;
        let entry = Entry::new(EventKind::NameFreed, retired.owner, 0, name.as_str());
        Ok(Done::of_instance(Outcome::Noted, entry))
    }

    /// Ids are unique over everything, and none is ever used again: tokens, grants and rules elsewhere may still
    /// name it.
    fn check_new_id(&self, id: u64) -> Result<(), Trouble> {
        let instance = &self.counters.instance;
        let taken = self.transaction.open_table(CLIENTS)?.get(id)?.is_some()
            || instance.project(ProjectId(id)).is_some()
            || instance.organization(OrganizationId(id)).is_some()
            || instance.removed.contains(&id)
            || self.transaction.open_table(RETIRED_IDS)?.get(id)?.is_some();
        if taken { Err(Refusal::IdTaken.into()) } else { Ok(()) }
    }
}
