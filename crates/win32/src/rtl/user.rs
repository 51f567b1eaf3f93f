//! What a block carries for its user: a value, if it was allocated with room for one, and three
//! flags.

#![allow(non_snake_case, reason = "the documented names")]

use crate::codes::ERROR_INVALID_PARAMETER;
use crate::flags::{HEAP_SETTABLE_USER_FLAGS, HEAP_SETTABLE_USER_FLAGS_SHIFT};
use crate::heapapi::allocate::user_flags;
use crate::types::{BOOLEAN, HANDLE, PVOID, ULONG};
use crate::{corruption, handle, last_error};
use core::ptr::with_exposed_provenance_mut;
use heapmin_engine::Refusal;

const TRUE: BOOLEAN = 1;
const FALSE: BOOLEAN = 0;

/// Stores the block's value, if it has room for one, and its flags.
///
/// # Safety
/// `value` and `user` are null or valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RtlGetUserInfoHeap(
    heap: HANDLE,
    _flags: ULONG,
    block: PVOID,
    value: *mut PVOID,
    user: *mut ULONG,
) -> BOOLEAN {
    let Some(heap) = handle::heap(heap) else { return FALSE };
    let marks = match heap.marks(block.cast()) {
        Ok(marks) => marks,
        Err(refusal) => return bad_block("RtlGetUserInfoHeap", refusal),
    };
    if let Ok(Some(word)) = heap.word(block.cast())
        && !value.is_null()
    {
        // SAFETY: not null, so valid, as our caller promises.
        unsafe { value.write(with_exposed_provenance_mut(word)) };
    }
    if !user.is_null() {
        // SAFETY: as above.
        unsafe { user.write(ULONG::from(marks.flags) << HEAP_SETTABLE_USER_FLAGS_SHIFT) };
    }
    TRUE
}

/// Sets the value of a block that has room for one.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn RtlSetUserValueHeap(
    heap: HANDLE,
    _flags: ULONG,
    block: PVOID,
    value: PVOID,
) -> BOOLEAN {
    let Some(heap) = handle::heap(heap) else { return FALSE };
    match heap.set_word(block.cast(), value.expose_provenance()) {
        Ok(true) => TRUE,
        Ok(false) => {
            last_error::set(ERROR_INVALID_PARAMETER);
            FALSE
        }
        Err(refusal) => bad_block("RtlSetUserValueHeap", refusal),
    }
}

/// Takes the flags `reset` from the block, then gives it `set`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn RtlSetUserFlagsHeap(
    heap: HANDLE,
    flags: ULONG,
    block: PVOID,
    reset: ULONG,
    set: ULONG,
) -> BOOLEAN {
    let Some(heap) = handle::heap(heap) else { return FALSE };
    if (reset | set) & !HEAP_SETTABLE_USER_FLAGS != 0 {
        last_error::set(ERROR_INVALID_PARAMETER);
        return FALSE;
    }
    // Two threads may change different flags of one block.
    let serialized = !handle::is_unserialized(flags);
    if serialized {
        heap.lock();
    }
    let result = heap.marks(block.cast()).and_then(|marks| {
        heap.set_flags(block.cast(), marks.flags & !user_flags(reset) | user_flags(set))
    });
    if serialized {
        heap.unlock();
    }
    match result {
        Ok(()) => TRUE,
        Err(refusal) => bad_block("RtlSetUserFlagsHeap", refusal),
    }
}

#[cold]
fn bad_block(function: &'static str, refusal: Refusal) -> BOOLEAN {
    last_error::set(corruption::report(function, refusal));
    FALSE
}
