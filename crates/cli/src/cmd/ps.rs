//! `heapmin ps`: the processes that run on heapmin, and the heaps of one of them.

mod age;
mod heaps;
pub mod list;

use std::io::{IsTerminal, Write};
use std::time::Duration;

use clap::ValueEnum;
use heapmin_inspect::Target;

use crate::failure::Failure;
use crate::output::table::terminal_width;
use crate::output::writer::Out;
use crate::output::{json, pick};
use list::Processes;

/// List the processes that run on heapmin
///
/// Shows those that you may look into: your own, and as root those of all users, also in containers.
/// Nothing stops for it.
///
///   LIVE         bytes in blocks that the program has not freed
///   RESIDENT     bytes of the heap that are in memory, with what the heap needs itself
///   RECLAIMABLE  of those, what 'heapmin min PID' gives back at once
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, verbatim_doc_comment)]
pub struct Ps {
    /// Also processes that are seen to run on heapmin but can't be looked into, with the reason
    ///
    /// Those are yours that the system keeps debuggers out of (ptrace_scope), and those with a heap of
    /// another version or a damaged one. Of other users' processes nobody but root sees what they run on.
    #[arg(short, long)]
    pub all: bool,

    /// Only processes of this user, a name or a number
    #[arg(short, long, value_name = "USER")]
    pub user: Option<String>,

    /// The order: pid, user, age, live, resident, reclaimable, command; amounts largest first
    #[arg(long, value_name = "KEY", value_enum, default_value_t, hide_possible_values = true)]
    pub sort: Key,

    /// Only the numbers of the processes, one a line
    #[arg(short, long, conflicts_with_all = ["json", "heaps"])]
    pub quiet: bool,

    /// The heaps of one process instead; without PID of your only one
    #[arg(long, value_name = "PID", num_args = 0..=1, value_parser = pick::pid,
          conflicts_with_all = ["all", "user", "sort"])]
    pub heaps: Option<Option<i32>>,

    /// Write JSON: docs/schema/ps.json, and with --heaps docs/schema/snapshot.json
    #[arg(long)]
    pub json: bool,

    /// Again and again, every 2 seconds or as many as given; JSON has one document a line then
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true,
          default_missing_value = "2", value_parser = seconds)]
    pub watch: Option<Duration>,
}

const EXAMPLES: &str = "\
Examples:
  heapmin ps                          what runs on heapmin
  heapmin ps --sort reclaimable       where trimming pays most
  heapmin ps --heaps 1234             the heaps of process 1234
  heapmin ps --json | jq '.processes[].figures.live_bytes'
  heapmin ps -q | xargs -rn1 heapmin min

Exit status:
  0  the list was written, also if it is empty
  2  wrong usage
  3  the system's list of processes, or the process, can't be read
  4  the list can't be written";

/// The order of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Key {
    /// Number of the process
    #[default]
    Pid,
    /// Name of the user
    User,
    /// Time since the start, shortest first
    Age,
    /// Live bytes
    Live,
    /// Resident bytes
    Resident,
    /// Reclaimable bytes
    Reclaimable,
    /// Command line
    Command,
}

fn seconds(word: &str) -> Result<Duration, String> {
    let seconds = word.parse().ok().filter(|seconds: &f64| *seconds >= 0.1);
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "it takes a number of seconds, at least 0.1".to_owned())
}

/// Does it. Returns the exit status.
pub fn run(args: &Ps) -> Result<i32, Failure> {
    let target = match args.heaps {
        Some(pid) => Some(pick::pick(pid)?),
        None => None,
    };
    let mut out = Out::new();
    let redraw = args.watch.is_some() && !args.json && std::io::stdout().is_terminal();
    loop {
        let mut text = Vec::new();
        match &target {
            Some(target) => heaps(args, target, &mut text)?,
            None => processes(args, &mut text)?,
        }
        if redraw {
            // To the corner, and what was there is cleared: after reading, so that nothing flickers.
            out.write_all(b"\x1b[H\x1b[J")?;
        }
        out.write_all(&text)?;
        out.flush()?;
        match args.watch {
            Some(pause) if out.is_open() => std::thread::sleep(pause),
            _ => break,
        }
    }
    out.finish()?;
    Ok(0)
}

fn heaps(args: &Ps, target: &Target, text: &mut Vec<u8>) -> Result<(), Failure> {
    let snapshot = target.snapshot()?;
    if args.json { write_json(args, &snapshot, text) } else { Ok(heaps::write(&snapshot, text)?) }
}

fn processes(args: &Ps, text: &mut Vec<u8>) -> Result<(), Failure> {
    let processes = Processes::read(args)?;
    if args.json {
        write_json(args, &processes, text)
    } else if args.quiet {
        Ok(processes.write_numbers(text)?)
    } else {
        Ok(processes.table(age::uptime()).write(text, terminal_width())?)
    }
}

fn write_json(args: &Ps, value: &impl serde::Serialize, text: &mut Vec<u8>) -> Result<(), Failure> {
    match args.watch {
        Some(_) => json::line(text, value),
        None => json::document(text, value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_a_tenth_of_a_second_at_least() {
        assert_eq!(seconds("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(seconds("2"), Ok(Duration::from_secs(2)));
        for word in ["0", "-1", "0.05", "NaN", "inf", "1e300", "x", ""] {
            assert!(seconds(word).is_err(), "{word}");
        }
    }
}
