//! Everything that was measured, and the figures that come of it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::scenarios::Group;
use super::seen::Seen;
use crate::machine::Machine;
use crate::results::Missing;
use crate::statistics::{geometric_mean, median};

/// Everything that was measured.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// Where.
    pub machine: Machine,
    /// The allocators, in the order of the tables.
    pub allocators: Vec<Subjected>,
    /// What was done under each, in the order of the tables.
    pub scenarios: Vec<Row>,
    /// What could not be measured, and why.
    pub missing: Vec<Missing>,
    /// All measurements.
    pub samples: Vec<Sample>,
}

/// An allocator.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subjected {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The call that gives memory back, in words.
    #[serde(default)]
    pub call: Option<String>,
}

/// A scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Its name.
    pub name: String,
    /// What its figures are for.
    pub group: Group,
    /// One line about it.
    pub about: String,
}

/// A scenario under an allocator, once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The scenario's name.
    pub scenario: String,
    /// The allocator's name.
    pub allocator: String,
    /// Which round, from 0.
    pub round: u32,
    /// What was seen, if the process came to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<Seen>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

impl Results {
    /// What was seen in all rounds of a scenario under an allocator.
    pub fn seen<'a>(&'a self, scenario: &str, allocator: &str) -> Vec<&'a Seen> {
        let matches = |s: &&Sample| s.scenario == scenario && s.allocator == allocator;
        self.samples.iter().filter(matches).filter_map(|sample| sample.seen.as_ref()).collect()
    }

    /// Live bytes of a process. Programs that don't tell what they asked for tell what they may
    /// use, which depends on the allocator; the least of all stands for all then.
    pub fn live(&self, scenario: &str, seen: &Seen) -> u64 {
        if seen.blocks > 0 {
            return seen.live;
        }
        let same = self.samples.iter().filter(|sample| sample.scenario == scenario);
        same.filter_map(|sample| sample.seen.as_ref()).map(|s| s.live).min().unwrap_or(0)
    }

    /// The median over all rounds of a figure.
    pub fn figure(
        &self,
        scenario: &str,
        allocator: &str,
        figure: impl Fn(&Seen) -> Option<f64>,
    ) -> Option<f64> {
        let values: Vec<f64> =
            self.seen(scenario, allocator).into_iter().filter_map(figure).collect();
        median(&values)
    }

    /// Resident over live bytes after the call.
    pub fn resident(&self, scenario: &str, allocator: &str) -> Option<f64> {
        let ratio = |seen: &Seen| seen.ratio(&seen.after, self.live(scenario, seen));
        self.figure(scenario, allocator, ratio)
    }

    /// Heap over live bytes after the call: anonymous memory beyond what the program itself has
    /// before the first block, which is what the process of the leanest allocator has then.
    pub fn heap(&self, scenario: &str, allocator: &str) -> Option<f64> {
        let same = self.samples.iter().filter(|sample| sample.scenario == scenario);
        let own = same.filter_map(|s| s.seen.as_ref()).map(|seen| seen.start.anonymous).min()?;
        self.figure(scenario, allocator, |seen| {
            let heap = seen.after.anonymous.saturating_sub(own);
            (seen.live > 0).then(|| heap as f64 / seen.live as f64)
        })
    }

    /// The scenarios of a group.
    pub fn rows(&self, group: Group) -> impl Iterator<Item = &Row> {
        self.scenarios.iter().filter(move |row| row.group == group)
    }

    /// The geometric mean over (a) to (f), each letter weighing the same, of the resident over
    /// live bytes; `None` if a scenario that was run has no figure.
    pub fn mean(&self, allocator: &str) -> Option<f64> {
        let letters = Group::MEAN.into_iter().filter(|&group| self.rows(group).next().is_some());
        let means: Option<Vec<f64>> = letters
            .map(|group| {
                let ratios: Option<Vec<f64>> =
                    self.rows(group).map(|row| self.resident(&row.name, allocator)).collect();
                geometric_mean(&ratios?)
            })
            .collect();
        geometric_mean(&means?)
    }

    /// Writes everything as JSON.
    pub fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string(self)? + "\n";
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    }

    /// Reads what [`Results::write`] wrote.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path)
            .with_context(|| format!("--from: cannot read {}", path.display()))?;
        serde_json::from_str(&text)
            .with_context(|| format!("--from: {} is no result of --giveback", path.display()))
    }
}

#[cfg(test)]
pub mod tests {
    use super::super::seen::tests::{memory, seen};
    use super::*;

    /// Two allocators in a scenario of each group.
    pub fn example() -> Results {
        let groups = [
            ("freed-50", Group::Freed),
            ("elsewhere-50", Group::Elsewhere),
            ("phases", Group::Phases),
            ("asleep-three", Group::Asleep),
            ("size-4K-50", Group::Sizes),
            ("size-4K-90", Group::Sizes),
            ("pause-50", Group::Pause),
            ("throughput-50", Group::Throughput),
        ];
        let allocator = |name: &str, call: Option<&str>| Subjected {
            name: name.to_owned(),
            version: "1.0".to_owned(),
            call: call.map(str::to_owned),
        };
        let mut results = Results {
            allocators: vec![
                allocator("heapmin", Some("malloc_trim(0)")),
                allocator("other", None),
            ],
            ..Results::default()
        };
        for (name, group) in groups {
            let about = format!("about {name}");
            results.scenarios.push(Row { name: name.to_owned(), group, about });
            for (allocator, after) in [("heapmin", 60), ("other", 100)] {
                results.samples.push(Sample {
                    scenario: name.to_owned(),
                    allocator: allocator.to_owned(),
                    round: 0,
                    seen: Some(seen(after)),
                    failure: None,
                });
            }
        }
        results
    }

    #[test]
    fn the_leanest_start_is_the_programs_own() {
        let mut results = example();
        for (sample, start) in results.samples.iter_mut().zip([3, 1]) {
            sample.seen.as_mut().expect("seen").start = memory(start);
        }
        assert_eq!(results.heap("freed-50", "heapmin"), Some(59.0 / 50.0));
        assert_eq!(results.heap("freed-50", "other"), Some(99.0 / 50.0));
    }

    #[test]
    fn letters_weigh_the_same_and_gaps_leave_no_mean() {
        let mut results = example();
        assert!((results.mean("heapmin").expect("all ran") - 1.2).abs() < 1e-12);
        results.samples.retain(|s| s.scenario != "phases" || s.allocator != "other");
        assert_eq!(results.mean("other"), None);
    }

    #[test]
    fn programs_that_tell_what_they_may_use_are_compared_to_the_least() {
        let mut results = example();
        for (sample, live) in results.samples.iter_mut().zip([500, 400]) {
            let seen = sample.seen.as_mut().expect("seen");
            (seen.blocks, seen.live) = (0, live);
        }
        let seen = results.samples[0].seen.as_ref().expect("seen");
        assert_eq!(results.live("freed-50", seen), 400);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let path = std::env::temp_dir().join(format!("giveback-json-{}", std::process::id()));
        let results = example();
        results.write(&path).expect("written");
        assert_eq!(Results::read(&path).expect("read"), results);
        fs::remove_file(&path).expect("removed");
    }
}
