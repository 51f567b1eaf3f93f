//! The invalid-parameter handlers: the thread's comes before the process's; without either the
//! process ends.

use crate::errno;
use crate::side::Side;
use core::ffi::{c_uint, c_void};
use core::sync::atomic::{AtomicPtr, Ordering};
use core::{mem, ptr};
use heapmin_engine::os::fatal::{Message, Sentence};
use libc::wchar_t;

/// `_invalid_parameter_handler`: expression, function, file, line, and a reserved word.
pub type Handler =
    unsafe extern "C-unwind" fn(*const wchar_t, *const wchar_t, *const wchar_t, c_uint, usize);

/// What a handler is told. The release functions tell nothing, as documented.
pub struct Details {
    /// The condition that didn't hold.
    pub expression: *const wchar_t,
    /// The function that was called.
    pub function: *const wchar_t,
    /// The source file.
    pub file: *const wchar_t,
    /// The line in it.
    pub line: c_uint,
}

impl Details {
    const NONE: Self =
        Self { expression: ptr::null(), function: ptr::null(), file: ptr::null(), line: 0 };
}

/// The process-wide handlers of both sides.
static PROCESS_HANDLERS: [AtomicPtr<c_void>; 2] = [const { AtomicPtr::new(ptr::null_mut()) }; 2];

fn handler_at(address: *mut c_void) -> Option<Handler> {
    // SAFETY: addresses that get here came from an `Option<Handler>`, whose null is `None`.
    unsafe { mem::transmute::<*mut c_void, Option<Handler>>(address) }
}

fn address_of(handler: Option<Handler>) -> *mut c_void {
    handler.map_or(ptr::null_mut(), |handler| handler as *mut c_void)
}

/// The process-wide handler.
pub fn process_handler(side: Side) -> Option<Handler> {
    // Acquire: pairs with the swap in `set_process_handler`; what the handler uses is ready.
    handler_at(side.of(&PROCESS_HANDLERS).load(Ordering::Acquire))
}

/// Replaces the process-wide handler; the result is the previous one.
pub fn set_process_handler(side: Side, handler: Option<Handler>) -> Option<Handler> {
    handler_at(side.of(&PROCESS_HANDLERS).swap(address_of(handler), Ordering::AcqRel))
}

/// The calling thread's handler.
pub fn thread_handler(side: Side) -> Option<Handler> {
    handler_at(ptr::with_exposed_provenance_mut(side.thread().invalid_parameter.get()))
}

/// Replaces the calling thread's handler; the result is the previous one.
pub fn set_thread_handler(side: Side, handler: Option<Handler>) -> Option<Handler> {
    let previous = thread_handler(side);
    side.thread().invalid_parameter.set(address_of(handler).expose_provenance());
    previous
}

/// Calls the handler that is in force, or ends the process if there is none.
fn invoke(side: Side, details: &Details, function: &'static str, reason: &'static str) {
    let Some(handler) = thread_handler(side).or_else(|| process_handler(side)) else {
        let mut message = Message::begin();
        message.text(function).text(": invalid parameter: ").text(reason);
        message.text("; correct the call, or set a handler with _set_invalid_parameter_handler");
        message.die()
    };
    let Details { expression, function, file, line } = *details;
    // SAFETY: whoever set the handler promised that it takes these arguments: strings or null.
    unsafe { handler(expression, function, file, line, 0) };
}

/// A parameter of `function` is invalid: `errno` becomes `EINVAL` and the handler is called. If
/// it returns, the caller returns its value for a failure, with `errno` still `EINVAL`.
#[cold]
#[inline(never)]
pub fn raise(side: Side, function: &'static str, reason: &'static str) {
    raise_with(side, &Details::NONE, function, reason);
}

/// [`raise`], and the handler is told where and why.
#[cold]
#[inline(never)]
pub fn raise_with(side: Side, details: &Details, function: &'static str, reason: &'static str) {
    errno::set(side, errno::EINVAL);
    invoke(side, details, function, reason);
    // The handler's own calls may have changed it.
    errno::set(side, errno::EINVAL);
}

/// Calls the handler that is in force without telling it anything, or ends the process.
pub fn without_information(side: Side) {
    invoke(side, &Details::NONE, "_invalid_parameter_noinfo", "a function refused its arguments");
}

/// Replaces the process-wide handler; the result is the previous one, null at first.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _set_invalid_parameter_handler(
    handler: Option<Handler>,
) -> Option<Handler> {
    set_process_handler(Side::Program, handler)
}

/// The process-wide handler.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _get_invalid_parameter_handler() -> Option<Handler> {
    process_handler(Side::Program)
}

/// Replaces the calling thread's handler; the result is the previous one, null at first.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _set_thread_local_invalid_parameter_handler(
    handler: Option<Handler>,
) -> Option<Handler> {
    set_thread_handler(Side::Program, handler)
}

/// The calling thread's handler.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _get_thread_local_invalid_parameter_handler() -> Option<Handler> {
    thread_handler(Side::Program)
}

/// Calls the handler that is in force, or ends the process if there is none.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _invalid_parameter_noinfo() {
    without_information(Side::Program);
}
