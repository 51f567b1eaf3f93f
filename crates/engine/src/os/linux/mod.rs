//! Linux: `mmap`, `madvise`, `mremap`, `membarrier`, `futex`, pthread hooks, initial-exec TLS.

pub mod clock;
pub mod descriptor;
pub mod environment;
pub mod huge_pages;
pub mod memory;
pub mod probe;
pub mod process;
pub mod residency;
pub mod rights;
pub mod sync;
pub mod thread;
mod tls;

pub use tls::{thread_block, thread_token};

/// Runs a system call wrapper and puts `errno` back as it was.
fn keeping_errno<T>(call: impl FnOnce() -> T) -> T {
    // SAFETY: the C library gives each thread its own errno at a fixed address.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: as above; the location stays valid for the thread's life.
    let saved = unsafe { errno.read() };
    let result = call();
    // SAFETY: as above.
    unsafe { errno.write(saved) };
    result
}
