//! What a look needs to know of the whole process, read afresh for each round.

use super::finding::{Finding, Wrong};
use super::stacks::Stacks;
use super::{large, lists, record, slab};
use crate::directory::{GRANULE_SHIFT, UNIT};
use crate::heaps::{self, HeapRecord};
use crate::memory::Fault;
use crate::model::outcome::DamageKind;
use crate::tables::{Kind, Slab, Tables};
use crate::walk::blocks::Reader;
use std::collections::HashMap;

/// What is looked at again as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// A heap's record.
    Record(u32),
    /// A heap's list of spans.
    List(u32),
    /// A unit that is a slab, with its class's stacks in its cache.
    Slab(u32),
    /// A unit where a large block starts.
    Large(u32),
    /// The stacks of a class in the cache at a unit.
    Stacks(u32, usize),
}

/// What was seen of a subject.
#[derive(Debug, Default)]
pub struct Look {
    /// What seems to be wrong.
    pub findings: Vec<Finding>,
    /// Nothing changed meanwhile. Otherwise findings may be missing that compare one thing with
    /// another.
    pub still: bool,
}

impl Look {
    /// At something that isn't there any more, or sound.
    pub fn nothing() -> Self {
        Self { findings: Vec::new(), still: true }
    }
}

/// See the module.
#[derive(Debug)]
pub struct Scene<'a> {
    pub tables: Tables<'a>,
    pub reader: Reader<'a>,
    /// By number.
    pub heaps: HashMap<u32, HeapRecord>,
}

impl<'a> Scene<'a> {
    /// Reads what there is now.
    pub fn read(tables: &Tables<'a>) -> Result<Self, Fault> {
        let tables = Tables::open(tables.memory(), tables.directory())?;
        let reader = Reader::new(&tables)?;
        let heaps = heaps::heaps(&tables)?;
        let heaps = heaps.into_iter().map(|heap| (heap.number, heap)).collect();
        Ok(Self { tables, reader, heaps })
    }

    /// Looks at a subject.
    pub fn look(&self, subject: Subject) -> Result<Look, Fault> {
        match subject {
            Subject::Slab(unit) => self.slab(unit),
            Subject::Stacks(cache, class) => self.stacks(cache, class),
            Subject::Large(unit) => large::look(self, unit),
            Subject::List(heap) => lists::look(self, heap),
            Subject::Record(heap) => {
                let Some(heap) = self.heaps.get(&heap) else { return Ok(Look::nothing()) };
                Ok(Look { findings: record::judge(&self.tables, heap)?, still: true })
            }
        }
    }

    /// A slab: first its cache's stacks, then everything else, then the stacks again. If those are
    /// the same, no block of the class was allocated or freed by the cache's thread meanwhile.
    fn slab(&self, unit: u32) -> Result<Look, Fault> {
        let tables = &self.tables;
        if unit >= tables.end() {
            return Ok(Look::nothing());
        }
        let entry = tables.entry(unit)?;
        let (class, owner) = match tables.kind(entry) {
            Kind::Slab { class, owner } => (class, owner),
            Kind::Unknown => {
                let findings = vec![self.unknown(unit, entry.0)];
                return Ok(Look { findings, still: true });
            }
            _ => return Ok(Look::nothing()),
        };
        let has_cache = self.has_cache(owner)?;
        let before = if has_cache { Some(Stacks::read(tables, owner, class)?) } else { None };
        let Some(slab) = tables.slab(unit)? else { return Ok(Look::default()) };
        let after = if has_cache { Some(Stacks::read(tables, owner, class)?) } else { None };
        let mut look = Look {
            findings: Vec::new(),
            still: before == after && slab.entry.0 == tables.entry(unit)?.0 && slab.owner == owner,
        };
        if look.still {
            let stacked = after.map_or_else(Vec::new, |stacks| self.stacked_in(unit, &stacks));
            self.judge(unit, &slab, &stacked, has_cache, &mut look.findings);
        }
        look.findings.extend(self.tails(unit, &slab)?.0);
        Ok(look)
    }

