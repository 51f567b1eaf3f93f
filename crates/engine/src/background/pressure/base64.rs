//! Base64, the alphabet of RFC 4648 section 4: how binary data is put into environment variables.

/// Decodes `text`, whose white space doesn't count, into `place`. `None`: it isn't base64, or it is
/// too long.
pub fn decode<'p>(text: &[u8], place: &'p mut [u8]) -> Option<&'p [u8]> {
    let (mut bits, mut waiting, mut digits, mut padding) = (0u32, 0u32, 0usize, 0usize);
    let mut length = 0;
    for &byte in text.iter().filter(|byte| !byte.is_ascii_whitespace()) {
        digits += 1;
        if byte == b'=' {
            padding += 1;
            continue;
        }
        if padding > 0 {
            return None;
        }
        bits = bits << 6 | u32::from(digit(byte)?);
        waiting += 6;
        if waiting >= 8 {
            waiting -= 8;
            *place.get_mut(length)? = (bits >> waiting) as u8;
            length += 1;
            bits &= (1 << waiting) - 1;
        }
    }
    // Groups of four digits, of which the last one ends in up to two signs of padding; the bits
    // that no byte needs are zero.
    (digits % 4 == 0 && padding * 2 == waiting as usize && bits == 0)
        .then(|| place.get(..length))
        .flatten()
}

const fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}
