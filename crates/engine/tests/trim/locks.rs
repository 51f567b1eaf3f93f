//! Trims and locked heaps.

use crate::claims::sane;
use crate::kit::alone::in_own_process;
use crate::watch::{Watchdog, duration};
use heapmin_engine::exact::{ExactHeap, ExactOptions, Request};
use heapmin_engine::{Decay, process};
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

/// How long a test works.
fn time() -> Duration {
    duration(Duration::from_millis(1500))
}

fn alone(test: &'static str, body: impl FnOnce()) {
    in_own_process(&format!("locks::{test}"), &[], || {
        let _watchdog = Watchdog::start(test, time(), Duration::from_secs(60));
        process::set_decay(Decay::After { milliseconds: 2 });
        body();
    });
}

fn churn(heap: ExactHeap) {
    let blocks: Vec<*mut u8> = (0..200).map(|n| heap.allocate(&Request::plain(n * 40))).collect();
    for block in blocks {
        assert!(!block.is_null());
        // SAFETY: a live block that nobody uses any more.
        assert_eq!(unsafe { heap.free(block, false) }, Ok(()));
    }
}

/// Holders trim what they have locked, others trim it and all heaps at the same time.
fn holders_and_others(heap: ExactHeap) {
    let stop = AtomicBool::new(false);
    let (held, trims) = (AtomicU64::new(0), AtomicU64::new(0));
    let running = || !stop.load(Ordering::Relaxed);
    thread::scope(|scope| {
        for depth in 1..3 {
            let held = &held;
            scope.spawn(move || {
                while running() {
                    (0..depth).for_each(|_| heap.lock());
                    churn(heap);
                    sane(&heap.trim().expect("a live heap"));
                    heap.try_trim();
                    sane(&ExactHeap::trim_all());
                    sane(&process::trim());
                    assert!(heap.is_locked_by_caller());
                    (0..depth).for_each(|_| assert!(heap.unlock()));
                    held.fetch_add(1, Ordering::Relaxed);
                    thread::yield_now();
                }
            });
        }
        for _ in 0..2 {
            scope.spawn(|| {
                while running() {
                    churn(heap);
                    sane(&heap.trim().expect("a live heap"));
                    heap.try_trim();
                    sane(&ExactHeap::trim_all());
                    trims.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        thread::sleep(time());
        stop.store(true, Ordering::Relaxed);
    });
    assert!(held.load(Ordering::Relaxed) > 3, "the holders were held up");
    assert!(trims.load(Ordering::Relaxed) > 3, "the trims were held up");
    assert_eq!(heap.validate(), None);
}

#[test]
fn a_locked_private_heap_is_trimmed_by_its_holder_while_others_try() {
    alone("a_locked_private_heap_is_trimmed_by_its_holder_while_others_try", || {
        holders_and_others(ExactHeap::create(ExactOptions::default()).expect("memory"));
    });
}

#[test]
fn the_locked_process_heap_is_trimmed_by_its_holder_while_others_try() {
    alone("the_locked_process_heap_is_trimmed_by_its_holder_while_others_try", || {
        holders_and_others(ExactHeap::process().expect("a process heap"));
    });
}

#[test]
fn two_holders_that_trim_each_others_heap_without_waiting_come_to_their_end() {
    alone("two_holders_that_trim_each_others_heap_without_waiting_come_to_their_end", || {
        let heaps = [(); 2].map(|()| ExactHeap::create(ExactOptions::default()).expect("memory"));
        let both = Barrier::new(2);
        thread::scope(|scope| {
            for number in 0..2 {
                let both = &both;
                scope.spawn(move || {
                    let (mine, other) = (heaps[number], heaps[1 - number]);
                    for _ in 0..50 {
                        mine.lock();
                        churn(mine);
                        both.wait();
                        other.try_trim();
                        sane(&ExactHeap::trim_all());
                        sane(&mine.trim().expect("a live heap"));
                        both.wait();
                        assert!(mine.unlock());
                    }
                });
            }
        });
    });
}

#[test]
fn a_trim_waits_for_the_holder_and_then_does_its_work() {
    alone("a_trim_waits_for_the_holder_and_then_does_its_work", || {
        let heap = ExactHeap::create(ExactOptions::default()).expect("memory for a heap");
        let trimmed = AtomicBool::new(false);
        heap.lock();
        thread::scope(|scope| {
            let trim = scope.spawn(|| {
                let report = heap.trim();
                trimmed.store(true, Ordering::SeqCst);
                report
            });
            thread::sleep(Duration::from_millis(200));
            assert!(!trimmed.load(Ordering::SeqCst), "the heap is locked");
            // What the holder frees while the trim waits goes back with it.
            churn(heap);
            assert!(heap.unlock());
            let report = trim.join().expect("the trim ends");
            sane(&report.expect("a live heap"));
        });
        assert_eq!(heap.validate(), None);
    });
}

/// A heap that stays locked holds up nothing but itself: memory of others still goes back.
#[test]
fn a_heap_that_stays_locked_does_not_keep_others_memory() {
    use crate::kit::target::Target;
    use crate::memory::{MIB, PATIENCE, blocks, falls_to, free, of_spans, without_huge_pages};
    alone("a_heap_that_stays_locked_does_not_keep_others_memory", || {
        without_huge_pages();
        let heap = ExactHeap::create(ExactOptions::default()).expect("memory for a heap");
        churn(heap);
        let (end, ends) = std::sync::mpsc::channel::<()>();
        let locked = Barrier::new(2);
        thread::scope(|scope| {
            let locked = &locked;
            scope.spawn(move || {
                heap.lock();
                churn(heap);
                locked.wait();
                ends.recv().expect_err("nothing is sent");
                assert!(heap.unlock());
            });
            locked.wait();
            let large = blocks(Target::Process, MIB, 30 * MIB);
            let (kept, rest) = crate::memory::parted(blocks(Target::Process, 900, 20 * MIB), 20, 2);
            let full = of_spans();
            free(large);
            free(rest);
            falls_to(full - 42 * MIB, PATIENCE);
            free(kept);
            drop(end);
        });
    });
}
