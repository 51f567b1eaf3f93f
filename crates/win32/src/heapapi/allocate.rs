//! HeapAlloc.

#![allow(non_snake_case, reason = "the documented names")]

use crate::codes::ERROR_NOT_ENOUGH_MEMORY;
use crate::exception::raise::Call;
use crate::flags::{
    HEAP_GENERATE_EXCEPTIONS, HEAP_NO_SERIALIZE, HEAP_SETTABLE_USER_FLAGS,
    HEAP_SETTABLE_USER_FLAGS_SHIFT, HEAP_SETTABLE_USER_VALUE, HEAP_ZERO_MEMORY,
};
use crate::types::{DWORD, HANDLE, LPVOID, SIZE_T};
use crate::{caller_memory, create, handle, last_error};
use core::ptr::null_mut;
use heapmin_engine::exact::{ExactHeap, Marks, Request};

/// Blocks up to this many bytes take the short way. Larger ones can be fresh memory, which
/// needs no zeroing, or too large for a fixed heap.
const SHORT: usize = 32 << 10;
/// What plain blocks are aligned to.
const ALIGNMENT: usize = 16;

/// Allocates a block. NULL with ERROR_NOT_ENOUGH_MEMORY, or an exception, if there is no memory.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn HeapAlloc(heap: HANDLE, flags: DWORD, bytes: SIZE_T) -> LPVOID {
    if flags & !HEAP_NO_SERIALIZE == 0 {
        let block = ExactHeap::try_allocate(heap.addr(), bytes);
        if !block.is_null() {
            return block.cast();
        }
    }
    allocate_unusually(heap, flags, bytes)
}

/// By itself, with HeapAlloc's own parameters, so that HeapAlloc needs no frame.
#[inline(never)]
extern "C-unwind" fn allocate_unusually(heap: HANDLE, flags: DWORD, bytes: SIZE_T) -> LPVOID {
    allocate("HeapAlloc", heap, flags, bytes)
}

/// Allocates a block for the function with this name.
#[inline(never)]
pub fn allocate(function: &'static str, handle: HANDLE, flags: DWORD, size: usize) -> LPVOID {
    if flags == 0
        && size <= SHORT
        && let Some(heap) = ExactHeap::at(handle.addr())
    {
        let block = heap.allocate_plain(size);
        if !block.is_null() {
            return block.cast();
        }
    }
    if flags == HEAP_ZERO_MEMORY
        && size <= SHORT
        && let Some(heap) = ExactHeap::at(handle.addr())
    {
        let block = heap.allocate_plain(size);
        if !block.is_null() {
            // SAFETY: a fresh block of so many bytes.
            unsafe { block.write_bytes(0, size) };
            return block.cast();
        }
    }
    allocate_slowly(function, handle, flags, size)
}

/// The same, for all flags and every failure.
#[cold]
#[inline(never)]
fn allocate_slowly(function: &'static str, handle: HANDLE, flags: DWORD, size: usize) -> LPVOID {
    let call = Call { function, heap: handle.addr(), size };
    let Some(heap) = handle::heap(handle) else { return no_heap(&call, flags) };
    if !admits(heap, size) {
        return no_memory(&call, heap, flags);
    }
    let block = heap.allocate(&Request {
        size,
        align: ALIGNMENT,
        zero: flags & HEAP_ZERO_MEMORY != 0,
        marks: Marks { has_word: flags & HEAP_SETTABLE_USER_VALUE != 0, flags: user_flags(flags) },
        unserialized: handle::is_unserialized(flags),
    });
    if block.is_null() { no_memory(&call, heap, flags) } else { block.cast() }
}

/// Whether the heap may have a block of this size, by its kind and by its caller's memory.
pub fn admits(heap: ExactHeap, size: usize) -> bool {
    size <= create::largest_block(heap) && caller_memory::has_room(heap, size)
}

/// The user flags in an allocation's flags, as the engine keeps them.
pub fn user_flags(flags: DWORD) -> u8 {
    ((flags & HEAP_SETTABLE_USER_FLAGS) >> HEAP_SETTABLE_USER_FLAGS_SHIFT) as u8
}

/// There is no memory for the call.
#[cold]
pub fn no_memory(call: &Call, heap: ExactHeap, flags: DWORD) -> LPVOID {
    last_error::set(ERROR_NOT_ENOUGH_MEMORY);
    if raises(heap, flags) {
        call.raise_no_memory();
    }
    null_mut()
}

/// There is no heap for the call; the last error says so already.
#[cold]
pub fn no_heap(call: &Call, flags: DWORD) -> LPVOID {
    if flags & HEAP_GENERATE_EXCEPTIONS != 0 {
        call.raise_access_violation(call.heap);
    }
    null_mut()
}

/// Whether a call with these flags raises an exception when it fails.
pub fn raises(heap: ExactHeap, flags: DWORD) -> bool {
    (heap.options().face | flags) & HEAP_GENERATE_EXCEPTIONS != 0
}
