//! A bounded fair queue: lanes take turns, within a lane its sources do, and within a source its keys,
//! however much waits in each.
//!
//! If it is full, the longest lane makes room, there the source with most, there the key with most, and there
//! the latest item. So a short lane never loses an item for a long one, nor a source or a key of a lane.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// A waiting item, with the cost of letting it wait.
#[derive(Debug)]
pub struct Waiting<T> {
    item: T,
    cost: usize,
}

/// A queue of any shape.
pub trait Queue: Default {
    /// The address of a place in the queue.
    type Path;
    /// The waiting item.
    type Item;

    /// Puts an item behind everything else of its place.
    fn push(&mut self, path: Self::Path, waiting: Waiting<Self::Item>);
    /// Takes the next item.
    fn pop(&mut self) -> Option<Waiting<Self::Item>>;
    /// Takes out the item that makes room for others.
    fn yield_room(&mut self) -> Option<Waiting<Self::Item>>;
    /// The cost of all waiting items; 0 if it is empty.
    fn cost(&self) -> usize;
}

/// First in, first out.
#[derive(Debug)]
pub struct Line<T> {
    waiting: VecDeque<Waiting<T>>,
    cost: usize,
}

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), cost: 0 }
    }
}

impl<T> Queue for Line<T> {
    type Path = ();
    type Item = T;

    fn push(&mut self, (): (), waiting: Waiting<T>) {
        self.cost = self.cost.saturating_add(waiting.cost);
        self.waiting.push_back(waiting);
    }

    fn pop(&mut self) -> Option<Waiting<T>> {
        let waiting = self.waiting.pop_front()?;
        self.cost = self.cost.saturating_sub(waiting.cost);
        Some(waiting)
    }

    fn yield_room(&mut self) -> Option<Waiting<T>> {
        let waiting = self.waiting.pop_back()?;
        self.cost = self.cost.saturating_sub(waiting.cost);
        Some(waiting)
    }

    fn cost(&self) -> usize {
        self.cost
    }
}

/// Queues that take turns.
#[derive(Debug)]
pub struct RoundRobin<K, Q> {
    /// The queues that are not empty.
    queues: HashMap<K, Q>,
    /// Their keys, the next one first.
    turns: VecDeque<K>,
    cost: usize,
}

impl<K, Q> Default for RoundRobin<K, Q> {
    fn default() -> Self {
        Self { queues: HashMap::new(), turns: VecDeque::new(), cost: 0 }
    }
}

impl<K: Copy + Eq + Hash, Q: Queue> Queue for RoundRobin<K, Q> {
    type Path = (K, Q::Path);
    type Item = Q::Item;

    fn push(&mut self, (key, path): Self::Path, waiting: Waiting<Q::Item>) {
        self.cost = self.cost.saturating_add(waiting.cost);
        let turns = &mut self.turns;
        let queue = self.queues.entry(key).or_insert_with(|| {
            turns.push_back(key);
            Q::default()
        });
        queue.push(path, waiting);
    }

    fn pop(&mut self) -> Option<Waiting<Q::Item>> {
        let key = self.turns.pop_front()?;
        let queue = self.queues.get_mut(&key)?;
        let waiting = queue.pop()?;
        self.cost = self.cost.saturating_sub(waiting.cost);
        if queue.cost() == 0 {
            self.queues.remove(&key);
        } else {
            self.turns.push_back(key);
        }
        Some(waiting)
    }

    fn yield_room(&mut self) -> Option<Waiting<Q::Item>> {
        let (key, longest) = self.queues.iter_mut().max_by_key(|(_, queue)| queue.cost())?;
        let key = *key;
        let waiting = longest.yield_room()?;
        self.cost = self.cost.saturating_sub(waiting.cost);
        if longest.cost() == 0 {
            self.queues.remove(&key);
            self.turns.retain(|turn| *turn != key);
        }
        Some(waiting)
    }

    fn cost(&self) -> usize {
        self.cost
    }
}

/// The queues of a lane: sources that take turns, in each its keys.
type Sources<S, K, T> = RoundRobin<S, RoundRobin<K, Line<T>>>;

/// Lanes that take turns, in each its sources, in each its keys, with a bounded total cost.
#[derive(Debug)]
pub struct FairQueue<L, S, K, T> {
    lanes: RoundRobin<L, Sources<S, K, T>>,
    cost_max: usize,
}

impl<L: Copy + Eq + Hash, S: Copy + Eq + Hash, K: Copy + Eq + Hash, T> FairQueue<L, S, K, T> {
    /// An empty queue with this maximum total cost.
    pub fn new(cost_max: usize) -> Self {
        Self { lanes: RoundRobin::default(), cost_max }
    }

    /// Puts an item behind everything else of its lane, source and key; returns the items that had to make
    /// room, possibly itself.
    pub fn push(&mut self, lane: L, source: S, key: K, item: T, cost: usize) -> Vec<T> {
        self.lanes.push((lane, (source, (key, ()))), Waiting { item, cost: cost.max(1) });
        let mut gone = Vec::new();
        while self.lanes.cost() > self.cost_max {
            gone.extend(self.lanes.yield_room().map(|waiting| waiting.item));
        }
        gone
    }

