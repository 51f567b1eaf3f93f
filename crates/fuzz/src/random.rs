//! Bytes from a number, for programs without a fuzzer.

/// Bytes of an input, at least and at most.
const LENGTHS: std::ops::Range<usize> = 64..6000;

/// The input with this number: the same bytes each time.
pub fn input(number: u64) -> Vec<u8> {
    let mut state = number;
    let mut next = move || {
        // SplitMix64.
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    };
    let length = LENGTHS.start + next() as usize % LENGTHS.len();
    (0..length).map(|_| next() as u8).collect()
}
