//! All heaps of the process.

#![allow(non_snake_case, reason = "the documented names")]

use crate::codes::{STATUS_INVALID_PARAMETER, STATUS_NO_MEMORY, STATUS_SUCCESS};
use crate::handle;
use crate::heapapi::list::{self, GetProcessHeaps};
use crate::types::{BOOLEAN, HANDLE, NTSTATUS, PVOID, ULONG};
use core::slice;
use heapmin_engine::exact::{ExactHeap, IfLocked};
use heapmin_engine::process;

/// GetProcessHeaps.
///
/// # Safety
/// As for GetProcessHeaps.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RtlGetProcessHeaps(room: ULONG, heaps: *mut HANDLE) -> ULONG {
    // SAFETY: as our caller promises.
    unsafe { GetProcessHeaps(room, heaps) }
}

/// Whether every heap of the process is intact. Of heaps that other threads have locked, what these
/// may have in hand isn't looked at: such a thread may be waiting for this call.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn RtlValidateProcessHeaps() -> BOOLEAN {
    let mut intact = true;
    ExactHeap::each(|heap| intact &= heap.validate_if(IfLocked::Skip).is_none());
    BOOLEAN::from(intact)
}

/// What RtlEnumProcessHeaps calls: a heap, and the caller's parameter.
pub type EnumerationRoutine = unsafe extern "C-unwind" fn(HANDLE, PVOID) -> NTSTATUS;

/// Calls the routine for each heap until it returns a failure, which is then the result.
///
/// The routine sees the heaps of the moment of the call, without those that it destroys, and may
/// make and destroy heaps: no list is locked. If it leaves by `longjmp`, the list of this call,
/// a block of the process heap, is left behind.
///
/// # Safety
/// `routine` is null or a function with the documented signature.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RtlEnumProcessHeaps(
    routine: Option<EnumerationRoutine>,
    parameter: PVOID,
) -> NTSTATUS {
    let Some(routine) = routine else { return STATUS_INVALID_PARAMETER };
    let room = ExactHeap::count();
    let Some(bytes) = room.checked_mul(size_of::<HANDLE>()) else { return STATUS_NO_MEMORY };
    let block = process::allocate(bytes);
    if block.is_null() {
        return STATUS_NO_MEMORY;
    }
    let heaps = block.cast::<HANDLE>();
    // SAFETY: a fresh block with so much room, aligned to 16.
    let total = unsafe { list::list(room, heaps) };
    // SAFETY: `list` wrote so many handles, or, if there are fewer heaps by now, fewer.
    let handles = unsafe { slice::from_raw_parts(heaps, room.min(total as usize)) };
    let mut status = STATUS_SUCCESS;
    for &heap in handles {
        if handle::find(heap).is_none() {
            continue;
        }
        // SAFETY: the caller vouches for the routine.
        status = unsafe { routine(heap, parameter) };
        if status < STATUS_SUCCESS {
            break;
        }
    }
    // SAFETY: the block from above; a refusal could only leave it allocated.
    let _ = unsafe { process::free(block) };
    if status < STATUS_SUCCESS { status } else { STATUS_SUCCESS }
}
