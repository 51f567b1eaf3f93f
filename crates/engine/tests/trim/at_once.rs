//! Several trims at once: each waits for the others and then does its own work.

use crate::claims::sane;
use crate::kit::alone::in_own_process;
use crate::kit::block::Block;
use crate::kit::random::Random;
use crate::kit::target::Target;
use crate::memory::{MIB, PAGE, blocks, present, without_huge_pages};
use crate::watch::Watchdog;
use heapmin_engine::exact::{ExactHeap, ExactOptions, Request};
use heapmin_engine::{Decay, process};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

const THREADS: usize = 4;
const ROUNDS: usize = 12;

fn alone(test: &str, body: impl FnOnce()) {
    in_own_process(&format!("at_once::{test}"), &[], || {
        without_huge_pages();
        // Only trims give back here.
        process::set_decay(Decay::Never);
        let _watchdog = Watchdog::start("trims at once", Duration::ZERO, Duration::from_secs(60));
        // The first operations of a process are made without caches.
        become_known(Target::create());
        body();
    });
}

/// The pages that these ranges fill completely.
fn whole_pages(ranges: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let mut covered: BTreeMap<usize, usize> = BTreeMap::new();
    for range in ranges {
        let mut at = range.start;
        while at < range.end {
            let end = (at / PAGE * PAGE + PAGE).min(range.end);
            *covered.entry(at / PAGE).or_default() += end - at;
            at = end;
        }
    }
    let whole = covered.into_iter().filter(|&(_, bytes)| bytes == PAGE);
    whole.map(|(page, _)| page * PAGE..(page + 1) * PAGE).collect()
}

/// Frees blocks, and returns the pages that nobody uses any more.
fn freed(blocks: Vec<Block>) -> Vec<Range<usize>> {
    let pages = whole_pages(blocks.iter().map(Block::range));
    blocks.into_iter().for_each(Block::free);
    pages
}

/// Uses a heap until the calling thread has a cache in it, which takes memory too.
fn become_known(heap: Target) {
    blocks(heap, 100, 20_000).into_iter().for_each(Block::free);
}

fn resident(pages: &[Range<usize>]) -> usize {
    pages.iter().map(|page| present(page.clone())).sum()
}

#[track_caller]
fn are_gone(pages: &[Range<usize>]) {
    let there = resident(pages);
    assert_eq!(there, 0, "bytes still resident, of {}", pages.len() * PAGE);
}

/// All threads make blocks; then all of them free theirs and trim, each when it gets there, and look
/// at their pages right after their own trim. Nobody allocates meanwhile.
fn each_finds_its_own_done(heap: Target, trim: impl Fn() + Sync) {
    let start = Barrier::new(THREADS);
    // Looked at in the end: a thread that fails would leave the others waiting.
    let left = AtomicUsize::new(0);
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (start, trim, left) = (&start, &trim, &left);
            scope.spawn(move || {
                become_known(heap);
                start.wait();
                for round in 0..ROUNDS {
                    let size = [512, 8 << 10, 100_000, 1 << 10][(number + round) % 4];
                    let mine = blocks(heap, size, 2 * MIB + number * 300_000);
                    start.wait();
                    let pages = freed(mine);
                    trim();
                    left.fetch_add(resident(&pages), Ordering::Relaxed);
                    start.wait();
                    assert!(pages.len() * PAGE > MIB, "only {} pages", pages.len());
                }
            });
        }
    });
    assert_eq!(left.into_inner(), 0, "bytes still resident");
}

#[test]
fn what_was_freed_before_a_trim_of_the_process_heap_is_gone_after_it() {
    alone("what_was_freed_before_a_trim_of_the_process_heap_is_gone_after_it", || {
        each_finds_its_own_done(Target::Process, || sane(&process::trim()));
    });
}

#[test]
fn what_was_freed_before_a_trim_of_a_private_heap_is_gone_after_it() {
    alone("what_was_freed_before_a_trim_of_a_private_heap_is_gone_after_it", || {
        let heap = Target::create();
        each_finds_its_own_done(heap, || sane(&heap.trim()));
    });
}

