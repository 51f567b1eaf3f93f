//! Heaps destroyed while threads that have used them are ending.

use crate::kit::block::Block;
use crate::kit::target::Target;
use crate::watch::{Watchdog, rounds, soak};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

const THREADS: usize = 16;

/// Uses the heap enough to get a cache in it, and leaves some blocks.
fn use_heap(heap: Target) {
    for seed in 0..150u64 {
        let block = Block::allocate(heap, 100, 1, false, seed).expect("memory for a block");
        if seed % 2 == 0 {
            block.free();
        }
    }
}

/// Takes memory that ending threads give back as soon as it is there, and sees that it stays as
/// it is: whoever still writes into it thinks that it is a thread's.
fn watch_memory(stop: &AtomicBool) {
    let mut blocks: Vec<Block> = Vec::new();
    let mut seed = 0;
    while !stop.load(Ordering::Relaxed) {
        seed += 1;
        let block = Block::allocate(Target::Process, 64 << 10, 1, false, seed);
        blocks.push(block.expect("memory for a block"));
        blocks.drain(..blocks.len().saturating_sub(24)).for_each(Block::free);
    }
    blocks.into_iter().for_each(Block::free);
}

fn destroy_while_threads_end() {
    let heap = Target::create();
    let done = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                use_heap(heap);
                done.fetch_add(1, Ordering::Release);
            });
        }
        while done.load(Ordering::Acquire) < THREADS {
            thread::yield_now();
        }
        // SAFETY: the threads have said that they use neither heap nor blocks any more.
        unsafe { heap.destroy() };
    });
}

#[test]
fn a_heap_may_be_destroyed_while_threads_that_are_done_with_it_end() {
    let _watchdog = Watchdog::start(
        "destruction",
        Duration::ZERO,
        Duration::from_secs(if soak() { 3600 } else { 120 }),
    );
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| watch_memory(&stop));
        (0..rounds(100)).for_each(|_| destroy_while_threads_end());
        stop.store(true, Ordering::Relaxed);
    });
}
