//! Heaps that come and go by the thousand: destroyed with everything in them, they leave nothing.

use crate::block::Block;
use crate::kit::alone::in_own_process;
use heapmin_engine::exact::{ExactHeap, ExactOptions};
use heapmin_engine::process;
use std::thread;

/// Address space that may come with chance.
const SLACK: usize = 4 << 20;
/// The same where several threads trim: each may have a piece of 8 MiB of the others' free spans in
/// hand at the moment in which they look for one. A leak would be many times that.
const SLACK_OF_THREADS: usize = 32 << 20;

/// Creates a heap, leaves blocks in it, and destroys it, `count` times. The address space that the
/// process takes doesn't grow after the first tenth.
fn come_and_go(count: usize, slack: usize, options: impl Fn(usize) -> ExactOptions) {
    let mut early = 0;
    for number in 0..count {
        let heap = ExactHeap::create(options(number)).expect("memory for a heap");
        for size in [16, 700, 20_000, 70 * number % 9000] {
            assert!(!heap.allocate_plain(size).is_null());
        }
        match number % 50 {
            0 => drop(heap.allocate_plain(3 << 20)),
            // Until the thread has a cache.
            1 => (0..100).for_each(|seed| Block::plain(heap, 100, seed).leak()),
            2 => heap.lock(),
            3 => assert!(heap.trim().is_some()),
            _ => {}
        }
        // SAFETY: the blocks were forgotten, and nobody else knows the heap.
        assert!(unsafe { heap.destroy() });
        if number == count / 10 {
            early = process::statistics().mapped_bytes;
        }
    }
    let grown = process::statistics().mapped_bytes.saturating_sub(early);
    assert!(grown <= slack, "{grown} bytes more after {count} heaps than after a tenth of them");
}

#[test]
fn ten_thousand_heaps_destroyed_with_blocks_in_them_leave_nothing() {
    in_own_process(
        "lives::ten_thousand_heaps_destroyed_with_blocks_in_them_leave_nothing",
        &[],
        || come_and_go(10_000, SLACK, |_| ExactOptions::default()),
    );
}

#[test]
fn heaps_of_all_kinds_destroyed_with_blocks_in_them_leave_nothing() {
    in_own_process(
        "lives::heaps_of_all_kinds_destroyed_with_blocks_in_them_leave_nothing",
        &[],
        || {
            come_and_go(2000, SLACK, |number| ExactOptions {
                unserialized: number % 3 == 0,
                limit: if number % 4 == 0 { 4 << 20 } else { 0 },
                executable: number % 5 == 0,
                ..Default::default()
            });
        },
    );
}

#[test]
fn heaps_that_several_threads_make_and_destroy_leave_nothing() {
    in_own_process("lives::heaps_that_several_threads_make_and_destroy_leave_nothing", &[], || {
        thread::scope(|scope| {
            for kind in 0..3 {
                scope.spawn(move || {
                    come_and_go(7000, SLACK_OF_THREADS, |_| ExactOptions {
                        unserialized: kind == 1,
                        ..Default::default()
                    });
                });
            }
        });
        assert_eq!(ExactHeap::count(), 1);
    });
}

#[test]
fn memory_of_a_destroyed_heap_is_given_back_to_the_system() {
    in_own_process("lives::memory_of_a_destroyed_heap_is_given_back_to_the_system", &[], || {
        let heap = ExactHeap::create(ExactOptions::default()).expect("memory for a heap");
        let before = heap.trim().expect("the heap is alive").resident_after;
        for _ in 0..64 {
            let p = heap.allocate_plain(1 << 20);
            // SAFETY: a new block of that size.
            unsafe { p.write_bytes(1, 1 << 20) };
        }
        // SAFETY: the blocks were forgotten, and nobody else knows the heap.
        unsafe { heap.destroy() };
        let after = process::trim().resident_after;
        assert!(after <= before + (1 << 20), "{after} bytes resident after {before}");
    });
}
