//! The unit map: one word a unit that says what the unit is and who owns it.
//!
//! ```text
//!   31                                   8   7        6        0
//!  | number of the owning cache (or 0)    | QUEUED | code       |
//! ```
//! For a slab the code is its size class and the owner is not 0, so `entry ^ owner's tag` is the
//! class if and only if the slab is the asker's own and not queued: one xor, one compare.
//!
//! M1  only the owner of a unit (the pool's lock holder for free spans) changes owner and code
//! M2  any thread that frees a block may set QUEUED; only the owner clears it

use super::window::WINDOW;
use crate::base::atomic::Ordering;
use crate::base::size_class::SizeClass;
use crate::base::units::{UnitIndex, Units};

/// Set while the slab is in, or on its way into, its owner's inbox.
pub const QUEUED: u32 = 1 << 7;
const CODE: u32 = QUEUED - 1;
const OWNER_SHIFT: u32 = 8;

/// What a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// Never handed out, or inside a free span.
    Unused,
    /// First or last unit of a free span whose pages may hold old data.
    FreeDirty,
    /// First or last unit of a free span that reads as zero and takes no memory.
    FreeClean,
    /// First unit of a large block.
    LargeHead,
    /// A further unit of a large block.
    LargeBody,
    /// The engine's own data: a thread cache, or the record of a heap that has no handle.
    Engine,
    /// The record of a heap whose handle is this unit's address.
    Heap,
    /// A slab of this class.
    Slab(SizeClass),
}

const FREE_DIRTY: u32 = 0x70;
const FREE_CLEAN: u32 = 0x71;
const LARGE_HEAD: u32 = 0x72;
const LARGE_BODY: u32 = 0x73;
const ENGINE: u32 = 0x74;
const HEAP: u32 = 0x75;

/// One word of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub struct Entry(pub u32);

impl Entry {
    /// The entry of a heap's record.
    pub const HEAP: Self = Self(HEAP);

    /// The entry of a slab that the cache at `owner` owns.
    pub const fn slab(owner: UnitIndex, class: SizeClass) -> Self {
        Self(owner.0 << OWNER_SHIFT | class.index() as u32)
    }

    /// What a cache compares its slabs' entries with.
    pub const fn tag(owner: UnitIndex) -> u32 {
        owner.0 << OWNER_SHIFT
    }

    /// The unit of the owning cache, if the unit is a slab.
    pub const fn owner(self) -> UnitIndex {
        UnitIndex(self.0 >> OWNER_SHIFT)
    }

    /// The code alone: the class, for a slab.
    pub const fn code(self) -> u32 {
        self.0 & CODE
    }

    /// What the unit is.
    pub const fn usage(self) -> Use {
        if !self.owner().is_none() {
            return match SizeClass::from_number(self.code()) {
                Some(class) => Use::Slab(class),
                None => Use::Unused,
            };
        }
        match self.0 {
            FREE_DIRTY => Use::FreeDirty,
            FREE_CLEAN => Use::FreeClean,
            LARGE_HEAD => Use::LargeHead,
            LARGE_BODY => Use::LargeBody,
            ENGINE => Use::Engine,
            HEAP => Use::Heap,
            _ => Use::Unused,
        }
    }

    const fn of(usage: Use) -> u32 {
        match usage {
            Use::Unused => 0,
            Use::FreeDirty => FREE_DIRTY,
            Use::FreeClean => FREE_CLEAN,
            Use::LargeHead => LARGE_HEAD,
            Use::LargeBody => LARGE_BODY,
            Use::Engine => ENGINE,
            Use::Heap => HEAP,
            Use::Slab(class) => class.index() as u32,
        }
    }
}

/// The entry of a unit.
#[inline(always)]
pub fn entry(unit: UnitIndex) -> Entry {
    Entry(WINDOW.entry_word(unit).load(Ordering::Relaxed))
}

/// Says that `unit` is a slab's.
pub fn set_slab(unit: UnitIndex, owner: UnitIndex, class: SizeClass) {
    // Release: pairs with the Acquire of whoever gets a block of the slab from another thread.
    WINDOW.entry_word(unit).store(Entry::slab(owner, class).0, Ordering::Release);
}

/// Hands a slab to another owner. Keeps QUEUED as it is: others may set it meanwhile.
pub fn change_owner(unit: UnitIndex, from: UnitIndex, to: UnitIndex) {
    let difference = Entry::tag(to).wrapping_sub(Entry::tag(from));
    WINDOW.entry_word(unit).fetch_add(difference, Ordering::AcqRel);
}

/// Says what a unit other than a slab's is.
pub fn set(unit: UnitIndex, usage: Use) {
    WINDOW.entry_word(unit).store(Entry::of(usage), Ordering::Release);
}

/// Says so of every unit of a span.
pub fn set_all(unit: UnitIndex, count: Units, usage: Use) {
    for index in unit.0..unit.0 + count.0 {
        set(UnitIndex(index), usage);
    }
}
