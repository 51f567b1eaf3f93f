//! Does everything that is known twice of a slab agree?
//!
//! 1. its header with the unit map
//! 2. its live bits with where blocks start
//! 3. what lies on the stacks of its cache with the live bits
//! 4. its count of free blocks with both

use super::finding::{Finding, Wrong};
use crate::directory::{GRANULE_SHIFT, GRANULES, WORDS};
use crate::model::outcome::DamageKind;
use crate::tables::Slab;

/// Bytes of a granule.
const GRANULE: u32 = 1 << GRANULE_SHIFT;

/// What is known of a slab.
#[derive(Debug)]
pub struct Facts<'a> {
    /// Its address.
    pub address: u64,
    /// Map, header and bits.
    pub slab: &'a Slab,
    /// Bytes of its blocks.
    pub extent: u32,
    /// There is a heap with the number that the header says.
    pub has_heap: bool,
    /// There can be a cache where the map says.
    pub has_cache: bool,
    /// Offsets in the slab of what lies on the stacks of its cache, in granules.
    pub stacked: &'a [u32],
}

impl Facts<'_> {
    /// What is wrong.
    pub fn judge(&self, findings: &mut Vec<Finding>) {
        let before = findings.len();
        self.judge_header(findings);
        if findings.len() > before {
            // What else there is to say depends on it.
            return;
        }
        self.judge_bits(findings);
        self.judge_stacked(findings);
        if findings.len() == before {
            self.judge_count(findings);
        }
    }

    fn stride(&self) -> u32 {
        self.extent / GRANULE
    }

    fn end(&self) -> u32 {
        GRANULES / self.stride() * self.stride()
    }

    fn slab_finding(&self, wrong: Wrong, evidence: &[u8]) -> Finding {
        Finding {
            kind: DamageKind::Metadata,
            heap: self.slab.header.heap,
            address: self.address,
            bytes: u64::from(GRANULES * GRANULE),
            wrong,
            evidence: evidence.to_vec(),
        }
    }

    fn judge_header(&self, findings: &mut Vec<Finding>) {
        let header = &self.slab.header;
        let mut complain =
            |wrong, evidence: &[u8]| findings.push(self.slab_finding(wrong, evidence));
        if header.units != 1 {
            complain(Wrong::Units, &header.units.to_le_bytes());
        }
        if usize::from(header.class) != self.slab.class {
            complain(Wrong::Class, &[header.class]);
        }
        if header.carved > self.end() || !header.carved.is_multiple_of(self.stride()) {
            complain(Wrong::Carved, &header.carved.to_le_bytes());
        }
        if !self.has_heap {
            complain(Wrong::NoHeap, &header.heap.to_le_bytes());
        }
        if !self.has_cache {
            complain(Wrong::NoCache, &self.slab.entry.0.to_le_bytes());
        }
    }

    /// Live bits are at starts of blocks that were handed out at least once.
    fn judge_bits(&self, findings: &mut Vec<Finding>) {
        let starts = starts(self.stride(), self.slab.header.carved);
        for (number, (live, starts)) in self.slab.raw_live.iter().zip(starts).enumerate() {
            let wrong = live & !starts;
            if wrong != 0 {
                let granule = number as u32 * 64 + wrong.trailing_zeros();
                findings.push(Finding {
                    address: self.address_of(granule),
                    bytes: 0,
                    ..self.slab_finding(Wrong::LiveBits, &live.to_le_bytes())
                });
                return;
            }
        }
    }

    /// What lies on a stack is a free block, once.
    fn judge_stacked(&self, findings: &mut Vec<Finding>) {
        let carved = self.slab.header.carved;
        let mut seen = [0u64; WORDS];
        for &granule in self.stacked {
            let (word, bit) = ((granule / 64) as usize, 1u64 << (granule % 64));
            let address = self.address_of(granule);
            let wrong = if !granule.is_multiple_of(self.stride()) || granule >= carved {
                Some(Wrong::StackedNoBlock)
            } else if self.slab.raw_live[word] & bit != 0 {
                Some(Wrong::StackedLive)
            } else if seen[word] & bit != 0 {
                Some(Wrong::StackedTwice)
            } else {
                None
            };
            seen[word] |= bit;
            if let Some(wrong) = wrong {
                findings.push(Finding {
                    kind: DamageKind::DoubleListed,
                    address,
                    bytes: u64::from(self.extent),
                    ..self.slab_finding(wrong, &address.to_le_bytes())
                });
            }
        }
    }

    /// Blocks that are neither live nor on a stack are those that the header counts as free.
    fn judge_count(&self, findings: &mut Vec<Finding>) {
        let live: u32 = self.slab.raw_live.iter().map(|word| word.count_ones()).sum();
        let taken = (live + self.stacked.len() as u32) * self.stride();
        let header = &self.slab.header;
        if header.carved.checked_sub(taken) != Some(header.free_granules) {
            findings.push(self.slab_finding(Wrong::Count, &header.free_granules.to_le_bytes()));
        }
    }

    fn address_of(&self, granule: u32) -> u64 {
        self.address + u64::from(granule * GRANULE)
    }
}

