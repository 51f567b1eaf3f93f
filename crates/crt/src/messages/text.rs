//! Text of narrow or wide characters, written to a place of fixed size: what doesn't fit is cut.

use super::table;
use core::ffi::{c_char, c_int};
use libc::wchar_t;

/// A character of a C string.
pub trait Character: Copy + PartialEq {
    /// The terminator.
    const END: Self;
    /// The character for an ASCII byte.
    fn ascii(byte: u8) -> Self;
}

impl Character for c_char {
    const END: Self = 0;

    fn ascii(byte: u8) -> Self {
        byte as c_char
    }
}

impl Character for wchar_t {
    const END: Self = 0;

    fn ascii(byte: u8) -> Self {
        wchar_t::from(byte)
    }
}

/// A caller's string, character by character.
pub struct Characters<C> {
    next: *const C,
}

impl<C: Character> Characters<C> {
    /// The characters of a string; none of null.
    ///
    /// # Safety
    /// `string` is null or a terminated string that stays as it is meanwhile.
    pub unsafe fn of(string: *const C) -> Self {
        Self { next: string }
    }

    /// Whether there is no more.
    pub fn is_at_end(&self) -> bool {
        // SAFETY: not null, so within the string by the contract of `of`: `next` stays at the
        // terminator.
        self.next.is_null() || unsafe { self.next.read() } == C::END
    }
}

impl<C: Character> Iterator for Characters<C> {
    type Item = C;

    fn next(&mut self) -> Option<C> {
        if self.is_at_end() {
            return None;
        }
        // SAFETY: within the string, as it isn't at its end.
        let character = unsafe { self.next.read() };
        self.next = self.next.wrapping_add(1);
        Some(character)
    }
}

/// A string under construction; its place keeps room for the terminator.
pub struct Text<C> {
    place: *mut C,
    room: usize,
    length: usize,
}

impl<C: Character> Text<C> {
    /// An empty string at a place of `room` characters.
    ///
    /// # Safety
    /// The place is valid for writing as many for as long as the text is used.
    pub unsafe fn at(place: *mut C, room: usize) -> Self {
        Self { place, room: room.saturating_sub(1), length: 0 }
    }

    fn push(&mut self, character: C) {
        if self.length < self.room {
            // SAFETY: within the place by the contract of `at`.
            unsafe { self.place.wrapping_add(self.length).write(character) };
            self.length += 1;
        }
    }

    /// Adds characters for as long as there is room.
    pub fn characters(&mut self, characters: impl Iterator<Item = C>) -> &mut Self {
        for character in characters.take(self.room.saturating_sub(self.length)) {
            self.push(character);
        }
        self
    }

    /// Adds ASCII.
    pub fn ascii(&mut self, bytes: &[u8]) -> &mut Self {
        self.characters(bytes.iter().map(|&byte| C::ascii(byte)))
    }

    /// Adds the message for a number.
    pub fn message(&mut self, number: c_int) -> &mut Self {
        self.ascii(table::text(number).to_bytes())
    }

    /// Adds a caller's words, if there are any, before a message: `WORDS: `.
    pub fn prefix(&mut self, words: Characters<C>, longest: usize) -> &mut Self {
        if words.is_at_end() {
            return self;
        }
        self.characters(words.take(longest)).ascii(b": ")
    }

    /// Ends the string.
    pub fn end(&mut self) {
        // SAFETY: `room` is one less than the place has; where it has none, `at` was told a
        // place of no characters, which no caller does.
        unsafe { self.place.wrapping_add(self.length).write(C::END) };
    }
}
