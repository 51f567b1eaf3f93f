//! Checks in a forked child.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

/// Runs the checks in a forked child, and waits for it: 20 s at most.
#[track_caller]
pub fn in_child(checks: impl FnOnce()) {
    // SAFETY: the child has this thread only; it checks and leaves with `_exit`.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "fork failed");
    if child == 0 {
        let held = catch_unwind(AssertUnwindSafe(checks)).is_ok();
        // SAFETY: ends the child without running what belongs to the parent.
        unsafe { libc::_exit(i32::from(!held)) };
    }
    let end = Instant::now() + Duration::from_secs(20);
    let mut status = 0;
    // SAFETY: waits for the child just made; `status` is valid for writing.
    while unsafe { libc::waitpid(child, &mut status, libc::WNOHANG) } == 0 {
        if Instant::now() > end {
            // SAFETY: the child was not waited for yet, so the number is still its.
            unsafe { libc::kill(child, libc::SIGKILL) };
            // SAFETY: as above.
            unsafe { libc::waitpid(child, &mut status, 0) };
            panic!("the child hangs");
        }
        thread::sleep(Duration::from_micros(200));
    }
    assert_eq!(status, 0, "the child's checks failed, or it died");
}
