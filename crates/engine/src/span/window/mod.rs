//! The window: the one range of address space that all blocks come from, and its side tables.
//!
//! ```text
//!  | unit map | span headers | live bits | remote bits | unit 0 | unit 1 | …           |
//!  | 4 B/unit | 64 B/unit    | 512 B/unit| 576 B/unit  | base                          |
//! ```
//! W1  a unit below `limit` is committed, and so are its entries in all four tables; the whole
//!     unit map can be read, beyond that too, where it says that nothing is there
//! W2  tables and `base` never move once `open` returned; `limit` only grows
//! W3  whether an address is in the window is one subtraction and one compare; the rotation by
//!     four bits makes a misaligned address fail the same compare, because its low bits end up
//!     on top
//!
//! Where address space is plentiful the window is reserved at once (it costs nothing until used).
//! Under a limit (`ulimit -v`) it is only a place far from all other mappings, of the size of the
//! limit, and each step is mapped when it is needed.

mod huge;
mod tables;

pub use huge::REGION;

use super::header::{Remote, SpanHeader};
use super::map::Entry;
use crate::base::atomic::{AtomicU32, AtomicU64, Ordering};
use crate::base::units::{
    GRANULE_SHIFT, GRANULES_PER_UNIT, UNIT, UNIT_SHIFT, UnitIndex, Units, WORDS_PER_UNIT, round_up,
    round_up_length,
};
use crate::os;
use core::ops::Range;
use core::sync::atomic::AtomicUsize;

/// Largest window: cache numbers are unit numbers in 24 bits of a map entry.
const LARGEST: usize = (1 << 24) * UNIT;
/// Smallest window that is tried before giving up.
const SMALLEST: usize = 16 << 20;
/// The window's alignment: alignments of blocks up to this need no address arithmetic.
const ALIGNMENT: usize = 1 << 30;
/// Where the window goes when it isn't reserved: far below the stack and libraries, far above
/// the program and its `brk` heap, on systems with 47-bit addresses.
const FAR_PLACE: usize = 0x2000_0000_0000;

/// Bytes from the window's start on which huge pages are asked for. Measured on seven workloads of
/// 9 to 190 MiB: from 8 MiB on instead of from 32 takes 23 % less time and 4 % more memory (0 % in
/// the large ones). Smaller heaps would show a huge page of 2 MiB that is half used.
const HUGE_PAGES_FROM: usize = 8 << 20;

/// log2 of the bytes of blocks that one word of live bits stands for.
const WORD_SHIFT: u32 = GRANULE_SHIFT + 6;

/// Table bytes for each unit.
const MAP_BYTES: usize = size_of::<AtomicU32>();
const HEADER_BYTES: usize = size_of::<SpanHeader>();
const WORD_BYTES: usize = WORDS_PER_UNIT * size_of::<AtomicU64>();
const REMOTE_BYTES: usize = size_of::<Remote>();

/// Addresses of the tables and of unit 0, as [`heapmin_directory::layout::WindowWords`] has them.
#[repr(C)]
pub struct Window {
    base: AtomicUsize,
    /// Committed granules: units below the limit are usable (W1).
    limit: AtomicUsize,
    map: AtomicUsize,
    headers: AtomicUsize,
    live: AtomicUsize,
    remote: AtomicUsize,
    /// Units that fit.
    capacity: AtomicUsize,
    /// 1 where the address space was reserved at the start.
    reserved: AtomicUsize,
}

/// The process's window.
pub static WINDOW: Window = Window {
    base: AtomicUsize::new(0),
    limit: AtomicUsize::new(0),
    map: AtomicUsize::new(0),
    headers: AtomicUsize::new(0),
    live: AtomicUsize::new(0),
    remote: AtomicUsize::new(0),
    capacity: AtomicUsize::new(0),
    reserved: AtomicUsize::new(0),
};

/// A place in the window: the number of a granule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Granule(pub usize);

impl Granule {
    /// The unit it lies in.
    #[inline(always)]
    pub const fn unit(self) -> UnitIndex {
        UnitIndex((self.0 >> (UNIT_SHIFT - GRANULE_SHIFT)) as u32)
    }

