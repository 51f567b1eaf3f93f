//! Frames are read back here as the page reads them.

use super::*;
use crate::map::record::{GONE, USAGE_LARGE_BODY};

/// Reads columns.
struct Reader<'a>(std::slice::Iter<'a, u8>);

impl Reader<'_> {
    fn varint(&mut self) -> u64 {
        let mut number = 0;
        for shift in (0..).step_by(7) {
            let byte = *self.0.next().unwrap();
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        number
    }

    fn varints(&mut self, count: usize) -> Vec<u64> {
        (0..count).map(|_| self.varint()).collect()
    }

    /// `count` numbers whose halves stand apart.
    fn halves(&mut self, count: usize) -> Vec<u16> {
        let mut half = || self.0.by_ref().take(count).copied().collect::<Vec<u8>>();
        let (low, high) = (half(), half());
        low.into_iter().zip(high).map(|(low, high)| u16::from_le_bytes([low, high])).collect()
    }
}

/// What `columns` was given.
fn read(bytes: &[u8]) -> Vec<(u64, Record)> {
    let mut reader = Reader(bytes.iter());
    let count = reader.varint() as usize;
    let listed = reader.varint() as usize;
    let gaps = reader.varints(count);
    let kinds: Vec<u8> = reader.0.by_ref().take(count).copied().collect();
    let heaps = reader.varints(count);
    let sized = kinds.iter().filter(|&kind| matches!(kind & 15, USAGE_SLAB | USAGE_LARGE_HEAD));
    let mut sizes = reader.varints(sized.count()).into_iter();
    let slabs = kinds.iter().filter(|&kind| kind & 15 == USAGE_SLAB).count();
    let mut blocks = reader.varints(slabs).into_iter();
    let resident = reader.halves(count);
    let pages = reader.halves(16 * listed);
    let mut pages = pages.chunks_exact(16);
    assert_eq!(reader.0.next(), None);
    let mut number = 0;
    let record = |at: usize| {
        let usage = kinds[at] & 15;
        let slab = usage == USAGE_SLAB;
        let live = match kinds[at] >> 4 & 3 {
            0 => Live::None,
            1 => Live::All,
            _ => Live::Pages(pages.next().unwrap().try_into().unwrap()),
        };
        number += gaps[at];
        let size = if slab || usage == USAGE_LARGE_HEAD { sizes.next().unwrap() } else { 0 };
        let blocks = if slab { blocks.next().unwrap() } else { 0 };
        let (huge, heap) = (kinds[at] >> 6, heaps[at]);
        (number, Record { usage, huge, heap, size, blocks, resident: resident[at], live })
    };
    (0..count).map(record).collect()
}

fn slab(size: u64, live: [u16; 16]) -> Record {
    let live = Live::Pages(live);
    Record { usage: USAGE_SLAB, huge: 1, heap: 1, size, blocks: 300, resident: 0x8001, live }
}

fn sample() -> BTreeMap<u64, Record> {
    let head = Record { usage: USAGE_LARGE_HEAD, size: 1 << 40, live: Live::All, huge: 0, ..GONE };
    let body = Record { usage: USAGE_LARGE_BODY, live: Live::All, heap: 4097, ..GONE };
    let base = 0x7f00_0000_0000 / 65536;
    BTreeMap::from([
        (base, slab(16, std::array::from_fn(|page| page as u16 * 273))),
        (base + 1, Record { usage: 2, resident: 0xffff, ..GONE }),
        (base + 31, head),
        (base + 32, body),
        (
            base + (1 << 30),
            slab(65536, [4096, 0, 1, 4095, 255, 256, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
        ),
    ])
}

#[test]
fn what_was_written_is_read_again() {
    let units = sample();
    let all = changes(&BTreeMap::new(), &units);
    assert_eq!(all.len(), units.len());
    assert_eq!(read(&columns(&all)), all);
    assert_eq!(read(&columns(&[])), []);
}

#[test]
fn only_what_changed_is_in_the_next_frame() {
    let before = sample();
    let mut now = before.clone();
    let (first, _) = now.pop_first().unwrap();
    let second = *now.keys().next().unwrap();
    now.insert(second, slab(32, [7; 16]));
    now.insert(5, slab(48, [1; 16]));
    let found = read(&columns(&changes(&before, &now)));
    assert_eq!(found, [(5, slab(48, [1; 16])), (first, GONE), (second, slab(32, [7; 16]))]);
    assert_eq!(changes(&now, &now), []);
}

/// Blocks begin and end at multiples of 16 bytes, so that is what live bytes are.
#[test]
fn sixteen_gibibytes_of_chance_fit_into_ten_megabytes() {
    let mut state = 1_u64;
    let mut random = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u16
    };
    let units = (0..1 << 18).map(|number| {
        let mut unit = slab(64, std::array::from_fn(|_| random() % 257 * 16));
        (unit.blocks, unit.resident) = (u64::from(random() % 1025), random());
        (number, unit)
    });
    let changes: Vec<_> = units.collect();
    let bytes = deflate(&columns(&changes));
    // Base64 makes four bytes of three.
    assert!(bytes.len() * 4 / 3 < 10_000_000 - 100_000, "{}", bytes.len());
}
