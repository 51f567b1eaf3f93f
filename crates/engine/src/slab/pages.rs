//! The pages of a slab: which of them blocks are on, and which of them no live block touches.

use crate::base::atomic::{AtomicU64, Ordering};
use crate::base::units::{GRANULE_SHIFT, UNIT};

/// Bytes that a bit of a mask stands for; a mask has one for each of a unit's.
pub const PAGE: usize = 4096;
/// Bits of a mask.
pub const PAGES: usize = UNIT / PAGE;

const _: () = assert!(PAGES == 16, "a mask is a u16");

/// The pages that granules of a slab are on, a bit each. `count` is at least 1.
pub fn pages_of(granule: u32, count: u32) -> u16 {
    const GRANULES_PER_PAGE: u32 = (PAGE >> GRANULE_SHIFT) as u32;
    let first = granule / GRANULES_PER_PAGE;
    let last = (granule + count - 1) / GRANULES_PER_PAGE;
    let below = |page: u32| (1u32 << page) - 1;
    (below((last + 1).min(PAGES as u32)) & !below(first.min(PAGES as u32))) as u16
}

/// The pages on which no live block lies, a bit each. `stride`: granules in a block.
pub fn free_pages(live: &[AtomicU64; 64], stride: u32) -> u16 {
    let mut touched = 0;
    for (index, word) in live.iter().enumerate() {
        let bits = word.load(Ordering::Relaxed);
        if bits != 0 {
            // A word is a quarter of a page, so the blocks between the first and the last that
            // start in it touch no page that these two don't.
            let start = index as u32 * 64;
            let first = start + bits.trailing_zeros();
            let last = start + (63 - bits.leading_zeros());
            touched |= pages_of(first, last - first + stride);
        }
    }
    !touched
}

/// Those of a mask that make up whole pages of the system's size.
pub fn whole_pages(mask: u16, page: usize) -> u16 {
    let mut whole = 0;
    let together = (page / PAGE).clamp(1, PAGES);
    let group = ((1u32 << together) - 1) as u16;
    let mut at = 0;
    while at < PAGES {
        if mask >> at & group == group {
            whole |= group << at;
        }
        at += together;
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::size_class::CLASSES;
    use proptest::prelude::*;
    extern crate std;

    fn page_is_touched(live: &[bool], stride: usize, page: usize) -> bool {
        let granules = page * 256..(page + 1) * 256;
        live.iter().enumerate().any(|(block, &is_live)| {
            let start = block * stride;
            is_live && start < granules.end && start + stride > granules.start
        })
    }

    proptest! {
        #[test]
        fn a_page_is_free_if_no_live_block_touches_it(
            class in 0..CLASSES.len(),
            chosen in proptest::collection::vec(0u32..100, 4096),
            share in 0u32..30,
        ) {
            let stride = CLASSES[class].stride as usize;
            let blocks = CLASSES[class].end as usize / stride;
            let live: std::vec::Vec<bool> = chosen[..blocks].iter().map(|&c| c < share).collect();
            let words = [const { AtomicU64::new(0) }; 64];
            for (block, _) in live.iter().enumerate().filter(|(_, is_live)| **is_live) {
                let granule = block * stride;
                words[granule / 64].fetch_or(1 << (granule % 64), Ordering::Relaxed);
            }
            let free = free_pages(&words, stride as u32);
            for page in 0..PAGES {
                let touched = page_is_touched(&live, stride, page);
                prop_assert_eq!(free >> page & 1 == 0, touched, "page {}", page);
            }
        }
    }

    #[test]
    fn only_whole_pages_of_the_system_count() {
        assert_eq!(whole_pages(0b1110_1111_0001_0011, 4096), 0b1110_1111_0001_0011);
        assert_eq!(whole_pages(0b1110_1111_0001_0011, 16384), 0b0000_1111_0000_0000);
        assert_eq!(whole_pages(0b1110_1111_0001_0011, 65536), 0);
        assert_eq!(whole_pages(u16::MAX, 65536), u16::MAX);
    }
}
