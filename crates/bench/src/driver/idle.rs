//! Many threads that once allocated and since then wait.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::workload::table::leak_apart;
use crate::workload::threads::{Work, pause, start};

use super::conversation::stop;
use super::purge;
use super::store::{Live, Store};
use super::task::Task;

/// What the threads have in common.
#[derive(Default)]
struct Shared {
    built: AtomicU32,
    freed: AtomicU32,
    freed_bytes: AtomicU64,
    asked: AtomicU64,
    usable: AtomicU64,
    blocks: AtomicU64,
}

/// A thread that builds, frees when it is told to, and looks through the rest at the end.
struct Idler {
    shared: &'static Shared,
    task: Task,
    threads: u32,
    seed: u64,
    /// Pipes whose other ends are closed when it is time to free, and to end.
    gates: [libc::c_int; 2],
    checked: u64,
}

impl Work for Idler {
    fn run(&'static mut self) {
        let Self { shared, task, .. } = *self;
        let bytes = task.bytes / u64::from(self.threads);
        let mut store = Store::build(task.sizes, bytes, self.seed);
        // Release, here and below: pairs with the Acquire in `wait_for`.
        shared.built.fetch_add(1, Ordering::Release);
        wait_at(self.gates[0]);
        shared.freed_bytes.fetch_add(store.free_part(task.freed), Ordering::Relaxed);
        let Live { asked, usable, blocks } = store.live();
        shared.asked.fetch_add(asked, Ordering::Relaxed);
        shared.usable.fetch_add(usable, Ordering::Relaxed);
        shared.blocks.fetch_add(blocks, Ordering::Relaxed);
        shared.freed.fetch_add(1, Ordering::Release);
        wait_at(self.gates[1]);
        self.checked = store.check();
    }
}

/// Waits until the pipe's other end is closed.
fn wait_at(gate: libc::c_int) {
    let mut byte = 0u8;
    // SAFETY: the read writes at most one byte, into `byte`.
    unsafe { libc::read(gate, (&raw mut byte).cast(), 1) };
}

/// A pipe: the end that is read and the end that is closed.
fn gate() -> [libc::c_int; 2] {
    let mut ends = [0; 2];
    // SAFETY: `ends` has room for the two descriptors.
    let error = unsafe { libc::pipe(ends.as_mut_ptr()) };
    assert!(error == 0, "the system has no pipe for the waiting threads");
    ends
}

fn open(gate: [libc::c_int; 2]) {
    // SAFETY: this end was opened by `gate` and is closed once.
    unsafe { libc::close(gate[1]) };
}

fn wait_for(count: &AtomicU32, threads: u32) {
    let mut rounds = 0;
    // Acquire: what the threads did before they counted themselves is seen.
    while count.load(Ordering::Acquire) < threads {
        pause(&mut rounds);
    }
}

/// Starts the threads; calls while all of them wait.
pub fn run(task: &Task, threads: u32) {
    let shared: &'static Shared = leak_apart(Shared::default());
    let gates = [gate(), gate()];
    let mut idlers = Vec::with_capacity(threads as usize);
    for seed in 0..u64::from(threads) {
        let gates = gates.map(|[end, _]| end);
        let idler = Idler { shared, task: *task, threads, seed, gates, checked: 0 };
        idlers.push(start(leak_apart(idler)));
    }
    wait_for(&shared.built, threads);
    stop("peak", "");
    open(gates[0]);
    wait_for(&shared.freed, threads);
    let live = Live {
        asked: shared.asked.load(Ordering::Relaxed),
        usable: shared.usable.load(Ordering::Relaxed),
        blocks: shared.blocks.load(Ordering::Relaxed),
    };
    stop("before", &live.told(shared.freed_bytes.load(Ordering::Relaxed)));
    stop("after", &purge::timed().told());
    open(gates[1]);
    let checked: u64 = idlers.into_iter().map(|idler| idler.join().checked).sum();
    stop("end", &format!("\"checked\":{checked}"));
}
