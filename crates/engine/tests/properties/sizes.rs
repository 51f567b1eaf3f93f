//! Sizes and alignments, one rule each.

use crate::alone;
use crate::kit::block::Block;
use crate::kit::target::Target;

fn block(size: usize, align: usize) -> Block {
    Block::allocate(Target::Process, size, align, false, 3).expect("memory for a block")
}

#[test]
fn a_block_can_always_be_made_shorter_where_it_is() {
    let _alone = alone();
    for (size, align) in [(100, 1), (15, 128 << 10), (32 << 10, 1), (100 << 10, 1), (9 << 20, 4096)]
    {
        for shorter in [size, size / 2, 1] {
            let mut block = block(size, align);
            let address = block.address();
            assert!(block.resize_in_place(shorter, 4), "{size} at {align} to {shorter}");
            assert_eq!(block.address(), address);
            block.free();
        }
    }
}

#[test]
fn a_block_of_size_0_is_a_block_of_its_own() {
    let _alone = alone();
    let [one, another] = [block(0, 1), block(0, 1)];
    assert_ne!(one.address(), another.address());
    one.free();
    another.free();
}

#[test]
fn a_block_that_grows_keeps_its_contents_at_every_size_up_to_64_mib() {
    let _alone = alone();
    let mut block = block(1, 1);
    let mut size = 1;
    while size < 64 << 20 {
        size += size / 3 + 1;
        assert!(block.reallocate(size, size as u64));
    }
    while size > 1 {
        size /= 3;
        assert!(block.reallocate(size, size as u64));
    }
    block.free();
}

#[test]
fn every_alignment_up_to_1_gib_is_kept_and_survives_resizing() {
    let _alone = alone();
    for log2 in 0..=30 {
        for size in [1, 5000, 70_000] {
            let mut block = block(size, 1 << log2);
            assert!(block.reallocate(size * 3, 5));
            assert!(block.reallocate(size, 6));
            block.free();
        }
    }
}

#[test]
fn sizes_beyond_the_address_space_give_null_and_change_nothing() {
    let _alone = alone();
    let before = Target::Process.statistics().live_blocks;
    let limit = isize::MAX as usize;
    for size in [limit - 15, limit, limit + 1, usize::MAX - 65_536, usize::MAX - 15, usize::MAX] {
        for log2 in [0, 4, 12, 16, 20, 30, 47, 62, 63] {
            assert!(
                Target::Process.allocate(size, 1 << log2, false).is_null(),
                "{size} at 2^{log2}"
            );
            assert!(
                Target::Process.allocate(size, 1 << log2, true).is_null(),
                "{size} at 2^{log2}"
            );
        }
        let mut block = block(100, 1);
        assert!(!block.reallocate(size, 1), "{size}");
        block.free();
    }
    for log2 in 48..64 {
        assert!(Target::Process.allocate(1, 1 << log2, false).is_null(), "1 at 2^{log2}");
    }
    assert_eq!(Target::Process.statistics().live_blocks, before);
}
