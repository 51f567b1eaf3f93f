//! The environment as it was when the library was loaded: nobody changes it then, and later anybody
//! may.

use core::ffi::CStr;

/// The value of a variable. Only called while the library is being loaded; the value is where the
/// program may overwrite it later.
pub fn environment_at_load(name: &CStr) -> Option<&'static [u8]> {
    // SAFETY: the name is a C string; no other thread changes the environment now.
    let value = unsafe { libc::getenv(name.as_ptr()) };
    if value.is_null() {
        return None;
    }
    // SAFETY: values of the environment are C strings.
    Some(unsafe { CStr::from_ptr(value) }.to_bytes())
}
