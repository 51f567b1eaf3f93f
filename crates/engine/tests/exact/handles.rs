//! Handles: what is one, what isn't, and which heap it is of.

use crate::alone;
use crate::block::Block;
use crate::kit::random::Random;
use heapmin_engine::exact::{self, ExactHeap, ExactOptions, Request};
use heapmin_engine::{HeapHandle, HeapOptions};

const UNIT: usize = 64 << 10;

fn create() -> ExactHeap {
    ExactHeap::create(ExactOptions::default()).expect("memory for a heap")
}

#[test]
fn a_handle_leads_to_its_heap_and_nothing_near_it_to_any() {
    let _alone = alone();
    let process = ExactHeap::process().expect("a process heap");
    for heap in [create(), process] {
        let handle = heap.handle();
        assert!(handle.is_multiple_of(UNIT) && handle != 0);
        assert_eq!(ExactHeap::at(handle), Some(heap));
        for offset in [1, 8, 16, 128, 4096, UNIT - 16, UNIT / 2] {
            assert_eq!(ExactHeap::at(handle + offset), None);
            assert_eq!(ExactHeap::at(handle.wrapping_sub(offset)), None);
        }
        // SAFETY: nobody else knows the heap.
        unsafe { heap.destroy() };
    }
    assert_eq!(ExactHeap::at(process.handle()), Some(process), "it can't be destroyed");
    assert!(process.is_process() && process.handle() == ExactHeap::process_handle());
}

#[test]
fn garbage_is_no_handle_and_is_not_touched() {
    let _alone = alone();
    let heap = create();
    let local = [0u64; 8];
    let at_the_borders = [0, 1, 16, UNIT, 1 << 31, 1 << 47, usize::MAX, usize::MAX - UNIT + 1];
    let (mut random, mut aligned) = (Random::new(9), Random::new(10));
    let addresses = at_the_borders
        .into_iter()
        .chain([local.as_ptr().addr(), std::ptr::from_ref(&heap).addr()])
        .chain((0..48).map(|bit| 1usize << bit))
        .chain((0..100_000).map(|_| random.next() as usize))
        .chain((0..100_000).map(|_| aligned.next() as usize >> 17 & !(UNIT - 1)));
    for address in addresses {
        assert_eq!(ExactHeap::at(address), None, "{address:#x}");
        assert!(ExactHeap::try_allocate(address, 50).is_null(), "{address:#x}");
    }
    // SAFETY: nobody else knows the heap.
    unsafe { heap.destroy() };
}

#[test]
fn no_unit_but_those_of_heaps_is_a_handle() {
    let _alone = alone();
    let before = ExactHeap::count();
    let heaps: Vec<ExactHeap> = (0..20).map(|_| create()).collect();
    let plain = HeapHandle::create(HeapOptions::default()).expect("memory for a heap");
    let blocks: Vec<Block> = heaps
        .iter()
        .flat_map(|&heap| [50, 5000, 300_000].map(|size| Block::plain(heap, size, 1)))
        .collect();
    assert!(!plain.allocate(100).is_null());
    for block in &blocks {
        assert_eq!(ExactHeap::at(block.address), None, "{block:?}");
        assert_eq!(ExactHeap::at(block.address & !(UNIT - 1)), None, "{block:?}");
    }
    // The window's first unit is the process heap's handle; the units that follow are everything
    // that was ever used.
    let start = ExactHeap::process_handle();
    let used = heapmin_engine::process::statistics().mapped_bytes / UNIT;
    let mut found: Vec<ExactHeap> =
        (0..used + 1000).filter_map(|unit| ExactHeap::at(start + unit * UNIT)).collect();
    assert_eq!(found.len(), before + heaps.len());
    let mut live = Vec::new();
    ExactHeap::each(|heap| live.push(heap));
    assert!(live[0].is_process());
    assert_eq!(live[live.len() - heaps.len()..], heaps, "in the order of creation");
    found.sort_by_key(|heap| heap.handle());
    live.sort_by_key(|heap| heap.handle());
    assert_eq!(found, live);
    for heap in heaps {
        // SAFETY: nobody else knows the heap; its blocks are forgotten.
        unsafe { heap.destroy() };
        assert_eq!(ExactHeap::at(heap.handle()), None, "destroyed");
        assert!(ExactHeap::try_allocate(heap.handle(), 50).is_null());
    }
    // SAFETY: nobody else knows the heap; its block is forgotten.
    unsafe { plain.destroy() };
    assert_eq!(ExactHeap::count(), before);
}

