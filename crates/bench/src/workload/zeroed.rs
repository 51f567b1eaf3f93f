//! `calloc`: whether the heap knows which of its memory is zero already.

use super::block::{Block, free_slot, zeroed};
use super::random::{Random, Sizes};
use super::table::Table;
use super::{Outcome, Scale, timed};

/// Every block is found zero, filled and later freed, so the next one in its place is not zero
/// by luck.
pub fn replacement(scale: Scale) -> Outcome {
    const LIVE: u32 = 2_000;
    let replacements = scale.of(1_200_000);
    let mut slots = Table::<Option<Block>>::new(LIVE as usize);
    let mut random = Random::new(31);
    let sizes = Sizes::logarithmic(32, 32, 32 << 10);
    timed(|| {
        for mark in 0..replacements {
            let slot = &mut slots[random.below(LIVE) as usize];
            free_slot(slot);
            let mut block = zeroed(sizes.draw(&mut random), mark as u32);
            block.fill(0, 0xa5);
            *slot = Some(block);
        }
        slots.iter_mut().for_each(free_slot);
        replacements
    })
}
