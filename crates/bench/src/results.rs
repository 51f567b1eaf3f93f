//! What a whole run gave, as it is written to `results.json` and `samples.csv`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::machine::Machine;
use crate::process::Cost;
use crate::statistics::{Representative, spread};

/// Everything that was measured, and everything that was not and why.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// Where it was measured.
    pub machine: Machine,
    /// How much of the normal work was done.
    pub scale: f64,
    /// How often each workload was to run under each allocator.
    pub rounds: u32,
    /// The allocators, in the order of the tables.
    pub allocators: Vec<AllocatorEntry>,
    /// The workloads, in the order of the tables.
    pub workloads: Vec<WorkloadEntry>,
    /// What could not be measured at all.
    pub missing: Vec<Missing>,
    /// All single measurements.
    pub samples: Vec<SampleEntry>,
}

/// An allocator that was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AllocatorEntry {
    /// Its name.
    pub name: String,
    /// Its version, as it tells it where it can.
    pub version: String,
    /// The file that served `malloc`.
    pub file: String,
}

/// A workload that was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkloadEntry {
    /// Its name.
    pub name: String,
    /// One line about what it does.
    pub about: String,
    /// Shown in absolute figures and not part of the geometric means.
    pub absolute: bool,
}

/// An allocator or a workload that could not be measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Missing {
    /// Its name.
    pub name: String,
    /// Why, and what to do.
    pub reason: String,
}

/// One workload under one allocator in one round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleEntry {
    /// The workload's name.
    pub workload: String,
    /// The allocator's name.
    pub allocator: String,
    /// Which round, from 0.
    pub round: u32,
    /// What it cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// Which time is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Clock {
    /// Wall time: of the timed section of a synthetic workload, else of the whole process.
    #[default]
    Wall,
    /// Processor time of the whole process, user and system, all threads.
    Processor,
}

/// Which figure of a cost is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// Seconds.
    Time(Clock),
    /// Peak resident memory in KiB.
    Memory,
}

impl Figure {
    fn of(self, cost: &Cost) -> f64 {
        match self {
            Self::Time(Clock::Wall) => cost.wall,
            Self::Time(Clock::Processor) => cost.user + cost.system,
            Self::Memory => cost.peak as f64,
        }
    }
}

/// What the samples of one workload under one allocator amount to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell {
    /// It ran each time.
    Value(f64),
    /// It failed at least once.
    Failed,
    /// It was not run.
    Absent,
}

impl Cell {
    /// The value, if it ran.
    pub fn value(self) -> Option<f64> {
        match self {
            Self::Value(value) => Some(value),
            Self::Failed | Self::Absent => None,
        }
    }
}

impl Results {
    /// What the samples of one workload under one allocator amount to.
    pub fn cell(
        &self,
        workload: &str,
        allocator: &str,
        figure: Figure,
        representative: Representative,
    ) -> Cell {
        let mut values = Vec::new();
        for sample in self.samples_of(workload, allocator) {
            match &sample.cost {
                Some(cost) => values.push(figure.of(cost)),
                None => return Cell::Failed,
            }
        }
        representative.of(&values).map_or(Cell::Absent, Cell::Value)
    }

    /// The relative spread of the times of one workload under one allocator.
    pub fn spread(&self, workload: &str, allocator: &str) -> Option<f64> {
        let times: Vec<f64> = self
            .samples_of(workload, allocator)
            .filter_map(|sample| Some(sample.cost?.wall))
            .collect();
        spread(&times)
    }

    /// The first failure of each workload and allocator that failed.
    pub fn failures(&self) -> Vec<(&str, &str, &str)> {
        let mut first = BTreeMap::new();
        for sample in &self.samples {
            if let Some(failure) = &sample.failure {
                let key = (sample.workload.as_str(), sample.allocator.as_str());
                first.entry(key).or_insert(failure.as_str());
            }
        }
        first.into_iter().map(|((workload, allocator), why)| (workload, allocator, why)).collect()
    }

    /// The name of the allocator that ratios are taken to: the wanted one, or a usual one.
    pub fn baseline(&self, wanted: Option<&str>) -> Result<&str> {
        let has = |name: &str| self.allocators.iter().find(|entry| entry.name == name);
        let entry = match wanted {
            Some(name) => {
                has(name).with_context(|| format!("--baseline: {name} was not measured"))?
            }
            None => has("heapmin")
                .or_else(|| has("glibc"))
                .or(self.allocators.first())
                .context("no allocator was measured")?,
        };
        Ok(&entry.name)
    }

    /// Writes everything as JSON.
    pub fn write_json(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        fs::write(path, text + "\n").with_context(|| format!("cannot write {}", path.display()))
    }

    /// Reads what [`Self::write_json`] wrote.
    pub fn read_json(path: &Path) -> Result<Self> {
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is not a results.json of this tool", path.display()))
    }

