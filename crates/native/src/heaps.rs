//! From a caller's handle to the heaps that it means.

use core::ffi::c_void;
use heapmin_engine::exact::ExactHeap;
use heapmin_win32::handle;

/// Calls `visit` for the heap with this handle, or for all of them where it is null: the process
/// heap first, the others in the order of their creation. `false`: no heap has the handle.
///
/// With all of them, `visit` is told `true`: it must not wait for a thread that has locked a heap.
pub fn each(handle: *mut c_void, mut visit: impl FnMut(ExactHeap, bool)) -> bool {
    if handle.is_null() {
        // The list begins with the process heap, which asking for it makes.
        let exists = ExactHeap::process().is_some();
        if exists {
            ExactHeap::each(|heap| visit(heap, true));
        }
        return exists;
    }
    match handle::find(handle) {
        Some(heap) => {
            visit(heap, false);
            true
        }
        None => false,
    }
}
