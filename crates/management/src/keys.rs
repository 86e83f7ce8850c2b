//! Keys that sign assertions: `AddKey`, `RemoveKey`, `ListKeys`, and the generation of keys.
//!
//! A generated key is shown once, as the key file that ZITADEL's client libraries read. The private half of
//! an uploaded public key stays with its owner.

use super::ApiError;
use super::call::Call;
use super::handle::Handle;
use super::json::end;
use super::web_keys::parse_spec;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jeton_api::calls::user;
use jeton_api::keys::{AddKey, AddedKey, Format, RemoveKey};
use jeton_api::user_credentials::{ListCredentials, Listed};
use jeton_api::values::{Bytes, Date, DateInput, Deleted, Seconds};
use jeton_domain::admin::ClientUpdate;
use jeton_domain::client::Client;
use jeton_domain::client::found;
use jeton_domain::credential::{Credential, CredentialKind, ExistingCredentials};
use jeton_domain::generation::Generation;
use jeton_domain::key::{Algorithm, PublicKey};
use jeton_domain::permission::Permission;
use jeton_domain::refusal::OperationError;
use jeton_domain::text::Text;
use jeton_domain::time::Timestamp;
use jeton_jose::key_file::{self, KeyFormat};
use jeton_jose::public;
use jeton_secret::{CredentialId, SecretText};
use jeton_store::Unavailable;
use jeton_store::query::CredentialType;
use serde_json::json;

/// Options of a new key, for users and applications.
pub(super) struct KeyOptions {
    pub(super) expiration_date: Option<DateInput>,
    pub(super) lifetime: Option<Seconds>,
    pub(super) public_key: Option<Bytes>,
    pub(super) algorithm: Option<String>,
    pub(super) rsa_bits: Option<u32>,
    pub(super) key_format: Option<Format>,
}

impl Handle for user::AddKey {
    async fn handle(call: &Call, request: AddKey) -> Result<AddedKey, ApiError> {
        let known = call.user(&request.user_id, Permission::UserWrite)?;
        let user_id = known.client.id.to_string();
        let AddKey { user_id: _, expiration_date, lifetime, public_key, algorithm, rsa_bits, key_format } =
            request;
        let options = KeyOptions { expiration_date, lifetime, public_key, algorithm, rsa_bits, key_format };
        let added = call.add_key(&known.client, &options).await?;
        let file = |key: &str, id: &str| {
            json!({ "type": "serviceaccount", "keyId": id, "key": key, "userId": user_id }).to_string()
        };
        Ok(AddedKey {
            creation_date: Date(added.created),
            key_id: added.id.clone(),
            key_content: added.file(file),
        })
    }
}

/// An added key, with its private half if it was generated.
pub(super) struct Added {
    pub(super) id: String,
    pub(super) created: Timestamp,
    private: Option<SecretText>,
}

impl Added {
    /// The key file in base64, as `write` makes it of the private key and the id.
    pub(super) fn file(&self, write: impl FnOnce(&str, &str) -> String) -> String {
        self.private.as_ref().map(|key| STANDARD.encode(write(key.expose(), &self.id))).unwrap_or_default()
    }
}

impl Call {
    pub(super) async fn add_key(&self, client: &Client, options: &KeyOptions) -> Result<Added, ApiError> {
        let now = self.moment();
        let not_after = end(options.expiration_date, options.lifetime, now.wall)?;
        let (private, key) = match &options.public_key {
            Some(Bytes(file)) => (None, options.read(self, file).await?),
            None => {
                let (private, public) = options.make(self).await?;
                (Some(private), public)
            }
        };
        let id = CredentialId(self.next_id());
        let credential = Credential {
            id,
            label: Text::default(),
            created: now,
            not_after: not_after.map(|end| now.until(end)),
            mark: Generation::default(),
            kind: CredentialKind::Key(key),
        };
        let update = ClientUpdate::AddCredential { credential, others: ExistingCredentials::Keep };
        self.update(client.id, update, now.wall).await?;
        Ok(Added { id: id.to_string(), created: now.wall, private })
    }
}

/// Both methods take up to a second of a core, so they run on a pool thread.
impl KeyOptions {
    async fn make(&self, call: &Call) -> Result<(SecretText, PublicKey), ApiError> {
        let name = self.algorithm.as_deref().unwrap_or(Algorithm::Rs256.as_str());
        let spec = parse_spec(name, self.rsa_bits)?;
        let format = match self.key_format {
            None | Some(Format::Unspecified) => KeyFormat::usual(spec),
            Some(Format::Pkcs1) => KeyFormat::Pkcs1,
            Some(Format::Pkcs8) => KeyFormat::Pkcs8,
        };
        if !format.fits(spec) {
            return Err(ApiError::invalid("keyFormat: PKCS#1 is for RSA keys only; use KEY_FORMAT_PKCS8"));
        }
        let make = move |()| async move { key_file::make(spec, format) };
        let made = call.on_key_thread(make).await?;
        made.map_err(|_| ApiError::internal())
    }

    async fn read(&self, call: &Call, file: &[u8]) -> Result<PublicKey, ApiError> {
        if self.rsa_bits.is_some() || !matches!(self.key_format, None | Some(Format::Unspecified)) {
            return Err(ApiError::invalid(
                "publicKey: rsaBits and keyFormat are about keys that are made here",
            ));
        }
        let algorithm = self.algorithm.as_deref().map(|name| parse_spec(name, None)).transpose()?;
        let (file, algorithm) = (file.to_vec(), algorithm.map(|spec| spec.algorithm));
        let read = move |()| async move { public::from_file(&file, algorithm) };
        let read = call.on_key_thread(read).await?;
        read.map_err(|error| ApiError::invalid(format!("publicKey: {error}")))
    }
}

impl Handle for user::RemoveKey {
    async fn handle(call: &Call, request: RemoveKey) -> Result<Deleted, ApiError> {
        // Jeton extension: an application's id works as well.
        let known = call.client(&request.user_id)?;
        call.revoke(&known.client, &request.key_id, |credential| credential.key().is_some()).await
    }
}

impl Call {
    /// Revokes a credential of a kind; one of another kind has no such id.
    pub(super) async fn revoke(
        &self,
        client: &Client,
        id: &str,
        is_meant: impl FnOnce(&Credential) -> bool,
    ) -> Result<Deleted, ApiError> {
        let id = id.parse().map(CredentialId).map_err(|_| OperationError::UnknownCredential)?;
        let snapshot = self.snapshot()?;
        let meant = match snapshot.past_of(client, id) {
            // Its kind is not known, and it can be ended all the same.
            Err(Unavailable::Record(_)) => true,
            past => found(client, past?.as_ref(), id).is_some_and(|found| is_meant(found.credential)),
        };
        drop(snapshot);
        if !meant {
            return Err(OperationError::UnknownCredential.into());
        }
        let now = self.now();
        self.update(client.id, ClientUpdate::RevokeCredential(id), now).await?;
        Ok(Deleted::at(now))
    }
}

impl Handle for user::ListKeys {
    async fn handle(call: &Call, request: ListCredentials) -> Result<Listed, ApiError> {
        call.list_credentials(&request, CredentialType::Key)
    }
}
