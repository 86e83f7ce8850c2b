//! New service users: alone, many at a time, and the first administrator.

use super::{CommandContext, Done};
use crate::batch::{Batch, TransactionError};
use jeton_domain::admin::NewServiceUser;
use jeton_domain::admin::Outcome;
use jeton_domain::client::{Client, ClientState, Profile};
use jeton_domain::credential::{Credential, ExistingCredentials};
use jeton_domain::event::{Entry, EventKind};
use jeton_domain::id::{ClientId, ClientName, EventId, OrganizationId};
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::refusal::OperationError;
use std::collections::HashSet;
use std::sync::Arc;

impl Batch<'_> {
    /// Creates all or none: every check that can refuse comes before the first write.
    pub(super) fn create_service_users(
        &mut self,
        context: &CommandContext,
        users: Vec<NewServiceUser>,
    ) -> Result<Done, TransactionError> {
        let mut seen = (HashSet::new(), HashSet::new());
        for user in &users {
            context.permit(Permission::UserWrite, ResourcePath::Organization(user.organization))?;
            self.check_new_user(context, user)?;
            if !seen.0.insert(user.id) {
                return Err(OperationError::IdTaken.into());
            }
            if !seen.1.insert(user.name.folded().to_owned()) {
                return Err(OperationError::NameTaken.into());
            }
        }
        let organization = users.first().map(|user| user.organization);
        let (mut clients, mut entries) = (Vec::new(), Vec::new());
        for (place, user) in (0..).zip(users) {
            let act = EventId(context.act.0.saturating_add(place));
            entries.push(Entry::new(EventKind::UserAdded, user.id.0, 0, user.name.as_str()));
            clients.push(self.write_new_user(context, user, act)?);
        }
        let outcome = match clients.pop() {
            Some(only) if clients.is_empty() => Outcome::Client(only),
            last => {
                clients.extend(last);
                Outcome::Clients(clients)
            }
        };
        Ok(Done { outcome, organization, entries })
    }

    fn check_new_user(
        &self,
        context: &CommandContext,
        user: &NewServiceUser,
    ) -> Result<(), TransactionError> {
        self.check_new_id(user.id.0)?;
        if self.state.instance.organization(user.organization).is_none() {
            return Err(OperationError::UnknownOrganization.into());
        }
        self.check_free_name(context, &user.name, user.id, user.organization)
    }

    fn write_new_user(
        &mut self,
        context: &CommandContext,
        new: NewServiceUser,
        act: EventId,
    ) -> Result<Arc<Client>, TransactionError> {
        let NewServiceUser { id, organization, name, user } = new;
        let client = self.new_client(context, id, name, organization, Profile::ServiceUser(user), act);
        self.write_client(None, client)
    }

    pub(super) fn new_client(
        &mut self,
        context: &CommandContext,
        id: ClientId,
        name: ClientName,
        organization: OrganizationId,
        profile: Profile,
        act: EventId,
    ) -> Client {
        Client {
            id,
            name,
            organization,
            state: ClientState::Active,
            home_active: true,
            profile,
            credentials: Vec::new(),
            mark: self.state.draw_generation(context.now),
            created: context.now,
            changed: context.now,
            act,
        }
    }

    /// Creates the first administrator. Of two concurrent calls one succeeds; the other finds the
    /// administrator there.
    pub(super) fn bootstrap(
        &mut self,
        context: &CommandContext,
        new: NewServiceUser,
        token: Option<Credential>,
    ) -> Result<Done, TransactionError> {
        context.permit(Permission::AdministratorWrite, ResourcePath::Instance)?;
        if self.has_owner(|_| true)? {
            return Err(OperationError::AlreadyBootstrapped.into());
        }
        self.check_new_user(context, &new)?;
        let organization = new.organization;
        let mut entries = vec![Entry::new(EventKind::Bootstrapped, new.id.0, 0, new.name.as_str())];
        let user = new.user.clone();
        let client =
            self.new_client(context, new.id, new.name, organization, Profile::ServiceUser(user), context.act);
        let client = match token {
            Some(credential) => {
                let event = EventKind::PersonalAccessTokenAdded;
                entries.push(Entry::new(event, client.id.0, credential.id.0, ""));
                client.add_credential(credential, ExistingCredentials::Keep, context.moment)?.client
            }
            None => client,
        };
        let outcome = Outcome::Client(self.write_client(None, client)?);
        Ok(Done { outcome, organization: Some(organization), entries })
    }
}
