//! From Windows error codes to errno.

use crate::errno::{
    self, E2BIG, EACCES, EAGAIN, EBADF, ECHILD, EEXIST, EINVAL, EMFILE, ENOENT, ENOEXEC, ENOMEM,
    ENOSPC, ENOTEMPTY, EPIPE, EXDEV,
};
use crate::side::Side;
use core::ffi::{c_int, c_uint};

/// The errno that stands for a Windows error code; every code that isn't listed is `EINVAL`.
fn errno_for(os_error: c_uint) -> c_int {
    match os_error {
        2 | 3 | 15 | 18 | 53 | 67 | 161 | 206 => ENOENT,
        10 => E2BIG,
        11 | 188..=202 => ENOEXEC,
        6 | 114 | 130 => EBADF,
        128 | 129 => ECHILD,
        89 | 164 | 215 => EAGAIN,
        7..=9 | 1816 => ENOMEM,
        5 | 16 | 19..=36 | 65 | 82 | 83 | 108 | 132 | 158 | 167 => EACCES,
        80 | 183 => EEXIST,
        17 => EXDEV,
        4 => EMFILE,
        112 => ENOSPC,
        109 => EPIPE,
        145 => ENOTEMPTY,
        _ => EINVAL,
    }
}

/// Tells a failure of the operating system: its code becomes `_doserrno`, and the errno that
/// stands for it `errno`.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _dosmaperr(os_error: c_uint) {
    errno::store_doserrno(Side::Program, os_error);
    errno::set(Side::Program, errno_for(os_error));
}
