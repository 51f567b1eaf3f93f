//! The list of processes: as data, and as a table.

use std::cmp::Reverse;
use std::io::{self, Write};
use std::time::{SystemTime, UNIX_EPOCH};

use heapmin_inspect::Target;
use heapmin_inspect::model::snapshot::{Listed, Process, Totals};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::cmd::ps::{Key, Ps, age};
use crate::failure::Failure;
use crate::output::bytes::bytes;
use crate::output::table::{Side, Table};
use crate::output::visible::visible;

/// The version of [`Processes`].
const SCHEMA: u32 = 1;

/// The processes that run on heapmin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Processes {
    /// Version of this structure.
    pub schema: u32,
    /// When it was taken, in milliseconds since 1970.
    pub time_ms: u64,
    /// The processes, in the order asked for.
    pub processes: Vec<Row>,
}

/// A process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Row {
    /// The process.
    pub process: Process,
    /// Its figures; null if it can't be looked into.
    pub figures: Option<Totals>,
    /// Why there are no figures; null if there are.
    pub reason: Option<String>,
}

impl From<Listed> for Row {
    fn from(Listed { process, figures }: Listed) -> Self {
        match figures {
            Ok(figures) => Self { process, figures: Some(figures), reason: None },
            Err(reason) => Self { process, figures: None, reason: Some(reason) },
        }
    }
}

impl Processes {
    /// Looks for them.
    pub fn read(args: &Ps) -> Result<Self, Failure> {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let time_ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let mut processes: Vec<Row> = Target::list()?.into_iter().map(Row::from).collect();
        processes.retain(|row| wanted(args, row));
        sort(args.sort, &mut processes);
        Ok(Self { schema: SCHEMA, time_ms, processes })
    }

    /// Writes the numbers, one a line.
    pub fn write_numbers(&self, out: &mut impl Write) -> io::Result<()> {
        self.processes.iter().try_for_each(|row| writeln!(out, "{}", row.process.pid))
    }

    /// A table for people. The system was started so many seconds ago.
    pub fn table(&self, uptime: u64) -> Table {
        let mut table = Table::new(&[
            ("PID", Side::Right),
            ("USER", Side::Left),
            ("AGE", Side::Right),
            ("LIVE", Side::Right),
            ("RESIDENT", Side::Right),
            ("RECLAIMABLE", Side::Right),
            ("COMMAND", Side::Left),
        ]);
        for Row { process, figures, reason } in &self.processes {
            let amount = |of: fn(&Totals) -> u64| {
                figures.as_ref().map_or("-".to_owned(), |figures| bytes(of(figures)))
            };
            let command = visible(&process.command);
            table.row([
                process.pid.to_string(),
                visible(&process.user).into_owned(),
                age::text(age::seconds(process.started, uptime)),
                amount(|figures| figures.live_bytes),
                amount(|figures| figures.resident_bytes),
                amount(|figures| figures.reclaimable_bytes),
                match reason {
                    None => command.into_owned(),
                    Some(reason) => format!("{command} ({})", visible(reason)),
                },
            ]);
        }
        table
    }
}

fn wanted(args: &Ps, row: &Row) -> bool {
    let process = &row.process;
    let of_user = match &args.user {
        Some(user) => *user == process.user || *user == process.uid.to_string(),
        None => true,
    };
    of_user && (args.all || row.reason.is_none())
}

/// Rows that are equal in the key stay in the order of their numbers.
fn sort(key: Key, rows: &mut [Row]) {
    let amount = |of: fn(&Totals) -> u64| {
        move |row: &Row| (Reverse(row.figures.as_ref().map(of)), row.process.pid)
    };
    match key {
        Key::Pid => rows.sort_by_key(|row| row.process.pid),
        Key::User => rows.sort_by_cached_key(|row| (row.process.user.clone(), row.process.pid)),
        Key::Age => rows.sort_by_key(|row| (Reverse(row.process.started), row.process.pid)),
        Key::Live => rows.sort_by_key(amount(|figures| figures.live_bytes)),
        Key::Resident => rows.sort_by_key(amount(|figures| figures.resident_bytes)),
        Key::Reclaimable => rows.sort_by_key(amount(|figures| figures.reclaimable_bytes)),
        Key::Command => {
            rows.sort_by_cached_key(|row| (row.process.command.clone(), row.process.pid));
        }
    }
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
