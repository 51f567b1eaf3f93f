//! `heapmin min`: has a process give back what it doesn't use, and says what came of it.

use std::io::{IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use heapmin_inspect::control::{Trim, Unread};
use heapmin_inspect::model::outcome::Trimmed;
use heapmin_inspect::model::snapshot::Process;
use heapmin_inspect::{Error, Target};
use indicatif::ProgressBar;
use schemars::JsonSchema;
use serde::Serialize;

use crate::failure::Failure;
use crate::output::bytes::bytes;
use crate::output::table::{Side, Table, terminal_width};
use crate::output::visible::visible;
use crate::output::writer::Out;
use crate::output::{json, pick};

/// Have a process give its unused memory back
///
/// The caches of all its threads are emptied, and all pages go back to the system that no live block
/// touches. Other threads of the process go on meanwhile; one of them is stopped for less than a
/// millisecond, to start the work.
///
/// It takes the right to debug the process, which the system gives to its user, and to root. Nobody
/// else gets in by this.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Min {
    /// The process; without it, your only one on heapmin
    #[arg(value_name = "PID", value_parser = pick::pid)]
    pub pid: Option<i32>,

    /// Ask the process even if it has a system call filter that can't be read
    ///
    /// A filter (seccomp) may end a process that makes a system call it doesn't know. As root heapmin
    /// reads the filter first, and refuses by itself what the filter doesn't allow. Others are refused
    /// unless they say that the filter allows mmap, clone and madvise, as those of containers do.
    #[arg(long)]
    pub despite_filter: bool,

    /// Write JSON: docs/schema/min.json
    #[arg(long)]
    pub json: bool,
}

const EXAMPLES: &str = "\
Examples:
  heapmin min 1234                       trim process 1234
  heapmin min --json 1234 | jq .trimmed.released
  heapmin ps -q | xargs -rn1 heapmin min trim all that you may trim

Exit status:
  0  it was done, also if nothing came back
  2  wrong usage
  3  there is no such process, or it can't be asked; the message says why
  4  what came of it can't be written";

/// The version of [`Done`].
const SCHEMA: u32 = 1;

/// What is written as JSON.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Done {
    /// Version of this structure.
    pub schema: u32,
    /// The process.
    pub process: Process,
    /// What the trim did, in bytes.
    pub trimmed: Trimmed,
    /// How long it took altogether, in microseconds.
    pub took_us: u64,
    /// For how long one of the process's threads was stopped, in microseconds.
    pub stopped_us: u64,
}

/// Does it. Returns the exit status.
pub fn run(args: &Min) -> Result<i32, Failure> {
    let target = pick::pick(args.pid)?;
    let unread = if args.despite_filter { Unread::Trust } else { Unread::Refuse };
    let trim = trim(&target, unread)?;
    let mut out = Out::new();
    if args.json {
        let microseconds = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let done = Done {
            schema: SCHEMA,
            process: target.process().clone(),
            trimmed: trim.trimmed,
            took_us: microseconds(trim.took),
            stopped_us: microseconds(trim.stopped),
        };
        json::document(&mut out, &done)?;
    } else {
        write(&mut out, target.process(), &trim.trimmed, terminal_width())?;
    }
    out.finish()?;
    Ok(0)
}

/// What takes no longer than this shows nothing.
const PATIENCE: Duration = Duration::from_millis(500);

/// Has it trimmed. On a terminal something moves if that takes long: how far it is, nobody knows.
fn trim(target: &Target, unread: Unread) -> Result<Trim, Error> {
    if !std::io::stderr().is_terminal() {
        return target.trim_despite(unread);
    }
    thread::scope(|scope| {
        let (finished, is_finished) = mpsc::channel::<()>();
        let show = move || {
            if is_finished.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let spinner = ProgressBar::new_spinner().with_message("trimming");
            spinner.enable_steady_tick(Duration::from_millis(100));
            // It ends when the sender is dropped.
            let _ = is_finished.recv();
            spinner.finish_and_clear();
        };
        let shown = thread::Builder::new().spawn_scoped(scope, show);
        let trim = target.trim_despite(unread);
        drop(finished);
        // Without a thread nothing moves, which does no harm.
        drop(shown);
        trim
    })
}

fn write(
    out: &mut impl Write,
    process: &Process,
    trimmed: &Trimmed,
    width: Option<usize>,
) -> std::io::Result<()> {
    let Trimmed { resident_before, resident_after, released, .. } = *trimmed;
    let came_back = match released {
        0 => "nothing came back".to_owned(),
        released => format!("{} came back", bytes(released)),
    };
    let command = visible(&process.command);
    let line = format!("{came_back} of process {}: {command}", process.pid);
    writeln!(out, "{}", crate::output::table::cut(&line, width.unwrap_or(usize::MAX)))?;
    let (before, after) = (bytes(resident_before), bytes(resident_after));
    writeln!(out, "heaps in memory: {before} before, {after} now. What is left:")?;
    let parts = [
        (trimmed.live, "live blocks"),
        (trimmed.fragmented, "free, but on a page with a live block"),
        (trimmed.cached, "freed or taken meanwhile, and what threads keep ready"),
        (trimmed.huge, "free, but in a huge page that is mostly live"),
        (trimmed.metadata, "the heap's own"),
    ];
    let mut table = Table::new(&[("", Side::Right), ("", Side::Left)]);
    for (amount, why) in parts {
        if amount > 0 {
            table.row([format!("  {:>8}", bytes(amount)), why.to_owned()]);
        }
    }
    table.write(out, width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::made_up::process;

    fn text(trimmed: &Trimmed, width: Option<usize>) -> String {
        let mut out = Vec::new();
        write(&mut out, &process(17, "sort -u"), trimmed, width).expect("memory can be written");
        String::from_utf8(out).expect("it is text")
    }

    #[test]
    fn what_is_left_is_told_with_its_reason() {
        let trimmed = Trimmed {
            resident_before: 44 << 20,
            resident_after: 2 << 20,
            released: 42 << 20,
            live: 1 << 20,
            fragmented: 1 << 20,
            ..Trimmed::default()
        };
        let expected = "\
42 MiB came back of process 17: sort -u
heaps in memory: 44 MiB before, 2.0 MiB now. What is left:
   1.0 MiB  live blocks
   1.0 MiB  free, but on a page with a live block
";
        assert_eq!(text(&trimmed, None), expected);
    }

    #[test]
    fn nothing_is_something_too() {
        let text = text(&Trimmed::default(), Some(29));
        assert!(text.starts_with("nothing came back of process \nheaps"), "{text}");
    }
}
