use super::project::ProjectRecord;
use super::token::{TokenRecord, TokenV1};
use super::*;
use crate::codec;
use crate::event::{Actor, Entry, EventKind};
use jeton_oauth::client::{Api, Client, ClientState, Profile};
use jeton_oauth::credential::{Credential, CredentialKind};
use jeton_oauth::id::{ActNumber, AuthorizationId, ClientId, ClientName, OrganizationId, SigningKeyId};
use jeton_oauth::key::PublicKey;
use jeton_oauth::organization::Organization;
use jeton_oauth::permission::{AdminRole, Administration, Realm};
use jeton_oauth::project::{Project, Role};
use jeton_oauth::resource::Resource;
use jeton_oauth::scope::UnknownScopes;
use jeton_oauth::service_user::{AccessTokenType, Authorization, ServiceUser, TokenLimits};
use jeton_oauth::signing::{SigningKey, SigningKeyState};
use jeton_oauth::time::{Lifetime, Timestamp};
use jeton_oauth::token::{AccessTokenFacts, Sequence, StoredToken};
use jeton_secret::Link;
use jeton_secret::{ClientSecretDigest, CredentialId, TokenDigest};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn from_hex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn token() -> StoredToken {
    let facts = AccessTokenFacts {
        client: ClientId(7),
        credential: CredentialId(0x0102_0304_0506_0708),
        issued: Timestamp(1_700_000_000),
        scopes: ScopeSet::parse("openid profile", UnknownScopes::Refuse).unwrap(),
        resources: Vec::new(),
    };
    StoredToken { facts, digest: TokenDigest([0x5a; 32]) }
}

fn token_with_everything() -> StoredToken {
    let mut token = token();
    let scopes = "openid urn:zitadel:iam:org:project:id:3:aud urn:zitadel:iam:org:project:role:reader";
    token.facts.scopes = ScopeSet::parse(scopes, UnknownScopes::Refuse).unwrap();
    token.facts.resources = vec![ClientId(8)];
    token
}

fn credential(id: u64) -> Credential {
    Credential {
        id: CredentialId(id),
        label: Text::new("laptop").unwrap(),
        created: Timestamp(1_700_000_000),
        not_after: Some(Timestamp(1_800_000_000)),
        revoked: None,
        tokens_valid_from: Sequence(5),
        kind: CredentialKind::Secret(ClientSecretDigest([0xa5; 32])),
    }
}

fn user() -> Client {
    Client {
        id: ClientId(7),
        name: ClientName::username("billing").unwrap(),
        organization: OrganizationId(6),
        state: ClientState::Active,
        home_active: true,
        profile: Profile::ServiceUser(ServiceUser {
            name: Text::new("Billing é").unwrap(),
            default_scopes: ScopeSet::parse("openid", UnknownScopes::Refuse).unwrap(),
            ..ServiceUser::default()
        }),
        credentials: vec![credential(1), credential(2)],
        tokens_valid_from: Sequence(9),
        created: Timestamp(1_700_000_000),
        changed: Timestamp(1_700_000_001),
        act: ActNumber(0),
    }
}

fn user_with_everything() -> Client {
    let mut client = user();
    let key = PublicKey { algorithm: Algorithm::Es384, spki: Box::new([0x30, 0x76]) };
    client.credentials[1].kind = CredentialKind::Key(key);
    client.credentials.push(Credential { kind: CredentialKind::PersonalAccessToken, ..credential(3) });
    if let Profile::ServiceUser(user) = &mut client.profile {
        user.token_type = AccessTokenType::Jwt;
        user.limits = TokenLimits {
            scopes: Some(token_with_everything().facts.scopes),
            audiences: Some(vec![ProjectId(3)]),
            lifetime: Some(Lifetime(900)),
        };
        user.authorizations = vec![Authorization {
            id: AuthorizationId(4),
            project: ProjectId(3),
            roles: vec![RoleKey::parse("reader").unwrap()],
            active: true,
            created: Timestamp(1_700_000_000),
            changed: Timestamp(1_700_000_001),
            act: ActNumber(0),
        }];
        user.metadata.insert(Text::new("team").unwrap(), Box::new([0xff, 0]));
    }
    client
}

