//! Keeps entries in order of their keys, close together.
//!
//! In: keys and values, each key once. Out: look-ups and ranges, O(log n). Most keys of the state
//! ascend with time, and the standard library's trees stay half empty under such. Here entries stand
//! in runs of at most [`RUN_MAX`], and a run that is full when the next key comes after it stays
//! full. A change moves the entries behind it in its run, and where a run begins or goes, the places
//! of the runs behind it: 24 bytes for each. Knows nothing of what the entries mean.

use std::iter::Flatten;
use std::ops::{Bound, RangeBounds};
use std::slice;

/// Entries in one run at most.
const RUN_MAX: usize = 64;
/// A run gets room for so many more entries at a time.
const ROOM: usize = RUN_MAX / 8;

/// Entries in order of their keys; never empty.
type Run<K, V> = Vec<(K, V)>;

/// A map in order of its keys; a set where the values are `()`.
#[derive(Debug, Clone)]
pub(super) struct Packed<K, V = ()> {
    runs: Vec<Run<K, V>>,
    len: usize,
}

impl<K: Ord, V> Packed<K, V> {
    /// The value of a key.
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        let run = self.runs.get(self.run_of(key))?;
        let at = place(run, key).ok()?;
        Some(&run[at].1)
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let at = self.run_of(key);
        let run = self.runs.get_mut(at)?;
        let at = place(run, key).ok()?;
        Some(&mut run[at].1)
    }

    /// The value of a key, to be changed; the default where there was none.
    pub(super) fn get_or_default(&mut self, key: K) -> &mut V
    where
        K: Clone,
        V: Default,
    {
        if self.get(&key).is_none() {
            self.insert(key.clone(), V::default());
        }
        self.get_mut(&key).expect("it was inserted")
    }

    /// Sets the value of a key; gives back the one it had.
    pub(super) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let mut of = self.run_of(&key);
        if self.runs.is_empty() {
            self.runs.push(Vec::new());
        }
        let mut at = match place(&self.runs[of], &key) {
            Ok(at) => return Some(std::mem::replace(&mut self.runs[of][at].1, value)),
            Err(at) => at,
        };
        if self.runs[of].len() == RUN_MAX {
            let kept = if at == RUN_MAX { at } else { RUN_MAX / 2 };
            let rest = self.runs[of].split_off(kept);
            self.runs[of].shrink_to_fit();
            self.runs.insert(of + 1, rest);
            if at >= kept {
                (of, at) = (of + 1, at - kept);
            }
        }
        let run = &mut self.runs[of];
        if run.len() == run.capacity() {
            run.reserve_exact(ROOM);
        }
        run.insert(at, (key, value));
        self.len += 1;
        None
    }

    /// Takes a key out; gives back the value it had.
    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let of = self.run_of(key);
        let run = self.runs.get_mut(of)?;
        let at = place(run, key).ok()?;
        let (_, value) = run.remove(at);
        self.len -= 1;
        if run.capacity() > run.len() + 2 * ROOM {
            run.shrink_to_fit();
        }
        if run.len() < RUN_MAX / 4 {
            self.join(of);
        }
        Some(value)
    }

    /// Puts a run of which little is left to the one before it if that has room; an empty one goes.
    fn join(&mut self, of: usize) {
        let left = self.runs[of].len();
        let before = of.checked_sub(1);
        let before = before.filter(|before| self.runs[*before].len() + left <= RUN_MAX * 3 / 4);
        if before.is_none() && left > 0 {
            return;
        }
        let run = self.runs.remove(of);
        if let Some(before) = before {
            self.runs[before].reserve_exact(run.len());
            self.runs[before].extend(run);
        }
    }

    /// The entries within a range of keys, in order.
    pub(super) fn range<'a, R: RangeBounds<K> + 'a>(
        &'a self,
        range: R,
    ) -> impl DoubleEndedIterator<Item = (&'a K, &'a V)> + use<'a, K, V, R> {
        let from = match range.start_bound() {
            Bound::Included(from) | Bound::Excluded(from) => self.run_of(from),
            Bound::Unbounded => 0,
        };
        let runs = &self.runs[from..];
        let to = runs.partition_point(|run| !is_after(&run[0].0, range.end_bound()));
        runs[..to].iter().flat_map(move |run| {
            let from = run.partition_point(|(key, _)| is_before(key, range.start_bound()));
            let within = &run[from..];
            let to = within.partition_point(|(key, _)| !is_after(key, range.end_bound()));
            within[..to].iter().map(|(key, value)| (key, value))
        })
    }

    /// All values, in order of the keys.
    pub(super) fn values(&self) -> Values<'_, K, V> {
        Values {
            entries: self.runs.iter().flatten(),
            left: self.len,
        }
    }

    /// The first key.
    pub(super) fn first(&self) -> Option<&K> {
        self.runs.first().map(|run| &run[0].0)
    }

    /// Whether there is nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The run in which a key is, or would be.
    fn run_of(&self, key: &K) -> usize {
        let behind = self.runs.partition_point(|run| run[0].0 <= *key);
        behind.saturating_sub(1)
    }
}

