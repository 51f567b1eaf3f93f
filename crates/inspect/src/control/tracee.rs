//! A thread that is traced, by `PTRACE_SEIZE`: it isn't stopped by that, gets no signal for it, and is
//! let go by the kernel when the tracing thread ends.

use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::time::Instant;

/// Registers, as the system gives them.
pub(crate) type Registers = libc::user_regs_struct;

// linux/ptrace.h
const PTRACE_SECCOMP_GET_FILTER: libc::c_uint = 0x420c;
const PTRACE_GET_RSEQ_CONFIGURATION: libc::c_uint = 0x420f;
const PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG: libc::c_uint = 0x4211;
const PTRACE_EVENT_STOP: i32 = 128;

/// Every signal.
pub(crate) const ALL_SIGNALS: u64 = u64::MAX;

/// Why a thread that was let run has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It was asked to stop, or its process goes on after having been stopped.
    Asked,
    /// Its process is stopped by a signal.
    Group,
    /// It is about to get a signal.
    Signal(i32),
    /// It has ended.
    Ended,
}

/// How a stopped thread goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Go {
    /// Until something else happens.
    On,
    /// Not at all, as its process is stopped: until that goes on.
    Listening,
}

/// See the module. Used by one thread only.
#[derive(Debug)]
pub(crate) struct Tracee {
    tid: i32,
}

impl Tracee {
    /// Begins to trace a thread, which goes on.
    pub fn seize(tid: i32) -> io::Result<Self> {
        call(libc::PTRACE_SEIZE, tid, ptr::null_mut(), ptr::null_mut())?;
        Ok(Self { tid })
    }

    /// Its number.
    pub fn tid(&self) -> i32 {
        self.tid
    }

    /// Asks it to stop.
    pub fn interrupt(&self) -> io::Result<()> {
        call(libc::PTRACE_INTERRUPT, self.tid, ptr::null_mut(), ptr::null_mut())
    }

    /// Lets it go on, with a signal or 0.
    pub fn resume(&self, go: Go, signal: i32) -> io::Result<()> {
        let request = match go {
            Go::On => libc::PTRACE_CONT,
            Go::Listening => libc::PTRACE_LISTEN,
        };
        let signal = ptr::without_provenance_mut(signal as usize);
        call(request, self.tid, ptr::null_mut(), signal)
    }

    /// Lets it go for good.
    pub fn detach(&self) -> io::Result<()> {
        call(libc::PTRACE_DETACH, self.tid, ptr::null_mut(), ptr::null_mut())
    }

    /// Whether it has stopped.
    pub fn poll(&self) -> Option<Stop> {
        let mut status = 0;
        // SAFETY: the status is valid for writing.
        let found = unsafe { libc::waitpid(self.tid, &mut status, libc::__WALL | libc::WNOHANG) };
        if found == 0 {
            return None;
        }
        if found < 0 || !libc::WIFSTOPPED(status) {
            return Some(Stop::Ended);
        }
        let signal = libc::WSTOPSIG(status);
        Some(match (status >> 16, signal) {
            (PTRACE_EVENT_STOP, libc::SIGTRAP) => Stop::Asked,
            (PTRACE_EVENT_STOP, _) => Stop::Group,
            _ => Stop::Signal(signal),
        })
    }

    /// Waits until it stops. `None`: it hasn't by then.
    pub fn wait(&self, until: Instant, mut meanwhile: impl FnMut()) -> Option<Stop> {
        loop {
            if let Some(stop) = self.poll() {
                return Some(stop);
            }
            meanwhile();
            if Instant::now() >= until {
                return None;
            }
            std::thread::yield_now();
        }
    }

    /// Its registers while it is stopped.
    pub fn registers(&self) -> io::Result<Registers> {
        let mut registers = MaybeUninit::<Registers>::zeroed();
        let place = registers.as_mut_ptr().cast();
        call(libc::PTRACE_GETREGS, self.tid, ptr::null_mut(), place)?;
        // SAFETY: all zero is valid for numbers, and the system has filled them.
        Ok(unsafe { registers.assume_init() })
    }

    /// Sets its registers while it is stopped.
    pub fn set_registers(&self, registers: &Registers) -> io::Result<()> {
        let place = ptr::from_ref(registers).cast_mut().cast();
        call(libc::PTRACE_SETREGS, self.tid, ptr::null_mut(), place)
    }

    /// The signals that it blocks. If it waits with others for the length of a system call, those
    /// that it blocks afterwards.
    pub fn mask(&self) -> io::Result<u64> {
        let mut mask = 0u64;
        let place = ptr::from_mut(&mut mask).cast();
        call(libc::PTRACE_GETSIGMASK, self.tid, eight(), place)?;
        Ok(mask)
    }

    /// Sets the signals that it blocks.
    pub fn set_mask(&self, mask: u64) -> io::Result<()> {
        let place = ptr::from_ref(&mask).cast_mut().cast();
        call(libc::PTRACE_SETSIGMASK, self.tid, eight(), place)
    }

    /// The address of its area for restartable sequences, if it has one.
    pub fn restartable(&self) -> Option<u64> {
        let mut words = [0u64; 3];
        let length = ptr::without_provenance_mut(size_of_val(&words));
        let place = words.as_mut_ptr().cast();
        call(PTRACE_GET_RSEQ_CONFIGURATION, self.tid, length, place).ok()?;
        (words[0] != 0).then_some(words[0])
    }

    /// Whether it catches its own system calls, as programs do that imitate another system.
    pub fn catches_calls(&self) -> bool {
        let mut words = [0u64; 4];
        let length = ptr::without_provenance_mut(size_of_val(&words));
        let place = words.as_mut_ptr().cast();
        let known = call(PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG, self.tid, length, place);
        known.is_ok() && words[0] != 0
    }

    /// Its `number`-th system call filter, counted from the one that was added last; the error `ENOENT`
    /// after the oldest one.
    pub fn filter(&self, number: usize) -> io::Result<Vec<libc::sock_filter>> {
        let number = ptr::without_provenance_mut::<libc::c_void>(number);
        // SAFETY: without a place the system only counts.
        let count = unsafe {
            libc::ptrace(
                PTRACE_SECCOMP_GET_FILTER,
                self.tid,
                number,
                ptr::null_mut::<libc::c_void>(),
            )
        };
        let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
        let empty = libc::sock_filter { code: 0, jt: 0, jf: 0, k: 0 };
        // As long as the thread is stopped, nobody adds a filter to it.
        let mut program = vec![empty; count];
        call(PTRACE_SECCOMP_GET_FILTER, self.tid, number, program.as_mut_ptr().cast())?;
        Ok(program)
    }
}

fn eight() -> *mut libc::c_void {
    ptr::without_provenance_mut(8)
}

fn call(
    request: libc::c_uint,
    tid: i32,
    address: *mut libc::c_void,
    data: *mut libc::c_void,
) -> io::Result<()> {
    // SAFETY: `data` is a number, or valid for what the request reads or writes, as the callers
    // above see to.
    let result = unsafe { libc::ptrace(request, tid, address, data) };
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
