//! The heaps of a process.

use heapmin_inspect::model::snapshot::Heap;

use super::{Figures, growth};
use crate::top::sort::Order;
use crate::top::table::{Column, Row, Value};

/// The columns.
pub const COLUMNS: &[Column] = &[
    Column::new("#", 3, 0),
    Column::wide("heap", 19, 0),
    Column::new("live", 8, 0),
    Column::new("blocks", 9, 5),
    Column::new("resident", 8, 0),
    Column::new("reclaimable", 8, 1),
    Column::new("fragmented", 8, 6),
    Column::new("alloc/s", 7, 2),
    Column::new("grown", 9, 3),
    Column::new("committed", 9, 7),
    Column::new("maximum", 8, 8),
    Column::new("decay", 9, 9),
    Column::new("state", 10, 4),
];

/// What takes most memory comes first.
pub const ORDER: Order = Order::descending(4);

/// A row for each heap; its key begins with the heap's number.
pub fn rows(figures: &Figures<'_>) -> Vec<Row> {
    figures.heaps().map(|heap| row(figures, heap)).collect()
}

fn row(figures: &Figures<'_>, heap: &Heap) -> Row {
    let same =
        |earlier: &&Heap| (earlier.number, earlier.incarnation) == (heap.number, heap.incarnation);
    let first = figures.first.heaps.iter().find(same).map_or(0, |heap| heap.live_bytes);
    Row {
        key: [u64::from(heap.number), heap.incarnation, 0],
        values: vec![
            Value::Id(u64::from(heap.number)),
            Value::Text(heap.name.clone()),
            Value::Bytes(heap.live_bytes),
            Value::Count(heap.live_blocks),
            Value::Bytes(heap.resident_bytes),
            Value::Bytes(heap.reclaimable_bytes),
            Value::Bytes(heap.fragmented_bytes),
            Value::rate(figures.rates.heap(heap)),
            Value::Growth(growth(first, heap.live_bytes)),
            Value::Bytes(heap.committed_bytes),
            heap.maximum_bytes.map_or(Value::Missing, Value::Bytes),
            Value::Text(heap.decay.clone()),
            Value::Text(state(heap)),
        ],
    }
}

/// What sets it apart from others.
fn state(heap: &Heap) -> String {
    let words = [
        (heap.locked, "locked"),
        (heap.executable, "executable"),
        (heap.sized, "guarded"),
        (!heap.serialized, "unserialized"),
    ];
    let words: Vec<_> = words.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::top::made_up;
    use crate::top::rates::Rates;
    use crate::top::tables::Filter;

    #[test]
    fn growth_is_since_the_first_reading_and_all_of_it_for_a_new_heap() {
        let (first, mut now) = (made_up::snapshot(0), made_up::snapshot(0));
        now.heaps[0].live_bytes += 500;
        now.heaps[2].incarnation += 1;
        let (rates, filter) = (Rates::default(), Filter::default());
        let figures = Figures { now: &now, first: &first, rates: &rates, filter: &filter };
        let grown: Vec<_> = rows(&figures).into_iter().map(|row| row.values[8].clone()).collect();
        let all = i64::try_from(now.heaps[2].live_bytes).unwrap();
        assert_eq!(grown, [Value::Growth(500), Value::Growth(0), Value::Growth(all)]);
    }

    #[test]
    fn every_column_has_its_value() {
        let now = made_up::snapshot(0);
        let (rates, filter) = (Rates::default(), Filter::only(2));
        let figures = Figures { now: &now, first: &now, rates: &rates, filter: &filter };
        let rows = rows(&figures);
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].values.len(), COLUMNS.len());
    }
}
