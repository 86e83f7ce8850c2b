use super::*;
use proptest::prelude::*;

/// Numbers from 0 on, of which some can't be read, and some are hidden.
fn page_of(
    rows: u32,
    page: &Page<u32>,
    shows: impl Fn(u32) -> bool + Copy,
) -> Result<Listed<u32, u32>, QueryError> {
    let all = move |after: Option<&u32>| -> Result<Rows<'static, u32, u32>, Unavailable> {
        let first = after.map_or(0, |after| after + 1);
        Ok(Box::new((first..rows).map(|row| Ok((row, row)))))
    };
    let walk = Walk { page, most: rows.into(), shows_all: false, hides_rows: true };
    walk.run(all, |row| Ok(if shows(row) { Look::Shown(row) } else { Look::Hidden }))
}

fn page(after: Option<u32>, offset: usize, limit: usize) -> Page<u32> {
    Page { after, backwards: false, offset, limit }
}

proptest! {
    #[test]
    fn pages_follow_each_other_without_gap_or_overlap(
        shown in prop::collection::vec(any::<bool>(), 0..60),
        limit in 1_usize..10,
        offset in 0_usize..8,
    ) {
        let rows = u32::try_from(shown.len()).unwrap();
        let shows = |row: u32| shown[row as usize];
        let expected: Vec<u32> = (0..rows).filter(|row| shows(*row)).collect();
        let (mut seen, mut after, mut offset_left) = (Vec::new(), None, offset);
        loop {
            let listed = page_of(rows, &page(after, offset_left, limit), shows).unwrap();
            prop_assert_eq!(listed.total, Total::Exactly(expected.len() as u64));
            prop_assert!(listed.found.len() == limit || listed.next.is_none());
            seen.extend(listed.found);
            offset_left = 0;
            let Some(next) = listed.next else { break };
            after = Some(next);
        }
        prop_assert_eq!(seen, expected.into_iter().skip(offset).collect::<Vec<_>>());
    }
}

#[test]
fn a_page_reads_a_bounded_number_of_rows_and_the_next_one_continues_behind_them() {
    let most = u32::try_from(LOOKED_AT_MAX).unwrap();
    let shows_last = |row| row == most;
    let whole = page_of(most, &page(None, 0, 10), |_| false).unwrap();
    assert_eq!((whole.next, whole.total), (None, Total::Exactly(0)));
    let first = page_of(most + 1, &page(None, 0, 10), shows_last).unwrap();
    assert_eq!((first.found, first.next), (Vec::new(), Some(most - 1)));
    assert_eq!(first.total, Total::AtMost(u64::from(most) + 1));
    let second = page_of(most + 1, &page(first.next, 0, 10), shows_last).unwrap();
    assert_eq!((second.found, second.next), (vec![most], None));
}

#[test]
fn an_offset_beyond_the_bound_of_read_records_is_refused() {
    let most = u32::try_from(LOOKED_AT_MAX).unwrap();
    let reached = page_of(most + 1, &page(None, LOOKED_AT_MAX - 1, 1), |_| true).unwrap();
    assert_eq!(reached.found, [most - 1]);
    let refused = page_of(most + 1, &page(None, 1, 1), |row| row == most);
    assert_eq!(refused.map(|listed| listed.found), Err(QueryError::OffsetTooFar));
}

#[test]
fn an_intersection_of_scopes_is_within_each_of_them() {
    let these = |ids: &[u32]| Within::These(ids.iter().copied().collect());
    assert_eq!(Within::Everything.and(&these(&[1])), these(&[1]));
    assert_eq!(these(&[1]).and(&Within::Everything), these(&[1]));
    assert_eq!(these(&[1, 2]).and(&these(&[2, 3])), these(&[2]));
    assert!(Within::Everything.contains(1) && these(&[1]).contains(1) && !these(&[1]).contains(2));
}
