//! The caches of a process's threads.

use heapmin_inspect::model::snapshot::{Cache, CacheState, Heap};

use super::Figures;
use crate::top::sort::Order;
use crate::top::table::{Column, Row, Value};

/// The columns.
pub const COLUMNS: &[Column] = &[
    Column::new("thread", 7, 0),
    Column::wide("name", 10, 1),
    Column::new("state", 6, 5),
    Column::wide("heap", 8, 3),
    Column::new("cached", 8, 0),
    Column::new("blocks", 8, 4),
    Column::new("slabs", 6, 6),
    Column::new("alloc/s", 7, 2),
    Column::new("allocations", 11, 7),
];

/// What holds most comes first.
pub const ORDER: Order = Order::descending(4);

/// A row for each cache.
pub fn rows(figures: &Figures<'_>) -> Vec<Row> {
    let caches = |heap: &Heap| {
        let numbered = (0..).zip(&heap.caches);
        numbered.map(|(number, cache)| row(figures, heap, number, cache)).collect::<Vec<_>>()
    };
    figures.heaps().flat_map(caches).collect()
}

fn row(figures: &Figures<'_>, heap: &Heap, number: u64, cache: &Cache) -> Row {
    let state = match cache.state {
        CacheState::Thread => "thread",
        CacheState::Idle => "idle",
        CacheState::Shared => "shared",
    };
    // A thread keeps its row when those of others come and go.
    let place = cache.thread.map_or(number << 32, u64::from);
    let name = |name: &Option<String>| name.clone().map_or(Value::Missing, Value::Text);
    Row {
        key: [u64::from(heap.number), heap.incarnation, place],
        values: vec![
            cache.thread.map_or(Value::Missing, |thread| Value::Id(u64::from(thread))),
            name(&cache.thread_name),
            Value::Text(state.into()),
            Value::Text(heap.name.clone()),
            Value::Bytes(cache.cached_bytes),
            Value::Count(cache.cached_blocks),
            Value::Count(cache.slabs),
            Value::rate(figures.rates.cache(heap, cache)),
            Value::Count(cache.allocations),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::top::made_up;
    use crate::top::rates::Rates;
    use crate::top::tables::Filter;

    #[test]
    fn rows_have_keys_of_their_own_and_a_value_for_each_column() {
        let now = made_up::snapshot(0);
        let (rates, filter) = (Rates::default(), Filter::default());
        let rows = rows(&Figures { now: &now, first: &now, rates: &rates, filter: &filter });
        let caches: usize = now.heaps.iter().map(|heap| heap.caches.len()).sum();
        assert_eq!(rows.len(), caches);
        let keys: std::collections::BTreeSet<_> = rows.iter().map(|row| row.key).collect();
        assert_eq!(keys.len(), caches);
        assert!(rows.iter().all(|row| row.values.len() == COLUMNS.len()));
    }
}
