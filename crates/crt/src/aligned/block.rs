//! Getting, resizing and releasing blocks of a placement.

use super::placement::{Placed, Placement};
use crate::allocate::block;
use crate::errno::no_memory;
use crate::new_handler;
use crate::reallocate::resize_to;
use crate::release::heap_of;
use crate::side::Side;
use core::ffi::c_void;
use core::ptr;
use heapmin_engine::exact::ExactHeap;
use heapmin_engine::refuse_and_abort;

/// A block for `size` bytes; null and `ENOMEM` if there is no memory.
#[inline]
pub fn allocate(side: Side, size: usize, placement: Placement, zero: bool) -> *mut c_void {
    let Some(bytes) = placement.block_size(size) else { return no_memory(side) };
    let base = new_handler::attempt(side, size, || block(bytes, placement.align, zero));
    // SAFETY: null, or a fresh block of the lead and `size` bytes.
    unsafe { placement.place(base) }
}

/// The block resized to `size` bytes, perhaps elsewhere; null and `ENOMEM` leave it as it was.
///
/// # Safety
/// Nobody uses the block through its old address afterwards unless null came back.
pub unsafe fn reallocate(
    side: Side,
    function: &'static str,
    address: *mut c_void,
    size: usize,
    placement: Placement,
    zero: bool,
) -> *mut c_void {
    let Some(bytes) = placement.block_size(size) else { return no_memory(side) };
    let heap = heap_of(function, address);
    let (placed, present) = match Placed::find(heap, address) {
        Ok(found) => found,
        Err(refusal) => refuse_and_abort(function, refusal),
    };
    if !placement.fits(placed) {
        // Another alignment or offset than at its allocation: only a new block has the bytes
        // in the right place.
        let fresh = allocate(side, size, placement, zero);
        if !fresh.is_null() {
            // SAFETY: both blocks have that many bytes and are different blocks.
            unsafe {
                ptr::copy_nonoverlapping(address.cast::<u8>(), fresh.cast(), present.min(size))
            };
            // SAFETY: by the contract nobody uses the old block any more.
            unsafe { release(function, heap, placed) };
        }
        return fresh;
    }
    let resize = resize_to(bytes, placement.align, zero);
    let base = new_handler::attempt(side, size, || {
        // SAFETY: the caller's own block, which has its lead.
        unsafe { placed.unseal() };
        // SAFETY: the contract of this function.
        match unsafe { heap.reallocate(placed.base, &resize) } {
            Ok(base) if base.is_null() => {
                // SAFETY: the block is as it was.
                unsafe { placed.seal() };
                base
            }
            Ok(base) => base,
            Err(refusal) => refuse_and_abort(function, refusal),
        }
    });
    // SAFETY: null, or the resized block, which has the lead and `size` bytes.
    unsafe { placement.place(base) }
}

/// Frees a block that was found.
///
/// # Safety
/// Nobody uses the block any more.
unsafe fn release(function: &'static str, heap: ExactHeap, placed: Placed) {
    // SAFETY: the block is live and has its lead.
    unsafe { placed.unseal() };
    // SAFETY: the contract of this function.
    if let Err(refusal) = unsafe { heap.free(placed.base, false) } {
        refuse_and_abort(function, refusal);
    }
}

/// Frees the block of any placement at `address`.
///
/// # Safety
/// Nobody uses the block any more.
#[inline(never)]
pub unsafe fn free(function: &'static str, address: *mut c_void) {
    if address.is_null() {
        return;
    }
    let heap = heap_of(function, address);
    // SAFETY: the contract of this function.
    if let Err(refusal) = unsafe { heap.free(address.cast(), false) } {
        match Placed::find_by_record(heap, address.cast(), refusal) {
            // SAFETY: the contract of this function.
            Ok((placed, _)) => unsafe { release(function, heap, placed) },
            Err(refusal) => refuse_and_abort(function, refusal),
        }
    }
}

/// The bytes that were asked for.
pub fn size(function: &'static str, address: *mut c_void) -> usize {
    match Placed::find(heap_of(function, address), address) {
        Ok((_, size)) => size,
        Err(refusal) => refuse_and_abort(function, refusal),
    }
}
