//! Tables that stand in this process itself.

use super::*;

#[test]
fn fields_of_cut_structures_are_zero() {
    let bytes = [1, 2, 3, 4, 5, 6];
    assert_eq!(field::<u32>(&bytes, 0), 0x0403_0201);
    assert_eq!(field::<u32>(&bytes, 4), 0x0605);
    assert_eq!(field::<u64>(&bytes, 9), 0);
    assert_eq!(field::<u8>(&bytes, u32::MAX), 0);
}

#[test]
fn an_entry_is_queued_only_if_it_has_an_owner() {
    assert!(Entry(5 << 8 | QUEUED | 3).is_queued());
    assert!(!Entry(5 << 8 | 3).is_queued() && !Entry(0xf5).is_queued());
}
