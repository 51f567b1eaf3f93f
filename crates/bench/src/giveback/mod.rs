//! How much memory each allocator gives back, and what that costs.
//!
//! ```text
//!   scenarios ── mod ── measure ── subject, memory     a process that stops to be looked at
//!                 │        └────── redis               a program that is told by a signal
//!           figures, seen
//!                 └──── aims, report, plots            what comes out
//! ```
//! Each measurement is a fresh process of the same program under an allocator, and the allocators
//! take turns. The call that gives memory back is another one for each; a small library beside the
//! allocator knows them all (`giveback/purge.c`).

mod aims;
pub mod figures;
mod helper;
mod measure;
mod memory;
mod redis;
mod report;
pub mod scenarios;
pub mod seen;
mod subject;

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::allocators::{Allocator, Source};
use crate::machine::Machine;
use crate::options::Options;
use crate::results::Missing;
use crate::{note, plots, resolve};

use figures::{Results, Row, Sample, Subjected};
use measure::Measurer;
use scenarios::{Extent, Scenario};

/// Allocators that have a call to give memory back.
const WITH_CALL: [&str; 5] = ["heapmin", "glibc", "mimalloc", "jemalloc", "tcmalloc"];
/// Allocators that have none, but may give back as they go.
const WITHOUT_CALL: [&str; 2] = ["snmalloc", "rpmalloc"];
/// Rounds of what is timed.
const TIMED_ROUNDS: u32 = 3;

/// Measures, or reads what was measured; prints the report and writes it.
pub fn run(options: &Options) -> Result<()> {
    let results = match &options.from {
        Some(path) => Results::read(path)?,
        None => measure(options)?,
    };
    let place = |name: &str| options.out.join(name);
    results.write(&place("giveback.json"))?;
    let report = report::report(&results);
    println!("{report}");
    fs::write(place("giveback.md"), report).context("cannot write giveback.md")?;
    plots::course(&results, &place("giveback.svg"))?;
    eprintln!("written to {}", options.out.display());
    Ok(())
}

fn measure(options: &Options) -> Result<Results> {
    let extent = Extent { quick: options.quick, huge: options.huge, scale: options.scale_by };
    let scenarios = scenarios::select(extent.scenarios(), &options.workloads)?;
    let mut missing = Vec::new();
    let mut source = Source::new(options.heapmin.clone())?;
    let workload_program = source.workload_program()?;
    let helper = helper::library(&source)?;
    let allocators = resolve(&named(options), &mut source, &workload_program, &mut missing)?;
    let scenarios = possible(scenarios, &mut missing);
    if scenarios.is_empty() {
        bail!("none of this can run here");
    }
    let limit = Duration::from_secs(options.limit);
    let mut results = Results {
        machine: Machine::this(),
        allocators: allocators.iter().map(entry).collect(),
        scenarios: scenarios.iter().map(row).collect(),
        missing,
        samples: Vec::new(),
    };
    let mut measurer = Measurer::new(workload_program, helper, limit);
    let journal = options.out.join("giveback.json");
    for (index, scenario) in scenarios.iter().enumerate() {
        eprintln!("[{}/{}] {}: {}", index + 1, scenarios.len(), scenario.name, scenario.about);
        let usual = if scenario.group.is_timed() && !options.quick { TIMED_ROUNDS } else { 1 };
        for round in 0..options.rounds.unwrap_or(usual) {
            for turn in 0..allocators.len() {
                // Another one begins each time.
                let place = (turn + index + round as usize) % allocators.len();
                let sample = one(&mut measurer, scenario, &allocators[place], round);
                if let Some(call) = measurer.call() {
                    results.allocators[place].call = Some(call);
                }
                results.samples.push(sample);
            }
        }
        results.write(&journal)?;
    }
    Ok(results)
}

/// One measurement, with a line about it.
fn one(measurer: &mut Measurer, scenario: &Scenario, under: &Allocator, round: u32) -> Sample {
    let outcome = measurer.measure(scenario, under);
    match &outcome {
        Ok(seen) => eprintln!(
            "    {:<10} live {} MiB, resident {} MiB, after the call {} MiB, {:.1} ms",
            under.name,
            seen.live >> 20,
            seen.before.pss >> 20,
            seen.after.pss >> 20,
            seen.seconds * 1e3
        ),
        Err(error) => eprintln!("    {:<10} failed: {error:#}", under.name),
    }
    let (seen, failure) = match outcome {
        Ok(seen) => (Some(seen), None),
        Err(error) => (None, Some(format!("{error:#}"))),
    };
    let (scenario, allocator) = (scenario.name.clone(), under.name.clone());
    Sample { scenario, allocator, round, seen, failure }
}

/// The allocators that were asked for; else those that have a call, and others if there is time.
fn named(options: &Options) -> Vec<String> {
    if !options.allocators.is_empty() {
        return options.allocators.clone();
    }
    let others = WITHOUT_CALL.into_iter().filter(|_| !options.quick);
    WITH_CALL.into_iter().chain(others).map(str::to_owned).collect()
}

fn entry(allocator: &Allocator) -> Subjected {
    Subjected { name: allocator.name.clone(), version: allocator.version.clone(), call: None }
}

fn row(scenario: &Scenario) -> Row {
    let Scenario { name, group, about, .. } = scenario.clone();
    Row { name, group, about }
}

/// The scenarios for which there are programs and memory; the others are noted.
fn possible(scenarios: Vec<Scenario>, missing: &mut Vec<Missing>) -> Vec<Scenario> {
    let available = memory::available();
    let mut all = Vec::new();
    for scenario in scenarios {
        let needs = scenario.needs();
        let reason = match (measure::missing(&scenario), available) {
            (Some(reason), _) => reason,
            (None, Some(bytes)) if bytes < needs => {
                let [needs, has] = [needs, bytes].map(scenarios::in_words);
                format!("it takes {needs} of memory, and only {has} are available")
            }
            _ => {
                all.push(scenario);
                continue;
            }
        };
        note(missing, &scenario.name, reason);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[test]
    fn usual_allocators_are_known_and_names_come_first() {
        for words in [&["bench", "--giveback"][..], &["bench", "--giveback", "--quick"]] {
            let names = named(&Options::parse_from(words));
            assert!(crate::allocators::select(&names).is_ok(), "{names:?}");
        }
        let options = Options::parse_from(["bench", "--giveback", "-a", "glibc"]);
        assert_eq!(named(&options), ["glibc"]);
    }

    #[test]
    fn what_needs_more_memory_than_there_is_is_noted() {
        let extent = Extent { quick: false, huge: false, scale: 1e6 };
        let mut missing = Vec::new();
        let left = possible(extent.scenarios(), &mut missing);
        assert!(left.is_empty(), "{left:?}");
        assert!(missing[0].reason.contains("available"), "{:?}", missing[0]);
    }
}
