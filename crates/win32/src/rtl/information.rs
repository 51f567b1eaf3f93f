//! RtlQueryHeapInformation and RtlSetHeapInformation.
//!
//! | class | query | set |
//! |---|---|---|
//! | 0 compatibility | 0, or 2 once that was set | 2: the low-fragmentation heap, which every heap here is anyway |
//! | 1 termination on corruption | whether it is on | on, for the process, for good |
//! | 3 optimise resources | - | gives unused memory back to the system |

#![allow(non_snake_case, non_camel_case_types, reason = "the documented names")]

use crate::codes::{
    STATUS_ACCESS_VIOLATION, STATUS_BUFFER_TOO_SMALL, STATUS_INVALID_HANDLE,
    STATUS_INVALID_INFO_CLASS, STATUS_INVALID_PARAMETER, STATUS_SUCCESS, STATUS_UNSUCCESSFUL,
};
use crate::types::{DWORD, HANDLE, NTSTATUS, PVOID, SIZE_T, ULONG};
use crate::{corruption, handle};
use core::sync::atomic::Ordering;
use heapmin_engine::exact::ExactHeap;

/// HEAP_INFORMATION_CLASS.
pub type InformationClass = u32;
const COMPATIBILITY: InformationClass = 0;
const TERMINATION_ON_CORRUPTION: InformationClass = 1;
const OPTIMIZE_RESOURCES: InformationClass = 3;

/// Compatibility value: the low-fragmentation heap.
const LOW_FRAGMENTATION: ULONG = 2;
/// The only version of HEAP_OPTIMIZE_RESOURCES_INFORMATION.
const OPTIMIZE_RESOURCES_VERSION: DWORD = 1;

/// What class 3 is set with.
#[repr(C)]
pub struct HEAP_OPTIMIZE_RESOURCES_INFORMATION {
    /// 1.
    pub Version: DWORD,
    /// 0.
    pub Flags: DWORD,
}

const _: () = assert!(size_of::<HEAP_OPTIMIZE_RESOURCES_INFORMATION>() == 8);

/// Asks about a heap.
///
/// # Safety
/// As for HeapQueryInformation.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RtlQueryHeapInformation(
    heap: HANDLE,
    class: InformationClass,
    buffer: PVOID,
    length: SIZE_T,
    returned: *mut SIZE_T,
) -> NTSTATUS {
    let value = match class {
        COMPATIBILITY if heap.is_null() => return STATUS_ACCESS_VIOLATION,
        COMPATIBILITY => match handle::find(heap) {
            // Relaxed: a number that stands for itself.
            Some(heap) => heap.face_word().load(Ordering::Relaxed),
            None => return STATUS_INVALID_HANDLE,
        },
        TERMINATION_ON_CORRUPTION if heap.is_null() || handle::find(heap).is_some() => {
            ULONG::from(corruption::terminates())
        }
        TERMINATION_ON_CORRUPTION => return STATUS_INVALID_HANDLE,
        _ => return STATUS_INVALID_INFO_CLASS,
    };
    let size = size_of::<ULONG>();
    if length >= size && buffer.is_null() {
        return STATUS_ACCESS_VIOLATION;
    }
    if !returned.is_null() {
        // SAFETY: valid for writing, as our caller promises.
        unsafe { returned.write_unaligned(size) };
    }
    if length < size {
        return STATUS_BUFFER_TOO_SMALL;
    }
    // SAFETY: not null, so `length` bytes, which is enough, as our caller promises.
    unsafe { buffer.cast::<ULONG>().write_unaligned(value) };
    STATUS_SUCCESS
}

/// Changes a heap, or all.
///
/// # Safety
/// As for HeapSetInformation.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn RtlSetHeapInformation(
    heap: HANDLE,
    class: InformationClass,
    buffer: PVOID,
    length: SIZE_T,
) -> NTSTATUS {
    let found = handle::find(heap);
    let takes_all = class == TERMINATION_ON_CORRUPTION || class == OPTIMIZE_RESOURCES;
    match class {
        COMPATIBILITY | TERMINATION_ON_CORRUPTION | OPTIMIZE_RESOURCES => {}
        _ => return STATUS_INVALID_INFO_CLASS,
    }
    if found.is_none() && !(takes_all && heap.is_null()) {
        return STATUS_INVALID_HANDLE;
    }
    match (class, found) {
        (COMPATIBILITY, Some(heap)) => {
            if length < size_of::<ULONG>() {
                return STATUS_BUFFER_TOO_SMALL;
            }
            if buffer.is_null() {
                return STATUS_ACCESS_VIOLATION;
            }
            // SAFETY: not null, so `length` bytes, which is enough, as our caller promises.
            set_compatibility(heap, unsafe { buffer.cast::<ULONG>().read_unaligned() })
        }
        (OPTIMIZE_RESOURCES, found) => {
            type Information = HEAP_OPTIMIZE_RESOURCES_INFORMATION;
            if buffer.is_null() || length != size_of::<Information>() {
                return STATUS_INVALID_PARAMETER;
            }
            // SAFETY: not null, so `length` bytes, which is enough, as our caller promises.
            let information = unsafe { buffer.cast::<Information>().read_unaligned() };
            if information.Version != OPTIMIZE_RESOURCES_VERSION || information.Flags != 0 {
                return STATUS_INVALID_PARAMETER;
            }
            optimize(found)
        }
        _ => {
            corruption::terminate();
            STATUS_SUCCESS
        }
    }
}

fn set_compatibility(heap: ExactHeap, value: ULONG) -> NTSTATUS {
    let options = heap.options();
    match value {
        LOW_FRAGMENTATION if options.unserialized || options.limit != 0 => STATUS_INVALID_PARAMETER,
        LOW_FRAGMENTATION => {
            heap.face_word().store(LOW_FRAGMENTATION, Ordering::Relaxed);
            STATUS_SUCCESS
        }
        // The standard heap and look-aside lists: nothing leads back to them.
        0 | 1 => STATUS_UNSUCCESSFUL,
        _ => STATUS_INVALID_PARAMETER,
    }
}

/// Gives back what the heap, or every heap, doesn't use.
fn optimize(heap: Option<ExactHeap>) -> NTSTATUS {
    match heap.map(ExactHeap::trim) {
        Some(Some(_)) => STATUS_SUCCESS,
        // Another thread has destroyed it meanwhile.
        Some(None) => STATUS_INVALID_HANDLE,
        None => {
            ExactHeap::trim_all();
            STATUS_SUCCESS
        }
    }
}
