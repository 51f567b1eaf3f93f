//! What stands behind the bytes of a block that records the size asked for.
//!
//! ```text
//!  block                                                                  block + extent
//!  | size bytes of the caller's | check | guard bytes, 0xAB | word (if marked) | 4 guards | field |
//!                                4 bytes                       8 bytes                     4 bytes
//!  field:  slack | marks << 24            slack = extent - size; marks: 1 word, 2 to 8 the user's
//!  check:  field ^ address / 16 ^ the lower half of the process's secret
//! ```

/// Bytes of the check, and of the field.
const CHECK: usize = 4;
/// Bytes of the smallest tail: without a word, and with one.
const TAIL: usize = 2 * CHECK;
const TAIL_WITH_WORD: usize = CHECK + WORD_PLACE;
/// Where a word begins, before the end.
const WORD_PLACE: usize = 16;
const WORD: usize = 8;
const GUARD: u8 = 0xAB;
const SLACK_BITS: u32 = 24;
const SLACK_MASK: u32 = (1 << SLACK_BITS) - 1;
const HAS_WORD: u32 = 1;
const MARKS: u32 = 0xF;

/// What a block's tail says, as far as its bytes are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It is whole.
    Sound(Tail),
    /// It was overwritten.
    Overwritten(Flaw),
    /// So many bytes before the end of the extent are needed to tell.
    Needs(usize),
}

/// A whole tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    /// Bytes asked for.
    pub size: u64,
    /// The word that the block carries.
    pub word: Option<u64>,
}

/// What is wrong with a tail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The field can't be one: the size isn't known.
    Field,
    /// The field can be one, and the check isn't that of it.
    Check {
        /// Bytes asked for, if the field is right.
        size: u64,
    },
    /// The check is right, and a guard byte isn't.
    Guard {
        /// Bytes asked for.
        size: u64,
        /// The byte, before the end of the extent.
        before_end: usize,
    },
}

/// Looks at the tail of the block whose `extent` bytes end with those of `end`, four at least.
/// `secret`: the lower half of the process's.
pub fn look(block: u64, extent: u64, secret: u32, end: &[u8]) -> Ending {
    let Some(field) = half(end, CHECK) else { return Ending::Needs(CHECK) };
    let slack = (field & SLACK_MASK) as usize;
    let marks = field >> SLACK_BITS;
    let smallest = if marks & HAS_WORD != 0 { TAIL_WITH_WORD } else { TAIL };
    if marks & !MARKS != 0 || slack < smallest || slack as u64 > extent {
        return Ending::Overwritten(Flaw::Field);
    }
    let Some(check) = half(end, slack) else { return Ending::Needs(slack) };
    let size = extent - slack as u64;
    if check != secret ^ (block >> 4) as u32 ^ field {
        return Ending::Overwritten(Flaw::Check { size });
    }
    let has_word = marks & HAS_WORD != 0;
    let is_word = |before_end: usize| {
        has_word && (WORD_PLACE - WORD < before_end && before_end <= WORD_PLACE)
    };
    let guards = end.len() - slack + CHECK..end.len() - CHECK;
    for (index, &byte) in end.iter().enumerate().take(guards.end).skip(guards.start) {
        let before_end = end.len() - index;
        if byte != GUARD && !is_word(before_end) {
            return Ending::Overwritten(Flaw::Guard { size, before_end });
        }
    }
    let word = if has_word { word(end, WORD_PLACE) } else { None };
    Ending::Sound(Tail { size, word })
}

/// The four bytes that begin so many before the end.
fn half(end: &[u8], before_end: usize) -> Option<u32> {
    let start = end.len().checked_sub(before_end)?;
    end.get(start..)?.first_chunk().map(|bytes| u32::from_ne_bytes(*bytes))
}

fn word(end: &[u8], before_end: usize) -> Option<u64> {
    let start = end.len().checked_sub(before_end)?;
    end.get(start..)?.first_chunk().map(|bytes| u64::from_ne_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: u32 = 0x1234_5678;
    const BLOCK: u64 = 0x7000_0040;

    /// The extent of a block of `size` bytes, sealed; with a word, if there is one.
    fn sealed(extent: usize, size: usize, word: Option<u64>, flags: u32) -> Vec<u8> {
        let mut bytes = vec![0x55; extent];
        bytes[size..].fill(GUARD);
        let marks = u32::from(word.is_some()) | flags << 1;
        let field = (extent - size) as u32 | marks << SLACK_BITS;
        if let Some(word) = word {
            bytes[extent - 16..extent - 8].copy_from_slice(&word.to_ne_bytes());
        }
        bytes[extent - 4..].copy_from_slice(&field.to_ne_bytes());
        let check = SECRET ^ (BLOCK >> 4) as u32 ^ field;
        bytes[size..size + 4].copy_from_slice(&check.to_ne_bytes());
        bytes
    }

    fn looked_at(bytes: &[u8]) -> Ending {
        look(BLOCK, bytes.len() as u64, SECRET, bytes)
    }

    #[test]
    fn a_whole_tail_says_the_size_and_the_word() {
        for (extent, size, word, flags) in
            [(32, 0, None, 0), (64, 56, None, 7), (64, 41, Some(77), 0), (4096, 9, Some(1), 5)]
        {
            let bytes = sealed(extent, size, word, flags);
            let tail = Tail { size: size as u64, word };
            assert_eq!(looked_at(&bytes), Ending::Sound(tail));
        }
    }

    #[test]
    fn any_byte_changed_behind_the_callers_is_noticed() {
        for word in [None, Some(5)] {
            let whole = sealed(128, 61, word, 1);
            for place in 61..128 {
                let mut bytes = whole.clone();
                bytes[place] ^= 0x40;
                let of_word = word.is_some() && (112..120).contains(&place);
                let sound = matches!(looked_at(&bytes), Ending::Sound(_));
                assert_eq!(sound, of_word, "byte {place}");
            }
        }
    }

    #[test]
    fn the_first_wrong_guard_is_named() {
        let mut bytes = sealed(128, 61, None, 0);
        bytes[100] = 0;
        let flaw = Flaw::Guard { size: 61, before_end: 28 };
        assert_eq!(looked_at(&bytes), Ending::Overwritten(flaw));
    }

    #[test]
    fn what_is_not_known_is_asked_for() {
        let bytes = sealed(4096, 9, None, 0);
        assert_eq!(look(BLOCK, 4096, SECRET, &bytes[4090..]), Ending::Needs(4087));
        assert_eq!(look(BLOCK, 4096, SECRET, &[1, 2]), Ending::Needs(4));
    }

    #[test]
    fn nothing_at_all_makes_it_panic() {
        for seed in 0..20_000_u64 {
            let word = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_ne_bytes();
            let bytes: Vec<u8> = word.iter().cycle().take(seed as usize % 70).copied().collect();
            look(seed, u64::from(word[0]), SECRET, &bytes);
        }
    }
}