#[test]
fn the_fast_path_of_a_destroyed_heap_gives_nothing() {
    let _alone = alone();
    for unserialized in [false, true] {
        for _ in 0..50 {
            let heap = ExactHeap::create(ExactOptions { unserialized, ..Default::default() })
                .expect("memory for a heap");
            let handle = heap.handle();
            // Enough for a cache of the thread's own.
            let blocks: Vec<Block> = (0..200).map(|seed| Block::plain(heap, 50, seed)).collect();
            let one = blocks[0].pointer();
            blocks.into_iter().skip(1).for_each(Block::free);
            let again = ExactHeap::try_allocate(handle, 50);
            assert!(!again.is_null(), "the fast path is the thread's by now");
            // SAFETY: the blocks are forgotten, and nobody else knows the heap.
            unsafe { heap.destroy() };
            assert!(ExactHeap::try_allocate(handle, 50).is_null());
            // SAFETY: nothing is there any more: it is to be noticed.
            assert!(!unsafe { ExactHeap::try_free(handle, one) });
        }
    }
}

#[test]
fn a_heap_is_what_it_was_made_to_be() {
    let _alone = alone();
    for bits in 0..8 {
        let options = ExactOptions {
            face: 0x8000_0001 | bits << 8,
            unserialized: bits & 1 != 0,
            limit: if bits & 2 != 0 { 5000 } else { 0 },
            executable: bits & 4 != 0,
            ..Default::default()
        };
        let heap = ExactHeap::create(options).expect("memory for a heap");
        let said = heap.options();
        assert_eq!((said.face, said.unserialized), (options.face, options.unserialized));
        assert_eq!((said.limit, said.executable), (options.limit, options.executable));
        assert_eq!(heap.face(), options.face);
        assert!(!heap.is_process());
        assert_eq!(heap.face_word().swap(5, std::sync::atomic::Ordering::Relaxed), 0);
        assert_eq!(heap.face_word().load(std::sync::atomic::Ordering::Relaxed), 5);
        assert_eq!(heap.validate(), None);
        // SAFETY: nobody else knows the heap.
        unsafe { heap.destroy() };
    }
}

#[cfg(target_arch = "x86_64")]
#[test]
fn blocks_of_an_executable_heap_can_be_executed_and_others_afterwards_not() {
    let _alone = alone();
    // `mov eax, edi; ret`
    const CODE: [u8; 3] = [0x89, 0xF8, 0xC3];
    let heap = ExactHeap::create(ExactOptions { executable: true, ..Default::default() })
        .expect("memory for a heap");
    let mut addresses = Vec::new();
    for size in [3, 100, 5000, 40_000, 1 << 20] {
        let p = heap.allocate(&Request::plain(size));
        // SAFETY: the block is at least as long as the code.
        unsafe { p.copy_from_nonoverlapping(CODE.as_ptr(), CODE.len()) };
        // SAFETY: what was just written is such a function.
        let function: extern "C" fn(u32) -> u32 = unsafe { std::mem::transmute(p) };
        assert_eq!(function(size as u32), size as u32);
        addresses.push(p.addr());
    }
    let executable = |address: usize| {
        let maps = std::fs::read_to_string("/proc/self/maps").expect("a list of mappings");
        maps.lines().any(|line| {
            let (range, rest) = line.split_once(' ').expect("an address range comes first");
            let (from, to) = range.split_once('-').expect("two addresses");
            let number = |text| usize::from_str_radix(text, 16).expect("a number");
            (number(from)..number(to)).contains(&address) && rest.as_bytes()[2] == b'x'
        })
    };
    assert!(addresses.iter().all(|&address| executable(address)));
    // SAFETY: nobody else knows the heap; its blocks are forgotten.
    unsafe { heap.destroy() };
    assert!(!addresses.iter().any(|&address| executable(address)));
    assert!(!exact::is_readable(std::ptr::null()));
}
