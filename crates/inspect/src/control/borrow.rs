//! Borrows one of the process's threads to make the thread that serves a request.
//!
//! Order is everything here: after each single step the asker may be killed, and the kernel lets the
//! thread go on from where it is.
//!
//! | step | if the asker is gone after it |
//! |---|---|
//! | traced and stopped | goes on |
//! | no temporary signal mask any more | its call is made again, with its temporary mask |
//! | frame written | goes on; the frame is lost if the thread lives |
//! | registers set to the code | makes the thread, puts itself back |
//! | all signals blocked | as above; the mask is in the frame |
//! | stopped before the mark | puts itself back |
//! | signals as they were | as above |
//! | registers as they were | goes on |
//!
//! While this goes on, the first thread of the process is traced, too: a thread has one tracer at most,
//! so who traces the first one is the only one who borrows.

use super::Unread;
use super::candidates::candidates;
use super::image::Image;
use super::loan::{Loan, Unfit, failed};
use super::tracee::{Go, Stop, Tracee};
use crate::error::Error;
use crate::process;
use crate::target::Target;
use std::fs;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

/// How long it is looked for a thread before all that don't react are let go.
const TO_FIND: Duration = Duration::from_millis(250);

/// How long an attempt may take before it is looked whether it is stuck.
const TO_BE_STUCK: Duration = Duration::from_millis(50);

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub kind: u32,
    pub argument: u64,
    pub token: u64,
    pub unread: Unread,
}

/// What the process has said at its start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    pub frames: u64,
    pub count: u32,
    pub bytes: u32,
    pub mark: u32,
    pub end: u32,
    /// Where to say which block was collected.
    pub collected: u64,
}

/// A thread that serves a request.
#[derive(Debug)]
pub(crate) struct Served {
    /// The memory of its program.
    pub image: Image,
    /// Its control block.
    pub block: u64,
    /// How long the borrowed thread was stopped.
    pub stopped: Duration,
}