    /// Writes the samples as a table for other tools.
    pub fn write_csv(&self, path: &Path) -> Result<()> {
        let mut writer = csv::Writer::from_path(path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        let mut row = |fields: [&str; 8]| writer.write_record(fields);
        row([
            "workload",
            "allocator",
            "round",
            "wall_seconds",
            "user_seconds",
            "system_seconds",
            "peak_kib",
            "failure",
        ])?;
        for sample in &self.samples {
            let number =
                |figure: fn(&Cost) -> String| sample.cost.as_ref().map(figure).unwrap_or_default();
            row([
                &sample.workload,
                &sample.allocator,
                &sample.round.to_string(),
                &number(|cost| cost.wall.to_string()),
                &number(|cost| cost.user.to_string()),
                &number(|cost| cost.system.to_string()),
                &number(|cost| cost.peak.to_string()),
                sample.failure.as_deref().unwrap_or_default(),
            ])?;
        }
        writer.flush().with_context(|| format!("cannot write {}", path.display()))
    }

    fn samples_of(&self, workload: &str, allocator: &str) -> impl Iterator<Item = &SampleEntry> {
        self.samples
            .iter()
            .filter(move |sample| sample.workload == workload && sample.allocator == allocator)
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Results of two allocators on three workloads: twice as slow as heapmin on "a", half as
    /// slow on "b", failed on "c".
    pub fn example() -> Results {
        let cost = |wall, peak| Some(Cost { wall, user: wall, system: 0.0, peak });
        let entry = |workload: &str, allocator: &str, round, cost: Option<Cost>| SampleEntry {
            workload: workload.to_owned(),
            allocator: allocator.to_owned(),
            round,
            failure: cost.is_none().then(|| "killed by signal 11".to_owned()),
            cost,
        };
        let mut samples = Vec::new();
        for round in 0..3 {
            let noise = f64::from(round) * 0.01;
            samples.push(entry("a", "heapmin", round, cost(0.1 + noise, 1024)));
            samples.push(entry("a", "other", round, cost(0.21 + noise, 2048)));
            samples.push(entry("b", "heapmin", round, cost(0.4, 4096)));
            samples.push(entry("b", "other", round, cost(0.2, 4096)));
            samples.push(entry("c", "heapmin", round, cost(0.5, 1024)));
        }
        samples.push(entry("c", "other", 0, None));
        samples.push(entry("idle", "heapmin", 0, cost(0.001, 1536)));
        samples.push(entry("idle", "other", 0, cost(0.0015, 3072)));
        Results {
            machine: Machine::default(),
            scale: 1.0,
            rounds: 3,
            allocators: [("heapmin", "0.1.0"), ("other", "3.3.2")]
                .map(|(name, version)| AllocatorEntry {
                    name: name.to_owned(),
                    version: version.to_owned(),
                    file: format!("/lib/{name}.so"),
                })
                .to_vec(),
            workloads: ["a", "b", "c", "idle"]
                .map(|name| WorkloadEntry {
                    name: name.to_owned(),
                    about: format!("what {name} does"),
                    absolute: name == "idle",
                })
                .to_vec(),
            missing: vec![Missing { name: "lua".to_owned(), reason: "not installed".to_owned() }],
            samples,
        }
    }

    #[test]
    fn the_samples_of_all_rounds_amount_to_one_figure() {
        let results = example();
        let cell = |figure, which| results.cell("a", "heapmin", figure, which);
        let near = |cell: Cell, wanted: f64| (cell.value().expect("a value") - wanted).abs() < 1e-9;
        assert!(near(cell(Figure::Time(Clock::Wall), Representative::Median), 0.11));
        assert!(near(cell(Figure::Time(Clock::Wall), Representative::Minimum), 0.1));
        assert!(near(cell(Figure::Memory, Representative::Median), 1024.0));
        assert!(results.spread("a", "heapmin").expect("three samples") > 0.17);
    }

    #[test]
    fn one_failure_fails_the_cell_and_is_told_once() {
        let results = example();
        let cell =
            |name| results.cell("c", name, Figure::Time(Clock::Wall), Representative::Median);
        assert_eq!(cell("other"), Cell::Failed);
        assert_eq!(cell("nobody"), Cell::Absent);
        assert_eq!(results.failures(), [("c", "other", "killed by signal 11")]);
    }

    #[test]
    fn ratios_are_taken_to_heapmin_if_it_is_there() {
        let mut results = example();
        assert_eq!(results.baseline(None).expect("heapmin"), "heapmin");
        assert_eq!(results.baseline(Some("other")).expect("measured"), "other");
        assert!(results.baseline(Some("nobody")).is_err());
        results.allocators.remove(0);
        assert_eq!(results.baseline(None).expect("the first"), "other");
    }

    #[test]
    fn what_is_written_as_json_is_read_back() {
        let path = std::env::temp_dir().join(format!("bench-json-{}", std::process::id()));
        let results = example();
        results.write_json(&path).expect("written");
        assert_eq!(Results::read_json(&path).expect("read"), results);
        fs::remove_file(&path).expect("removed");
    }

    #[test]
    fn the_csv_has_a_line_per_sample_with_failures_in_place() {
        let path = std::env::temp_dir().join(format!("bench-csv-{}", std::process::id()));
        let results = example();
        results.write_csv(&path).expect("written");
        let text = fs::read_to_string(&path).expect("read");
        assert_eq!(text.lines().count(), results.samples.len() + 1);
        assert!(text.contains("c,other,0,,,,,killed by signal 11\n"), "{text}");
        fs::remove_file(&path).expect("removed");
    }
}
