//! HeapCreate and HeapDestroy.

#![allow(non_snake_case, reason = "the documented names")]

use crate::codes::{ERROR_INVALID_HANDLE, ERROR_NOT_ENOUGH_MEMORY};
use crate::create::{self, Extent};
use crate::types::{BOOL, DWORD, FALSE, HANDLE, SIZE_T, TRUE};
use crate::{caller_memory, handle, last_error};
use core::ptr::null_mut;

/// Makes a heap, growable if `maximum` is 0. NULL with ERROR_NOT_ENOUGH_MEMORY if it can't.
///
/// `initial` bytes are the heap's from the start, at most 4 MiB; the system finds memory for them
/// when they are touched. Options other than
/// HEAP_CREATE_ENABLE_EXECUTE, HEAP_GENERATE_EXCEPTIONS and HEAP_NO_SERIALIZE are ignored.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn HeapCreate(options: DWORD, initial: SIZE_T, maximum: SIZE_T) -> HANDLE {
    let extent = match maximum {
        0 => Extent::Growable { reserve: initial, initial },
        reserve => Extent::Fixed { reserve, initial },
    };
    match create::create(options, 0, extent) {
        Some(heap) => handle::of(heap),
        None => {
            last_error::set(ERROR_NOT_ENOUGH_MEMORY);
            null_mut()
        }
    }
}

/// Ends a heap and all of its blocks. FALSE with ERROR_INVALID_HANDLE for the process heap, too.
///
/// # Safety
/// Nobody uses the heap or a block of it any more, also not in other threads.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn HeapDestroy(heap: HANDLE) -> BOOL {
    // SAFETY: as our caller promises.
    if unsafe { destroy(heap) } {
        TRUE
    } else {
        last_error::set(ERROR_INVALID_HANDLE);
        FALSE
    }
}

/// `false`: no handle of a heap that can be destroyed.
///
/// # Safety
/// As for HeapDestroy.
pub unsafe fn destroy(handle: HANDLE) -> bool {
    let Some(heap) = handle::find(handle) else { return false };
    caller_memory::forget(heap);
    // SAFETY: as our caller promises.
    unsafe { heap.destroy() }
}
