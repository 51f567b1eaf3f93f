//! The ELF note by which the directory is found. It is part of the loaded file, so stripping leaves
//! it, and it needs no symbol table.
//!
//! ```text
//!  | 8 | 8 | 1 | "heapmin\0" | version | offset |      words of 4 bytes, the name of 8
//! ```

/// The name of the note's owner, with its zero byte.
pub const NAME: &[u8; 8] = b"heapmin\0";
/// The note's type.
pub const TYPE: u32 = 1;
/// Bytes of its description: two words.
pub const DESCRIPTION_BYTES: u32 = 8;
/// The first word of the description: the version of the note itself.
pub const VERSION: u32 = 1;

/// The address of the directory: the second word of the description, signed, counts from its own
/// address.
pub fn directory_address(word_address: u64, word: u32) -> u64 {
    word_address.wrapping_add_signed(i64::from(word.cast_signed()))
}
