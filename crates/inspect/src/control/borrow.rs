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
use super::filter::{self, Verdict};
use super::frame;
use super::image::Image;
use super::tracee::{ALL_SIGNALS, Go, Registers, Stop, Tracee};
use crate::error::Error;
use crate::process;
use crate::target::Target;
use heapmin_directory::control::{Frame, ThreadWords};
use heapmin_directory::{Directory, MAGIC, MAJOR};
use std::fs;
use std::io;
use std::mem::offset_of;
use std::time::{Duration, Instant};

/// How long a thread may take to stop. One in a system call does at once.
const TO_STOP: Duration = Duration::from_millis(100);
/// How long it is looked for a thread before all that don't react are let go.
const TO_FIND: Duration = Duration::from_millis(250);
/// How long the borrowed thread may take: it waits for the memory map of its process at most.
const TO_MARK: Duration = Duration::from_secs(10);

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
    /// It can't be done.
    Final(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Final(error)
    }
}

/// Why a thread isn't fit.
enum Unfit {
    /// There may be others that are.
    Try(String),
    /// No other one would be.
    Final(Error),
}

/// Borrows a thread, tracing from a thread of our own: with that, everything is let go of that was
/// traced.
pub(crate) fn borrow(target: &Target, words: &Words, wanted: &Wanted) -> Result<Served, Refusal> {
    std::thread::scope(|scope| {
        let attempt = std::thread::Builder::new()
            .name("tracer".into())
            .spawn_scoped(scope, || attempt(target, words, wanted))
            .map_err(|error| failed(target.process().pid, "no thread can be made", error))?;
        attempt.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
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
fn pass(tracee: &Tracee, stop: Stop) {
    // If it can't be, it was killed.
    let _ = match stop {
        Stop::Asked => tracee.resume(Go::On, 0),
        Stop::Group => tracee.resume(Go::Listening, 0),
        Stop::Signal(signal) => tracee.resume(Go::On, signal),
        Stop::Ended => Ok(()),
    };
}

fn failed(pid: i32, what: &'static str, error: io::Error) -> Error {
    match error.raw_os_error() {
        Some(libc::ESRCH) => Error::Ended(pid),
        _ => Error::System(pid, what, error),
    }
}

/// Why a thread can't be traced.
fn not_traced(pid: i32, tid: i32, error: &io::Error) -> Refusal {
    match error.raw_os_error() {
        Some(libc::ESRCH) => Refusal::Again("its first thread has just ended".into()),
        Some(libc::EPERM | libc::EACCES) => match tracer(pid, tid) {
            Some((_, name)) if name == "heapmin" => {
                Refusal::Again("another heapmin is asking it for something".into())
            }
            Some((number, name)) => Error::Unavailable(
                pid,
                format!("process {number} ({name}) is debugging it; try again when that has ended"),
            )
            .into(),
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

/// Who traces a thread: the number and name of the process.
fn tracer(pid: i32, tid: i32) -> Option<(i32, String)> {
    let status = fs::read(format!("/proc/{pid}/task/{tid}/status")).ok()?;
    let number: i32 = process::field(&status, "TracerPid")?.parse().ok()?;
    if number == 0 {
        return None;
    }
    let status = fs::read(format!("/proc/{number}/status")).unwrap_or_default();
    // The tracing thread has a name of its own.
    let group = process::field(&status, "Tgid").unwrap_or_default();
    let name = fs::read(format!("/proc/{group}/comm")).unwrap_or_default();
    Some((number, process::text(name.trim_ascii())))
}

/// One thread that is tried.
struct Loan<'a> {
    target: &'a Target,
    words: &'a Words,
    wanted: &'a Wanted,
    tracee: &'a Tracee,
    /// The first thread, if it is another one.
    other: Option<&'a Tracee>,
}

impl Loan<'_> {
    fn make(&self) -> Result<Served, Unfit> {
        let pid = self.target.process().pid;
        let status = self.status()?;
        self.tracee.interrupt().map_err(|_| gone())?;
        let began = Instant::now();
        self.stop(TO_STOP)?;
        let prepared = self.prepare(&status);
        let served = match prepared {
            Ok((image, prepared)) => {
                self.run(&image, &prepared).map(|block| (image, block)).map_err(Unfit::Final)
            }
            Err(unfit) => {
                self.let_go();
                return Err(unfit);
            }
        };
        let stopped = began.elapsed();
        let (image, made) = served?;
        match made {
            Made { block, .. } if is_error(block) => {
                let error = io::Error::from_raw_os_error(block.wrapping_neg() as i32);
                let what = "it gets no memory for a thread (64 KiB)";
                Err(Unfit::Final(Error::System(pid, what, error)))
            }
            Made { thread, .. } if is_error(thread) => {
                let error = io::Error::from_raw_os_error(thread.wrapping_neg() as i32);
                let what = "it can't make one more thread";
                Err(Unfit::Final(Error::System(pid, what, error)))
            }
            Made { block, .. } => Ok(Served { image, block, stopped }),
        }
    }

    fn status(&self) -> Result<Vec<u8>, Unfit> {
        let pid = self.target.process().pid;
        let path = format!("/proc/{pid}/task/{}/status", self.tracee.tid());
        fs::read(path).map_err(|_| gone())
    }

    /// Waits until the thread has stopped as it was asked to.
    fn stop(&self, time: Duration) -> Result<(), Unfit> {
        let until = Instant::now() + time;
        loop {
            match self.tracee.wait(until, || self.attend()) {
                Some(Stop::Asked) => return Ok(()),
                Some(Stop::Group) => return Err(Unfit::Final(self.is_stopped())),
                Some(Stop::Ended) => return Err(gone()),
                // Its signals go their ways.
                Some(stop) => pass(self.tracee, stop),
                None => return Err(Unfit::Try("its threads don't react".into())),
            }
        }
    }

    /// Lets a thread go on that isn't fit. It stays traced: it may be the first one.
    fn let_go(&self) {
        // If it isn't there any more, that is found out by who looks at the next.
        if let Ok(registers) = self.tracee.registers() {
            let _ = self.tracee.set_registers(&frame::to_put_back(&registers));
        }
        let _ = self.tracee.resume(Go::On, 0);
    }

    fn is_stopped(&self) -> Error {
        let pid = self.target.process().pid;
        let why = format!("it is stopped; continue it first: kill -CONT {pid}");
        Error::Unavailable(pid, why)
    }

    /// Sees to the first thread.
    fn attend(&self) {
        if let Some(other) = self.other
            && let Some(stop) = other.poll()
        {
            pass(other, stop);
        }
    }

    /// Looks whether the stopped thread is fit.
    fn prepare(&self, status: &[u8]) -> Result<(Image, Prepared), Unfit> {
        let pid = self.target.process().pid;
        let lost = |_: io::Error| gone();
        let registers = self.tracee.registers().map_err(lost)?;
        let control = self.target.directory().control.get();
        let code = control..control + u64::from(self.words.end);
        let in_call = frame::is_in_call(&registers);
        let shadow = process::field(status, "x86_Thread_features")
            .is_some_and(|features| features.contains("shstk"));
        let unfit = |why: &str| Err(Unfit::Try(why.into()));
        if !frame::is_64_bit(&registers) {
            return unfit("its threads run code of 32 bits");
        }
        if code.contains(&registers.rip) {
            return unfit("one of its threads is still coming back from another request");
        }
        if self.tracee.catches_calls() {
            return unfit(
                "it catches its own system calls, as programs do that imitate another system",
            );
        }
        if shadow && !in_call {
            return unfit("its thread has a shadow stack, and is in the middle of something");
        }
        let image = Image::of(pid, self.tracee.tid())
            .map_err(|error| Unfit::Final(failed(pid, "its memory can't be written", error)))?;
        let read = |address: u64| image.word(address);
        if !in_call && self.is_restartable(&image, registers.rip) {
            return unfit("its thread is in a restartable sequence");
        }
        if !in_call && read(registers.rsp.wrapping_sub(144)).is_err() {
            return unfit("its thread has no room on its stack");
        }
        self.verify(&image)?;
        self.judge(status, control)?;
        let pointer = registers.fs_base;
        let own = read(pointer.wrapping_add(0x10)).is_ok_and(|own| own == pointer);
        if pointer == 0 || !own {
            return unfit("its threads aren't those of a C library");
        }
        let secrets = [0x28, 0x30].map(|at| read(pointer + at));
        let [Ok(guard), Ok(hidden)] = secrets else {
            return unfit("its threads aren't those of a C library");
        };
        let place = self.free_frame(&image)?;
        let mask = self.tracee.mask().map_err(lost)?;
        let back = frame::to_put_back(&registers);
        let wanted = self.wanted;
        let frame = Frame {
            owner: u64::from(own_number(status).unwrap_or(u32::MAX)),
            request: u64::from(MAJOR) | u64::from(wanted.kind) << 32,
            token: wanted.token,
            argument: wanted.argument,
            secrets: [guard, hidden],
            ..frame::frame(&back, mask)
        };
        let run = frame::to_run(&registers, control, place);
        Ok((image, Prepared { place, frame, back, run, mask }))
    }

    /// Whether the memory is that of the program that was opened.
    fn verify(&self, image: &Image) -> Result<(), Unfit> {
        let pid = self.target.process().pid;
        let at = self.target.directory_address();
        let directory = self.target.directory();
        let is_same = image.word(at).is_ok_and(|magic| magic == MAGIC)
            && image
                .word(at + offset_of!(Directory, control) as u64)
                .is_ok_and(|control| control == directory.control.get());
        if is_same { Ok(()) } else { Err(Unfit::Final(Error::Replaced(pid))) }
    }

    fn is_restartable(&self, image: &Image, rip: u64) -> bool {
        let Some(area) = self.tracee.restartable() else { return false };
        let Ok(sequence) = image.word(area + 8) else { return true };
        let mut words = [0; 3];
        match sequence {
            0 => false,
            // Version and flags, start, length.
            _ if image.read(sequence, &mut words).is_ok() => rip.wrapping_sub(words[1]) < words[2],
            _ => true,
        }
    }

    fn judge(&self, status: &[u8], control: u64) -> Result<(), Unfit> {
        let pid = self.target.process().pid;
        let verdict = match process::field(status, "Seccomp").as_deref() {
            None | Some("0") => return Ok(()),
            Some("2") => filter::judge(self.tracee, control),
            Some(_) => Verdict::Forbidden("every other call than read and write"),
        };
        let why = match (verdict, self.wanted.unread) {
            (Verdict::Allowed, _) | (Verdict::Unread, Unread::Trust) => return Ok(()),
            (Verdict::Forbidden(call), _) => format!(
                "its system call filter forbids {call}; it gives memory back by itself after \
                 'heapmin run --decay MS'"
            ),
            (Verdict::Unread, Unread::Refuse) => "it has a system call filter, which may end it \
                for what this needs, and which only root can read: try again with sudo; or, if you \
                know that it allows mmap, clone and madvise, as those of containers do, with \
                --despite-filter"
                .to_owned(),
        };
        Err(Unfit::Final(Error::Unavailable(pid, why)))
    }

    /// A frame that nobody needs: free, or of a thread that has ended.
    fn free_frame(&self, image: &Image) -> Result<u64, Unfit> {
        let pid = self.target.process().pid;
        let mut names = None;
        for number in 0..self.words.count {
            let place = self.words.frames + u64::from(number) * u64::from(self.words.bytes);
            let owner = image.word(place).map_err(|_| gone())?;
            let is_free = owner == 0 || {
                let names = names.get_or_insert_with(|| process::thread_names(pid).ok());
                let owner = u32::try_from(owner).unwrap_or(u32::MAX);
                names.as_ref().is_some_and(|names| !names.contains_key(&owner))
            };
            if is_free {
                return Ok(place);
            }
        }
        let why = "too many earlier requests were broken off; restart it to ask it again";
        Err(Unfit::Final(Error::Unavailable(pid, why.into())))
    }

    /// Has the stopped thread make the new one, and puts it back.
    fn run(&self, image: &Image, prepared: &Prepared) -> Result<Made, Error> {
        let pid = self.target.process().pid;
        let tracee = self.tracee;
        let lost = |error| failed(pid, "its thread was lost while it was traced", error);
        tracee.set_mask(prepared.mask).map_err(lost)?;
        image
            .write(prepared.place, &frame::words(&prepared.frame))
            .map_err(|error| failed(pid, "its memory can't be written", error))?;
        tracee.set_registers(&prepared.run).map_err(lost)?;
        tracee.set_mask(ALL_SIGNALS).map_err(lost)?;
        let made = self.made(image, prepared)?;
        if self.stopped_before_mark(&prepared.run)? {
            tracee.set_mask(prepared.mask).map_err(lost)?;
            tracee.set_registers(&prepared.back).map_err(lost)?;
            image.write(prepared.place, &[0]).map_err(lost)?;
        }
        tracee.detach().map_err(lost)?;
        Ok(made)
    }

    /// Lets the thread run until it has made the new one.
    fn made(&self, image: &Image, prepared: &Prepared) -> Result<Made, Error> {
        let pid = self.target.process().pid;
        let lost = |error| failed(pid, "its thread was lost while it was traced", error);
        let until = Instant::now() + TO_MARK;
        let results = prepared.place + offset_of!(Frame, block) as u64;
        self.tracee.resume(Go::On, 0).map_err(lost)?;
        loop {
            let mut words = [0; 2];
            image.read(results, &mut words).map_err(lost)?;
            let [block, thread] = words;
            if thread != 0 || is_error(block) {
                return Ok(Made { block, thread });
            }
            self.attend();
            match self.tracee.poll() {
                None if Instant::now() >= until => return Err(Error::Silent(pid)),
                None => std::thread::yield_now(),
                Some(stop) => self.go_on(stop)?,
            }
        }
    }

    /// Stops the thread, in a way that a system call that is put back is made again. `false`: it was
    /// too late, and puts itself back.
    fn stopped_before_mark(&self, run: &Registers) -> Result<bool, Error> {
        let pid = self.target.process().pid;
        let lost = |error| failed(pid, "its thread was lost while it was traced", error);
        let until = Instant::now() + TO_MARK;
        self.tracee.interrupt().map_err(lost)?;
        loop {
            let stop = self.tracee.wait(until, || self.attend()).ok_or(Error::Silent(pid))?;
            if matches!(stop, Stop::Asked | Stop::Group) {
                let at = self.tracee.registers().map_err(lost)?.rip;
                return Ok(at.wrapping_sub(run.rip) <= u64::from(self.words.mark));
            }
            self.go_on(stop)?;
        }
    }

    /// Lets the borrowed thread go on after a stop that nobody asked for. Its process may have been
    /// stopped by a signal: it makes the new thread all the same, and stops when it was let go.
    fn go_on(&self, stop: Stop) -> Result<(), Error> {
        let pid = self.target.process().pid;
        let lost = |error| failed(pid, "its thread was lost while it was traced", error);
        match stop {
            Stop::Ended => Err(Error::Ended(pid)),
            Stop::Signal(signal) => self.tracee.resume(Go::On, signal).map_err(lost),
            Stop::Asked | Stop::Group => self.tracee.resume(Go::On, 0).map_err(lost),
        }
    }
}

fn gone() -> Unfit {
    Unfit::Try("its threads end while they are looked at".into())
}

/// The number that the thread has for itself.
fn own_number(status: &[u8]) -> Option<u32> {
    process::field(status, "NSpid")?.split_ascii_whitespace().next_back()?.parse().ok()
}

/// Results of system calls above are errors.
fn is_error(result: u64) -> bool {
    result > u64::MAX - 4096
}

/// What the borrowed thread has done.
struct Made {
    block: u64,
    thread: u64,
}

/// What is done with a thread that is fit.
struct Prepared {
    place: u64,
    frame: Frame,
    back: Registers,
    run: Registers,
    mask: u64,
}

const _: () = assert!(offset_of!(Frame, thread) == offset_of!(Frame, block) + 8);
const _: () = assert!(offset_of!(ThreadWords, collected).is_multiple_of(8));
