//! From a caller's handle to a heap, and back.
//!
//! A handle proves nothing: the engine looks it up in its own records and never reads through it.
//! Heaps in a caller's memory have the address of that memory as their handle, as documented; the
//! engine doesn't know those, so they are found at second look.

use crate::caller_memory;
use crate::codes::ERROR_INVALID_HANDLE;
use crate::flags::HEAP_NO_SERIALIZE;
use crate::last_error;
use crate::types::{DWORD, HANDLE};
use heapmin_engine::exact::ExactHeap;

/// In the options' face word: the heap's handle is its caller's memory.
pub const CALLER_MEMORY: u32 = 0x8000_0000;

/// The heap with this handle.
#[inline(always)]
pub fn find(handle: HANDLE) -> Option<ExactHeap> {
    match ExactHeap::at(handle.addr()) {
        None => caller_memory::find(handle.addr()),
        found => found,
    }
}

/// The heap with this handle; if there is none, the last error says so.
#[inline]
pub fn heap(handle: HANDLE) -> Option<ExactHeap> {
    let found = find(handle);
    if found.is_none() {
        last_error::set(ERROR_INVALID_HANDLE);
    }
    found
}

/// The heap's handle.
pub fn of(heap: ExactHeap) -> HANDLE {
    let handle = if heap.options().face & CALLER_MEMORY == 0 {
        heap.handle()
    } else {
        caller_memory::base_of(heap).unwrap_or(heap.handle())
    };
    core::ptr::with_exposed_provenance_mut(handle)
}

/// Whether a call with these flags takes no locks.
#[inline(always)]
pub fn is_unserialized(flags: DWORD) -> bool {
    flags & HEAP_NO_SERIALIZE != 0
}
