//! Writing to standard error without disturbing the program.

use core::ffi::{c_int, c_void};
use core::{mem, ptr};

/// Writes all bytes to descriptor 2, ignoring failures.
pub fn write(bytes: &[u8]) {
    write_to(libc::STDERR_FILENO, bytes);
}

/// Writes all bytes to a descriptor, ignoring failures; a reader that has gone sends no signal.
pub fn write_to(file: c_int, bytes: &[u8]) {
    let mut rest = bytes;
    while !rest.is_empty() {
        let written = write_without_sigpipe(file, rest);
        // Nothing written: the descriptor is closed, full and non-blocking, or has no reader.
        let Some(left) = usize::try_from(written).ok().and_then(|written| rest.get(written..))
        else {
            return;
        };
        rest = left;
    }
}

/// `write`, except that a `SIGPIPE` it raises is swallowed.
fn write_without_sigpipe(file: c_int, bytes: &[u8]) -> isize {
    // SAFETY: an all-zero signal set is a valid value of this plain C type.
    let (mut pipe, mut before, mut pending): (libc::sigset_t, libc::sigset_t, libc::sigset_t) =
        unsafe { mem::zeroed() };
    // SAFETY: the sets are valid for writing; the signal number is valid.
    let already = unsafe {
        libc::sigemptyset(&mut pipe);
        libc::sigaddset(&mut pipe, libc::SIGPIPE);
        libc::sigpending(&mut pending);
        libc::pthread_sigmask(libc::SIG_BLOCK, &pipe, &mut before);
        libc::sigismember(&pending, libc::SIGPIPE) == 1
    };
    let data = bytes.as_ptr().cast::<c_void>();
    let written = loop {
        // SAFETY: `data` is valid for reading as many bytes.
        let written = unsafe { libc::write(file, data, bytes.len()) };
        // SAFETY: the C library gives each thread its own errno.
        let errno = unsafe { libc::__errno_location().read() };
        if written >= 0 || errno != libc::EINTR {
            if written < 0 && errno == libc::EPIPE && !already {
                let now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
                // SAFETY: takes the signal that the write above made pending for this thread.
                unsafe { libc::sigtimedwait(&pipe, ptr::null_mut(), &now) };
            }
            break written;
        }
    };
    // SAFETY: `before` is the mask that was in force.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &before, ptr::null_mut()) };
    written
}