/// What the third version brought.
fn user_of_v3() -> Client {
    let mut client = Client { state: ClientState::Locked, act: ActNumber(77), ..user_with_everything() };
    if let Profile::ServiceUser(user) = &mut client.profile {
        user.authorizations[0].active = false;
        user.authorizations[0].act = ActNumber(70);
        let administration = |realm, role| Administration {
            realm,
            roles: vec![role],
            created: Timestamp(1_700_000_000),
            changed: Timestamp(1_700_000_001),
        };
        user.administrations = vec![
            administration(Realm::Instance, AdminRole::IamOwner),
            administration(Realm::Organization(OrganizationId(6)), AdminRole::OrgUserManager),
            administration(Realm::Project(ProjectId(3)), AdminRole::ProjectOwnerViewer),
        ];
    }
    client
}

fn api(resource: Option<&str>) -> Client {
    let resource = resource.map(|uri| Resource::parse(uri).unwrap());
    let profile = Profile::Api(Api { name: Text::new("Shop").unwrap(), project: ProjectId(3), resource });
    Client { name: ClientName::of_api(ClientId(8)), id: ClientId(8), profile, ..user() }
}

fn project() -> Project {
    let role = Role {
        key: RoleKey::parse("reader").unwrap(),
        name: Text::new("Reader").unwrap(),
        group: Text::new("").unwrap(),
        created: Timestamp(1_700_000_000),
        changed: Timestamp(1_700_000_001),
        since: ActNumber(0),
    };
    Project {
        id: ProjectId(3),
        organization: OrganizationId(6),
        name: Text::new("Shop").unwrap(),
        active: true,
        asserts_roles: true,
        authorization_required: false,
        access_required: false,
        roles: vec![role],
        created: Timestamp(1_700_000_000),
        changed: Timestamp(1_700_000_001),
        act: ActNumber(0),
    }
}

fn project_of_v3() -> Project {
    let mut project = project();
    project.roles[0].since = ActNumber(5);
    Project {
        active: false,
        authorization_required: true,
        access_required: true,
        act: ActNumber(6),
        ..project
    }
}

fn signing_key(state: SigningKeyState) -> SigningKey {
    SigningKey {
        id: SigningKeyId(5),
        public: PublicKey { algorithm: Algorithm::EdDsa, spki: Box::new([0x30, 0x2a]) },
        sealed: matches!(state, SigningKeyState::Next).then(|| Box::from([1, 2, 3])),
        state,
        created: Timestamp(1_700_000_000),
    }
}

fn organization() -> Organization {
    Organization {
        id: OrganizationId(6),
        name: Text::new("Example").unwrap(),
        primary_domain: "example.com".into(),
        active: true,
        metadata: BTreeMap::new(),
        created: Timestamp(0),
        changed: Timestamp(0),
        act: ActNumber(0),
    }
}

fn organization_of_v2() -> Organization {
    Organization {
        active: false,
        metadata: [(Text::new("team").unwrap(), Box::from([0xff, 0]))].into(),
        created: Timestamp(1_700_000_000),
        changed: Timestamp(1_700_000_001),
        act: ActNumber(8),
        ..organization()
    }
}

fn event_row() -> Vec<u8> {
    let entry = Entry::new(EventKind::SecretAdded, 7, 9, "laptop");
    let by = Actor::Client(ClientId(5), CredentialId(6));
    let record = write_event(Timestamp(1_700_000_000), by, Some(OrganizationId(6)), &entry).unwrap();
    [[0xcc; Link::BYTES].as_slice(), &record].concat()
}

