//! The elements of a slab and of a large block, from what is known of their blocks.
//!
//! ```text
//!  a slab:         | busy, overhead | slack of it | free …  | busy, overhead | … | end of the slab |
//!  a large block:  slack behind it, then the block itself
//! ```

use super::tail::Tail;
use crate::model::entry::{Entry, EntryKind};

/// Bytes of a granule: live bits are one each.
pub const GRANULE: u64 = 16;
/// Bytes of a unit.
pub const UNIT: u64 = 64 << 10;
/// Words of live bits in a unit.
pub const WORDS: usize = 64;
/// The number of the last region that has one of its own.
pub const LAST_REGION: u8 = 63;
/// The number that large blocks have instead of a region's.
pub const LARGE_REGION: u8 = 64;
/// Most bytes of a block that its overhead counts.
const MOST_OVERHEAD: u64 = u8::MAX as u64;

/// A live block, as a walk shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Bytes asked for, or all that it takes.
    pub bytes: u64,
    /// Bytes beside those that count as its own.
    pub overhead: u8,
    /// The moveable object whose data it is, and whether that is shared.
    pub object: Option<(u64, bool)>,
}

impl Block {
    /// One without a tail, or with one that was overwritten.
    pub const fn whole(extent: u64) -> Self {
        Self { bytes: extent, overhead: 0, object: None }
    }

    /// One of a slab's.
    pub fn small(extent: u64, tail: Tail) -> Self {
        let overhead = extent.saturating_sub(tail.size).min(MOST_OVERHEAD) as u8;
        Self { bytes: tail.size, overhead, object: None }
    }

    /// A large one. One of no bytes has an overhead, so that what is left of its units begins
    /// elsewhere.
    pub fn large(tail: Tail) -> Self {
        let overhead = if tail.size == 0 { GRANULE as u8 } else { 0 };
        Self { bytes: tail.size, overhead, object: None }
    }

    fn taken(&self) -> u64 {
        self.bytes + u64::from(self.overhead)
    }
}

/// What elements have in common.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The heap's number.
    pub heap: u32,
    /// The region's.
    pub region: u8,
}

impl Place {
    /// An element without overhead.
    pub fn element(self, address: u64, bytes: u64, kind: EntryKind) -> Entry {
        Entry { heap: self.heap, address, bytes, overhead: 0, region: self.region, kind }
    }

    fn slack(self, address: u64, bytes: u64) -> Entry {
        self.element(address, bytes, EntryKind::Slack)
    }

    fn busy(self, address: u64, block: &Block) -> Entry {
        let moveable = block.object.map(|(handle, _)| handle);
        let ddeshare = block.object.is_some_and(|(_, shared)| shared);
        let kind = EntryKind::Busy { moveable, ddeshare };
        Entry { overhead: block.overhead, ..self.element(address, block.bytes, kind) }
    }

    /// Shows a large block in `whole` bytes of units. `false`: the walk is to end.
    pub fn large(
        self,
        address: u64,
        whole: u64,
        block: &Block,
        visit: &mut dyn FnMut(&Entry) -> bool,
    ) -> bool {
        let taken = block.taken();
        let rest = whole.saturating_sub(taken);
        (rest == 0 || visit(&self.slack(address + taken, rest)))
            && visit(&self.busy(address, block))
    }

    /// Shows the elements of a slab of blocks of `extent` bytes. `live`: a bit for each block's first
    /// granule; `blocks`: what is known of the live ones, in order; nothing, if it is not more than
    /// that. `false`: the walk is to end.
    pub fn slab(
        self,
        start: u64,
        extent: u64,
        live: &[u64; WORDS],
        blocks: &[Block],
        visit: &mut dyn FnMut(&Entry) -> bool,
    ) -> bool {
        let end = UNIT / extent * extent;
        let mut blocks = blocks.iter();
        let mut free_from = None;
        let mut offset = 0;
        while offset < end {
            if !is_live(live, offset) {
                free_from.get_or_insert(offset);
                offset += extent;
                continue;
            }
            if let Some(from) = free_from.take()
                && !visit(&self.element(start + from, offset - from, EntryKind::Free))
            {
                return false;
            }
            let block = blocks.next().copied().unwrap_or(Block::whole(extent));
            if !visit(&self.busy(start + offset, &block)) {
                return false;
            }
            let taken = block.taken();
            if taken < extent && !visit(&self.slack(start + offset + taken, extent - taken)) {
                return false;
            }
            offset += extent;
        }
        if let Some(from) = free_from
            && !visit(&self.element(start + from, end - from, EntryKind::Free))
        {
            return false;
        }
        end == UNIT || visit(&self.slack(start + end, UNIT - end))
    }
}

