//! Finding free blocks of a slab: the starts of blocks whose live bit is clear, word by word.

use crate::base::atomic::{AtomicU64, Ordering};
use crate::base::size_class::Class;

/// Calls `found(granule)` for each free block that starts in `from..end`, in address order, until
/// it returns false. `from` is a block's start. Returns the granule at which to go on.
#[inline]
pub fn free_blocks(
    live: &[AtomicU64],
    class: &Class,
    from: u32,
    end: u32,
    mut found: impl FnMut(u32) -> bool,
) -> u32 {
    let mut at = from;
    while at < end {
        let (word, phase) = ((at >> 6) as usize, at & 63);
        let first = (word as u32) << 6;
        let starts = class.starts << phase;
        let Some(bits) = live.get(word) else { break };
        let mut free = starts & !bits.load(Ordering::Relaxed);
        if end - first < 64 {
            free &= (1 << (end - first)) - 1;
        }
        while free != 0 {
            let granule = first + free.trailing_zeros();
            if !found(granule) {
                return granule + class.stride;
            }
            free &= free - 1;
        }
        let last_start = first + (63 - starts.leading_zeros());
        at = last_start + class.stride;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::size_class::{CLASS_COUNT, CLASSES};
    use proptest::prelude::*;
    extern crate std;
    use std::vec::Vec;

    fn naive(live: &[u64], class: &Class, from: u32, end: u32) -> Vec<u32> {
        (from..end)
            .step_by(class.stride as usize)
            .filter(|&g| live[(g / 64) as usize] >> (g % 64) & 1 == 0)
            .collect()
    }

    proptest! {
        #[test]
        fn every_free_block_is_found_once_in_address_order(
            bits in proptest::collection::vec(any::<u64>(), 64),
            number in 0..CLASS_COUNT,
            skipped in 0u32..64,
            blocks in 0u32..4097,
        ) {
            let class = &CLASSES[number];
            let from = (skipped * class.stride).min(class.end);
            let end = (blocks * class.stride).min(class.end).max(from);
            let live: Vec<AtomicU64> = bits.iter().map(|&b| AtomicU64::new(b)).collect();
            let mut seen = Vec::new();
            free_blocks(&live, class, from, end, |g| { seen.push(g); true });
            prop_assert_eq!(seen, naive(&bits, class, from, end));
        }

        #[test]
        fn a_search_that_stopped_goes_on_where_it_was(
            bits in proptest::collection::vec(any::<u64>(), 64),
            number in 0..CLASS_COUNT,
        ) {
            let class = &CLASSES[number];
            let live: Vec<AtomicU64> = bits.iter().map(|&b| AtomicU64::new(b)).collect();
            let mut seen = Vec::new();
            let mut at = 0;
            while at < class.end {
                at = free_blocks(&live, class, at, class.end, |g| { seen.push(g); false });
            }
            prop_assert_eq!(seen, naive(&bits, class, 0, class.end));
        }
    }
}
