//! `malloc` and `calloc`.

use crate::errno::no_memory;
use crate::limits::product;
use crate::new_handler;
use crate::side::Side;
use core::ffi::c_void;
use core::ptr;
use heapmin_engine::exact::{ExactHeap, Request};

/// The alignment of every block that no other was asked for.
pub const PLAIN_ALIGNMENT: usize = 16;

/// One attempt to get a block of the process heap.
#[inline]
pub fn block(size: usize, align: usize, zero: bool) -> *mut u8 {
    let request = Request { align, zero, ..Request::plain(size) };
    ExactHeap::process().map_or(ptr::null_mut(), |heap| heap.allocate(&request))
}

/// A block of `size` bytes; null and `ENOMEM` if there is no memory. A size of 0 gives a block
/// of its own.
#[inline(never)]
pub fn allocate(side: Side, size: usize) -> *mut c_void {
    new_handler::attempt(side, size, || {
        ExactHeap::process().map_or(ptr::null_mut(), |heap| heap.allocate_plain(size))
    })
}

/// A zeroed block for `count` elements of `size` bytes; null and `ENOMEM` if there is no memory
/// or the product is too large.
#[inline]
pub fn allocate_zeroed(side: Side, count: usize, size: usize) -> *mut c_void {
    let Some(bytes) = product(count, size) else { return no_memory(side) };
    new_handler::attempt(side, bytes, || block(bytes, PLAIN_ALIGNMENT, true))
}

/// `malloc`: a block of `size` bytes, aligned to 16; null and `ENOMEM` if there is no memory. A
/// size of 0 gives a block of its own.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _malloc_base(size: usize) -> *mut c_void {
    let block = ExactHeap::try_allocate(ExactHeap::process_handle(), size);
    if block.is_null() { malloc_unusually(size) } else { block.cast() }
}

/// By itself, with malloc's own parameter, so that malloc needs no frame.
#[inline(never)]
extern "C-unwind" fn malloc_unusually(size: usize) -> *mut c_void {
    allocate(Side::Program, size)
}

/// `calloc`: a zeroed block for `count` elements of `size` bytes.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _calloc_base(count: usize, size: usize) -> *mut c_void {
    allocate_zeroed(Side::Program, count, size)
}
