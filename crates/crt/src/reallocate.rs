//! `realloc`, `_recalloc` and `_expand`.

use crate::allocate::{PLAIN_ALIGNMENT, allocate, allocate_zeroed};
use crate::errno::no_memory;
use crate::limits::{HEAP_MAXREQ, product};
use crate::release::{heap_of, release};
use crate::side::Side;
use crate::{invalid_parameter, new_handler};
use core::ffi::c_void;
use core::ptr;
use heapmin_engine::exact::{ExactHeap, Resize};
use heapmin_engine::refuse_and_abort;

/// A change of size to `size` bytes.
pub fn resize_to(size: usize, align: usize, zero: bool) -> Resize {
    Resize { align, zero, ..Resize::plain(size) }
}

/// The block resized to `size` bytes, perhaps elsewhere, with the bytes that it gains zeroed if
/// asked for. Null and `ENOMEM` leave it as it was; what is no block ends the process with a
/// message that names `function`.
///
/// # Safety
/// Nobody uses the block through its old address afterwards unless null came back.
#[inline(never)]
pub unsafe fn reallocate(
    side: Side,
    function: &'static str,
    block: *mut c_void,
    size: usize,
    zero: bool,
) -> *mut c_void {
    let resize = resize_to(size, PLAIN_ALIGNMENT, zero);
    new_handler::attempt(side, size, || {
        // SAFETY: the contract of this function; while attempts fail the block stays as it is.
        match unsafe { heap_of(function, block).reallocate(block.cast(), &resize) } {
            Ok(resized) => resized,
            Err(refusal) => refuse_and_abort(function, refusal),
        }
    })
}

/// The block resized to `size` bytes where it is; null and `ENOMEM` leave it as it was. The new
/// handler isn't called.
///
/// # Safety
/// Nobody uses the bytes that the block loses any more.
pub unsafe fn expand(
    side: Side,
    function: &'static str,
    block: *mut c_void,
    size: usize,
) -> *mut c_void {
    if size > HEAP_MAXREQ {
        return no_memory(side);
    }
    let heap = heap_of(function, block);
    let resize = Resize { in_place: true, ..resize_to(size, PLAIN_ALIGNMENT, false) };
    // SAFETY: the contract of this function; the block doesn't move.
    match unsafe { heap.reallocate(block.cast(), &resize) } {
        Ok(resized) if resized.is_null() => keep_larger(side, heap, block, size),
        Ok(resized) => resized.cast(),
        Err(refusal) => refuse_and_abort(function, refusal),
    }
}

/// A block that can't become smaller where it is keeps its size, as documented for small blocks;
/// one that can't become larger is a failure.
#[cold]
fn keep_larger(side: Side, heap: ExactHeap, block: *mut c_void, size: usize) -> *mut c_void {
    match heap.size(block.cast()) {
        Ok(present) if size <= present => block,
        _ => no_memory(side),
    }
}

/// `realloc` with the state of one side.
///
/// # Safety
/// As for [`_realloc_base`].
#[inline(always)]
pub unsafe fn realloc(side: Side, block: *mut c_void, size: usize) -> *mut c_void {
    if block.is_null() {
        return allocate(side, size);
    }
    if size == 0 {
        // SAFETY: by the contract nobody uses the block any more.
        unsafe { release("realloc", block) };
        return ptr::null_mut();
    }
    // SAFETY: the contract of this function.
    unsafe { reallocate(side, "realloc", block, size, false) }
}

/// `_recalloc` with the state of one side.
///
/// # Safety
/// As for [`_recalloc`].
#[inline(always)]
pub unsafe fn recalloc(side: Side, block: *mut c_void, count: usize, size: usize) -> *mut c_void {
    if block.is_null() {
        return allocate_zeroed(side, count, size);
    }
    let Some(bytes) = product(count, size) else { return no_memory(side) };
    if bytes == 0 {
        // SAFETY: by the contract nobody uses the block any more.
        unsafe { release("_recalloc", block) };
        return ptr::null_mut();
    }
    // SAFETY: the contract of this function.
    unsafe { reallocate(side, "_recalloc", block, bytes, true) }
}

/// `_expand` with the state of one side.
///
/// # Safety
/// As for [`_expand`].
pub unsafe fn expand_checked(side: Side, block: *mut c_void, size: usize) -> *mut c_void {
    if block.is_null() {
        invalid_parameter::raise(side, "_expand", "the block is NULL");
        return ptr::null_mut();
    }
    // SAFETY: the contract of this function.
    unsafe { expand(side, "_expand", block, size) }
}

/// `realloc`: the block resized to `size` bytes, perhaps elsewhere. Null gives a new block; a
/// size of 0 frees the block and gives null; null and `ENOMEM` leave it as it was.
///
/// # Safety
/// `block` is null, or nobody uses it through its old address afterwards unless null came back
/// for a size that isn't 0.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _realloc_base(block: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the contract of this function.
    unsafe { realloc(Side::Program, block, size) }
}

/// [`_realloc_base`] to `count * size` bytes; bytes that the block gains are zero.
///
/// # Safety
/// As for [`_realloc_base`].
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _recalloc(
    block: *mut c_void,
    count: usize,
    size: usize,
) -> *mut c_void {
    // SAFETY: the contract of this function.
    unsafe { recalloc(Side::Program, block, count, size) }
}

/// The block resized where it is: its own address, or null and `ENOMEM` if it can't grow there.
/// A size of 0 keeps the block.
///
/// # Safety
/// Nobody uses the bytes that the block loses any more.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _expand(block: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the contract of this function.
    unsafe { expand_checked(Side::Program, block, size) }
}
