//! Clients and secrets for the tests of this crate.

use crate::authenticate::{AuthenticatedClient, authenticate};
use crate::client::{Api, Client, ClientState, Credential, Profile, ServiceUser, Text};
use crate::id::{ClientId, ClientName, ProjectId};
use crate::scope::{ScopeSet, UnknownScopes};
use crate::time::Timestamp;
use crate::token::Sequence;
use jeton_secret::{ClientSecretDigest, CredentialId, Entropy, EntropyError, Mint, SecretText};
use std::sync::Arc;

pub(crate) const NOW: Timestamp = Timestamp(1_800_000_000);
pub(crate) const PROJECT: ProjectId = ProjectId(501);
pub(crate) const CREDENTIAL: CredentialId = CredentialId(11);
pub(crate) const DIGEST: ClientSecretDigest = ClientSecretDigest([9; 32]);

pub(crate) fn text(text: &str) -> Text {
    Text::new(text).unwrap()
}

pub(crate) fn scopes(text: &str) -> ScopeSet {
    if text.is_empty() { ScopeSet::default() } else { ScopeSet::parse(text, UnknownScopes::Drop).unwrap() }
}

pub(crate) fn credential(id: u64) -> Credential {
    Credential {
        id: CredentialId(id),
        label: text("a label"),
        created: NOW,
        not_after: None,
        revoked: None,
        tokens_valid_from: Sequence(0),
        digest: DIGEST,
    }
}

fn client(name: ClientName, profile: Profile) -> Client {
    Client {
        id: ClientId(301),
        name,
        state: ClientState::Active,
        profile,
        credentials: vec![credential(CREDENTIAL.0)],
        tokens_valid_from: Sequence(0),
        created: NOW,
        changed: NOW,
    }
}

pub(crate) fn service_user() -> Client {
    let user =
        ServiceUser { name: text("Billing \"worker\""), description: text(""), default_scopes: scopes("") };
    client(ClientName::username("billing").unwrap(), Profile::ServiceUser(user))
}

pub(crate) fn api() -> Client {
    let api = Api { name: text("Orders"), project: PROJECT };
    client(ClientName::of_api(ClientId(301)), Profile::Api(api))
}

pub(crate) fn proof(client: Client) -> AuthenticatedClient {
    authenticate(Some(Arc::new(client)), CREDENTIAL, &DIGEST, NOW).unwrap()
}

/// A client secret of the real form.
pub(crate) fn client_secret() -> SecretText {
    struct Sevens;
    impl Entropy for Sevens {
        fn fill(&mut self, seed: &mut [u8; 32]) -> Result<(), EntropyError> {
            *seed = [7; 32];
            Ok(())
        }
    }
    Mint::new(Box::new(Sevens)).unwrap().client_secret(CREDENTIAL).unwrap().text()
}
