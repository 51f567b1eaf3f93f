//! A process that is watched: its readings, and the tables made of them.

use std::path::{Path, PathBuf};
use std::time::Instant;

use heapmin_inspect::model::snapshot::{Process, Snapshot};

use super::history::{History, Sample};
use super::rates::Rates;
use super::save;
use super::tables::{Figures, Filter, Table, caches, classes, heaps, trends};

/// The tables to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Its heaps.
    Heaps,
    /// Its size classes.
    Classes,
    /// Its threads' caches.
    Caches,
    /// Rates and amounts over time.
    Rates,
}

/// All of them, in the order of their keys.
pub const VIEWS: [View; 4] = [View::Heaps, View::Classes, View::Caches, View::Rates];

impl View {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Heaps => "Heaps",
            Self::Classes => "Size classes",
            Self::Caches => "Caches",
            Self::Rates => "Rates",
        }
    }

    /// The one so many places further, around.
    pub fn next(self, by: usize) -> Self {
        VIEWS[(self as usize + by) % VIEWS.len()]
    }
}

/// What has been read.
#[derive(Clone, Debug)]
pub struct Readings {
    /// The first reading.
    pub first: Snapshot,
    /// The last one.
    pub now: Snapshot,
    /// What happened in a second between the last two.
    pub rates: Rates,
    /// The last minutes.
    pub history: History,
    /// When the first one was taken.
    began: Instant,
    /// When the last one was.
    at: Instant,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Watched {
    /// The process.
    pub process: Process,
    /// Its readings; none before the first.
    pub readings: Option<Readings>,
    /// Which table is shown.
    pub view: View,
    /// Which heaps are shown.
    pub filter: Filter,
    /// Why there will be no more readings.
    pub ended: Option<String>,
    tables: [Table; 4],
}

impl Watched {
    /// Nothing has been read yet.
    pub fn new(process: Process) -> Self {
        let tables = [
            Table::new(heaps::COLUMNS, Some(heaps::ORDER)),
            Table::new(classes::COLUMNS, Some(classes::ORDER)),
            Table::new(caches::COLUMNS, Some(caches::ORDER)),
            Table::new(trends::COLUMNS, None),
        ];
        let filter = Filter::default();
        Self { process, readings: None, view: View::Heaps, filter, ended: None, tables }
    }

    /// Takes a reading that was taken then.
    pub fn read(&mut self, now: Snapshot, at: Instant) {
        self.process = now.process.clone();
        let readings = match self.readings.take() {
            None => Readings {
                first: now.clone(),
                now,
                rates: Rates::default(),
                history: History::default(),
                began: at,
                at,
            },
            Some(before) => {
                let seconds = at.saturating_duration_since(before.at).as_secs_f64();
                let rates = Rates::between(&before.now, &now, seconds);
                Readings { now, rates, at, ..before }
            }
        };
        let readings = self.readings.insert(readings);
        let totals = &readings.now.totals;
        readings.history.push(Sample {
            at: at.saturating_duration_since(readings.began).as_secs_f64(),
            live: totals.live_bytes,
            resident: totals.resident_bytes,
            reclaimable: totals.reclaimable_bytes,
            allocations: readings.rates.allocations,
            returned: readings.rates.returned,
        });
        self.refresh();
    }

    /// Shows another table.
    pub fn show(&mut self, view: View) {
        self.view = view;
        self.refresh();
    }

    /// Shows other heaps.
    pub fn set_filter(&mut self, filter: Filter) {
        self.filter = filter;
        self.refresh();
    }

    /// The table that is shown.
    pub fn table(&self) -> &Table {
        &self.tables[self.view as usize]
    }

    /// The table that is shown.
    pub fn table_mut(&mut self) -> &mut Table {
        &mut self.tables[self.view as usize]
    }

    /// Writes the last reading into a file of its own in a directory.
    pub fn save(&self, directory: &Path) -> Result<PathBuf, String> {
        match &self.readings {
            Some(readings) => save::save(&readings.now, directory),
            None => Err("nothing has been read yet".to_owned()),
        }
    }

    /// Makes the rows of the table that is shown.
    fn refresh(&mut self) {
        let Some(readings) = &self.readings else {
            return;
        };
        let Readings { now, first, rates, history, .. } = readings;
        let figures = Figures { now, first, rates, filter: &self.filter };
        let rows = match self.view {
            View::Heaps => heaps::rows(&figures),
            View::Classes => classes::rows(&figures),
            View::Caches => caches::rows(&figures),
            View::Rates => trends::rows(history),
        };
        self.table_mut().show(rows);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::top::made_up;

    #[test]
    fn rates_come_with_the_second_reading_and_count_real_time() {
        let begin = Instant::now();
        let mut watched = Watched::new(made_up::process(4242, "server"));
        watched.read(made_up::snapshot(0), begin);
        assert_eq!(watched.readings.as_ref().unwrap().rates.returned, None);
        watched.read(made_up::snapshot(1), begin + Duration::from_millis(500));
        let readings = watched.readings.as_ref().unwrap();
        assert_eq!(readings.rates.returned, Some(f64::from(2 << 20)));
        assert_eq!(readings.history.samples().count(), 2);
        assert_eq!(readings.first, made_up::snapshot(0));
    }

    #[test]
    fn every_view_has_rows() {
        let mut watched = Watched::new(made_up::process(4242, "server"));
        watched.read(made_up::snapshot(0), Instant::now());
        for view in VIEWS {
            watched.show(view);
            assert!(!watched.table().rows.is_empty(), "{view:?}");
        }
        assert_eq!(View::Rates.next(1), View::Heaps);
        assert_eq!(View::Heaps.next(3), View::Rates);
    }

    #[test]
    fn a_filter_is_for_all_tables_of_heaps() {
        let mut watched = Watched::new(made_up::process(4242, "server"));
        watched.read(made_up::snapshot(0), Instant::now());
        watched.set_filter(Filter::only(2));
        assert_eq!(watched.table().rows.len(), 1);
        watched.show(View::Caches);
        assert_eq!(watched.table().rows.len(), made_up::snapshot(0).heaps[2].caches.len());
    }
}
