//! What heaps hold.

use crate::heaps;
use core::ffi::{c_int, c_void};

/// `struct heapmin_summary`: counts and bytes.
#[derive(Clone, Copy, Default)]
#[repr(C)]
#[allow(non_camel_case_types, reason = "its name in C")]
pub struct heapmin_summary {
    /// Heaps looked at.
    pub heaps: usize,
    /// Live blocks.
    pub blocks: usize,
    /// Bytes asked for in them.
    pub allocated: usize,
    /// Bytes that the heaps hold.
    pub committed: usize,
    /// Bytes of their address space, the committed ones included.
    pub reserved: usize,
    /// Bytes of the largest free block.
    pub largest_free: usize,
}

/// Says what a heap holds at this moment, or all of them together (NULL). Returns 1, or 0 if no
/// heap has the handle; then the summary is zero.
///
/// # Safety
/// `summary` is null or valid for writing. The heap isn't destroyed meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn heapmin_heap_summary(
    heap: *mut c_void,
    summary: *mut heapmin_summary,
) -> c_int {
    let mut total = heapmin_summary::default();
    let found = heaps::each(heap, |heap, unserialized| {
        let part = heap.summary_past(unserialized);
        total = heapmin_summary {
            heaps: total.heaps.saturating_add(1),
            blocks: total.blocks.saturating_add(part.blocks),
            allocated: total.allocated.saturating_add(part.allocated),
            committed: total.committed.saturating_add(part.committed),
            reserved: total.reserved.saturating_add(part.reserved),
            largest_free: total.largest_free.max(part.largest_free),
        };
    });
    if !summary.is_null() {
        // SAFETY: not null, so valid for writing by the contract of this function.
        unsafe { summary.write(total) };
    }
    c_int::from(found)
}
