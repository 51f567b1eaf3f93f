//! HeapFree.

#![allow(non_snake_case, reason = "the documented names")]

use crate::types::{BOOL, DWORD, FALSE, HANDLE, LPVOID, TRUE};
use crate::{corruption, handle, last_error};
use heapmin_engine::Refusal;
use heapmin_engine::exact::ExactHeap;

/// Frees a block; NULL is none, and freed in any heap. What is no block of the heap gives FALSE
/// with ERROR_INVALID_PARAMETER, or ERROR_NOACCESS where there is no memory, or ends the process
/// under HeapEnableTerminationOnCorruption.
///
/// # Safety
/// Nobody uses the block any more.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn HeapFree(heap: HANDLE, flags: DWORD, block: LPVOID) -> BOOL {
    // SAFETY: as our caller promises.
    if unsafe { ExactHeap::try_free(heap.addr(), block.cast()) } {
        return TRUE;
    }
    // SAFETY: as our caller promises; nothing was done yet.
    unsafe { free_unusually(heap, flags, block) }
}

/// By itself, with HeapFree's own parameters, so that HeapFree needs no frame.
///
/// # Safety
/// As for HeapFree.
#[inline(never)]
unsafe extern "C-unwind" fn free_unusually(heap: HANDLE, flags: DWORD, block: LPVOID) -> BOOL {
    let Some(known) = ExactHeap::at(heap.addr()) else {
        // SAFETY: as our caller promises.
        return unsafe { free_elsewhere("HeapFree", heap, flags, block) };
    };
    // SAFETY: as our caller promises.
    match unsafe { known.free_slow(block.cast(), handle::is_unserialized(flags)) } {
        Ok(()) => TRUE,
        Err(refusal) => bad_block("HeapFree", refusal),
    }
}

/// Frees a block for the function with this name.
///
/// # Safety
/// As for HeapFree.
pub unsafe fn free(function: &'static str, handle: HANDLE, flags: DWORD, block: LPVOID) -> BOOL {
    let Some(heap) = ExactHeap::at(handle.addr()) else {
        // SAFETY: as our caller promises.
        return unsafe { free_elsewhere(function, handle, flags, block) };
    };
    // SAFETY: as our caller promises.
    match unsafe { heap.free(block.cast(), handle::is_unserialized(flags)) } {
        Ok(()) => TRUE,
        Err(refusal) => bad_block(function, refusal),
    }
}

/// The engine doesn't know the handle: NULL for a block, or a heap in its caller's memory.
///
/// # Safety
/// As for HeapFree.
#[cold]
#[inline(never)]
unsafe fn free_elsewhere(
    function: &'static str,
    handle: HANDLE,
    flags: DWORD,
    block: LPVOID,
) -> BOOL {
    if block.is_null() {
        return TRUE;
    }
    let Some(heap) = handle::heap(handle) else { return FALSE };
    // SAFETY: as our caller promises.
    match unsafe { heap.free(block.cast(), handle::is_unserialized(flags)) } {
        Ok(()) => TRUE,
        Err(refusal) => bad_block(function, refusal),
    }
}

#[cold]
#[inline(never)]
fn bad_block(function: &'static str, refusal: Refusal) -> BOOL {
    last_error::set(corruption::report(function, refusal));
    FALSE
}
