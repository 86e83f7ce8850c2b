//! The answer to a call, and the credential that it made.

use crate::ApiError;
use jeton_domain::admin::{ClientOperation, ClientUpdate, Operation};
use jeton_domain::id::ClientId;
use jeton_domain::time::Moment;
use jeton_secret::CredentialId;
use jeton_store::Snapshot;

/// A call's answer: its JSON, and the ignored members of the request.
#[derive(Debug)]
pub struct Reply {
    /// The JSON body.
    pub body: Vec<u8>,
    /// Paths of ignored members.
    pub ignored: Vec<String>,
}

/// A credential that a call made, and its client. The answer to the call may contain its secret.
#[derive(Debug, Clone, Copy)]
pub(super) struct Made {
    client: ClientId,
    credential: CredentialId,
}

impl Made {
    /// The credential that a command makes.
    pub(super) fn by(operation: &Operation) -> Option<Self> {
        let (client, credential) = match operation {
            Operation::Client(id, ClientOperation::CreateApi { credential, .. }) => {
                (*id, credential.as_ref()?)
            }
            Operation::Client(
                id,
                ClientOperation::Update(ClientUpdate::AddCredential { credential, .. }),
            ) => (*id, credential),
            Operation::Bootstrap(user, credential) => (user.id, credential.as_ref()?),
            _ => return None,
        };
        Some(Self { client, credential: credential.id })
    }

    /// True while it exists: neither revoked, nor expired, nor deleted with its client.
    pub(super) fn exists(self, snapshot: &Snapshot, now: Moment) -> Result<bool, ApiError> {
        let known = snapshot.administered_client(self.client)?;
        let credential = known.as_ref().and_then(|known| known.client.credential(self.credential));
        Ok(credential.is_some_and(|credential| credential.is_live(now)))
    }
}
