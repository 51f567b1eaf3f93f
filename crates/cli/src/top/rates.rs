//! How fast counters count, from two readings of a process.
//!
//! There is no rate where nothing can be said: at the first reading, where a counter went back, and
//! for a heap that is new.

use std::collections::HashMap;

use heapmin_inspect::model::snapshot::{Cache, Class, Heap, Snapshot};

/// Counts a second; nothing if the counter went back or no time passed.
pub fn per_second(before: u64, after: u64, seconds: f64) -> Option<f64> {
    let counted = after.checked_sub(before)?;
    (seconds > 0.0).then(|| counted as f64 / seconds)
}

/// Which counter of a heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Counter {
    Heap,
    Class(u32),
    Large,
    Thread(u32),
}

/// Allocations a second, by whatever has a counter, and what the process as a whole does.
#[derive(Clone, Debug, Default)]
pub struct Rates {
    /// Allocations a second in all heaps.
    pub allocations: Option<f64>,
    /// Bytes given back to the system a second.
    pub returned: Option<f64>,
    counters: HashMap<(u32, u64, Counter), f64>,
}

impl Rates {
    /// The rates between two readings that are so many seconds apart.
    pub fn between(before: &Snapshot, after: &Snapshot, seconds: f64) -> Self {
        let earlier: HashMap<_, _> = before.heaps.iter().flat_map(counters).collect();
        let counters = after.heaps.iter().flat_map(counters).filter_map(|(key, count)| {
            let rate = per_second(*earlier.get(&key)?, count, seconds)?;
            Some((key, rate))
        });
        Self {
            allocations: per_second(before.totals.allocations, after.totals.allocations, seconds),
            returned: per_second(
                before.totals.returned_bytes,
                after.totals.returned_bytes,
                seconds,
            ),
            counters: counters.collect(),
        }
    }

    /// Allocations a second in a heap.
    pub fn heap(&self, heap: &Heap) -> Option<f64> {
        self.get(heap, Counter::Heap)
    }

    /// Allocations a second in a size class of a heap.
    pub fn class(&self, heap: &Heap, class: &Class) -> Option<f64> {
        self.get(heap, Counter::Class(class.block_bytes))
    }

    /// Allocations a second of a heap's large blocks.
    pub fn large(&self, heap: &Heap) -> Option<f64> {
        self.get(heap, Counter::Large)
    }

    /// Allocations a second in a heap by the thread that has this cache.
    pub fn cache(&self, heap: &Heap, cache: &Cache) -> Option<f64> {
        self.get(heap, Counter::Thread(cache.thread?))
    }

    fn get(&self, heap: &Heap, counter: Counter) -> Option<f64> {
        self.counters.get(&(heap.number, heap.incarnation, counter)).copied()
    }
}

/// All counters of a heap. Numbers of heaps come again, with another incarnation.
fn counters(heap: &Heap) -> impl Iterator<Item = ((u32, u64, Counter), u64)> {
    let classes =
        heap.classes.iter().map(|class| (Counter::Class(class.block_bytes), class.allocations));
    let threads = heap
        .caches
        .iter()
        .filter_map(|cache| Some((Counter::Thread(cache.thread?), cache.allocations)));
    [(Counter::Heap, heap.allocations), (Counter::Large, heap.large.allocations)]
        .into_iter()
        .chain(classes)
        .chain(threads)
        .map(|(counter, count)| ((heap.number, heap.incarnation, counter), count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::top::made_up;

    #[test]
    fn a_rate_is_the_difference_by_the_time() {
        assert_eq!(per_second(100, 150, 2.0), Some(25.0));
        assert_eq!(per_second(100, 100, 0.5), Some(0.0));
    }

    #[test]
    fn a_counter_that_goes_back_has_no_rate() {
        assert_eq!(per_second(100, 99, 1.0), None);
    }

    #[test]
    fn no_time_no_rate() {
        assert_eq!(per_second(100, 150, 0.0), None);
        assert_eq!(per_second(100, 150, -1.0), None);
    }

    #[test]
    fn before_the_second_reading_there_are_no_rates() {
        let snapshot = made_up::snapshot(0);
        let rates = Rates::default();
        assert_eq!((rates.allocations, rates.heap(&snapshot.heaps[0])), (None, None));
    }

    #[test]
    fn heaps_classes_and_threads_have_their_own() {
        let (before, mut after) = (made_up::snapshot(1), made_up::snapshot(1));
        after.totals.allocations += 300;
        after.totals.returned_bytes += 4096;
        after.heaps[0].allocations += 200;
        after.heaps[0].classes[1].allocations += 50;
        after.heaps[0].large.allocations += 4;
        after.heaps[0].caches[0].allocations += 10;
        after.heaps[1].allocations -= 1;
        let rates = Rates::between(&before, &after, 2.0);
        let [heap, other] = [&after.heaps[0], &after.heaps[1]];
        assert_eq!((rates.allocations, rates.returned), (Some(150.0), Some(2048.0)));
        assert_eq!((rates.heap(heap), rates.heap(other)), (Some(100.0), None));
        assert_eq!(rates.class(heap, &heap.classes[0]), Some(0.0));
        assert_eq!(rates.class(heap, &heap.classes[1]), Some(25.0));
        assert_eq!(rates.large(heap), Some(2.0));
        assert_eq!(rates.cache(heap, &heap.caches[0]), Some(5.0));
    }

    #[test]
    fn a_new_heap_under_an_old_number_has_no_rate_yet() {
        let (before, mut after) = (made_up::snapshot(0), made_up::snapshot(0));
        after.heaps[1].incarnation += 1;
        after.heaps[1].allocations += 1000;
        assert_eq!(Rates::between(&before, &after, 1.0).heap(&after.heaps[1]), None);
    }
}
