//! A path under construction, in place: there is no heap to put it in.

use core::ffi::CStr;

/// Longest path. Those of control groups have a few hundred bytes.
const CAPACITY: usize = 1024;

/// A path of the file system, shorter than `CAPACITY`, with a zero behind it.
pub struct Path {
    bytes: [u8; CAPACITY],
    /// Less than `CAPACITY`; the bytes from there on are zero.
    length: usize,
}

impl Path {
    /// The path made of these parts. `None`: too long, or with a zero in it.
    pub fn new(parts: [&[u8]; 2]) -> Option<Self> {
        let mut path = Self { bytes: [0; CAPACITY], length: 0 };
        path.extend(parts.into_iter().flatten().copied())?;
        Some(path)
    }

    /// Adds bytes. `None`: too long, or with a zero among them; then the path is of no use.
    pub fn extend(&mut self, bytes: impl IntoIterator<Item = u8>) -> Option<()> {
        for byte in bytes {
            if byte == 0 || self.length + 1 >= CAPACITY {
                return None;
            }
            *self.bytes.get_mut(self.length)? = byte;
            self.length += 1;
        }
        Some(())
    }

    /// Shortens the path.
    pub fn truncate(&mut self, length: usize) {
        if let Some(rest) = self.bytes.get_mut(length..self.length) {
            rest.fill(0);
            self.length = length;
        }
    }

    /// The path, without a zero.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// The path for the system.
    pub fn as_c(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.bytes).unwrap_or_default()
    }
}
