//! What becomes of a heap's memory: dropped, limited, by the thousand.

use crate::heap;
use allocator_api2::boxed::Box;
use allocator_api2::vec::Vec;
use heapmin::{Heap, HeapOptions};
use std::mem::ManuallyDrop;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Tests that measure the process's memory run one at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn mapped() -> usize {
    heapmin::statistics().mapped_bytes
}

#[test]
fn dropping_a_heap_frees_the_blocks_that_were_forgotten_in_it() {
    let _alone = alone();
    let fill_and_forget = || {
        let heap = heap();
        for size in 0..2000 {
            let mut bytes = ManuallyDrop::new(Vec::with_capacity_in(size * 10, &heap));
            bytes.push(1u8);
        }
        let mut large = ManuallyDrop::new(Vec::new_in(&heap));
        large.resize(2 << 20, 1u8);
        assert_eq!(heap.statistics().live_blocks, 2001);
    };
    fill_and_forget();
    let early = mapped();
    (0..30).for_each(|_| fill_and_forget());
    assert!(mapped() <= early + (16 << 20), "{} bytes after {early}", mapped());
}

#[test]
fn a_trim_after_a_drop_gives_the_memory_back() {
    let _alone = alone();
    let heap = heap();
    let mut large = ManuallyDrop::new(Vec::new_in(&heap));
    large.resize(40 << 20, 1u8);
    drop(heap);
    let report = heapmin::trim();
    // Less than all of it: other tests take memory meanwhile.
    assert!(report.released >= 20 << 20, "{report:?}");
}

#[test]
fn heaps_by_the_thousand_leave_nothing() {
    let _alone = alone();
    let mut early = 0;
    for number in 0..2000 {
        let heap = heap();
        let one = Box::new_in(number, &heap);
        let mut many = Vec::new_in(&heap);
        many.extend(0..500);
        assert_eq!(*one + many[7], number + 7);
        if number == 500 {
            early = mapped();
        }
    }
    assert!(mapped() <= early + (8 << 20), "{} bytes after {early}", mapped());
}

#[test]
fn thousands_of_heaps_live_side_by_side() {
    let _alone = alone();
    let heaps: std::vec::Vec<Heap> = (0..2500).map(|_| heap()).collect();
    let boxes: std::vec::Vec<_> =
        heaps.iter().enumerate().map(|(n, heap)| Box::new_in(n, heap)).collect();
    assert!(boxes.iter().enumerate().all(|(n, found)| **found == n));
    drop(boxes);
    assert!(heaps.iter().all(|heap| heap.statistics().live_blocks == 0));
}

#[test]
fn at_the_maximum_size_reserving_is_an_error_and_nothing_is_lost() {
    let heap = Heap::with_maximum_size(4 << 20).expect("memory for a heap");
    let mut bytes: Vec<u8, &Heap> = Vec::new_in(&heap);
    bytes.extend_from_slice(&[1, 2, 3]);
    assert!(bytes.try_reserve(5 << 20).is_err());
    assert!(bytes.try_reserve(3 << 20).is_ok());
    assert!(bytes.try_reserve(4 << 20).is_err());
    assert_eq!(bytes[..], [1, 2, 3]);
    let mut more: Vec<u8, &Heap> = Vec::new_in(&heap);
    assert!(more.try_reserve(2 << 20).is_err());
    drop(bytes);
    assert!(more.try_reserve(2 << 20).is_ok());
    assert!(heap.statistics().committed_bytes <= 4 << 20);
}

#[test]
fn options_without_a_maximum_are_those_of_an_ordinary_heap() {
    let heap = Heap::with_options(HeapOptions::default()).expect("memory for a heap");
    let mut bytes: Vec<u8, &Heap> = Vec::new_in(&heap);
    assert!(bytes.try_reserve(200 << 20).is_ok());
}

#[test]
fn the_trim_of_a_heap_gives_back_what_its_collections_no_longer_use() {
    let _alone = alone();
    let heap = heap();
    let mut blocks: std::vec::Vec<_> =
        (0..30_000u32).map(|n| Box::new_in([n; 200], &heap)).collect();
    let mut place = 0;
    blocks.retain(|_| {
        place += 1;
        place % 300 == 0
    });
    let report = heap.trim();
    assert!(report.released >= 10 << 20, "{report:?}");
    let left = report.left;
    let parts = [left.live, left.fragmented, left.cached, left.huge, left.metadata];
    assert_eq!(parts.iter().sum::<usize>(), report.resident_after, "{report:?}");
    assert!(left.live >= 100 * 800 && left.live <= 2 << 20, "{report:?}");
    assert!(
        blocks.iter().zip(1..).all(|(block, n)| block.iter().all(|&found| found == n * 300 - 1))
    );
}
