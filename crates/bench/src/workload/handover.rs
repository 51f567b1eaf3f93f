//! Blocks that change hands: larson, and a producer with a consumer.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, Ordering};

use super::block::{Block, free_slot};
use super::random::{Random, Sizes};
use super::table::{Table, Zeroed, leak};
use super::threads::{Thread, Work, pause, start};
use super::{Outcome, Scale, timed};

/// One of larson's two lines of threads: each replaces random blocks that its predecessor left.
struct Line {
    slots: &'static mut [Option<Block>],
    sizes: Sizes,
    random: Random,
    generations: u64,
}

impl Line {
    const LIVE: u32 = 5_000;
    const REPLACEMENTS: u32 = 100_000;
}

impl Work for Line {
    fn run(&'static mut self) {
        for mark in 0..Self::REPLACEMENTS {
            let slot = &mut self.slots[self.random.below(Self::LIVE) as usize];
            free_slot(slot);
            *slot = Some(Block::new(self.sizes.draw(&mut self.random), mark));
        }
    }
}

/// After Larson and Krishnan's server simulation: the blocks outlive the threads that made them
/// and die in others. Each generation ends before the next of its line starts.
pub fn larson(scale: Scale) -> Outcome {
    let generations = scale.of(50);
    let lines: [&'static mut Line; 2] = [51, 52].map(|seed| {
        leak(Line {
            slots: Table::new(Line::LIVE as usize).leak(),
            sizes: Sizes::uniform(seed, 16, 1000),
            random: Random::new(seed),
            generations,
        })
    });
    timed(|| {
        let mut threads = lines.map(|line| Some(start(line)));
        while threads.iter().any(Option::is_some) {
            for slot in &mut threads {
                *slot = slot.take().and_then(next_generation);
            }
        }
        2 * generations * u64::from(Line::REPLACEMENTS)
    })
}

fn next_generation(thread: Thread<Line>) -> Option<Thread<Line>> {
    let line = thread.join();
    line.generations -= 1;
    if line.generations > 0 {
        return Some(start(line));
    }
    line.slots.iter_mut().for_each(free_slot);
    None
}

/// A place in the ring between the producer and the consumer.
///
/// `full` says whose the blocks are: false, the producer's, who fills them and sets it; true, the
/// consumer's, who frees them and clears it.
#[repr(align(128))]
struct Batch {
    full: AtomicBool,
    blocks: UnsafeCell<[Option<Block>; Batch::BLOCKS]>,
}

// SAFETY: `full` gives the blocks to one side at a time, with Release and Acquire.
unsafe impl Sync for Batch {}
// SAFETY: zero is `false`, and no blocks.
unsafe impl Zeroed for Batch {}

impl Batch {
    const BLOCKS: usize = 128;

    /// Waits until the blocks are the caller's, lets it work on them and hands them over.
    ///
    /// One thread calls this with `true` only and another with `false` only.
    fn turn(&self, mine_when: bool, work: impl FnOnce(&mut [Option<Block>; Self::BLOCKS])) {
        let mut rounds = 0;
        // Acquire: pairs with the Release below on the other side, which publishes the blocks.
        while self.full.load(Ordering::Acquire) != mine_when {
            pause(&mut rounds);
        }
        // SAFETY: `full` says that the blocks are this side's until it is stored below.
        work(unsafe { &mut *self.blocks.get() });
        self.full.store(!mine_when, Ordering::Release);
    }
}

struct Consumer {
    ring: &'static [Batch],
    batches: u64,
}

impl Work for Consumer {
    fn run(&'static mut self) {
        for number in 0..self.batches {
            self.ring[number as usize % self.ring.len()]
                .turn(true, |blocks| blocks.iter_mut().for_each(free_slot));
        }
    }
}

/// One thread allocates all blocks and another frees them: every free is a remote one.
pub fn producer_consumer(scale: Scale) -> Outcome {
    const RING: usize = 64;
    let batches = scale.of(40_000);
    let ring: &'static [Batch] = Table::new(RING).leak();
    let consumer = leak(Consumer { ring, batches });
    let sizes = Sizes::uniform(53, 16, 256);
    let mut random = Random::new(54);
    timed(|| {
        let thread = start(consumer);
        for number in 0..batches {
            ring[number as usize % RING].turn(false, |blocks| {
                for block in blocks {
                    *block = Some(Block::new(sizes.draw(&mut random), number as u32));
                }
            });
        }
        thread.join();
        batches * Batch::BLOCKS as u64
    })
}
