mod broken;

use super::*;
use jeton_domain::client::{Api, Client, ClientState, Profile};
use jeton_domain::credential::{Credential, CredentialKind, PastCredential};
use jeton_domain::event::{Actor, Entry, EventKind, NOTE_BYTES_MAX};
use jeton_domain::generation::Generation;
use jeton_domain::id::{
    AuthorizationId, ClientId, ClientName, EventId, OrganizationId, SigningKeyId, TokenKeyId,
};
use jeton_domain::key::PublicKey;
use jeton_domain::limits::CREDENTIALS_MAX;
use jeton_domain::organization::Organization;
use jeton_domain::permission::{ADMINISTRATIONS_MAX, AdminRole, AdminScope, Administration};
use jeton_domain::project::{Project, ROLES_MAX};
use jeton_domain::project_grant::{GRANTED_ROLES_MAX, GRANTS_MAX, GrantedRole, ProjectGrant};
use jeton_domain::resource::Resource;
use jeton_domain::role::Role;
use jeton_domain::scope::{SCOPE_BYTES_MAX, UnknownScopes};
use jeton_domain::service_user::{
    AUTHORIZATIONS_MAX, AccessTokenType, Authorization, JwtType, METADATA_MAX, METADATA_VALUE_BYTES_MAX,
    ROLES_OF_USER_MAX, ServiceUser, TokenLimits,
};
use jeton_domain::signing::{SigningKey, SigningKeyState};
use jeton_domain::text::Text;
use jeton_domain::time::{Careful, Lifetime, Moment, Timestamp};
use jeton_domain::token_key::{TokenKey, TokenKeyState};
use jeton_secret::{ClientSecretDigest, CredentialId, Link, PersonalAccessTokenDigest};
use proptest::prelude::*;
use std::collections::BTreeMap;

const CREATED: Timestamp = Timestamp(1_700_000_000);
const MADE: Moment = Moment { wall: CREATED, careful: Careful(9_000) };
const CHANGED: Timestamp = Timestamp(1_700_000_001);

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn scopes(text: &str) -> ScopeSet {
    ScopeSet::parse(text, UnknownScopes::Refuse).unwrap()
}

fn credential(id: u64, kind: CredentialKind) -> Credential {
    Credential {
        id: CredentialId(id),
        label: Text::new("laptop").unwrap(),
        created: MADE,
        not_after: Some(MADE.until(Timestamp(1_800_000_000))),

        mark: Generation(5),
        kind,
    }
}

fn key(bytes: usize) -> CredentialKind {
    CredentialKind::Key(PublicKey { algorithm: Algorithm::Es384, spki: vec![0x30; bytes].into() })
}

fn past_credential() -> PastCredential {
    PastCredential { credential: credential(3, key(2)), revoked: Some(CHANGED) }
}

fn authorization(roles: Vec<RoleKey>) -> Authorization {
    Authorization {
        id: AuthorizationId(4),
        project: ProjectId(3),
        roles,
        active: false,
        by_grant: true,
        created: CREATED,
        changed: CHANGED,
        event_id: EventId(70),
    }
}

fn administration(realm: AdminScope, role: AdminRole) -> Administration {
    Administration { realm, roles: vec![role], created: CREATED, changed: CHANGED }
}

fn client(id: u64, name: ClientName, profile: Profile) -> Client {
    Client {
        id: ClientId(id),
        name,
        organization: OrganizationId(6),
        state: ClientState::Locked,
        home_active: true,
        profile,
        credentials: vec![
            credential(1, CredentialKind::Secret(ClientSecretDigest([0xa5; 32]))),
            credential(2, key(2)),
            credential(3, CredentialKind::PersonalAccessToken(PersonalAccessTokenDigest([0x7e; 32]))),
        ],
        mark: Generation(9),
        created: CREATED,
        changed: CHANGED,
        event_id: EventId(77),
    }
}

