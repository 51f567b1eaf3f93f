//! `heapmin report`: starts or finds the program, follows it, and writes what was found.
//!
//! | module | |
//! |---|---|
//! | `child` | the program as a child that waits for its start |
//! | `signals` | signals on their way to the program |
//! | `files` | the files that are written, opened before the program starts |
//! | `follow` | reading until the end |
//! | `pace` | how often |
//! | `findings` | what was read so far |
//! | `spoken` | the few lines on stderr |

mod child;
mod files;
mod findings;
mod follow;
mod pace;
mod signals;
mod spoken;

use std::io::Write;
use std::time::Instant;

use heapmin_inspect::Target;
use heapmin_inspect::exit::Watch;
use heapmin_pages::report::Report;

use crate::cmd::report::Report as Options;
use crate::failure::Failure;
use crate::start::Prepared;
use child::Held;
use files::Files;
use findings::Findings;
use follow::{Follower, Subject};

/// Makes the library sample call stacks.
const SAMPLE: &str = "HEAPMIN_SAMPLE";
/// Names the only process that does so: the programs that it starts needn't.
const SAMPLE_PROCESS: &str = "HEAPMIN_SAMPLE_PROCESS";

/// A report on a program from its start. Returns the exit status.
pub fn start(options: &Options) -> Result<i32, Failure> {
    let settings = options.stacks.map(|bytes| (SAMPLE, bytes.to_string()));
    let settings: Vec<_> = settings.into_iter().collect();
    let prepared = Prepared::new(&options.program, None, &settings)?;
    let mut held = Held::fork(prepared, options.stacks.map(|_| SAMPLE_PROCESS))
        .map_err(|error| Failure::Nothing(format!("cannot start a new process: {error}")))?;
    let pid = held.pid();
    let files = Files::open(options, pid)?;
    signals::pass_on_to(pid);
    // Before its start, so that it can't end unseen.
    let watch = Watch::start(pid);
    let begun = Instant::now();
    let child = match held.go() {
        Ok(child) => child,
        Err(status) => {
            // It would hold the child at its end.
            drop(watch);
            files.remove_created();
            return Ok(status);
        }
    };
    let command: Vec<_> = options.program.iter().map(|word| word.to_string_lossy()).collect();
    let findings = Findings::new(pid, command.join(" "), false);
    let follower = Follower::new(Subject::Child(child), begun, findings, options, watch);
    let (report, status) = follower.follow();
    signals::pass_on_no_more();
    let written = finish(&report, files);
    let status = status.unwrap_or(0);
    if libc::WIFSIGNALED(status) {
        // It comes back if the signal doesn't end a process.
        signals::die_by(libc::WTERMSIG(status));
        return Ok(128 + libc::WTERMSIG(status));
    }
    match (libc::WEXITSTATUS(status), written) {
        (0, Err(failure)) => Err(failure),
        (status, Err(failure)) => {
            let _ = writeln!(std::io::stderr(), "heapmin: {failure}");
            Ok(status)
        }
        (status, Ok(())) => Ok(status),
    }
}

/// A report on a process that runs already. Returns the exit status.
pub fn attach(options: &Options, pid: i32) -> Result<i32, Failure> {
    let target = Target::open(pid)?;
    let files = Files::open(options, pid)?;
    if let Some(bytes) = options.stacks {
        target.sample(Some(bytes)).inspect_err(|_| files.remove_created())?;
    }
    signals::end_at_interrupt();
    let watch = Watch::start(pid);
    let findings = Findings::new(pid, target.process().command.clone(), true);
    let subject = Subject::Running(target);
    let follower = Follower::new(subject, Instant::now(), findings, options, watch);
    let (report, _) = follower.follow();
    finish(&report, files)?;
    Ok(0)
}

/// Writes everything, and says where it is.
fn finish(report: &Report, files: Files) -> Result<(), Failure> {
    let place = files.write(report)?;
    // Where nobody reads that, there is nobody to tell.
    let _ = std::io::stderr().write_all(spoken::lines(report, &place).as_bytes());
    Ok(())
}
