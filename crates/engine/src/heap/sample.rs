//! Allocations that are samples. Each gets a span of its own: so its free takes the slow path, and
//! frees of other blocks need not ask.

use super::record::HeapRecord;
use crate::base::size_class::SizeClass;
use crate::base::units::{UNIT, UnitIndex};
use crate::cache::{Cache, KNOWN_ZERO};
use crate::profile::{self, Rarity};
use crate::span::WINDOW;

impl HeapRecord {
    /// The block of the class that the thread inside with `cache` is to get now, if that is a sample:
    /// an entry, or 0 where there is no memory for it. `None`: it is none.
    #[inline]
    pub fn allocate_if_sample(&self, cache: &Cache, class: SizeClass) -> Option<usize> {
        // In heaps with a limit a sample could take the room that other blocks need.
        if !profile::was_on() || self.maximum != 0 || self.traits.limit != 0 {
            return None;
        }
        cache.take_mark(class).map(|rarity| self.allocate_sample(class, rarity))
    }

    #[cold]
    fn allocate_sample(&self, class: SizeClass, rarity: Rarity) -> usize {
        let entry = self.allocate_span_block(class.size(), UNIT);
        if entry != 0 {
            self.note_sample(entry, class.size(), rarity);
        }
        entry
    }

    /// Notes a large block as a sample, if it is one.
    #[inline]
    pub fn sample_large(&self, entry: usize, size: usize) {
        if entry != 0
            && profile::is_on()
            && let Some(rarity) = profile::choose(size)
        {
            self.note_sample(entry, size, rarity);
        }
    }

    #[cold]
    #[inline(never)]
    fn note_sample(&self, entry: usize, size: usize, rarity: Rarity) {
        let address = entry & !KNOWN_ZERO;
        let id = profile::note(self.number, address, size, rarity);
        WINDOW.header(WINDOW.unit(address)).sample().set(id);
    }

    /// The large block that starts at `unit` has another size now: for a profile it is another block.
    #[cold]
    #[inline(never)]
    pub fn sample_resized(&self, unit: UnitIndex, size: usize) {
        end_sample(unit);
        self.sample_large(WINDOW.address(unit), size);
    }
}

/// Notes that the large block that starts at `unit` is free, if it is a sample.
#[inline]
pub fn end_sample(unit: UnitIndex) {
    if WINDOW.header(unit).sample().get() != 0 {
        note_end(unit);
    }
}

#[cold]
#[inline(never)]
fn note_end(unit: UnitIndex) {
    profile::note_free(WINDOW.header(unit).sample().replace(0));
}

#[cfg(test)]
#[path = "sample_tests.rs"]
mod sample_tests;
