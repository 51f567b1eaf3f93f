//! The aligned family: blocks of which the byte at an offset has an alignment.
//!
//! `_aligned_msize` and the resizing functions know a block by itself: alignment and offset that
//! differ from those of its allocation do no harm. A resized block gets those of the last call.

mod block;
mod checked;
mod placement;

use crate::side::Side;
use checked::{Call, Wish};
use core::ffi::c_void;

fn plainly(alignment: usize) -> Wish {
    Wish { alignment, offset: 0, zero: false }
}

/// `_aligned_malloc` with the state of one side.
#[inline(always)]
pub fn malloc(side: Side, size: usize, alignment: usize) -> *mut c_void {
    Call { side, function: "_aligned_malloc" }.allocate(size, plainly(alignment))
}

/// `_aligned_offset_malloc` with the state of one side.
#[inline(always)]
pub fn offset_malloc(side: Side, size: usize, alignment: usize, offset: usize) -> *mut c_void {
    let wish = Wish { alignment, offset, zero: false };
    Call { side, function: "_aligned_offset_malloc" }.allocate_at_offset(size, wish)
}

/// `_aligned_free` with the state of one side, of which it needs none.
///
/// # Safety
/// As for [`_aligned_free`].
#[inline(always)]
pub unsafe fn free(block: *mut c_void) {
    // SAFETY: the contract of this function.
    unsafe { block::free("_aligned_free", block) };
}

/// `_aligned_realloc` with the state of one side.
///
/// # Safety
/// As for [`_aligned_realloc`].
#[inline(always)]
pub unsafe fn realloc(
    side: Side,
    block: *mut c_void,
    size: usize,
    alignment: usize,
) -> *mut c_void {
    let call = Call { side, function: "_aligned_realloc" };
    // SAFETY: the contract of this function.
    unsafe { call.reallocate(block, size, plainly(alignment)) }
}

/// `_aligned_offset_realloc` with the state of one side.
///
/// # Safety
/// As for [`_aligned_offset_realloc`].
#[inline(always)]
pub unsafe fn offset_realloc(
    side: Side,
    block: *mut c_void,
    size: usize,
    alignment: usize,
    offset: usize,
) -> *mut c_void {
    let call = Call { side, function: "_aligned_offset_realloc" };
    // SAFETY: the contract of this function.
    unsafe { call.reallocate_at_offset(block, size, Wish { alignment, offset, zero: false }) }
}

/// `_aligned_recalloc` with the state of one side.
///
/// # Safety
/// As for [`_aligned_recalloc`].
#[inline(always)]
pub unsafe fn recalloc(
    side: Side,
    block: *mut c_void,
    count: usize,
    size: usize,
    alignment: usize,
) -> *mut c_void {
    let call = Call { side, function: "_aligned_recalloc" };
    let wish = Wish { alignment, offset: 0, zero: true };
    match call.bytes(count, size) {
        // SAFETY: the contract of this function.
        Ok(bytes) => unsafe { call.reallocate(block, bytes, wish) },
        Err(null) => null,
    }
}

/// `_aligned_offset_recalloc` with the state of one side.
///
/// # Safety
/// As for [`_aligned_offset_recalloc`].
#[inline(always)]
pub unsafe fn offset_recalloc(
    side: Side,
    block: *mut c_void,
    count: usize,
    size: usize,
    alignment: usize,
    offset: usize,
) -> *mut c_void {
    let call = Call { side, function: "_aligned_offset_recalloc" };
    match call.bytes(count, size) {
        // SAFETY: the contract of this function.
        Ok(bytes) => unsafe {
            call.reallocate_at_offset(block, bytes, Wish { alignment, offset, zero: true })
        },
        Err(null) => null,
    }
}

/// `_aligned_msize` with the state of one side.
pub fn msize(side: Side, block: *mut c_void, alignment: usize) -> usize {
    Call { side, function: "_aligned_msize" }.size(block, alignment)
}

/// A block of `size` bytes, not 0, aligned to `alignment`, a power of two.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _aligned_malloc(size: usize, alignment: usize) -> *mut c_void {
    malloc(Side::Program, size, alignment)
}

/// A block of `size` bytes of which the one at `offset`, which is 0 or less than the size, is
/// aligned to `alignment`, a power of two.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _aligned_offset_malloc(
    size: usize,
    alignment: usize,
    offset: usize,
) -> *mut c_void {
    offset_malloc(Side::Program, size, alignment, offset)
}

/// Frees a block of the aligned functions; null is left alone. Any other pointer ends the
/// process.
///
/// # Safety
/// Nobody uses the block any more.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _aligned_free(block: *mut c_void) {
    // SAFETY: the contract of this function.
    unsafe { free(block) };
}

/// The block resized to `size` bytes, perhaps elsewhere. Null gives a new block; a size of 0
/// frees the block and gives null.
///
/// # Safety
/// `block` is null, or nobody uses it through its old address afterwards unless null came back
/// for a size that isn't 0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _aligned_realloc(
    block: *mut c_void,
    size: usize,
    alignment: usize,
) -> *mut c_void {
    // SAFETY: the contract of this function.
    unsafe { realloc(Side::Program, block, size, alignment) }
}

/// [`_aligned_realloc`] with the byte at `offset` aligned.
///
/// # Safety
/// As for [`_aligned_realloc`].
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _aligned_offset_realloc(
    block: *mut c_void,
    size: usize,
    alignment: usize,
    offset: usize,
) -> *mut c_void {
    // SAFETY: the contract of this function.
    unsafe { offset_realloc(Side::Program, block, size, alignment, offset) }
}

/// [`_aligned_realloc`] to `count * size` bytes; bytes that the block gains are zero.
///
/// # Safety
/// As for [`_aligned_realloc`].
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _aligned_recalloc(
    block: *mut c_void,
    count: usize,
    size: usize,
    alignment: usize,
) -> *mut c_void {
    // SAFETY: the contract of this function.
    unsafe { recalloc(Side::Program, block, count, size, alignment) }
}

/// [`_aligned_recalloc`] with the byte at `offset` aligned.
///
/// # Safety
/// As for [`_aligned_realloc`].
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _aligned_offset_recalloc(
    block: *mut c_void,
    count: usize,
    size: usize,
    alignment: usize,
    offset: usize,
) -> *mut c_void {
    // SAFETY: the contract of this function.
    unsafe { offset_recalloc(Side::Program, block, count, size, alignment, offset) }
}

/// The bytes that were asked for; `SIZE_MAX` and `EINVAL` for a null pointer or what is no
/// alignment. The offset isn't needed.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _aligned_msize(
    block: *mut c_void,
    alignment: usize,
    _offset: usize,
) -> usize {
    msize(Side::Program, block, alignment)
}
