//! What is on disk: records of their own, with a version each, converted to and from the domain.
//!
//! A record is an enum of versions. A new version is a new variant at the end; old variants stay as
//! long as stores with them exist, and `records/golden.txt` holds bytes of every one.

mod client;
mod event;
mod organization;
mod project;
mod signing_key;
mod token;

pub(crate) use client::{read_client, write_client};
pub(crate) use event::{read_event, split_event, write_event};
pub(crate) use organization::{read_organization, write_organization};
pub(crate) use project::{read_project, write_project};
pub(crate) use signing_key::{read_signing_key, write_signing_key};
pub(crate) use token::{read_token, write_token};

use crate::codec::Corrupt;
use jeton_oauth::client::Text;
use jeton_oauth::id::ProjectId;
use jeton_oauth::key::Algorithm;
use jeton_oauth::project::RoleKey;
use jeton_oauth::scope::ScopeSet;
use serde::{Deserialize, Serialize};

fn text(text: &str) -> Result<Text, Corrupt> {
    Text::new(text).map_err(|_| Corrupt)
}

fn role(key: &str) -> Result<RoleKey, Corrupt> {
    RoleKey::parse(key).map_err(|_| Corrupt)
}

/// Algorithms have numbers on disk; the order is part of the format.
const ALGORITHMS: [Algorithm; 5] =
    [Algorithm::Rs256, Algorithm::Ps256, Algorithm::Es256, Algorithm::Es384, Algorithm::EdDsa];

fn algorithm_number(algorithm: Algorithm) -> u8 {
    let number = ALGORITHMS.iter().position(|known| *known == algorithm);
    number.and_then(|number| u8::try_from(number).ok()).expect("every algorithm is in the list")
}

fn algorithm(number: u8) -> Result<Algorithm, Corrupt> {
    ALGORITHMS.get(usize::from(number)).copied().ok_or(Corrupt)
}

/// Scopes without parameters but projects' audiences.
#[derive(Serialize, Deserialize)]
struct ScopesV1 {
    standard: u16,
    project_audiences: Vec<u64>,
}

/// All scopes.
#[derive(Serialize, Deserialize)]
struct ScopesV2 {
    standard: u16,
    project_audiences: Vec<u64>,
    parameters: Vec<String>,
}

impl From<&ScopeSet> for ScopesV1 {
    fn from(scopes: &ScopeSet) -> Self {
        let project_audiences = scopes.project_audiences().iter().map(|project| project.0).collect();
        Self { standard: scopes.standard_bits(), project_audiences }
    }
}

impl From<&ScopeSet> for ScopesV2 {
    fn from(scopes: &ScopeSet) -> Self {
        let ScopesV1 { standard, project_audiences } = ScopesV1::from(scopes);
        let parameters = scopes.parameters().iter().map(ToString::to_string).collect();
        Self { standard, project_audiences, parameters }
    }
}

impl From<ScopesV1> for ScopesV2 {
    fn from(scopes: ScopesV1) -> Self {
        let ScopesV1 { standard, project_audiences } = scopes;
        Self { standard, project_audiences, parameters: Vec::new() }
    }
}

impl ScopesV2 {
    fn into_set(self) -> Result<ScopeSet, Corrupt> {
        let projects = self.project_audiences.into_iter().map(ProjectId).collect();
        let parameters = self.parameters.iter().map(String::as_str);
        ScopeSet::from_parts(self.standard, projects, parameters).ok_or(Corrupt)
    }
}

/// An instance with organization 6 and project 3.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) fn instance_of_tests() -> jeton_oauth::project::Instance {
    use jeton_oauth::id::{ActNumber, OrganizationId};
    use jeton_oauth::time::Timestamp;
    let organization = jeton_oauth::organization::Organization {
        id: OrganizationId(6),
        name: Text::default(),
        primary_domain: "example.com".into(),
        active: true,
        metadata: std::collections::BTreeMap::new(),
        created: Timestamp(1),
        changed: Timestamp(1),
        act: ActNumber(1),
    };
    let project = jeton_oauth::project::Project {
        id: ProjectId(3),
        organization: OrganizationId(6),
        name: Text::default(),
        active: true,
        asserts_roles: false,
        authorization_required: false,
        access_required: false,
        roles: Vec::new(),
        created: Timestamp(1),
        changed: Timestamp(1),
        act: ActNumber(1),
    };
    jeton_oauth::project::Instance {
        default_organization: organization.id,
        organizations: [(organization.id, organization.into())].into(),
        default_project: project.id,
        management_project: project.id,
        projects: [(project.id, project.into())].into(),
    }
}

#[cfg(test)]
mod tests;
