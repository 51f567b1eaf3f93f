//! Large blocks: the traffic between the heap and the system.

use super::block::{Block, free_slot};
use super::random::{Random, Sizes};
use super::table::Table;
use super::{Outcome, Scale, timed};

/// Images, columns and buffers: a heap that gives each back to the system pays a page fault per
/// page when it asks again; a heap that keeps all pays with memory.
pub fn replacement(scale: Scale) -> Outcome {
    const LIVE: u32 = 16;
    const PAGE: u32 = 4096;
    let replacements = scale.of(1_200);
    let mut slots = Table::<Option<Block>>::new(LIVE as usize);
    let mut random = Random::new(41);
    let sizes = Sizes::logarithmic(42, 100_000, 20_000_000);
    timed(|| {
        for mark in 0..replacements {
            let slot = &mut slots[random.below(LIVE) as usize];
            free_slot(slot);
            let mut block = Block::new(sizes.draw(&mut random), mark as u32);
            block.touch(PAGE);
            *slot = Some(block);
        }
        slots.iter_mut().for_each(free_slot);
        replacements
    })
}
