//! Allocations that are samples. Each gets a span of its own: so its free takes the slow path, and
//! frees of other blocks need not ask. The spans come from regions that are kept to small pages, so that
//! no memory is behind a sample but what is used.

use super::record::HeapRecord;
use crate::base::size_class::{LARGEST, SizeClass};
use crate::base::units::{UNIT, UnitIndex, Units};
use crate::cache::{Cache, KNOWN_ZERO};
use crate::os::lock::Lock;
use crate::os::{self, HUGE_PAGE};
use crate::profile::{self, Rarity};
use crate::span::map::Use;
use crate::span::pool::Taken;
use crate::span::window::REGION;
use crate::span::{POOL, WINDOW};

/// Regions that are taken at a time. What lies between them and the next ones is for other blocks, and may
/// be huge pages of which those use little: so not one by one.
const REGIONS: u32 = 8;
const TAKEN: Units = Units(REGIONS * REGION);

/// What is left of the regions that samples are taken from.
pub struct Rest {
    next: UnitIndex,
    left: u32,
    /// Whether it reads as zero.
    zero: bool,
    /// Units of samples that were freed, and how many: the next samples take them, so that ordinary
    /// blocks don't come to stand in small pages.
    free: [UnitIndex; KEPT],
    free_count: usize,
}

/// Units of freed samples that are kept.
const KEPT: usize = 32;

/// Held across a fork, before the pool: who uses a heap that isn't serialised may have it locked.
pub static REST: Lock<Rest> = Lock::new(Rest {
    next: UnitIndex::NONE,
    left: 0,
    zero: false,
    free: [UnitIndex::NONE; KEPT],
    free_count: 0,
});

impl HeapRecord {
    /// The block of the class that the thread inside with `cache` is to get now, if that is a sample:
    /// an entry, or 0 where there is no memory for it. `None`: it is none.
    #[inline]
    pub fn allocate_if_sample(&self, cache: &Cache, class: SizeClass) -> Option<usize> {
        // In heaps with a limit a sample could take the room that other blocks need.
        if !cache.is_marked(class) || self.maximum != 0 || self.traits.limit != 0 {
            return None;
        }
        cache.take_mark(class).map(|rarity| self.allocate_sample(class, rarity))
    }

    #[cold]
    fn allocate_sample(&self, class: SizeClass, rarity: Rarity) -> usize {
        let size = class.size();
        let entry = match self.take_span_by(Units(1), Use::LargeHead, || self.take_sample_unit()) {
            Some((unit, zero)) => self.make_large(unit, zero, size),
            None => self.allocate_span_block(size, UNIT),
        };
        if entry != 0 {
            self.note_sample(entry, class.size(), rarity);
        }
        entry
    }

    /// A unit for a sample, where memory is behind what is touched only.
    fn take_sample_unit(&self) -> Option<Taken> {
        let mut rest = REST.lock();
        if !self.traits.executable
            && let Some(last) = rest.free_count.checked_sub(1)
            && let Some(&unit) = rest.free.get(last)
        {
            rest.free_count = last;
            return Some(Taken { unit, zero: false });
        }
        if rest.left == 0 {
            let taken = POOL.lock().take(TAKEN, HUGE_PAGE)?;
            for region in (taken.unit.0..).step_by(REGION as usize).take(REGIONS as usize) {
                WINDOW.keep_small(UnitIndex(region));
            }
            let address = WINDOW.address(taken.unit);
            let zero = taken.zero || os::decommit(address, TAKEN.bytes());
            (rest.next, rest.left, rest.zero) = (taken.unit, TAKEN.0, zero);
        }
        let unit = rest.next;
        rest.next = unit.after(Units(1));
        rest.left -= 1;
        let zero = rest.zero;
        drop(rest);
        if self.prepare(unit, Units(1)) {
            return Some(Taken { unit, zero });
        }
        POOL.lock().give(unit, Units(1), zero);
        None
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

    /// Keeps the unit of a sample of a class, which was just freed, for the next one. `false`: it is none,
    /// or there are enough.
    pub fn keep_sample_unit(&self, unit: UnitIndex, size: usize) -> bool {
        // Other large blocks are larger. Those of classes stand in regions for samples alone.
        if size > LARGEST || self.traits.executable || !profile::is_on() {
            return false;
        }
        let mut rest = REST.lock();
        let count = rest.free_count;
        let Some(place) = rest.free.get_mut(count) else { return false };
        *place = unit;
        rest.free_count = count + 1;
        true
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