/// Why there is none.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Another one borrows a thread just now, or no thread could be stopped at a good place: why.
    Again(String),
    /// Another heapmin traces the process, for a moment or for long: what is said if that stays.
    Held(Error),
    /// It can't be done.
    Final(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

/// Borrows a thread, tracing from a thread of our own: with that, everything is let go of that was
/// traced.
pub(crate) fn borrow(target: &Target, words: &Words, wanted: &Wanted) -> Result<Served, Refusal> {
    let pid = target.process().pid;
    let asker = thread::current();
    thread::scope(|scope| {
        let attempt = thread::Builder::new()
            .name(TRACER.into())
            .spawn_scoped(scope, || {
                let result = attempt(target, words, wanted);
                asker.unpark();
                result
            })
            .map_err(|error| failed(pid, "no thread can be made", error))?;
        while !attempt.is_finished() {
            thread::park_timeout(TO_BE_STUCK);
            if !attempt.is_finished() {
                reap_ended_threads(pid);
            }
        }
        attempt.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Reaps threads of the process that we trace and that have ended.
///
/// An `exec` waits until all other threads are reaped, those we trace by us, and lets nobody trace
/// meanwhile: so the thread that traces may wait for the `exec`, and can't reap.
fn reap_ended_threads(pid: i32) {
    let threads = process::threads(pid).unwrap_or_default();
    threads.into_iter().filter(|&tid| tid != pid).for_each(reap_if_ended);
}

/// Reaps a thread if we trace it and it has ended.
fn reap_if_ended(tid: i32) {
    let wait = |more: libc::c_int| {
        let how = libc::WEXITED | libc::WNOHANG | libc::__WALL | more;
        // SAFETY: all zero is valid for numbers.
        let mut result: libc::siginfo_t = unsafe { std::mem::zeroed() };
        // SAFETY: the result is valid for writing. Who isn't traced by us isn't waited for.
        unsafe { libc::waitid(libc::P_PID, tid.cast_unsigned(), &mut result, how) };
        result.si_code
    };
    // A wait takes what a thread has stopped for as well, whatever it asks for; that is for who traces.
    if matches!(wait(libc::WNOWAIT), libc::CLD_EXITED | libc::CLD_KILLED | libc::CLD_DUMPED) {
        wait(0);
    }
}

fn attempt(target: &Target, words: &Words, wanted: &Wanted) -> Result<Served, Refusal> {
    let pid = target.process().pid;
    let first = process::living_thread(pid).map_err(|_| Error::Ended(pid))?;
    let first = Tracee::seize(first).map_err(|error| not_traced(pid, first, &error))?;
    let began = Instant::now();
    let mut reason = "none of its threads can be stopped now".to_owned();
    for tid in candidates(pid) {
        let own = if tid == first.tid() { None } else { Tracee::seize(tid).ok() };
        let (tracee, other) = match &own {
            None if tid != first.tid() => continue,
            None => (&first, None),
            Some(own) => (own, Some(&first)),
        };
        let loan = Loan { target, words, wanted, tracee, other };
        match loan.make() {
            Ok(served) => return Ok(served),
            Err(Unfit::Try(why)) => reason = why,
            Err(Unfit::Final(error)) => return Err(error.into()),
        }
        if began.elapsed() > TO_FIND {
            break;
        }
    }
    Err(Refusal::Again(reason))
}

/// Lets a thread go on that stops without having been asked, with what it stops for.
pub(crate) fn pass(tracee: &Tracee, stop: Stop) {
    // If it can't be, it was killed.
    let _ = match stop {
        Stop::Asked => tracee.resume(Go::On, 0),
        Stop::Group => tracee.resume(Go::Listening, 0),
        Stop::Signal(signal) => tracee.resume(Go::On, signal),
        Stop::Ended => Ok(()),
    };
}

/// Why a thread can't be traced.
fn not_traced(pid: i32, tid: i32, error: &io::Error) -> Refusal {
    match error.raw_os_error() {
        Some(libc::ESRCH) => Refusal::Again("its first thread has just ended".into()),
        Some(libc::EPERM | libc::EACCES) => match tracer(pid, tid) {
            Some((_, name)) if name == TRACER => {
                Refusal::Again("another heapmin is asking it for something".into())
            }
            Some((_, name)) if name.is_empty() => {
                Refusal::Again("the process that was debugging it has just ended".into())
            }
            Some((number, name)) => {
                let why = format!(
                    "process {number} ({name}) is debugging it; try again when that has ended"
                );
                let error = Error::Unavailable(pid, why);
                if name == COMMAND { Refusal::Held(error) } else { error.into() }
            }
            None => Refusal::Again(FORBIDDEN.into()),
        },
        _ => Error::System(
            pid,
            "it can't be traced",
            io::Error::from_raw_os_error(error.raw_os_error().unwrap_or(libc::EIO)),
        )
        .into(),
    }
}

/// The reason that becomes [`Error::Forbidden`] if it stays: who traced it before may be gone already.
pub(crate) const FORBIDDEN: &str = "tracing it is forbidden";

/// The name of the thread that traces: by it others know what it is.
const TRACER: &str = "heapmin asks";
/// The name of the command's process.
const COMMAND: &str = "heapmin";

/// Who traces a thread: its number, and its name or that of its process.
fn tracer(pid: i32, tid: i32) -> Option<(i32, String)> {
    let status = fs::read(format!("/proc/{pid}/task/{tid}/status")).ok()?;
    let number: i32 = process::field(&status, "TracerPid")?.parse().ok()?;
    if number == 0 {
        return None;
    }
    let name = |number: &str| {
        let name = fs::read(format!("/proc/{number}/comm")).unwrap_or_default();
        process::text(name.trim_ascii())
    };
    let own = name(&number.to_string());
    if own == TRACER {
        return Some((number, own));
    }
    let status = fs::read(format!("/proc/{number}/status")).unwrap_or_default();
    let group = process::field(&status, "Tgid").unwrap_or_default();
    Some((group.parse().unwrap_or(number), name(&group)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command};

    fn sleeping() -> Child {
        Command::new("sleep").arg("60").spawn().expect("there is sleep")
    }

    fn state(pid: i32) -> String {
        let status = fs::read(format!("/proc/{pid}/status")).expect("it runs");
        process::field(&status, "State").expect("it has one")
    }

    #[test]
    fn a_stop_stays_for_who_traces() {
        let mut child = sleeping();
        let pid = child.id().cast_signed();
        let tracee = Tracee::seize(pid).expect("it is our child");
        tracee.interrupt().expect("it is traced");
        while !state(pid).starts_with('t') {
            thread::yield_now();
        }
        reap_if_ended(pid);
        assert_eq!(tracee.poll(), Some(Stop::Asked));
        child.kill().expect("it runs");
        child.wait().expect("it is our child");
    }

    #[test]
    fn who_has_ended_is_reaped() {
        let mut child = sleeping();
        let pid = child.id().cast_signed();
        child.kill().expect("it runs");
        while !state(pid).starts_with('Z') {
            thread::yield_now();
        }
        reap_if_ended(pid);
        let error = child.wait().expect_err("nobody is left to wait for");
        assert_eq!(error.raw_os_error(), Some(libc::ECHILD));
    }
}
