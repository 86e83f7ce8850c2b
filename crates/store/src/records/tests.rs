use super::*;
use jeton_oauth::scope::UnknownScopes;
use proptest::prelude::*;

fn from_hex(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn token() -> AccessTokenFacts {
    AccessTokenFacts {
        client: ClientId(7),
        credential: CredentialId(0x0102_0304_0506_0708),
        issued: Timestamp(1_700_000_000),
        scopes: ScopeSet::parse("openid profile", UnknownScopes::Refuse).unwrap(),
        digest: TokenDigest([0x5a; 32]),
    }
}

fn credential(id: u64) -> Credential {
    Credential {
        id: CredentialId(id),
        label: Text::new("laptop").unwrap(),
        created: Timestamp(1_700_000_000),
        not_after: Some(Timestamp(1_800_000_000)),
        revoked: None,
        tokens_valid_from: Sequence(5),
        digest: ClientSecretDigest([0xa5; 32]),
    }
}

fn user() -> Client {
    Client {
        id: ClientId(7),
        name: ClientName::username("billing").unwrap(),
        state: ClientState::Active,
        profile: Profile::ServiceUser(ServiceUser {
            name: Text::new("Billing é").unwrap(),
            description: Text::new("").unwrap(),
            default_scopes: ScopeSet::parse("openid", UnknownScopes::Refuse).unwrap(),
        }),
        credentials: vec![credential(1), credential(2)],
        tokens_valid_from: Sequence(9),
        created: Timestamp(1_700_000_000),
        changed: Timestamp(1_700_000_001),
    }
}

fn api() -> Client {
    let profile = Profile::Api(Api { name: Text::new("Shop").unwrap(), project: ProjectId(3) });
    Client { name: ClientName::of_api(ClientId(8)), id: ClientId(8), profile, ..user() }
}

fn token_bytes(token: &AccessTokenFacts) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_token(token, &mut bytes).unwrap();
    bytes
}

fn client_bytes(client: &Client) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_client(client, &mut bytes).unwrap();
    bytes
}

#[test]
fn golden_bytes_of_every_version_are_read_and_written() {
    let golden = include_str!("golden.txt");
    let found = [
        ("token v1", token_bytes(&token())),
        ("service user v1", client_bytes(&user())),
        ("api v1", client_bytes(&api())),
        ("project v1", write_project(&Text::new("Default").unwrap(), Timestamp(1_700_000_000)).unwrap()),
    ];
    let written: String = found.iter().map(|(name, bytes)| format!("{name}: {}\n", to_hex(bytes))).collect();
    assert_eq!(written, golden);
    let bytes = |name: &str| {
        from_hex(golden.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).unwrap())
    };
    let read = read_token(&bytes("token v1")).unwrap();
    assert_eq!(token_bytes(&read), bytes("token v1"));
    assert_eq!(read_client(ClientId(7), &bytes("service user v1")).unwrap(), user());
    assert_eq!(read_client(ClientId(8), &bytes("api v1")).unwrap(), api());
    assert_eq!(read_project(&bytes("project v1")).unwrap().as_str(), "Default");
}

/// Whether any reader takes these bytes.
fn is_read(bytes: &[u8]) -> [bool; 3] {
    [read_token(bytes).is_ok(), read_client(ClientId(7), bytes).is_ok(), read_project(bytes).is_ok()]
}

#[test]
fn a_record_that_lost_or_gained_a_byte_is_corrupt() {
    let records = [token_bytes(&token()), client_bytes(&user()), client_bytes(&api())];
    for (kind, record) in records.iter().enumerate() {
        let kind = kind.min(1);
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
        for version in 1..=255 {
            let mut newer = record.clone();
            newer[0] = version;
            assert_eq!(is_read(&newer), [false; 3], "version {version}");
        }
    }
}

#[test]
fn values_that_no_version_wrote_are_corrupt() {
    let bits = TokenV1 {
        client: 1,
        credential: 1,
        issued: 1,
        scopes: ScopesV1 { standard: 1 << 6, project_audiences: Vec::new() },
        digest: [0; 32],
    };
    let mut bytes = Vec::new();
    codec::encode(&TokenRecord::V1(bits), &mut bytes).unwrap();
    assert!(read_token(&bytes).is_err(), "a scope bit that is no scope");
    let mut bytes = Vec::new();
    codec::encode(&ProjectRecord::V1 { name: "a\nb".into(), created: 1 }, &mut bytes).unwrap();
    assert!(read_project(&bytes).is_err(), "a name with a line break");
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
    fn any_token_round_trips(client: u64, credential: u64, issued: u64, digest: [u8; 32], standard in 0..64_u16, projects: Vec<u64>) {
        let projects = projects.into_iter().map(ProjectId).collect();
        let token = AccessTokenFacts {
            client: ClientId(client),
            credential: CredentialId(credential),
            issued: Timestamp(issued),
            scopes: ScopeSet::from_parts(standard, projects).unwrap(),
            digest: TokenDigest(digest),
        };
        let read = read_token(&token_bytes(&token)).unwrap();
        prop_assert_eq!((read.client, read.credential, read.issued, read.digest.0), (token.client, token.credential, token.issued, token.digest.0));
        prop_assert_eq!(read.scopes, token.scopes);
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
        if let Ok(read) = read_client(ClientId(7), &bytes) {
            prop_assert!(client_bytes(&read) != client_bytes(&user()));
        }
    }
}
