//! The server's signing keys: `zitadel.webkey.v2.WebKeyService`, and Jeton's own `RotateWebKey`.

use super::ApiError;
use super::call::Call;
use super::handle::Handle;
use super::json::or_gone;
use crate::rotation::{self, PUBLISHED_BEFORE_SECONDS, RotationError};
use jeton_api::calls::web_key;
use jeton_api::values::{Changed, Date, Deleted, Id};
use jeton_api::web_keys::{
    CreateWebKey, CreatedWebKey, Ecdsa, Ed25519, ListWebKeys, ListedEcdsa, ListedRsa, RotateWebKey, Rotated,
    Rsa, WebKey, WebKeys,
};
use jeton_domain::admin::Operation;
use jeton_domain::id::SigningKeyId;
use jeton_domain::key::{Algorithm, Family, KeySpec, RsaBits};
use jeton_domain::permission::{Permission, ResourcePath};
use jeton_domain::signing::{KeyChange, SigningKey, SigningKeyState, Successor};
use jeton_domain::time::Timestamp;

/// ZITADEL's names of RSA key sizes.
const BITS: [(&str, RsaBits); 3] =
    [("RSA_BITS_2048", RsaBits::B2048), ("RSA_BITS_3072", RsaBits::B3072), ("RSA_BITS_4096", RsaBits::B4096)];
const HASHERS: [(&str, Algorithm, Algorithm); 3] = [
    ("RSA_HASHER_SHA256", Algorithm::Rs256, Algorithm::Ps256),
    ("RSA_HASHER_SHA384", Algorithm::Rs384, Algorithm::Ps384),
    ("RSA_HASHER_SHA512", Algorithm::Rs512, Algorithm::Ps512),
];
const CURVES: [(&str, Algorithm); 3] = [
    ("ECDSA_CURVE_P256", Algorithm::Es256),
    ("ECDSA_CURVE_P384", Algorithm::Es384),
    ("ECDSA_CURVE_P512", Algorithm::Es512),
];

/// The kind by ZITADEL's members, of which the table admits one, or by Jeton's; not by both.
fn spec_of(request: &CreateWebKey) -> Result<KeySpec, ApiError> {
    let (spec, chosen) = match request {
        CreateWebKey { rsa: Some(rsa), .. } => (rsa_spec(rsa)?, "rsa"),
        CreateWebKey { ecdsa: Some(ecdsa), .. } => (curve_of(ecdsa)?.into(), "ecdsa"),
        CreateWebKey { ed25519: Some(Ed25519 {}), .. } => (Algorithm::EdDsa.into(), "ed25519"),
        CreateWebKey { algorithm, rsa_bits, .. } => {
            return parse_spec(algorithm.as_deref().unwrap_or(Algorithm::Rs256.as_str()), *rsa_bits);
        }
    };
    let twice = [("algorithm", request.algorithm.is_some()), ("rsaBits", request.rsa_bits.is_some())];
    match twice.into_iter().find(|(_, is_given)| *is_given) {
        Some((member, _)) => Err(ApiError::invalid(format!("{member}: can't be given beside {chosen}"))),
        None => Ok(spec),
    }
}

fn curve_of(ecdsa: &Ecdsa) -> Result<Algorithm, ApiError> {
    let known = CURVES.into_iter().find(|(name, _)| *name == ecdsa.curve);
    match (known, ecdsa.curve.as_str()) {
        (Some((_, algorithm)), _) => Ok(algorithm),
        (None, "" | "ECDSA_CURVE_UNSPECIFIED") => Ok(Algorithm::Es256),
        (None, _) => Err(ApiError::invalid("ecdsa.curve: is unknown")),
    }
}

fn rsa_spec(rsa: &Rsa) -> Result<KeySpec, ApiError> {
    let rsa_bits = match BITS.into_iter().find(|(name, _)| *name == rsa.bits) {
        Some((_, bits)) => bits,
        None if ["", "RSA_BITS_UNSPECIFIED"].contains(&rsa.bits.as_str()) => RsaBits::default(),
        None => return Err(ApiError::invalid("rsa.bits: is unknown")),
    };
    let algorithm = match HASHERS.into_iter().find(|(name, ..)| *name == rsa.hasher) {
        Some((_, algorithm, _)) => algorithm,
        None if ["", "RSA_HASHER_UNSPECIFIED"].contains(&rsa.hasher.as_str()) => Algorithm::Rs256,
        None => return Err(ApiError::invalid("rsa.hasher: is unknown")),
    };
    Ok(KeySpec { algorithm, rsa_bits })
}

