//! The size classes, in all heaps that are shown together, and the large blocks.

use std::collections::BTreeMap;

use heapmin_inspect::model::snapshot::Snapshot;

use super::{Figures, Filter, growth};
use crate::top::sort::Order;
use crate::top::table::{Column, Row, Value};

/// The columns.
pub const COLUMNS: &[Column] = &[
    Column::new("size", 8, 0),
    Column::new("live", 8, 0),
    Column::new("blocks", 9, 6),
    Column::new("occupancy", 15, 0),
    Column::new("waste", 15, 1),
    Column::new("resident", 8, 3),
    Column::new("reclaimable", 8, 5),
    Column::new("alloc/s", 7, 2),
    Column::new("grown", 9, 4),
    Column::new("slabs", 7, 7),
    Column::new("cached", 7, 8),
];

/// What takes most memory comes first.
pub const ORDER: Order = Order::descending(5);

/// The key of the row of large blocks.
const LARGE: u64 = u64::MAX;

/// A class in several heaps.
#[derive(Debug, Default)]
struct Sum {
    live_bytes: u64,
    live_blocks: u64,
    capacity_blocks: u64,
    cached_blocks: u64,
    slabs: u64,
    resident_bytes: u64,
    reclaimable_bytes: u64,
    rate: Option<f64>,
    first_live_bytes: u64,
}

impl Sum {
    fn waste(&self) -> u64 {
        self.resident_bytes.saturating_sub(self.live_bytes)
    }

    fn count(&mut self, rate: Option<f64>) {
        self.rate = self.rate.map_or(rate, |sum| Some(sum + rate.unwrap_or(0.0)));
    }
}

/// A row for each size class that has slabs, and one for the large blocks.
pub fn rows(figures: &Figures<'_>) -> Vec<Row> {
    let first = live(figures.first, figures.filter);
    let mut sums: BTreeMap<u64, Sum> = BTreeMap::new();
    for heap in figures.heaps() {
        for class in &heap.classes {
            let sum = sums.entry(u64::from(class.block_bytes)).or_default();
            sum.live_bytes += class.live_bytes();
            sum.live_blocks += class.live_blocks;
            sum.capacity_blocks += class.capacity_blocks;
            sum.cached_blocks += class.cached_blocks;
            sum.slabs += class.slabs;
            sum.resident_bytes += class.resident_bytes;
            sum.reclaimable_bytes += class.reclaimable_bytes;
            sum.count(figures.rates.class(heap, class));
        }
        let large = &heap.large;
        if large.blocks > 0 || large.allocations > 0 {
            let sum = sums.entry(LARGE).or_default();
            sum.live_bytes += large.live_bytes;
            sum.live_blocks += large.blocks;
            sum.resident_bytes += large.resident_bytes;
            sum.count(figures.rates.large(heap));
        }
    }
    for (key, sum) in &mut sums {
        sum.first_live_bytes = first.get(key).copied().unwrap_or(0);
    }
    let most = sums.values().map(Sum::waste).max().unwrap_or(0);
    sums.iter().map(|(key, sum)| row(*key, sum, most)).collect()
}

/// Live bytes by class.
fn live(snapshot: &Snapshot, filter: &Filter) -> BTreeMap<u64, u64> {
    let mut live = BTreeMap::new();
    for heap in snapshot.heaps.iter().filter(|heap| filter.keeps(heap)) {
        for class in &heap.classes {
            *live.entry(u64::from(class.block_bytes)).or_default() += class.live_bytes();
        }
        *live.entry(LARGE).or_default() += heap.large.live_bytes;
    }
    live
}

fn row(key: u64, sum: &Sum, most: u64) -> Row {
    let slabs = key != LARGE;
    let only = |value: Value| if slabs { value } else { Value::Missing };
    let occupancy = sum.live_blocks as f64 / sum.capacity_blocks.max(1) as f64;
    Row {
        key: [key, 0, 0],
        values: vec![
            if slabs { Value::Bytes(key) } else { Value::Text("large".into()) },
            Value::Bytes(sum.live_bytes),
            Value::Count(sum.live_blocks),
            only(Value::Share(occupancy.min(1.0))),
            Value::Part(sum.waste(), most),
            Value::Bytes(sum.resident_bytes),
            only(Value::Bytes(sum.reclaimable_bytes)),
            Value::rate(sum.rate),
            Value::Growth(growth(sum.first_live_bytes, sum.live_bytes)),
            only(Value::Count(sum.slabs)),
            only(Value::Count(sum.cached_blocks)),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::top::made_up;
    use crate::top::rates::Rates;

    fn shown(filter: &Filter) -> Vec<Row> {
        let (now, rates) = (made_up::snapshot(0), Rates::default());
        rows(&Figures { now: &now, first: &now, rates: &rates, filter })
    }

    #[test]
    fn a_class_is_summed_up_over_the_heaps() {
        let snapshot = made_up::snapshot(0);
        let blocks = |heap: usize| snapshot.heaps[heap].classes[0].live_blocks;
        let row = shown(&Filter::default()).remove(0);
        assert_eq!(row.values[0], Value::Bytes(16));
        assert_eq!(row.values[2], Value::Count(blocks(0) + blocks(1) + blocks(2)));
        let row = shown(&Filter::only(2)).remove(0);
        assert_eq!(row.values[2], Value::Count(blocks(2)));
    }

    #[test]
    fn large_blocks_have_a_row_of_their_own() {
        let row = shown(&Filter::only(0)).pop().unwrap();
        assert_eq!(row.values[0], Value::Text("large".into()));
        assert_eq!(row.values[3], Value::Missing);
        assert!(shown(&Filter::only(2)).iter().all(|row| row.key != [LARGE, 0, 0]));
    }

    #[test]
    fn waste_is_shown_beside_the_largest() {
        let rows = shown(&Filter::default());
        let wastes: Vec<_> = rows
            .iter()
            .map(|row| match row.values[4] {
                Value::Part(waste, most) => (waste, most),
                ref other => panic!("{other:?}"),
            })
            .collect();
        let most = wastes.iter().map(|(waste, _)| *waste).max().unwrap();
        assert!(most > 0 && wastes.iter().all(|(_, of)| *of == most), "{wastes:?}");
    }

    #[test]
    fn every_column_has_its_value() {
        assert!(shown(&Filter::default()).iter().all(|row| row.values.len() == COLUMNS.len()));
    }
}
