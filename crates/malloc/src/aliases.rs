//! The GNU C library's own names for its functions.
//!
//! Programs that wrap `malloc` reach past their wrapper through these names. If only the plain
//! names were replaced, a block made by one family would be freed by the other.

use crate::{aligned, allocate, inspect, release, tune};
use core::ffi::{c_int, c_void};

/// [`allocate::malloc`].
#[unsafe(no_mangle)]
pub extern "C-unwind" fn __libc_malloc(size: usize) -> *mut c_void {
    allocate::malloc(size)
}

/// [`allocate::calloc`].
#[unsafe(no_mangle)]
pub extern "C-unwind" fn __libc_calloc(count: usize, size: usize) -> *mut c_void {
    allocate::calloc(count, size)
}

/// [`allocate::realloc`].
///
/// # Safety
/// As for the function it names.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn __libc_realloc(block: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the contract of this function.
    unsafe { allocate::realloc(block, size) }
}

/// [`allocate::reallocarray`].
///
/// # Safety
/// As for the function it names.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn __libc_reallocarray(
    block: *mut c_void,
    count: usize,
    size: usize,
) -> *mut c_void {
    // SAFETY: the contract of this function.
    unsafe { allocate::reallocarray(block, count, size) }
}

/// [`release::free`].
///
/// # Safety
/// As for the function it names.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn __libc_free(block: *mut c_void) {
    // SAFETY: the contract of this function.
    unsafe { release::free(block) }
}

/// [`release::cfree`].
///
/// # Safety
/// As for the function it names.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn __libc_cfree(block: *mut c_void) {
    // SAFETY: the contract of this function.
    unsafe { release::cfree(block) }
}

/// [`aligned::memalign`].
#[unsafe(no_mangle)]
pub extern "C-unwind" fn __libc_memalign(alignment: usize, size: usize) -> *mut c_void {
    aligned::memalign(alignment, size)
}

/// [`aligned::posix_memalign`].
///
/// # Safety
/// As for the function it names.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn __posix_memalign(
    place: *mut *mut c_void,
    alignment: usize,
    size: usize,
) -> c_int {
    // SAFETY: the contract of this function.
    unsafe { aligned::posix_memalign(place, alignment, size) }
}

/// [`aligned::valloc`].
#[unsafe(no_mangle)]
pub extern "C-unwind" fn __libc_valloc(size: usize) -> *mut c_void {
    aligned::valloc(size)
}

/// [`aligned::pvalloc`].
#[unsafe(no_mangle)]
pub extern "C-unwind" fn __libc_pvalloc(size: usize) -> *mut c_void {
    aligned::pvalloc(size)
}

/// [`inspect::mallinfo`].
#[unsafe(no_mangle)]
pub extern "C-unwind" fn __libc_mallinfo() -> inspect::Mallinfo {
    inspect::mallinfo()
}

/// [`tune::mallopt`].
#[unsafe(no_mangle)]
pub extern "C-unwind" fn __libc_mallopt(parameter: c_int, value: c_int) -> c_int {
    tune::mallopt(parameter, value)
}
