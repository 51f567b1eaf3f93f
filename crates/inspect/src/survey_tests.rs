//! Pages and regions, by rules that are simpler than what is used.

use super::*;
use crate::directory::GRANULES;

#[test]
fn a_page_is_free_if_no_live_block_touches_it() {
    let mut seed = 1u64;
    let mut random = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        seed >> 33
    };
    for stride in [1, 2, 3, 7, 16, 20, 100, 255, 256, 257, 1024, 2048] {
        for share in [0, 1, 5, 60] {
            let mut live = [0; 64];
            let mut touched = 0u16;
            for start in (0..=GRANULES - stride).step_by(stride as usize) {
                if random() % 100 < share {
                    live[start as usize / 64] |= 1 << (start % 64);
                    for granule in start..start + stride {
                        touched |= 1 << (granule / 256);
                    }
                }
            }
            assert_eq!(free_pages(&live, stride), !touched, "stride {stride}, {share} %");
        }
    }
}

#[test]
fn bits_where_no_block_starts_touch_no_page_outside() {
    assert_eq!(free_pages(&[u64::MAX; 64], 2048), 0);
    let mut live = [0; 64];
    live[63] = 1 << 63;
    assert_eq!(free_pages(&live, 2048), 0x7fff);
}

#[test]
fn behind_the_end_of_a_large_block_are_whole_pages() {
    assert_eq!(pages_from(0x10000, 0x10000), u16::MAX);
    assert_eq!(pages_from(0x10000, 0x10001), 0xfffe);
    assert_eq!(pages_from(0x10000, 0x13000), 0xfff8);
    assert_eq!(pages_from(0x10000, 0x50000), 0);
    assert_eq!(pages_from(0x20000, 0x10000), u16::MAX);
}

#[test]
fn a_whole_region_is_kept_if_less_than_a_quarter_is_free() {
    let slab = |free| Unit {
        kind: Kind::Slab { class: 0, owner: 5 },
        heap: Some(0),
        resident: u16::MAX,
        free,
        ..unused()
    };
    let mut units = [slab(0); 32];
    for unit in &mut units[..8] {
        *unit = slab(u16::MAX);
    }
    let far = 8 << 20;
    assert!(!is_kept(&units, HugePages::Asked, far));
    units[0].free = 0x7fff;
    assert!(is_kept(&units, HugePages::Asked, far));
    assert!(!is_kept(&units, HugePages::Asked, far - 1));
    assert!(is_kept(&units, HugePages::Always, 0));
    assert!(!is_kept(&units, HugePages::Never, far));
    assert!(!is_kept(&units[..31], HugePages::Always, far));
    let mut with_large = units;
    with_large[9].kind = Kind::LargeHead;
    assert!(is_kept(&with_large, HugePages::Asked, far));
    with_large[9].free = 0x8000;
    assert!(!is_kept(&with_large, HugePages::Asked, far));
    units[9].resident = 1;
    assert!(!is_kept(&units, HugePages::Always, far));
}
