//! The facts of each command.

use super::Load;
use crate::batch::Batch;
use crate::counts::Counted;
use crate::fault::EngineError;
use crate::schema::{ORGANIZATIONS, PROJECTS};
use jeton_domain::admin::{
    AskAgain, Bootstrap, BootstrapFacts, ChangeOrganization, ChangeProject, ChangeProjectGrant,
    CommandContext, CreateApi, CreateApiFacts, CreateOrganization, CreateOrganizationFacts,
    CreateServiceUsers, CredentialFacts, DeleteClient, DeleteFacts, FreeName, Leak, LeakFacts,
    NewServiceUser, NewUserFacts, OrganizationFacts, ProjectFacts, Record, RevokeOwnPersonalAccessToken,
    RevokeOwnToken, RevokeToken, RevokedToken, Right, TokenFacts, UpdateClient, UpdateFacts,
};
use jeton_domain::client::Client;
use jeton_domain::id::ClientId;
use jeton_domain::organization::domain_of;
use jeton_domain::retired_name::{Name, Retired};
use jeton_domain::signing::{KeyChange, SigningKeys};
use jeton_domain::token_key::{TokenKeyChange, TokenKeys};
use jeton_secret::CredentialId;
use std::collections::BTreeMap;
use std::sync::Arc;

impl Load for UpdateClient {
    fn load(&self, batch: &Batch<'_>, context: &CommandContext) -> Result<UpdateFacts, EngineError> {
        let subject = batch.client_record(self.id)?;
        let asks = self.asks(&subject, context);
        Ok(UpdateFacts {
            home: asks.home.then(|| batch.home_facts(self.id)).transpose()?,
            past: batch.past(self.id, asks.past)?,
            is_credential_taken: asks.credential.map(|id| batch.has_past(self.id, id)).transpose()?,
            is_authorization_taken: asks.authorization.map(|id| batch.has_authorization(id)).transpose()?,
            name: asks.name.map(|name| batch.username(name)).transpose()?,
            has_other_owner: asks
                .other_owner
                .then(|| batch.has_owner(|other| other.id != self.id))
                .transpose()?,
            administrators_from_home: asks
                .administrators_from
                .map(|home| batch.count(Counted::AdministratorsFrom(home)))
                .transpose()?,
            subject,
        })
    }
}

impl Load for DeleteClient {
    fn load(&self, batch: &Batch<'_>, context: &CommandContext) -> Result<DeleteFacts, EngineError> {
        let subject = batch.client_record(self.0)?;
        let is_last = matches!(&subject, Record::Is(client) if Self::asks_for_other_owner(client, context));
        let is_unreadable = matches!(&subject, Record::Unreadable(_));
        Ok(DeleteFacts {
            home: is_unreadable.then(|| batch.home_facts(self.0)).transpose()?,
            has_other_owner: is_last.then(|| batch.has_owner(|other| other.id != self.0)).transpose()?,
            subject,
        })
    }
}

impl Batch<'_> {
    fn new_user(&self, user: &NewServiceUser) -> Result<NewUserFacts, EngineError> {
        Ok(NewUserFacts { is_id_taken: self.is_id_taken(user.id.0)?, name: self.username(&user.name)? })
    }

    fn token(&self, token: &RevokedToken, by_others: bool) -> Result<TokenFacts, EngineError> {
        let rows = self.revoked_rows(token.client, by_others)?;
        let past = (!rows.have_room()).then(|| self.past_credential(token.client, token.credential));
        Ok(TokenFacts {
            client: self.client_record(token.client)?,
            is_revoked: self.is_token_revoked(token.name)?,
            rows,
            past: past.transpose()?,
        })
    }

    fn credential(&self, client: ClientId, credential: CredentialId) -> Result<CredentialFacts, EngineError> {
        let past = self.past_credential(client, credential)?;
        Ok(CredentialFacts { client: self.client_record(client)?, past })
    }
}

impl Load for CreateServiceUsers {
    fn load(&self, batch: &Batch<'_>, context: &CommandContext) -> Result<Vec<NewUserFacts>, EngineError> {
        self.asks(context).map(|user| batch.new_user(user)).collect()
    }
}

impl Load for Bootstrap {
    fn load(&self, batch: &Batch<'_>, _: &CommandContext) -> Result<BootstrapFacts, EngineError> {
        Ok(BootstrapFacts { has_owner: batch.has_owner(|_| true)?, user: batch.new_user(&self.user)? })
    }
}

impl Load for CreateApi {
    fn load(&self, batch: &Batch<'_>, _: &CommandContext) -> Result<CreateApiFacts, EngineError> {
        let resource = self.api.resource.as_ref().map(|resource| batch.resource(resource));
        Ok(CreateApiFacts { is_id_taken: batch.is_id_taken(self.id.0)?, resource: resource.transpose()? })
    }
}

