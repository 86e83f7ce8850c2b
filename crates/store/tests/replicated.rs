//! A store as one of several: its rows for the others, and a store made of theirs.

#![expect(clippy::unwrap_used, reason = "a test program fails by panicking, its helpers too")]

use jeton_domain::admin::{AdminCommand, NewServiceUser, Operation, Principal};
use jeton_domain::id::{ClientId, ClientName};
use jeton_domain::service_user::ServiceUser;
use jeton_domain::text::Text;
use jeton_domain::time::{Careful, Lifetime, Moment};
use jeton_secret::{AuditKey, SecretBytes};
use jeton_store::directory::DATABASE_FILE;
use jeton_store::journal::memory::MemoryJournal;
use jeton_store::journal::{ChangeId, ChangedRow, JournalError, Position};
use jeton_store::replicated::{CopyError, Offline, Share, copy_into};
use jeton_store::testing::TestClock;
use jeton_store::{Clock, Command, CommandError, OpenError, Options, Store, UsedAssertion};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc;

const SHARE: Share = Share { cluster: [3; 16], node: 2, at: Position { revision: 0, id: ChangeId([0; 16]) } };

fn options() -> Options {
    Options::new([42; 32], AuditKey::new(SecretBytes::new([43; 32])), 7)
}

fn private() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    directory
}

fn user(store: &Store, clock: &TestClock, number: u64) -> Result<(), CommandError> {
    let name = format!("user-{number}");
    let organization = store.snapshot().unwrap().instance().default_organization;
    let user = NewServiceUser {
        id: ClientId(number),
        organization,
        name: ClientName::username(&name).unwrap(),
        user: ServiceUser { name: Text::new(&name).unwrap(), ..ServiceUser::default() },
    };
    let operation = Operation::CreateServiceUsers(vec![user]);
    let by = Principal::Operator;
    let command = AdminCommand { by, operation, expected: None, now: clock.now() };
    store.execute(Command::Administer(Box::new(command))).map(drop)
}

fn rows(directory: &Path) -> Vec<ChangedRow> {
    let offline = Offline::open(directory, &options()).unwrap();
    offline.rows().unwrap().map(Result::unwrap).collect()
}

#[test]
fn a_copy_has_the_rows_of_its_origin_and_goes_on_with_the_history() {
    let (origin, copy, clock) = (private(), private(), TestClock::at(1_793_491_200));
    let journal = MemoryJournal::default();
    let shared = |directory: &Path| {
        let journal = Arc::new(journal.clone());
        Store::open_shared(directory, options(), Arc::clone(&clock) as Arc<dyn Clock>, Some(journal)).unwrap()
    };
    drop(shared(origin.path()));
    let offline = Offline::open(origin.path(), &options()).unwrap();
    assert_eq!(offline.share().unwrap(), None);
    offline.set_share(Some(Share { node: 1, ..SHARE })).unwrap();
    let one = shared(origin.path());
    (1..=20).for_each(|number| user(&one, &clock, number).unwrap());
    drop(one);
    // The copy begins while the history had half of them, as when others write meanwhile.
    let at = journal.history()[9].at;
    let mut parts: Vec<Vec<_>> = rows(origin.path()).chunks(7).map(<[_]>::to_vec).collect();
    parts.reverse();
    let now = Moment { wall: clock.now(), careful: Careful(55) };
    copy_into(copy.path(), &options(), Share { at, ..SHARE }, now, &mut || {
        Ok(parts.pop().unwrap_or_default())
    })
    .unwrap();
    let offline = Offline::open(copy.path(), &options()).unwrap();
    assert_eq!(offline.share().unwrap(), Some(Share { at, ..SHARE }));
    assert_eq!(offline.careful(), Careful(55));
    drop(offline);
    let two = shared(copy.path());
    let (sender, receiver) = mpsc::sync_channel(1);
    two.confirm(move |result| sender.send(result).unwrap());
    receiver.recv().unwrap().unwrap();
    user(&two, &clock, 21).unwrap();
    assert!(user(&two, &clock, 21).is_err(), "its name is in the index");
    drop(two);
    drop(shared(origin.path()));
    let one = shared(origin.path());
    let (sender, receiver) = mpsc::sync_channel(1);
    one.confirm(move |result| sender.send(result).unwrap());
    receiver.recv().unwrap().unwrap();
    drop(one);
    assert_eq!(rows(origin.path()), rows(copy.path()));
}

#[test]
fn a_store_of_a_cluster_is_no_servers_alone_until_it_is_made_one() {
    let (directory, clock) = (private(), TestClock::at(1_793_491_200));
    let open = || Store::open(directory.path(), options(), Arc::clone(&clock) as Arc<dyn Clock>);
    drop(open().unwrap());
    Offline::open(directory.path(), &options()).unwrap().set_share(Some(SHARE)).unwrap();
    assert!(matches!(open(), Err(OpenError::OfACluster)));
    Offline::open(directory.path(), &options()).unwrap().set_share(None).unwrap();
    assert!(open().is_ok());
}

#[test]
fn assertions_that_were_used_up_are_told_to_a_cluster() {
    let (directory, clock) = (private(), TestClock::at(1_793_491_200));
    let store = Store::open(directory.path(), options(), Arc::clone(&clock) as Arc<dyn Clock>).unwrap();
    let until = clock.now().after(Lifetime(60));
    let used = UsedAssertion { client: ClientId(7), digest: [9; 16], until };
    store.execute(Command::UseAssertion(used)).unwrap();
    drop(store);
    let told = Offline::open(directory.path(), &options()).unwrap().assertions().unwrap();
    let told: Vec<_> = told.iter().map(|told| (told.client, told.digest, told.until)).collect();
    assert_eq!(told, [(used.client, used.digest, used.until)]);
}

#[test]
fn a_copy_that_breaks_off_leaves_no_store() {
    let directory = private();
    let now = Moment { wall: jeton_domain::time::Timestamp(1_793_491_200), careful: Careful(0) };
    let failed = copy_into(directory.path(), &options(), SHARE, now, &mut || Err(JournalError::TooSlow));
    assert!(matches!(failed, Err(CopyError::Journal(JournalError::TooSlow))));
    assert!(!directory.path().join(DATABASE_FILE).exists());
}
