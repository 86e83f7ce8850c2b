//! Pages of the file that are not what was written there.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test program")]

mod steps;

use jeton_oauth::id::ClientId;
use jeton_secret::CredentialId;
use jeton_store::testing::MemoryDisk;
use jeton_store::{OpenError, Rejection, Unavailable};
use steps::{DAY, Steps, Token};

const PAGE: usize = 4096;

/// A store with users and tokens, some of them revoked, and what has to be known of them.
struct Contents {
    steps: Steps,
    disk: MemoryDisk,
    users: Vec<(ClientId, CredentialId)>,
    live: Vec<Token>,
    dead: Vec<Token>,
}

/// As a crash leaves it right after a revocation was answered.
fn contents() -> Contents {
    let steps = Steps::new();
    let users: Vec<_> = (0..40).map(|number| steps.user(&format!("user-{number}"))).collect();
    let mut live = Vec::new();
    for (user, credential) in users.iter().cycle().take(240) {
        live.push(steps.issued(*user, *credential, DAY));
    }
    let dead: Vec<Token> = live.iter().step_by(7).copied().collect();
    live.retain(|token| dead.iter().all(|dead| dead.key != token.key));
    assert!(dead.iter().all(|token| steps.revoke(token)));
    let disk = steps.disk.image();
    Contents { steps, disk, users, live, dead }
}

/// What was found out about a damaged store.
#[derive(Debug, Default)]
struct Found {
    refused_to_open: usize,
    unavailable: usize,
    harmless: usize,
}

impl Contents {
    /// What verifying finds agrees with what the store says.
    fn verify(&self, what: &str, bytes: &[u8]) -> bool {
        let disk = MemoryDisk::with(bytes.to_vec());
        let report = match disk.verify(&steps::options()) {
            Ok(report) => report,
            Err(error) => panic!("{what}: {error}"),
        };
        assert!(*disk.bytes() == bytes, "{what}: verifying has changed it");
        let rows_missing = report.tables.iter().any(|table| table.found < table.rows);
        assert!(!rows_missing || report.damaged.count > 0, "{what}: {report:?}");
        report.is_sound()
    }

    /// A store on a damaged copy says nothing that is wrong, whatever it is asked, and what it does not know it
    /// says so.
    fn check(&self, what: &str, bytes: Vec<u8>, found: &mut Found) {
        let is_sound = self.verify(what, &bytes);
        let steps = match Steps::try_over(MemoryDisk::with(bytes), &self.steps) {
            Ok(steps) => steps,
            Err(OpenError::DamagedPage(_) | OpenError::NotAStore(_)) => {
                assert!(!is_sound, "{what}: it does not open");
                found.refused_to_open += 1;
                return;
            }
            Err(error) => panic!("{what}: {error}"),
        };
        let mut unavailable = 0;
        for (tokens, is_live) in [(&self.live, true), (&self.dead, false)] {
            for token in tokens {
                match steps.try_is_live(token) {
                    Ok(said) => assert_eq!(said, is_live, "{what}"),
                    Err(Unavailable::Damage | Unavailable::Record(_)) => unavailable += 1,
                    Err(Unavailable::Store) => panic!("{what}: all of the store is unavailable"),
                }
            }
        }
        for (user, _) in &self.users {
            match steps.store().snapshot().unwrap().client(*user) {
                Ok(known) => assert!(known.is_some(), "{what}"),
                Err(Unavailable::Damage | Unavailable::Record(_)) => unavailable += 1,
                Err(Unavailable::Store) => panic!("{what}: all of the store is unavailable"),
            }
        }
        assert!(unavailable == 0 || steps.store().health().damaged_pages > 0, "{what}");
        assert!(unavailable == 0 || !is_sound, "{what}: it is sound, and {unavailable} are unavailable");
        if unavailable > 0 {
            found.unavailable += 1;
        } else {
            found.harmless += 1;
        }
        // And writing does no harm either.
        let (user, credential) = self.users[0];
        match steps.issue(user, credential, DAY) {
            Ok(token) => assert!(matches!(steps.try_is_live(&token), Ok(true) | Err(_)), "{what}"),
            Err(rejection) => assert_eq!(rejection, Rejection::Unavailable, "{what}"),
        }
    }
}

#[test]
fn a_damaged_page_is_refused_and_never_believed() {
    let contents = contents();
    let bytes = contents.disk.bytes().clone();
    let mut found = Found::default();
    for page in 0..bytes.len() / PAGE {
        let mut damaged = bytes.clone();
        damaged[page * PAGE..(page + 1) * PAGE].fill(0);
        contents.check(&format!("page {page} is zeros"), damaged, &mut found);
        for at in [0, 2, 9, 40, 600, 2000, 4000] {
            let mut damaged = bytes.clone();
            damaged[page * PAGE + at] ^= 1 << (at % 8);
            contents.check(&format!("page {page} has another bit in byte {at}"), damaged, &mut found);
        }
        let mut damaged = bytes.clone();
        let other = (page * 7 + 3) % (bytes.len() / PAGE);
        damaged.copy_within(other * PAGE..(other + 1) * PAGE, page * PAGE);
        contents.check(&format!("page {page} is page {other}"), damaged, &mut found);
    }
    assert!(found.refused_to_open > 20 && found.unavailable > 20 && found.harmless > 20, "{found:?}");
}

#[test]
fn a_sound_store_verifies_also_after_a_crash() {
    let contents = contents();
    for disk in [contents.disk.image(), contents.steps.close()] {
        let report = disk.verify(&steps::options()).unwrap();
        assert!(report.is_sound(), "{report:?}");
        let users = report.tables.iter().find(|table| table.name == "clients").unwrap();
        assert_eq!((users.rows, users.found), (40, 40));
    }
}

#[test]
fn what_is_damaged_is_named() {
    let contents = contents();
    let bytes = contents.disk.bytes().clone();
    let mut named = 0;
    for page in 1..bytes.len() / PAGE {
        let mut damaged = bytes.clone();
        damaged[page * PAGE + 16] ^= 4;
        let report = MemoryDisk::with(damaged).verify(&steps::options()).unwrap();
        let Some(first) = report.damaged.first.first() else { continue };
        assert_eq!(first.damage.offset, (page * PAGE) as u64);
        assert!(first.damage.to_string().contains(&format!("page {page} of the database")));
        if first.table == "clients" {
            assert!(report.lost_clients.first.iter().all(|client| client.starts_with("user-")));
            named += report.lost_clients.count;
        }
    }
    assert!(named >= 40, "{named}");
}

/// After a crash all pages are compared in the background, so damage is known before it is met.
#[test]
fn after_an_unclean_stop_damage_is_found_without_being_asked_for() {
    let contents = contents();
    let bytes = contents.disk.bytes().clone();
    let mut found = 0;
    for page in 1..bytes.len() / PAGE {
        let mut damaged = bytes.clone();
        damaged[page * PAGE + 2000] ^= 4;
        let Ok(mut steps) = Steps::try_over(MemoryDisk::with(damaged), &contents.steps) else { continue };
        let met = steps.store().health().damaged_pages;
        steps.wait_for_check();
        found += steps.store().health().damaged_pages - met;
    }
    assert!(found > 0);
}

#[test]
fn a_damaged_header_is_refused_and_never_believed() {
    let contents = contents();
    let bytes = contents.disk.bytes().clone();
    let mut found = Found::default();
    for bit in 0..320 * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        contents.check(&format!("the header has another bit {bit}"), damaged, &mut found);
    }
    assert!(found.refused_to_open > 500, "{found:?}");
}