    /// Takes the oldest item of the next key of the next source of the next lane.
    pub fn pop(&mut self) -> Option<T> {
        self.lanes.pop().map(|waiting| waiting.item)
    }

    /// True if nothing waits.
    pub fn is_empty(&self) -> bool {
        self.lanes.cost() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Names = FairQueue<u8, u8, u8, &'static str>;

    fn drained<K: Copy + Eq + Hash, T>(mut queue: FairQueue<u8, u8, K, T>) -> Vec<T> {
        std::iter::from_fn(|| queue.pop()).collect()
    }

    #[test]
    fn lanes_take_turns_and_inside_each_its_sources() {
        let mut queue = Names::new(100);
        for (lane, source, item) in
            [(1, 1, "a1"), (1, 1, "a2"), (1, 1, "a3"), (1, 2, "b1"), (1, 2, "b2"), (2, 1, "c1"), (2, 1, "c2")]
        {
            assert!(queue.push(lane, source, 0, item, 1).is_empty());
        }
        assert_eq!(drained(queue), ["a1", "c1", "b1", "c2", "a2", "b2", "a3"]);
    }

    #[test]
    fn the_longest_lane_makes_room_with_the_latest_item_of_its_largest_source() {
        let mut queue = Names::new(6);
        for (lane, source, item) in
            [(1, 1, "a1"), (1, 2, "b1"), (1, 2, "b2"), (1, 2, "b3"), (2, 9, "c1"), (1, 2, "b4")]
        {
            assert!(queue.push(lane, source, 0, item, 1).is_empty());
        }
        assert_eq!(queue.push(1, 2, 0, "b5", 1), ["b5"], "itself, if its own lane is the longest");
        assert_eq!(queue.push(2, 9, 0, "c2", 1), ["b4"], "an item of the longest lane, for a short lane");
        assert_eq!(queue.push(3, 1, 0, "d1", 1), ["b3"]);
        assert_eq!(drained(queue), ["a1", "c1", "d1", "b1", "c2", "b2"]);
    }

    #[test]
    fn keys_of_a_source_take_turns_and_the_one_with_most_makes_room() {
        let mut queue = Names::new(4);
        for (key, item) in [(0, "a1"), (0, "a2"), (0, "a3"), (7, "b1")] {
            assert!(queue.push(1, 1, key, item, 1).is_empty());
        }
        assert_eq!(queue.push(1, 1, 7, "b2", 1), ["a3"], "the key with most, not the latest item");
        assert_eq!(drained(queue), ["a1", "b1", "a2", "b2"]);
    }

    #[test]
    fn a_large_item_counts_for_more() {
        let mut queue = Names::new(10);
        assert!(queue.push(1, 1, 0, "large", 6).is_empty() && queue.push(2, 1, 0, "small", 1).is_empty());
        assert_eq!(queue.push(3, 1, 0, "middle", 4), ["large"]);
        assert_eq!(queue.push(4, 1, 0, "too large", 11), ["too large"]);
        assert_eq!(drained(queue), ["small", "middle"]);
    }

    proptest! {
        /// Every item comes out once, in the order of its lane and source, or made room; and a lane that
        /// never had more than its share made none.
        #[test]
        fn nothing_is_lost_and_a_short_lane_loses_nothing(
            pushes in prop::collection::vec((0_u8..4, 0_u8..3, 1_usize..5, 0_usize..3), 0..200),
        ) {
            const MAX: usize = 40;
            let mut queue = FairQueue::new(MAX);
            let (mut gone, mut taken) = (Vec::new(), Vec::new());
            let mut lens = [0_usize; 4];
            let mut longest = [0_usize; 4];
            for (number, (lane, source, cost, pops)) in pushes.iter().copied().enumerate() {
                lens[usize::from(lane)] += cost;
                longest[usize::from(lane)] = longest[usize::from(lane)].max(lens[usize::from(lane)]);
                for item in queue.push(lane, source, 0, (lane, source, number, cost), cost) {
                    lens[usize::from(item.0)] -= item.3;
                    gone.push(item);
                }
                for item in (0..pops).filter_map(|_| queue.pop()) {
                    lens[usize::from(item.0)] -= item.3;
                    taken.push(item);
                }
            }
            taken.extend(drained(queue));
            prop_assert_eq!(taken.len() + gone.len(), pushes.len());
            for one in &taken {
                let before = taken.iter().take_while(|other| *other != one);
                prop_assert!(before.filter(|o| (o.0, o.1) == (one.0, one.1)).all(|o| o.2 < one.2));
            }
            for item in gone {
                prop_assert!(longest[usize::from(item.0)] > MAX / 4, "a lane within its share lost {item:?}");
            }
        }
    }
}
