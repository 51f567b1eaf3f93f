//! Request numbers, and the one at which the program stops in the debugger.

use core::sync::atomic::{AtomicI32, Ordering};

/// No request number breaks.
const NEVER: i32 = -1;

/// The request number at which an allocation breaks. Programs may also write to it directly.
#[unsafe(no_mangle)]
pub static _crtBreakAlloc: AtomicI32 = AtomicI32::new(NEVER);

/// The number of the next request.
static NEXT: AtomicI32 = AtomicI32::new(1);

/// Numbers a request, and breaks if it is the one that the program waits for.
pub fn next() -> i32 {
    let request = NEXT.fetch_add(1, Ordering::Relaxed);
    let awaited = _crtBreakAlloc.load(Ordering::Relaxed);
    if request == awaited && awaited != NEVER {
        break_into_debugger();
    }
    request
}

/// Stops in the debugger: `SIGTRAP`, which ends the process when nobody handles it.
#[cold]
pub fn break_into_debugger() {
    // SAFETY: raising a signal touches no memory of ours.
    unsafe { libc::raise(libc::SIGTRAP) };
}

/// The address of `_crtBreakAlloc`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn __p__crtBreakAlloc() -> *mut i32 {
    _crtBreakAlloc.as_ptr()
}

/// Sets the request number at which an allocation breaks into the debugger, just before it
/// allocates; -1: none. Returns the number before.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _CrtSetBreakAlloc(request: i32) -> i32 {
    _crtBreakAlloc.swap(request, Ordering::Relaxed)
}

/// Breaks into the debugger.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _CrtDbgBreak() {
    break_into_debugger();
}
