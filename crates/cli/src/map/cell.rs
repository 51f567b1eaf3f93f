//! What a piece of memory is, as one cell shows it.

use heapmin_inspect::model::map::{PAGE_BYTES, Unit, Usage};

/// Steps of live share.
pub const LEVELS: u64 = 9;

/// A piece of memory: some pages, their bytes added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// All of them that heaps know of.
    pub known: u64,
    /// In live blocks.
    pub live: u64,
    /// Of those, in large blocks.
    pub large: u64,
    /// In memory.
    pub resident: u64,
    /// In memory, on pages without a live block.
    pub idle: u64,
    /// The heap's own pages.
    pub own: u64,
    /// On pages that were used at some time.
    pub used: u64,
    /// On pages of heaps that aren't asked for.
    pub other: u64,
}

/// What a cell looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// Not in any region.
    Nothing,
    /// Never used.
    Unused,
    /// Free and not in memory, or given back.
    Returned,
    /// In memory, and nothing live: it would come back.
    Idle,
    /// The heap's own.
    Own,
    /// A heap's that isn't asked for.
    Other,
    /// Live: the share from 1 to [`LEVELS`], mostly in large blocks or in slabs.
    Live(u8, bool),
    /// Live, but most of it isn't in memory.
    Absent,
}

impl Sum {
    /// Adds a page of a unit; `wanted`: of a heap that is asked for.
    pub fn add(&mut self, unit: &Unit, page: usize, wanted: bool) {
        self.known += PAGE_BYTES;
        if !wanted {
            self.other += PAGE_BYTES;
            return;
        }
        let large = matches!(unit.usage, Usage::LargeHead { .. } | Usage::LargeBody);
        let live = match unit.live.get(page) {
            Some(&live) => u64::from(live).min(PAGE_BYTES),
            None if large && unit.live.is_empty() => PAGE_BYTES,
            None => 0,
        };
        let resident = unit.resident >> page & 1 == 1;
        let own = matches!(unit.usage, Usage::Engine | Usage::Heap);
        self.live += live;
        self.large += if large { live } else { 0 };
        self.resident += if resident { PAGE_BYTES } else { 0 };
        self.idle += if resident && live == 0 && !own { PAGE_BYTES } else { 0 };
        self.own += if own { PAGE_BYTES } else { 0 };
        self.used += if unit.usage == Usage::Unused { 0 } else { PAGE_BYTES };
    }

    /// What it looks like: what most of it is.
    pub fn look(&self) -> Look {
        if self.known == 0 {
            return Look::Nothing;
        }
        if self.other * 2 > self.known {
            return Look::Other;
        }
        if self.own * 2 > self.known {
            return Look::Own;
        }
        if self.live > 0 {
            // Few live bytes on many pages are in memory, too: what counts is their pages.
            if self.resident < self.live / 2 {
                return Look::Absent;
            }
            let level = (self.live * LEVELS).div_ceil(self.known).clamp(1, LEVELS);
            return Look::Live(level as u8, self.large * 2 > self.live);
        }
        match () {
            () if self.idle > 0 => Look::Idle,
            () if self.own > 0 => Look::Own,
            () if self.used > 0 => Look::Returned,
            () => Look::Unused,
        }
    }
}

impl std::ops::AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        self.known += other.known;
        self.live += other.live;
        self.large += other.large;
        self.resident += other.resident;
        self.idle += other.idle;
        self.own += other.own;
        self.used += other.used;
        self.other += other.other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(usage: Usage, resident: u16, live: &[u16]) -> Sum {
        let unit = Unit { usage, heap: Some(0), resident, live: live.to_vec() };
        let mut sum = Sum::default();
        (0..16).for_each(|page| sum.add(&unit, page, true));
        sum
    }

    const SLAB: Usage = Usage::Slab { block_bytes: 64, live_blocks: 1 };

    #[test]
    fn a_cell_shows_what_most_of_it_is() {
        assert_eq!(Sum::default().look(), Look::Nothing);
        assert_eq!(sum(Usage::Unused, 0, &[]).look(), Look::Unused);
        assert_eq!(sum(Usage::FreeClean, 0, &[]).look(), Look::Returned);
        assert_eq!(sum(Usage::FreeDirty, 0, &[]).look(), Look::Returned);
        assert_eq!(sum(Usage::FreeDirty, 1, &[]).look(), Look::Idle);
        assert_eq!(sum(Usage::Engine, 0xffff, &[]).look(), Look::Own);
        assert_eq!(sum(SLAB, 0xffff, &[4096; 16]).look(), Look::Live(9, false));
        assert_eq!(sum(SLAB, 0xffff, &[64; 16]).look(), Look::Live(1, false));
        assert_eq!(sum(Usage::LargeBody, 0xffff, &[]).look(), Look::Live(9, true));
        assert_eq!(sum(Usage::LargeBody, 0, &[]).look(), Look::Absent);
        assert_eq!(sum(SLAB, 0xffff, &[]).look(), Look::Idle);
    }

    #[test]
    fn other_heaps_are_told_apart() {
        let unit = Unit { usage: SLAB, heap: Some(1), resident: 1, live: vec![4096] };
        let mut sum = Sum::default();
        sum.add(&unit, 0, false);
        assert_eq!((sum.look(), sum.live), (Look::Other, 0));
    }

    #[test]
    fn numbers_that_cannot_be_are_bounded() {
        assert_eq!(sum(SLAB, 0xffff, &[u16::MAX; 40]).look(), Look::Live(9, false));
    }
}
