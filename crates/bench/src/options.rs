//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::results::Clock;
use crate::statistics::Representative;

const EXAMPLES: &str = "\
Examples:
  heapmin-bench --list
      What can be measured, and what is missing on this machine
  heapmin-bench --quick
      All allocators on all workloads, with little work: some minutes
  heapmin-bench --allocators heapmin,glibc,mimalloc --workloads 'mixed-*,larson' --rounds 9
      Three allocators on four workloads
  heapmin-bench --heapmin ./libheapmin_malloc.so --allocators heapmin,mimalloc
      A library that was built elsewhere
  heapmin-bench --instructions --workloads 'single-*'
      Instructions per operation, by valgrind: the same on a noisy machine
  heapmin-bench --heap
      HeapAlloc and HeapFree against malloc, and against Wine's: needs mingw-w64 and Wine
  heapmin-bench --giveback --quick
      What each allocator gives back after a peak, and what that costs: eight minutes
  heapmin-bench --giveback --huge --workloads 'pause-*'
      How long the call holds up other threads, with heaps of 1 and of 10 GiB
  heapmin-bench --from bench/results.json --baseline glibc
      The tables and plots of an earlier run again, against another allocator

With cargo: cargo run --release -p heapmin-bench -- --quick";

/// Measures heapmin against other allocators.
///
/// Every allocator is put under the same programs by LD_PRELOAD: synthetic workloads and, where
/// they are installed, real ones. Each measurement is a fresh process; the allocators take turns.
/// The result is a table of times and one of peak memory, as ratios to heapmin, printed and
/// written with all samples and plots to a directory.
#[derive(Debug, Parser)]
#[command(name = "heapmin-bench", version, after_help = EXAMPLES)]
pub struct Options {
    /// Allocators to measure, separated by commas (default: all; see --list)
    #[arg(short, long, value_delimiter = ',', value_name = "NAMES")]
    pub allocators: Vec<String>,

    /// Workloads to run: names or patterns with * and ?, separated by commas (default: all)
    #[arg(short, long, value_delimiter = ',', value_name = "PATTERNS")]
    pub workloads: Vec<String>,

    /// How often each workload runs under each allocator (default: 5; 3 with --quick; with
    /// --giveback 1, and 3 of what is timed)
    #[arg(short, long, value_name = "COUNT",
          value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub rounds: Option<u32>,

    /// Do a fifth of the work, in fewer rounds; with --giveback a quarter, and fewer allocators
    #[arg(short, long)]
    pub quick: bool,

    /// Where to write results.json, samples.csv, report.md and the plots, or what else is measured
    #[arg(short, long, default_value = "target/bench", value_name = "DIR")]
    pub out: PathBuf,

    /// List the allocators and workloads, then stop
    #[arg(short, long)]
    pub list: bool,

    /// Count instructions of the single-threaded synthetic workloads (needs valgrind) instead of
    /// timing
    #[arg(short, long, conflicts_with = "from")]
    pub instructions: bool,

    /// Measure HeapAlloc and HeapFree on each kind of heap instead, against malloc and against
    /// Wine's heap (needs mingw-w64 and Wine for the latter)
    #[arg(long, conflicts_with_all = ["from", "instructions", "allocators", "workloads"])]
    pub heap: bool,

    /// Measure how much memory each allocator gives back instead: resident over live bytes after
    /// the call that is made for it and while a process sleeps, the time of the call, how long it
    /// holds up another thread, and how fast it goes on. Writes giveback.md, giveback.json and
    /// giveback.svg; --from shows such a giveback.json again
    #[arg(long, conflicts_with_all = ["heap", "instructions", "baseline"])]
    pub giveback: bool,

    /// With --giveback: also measure the call on heaps of 10 GiB (needs 16 GiB of memory)
    #[arg(long, requires = "giveback")]
    pub huge: bool,

    /// With --giveback: a factor on all amounts, to try things out
    #[arg(long = "scale", requires = "giveback", default_value_t = 1.0, value_name = "FACTOR",
          value_parser = factor)]
    pub scale_by: f64,

    /// The allocator that ratios are taken to (default: heapmin if it is measured, else glibc)
    #[arg(short, long, value_name = "NAME")]
    pub baseline: Option<String>,

    /// Which time is compared: wall time, or the processor time of all threads, which other
    /// programs on the machine disturb less but which also counts waiting by spinning
    #[arg(long, value_enum, default_value_t, value_name = "CLOCK")]
    pub clock: Clock,

    /// Which sample of several rounds stands for all
    #[arg(long, value_enum, default_value_t, value_name = "WHICH")]
    pub representative: Representative,

    /// The library to measure as heapmin (default: build heapmin-malloc and take that); with
    /// --heap, libheapmin.so must be beside it
    #[arg(long, value_name = "PATH")]
    pub heapmin: Option<PathBuf>,

    /// How long one process may take before it is stopped and counted as failed, in seconds
    #[arg(long, default_value_t = 120, value_name = "SECONDS")]
    pub limit: u64,

    /// Show the results of an earlier run (its results.json) instead of measuring
    #[arg(long, value_name = "FILE", conflicts_with_all = ["allocators", "workloads", "quick"])]
    pub from: Option<PathBuf>,
}

impl Options {
    /// How much of the normal work to do.
    pub fn scale(&self) -> f64 {
        if self.quick { 0.2 } else { 1.0 }
    }

    /// How often each workload runs under each allocator.
    pub fn rounds(&self) -> u32 {
        self.rounds.unwrap_or(if self.quick { 3 } else { 5 })
    }
}

/// A factor that makes sense.
fn factor(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(factor) if factor > 0.0 && factor <= 100.0 => Ok(factor),
        _ => Err("a factor is a number above 0, up to 100".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Options::command().debug_assert();
    }

    #[test]
    fn lists_are_separated_by_commas() {
        let options = Options::parse_from(["bench", "-a", "heapmin,glibc", "-w", "mixed-*,calloc"]);
        assert_eq!(options.allocators, ["heapmin", "glibc"]);
        assert_eq!(options.workloads, ["mixed-*", "calloc"]);
        assert_eq!(options.rounds(), 5);
    }

    #[test]
    fn a_factor_belongs_to_what_is_given_back_and_makes_sense() {
        let options = Options::parse_from(["bench", "--giveback", "--huge", "--scale", "0.1"]);
        assert!(options.huge && options.scale_by == 0.1);
        for words in [&["bench", "--scale", "0.1"][..], &["bench", "--giveback", "--scale", "0"]] {
            assert!(Options::try_parse_from(words).is_err(), "{words:?}");
        }
    }

    #[test]
    fn no_rounds_are_refused() {
        assert!(Options::try_parse_from(["bench", "--rounds", "0"]).is_err());
    }
}
