//! Pages of the file whose content is damaged.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test program")]

mod steps;

use jeton_domain::admin::{Operation, OrganizationOperation, ProjectEdit, ProjectOperation};
use jeton_domain::id::{ClientId, OrganizationId, ProjectId, TokenKeyId};
use jeton_domain::limits::TOKEN_LIFETIME_MAX;
use jeton_domain::refusal::OperationError;
use jeton_domain::token_key::{NewTokenKey, TokenKeyChange};
use jeton_secret::CredentialId;
use jeton_store::tables::Part;
use jeton_store::testing::MemoryDisk;
use jeton_store::{Command, CommandError, OpenError, Unavailable};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use steps::{DAY, Steps, Token};

const PAGE: usize = 4096;

/// A store with users and tokens, some of them revoked, and the expected answers about them.
struct Contents {
    steps: Steps,
    disk: MemoryDisk,
    users: Vec<(ClientId, CredentialId)>,
    live: Vec<Token>,
    dead: Vec<Token>,
}

/// The store as a crash leaves it right after a revocation was answered.
fn contents() -> Contents {
    let steps = Steps::new();
    let users: Vec<_> = (0..40).map(|number| steps.user(&format!("user-{number}"))).collect();
    let mut live = Vec::new();
    for (user, credential) in users.iter().cycle().take(240) {
        live.push(steps.issued(*user, *credential, DAY));
    }
    let dead: Vec<Token> = live.iter().step_by(7).copied().collect();
    live.retain(|token| dead.iter().all(|dead| dead.life.name != token.life.name));
    assert!(dead.iter().all(|token| steps.revoke(token)));
    let disk = steps.disk.image();
    Contents { steps, disk, users, live, dead }
}

/// The findings about damaged stores.
#[derive(Debug, Default)]
struct Found {
    refused_to_open: usize,
    unavailable: usize,
    harmless: usize,
}

impl Contents {
    /// Checks that verification agrees with the answers of the store. Returns two flags: it is
    /// sound, and a server would start.
    fn verify(&self, what: &str, bytes: &[u8]) -> (bool, bool) {
        let disk = MemoryDisk::with(bytes.to_vec());
        let report = match disk.verify(&steps::options()) {
            Ok(report) => report,
            Err(error) => panic!("{what}: {error}"),
        };
        assert!(*disk.bytes() == bytes, "{what}: verifying has changed it");
        let rows_missing = report.tables.iter().any(|table| table.found < table.rows);
        assert!(!rows_missing || report.damaged.count > 0, "{what}: {report:?}");
        let needed = report.parts.iter().any(|part| part.is_needed_to_start());
        assert!(report.refusal.is_none() || needed || report.damaged.count == 0, "{what}: {report:?}");
        (report.is_sound(), report.refusal.is_none())
    }

