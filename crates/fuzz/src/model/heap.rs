//! A heap, and what it can still allocate.

use crate::abi::heapapi::{HEAP_GENERATE_EXCEPTIONS, HEAP_NO_SERIALIZE};
use crate::abi::heapapi::{STATUS_ACCESS_VIOLATION, STATUS_NO_MEMORY};
use crate::calls::walk;
use crate::input::NO_SUCH_SIZE;

/// Whether a call can succeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prospect {
    Certain,
    Open,
    Hopeless,
}

impl Prospect {
    /// Checks a result against it.
    #[track_caller]
    pub fn check(self, succeeded: bool) {
        match self {
            Self::Certain => assert!(succeeded, "a call that can succeed failed"),
            Self::Hopeless => assert!(!succeeded, "a call that can't succeed did"),
            Self::Open => {}
        }
    }
}

/// A fixed heap: the reserve is a multiple of this, some of it is for the heap itself, and larger
/// blocks are refused.
const RESERVE_STEP: usize = 0x2000;
const MANAGEMENT: usize = 0x800;
const LARGEST_FIXED: usize = 0xF_F000;

/// Bytes of a fixed heap's limit that a block takes.
fn charge(size: usize) -> usize {
    size.max(16).saturating_add(8).checked_next_multiple_of(16).unwrap_or(usize::MAX)
}

/// How large a heap may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    Growable,
    Fixed {
        reserve: usize,
    },
    /// Fixed, in memory that a routine of the program's commits, or doesn't.
    Committed {
        reserve: usize,
    },
}

/// A live heap.
#[derive(Clone, Debug)]
pub struct Heap {
    pub handle: usize,
    /// Where its first region is: another handle of a heap in the program's memory.
    pub region: usize,
    /// HEAP_NO_SERIALIZE and HEAP_GENERATE_EXCEPTIONS.
    pub options: u32,
    pub extent: Extent,
    /// Bytes of its blocks, as a fixed heap counts them.
    pub charged: usize,
    /// HeapLock without HeapUnlock.
    pub locks: u32,
    /// HeapCompatibilityInformation.
    pub compatibility: u32,
}

impl Heap {
    pub fn new(handle: usize, options: u32, extent: Extent) -> Self {
        let options = options & (HEAP_NO_SERIALIZE | HEAP_GENERATE_EXCEPTIONS);
        let region = walk::first_region(handle);
        Self { handle, region, options, extent, charged: 0, locks: 0, compatibility: 0 }
    }

    pub fn is_serialized(&self) -> bool {
        self.options & HEAP_NO_SERIALIZE == 0
    }

    /// The exception that a failing allocation raises.
    pub fn exception(&self, flags: u32, code: u32) -> Option<u32> {
        ((self.options | flags) & HEAP_GENERATE_EXCEPTIONS != 0).then_some(code)
    }

    pub fn no_memory(&self, flags: u32) -> Option<u32> {
        self.exception(flags, STATUS_NO_MEMORY)
    }

    pub fn bad_block(&self, flags: u32) -> Option<u32> {
        self.exception(flags, STATUS_ACCESS_VIOLATION)
    }

    /// Whether it can allocate a block of this size in place of one of `old` bytes.
    pub fn prospect(&self, old: Option<usize>, size: usize) -> Prospect {
        if size >= NO_SUCH_SIZE {
            return Prospect::Hopeless;
        }
        let Some(limit) = self.limit() else { return Prospect::Certain };
        let is_certain = matches!(self.extent, Extent::Fixed { .. });
        let after = self.charged - old.map_or(0, charge) + charge(size);
        if size >= LARGEST_FIXED || after > limit && old.is_none_or(|old| size > old) {
            Prospect::Hopeless
        } else if is_certain {
            Prospect::Certain
        } else {
            Prospect::Open
        }
    }

    /// Bytes of blocks that a heap which isn't growable can have.
    fn limit(&self) -> Option<usize> {
        match self.extent {
            Extent::Growable => None,
            Extent::Fixed { reserve } | Extent::Committed { reserve } => {
                Some(reserve.max(1).next_multiple_of(RESERVE_STEP) - MANAGEMENT)
            }
        }
    }

    /// Bytes of them that are left.
    pub fn room(&self) -> Option<usize> {
        self.limit().map(|limit| limit - self.charged)
    }

    /// A block came, went, or changed its size.
    pub fn count(&mut self, old: Option<usize>, new: Option<usize>) {
        self.charged = self.charged - old.map_or(0, charge) + new.map_or(0, charge);
    }
}
