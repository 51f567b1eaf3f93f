//! Memory that the system doesn't take back: nothing is lost, and it goes back later.

use crate::claims::sane;
use crate::kit::alone::in_own_process;
use crate::kit::block::Block;
use crate::kit::random::Random;
use crate::kit::target::Target;
use crate::memory::{
    MIB, PATIENCE, block, blocks, falls_to, free, of_spans, parted, without_huge_pages,
};
use crate::{Failures, alone};
use heapmin_engine::exact::{ExactHeap, ExactOptions, Request};
use heapmin_engine::os::inject;
use heapmin_engine::{Decay, process};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// OS calls that succeed before the failures begin, at most; a trim here makes more.
const POINTS: u32 = 50;

/// Runs a test in a process where memory goes back only when a trim says so.
fn in_a_process(test: &str, body: impl FnOnce()) {
    let _alone = alone();
    in_own_process(&format!("trims::{test}"), &[], || {
        without_huge_pages();
        process::set_decay(Decay::Never);
        body();
    });
}

/// Blocks that stay, and memory of every kind to give back: free pages in slabs in use, empty
/// slabs, and large spans with blocks between them.
fn with_holes(heap: Target, seed: u64) -> Vec<Block> {
    let mut all = blocks(heap, 900, MIB);
    all.extend(blocks(heap, 6000, MIB));
    all.extend(blocks(heap, 200_000, 4 * MIB));
    all.extend(blocks(heap, 100, MIB / 16));
    let (kept, rest) = parted(all, 12, seed);
    free(rest);
    kept
}

#[test]
fn a_trim_that_fails_loses_nothing_and_a_later_one_gives_the_rest_back() {
    in_a_process("a_trim_that_fails_loses_nothing_and_a_later_one_gives_the_rest_back", || {
        let empty = of_spans();
        for (heap, step) in [(Target::Process, 5), (Target::create(), 2)] {
            let (mut rounds, mut refused) = (0, 0);
            for calls in (0..POINTS).step_by(step) {
                rounds += 1;
                let kept = with_holes(heap, u64::from(calls));
                let live: usize = kept.iter().map(|block| block.usable).sum();
                let before = inject::refused();
                let failures = Failures::after(calls);
                let report = heap.trim();
                let again = heap.trim();
                drop(failures);
                refused += u32::from(inject::refused() > before);
                sane(&report);
                sane(&again);
                assert!(report.resident_after >= live, "{report:?}");
                kept.iter().for_each(Block::check);
                // What is free can be used as before.
                let others = blocks(heap, 900, MIB / 4);
                kept.iter().for_each(Block::check);
                free(others);
                sane(&heap.trim());
                let most = empty + 3 * live + MIB;
                assert!(of_spans() <= most, "{} bytes left, {live} live", of_spans());
                kept.iter().for_each(Block::check);
                free(kept);
            }
            assert!(refused * 4 >= rounds, "only {refused} trims of {rounds} failed");
            heap.trim();
            let said = heap.statistics();
            assert_eq!((said.live_blocks, said.live_bytes), (0, 0));
        }
    });
}

#[test]
fn a_trim_of_sized_blocks_that_fails_leaves_the_heap_intact() {
    in_a_process("a_trim_of_sized_blocks_that_fails_leaves_the_heap_intact", || {
        let heap = ExactHeap::create(ExactOptions::default()).expect("memory for a heap");
        for calls in (0..POINTS).step_by(2) {
            let all: Vec<*mut u8> =
                (0..2000).map(|n| heap.allocate(&Request::plain(n % 7 * 500))).collect();
            let (kept, freed): (Vec<_>, Vec<_>) =
                all.into_iter().enumerate().partition(|(n, _)| n % 15 == 0);
            let release = |blocks: Vec<(usize, *mut u8)>| {
                for (_, block) in blocks {
                    assert!(!block.is_null());
                    // SAFETY: a live block that nobody uses any more.
                    assert_eq!(unsafe { heap.free(block, false) }, Ok(()));
                }
            };
            release(freed);
            let failures = Failures::after(calls);
            sane(&heap.trim().expect("a live heap"));
            heap.try_trim();
            sane(&ExactHeap::trim_all());
            drop(failures);
            assert_eq!(heap.validate(), None);
            for &(n, block) in &kept {
                assert_eq!((heap.size(block), heap.check(block)), (Ok(n % 7 * 500), Ok(())));
            }
            sane(&heap.trim().expect("a live heap"));
            release(kept);
        }
    });
}

