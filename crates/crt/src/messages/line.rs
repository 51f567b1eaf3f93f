//! A line on its way to standard error: in one piece, unless it is very long.

use heapmin_engine::os::write_error;

/// Bytes that are written at once.
const ROOM: usize = 512;

/// A line under construction.
pub struct Line {
    bytes: [u8; ROOM],
    length: usize,
}

impl Line {
    /// An empty line.
    pub fn new() -> Self {
        Self { bytes: [0; ROOM], length: 0 }
    }

    /// Adds a byte.
    pub fn byte(&mut self, byte: u8) {
        if self.length == ROOM {
            self.write();
        }
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }

    /// Adds bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.byte(byte);
        }
    }

    /// Adds a character in UTF-8; a replacement for what is none.
    pub fn character(&mut self, code: u32) {
        let code = char::from_u32(code).map_or(0xFFFD, u32::from);
        let tail = |shift: u32| 0x80 | (code >> shift & 0x3F) as u8;
        match code {
            0..0x80 => self.byte(code as u8),
            0x80..0x800 => self.bytes(&[0xC0 | (code >> 6) as u8, tail(0)]),
            0x800..0x1_0000 => self.bytes(&[0xE0 | (code >> 12) as u8, tail(6), tail(0)]),
            _ => self.bytes(&[0xF0 | (code >> 18) as u8, tail(12), tail(6), tail(0)]),
        }
    }

    /// Ends the line and writes it; errno stays as it is.
    pub fn end(mut self) {
        self.byte(b'\n');
        self.write();
    }

    fn write(&mut self) {
        write_error(self.bytes.get(..self.length).unwrap_or_default());
        self.length = 0;
    }
}
