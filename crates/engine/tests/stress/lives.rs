//! Threads by the thousand: what they leave behind is bounded, whatever they did.

use crate::kit::alone::in_own_process;
use crate::kit::block::Block;
use crate::kit::target::Target;
use crate::watch::rounds;
use std::thread;

/// Memory that may come with chance: who happens to run while who else does.
const SLACK: usize = 8 << 20;

fn block(heap: Target, seed: usize) -> Block {
    Block::allocate(heap, 16 + seed % 3000, 1, false, seed as u64).expect("memory for a block")
}

/// Runs threads one after the other; each gets what the one before it left.
#[track_caller]
fn generations(count: usize, live: impl Fn(usize, Vec<Block>) -> Vec<Block> + Sync) {
    let mut legacy = Vec::new();
    let mut early = 0;
    for number in 0..count {
        let live = &live;
        legacy = thread::scope(|scope| {
            scope.spawn(move || live(number, legacy)).join().expect("a life")
        });
        if number == count / 4 {
            early = mapped();
        }
    }
    legacy.into_iter().for_each(Block::free);
    let grown = mapped().saturating_sub(early);
    assert!(grown <= SLACK, "{grown} bytes more after {count} threads than after {}", count / 4);
}

fn mapped() -> usize {
    Target::Process.statistics().mapped_bytes
}

#[test]
fn threads_that_leave_blocks_to_their_heirs_leave_nothing_else() {
    in_own_process(
        "lives::threads_that_leave_blocks_to_their_heirs_leave_nothing_else",
        &[],
        || {
            let heap = Target::create();
            generations(rounds(600), |number, legacy| {
                legacy.into_iter().for_each(Block::free);
                let mut blocks: Vec<Block> = (0..200).map(|seed| block(heap, seed * 7)).collect();
                blocks.extend((0..200).map(|seed| block(Target::Process, seed * 7)));
                let (left, freed): (Vec<_>, Vec<_>) =
                    blocks.into_iter().enumerate().partition(|(at, _)| (at + number) % 16 == 0);
                freed.into_iter().for_each(|(_, block)| block.free());
                left.into_iter().map(|(_, block)| block).collect()
            });
            assert_eq!(heap.statistics().live_blocks, 0);
            assert!(
                heap.statistics().caches <= 8,
                "caches are used again: {}",
                heap.statistics().caches
            );
            // SAFETY: all threads have ended, and all blocks were freed.
            unsafe { heap.destroy() };
        },
    );
}

#[test]
fn threads_that_use_a_private_heap_once_leave_nothing() {
    in_own_process("lives::threads_that_use_a_private_heap_once_leave_nothing", &[], || {
        let heap = Target::create();
        generations(rounds(1200), |number, _| {
            block(heap, number).free();
            Vec::new()
        });
        // SAFETY: all threads have ended, and all blocks were freed.
        unsafe { heap.destroy() };
    });
}

#[test]
fn heaps_that_come_and_go_in_a_thread_that_stays_leave_nothing() {
    in_own_process(
        "lives::heaps_that_come_and_go_in_a_thread_that_stays_leave_nothing",
        &[],
        || {
            let mut early = 0;
            let count = rounds(1500);
            for number in 0..count {
                let heap = Target::create();
                for seed in 0..100 {
                    // Left to the heap's end.
                    block(heap, seed * 31);
                }
                // SAFETY: the blocks were forgotten, and nobody else knows the heap.
                unsafe { heap.destroy() };
                if number == count / 4 {
                    early = mapped();
                }
            }
            assert!(mapped() <= early + SLACK, "{} bytes after {early}", mapped());
        },
    );
}

#[test]
fn many_heaps_at_once_work_side_by_side() {
    let heaps: Vec<Target> = (0..2500).map(|_| Target::create()).collect();
    let blocks: Vec<Block> = (0..5000).map(|seed| block(heaps[seed % heaps.len()], seed)).collect();
    for heap in &heaps {
        assert_eq!(heap.statistics().live_blocks, 2);
    }
    let (even, odd): (Vec<_>, Vec<_>) =
        blocks.into_iter().enumerate().partition(|(at, _)| at % 2 == 0);
    thread::scope(|scope| {
        scope.spawn(|| even.into_iter().for_each(|(_, block)| block.free()));
    });
    odd.into_iter().for_each(|(_, block)| block.free());
    for heap in heaps {
        assert_eq!(heap.statistics().live_blocks, 0);
        // SAFETY: its blocks were freed, and nobody uses the heap any more.
        unsafe { heap.destroy() };
    }
}