/// The report counts what is there, not what was asked for.
#[test]
fn a_trim_of_which_every_call_fails_says_that_nothing_went() {
    in_a_process("a_trim_of_which_every_call_fails_says_that_nothing_went", || {
        let kept = with_holes(Target::Process, 3);
        let returned = process::statistics().returned_bytes;
        let full = of_spans();
        let failures = Failures::after(0);
        let report = process::trim();
        drop(failures);
        sane(&report);
        assert_eq!(of_spans(), full);
        assert!(report.released <= MIB / 4, "{report:?}");
        let said = process::statistics().returned_bytes - returned;
        assert!(said <= MIB as u64 / 4, "{said} bytes said to be returned");
        let live: usize = kept.iter().map(|block| block.usable).sum();
        assert!(report.left.live.abs_diff(live) <= live / 50, "{live} live: {report:?}");
        free(kept);
    });
}

#[test]
fn memory_that_could_not_go_back_goes_when_the_system_takes_it_again() {
    in_a_process("memory_that_could_not_go_back_goes_when_the_system_takes_it_again", || {
        process::set_decay(Decay::After { milliseconds: 100 });
        // What the thread needs is there before the failures begin.
        free(blocks(Target::Process, MIB, 40 * MIB));
        falls_to(8 * MIB, PATIENCE);
        let kept = with_holes(Target::Process, 1);
        let large = blocks(Target::Process, MIB, 40 * MIB);
        let full = of_spans();
        let failures = Failures::after(0);
        free(large);
        let (start, used) = (Instant::now(), processor_time());
        thread::sleep(Duration::from_millis(1000));
        let share = (processor_time() - used).as_secs_f64() / start.elapsed().as_secs_f64();
        // It tries again now and then, not all the time.
        assert!(share < 0.3, "{share} of a processor was used for nothing");
        kept.iter().for_each(Block::check);
        drop(failures);
        // A little is freed meanwhile, as in every program.
        for round in 0..20 {
            block(Target::Process, 100_000, round).free();
        }
        free(blocks(Target::Process, MIB, 8 * MIB));
        falls_to(full - 36 * MIB, PATIENCE);
        free(kept);
    });
}

fn processor_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is valid for writing for the length of the call.
    let got = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    assert_eq!(got, 0);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

#[test]
fn failures_now_and_then_do_no_harm_to_threads_at_work() {
    in_a_process("failures_now_and_then_do_no_harm_to_threads_at_work", || {
        process::set_decay(Decay::AtOnce);
        let heap = Target::create();
        let before = inject::refused();
        let stop = AtomicBool::new(false);
        let running = || !stop.load(Ordering::Relaxed);
        thread::scope(|scope| {
            for seed in 1..5 {
                scope.spawn(move || {
                    let mut random = Random::new(seed);
                    let mut held: Vec<Block> = Vec::new();
                    while running() {
                        let heap = [heap, Target::Process][random.below(2)];
                        let (size, fill) = (random.size(), random.next());
                        // Null is fine.
                        held.extend(Block::allocate(heap, size, 1, fill & 1 == 0, fill));
                        if held.len() > 200 {
                            for _ in 0..150 {
                                held.swap_remove(random.below(held.len())).free();
                            }
                        }
                        if let Some(first) = held.first_mut()
                            && random.below(10) == 0
                        {
                            // Out of memory leaves it as it was.
                            first.reallocate(size, fill);
                        }
                    }
                    free(held);
                });
            }
            scope.spawn(|| {
                while running() {
                    sane(&heap.trim());
                    sane(&process::trim());
                }
            });
            let end = Instant::now() + Duration::from_secs(2);
            let mut random = Random::new(8);
            while Instant::now() < end {
                let failures = Failures::after(random.below(30) as u32);
                thread::sleep(Duration::from_millis(3));
                drop(failures);
                thread::sleep(Duration::from_millis(3));
            }
            stop.store(true, Ordering::Relaxed);
        });
        assert!(inject::refused() > before, "nothing failed");
        for heap in [heap, Target::Process] {
            let report = heap.trim();
            sane(&report);
            let said = heap.statistics();
            assert_eq!((said.live_blocks, said.live_bytes), (0, 0), "{said:?}");
        }
        assert!(of_spans() <= 4 * MIB, "{} bytes left", of_spans());
    });
}
