//! Names of users.

#![allow(unsafe_code, reason = "the C library alone knows all users")]

use std::ffi::CStr;

/// Room for what the C library tells of a user.
const ROOM: usize = 16 << 10;

/// The name of a user, or the number.
pub(crate) fn name(uid: u32) -> String {
    let mut room = vec![0u8; ROOM];
    let mut entry = std::mem::MaybeUninit::<libc::passwd>::uninit();
    let mut found = std::ptr::null_mut();
    // SAFETY: `entry`, `room` with its length, and `found` may be written.
    let status = unsafe {
        libc::getpwuid_r(
            uid,
            entry.as_mut_ptr(),
            room.as_mut_ptr().cast(),
            room.len(),
            &raw mut found,
        )
    };
    if status != 0 || found.is_null() {
        return uid.to_string();
    }
    // SAFETY: not null, so `entry` was filled in.
    let name = unsafe { entry.assume_init_ref().pw_name };
    if name.is_null() {
        return uid.to_string();
    }
    // SAFETY: a string in `room`.
    unsafe { CStr::from_ptr(name) }.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_superuser_has_a_name_and_nobody_elses_number_is_shown() {
        assert_eq!(name(0), "root");
        assert_eq!(name(4_000_000_001), "4000000001");
    }
}
