//! How long a test runs, and what happens when it hangs: a deadlock is a failure with a name, not
//! a run that never ends.

use std::time::{Duration, Instant};

/// Whether the long run was asked for.
pub fn soak() -> bool {
    std::env::var_os("HEAPMIN_SOAK").is_some_and(|value| value == "1")
}

/// `short` normally, and a hundred times that in a long run.
pub fn duration(short: Duration) -> Duration {
    if soak() { short * 100 } else { short }
}

/// `few` normally, and twenty times that in a long run.
pub fn rounds(few: usize) -> usize {
    if soak() { few * 20 } else { few }
}

/// Aborts the program if it isn't dropped in time.
pub struct Watchdog {
    _end: std::sync::mpsc::Sender<()>,
}

impl Watchdog {
    /// Gives what follows `limit` on top of the time that it is meant to run.
    pub fn start(name: &'static str, meant: Duration, limit: Duration) -> Self {
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let started = Instant::now();
        std::thread::spawn(move || {
            // A dropped sender ends the wait at once.
            if ended.recv_timeout(meant + limit) == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
            {
                eprintln!("{name}: hangs, {:?} after its start", started.elapsed());
                std::process::abort();
            }
        });
        Self { _end: end }
    }
}
