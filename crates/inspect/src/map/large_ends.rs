//! How much of a large block's last unit is live.
//!
//! A large block has whole units. Where its list of live bytes is empty, a unit counts as live
//! throughout; what lies behind the end of the block isn't.

use crate::model::map::{Map, PAGE_BYTES, UNIT_BYTES, Usage};

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
    use crate::model::map::{Region, Unit};
    use crate::model::snapshot::{Process, Totals};

    fn unit(usage: Usage) -> Unit {
        Unit { usage, heap: None, resident: 0, live: Vec::new() }
    }

    fn map(regions: Vec<Vec<Usage>>) -> Map {
        let process = Process {
            pid: 1,
            command: String::new(),
            uid: 0,
            user: String::new(),
            threads: 1,
            engine: String::new(),
            file: String::new(),
            started: 0,
        };
        let region = |(index, units): (usize, Vec<Usage>)| Region {
            address: index as u64 * 2 * UNIT_BYTES,
            huge: None,
            units: units.into_iter().map(unit).collect(),
        };
        let regions = regions.into_iter().enumerate().map(region).collect();
        let totals = Totals::default();
        Map { schema: 1, process, time_ms: 0, totals, heaps: Vec::new(), regions }
    }

    #[test]
    fn what_is_behind_a_large_block_is_not_live() {
        let bytes = 2 * UNIT_BYTES + 2 * PAGE_BYTES + 100;
        let head = Usage::LargeHead { bytes };
        // The block goes on in the next region.
        let mut map =
            map(vec![vec![Usage::Unused, head], vec![Usage::LargeBody, Usage::LargeBody]]);
        fill(&mut map);
        assert!(map.regions[0].units[1].live.is_empty());
        assert!(map.regions[1].units[0].live.is_empty());
        let live = &map.regions[1].units[1].live;
        assert_eq!(live[..4], [4096, 4096, 100, 0]);
        assert_eq!(live.len(), 16);
    }

    #[test]
    fn a_block_whose_head_is_missing_is_left_alone() {
        let mut map = map(vec![vec![Usage::LargeBody, Usage::Unused]]);
        fill(&mut map);
        assert!(map.regions[0].units.iter().all(|unit| unit.live.is_empty()));
    }
}
