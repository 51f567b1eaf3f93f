//! The last words: one sentence on standard error, made without allocating, then the end.

use core::fmt::{self, Write};

/// Longest message: a sentence with two addresses and two sizes is about 200 bytes.
const CAPACITY: usize = 512;

/// A message under construction in a fixed buffer; what doesn't fit is cut.
pub struct Message {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl Message {
    /// An empty message.
    pub const fn new() -> Self {
        Self { bytes: [0; CAPACITY], length: 0 }
    }

    /// Writes the message to standard error; errors are ignored, there is nobody to tell.
    pub fn send(&self) {
        super::write_error(&self.bytes[..self.length]);
    }
}

impl Default for Message {
    fn default() -> Self {
        Self::new()
    }
}

impl Write for Message {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = CAPACITY - self.length;
        let taken = text.len().min(room);
        self.bytes[self.length..self.length + taken].copy_from_slice(&text.as_bytes()[..taken]);
        self.length += taken;
        Ok(())
    }
}

/// Writes `heapmin: ` and the sentence to standard error and ends the process with `SIGABRT`.
pub fn die(sentence: fmt::Arguments<'_>) -> ! {
    let mut message = Message::new();
    // A `Message` accepts everything, so neither write can fail.
    let _ = message.write_str("heapmin: ");
    let _ = message.write_fmt(sentence);
    let _ = message.write_str("\n");
    message.send();
    super::abort()
}
