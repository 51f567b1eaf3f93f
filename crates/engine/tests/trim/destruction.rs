//! Heaps that come and go while others are trimmed, while all are, and while memory of theirs is
//! about to go back by itself.

use crate::claims::sane;
use crate::kit::alone::in_own_process;
use crate::kit::block::Block;
use crate::kit::random::Random;
use crate::kit::target::Target;
use crate::memory::{block, free};
use crate::watch::{Watchdog, duration};
use heapmin_engine::exact::{ExactHeap, ExactOptions, Request};
use heapmin_engine::{Decay, HeapOptions, process};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// How long a test works.
fn time() -> Duration {
    duration(Duration::from_millis(2000))
}

/// Uses a heap so that it has slabs in use, empty ones, and free pages, and leaves blocks to its end.
fn use_heap(heap: Target, random: &mut Random) -> Vec<Block> {
    let mut kept = Vec::new();
    for _ in 0..300 {
        let block = block(heap, 100 + random.below(6000), random.next());
        if random.below(8) == 0 {
            kept.push(block);
        } else {
            block.free();
        }
    }
    kept
}

/// Heaps made, used and destroyed without a pause, with memory that goes back at once or soon.
fn come_and_go(running: impl Fn() -> bool, seed: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut lives = 0;
    while running() {
        let decay = match random.below(4) {
            0 => None,
            1 => Some(Decay::AtOnce),
            2 => Some(Decay::After { milliseconds: 1 }),
            _ => Some(Decay::Never),
        };
        let options = HeapOptions { decay, ..HeapOptions::default() };
        let heap = Target::with_options(options).expect("memory for a heap");
        let kept = use_heap(heap, &mut random);
        if random.below(3) == 0 {
            sane(&heap.trim());
        }
        kept.iter().for_each(Block::check);
        drop(kept);
        // SAFETY: no other thread knows the heap, and its blocks are forgotten.
        unsafe { heap.destroy() };
        lives += 1;
    }
    lives
}

/// The same with heaps that can be seen in the list of all.
fn come_and_go_listed(running: impl Fn() -> bool) -> u64 {
    let mut lives = 0;
    while running() {
        let heap = ExactHeap::create(ExactOptions::default()).expect("memory for a heap");
        heap.set_decay(Decay::AtOnce);
        for size in 0..300 {
            let block = heap.allocate(&Request::plain(size * 20));
            assert!(!block.is_null());
            if size % 8 != 0 {
                // SAFETY: a live block that nobody uses any more.
                assert_eq!(unsafe { heap.free(block, false) }, Ok(()));
            }
        }
        assert_eq!(heap.validate(), None);
        // SAFETY: no other thread uses the heap or its blocks.
        assert!(unsafe { heap.destroy() });
        lives += 1;
    }
    lives
}

#[test]
fn heaps_come_and_go_while_others_are_trimmed() {
    let name = "destruction::heaps_come_and_go_while_others_are_trimmed";
    in_own_process(name, &[], || {
        let _watchdog = Watchdog::start(name, time(), Duration::from_secs(60));
        process::set_decay(Decay::After { milliseconds: 5 });
        let stop = AtomicBool::new(false);
        let running = || !stop.load(Ordering::Relaxed);
        let (lives, trims) = (AtomicU64::new(0), AtomicU64::new(0));
        let stays = Target::create();
        thread::scope(|scope| {
            for seed in 0..3 {
                let lives = &lives;
                scope.spawn(move || lives.fetch_add(come_and_go(running, seed), Ordering::Relaxed));
            }
            scope.spawn(|| lives.fetch_add(come_and_go_listed(running), Ordering::Relaxed));
            scope.spawn(|| {
                while running() {
                    sane(&process::trim());
                    sane(&ExactHeap::trim_all());
                    trims.fetch_add(1, Ordering::Relaxed);
                }
            });
            scope.spawn(|| {
                let mut random = Random::new(99);
                while running() {
                    let kept = use_heap(stays, &mut random);
                    let kept_too = use_heap(Target::Process, &mut random);
                    sane(&stays.trim());
                    free(kept);
                    free(kept_too);
                }
            });
            // Memory of destroyed heaps is somebody else's at once: whoever still gives it back
            // destroys these.
            scope.spawn(|| {
                let mut held: Vec<Block> = Vec::new();
                let mut seed = 0;
                while running() {
                    seed += 1;
                    held.push(block(Target::Process, 64 << 10, seed));
                    held.drain(..held.len().saturating_sub(64)).for_each(Block::free);
                }
                free(held);
            });
            thread::sleep(time());
            stop.store(true, Ordering::Relaxed);
        });
        assert!(lives.load(Ordering::Relaxed) > 20, "the heaps were held up");
        assert!(trims.load(Ordering::Relaxed) > 5, "the trims were held up");
        assert_eq!(stays.statistics().live_blocks, 0);
    });
}

#[test]
fn a_heap_may_be_destroyed_right_after_a_trim_by_another_thread() {
    let name = "destruction::a_heap_may_be_destroyed_right_after_a_trim_by_another_thread";
    in_own_process(name, &[], || {
        let _watchdog = Watchdog::start(name, time(), Duration::from_secs(60));
        process::set_decay(Decay::AtOnce);
        let mut random = Random::new(5);
        for _ in 0..60 {
            let heap = Target::create();
            let kept = use_heap(heap, &mut random);
            thread::scope(|scope| {
                (0..3).for_each(|_| drop(scope.spawn(|| sane(&heap.trim()))));
            });
            kept.iter().for_each(Block::check);
            // SAFETY: the threads have ended; the blocks are forgotten.
            unsafe { heap.destroy() };
        }
    });
}
