//! Many blocks at a time.

#![allow(non_snake_case, reason = "the documented names")]

use crate::codes::{ERROR_INVALID_PARAMETER, ERROR_NOACCESS};
use crate::exception::raise::Call;
use crate::flags::HEAP_GENERATE_EXCEPTIONS;
use crate::heapapi::{allocate, free};
use crate::types::{FALSE, HANDLE, PVOID, SIZE_T, ULONG};
use crate::{handle, last_error};

/// Allocates up to `count` blocks of a size into the array, and returns how many: it stops at the
/// first that fails, as HeapAlloc fails.
///
/// # Safety
/// `array` is null or has room for `count` pointers.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RtlMultipleAllocateHeap(
    heap: HANDLE,
    flags: ULONG,
    size: SIZE_T,
    count: ULONG,
    array: *mut PVOID,
) -> ULONG {
    const NAME: &str = "RtlMultipleAllocateHeap";
    if count != 0 && array.is_null() {
        last_error::set(ERROR_NOACCESS);
        if flags & HEAP_GENERATE_EXCEPTIONS != 0 {
            Call { function: NAME, heap: heap.addr(), size }.raise_access_violation(0);
        }
        return 0;
    }
    for done in 0..count {
        let block = allocate::allocate(NAME, heap, flags, size);
        if block.is_null() {
            return done;
        }
        // SAFETY: `done` is less than `count`.
        let place = unsafe { array.add(done as usize) };
        // SAFETY: as above.
        unsafe { place.write(block) };
    }
    count
}

/// Frees the blocks of the array in order, and returns how many: it stops at the first that is no
/// block of the heap, with ERROR_INVALID_PARAMETER. NULL is freed always.
///
/// # Safety
/// `array` is null or has `count` pointers; nobody uses the blocks any more.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RtlMultipleFreeHeap(
    heap: HANDLE,
    flags: ULONG,
    count: ULONG,
    array: *const PVOID,
) -> ULONG {
    if count != 0 && array.is_null() {
        last_error::set(ERROR_NOACCESS);
        return 0;
    }
    for done in 0..count {
        // SAFETY: `done` is less than `count`.
        let place = unsafe { array.add(done as usize) };
        // SAFETY: as above.
        let block = unsafe { place.read() };
        // SAFETY: as our caller promises.
        if unsafe { free::free("RtlMultipleFreeHeap", heap, flags, block) } == FALSE {
            if handle::find(heap).is_some() {
                last_error::set(ERROR_INVALID_PARAMETER);
            }
            return done;
        }
    }
    count
}