fn token_bytes(token: &StoredToken) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_token(token, &mut bytes).unwrap();
    bytes
}

fn client_bytes(client: &Client) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_client(client, &mut bytes).unwrap();
    bytes
}

/// Bytes of every version. What is still written must come out as it is here.
const GOLDEN: &str = include_str!("golden.txt");

fn golden(name: &str) -> Vec<u8> {
    from_hex(GOLDEN.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap())
}

#[test]
fn what_is_written_is_written_as_ever() {
    let written = [
        ("token v1", token_bytes(&token())),
        ("token v2", token_bytes(&token_with_everything())),
        ("service user v3", client_bytes(&user_of_v3())),
        ("api v3", client_bytes(&api(Some("https://api.example.com")))),
        ("project v3", write_project(&project_of_v3()).unwrap()),
        ("organization v2", write_organization(&organization_of_v2()).unwrap()),
        ("event v1", event_row()),
        ("signing key v1 next", write_signing_key(&signing_key(SigningKeyState::Next)).unwrap()),
        (
            "signing key v1 retiring",
            write_signing_key(&signing_key(SigningKeyState::Retiring { until: Timestamp(9) })).unwrap(),
        ),
    ];
    for (name, bytes) in written {
        assert_eq!(to_hex(&bytes), to_hex(&golden(name)), "{name}");
    }
}

#[test]
fn records_of_every_version_are_read() {
    let read = |name| read_token(&golden(name)).unwrap();
    for (name, token) in [("token v1", token()), ("token v2", token_with_everything())] {
        assert_eq!((read(name).facts, read(name).digest.0), (token.facts, token.digest.0), "{name}");
    }
    for (name, client) in [
        ("service user v1", user()),
        ("service user v2", user_with_everything()),
        ("api v1", api(None)),
        ("service user v3", user_of_v3()),
        ("api v2", api(Some("https://api.example.com"))),
        ("api v3", api(Some("https://api.example.com"))),
    ] {
        let read = read_client(client.id, &golden(name), &instance_of_tests()).unwrap();
        assert_eq!(read, client, "{name}");
    }
    let read_project = |name| read_project(ProjectId(3), &golden(name), OrganizationId(6)).unwrap();
    let old = read_project("project v1");
    assert_eq!((old.name.as_str(), old.roles.len(), old.changed), ("Default", 0, old.created));
    assert_eq!(read_project("project v2"), project());
    assert_eq!(read_project("project v3"), project_of_v3());
    let read = |name| read_organization(OrganizationId(6), &golden(name)).unwrap();
    assert_eq!(read("organization v1"), organization());
    assert_eq!(read("organization v2"), organization_of_v2());
    let event = read_event(ActNumber(3), &golden("event v1")).unwrap();
    assert_eq!((event.entry.kind, event.link), (EventKind::SecretAdded, Link([0xcc; Link::BYTES])));
    for (name, state) in [
        ("signing key v1 next", SigningKeyState::Next),
        ("signing key v1 retiring", SigningKeyState::Retiring { until: Timestamp(9) }),
    ] {
        assert_eq!(read_signing_key(SigningKeyId(5), &golden(name)).unwrap(), signing_key(state), "{name}");
    }
}

/// Whether any reader takes these bytes.
fn is_read(bytes: &[u8]) -> [bool; 4] {
    [
        read_token(bytes).is_ok(),
        read_client(ClientId(7), bytes, &instance_of_tests()).is_ok(),
        read_project(ProjectId(3), bytes, OrganizationId(6)).is_ok(),
        read_signing_key(SigningKeyId(5), bytes).is_ok(),
    ]
}

