//! What is asked, and the answer.

use super::Unread;
use super::borrow::{self, FORBIDDEN, Refusal, Served, Wanted, Words};
use crate::error::Error;
use crate::process;
use crate::target::{Target, while_starting};
use heapmin_directory::control::{
    self, STATE_ASKED, STATE_DONE, STATE_REFUSED, STATE_RUNNING, ThreadWords,
};
use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::mem::offset_of;
use std::time::{Duration, Instant};

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub kind: u32,
    pub argument: u64,
    pub unread: Unread,
}

/// The answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    pub results: [u64; 16],
    /// For how long a thread was stopped.
    pub stopped: Duration,
    /// How long it took altogether.
    pub took: Duration,
}

/// How long it is tried to borrow a thread: others may be at it, each for milliseconds.
const TO_BORROW: Duration = Duration::from_secs(5);
/// How long that may be forbidden: one who traces the process can be gone when it is asked who it is.
const TO_BE_ALLOWED: Duration = Duration::from_millis(200);
/// How long another heapmin may trace it, which may follow it to its end.
const TO_BE_LET_GO: Duration = Duration::from_secs(2);
/// How long the serving thread may take to begin.
const TO_BEGIN: Duration = Duration::from_secs(10);
/// How long it may take to do what was asked: a trim of hundreds of GiB takes minutes.
const TO_END: Duration = Duration::from_secs(900);
/// The longest time between two looks.
const LOOK: Duration = Duration::from_millis(5);

/// Words of a request in memory.
const REQUEST_WORDS: usize = size_of::<control::Request>() / 8;

/// Asks a process, and waits for the answer.
pub(crate) fn ask(target: &Target, request: Request) -> Result<Answer, Error> {
    let began = Instant::now();
    let pid = target.process().pid;
    let words = words(target)?;
    check(pid)?;
    let token = RandomState::new().build_hasher().finish() | 1;
    let Request { kind, argument, unread } = request;
    let wanted = Wanted { kind, argument, token, unread };
    let served = borrow_at_last(target, &words, &wanted)?;
    let results = wait(target, &served, token)?;
    // Best effort: otherwise the thread goes by itself after a while.
    let place = control::collected_place(served.block) as u64 * 8;
    let _ = served.image.write(words.collected + place, &[served.block]);
    Ok(Answer { results, stopped: served.stopped, took: began.elapsed() })
}

/// What the process says when its heap is loaded, which may be in a moment.
fn words(target: &Target) -> Result<Words, Error> {
    let may_be = |error: &Error| matches!(error, Error::Starting(_) | Error::Inconsistent(..));
    while_starting(|| words_now(target), may_be).map_err(|error| match error {
        Error::Starting(pid) => {
            let why = "it is just starting, or was started on an architecture without that, \
                or has too much thread-local storage, or is damaged; try again";
            Error::Unavailable(pid, why.into())
        }
        error => error,
    })
}

fn words_now(target: &Target) -> Result<Words, Error> {
    let pid = target.process().pid;
    let at = target.directory().thread_words.get();
    if at == 0 || target.directory().control.get() == 0 {
        let why = "its heap was built without a way to ask it".into();
        return Err(Error::Unavailable(pid, why));
    }
    let mut bytes = [0; size_of::<ThreadWords>()];
    target.read(at, &mut bytes)?;
    let word = |offset: usize| {
        let bytes: [u8; 8] = std::array::from_fn(|index| bytes[offset + index]);
        u64::from_ne_bytes(bytes)
    };
    let half = |offset: usize| {
        let bytes: [u8; 4] = std::array::from_fn(|index| bytes[offset + index]);
        u32::from_ne_bytes(bytes)
    };
    let words = Words {
        frames: word(offset_of!(ThreadWords, frames)),
        count: half(offset_of!(ThreadWords, frame_count)),
        bytes: half(offset_of!(ThreadWords, frame_bytes)),
        mark: half(offset_of!(ThreadWords, mark)),
        end: half(offset_of!(ThreadWords, end)),
        collected: at + offset_of!(ThreadWords, collected) as u64,
    };
    if words.frames == 0 {
        return Err(Error::Starting(pid));
    }
    let is_sound = words.count <= 4096
        && words.bytes as usize >= size_of::<control::Frame>()
        && words.mark < words.end
        && words.end <= 4096;
    if is_sound { Ok(words) } else { Err(Error::Inconsistent(pid, "what a request needs")) }
}

/// What the system tells of a thread of the process that is alive.
fn status(pid: i32) -> Result<Vec<u8>, Error> {
    let tid = process::living_thread(pid).map_err(|_| Error::Ended(pid))?;
    fs::read(format!("/proc/{pid}/task/{tid}/status")).map_err(|_| Error::Ended(pid))
}

