//! Giving memory back to the system.

use core::ffi::{c_int, c_void};
use heapmin_engine::exact::ExactHeap;
use heapmin_engine::{Trimmed, process};
use heapmin_win32::handle;

/// `struct heapmin_trimmed`: what a trim did, in bytes.
#[derive(Clone, Copy, Default)]
#[repr(C)]
#[allow(non_camel_case_types, reason = "its name in C")]
pub struct heapmin_trimmed {
    /// heapmin's memory, of all heaps, that was in RAM before.
    pub resident_before: usize,
    /// And afterwards.
    pub resident_after: usize,
    /// What was given back to the system.
    pub released: usize,
}

/// Gives back to the system what nobody uses of the process heap, the caches of all threads
/// included. Live blocks stay where they are. Returns the bytes given back.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn heapmin_trim() -> usize {
    process::trim().released
}

/// [`heapmin_trim`] for any heap, or for all (NULL), with a report, unless that is NULL. Returns 1,
/// or 0 if no heap has the handle; then the report is zero.
///
/// # Safety
/// `report` is null or valid for writing. The heap isn't destroyed meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn heapmin_heap_trim(
    heap: *mut c_void,
    report: *mut heapmin_trimmed,
) -> c_int {
    let trimmed = if heap.is_null() { trim_all() } else { handle::find(heap).map(ExactHeap::trim) };
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
    let Trimmed { resident_before, .. } = process::trim();
    ExactHeap::trim_all();
    let Trimmed { resident_after, .. } = process::trim();
    let released = resident_before.saturating_sub(resident_after);
    Some(Trimmed { resident_before, resident_after, released })
}

impl From<Trimmed> for heapmin_trimmed {
    fn from(trimmed: Trimmed) -> Self {
        let Trimmed { resident_before, resident_after, released } = trimmed;
        Self { resident_before, resident_after, released }
    }
}
