//! The last words: one sentence on standard error, made without allocating, then the end.
//!
//! Not with `core::fmt`: its calls through `dyn Write` could unwind as far as the compiler knows,
//! and then every function that holds a lock would need a landing pad, and the library the whole
//! panic machinery, 270 KB of code.

/// Longest message: a sentence with two addresses and two sizes is about 200 bytes.
const CAPACITY: usize = 512;
/// Digits of the largest number, in base 10.
const MOST_DIGITS: usize = 20;

/// What sentences are written to, piece by piece.
pub trait Sentence {
    /// Adds words.
    fn text(&mut self, text: &str) -> &mut Self;
    /// Adds an address: `0x` and hexadecimal digits.
    fn address(&mut self, address: usize) -> &mut Self;
    /// Adds a count in decimal digits.
    fn number(&mut self, number: usize) -> &mut Self;
}

/// A message under construction in a fixed buffer; what doesn't fit is cut.
pub struct Message {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl Message {
    /// The start of every message.
    pub fn begin() -> Self {
        let mut message = Self { bytes: [0; CAPACITY], length: 0 };
        message.text("heapmin: ");
        message
    }

    /// Writes the message as a line to standard error.
    pub fn say(&mut self) {
        self.push(b'\n');
        super::write_error(self.bytes.get(..self.length).unwrap_or_default());
    }

    /// Writes the message as a line to standard error and ends the process with `SIGABRT`.
    pub fn die(&mut self) -> ! {
        self.say();
        super::abort()
    }

    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }

    fn digits(&mut self, mut number: usize, base: usize) {
        let mut digits = [0u8; MOST_DIGITS];
        let mut length = 0;
        for place in &mut digits {
            let digit = (number % base) as u8;
            *place = if digit < 10 { b'0' + digit } else { b'a' + digit - 10 };
            length += 1;
            number /= base;
            if number == 0 {
                break;
            }
        }
        for &digit in digits.iter().take(length).rev() {
            self.push(digit);
        }
    }
}

impl Sentence for Message {
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
