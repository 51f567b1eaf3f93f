//! The processes on heapmin.

use heapmin_inspect::model::snapshot::Listed;

use crate::top::sort::Order;
use crate::top::table::{Column, Row, Value};

/// The columns.
pub const COLUMNS: &[Column] = &[
    Column::new("pid", 7, 0),
    Column::new("user", 10, 3),
    Column::new("live", 8, 0),
    Column::new("resident", 8, 0),
    Column::new("reclaimable", 8, 1),
    Column::new("fragmented", 8, 4),
    Column::new("threads", 7, 5),
    Column::wide("command", 20, 0),
];

/// What takes most memory comes first.
pub const ORDER: Order = Order::descending(3);

/// A row for each process.
pub fn rows(listed: &[Listed]) -> Vec<Row> {
    listed.iter().map(row).collect()
}

fn row(listed: &Listed) -> Row {
    let process = &listed.process;
    let bytes = |figure: fn(&heapmin_inspect::model::snapshot::Totals) -> u64| {
        listed.figures.as_ref().map_or(Value::Missing, |totals| Value::Bytes(figure(totals)))
    };
    let command = match &listed.figures {
        Ok(_) => process.command.clone(),
        Err(reason) => format!("{} ({reason})", process.command),
    };
    Row {
        key: [u64::from(process.pid.unsigned_abs()), 0, 0],
        values: vec![
            Value::Id(u64::from(process.pid.unsigned_abs())),
            Value::Text(process.user.clone()),
            bytes(|totals| totals.live_bytes),
            bytes(|totals| totals.resident_bytes),
            bytes(|totals| totals.reclaimable_bytes),
            bytes(|totals| totals.fragmented_bytes),
            Value::Count(u64::from(process.threads)),
            Value::Text(command),
        ],
    }
}
