//! Tags: names under which a heap counts allocations, where the system's global flag for heap
//! tagging is set. There is no such flag here, so it is never set, and the functions do what they
//! do without it.

#![allow(non_snake_case, non_camel_case_types, reason = "the documented names")]

use crate::types::{BOOLEAN, HANDLE, PWSTR, SIZE_T, ULONG, USHORT};
use core::ptr::null_mut;

/// A tag's counts.
#[repr(C)]
pub struct RTL_HEAP_TAG_INFO {
    /// Blocks allocated.
    pub NumberOfAllocations: ULONG,
    /// Blocks freed.
    pub NumberOfFrees: ULONG,
    /// Bytes allocated.
    pub BytesAllocated: SIZE_T,
}

/// 0: no tag was made.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn RtlCreateTagHeap(
    _heap: HANDLE,
    _flags: ULONG,
    _prefix: PWSTR,
    _names: PWSTR,
) -> ULONG {
    0
}

/// NULL: there is no such tag. Nothing is stored.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn RtlQueryTagHeap(
    _heap: HANDLE,
    _flags: ULONG,
    _tag: USHORT,
    _reset: BOOLEAN,
    _counts: *mut RTL_HEAP_TAG_INFO,
) -> PWSTR {
    null_mut()
}
