//! One of the process's threads, borrowed: it is stopped, looked at, made to run the code that makes the
//! serving thread, and put back.

use super::Unread;
use super::borrow::{Served, Wanted, Words, pass};
use super::filter::{self, Verdict};
use super::frame;
use super::image::Image;
use super::tracee::{ALL_SIGNALS, Go, Registers, Stop, Tracee};
use crate::error::Error;
use crate::process;
use crate::target::Target;
use heapmin_directory::control::Frame;
use heapmin_directory::{Directory, MAGIC, MAJOR};
use std::fs;
use std::io;
use std::mem::offset_of;
use std::time::{Duration, Instant};

/// How long a thread may take to stop. One in a system call does at once.
const TO_STOP: Duration = Duration::from_millis(100);
/// How long the borrowed thread may take: it waits for the memory map of its process at most.
const TO_MARK: Duration = Duration::from_secs(10);

/// Why a thread isn't fit.
pub(crate) enum Unfit {
    /// There may be others that are.
    Try(String),
    /// No other one would be.
    Final(Error),
}

/// One thread that is tried.
pub(crate) struct Loan<'a> {
    pub target: &'a Target,
    pub words: &'a Words,
    pub wanted: &'a Wanted,
    pub tracee: &'a Tracee,
    /// The first thread, if it is another one.
    pub other: Option<&'a Tracee>,
}

impl Loan<'_> {
    /// Has the thread make one that serves the request.
    pub fn make(&self) -> Result<Served, Unfit> {
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
                // Also while another thread of it is about to begin another program.
                Err(Unfit::Try(format!("it can't make one more thread ({error})")))
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
        match self.stop_before_mark(&prepared.run)? {
            Late::No => {
                tracee.set_mask(prepared.mask).map_err(lost)?;
                tracee.set_registers(&prepared.back).map_err(lost)?;
                image.write(prepared.place, &[0]).map_err(lost)?;
                tracee.detach().map_err(lost)?;
            }
            Late::PutsItselfBack => tracee.detach().map_err(lost)?,
            Late::Ended => {}
        }
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

    /// Stops the thread, in a way that a system call that is put back is made again.
    fn stop_before_mark(&self, run: &Registers) -> Result<Late, Error> {
        let pid = self.target.process().pid;
        let lost = |error| failed(pid, "its thread was lost while it was traced", error);
        let until = Instant::now() + TO_MARK;
        // One that isn't there any more is found below.
        let _ = self.tracee.interrupt();
        loop {
            let stop = self.tracee.wait(until, || self.attend()).ok_or(Error::Silent(pid))?;
            match stop {
                Stop::Asked | Stop::Group => {
                    let at = self.tracee.registers().map_err(lost)?.rip;
                    let is_before = at.wrapping_sub(run.rip) <= u64::from(self.words.mark);
                    return Ok(if is_before { Late::No } else { Late::PutsItselfBack });
                }
                Stop::Ended => return Ok(Late::Ended),
                Stop::Signal(_) => self.go_on(stop)?,
            }
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

/// Whether it is too late to put a borrowed thread back.
enum Late {
    No,
    /// It has waited for long enough.
    PutsItselfBack,
    /// It has put itself back, gone on, and ended.
    Ended,
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

/// What an error of the system means in the middle of tracing.
pub(crate) fn failed(pid: i32, what: &'static str, error: io::Error) -> Error {
    match error.raw_os_error() {
        Some(libc::ESRCH) => Error::Ended(pid),
        _ => Error::System(pid, what, error),
    }
}
