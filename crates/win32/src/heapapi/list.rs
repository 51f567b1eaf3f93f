//! GetProcessHeap and GetProcessHeaps.

#![allow(non_snake_case, reason = "the documented names")]

use crate::codes::{ERROR_NOACCESS, ERROR_NOT_ENOUGH_MEMORY};
use crate::types::{DWORD, HANDLE};
use crate::{handle, last_error};
use core::ptr::null_mut;
use heapmin_engine::exact::ExactHeap;

/// The process heap: the same handle in every thread, for the life of the process.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn GetProcessHeap() -> HANDLE {
    match ExactHeap::process() {
        Some(heap) => handle::of(heap),
        None => {
            last_error::set(ERROR_NOT_ENOUGH_MEMORY);
            null_mut()
        }
    }
}

/// The number of heaps, and the handles of the first `room` of them: the process heap, then the
/// others in the order of their creation. 0 is a failure.
///
/// # Safety
/// `heaps` has room for so many handles, or is null.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn GetProcessHeaps(room: DWORD, heaps: *mut HANDLE) -> DWORD {
    if room != 0 && heaps.is_null() {
        last_error::set(ERROR_NOACCESS);
        return 0;
    }
    // SAFETY: not null if there is room, which is as our caller promises.
    let total = unsafe { list(room as usize, heaps) };
    if total == 0 {
        last_error::set(ERROR_NOT_ENOUGH_MEMORY);
    }
    total
}

/// Stores handles while there is room, and counts all heaps.
///
/// # Safety
/// `room` handles can be stored at `heaps`.
pub unsafe fn list(room: usize, heaps: *mut HANDLE) -> DWORD {
    // The list is never empty: asking for the process heap makes it.
    if ExactHeap::process().is_none() {
        return 0;
    }
    let mut total = 0;
    ExactHeap::each(|heap| {
        if total < room {
            // SAFETY: below `room`, so in what the caller promises.
            let place = unsafe { heaps.add(total) };
            // SAFETY: as above.
            unsafe { place.write(handle::of(heap)) };
        }
        total = total.saturating_add(1);
    });
    DWORD::try_from(total).unwrap_or(DWORD::MAX)
}
