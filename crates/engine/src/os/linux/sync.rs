//! Sleeping and waking on a word, and the barrier that reaches every running thread.

use super::clock::nanoseconds;
use super::keeping_errno;
use core::ptr;
use core::sync::atomic::{AtomicU32, Ordering};

// linux/membarrier.h
const MEMBARRIER_CMD_PRIVATE_EXPEDITED: i32 = 1 << 3;
const MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED: i32 = 1 << 4;

fn membarrier(command: i32) -> bool {
    // SAFETY: membarrier reads and writes no memory of ours.
    keeping_errno(|| unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) }) == 0
}

/// Announces that [`barrier_all_threads`] will be used. `false`: the system has no such barrier.
pub fn enable_barrier() -> bool {
    membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED)
}

/// Returns after every running thread of the process has executed a full memory barrier.
/// Only used after [`enable_barrier`] succeeded; a forked child may have to announce it again.
pub fn barrier_all_threads() {
    if !membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED) && enable_barrier() {
        membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED);
    }
}

fn futex_wait(word: &AtomicU32, expected: u32, timeout: *const libc::timespec) {
    let operation = libc::FUTEX_WAIT | libc::FUTEX_PRIVATE_FLAG;
    // SAFETY: the word outlives the call; the kernel only reads it and the timeout.
    keeping_errno(|| unsafe {
        libc::syscall(libc::SYS_futex, word.as_ptr(), operation, expected, timeout)
    });
}

/// Sleeps while `word` is `expected`; may return early.
pub fn wait(word: &AtomicU32, expected: u32) {
    futex_wait(word, expected, ptr::null());
}

/// Looks at a word that is about to change, for as long as a step of a trim takes and some: less
/// than it can take to be woken. `false`: it is `expected` still.
pub fn look(word: &AtomicU32, expected: u32) -> bool {
    const NANOSECONDS: u64 = 300_000;
    /// Looks between two looks at the clock.
    const LOOKS: u32 = 32;
    let began = nanoseconds();
    while nanoseconds().wrapping_sub(began) < NANOSECONDS {
        for _ in 0..LOOKS {
            if word.load(Ordering::Relaxed) != expected {
                return true;
            }
            core::hint::spin_loop();
        }
    }
    false
}

/// Sleeps while `word` is `expected`, so many milliseconds at most.
pub fn wait_at_most(word: &AtomicU32, expected: u32, milliseconds: u32) {
    let timeout = libc::timespec {
        tv_sec: i64::from(milliseconds / 1000),
        tv_nsec: i64::from(milliseconds % 1000) * 1_000_000,
    };
    futex_wait(word, expected, &timeout);
}

/// Sleeps while `word` is `expected`, 50 µs at most: for waiting on words that nobody wakes.
pub fn wait_briefly(word: &AtomicU32, expected: u32) {
    let timeout = libc::timespec { tv_sec: 0, tv_nsec: 50_000 };
    futex_wait(word, expected, &timeout);
}

fn futex_wake(word: &AtomicU32, threads: i32) {
    let operation = libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG;
    // SAFETY: the kernel uses the address only as a key.
    keeping_errno(|| unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), operation, threads) });
}

/// Wakes one thread that sleeps on `word`.
pub fn wake_one(word: &AtomicU32) {
    futex_wake(word, 1);
}

/// Wakes every thread that sleeps on `word`.
pub fn wake_all(word: &AtomicU32) {
    futex_wake(word, i32::MAX);
}
