//! HeapSize and HeapValidate.

#![allow(non_snake_case, reason = "the documented names")]

use crate::codes::ERROR_NOACCESS;
use crate::types::{BOOL, DWORD, HANDLE, LPCVOID, SIZE_T};
use crate::{corruption, handle, last_error};
use heapmin_engine::exact::IfLocked;

/// What HeapSize returns for what is no block.
const NO_SIZE: usize = usize::MAX;

/// The bytes that the block was asked for with. (SIZE_T)-1, without a last error, for what is no
/// block of the heap.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn HeapSize(heap: HANDLE, flags: DWORD, block: LPCVOID) -> SIZE_T {
    size("HeapSize", heap, flags, block)
}

/// A block's size, for the function with this name.
pub fn size(function: &'static str, handle: HANDLE, flags: DWORD, block: LPCVOID) -> usize {
    let Some(heap) = handle::heap(handle) else { return NO_SIZE };
    if block.is_null() {
        return NO_SIZE;
    }
    match heap.size_past(block.cast(), handle::is_unserialized(flags)) {
        Ok(size) => size,
        Err(refusal) => {
            corruption::report(function, refusal);
            NO_SIZE
        }
    }
}

/// Whether the heap, or the one block, is intact. The last error changes only for what is no heap
/// (ERROR_INVALID_HANDLE) and where there is no memory (ERROR_NOACCESS).
#[unsafe(no_mangle)]
pub extern "C-unwind" fn HeapValidate(heap: HANDLE, flags: DWORD, block: LPCVOID) -> BOOL {
    BOOL::from(is_valid(heap, flags, block))
}

/// Whether the heap (for a null block) or the block is intact.
pub fn is_valid(handle: HANDLE, flags: DWORD, block: LPCVOID) -> bool {
    let Some(heap) = handle::heap(handle) else { return false };
    let unserialized = handle::is_unserialized(flags);
    if block.is_null() {
        let if_locked = if unserialized { IfLocked::Look } else { IfLocked::Wait };
        return heap.validate_if(if_locked).is_none();
    }
    match heap.check_past(block.cast(), unserialized) {
        Ok(()) => true,
        Err(refusal) => {
            if corruption::is_unmapped(refusal) {
                last_error::set(ERROR_NOACCESS);
            }
            false
        }
    }
}
