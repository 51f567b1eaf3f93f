//! Ends of stacks, right and wrong.

use super::*;

const CACHE: u64 = 0x7000_0001_0000;

fn ends(pop: u64, push: u64, limit: u64, floor: u64) -> Option<Stacks> {
    let bytes: Vec<u8> =
        [pop, push, limit, floor].iter().flat_map(|at| (CACHE + at).to_le_bytes()).collect();
    // SAFETY: a directory consists of numbers and of addresses that aren't followed.
    let directory: Directory = unsafe { std::mem::zeroed() };
    stacks(&directory, &bytes, 0, CACHE)
}

fn range(from: u64, to: u64) -> Range<u64> {
    CACHE + from..CACHE + to
}

#[test]
fn each_of_a_pair_may_be_the_one_that_is_taken_from() {
    // Stacks of 4 entries with their bottoms: 0x1000..0x1028, 0x1028..0x1050.
    let first = ends(0x1010, 0x1030, 0x1050, 0x1028).expect("they are in order");
    assert_eq!(first, Stacks { taken: range(0x1008, 0x1018), put: range(0x1030, 0x1038) });
    assert_eq!((first.blocks(), first.to_take()), (3, 2));
    let second = ends(0x1048, 0x1000, 0x1028, 0x1000).expect("they are in order");
    assert_eq!(second, Stacks { taken: range(0x1030, 0x1050), put: range(0x1008, 0x1008) });
    assert_eq!((second.blocks(), second.to_take()), (4, 4));
}

#[test]
fn ends_out_of_order_or_out_of_the_cache_are_refused() {
    for [pop, push, limit, floor] in [
        [0x1030, 0x1030, 0x1050, 0x1028],
        [0x1010, 0x1020, 0x1050, 0x1028],
        [0x1010, 0x1050, 0x1050, 0x1028],
        [0x1011, 0x1030, 0x1050, 0x1028],
        [0x1010, 0x1030, 0x1f_0000, 0x1028],
        [0x1_0010, 0x1030, 0x1050, 0x1028],
        [0x1010, 0x1030, 0x1028, 0x1050],
        [0, 8, 8, 8],
        [0x1010, u64::MAX - CACHE, 0x1050, u64::MAX - CACHE - 8],
    ] {
        assert_eq!(ends(pop, push, limit, floor), None, "{pop:#x} {push:#x} {limit:#x} {floor:#x}");
    }
}