/// Whether the block at this offset of a slab is live.
pub fn is_live(live: &[u64; WORDS], offset: u64) -> bool {
    let granule = offset / GRANULE;
    live.get((granule / 64) as usize).is_some_and(|word| word >> (granule % 64) & 1 != 0)
}

/// The offsets of the live blocks of a slab.
pub fn live_offsets(live: &[u64; WORDS], extent: u64) -> impl Iterator<Item = u64> {
    (0..UNIT / extent).map(move |index| index * extent).filter(move |&offset| is_live(live, offset))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place { heap: 7, region: 3 };

    fn shown(extent: u64, live: &[u64], blocks: &[Block]) -> Vec<(u64, u64, u8, EntryKind)> {
        let mut bits = [0; WORDS];
        for offset in live {
            let granule = (offset / GRANULE) as usize;
            bits[granule / 64] |= 1 << (granule % 64);
        }
        let mut entries = Vec::new();
        PLACE.slab(0x10000, extent, &bits, blocks, &mut |entry| {
            entries.push((entry.address - 0x10000, entry.bytes, entry.overhead, entry.kind));
            true
        });
        entries
    }

    const BUSY: EntryKind = EntryKind::Busy { moveable: None, ddeshare: false };

    #[test]
    fn free_blocks_side_by_side_are_one_element() {
        let expected = [
            (0, 10240, 0, EntryKind::Free),
            (10240, 10240, 0, BUSY),
            (20480, 40960, 0, EntryKind::Free),
            (61440, 4096, 0, EntryKind::Slack),
        ];
        assert_eq!(shown(10240, &[10240], &[]), expected);
    }

    #[test]
    fn what_the_overhead_does_not_count_is_slack() {
        let small = Block::small(32768, Tail { size: 32500, word: None });
        let smaller = Block::small(32768, Tail { size: 5, word: None });
        let expected = [
            (0, 32500, 255, BUSY),
            (32755, 13, 0, EntryKind::Slack),
            (32768, 5, 255, BUSY),
            (33028, 32508, 0, EntryKind::Slack),
        ];
        assert_eq!(shown(32768, &[0, 32768], &[small, smaller]), expected);
    }

    #[test]
    fn every_byte_of_a_slab_is_in_one_element() {
        for extent in (1..=2048).map(|granules| granules * GRANULE) {
            let live: Vec<u64> =
                (0..UNIT / extent).map(|n| n * extent).filter(|o| o / extent % 3 == 0).collect();
            let mut at = 0;
            for (offset, bytes, overhead, _) in shown(extent, &live, &[]) {
                assert_eq!(offset, at, "blocks of {extent}");
                at += bytes + u64::from(overhead);
            }
            assert_eq!(at, UNIT);
        }
    }

    #[test]
    fn what_is_left_of_a_large_block_comes_before_it() {
        let mut seen = Vec::new();
        let block = Block::large(Tail { size: 0, word: None });
        let mut visit = |entry: &Entry| {
            seen.push((entry.address, entry.bytes, entry.overhead));
            true
        };
        assert!(PLACE.large(0x20000, UNIT, &block, &mut visit));
        assert_eq!(seen, [(0x20010, UNIT - 16, 0), (0x20000, 0, 16)]);
    }

    #[test]
    fn a_walk_can_be_ended_anywhere() {
        // Two live blocks, and free ones.
        let mut live = [0; WORDS];
        live[0] = 0x1_0001;
        for most in 1..=3 {
            let mut count = 0;
            let mut visit = |_: &Entry| {
                count += 1;
                count < most
            };
            assert!(!PLACE.slab(0, 256, &live, &[], &mut visit));
            assert_eq!(count, most);
        }
    }
}