    /// Whether there can be a cache at a unit.
    pub fn has_cache(&self, unit: u32) -> Result<bool, Fault> {
        record::is_cache(&self.tables, self.tables.address(unit))
    }

    /// What is wrong with a slab, its blocks' tails apart.
    pub fn judge(
        &self,
        unit: u32,
        slab: &Slab,
        stacked: &[u32],
        has_cache: bool,
        findings: &mut Vec<Finding>,
    ) {
        let Some(&extent) = self.tables.sizes().get(slab.class) else { return };
        let address = self.tables.address(unit);
        let has_heap = self.heaps.contains_key(&slab.header.heap);
        slab::Facts { address, slab, extent, has_heap, has_cache, stacked }.judge(findings);
    }

    /// The tails of a slab's live blocks: what is wrong, and how many they are.
    pub fn tails(&self, unit: u32, slab: &Slab) -> Result<(Vec<Finding>, u64), Fault> {
        let live = slab.live.iter().map(|word| u64::from(word.count_ones())).sum();
        let sized = self.heaps.get(&slab.header.heap).is_some_and(|heap| heap.sized);
        let extent = self.tables.sizes().get(slab.class).copied().map(u64::from);
        let (true, Some(extent)) = (sized, extent) else { return Ok((Vec::new(), live)) };
        let start = self.tables.address(unit);
        let blocks = self.reader.small(start, extent, &slab.live)?;
        let torn = blocks.found.iter().filter_map(|block| {
            let torn = block.tail.as_ref().err()?;
            Some(Finding::tail(slab.header.heap, start + block.offset, extent, torn))
        });
        Ok((torn.collect(), live))
    }

    /// The stacks of a class: what lies there is blocks of its cache's own slabs. What state they are
    /// in is looked at with the slab.
    pub fn stacks(&self, cache: u32, class: usize) -> Result<Look, Fault> {
        if !self.has_cache(cache)? {
            return Ok(Look::nothing());
        }
        let tables = &self.tables;
        let stacks = Stacks::read(tables, cache, class)?;
        let mut look = Look::nothing();
        let finding = |address, wrong, evidence| Finding {
            kind: DamageKind::Metadata,
            heap: 0,
            address,
            bytes: 0,
            wrong,
            evidence,
        };
        if stacks.odd {
            look.findings.push(finding(tables.address(cache), Wrong::Ends, stacks.evidence()));
        }
        for &block in &stacks.blocks {
            let own = match tables.unit_of(block) {
                Some(unit) => {
                    tables.kind(tables.entry(unit)?) == Kind::Slab { class, owner: cache }
                }
                None => false,
            };
            if !own {
                let evidence = block.to_le_bytes().to_vec();
                let finding = finding(block, Wrong::StackedForeign, evidence);
                look.findings.push(Finding { kind: DamageKind::DoubleListed, ..finding });
            }
        }
        look.still = look.findings.is_empty() || stacks == Stacks::read(tables, cache, class)?;
        if !look.still {
            look.findings.clear();
        }
        Ok(look)
    }

    /// What of a class's stacks lies in a slab, in granules from its start.
    pub fn stacked_in(&self, unit: u32, stacks: &Stacks) -> Vec<u32> {
        let start = self.tables.address(unit);
        let offsets = stacks.blocks.iter().map(|block| block.wrapping_sub(start));
        offsets
            .filter(|offset| *offset < UNIT)
            .map(|offset| (offset >> GRANULE_SHIFT) as u32)
            .collect()
    }

    /// A unit of which the map says what no unit is.
    pub fn unknown(&self, unit: u32, entry: u32) -> Finding {
        Finding {
            kind: DamageKind::Metadata,
            heap: 0,
            address: self.tables.address(unit),
            bytes: UNIT,
            wrong: Wrong::Entry,
            evidence: entry.to_le_bytes().to_vec(),
        }
    }
}
