//! The order of a table's rows.

use std::cmp::Ordering;

use super::table::{Column, Row, Value};

/// By which column, and which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order {
    /// The number of the column.
    pub column: usize,
    /// Whether the highest comes first.
    pub descending: bool,
}

impl Order {
    /// The highest first.
    pub const fn descending(column: usize) -> Self {
        Self { column, descending: true }
    }

    /// By the next column.
    pub fn next(&mut self, columns: &[Column]) {
        self.column = (self.column + 1) % columns.len().max(1);
    }

    /// The other way.
    pub fn turn(&mut self) {
        self.descending = !self.descending;
    }

    /// Sorts rows. Equal ones are in the order of their keys, and those without a figure come last
    /// either way.
    pub fn sort(self, rows: &mut [Row]) {
        rows.sort_by(|a, b| self.compare(a, b).then_with(|| a.key.cmp(&b.key)));
    }

    fn compare(self, a: &Row, b: &Row) -> Ordering {
        match (self.value(a), self.value(b)) {
            (None, None) => Ordering::Equal,
            (None, _) => Ordering::Greater,
            (_, None) => Ordering::Less,
            (Some(a), Some(b)) if self.descending => compare(b, a),
            (Some(a), Some(b)) => compare(a, b),
        }
    }

    fn value(self, row: &Row) -> Option<&Value> {
        row.values.get(self.column).filter(|value| **value != Value::Missing)
    }
}

/// Names by their letters, whatever their case; all else by what it amounts to. In a column that has
/// both, names come behind numbers.
fn compare(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => {
            a.to_lowercase().cmp(&b.to_lowercase()).then_with(|| a.cmp(b))
        }
        _ => amount(a).total_cmp(&amount(b)),
    }
}

fn amount(value: &Value) -> f64 {
    match value {
        Value::Missing => f64::NEG_INFINITY,
        Value::Text(_) => f64::INFINITY,
        Value::Id(n) | Value::Count(n) | Value::Bytes(n) | Value::Part(n, _) => *n as f64,
        Value::Growth(n) => *n as f64,
        Value::Rate(n) | Value::ByteRate(n) | Value::Share(n) => *n,
        Value::Trend(values) => values.iter().flatten().next_back().copied().unwrap_or(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lowest first.
    fn ascending(column: usize) -> Order {
        Order { column, descending: false }
    }

    fn sorted(order: Order, values: &[Value]) -> Vec<u64> {
        let mut rows: Vec<Row> = (0..)
            .zip(values)
            .map(|(n, value)| Row { key: [n, 0, 0], values: vec![value.clone()] })
            .collect();
        order.sort(&mut rows);
        rows.iter().map(|row| row.key[0]).collect()
    }

    #[test]
    fn numbers_go_up_or_down() {
        let values = [Value::Bytes(5), Value::Bytes(70), Value::Bytes(6)];
        assert_eq!(sorted(ascending(0), &values), [0, 2, 1]);
        assert_eq!(sorted(Order::descending(0), &values), [1, 2, 0]);
    }

    #[test]
    fn what_shrinks_comes_before_what_grows() {
        let values = [Value::Growth(3), Value::Growth(-9), Value::Growth(0)];
        assert_eq!(sorted(ascending(0), &values), [1, 2, 0]);
    }

    #[test]
    fn missing_figures_come_last_either_way() {
        let values = [Value::Missing, Value::Rate(0.0), Value::Rate(2.5)];
        assert_eq!(sorted(ascending(0), &values), [1, 2, 0]);
        assert_eq!(sorted(Order::descending(0), &values), [2, 1, 0]);
    }

    #[test]
    fn equal_rows_keep_the_order_of_their_keys_either_way() {
        let values = [Value::Count(1), Value::Count(1), Value::Count(1)];
        assert_eq!(sorted(ascending(0), &values), [0, 1, 2]);
        assert_eq!(sorted(Order::descending(0), &values), [0, 1, 2]);
    }

    #[test]
    fn names_are_sorted_whatever_their_case() {
        let values = ["beta", "Alpha", "alpha"].map(|name| Value::Text(name.into()));
        assert_eq!(sorted(ascending(0), &values), [1, 2, 0]);
    }

    #[test]
    fn names_come_behind_numbers() {
        let values = [Value::Text("large".into()), Value::Bytes(1 << 40), Value::Bytes(16)];
        assert_eq!(sorted(ascending(0), &values), [2, 1, 0]);
    }

    #[test]
    fn the_next_column_behind_the_last_is_the_first() {
        let columns = [Column::new("A", 1, 0), Column::new("B", 1, 0)];
        let mut order = Order::descending(0);
        order.next(&columns);
        assert_eq!(order, Order::descending(1));
        order.next(&columns);
        order.turn();
        assert_eq!(order, ascending(0));
    }
}
