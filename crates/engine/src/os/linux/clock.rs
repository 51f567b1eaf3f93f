//! Time: what has passed, and sleeping.

use super::keeping_errno;

/// Nanoseconds since some moment before the process began.
pub fn nanoseconds() -> u64 {
    read(libc::CLOCK_MONOTONIC)
}

/// Nanoseconds of processor time that the calling thread has used.
pub fn thread_nanoseconds() -> u64 {
    read(libc::CLOCK_THREAD_CPUTIME_ID)
}

fn read(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is valid for writing for the length of the call.
    keeping_errno(|| unsafe { libc::clock_gettime(clock, &mut time) });
    (time.tv_sec as u64).wrapping_mul(1_000_000_000).wrapping_add(time.tv_nsec as u64)
}

/// Sleeps for less than a second; a signal ends it early.
pub fn sleep(nanoseconds: u32) {
    let time = libc::timespec { tv_sec: 0, tv_nsec: i64::from(nanoseconds.min(999_999_999)) };
    // The system call itself: the C library's function is a place where a thread may be cancelled.
    let none = core::ptr::null_mut::<libc::timespec>();
    // SAFETY: the time is valid for reading, and nothing is written.
    keeping_errno(|| unsafe { libc::syscall(libc::SYS_nanosleep, &time, none) });
}
