//! Records on disk: types of their own, converted to and from the domain. `records/golden.txt` holds
//! bytes of each.
//!
//! All that the writer accepts the reader reads: reading has no bound that writing does not have, both
//! convert by the same constructors, and a record that an administrator's command writes is read back
//! before it is accepted ([`read_back`]).

mod client;
mod event;
mod organization;
mod past_credential;
mod project;
mod signing_key;
mod token_key;

pub(crate) use client::{read_client, write_client};
pub(crate) use event::{read_event, split_event, write_event};
pub(crate) use organization::{read_organization, write_organization};
pub(crate) use past_credential::{read_past_credential, write_past_credential};
pub(crate) use project::{read_project, write_project};
pub(crate) use signing_key::{read_signing_key, write_signing_key};
pub(crate) use token_key::{read_token_key, write_token_key};

use crate::codec::{self, Corrupt};
use jeton_domain::id::ProjectId;
use jeton_domain::key::Algorithm;
use jeton_domain::role::RoleKey;
use jeton_domain::scope::ScopeSet;
use serde::{Deserialize, Serialize};

/// The bytes of a record, if `read` makes the same value of them again.
fn read_back<D: PartialEq, R: Serialize>(
    value: &D,
    record: &R,
    read: impl FnOnce(&[u8]) -> Result<D, Corrupt>,
) -> Result<Vec<u8>, Corrupt> {
    let bytes = codec::encode(record)?;
    if read(&bytes)? == *value { Ok(bytes) } else { Err(Corrupt) }
}

fn role(key: &str) -> Result<RoleKey, Corrupt> {
    RoleKey::parse(key).map_err(|_| Corrupt)
}

/// Algorithms have numbers on disk; the order is part of the format.
const ALGORITHMS: [Algorithm; 10] = [
    Algorithm::Rs256,
    Algorithm::Ps256,
    Algorithm::Es256,
    Algorithm::Es384,
    Algorithm::EdDsa,
    Algorithm::Rs384,
    Algorithm::Rs512,
    Algorithm::Ps384,
    Algorithm::Ps512,
    Algorithm::Es512,
];

fn algorithm_number(algorithm: Algorithm) -> u8 {
    let number = ALGORITHMS.iter().position(|known| *known == algorithm);
    number.and_then(|number| u8::try_from(number).ok()).expect("every algorithm is in the list")
}

fn algorithm(number: u8) -> Result<Algorithm, Corrupt> {
    ALGORITHMS.get(usize::from(number)).copied().ok_or(Corrupt)
}

#[derive(Serialize, Deserialize)]
struct Scopes {
    standard: u16,
    project_audiences: Vec<u64>,
    parameters: Vec<String>,
}

impl From<&ScopeSet> for Scopes {
    fn from(scopes: &ScopeSet) -> Self {
        Self {
            standard: scopes.standard_bits(),
            project_audiences: scopes.project_audiences().iter().map(|project| project.0).collect(),
            parameters: scopes.parameters().iter().map(ToString::to_string).collect(),
        }
    }
}

impl Scopes {
    fn into_set(self) -> Result<ScopeSet, Corrupt> {
        let projects = self.project_audiences.into_iter().map(ProjectId).collect();
        let parameters = self.parameters.iter().map(String::as_str);
        ScopeSet::from_parts(self.standard, projects, parameters).ok_or(Corrupt)
    }
}

#[cfg(test)]
pub(crate) mod tests;
