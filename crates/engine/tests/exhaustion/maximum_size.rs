//! Heaps with a maximum size.

use crate::kit::block::Block;
use crate::kit::target::Target;
use heapmin_engine::HeapOptions;
use std::thread;

fn heap(maximum: usize) -> Target {
    Target::with_options(HeapOptions { maximum_size: Some(maximum), ..HeapOptions::default() })
        .expect("memory for a heap")
}

fn destroy(heap: Target) {
    // SAFETY: each test calls this at its end, when it has freed or forgotten the heap's blocks.
    unsafe { heap.destroy() };
}

/// Blocks of one size until there is no more memory.
fn fill(heap: Target, size: usize) -> Vec<Block> {
    (0..).map_while(|seed| Block::allocate(heap, size, 1, seed % 2 == 0, seed)).collect()
}

#[test]
fn a_heap_takes_no_more_than_its_maximum_and_most_of_it() {
    let maximum = 4 << 20;
    for size in [16, 48, 1000, 10_000, 32 << 10, 60 << 10, 1 << 20, 4 << 20] {
        let heap = heap(maximum);
        let blocks = fill(heap, size);
        let said = heap.statistics();
        assert_eq!(said.live_blocks, blocks.len());
        assert!(said.committed_bytes <= maximum, "{size}: {} bytes", said.committed_bytes);
        assert!(said.live_bytes >= maximum / 4 * 3, "{size}: only {} bytes", said.live_bytes);
        blocks.iter().for_each(Block::check);
        destroy(heap);
    }
}

#[test]
fn what_is_freed_at_the_limit_can_be_allocated_again_in_other_sizes() {
    let heap = heap(2 << 20);
    for size in [16, 100 << 10, 3000, 500, 2 << 20, 30_000, 16] {
        let blocks = fill(heap, size);
        assert!(blocks.len() * size >= 1 << 20, "{size}: only {} blocks", blocks.len());
        blocks.into_iter().for_each(Block::free);
        assert_eq!(heap.statistics().live_blocks, 0);
        // What threads keep at hand of one size isn't there for others until it is given back.
        heap.trim();
    }
    destroy(heap);
}

#[test]
fn at_the_limit_a_block_that_cannot_grow_stays_as_it_is() {
    let heap = heap(1 << 20);
    let mut blocks = fill(heap, 100 << 10);
    let count = blocks.len();
    for (seed, block) in blocks.iter_mut().enumerate() {
        assert!(!block.reallocate(1 << 20, 9), "a block grew beyond the limit");
        assert!(!block.resize_in_place(2 << 20, 9), "a block grew beyond the limit");
        assert!(block.resize_in_place(70 << 10, seed as u64), "a block can always be shorter");
    }
    assert!(heap.allocate(usize::MAX, 1, false).is_null());
    assert!(
        heap.allocate(1, 2 << 20, false).is_null() || heap.statistics().committed_bytes <= 1 << 20
    );
    assert!(heap.statistics().live_blocks >= count);
    destroy(heap);
}

#[test]
fn a_maximum_below_the_smallest_step_is_rounded_up_to_it() {
    let heap = heap(1);
    let block = Block::allocate(heap, 1, 1, false, 1).expect("a slab fits");
    assert!(heap.allocate(64 << 10, 1, false).is_null());
    block.free();
    destroy(heap);
}

#[test]
fn threads_meet_the_limit_together_and_lose_nothing() {
    let maximum = 8 << 20;
    let heap = heap(maximum);
    for round in 0..10 {
        thread::scope(|scope| {
            for thread in 0..4 {
                scope.spawn(move || {
                    let size = [24, 700, 20_000, 200_000][(thread + round) % 4];
                    let blocks = fill(heap, size);
                    assert!(heap.statistics().committed_bytes <= maximum);
                    blocks.into_iter().for_each(Block::free);
                });
            }
        });
        assert_eq!(heap.statistics().live_blocks, 0);
    }
    heap.trim();
    fill(heap, maximum).into_iter().for_each(Block::free);
    assert_eq!(heap.statistics().committed_bytes, 0, "all was given back");
    destroy(heap);
}
