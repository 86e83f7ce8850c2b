//! Administration inside a transaction: clients, projects, signing keys.

use crate::batch::{Batch, Trouble};
use crate::command::{Action, Change, IssueToken, Outcome, ProjectAction, ProjectChange, Update};
use crate::records;
use crate::schema::{AUTHORIZATIONS, CLIENT_NAMES, CLIENTS, LAST_USES, PROJECTS, RESOURCES, SIGNING_KEYS};
use jeton_oauth::client::{Api, Client, ClientState, Profile, Refusal};
use jeton_oauth::credential::{Credential, Others};
use jeton_oauth::id::{AuthorizationId, ClientId, ClientName, ProjectId};
use jeton_oauth::project::{PROJECTS_MAX, Project, ROLES_MAX, RoleKey};
use jeton_oauth::signing::KeyChange;
use jeton_oauth::time::Timestamp;
use redb::ReadableTable;
use std::sync::Arc;

impl Batch<'_> {
    pub(crate) fn administer(&mut self, change: Change) -> Result<Outcome, Trouble> {
        let Change { client: id, action, now } = change;
        match action {
            Action::CreateServiceUser { name, user } => {
                if self.transaction.open_table(CLIENT_NAMES)?.get(name.as_str())?.is_some() {
                    return Err(Refusal::NameTaken.into());
                }
                let user = self.new_client(id, name, Profile::ServiceUser(user), Vec::new(), now)?;
                let (name, outcome) = (user.name.clone(), self.write_client(user)?);
                self.transaction.open_table(CLIENT_NAMES)?.insert(name.as_str(), id.0)?;
                Ok(outcome)
            }
            Action::CreateApi { name, project, resource, credential } => {
                let api = Api { name, project: self.project(project)?, resource };
                self.create_api(id, api, credential, now)
            }
            Action::Update(update) => self.update(id, update, now),
            Action::Delete => self.delete(id),
        }
    }

    fn create_api(
        &mut self,
        id: ClientId,
        api: Api,
        credential: Option<Credential>,
        now: Timestamp,
    ) -> Result<Outcome, Trouble> {
        let resource = api.resource.clone();
        let credentials = credential.into_iter().collect();
        let client = self.new_client(id, ClientName::of_api(id), Profile::Api(api), credentials, now)?;
        let Some(resource) = resource else { return self.write_client(client) };
        if self.transaction.open_table(RESOURCES)?.get(resource.as_str())?.is_some() {
            return Err(Refusal::ResourceTaken.into());
        }
        let outcome = self.write_client(client)?;
        self.transaction.open_table(RESOURCES)?.insert(resource.as_str(), id.0)?;
        Ok(outcome)
    }

    fn new_client(
        &mut self,
        id: ClientId,
        name: ClientName,
        profile: Profile,
        credentials: Vec<Credential>,
        now: Timestamp,
    ) -> Result<Client, Trouble> {
        let taken = self.transaction.open_table(CLIENTS)?.get(id.0)?.is_some()
            || self.counters.instance.project(ProjectId(id.0)).is_some()
            || id.0 == self.counters.instance.organization.id.0;
        if taken {
            return Err(Refusal::IdTaken.into());
        }
        Ok(Client {
            id,
            name,
            state: ClientState::Active,
            profile,
            credentials,
            // The id may have belonged to a client that was deleted; its tokens stay dead.
            tokens_valid_from: self.counters.draw_line(),
            created: now,
            changed: now,
        })
    }

    fn update(&mut self, id: ClientId, update: Update, now: Timestamp) -> Result<Outcome, Trouble> {
        let client = self.client(id)?.ok_or(Refusal::UnknownClient)?;
        let before: Vec<_> = client.credentials.iter().map(|credential| credential.id).collect();
        let authorizations_before = authorization_ids(&client);
        self.check(&client, &update)?;
        let line =
            if update.draws_a_line() { self.counters.draw_line() } else { self.counters.sequence_next };
        let old_name = client.name.clone();
        let client = update.decide(client, line, now)?;
        let authorizations_after = authorization_ids(&client);
        let gone = before.into_iter().filter(|id| client.credential(*id).is_none()).collect::<Vec<_>>();
        let name = client.name.clone();
        let outcome = self.write_client(client)?;
        for credential in gone {
            self.forget_use(credential)?;
        }
        self.index_authorizations(id, &authorizations_before, &authorizations_after)?;
        if name != old_name {
            let mut names = self.transaction.open_table(CLIENT_NAMES)?;
            names.remove(old_name.as_str())?;
            names.insert(name.as_str(), id.0)?;
        }
        Ok(outcome)
    }

    /// What an update needs beyond its client: names that are free, roles that exist.
    fn check(&self, client: &Client, update: &Update) -> Result<(), Trouble> {
        match update {
            Update::Edit { username: Some(name), .. } if *name != client.name => {
                let taken = self.transaction.open_table(CLIENT_NAMES)?.get(name.as_str())?.is_some();
                if taken { Err(Refusal::NameTaken.into()) } else { Ok(()) }
            }
            Update::Authorize(new) => self.check_roles(new.project, &new.roles),
            Update::Reauthorize(id, roles) => {
                let user = client.service_user().ok_or(Refusal::NotAServiceUser)?;
                let old = user.authorizations.iter().find(|old| old.id == *id);
                self.check_roles(old.ok_or(Refusal::UnknownAuthorization)?.project, roles)
            }
            _ => Ok(()),
        }
    }

    /// Keeps the way from an authorization to its user.
    fn index_authorizations(
        &self,
        client: ClientId,
        before: &[AuthorizationId],
        after: &[AuthorizationId],
    ) -> Result<(), Trouble> {
        if before == after {
            return Ok(());
        }
        let mut index = self.transaction.open_table(AUTHORIZATIONS)?;
        for gone in before.iter().filter(|id| !after.contains(id)) {
            index.remove(gone.0)?;
        }
        for new in after.iter().filter(|id| !before.contains(id)) {
            index.insert(new.0, client.0)?;
        }
        Ok(())
    }

    fn check_roles(&self, project: ProjectId, roles: &[RoleKey]) -> Result<(), Trouble> {
        let project = self.counters.instance.project(project).ok_or(Refusal::UnknownProject)?;
        if roles.iter().all(|role| project.has_role(role)) {
            Ok(())
        } else {
            Err(Refusal::UnknownRole.into())
        }
    }

    fn delete(&mut self, id: ClientId) -> Result<Outcome, Trouble> {
        let client = self.client(id)?.ok_or(Refusal::UnknownClient)?;
        self.transaction.open_table(CLIENTS)?.remove(id.0)?;
        match &client.profile {
            Profile::ServiceUser(_) => {
                self.transaction.open_table(CLIENT_NAMES)?.remove(client.name.as_str())?;
            }
            Profile::Api(Api { resource: Some(resource), .. }) => {
                self.transaction.open_table(RESOURCES)?.remove(resource.as_str())?;
            }
            Profile::Api(_) => {}
        }
        for credential in &client.credentials {
            self.forget_use(credential.id)?;
        }
        self.index_authorizations(id, &authorization_ids(&client), &[])?;
        self.counters.changes.mark(id);
        Ok(Outcome::Client(Arc::new(client)))
    }

    pub(crate) fn client(&self, id: ClientId) -> Result<Option<Client>, Trouble> {
        let clients = self.transaction.open_table(CLIENTS)?;
        match clients.get(id.0)? {
            Some(row) => Ok(Some(records::read_client(id, row.value())?)),
            None => Ok(None),
        }
    }

    fn write_client(&mut self, client: Client) -> Result<Outcome, Trouble> {
        self.record.clear();
        records::write_client(&client, &mut self.record).map_err(|_| Refusal::TooLarge)?;
        self.transaction.open_table(CLIENTS)?.insert(client.id.0, self.record.as_slice())?;
        self.counters.changes.mark(client.id);
        Ok(Outcome::Client(Arc::new(client)))
    }

    fn project(&self, asked: Option<ProjectId>) -> Result<ProjectId, Trouble> {
        let instance = &self.counters.instance;
        let id = asked.unwrap_or(instance.default_project);
        instance.project(id).map(|project| project.id).ok_or(Refusal::UnknownProject.into())
    }

    fn forget_use(&mut self, credential: jeton_secret::CredentialId) -> Result<(), Trouble> {
        self.uses.forget(credential);
        self.transaction.open_table(LAST_USES)?.remove(credential.0)?;
        Ok(())
    }

    pub(crate) fn add_personal_access_token(
        &mut self,
        credential: Credential,
        token: IssueToken,
    ) -> Result<Outcome, Trouble> {
        let (id, now) = (token.facts.client, token.facts.issued);
        let client = self.client(id)?.ok_or(Refusal::UnknownClient)?;
        if client.service_user().is_none() {
            return Err(Refusal::NotAServiceUser.into());
        }
        if client.state != ClientState::Active {
            return Err(Refusal::Inactive.into());
        }
        self.update(id, Update::AddCredential { credential, others: Others::Stay }, now)?;
        self.issue_token(token)
    }

    pub(crate) fn change_project(&mut self, change: ProjectChange) -> Result<Outcome, Trouble> {
        let ProjectChange { project: id, action, now } = change;
        let project = match action {
            ProjectAction::Create { name, asserts_roles } => {
                self.check_new_project(id)?;
                Project { id, name, asserts_roles, roles: Vec::new(), created: now, changed: now }
            }
            ProjectAction::AddRole(role) => {
                let mut project = self.existing_project(id)?;
                if project.has_role(&role.key) {
                    return Err(Refusal::RoleTaken.into());
                }
                if project.roles.len() >= ROLES_MAX {
                    return Err(Refusal::TooMany(ROLES_MAX).into());
                }
                project.roles.push(role);
                Project { changed: now, ..project }
            }
            ProjectAction::RemoveRole(key) => {
                let mut project = self.existing_project(id)?;
                if !project.has_role(&key) {
                    return Err(Refusal::UnknownRole.into());
                }
                project.roles.retain(|role| role.key != key);
                Project { changed: now, ..project }
            }
        };
        let record = records::write_project(&project).map_err(|_| Refusal::TooLarge)?;
        self.transaction.open_table(PROJECTS)?.insert(id.0, record.as_slice())?;
        let project = Arc::new(project);
        Arc::make_mut(&mut self.counters.instance).projects.insert(id, Arc::clone(&project));
        Ok(Outcome::Project(project))
    }

    fn check_new_project(&self, id: ProjectId) -> Result<(), Trouble> {
        let instance = &self.counters.instance;
        let is_client = self.transaction.open_table(CLIENTS)?.get(id.0)?.is_some();
        if is_client || instance.project(id).is_some() || id.0 == instance.organization.id.0 {
            return Err(Refusal::IdTaken.into());
        }
        if instance.projects.len() >= PROJECTS_MAX {
            return Err(Refusal::TooMany(PROJECTS_MAX).into());
        }
        Ok(())
    }

    fn existing_project(&self, id: ProjectId) -> Result<Project, Trouble> {
        Ok(self.counters.instance.project(id).cloned().ok_or(Refusal::UnknownProject)?)
    }

    /// The keys are few, so all rows are written anew.
    pub(crate) fn change_signing_keys(
        &mut self,
        change: KeyChange,
        now: Timestamp,
    ) -> Result<Outcome, Trouble> {
        let keys = (*self.counters.signing_keys).clone().after(change, now)?;
        let records = keys.0.iter().map(|key| Ok((key.id, records::write_signing_key(key)?)));
        let records = records.collect::<Result<Vec<_>, Trouble>>()?;
        let mut table = self.transaction.open_table(SIGNING_KEYS)?;
        for key in &self.counters.signing_keys.0 {
            table.remove(key.id.0)?;
        }
        for (id, record) in records {
            table.insert(id.0, record.as_slice())?;
        }
        drop(table);
        self.counters.signing_keys = Arc::new(keys);
        Ok(Outcome::SigningKeys(Arc::clone(&self.counters.signing_keys)))
    }
}

fn authorization_ids(client: &Client) -> Vec<AuthorizationId> {
    let user = client.service_user();
    user.map(|user| user.authorizations.iter().map(|authorization| authorization.id).collect())
        .unwrap_or_default()
}
