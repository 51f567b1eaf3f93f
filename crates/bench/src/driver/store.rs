//! A heap of blocks that are filled when they come and looked through at the end.

use std::mem::take;

use crate::workload::block::{Block, free_slot};
use crate::workload::random::Random;
use crate::workload::table::Table;

use super::sizes::Sizes;

/// Blocks, in a table outside the heap.
pub struct Store {
    slots: &'static mut [Option<Block>],
}

/// What is live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Live {
    /// Bytes that were asked for.
    pub asked: u64,
    /// Bytes that the allocator lets the program use.
    pub usable: u64,
    /// Blocks.
    pub blocks: u64,
}

impl Store {
    /// Blocks of `bytes` in all, every byte of them written.
    pub fn build(sizes: Sizes, bytes: u64, seed: u64) -> Self {
        Self::build_watched(sizes, bytes, seed, |_| {})
    }

    /// The same; `built` hears of each twentieth of the bytes that is there.
    pub fn build_watched(sizes: Sizes, bytes: u64, seed: u64, mut built: impl FnMut(u64)) -> Self {
        // Pages of the table that are never used cost nothing.
        let most = bytes / u64::from(sizes.smallest()) + 1;
        let slots = Table::apart(most as usize).leak();
        let mut random = Random::new(seed);
        let (mut sum, mut count) = (0u64, 0);
        let mut told = bytes / 20;
        for (mark, slot) in slots.iter_mut().enumerate() {
            if sum >= bytes {
                break;
            }
            let size = sizes.draw(&mut random, sum, bytes);
            let mut block = Block::new(size, mark as u32);
            block.fill(0, mark as u8);
            *slot = Some(block);
            sum += u64::from(size);
            count += 1;
            if sum >= told {
                built(sum);
                told += (bytes / 20).max(1);
            }
        }
        Self { slots: &mut slots[..count] }
    }

    /// Puts a random `percent` of the blocks, in random order, before all others, and splits there.
    /// Blocks go or stay in groups of `group` that came one after the other.
    pub fn split(
        &mut self,
        percent: u32,
        group: usize,
    ) -> (&mut [Option<Block>], &mut [Option<Block>]) {
        let groups = self.slots.len() / group;
        let count = (groups as u64 * u64::from(percent) / 100) as usize;
        let mut random = Random::new(7);
        for place in 0..count {
            let other = place + random.below((groups - place) as u32) as usize;
            if other != place {
                let (front, back) = self.slots.split_at_mut(other * group);
                let place = &mut front[place * group..][..group];
                place.swap_with_slice(&mut back[..group]);
            }
        }
        // Less than a group is left over at the end; if all are to go, so is it.
        let end = if percent == 100 { self.slots.len() } else { count * group };
        self.slots.split_at_mut(end)
    }

    /// The same, and the blocks are the caller's; this store keeps the rest.
    pub fn split_off(&mut self, percent: u32, group: usize) -> &'static mut [Option<Block>] {
        let count = self.split(percent, group).0.len();
        let (chosen, rest) = take(&mut self.slots).split_at_mut(count);
        self.slots = rest;
        chosen
    }

    /// Frees a random `percent` of the blocks in random order; gives the freed bytes.
    pub fn free_part(&mut self, percent: u32) -> u64 {
        free_all(self.split_off(percent, 1))
    }

    /// The slots, each with a block.
    pub fn slots(&mut self) -> &mut [Option<Block>] {
        self.slots
    }

    /// What is live.
    pub fn live(&self) -> Live {
        let blocks = self.slots.iter().flatten();
        blocks.fold(Live::default(), |sum, block| Live {
            asked: sum.asked + u64::from(block.size()),
            usable: sum.usable + block.usable() as u64,
            blocks: sum.blocks + 1,
        })
    }

    /// Looks whether every live block is as it was left, and tells how many there are; a block
    /// that is not ends the process.
    pub fn checked(&self) -> String {
        format!("\"checked\":{}", self.check())
    }

    /// The number of live blocks, each as it was left; a block that is not ends the process.
    pub fn check(&self) -> u64 {
        let changed = self.slots.iter().flatten().filter(|block| !block.is_filled()).count();
        if changed > 0 {
            eprintln!("{changed} live blocks lost what was written to them");
            std::process::exit(3);
        }
        self.slots.iter().flatten().count() as u64
    }
}

/// Frees what is in the slots, from the first to the last; gives the bytes.
pub fn free_all(slots: &mut [Option<Block>]) -> u64 {
    let mut bytes = 0;
    for slot in slots {
        bytes += slot.as_ref().map_or(0, |block| u64::from(block.size()));
        free_slot(slot);
    }
    bytes
}

impl Live {
    /// As members of a JSON object, with how much was freed.
    pub fn told(&self, freed: u64) -> String {
        let Self { asked, usable, blocks } = self;
        format!("\"live\":{asked},\"usable\":{usable},\"blocks\":{blocks},\"freed\":{freed}")
    }

    /// Both together.
    pub fn and(self, other: Self) -> Self {
        Self {
            asked: self.asked + other.asked,
            usable: self.usable + other.usable,
            blocks: self.blocks + other.blocks,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_freed_and_the_rest_is_whole() {
        let mut store = Store::build(Sizes::Mixed, 1 << 20, 3);
        let before = store.live();
        assert!(before.asked >= 1 << 20 && before.usable >= before.asked);
        let freed = store.free_part(80);
        let after = store.live();
        assert_eq!(after.asked + freed, before.asked);
        assert_eq!(after.blocks, before.blocks - before.blocks * 80 / 100);
        assert_eq!(store.check(), after.blocks);
        assert_eq!(store.free_part(100), after.asked);
        assert_eq!(store.live(), Live::default());
    }

    /// The marks of blocks, which are freed.
    fn marks(slots: &mut [Option<Block>]) -> Vec<u32> {
        slots.iter_mut().filter_map(take).map(Block::free).collect()
    }

    #[test]
    fn what_is_freed_is_spread_over_all_that_was_built() {
        let mut store = Store::build(Sizes::Equal(64), 64 * 10_000, 3);
        let (chosen, rest) = store.split(50, 1);
        assert_eq!((chosen.len(), rest.len()), (5_000, 5_000));
        let early = marks(chosen).into_iter().filter(|&mark| mark < 5_000).count();
        assert!((2_300..2_700).contains(&early), "{early}");
        store.free_part(100);
    }

    #[test]
    fn groups_stay_together() {
        let mut store = Store::build(Sizes::Equal(64), 64 * 1_005, 3);
        let (chosen, rest) = store.split(90, 10);
        assert_eq!((chosen.len(), rest.len()), (900, 105));
        let marks = marks(chosen);
        assert!(marks.chunks(10).all(|group| {
            group[0].is_multiple_of(10) && group.windows(2).all(|pair| pair[0] + 1 == pair[1])
        }));
        assert!(!marks.is_sorted());
        assert_eq!(store.split(100, 10).0.len(), 1_005);
        store.free_part(100);
    }

    #[test]
    fn building_is_heard_of_in_steps() {
        let mut heard = Vec::new();
        let mut store =
            Store::build_watched(Sizes::Equal(100), 100_000, 1, |bytes| heard.push(bytes));
        assert_eq!(heard.len(), 20);
        assert_eq!(heard.last(), Some(&100_000));
        store.free_part(100);
    }
}
