//! A table for people, with columns at fixed places: there may be millions of lines.
//!
//! ```text
//!  HEAP REGION ADDRESS                    SIZE OVERHEAD KIND
//!     0      0 00007f0c3a400000              0        0 region       0 committed, 65536 not, …
//! ```

use std::io::{self, Write};

use heapmin_inspect::model::entry::{Entry, EntryKind};

const TITLE: &str = "  HEAP REGION ADDRESS                  SIZE OVERHEAD KIND\n";

/// Writes the titles of the columns.
pub fn title(out: &mut impl Write) -> io::Result<()> {
    out.write_all(TITLE.as_bytes())
}

/// Makes the line of an element.
pub fn line(line: &mut Vec<u8>, entry: &Entry) {
    line.clear();
    decimal(line, u64::from(entry.heap), 6);
    decimal(line, u64::from(entry.region), 7);
    line.push(b' ');
    address(line, entry.address);
    decimal(line, entry.bytes, 13);
    decimal(line, u64::from(entry.overhead), 9);
    line.push(b' ');
    match entry.kind {
        EntryKind::Region { committed_bytes, uncommitted_bytes, first_block, last_block } => {
            line.extend(b"region       ");
            decimal(line, committed_bytes, 0);
            line.extend(b" committed, ");
            decimal(line, uncommitted_bytes, 0);
            line.extend(b" not, blocks ");
            address(line, first_block);
            line.push(b'-');
            address(line, last_block);
        }
        EntryKind::Uncommitted => line.extend(b"uncommitted"),
        EntryKind::Busy { moveable: None, .. } => line.extend(b"busy"),
        EntryKind::Busy { moveable: Some(handle), ddeshare } => {
            line.extend(b"busy         moveable ");
            address(line, handle);
            if ddeshare {
                line.extend(b" ddeshare");
            }
        }
        EntryKind::Free => line.extend(b"free"),
        EntryKind::Slack => line.extend(b"slack"),
    }
    line.push(b'\n');
}

/// A number, right-aligned. By hand, as this is done millions of times.
fn decimal(line: &mut Vec<u8>, mut number: u64, width: usize) {
    let mut digits = [b' '; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    line.extend(&digits[at.min(digits.len() - width)..]);
}

/// Sixteen hexadecimal digits.
fn address(line: &mut Vec<u8>, address: u64) {
    for digit in (0..16).rev() {
        line.push(b"0123456789abcdef"[(address >> (4 * digit) & 15) as usize]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(entries: &[Entry]) -> String {
        let mut out = Vec::new();
        title(&mut out).unwrap();
        let mut buffer = Vec::new();
        for entry in entries {
            line(&mut buffer, entry);
            out.extend(&buffer);
        }
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_stand_under_their_titles() {
        let entry = |address, bytes, overhead, region, kind| Entry {
            heap: 12,
            address,
            bytes,
            overhead,
            region,
            kind,
        };
        let region = EntryKind::Region {
            committed_bytes: 65536,
            uncommitted_bytes: 0,
            first_block: 0x7f0c_3a47_0000,
            last_block: 0x7f0c_3a48_0000,
        };
        let plain = EntryKind::Busy { moveable: None, ddeshare: false };
        let shared = EntryKind::Busy { moveable: Some(0x1008), ddeshare: true };
        let shown = lines(&[
            entry(0x7f0c_0000_0040, 64, 0, 1, region),
            entry(0x7f0c_3a47_0000, 100, 12, 1, plain),
            entry(0x7f0c_3a47_0070, 100, 12, 1, shared),
            entry(0x7f0c_3a47_00e0, 65312, 0, 1, EntryKind::Free),
            entry(0x7f0c_3a48_0000, 5_368_709_120, 0, 64, EntryKind::Slack),
            entry(0, 0, 0, 64, EntryKind::Uncommitted),
        ]);
        let expected = "  \
            HEAP REGION ADDRESS                  SIZE OVERHEAD KIND\n    \
              12      1 00007f0c00000040           64        0 region       65536 committed, \
              0 not, blocks 00007f0c3a470000-00007f0c3a480000\n    \
              12      1 00007f0c3a470000          100       12 busy\n    \
              12      1 00007f0c3a470070          100       12 busy         moveable \
              0000000000001008 ddeshare\n    \
              12      1 00007f0c3a4700e0        65312        0 free\n    \
              12     64 00007f0c3a480000   5368709120        0 slack\n    \
              12     64 0000000000000000            0        0 uncommitted\n";
        assert_eq!(shown, expected);
    }

    #[test]
    fn numbers_wider_than_their_column_are_shown_whole() {
        let mut line = Vec::new();
        decimal(&mut line, u64::MAX, 3);
        decimal(&mut line, 7, 3);
        assert_eq!(line, b"18446744073709551615  7");
    }
}
