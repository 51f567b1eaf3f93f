//! Batches: many blocks come, then all go, in one of three orders.
//!
//! Parsers, requests and frames behave so. Last-first is what a stack of scopes does, first-first
//! what a queue does, and random order what a hash table that is dropped does.

use super::block::{Block, free_slot};
use super::random::{Random, Sizes};
use super::table::Table;
use super::{Outcome, Scale, timed};

const BATCH: usize = 20_000;
const ROUNDS: u64 = 900;

pub fn lifo(scale: Scale) -> Outcome {
    run(scale.of(ROUNDS), |step| BATCH - 1 - step)
}

pub fn fifo(scale: Scale) -> Outcome {
    run(scale.of(ROUNDS), |step| step)
}

pub fn random(scale: Scale) -> Outcome {
    let mut random = Random::new(11);
    let mut order = Table::filled(BATCH, |place| place as u32);
    for place in (1..BATCH).rev() {
        order.swap(place, random.below(place as u32 + 1) as usize);
    }
    run(scale.of(ROUNDS), |step| order[step] as usize)
}

#[inline(always)]
fn run(rounds: u64, victim: impl Fn(usize) -> usize) -> Outcome {
    let mut slots = Table::<Option<Block>>::new(BATCH);
    let mut random = Random::new(12);
    let sizes = Sizes::uniform(13, 16, 256);
    timed(|| {
        for _ in 0..rounds {
            for (mark, slot) in slots.iter_mut().enumerate() {
                *slot = Some(Block::new(sizes.draw(&mut random), mark as u32));
            }
            for step in 0..BATCH {
                free_slot(&mut slots[victim(step)]);
            }
        }
        rounds * BATCH as u64
    })
}
