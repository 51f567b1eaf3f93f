//! The header of a span: a cache line in a table beside the window, never inside the span. It is the
//! owner's, or, for free spans, the pool lock holder's. What belongs to the threads that free blocks
//! of a slab that isn't theirs is in a table of its own: most slabs never need it, so it takes no
//! memory for them.

use crate::base::atomic::{AtomicU32, AtomicU64};
use crate::base::epoch::Epoch;
use crate::base::size_class::SizeClass;
use crate::base::units::{UnitIndex, Units, WORDS_PER_UNIT};
use core::cell::Cell;

/// What is known of the span that starts (or, for a free span, also of the one that ends) at a unit.
#[repr(C, align(64))]
pub struct SpanHeader {
    /// Links in the owner's list: slabs with free blocks in a cache, free spans in the pool.
    pub next: Cell<UnitIndex>,
    /// See `next`.
    pub previous: Cell<UnitIndex>,
    /// Links in the list of all spans of a heap.
    pub heap_next: Cell<UnitIndex>,
    /// See `heap_next`.
    pub heap_previous: Cell<UnitIndex>,
    /// The span's length.
    pub units: Cell<Units>,
    /// In the last unit of a free span: its first unit.
    pub first: Cell<UnitIndex>,
    /// The number of the heap that the span belongs to.
    pub heap: Cell<u32>,
    /// Slab: granules of free blocks that no cache's stack holds. Granules, so that "all of the
    /// carved ones" is a comparison.
    pub free_granules: Cell<u32>,
    /// Slab: granules from the start up to which blocks were ever handed to a cache.
    pub carved: Cell<u32>,
    /// Slab: the granule at which the next search for free blocks starts; a block's start.
    /// Large block: see [`SpanHeader::sample`].
    pub cursor: Cell<u32>,
    /// Slab: its size class.
    pub class: Cell<SizeClass>,
    /// Slab: whether it is in its cache's list.
    pub listed: Cell<bool>,
    /// Whether the part not yet carved (slab) reads as zero.
    pub zero: Cell<bool>,
    /// Large block: whether its pages were moved here from elsewhere.
    pub moved: Cell<bool>,
    /// Slab: the pages given back whose blocks weren't handed out since, a bit for each 4 KiB.
    pub returned: Cell<u16>,
    /// Slab: when blocks of it last went to or came from a stack. Free dirty span: when it may be
    /// given back.
    pub epoch: Cell<Epoch>,
    /// In the first unit of a region of 2 MiB, whatever it is: 1 while the region is kept to small
    /// pages.
    pub small: AtomicU32,
    /// Large block: bytes that the caller may use.
    pub size: Cell<usize>,
}

impl SpanHeader {
    /// Where the number of the sample is that a large block is; 0: none.
    pub const SAMPLE: usize = core::mem::offset_of!(Self, cursor);

    /// See [`SpanHeader::SAMPLE`].
    pub fn sample(&self) -> &Cell<u32> {
        &self.cursor
    }
}

/// Blocks of a slab that threads have freed which don't own it.
#[repr(C, align(64))]
pub struct Remote {
    /// Bit w: word w of the bits may have one set.
    pub summary: AtomicU64,
    /// The next slab in the inbox.
    pub inbox_next: AtomicU32,
    /// A bit a granule, on lines of their own.
    pub bits: RemoteBits,
}

/// See [`Remote::bits`].
#[repr(C, align(64))]
pub struct RemoteBits(pub [AtomicU64; WORDS_PER_UNIT]);

const _: () = assert!(size_of::<SpanHeader>() == 64);
const _: () = assert!(size_of::<Remote>() == 64 + WORDS_PER_UNIT * 8);
