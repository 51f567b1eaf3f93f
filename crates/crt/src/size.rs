//! `_msize`.

use crate::invalid_parameter;
use crate::release::heap_of;
use crate::side::Side;
use core::ffi::c_void;
use heapmin_engine::refuse_and_abort;

/// `_msize` with the state of one side.
#[inline]
pub fn size(side: Side, block: *mut c_void) -> usize {
    if block.is_null() {
        invalid_parameter::raise(side, "_msize", "the block is NULL");
        return usize::MAX;
    }
    match heap_of("_msize", block).size(block.cast()) {
        Ok(size) => size,
        Err(refusal) => refuse_and_abort("_msize", refusal),
    }
}

/// The bytes that were asked for; `SIZE_MAX` and `EINVAL` for a null pointer. What is no block
/// ends the process.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _msize(block: *mut c_void) -> usize {
    size(Side::Program, block)
}
