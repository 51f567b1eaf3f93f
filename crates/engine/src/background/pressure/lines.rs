//! Reading a file of any length line by line, in place.

use crate::os::descriptor::{Access, Descriptor};
use core::ffi::CStr;

/// Longest line that is looked at. Those on control groups are shorter; those on other mounts,
/// which may be very long, are skipped.
const CAPACITY: usize = 2048;

/// Hands the lines of a file to `is_it` until it says so. Whether it did.
pub fn find_line(path: &CStr, mut is_it: impl FnMut(&[u8]) -> bool) -> bool {
    let Some(file) = Descriptor::open(path, Access::Read) else { return false };
    let mut line = [0u8; CAPACITY];
    let mut length = 0;
    let mut chunk = [0u8; 512];
    loop {
        let got = file.read(&mut chunk).and_then(|got| chunk.get(..got)).unwrap_or_default();
        for &byte in got {
            if byte != b'\n' {
                if let Some(place) = line.get_mut(length) {
                    *place = byte;
                }
                length = length.saturating_add(1);
                continue;
            }
            // Of a line that was too long there is no such prefix.
            if line.get(..length).is_some_and(&mut is_it) {
                return true;
            }
            length = 0;
        }
        if got.is_empty() {
            return line.get(..length).is_some_and(is_it);
        }
    }
}