/// What speaks against asking this process at all.
fn check(pid: i32) -> Result<(), Error> {
    let status = status(pid)?;
    let unavailable = |why: String| Err(Error::Unavailable(pid, why));
    if process::field(&status, "State").is_some_and(|state| state.starts_with('T')) {
        return unavailable(format!("it is stopped; continue it first: kill -CONT {pid}"));
    }
    let parent = process::field(&status, "PPid").and_then(|parent| parent.parse::<i32>().ok());
    if let Some(parent) = parent.filter(|&parent| parent > 0)
        && shares_memory(pid, parent)
    {
        return unavailable(format!(
            "it was started a moment ago and still uses the memory of its parent, process {parent}; \
             try again"
        ));
    }
    Ok(())
}

/// Whether two processes have one memory, as after `vfork`: what one begins, it may leave half-done
/// when it becomes another program.
fn shares_memory(pid: i32, other: i32) -> bool {
    const KCMP_VM: i32 = 1;
    // SAFETY: the call compares, and touches no memory.
    unsafe { libc::syscall(libc::SYS_kcmp, pid, other, KCMP_VM, 0, 0) == 0 }
}

/// Borrows a thread, trying again for a while.
fn borrow_at_last(target: &Target, words: &Words, wanted: &Wanted) -> Result<Served, Error> {
    let pid = target.process().pid;
    let began = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        let why = match borrow::borrow(target, words, wanted) {
            Ok(served) => return Ok(served),
            // Only the thread may have ended, or the process is about to.
            Err(Refusal::Final(Error::Ended(_))) => {
                "its threads end while they are looked at".into()
            }
            Err(Refusal::Final(error)) => return Err(after(target, error)),
            Err(Refusal::Held(error)) if began.elapsed() >= TO_BE_LET_GO => {
                return Err(after(target, error));
            }
            Err(Refusal::Held(_)) => "another heapmin is debugging it".into(),
            Err(Refusal::Again(why)) => why,
        };
        // It may be gone.
        target.read(target.directory_address(), &mut [0; 8])?;
        check(pid)?;
        if why == FORBIDDEN && began.elapsed() >= TO_BE_ALLOWED {
            return Err(Error::Forbidden(pid));
        }
        if began.elapsed() >= TO_BORROW {
            return Err(Error::Unavailable(pid, format!("{why}; try again")));
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// An error, or what became of the process before.
fn after(target: &Target, error: Error) -> Error {
    match target.read(target.directory_address(), &mut [0; 8]) {
        Err(found @ (Error::Ended(_) | Error::Replaced(_))) => found,
        _ => error,
    }
}

/// Waits for the results.
fn wait(target: &Target, served: &Served, token: u64) -> Result<[u64; 16], Error> {
    let pid = target.process().pid;
    let began = Instant::now();
    let mut pause = Duration::from_micros(100);
    loop {
        let mut words = [0; REQUEST_WORDS];
        if let Err(error) = served.image.read(served.block, &mut words) {
            // It is gone, or we slept too long and the thread is.
            target.read(target.directory_address(), &mut [0; 8])?;
            return Err(match error.kind() {
                io::ErrorKind::UnexpectedEof => Error::Ended(pid),
                _ => Error::Silent(pid),
            });
        }
        if words[offset_of!(control::Request, token) / 8] != token {
            return Err(Error::Silent(pid));
        }
        let state = words[offset_of!(control::Request, state) / 8] as u32;
        match state {
            STATE_DONE => {
                let results = &words[offset_of!(control::Request, results) / 8..];
                return Ok(std::array::from_fn(|index| results[index]));
            }
            STATE_ASKED | STATE_RUNNING => {}
            STATE_REFUSED => {
                let why = "its heap is of another version and doesn't know the request".into();
                return Err(Error::Unavailable(pid, why));
            }
            _ => return Err(Error::Inconsistent(pid, "the state of a request")),
        }
        let limit = if state == STATE_ASKED { TO_BEGIN } else { TO_END };
        if began.elapsed() >= limit {
            return Err(Error::Silent(pid));
        }
        if pause == LOOK {
            while_it_runs(target)?;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(LOOK);
    }
}

/// Whether it is worth waiting.
fn while_it_runs(target: &Target) -> Result<(), Error> {
    let pid = target.process().pid;
    match process::field(&status(pid)?, "State") {
        Some(state) if state.starts_with('T') => Err(Error::Unavailable(
            pid,
            format!(
                "it was stopped before it was done, and does it when it goes on: kill -CONT {pid}"
            ),
        )),
        _ => Ok(()),
    }
}

const _: () = assert!(offset_of!(control::Request, state).is_multiple_of(8));