    /// Its number within the unit.
    #[inline(always)]
    pub const fn within_unit(self) -> usize {
        self.0 & (GRANULES_PER_UNIT - 1)
    }

    /// Its bit in a bitmap word.
    #[inline(always)]
    pub const fn bit(self) -> u64 {
        1 << (self.0 & 63)
    }
}

/// What the fast paths need of the window, copied into each cache: plain words beside the ones
/// that they read anyway. Nothing in it ever changes (W2).
#[derive(Clone, Copy)]
#[repr(C)]
pub struct View {
    base: usize,
    /// Granules that the window can have.
    end: usize,
    map: *const AtomicU32,
    headers: *const SpanHeader,
    live: *const AtomicU64,
    /// `live` less the words for the addresses below `base`, so that a word is found from an
    /// address without subtracting the base first.
    live_origin: usize,
}

impl View {
    /// The granule at `address`, if that is a 16-aligned place in the window (W3), committed or not.
    #[inline(always)]
    pub fn granule(&self, address: usize) -> Option<Granule> {
        let granule = address.wrapping_sub(self.base).rotate_right(GRANULE_SHIFT);
        (granule < self.end).then_some(Granule(granule))
    }

    /// The map's entry for the unit of a granule of the window.
    #[inline(always)]
    pub fn entry(&self, granule: Granule) -> Entry {
        // SAFETY: the whole map is readable (W1), and the granule is below its end.
        let word = unsafe { &*self.map.add(granule.0 >> (UNIT_SHIFT - GRANULE_SHIFT)) };
        Entry(word.load(Ordering::Relaxed))
    }

    /// The unit that holds an address of the window.
    #[inline(always)]
    pub fn unit(&self, address: usize) -> UnitIndex {
        UnitIndex((address.wrapping_sub(self.base) >> UNIT_SHIFT) as u32)
    }

    /// The header of a slab.
    #[inline(always)]
    pub fn header(&self, slab: UnitIndex) -> &SpanHeader {
        // SAFETY: slabs lie below the limit, where the table is committed (W1) and stays (W2).
        unsafe { &*self.headers.add(slab.0 as usize) }
    }

    /// The word of live bits for a granule of a slab.
    #[inline(always)]
    pub fn live_word(&self, granule: Granule) -> &AtomicU64 {
        // SAFETY: slabs lie below the limit, where the table is committed (W1) and stays (W2).
        unsafe { &*self.live.add(granule.0 >> 6) }
    }

    /// The word of live bits for an address that is known to be a block's, and its bit's number
    /// there in the lowest six bits.
    #[inline(always)]
    pub fn live_bit(&self, block: usize) -> (&AtomicU64, usize) {
        let word = self.live_origin.wrapping_add((block >> WORD_SHIFT) * size_of::<AtomicU64>());
        let word = core::ptr::with_exposed_provenance::<AtomicU64>(word);
        // SAFETY: a block lies below the limit, so its word is committed (W1) and stays (W2); the
        // base is a multiple of a word's 1 KiB, so the bit's number is that of the granule.
        (unsafe { &*word }, block >> GRANULE_SHIFT)
    }
}

impl Window {
    /// The constant part, for a cache. The window is open.
    pub fn view(&self) -> View {
        let base = self.base.load(Ordering::Relaxed);
        let live = self.live.load(Ordering::Relaxed);
        let before_base = (base >> WORD_SHIFT) * size_of::<AtomicU64>();
        View {
            base,
            end: self.capacity().0 as usize * GRANULES_PER_UNIT,
            map: core::ptr::with_exposed_provenance(self.map.load(Ordering::Relaxed)),
            headers: core::ptr::with_exposed_provenance(self.headers.load(Ordering::Relaxed)),
            live: core::ptr::with_exposed_provenance(live),
            live_origin: live.wrapping_sub(before_base),
        }
    }

    /// The granule at `address`, if that is a committed, 16-aligned place in the window (W3).
    #[inline(always)]
    pub fn granule(&self, address: usize) -> Option<Granule> {
        let offset = address.wrapping_sub(self.base.load(Ordering::Relaxed));
        let granule = offset.rotate_right(GRANULE_SHIFT);
        (granule < self.limit.load(Ordering::Relaxed)).then_some(Granule(granule))
    }

