//! HeapQueryInformation and HeapSetInformation: the Rtl functions with a last error.

#![allow(non_snake_case, reason = "the documented names")]

use crate::codes::STATUS_SUCCESS;
use crate::last_error;
use crate::rtl::information::{InformationClass, RtlQueryHeapInformation, RtlSetHeapInformation};
use crate::rtl::status::RtlNtStatusToDosError;
use crate::types::{BOOL, FALSE, HANDLE, NTSTATUS, PVOID, SIZE_T, TRUE};

/// Asks about a heap.
///
/// # Safety
/// `buffer` has room for `length` bytes or is null; `returned` is null or valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn HeapQueryInformation(
    heap: HANDLE,
    class: InformationClass,
    buffer: PVOID,
    length: SIZE_T,
    returned: *mut SIZE_T,
) -> BOOL {
    // SAFETY: as our caller promises.
    outcome(unsafe { RtlQueryHeapInformation(heap, class, buffer, length, returned) })
}

/// Changes a heap, or all.
///
/// # Safety
/// `buffer` points to `length` readable bytes or is null.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn HeapSetInformation(
    heap: HANDLE,
    class: InformationClass,
    buffer: PVOID,
    length: SIZE_T,
) -> BOOL {
    // SAFETY: as our caller promises.
    outcome(unsafe { RtlSetHeapInformation(heap, class, buffer, length) })
}

fn outcome(status: NTSTATUS) -> BOOL {
    if status == STATUS_SUCCESS {
        return TRUE;
    }
    last_error::set(RtlNtStatusToDosError(status));
    FALSE
}
