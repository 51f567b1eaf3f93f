//! `_heapchk`, `_heapmin`, `_get_heap_handle`.

use core::ffi::c_int;
use heapmin_engine::exact::{DamageKind, ExactHeap};

/// The heap has never been used.
pub const HEAPEMPTY: c_int = -1;
/// The heap is consistent; of a walk: here is an entry.
pub const HEAPOK: c_int = -2;
/// The heap's own record is damaged.
pub const HEAPBADBEGIN: c_int = -3;
/// A block, or the record of one, is damaged.
pub const HEAPBADNODE: c_int = -4;
/// The end of a walk.
pub const HEAPEND: c_int = -5;
/// A walk was to go on from what is no entry of the heap.
pub const HEAPBADPTR: c_int = -6;

/// The code for a kind of damage.
pub fn code_of(damage: DamageKind) -> c_int {
    match damage {
        DamageKind::Header => HEAPBADBEGIN,
        _ => HEAPBADNODE,
    }
}

/// `_HEAPOK`, or what is wrong with the heap.
pub fn check() -> c_int {
    match ExactHeap::process() {
        Some(heap) => heap.validate().map_or(HEAPOK, |damage| code_of(damage.kind)),
        None => HEAPEMPTY,
    }
}

/// Gives memory that nobody uses back to the system; 0.
pub fn minimize() -> c_int {
    if let Some(heap) = ExactHeap::process() {
        heap.trim();
    }
    0
}

/// The handle that `GetProcessHeap` gives; 0 if there is no memory for a heap at all.
pub fn handle() -> isize {
    ExactHeap::process().map_or(0, |heap| heap.handle() as isize)
}

/// Checks the whole heap: `_HEAPOK`, or `_HEAPBADBEGIN`, `_HEAPBADNODE`, `_HEAPEMPTY`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _heapchk() -> c_int {
    check()
}

/// Gives memory that nobody uses back to the system; 0. Live blocks stay as they are.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _heapmin() -> c_int {
    minimize()
}

/// The heap's handle, the same as `GetProcessHeap`'s, for the life of the process.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _get_heap_handle() -> isize {
    handle()
}
