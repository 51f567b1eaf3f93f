//! HeapCompact and HeapSummary.

#![allow(non_snake_case, non_camel_case_types, reason = "the documented names")]

use crate::codes::{ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER, NO_ERROR};
use crate::types::{BOOL, DWORD, FALSE, HANDLE, SIZE_T, TRUE};
use crate::{create, handle, last_error};

/// The size of the largest committed free block. 0 with NO_ERROR: there is none.
///
/// It moves nothing, but memory that the heap doesn't use goes back to the system first.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn HeapCompact(heap: HANDLE, flags: DWORD) -> SIZE_T {
    let Some(heap) = handle::heap(heap) else { return 0 };
    let unserialized = handle::is_unserialized(flags);
    let largest = if unserialized {
        heap.try_trim();
        heap.largest_free(true)
    } else {
        heap.trim().and_then(|_| heap.largest_free(false))
    };
    let Some(largest) = largest else {
        // Another thread has destroyed it in between: there is nothing to look at any more.
        last_error::set(ERROR_INVALID_HANDLE);
        return 0;
    };
    if largest == 0 {
        last_error::set(NO_ERROR);
    }
    largest
}

/// A heap's totals, in bytes.
#[repr(C)]
pub struct HEAP_SUMMARY {
    /// The size of this structure.
    pub cb: DWORD,
    /// Of all blocks, as they were asked for.
    pub cbAllocated: SIZE_T,
    /// Committed.
    pub cbCommitted: SIZE_T,
    /// Reserved, committed or not.
    pub cbReserved: SIZE_T,
    /// The most that may be reserved.
    pub cbMaxReserve: SIZE_T,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<HEAP_SUMMARY>() == 40);
#[cfg(target_pointer_width = "32")]
const _: () = assert!(size_of::<HEAP_SUMMARY>() == 20);

/// Fills in a summary whose `cb` is right.
///
/// # Safety
/// `summary` is null or points to a HEAP_SUMMARY, or to a DWORD that isn't its size.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn HeapSummary(
    heap: HANDLE,
    _flags: DWORD,
    summary: *mut HEAP_SUMMARY,
) -> BOOL {
    let Some(heap) = handle::heap(heap) else { return FALSE };
    let size = size_of::<HEAP_SUMMARY>();
    // SAFETY: if it isn't null, at least `cb` is there.
    if summary.is_null() || unsafe { (*summary).cb } as usize != size {
        last_error::set(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    let found = heap.summary();
    let filled = HEAP_SUMMARY {
        cb: size as DWORD,
        cbAllocated: found.allocated,
        cbCommitted: found.committed,
        cbReserved: found.reserved,
        cbMaxReserve: create::fixed_reserve(heap).unwrap_or(0).max(found.reserved),
    };
    // SAFETY: `cb` says that the whole structure is there.
    unsafe { summary.write(filled) };
    TRUE
}
