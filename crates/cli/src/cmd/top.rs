//! `heapmin top`: what is typed, and whether there is a terminal for it.

use std::fs::File;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use crate::failure::Failure;
use crate::output::colour::{Colour, When};
use crate::output::pick;
use crate::top::{Look, Options, is_utf8, run as show};

/// Watch a process's heaps in the terminal
///
/// Shows live against resident memory over time, the heaps, the size classes with their occupancy and
/// waste, the threads' caches and rates, once a second. Reading stops nothing in the process, and takes
/// no more than 5 % of a processor: a big heap is read less often. Keys sort, filter, trim, check and
/// save; '?' shows them.
///
/// Without PID: the only process of yours that runs on heapmin, or a list to choose from.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Top {
    /// The process
    #[arg(value_parser = pick::pid)]
    pub pid: Option<i32>,

    /// Read the figures this often
    #[arg(long, value_name = "SECONDS", default_value = "1", value_parser = interval)]
    pub interval: Duration,

    /// Save figures (key w) into this directory
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub save: PathBuf,

    /// Whether to use colour
    #[command(flatten)]
    pub colour: Colour,
}

const EXAMPLES: &str = "\
Examples:
  heapmin top                       the only process, or a list
  heapmin top 4242
  heapmin top --interval 5 4242     every five seconds
  heapmin top --save /tmp 4242      'w' saves into /tmp

Exit status:
    0    the view was left
    2    wrong usage, or there is no terminal
    3    the process can't be looked into
    4    the terminal can't be written to";

/// Does it. Returns the exit status.
pub fn run(args: &Top) -> Result<i32, Failure> {
    check_terminal()?;
    if !args.save.is_dir() {
        let save = args.save.display();
        return Err(Failure::Usage(format!("--save {save}: there is no such directory")));
    }
    if args.colour.color == When::Always {
        // The library that draws heeds NO_COLOR by itself; what is typed comes first.
        crossterm::style::force_color_output(true);
    }
    let variable = |name| std::env::var(name).ok();
    let look = Look {
        colour: args.colour.on(),
        unicode: is_utf8(["LC_ALL", "LC_CTYPE", "LANG"].map(variable)),
    };
    show(Options { pid: args.pid, interval: args.interval, directory: args.save.clone(), look })
}

/// Keys come from standard input, or from the terminal itself if that is something else.
fn check_terminal() -> Result<(), Failure> {
    const INSTEAD: &str =
        "for figures in a file or a pipe: 'heapmin ps --json', or 'heapmin metrics PID'";
    let refuse =
        |why: &str| Err(Failure::Usage(format!("top draws on a terminal, and {why}; {INSTEAD}")));
    if !std::io::stdout().is_terminal() {
        return refuse("standard output isn't one");
    }
    if std::env::var_os("TERM").is_none_or(|term| term.is_empty() || term == "dumb") {
        return refuse("this one can only append text (TERM is unset or 'dumb')");
    }
    if !std::io::stdin().is_terminal() && File::open("/dev/tty").is_err() {
        return refuse("there is none to read keys from");
    }
    Ok(())
}

/// For clap: seconds between readings.
fn interval(word: &str) -> Result<Duration, String> {
    match word.parse::<f64>() {
        Ok(seconds) if (0.1..=3600.0).contains(&seconds) => Ok(Duration::from_secs_f64(seconds)),
        _ => Err("it takes a number of seconds from 0.1 to 3600".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_between_a_tenth_of_a_second_and_an_hour() {
        assert_eq!(interval("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(interval("3600"), Ok(Duration::from_secs(3600)));
        for word in ["0", "-1", "0.01", "3601", "inf", "NaN", "", "1s"] {
            assert!(interval(word).is_err(), "{word}");
        }
    }
}
