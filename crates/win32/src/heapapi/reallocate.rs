//! HeapReAlloc.

#![allow(non_snake_case, reason = "the documented names")]

use super::allocate::{admits, no_heap, no_memory, raises, user_flags};
use crate::codes::NO_ERROR;
use crate::exception::raise::Call;
use crate::flags::{HEAP_REALLOC_IN_PLACE_ONLY, HEAP_ZERO_MEMORY};
use crate::types::{DWORD, HANDLE, LPVOID, SIZE_T};
use crate::{corruption, handle, last_error};
use core::ptr::null_mut;
use heapmin_engine::exact::Resize;

/// Gives a block another size; 0 is a size like others. A NULL block is none: NULL, and the last
/// error becomes NO_ERROR. On failure the block is as it was.
///
/// # Safety
/// Nobody else uses the block meanwhile, and nobody uses the old address if the new one differs.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn HeapReAlloc(
    heap: HANDLE,
    flags: DWORD,
    block: LPVOID,
    bytes: SIZE_T,
) -> LPVOID {
    // SAFETY: as our caller promises.
    unsafe { reallocate("HeapReAlloc", heap, flags, block, bytes) }
}

/// Resizes a block for the function with this name.
///
/// # Safety
/// As for HeapReAlloc.
pub unsafe fn reallocate(
    function: &'static str,
    handle: HANDLE,
    flags: DWORD,
    block: LPVOID,
    size: usize,
) -> LPVOID {
    let call = Call { function, heap: handle.addr(), size };
    let Some(heap) = handle::heap(handle) else { return no_heap(&call, flags) };
    if block.is_null() {
        last_error::set(NO_ERROR);
        return null_mut();
    }
    let resize = Resize {
        size,
        align: 16,
        zero: flags & HEAP_ZERO_MEMORY != 0,
        in_place: flags & HEAP_REALLOC_IN_PLACE_ONLY != 0,
        unserialized: handle::is_unserialized(flags),
        flags_on_growth: Some(user_flags(flags)),
    };
    let result = if admits(heap, size) {
        // SAFETY: as our caller promises.
        unsafe { heap.reallocate(block.cast(), &resize) }
    } else {
        // A bad block is worse news than a bad size, and damage must not go unnoticed.
        heap.check(block.cast()).map(|()| null_mut())
    };
    match result {
        Ok(moved) if moved.is_null() => no_memory(&call, heap, flags),
        Ok(moved) => moved.cast(),
        Err(refusal) => {
            last_error::set(corruption::report(function, refusal));
            if raises(heap, flags) {
                call.raise_access_violation(block.addr());
            }
            null_mut()
        }
    }
}
