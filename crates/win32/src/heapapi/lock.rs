//! HeapLock and HeapUnlock.

#![allow(non_snake_case, reason = "the documented names")]

use crate::codes::ERROR_NOT_LOCKED;
use crate::types::{BOOL, FALSE, HANDLE, TRUE};
use crate::{handle, last_error};

/// Keeps all other threads out of the heap until HeapUnlock; may be nested. In a HEAP_NO_SERIALIZE
/// heap it does nothing, successfully.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn HeapLock(heap: HANDLE) -> BOOL {
    let Some(heap) = handle::heap(heap) else { return FALSE };
    heap.lock();
    TRUE
}

/// Takes back one HeapLock of the calling thread. FALSE with ERROR_NOT_LOCKED if there is none.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn HeapUnlock(heap: HANDLE) -> BOOL {
    let Some(heap) = handle::heap(heap) else { return FALSE };
    if heap.unlock() {
        return TRUE;
    }
    last_error::set(ERROR_NOT_LOCKED);
    FALSE
}