pub(crate) fn user() -> Client {
    let user = ServiceUser {
        name: Text::new("Billing é").unwrap(),
        default_scopes: scopes("openid"),
        token_type: AccessTokenType::Jwt,
        jwt_type: Some(JwtType::AtJwt),
        limits: TokenLimits {
            scopes: Some(scopes(
                "openid urn:zitadel:iam:org:project:id:3:aud urn:zitadel:iam:org:project:role:reader",
            )),
            audiences: Some(vec![ProjectId(3)]),
            lifetime: Some(Lifetime(900)),
        },
        authorizations: vec![authorization(vec![RoleKey::parse("reader").unwrap()])],
        administrations: vec![
            administration(AdminScope::Instance, AdminRole::IamOwner),
            administration(AdminScope::Organization(OrganizationId(6)), AdminRole::OrgUserManager),
            administration(AdminScope::Project(ProjectId(3)), AdminRole::ProjectOwnerViewer),
        ],
        metadata: [(Text::new("team").unwrap(), Box::from([0xff, 0]))].into(),
        ..ServiceUser::default()
    };
    client(7, ClientName::username("billing").unwrap(), Profile::ServiceUser(user))
}

fn api() -> Client {
    let resource = Some(Resource::parse("https://api.example.com").unwrap());
    let api = Api { name: Text::new("Shop").unwrap(), project: ProjectId(3), resource };
    client(8, ClientName::of_api(ClientId(8)), Profile::Api(api))
}

fn role_of(key: &str, name: &str) -> Role {
    Role {
        key: RoleKey::parse(key).unwrap(),
        name: Text::new(name).unwrap(),
        group: Text::new(name).unwrap(),
        created: CREATED,
        changed: CHANGED,
        since: EventId(5),
    }
}

fn grant(keys: &[&str]) -> ProjectGrant {
    let role = |key: &&str| GrantedRole { key: RoleKey::parse(key).unwrap(), since: EventId(71) };
    ProjectGrant {
        roles: keys.iter().map(role).collect(),
        active: false,
        created: CREATED,
        changed: CHANGED,
        since: EventId(70),
        event_id: EventId(72),
    }
}

fn project() -> Project {
    Project {
        id: ProjectId(3),
        organization: OrganizationId(6),
        name: Text::new("Shop").unwrap(),
        active: false,
        asserts_roles: true,
        authorization_required: true,
        access_required: true,
        roles: vec![role_of("reader", "Reader")],
        grants: [(OrganizationId(7), grant(&["reader"]))].into(),
        has_lost_grants: true,
        created: CREATED,
        changed: CHANGED,
        event_id: EventId(6),
    }
}

fn organization() -> Organization {
    Organization {
        id: OrganizationId(6),
        name: Text::new("Example").unwrap(),
        primary_domain: "example.com".into(),
        active: false,
        metadata: [(Text::new("team").unwrap(), Box::from([0xff, 0]))].into(),
        created: CREATED,
        changed: CHANGED,
        event_id: EventId(8),
    }
}

const WAITING: SigningKeyState = SigningKeyState::Next { scheduled: true };

fn signing_key(state: SigningKeyState) -> SigningKey {
    SigningKey {
        id: SigningKeyId(5),
        public: PublicKey { algorithm: Algorithm::EdDsa, spki: Box::new([0x30, 0x2a]) },
        sealed: matches!(state, SigningKeyState::Next { .. }).then(|| Box::from([1, 2, 3])),
        state,
        created: MADE,
    }
}

fn token_key() -> TokenKey {
    let state = TokenKeyState::Retiring { until: MADE };
    TokenKey { id: TokenKeyId(5), sealed: Some(Box::new([1, 2, 3])), state, created: MADE }
}

fn event_row() -> Vec<u8> {
    let entry = Entry::new(EventKind::SecretAdded, 7, 9, "laptop");
    let by = Actor::Client(ClientId(5), CredentialId(6));
    let record = write_event(CREATED, by, Some(OrganizationId(6)), &entry).unwrap();
    [[0xcc; Link::BYTES].as_slice(), &record].concat()
}

