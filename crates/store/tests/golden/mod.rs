//! The objects that the attempts of `operations.rs` are about.

#![expect(clippy::unwrap_used, reason = "a test program fails by panicking, its helpers too")]
#![expect(unreachable_pub, reason = "public to the test program that includes it")]

pub mod attempts;

use jeton_domain::admin::{ClientOperation, ClientUpdate, Operation};
use jeton_domain::credential::{Credential, ExistingCredentials};
use jeton_domain::id::{ClientId, OrganizationId, ProjectId};
use jeton_domain::resource::Resource;
use jeton_domain::role::RoleKey;

pub const FOREIGN: OrganizationId = OrganizationId(401);
pub const SPOILED_ORGANIZATION: OrganizationId = OrganizationId(402);
pub const PROJECT: ProjectId = ProjectId(501);
pub const SPOILED_PROJECT: ProjectId = ProjectId(502);
pub const TARGET: ClientId = ClientId(300);
pub const API: ClientId = ClientId(350);

/// The users that the attempts are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Name {
    Target,
    Administrator,
    Stranger,
    Spoiled,
    SpoiledAdministrator,
    Spare,
}

impl Name {
    pub const ALL: [Self; 6] = [
        Self::Target,
        Self::Administrator,
        Self::Stranger,
        Self::Spoiled,
        Self::SpoiledAdministrator,
        Self::Spare,
    ];

    pub const fn id(self) -> ClientId {
        ClientId(TARGET.0 + self as u64)
    }

    pub const fn text(self) -> &'static str {
        match self {
            Self::Target => "target",
            Self::Administrator => "administrator",
            Self::Stranger => "stranger",
            Self::Spoiled => "spoiled",
            Self::SpoiledAdministrator => "spoiled-administrator",
            Self::Spare => "spare",
        }
    }

    pub fn organization(self, home: OrganizationId) -> OrganizationId {
        if self == Self::Stranger { FOREIGN } else { home }
    }
}

pub fn role(key: &str) -> RoleKey {
    RoleKey::parse(key).unwrap()
}

pub fn resource(uri: &str) -> Resource {
    Resource::parse(uri).unwrap()
}

pub fn update(client: ClientId, update: ClientUpdate) -> Operation {
    Operation::Client(client, ClientOperation::Update(update))
}

pub fn add(credential: Credential) -> ClientUpdate {
    ClientUpdate::AddCredential { credential, others: ExistingCredentials::Keep }
}
