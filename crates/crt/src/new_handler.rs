//! The new handler and the new mode: what happens when memory is short.
//!
//! In mode 1 a failing allocation calls the new handler and tries again for as long as the
//! handler says so. No lock is held meanwhile: a handler may allocate, free, throw or `longjmp`.

use crate::errno::no_memory;
use crate::invalid_parameter;
use crate::limits::HEAP_MAXREQ;
use crate::side::Side;
use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicI32, AtomicPtr, Ordering};
use core::{mem, ptr};

/// `_PNH`: told the size that was asked for; not 0 means that it is worth trying again.
pub type Handler = unsafe extern "C-unwind" fn(usize) -> c_int;

/// The new handlers of both sides.
static HANDLERS: [AtomicPtr<c_void>; 2] = [const { AtomicPtr::new(ptr::null_mut()) }; 2];

/// The new modes of both sides: 1 if functions of the C library call the new handler.
static MODES: [AtomicI32; 2] = [const { AtomicI32::new(0) }; 2];

fn handler_at(address: *mut c_void) -> Option<Handler> {
    // SAFETY: addresses that get here came from an `Option<Handler>`, whose null is `None`.
    unsafe { mem::transmute::<*mut c_void, Option<Handler>>(address) }
}

fn handler(side: Side) -> Option<Handler> {
    // Acquire: pairs with the swap in `set_handler`; what the handler uses is ready.
    handler_at(side.of(&HANDLERS).load(Ordering::Acquire))
}

/// Replaces the new handler; the result is the previous one.
pub fn set_handler(side: Side, handler: Option<Handler>) -> Option<Handler> {
    let address = handler.map_or(ptr::null_mut(), |handler| handler as *mut c_void);
    handler_at(side.of(&HANDLERS).swap(address, Ordering::AcqRel))
}

/// Sets the new mode; the result is the previous one, or -1 for what is no mode.
pub fn set_mode(side: Side, mode: c_int) -> c_int {
    if mode != 0 && mode != 1 {
        invalid_parameter::raise(side, "_set_new_mode", "the mode is neither 0 nor 1");
        return -1;
    }
    // Relaxed: the mode tells nothing about other memory.
    side.of(&MODES).swap(mode, Ordering::Relaxed)
}

/// Calls the new handler, in any mode; whether it is worth trying again.
pub fn call(side: Side, size: usize) -> bool {
    match handler(side) {
        // SAFETY: whoever set the handler promised that it takes a size.
        Some(handler) => unsafe { handler(size) != 0 },
        None => false,
    }
}

/// Goes on after a failed attempt to get `size` bytes: as long as the mode is 1 and the new
/// handler asks for it, tries again. Mode and handler are read anew each time, as a handler may
/// change both.
#[cold]
#[inline(never)]
pub fn retry(side: Side, size: usize, mut attempt: impl FnMut() -> *mut u8) -> *mut c_void {
    while side.of(&MODES).load(Ordering::Relaxed) == 1 && call(side, size) {
        let block = attempt();
        if !block.is_null() {
            return block.cast();
        }
    }
    no_memory(side)
}

/// Attempts to get `size` bytes, with the new handler's help if need be. A size over the limit
/// fails without an attempt, as no handler can help it.
#[inline]
pub fn attempt(side: Side, size: usize, mut attempt: impl FnMut() -> *mut u8) -> *mut c_void {
    if size > HEAP_MAXREQ {
        return no_memory(side);
    }
    let block = attempt();
    if block.is_null() { retry(side, size, attempt) } else { block.cast() }
}

/// Replaces the new handler; the result is the previous one, null if there was none.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _set_new_handler(handler: Option<Handler>) -> Option<Handler> {
    set_handler(Side::Program, handler)
}

/// The new handler, null if there is none.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _query_new_handler() -> Option<Handler> {
    handler(Side::Program)
}

/// Sets the new mode to 0 or 1; the result is the previous one, or -1 for what is no mode.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _set_new_mode(mode: c_int) -> c_int {
    set_mode(Side::Program, mode)
}

/// The new mode: 1 if `malloc` and its kind call the new handler when memory is short.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _query_new_mode() -> c_int {
    Side::Program.of(&MODES).load(Ordering::Relaxed)
}

/// Calls the new handler in any mode; 1 if it asks to try again, 0 if not or if there is none.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _callnewh(size: usize) -> c_int {
    c_int::from(call(Side::Program, size))
}
