//! Size classes: every 16 bytes up to 256, then eight to a doubling up to 32 KiB.
//!
//! So at most 15 bytes or one ninth of a block is padding. All tables are computed by the compiler.

use super::units::{GRANULE, GRANULES_PER_UNIT, UNIT, round_up};

/// Largest block that comes from a slab, in bytes; a slab holds at least two.
pub const LARGEST: usize = 32 << 10;
/// Every class below this many bytes is 16 bytes from the next.
const FINE: usize = 256;
/// Number of size classes: 16 fine ones, and eight for each of the seven doublings to 32 KiB.
pub const CLASS_COUNT: usize = FINE / GRANULE + 7 * 8;

/// Bytes of free blocks that a thread keeps on the stack of one class, roughly; the stack's
/// length is kept within `STACK_SHORTEST..=STACK_LONGEST`.
const STACK_BYTES: usize = 16 << 10;
const STACK_SHORTEST: usize = 2;
/// Longest stack of free blocks: long enough that random frees and allocations of 1,000 live
/// blocks hardly ever meet an end of it.
const STACK_LONGEST: usize = 64;

const fn size_of_class(class: usize) -> usize {
    let fine = FINE / GRANULE;
    if class < fine {
        (class + 1) * GRANULE
    } else {
        let doubling = (class - fine) / 8;
        let step = (class - fine) % 8 + 1;
        (FINE << doubling) + (FINE << doubling) / 8 * step
    }
}

/// The number of a size class: always below [`CLASS_COUNT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct SizeClass(u8);

impl SizeClass {
    /// The class with this number, if there is one.
    #[inline(always)]
    pub const fn from_number(number: u32) -> Option<Self> {
        if number < CLASS_COUNT as u32 { Some(Self(number as u8)) } else { None }
    }

    /// The number, as an index of tables of all classes.
    #[inline(always)]
    pub const fn index(self) -> usize {
        // SAFETY: every way to make a class checks the number, or takes it from a checked table.
        unsafe { core::hint::assert_unchecked((self.0 as usize) < CLASS_COUNT) };
        self.0 as usize
    }

    /// Whether this is `other`, also if it comes from memory that may have been overwritten.
    pub const fn is(self, other: Self) -> bool {
        self.0 == other.0
    }

    /// What is known of the class.
    #[inline(always)]
    pub fn properties(self) -> &'static Class {
        &CLASSES[self.index()]
    }

    /// Bytes in a block, from a table of its own that three cache lines hold.
    #[inline(always)]
    pub fn size(self) -> usize {
        SIZES[self.index()] as usize
    }

    /// Every class, smallest first.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..CLASS_COUNT as u8).map(Self)
    }
}

/// What is known of a class.
#[derive(Clone, Copy)]
pub struct Class {
    /// Block size in bytes.
    pub size: u32,
    /// Block size in granules.
    pub stride: u32,
    /// Granules of a slab that blocks take: blocks × stride.
    pub end: u32,
    /// Free blocks that a cache may keep on its stack.
    pub stack: u32,
    /// The bits of a word, from a block's start on, at which blocks start.
    pub starts: u64,
}

/// All classes, by number.
pub static CLASSES: [Class; CLASS_COUNT] = {
    let mut table = [Class { size: 0, stride: 0, end: 0, stack: 0, starts: 0 }; CLASS_COUNT];
    let mut class = 0;
    while class < CLASS_COUNT {
        let size = size_of_class(class);
        let stride = size / GRANULE;
        let mut starts = 0u64;
        let mut bit = 0;
        while bit < 64 {
            starts |= 1 << bit;
            bit += stride;
        }
        let fitting = STACK_BYTES / size;
        let stack = if fitting < STACK_SHORTEST {
            STACK_SHORTEST
        } else if fitting > STACK_LONGEST {
            STACK_LONGEST
        } else {
            fitting
        };
        table[class] = Class {
            size: size as u32,
            stride: stride as u32,
            end: (UNIT / size * stride) as u32,
            stack: stack as u32,
            starts,
        };
        class += 1;
    }
    table
};

/// Their block sizes.
pub static SIZES: [u16; CLASS_COUNT] = {
    let mut table = [0; CLASS_COUNT];
    let mut class = 0;
    while class < CLASS_COUNT {
        table[class] = size_of_class(class) as u16;
        class += 1;
    }
    table
};

/// The class for a size in granules, rounded up; size 0 gets the smallest block.
static BY_GRANULES: [u8; LARGEST / GRANULE + 1] = {
    let mut table = [0; LARGEST / GRANULE + 1];
    let mut class = 0;
    let mut granules = 0;
    while granules < table.len() {
        if granules * GRANULE > size_of_class(class) {
            class += 1;
        }
        table[granules] = class as u8;
        granules += 1;
    }
    table
};

/// The smallest class whose blocks hold `size` bytes.
#[inline(always)]
pub fn class_of(size: usize) -> Option<SizeClass> {
    // SAFETY: the size is at most `LARGEST`.
    (size <= LARGEST).then(|| unsafe { class_of_small(size) })
}

/// [`class_of`] for a size that the compiler knows to have one.
pub const fn class_of_known(size: usize) -> SizeClass {
    SizeClass(BY_GRANULES[size.div_ceil(GRANULE)])
}

/// [`class_of`] for a size that is known to have one.
///
/// # Safety
/// `size` is at most [`LARGEST`].
#[inline(always)]
unsafe fn class_of_small(size: usize) -> SizeClass {
    let granules = size.div_ceil(GRANULE);
    // SAFETY: the table has a place for each count of granules up to `LARGEST`.
    unsafe { core::hint::assert_unchecked(granules < BY_GRANULES.len()) };
    SizeClass(BY_GRANULES[granules])
}

/// The smallest class whose blocks hold `size` bytes and all start at multiples of `align`, a
/// power of two.
pub fn class_of_aligned(size: usize, align: usize) -> Option<SizeClass> {
    // Such a block is itself a multiple of `align` long, and above that at most a few classes away.
    let first = class_of(round_up(size.max(1), align)?)?;
    SizeClass::all().skip(first.index()).find(|class| class.size() & (align - 1) == 0)
}

const _: () = assert!(size_of_class(0) == GRANULE && size_of_class(CLASS_COUNT - 1) == LARGEST);
const _: () = {
    let mut granules = 0;
    while granules < BY_GRANULES.len() {
        assert!((BY_GRANULES[granules] as usize) < CLASS_COUNT);
        granules += 1;
    }
};
const _: () = assert!(CLASSES[0].end as usize == GRANULES_PER_UNIT);
const _: () = assert!(CLASS_COUNT < 0x70, "codes from 0x70 on in the unit map mean other uses");
