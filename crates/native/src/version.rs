//! Which version this is.

use core::ffi::{CStr, c_char};

const VERSION: &CStr =
    match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        // A version has no zero byte inside, so this isn't reached.
        Err(_) => c"",
    };

/// The library's version, such as `0.1.0`; the string is static.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn heapmin_version() -> *const c_char {
    VERSION.as_ptr()
}
