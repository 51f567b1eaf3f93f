//! Heaps destroyed while threads that have used them are ending.

use crate::kit::block::Block;
use crate::kit::target::Target;
use crate::watch::{Watchdog, rounds};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

const THREADS: usize = 3;

/// Uses the heap enough to get a cache in it, and leaves some blocks.
fn use_heap(heap: Target) {
    for seed in 0..150u64 {
        let block = Block::allocate(heap, 100, 1, false, seed).expect("memory for a block");
        if seed % 2 == 0 {
            block.free();
        }
    }
}

#[test]
fn a_heap_may_be_destroyed_while_threads_that_are_done_with_it_end() {
    let _watchdog = Watchdog::start("destruction", Duration::from_secs(20), Duration::from_secs(120));
    // What memory these blocks take was the ending threads' before, now and then.
    let mut canaries: Vec<Block> = Vec::new();
    for round in 0..rounds(250) {
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
            for seed in 0..8 {
                let size = 64 << 10;
                let canary = Block::allocate(Target::Process, size, 1, true, round as u64 * 8 + seed);
                canaries.push(canary.expect("memory for a block"));
            }
        });
        canaries.drain(..canaries.len().saturating_sub(16)).for_each(Block::free);
    }
    canaries.into_iter().for_each(Block::free);
}