    /// Whether `address` lies in a committed unit, aligned or not.
    pub fn contains(&self, address: usize) -> bool {
        let offset = address.wrapping_sub(self.base.load(Ordering::Relaxed));
        offset >> GRANULE_SHIFT < self.limit.load(Ordering::Relaxed)
    }

    /// The address of a unit.
    #[inline(always)]
    pub fn address(&self, unit: UnitIndex) -> usize {
        self.base.load(Ordering::Relaxed) + ((unit.0 as usize) << UNIT_SHIFT)
    }

    /// The unit that holds an address of the window.
    #[inline(always)]
    pub fn unit(&self, address: usize) -> UnitIndex {
        UnitIndex((address.wrapping_sub(self.base.load(Ordering::Relaxed)) >> UNIT_SHIFT) as u32)
    }

    /// The map's word for a unit.
    #[inline(always)]
    pub fn entry_word(&self, unit: UnitIndex) -> &AtomicU32 {
        let table =
            core::ptr::with_exposed_provenance::<AtomicU32>(self.map.load(Ordering::Relaxed));
        // SAFETY: units come from `granule` or the pool, so they are below the limit, where the
        // table is committed (W1) and stays (W2); zero bytes are a valid atomic.
        unsafe { &*table.add(unit.0 as usize) }
    }

    /// The header of the span that a unit starts.
    #[inline(always)]
    pub fn header(&self, unit: UnitIndex) -> &SpanHeader {
        let table =
            core::ptr::with_exposed_provenance::<SpanHeader>(self.headers.load(Ordering::Relaxed));
        // SAFETY: as for the map; all fields of a header are atomics or cells, valid when zero.
        unsafe { &*table.add(unit.0 as usize) }
    }

    /// The word of live bits that holds a granule's.
    #[inline(always)]
    pub fn live_word(&self, granule: Granule) -> &AtomicU64 {
        let table =
            core::ptr::with_exposed_provenance::<AtomicU64>(self.live.load(Ordering::Relaxed));
        // SAFETY: as for the map; the table has a word for every 64 granules.
        unsafe { &*table.add(granule.0 >> 6) }
    }

    /// All live words of a unit.
    #[inline(always)]
    pub fn live_words(&self, unit: UnitIndex) -> &[AtomicU64; WORDS_PER_UNIT] {
        let table = core::ptr::with_exposed_provenance::<[AtomicU64; WORDS_PER_UNIT]>(
            self.live.load(Ordering::Relaxed),
        );
        // SAFETY: as for the map; the table has 64 words for every unit.
        unsafe { &*table.add(unit.0 as usize) }
    }

    /// What other threads have freed of a unit.
    #[inline(always)]
    pub fn remote(&self, unit: UnitIndex) -> &Remote {
        let table =
            core::ptr::with_exposed_provenance::<Remote>(self.remote.load(Ordering::Relaxed));
        // SAFETY: as for the map; all fields are atomics, valid when zero.
        unsafe { &*table.add(unit.0 as usize) }
    }

    /// Committed units.
    pub fn committed(&self) -> Units {
        Units((self.limit.load(Ordering::Relaxed) / GRANULES_PER_UNIT) as u32)
    }

    /// Units that the window can have.
    pub fn capacity(&self) -> Units {
        Units(self.capacity.load(Ordering::Relaxed) as u32)
    }

