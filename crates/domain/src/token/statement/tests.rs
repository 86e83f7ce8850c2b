use super::*;
use crate::fixtures::{CREDENTIAL, MOMENT, PROJECT, scopes, statement};
use crate::scope::StandardScope;
use jeton_secret::envelope::STATEMENT_BYTES_MAX;
use proptest::prelude::*;

fn with(scope: &str, resources: &[u64]) -> Statement {
    let facts = AccessTokenFacts {
        client: ClientId(301),
        credential: CREDENTIAL,
        issued: MOMENT,
        scopes: scopes(scope),
        resources: resources.iter().copied().map(ClientId).collect(),
        personal: false,
    };
    statement(facts, 43_200)
}

/// A statement with every kind of scope.
fn full() -> Statement {
    let standard = StandardScope::ALL.map(StandardScope::as_str).join(" ");
    let scope = format!(
        "{standard} urn:zitadel:iam:org:project:id:{PROJECT}:aud urn:zitadel:iam:org:project:id:9:aud \
         urn:zitadel:iam:org:project:role:reader urn:zitadel:iam:org:project:role:{} \
         urn:zitadel:iam:org:id:77 urn:zitadel:iam:org:domain:primary:a.example.com urn:zitadel:iam:org:roles:id:77",
        "w".repeat(200)
    );
    with(&scope, &[u64::MAX >> 1, 5])
}

#[test]
fn a_statement_is_read_as_it_was_written_in_whole_blocks() {
    for statement in [with("", &[]), with("openid profile", &[]), with("openid", &[7, 6]), full()] {
        let bytes = statement.write();
        assert!(bytes.len().is_multiple_of(8));
        assert_eq!(Statement::read(&bytes), Some(statement));
    }
}

/// The bytes are a format: tokens already issued must stay readable.
#[test]
fn the_bytes_are_stable() {
    let bytes = with("openid profile", &[5]).write();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        hex,
        "08080808080808080808080808080808000000000000012d000000000000000b00000000000064006b49d200\
         0000001388006b4a7ac0030000010000000000000005000000000000"
    );
}

#[test]
fn a_common_statement_has_64_bytes_and_the_largest_possible_one_fits() {
    assert_eq!(with("openid profile urn:zitadel:iam:org:project:id:zitadel:aud", &[]).write().len(), 64);
    let audiences: Vec<_> = (0..100).map(|id| format!("urn:zitadel:iam:org:project:id:{id}:aud")).collect();
    assert!(with(&audiences.join(" "), &[1; 10]).write().len() <= STATEMENT_BYTES_MAX);
}

#[test]
fn a_cut_extended_or_differently_written_statement_is_not_read() {
    let bytes = full().write();
    for len in 0..bytes.len() {
        assert_eq!(Statement::read(&bytes[..len]), None, "cut at {len}");
    }
    for more in 1..=16 {
        assert_eq!(Statement::read(&[&bytes[..], &vec![0; more]].concat()), None, "{more} zeros more");
    }
    let small = with("openid", &[]).write();
    let scopes_at = 54;
    let changed = |at: usize, byte: u8| {
        let mut changed = small.clone();
        changed[at] = byte;
        Statement::read(&changed)
    };
    assert!(changed(scopes_at, 3).is_some());
    assert_eq!(changed(small.len() - 1, 1), None, "padding that is not zero");
    assert_eq!(changed(scopes_at, 0x81), None, "a varint that is longer than it must be");
    let unknown = [&small[..scopes_at], &[0x80, 0x08], &small[scopes_at + 1..small.len() - 1]].concat();
    assert_eq!(Statement::read(&unknown), None, "a scope that is none");
    assert_eq!(changed(scopes_at + 1, 0x7f), None, "more audiences than there are bytes");
}

#[test]
fn a_set_that_does_not_rise_is_not_read() {
    let aud = |id: u64| format!("urn:zitadel:iam:org:project:id:{id}:aud");
    let bytes = with(&format!("{} {}", aud(1), aud(2)), &[]).write();
    let at = 54 + 2;
    let (first, second) = (bytes[at..at + 8].to_vec(), bytes[at + 8..at + 16].to_vec());
    for (a, b) in [(&second, &first), (&first, &first)] {
        let mut changed = bytes.clone();
        changed[at..at + 8].copy_from_slice(a);
        changed[at + 8..at + 16].copy_from_slice(b);
        assert_eq!(Statement::read(&changed), None);
    }
}

proptest! {
    #[test]
    fn any_bytes_keep_the_property(bytes in proptest::collection::vec(any::<u8>(), 0..128)) {
        crate::fuzzing::statement(&bytes);
    }

    #[test]
    fn a_statement_with_a_changed_byte_keeps_the_property(at in 0_usize..500, byte: u8) {
        let mut bytes = full().write();
        let at = at % bytes.len();
        bytes[at] = byte;
        crate::fuzzing::statement(&bytes);
    }
}
