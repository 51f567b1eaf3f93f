//! Giving memory back to the system.

use core::ffi::{c_int, c_void};
use heapmin_engine::exact::ExactHeap;
use heapmin_engine::{Left, Trimmed, process};
use heapmin_win32::handle;

/// `struct heapmin_left`: why memory is still there after a trim, in bytes.
#[derive(Clone, Copy, Default)]
#[repr(C)]
#[allow(non_camel_case_types, reason = "its name in C")]
pub struct heapmin_left {
    /// In live blocks.
    pub live: usize,
    /// Free, but on a page with a live block.
    pub fragmented: usize,
    /// Free spans, and what other threads have freed or taken meanwhile.
    pub cached: usize,
    /// Free pages of huge pages that are mostly live.
    pub huge: usize,
    /// heapmin's own tables, caches and records.
    pub metadata: usize,
}

/// `struct heapmin_trimmed`: what a trim did, in bytes.
#[derive(Clone, Copy, Default)]
#[repr(C)]
#[allow(non_camel_case_types, reason = "its name in C")]
pub struct heapmin_trimmed {
    /// What was in memory before: of the trimmed heap, or of all, and of what heaps share.
    pub resident_before: usize,
    /// What is in memory afterwards.
    pub resident_after: usize,
    /// The difference; 0 if other threads have taken more meanwhile.
    pub released: usize,
    /// What is left, and why: the parts of `resident_after`.
    pub left: heapmin_left,
}

/// Gives back to the system what nobody uses of the process heap, the caches of all threads
/// included. Live blocks stay where they are. Returns the bytes given back.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn heapmin_trim() -> usize {
    process::trim().released
}

/// [`heapmin_trim`] for any heap, or for all (NULL), with a report, unless that is NULL. Returns 1,
/// or 0 if no heap has the handle, or another thread has destroyed it meanwhile; then the report is
/// zero.
///
/// # Safety
/// `report` is null or valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn heapmin_heap_trim(
    heap: *mut c_void,
    report: *mut heapmin_trimmed,
) -> c_int {
    let trimmed =
        if heap.is_null() { trim_all() } else { handle::find(heap).and_then(ExactHeap::trim) };
    let result = trimmed.map(heapmin_trimmed::from);
    if !report.is_null() {
        // SAFETY: not null, so valid for writing by the contract of this function.
        unsafe { report.write(result.unwrap_or_default()) };
    }
    c_int::from(result.is_some())
}

/// Trims every heap, except private ones that other threads have locked. `None`: there is none,
/// and no address space for any.
fn trim_all() -> Option<Trimmed> {
    ExactHeap::process()?;
    Some(ExactHeap::trim_all())
}

impl From<Trimmed> for heapmin_trimmed {
    fn from(trimmed: Trimmed) -> Self {
        let Trimmed { resident_before, resident_after, released, left } = trimmed;
        Self { resident_before, resident_after, released, left: left.into() }
    }
}

impl From<Left> for heapmin_left {
    fn from(left: Left) -> Self {
        let Left { live, fragmented, cached, huge, metadata } = left;
        Self { live, fragmented, cached, huge, metadata }
    }
}
