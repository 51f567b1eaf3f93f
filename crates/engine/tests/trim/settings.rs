//! When memory goes back: never, at once, after a time; of the process, of a heap.

use crate::kit::alone::in_own_process;
use crate::kit::target::Target;
use crate::memory::{
    MIB, PATIENCE, blocks, falls_to, free, of_spans, parted, stays_above, threads,
    without_huge_pages,
};
use heapmin_engine::exact::{ExactHeap, ExactOptions};
use heapmin_engine::{Decay, HeapHandle, HeapOptions, process};
use std::time::Duration;

const SOON: Decay = Decay::After { milliseconds: 200 };

fn alone(test: &str, body: impl FnOnce()) {
    in_own_process(&format!("settings::{test}"), &[], || {
        without_huge_pages();
        body();
    });
}

fn private(decay: Option<Decay>) -> (HeapHandle, Target) {
    let options = HeapOptions { decay, ..HeapOptions::default() };
    let target = Target::with_options(options).expect("memory for a heap");
    match target {
        Target::Private(heap, _) => (heap, target),
        Target::Process => panic!("a private heap was asked for"),
    }
}

#[test]
fn a_heap_has_the_decay_of_the_process_until_it_is_told_another() {
    alone("a_heap_has_the_decay_of_the_process_until_it_is_told_another", || {
        assert_eq!(process::decay(), Decay::default());
        let exact = ExactHeap::create(ExactOptions::default()).expect("memory for a heap");
        let (own, _) = private(Some(Decay::Never));
        let (heap, _) = private(None);
        for decay in [SOON, Decay::Never, Decay::AtOnce, Decay::default()] {
            process::set_decay(decay);
            assert_eq!((process::decay(), heap.decay(), exact.decay()), (decay, decay, decay));
            assert_eq!(own.decay(), Decay::Never);
        }
        let other = Decay::After { milliseconds: 77 };
        heap.set_decay(other);
        exact.set_decay(Decay::AtOnce);
        assert_eq!((heap.decay(), exact.decay()), (other, Decay::AtOnce));
        assert_eq!(process::decay(), Decay::default());
        process::set_decay(SOON);
        assert_eq!((heap.decay(), exact.decay()), (other, Decay::AtOnce));
        let process_heap = ExactHeap::process().expect("a process heap");
        process_heap.set_decay(other);
        assert_eq!((process::decay(), process_heap.decay()), (other, other));
    });
}

#[test]
fn every_time_is_kept_or_the_nearest_there_is() {
    alone("every_time_is_kept_or_the_nearest_there_is", || {
        let (heap, _) = private(None);
        for milliseconds in [1, 2, 999, 1 << 31, u32::MAX - 3] {
            let decay = Decay::After { milliseconds };
            heap.set_decay(decay);
            assert_eq!(heap.decay(), decay);
        }
        heap.set_decay(Decay::After { milliseconds: u32::MAX });
        let longest = heap.decay();
        assert!(
            matches!(longest, Decay::After { milliseconds } if milliseconds >= u32::MAX - 8),
            "{longest:?}"
        );
        heap.set_decay(Decay::After { milliseconds: 0 });
        assert!(matches!(heap.decay(), Decay::AtOnce | Decay::After { milliseconds: 1 }));
    });
}

#[test]
fn with_never_nothing_goes_and_a_trim_still_gives_all_back() {
    alone("with_never_nothing_goes_and_a_trim_still_gives_all_back", || {
        process::set_decay(Decay::Never);
        let (started, empty) = (threads().len(), of_spans());
        let large = blocks(Target::Process, 2 * MIB, 40 * MIB);
        let (kept, rest) = parted(blocks(Target::Process, 1000, 10 * MIB), 20, 1);
        let full = of_spans();
        free(large);
        free(rest);
        stays_above(full - full / 50, Duration::from_millis(1500));
        assert_eq!(threads().len(), started, "there is nothing to do for a thread");
        process::trim();
        let live: usize = kept.iter().map(|block| block.usable).sum();
        assert!(of_spans() <= empty + 5 * live, "{} of {full} left", of_spans());
        free(kept);
    });
}

#[test]
fn with_at_once_it_goes_within_a_fraction_of_a_second() {
    alone("with_at_once_it_goes_within_a_fraction_of_a_second", || {
        process::set_decay(Decay::AtOnce);
        let empty = of_spans();
        // Others may keep the machine busy: once in time is enough.
        let mut times = Vec::new();
        for _ in 0..10 {
            let large = blocks(Target::Process, 2 * MIB, 40 * MIB);
            let (kept, rest) = parted(blocks(Target::Process, 1000, 8 * MIB), 50, 1);
            let live: usize = kept.iter().map(|block| block.usable).sum();
            free(large);
            free(rest);
            let start = std::time::Instant::now();
            falls_to(empty + 5 * live + 4 * MIB, PATIENCE);
            times.push(start.elapsed());
            free(kept);
            if times.last().is_some_and(|&time| time < Duration::from_millis(500)) {
                return;
            }
        }
        panic!("never within half a second: {times:?}");
    });
}

#[test]
fn a_heap_that_never_gives_back_keeps_its_slabs_while_the_process_does() {
    alone("a_heap_that_never_gives_back_keeps_its_slabs_while_the_process_does", || {
        process::set_decay(SOON);
        let (_, keeps) = private(Some(Decay::Never));
        let (kept, rest) = parted(blocks(keeps, 1000, 20 * MIB), 20, 1);
        let (others, freed) = parted(blocks(Target::Process, 1000, 20 * MIB), 20, 1);
        free(rest);
        let full = of_spans();
        free(freed);
        falls_to(full - 12 * MIB, PATIENCE);
        // Slabs with a live block in them belong to the heap; there is one in each.
        stays_above(full - 21 * MIB, Duration::from_millis(1000));
        keeps.trim();
        assert!(of_spans() < full - 24 * MIB, "{} of {full} left", of_spans());
        free(others);
        free(kept);
    });
}

#[test]
fn a_heap_gives_back_by_itself_while_the_process_never_does() {
    alone("a_heap_gives_back_by_itself_while_the_process_never_does", || {
        process::set_decay(Decay::Never);
        let (_, gives) = private(Some(SOON));
        let (kept, rest) = parted(blocks(gives, 1000, 20 * MIB), 20, 1);
        let full = of_spans();
        free(rest);
        falls_to(full - 14 * MIB, PATIENCE);
        free(kept);
    });
}

#[test]
fn a_setting_is_about_what_was_freed_before_it_too() {
    alone("a_setting_is_about_what_was_freed_before_it_too", || {
        process::set_decay(Decay::Never);
        let full_of = |bytes| {
            let all = blocks(Target::Process, MIB, bytes);
            let full = of_spans();
            free(all);
            full
        };
        let full = full_of(40 * MIB);
        stays_above(full - MIB, Duration::from_millis(300));
        process::set_decay(SOON);
        falls_to(full - 36 * MIB, PATIENCE);
        // From a very long time to a short one.
        process::set_decay(Decay::After { milliseconds: 1_000_000 });
        let full = full_of(40 * MIB);
        stays_above(full - 4 * MIB, Duration::from_millis(300));
        process::set_decay(Decay::AtOnce);
        falls_to(full - 36 * MIB, PATIENCE);
    });
}