#[test]
fn a_trim_does_its_own_work_while_another_thread_trims_without_end() {
    alone("a_trim_does_its_own_work_while_another_thread_trims_without_end", || {
        let heap = Target::create();
        // Something to do for the other one.
        let (kept, rest) = crate::memory::parted(blocks(heap, 600, 8 * MIB), 10, 5);
        rest.into_iter().for_each(Block::free);
        let stop = AtomicBool::new(false);
        let trims = AtomicU64::new(0);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    sane(&heap.trim());
                    trims.fetch_add(1, Ordering::Relaxed);
                }
            });
            for round in 0..20 {
                let pages = freed(blocks(heap, [700, 4096, 200_000][round % 3], MIB));
                sane(&heap.trim());
                are_gone(&pages);
            }
            stop.store(true, Ordering::Relaxed);
        });
        assert!(trims.load(Ordering::Relaxed) > 0);
        kept.into_iter().for_each(Block::free);
    });
}

#[test]
fn blocks_in_caches_of_other_threads_are_gone_after_a_trim() {
    alone("blocks_in_caches_of_other_threads_are_gone_after_a_trim", || {
        let heap = Target::create();
        let done = Barrier::new(THREADS + 1);
        let known = Barrier::new(THREADS);
        let pages = std::sync::Mutex::new(Vec::new());
        let left = thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    become_known(heap);
                    known.wait();
                    for size in [512, 4 << 10, 32 << 10] {
                        let mine = freed(blocks(heap, size, MIB / 2));
                        pages.lock().expect("nobody fails with it locked").extend(mine);
                    }
                    done.wait();
                    // Blocked until the trim is done: it has to empty this thread's cache itself.
                    done.wait();
                });
            }
            done.wait();
            sane(&heap.trim());
            let left = resident(&pages.lock().expect("nobody fails with it locked"));
            done.wait();
            left
        });
        assert_eq!(left, 0, "bytes still resident");
    });
}

/// Spans that another thread frees grow together with those that the trim is on its way to.
#[test]
fn what_another_thread_frees_meanwhile_hides_nothing() {
    alone("what_another_thread_frees_meanwhile_hides_nothing", || {
        for round in 0..10 {
            // Large blocks side by side, every second one is the other thread's.
            let all = blocks(Target::Process, 64 << 10, 60 * MIB);
            let (mine, others): (Vec<_>, Vec<_>) =
                all.into_iter().enumerate().partition(|(at, _)| at % 2 == 0);
            let go = Barrier::new(2);
            let left = thread::scope(|scope| {
                scope.spawn(|| {
                    let (mut others, mut random) = (others, Random::new(round));
                    become_known(Target::Process);
                    go.wait();
                    go.wait();
                    while !others.is_empty() {
                        others.swap_remove(random.below(others.len())).1.free();
                    }
                });
                go.wait();
                let pages = freed(mine.into_iter().map(|(_, block)| block).collect());
                go.wait();
                sane(&process::trim());
                resident(&pages)
            });
            assert_eq!(left, 0, "bytes still resident");
            process::trim();
        }
    });
}

#[test]
fn trims_of_different_heaps_at_once_all_come_to_their_end() {
    alone("trims_of_different_heaps_at_once_all_come_to_their_end", || {
        let heaps: Vec<Target> =
            (0..3).map(|_| Target::create()).chain([Target::Process]).collect();
        let exact = ExactHeap::create(ExactOptions::default()).expect("memory for a heap");
        thread::scope(|scope| {
            for &heap in &heaps {
                scope.spawn(move || {
                    for round in 0..15 {
                        let (kept, rest) =
                            crate::memory::parted(blocks(heap, 300 + round * 50, MIB), 20, 9);
                        let mut pages = freed(rest);
                        sane(&heap.trim());
                        kept.iter().for_each(Block::check);
                        // Whole units may be another heap's by now.
                        let unit = |address: usize| address >> 16;
                        let units: BTreeSet<usize> =
                            kept.iter().map(|block| unit(block.address().addr())).collect();
                        pages.retain(|page| units.contains(&unit(page.start)));
                        are_gone(&pages);
                        kept.into_iter().for_each(Block::free);
                    }
                });
            }
            scope.spawn(move || {
                for round in 0..30 {
                    let size = 1000 + round * 100;
                    let mine: Vec<*mut u8> =
                        (0..500).map(|_| exact.allocate(&Request::plain(size))).collect();
                    for block in mine {
                        assert!(!block.is_null());
                        // SAFETY: a live block that nobody uses any more.
                        assert_eq!(unsafe { exact.free(block, false) }, Ok(()));
                    }
                    sane(&exact.trim().expect("a live heap"));
                    sane(&ExactHeap::trim_all());
                }
            });
        });
        assert_eq!(exact.validate(), None);
    });
}
