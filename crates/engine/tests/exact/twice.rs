//! Blocks that two threads free at once: free once, and never handed out twice.

use crate::alone;
use crate::block::{Block, at};
use crate::watch::Watchdog;
use heapmin_engine::exact::{ExactHeap, ExactOptions};
use std::collections::HashSet;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;

const ROUNDS: usize = 400;
/// Blocks freed in each round, by both threads.
const VICTIMS: usize = 12;

fn free(heap: ExactHeap, addresses: &[usize]) -> usize {
    // SAFETY: the blocks were given up; that two threads do this, the heap is to bear.
    addresses.iter().filter(|&&address| unsafe { heap.free(at(address), false) }.is_ok()).count()
}

/// Blocks of this thread's, and whether the other one owns their slabs too.
fn victims(heap: ExactHeap, size: usize, round: usize) -> Vec<usize> {
    let allocate =
        move || (0..VICTIMS).map(|_| heap.allocate_plain(size).expose_provenance()).collect();
    // In every third round they are of a thread that has ended.
    if round.is_multiple_of(3) {
        thread::spawn(allocate).join().expect("the thread ends")
    } else {
        allocate()
    }
}

fn distinct(heap: ExactHeap, size: usize, count: usize) -> HashSet<usize> {
    let taken: Vec<usize> =
        (0..count).map(|_| heap.allocate_plain(size).expose_provenance()).collect();
    let set: HashSet<usize> = taken.iter().copied().collect();
    assert!(set.len() == count && !set.contains(&0), "a block was handed out twice");
    set
}

fn free_twice_at_once(options: ExactOptions, size: usize) {
    let heap = ExactHeap::create(options).expect("memory for a heap");
    let start = Barrier::new(2);
    let todo = std::sync::Mutex::new(Vec::new());
    thread::scope(|scope| {
        scope.spawn(|| {
            // A cache of its own.
            (0..100).map(|seed| Block::plain(heap, size, seed)).for_each(Block::free);
            for _ in 0..ROUNDS {
                start.wait();
                let addresses: Vec<usize> = todo.lock().expect("no thread failed").clone();
                start.wait();
                free(heap, &addresses);
                start.wait();
            }
        });
        (0..100).map(|seed| Block::plain(heap, size, seed)).for_each(Block::free);
        let bystander = Block::plain(heap, size, 5);
        for round in 0..ROUNDS {
            let addresses = victims(heap, size, round);
            *todo.lock().expect("no thread failed") = addresses.clone();
            start.wait();
            start.wait();
            free(heap, &addresses);
            start.wait();
            let mine = distinct(heap, size, 3 * VICTIMS);
            let others = thread::scope(|inner| {
                inner.spawn(|| distinct(heap, size, 3 * VICTIMS)).join().expect("its checks hold")
            });
            assert!(mine.is_disjoint(&others), "a block was handed out twice");
            assert!(!mine.contains(&bystander.address) && !others.contains(&bystander.address));
            let all: Vec<usize> = mine.into_iter().chain(others).collect();
            assert_eq!(free(heap, &all), all.len(), "round {round}");
            if round % 40 == 0 {
                assert_eq!(heap.validate(), None, "round {round}");
                assert_eq!(heap.summary().blocks, 1);
            }
        }
        bystander.free();
    });
    assert_eq!(heap.validate(), None);
    assert_eq!(heap.summary().blocks, 0);
    // SAFETY: its blocks were freed, and the thread has ended.
    unsafe { heap.destroy() };
}

#[test]
fn a_block_that_two_threads_free_at_once_is_free_once() {
    let _alone = alone();
    let _watchdog = Watchdog::start("twice", Duration::ZERO, Duration::from_secs(120));
    for size in [50, 3000, 100_000] {
        free_twice_at_once(ExactOptions::default(), size);
    }
}

#[test]
fn a_heap_with_a_limit_bears_blocks_freed_by_two_threads_at_once() {
    let _alone = alone();
    let _watchdog = Watchdog::start("twice, limited", Duration::ZERO, Duration::from_secs(120));
    for size in [50, 100_000] {
        free_twice_at_once(ExactOptions { limit: 16 << 20, ..Default::default() }, size);
    }
}
