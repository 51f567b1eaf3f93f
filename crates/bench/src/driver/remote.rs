//! Blocks that other threads free, which then have nothing more to do.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::workload::block::Block;
use crate::workload::table::leak_apart;
use crate::workload::threads::{Work, start};

use super::conversation::stop;
use super::purge;
use super::store::{Store, free_all};
use super::task::Task;

/// A thread that frees its share and waits for the end of the process.
struct Freer {
    share: &'static mut [Option<Block>],
    freed: &'static AtomicU64,
    done: &'static AtomicU32,
}

impl Work for Freer {
    fn run(&'static mut self) {
        self.freed.fetch_add(free_all(self.share), Ordering::Relaxed);
        // Release: pairs with the Acquire of the main thread, which looks at memory after it.
        self.done.fetch_add(1, Ordering::Release);
        loop {
            // SAFETY: `pause` has no preconditions; the thread ends with the process.
            unsafe { libc::pause() };
        }
    }
}

/// Builds, lets `threads` free a random part, calls while they wait.
pub fn run(task: &Task, threads: u32) {
    let mut store = Store::build(task.sizes, task.bytes, 1);
    stop("peak", "");
    let chosen = store.split_off(task.freed, 1);
    let freed: &'static AtomicU64 = leak_apart(AtomicU64::new(0));
    let done: &'static AtomicU32 = leak_apart(AtomicU32::new(0));
    let each = chosen.len().div_ceil(threads as usize).max(1);
    let mut started = 0;
    for share in chosen.chunks_mut(each) {
        // Never joined: it outlives everything here.
        let _ = start(leak_apart(Freer { share, freed, done }));
        started += 1;
    }
    // Acquire: pairs with the Release of each thread.
    while done.load(Ordering::Acquire) < started {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    stop("before", &store.live().told(freed.load(Ordering::Relaxed)));
    stop("after", &purge::timed().told());
    stop("end", &store.checked());
}
