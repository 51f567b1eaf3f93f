//! Exact counts, switched on before the first operation of a process.

#[path = "kit/mod.rs"]
mod kit;

use heapmin_engine::{Statistics, process};
use kit::block::Block;
use kit::target::Target;
use std::thread;

fn block(size: usize) -> Block {
    Block::allocate(Target::Process, size, 1, false, 1).expect("memory for a block")
}

/// The counts of the process heap and the sums that they must agree with.
fn counts() -> Statistics {
    let said = process::statistics();
    let sum = said.classes.iter().chain([&said.large]).map(|class| class.allocations).sum::<u64>();
    assert_eq!(said.allocations, sum, "the classes together");
    assert_eq!(said.allocations - said.frees, said.live_blocks as u64, "{said:?}");
    assert!(said.peak_live_bytes >= said.live_bytes, "{said:?}");
    said
}

// One test: the counts are those of the process.
#[test]
fn each_operation_is_counted_and_the_peak_is_the_most_that_was_live() {
    process::count_operations();
    assert_eq!(counts().allocations, 0);

    let blocks: Vec<Block> = [1, 100, 5000, 40_001, 100_000, 3 << 20].map(block).into();
    let live: usize = blocks.iter().map(|block| block.usable).sum();
    let said = counts();
    assert_eq!((said.allocations, said.frees, said.peak_live_bytes), (6, 0, live));
    blocks.into_iter().for_each(Block::free);
    let said = counts();
    assert_eq!(
        (said.allocations, said.frees, said.live_bytes, said.peak_live_bytes),
        (6, 6, 0, live)
    );

    // The count of live bytes must come back to where it was: else the peak creeps.
    for _ in 0..100 {
        block(40_001).free();
    }
    let said = counts();
    assert_eq!((said.allocations, said.frees, said.peak_live_bytes), (106, 106, live));

    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| (0..500).for_each(|size| block(size * 7).free()));
        }
    });
    let said = counts();
    assert_eq!((said.allocations, said.frees, said.live_bytes), (1606, 1606, 0));

    let mut growing = block(100_000);
    for size in [200_000, 5 << 20, 40 << 20, 50_000, 100] {
        assert!(growing.reallocate(size, 3));
        assert_eq!(counts().live_bytes, growing.usable);
    }
    growing.free();
    let peak = counts().peak_live_bytes;
    assert!((40 << 20..=46 << 20).contains(&peak), "the peak is {peak}");
}
