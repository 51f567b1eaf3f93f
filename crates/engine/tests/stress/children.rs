//! Forked children of a process with threads: they find every heap whole.

use crate::kit::block::Block;
use crate::kit::target::Target;
use crate::watch::{Watchdog, rounds};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

/// Runs the checks in a forked child, and waits for it: 20 s at most.
#[track_caller]
pub fn in_child(checks: impl FnOnce()) {
    // SAFETY: the child has this thread only; it allocates, checks and leaves with `_exit`.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "fork failed");
    if child == 0 {
        let held = catch_unwind(AssertUnwindSafe(checks)).is_ok();
        // SAFETY: ends the child without running what belongs to the parent.
        unsafe { libc::_exit(i32::from(!held)) };
    }
    let end = Instant::now() + Duration::from_secs(20);
    let mut status = 0;
    // SAFETY: waits for the child just made; `status` is valid for writing.
    while unsafe { libc::waitpid(child, &mut status, libc::WNOHANG) } == 0 {
        if Instant::now() > end {
            // SAFETY: the child was not waited for yet, so the number is still its.
            unsafe { libc::kill(child, libc::SIGKILL) };
            // SAFETY: as above.
            unsafe { libc::waitpid(child, &mut status, 0) };
            panic!("the child hangs");
        }
        thread::sleep(Duration::from_micros(200));
    }
    assert_eq!(status, 0, "the child's checks failed, or it died");
}

fn blocks(heap: Target, count: usize, size: usize) -> Vec<Block> {
    let block =
        |seed| Block::allocate(heap, size, 1, false, seed as u64).expect("memory for a block");
    (0..count).map(block).collect()
}

/// Frees every third block: so the thread's cache has free blocks at hand, and slabs with more.
fn thin_out(blocks: Vec<Block>) -> Vec<Block> {
    let (freed, kept): (Vec<_>, Vec<_>) =
        blocks.into_iter().enumerate().partition(|(i, _)| i % 3 == 0);
    freed.into_iter().for_each(|(_, block)| block.free());
    kept.into_iter().map(|(_, block)| block).collect()
}

#[test]
fn what_a_parents_thread_had_free_is_handed_out_once_in_the_child() {
    let _watchdog = Watchdog::start("children", Duration::ZERO, Duration::from_secs(120));
    for heap in [Target::create(), Target::Process] {
        for size in [16, 64, 1000, 8000] {
            let ready = Barrier::new(2);
            let done = Barrier::new(2);
            thread::scope(|scope| {
                scope.spawn(|| {
                    let kept = thin_out(blocks(heap, 1000, size));
                    ready.wait();
                    done.wait();
                    kept.into_iter().for_each(Block::free);
                });
                // This thread has a cache too, so that in the child it adopts the other's slabs.
                blocks(heap, 200, size).into_iter().for_each(Block::free);
                ready.wait();
                in_child(|| {
                    let mine = blocks(heap, 3000, size);
                    let others =
                        thread::spawn(move || blocks(heap, 3000, size)).join().expect("a thread");
                    mine.iter().chain(&others).for_each(Block::check);
                    let mut starts: Vec<_> =
                        mine.iter().chain(&others).map(|b| b.address().addr()).collect();
                    starts.sort_unstable();
                    assert!(
                        starts.windows(2).all(|pair| pair[1] - pair[0] >= size),
                        "blocks overlap"
                    );
                    mine.into_iter().chain(others).for_each(Block::free);
                });
                done.wait();
            });
        }
    }
}

#[test]
fn a_child_counts_what_its_parent_had_and_frees_it() {
    let heap = Target::create();
    let kept = thin_out(blocks(heap, 1000, 100));
    let freed_elsewhere = blocks(heap, 50, 100);
    thread::spawn(move || freed_elsewhere.into_iter().for_each(Block::free))
        .join()
        .expect("a thread");
    let live = heap.statistics().live_blocks;
    for _ in 0..rounds(20) {
        // Taken apart in the child's copy of memory only.
        let copies: Vec<usize> = kept.iter().map(|block| block.address().addr()).collect();
        in_child(|| {
            assert_eq!(heap.statistics().live_blocks, live);
            kept.iter().for_each(Block::check);
            for address in copies {
                // SAFETY: the child's copy of the block is used by nobody else.
                let freed = unsafe { heap.free(std::ptr::with_exposed_provenance_mut(address)) };
                assert_eq!(freed, Ok(()));
            }
            assert_eq!(heap.statistics().live_blocks, 0);
        });
    }
    kept.into_iter().for_each(Block::free);
    // SAFETY: all blocks were freed, and nobody uses the heap any more.
    unsafe { heap.destroy() };
}