/// An algorithm by its name, and the size of a key for it.
pub(super) fn parse_spec(name: &str, rsa_bits: Option<u32>) -> Result<KeySpec, ApiError> {
    let algorithm = Algorithm::parse(name).ok_or_else(|| {
        ApiError::invalid(format!("algorithm: must be one of {}", Algorithm::NAMES.join(", ")))
    })?;
    let rsa_bits = match rsa_bits {
        None => RsaBits::default(),
        Some(_) if algorithm.family() != Family::Rsa => {
            return Err(ApiError::invalid(format!("rsaBits: a key for {algorithm} is not an RSA key")));
        }
        Some(bits) => {
            RsaBits::of(bits).ok_or_else(|| ApiError::invalid("rsaBits: must be 2048, 3072 or 4096"))?
        }
    };
    Ok(KeySpec { algorithm, rsa_bits })
}

impl Handle for web_key::CreateWebKey {
    async fn handle(call: &Call, request: CreateWebKey) -> Result<CreatedWebKey, ApiError> {
        let (id, created) = call.add_signing_key(spec_of(&request)?).await?;
        Ok(CreatedWebKey { id: id.to_string(), creation_date: Date(created) })
    }
}

impl Handle for web_key::ActivateWebKey {
    async fn handle(call: &Call, request: Id) -> Result<Changed, ApiError> {
        let id = parse_id(&request.id)?;
        let now = call.moment();
        call.change_signing_keys(rotation::activation(id, now)).await?;
        Ok(Changed { change_date: Date(now.wall) })
    }
}