/// Word by word, the bits at which blocks start that take `stride` granules, up to `carved`.
fn starts(stride: u32, carved: u32) -> impl Iterator<Item = u64> {
    let mut at = 0;
    (0..WORDS as u32).map(move |word| {
        let mut bits = 0;
        while at < carved && at / 64 == word {
            bits |= 1 << (at % 64);
            at += stride;
        }
        bits
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{Entry, Header};

    /// Blocks of 96 bytes: ten handed out, of which two are live, three on stacks.
    const STACKED: [u32; 3] = [12, 18, 24];

    fn slab() -> Slab {
        let mut raw_live = [0; WORDS];
        raw_live[0] = 1 | 1 << 6;
        let header = Header {
            units: 1,
            heap: 1,
            class: 5,
            carved: 60,
            free_granules: 30,
            ..Header::default()
        };
        Slab { entry: Entry(7 << 8 | 5), class: 5, owner: 7, header, live: raw_live, raw_live }
    }

    fn wrong(slab: &Slab, stacked: &[u32]) -> Vec<Wrong> {
        let mut findings = Vec::new();
        let facts =
            Facts { address: 0x10000, slab, extent: 96, has_heap: true, has_cache: true, stacked };
        facts.judge(&mut findings);
        findings.into_iter().map(|finding| finding.wrong).collect()
    }

    #[test]
    fn a_sound_slab_is_sound() {
        assert_eq!(wrong(&slab(), &STACKED), []);
    }

    #[test]
    fn every_field_of_the_header_is_looked_at() {
        let damaged = |damage: fn(&mut Header)| {
            let mut slab = slab();
            damage(&mut slab.header);
            wrong(&slab, &STACKED)
        };
        assert_eq!(damaged(|header| header.units = 2), [Wrong::Units]);
        assert_eq!(damaged(|header| header.class = 6), [Wrong::Class]);
        assert_eq!(damaged(|header| header.carved = 61), [Wrong::Carved]);
        assert_eq!(damaged(|header| header.carved = u32::MAX), [Wrong::Carved]);
        assert_eq!(damaged(|header| header.free_granules = 24), [Wrong::Count]);
        assert_eq!(damaged(|header| header.free_granules = u32::MAX), [Wrong::Count]);
        assert_eq!(damaged(|header| header.carved = 66), [Wrong::Count]);
    }

    #[test]
    fn bits_that_were_overwritten_are_noticed() {
        let with_bit = |word: usize, bit: u32| {
            let mut slab = slab();
            slab.raw_live[word] ^= 1 << bit;
            wrong(&slab, &STACKED)
        };
        assert_eq!(with_bit(0, 1), [Wrong::LiveBits]);
        assert_eq!(with_bit(63, 63), [Wrong::LiveBits]);
        assert_eq!(with_bit(0, 60), [Wrong::LiveBits], "behind what was handed out");
        assert_eq!(with_bit(0, 6), [Wrong::Count], "a live block that isn't");
        assert_eq!(with_bit(0, 30), [Wrong::Count], "a free block that is live");
        assert_eq!(with_bit(0, 12), [Wrong::StackedLive]);
    }

    #[test]
    fn what_is_on_a_stack_is_there_once() {
        assert_eq!(wrong(&slab(), &[12, 18, 12]), [Wrong::StackedTwice]);
        assert_eq!(wrong(&slab(), &[12, 18, 6]), [Wrong::StackedLive]);
        assert_eq!(wrong(&slab(), &[12, 18, 25]), [Wrong::StackedNoBlock]);
        assert_eq!(wrong(&slab(), &[12, 18, 66]), [Wrong::StackedNoBlock]);
        assert_eq!(wrong(&slab(), &[12, 18]), [Wrong::Count]);
    }
}
