//! The allocator interface itself: sizes of 0, large alignments, growing and shrinking from one
//! layout to another.

use crate::heap;
use allocator_api2::alloc::{Allocator, Layout};
use heapmin::Heap;
use std::ptr::NonNull;

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).expect("a valid layout")
}

/// A block with its layout, filled with a byte.
struct Filled<'heap> {
    heap: &'heap Heap,
    block: NonNull<u8>,
    layout: Layout,
}

impl<'heap> Filled<'heap> {
    fn new(heap: &'heap Heap, layout: Layout, byte: u8) -> Self {
        let block = heap.allocate(layout).expect("memory for a block");
        let mut filled = Self { heap, block: block.cast(), layout };
        filled.check_place(block);
        filled.bytes().fill(byte);
        filled
    }

    fn check_place(&self, block: NonNull<[u8]>) {
        assert!(block.len() >= self.layout.size());
        assert!(self.block.addr().get().is_multiple_of(self.layout.align()), "{:?}", self.layout);
    }

    fn bytes(&mut self) -> &mut [u8] {
        // SAFETY: a live block of that size which this value owns; it was filled as a whole, or
        // is about to be, and every byte value is a `u8`.
        unsafe { std::slice::from_raw_parts_mut(self.block.as_ptr(), self.layout.size()) }
    }

    fn becomes(&mut self, new: Layout) {
        let (heap, block, old) = (self.heap, self.block, self.layout);
        let changed = if new.size() >= old.size() {
            // SAFETY: the block is live and has this layout; the new one is no smaller.
            unsafe { heap.grow(block, old, new) }
        } else {
            // SAFETY: the same, and the new one is smaller.
            unsafe { heap.shrink(block, old, new) }
        };
        let changed = changed.expect("memory for a block");
        self.block = changed.cast();
        self.layout = new;
        self.check_place(changed);
    }
}

impl Drop for Filled<'_> {
    fn drop(&mut self) {
        // SAFETY: the block is live and has this layout; nobody uses it afterwards.
        unsafe { self.heap.deallocate(self.block, self.layout) };
    }
}

const SIZES: [usize; 8] = [0, 1, 17, 300, 4096, 40_000, 300_000, 9 << 20];
const ALIGNS: [usize; 7] = [1, 16, 64, 4096, 64 << 10, 1 << 20, 32 << 20];

#[test]
fn every_layout_is_served_and_distinct_also_of_size_0() {
    let heap = heap();
    let mut blocks = std::vec::Vec::new();
    for size in SIZES {
        for align in ALIGNS {
            blocks.push(Filled::new(&heap, layout(size, align), blocks.len() as u8));
        }
    }
    for (byte, filled) in blocks.iter_mut().enumerate() {
        assert!(filled.bytes().iter().all(|&found| found == byte as u8));
    }
    let mut starts: std::vec::Vec<_> = blocks.iter().map(|filled| filled.block).collect();
    starts.sort_unstable();
    starts.dedup();
    assert_eq!(starts.len(), blocks.len());
    drop(blocks);
    assert_eq!(heap.statistics().live_blocks, 0);
}

#[test]
fn zeroed_layouts_are_zero_also_in_used_memory() {
    let heap = heap();
    for size in SIZES {
        for align in ALIGNS {
            drop(Filled::new(&heap, layout(size, align), 0xAB));
            let layout = layout(size, align);
            let block = heap.allocate_zeroed(layout).expect("memory for a block");
            let mut filled = Filled { heap: &heap, block: block.cast(), layout };
            filled.check_place(block);
            assert!(filled.bytes().chunks(4096).all(|part| *part == [0; 4096][..part.len()]));
        }
    }
}

#[test]
fn growing_and_shrinking_keep_the_contents_from_any_alignment_to_any_other() {
    let heap = heap();
    for from in ALIGNS {
        for to in ALIGNS {
            for (size, new) in [
                (0, 0),
                (1, 1),
                (30, 5000),
                (5000, 30),
                (40_000, 40_000),
                (100_000, 20),
                (20, 100_000),
            ] {
                let mut filled = Filled::new(&heap, layout(size, from), 0x5A);
                filled.becomes(layout(new, to));
                let kept = size.min(new);
                assert!(
                    filled.bytes()[..kept].iter().all(|&byte| byte == 0x5A),
                    "{size}@{from} to {new}@{to}"
                );
                filled.bytes().fill(1);
            }
        }
    }
    assert_eq!(heap.statistics().live_blocks, 0);
}

#[test]
fn what_grows_zeroed_is_zero_beyond_its_old_end() {
    let heap = heap();
    for (size, new) in [(10, 16), (10, 500), (100, 40_000), (33_000, 65_000), (70_000, 10 << 20)] {
        let old = layout(size, 8);
        let mut filled = Filled::new(&heap, old, 0xCD);
        let wanted = layout(new, 8);
        // SAFETY: the block is live and has this layout; the new one is larger.
        let grown =
            unsafe { heap.grow_zeroed(filled.block, old, wanted) }.expect("memory for a block");
        filled.block = grown.cast();
        filled.layout = wanted;
        assert!(filled.bytes()[..size].iter().all(|&byte| byte == 0xCD));
        assert!(filled.bytes()[size..].iter().all(|&byte| byte == 0), "{size} to {new}");
    }
}

#[test]
fn a_block_that_is_none_is_refused_by_try_free() {
    let (heap, other) = (heap(), heap());
    let block = heap.allocate(layout(100, 8)).expect("memory for a block").cast::<u8>();
    // SAFETY: not a block of that heap: it is to notice.
    let refusal = unsafe { other.try_free(block) }.expect_err("another heap's block");
    assert_eq!(refusal.address(), block.addr().get());
    // SAFETY: nobody uses the block afterwards.
    assert!(unsafe { heap.try_free(block) }.is_ok());
    // SAFETY: no block any more: the heap is to notice.
    let twice = unsafe { heap.try_free(block) }.expect_err("free already");
    assert!(twice.to_string().starts_with("double free"), "{twice}");
}