    /// Finds the place. Called once, under the pool's lock. `false`: not even a small one is left.
    pub(super) fn open(&self) -> bool {
        let plenty = os::physical_memory().saturating_mul(16).next_power_of_two();
        let mut bytes = plenty.clamp(64 << 30, LARGEST);
        match os::address_space_limit() {
            Some(limit) if limit < bytes.saturating_mul(2) => {
                let bytes = round_up(limit.max(SMALLEST), UNIT).map_or(LARGEST, |b| b.min(LARGEST));
                let map_bytes = round_up_length(bytes / UNIT * MAP_BYTES, os::page_size());
                os::commit(FAR_PLACE, map_bytes, false)
                    && self.place(FAR_PLACE, bytes / UNIT, false)
            }
            _ => loop {
                let units = bytes / UNIT;
                let tables = Self::table_bytes(units);
                if let Some(start) = os::reserve(tables + bytes, ALIGNMENT)
                    && os::allow_reading(start, units * MAP_BYTES)
                {
                    return self.place(start, units, true);
                }
                bytes /= 2;
                if bytes < SMALLEST {
                    return false;
                }
            },
        }
    }

    /// Bytes of all tables for `units`, rounded so that unit 0 is aligned like the window.
    fn table_bytes(units: usize) -> usize {
        let bytes = units * (MAP_BYTES + HEADER_BYTES + WORD_BYTES + REMOTE_BYTES) + 4 * UNIT;
        bytes.next_multiple_of(ALIGNMENT)
    }

    fn place(&self, start: usize, units: usize, reserved: bool) -> bool {
        let map = start;
        let headers = (map + units * MAP_BYTES).next_multiple_of(UNIT);
        let live = (headers + units * HEADER_BYTES).next_multiple_of(UNIT);
        let remote = (live + units * WORD_BYTES).next_multiple_of(UNIT);
        self.map.store(map, Ordering::Relaxed);
        self.headers.store(headers, Ordering::Relaxed);
        self.live.store(live, Ordering::Relaxed);
        self.remote.store(remote, Ordering::Relaxed);
        self.capacity.store(units, Ordering::Relaxed);
        self.reserved.store(usize::from(reserved), Ordering::Relaxed);
        let base = start + Self::table_bytes(units);
        self.base.store(base, Ordering::Relaxed);
        true
    }

    /// Commits the units from the present limit up to `end`, with their tables first (W1).
    /// `false`: out of memory; nothing of the window's use changes.
    pub(super) fn commit_to(&self, end: Units) -> bool {
        let from = self.committed();
        let reserved = self.reserved.load(Ordering::Relaxed) != 0;
        let map = self.map.load(Ordering::Relaxed);
        let map_pages = table_pages(map, MAP_BYTES, from, end);
        if reserved && !map_pages.is_empty() && !os::commit(map_pages.start, map_pages.len(), true)
        {
            return false;
        }
        let tables =
            [(&self.headers, HEADER_BYTES), (&self.live, WORD_BYTES), (&self.remote, REMOTE_BYTES)];
        let mut done = 0;
        for (table, bytes_per_unit) in &tables {
            let range = table_pages(table.load(Ordering::Relaxed), *bytes_per_unit, from, end);
            if !range.is_empty() && !os::commit(range.start, range.len(), reserved) {
                break;
            }
            done += 1;
        }
        let start = self.address(UnitIndex(from.0));
        if done < tables.len() || !os::commit(start, end.bytes() - from.bytes(), reserved) {
            // Where the space is reserved, a later try maps the same pages afresh. Where it isn't,
            // it would find them taken.
            for (table, bytes_per_unit) in &tables[..done] {
                let range = table_pages(table.load(Ordering::Relaxed), *bytes_per_unit, from, end);
                if !reserved && !range.is_empty() {
                    os::release(range.start, range.len());
                }
            }
            return false;
        }
        let huge_from = start.max(self.base.load(Ordering::Relaxed) + HUGE_PAGES_FROM);
        let stop = self.base.load(Ordering::Relaxed) + end.bytes();
        if huge_from < stop {
            os::prefer_huge_pages(huge_from, stop - huge_from);
        }
        self.limit.store(end.0 as usize * GRANULES_PER_UNIT, Ordering::Release);
        true
    }
}

/// The pages of a table that units from `from` to `end` need beyond those that earlier units did.
fn table_pages(table: usize, bytes_per_unit: usize, from: Units, end: Units) -> Range<usize> {
    let page = os::page_size();
    let start = round_up_length(from.0 as usize * bytes_per_unit, page);
    let stop = round_up_length(end.0 as usize * bytes_per_unit, page);
    table + start..table + stop
}
