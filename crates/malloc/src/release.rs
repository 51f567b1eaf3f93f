//! `free` and its relatives. None of them changes `errno`: the engine's system calls put it back.

use crate::replaced::by_name;
use core::ffi::c_void;
use heapmin_engine::{process, refuse_and_abort};

/// Frees a block; a null pointer is nothing to do. A pointer that is no block's start, or a
/// block already free, ends the process with a message that names `function`.
///
/// # Safety
/// Nobody uses the block afterwards.
#[inline(always)]
pub unsafe fn free_named(function: &'static str, block: *mut c_void) {
    // SAFETY: the contract of this function.
    if !unsafe { process::try_free(block.cast()) } {
        // SAFETY: as above; nothing was done yet.
        unsafe { free_slow(block, function) }
    }
}

/// # Safety
/// As for [`free_named`].
#[cold]
#[inline(never)]
unsafe fn free_slow(block: *mut c_void, function: &'static str) {
    // SAFETY: the contract of this function.
    if let Err(refusal) = unsafe { process::free_slow(block.cast()) } {
        refuse_and_abort(function, refusal)
    }
}

/// Frees a block made by any function of this library.
///
/// # Safety
/// Nobody uses the block afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn free(block: *mut c_void) {
    // SAFETY: the contract of this function.
    unsafe { free_named("free", block) }
}

/// The old name of [`free`], from the time before C89.
///
/// # Safety
/// Nobody uses the block afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn cfree(block: *mut c_void) {
    // SAFETY: the contract of this function.
    unsafe { free_named("cfree", block) }
}

/// C23: `free`, the program's own if it has one, for a block whose asked size the caller knows.
/// The engine finds the size as fast without the hint.
///
/// # Safety
/// Nobody uses the block afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn free_sized(block: *mut c_void, _size: usize) {
    let free = by_name().free;
    // SAFETY: the contract of this function.
    unsafe { free(block) }
}

/// C23: `free`, the program's own if it has one, for a block whose alignment and asked size the
/// caller knows.
///
/// # Safety
/// Nobody uses the block afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn free_aligned_sized(
    block: *mut c_void,
    _alignment: usize,
    _size: usize,
) {
    let free = by_name().free;
    // SAFETY: the contract of this function.
    unsafe { free(block) }
}
