//! `errno` and `_doserrno`: two numbers per thread and side.
//!
//! The numbers are Microsoft's. A failure also sets the host's errno, to the host's number for
//! the same thing, so that a caller who knows only that one learns it too.

use crate::invalid_parameter;
use crate::side::Side;
use core::ffi::{c_int, c_uint, c_void};
use core::ptr;

pub const ENOENT: c_int = 2;
pub const E2BIG: c_int = 7;
pub const ENOEXEC: c_int = 8;
pub const EBADF: c_int = 9;
pub const ECHILD: c_int = 10;
pub const EAGAIN: c_int = 11;
pub const ENOMEM: c_int = 12;
pub const EACCES: c_int = 13;
pub const EEXIST: c_int = 17;
pub const EXDEV: c_int = 18;
pub const EINVAL: c_int = 22;
pub const EMFILE: c_int = 24;
pub const ENOSPC: c_int = 28;
pub const EPIPE: c_int = 32;
pub const ENOSYS: c_int = 40;
pub const ENOTEMPTY: c_int = 41;

/// Bits of `errno` in the thread's word; `_doserrno` has those above.
const ERRNO_BITS: u32 = 32;
const ERRNO_MASK: usize = (1 << ERRNO_BITS) - 1;

const _: () = assert!(cfg!(target_endian = "little"), "errno is the first half of the word");
const _: () = assert!(usize::BITS == 2 * ERRNO_BITS, "two numbers fill the word");

/// The host's number for one of the codes above.
fn host_number(code: c_int) -> c_int {
    match code {
        EAGAIN => libc::EAGAIN,
        ENOSYS => libc::ENOSYS,
        ENOTEMPTY => libc::ENOTEMPTY,
        same => same,
    }
}

/// Stores `code` in the thread's cell only.
fn store(side: Side, code: c_int) {
    let cell = side.thread().errors;
    cell.set(cell.get() & !ERRNO_MASK | code as u32 as usize);
}

/// Stores `code` in the thread's `_doserrno`.
pub fn store_doserrno(side: Side, code: c_uint) {
    let cell = side.thread().errors;
    cell.set(cell.get() & ERRNO_MASK | (code as usize) << ERRNO_BITS);
}

/// The thread's `errno`.
pub fn get(side: Side) -> c_int {
    side.thread().errors.get() as u32 as c_int
}

/// The failure `code`: in the thread's cell and in the host's errno.
pub fn set(side: Side, code: c_int) {
    store(side, code);
    // SAFETY: the host's C library gives each thread its own errno at this address.
    unsafe { libc::__errno_location().write(host_number(code)) };
}

/// The end of an allocation that failed for want of memory: `ENOMEM` and a null pointer.
#[cold]
#[inline(never)]
pub fn no_memory(side: Side) -> *mut c_void {
    set(side, ENOMEM);
    ptr::null_mut()
}

/// The address of the thread's `errno`, the same for the thread's life.
pub fn address(side: Side) -> *mut c_int {
    side.thread().errors.as_ptr().cast()
}

/// The address of the thread's `_doserrno`, the same for the thread's life.
pub fn doserrno_address(side: Side) -> *mut c_uint {
    side.thread().errors.as_ptr().cast::<c_uint>().wrapping_add(1)
}

/// Writes the thread's `errno` to `*value`.
///
/// # Safety
/// `value` is null or valid for writing.
pub unsafe fn read_into(side: Side, value: *mut c_int) -> c_int {
    if value.is_null() {
        invalid_parameter::raise(side, "_get_errno", "the place for the value is NULL");
        return EINVAL;
    }
    // SAFETY: not null, so valid for writing by the contract.
    unsafe { value.write(get(side)) };
    0
}

/// Writes the thread's `_doserrno` to `*value`.
///
/// # Safety
/// `value` is null or valid for writing.
pub unsafe fn read_doserrno_into(side: Side, value: *mut c_uint) -> c_int {
    if value.is_null() {
        invalid_parameter::raise(side, "_get_doserrno", "the place for the value is NULL");
        return EINVAL;
    }
    // SAFETY: not null, so valid for writing by the contract.
    unsafe { value.write((side.thread().errors.get() >> ERRNO_BITS) as c_uint) };
    0
}

/// Stores any number in the thread's `errno`; the host's stays, as this is no failure.
pub fn write(side: Side, value: c_int) -> c_int {
    store(side, value);
    0
}

/// Stores any number in the thread's `_doserrno`.
pub fn write_doserrno(side: Side, value: c_uint) -> c_int {
    store_doserrno(side, value);
    0
}

/// The address of the thread's `errno`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _errno() -> *mut c_int {
    address(Side::Program)
}

/// The address of the thread's `_doserrno`, the last error number of the operating system.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn __doserrno() -> *mut c_uint {
    doserrno_address(Side::Program)
}

/// Writes the thread's `errno` to `*value`; 0, or `EINVAL` for a null pointer.
///
/// # Safety
/// `value` is null or valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _get_errno(value: *mut c_int) -> c_int {
    // SAFETY: the contract of this function.
    unsafe { read_into(Side::Program, value) }
}

/// Stores any number in the thread's `errno`; 0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _set_errno(value: c_int) -> c_int {
    write(Side::Program, value)
}

/// Writes the thread's `_doserrno` to `*value`; 0, or `EINVAL` for a null pointer.
///
/// # Safety
/// `value` is null or valid for writing.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn _get_doserrno(value: *mut c_uint) -> c_int {
    // SAFETY: the contract of this function.
    unsafe { read_doserrno_into(Side::Program, value) }
}

/// Stores any number in the thread's `_doserrno`; 0.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _set_doserrno(value: c_uint) -> c_int {
    write_doserrno(Side::Program, value)
}
