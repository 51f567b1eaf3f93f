//! Text into a C buffer, as `snprintf` puts it there.

use core::ffi::c_char;
use heapmin_engine::os::fatal::Sentence;

/// Digits of the largest number, in base 10.
const MOST_DIGITS: usize = 20;

/// A sentence under construction in a caller's buffer. What doesn't fit is only counted.
pub struct Buffer {
    text: *mut c_char,
    size: usize,
    length: usize,
}

impl Buffer {
    /// An empty sentence.
    ///
    /// # Safety
    /// `text` is valid for writing `size` bytes while the sentence exists.
    pub unsafe fn new(text: *mut c_char, size: usize) -> Self {
        Self { text, size, length: 0 }
    }

    /// Ends the text with a zero byte. Returns the length of all of it, also of what didn't fit.
    pub fn end(self) -> usize {
        if let Some(last) = self.size.checked_sub(1) {
            let end = self.length.min(last);
            // SAFETY: `end` is less than `size`, and the buffer is valid by the contract of `new`.
            unsafe { self.text.add(end).write(0) };
        }
        self.length
    }

    fn push(&mut self, byte: u8) {
        if self.length < self.size {
            // SAFETY: inside the buffer, which is valid by the contract of `new`.
            unsafe { self.text.add(self.length).write(byte as c_char) };
        }
        self.length = self.length.saturating_add(1);
    }

    fn digits(&mut self, mut number: usize, base: usize) {
        let mut digits = [0u8; MOST_DIGITS];
        let mut length = 0;
        for place in &mut digits {
            let digit = number.checked_rem(base).unwrap_or(0) as u8;
            *place = if digit < 10 { b'0' + digit } else { b'a' + (digit - 10) };
            length += 1;
            number = number.checked_div(base).unwrap_or(0);
            if number == 0 {
                break;
            }
        }
        for &digit in digits.iter().take(length).rev() {
            self.push(digit);
        }
    }
}

impl Sentence for Buffer {
    fn text(&mut self, text: &str) -> &mut Self {
        for byte in text.bytes() {
            self.push(byte);
        }
        self
    }

    fn address(&mut self, address: usize) -> &mut Self {
        self.text("0x").digits(address, 16);
        self
    }

    fn number(&mut self, number: usize) -> &mut Self {
        self.digits(number, 10);
        self
    }
}