/// Unlike ZITADEL's, this accepts the active key as well; the next one then signs at once.
impl Handle for web_key::DeleteWebKey {
    async fn handle(call: &Call, request: Id) -> Result<Deleted, ApiError> {
        or_gone(remove(call, &request).await)
    }
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

fn shown(key: &SigningKey) -> WebKey {
    let (state, changed, until) = match key.state {
        SigningKeyState::Next { .. } => ("STATE_INITIAL", key.created.wall, None),
        SigningKeyState::Active { since } => ("STATE_ACTIVE", since.wall, None),
        SigningKeyState::Retiring { until } => ("STATE_INACTIVE", key.created.wall, Some(Date(until.wall))),
        SigningKeyState::Removed { at } => ("STATE_REMOVED", at, None),
    };
    let KeySpec { algorithm, rsa_bits } = rotation::spec_of(&key.public);
    let hasher = HASHERS.into_iter().find(|(_, rs, ps)| [*rs, *ps].contains(&algorithm));
    let bits = BITS.into_iter().find(|(_, bits)| *bits == rsa_bits).map_or("", |(name, _)| name);
    let curve = CURVES.into_iter().find(|(_, own)| *own == algorithm);
    let is_scheduled = key.state == SigningKeyState::Next { scheduled: true };
    WebKey {
        id: key.id.to_string(),
        creation_date: Date(key.created.wall),
        change_date: Date(changed),
        state: state.into(),
        rsa: hasher.map(|(hasher, ..)| ListedRsa { bits: bits.into(), hasher: hasher.into() }),
        ecdsa: curve.map(|(curve, _)| ListedEcdsa { curve: curve.into() }),
        ed25519: (algorithm == Algorithm::EdDsa).then_some(Ed25519 {}),
        algorithm: algorithm.as_str().into(),
        activation_date: is_scheduled.then(|| Date(known_at(key.created.wall))),
        expiration_date: until,
    }
}

/// The time from which verifiers know a key that was published at `created`.
const fn known_at(created: Timestamp) -> Timestamp {
    Timestamp(created.0.saturating_add(PUBLISHED_BEFORE_SECONDS))
}

impl Handle for web_key::ListWebKeys {
    async fn handle(call: &Call, _: ListWebKeys) -> Result<WebKeys, ApiError> {
        call.permit(Permission::KeyRead, ResourcePath::Instance)?;
        let all = std::sync::Arc::clone(call.snapshot()?.signing_keys());
        if all.is_lost {
            return Err(jeton_store::Unavailable::Damage.into());
        }
        let unreadable = call.told(all.unreadable.iter().map(|id| id.0), Permission::KeyRead);
        Ok(WebKeys { web_keys: all.keys.iter().map(shown).collect(), unreadable })
    }
}

/// The requested kind of key; omitted members are those of the current key.
fn wanted_spec(request: &RotateWebKey, today: KeySpec) -> Result<KeySpec, ApiError> {
    let name = request.algorithm.as_deref().unwrap_or(today.algorithm.as_str());
    let is_rsa = Algorithm::parse(name).is_some_and(|algorithm| algorithm.family() == Family::Rsa);
    let bits = Some(today.rsa_bits.bits()).filter(|_| is_rsa);
    parse_spec(name, request.rsa_bits.or(bits))
}

impl Handle for web_key::RotateWebKey {
    async fn handle(call: &Call, request: RotateWebKey) -> Result<Rotated, ApiError> {
        call.permit(Permission::KeyWrite, ResourcePath::Instance)?;
        let keys = std::sync::Arc::clone(call.snapshot()?.signing_keys());
        let first = call.key_rules().first;
        let today = keys.active().map_or(first, |active| rotation::spec_of(&active.public));
        let wanted = wanted_spec(&request, today)?;
        let is_wanted = |key: &&SigningKey| rotation::spec_of(&key.public) == wanted;
        let waiting = keys.scheduled().filter(is_wanted).or_else(|| keys.next().find(is_wanted));
        let (successor, created) = match waiting {
            Some(key) => (Successor::Waiting(key.id), key.created.wall),
            None => (call.make_successor(wanted).await?, call.now()),
        };
        let moment = call.moment();
        let now = moment.wall;
        // The first key of an instance signs at once.
        let is_hurried = request.now || keys.active().is_none();
        let signs_from = if is_hurried { now } else { known_at(created).max(now) };
        if signs_from > now && wanted == today && waiting.is_some() {
            return Err(too_young());
        }
        let rotated = Rotated {
            id: successor.id().to_string(),
            algorithm: wanted.algorithm.as_str().into(),
            activation_date: Date(signs_from),
        };
        call.change_signing_keys(rotation::rotation(successor, signs_from <= now, moment)).await?;
        Ok(rotated)
    }
}

fn too_young() -> ApiError {
    ApiError::new(
        super::Code::FailedPrecondition,
        format!(
            "the next key has been published for less than {} minutes, so verifiers may not know it; wait, \
             or request that it signs now",
            PUBLISHED_BEFORE_SECONDS / 60
        ),
    )
}

impl Call {
    async fn add_signing_key(&self, spec: KeySpec) -> Result<(SigningKeyId, Timestamp), ApiError> {
        // Before the work of generating a key.
        self.permit(Permission::KeyWrite, ResourcePath::Instance)?;
        let change = rotation::make(self.management(), self.caller.party(), spec).await?;
        let KeyChange::Add { id, .. } = &change else { return Err(ApiError::internal()) };
        let id = *id;
        let now = self.now();
        self.change_signing_keys(change).await?;
        Ok((id, now))
    }

    async fn make_successor(&self, spec: KeySpec) -> Result<Successor, ApiError> {
        match rotation::make(self.management(), self.caller.party(), spec).await? {
            KeyChange::Add { id, public, sealed } => Ok(Successor::New { id, public, sealed }),
            _ => Err(ApiError::internal()),
        }
    }

    async fn change_signing_keys(&self, change: KeyChange) -> Result<(), ApiError> {
        self.execute(Operation::SigningKeys(change), self.now()).await?;
        // A key was used up or removed, and there must always be a successor. The requested change is done,
        // so a failure here is no answer to it; the next round of rotation tries again.
        if let Err(error) = rotation::rotate_due(self.management()).await {
            tracing::warn!(%error, "maintaining the signing keys failed");
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
            RotationError::Busy(refused) => refused.into(),
            RotationError::Signing(_) | RotationError::TokenKey(_) => Self::internal(),
        }
    }
}
