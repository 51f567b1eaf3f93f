//! The engine's measures: granules (16 B), units (64 KiB), and rounding between them.
//!
//! ```text
//!  address space:  | unit 0        | unit 1        | unit 2        | …
//!  one unit:       | 4096 granules of 16 bytes = 64 words of 64 granules |
//! ```

/// log2 of [`GRANULE`].
pub const GRANULE_SHIFT: u32 = 4;
/// The smallest block and the alignment of every block, in bytes: what C's `max_align_t` asks for.
pub const GRANULE: usize = 1 << GRANULE_SHIFT;
/// log2 of [`UNIT`].
pub const UNIT_SHIFT: u32 = 16;
/// Bytes in a unit, the step in which address space is handed out: the largest OS page in use,
/// so that a unit starts and ends at a page boundary on every system.
pub const UNIT: usize = 1 << UNIT_SHIFT;
/// Granules in a unit.
pub const GRANULES_PER_UNIT: usize = UNIT / GRANULE;
/// Bitmap words, one bit a granule, in a unit.
pub const WORDS_PER_UNIT: usize = GRANULES_PER_UNIT / 64;

const _: () = assert!(WORDS_PER_UNIT == 64, "a slab's summary of its words is one u64");

/// The number of a unit in the window. Unit 0 is never handed out, so 0 means "none".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct UnitIndex(pub u32);

impl UnitIndex {
    /// No unit.
    pub const NONE: Self = Self(0);

    /// Whether this names no unit.
    #[inline(always)]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// The unit `count` further on.
    #[inline(always)]
    pub const fn after(self, count: Units) -> Self {
        Self(self.0 + count.0)
    }

    /// The unit just before this one; unit 0 has none before it, and none is asked for.
    #[inline(always)]
    pub const fn before(self) -> Self {
        Self(self.0 - 1)
    }
}

/// A count of units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Units(pub u32);

impl Units {
    /// The fewest units that hold `bytes`, or `None` where a count doesn't fit.
    pub const fn covering(bytes: usize) -> Option<Self> {
        let count = bytes.div_ceil(UNIT);
        if count <= u32::MAX as usize { Some(Self(count as u32)) } else { None }
    }

    /// The size in bytes. Counts stay below 2^32, so this fits 48 bits.
    #[inline(always)]
    pub const fn bytes(self) -> usize {
        (self.0 as usize) << UNIT_SHIFT
    }
}

/// [`round_up`] for a value far below `usize::MAX`: a length of memory that exists.
#[inline]
pub const fn round_up_length(value: usize, align: usize) -> usize {
    value.wrapping_add(align - 1) & !(align - 1)
}

/// The multiple of `align` (a power of two) at or below `value`.
#[inline]
pub const fn round_down(value: usize, align: usize) -> usize {
    value & !(align - 1)
}

/// The next multiple of `align` (a power of two) at or above `value`, if it fits.
#[inline]
pub const fn round_up(value: usize, align: usize) -> Option<usize> {
    match value.checked_add(align - 1) {
        Some(sum) => Some(sum & !(align - 1)),
        None => None,
    }
}
