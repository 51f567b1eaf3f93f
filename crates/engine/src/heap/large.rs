//! Large blocks: spans of whole units. The unit map is their only state: `LargeHead` while live.

use super::record::HeapRecord;
use super::sample::end_sample;
use crate::base::epoch::Epoch;
use crate::base::units::{UNIT, UnitIndex, Units, round_up_length};
use crate::cache::KNOWN_ZERO;
use crate::os;
use crate::profile;
use crate::span::map::{self, Use};
use crate::span::{POOL, WINDOW};
use core::sync::atomic::{AtomicUsize, Ordering};

/// Smallest block whose pages are moved instead of copied when it has to move: below, copying is
/// about as fast as the system call.
const MOVE_FROM: usize = 8 << 20;
/// Blocks with moved pages at a time: each may split a mapping of the process in three, and the
/// system allows 65,530 of them (`vm.max_map_count`).
const MOVED_AT_MOST: usize = 4096;

static MOVED: AtomicUsize = AtomicUsize::new(0);

impl HeapRecord {
    /// A large block of at least `size` bytes at a multiple of `align`: its address, plus
    /// [`KNOWN_ZERO`] if it reads as zero. 0: out of memory.
    pub fn allocate_large(&self, size: usize, align: usize) -> usize {
        let entry = self.allocate_span_block(size, align);
        self.sample_large(entry, usable(size));
        entry
    }

    /// [`HeapRecord::allocate_large`] for a block that isn't to be a sample by its size.
    pub fn allocate_span_block(&self, size: usize, align: usize) -> usize {
        let Some(length) = Units::covering(size.max(1)).filter(|_| size <= isize::MAX as usize)
        else {
            return 0;
        };
        match self.take_span(length, align, Use::LargeHead) {
            Some((unit, zero)) => self.make_large(unit, zero, size),
            None => 0,
        }
    }

    /// Makes a span that was just taken a large block, as [`HeapRecord::allocate_large`] returns it.
    pub fn make_large(&self, unit: UnitIndex, zero: bool, size: usize) -> usize {
        WINDOW.header(unit).size.set(usable(size));
        WINDOW.header(unit).epoch.set(Epoch::now());
        WINDOW.header(unit).sample().set(0);
        self.large_allocations.fetch_add(1, Ordering::Relaxed);
        map::set(unit, Use::LargeHead);
        WINDOW.address(unit) + if zero { KNOWN_ZERO } else { 0 }
    }

    /// Frees the large block that starts at `unit`. `None`: it is none, or another heap's.
    /// Returns its size.
    pub fn free_large(&self, unit: UnitIndex) -> Option<usize> {
        let header = WINDOW.header(unit);
        let size = header.size.get();
        let length = self.forget_large(unit)?;
        end_sample(unit);
        let mut zero = false;
        if header.moved.get() {
            header.moved.set(false);
            MOVED.fetch_sub(1, Ordering::Relaxed);
            // A fresh mapping joins its neighbours again.
            zero = os::recommit(WINDOW.address(unit), length.bytes());
            if zero {
                POOL.lock().count_returned(length.bytes());
            }
        }
        if !self.keep_sample_unit(unit, size) {
            self.give_units(unit, length, zero);
        }
        Some(size)
    }

    /// Tries to make the block `size` bytes long where it is.
    #[inline(never)]
    pub fn resize_large_in_place(&self, unit: UnitIndex, size: usize) -> bool {
        let header = WINDOW.header(unit);
        let length = header.units.get();
        let Some(wanted) = Units::covering(size.max(1)) else {
            return false;
        };
        if wanted > length {
            let more = Units(wanted.0 - length.0);
            if !self.charge(more.bytes()) {
                return false;
            }
            let end = unit.after(length);
            let extended = POOL.lock().extend(end, more);
            let Some(zero) = extended else {
                self.committed.fetch_sub(more.bytes(), Ordering::Relaxed);
                return false;
            };
            if !self.prepare(end, more) {
                self.committed.fetch_sub(more.bytes(), Ordering::Relaxed);
                POOL.lock().give(end, more, zero);
                return false;
            }
            map::set_all(end, more, Use::LargeBody);
        } else if wanted < length {
            let end = unit.after(wanted);
            let less = Units(length.0 - wanted.0);
            map::set_all(end, less, Use::Unused);
            self.committed.fetch_sub(less.bytes(), Ordering::Relaxed);
            header.units.set(wanted);
            self.give_units(end, less, false);
        }
        header.units.set(wanted);
        header.size.set(usable(size));
        header.epoch.set(Epoch::now());
        if wanted != length && profile::was_on() {
            self.sample_resized(unit, usable(size));
        }
        true
    }

    /// Moves the contents of one large block to another by moving pages. `false`: not done.
    pub fn move_large(&self, from: UnitIndex, to: UnitIndex, bytes: usize) -> bool {
        if self.traits.executable
            || bytes < MOVE_FROM
            || MOVED.load(Ordering::Relaxed) >= MOVED_AT_MOST
        {
            return false;
        }
        let length = round_up_length(bytes, os::page_size());
        let moved = os::move_pages(WINDOW.address(from), WINDOW.address(to), length);
        if moved {
            MOVED.fetch_add(1, Ordering::Relaxed);
            WINDOW.header(to).moved.set(true);
        }
        moved
    }
}

/// What the caller of a block of `size` bytes may use: whole pages, so that all that is counted
/// as the block's is its memory, and none of the span's rest is touched.
pub fn usable(size: usize) -> usize {
    round_up_length(size.max(1), os::page_size())
}

const _: () = assert!(UNIT >= 4096, "a unit holds whole pages");
