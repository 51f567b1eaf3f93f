//! The malloc family on rusty_alloc, for LD_PRELOAD: each function is its counterpart in the
//! crate, inlined. The crate says that its `free_inline` is made for such an export.

#![allow(clippy::missing_safety_doc, reason = "each function is the one of the C library")]

use core::ffi::{c_int, c_void};
use core::ptr::null_mut;

use rusty_alloc::alloc;

#[inline(always)]
fn or_no_memory(block: *mut u8) -> *mut c_void {
    if block.is_null() {
        set_errno(libc::ENOMEM);
    }
    block.cast()
}

#[cold]
fn set_errno(error: c_int) {
    // SAFETY: the C library gives each thread its own errno.
    unsafe { *libc::__errno_location() = error };
}

fn page_size() -> usize {
    // SAFETY: `sysconf` takes a number.
    unsafe { libc::sysconf(libc::_SC_PAGESIZE) as usize }
}

/// What `malloc` does when there is no memory: out of its way, in the crate's cold arm.
struct NoMemory;

impl alloc::OnOom for NoMemory {
    fn on_oom(_: usize) -> *mut u8 {
        set_errno(libc::ENOMEM);
        null_mut()
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn malloc(size: usize) -> *mut c_void {
    alloc::malloc_or_with::<NoMemory>(size).cast()
}

#[unsafe(no_mangle)]
pub extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    or_no_memory(alloc::calloc(count, size))
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(block: *mut c_void) {
    if !block.is_null() {
        // SAFETY: the caller gives a live block of this heap, once.
        unsafe { alloc::free_inline(block.cast()) };
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the caller gives null or a live block of this heap.
    or_no_memory(unsafe { alloc::realloc(block.cast(), size) })
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn reallocarray(b: *mut c_void, count: usize, size: usize) -> *mut c_void {
    match count.checked_mul(size) {
        // SAFETY: as for `realloc`.
        Some(bytes) => unsafe { realloc(b, bytes) },
        None => or_no_memory(null_mut()),
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn malloc_usable_size(block: *mut c_void) -> usize {
    if block.is_null() {
        return 0;
    }
    // SAFETY: the caller gives a live block of this heap.
    unsafe { alloc::usable_size(block.cast()) }
}

#[unsafe(no_mangle)]
pub extern "C" fn memalign(alignment: usize, size: usize) -> *mut c_void {
    if !alignment.is_power_of_two() {
        set_errno(libc::EINVAL);
        return null_mut();
    }
    or_no_memory(alloc::malloc_aligned(size, alignment))
}

#[unsafe(no_mangle)]
pub extern "C" fn aligned_alloc(alignment: usize, size: usize) -> *mut c_void {
    memalign(alignment, size)
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn posix_memalign(
    place: *mut *mut c_void,
    alignment: usize,
    size: usize,
) -> c_int {
    if !alignment.is_power_of_two() || alignment < size_of::<usize>() {
        return libc::EINVAL;
    }
    let block = alloc::malloc_aligned(size, alignment);
    if block.is_null() {
        return libc::ENOMEM;
    }
    // SAFETY: the caller gives a place for the pointer.
    unsafe { *place = block.cast() };
    0
}

#[unsafe(no_mangle)]
pub extern "C" fn valloc(size: usize) -> *mut c_void {
    memalign(page_size(), size)
}

#[unsafe(no_mangle)]
pub extern "C" fn pvalloc(size: usize) -> *mut c_void {
    memalign(page_size(), size.next_multiple_of(page_size()))
}
