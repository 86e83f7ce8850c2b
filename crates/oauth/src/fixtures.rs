//! Clients and secrets for the tests of this crate.

pub(crate) use jeton_domain::fixtures::*;

use crate::authenticate::{AuthenticatedClient, authenticate};
use jeton_domain::client::Client;
use jeton_secret::{Entropy, EntropyError, Mint, SecretText};
use std::sync::Arc;

pub(crate) fn proof(client: Client) -> AuthenticatedClient {
    authenticate(Some(Arc::new(client)), CREDENTIAL, &DIGEST, |_| Ok(None), MOMENT).unwrap()
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