impl<K: Ord> Packed<K> {
    /// Puts a key into the set.
    pub(super) fn add(&mut self, key: K) {
        self.insert(key, ());
    }

    /// Takes keys out and puts others in; those among both stay where they are.
    pub(super) fn swap(
        &mut self,
        before: impl IntoIterator<Item = K>,
        now: impl IntoIterator<Item = K>,
    ) {
        let before: Vec<K> = before.into_iter().collect();
        let now: Vec<K> = now.into_iter().collect();
        for key in before.iter().filter(|key| !now.contains(key)) {
            self.remove(key);
        }
        for key in now.into_iter().filter(|key| !before.contains(key)) {
            self.add(key);
        }
    }

    /// All keys, in order.
    pub(super) fn keys(&self) -> impl Iterator<Item = &K> {
        self.runs.iter().flatten().map(|(key, ())| key)
    }
}

impl<K: Ord> Extend<K> for Packed<K> {
    fn extend<I: IntoIterator<Item = K>>(&mut self, keys: I) {
        for key in keys {
            self.add(key);
        }
    }
}

impl<K, V> Default for Packed<K, V> {
    fn default() -> Packed<K, V> {
        Packed {
            runs: Vec::new(),
            len: 0,
        }
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for Packed<K, V> {
    /// By the entries: into which runs they fell depends on their past.
    fn eq(&self, other: &Packed<K, V>) -> bool {
        let ours = self.runs.iter().flatten();
        ours.eq(other.runs.iter().flatten())
    }
}

/// All values, in order of the keys.
#[derive(Clone)]
pub(super) struct Values<'a, K, V> {
    entries: Flatten<slice::Iter<'a, Run<K, V>>>,
    left: usize,
}

impl<'a, K, V> Iterator for Values<'a, K, V> {
    type Item = &'a V;

