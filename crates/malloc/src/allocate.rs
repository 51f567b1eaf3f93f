//! `malloc`, `calloc`, `realloc`, `reallocarray`.
//!
//! All of them fail with a null pointer and `ENOMEM`, also for sizes over `PTRDIFF_MAX` and for
//! products that overflow. A size of zero gives a unique block.

use crate::errno::no_memory;
use crate::replaced::by_name;
use core::ffi::c_void;
use core::ptr;
use heapmin_engine::{process, refuse_and_abort};

/// A block of `size` bytes, aligned to 16.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn malloc(size: usize) -> *mut c_void {
    match process::try_allocate(size) {
        Some(block) => block.as_ptr().cast(),
        None => malloc_slow(size),
    }
}

#[cold]
#[inline(never)]
fn malloc_slow(size: usize) -> *mut c_void {
    let block = process::allocate(size);
    if block.is_null() { no_memory() } else { block.cast() }
}

/// A zeroed block for `count` elements of `size` bytes.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn calloc(count: usize, size: usize) -> *mut c_void {
    let Some(bytes) = count.checked_mul(size) else { return no_memory() };
    let block = process::allocate_zeroed(bytes);
    if block.is_null() { no_memory() } else { block.cast() }
}

/// The block resized to `size` bytes, perhaps elsewhere; null leaves the block as it was, except
/// that a size of zero frees it and gives null.
///
/// # Safety
/// `block` is null, or nobody uses it through its old address afterwards unless null came back.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    if block.is_null() {
        return malloc(size);
    }
    if size == 0 {
        // SAFETY: by the contract of this function nobody uses the block any more.
        return match unsafe { process::free(block.cast()) } {
            Ok(()) => ptr::null_mut(),
            Err(refusal) => refuse_and_abort("realloc", refusal),
        };
    }
    // SAFETY: the pointer is not null; if the block moves, nobody uses its old address.
    match unsafe { process::reallocate(block.cast(), size) } {
        Ok(resized) if resized.is_null() => no_memory(),
        Ok(resized) => resized.cast(),
        Err(refusal) => refuse_and_abort("realloc", refusal),
    }
}

/// `realloc` to `count * size` bytes, checked for overflow; the program's own `realloc`, if it
/// has one.
///
/// # Safety
/// As for [`realloc`].
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn reallocarray(
    block: *mut c_void,
    count: usize,
    size: usize,
) -> *mut c_void {
    let Some(bytes) = count.checked_mul(size) else { return no_memory() };
    let realloc = by_name().realloc;
    // SAFETY: the contract of this function.
    unsafe { realloc(block, bytes) }
}
