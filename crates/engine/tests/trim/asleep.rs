//! Memory that goes back while the program sleeps: nobody calls the engine between the last free and
//! the moment at which the memory is gone.

use crate::kit::alone::in_own_process;
use crate::kit::block::Block;
use crate::kit::target::Target;
use crate::memory::{
    MIB, PATIENCE, block, blocks, falls_to, free, of_spans, parted, stays_above, without_huge_pages,
};
use heapmin_engine::exact::{ExactHeap, ExactOptions, Request};
use heapmin_engine::{Decay, process};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// The decay time of these tests.
const SOON: Decay = Decay::After { milliseconds: SOON_MS };
const SOON_MS: u32 = 200;
/// When most of the memory has to be gone, with what a loaded machine may take on top.
const BY_THEN: Duration = Duration::from_millis(SOON_MS as u64 * 5 / 2).saturating_add(PATIENCE);

fn alone(test: &str, body: impl FnOnce()) {
    in_own_process(&format!("asleep::{test}"), &[], || {
        without_huge_pages();
        process::set_decay(SOON);
        body();
    });
}

/// Expects that at most this share of freed memory, in percent, is still there in time.
#[track_caller]
fn goes(full: usize, freed: usize, share_left: usize) {
    assert!(full >= freed, "{full} bytes resident, of which {freed} were freed");
    falls_to(full - freed + freed / 100 * share_left, BY_THEN);
}

#[test]
fn large_blocks_go_back() {
    alone("large_blocks_go_back", || {
        let kept = blocks(Target::Process, 500_000, 5 * MIB);
        let large = blocks(Target::Process, 3 * MIB, 100 * MIB);
        let full = of_spans();
        free(large);
        goes(full, 100 * MIB, 5);
        free(kept);
    });
}

#[test]
fn one_block_of_a_hundred_megabytes_goes_back() {
    alone("one_block_of_a_hundred_megabytes_goes_back", || {
        let one = block(Target::Process, 100 * MIB, 1);
        let full = of_spans();
        one.free();
        goes(full, 100 * MIB, 5);
    });
}

#[test]
fn small_blocks_that_were_all_freed_go_back() {
    alone("small_blocks_that_were_all_freed_go_back", || {
        let small = blocks(Target::Process, 120, 40 * MIB);
        let full = of_spans();
        free(small);
        goes(full, 40 * MIB, 10);
    });
}

/// All but one in twenty are freed: whole free pages are about 79 % of what was.
fn all_but_one_in_twenty(heap: Target) {
    let mut all = Vec::new();
    for (count, size) in [(15_000, 512), (10_000, 1 << 10), (5_000, 2 << 10)] {
        all.extend(blocks(heap, size, count * size));
    }
    let (kept, rest) = parted(all, 20, 7);
    let bytes: usize = rest.iter().map(|block| block.usable).sum();
    let full = of_spans();
    free(rest);
    goes(full, bytes, 25);
    // What is left of each slab is in use and stays so.
    free(blocks(heap, 700, 3 * MIB));
    free(kept);
}

#[test]
fn pages_inside_slabs_in_use_go_back() {
    alone("pages_inside_slabs_in_use_go_back", || all_but_one_in_twenty(Target::Process));
}

#[test]
fn pages_inside_slabs_of_a_private_heap_go_back() {
    alone("pages_inside_slabs_of_a_private_heap_go_back", || {
        all_but_one_in_twenty(Target::create());
    });
}

#[test]
fn pages_inside_slabs_of_a_heap_of_sized_blocks_go_back() {
    alone("pages_inside_slabs_of_a_heap_of_sized_blocks_go_back", || {
        let private = ExactHeap::create(ExactOptions::default()).expect("memory for a heap");
        for heap in [private, ExactHeap::process().expect("a process heap")] {
            let all: Vec<*mut u8> = (0..30_000).map(|_| sized(heap, 1000)).collect();
            let full = of_spans();
            let (kept, freed): (Vec<_>, Vec<_>) =
                all.into_iter().enumerate().partition(|(at, _)| at % 40 < 2);
            free_sized(heap, freed.iter().map(|&(_, p)| p));
            goes(full, freed.len() * 1000, 25);
            for &(_, p) in &kept {
                assert_eq!((heap.size(p), heap.check(p)), (Ok(1000), Ok(())));
                // SAFETY: a live block of that many bytes, all initialised.
                let bytes = unsafe { std::slice::from_raw_parts(p, 1000) };
                assert_eq!(bytes, [0x5A; 1000]);
            }
            assert_eq!(heap.validate(), None);
            free_sized(heap, kept.iter().map(|&(_, p)| p));
        }
    });
}

fn sized(heap: ExactHeap, size: usize) -> *mut u8 {
    let block = heap.allocate(&Request::plain(size));
    assert!(!block.is_null());
    // SAFETY: a new block of `size` bytes.
    unsafe { block.write_bytes(0x5A, size) };
    block
}

