//! Programs of three threads on shared heaps.
//!
//! Each thread has blocks of its own; some go through a box from one to another. Every few calls all
//! threads end, new ones go on with their blocks, and between them the heaps are compared with all
//! blocks together.

mod lane;
mod look;
mod objects;

use crate::abi::heapapi::{HeapCreate, HeapDestroy};
use crate::calls::{heapapi, walk};
use crate::input::Size;
use crate::model::block::Block;
use crate::model::world::World;
use crate::told::{self, quietly};
use arbitrary::{Arbitrary, Result, Unstructured};
use lane::{Call, Lane};
use std::sync::{Barrier, Mutex, PoisonError};
use std::thread;

const LANES: usize = 3;
/// Calls of each thread between two joins.
const CALLS: usize = 24;
const ROUNDS: usize = 8;
/// Bytes of the fixed heap.
const FIXED: usize = 0x8_0000;

/// What the threads of a program share.
struct Shared {
    /// The process heap, a growable and a fixed one.
    heaps: [usize; 3],
    objects: [usize; objects::COUNT],
    /// All threads begin a round together.
    start: Barrier,
    /// Blocks on their way from one thread to another.
    posted: Mutex<Vec<Block>>,
}

/// The calls of all threads, by round and thread.
#[derive(Debug)]
pub struct Program(Vec<[Vec<Call>; LANES]>);

impl<'a> Arbitrary<'a> for Program {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let mut rounds = Vec::new();
        while !input.is_empty() && rounds.len() < ROUNDS {
            let mut round = [const { Vec::new() }; LANES];
            for calls in &mut round {
                while !input.is_empty() && calls.len() < CALLS {
                    calls.push(input.arbitrary()?);
                }
            }
            rounds.push(round);
        }
        Ok(Self(rounds))
    }
}

impl Program {
    /// Runs the threads; `before` sees each round first.
    pub fn run(&self, mut before: impl FnMut(usize, &dyn std::fmt::Debug)) {
        told::install();
        let mut world = World::new();
        let growable = quietly(|| HeapCreate(0, 0, 0));
        let fixed = quietly(|| HeapCreate(0, 0, FIXED));
        let shared = Shared {
            heaps: [world.process(), growable, fixed],
            objects: objects::make(),
            start: Barrier::new(LANES),
            posted: Mutex::new(Vec::new()),
        };
        world.share(growable, fixed, FIXED);
        let mut lanes = [const { Lane::new() }; LANES];
        for (index, round) in self.0.iter().enumerate() {
            before(index, round);
            thread::scope(|scope| {
                let shared = &shared;
                let threads: Vec<_> = lanes
                    .iter_mut()
                    .zip(round)
                    .map(|(lane, calls)| {
                        scope.spawn(move || {
                            shared.start.wait();
                            calls.iter().for_each(|&call| lane.run(shared, call));
                        })
                    })
                    .collect();
                // The scope itself doesn't wait for what threads do at their very end.
                for thread in threads {
                    thread.join().expect("a thread found a difference");
                }
            });
            compare(&mut world, &shared, &lanes);
        }
        for lane in lanes {
            lane.end();
        }
        for block in shared.posted.into_inner().unwrap_or_else(PoisonError::into_inner) {
            lane::free(&block);
        }
        objects::free(&shared.objects);
        assert_eq!(quietly(|| HeapDestroy(growable)), 1, "destroying the growable heap");
        assert_eq!(quietly(|| HeapDestroy(fixed)), 1, "destroying the fixed heap");
        world.check_nothing_left();
    }
}

/// Compares the heaps with the blocks of all threads, while none runs.
#[track_caller]
fn compare(world: &mut World, shared: &Shared, lanes: &[Lane]) {
    let posted = shared.posted.lock().unwrap_or_else(PoisonError::into_inner);
    let (objects, data) = objects::model(&shared.objects, world.process());
    world.objects = objects;
    world.blocks = lanes.iter().flat_map(Lane::blocks).chain(posted.iter()).cloned().collect();
    world.blocks.extend(data);
    drop(posted);
    world.recount();
    for (index, block) in world.blocks.iter().enumerate() {
        for other in &world.blocks[..index] {
            assert!(!block.overlaps(other), "{block:x?} overlaps {other:x?}");
        }
    }
    for heap in shared.heaps {
        walk::check(world, heap);
    }
    heapapi::fill(world, shared.heaps[2], Size(usize::MAX / 3));
    world.blocks.clear();
    world.objects.clear();
}
