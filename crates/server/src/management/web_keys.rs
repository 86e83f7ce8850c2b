//! The server's signing keys: `zitadel.webkey.v2.WebKeyService`, and ours, `RotateWebKey`.

use super::ApiError;
use super::call::Call;
use super::json::{Changed, Date, Deleted, Id};
use crate::rotation::{self, PUBLISHED_BEFORE_SECONDS, RotationError};
use jeton_oauth::id::SigningKeyId;
use jeton_oauth::key::Algorithm;
use jeton_oauth::permission::{Permission, Place};
use jeton_oauth::signing::{KeyChange, SigningKey, SigningKeyState};
use jeton_oauth::time::Timestamp;
use jeton_store::Deed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CreateWebKey {
    rsa: Option<Rsa>,
    ecdsa: Option<Ecdsa>,
    ed25519: Option<Ed25519>,
    /// Ours: by the name of RFC 7518.
    algorithm: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Rsa {
    bits: String,
    hasher: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Ecdsa {
    curve: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct CreatedWebKey {
    id: String,
    creation_date: Date,
}

impl CreateWebKey {
    fn algorithm(&self) -> Result<Algorithm, ApiError> {
        if let Some(name) = &self.algorithm {
            return parse_algorithm(name);
        }
        match (&self.rsa, &self.ecdsa, &self.ed25519) {
            (None, None, Some(_)) => Ok(Algorithm::EdDsa),
            (None, Some(ecdsa), None) => match ecdsa.curve.as_str() {
                "" | "ECDSA_CURVE_UNSPECIFIED" | "ECDSA_CURVE_P256" => Ok(Algorithm::Es256),
                "ECDSA_CURVE_P384" => Ok(Algorithm::Es384),
                _ => Err(ApiError::invalid("ecdsa.curve: must be ECDSA_CURVE_P256 or ECDSA_CURVE_P384")),
            },
            (rsa, None, None) => {
                let (bits, hasher) = rsa.as_ref().map_or(("", ""), |rsa| (&rsa.bits, &rsa.hasher));
                let is_known = matches!(bits, "" | "RSA_BITS_UNSPECIFIED" | "RSA_BITS_2048")
                    && matches!(hasher, "" | "RSA_HASHER_UNSPECIFIED" | "RSA_HASHER_SHA256");
                if is_known {
                    Ok(Algorithm::Rs256)
                } else {
                    Err(ApiError::invalid("rsa: must have RSA_BITS_2048 and RSA_HASHER_SHA256"))
                }
            }
            _ => Err(ApiError::invalid("send one of rsa, ecdsa and ed25519")),
        }
    }
}

fn parse_algorithm(name: &str) -> Result<Algorithm, ApiError> {
    Algorithm::parse(name).ok_or_else(|| {
        ApiError::invalid(format!("algorithm: must be one of {}", Algorithm::NAMES.join(", ")))
    })
}

pub(super) async fn create(call: &Call, request: CreateWebKey) -> Result<CreatedWebKey, ApiError> {
    let algorithm = request.algorithm()?;
    let (id, created) = call.add_signing_key(algorithm).await?;
    Ok(CreatedWebKey { id: id.to_string(), creation_date: Date(created) })
}

pub(super) async fn activate(call: &Call, request: Id) -> Result<Changed, ApiError> {
    let id = parse_id(&request.id)?;
    let now = call.now();
    call.change_signing_keys(rotation::activation(id, now)).await?;
    Ok(Changed { change_date: Date(now) })
}

/// Unlike ZITADEL's, this takes the active key as well; the next one then signs at once.
pub(super) async fn delete(call: &Call, request: Id) -> Result<Deleted, ApiError> {
    Deleted::or_gone(remove(call, &request).await)
}

async fn remove(call: &Call, request: &Id) -> Result<Deleted, ApiError> {
    let id = parse_id(&request.id)?;
    let now = call.now();
    call.change_signing_keys(KeyChange::Remove(id)).await?;
    Ok(Deleted::at(now))
}

fn parse_id(id: &str) -> Result<SigningKeyId, ApiError> {
    SigningKeyId::parse(id).map_err(|error| ApiError::invalid(format!("id: {error}")))
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct WebKeys {
    web_keys: Vec<WebKey>,
    /// Ours: ids of keys whose record can't be read, left out of the listing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    unreadable: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct WebKey {
    id: String,
    creation_date: Date,
    change_date: Date,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rsa: Option<ListedRsa>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ecdsa: Option<ListedEcdsa>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ed25519: Option<Ed25519>,
    /// Ours: by the name of RFC 7518.
    algorithm: &'static str,
    /// Ours: until when a retiring key verifies.
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_date: Option<Date>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ListedRsa {
    bits: &'static str,
    hasher: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ListedEcdsa {
    curve: &'static str,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Ed25519 {}

impl WebKey {
    fn of(key: &SigningKey) -> Self {
        let (state, changed, until) = match key.state {
            SigningKeyState::Next => ("STATE_INITIAL", key.created, None),
            SigningKeyState::Active { since } => ("STATE_ACTIVE", since, None),
            SigningKeyState::Retiring { until } => ("STATE_INACTIVE", key.created, Some(Date(until))),
            SigningKeyState::Removed { at } => ("STATE_REMOVED", at, None),
        };
        let is = |algorithms: &[Algorithm]| algorithms.contains(&key.public.algorithm);
        let curve = match key.public.algorithm {
            Algorithm::Es256 => Some("ECDSA_CURVE_P256"),
            Algorithm::Es384 => Some("ECDSA_CURVE_P384"),
            Algorithm::Rs256 | Algorithm::Ps256 | Algorithm::EdDsa => None,
        };
        Self {
            id: key.id.to_string(),
            creation_date: Date(key.created),
            change_date: Date(changed),
            state,
            rsa: is(&[Algorithm::Rs256, Algorithm::Ps256])
                .then_some(ListedRsa { bits: "RSA_BITS_2048", hasher: "RSA_HASHER_SHA256" }),
            ecdsa: curve.map(|curve| ListedEcdsa { curve }),
            ed25519: is(&[Algorithm::EdDsa]).then_some(Ed25519 {}),
            algorithm: key.public.algorithm.as_str(),
            expiration_date: until,
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct ListWebKeys {}

pub(super) async fn list(call: &Call, _: ListWebKeys) -> Result<WebKeys, ApiError> {
    call.permit(Permission::KeyRead, Place::Instance)?;
    let all = std::sync::Arc::clone(call.snapshot()?.signing_keys());
    let unreadable = call.told(all.unreadable.iter().map(|id| id.0), Permission::KeyRead);
    Ok(WebKeys { web_keys: all.keys.iter().map(WebKey::of).collect(), unreadable })
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RotateWebKey {
    /// The algorithm of the key after the next one; when it differs from the next one's, a new next one
    /// is made.
    algorithm: Option<String>,
    /// Sign with the next key even if verifiers that cache the key set may not know it yet.
    now: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rotated {
    /// The key that signs, or will.
    id: String,
    algorithm: &'static str,
    /// When it begins to sign.
    activation_date: Date,
}

pub(super) async fn rotate(call: &Call, request: RotateWebKey) -> Result<Rotated, ApiError> {
    call.permit(Permission::KeyWrite, Place::Instance)?;
    let wanted = request.algorithm.as_deref().map(parse_algorithm).transpose()?;
    let now = call.now();
    let keys = std::sync::Arc::clone(call.snapshot()?.signing_keys());
    let wanted = wanted.or_else(|| keys.active().map(|key| key.public.algorithm));
    let wanted = wanted.unwrap_or(call.worker.app.config.signing_algorithm);
    let waiting = keys.next().filter(|key| key.public.algorithm == wanted);
    let (id, created) = match waiting {
        Some(key) => (key.id, key.created),
        None => {
            let made = call.add_signing_key(wanted).await?;
            // One that waits for its turn with another algorithm has lost it.
            if let Some(other) = keys.next() {
                call.change_signing_keys(KeyChange::Remove(other.id)).await?;
            }
            made
        }
    };
    let known_at = Timestamp(created.0.saturating_add(PUBLISHED_BEFORE_SECONDS));
    let algorithm = wanted.as_str();
    if keys.active().is_none() {
        // The first key of an instance signs at once.
        return Ok(Rotated { id: id.to_string(), algorithm, activation_date: Date(now) });
    }
    if !request.now && known_at > now {
        if waiting.is_some() && keys.active().is_some_and(|active| active.public.algorithm == wanted) {
            return Err(ApiError::new(
                super::Code::FailedPrecondition,
                format!(
                    "the next key is published for less than {} minutes, so verifiers may not know it; wait, or \
                     say that it shall sign now",
                    PUBLISHED_BEFORE_SECONDS / 60
                ),
            ));
        }
        return Ok(Rotated { id: id.to_string(), algorithm, activation_date: Date(known_at) });
    }
    call.change_signing_keys(rotation::activation(id, now)).await?;
    Ok(Rotated { id: id.to_string(), algorithm, activation_date: Date(now) })
}

impl Call {
    async fn add_signing_key(&self, algorithm: Algorithm) -> Result<(SigningKeyId, Timestamp), ApiError> {
        // Before the work of making one.
        self.permit(Permission::KeyWrite, Place::Instance)?;
        let change = rotation::make(&self.worker.app, algorithm).await?;
        let KeyChange::Add { id, .. } = &change else { return Err(ApiError::internal()) };
        let id = *id;
        let now = self.now();
        self.change_signing_keys(change).await?;
        Ok((id, now))
    }

    async fn change_signing_keys(&self, change: KeyChange) -> Result<(), ApiError> {
        self.act(Deed::SigningKeys(change), self.now()).await?;
        // A key was used up or taken away; there is always one that waits. What was asked for is done, so a failure here
        // is no answer to it; the next round of rotation tries again.
        if let Err(error) = rotation::tend(&self.worker).await {
            tracing::warn!(%error, "looking after the signing keys failed");
        }
        Ok(())
    }
}

impl From<RotationError> for ApiError {
    fn from(error: RotationError) -> Self {
        match error {
            RotationError::Store(rejection) => rejection.into(),
            RotationError::Unavailable(unavailable) => unavailable.into(),
            RotationError::Entropy(error) => error.into(),
            RotationError::Signing(_) => Self::internal(),
        }
    }
}
