//! One line of text in a fixed buffer: no allocation, no panic, what doesn't fit is cut.
//!
//! `core::fmt` would do the same, but brings code that can panic, and with it the whole
//! unwinding and backtrace machinery of the standard library into every process.

/// Longest line: a prefix with a program's name, a label, four columns and a bar.
const CAPACITY: usize = 200;

/// A line, or a piece of one, under construction.
#[derive(Clone, Copy)]
pub struct Text {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl Text {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self { bytes: [0; CAPACITY], length: 0 }
    }

    /// What was written.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Appends bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        for (place, &byte) in self.bytes.iter_mut().skip(self.length).zip(bytes) {
            *place = byte;
            self.length += 1;
        }
        self
    }

    /// Appends text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    /// Appends a character `count` times.
    pub fn repeat(&mut self, byte: u8, count: usize) -> &mut Self {
        for _ in 0..count {
            self.bytes(&[byte]);
        }
        self
    }

    /// Appends a piece, padded on the left to `width`.
    pub fn right(&mut self, width: usize, piece: &Text) -> &mut Self {
        self.repeat(b' ', width.saturating_sub(piece.length)).bytes(piece.as_bytes())
    }

    /// Appends text, padded on the right to `width`.
    pub fn left(&mut self, width: usize, text: &str) -> &mut Self {
        self.text(text).repeat(b' ', width.saturating_sub(text.len()))
    }

    /// Appends a number as plain digits.
    pub fn digits(&mut self, number: u64) -> &mut Self {
        if number >= 10 {
            self.digits(number / 10);
        }
        self.bytes(&[b'0' + (number % 10) as u8])
    }

    /// Appends a number with its digits in groups of three: `1,234,567`.
    pub fn count(&mut self, number: u64) -> &mut Self {
        if number < 1000 {
            return self.digits(number);
        }
        let group = number % 1000;
        self.count(number / 1000).text(",");
        self.digits(group / 100).digits(group / 10 % 10).digits(group % 10)
    }

    /// Appends a number of bytes in the largest unit that leaves at least one before the point:
    /// `512 B`, `1.5 KiB`, `20.0 GiB`.
    pub fn size(&mut self, bytes: u64) -> &mut Self {
        if bytes < 1024 {
            return self.digits(bytes).text(" B");
        }
        let mut unit = 1024;
        let mut name = "KiB";
        for larger in ["MiB", "GiB", "TiB"] {
            if bytes / unit >= 1024 {
                unit *= 1024;
                name = larger;
            }
        }
        let tenths = bytes % unit * 10 / unit;
        self.count(bytes / unit).text(".").digits(tenths).text(" ").text(name)
    }
}
