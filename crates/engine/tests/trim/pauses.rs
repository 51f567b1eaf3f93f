//! How long a thread that allocates waits while its heap is trimmed.

use crate::claims::sane;
use crate::kit::alone::in_own_process;
use crate::kit::target::Target;
use crate::memory::{MIB, without_huge_pages};
use crate::watch::Watchdog;
use heapmin_engine::{Decay, process};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// The benchmark measures the millisecond that is promised; here the machine is anybody's.
const LONGEST: Duration = Duration::from_millis(20);
/// A pause may be the scheduler's: one trim of these without any is enough.
const ATTEMPTS: usize = 8;

/// A heap of 300 MiB, of which nearly all but single blocks is free.
fn full_of_holes(heap: Target) -> Vec<*mut u8> {
    let make = |size: usize, bytes: usize| {
        (0..bytes / size).map(move |_| {
            let block = heap.allocate(size, 1, false);
            assert!(!block.is_null());
            // SAFETY: a new block of `size` bytes.
            unsafe { block.write_bytes(1, size) };
            block
        })
    };
    let all: Vec<*mut u8> =
        make(512, 150 * MIB).chain(make(3000, 100 * MIB)).chain(make(100_000, 50 * MIB)).collect();
    let mut kept = Vec::new();
    for (at, block) in all.into_iter().enumerate() {
        if at % 20 == 0 {
            kept.push(block);
        } else {
            // SAFETY: a live block that nobody uses any more.
            assert_eq!(unsafe { heap.free(block) }, Ok(()));
        }
    }
    kept
}

/// Allocates and frees until told to stop. Returns the longest time between two operations.
fn longest_pause(heap: Target, stop: &AtomicBool) -> Duration {
    let mut longest = Duration::ZERO;
    let mut before = Instant::now();
    let mut size = 16;
    while !stop.load(Ordering::Relaxed) {
        size = size % 3000 + 40;
        let block = heap.allocate(size, 1, false);
        assert!(!block.is_null());
        // SAFETY: a live block that nobody uses any more.
        assert_eq!(unsafe { heap.free(block) }, Ok(()));
        let now = Instant::now();
        longest = longest.max(now - before);
        before = now;
    }
    longest
}

fn pauses_are_short(name: &str, make: fn() -> Target) {
    in_own_process(name, &[], || {
        let _watchdog = Watchdog::start("pauses", Duration::ZERO, Duration::from_secs(100));
        without_huge_pages();
        process::set_decay(Decay::Never);
        let heap = make();
        let mut seen = Vec::new();
        let mut kept = Vec::new();
        for _ in 0..ATTEMPTS {
            kept = full_of_holes(heap);
            let stop = AtomicBool::new(false);
            let (pause, time) = thread::scope(|scope| {
                let other = scope.spawn(|| longest_pause(heap, &stop));
                // The other one is in the heap by then.
                thread::sleep(Duration::from_millis(20));
                let start = Instant::now();
                let report = heap.trim();
                let time = start.elapsed();
                stop.store(true, Ordering::Relaxed);
                sane(&report);
                assert!(report.released > 150 * MIB, "{report:?}");
                (other.join().expect("the other's checks hold"), time)
            });
            seen.push((pause, time));
            if pause <= LONGEST {
                break;
            }
            for block in kept.drain(..) {
                // SAFETY: a live block that nobody uses any more.
                assert_eq!(unsafe { heap.free(block) }, Ok(()));
            }
        }
        assert!(
            seen.iter().any(|&(pause, _)| pause <= LONGEST),
            "the longest pause and the time of each trim: {seen:?}"
        );
        for block in kept {
            // SAFETY: a live block of at least 16 bytes.
            assert_eq!(unsafe { block.read() }, 1);
        }
    });
}

#[test]
fn while_the_process_heap_is_trimmed_others_wait_a_moment_at_most() {
    pauses_are_short(
        "pauses::while_the_process_heap_is_trimmed_others_wait_a_moment_at_most",
        || Target::Process,
    );
}

#[test]
fn while_a_private_heap_is_trimmed_others_wait_a_moment_at_most() {
    pauses_are_short(
        "pauses::while_a_private_heap_is_trimmed_others_wait_a_moment_at_most",
        Target::create,
    );
}