impl Load for ChangeProject {
    fn load(&self, batch: &Batch<'_>, context: &CommandContext) -> Result<ProjectFacts, EngineError> {
        let id = self.id.0;
        if self.creates() {
            return Ok(ProjectFacts { is_id_taken: Some(batch.is_id_taken(id)?), has_record: None });
        }
        let is_known = context.instance().project(self.id).is_some();
        let has_record = || batch.has_row(PROJECTS, id);
        Ok(ProjectFacts { is_id_taken: None, has_record: (!is_known).then(has_record).transpose()? })
    }
}

impl Load for ChangeProjectGrant {
    fn load(&self, _: &Batch<'_>, _: &CommandContext) -> Result<(), EngineError> {
        Ok(())
    }
}

impl Load for CreateOrganization {
    fn load(
        &self,
        batch: &Batch<'_>,
        context: &CommandContext,
    ) -> Result<Option<CreateOrganizationFacts>, EngineError> {
        if !self.is_permitted(context) {
            return Ok(None);
        }
        let records = self.administrators.iter().map(|(id, _)| batch.client_record(*id));
        let administrators = records.collect::<Result<Vec<_>, _>>()?;
        let mut administrators_from = BTreeMap::new();
        for record in &administrators {
            if let Record::Is(client) = record {
                let home = client.organization;
                administrators_from.insert(home, batch.count(Counted::AdministratorsFrom(home))?);
            }
        }
        Ok(Some(CreateOrganizationFacts {
            is_id_taken: batch.is_id_taken(self.id.0)?,
            domain: batch.retired(Name::Domain(&domain_of(&self.name, self.id)))?,
            administrators,
            administrators_from,
        }))
    }
}

impl Load for ChangeOrganization {
    fn load(&self, batch: &Batch<'_>, context: &CommandContext) -> Result<OrganizationFacts, EngineError> {
        let id = self.id;
        let is_known = context.instance().organization(id).is_some();
        let has_record = || batch.has_row(ORGANIZATIONS, id.0);
        let domain = self.asks_for_domain(context).map(|domain| batch.retired(Name::Domain(&domain)));
        let asks = self.asks_for_administrators(context);
        let administrators = asks.then(|| batch.administrators_from(id)).transpose()?;
        let asks_for_owner = |record: &Record<Client>| matches!(record, Record::Is(client) if context.asks_for_other_owner(client));
        let is_last = administrators.iter().flatten().any(asks_for_owner);
        let owner = is_last.then(|| batch.has_owner(|client| client.organization != id));
        Ok(OrganizationFacts {
            has_record: (!is_known).then(has_record).transpose()?,
            domain: domain.transpose()?,
            administrators,
            has_owner_elsewhere: owner.transpose()?,
        })
    }
}

impl Load for KeyChange {
    fn load(&self, batch: &Batch<'_>, _: &CommandContext) -> Result<Arc<SigningKeys>, EngineError> {
        Ok(Arc::clone(&batch.state.signing_keys))
    }
}

impl Load for TokenKeyChange {
    fn load(&self, batch: &Batch<'_>, _: &CommandContext) -> Result<Arc<TokenKeys>, EngineError> {
        Ok(Arc::clone(&batch.state.token_keys))
    }
}

impl Load for RevokeToken {
    fn load(&self, batch: &Batch<'_>, _: &CommandContext) -> Result<TokenFacts, EngineError> {
        batch.token(&self.0, true)
    }
}

impl Load for RevokeOwnToken {
    fn load(&self, batch: &Batch<'_>, _: &CommandContext) -> Result<TokenFacts, EngineError> {
        batch.token(&self.0, false)
    }
}

impl Load for RevokeOwnPersonalAccessToken {
    fn load(&self, batch: &Batch<'_>, _: &CommandContext) -> Result<CredentialFacts, EngineError> {
        batch.credential(self.client, self.credential)
    }
}

impl Load for Leak {
    fn load(&self, batch: &Batch<'_>, _: &CommandContext) -> Result<LeakFacts, EngineError> {
        Ok(match self {
            Self::Credential(client, id) => LeakFacts::Credential(batch.credential(*client, *id)?),
            Self::Token(token) => LeakFacts::Token(batch.token(token, true)?),
        })
    }
}

impl Load for FreeName {
    fn load(&self, batch: &Batch<'_>, _: &CommandContext) -> Result<Option<Retired>, EngineError> {
        batch.retired((&self.0).into())
    }
}

impl Load for AskAgain<'_> {
    fn load(&self, batch: &Batch<'_>, _: &CommandContext) -> Result<Vec<Record<Client>>, EngineError> {
        let clients = self.0.iter().filter_map(|right| match right {
            Right::Over(client) => Some(*client),
            Right::In(..) | Right::Anywhere(_) => None,
        });
        clients.map(|client| batch.client_record(client)).collect()
    }
}
