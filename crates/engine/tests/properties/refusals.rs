//! Pointers that are no live block's: each kind, from each thread, changes nothing.

use crate::alone;
use crate::kit::block::Block;
use crate::kit::target::Target;
use crate::world::refused;
use heapmin_engine::{Decay, RefusalKind, process};
use std::sync::Barrier;
use std::thread;

fn block(heap: Target, size: usize) -> Block {
    Block::allocate(heap, size, 1, false, 7).expect("memory for a block")
}

/// Sizes of blocks in slabs and of large ones.
const SIZES: [usize; 5] = [1, 100, 5000, 32 << 10, 1 << 20];

#[test]
fn null_may_be_freed_in_every_heap() {
    let heap = Target::create();
    for heap in [Target::Process, heap] {
        // SAFETY: null is no block.
        assert_eq!(unsafe { heap.free(std::ptr::null_mut()) }, Ok(()));
    }
    // SAFETY: the heap has no blocks, and nobody uses it any more.
    unsafe { heap.destroy() };
}

#[test]
fn a_block_freed_by_another_thread_is_refused_in_both_threads_before_its_owner_notices() {
    let _alone = alone();
    for size in SIZES {
        let kept: Vec<Block> = (0..3).map(|_| block(Target::Process, size)).collect();
        let given = block(Target::Process, size);
        let address = given.address().addr();
        thread::scope(|scope| {
            let free = || {
                given.free();
                refused(Target::Process, address, &[RefusalKind::AlreadyFree]);
            };
            scope.spawn(free).join().expect("the other thread's checks hold");
        });
        refused(Target::Process, address, &[RefusalKind::AlreadyFree]);
        kept.into_iter().for_each(Block::free);
    }
}

#[test]
fn of_several_threads_that_free_a_block_at_once_one_succeeds() {
    let _alone = alone();
    // Who frees much may start a thread that looks after it: in that very memory, between the two.
    process::set_decay(Decay::Never);
    for round in 0..300 {
        let size = SIZES[round % SIZES.len()];
        let victim = block(Target::Process, size);
        victim.check();
        let address = victim.into_address().addr();
        let start = Barrier::new(2);
        let free = || {
            start.wait();
            // SAFETY: the block was given up above.
            unsafe { process::free(std::ptr::with_exposed_provenance_mut(address)) }
        };
        // Both are threads that don't own the slab: the owner, here, is waiting.
        let answers = thread::scope(|scope| {
            let threads = [scope.spawn(free), scope.spawn(free)];
            threads.map(|thread| thread.join().expect("freeing never panics"))
        });
        let refusals: Vec<_> = answers.iter().filter_map(|answer| answer.err()).collect();
        assert_eq!(refusals.len(), 1, "{answers:?}");
        assert_eq!(refusals[0].kind(), RefusalKind::AlreadyFree, "{answers:?}");
    }
}

#[test]
fn a_block_of_a_thread_that_has_ended_is_freed_once() {
    let _alone = alone();
    let heap = Target::create();
    for size in SIZES {
        let blocks = thread::spawn(move || (0..200).map(|_| block(heap, size)).collect::<Vec<_>>());
        for block in blocks.join().expect("the thread allocates and ends") {
            let address = block.address().addr();
            block.free();
            refused(heap, address, &[RefusalKind::AlreadyFree]);
        }
    }
    assert_eq!(heap.statistics().live_blocks, 0);
    // SAFETY: the thread has ended, and the blocks were freed.
    unsafe { heap.destroy() };
}

#[test]
fn a_block_of_a_destroyed_heap_is_refused_by_the_others() {
    let _alone = alone();
    for size in SIZES {
        let heap = Target::create();
        let address = block(heap, size).address().addr();
        // SAFETY: the block was forgotten, and nobody uses the heap any more.
        unsafe { heap.destroy() };
        refused(Target::Process, address, &[RefusalKind::AlreadyFree]);
    }
}

#[test]
fn memory_of_the_engines_own_is_refused() {
    let _alone = alone();
    let neighbours: Vec<Block> = (0..64).map(|_| block(Target::Process, 64 << 10)).collect();
    let first =
        neighbours.iter().map(|block| block.address().addr()).min().expect("there are blocks");
    // The units before the first block: those of caches are among them.
    for unit in 1..=16 {
        let address = first - (unit << 16) + 16;
        let p = std::ptr::with_exposed_provenance_mut::<u8>(address);
        assert!(process::usable_size(p).is_err(), "{address:#x} is no block");
        // SAFETY: this thread has no block there; the heap is to notice.
        assert!(unsafe { process::free(p) }.is_err(), "{address:#x} is no block");
    }
    neighbours.into_iter().for_each(Block::free);
}

#[test]
fn a_refusal_says_what_the_pointer_is_and_what_to_do() {
    let _alone = alone();
    let other = Target::create();
    let block = block(other, 1000);
    let start = block.address();
    let text = |heap: Target, p: *mut u8| heap.usable_size(p).expect_err("no block").to_string();
    let inside = text(other, start.wrapping_add(48));
    assert!(
        inside.starts_with("invalid pointer") && inside.contains("48 bytes after the start"),
        "{inside}"
    );
    assert!(inside.contains(&format!("{:#x}", start.addr())), "{inside}");
    let elsewhere = text(Target::Process, start);
    assert!(elsewhere.contains("of another heap; free it in the heap"), "{elsewhere}");
    block.free();
    let twice = text(other, start);
    assert!(twice.starts_with("double free of") && twice.contains("1024 bytes"), "{twice}");
    // SAFETY: the block was freed, and nobody uses the heap any more.
    unsafe { other.destroy() };
}
