//! Counting instructions with valgrind: the same number each time, whatever else the machine does.
//!
//! Only for single-threaded synthetic workloads. Each runs at two scales and the difference is
//! divided by the difference in operations, so what a process does once (starting, filling its
//! set of live blocks) is not counted. Valgrind does not replace `malloc` under its cachegrind
//! tool: the preloaded allocator runs as it is.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use heapmin_bench::workload::Synthetic;

use crate::allocators::{Allocator, Preload};
use crate::catalogue::{Kind, Workload};
use crate::measure::{Bench, run_with, told};
use crate::process;
use crate::results::Missing;
use crate::statistics::geometric_mean;

const VALGRIND: &str = "/usr/bin/valgrind";
/// The two scales, as parts of the scale that was asked for.
const SCALES: [f64; 2] = [0.01, 0.03];

/// What is to be counted.
pub struct Count {
    /// The allocators that are there.
    pub allocators: Vec<Allocator>,
    /// The workloads that were selected; those that can't be counted are left out.
    pub workloads: Vec<Workload>,
    /// What was asked for and is not there.
    pub missing: Vec<Missing>,
    /// How each is run.
    pub bench: Bench,
}

/// A workload's instructions per operation, or why there are none, allocator by allocator.
struct Row {
    name: &'static str,
    counts: Vec<Result<f64, String>>,
}

impl Count {
    /// Counts everything; gives the report, which it also writes to `instructions.md`.
    pub fn run(&self, out: &Path) -> Result<String> {
        find_valgrind()?;
        let mut rows = Vec::new();
        for workload in &self.workloads {
            let Kind::Synthetic(synthetic) = workload.kind else {
                continue;
            };
            if synthetic.threads == 1 {
                eprintln!("{}", synthetic.name);
                rows.push(self.row(synthetic));
            }
        }
        if rows.is_empty() {
            bail!("instructions are counted for single-threaded synthetic workloads only");
        }
        let report = self.report(&rows);
        let path = out.join("instructions.md");
        fs::write(&path, &report).with_context(|| format!("cannot write {}", path.display()))?;
        Ok(report)
    }

    fn row(&self, workload: &'static Synthetic) -> Row {
        let count = |allocator| {
            self.per_operation(workload, allocator).map_err(|error| format!("{error:#}"))
        };
        Row { name: workload.name, counts: self.allocators.iter().map(count).collect() }
    }

    fn per_operation(&self, workload: &Synthetic, allocator: &Allocator) -> Result<f64> {
        let [small, large] = SCALES.map(|part| self.counted(workload, allocator, part));
        let ((less, fewer), (more, larger)) = (small?, large?);
        if more <= less {
            bail!("the larger run did no more operations than the smaller");
        }
        Ok((larger as f64 - fewer as f64) / (more - less) as f64)
    }

    /// Operations and instructions of one run.
    fn counted(
        &self,
        workload: &Synthetic,
        allocator: &Allocator,
        part: f64,
    ) -> Result<(u64, u64)> {
        let program = |command: &mut Command| {
            command.arg(&self.bench.workload_program);
            run_with(command, workload, self.bench.scale * part);
        };
        // A simulated processor is some fifty times slower.
        let limit = self.bench.limit.max(Duration::from_secs(600));
        let (output, instructions) = of_process(allocator.preload.as_ref(), program, limit)?;
        let (operations, _) = told(&output)?;
        Ok((operations, instructions))
    }

    fn report(&self, rows: &[Row]) -> String {
        let mut text = String::from("Instructions per operation, user mode.\n\n| workload |");
        // Writing to a String can't fail.
        for allocator in &self.allocators {
            let _ = write!(text, " {} {} |", allocator.name, allocator.version);
        }
        let _ = writeln!(text, "\n|:--|{}", "--:|".repeat(self.allocators.len()));
        for row in rows {
            let _ = write!(text, "| {} |", row.name);
            for count in &row.counts {
                let _ = match count {
                    Ok(count) => write!(text, " {count:.1} |"),
                    Err(_) => write!(text, " failed |"),
                };
            }
            text.push('\n');
        }
        text.push_str("| **geometric mean** |");
        for place in 0..self.allocators.len() {
            let counts: Vec<f64> =
                rows.iter().filter_map(|row| row.counts[place].as_ref().ok().copied()).collect();
            let mark = if counts.len() < rows.len() { " *" } else { "" };
            let _ = match geometric_mean(&counts) {
                Some(mean) => write!(text, " **{mean:.1}**{mark} |"),
                None => write!(text, " – |"),
            };
        }
        text.push('\n');
        for row in rows {
            for (count, allocator) in row.counts.iter().zip(&self.allocators) {
                if let Err(why) = count {
                    let _ = write!(text, "\n- {} under {}: {why}", row.name, allocator.name);
                }
            }
        }
        for missing in &self.missing {
            let _ = write!(text, "\n- not counted: {}: {}", missing.name, missing.reason);
        }
        text
    }
}

/// Runs a program on valgrind's processor; gives its output and its instructions. `program` adds
/// it and its arguments to the command.
pub fn of_process(
    preload: Option<&Preload>,
    program: impl FnOnce(&mut Command),
    limit: Duration,
) -> Result<(Vec<u8>, u64)> {
    find_valgrind()?;
    let mut command = process::command(Path::new(VALGRIND), preload);
    let log = LogFile::new()?;
    command.args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]);
    command.arg(format!("--log-file={}", log.0.display()));
    program(&mut command);
    let finished = process::run(command, limit)?;
    let text = fs::read_to_string(&log.0).context("valgrind left no log")?;
    Ok((finished.output, references(&text)?))
}

fn find_valgrind() -> Result<()> {
    if !Path::new(VALGRIND).exists() {
        bail!("counting instructions needs valgrind; on Debian: apt-get install valgrind");
    }
    Ok(())
}

/// Reads `==123== I   refs:      1,234,567`.
fn references(log: &str) -> Result<u64> {
    let line = log.lines().find(|line| line.contains("refs:")).context("valgrind gave no count")?;
    let digits: String = line
        .split_once("refs:")
        .map(|(_, rest)| rest.chars().filter(char::is_ascii_digit).collect())
        .unwrap_or_default();
    digits.parse().with_context(|| format!("valgrind's count is not a number: {line}"))
}

/// Where valgrind writes its log, apart from what the workload prints.
struct LogFile(PathBuf);

impl LogFile {
    fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("heapmin-bench-{}.log", std::process::id()));
        fs::write(&path, "").with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for LogFile {
    fn drop(&mut self) {
        // A log that stays behind in the temporary directory harms nobody.
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_read_from_valgrinds_log() {
        let log = "==7== Cachegrind\n==7== \n==7== I   refs:      1,234,567\n";
        assert_eq!(references(log).expect("a count"), 1_234_567);
        assert!(references("==7== Cachegrind\n").is_err());
    }
}
