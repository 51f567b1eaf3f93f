//! Moveable memory: `LocalAlloc` and `GlobalAlloc` with their functions, on the process heap.
//!
//! ```text
//!  local, global, obsolete   the exported functions
//!  calls                     what both families do
//!  fixed    object           objects of either kind
//!           table            the entries of moveable ones
//!  family                    flags and errors, and where the families differ
//! ```
//! A *fixed* object is a block of the process heap, and the handle is its address. A *moveable*
//! object has an entry in a table of the process, two words long:
//!
//! ```text
//!   entry, a multiple of 16            handle = entry + 8
//!   | state: bits and the lock count | address of the data, or null |
//! ```
//! so bit 3 of a handle tells the two apart: a block's address is a multiple of 16. The data's
//! block carries the handle as its user word and the user flag 0x200, by which `LocalHandle`,
//! `GlobalHandle` and `HeapWalk` know it.
//!
//! There is no lock of their own here. An entry changes in one compare-and-swap; only to resize
//! or to discard one takes longer. That is done with the lock of the process heap held and the
//! entry marked as moving, and others who want that entry wait for the heap's lock. So a thread
//! that has locked the process heap with `HeapLock` never waits for one that waits for it, and
//! a forked child, which the heap's lock keeps whole, finds no entry half changed.

mod calls;
mod family;
mod fixed;
mod global;
mod local;
mod object;
mod obsolete;
mod table;

use core::ffi::c_void;

/// `HLOCAL` and `HGLOBAL`.
type Handle = *mut c_void;

/// What a walk of the heap tells of a moveable object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner {
    /// It was allocated with `GMEM_DDESHARE`.
    pub(crate) is_shared: bool,
}

/// The moveable object with this handle, if `data` is its data.
pub(crate) fn owner_of(handle: usize, data: usize) -> Option<Owner> {
    let entry = table::at(handle)?;
    let state = entry.state()?;
    (entry.data().addr() == data).then(|| Owner { is_shared: state.is_shared() })
}

/// Whether `data` is the data of the moveable object with this handle.
pub(crate) fn is_data_of(handle: usize, data: usize) -> bool {
    owner_of(handle, data).is_some()
}