/// Every kind of record, by the name of its golden bytes.
fn written() -> [(&'static str, Vec<u8>); 9] {
    let retiring = SigningKeyState::Retiring { until: MADE };
    [
        ("token key", write_token_key(&token_key()).unwrap()),
        ("service user", write_client(&user()).unwrap()),
        ("api", write_client(&api()).unwrap()),
        ("past credential", write_past_credential(&past_credential()).unwrap()),
        ("project", write_project(&project()).unwrap()),
        ("organization", write_organization(&organization()).unwrap()),
        ("event", event_row()),
        ("signing key next", write_signing_key(&signing_key(WAITING)).unwrap()),
        ("signing key retiring", write_signing_key(&signing_key(retiring)).unwrap()),
    ]
}

#[test]
fn records_have_their_golden_bytes() {
    let golden = include_str!("golden.txt");
    let now: String = written().iter().map(|(name, bytes)| format!("{name}: {}\n", to_hex(bytes))).collect();
    assert_eq!(now, golden);
}

#[test]
fn records_are_read_as_they_were_written() {
    let [
        token_key_bytes,
        user_bytes,
        api_bytes,
        past,
        project_bytes,
        organization_bytes,
        event,
        next,
        retiring,
    ] = written().map(|(_, bytes)| bytes);
    assert_eq!(read_token_key(TokenKeyId(5), &token_key_bytes), Ok(token_key()));
    assert_eq!(read_client(ClientId(7), &user_bytes), Ok(user()));
    assert_eq!(read_client(ClientId(8), &api_bytes), Ok(api()));
    assert_eq!(read_past_credential(CredentialId(3), &past), Ok(past_credential()));
    assert_eq!(read_past_credential(CredentialId(4), &past), Err(Corrupt), "another one's row");
    assert_eq!(read_project(ProjectId(3), &project_bytes), Ok(project()));
    assert_eq!(read_organization(OrganizationId(6), &organization_bytes), Ok(organization()));
    let event = read_event(EventId(3), &event).unwrap();
    assert_eq!((event.entry.kind, event.link), (EventKind::SecretAdded, Link([0xcc; Link::BYTES])));
    assert_eq!(read_signing_key(SigningKeyId(5), &next), Ok(signing_key(WAITING)));
    let state = SigningKeyState::Retiring { until: MADE };
    assert_eq!(read_signing_key(SigningKeyId(5), &retiring), Ok(signing_key(state)));
}

/// True if the reader of this kind accepts these bytes.
fn is_read(name: &str, bytes: &[u8]) -> bool {
    match name {
        "token key" => read_token_key(TokenKeyId(5), bytes).is_ok(),
        "service user" | "api" => read_client(ClientId(7), bytes).is_ok(),
        "past credential" => read_past_credential(CredentialId(3), bytes).is_ok(),
        "project" => read_project(ProjectId(3), bytes).is_ok(),
        "organization" => read_organization(OrganizationId(6), bytes).is_ok(),
        "event" => read_event(EventId(3), bytes).is_ok(),
        _ => read_signing_key(SigningKeyId(5), bytes).is_ok(),
    }
}

#[test]
fn a_record_that_lost_or_gained_a_byte_is_corrupt() {
    for (name, record) in written() {
        assert!(is_read(name, &record), "{name}");
        for len in 0..record.len() {
            assert!(!is_read(name, &record[..len]), "{name}: {len} of {} bytes", record.len());
        }
        for extra in [0, 1, 255] {
            assert!(!is_read(name, &[record.as_slice(), &[extra]].concat()), "{name}");
        }
    }
}

fn long(len: usize) -> Text {
    Text::new(&"x".repeat(len)).unwrap()
}

/// A user with as much of everything as the limits of the domain allow.
fn largest_user() -> Client {
    let text = long(Text::BYTES_MAX);
    let key_of =
        |number: usize| RoleKey::parse(&format!("{number:0>len$}", len = RoleKey::BYTES_MAX)).unwrap();
    let domain = format!("urn:zitadel:iam:org:domain:primary:{}", "x".repeat(253));
    let many = [domain.as_str(); SCOPE_BYTES_MAX / 300].join(" ");
    let roles_each = ROLES_OF_USER_MAX / AUTHORIZATIONS_MAX;
    let user = ServiceUser {
        name: text.clone(),
        description: text.clone(),
        default_scopes: scopes(&many),
        token_type: AccessTokenType::Jwt,
        jwt_type: Some(JwtType::AtJwt),
        limits: TokenLimits {
            scopes: Some(scopes(&many)),
            audiences: Some(vec![ProjectId(u64::MAX); 100]),
            lifetime: Some(Lifetime(u32::MAX)),
        },
        authorizations: vec![authorization((0..roles_each).map(key_of).collect()); AUTHORIZATIONS_MAX],
        administrations: (0..ADMINISTRATIONS_MAX)
            .map(|_| Administration {
                roles: AdminRole::ALL.to_vec(),
                ..administration(AdminScope::Project(ProjectId(u64::MAX)), AdminRole::IamOwner)
            })
            .collect(),
        metadata: (0..METADATA_MAX)
            .map(|number| {
                let key = Text::new(&format!("{number:0>len$}", len = Text::BYTES_MAX)).unwrap();
                (key, vec![0xff; METADATA_VALUE_BYTES_MAX].into())
            })
            .collect::<BTreeMap<_, _>>(),
    };
    let name = ClientName::username(&"👩".repeat(ClientName::CHARACTERS_MAX)).unwrap();
    let credential = Credential {
        label: text,
        not_after: Some(Moment { wall: Timestamp(u64::MAX), careful: Careful(u64::MAX) }),
        ..credential(u64::MAX, key(PublicKey::SPKI_BYTES_MAX))
    };
    let largest = client(u64::MAX, name, Profile::ServiceUser(user));
    // Of each kind; keys are the largest.
    Client { credentials: vec![credential; 3 * CREDENTIALS_MAX], ..largest }
}

/// A project with as much of everything as the limits of the domain allow.
fn largest_project() -> Project {
    let name = "x".repeat(Text::BYTES_MAX);
    let key = |number| format!("{number:0>len$}", len = RoleKey::BYTES_MAX);
    let roles: Vec<_> = (0..ROLES_MAX).map(|number| role_of(&key(number), &name)).collect();
    let since = EventId(u64::MAX);
    let granted = roles.iter().rev().map(|role| GrantedRole { key: role.key.clone(), since });
    let granted: Vec<_> = granted.take(GRANTED_ROLES_MAX / GRANTS_MAX).collect();
    let (created, changed) = (Timestamp(u64::MAX), Timestamp(u64::MAX));
    let grant = ProjectGrant { roles: granted, active: true, created, changed, since, event_id: since };
    let to = |number| OrganizationId(u64::MAX - number);
    let grants = (0..).map(to).zip(std::iter::repeat_n(grant, GRANTS_MAX)).collect();
    Project { roles, grants, ..project() }
}

/// Everything that the documented limits allow fits into a record. The bound of bytes once refused, or
/// the reader could not read, values that each limit by itself allowed.
#[test]
fn the_largest_records_are_written_and_read() {
    let user = largest_user();
    assert_eq!(read_client(user.id, &write_client(&user).unwrap()), Ok(user));
    let project = largest_project();
    let record = write_project(&project).unwrap();
    assert!(record.len() > 700_000, "{}", record.len());
    assert_eq!(read_project(project.id, &record), Ok(project));
    let metadata = match largest_user().profile {
        Profile::ServiceUser(user) => user.metadata,
        Profile::Api(_) => BTreeMap::new(),
    };
    let organization = Organization { name: long(Text::BYTES_MAX), metadata, ..organization() };
    assert_eq!(
        read_organization(organization.id, &write_organization(&organization).unwrap()),
        Ok(organization)
    );
    let entry = Entry::new(EventKind::UserAdded, u64::MAX, u64::MAX, "x".repeat(NOTE_BYTES_MAX));
    let record = write_event(Timestamp(u64::MAX), Actor::Operator, None, &entry).unwrap();
    let row = [[0; Link::BYTES].as_slice(), &record].concat();
    assert_eq!(read_event(EventId(1), &row).unwrap().entry, entry);
}

fn any_text(len_max: usize) -> impl Strategy<Value = Text> {
    proptest::collection::vec(any::<char>(), 0..len_max)
        .prop_map(|chars| Text::stored(&chars.into_iter().take(125).collect::<String>()))
}

fn any_role() -> impl Strategy<Value = Role> {
    (any_text(20), any_text(20), "[!#-\\[\\]-~]{1,200}", any::<[u64; 3]>()).prop_map(
        |(name, group, key, [created, changed, since])| Role {
            key: RoleKey::parse(&key).unwrap(),
            name,
            group,
            created: Timestamp(created),
            changed: Timestamp(changed),
            since: EventId(since),
        },
    )
}

proptest! {
    /// Writing reads the record back and compares, so a record that is written can be read.
    #[test]
    fn any_project_is_written(
        name in any_text(125),
        roles in proptest::collection::vec(any_role(), 0..20),
        flags: [bool; 4],
        times: [u64; 4],
    ) {
        let keys: Vec<_> = roles.iter().map(|role| role.key.as_str()).collect();
        let granted = grant(&keys);
        let project = Project {
            id: ProjectId(3),
            organization: OrganizationId(times[0]),
            name,
            active: flags[0],
            asserts_roles: flags[1],
            authorization_required: flags[2],
            access_required: flags[3],
            roles,
            grants: [(OrganizationId(times[1]), granted)].into(),
            has_lost_grants: flags[0],
            created: Timestamp(times[1]),
            changed: Timestamp(times[2]),
            event_id: EventId(times[3]),
        };
        prop_assert!(write_project(&project).is_ok());
    }

    #[test]
    fn any_user_is_written(
        texts in (any_text(125), any_text(125)),
        metadata in proptest::collection::vec((any_text(40), proptest::collection::vec(any::<u8>(), 0..500)), 0..20),
        roles in proptest::collection::vec(any_role(), 0..20),
        numbers: [u64; 6],
        end: Option<u64>,
    ) {
        let mut client = user();
        client.mark = Generation(numbers[0]);
        client.created = Timestamp(numbers[1]);
        client.changed = Timestamp(numbers[2]);
        client.event_id = EventId(numbers[3]);
        client.organization = OrganizationId(numbers[4]);
        client.credentials[0].not_after = end.map(|end| MADE.until(Timestamp(end)));
        if let Profile::ServiceUser(user) = &mut client.profile {
            (user.name, user.description) = texts;
            user.metadata = metadata.into_iter().map(|(key, value)| (key, value.into())).collect();
            user.authorizations[0].roles = roles.into_iter().map(|role| role.key).collect();
            user.authorizations[0].id = AuthorizationId(numbers[5]);
        }
        prop_assert!(write_client(&client).is_ok());
    }

    #[test]
    fn bytes_that_are_read_are_written_and_read_again(bytes: Vec<u8>) {
        crate::fuzzing::records(&bytes);
    }

    #[test]
    fn a_record_with_a_flipped_byte_is_corrupt_or_another_record(at in 0..200_usize, flip in 1..=255_u8) {
        let mut bytes = write_client(&user()).unwrap();
        let at = at % bytes.len();
        bytes[at] ^= flip;
        crate::fuzzing::records(&bytes);
        if let Ok(read) = read_client(ClientId(7), &bytes) {
            prop_assert!(write_client(&read) != write_client(&user()));
        }
    }
}
