//! Client secrets of service users: `AddSecret`, `RemoveSecret`, and Jeton's own `ListSecrets`.
//!
//! `AddSecret` without further members does the same as in ZITADEL: the new secret replaces the others at
//! once. With `overlap` the others end after it; with `keepOthers` they stay.

use super::ApiError;
use super::call::Call;
use super::handle::Handle;
use super::json::{end, parse_text};
use jeton_api::calls::user;
use jeton_api::secrets::{AddSecret, AddedSecret, ListSecrets, RemoveSecret, Secret, Secrets};
use jeton_api::values::{Date, DateInput, Deleted, Seconds};
use jeton_domain::admin::ClientUpdate;
use jeton_domain::client::Client;
use jeton_domain::credential::{Credential, CredentialKind, CredentialState, ExistingCredentials};
use jeton_domain::generation::Generation;
use jeton_domain::time::{Lifetime, Moment};
use jeton_secret::{ClientSecret, CredentialId};

/// Jeton extension: options of a new secret, for users and applications.
#[derive(Debug, Default)]
pub(super) struct SecretOptions {
    pub(super) label: String,
    pub(super) expiration_date: Option<DateInput>,
    pub(super) lifetime: Option<Seconds>,
    /// Time for which the older secrets stay valid.
    pub(super) overlap: Option<Seconds>,
    /// True if the older secrets stay as they are.
    pub(super) keep_others: bool,
}

impl Handle for user::AddSecret {
    async fn handle(call: &Call, request: AddSecret) -> Result<AddedSecret, ApiError> {
        let known = call.client(&request.user_id)?;
        let AddSecret { user_id: _, label, expiration_date, lifetime, overlap, keep_others } = request;
        let options = SecretOptions { label, expiration_date, lifetime, overlap, keep_others };
        call.add_secret(&known.client, &options).await
    }
}

impl Call {
    /// Mints a secret and its credential.
    pub(super) fn mint_credential(
        &self,
        options: &SecretOptions,
        now: Moment,
    ) -> Result<(ClientSecret, Credential), ApiError> {
        let id = CredentialId(self.next_id());
        let label = parse_text("label", &options.label)?;
        let not_after = end(options.expiration_date, options.lifetime, now.wall)?;
        let secret = self.mint().client_secret(id)?;
        let credential = Credential {
            id,
            label,
            created: now,
            not_after: not_after.map(|end| now.until(end)),
            mark: Generation::default(),
            kind: CredentialKind::Secret(self.tokens().digests().digest_client_secret(&secret)),
        };
        Ok((secret, credential))
    }

    /// Adds a secret to a client. The answer is the only time that it is shown.
    pub(super) async fn add_secret(
        &self,
        client: &Client,
        options: &SecretOptions,
    ) -> Result<AddedSecret, ApiError> {
        let now = self.moment();
        let others = match (options.overlap, options.keep_others) {
            (Some(_), true) => {
                return Err(ApiError::invalid("keepOthers: at most one of overlap, keepOthers can be given"));
            }
            (Some(Seconds(overlap)), false) => ExistingCredentials::EndAfter(overlap),
            (None, true) => ExistingCredentials::Keep,
            (None, false) => ExistingCredentials::EndAfter(Lifetime(0)),
        };
        let (secret, credential) = self.mint_credential(options, now)?;
        let (id, end) = (credential.id, credential.end());
        let update = ClientUpdate::AddCredential { credential, others };
        let client = self.update(client.id, update, now.wall).await?;
        Ok(AddedSecret {
            creation_date: Date(now.wall),
            client_secret: secret.text().expose().to_owned(),
            client_id: client.presented_id(),
            secret_id: id.to_string(),
            expiration_date: end.map(Date),
        })
    }
}

impl Handle for user::RemoveSecret {
    async fn handle(call: &Call, request: RemoveSecret) -> Result<Deleted, ApiError> {
        let known = call.client(&request.user_id)?;
        let update = match request.secret_id.as_deref() {
            None => ClientUpdate::RevokeSecrets,
            Some(id) => ClientUpdate::RevokeCredential(parse_secret_id(id)?),
        };
        let now = call.now();
        call.update(known.client.id, update, now).await?;
        Ok(Deleted::at(now))
    }
}

pub(super) fn parse_secret_id(text: &str) -> Result<CredentialId, ApiError> {
    text.parse()
        .map(CredentialId)
        .map_err(|_| ApiError::invalid("secretId: must be the number that the listing shows"))
}

impl Handle for user::ListSecrets {
    async fn handle(call: &Call, request: ListSecrets) -> Result<Secrets, ApiError> {
        let known = call.readable(&request.user_id)?;
        // Uses are written once a minute; this listing should have the latest.
        call.flush_last_used().await?;
        let now = call.moment();
        let snapshot = call.snapshot()?;
        let mut result = Vec::new();
        let history = snapshot.credentials_of(&known.client)?;
        for past in history.credentials {
            let credential = &past.credential;
            if !credential.is_secret() {
                continue;
            }
            result.push(Secret {
                secret_id: credential.id.to_string(),
                label: credential.label.to_string(),
                state: match past.state(now) {
                    CredentialState::Live => "SECRET_STATE_LIVE".into(),
                    CredentialState::Ended => "SECRET_STATE_ENDED".into(),
                    CredentialState::Revoked => "SECRET_STATE_REVOKED".into(),
                },
                creation_date: Date(credential.created.wall),
                expiration_date: credential.end().map(Date),
                revocation_date: past.revoked.map(Date),
                last_use_date: snapshot.last_use(credential.id)?.map(Date),
            });
        }
        let unreadable = history.unreadable.iter().map(ToString::to_string).collect();
        Ok(Secrets { result, unreadable })
    }
}
