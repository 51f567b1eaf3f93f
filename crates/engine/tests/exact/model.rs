//! Random operations on several heaps at once, of all kinds, by several threads in turn.

use crate::alone;
use crate::block::Block;
use crate::kit::alone::in_own_process;
use crate::world::{World, charge};
use heapmin_engine::exact::{ExactHeap, ExactOptions, Request, Resize};
use std::thread;

/// Heaps of each kind.
fn kinds() -> [ExactOptions; 6] {
    let plain = ExactOptions::default();
    [
        plain,
        ExactOptions { face: 7, unserialized: true, ..plain },
        ExactOptions { limit: 300_000, ..plain },
        ExactOptions { executable: true, ..plain },
        ExactOptions { initial: 300_000, ..plain },
        ExactOptions { unserialized: true, limit: 1 << 20, executable: true, ..plain },
    ]
}

fn run(mut world: World, batches: usize, steps: usize) {
    for batch in 0..batches {
        if batch % 3 == 1 {
            // Another thread, with caches of its own or none, takes over for a while, and ends.
            thread::scope(|scope| {
                let turn = || world.steps(steps);
                scope.spawn(turn).join().expect("the thread's checks hold");
            });
        } else {
            world.steps(steps);
        }
        world.check();
    }
    world.end();
}

#[test]
fn heaps_of_every_kind_do_what_a_map_of_blocks_does() {
    let _alone = alone();
    for seed in 1..=12 {
        println!("seed {seed}");
        run(World::new(&kinds(), seed), 12, 60);
    }
}

#[test]
fn one_heap_alone_of_each_kind_does_what_a_map_of_blocks_does() {
    let _alone = alone();
    for (index, kind) in kinds().iter().enumerate() {
        println!("kind {index}");
        let heap = ExactHeap::create(*kind).expect("memory for a heap");
        run(World::of(vec![heap], 100 + index as u64), 10, 60);
    }
    run(World::new(&[], 200), 10, 60);
}

#[test]
fn heaps_whose_numbers_are_beyond_the_threads_tables_do_what_the_others_do() {
    in_own_process(
        "model::heaps_whose_numbers_are_beyond_the_threads_tables_do_what_the_others_do",
        &[],
        || {
            let create = |_| ExactHeap::create(ExactOptions::default()).expect("memory for a heap");
            let low: Vec<ExactHeap> = (0..2750).map(create).collect();
            let mut heaps: Vec<ExactHeap> = kinds()
                .iter()
                .map(|&kind| ExactHeap::create(kind).expect("memory for a heap"))
                .collect();
            assert_eq!(ExactHeap::count(), 1 + low.len() + heaps.len());
            heaps.push(low[2730]);
            for seed in 1..=4 {
                let mut world = World::of(heaps.clone(), seed);
                for _ in 0..8 {
                    world.steps(60);
                    world.check();
                    thread::scope(|scope| {
                        let turn = || world.steps(60);
                        scope.spawn(turn).join().expect("the thread's checks hold");
                    });
                    world.check();
                }
                if seed == 4 {
                    world.end();
                } else {
                    world.free_all();
                }
            }
        },
    );
}

#[test]
fn a_limit_counts_each_block_and_nothing_else() {
    let _alone = alone();
    for unserialized in [false, true] {
        let options = ExactOptions { limit: 10_000, unserialized, ..ExactOptions::default() };
        let heap = ExactHeap::create(options).expect("memory for a heap");
        for round in 0..50 {
            let mut blocks = Vec::new();
            let mut left = 10_000;
            for size in (0..).map(|step| step * 7 + round) {
                let p = if size % 2 == 0 {
                    heap.allocate_plain(size)
                } else {
                    heap.allocate(&Request { zero: true, ..Request::plain(size) })
                };
                assert_eq!(!p.is_null(), charge(size) <= left, "{size} bytes with {left} left");
                if p.is_null() {
                    break;
                }
                left -= charge(size);
                blocks.push(p);
            }
            assert!(heap.allocate_plain(left).is_null());
            for p in blocks {
                // SAFETY: allocated above, and forgotten here.
                assert_eq!(unsafe { heap.free(p, false) }, Ok(()));
            }
            assert!(heap.allocate_plain(usize::MAX).is_null());
            assert!(heap.allocate_plain(usize::MAX - 40).is_null());
            assert!(heap.allocate_plain(isize::MAX as usize).is_null());
            assert_eq!(heap.validate(), None);
        }
        // SAFETY: its blocks were freed, and nobody else knows the heap.
        unsafe { heap.destroy() };
    }
}

#[test]
fn a_block_of_mallocs_that_grows_in_place_is_zeroed_beyond_its_old_size() {
    let _alone = alone();
    let mut grown = 0;
    for round in 0..20 {
        // Free units behind a block, which aren't zero.
        let mut dirty = Block::of_malloc(2 << 20, round);
        dirty.fill(round | 1);
        dirty.free();
        let mut block = Block::of_malloc(100_000, round);
        let resize = Resize { in_place: true, zero: true, ..Resize::plain(400_000) };
        grown += u64::from(block.resize(&resize, round));
        block.free();
    }
    assert!(grown > 0, "some block had room behind it");
}
