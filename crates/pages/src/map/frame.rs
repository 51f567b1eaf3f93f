//! What changes from one moment to the next, in bytes.
//!
//! ```text
//!  varint n: units that changed      varint m: those of them whose pages differ in live bytes
//!  gap       n varints   the unit's number, less that of the one before
//!  kind      n bytes     bits 0..3 usage, bits 4..5 live bytes (0 none, 1 all, 2 in the columns
//!                        below), bits 6..7 huge (0 no, 1 yes, 2 unknown)
//!  heap      n varints   0 none, or the heap's number and 1
//!  size      a varint for each slab (bytes of a block) and each large block's head (its bytes)
//!  blocks    a varint for each slab: live blocks
//!  resident  n bytes, the lower halves; n bytes, the upper halves
//!  live      16 m bytes, the lower halves; 16 m bytes, the upper halves
//! ```
//! All of that is deflated. Equal things are side by side so that it becomes short.

use std::collections::BTreeMap;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::record::{GONE, Live, Record, USAGE_LARGE_HEAD, USAGE_SLAB};

/// The units that are not as they were, by number.
pub fn changes(before: &BTreeMap<u64, Record>, now: &BTreeMap<u64, Record>) -> Vec<(u64, Record)> {
    let gone = before.keys().filter(|number| !now.contains_key(number));
    let gone = gone.map(|&number| (number, GONE));
    let other = now.iter().filter(|(number, record)| before.get(number) != Some(record));
    let mut changes: Vec<_> =
        gone.chain(other.map(|(&number, &record)| (number, record))).collect();
    changes.sort_unstable_by_key(|&(number, _)| number);
    changes
}

/// The columns, not deflated.
pub fn columns(changes: &[(u64, Record)]) -> Vec<u8> {
    let listed = || {
        changes.iter().filter_map(|(_, record)| match &record.live {
            Live::Pages(pages) => Some(pages),
            Live::None | Live::All => None,
        })
    };
    let sized = |usage| matches!(usage, USAGE_SLAB | USAGE_LARGE_HEAD);
    let mut bytes = Vec::new();
    varint(&mut bytes, changes.len() as u64);
    varint(&mut bytes, listed().count() as u64);
    let mut before = 0;
    for &(number, _) in changes {
        varint(&mut bytes, number - before);
        before = number;
    }
    bytes.extend(changes.iter().map(|(_, record)| kind(record)));
    for (_, record) in changes {
        varint(&mut bytes, record.heap);
    }
    for (_, record) in changes.iter().filter(|(_, record)| sized(record.usage)) {
        varint(&mut bytes, record.size);
    }
    for (_, record) in changes.iter().filter(|(_, record)| record.usage == USAGE_SLAB) {
        varint(&mut bytes, record.blocks);
    }
    for half in 0..2 {
        bytes.extend(changes.iter().map(|(_, record)| record.resident.to_le_bytes()[half]));
    }
    for half in 0..2 {
        bytes.extend(listed().flatten().map(|live| live.to_le_bytes()[half]));
    }
    bytes
}

/// Makes them short.
pub fn deflate(columns: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(columns).expect("writing to memory works");
    encoder.finish().expect("writing to memory works")
}

fn kind(record: &Record) -> u8 {
    let live = match record.live {
        Live::None => 0,
        Live::All => 1,
        Live::Pages(_) => 2,
    };
    record.usage | live << 4 | record.huge << 6
}

/// Seven bits a byte, the lowest first; the highest bit says that there is more.
fn varint(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
