//! The order of the measurements, and running them all.
//!
//! For each workload, rounds; in each round every allocator once, each round beginning with
//! another one. So what changes slowly on the machine meets all allocators alike, and none always
//! runs after the same neighbour.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Result;

use crate::allocators::Allocator;
use crate::catalogue::{Place, Workload};
use crate::machine::Machine;
use crate::measure::Bench;
use crate::process::Cost;
use crate::results::{AllocatorEntry, Clock, Figure, Missing, Results, SampleEntry, WorkloadEntry};
use crate::statistics::Representative;

/// What is to be measured.
pub struct Plan {
    /// The allocators that are there.
    pub allocators: Vec<Allocator>,
    /// The workloads that can run.
    pub workloads: Vec<Workload>,
    /// What was asked for and can't be measured.
    pub missing: Vec<Missing>,
    /// How often each workload runs under each allocator.
    pub rounds: u32,
    /// How each is run.
    pub bench: Bench,
}

impl Plan {
    /// Measures everything; after each workload the results so far are written to `journal`.
    pub fn run(&self, journal: &Path) -> Result<Results> {
        let mut results = self.nothing_yet();
        for (index, workload) in self.workloads.iter().enumerate() {
            eprintln!("[{}/{}] {}", index + 1, self.workloads.len(), workload.name);
            self.run_workload(workload, index, &mut results);
            self.show(workload, &results);
            results.write_json(journal)?;
        }
        Ok(results)
    }

    fn run_workload(&self, workload: &Workload, index: usize, results: &mut Results) {
        let mut expected: Option<(String, Vec<u8>)> = None;
        let mut failed: HashMap<&str, ()> = HashMap::new();
        for round in 0..self.rounds {
            for place in turns(self.allocators.len(), index, round) {
                let allocator = &self.allocators[place];
                if failed.contains_key(allocator.name.as_str()) {
                    continue;
                }
                let outcome = self.measure(workload, allocator, &mut expected);
                if outcome.is_err() {
                    failed.insert(&allocator.name, ());
                }
                let (cost, failure) = match outcome {
                    Ok(cost) => (Some(cost), None),
                    Err(error) => (None, Some(format!("{error:#}"))),
                };
                results.samples.push(SampleEntry {
                    workload: workload.name.to_owned(),
                    allocator: allocator.name.clone(),
                    round,
                    cost,
                    failure,
                });
            }
        }
    }

    /// One measurement; a program must print what it printed under the first allocator.
    fn measure(
        &self,
        workload: &Workload,
        allocator: &Allocator,
        expected: &mut Option<(String, Vec<u8>)>,
    ) -> Result<Cost> {
        let sample = self.bench.measure(workload, allocator)?;
        if let Some(output) = sample.output {
            match expected {
                None => *expected = Some((allocator.name.clone(), output)),
                Some((first, wanted)) if *wanted != output => {
                    anyhow::bail!("it printed something else than under {first}");
                }
                Some(_) => {}
            }
        }
        Ok(sample.cost)
    }

    fn nothing_yet(&self) -> Results {
        Results {
            machine: Machine::this(),
            scale: self.bench.scale,
            rounds: self.rounds,
            allocators: self
                .allocators
                .iter()
                .map(|allocator| AllocatorEntry {
                    name: allocator.name.clone(),
                    version: allocator.version.clone(),
                    file: allocator.file.display().to_string(),
                })
                .collect(),
            workloads: self
                .workloads
                .iter()
                .map(|workload| WorkloadEntry {
                    name: workload.name.to_owned(),
                    about: workload.about.to_owned(),
                    absolute: workload.place == Place::Absolute,
                })
                .collect(),
            missing: self.missing.clone(),
            samples: Vec::new(),
        }
    }

    /// One line about the workload that was just run.
    fn show(&self, workload: &Workload, results: &Results) {
        let line: Vec<String> = self
            .allocators
            .iter()
            .map(|allocator| {
                let cell = |figure| {
                    let which = Representative::Median;
                    results.cell(workload.name, &allocator.name, figure, which).value()
                };
                match (cell(Figure::Time(Clock::Wall)), cell(Figure::Memory)) {
                    (Some(time), Some(memory)) => {
                        let (time, memory) = (time * 1e3, memory / 1024.0);
                        format!("{} {time:.1} ms {memory:.1} MiB", allocator.name)
                    }
                    _ => format!("{} failed", allocator.name),
                }
            })
            .collect();
        eprintln!("    {}", line.join(", "));
    }
}

/// Who runs when in a round: everyone once, another one first each time.
fn turns(count: usize, workload: usize, round: u32) -> impl Iterator<Item = usize> {
    (0..count).map(move |turn| (turn + workload + round as usize) % count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_has_one_turn_per_round_and_another_begins_each_time() {
        let rounds: Vec<Vec<usize>> = (0..3).map(|round| turns(3, 1, round).collect()).collect();
        assert_eq!(rounds, [[1, 2, 0], [2, 0, 1], [0, 1, 2]]);
        assert_eq!(turns(0, 5, 1).count(), 0);
    }
}
