//! `heapmin report`: a page on the memory of a program, from its start or from now on.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use crate::failure::Failure;
use crate::output::pick;
use crate::report;

/// Write a report on the memory of a program
///
/// Runs PROGRAM on heapmin as 'heapmin run' does, and writes one HTML file about its memory when it
/// has ended: over time, by size, by heap and thread, what was live at the peak and at the exit, and
/// with --stacks by the code that took it. The file needs nothing else and loads nothing.
///
/// The program's terminal, input, output, signals and exit status are its own; heapmin writes to stderr
/// only, at the end. The report is about the process itself, not about others that it starts.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Report {
    /// Also sample call stacks, one every BYTES allocated on average; 512K if not given
    ///
    /// Less is more exact and slower. Takes K, M and G. Where the program allocates so fast that samples
    /// would cost more than about 0.6 % of a processor, they get rarer by themselves; each says what it
    /// stands for, so sums stay right on average. A sampled block takes a page of 4 KiB of its own while
    /// it lives: about 1 % of the heap at 512K, 4 KiB per BYTES of live memory at smaller distances.
    ///
    /// HEAPMIN_SAMPLE=BYTES in the environment of a program samples without heapmin report:
    /// docs/inspection.md.
    #[arg(long, value_name = "BYTES", num_args = 0..=1, require_equals = true,
          default_missing_value = "512K", value_parser = sampling)]
    pub stacks: Option<u64>,

    /// Write the report to this file instead of heapmin-report-PID.html
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Read the figures so many milliseconds apart; without it so often that it takes below 2 % of the
    /// time of one processor
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u32).range(1..=3_600_000))]
    pub interval: Option<u32>,

    /// Also write the call stacks for 'pprof' and 'go tool pprof'
    #[arg(long, value_name = "FILE", requires = "stacks")]
    pub pprof: Option<PathBuf>,

    /// Also write the call stacks, one a line, with the bytes allocated there, for flamegraph.pl,
    /// speedscope and the like
    #[arg(long, value_name = "FILE", requires = "stacks")]
    pub collapsed: Option<PathBuf>,

    /// Also write everything as JSON: docs/schema/report.json
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Look at this process, which runs on heapmin already, until it ends or Ctrl-C
    #[arg(long, value_name = "PID", value_parser = pick::pid, conflicts_with = "program")]
    pub attach: Option<i32>,

    /// With --attach: for so many seconds
    #[arg(long, value_name = "N", requires = "attach", value_parser = seconds)]
    pub seconds: Option<Duration>,

    /// The program and its arguments; a name without a slash is looked up in PATH
    #[arg(
        required_unless_present = "attach",
        trailing_var_arg = true,
        value_names = ["PROGRAM", "ARGS"]
    )]
    pub program: Vec<OsString>,
}

const EXAMPLES: &str = "\
Examples:
  heapmin report -- python3 script.py
  heapmin report --stacks -o out.html -- ./server --port 7777
  heapmin report --stacks=64K --pprof heap.pb.gz -- ./short
  heapmin report --attach 4711 --seconds 30 --stacks

Environment: HEAPMIN_DECAY_MS, HEAPMIN_PRESSURE and HEAPMIN_LIBRARY work as with 'heapmin run'.

Exit status:
  that of the program; with --attach 0. When heapmin itself failed:
    2    wrong usage
    3    the process cannot be looked into
    4    a file cannot be written
  125    the library to preload is missing or unusable
  126    the program cannot be run, or nothing can be preloaded into it
  127    the program, or the interpreter it needs, was not found";

/// Does it. Returns the exit status.
pub fn run(args: &Report) -> Result<i32, Failure> {
    match args.attach {
        Some(pid) => report::attach(args, pid),
        None => report::start(args),
    }
}

fn seconds(word: &str) -> Result<Duration, String> {
    let number = word.parse::<f64>().ok().filter(|number| *number > 0.0 && *number < 1e8);
    number.map(Duration::from_secs_f64).ok_or_else(|| "it takes a number of seconds".to_owned())
}

/// An amount of bytes that makes sense from one sample to the next.
fn sampling(word: &str) -> Result<u64, String> {
    let (digits, shift) = match word.as_bytes().last() {
        Some(b'k' | b'K') => (&word[..word.len() - 1], 10),
        Some(b'm' | b'M') => (&word[..word.len() - 1], 20),
        Some(b'g' | b'G') => (&word[..word.len() - 1], 30),
        _ => (word, 0),
    };
    let number = digits.parse::<u64>().ok().filter(|_| !digits.starts_with('+'));
    number
        .and_then(|number| number.checked_mul(1 << shift))
        .filter(|bytes| (1 << 10..=1 << 40).contains(bytes))
        .ok_or_else(|| "it takes bytes from 1K to 1024G, as 65536, 64K or 1M".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_have_letters() {
        assert_eq!(sampling("64K"), Ok(64 << 10));
        assert_eq!(sampling("1m"), Ok(1 << 20));
        assert_eq!(sampling("4096"), Ok(4096));
        for wrong in ["", "K", "1", "+4096", "1T", "-5", "99999999999G", "5ä"] {
            assert!(sampling(wrong).is_err(), "{wrong}");
        }
    }
}
