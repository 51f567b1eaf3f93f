//! `heapmin-bench`: time and memory of programs under heapmin and other allocators.
//!
//! ```text
//!   options ── main ── rounds ── measure ── process      one measurement: a fresh process
//!                │        │         └────── programs, redis
//!   allocators ──┤     results
//!   peers, probe │        │
//!                ├── tables, plots                       what comes out
//!                ├── heap                                something else: the documented heap
//!                └── giveback                            and what is given back after a peak
//! ```
//! The synthetic workloads are in the library of this package, which `heapmin-bench-workload`
//! runs: one and the same program under each allocator.

mod allocators;
mod catalogue;
mod giveback;
mod heap;
mod instructions;
mod machine;
mod measure;
mod options;
mod peers;
mod plots;
mod probe;
mod process;
mod programs;
mod redis;
mod results;
mod rounds;
mod statistics;
mod tables;

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Parser;

use crate::allocators::{Allocator, KNOWN, Source};
use crate::catalogue::Workload;
use crate::instructions::Count;
use crate::measure::Bench;
use crate::options::Options;
use crate::results::{Missing, Results};
use crate::rounds::Plan;
use crate::tables::View;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("heapmin-bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    if options.list {
        return list();
    }
    if options.giveback {
        create(options)?;
        return giveback::run(options);
    }
    if let Some(path) = &options.from {
        return publish(&Results::read_json(path)?, options);
    }
    if options.heap {
        create(options)?;
        return heap::run(options, &Source::new(options.heapmin.clone())?);
    }
    let selected = catalogue::select(&options.workloads)?;
    let mut missing = Vec::new();
    let mut source = Source::new(options.heapmin.clone())?;
    let workload_program = source.workload_program()?;
    let allocators = resolve(&options.allocators, &mut source, &workload_program, &mut missing)?;
    if let Some(baseline) = &options.baseline
        && !allocators.iter().any(|allocator| allocator.name == *baseline)
    {
        bail!("--baseline: {baseline} is not among the allocators that are measured");
    }
    let scale = options.scale();
    let bench = Bench { workload_program, scale, limit: Duration::from_secs(options.limit) };
    create(options)?;
    if options.instructions {
        let count = Count { allocators, workloads: selected, missing, bench };
        println!("{}", count.run(&options.out)?);
        return Ok(());
    }
    let workloads = runnable(selected, &mut missing);
    if workloads.is_empty() {
        bail!("none of these workloads can run here; --list says what is missing");
    }
    let plan = Plan { allocators, workloads, missing, rounds: options.rounds(), bench };
    let results = plan.run(&options.out.join("results.json"))?;
    publish(&results, options)
}

/// Finds or builds the allocators that were asked for; what can't be had is noted.
fn resolve(
    names: &[String],
    source: &mut Source,
    workload_program: &Path,
    missing: &mut Vec<Missing>,
) -> Result<Vec<Allocator>> {
    let mut found = Vec::new();
    for known in allocators::select(names)? {
        match source.resolve(known, workload_program) {
            Ok(allocator) => found.push(allocator),
            Err(error) => note(missing, known.name, format!("{error:#}")),
        }
    }
    if found.is_empty() {
        bail!("none of the allocators can be measured");
    }
    Ok(found)
}

/// The workloads that can run here; the others are noted.
fn runnable(selected: Vec<Workload>, missing: &mut Vec<Missing>) -> Vec<Workload> {
    let mut workloads = Vec::new();
    for workload in selected {
        match workload.missing() {
            None => workloads.push(workload),
            Some(reason) => note(missing, workload.name, reason),
        }
    }
    workloads
}

fn note(missing: &mut Vec<Missing>, name: &str, reason: String) {
    eprintln!("not measured: {name}: {reason}");
    missing.push(Missing { name: name.to_owned(), reason });
}

/// Prints the report and writes it with the samples and the plots.
fn publish(results: &Results, options: &Options) -> Result<()> {
    let baseline = results.baseline(options.baseline.as_deref())?;
    let Options { clock, representative, .. } = *options;
    let view = View { results, baseline, clock, representative };
    let report = view.report();
    println!("{report}");
    create(options)?;
    let place = |name: &str| options.out.join(name);
    results.write_json(&place("results.json"))?;
    results.write_csv(&place("samples.csv"))?;
    fs::write(place("report.md"), report).context("cannot write report.md")?;
    plots::draw(&view, &options.out)?;
    eprintln!("written to {}", options.out.display());
    Ok(())
}

fn create(options: &Options) -> Result<()> {
    fs::create_dir_all(&options.out)
        .with_context(|| format!("--out: cannot create {}", options.out.display()))
}

/// Shows what can be measured, and what is missing here.
fn list() -> Result<()> {
    println!("Allocators:");
    for known in KNOWN {
        println!("  {:<18} {}", known.name, known.about);
    }
    println!("\nWorkloads:");
    for workload in catalogue::all() {
        println!("  {:<18} {}", workload.name, workload.about);
        if let Some(reason) = workload.missing() {
            println!("  {:<18} (can't run here: {reason})", "");
        }
    }
    Ok(())
}
