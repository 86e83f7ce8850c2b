//! Rows of several sorted sources, merged into one sequence.

use super::Rows;
use crate::fault::Unavailable;
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::Bound;

/// The first row of one source.
struct Head<P, K> {
    place: P,
    key: K,
    source: usize,
    backwards: bool,
}

impl<P: Ord, K> Ord for Head<P, K> {
    /// The largest one comes first.
    fn cmp(&self, other: &Self) -> Ordering {
        let order = self.place.cmp(&other.place).then(self.source.cmp(&other.source));
        if self.backwards { order } else { order.reverse() }
    }
}

impl<P: Ord, K> PartialOrd for Head<P, K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<P: Ord, K> PartialEq for Head<P, K> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<P: Ord, K> Eq for Head<P, K> {}

/// Rows of several sources, each in order, in the order of their places.
struct Merged<I, P, K> {
    sources: Vec<I>,
    heads: BinaryHeap<Head<P, K>>,
    trouble: Option<Unavailable>,
    backwards: bool,
}

impl<I, P, K> Merged<I, P, K>
where
    I: Iterator<Item = Result<(P, K), Unavailable>>,
    P: Ord,
{
    fn new(sources: Vec<I>, backwards: bool) -> Self {
        let heads = BinaryHeap::with_capacity(sources.len());
        let mut merged = Self { sources, heads, trouble: None, backwards };
        (0..merged.sources.len()).for_each(|source| merged.refill(source));
        merged
    }

    fn refill(&mut self, source: usize) {
        match self.sources.get_mut(source).and_then(Iterator::next) {
            Some(Ok((place, key))) => {
                self.heads.push(Head { place, key, source, backwards: self.backwards });
            }
            Some(Err(unavailable)) => self.trouble = Some(unavailable),
            None => {}
        }
    }
}

impl<I, P, K> Iterator for Merged<I, P, K>
where
    I: Iterator<Item = Result<(P, K), Unavailable>>,
    P: Ord,
{
    type Item = Result<(P, K), Unavailable>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(unavailable) = self.trouble.take() {
            self.heads.clear();
            return Some(Err(unavailable));
        }
        let Head { place, key, source, .. } = self.heads.pop()?;
        self.refill(source);
        Some(Ok((place, key)))
    }
}

/// Rows of several sources, one for each of these ids, in the order of their places.
///
/// # Errors
/// A source is unavailable.
pub(super) fn merged<'t, Id, I, P, K>(
    of: &[Id],
    backwards: bool,
    source: impl Fn(&Id) -> Result<I, Unavailable>,
) -> Result<Rows<'t, P, K>, Unavailable>
where
    I: Iterator<Item = Result<(P, K), Unavailable>> + 't,
    P: Ord + 't,
    K: 't,
{
    let sources = of.iter().map(source).collect::<Result<Vec<_>, _>>()?;
    Ok(Box::new(Merged::new(sources, backwards)))
}

/// The part of a range that is behind a key; all of it if there is none.
pub(crate) fn behind<K>(first: K, last: K, after: Option<K>, backwards: bool) -> (Bound<K>, Bound<K>) {
    match after {
        None => (Bound::Included(first), Bound::Included(last)),
        Some(after) if backwards => (Bound::Included(first), Bound::Excluded(after)),
        Some(after) => (Bound::Excluded(after), Bound::Included(last)),
    }
}

/// An iterator from either end.
pub(crate) struct Directed<I> {
    rows: I,
    backwards: bool,
}

impl<I> Directed<I> {
    pub(crate) const fn new(rows: I, backwards: bool) -> Self {
        Self { rows, backwards }
    }
}

impl<I: DoubleEndedIterator> Iterator for Directed<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        if self.backwards { self.rows.next_back() } else { self.rows.next() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all_of(sources: &[Vec<u8>], backwards: bool) -> Result<Vec<(u8, usize)>, Unavailable> {
        let source = |(index, numbers): (usize, &Vec<u8>)| {
            let rows: Vec<_> = numbers.iter().map(|number| Ok((*number, index))).collect();
            Directed::new(rows.into_iter(), backwards)
        };
        Merged::new(sources.iter().enumerate().map(source).collect(), backwards).collect()
    }

    proptest! {
        #[test]
        fn several_sources_are_merged_in_order(
            mut sources in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..6),
            backwards: bool,
        ) {
            sources.iter_mut().for_each(|source| source.sort_unstable());
            let each = sources.iter().enumerate();
            let mut all: Vec<_> =
                each.flat_map(|(index, source)| source.iter().map(move |number| (*number, index))).collect();
            all.sort_unstable();
            if backwards {
                all.reverse();
            }
            prop_assert_eq!(all_of(&sources, backwards), Ok(all));
        }
    }

    #[test]
    fn a_failing_source_ends_the_merged_rows() {
        let rows =
            |fails| vec![Ok((1, ())), if fails { Err(Unavailable::Store) } else { Ok((2, ())) }].into_iter();
        let mut merged = Merged::new(vec![rows(false), rows(true)], false);
        assert_eq!(merged.next(), Some(Ok((1, ()))));
        assert_eq!(merged.next(), Some(Ok((1, ()))));
        assert_eq!(merged.next(), Some(Err(Unavailable::Store)));
        assert_eq!(merged.next(), None);
    }
}
