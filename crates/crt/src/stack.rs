//! `_malloca` and `_freea`: memory from the stack if it is little, else from the heap; and
//! `_resetstkoflw`.
//!
//! ```text
//!   raw                  raw + 16 = what the caller gets
//!   | marker |  12 bytes  |<-- size -->|
//! ```
//! Only compiled code can take memory from its own stack, so the header decides where `raw` comes
//! from; the marker tells `_freea`.

use crate::allocate::allocate;
use crate::release::release;
use crate::side::Side;
use core::ffi::{c_int, c_uint, c_void};

/// Bytes before the caller's: the marker, and what keeps the alignment.
const MARKER_SIZE: usize = 16;
/// The marker of a block of the heap.
const HEAP_MARKER: c_uint = 0xDDDD;

/// Marks raw memory and gives the address for the caller; null stays null.
///
/// # Safety
/// `raw` is null or the caller's own memory of at least 16 bytes, aligned to 4.
#[unsafe(no_mangle)]
#[allow(non_snake_case, reason = "the documented name")]
pub unsafe extern "C-unwind" fn _MarkAllocaS(raw: *mut c_void, marker: c_uint) -> *mut c_void {
    if raw.is_null() {
        return raw;
    }
    // SAFETY: the contract of this function.
    unsafe { raw.cast::<c_uint>().write(marker) };
    raw.wrapping_byte_add(MARKER_SIZE)
}

/// `_malloca` for what is too large for the stack, and for callers that have no stack to take
/// from: memory from the heap that `_freea` releases. Null and `ENOMEM` if there is none.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _malloca(size: usize) -> *mut c_void {
    let raw = allocate(Side::Program, size.saturating_add(MARKER_SIZE));
    // SAFETY: null, or a fresh block of at least 16 bytes.
    unsafe { _MarkAllocaS(raw, HEAP_MARKER) }
}

/// Releases memory of `_malloca`'s if it is from the heap; null is left alone.
///
/// # Safety
/// `memory` is null or came from `_malloca`, and nobody uses it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _freea(memory: *mut c_void) {
    if memory.is_null() {
        return;
    }
    let raw = memory.wrapping_byte_sub(MARKER_SIZE);
    // SAFETY: `_malloca` put a marker there.
    if unsafe { raw.cast::<c_uint>().read() } == HEAP_MARKER {
        // SAFETY: the contract of this function; the marker says that it is of the heap.
        unsafe { release("_freea", raw) };
    }
}

/// The guard page of the stack is in force again: on this system it always is, so 1.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _resetstkoflw() -> c_int {
    1
}
