//! The calling thread's `errno`.

use core::ffi::{c_int, c_void};
use core::ptr;

/// Sets `errno`.
pub fn set(code: c_int) {
    // SAFETY: the C library gives each thread its own errno at this address.
    unsafe { libc::__errno_location().write(code) };
}

/// The end of an allocation that failed for want of memory: `ENOMEM` and a null pointer.
#[cold]
#[inline(never)]
pub fn no_memory() -> *mut c_void {
    set(libc::ENOMEM);
    ptr::null_mut()
}

/// The end of an allocation that was asked for something senseless: `EINVAL` and a null pointer.
#[cold]
#[inline(never)]
pub fn invalid_argument() -> *mut c_void {
    set(libc::EINVAL);
    ptr::null_mut()
}
