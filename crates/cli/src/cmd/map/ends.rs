//! How much of a large block's last unit is live.
//!
//! A large block has whole units. Where its list of live bytes is empty, a unit counts as live
//! throughout; what lies behind the end of the block isn't.

use heapmin_inspect::model::map::{Map, PAGE_BYTES, UNIT_BYTES, Usage};

/// Says what is live of units in which large blocks end.
pub fn fill(map: &mut Map) {
    let mut rest = 0;
    let mut expected = 0;
    for region in &mut map.regions {
        if region.address != expected {
            rest = 0;
        }
        expected =
            region.address.saturating_add(UNIT_BYTES.saturating_mul(region.units.len() as u64));
        for unit in &mut region.units {
            rest = match unit.usage {
                Usage::LargeHead { bytes } => bytes,
                Usage::LargeBody => rest,
                _ => 0,
            };
            if rest > 0 && rest < UNIT_BYTES && unit.live.is_empty() {
                let pages = UNIT_BYTES / PAGE_BYTES;
                let live = |page| rest.saturating_sub(page * PAGE_BYTES).min(PAGE_BYTES) as u16;
                unit.live = (0..pages).map(live).collect();
            }
            rest = rest.saturating_sub(UNIT_BYTES);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::made_up;

    #[test]
    fn what_is_behind_a_large_block_is_not_live() {
        let mut map = made_up::map(2, 1, "a");
        let bytes = 3 * UNIT_BYTES + 2 * PAGE_BYTES + 100;
        let block = made_up::large(bytes, 0, 0xffff);
        // The block goes on in the next region.
        map.regions[1].address = map.regions[0].address + (2 << 20);
        map.regions[0].units[30..].clone_from_slice(&block[..2]);
        map.regions[1].units[..2].clone_from_slice(&block[2..]);
        map.regions[1].units[2] = made_up::unused();
        fill(&mut map);
        assert!(map.regions[0].units[31].live.is_empty());
        assert!(map.regions[1].units[0].live.is_empty());
        let live = &map.regions[1].units[1].live;
        assert_eq!(live[..4], [4096, 4096, 100, 0]);
        assert_eq!(live.len(), 16);
        assert!(map.regions[1].units[2].live.is_empty());
    }
}
