//! Text of reports, made without allocating.

use super::block::Type;
use core::ffi::{c_char, c_int};
use heapmin_engine::exact;
use heapmin_engine::os::fatal::Sentence;

/// What stands before a report on standard error.
const PREFIX: &[u8] = b"debug: ";
/// Room for a report with its prefix and the NUL at its end: as long as reports may be.
const CAPACITY: usize = 4096;
/// Digits of the largest number.
const MOST_DIGITS: usize = 20;
/// Pages may end at multiples of this.
const SMALLEST_PAGE: usize = 4096;

/// A report under construction; what doesn't fit is cut.
pub struct Text {
    /// Prefix, text, NUL.
    bytes: [u8; CAPACITY],
    /// Bytes of prefix and text.
    length: usize,
}

impl Text {
    /// An empty text.
    pub fn new() -> Self {
        let mut text = Self { bytes: [0; CAPACITY], length: 0 };
        text.bytes(PREFIX);
        text
    }

    /// The text.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(PREFIX.len()..self.length).unwrap_or_default()
    }

    /// The text with the prefix before it.
    pub fn prefixed(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Whether the last line is complete.
    pub fn ends_line(&self) -> bool {
        self.as_bytes().last() == Some(&b'\n')
    }

    /// The text as a C string that may be changed; [`Text::measure_again`] has to follow.
    pub fn as_c_string(&mut self) -> *mut c_char {
        self.bytes.as_mut_ptr().wrapping_add(PREFIX.len()).cast()
    }

    /// The unused end of the text and its size, the place for a NUL included, for a C function
    /// that appends; [`Text::measure_again`] has to follow.
    pub fn end(&mut self) -> (*mut c_char, usize) {
        let rest = CAPACITY.saturating_sub(self.length);
        (self.bytes.as_mut_ptr().wrapping_add(self.length).cast(), rest)
    }

    /// Takes the text to be as long as the C string that it is now.
    pub fn measure_again(&mut self) {
        if let Some(last) = self.bytes.last_mut() {
            *last = 0;
        }
        let text = self.bytes.iter().skip(PREFIX.len());
        self.length = PREFIX.len() + text.take_while(|&&byte| byte != 0).count();
    }

    /// Adds a byte.
    pub fn byte(&mut self, byte: u8) -> &mut Self {
        if self.length < CAPACITY - 1
            && let Some(place) = self.bytes.get_mut(self.length)
        {
            *place = byte;
            self.length += 1;
        }
        self
    }

    /// Adds bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        for &byte in bytes {
            self.byte(byte);
        }
        self
    }

    /// Adds an integer that may be negative.
    pub fn integer(&mut self, number: i32) -> &mut Self {
        if number < 0 {
            self.byte(b'-');
        }
        self.number(number.unsigned_abs() as usize)
    }

    /// Adds `width` hexadecimal digits, in upper case.
    pub fn hex(&mut self, number: usize, width: u32) -> &mut Self {
        for place in (0..width).rev() {
            self.byte(hex_digit(number.wrapping_shr(4 * place)).to_ascii_uppercase());
        }
        self
    }

    /// Adds a number in hexadecimal, in lower case, without leading zeros.
    pub fn short_hex(&mut self, number: usize) -> &mut Self {
        let digits = (usize::BITS - number.leading_zeros()).div_ceil(4).max(1);
        for place in (0..digits).rev() {
            self.byte(hex_digit(number.wrapping_shr(4 * place)));
        }
        self
    }

    /// Adds an address as dumps show it: `0x` and all its digits.
    pub fn full_address<T>(&mut self, pointer: *const T) -> &mut Self {
        self.bytes(b"0x").hex(pointer.addr(), usize::BITS / 4)
    }

    /// Adds a C string, as far as it can be read: it may lie in a library that was unloaded.
    pub fn c_string(&mut self, string: *const c_char) -> &mut Self {
        let mut at = string.cast::<u8>();
        for step in 0..CAPACITY {
            let enters_page = step == 0 || at.addr().is_multiple_of(SMALLEST_PAGE);
            if enters_page && !exact::is_readable(at) {
                break;
            }
            // SAFETY: the page can be read, as was just asked or at an earlier byte of it.
            let byte = unsafe { at.read() };
            if byte == 0 {
                break;
            }
            self.byte(byte);
            at = at.wrapping_add(1);
        }
        self
    }

    /// Adds `FILE(LINE) : ` if the file is known.
    pub fn place(&mut self, file: *const c_char, line: c_int) -> &mut Self {
        if !file.is_null() {
            self.c_string(file).bytes(b"(").integer(line).bytes(b") : ");
        }
        self
    }

    /// Adds the word for a type; `None`: it was overwritten.
    pub fn kind(&mut self, kind: Option<Type>) -> &mut Self {
        self.text(kind.map_or("damaged", Type::word))
    }
}

impl Sentence for Text {
    fn text(&mut self, text: &str) -> &mut Self {
        self.bytes(text.as_bytes())
    }

    fn address(&mut self, address: usize) -> &mut Self {
        self.bytes(b"0x").short_hex(address)
    }

    fn number(&mut self, mut number: usize) -> &mut Self {
        let mut digits = [0u8; MOST_DIGITS];
        let mut length = 0;
        for place in &mut digits {
            *place = b'0' + (number % 10) as u8;
            length += 1;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        for &digit in digits.iter().take(length).rev() {
            self.byte(digit);
        }
        self
    }
}

/// The digit for the lowest four bits.
fn hex_digit(number: usize) -> u8 {
    let digit = (number & 15) as u8;
    if digit < 10 { b'0' + digit } else { b'a' + digit - 10 }
}
