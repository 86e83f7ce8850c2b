//! Clients, projects and tokens for tests.

use crate::client::{Api, Client, ClientState, Profile};
use crate::credential::{Credential, CredentialKind};
use crate::generation::Generation;
use crate::id::{AuthorizationId, ClientId, ClientName, EventId, OrganizationId, ProjectId};
use crate::instance::Instance;
use crate::organization::Organization;
use crate::project::Project;
use crate::role::{Role, RoleKey};
use crate::scope::{ScopeSet, UnknownScopes};
use crate::service_user::{Authorization, ServiceUser};
use crate::text::Text;
use crate::time::{Careful, Moment, Timestamp};
use crate::token::{AccessTokenFacts, Statement, Times};
use jeton_secret::{ClientSecretDigest, CredentialId, TokenName};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The time on the wall clock.
pub const NOW: Timestamp = Timestamp(1_800_000_000);
/// The time on both clocks.
pub const MOMENT: Moment = Moment { wall: NOW, careful: Careful(5_000) };

/// The moment this many seconds after [`MOMENT`].
pub fn later(seconds: u64) -> Moment {
    Moment { wall: Timestamp(NOW.0.saturating_add(seconds)), careful: MOMENT.careful.after(seconds) }
}

/// The default project.
pub const PROJECT: ProjectId = ProjectId(501);
/// The id of the fixture clients' credential.
pub const CREDENTIAL: CredentialId = CredentialId(11);
/// The digest of the fixture clients' secret.
pub const DIGEST: ClientSecretDigest = ClientSecretDigest([9; 32]);

/// The generation of the tokens of these tests, the newest one.
pub const GENERATION: Generation = Generation(100);

/// The facts about all tokens, at a point in time.
pub const fn times(now: Moment) -> Times {
    Times { newest: GENERATION, now }
}

/// A token with these facts that lives for this many seconds.
pub fn statement(facts: AccessTokenFacts, seconds: u64) -> Statement {
    let expires = Timestamp(facts.issued.wall.0 + seconds);
    Statement { name: TokenName([8; 16]), generation: GENERATION, expires, facts }
}

/// Text for people.
pub fn text(text: &str) -> Text {
    Text::new(text).expect("text for people")
}

/// A set of scopes; empty for the empty text.
pub fn scopes(text: &str) -> ScopeSet {
    if text.is_empty() {
        ScopeSet::default()
    } else {
        ScopeSet::parse(text, UnknownScopes::Drop).expect("scopes")
    }
}

/// A client secret with this id and [`DIGEST`].
pub fn credential(id: u64) -> Credential {
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
        event_id: EventId(1),
    }
}

/// A service user with one client secret.
pub fn service_user() -> Client {
    let user = ServiceUser { name: text("Billing \"worker\""), ..ServiceUser::default() };
    client(ClientName::username("billing").expect("a username"), Profile::ServiceUser(user))
}

/// An API of [`PROJECT`] with one client secret.
pub fn api() -> Client {
    let api = Api { name: text("Orders"), project: PROJECT, resource: None };
    client(ClientName::of_api(ClientId(301)), Profile::Api(api))
}

/// The fixture user after a change.
pub fn user_with(change: impl FnOnce(&mut ServiceUser)) -> Client {
    let mut client = service_user();
    if let Profile::ServiceUser(user) = &mut client.profile {
        change(user);
    }
    client
}

/// A role key.
pub fn role(key: &str) -> RoleKey {
    RoleKey::parse(key).expect("a role key")
}

/// An authorization for roles of a project.
pub fn authorization(project: ProjectId, roles: &[&str]) -> Authorization {
    let roles = roles.iter().map(|key| role(key)).collect();
    Authorization {
        id: AuthorizationId(project.0 + 1000),
        project,
        roles,
        active: true,
        by_grant: false,
        created: NOW,
        changed: NOW,
        event_id: EventId(2),
    }
}

/// The default organization.
pub const ORGANIZATION: OrganizationId = OrganizationId(401);

/// The default organization, whole.
pub fn organization() -> Organization {
    Organization {
        id: ORGANIZATION,
        name: text("Example"),
        primary_domain: "example.com".into(),
        active: true,
        metadata: BTreeMap::new(),
        created: NOW,
        changed: NOW,
        event_id: EventId(1),
    }
}

/// A second project, of the same organization.
pub const OTHER_PROJECT: ProjectId = ProjectId(502);
/// The project of the management API.
pub const MANAGEMENT: ProjectId = ProjectId(599);

/// An instance with a default project, another one, and roles `reader` and `writer` in both.
pub fn instance() -> Instance {
    let project = |id| {
        let roles = ["reader", "writer"].map(|key| Role {
            key: role(key),
            name: text(key),
            group: text(""),
            created: NOW,
            changed: NOW,
            since: EventId(1),
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
            event_id: EventId(1),
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
