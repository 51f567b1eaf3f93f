//! Threads that come and go, and threads that only wait.

use std::sync::atomic::{AtomicU32, Ordering};

use super::block::{Block, free_slot};
use super::random::{Random, Sizes};
use super::table::{Table, leak};
use super::threads::{Work, pause, start};
use super::{Outcome, Scale, timed};

/// A thread that serves one request: a hundred blocks, then the end.
struct Request {
    slots: &'static mut [Option<Block>],
    sizes: Sizes,
    random: Random,
}

impl Request {
    const BLOCKS: usize = 100;
}

impl Work for Request {
    fn run(&'static mut self) {
        for (mark, slot) in self.slots.iter_mut().enumerate() {
            *slot = Some(Block::new(self.sizes.draw(&mut self.random), mark as u32));
        }
        self.slots.iter_mut().for_each(free_slot);
    }
}

/// What it costs to set a heap up for a thread and to take it down again.
pub fn threads(scale: Scale) -> Outcome {
    let pairs = scale.of(4_000);
    let mut requests: [&'static mut Request; 2] = [61, 62].map(|seed| {
        leak(Request {
            slots: Table::new(Request::BLOCKS).leak(),
            sizes: Sizes::typical(seed),
            random: Random::new(seed),
        })
    });
    timed(move || {
        for _ in 0..pairs {
            let threads = requests.map(start);
            requests = threads.map(|thread| thread.join());
        }
        2 * pairs * Request::BLOCKS as u64
    })
}

/// A thread of a big pool, most of which have nothing to do.
struct Waiter {
    slots: &'static mut [Option<Block>],
    sizes: &'static Sizes,
    seed: u64,
    arrived: &'static AtomicU32,
    gate: libc::c_int,
}

impl Waiter {
    const BLOCKS: usize = 50;
}

impl Work for Waiter {
    fn run(&'static mut self) {
        let mut random = Random::new(self.seed);
        for (mark, slot) in self.slots.iter_mut().enumerate() {
            *slot = Some(Block::new(self.sizes.draw(&mut random), mark as u32));
        }
        // Release: pairs with the Acquire of the main thread, which measures after all arrived.
        self.arrived.fetch_add(1, Ordering::Release);
        let mut byte = 0u8;
        // SAFETY: the read writes at most one byte, into `byte`; it returns when the main thread
        // closes the other end of the pipe.
        unsafe { libc::read(self.gate, (&raw mut byte).cast(), 1) };
        self.slots.iter_mut().for_each(free_slot);
    }
}

/// The peak of this process is what 200 threads hold that once allocated a little.
pub fn idle(scale: Scale) -> Outcome {
    const THREADS: u64 = 200;
    let count = scale.of(10 * THREADS).min(THREADS);
    let arrived: &'static AtomicU32 = leak(AtomicU32::new(0));
    let sizes: &'static Sizes = leak(Sizes::uniform(63, 16, 512));
    let mut gate = [0; 2];
    // SAFETY: `gate` has room for the two descriptors.
    let error = unsafe { libc::pipe(gate.as_mut_ptr()) };
    assert!(error == 0, "the system has no pipe for the waiting threads");
    let mut threads = Vec::with_capacity(count as usize);
    timed(|| {
        for seed in 0..count {
            let slots = Table::new(Waiter::BLOCKS).leak();
            threads.push(start(leak(Waiter { slots, sizes, seed, arrived, gate: gate[0] })));
        }
        let mut rounds = 0;
        // Acquire: pairs with the Release of each thread.
        while u64::from(arrived.load(Ordering::Acquire)) < count {
            pause(&mut rounds);
        }
        // SAFETY: this end of the pipe was opened above and is used nowhere else.
        unsafe { libc::close(gate[1]) };
        for thread in threads.drain(..) {
            thread.join();
        }
        count * Waiter::BLOCKS as u64
    })
}
