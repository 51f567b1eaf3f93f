//! Rates and amounts of a process over time.

use crate::top::history::{History, Sample};
use crate::top::table::{Column, Row, Value};

/// The columns.
pub const COLUMNS: &[Column] = &[
    Column::new("figure", 13, 0),
    Column::new("now", 10, 0),
    Column::new("mean", 10, 1),
    Column::new("highest", 10, 2),
    Column::wide("over time", 12, 3),
];

/// Points of a trend; drawing puts neighbours together where there is room for fewer.
const POINTS: usize = 240;

/// A figure, and how it is written.
type Figure = (&'static str, fn(&Sample) -> Option<f64>, fn(f64) -> Value);

const FIGURES: [Figure; 5] = [
    ("allocations", |sample| sample.allocations, Value::Rate),
    ("given back", |sample| sample.returned, Value::ByteRate),
    ("live", |sample| Some(sample.live as f64), |bytes| Value::Bytes(bytes as u64)),
    ("resident", |sample| Some(sample.resident as f64), |bytes| Value::Bytes(bytes as u64)),
    ("reclaimable", |sample| Some(sample.reclaimable as f64), |bytes| Value::Bytes(bytes as u64)),
];

/// A row for each figure.
pub fn rows(history: &History) -> Vec<Row> {
    (0..).zip(FIGURES).map(|(number, figure)| row(history, number, figure)).collect()
}

fn row(history: &History, number: u64, (name, figure, write): Figure) -> Row {
    let values = || history.samples().filter_map(figure);
    let write = |figure: Option<f64>| figure.map_or(Value::Missing, write);
    let (sum, count) = values().fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    Row {
        key: [number, 0, 0],
        values: vec![
            Value::Text(name.into()),
            write(history.samples().last().and_then(figure)),
            write((count > 0.0).then(|| sum / count)),
            write(values().reduce(f64::max)),
            Value::Trend(history.columns(POINTS, figure)),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_its_last_mean_and_highest_value() {
        let mut history = History::default();
        for (at, allocations) in [(0.0, None), (1.0, Some(30.0)), (2.0, Some(10.0))] {
            history.push(Sample { at, live: 7, allocations, ..Sample::default() });
        }
        let rows = rows(&history);
        let expected = [Value::Rate(10.0), Value::Rate(20.0), Value::Rate(30.0)];
        assert_eq!(rows[0].values[1..4], expected);
        assert_eq!(rows[1].values[1..4], [Value::Missing, Value::Missing, Value::Missing]);
        assert_eq!(rows[2].values[1..4], [Value::Bytes(7), Value::Bytes(7), Value::Bytes(7)]);
    }
}