#[test]
fn a_record_that_lost_or_gained_a_byte_is_corrupt() {
    let records = [
        (0, token_bytes(&token())),
        (0, token_bytes(&token_with_everything())),
        (1, client_bytes(&user())),
        (1, client_bytes(&user_with_everything())),
        (1, client_bytes(&api(Some("https://api.example.com")))),
        (2, write_project(&project()).unwrap()),
        (3, write_signing_key(&signing_key(SigningKeyState::Next)).unwrap()),
    ];
    for (kind, record) in &records {
        let kind = *kind;
        assert!(is_read(record)[kind]);
        for len in 0..record.len() {
            assert!(!is_read(&record[..len])[kind], "{len} of {} bytes", record.len());
        }
        for extra in [0, 1, 255] {
            assert!(!is_read(&[record.as_slice(), &[extra]].concat())[kind]);
        }
    }
}

#[test]
fn a_record_of_an_unknown_version_is_corrupt() {
    for record in [token_bytes(&token()), client_bytes(&user())] {
        for version in 3..=255 {
            let mut newer = record.clone();
            newer[0] = version;
            assert_eq!(is_read(&newer), [false; 4], "version {version}");
        }
    }
}

#[test]
fn values_that_no_version_wrote_are_corrupt() {
    let bits = TokenV1 {
        client: 1,
        credential: 1,
        issued: 1,
        scopes: ScopesV1 { standard: 1 << 10, project_audiences: Vec::new() },
        digest: [0; 32],
    };
    let mut bytes = Vec::new();
    codec::encode(&TokenRecord::V1(bits), &mut bytes).unwrap();
    assert!(read_token(&bytes).is_err(), "a scope bit that is no scope");
    let mut bytes = Vec::new();
    codec::encode(&ProjectRecord::V1 { name: "a\nb".into(), created: 1 }, &mut bytes).unwrap();
    assert!(read_project(ProjectId(3), &bytes, OrganizationId(6)).is_err(), "a name with a line break");
}

#[test]
fn a_record_has_a_most_of_bytes() {
    let long = ProjectRecord::V1 { name: "x".repeat(64 * 1024), created: 1 };
    let mut bytes = vec![7];
    assert_eq!(codec::encode(&long, &mut bytes), Err(Corrupt));
    assert_eq!(bytes, [7], "nothing of it is left");
    assert!(codec::decode::<ProjectRecord>(&[0, 0xfd, 255, 255, 255, 255, 255, 255, 255, 255]).is_err());
}

proptest! {
    #[test]
    fn any_token_round_trips(client: u64, credential: u64, issued: u64, digest: [u8; 32], standard in 0..1024_u16, projects: Vec<u64>, roles in proptest::collection::vec("[a-z]{1,9}", 0..3), resources: Vec<u64>) {
        let projects = projects.into_iter().map(ProjectId).collect();
        let roles: Vec<_> = roles.iter().map(|role| format!("urn:zitadel:iam:org:project:role:{role}")).collect();
        let facts = AccessTokenFacts {
            client: ClientId(client),
            credential: CredentialId(credential),
            issued: Timestamp(issued),
            scopes: ScopeSet::from_parts(standard, projects, roles.iter().map(String::as_str)).unwrap(),
            resources: resources.into_iter().map(ClientId).collect(),
        };
        let token = StoredToken { facts, digest: TokenDigest(digest) };
        let read = read_token(&token_bytes(&token)).unwrap();
        prop_assert_eq!((read.facts, read.digest.0), (token.facts, token.digest.0));
    }

    #[test]
    fn what_is_read_is_written_and_read_again(bytes: Vec<u8>) {
        crate::fuzzing::records(&bytes);
    }

    #[test]
    fn a_flipped_byte_never_passes_unseen(at in 0..200_usize, flip in 1..=255_u8) {
        let mut bytes = client_bytes(&user());
        let at = at % bytes.len();
        bytes[at] ^= flip;
        crate::fuzzing::records(&bytes);
        if let Ok(read) = read_client(ClientId(7), &bytes, &instance_of_tests()) {
            prop_assert!(client_bytes(&read) != client_bytes(&user()));
        }
    }
}
