//! The stacks of a cache: free blocks that allocations take and frees put there.

use crate::directory::{UNIT, UNIT_SHIFT};
use crate::memory::{Fault, Piece};
use crate::tables::{Tables, field};

/// Bytes of the four ends of a class's stacks.
const ENDS: usize = 32;
const WORD: usize = 8;
/// Marks an entry whose block reads as zero.
const KNOWN_ZERO: u64 = 1;

/// A class's stacks in one cache, as they were at one time: nothing of the class was allocated or
/// freed while they were read, if they are the same before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stacks {
    /// Blocks handed to allocations so far, at the begin and at the end of reading. With the ends
    /// this counts the allocations: it never comes back to what it was.
    served: [u64; 2],
    ends: [u64; 4],
    /// What lies on both stacks: addresses of blocks, or anything, if it is damaged.
    pub blocks: Vec<u64>,
    /// The ends aren't where they can be.
    pub odd: bool,
}

impl Stacks {
    /// Reads a class's in the cache at a unit.
    pub fn read(tables: &Tables<'_>, cache: u32, class: usize) -> Result<Self, Fault> {
        let layout = &tables.directory().cache;
        let start = tables.address(cache);
        let class = class as u64;
        let served = start + u64::from(layout.served) + class * WORD as u64;
        let ends = start + u64::from(layout.stacks) + class * ENDS as u64;
        let mut bytes = [0; WORD + ENDS + WORD];
        let pieces = [
            Piece { address: served, at: 0, length: WORD },
            Piece { address: ends, at: WORD, length: ENDS },
            Piece { address: served, at: WORD + ENDS, length: WORD },
        ];
        tables.memory().read_pieces(&pieces, &mut bytes)?;
        let word = |at: usize| field::<u64>(&bytes, at as u32);
        let served = [word(0), word(WORD + ENDS)];
        let ends = [8, 16, 24, 32].map(word);
        let mut stacks = Self { served, ends, blocks: Vec::new(), odd: false };
        let Some(ranges) = ranges(start, ends) else {
            return Ok(Self { odd: true, ..stacks });
        };
        for (bottom, top) in ranges {
            // With nothing above it, the bottom is 0, and perhaps not in memory.
            if bottom < top {
                let count = ((top - bottom) / WORD as u64 + 1) as usize;
                let entries: Vec<u64> = tables.memory().numbers(bottom, count)?;
                // A 0 is the bottom, or a mark, in whose place the bottom is an entry.
                let blocks = entries.into_iter().filter(|entry| *entry != 0);
                stacks.blocks.extend(blocks.map(|entry| entry & !KNOWN_ZERO));
            }
        }
        Ok(stacks)
    }

    /// The ends, as they stand there.
    pub fn evidence(&self) -> Vec<u8> {
        self.ends.iter().flat_map(|end| end.to_le_bytes()).collect()
    }
}

/// Bottom and last entry of both stacks of a class in the cache at `start`, with these ends.
fn ranges(start: u64, [pop, push, limit, floor]: [u64; 4]) -> Option<[(u64, u64); 2]> {
    let is_inside = |address: u64| address.wrapping_sub(start) >> UNIT_SHIFT == 0;
    let length = limit.checked_sub(floor)?;
    let are_right = is_inside(pop)
        && is_inside(push)
        && is_inside(floor)
        && limit.wrapping_sub(start) <= UNIT
        && [pop, push, limit, floor].iter().all(|end| end.is_multiple_of(WORD as u64))
        && floor <= push
        && push < limit;
    if !are_right {
        return None;
    }
    let bottom = if pop < floor { floor.checked_sub(length)? } else { limit };
    let is_other = is_inside(bottom) && bottom <= pop && pop - bottom < length;
    is_other.then_some([(bottom, pop), (floor, push)])
}

#[cfg(test)]
mod tests {
    use super::*;

    const CACHE: u64 = 0x7000_0001_0000;

    fn ends(ends: [u64; 4]) -> Option<[(u64, u64); 2]> {
        let ranges = ranges(CACHE, ends.map(|end| CACHE + end))?;
        Some(ranges.map(|(bottom, top)| (bottom - CACHE, top - CACHE)))
    }

    #[test]
    fn either_of_the_pair_may_be_the_one_that_is_taken_from() {
        // Stacks of four entries with their bottoms: 0x1000..0x1028, 0x1028..0x1050.
        let first = ends([0x1010, 0x1030, 0x1050, 0x1028]);
        assert_eq!(first, Some([(0x1000, 0x1010), (0x1028, 0x1030)]));
        let second = ends([0x1048, 0x1000, 0x1028, 0x1000]);
        assert_eq!(second, Some([(0x1028, 0x1048), (0x1000, 0x1000)]));
    }

    #[test]
    fn ends_that_cannot_be_are_odd() {
        for wrong in [
            [0x1078, 0x1030, 0x1050, 0x1028],
            [0x1010, 0x1020, 0x1050, 0x1028],
            [0x1010, 0x1050, 0x1050, 0x1028],
            [0x1011, 0x1030, 0x1050, 0x1028],
            [0x1010, 0x1030, 0x1028, 0x1050],
            [0x1_0010, 0x1030, 0x1050, 0x1028],
            [0x0ff8, 0x1030, 0x1050, 0x1028],
        ] {
            assert_eq!(ends(wrong), None, "{wrong:x?}");
        }
    }
}
