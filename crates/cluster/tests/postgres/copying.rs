//! Copying the state while others change it, and the careful clock.

use crate::database::{BEGINNING, appended, empty, id, initialised, put, removed, set};
use jeton_domain::time::Careful;
use jeton_store::journal::{ChangeSet, Journal, Position, Since};
use std::collections::BTreeMap;

#[test]
fn an_uploaded_state_is_copied_in_chunks() {
    let Some(database) = empty() else { return };
    let rows: Vec<_> = (0..12_000_u32).map(|number| put(1, &number.to_be_bytes(), b"value")).collect();
    assert_eq!(database.create(rows.clone()), Ok(BEGINNING));
    let journal = database.journal();
    let mut copied = Vec::new();
    loop {
        let after = copied.last().map(|row: &jeton_store::journal::ChangedRow| (row.table, row.key.clone()));
        let chunk = journal.copy(after, 5_000).unwrap();
        assert_eq!(chunk.at, BEGINNING);
        if chunk.rows.is_empty() {
            break;
        }
        copied.extend(chunk.rows);
    }
    assert_eq!(copied, rows);
}

#[test]
fn a_copy_and_the_changes_since_its_beginning_make_the_state_though_others_write_meanwhile() {
    let Some(database) = empty() else { return };
    database.create((0..=20).map(|number| put(1, &[number], b"old")).collect()).unwrap();
    let (joining, writing) = (database.journal(), database.journal());
    let beginning = joining.control().unwrap().at;
    let mut state = BTreeMap::new();
    let mut after = None;
    let mut last = beginning;
    for step in 0_u8.. {
        // The row that the copy comes to, and one at the other end.
        let mut rows = vec![put(1, &[step % 20], b"new")];
        rows.push(if step == 7 { removed(1, &[12]) } else { put(1, &[19 - step % 20], &[step]) });
        let rows = ChangeSet { rows };
        appended(&writing, None, id(100 + step), &rows);
        let chunk = joining.copy(after, 1).unwrap();
        assert!(chunk.at.revision > last.revision, "each chunk has the revision of its own statement");
        last = chunk.at;
        let Some(row) = chunk.rows.first().cloned() else { break };
        after = Some((row.table, row.key.clone()));
        state.insert((row.table, row.key), row.value);
    }
    let Since::Changes(changes) = joining.since(beginning).unwrap() else { panic!("changes") };
    assert!(changes.last().unwrap().at.revision >= last.revision);
    for row in changes.into_iter().flat_map(|change| change.set.rows) {
        state.insert((row.table, row.key), row.value);
    }
    let whole = joining.copy(None, 1_000).unwrap().rows;
    let whole: BTreeMap<_, _> = whole.into_iter().map(|row| ((row.table, row.key), row.value)).collect();
    assert_eq!(state, whole);
}

#[test]
fn the_careful_clock_never_goes_back_and_nobody_puts_it_far_ahead() {
    let Some(database) = initialised() else { return };
    let journal = database.journal();
    let careful = || journal.control().unwrap().careful;
    assert_eq!(careful(), Careful(1_000));
    journal.put_careful(Careful(500)).unwrap();
    assert_eq!(careful(), Careful(1_000));
    journal.put_careful(Careful(1_000_000)).unwrap();
    assert!((1_005..1_060).contains(&careful().0), "{:?}", careful());
    let before = careful();
    journal.careful(Careful(2_000_000));
    let at: Position = appended(&journal, None, id(1), &set(1));
    assert_eq!(at.revision, 1);
    assert!((before.0 + 5..before.0 + 60).contains(&careful().0), "{:?}", careful());
}
