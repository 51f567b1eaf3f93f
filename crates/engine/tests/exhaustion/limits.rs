//! Limits of the process (`ulimit`): address space, and memory that may be written.

use crate::kit::alone::in_own_process;
use crate::kit::block::Block;
use crate::kit::target::Target;

const MIB: u64 = 1 << 20;

/// Fills the process with blocks of one size up to its limit, checks and frees them.
fn fill_and_free(heap: Target, size: usize, blocks: &mut Vec<Block>) -> usize {
    while let Some(block) = Block::allocate(heap, size, 1, false, blocks.len() as u64) {
        blocks.push(block);
    }
    let live = heap.statistics().live_blocks;
    assert_eq!(live, blocks.len());
    for block in blocks.iter_mut().take(3) {
        assert!(!block.reallocate(1 << 40, 1), "a block grew beyond the limit");
    }
    let bytes = blocks.iter().map(|block| block.usable).sum();
    blocks.drain(..).for_each(Block::free);
    assert_eq!(heap.statistics().live_blocks, 0);
    bytes
}

/// At the limit: null, and all of it again afterwards, in whatever size.
fn works_up_to_a_limit(limit: u64) {
    let fair = limit as usize / 2;
    let heap = Target::create();
    // Made first: the test's own memory counts as well, and at the limit there is none for it.
    let blocks = &mut Vec::with_capacity(1 << 17);
    let first = fill_and_free(heap, 1 << 20, blocks);
    assert!(first >= fair, "only {first} bytes of {limit}");
    for (target, size) in [(heap, 15_000), (Target::Process, 300_000), (heap, 1 << 20)] {
        let again = fill_and_free(target, size, blocks);
        assert!(again >= fair, "only {again} bytes of {limit} in blocks of {size}, after {first}");
        target.trim();
    }
}

#[test]
fn a_limit_of_address_space_is_met_with_null_and_most_of_it_is_used() {
    const LIMIT: u64 = 200 * MIB;
    let name = "limits::a_limit_of_address_space_is_met_with_null_and_most_of_it_is_used";
    in_own_process(name, &[(libc::RLIMIT_AS, LIMIT)], || works_up_to_a_limit(LIMIT));
}

#[test]
fn a_limit_of_data_is_met_with_null_and_most_of_it_is_used() {
    const LIMIT: u64 = 200 * MIB;
    let name = "limits::a_limit_of_data_is_met_with_null_and_most_of_it_is_used";
    in_own_process(name, &[(libc::RLIMIT_DATA, LIMIT)], || works_up_to_a_limit(LIMIT));
}

#[test]
fn little_address_space_is_enough_for_a_small_program() {
    const LIMIT: u64 = 40 * MIB;
    let name = "limits::little_address_space_is_enough_for_a_small_program";
    in_own_process(name, &[(libc::RLIMIT_AS, LIMIT)], || {
        let block = |seed| Block::allocate(Target::Process, 1000, 1, true, seed).expect("memory");
        (0..5000).map(block).collect::<Vec<_>>().into_iter().for_each(Block::free);
    });
}
