//! SIGTERM and SIGINT as something to wait for.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;

/// Becomes readable when one of them has come. They end nothing by themselves any more.
#[derive(Debug)]
pub struct Stop(OwnedFd);

impl Stop {
    /// Takes the signals from this thread and those that it starts from now on.
    pub fn new() -> io::Result<Self> {
        let mut signals = MaybeUninit::uninit();
        // SAFETY: `signals` has room for the set that this fills in.
        unsafe { libc::sigemptyset(signals.as_mut_ptr()) };
        for signal in [libc::SIGTERM, libc::SIGINT] {
            // SAFETY: `signals` has been filled in above, and the signal exists.
            unsafe { libc::sigaddset(signals.as_mut_ptr(), signal) };
        }
        // SAFETY: `sigemptyset` has filled it in.
        let signals = unsafe { signals.assume_init() };
        // SAFETY: `signals` is a set of signals; nothing is written where the pointer is null.
        let result = unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &signals, ptr::null_mut()) };
        if result != 0 {
            return Err(io::Error::from_raw_os_error(result));
        }
        // SAFETY: `signals` is a set of signals, and -1 asks for a new descriptor.
        let fd = unsafe { libc::signalfd(-1, &signals, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new, open, and nobody else's.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }
}

impl AsFd for Stop {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
