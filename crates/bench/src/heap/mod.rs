//! The documented heap, HeapAlloc and HeapFree: against malloc of the same engine, and against
//! Wine's.
//!
//! ```text
//!   heap/heap_bench.c ──┬── cc ───────── heap_bench      on heapmin ──┐
//!                       └── mingw-w64 ── heap_bench.exe  in Wine ─────┴── figures ── report
//! ```
//! One and the same program runs on both sides, process by process in turns. Of all times of the
//! same thing the least counts: what the machine does when nothing else disturbs it.

mod figures;
mod programs;
mod report;
mod wine;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::allocators::Source;
use crate::instructions;
use crate::machine::Machine;
use crate::options::Options;
use crate::process;

use figures::{Figures, HEAPS, Side, WORKLOADS};
use programs::Programs;
use report::Report;
use wine::Prefix;

/// Rounds of each process. They are short; see the program.
const ROUNDS: u32 = 25;
const QUICK_ROUNDS: u32 = 10;
/// Operations of the two runs whose instructions are compared.
const COUNTED: [u64; 2] = [20_000, 120_000];
/// A simulated processor is some fifty times slower.
const COUNTING_LIMIT: Duration = Duration::from_secs(600);

/// Measures everything that can be measured here; prints the report and writes it as `heap.md`.
pub fn run(options: &Options, source: &Source) -> Result<()> {
    let programs = Programs::new(source)?;
    let native = programs.native()?;
    let mut missing = Vec::new();
    let mut noted = |what: &str, error: anyhow::Error| {
        let line = format!("{what}: {error:#}");
        eprintln!("not measured: {line}");
        missing.push(line);
    };
    let wine = match windows(&programs) {
        Ok(wine) => Some(wine),
        Err(error) => {
            noted("Wine", error);
            None
        }
    };
    let mut figures = Figures::default();
    let limit = Duration::from_secs(options.limit);
    let rounds = if options.quick { QUICK_ROUNDS } else { ROUNDS }.to_string();
    let processes = options.rounds();
    for process in 0..processes {
        eprintln!("[{}/{processes}]", process + 1);
        // Each side begins every second time.
        for turn in 0..2 {
            let side = if (process + turn) % 2 == 0 { Side::Heapmin } else { Side::Wine };
            let mut command = match (side, &wine) {
                (Side::Heapmin, _) => process::command(&native, None),
                (Side::Wine, Some((prefix, program))) => prefix.command(program),
                (Side::Wine, None) => continue,
            };
            command.args(["time", &rounds]).arg(options.scale().to_string());
            let output = process::output(command, limit)
                .with_context(|| format!("the benchmark failed {}", side.place()))?;
            figures.add(side, &output)?;
        }
    }
    let counts = match count(&native) {
        Ok(counts) => counts,
        Err(error) => {
            noted("instructions", error);
            Vec::new()
        }
    };
    let report = Report {
        machine: Machine::this().to_string(),
        wine: wine.map(|(prefix, _)| prefix.version().to_owned()),
        processes,
        figures,
        counts,
        missing,
    };
    let text = report.to_string();
    println!("{text}");
    let path = options.out.join("heap.md");
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    eprintln!("written to {}", path.display());
    Ok(())
}

/// The program for Windows, and a Wine that runs it.
fn windows(programs: &Programs) -> Result<(Prefix, PathBuf)> {
    let program = programs.windows()?;
    Ok((Prefix::new()?, program))
}

/// Instructions of a pair of calls, with the workload's own.
pub struct Counted {
    workload: &'static str,
    /// In the order of [`HEAPS`].
    instructions: Vec<f64>,
}

/// Counts the workloads that have one thread.
fn count(native: &Path) -> Result<Vec<Counted>> {
    let single = WORKLOADS.iter().filter(|workload| !workload.is_threaded);
    single
        .map(|workload| {
            eprintln!("counting {}", workload.name);
            let counts = HEAPS.iter().map(|heap| instructions_of(native, workload.name, heap.name));
            Ok(Counted { workload: workload.name, instructions: counts.collect::<Result<_>>()? })
        })
        .collect()
}

/// The difference between two runs: what a process does once isn't counted.
fn instructions_of(native: &Path, workload: &str, heap: &str) -> Result<f64> {
    let [few, many] = COUNTED.map(|operations| {
        let program = |command: &mut Command| {
            command.arg(native).args(["count", workload, heap]).arg(operations.to_string());
        };
        instructions::of_process(None, program, COUNTING_LIMIT).map(|(_, count)| count)
    });
    Ok((many? as f64 - few? as f64) / (COUNTED[1] - COUNTED[0]) as f64)
}
