//! What can be typed on the command line, with its help texts.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::cmd;

/// Run Linux programs on heapmin, a heap that gives unused memory back, and look into them
///
/// heapmin replaces the malloc of a program that is already built: nothing is recompiled, and the
/// program's output, signals and exit status stay as they are. The other commands look into the heaps
/// of programs that run on it, by reading their memory: nothing stops, and nothing is in them for it.
#[derive(Debug, Parser)]
#[command(name = "heapmin", version, arg_required_else_help = true)]
#[command(help_template = TEMPLATE, after_help = EXAMPLES)]
pub struct Args {
    /// The command that was typed.
    #[command(subcommand)]
    pub command: Command,
}

/// Commands in groups, which clap doesn't have.
const TEMPLATE: &str = "\
{before-help}{about-with-newline}
{usage-heading} {usage}

Run:
  run      Run a program on heapmin

Look:
  ps       List the processes that run on heapmin
  top      Watch a process's heaps in the terminal
  map      Draw the heaps of a process, page by page
  walk     List every element of a process's heaps
  check    Check the heaps of a process for damage
  report   Write a report on the memory of a program
  metrics  Write the figures of processes for Prometheus

Act:
  min      Have a process give its unused memory back

  help     Print this, or all about one command

Options:
{options}{after-help}";

const EXAMPLES: &str = "\
Examples:
  heapmin run -- python3 script.py     run a program on heapmin
  heapmin run --stats -- sort big.txt  also print what its heap did
  heapmin run --decay 500 -- ./daemon  give memory back after half a second
  heapmin ps                           what runs on heapmin, and what it takes
  heapmin top 1234                     watch the heaps of process 1234
  heapmin map 1234                     see its pages
  heapmin check 1234                   look for damage in them
  heapmin min 1234                     have it give back what is unused
  heapmin report -- ./program          a page about where its memory goes
  heapmin metrics --listen 9470        figures of all processes for Prometheus
  heapmin help run                     all about one command

A command that looks into a process takes its number, or none if only one of yours runs on heapmin.
With --json it writes JSON, which docs/schema describes.

Exit status of commands other than run:
  0  it was done
  1  check: there is damage
  2  wrong usage
  3  a process can't be looked into, or doesn't do what it was asked
  4  what was found can't be written";

/// The commands. Their help texts stand with their arguments: a comment here would hide those.
#[derive(Debug, Subcommand)]
pub enum Command {
    Run(Run),
    Ps(cmd::ps::Ps),
    Top(cmd::top::Top),
    Map(cmd::map::Map),
    Walk(cmd::walk::Walk),
    Report(cmd::report::Report),
    Metrics(cmd::metrics::Metrics),
    Check(cmd::check::Check),
    Min(cmd::min::Min),
}

/// Run a program on heapmin
///
/// Starts PROGRAM with libheapmin_malloc.so in LD_PRELOAD. heapmin becomes the program: same
/// process, same terminal, signals and exit status. Programs that it starts in turn run on heapmin
/// too.
#[derive(Debug, clap::Args)]
#[command(after_help = RUN_EXAMPLES)]
pub struct Run {
    /// Print statistics of the heap to stderr when the program exits
    ///
    /// Peak and final live bytes, resident memory, bytes given back to the system, and allocation
    /// counts by size. Programs that PROGRAM starts print nothing; to have every process print its
    /// statistics, set the environment variable HEAPMIN_STATS to 1 instead.
    #[arg(long)]
    pub stats: bool,

    /// Give unused memory back after this many milliseconds, or now, or never
    ///
    /// Memory that the program has freed stays for reuse for that long, and goes back to the system
    /// then, also while the program sleeps. Programs that PROGRAM starts do the same. The environment
    /// variable HEAPMIN_DECAY_MS does the same, with 0 for now.
    #[arg(long, value_name = "MS|never|now", value_parser = Decay::parse, allow_hyphen_values = true)]
    pub decay: Option<Decay>,

    /// Give unused memory back at once whenever the system runs short of memory
    ///
    /// Watches the memory limits of the container and what the kernel tells of shortage. Programs that
    /// PROGRAM starts do the same. The environment variable HEAPMIN_PRESSURE does the same when it is
    /// 1.
    #[arg(long)]
    pub pressure: bool,

    /// Preload this library instead of the one that came with heapmin
    ///
    /// The environment variable HEAPMIN_LIBRARY does the same.
    #[arg(long, value_name = "PATH")]
    pub library: Option<PathBuf>,

    /// The program and its arguments; a name without a slash is looked up in PATH
    #[arg(
        required = true,
        trailing_var_arg = true,
        value_names = ["PROGRAM", "ARGS"]
    )]
    pub program: Vec<OsString>,
}

/// When unused memory goes back, as `HEAPMIN_DECAY_MS` says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decay(String);

impl Decay {
    /// The value of the environment variable.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn parse(word: &str) -> Result<Self, String> {
        let milliseconds = match word {
            "never" => return Ok(Self("never".to_owned())),
            "now" => Some(0),
            // `parse` would take a sign.
            _ if word.starts_with('+') => None,
            _ => word.parse::<u32>().ok(),
        };
        match milliseconds {
            Some(milliseconds) => Ok(Self(milliseconds.to_string())),
            None => Err(format!(
                "it takes a number of milliseconds up to {}, or 'never' or 'now'",
                u32::MAX
            )),
        }
    }
}

const RUN_EXAMPLES: &str = "\
Examples:
  heapmin run -- python3 -c 'print(\"hello\")'
  heapmin run --stats -- make -j2
  heapmin run --decay 500 --pressure -- redis-server --port 7777
  heapmin run --library ./libheapmin_malloc.so -- ls -l

Exit status:
  that of the program, or, when heapmin could not start it:
    2    wrong usage
  125    the library to preload is missing or unusable
  126    the program cannot be run, or nothing can be preloaded into it: a static, setuid,
         32-bit or musl program, for example; the message says why and what to do
  127    the program, or the interpreter it needs, was not found";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_sound() {
        Args::command().debug_assert();
    }

    #[test]
    fn every_command_stands_in_a_group() {
        for command in Args::command().get_subcommands() {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            let line = format!("\n  {:<8} {about}\n", command.get_name());
            assert!(TEMPLATE.contains(&line), "no '{line}'");
        }
    }
}
