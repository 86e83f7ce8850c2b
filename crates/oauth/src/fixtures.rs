//! Clients and secrets for the tests of this crate.

use crate::authenticate::{AuthenticatedClient, authenticate};
use crate::client::{Api, Client, ClientState, Profile};
use crate::text::Text;
use crate::credential::{Credential, CredentialKind};
use crate::id::{ActNumber, AuthorizationId, ClientId, ClientName, OrganizationId, ProjectId};
use crate::organization::Organization;
use crate::instance::Instance;
use crate::project::Project;
use crate::role::{Role, RoleKey};
use crate::scope::{ScopeSet, UnknownScopes};
use crate::service_user::{Authorization, ServiceUser};
use crate::time::{Careful, Moment, Timestamp};
use crate::token::{AccessTokenFacts, Statement, Times};
use crate::generation::Generation;
use jeton_secret::{ClientSecretDigest, CredentialId, Entropy, EntropyError, Mint, SecretText, TokenName};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) const NOW: Timestamp = Timestamp(1_800_000_000);
pub(crate) const MOMENT: Moment = Moment { wall: NOW, careful: Careful(5_000) };

/// This many seconds after [`MOMENT`].
pub(crate) fn later(seconds: u64) -> Moment {
    Moment { wall: Timestamp(NOW.0.saturating_add(seconds)), careful: MOMENT.careful.after(seconds) }
}

pub(crate) const PROJECT: ProjectId = ProjectId(501);
pub(crate) const CREDENTIAL: CredentialId = CredentialId(11);
pub(crate) const DIGEST: ClientSecretDigest = ClientSecretDigest([9; 32]);

/// The generation of the tokens of these tests, the newest one.
pub(crate) const GENERATION: Generation = Generation(100);

pub(crate) const fn times(now: Moment) -> Times {
    Times { newest: GENERATION, now }
}

/// A token with these facts that lives for so many seconds.
pub(crate) fn statement(facts: AccessTokenFacts, seconds: u64) -> Statement {
    let expires = Timestamp(facts.issued.wall.0 + seconds);
    Statement { name: TokenName([8; 16]), generation: GENERATION, expires, facts }
}

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
        created: MOMENT,
        not_after: None,
        mark: Generation(0),
        kind: CredentialKind::Secret(DIGEST),
    }
}

fn client(name: ClientName, profile: Profile) -> Client {
    Client {
        id: ClientId(301),
        name,
        organization: ORGANIZATION,
        state: ClientState::Active,
        home_active: true,
        profile,
        credentials: vec![credential(CREDENTIAL.0)],
        mark: Generation(0),
        created: NOW,
        changed: NOW,
        act: ActNumber(1),
    }
}

pub(crate) fn service_user() -> Client {
    let user = ServiceUser { name: text("Billing \"worker\""), ..ServiceUser::default() };
    client(ClientName::username("billing").unwrap(), Profile::ServiceUser(user))
}

pub(crate) fn api() -> Client {
    let api = Api { name: text("Orders"), project: PROJECT, resource: None };
    client(ClientName::of_api(ClientId(301)), Profile::Api(api))
}

pub(crate) fn proof(client: Client) -> AuthenticatedClient {
    authenticate(Some(Arc::new(client)), CREDENTIAL, &DIGEST, |_| Ok(None), MOMENT).unwrap()
}

/// The fixture user, changed.
pub(crate) fn user_with(change: impl FnOnce(&mut ServiceUser)) -> Client {
    let mut client = service_user();
    if let Profile::ServiceUser(user) = &mut client.profile {
        change(user);
    }
    client
}

pub(crate) fn role(key: &str) -> RoleKey {
    RoleKey::parse(key).unwrap()
}

/// Roles of a project, granted.
pub(crate) fn authorization(project: ProjectId, roles: &[&str]) -> Authorization {
    let roles = roles.iter().map(|key| role(key)).collect();
    Authorization {
        id: AuthorizationId(project.0 + 1000),
        project,
        roles,
        active: true,
        by_grant: false,
        created: NOW,
        changed: NOW,
        act: ActNumber(2),
    }
}

pub(crate) const ORGANIZATION: OrganizationId = OrganizationId(401);

pub(crate) fn organization() -> Organization {
    Organization {
        id: ORGANIZATION,
        name: text("Example"),
        primary_domain: "example.com".into(),
        active: true,
        metadata: BTreeMap::new(),
        created: NOW,
        changed: NOW,
        act: ActNumber(1),
    }
}

pub(crate) const OTHER_PROJECT: ProjectId = ProjectId(502);
pub(crate) const MANAGEMENT: ProjectId = ProjectId(599);

/// An instance with a default project, another one, and roles `reader` and `writer` in both.
pub(crate) fn instance() -> Instance {
    let project = |id| {
        let roles = ["reader", "writer"].map(|key| Role {
            key: role(key),
            name: text(key),
            group: text(""),
            created: NOW,
            changed: NOW,
            since: ActNumber(1),
        });
        let project = Project {
            id,
            organization: ORGANIZATION,
            name: text("Shop"),
            active: true,
            asserts_roles: false,
            authorization_required: false,
            access_required: false,
            roles: roles.into(),
            grants: BTreeMap::new(),
            has_lost_grants: false,
            created: NOW,
            changed: NOW,
            act: ActNumber(1),
        };
        (id, Arc::new(project))
    };
    Instance {
        unreadable: std::collections::BTreeSet::new(),
        lost: crate::instance::Lost::default(),
        removed: std::collections::BTreeSet::new(),
        default_organization: ORGANIZATION,
        organizations: [(ORGANIZATION, Arc::new(organization()))].into(),
        default_project: PROJECT,
        management_project: MANAGEMENT,
        projects: [PROJECT, OTHER_PROJECT, MANAGEMENT].into_iter().map(project).collect(),
    }
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
