//! Random replacement: a set of live blocks, a random one of which goes and another comes.
//!
//! The classic shape of an object heap in a steady state. With 1,000 live blocks all is in the
//! first-level caches and the allocator's own instructions count; with 1,000,000 the cache misses
//! that its metadata cost.

use super::block::{Block, free_slot};
use super::random::{Random, Sizes};
use super::table::Table;
use super::{Outcome, Scale, timed};

const SINGLE_SIZE: u32 = 64;

pub fn ping_pong(scale: Scale) -> Outcome {
    let pairs = scale.of(80_000_000);
    timed(|| {
        for mark in 0..pairs {
            Block::new(SINGLE_SIZE, mark as u32).free();
        }
        pairs
    })
}

pub fn single_1k(scale: Scale) -> Outcome {
    replace(1_000, scale.of(50_000_000), |_| SINGLE_SIZE)
}

pub fn single_100k(scale: Scale) -> Outcome {
    replace(100_000, scale.of(10_000_000), |_| SINGLE_SIZE)
}

pub fn single_1m(scale: Scale) -> Outcome {
    replace(1_000_000, scale.of(4_000_000), |_| SINGLE_SIZE)
}

pub fn mixed_1k(scale: Scale) -> Outcome {
    mixed(1_000, scale.of(25_000_000))
}

pub fn mixed_100k(scale: Scale) -> Outcome {
    mixed(100_000, scale.of(5_000_000))
}

pub fn mixed_1m(scale: Scale) -> Outcome {
    mixed(1_000_000, scale.of(2_500_000))
}

fn mixed(live: u32, replacements: u64) -> Outcome {
    let sizes = Sizes::typical(u64::from(live));
    replace(live, replacements, |random| sizes.draw(random))
}

/// Fills `live` slots, replaces random ones, empties all. At scales that ask for fewer
/// replacements than there are slots, the set shrinks too: else only the filling is measured.
#[inline(always)]
fn replace(live: u32, replacements: u64, size: impl Fn(&mut Random) -> u32) -> Outcome {
    let mut slots = Table::<Option<Block>>::new(live as usize);
    let mut random = Random::new(u64::from(live));
    timed(|| {
        for slot in slots.iter_mut() {
            *slot = Some(Block::new(size(&mut random), 0));
        }
        for mark in 0..replacements {
            let slot = &mut slots[random.below(live) as usize];
            free_slot(slot);
            *slot = Some(Block::new(size(&mut random), mark as u32));
        }
        slots.iter_mut().for_each(free_slot);
        u64::from(live) + replacements
    })
}