    fn next(&mut self) -> Option<&'a V> {
        let (_, value) = self.entries.next()?;
        self.left -= 1;
        Some(value)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<K, V> ExactSizeIterator for Values<'_, K, V> {}

/// Where a key is in its run, or would be.
fn place<K: Ord, V>(run: &[(K, V)], key: &K) -> Result<usize, usize> {
    run.binary_search_by(|(known, _)| known.cmp(key))
}

fn is_before<K: Ord>(key: &K, start: Bound<&K>) -> bool {
    match start {
        Bound::Included(from) => key < from,
        Bound::Excluded(from) => key <= from,
        Bound::Unbounded => false,
    }
}

fn is_after<K: Ord>(key: &K, end: Bound<&K>) -> bool {
    match end {
        Bound::Included(to) => key > to,
        Bound::Excluded(to) => key >= to,
        Bound::Unbounded => false,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// How much room the runs take for each entry.
    fn room(map: &Packed<u32>) -> f64 {
        let room: usize = map.runs.iter().map(Vec::capacity).sum();
        #[allow(clippy::cast_precision_loss, reason = "few entries")]
        let each = room as f64 / map.len as f64;
        each
    }

    #[track_caller]
    fn check(keys: impl Iterator<Item = u32>, at_most: f64) -> Packed<u32> {
        let mut map = Packed::default();
        map.extend(keys);
        assert!(room(&map) <= at_most, "{} for each", room(&map));
        map
    }

    #[test]
    fn keys_that_ascend_fill_every_run() {
        check(0..64_000, 1.0);
        // Two that ascend side by side, as those of two groups.
        check((0..32_000).flat_map(|at| [at, 1_000_000 + at]), 1.01);
    }

    #[test]
    fn keys_in_any_order_leave_little_room() {
        check((0..64_000_u32).rev(), 1.2);
        check(
            (0..64_000_u32).map(|at| at.wrapping_mul(2_654_435_761)),
            1.3,
        );
    }

    #[test]
    fn what_is_taken_out_leaves_no_room_behind() {
        let mut map = check(0..64_000, 1.0);
        for key in (0..64_000).filter(|key| key % 16 != 0) {
            map.remove(&key);
        }
        assert!(room(&map) <= 2.0, "{} for each", room(&map));
        assert!(map.runs.len() <= 4_000 / 16, "{} runs", map.runs.len());
        for key in 0..64_000 {
            map.remove(&key);
        }
        assert_eq!((map.is_empty(), map.runs.len()), (true, 0));
    }

    /// An insertion or a removal.
    #[derive(Debug, Clone, Copy)]
    enum Step {
        Insert(u16, u8),
        Remove(u16),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let key = || prop_oneof![0_u16..300, 290_u16..310];
        let step = prop_oneof![
            3 => (key(), any::<u8>()).prop_map(|(key, value)| Step::Insert(key, value)),
            2 => key().prop_map(Step::Remove),
        ];
        // Long enough that runs are divided and joined.
        prop::collection::vec(step, 0..2_000)
    }

    fn bound() -> impl Strategy<Value = Bound<u16>> {
        prop_oneof![
            (0_u16..310).prop_map(Bound::Included),
            (0_u16..310).prop_map(Bound::Excluded),
            Just(Bound::Unbounded),
        ]
    }

    fn well_formed(map: &Packed<u16, u8>) {
        let of = |run: &Run<u16, u8>| (1..=RUN_MAX).contains(&run.len());
        assert!(map.runs.iter().all(of));
    }

    proptest! {
        #[test]
        fn it_keeps_what_the_standard_map_keeps(
            steps in steps(),
            ranges in prop::collection::vec((bound(), bound()), 8),
        ) {
            let mut map: Packed<u16, u8> = Packed::default();
            let mut model: BTreeMap<u16, u8> = BTreeMap::new();
            for step in steps {
                match step {
                    Step::Insert(key, value) => {
                        prop_assert_eq!(map.insert(key, value), model.insert(key, value));
                    }
                    Step::Remove(key) => prop_assert_eq!(map.remove(&key), model.remove(&key)),
                }
                prop_assert_eq!(map.first(), model.keys().next());
            }
            well_formed(&map);
            prop_assert!(map.values().eq(model.values()));
            prop_assert_eq!(map.values().len(), model.len());
            for key in 0..310 {
                prop_assert_eq!(map.get(&key), model.get(&key));
                prop_assert_eq!(map.get_mut(&key), model.get_mut(&key));
            }
            let is_range = |(from, to): &(Bound<u16>, Bound<u16>)| match (from, to) {
                (Bound::Excluded(from), Bound::Excluded(to)) => from < to,
                (Bound::Included(from) | Bound::Excluded(from), Bound::Included(to) | Bound::Excluded(to)) => from <= to,
                (Bound::Unbounded, _) | (_, Bound::Unbounded) => true,
            };
            for range in ranges.into_iter().filter(is_range) {
                prop_assert!(map.range(range).eq(model.range(range)));
                prop_assert!(map.range(range).rev().eq(model.range(range).rev()));
            }
            let again: Vec<(u16, u8)> = model.into_iter().rev().collect();
            let mut other = Packed::default();
            for (key, value) in again {
                other.insert(key, value);
            }
            prop_assert!(map == other, "the same entries are the same, however they came");
        }
    }
}