fn free_sized(heap: ExactHeap, blocks: impl Iterator<Item = *mut u8>) {
    for block in blocks {
        // SAFETY: a live block that nobody uses any more.
        assert_eq!(unsafe { heap.free(block, false) }, Ok(()));
    }
}

/// A thread that makes blocks, hands them over, and sleeps until it is told to end.
fn with_a_sleeping_owner<T: Send>(make: impl FnOnce() -> T + Send, then: impl FnOnce(T)) {
    let (blocks, made) = channel();
    let (end, ends) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            blocks.send(make()).expect("the test takes them");
            ends.recv().expect_err("nothing is sent");
        });
        then(made.recv().expect("the thread makes them"));
        drop(end);
    });
}

#[test]
fn blocks_that_another_thread_freed_while_their_owner_sleeps_go_back() {
    alone("blocks_that_another_thread_freed_while_their_owner_sleeps_go_back", || {
        for size in [64, 1000, 20_000] {
            let make = || blocks(Target::Process, size, 30 * MIB);
            with_a_sleeping_owner(make, |blocks| {
                let full = of_spans();
                // The last one is still in use, so that there is a slab which isn't empty.
                let (last, rest) = parted(blocks, 20_000, 3);
                free(rest);
                goes(full, 29 * MIB, 10);
                free(last);
            });
        }
    });
}

#[test]
fn what_a_thread_that_frees_has_ended_goes_back() {
    alone("what_a_thread_that_frees_has_ended_goes_back", || {
        let all = blocks(Target::Process, 300, 30 * MIB);
        let full = of_spans();
        thread::spawn(move || free(all)).join().expect("the thread's checks hold");
        goes(full, 30 * MIB, 10);
    });
}

#[test]
fn caches_of_blocked_threads_go_back() {
    alone("caches_of_blocked_threads_go_back", || {
        const THREADS: usize = 40;
        let empty = of_spans();
        let (end, ends) = channel::<()>();
        let ends = std::sync::Mutex::new(ends);
        let ready = std::sync::Barrier::new(THREADS + 1);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    for size in [40, 600, 5000, 30_000] {
                        free(blocks(Target::Process, size, MIB / 2));
                    }
                    ready.wait();
                    // They block until the sender is gone.
                    let _gone = ends.lock().map(|ends| ends.recv());
                });
            }
            ready.wait();
            // No call from here on: each thread's cache holds some blocks of each size. What it
            // needs for itself stays, and a little for reuse.
            falls_to(empty + THREADS * 32 * 1024 + 2 * MIB, BY_THEN);
            drop(end);
        });
    });
}

#[test]
fn memory_of_a_private_heap_that_nobody_uses_any_more_goes_back() {
    alone("memory_of_a_private_heap_that_nobody_uses_any_more_goes_back", || {
        let heap = Target::create();
        let all = blocks(heap, 5000, 20 * MIB);
        let large = blocks(heap, MIB, 20 * MIB);
        let full = of_spans();
        free(all);
        free(large);
        goes(full, 40 * MIB, 10);
    });
}

#[test]
fn memory_of_a_destroyed_heap_goes_back() {
    alone("memory_of_a_destroyed_heap_goes_back", || {
        let heap = Target::create();
        // Dropped, blocks are left to the heap.
        drop(blocks(heap, 5000, 20 * MIB));
        let full = of_spans();
        // SAFETY: nobody uses the heap or its blocks any more.
        unsafe { heap.destroy() };
        goes(full, 20 * MIB, 10);
    });
}

#[test]
fn it_goes_back_again_and_again() {
    alone("it_goes_back_again_and_again", || {
        let kept = blocks(Target::Process, 900, MIB);
        for round in 0..4 {
            let all = blocks(Target::Process, 100_000 + round, 30 * MIB);
            let full = of_spans();
            free(all);
            goes(full, 30 * MIB, 10);
        }
        kept.iter().for_each(Block::check);
        free(kept);
    });
}

#[test]
fn memory_that_was_just_freed_stays_for_the_decay_time() {
    alone("memory_that_was_just_freed_stays_for_the_decay_time", || {
        process::set_decay(Decay::After { milliseconds: 60_000 });
        let all = blocks(Target::Process, 700_000, 40 * MIB);
        let small = blocks(Target::Process, 2000, 10 * MIB);
        let full = of_spans();
        free(all);
        free(small);
        stays_above(full / 10 * 9, Duration::from_millis(1500));
    });
}

#[test]
fn memory_used_in_turns_shorter_than_the_decay_time_stays() {
    alone("memory_used_in_turns_shorter_than_the_decay_time_stays", || {
        process::set_decay(Decay::After { milliseconds: 5000 });
        let turn = || {
            free(blocks(Target::Process, 400_000, 20 * MIB));
            free(blocks(Target::Process, 3000, 2 * MIB));
            thread::sleep(Duration::from_millis(20));
        };
        turn();
        let before = crate::memory::faults();
        (0..10).for_each(|_| turn());
        let faults = crate::memory::faults() - before;
        // Each turn touches 5,600 pages.
        assert!(faults < 5_600, "{faults} page faults in 10 turns");
    });
}
