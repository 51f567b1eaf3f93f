//! Blocks: as the heapapi functions, also in the last error.

#![allow(non_snake_case, reason = "the documented names")]

use crate::heapapi::{allocate, ask, free, reallocate};
use crate::types::{FALSE, HANDLE, LOGICAL, PVOID, SIZE_T, ULONG};

/// HeapAlloc.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn RtlAllocateHeap(heap: HANDLE, flags: ULONG, size: SIZE_T) -> PVOID {
    allocate::allocate("RtlAllocateHeap", heap, flags, size)
}

/// HeapReAlloc.
///
/// # Safety
/// As for HeapReAlloc.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RtlReAllocateHeap(
    heap: HANDLE,
    flags: ULONG,
    block: PVOID,
    size: SIZE_T,
) -> PVOID {
    // SAFETY: as our caller promises.
    unsafe { reallocate::reallocate("RtlReAllocateHeap", heap, flags, block, size) }
}

/// HeapFree.
///
/// # Safety
/// As for HeapFree.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RtlFreeHeap(heap: HANDLE, flags: ULONG, block: PVOID) -> LOGICAL {
    // SAFETY: as our caller promises.
    LOGICAL::from(unsafe { free::free("RtlFreeHeap", heap, flags, block) } != FALSE)
}

/// HeapSize.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn RtlSizeHeap(heap: HANDLE, flags: ULONG, block: PVOID) -> SIZE_T {
    ask::size("RtlSizeHeap", heap, flags, block)
}
