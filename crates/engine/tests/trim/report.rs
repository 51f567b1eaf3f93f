//! What a trim says it did, and why memory is left.

use crate::claims::{agree, sane};
use crate::kit::alone::in_own_process;
use crate::kit::block::Block;
use crate::kit::target::Target;
use crate::memory::{MIB, block, blocks, free, of_spans, of_tables, parted, without_huge_pages};
use heapmin_engine::exact::{ExactHeap, ExactOptions, Request};
use heapmin_engine::{Decay, process};
use std::thread;

fn alone(test: &str, body: impl FnOnce()) {
    in_own_process(&format!("report::{test}"), &[], || {
        without_huge_pages();
        process::set_decay(Decay::Never);
        body();
    });
}

/// Small blocks in a random order of sizes, all touched.
fn mixed(heap: Target, bytes: usize) -> Vec<Block> {
    let mut random = crate::kit::random::Random::new(11);
    let mut sum = 0;
    let mut all = Vec::new();
    while sum < bytes {
        let one = block(heap, 16 + random.below(3000), random.next());
        sum += one.usable;
        all.push(one);
    }
    all
}

fn usable(blocks: &[Block]) -> usize {
    blocks.iter().map(|block| block.usable).sum()
}

#[test]
fn what_is_left_when_all_is_in_use_is_live() {
    alone("what_is_left_when_all_is_in_use_is_live", || {
        for heap in [Target::Process, Target::create()] {
            let all = mixed(heap, 40 * MIB);
            let report = heap.trim();
            sane(&report);
            agree("live", report.left.live, usable(&all));
            assert!(report.left.fragmented < 2 * MIB, "{report:?}");
            assert_eq!(report.left.huge, 0, "there are no huge pages: {report:?}");
            free(all);
            heap.trim();
        }
    });
}

#[test]
fn what_is_left_between_live_blocks_is_fragmented() {
    alone("what_is_left_between_live_blocks_is_fragmented", || {
        for heap in [Target::Process, Target::create()] {
            // Of each page's eight blocks one stays: no page can go.
            let all = blocks(heap, 512, 16 * MIB);
            let (kept, rest): (Vec<_>, Vec<_>) =
                all.into_iter().partition(|block| block.address().addr() % 4096 == 1024);
            free(rest);
            let report = heap.trim();
            sane(&report);
            agree("live", report.left.live, usable(&kept));
            agree("fragmented", report.left.fragmented, 7 * usable(&kept));
            free(kept);
            heap.trim();
        }
    });
}

#[test]
fn what_is_left_agrees_with_the_system() {
    alone("what_is_left_agrees_with_the_system", || {
        let all = mixed(Target::Process, 20 * MIB);
        let large = blocks(Target::Process, 300_000, 20 * MIB);
        for chance in [1, 2, 5, 20] {
            let (kept, rest) = parted(mixed(Target::Process, 12 * MIB), chance, 4);
            let before = of_spans() + of_tables();
            free(rest);
            let report = process::trim();
            sane(&report);
            agree("before", report.resident_before, before);
            agree("after", report.resident_after, of_spans() + of_tables());
            free(kept);
        }
        agree("live", process::trim().left.live, usable(&all) + usable(&large));
        free(all);
        free(large);
        let report = process::trim();
        sane(&report);
        // Next to nothing is left, and what is, is the engine's own.
        assert!(report.resident_after < 2 * MIB, "{report:?}");
        assert!(report.left.live < MIB && report.left.fragmented < MIB, "{report:?}");
    });
}

#[test]
fn a_second_trim_finds_nothing_more() {
    alone("a_second_trim_finds_nothing_more", || {
        let (kept, rest) = parted(mixed(Target::Process, 30 * MIB), 10, 4);
        free(rest);
        let first = process::trim();
        let second = process::trim();
        sane(&first);
        sane(&second);
        assert!(first.released > 15 * MIB, "{first:?}");
        assert!(second.released <= 128 << 10, "{second:?}");
        assert!(second.resident_before.abs_diff(first.resident_after) <= 128 << 10);
        free(kept);
    });
}

/// A heap's report is about that heap and what all share, not about what others hold.
#[test]
fn a_report_of_one_heap_leaves_out_what_is_live_in_others() {
    alone("a_report_of_one_heap_leaves_out_what_is_live_in_others", || {
        let other = Target::create();
        let others = mixed(other, 30 * MIB);
        let heap = Target::create();
        let (kept, rest) = parted(mixed(heap, 20 * MIB), 4, 8);
        free(rest);
        let report = heap.trim();
        sane(&report);
        agree("live", report.left.live, usable(&kept));
        assert!(report.resident_after < 25 * MIB, "30 MiB are another heap's: {report:?}");
        free(kept);
        free(others);
    });
}

#[test]
fn a_report_of_sized_blocks_counts_them() {
    alone("a_report_of_sized_blocks_counts_them", || {
        let private = ExactHeap::create(ExactOptions::default()).expect("memory for a heap");
        for heap in [private, ExactHeap::process().expect("a process heap")] {
            const SIZE: usize = 3000;
            let all: Vec<*mut u8> =
                (0..10_000).map(|_| heap.allocate(&Request::plain(SIZE))).collect();
            for &block in &all {
                assert!(!block.is_null());
                // SAFETY: a new block of that size.
                unsafe { block.write_bytes(1, SIZE) };
            }
            let report = heap.trim().expect("a live heap");
            sane(&report);
            let live = report.left.live;
            let least = all.len() * SIZE;
            assert!((least..least / 20 * 23).contains(&live), "{live} of {least}: {report:?}");
            for block in all {
                // SAFETY: a live block that nobody uses any more.
                assert_eq!(unsafe { heap.free(block, false) }, Ok(()));
            }
            let report = heap.trim().expect("a live heap");
            sane(&report);
            assert!(report.released >= least / 10 * 9, "{report:?}");
            assert!(report.left.live < MIB, "{report:?}");
        }
    });
}

#[test]
fn what_others_hold_at_hand_is_said_to_be_cached_or_live() {
    alone("what_others_hold_at_hand_is_said_to_be_cached_or_live", || {
        let heap = Target::create();
        let stop = std::sync::atomic::AtomicBool::new(false);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                        free(blocks(heap, 2000, MIB));
                        free(blocks(heap, 100_000, MIB));
                    }
                });
            }
            for _ in 0..100 {
                let report = heap.trim();
                sane(&report);
                assert!(report.resident_after < 60 * MIB, "{report:?}");
            }
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        });
    });
}

/// With huge pages the rule is the engine's; the report says what it kept for them.
#[test]
fn with_huge_pages_the_report_says_what_was_kept_for_them() {
    in_own_process("report::with_huge_pages_the_report_says_what_was_kept_for_them", &[], || {
        process::set_decay(Decay::Never);
        for chance in [2, 10, 50] {
            let all = blocks(Target::Process, 2000, 80 * MIB);
            let (freed, kept) = parted(all, chance, 6);
            let live = usable(&kept);
            free(freed);
            let report = process::trim();
            sane(&report);
            agree("live", report.left.live, live);
            agree("after", report.resident_after, of_spans() + of_tables());
            // At least three quarters of what stays whole is in use.
            assert!(report.left.huge <= report.resident_after / 4, "kept for little: {report:?}");
            free(kept);
            let report = process::trim();
            sane(&report);
            assert!(report.resident_after < 6 * MIB, "{report:?}");
        }
    });
}