    /// Checks that a store on a damaged copy gives no wrong answer to any question, and reports unknown
    /// facts as unknown.
    fn check(&self, what: &str, bytes: Vec<u8>, found: &mut Found) {
        let (is_sound, starts) = self.verify(what, &bytes);
        let steps = match Steps::try_over(MemoryDisk::with(bytes), &self.steps) {
            Ok(steps) => {
                assert!(starts, "{what}: verifying said that a server would not start");
                steps
            }
            Err(OpenError::DamagedPage(_) | OpenError::NotAStore(_)) => {
                assert!(!is_sound && !starts, "{what}: it does not open");
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
        let health = steps.store().health();
        assert_eq!(health.damaged_pages > 0, !health.damaged_parts.is_empty(), "{what}");
        assert!(unavailable == 0 || !is_sound, "{what}: it is sound, and {unavailable} are unavailable");
        if unavailable > 0 {
            found.unavailable += 1;
        } else {
            found.harmless += 1;
        }
        // Writing must do no harm either.
        let (user, credential) = self.users[0];
        if let Ok(Some(token)) = steps.try_issue(user, credential, DAY) {
            assert!(matches!(steps.try_is_live(&token), Ok(true) | Err(_)), "{what}");
            match steps.store().execute(Command::RevokeToken(token.revoked())) {
                Ok(_) => assert!(matches!(steps.try_is_live(&token), Ok(false) | Err(_)), "{what}"),
                Err(rejection) => {
                    assert!(
                        matches!(
                            rejection,
                            CommandError::Unavailable | CommandError::Refused(OperationError::Unreadable(_))
                        ),
                        "{what}"
                    );
                }
            }
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
    assert!(found.refused_to_open > 10 && found.unavailable > 20 && found.harmless > 20, "{found:?}");
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
fn every_table_is_listed_as_a_part() {
    let database = contents().steps.close().plain_database().unwrap();
    let read = redb::ReadableDatabase::begin_read(&database).unwrap();
    let there = read.list_tables().unwrap().map(|table| redb::TableHandle::name(&table).to_owned());
    let listed = Part::tables().map(|table| table.name().to_owned());
    assert_eq!(there.collect::<BTreeSet<_>>(), listed.collect());
}

#[test]
fn damaged_parts_are_named() {
    let contents = contents();
    let bytes = contents.disk.bytes().clone();
    let mut named = 0;
    for page in 1..bytes.len() / PAGE {
        let report = damaged(&bytes, page).verify(&steps::options()).unwrap();
        let Some(first) = report.damaged.first.first() else { continue };
        assert_eq!(first.offset, (page * PAGE) as u64);
        assert!(first.to_string().contains(&format!("page {page} of the database")));
        if first.part.name() == "clients" {
            assert!(report.lost_clients.first.iter().all(|client| client.starts_with("user-")));
            named += report.lost_clients.count;
        }
    }
    assert!(named >= 40, "{named}");
}

/// After a crash all pages are compared in the background, so damage is found before a request meets it.
#[test]
fn after_an_unclean_stop_damage_is_found_in_the_background() {
    let contents = contents();
    let bytes = contents.disk.bytes().clone();
    let mut found = BTreeSet::new();
    for page in 1..bytes.len() / PAGE {
        let disk = damaged(&bytes, page);
        let report = disk.verify(&steps::options()).unwrap();
        let Ok(mut steps) = Steps::try_over(disk, &contents.steps) else { continue };
        steps.wait_for_check();
        // The check does not compare the engine's own tables.
        let wanted: BTreeSet<_> = report.parts.into_iter().filter(|part| *part != Part::Engine).collect();
        assert_eq!(steps.store().health().damaged_parts, wanted, "page {page}");
        found.extend(wanted);
    }
    assert!(found.len() > 5, "{found:?}");
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

/// A store with organizations and projects on several pages each.
fn with_many_organizations() -> (Steps, Vec<OrganizationId>, Vec<ProjectId>) {
    let steps = Steps::new();
    let next = || steps.store().next_id(steps.now());
    let (mut organizations, mut projects) = (Vec::new(), Vec::new());
    for number in 0..150 {
        let (organization, project) = (OrganizationId(next()), ProjectId(next()));
        let name = steps::text(&format!("A department with a long name, so that it takes room: {number}"));
        let create = OrganizationOperation::Create(name.clone(), Vec::new());
        steps.store().execute(steps.command(Operation::Organization(organization, create))).unwrap();
        let create = ProjectOperation::Create { organization, name, edit: ProjectEdit::default() };
        steps.store().execute(steps.command(Operation::Project(project, create))).unwrap();
        organizations.push(organization);
        projects.push(project);
    }
    (steps, organizations, projects)
}

/// Objects that may be on the damaged page are reported neither as present nor as absent.
#[test]
fn without_a_page_of_organizations_or_projects_a_start_succeeds_and_lost_rows_are_unknown() {
    let (steps, organizations, projects) = with_many_organizations();
    let bytes = steps.disk.image().bytes().clone();
    let (mut seen, mut salvaged) = (BTreeMap::new(), 0);
    for page in 1..bytes.len() / PAGE {
        let disk = damaged(&bytes, page);
        let report = disk.verify(&steps::options()).unwrap();
        let Some(table) = report.damaged.first.first().map(|damage| damage.part.name()) else { continue };
        if !["organizations", "projects"].contains(&table) {
            continue;
        }
        *seen.entry(table).or_insert(0) += 1;
        let again = Steps::try_over(disk, &steps).unwrap();
        let health = again.store().health();
        let named: Vec<_> = health.damaged_parts.iter().map(|part| part.name()).collect();
        assert_eq!((health.damaged_pages, named), (1, vec![table]));
        let snapshot = again.store().snapshot().unwrap();
        let instance = snapshot.instance();
        for id in &organizations {
            assert!(instance.organization(*id).is_some() != instance.is_unknown_organization(*id), "{id}");
        }
        for id in &projects {
            assert!(instance.project(*id).is_some() != instance.is_unknown_project(*id), "{id}");
        }
        assert_eq!(instance.is_unknown_organization(OrganizationId(1)), table == "organizations");
        assert_eq!(instance.is_unknown_project(ProjectId(1)), table == "projects");
        salvaged += match table {
            "organizations" => {
                organizations.iter().filter(|id| instance.organization(**id).is_some()).count()
            }
            _ => projects.iter().filter(|id| instance.project(**id).is_some()).count(),
        };
        drop(snapshot);
        // One of the lost organizations might have this name.
        let create = OrganizationOperation::Create(steps::text("Acme"), Vec::new());
        let id = OrganizationId(again.store().next_id(again.now()));
        let created = again.store().execute(again.command(Operation::Organization(id, create)));
        match table {
            "organizations" => assert!(matches!(created, Err(CommandError::Unavailable)), "{created:?}"),
            _ => assert!(created.is_ok(), "{created:?}"),
        }
    }
    assert!(
        seen.values().all(|pages| *pages > 2) && seen.len() == 2 && salvaged > 300,
        "{seen:?} {salvaged}"
    );
}

/// No key is created beside keys that may be there. A known one can be removed, because it may be a
/// stolen one.
#[test]
fn without_a_page_of_token_keys_a_start_succeeds_and_a_known_key_can_be_removed() {
    let steps = Steps::new();
    let new = |number: u64| NewTokenKey { id: TokenKeyId(number << 16 | number), sealed: Box::new([1; 600]) };
    let change = |steps: &Steps, change| steps.store().execute(steps.command(Operation::TokenKeys(change)));
    let rotate = |number| {
        let predecessor_until = steps.moment().after(TOKEN_LIFETIME_MAX);
        TokenKeyChange::Rotate { new: new(number), predecessor_until }
    };
    for number in 1..=16 {
        change(&steps, rotate(number)).unwrap();
    }
    let bytes = steps.disk.image().bytes().clone();
    let (mut pages, mut removed) = (0, 0);
    for page in 1..bytes.len() / PAGE {
        let disk = damaged(&bytes, page);
        let report = disk.verify(&steps::options()).unwrap();
        if report.damaged.first.first().is_none_or(|damage| damage.part.name() != "token_keys") {
            continue;
        }
        pages += 1;
        let again = Steps::try_over(disk, &steps).unwrap();
        let keys = Arc::clone(again.store().snapshot().unwrap().token_keys());
        assert!(keys.is_lost && keys.keys.len() < 16);
        assert!(matches!(change(&again, rotate(17)), Err(CommandError::Unavailable)));
        let lost = (1..=16).map(|number| new(number).id).find(|id| keys.keys.iter().all(|key| key.id != *id));
        let removal = |id| TokenKeyChange::Remove { id, new: new(17) };
        assert!(matches!(change(&again, removal(lost.unwrap())), Err(CommandError::Unavailable)));
        let Some(there) = keys.keys.first() else { continue };
        change(&again, removal(there.id)).unwrap();
        assert!(!again.store().snapshot().unwrap().token_keys().keeps(there.id));
        removed += 1;
    }
    assert!(pages > 2 && removed > 1, "{pages} {removed}");
}

fn damaged(bytes: &[u8], page: usize) -> MemoryDisk {
    let mut bytes = bytes.to_vec();
    bytes[page * PAGE + 16] ^= 4;
    MemoryDisk::with(bytes)
}

/// The writer opens the store anew once the page that was missing at the start can be read.
#[test]
fn lost_rows_are_back_once_their_page_can_be_read() {
    let (steps, organizations, _) = with_many_organizations();
    let disk = steps.disk.image();
    let bytes = disk.bytes().clone();
    let is_of_organizations = |page: &usize| {
        let report = damaged(&bytes, *page).verify(&steps::options()).unwrap();
        report.damaged.first.iter().any(|damage| damage.part.name() == "organizations")
    };
    let page = (1..bytes.len() / PAGE).find(is_of_organizations).unwrap();
    disk.make_unreadable((page * PAGE) as u64);
    let mut again = Steps::try_over(disk.clone(), &steps).unwrap();
    // The check reads the page, too.
    again.wait_for_check();
    let is_whole = || {
        let snapshot = again.store().snapshot().unwrap();
        organizations.iter().all(|id| snapshot.instance().organization(*id).is_some())
    };
    assert!(!is_whole());
    again.store().recheck_damage();
    assert_eq!(again.store().health().damaged_pages, 1, "it can't be read yet");
    disk.heal();
    again.store().recheck_damage();
    assert_eq!(again.store().health().damaged_pages, 0);
    let user = again.user("billing");
    assert!(is_whole());
    assert!(again.issue(user.0, user.1, DAY).is_some());
}

/// Neither a request nor a write touches the page again.
#[test]
fn a_recovered_page_is_no_longer_counted() {
    let contents = contents();
    let bytes = contents.disk.bytes().clone();
    let mut healed = 0;
    for page in 1..bytes.len() / PAGE {
        let disk = contents.disk.image();
        let Ok(mut steps) = Steps::try_over(disk.clone(), &contents.steps) else { panic!("page {page}") };
        steps.wait_for_check();
        disk.make_unreadable((page * PAGE) as u64);
        let read = |user| steps.store().snapshot().unwrap().client(user);
        let unknown = contents.users.iter().filter(|(user, _)| read(*user).is_err()).count();
        let health = steps.store().health();
        assert_eq!(unknown > 0, health.damaged_pages > 0, "page {page}");
        steps.store().recheck_damage();
        assert_eq!(steps.store().health(), health, "page {page} can't be read yet");
        disk.heal();
        steps.store().recheck_damage();
        let health = steps.store().health();
        assert!(health.damaged_pages == 0 && health.damaged_parts.is_empty(), "page {page}: {health:?}");
        healed += usize::from(unknown > 0);
    }
    assert!(healed > 0);
}
