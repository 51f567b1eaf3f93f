//! Local and Global: what each calls its flags, and what both say about bad handles.

use super::Handle;
use super::table::State;
use crate::codes::{ERROR_INVALID_HANDLE, ERROR_NOACCESS};
use crate::corruption;
use crate::types::DWORD;
use core::ptr;
use heapmin_engine::{Refusal, refuse_and_abort};

/// The blocks of moveable objects carry this user flag of `RtlAllocateHeap`, 0x200.
pub const MOVEABLE_BLOCK: u8 = 1;

/// `LMEM_MOVEABLE`, `GMEM_MOVEABLE`.
pub const MOVEABLE: u32 = 0x0002;
/// `LMEM_ZEROINIT`, `GMEM_ZEROINIT`.
pub const ZEROINIT: u32 = 0x0040;
/// `LMEM_MODIFY`, `GMEM_MODIFY`.
pub const MODIFY: u32 = 0x0080;
/// `GMEM_SHARE`, `GMEM_DDESHARE`.
const DDESHARE: u32 = 0x2000;
/// In the results of `LocalFlags` and `GlobalFlags`.
const DISCARDED: u32 = 0x4000;
/// `LMEM_INVALID_HANDLE`, `GMEM_INVALID_HANDLE`.
pub const INVALID_HANDLE_FLAGS: u32 = 0x8000;

/// Bit of a handle that says that it isn't a pointer.
const HANDLE_BIT: usize = size_of::<usize>();

/// The last error that a function fails with.
pub type Failure = DWORD;

/// Which of the two families a function belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// `LocalAlloc` and so on.
    Local,
    /// `GlobalAlloc` and so on.
    Global,
}

impl Family {
    /// The function that frees.
    pub const fn free_name(self) -> &'static str {
        match self {
            Self::Local => "LocalFree",
            Self::Global => "GlobalFree",
        }
    }

    /// The function that reallocates.
    pub const fn reallocate_name(self) -> &'static str {
        match self {
            Self::Local => "LocalReAlloc",
            Self::Global => "GlobalReAlloc",
        }
    }

    /// Flags that an allocation accepts.
    pub const fn valid_flags(self) -> u32 {
        match self {
            Self::Local => 0x0F72,
            Self::Global => 0x7F72,
        }
    }

    /// `LMEM_DISCARDABLE`, `GMEM_DISCARDABLE`.
    const fn discardable(self) -> u32 {
        match self {
            Self::Local => 0x0F00,
            Self::Global => 0x0100,
        }
    }

    /// Whether the flags ask for an object that may be discarded.
    pub const fn wants_discardable(self, flags: u32) -> bool {
        flags & self.discardable() != 0
    }

    /// Whether the flags ask for an object to be shared by DDE; only Global has such.
    pub const fn wants_shared(self, flags: u32) -> bool {
        matches!(self, Self::Global) && flags & DDESHARE != 0
    }

    /// The flags of a moveable object, as `LocalFlags` and `GlobalFlags` give them.
    pub const fn flags_of(self, state: State) -> u32 {
        let mut flags = state.locks();
        if state.is_discardable() {
            flags |= self.discardable();
        }
        if state.is_discarded() {
            flags |= DISCARDED;
        }
        if state.is_shared() && matches!(self, Self::Global) {
            flags |= DDESHARE;
        }
        flags
    }
}

/// What the named function fails with where a block was refused. Like other damage it may end the
/// process instead, but not where there is no memory at all.
#[cold]
pub fn refused(function: &'static str, refusal: Refusal) -> Failure {
    if corruption::is_unmapped(refusal) {
        return ERROR_NOACCESS;
    }
    if corruption::terminates() {
        refuse_and_abort(function, refusal);
    }
    ERROR_INVALID_HANDLE
}

/// What a function that only looks fails with where a block was refused.
pub fn not_a_block(refusal: Refusal) -> Failure {
    if corruption::is_unmapped(refusal) { ERROR_NOACCESS } else { ERROR_INVALID_HANDLE }
}

/// What a caller's handle looks like.
#[derive(Clone, Copy)]
pub enum Alleged {
    /// The address of a block.
    Fixed(*mut u8),
    /// The number of an entry.
    Moveable(usize),
}

/// Sorts a handle by its looks alone.
pub fn look_at(handle: Handle) -> Alleged {
    if handle.addr() & HANDLE_BIT == 0 {
        Alleged::Fixed(handle.cast())
    } else {
        Alleged::Moveable(handle.addr())
    }
}

/// A moveable object's handle as C has it. Nothing is ever read through it.
pub const fn to_c(handle: usize) -> Handle {
    ptr::without_provenance_mut(handle)
}
