//! A heap as a whole: as the heapapi functions, also in the last error.

#![allow(non_snake_case, reason = "the documented names")]

use super::processes::RtlValidateProcessHeaps;
use crate::heapapi::lock::{HeapLock, HeapUnlock};
use crate::heapapi::{ask, state};
use crate::types::{BOOLEAN, FALSE, HANDLE, PVOID, SIZE_T, ULONG};

/// HeapValidate; a NULL heap and a NULL block stand for all heaps.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn RtlValidateHeap(heap: HANDLE, flags: ULONG, block: PVOID) -> BOOLEAN {
    if heap.is_null() && block.is_null() {
        return RtlValidateProcessHeaps();
    }
    BOOLEAN::from(ask::is_valid(heap, flags, block))
}

/// HeapCompact.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn RtlCompactHeap(heap: HANDLE, flags: ULONG) -> SIZE_T {
    state::HeapCompact(heap, flags)
}

/// HeapLock.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn RtlLockHeap(heap: HANDLE) -> BOOLEAN {
    BOOLEAN::from(HeapLock(heap) != FALSE)
}

/// HeapUnlock.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn RtlUnlockHeap(heap: HANDLE) -> BOOLEAN {
    BOOLEAN::from(HeapUnlock(heap) != FALSE)
}
