//! The first look at everything, many units at a time. What seems to be wrong is a reason to look
//! again.

use super::lists;
use super::scene::{Scene, Subject};
use super::stacks::Stacks;
use crate::directory::{GRANULE_SHIFT, UNIT_SHIFT};
use crate::heaps::cache::caches;
use crate::memory::Fault;
use crate::tables::chunk::Chunk;
use crate::tables::{Kind, Slab, Tables};
use crate::target::Progress;
use crate::walk::spans::Spans;
use std::collections::{BTreeSet, HashMap};

/// What a first look gives.
#[derive(Debug, Default)]
pub struct Swept {
    /// What has to be looked at again.
    pub suspects: BTreeSet<Subject>,
    /// Live blocks.
    pub blocks: u64,
    /// The caller has stopped it.
    pub stopped: bool,
}

/// Looks at everything.
pub fn sweep(scene: &Scene<'_>, progress: Progress<'_>) -> Result<Swept, Fault> {
    let mut swept = Swept::default();
    records(scene, &mut swept)?;
    let (mut chunk, mut unit) = (Chunk::default(), 0);
    let mut caches = known_caches(scene)?;
    while unit < scene.tables.end() {
        if !progress(u64::from(unit), u64::from(scene.tables.end())) {
            swept.stopped = true;
            return Ok(swept);
        }
        scene.tables.read_chunk(unit, &mut chunk)?;
        units(scene, &chunk, &mut caches, &mut swept)?;
        unit = chunk.units().end.max(unit + 1);
    }
    for cache in caches {
        for class in 0..scene.tables.sizes().len() {
            let look = scene.stacks(cache, class)?;
            if !look.still || !look.findings.is_empty() {
                swept.suspects.insert(Subject::Stacks(cache, class));
            }
        }
    }
    Ok(swept)
}

/// The heaps' records and lists.
fn records(scene: &Scene<'_>, swept: &mut Swept) -> Result<(), Fault> {
    let spans = Spans::read(&scene.tables)?;
    for (&number, heap) in &scene.heaps {
        let look = scene.look(Subject::Record(number))?;
        if !look.findings.is_empty() {
            swept.suspects.insert(Subject::Record(number));
        }
        if lists::judge(scene, heap, &spans).is_some() {
            swept.suspects.insert(Subject::List(number));
        }
    }
    Ok(())
}

/// The units of the caches in the heaps' lists.
fn known_caches(scene: &Scene<'_>) -> Result<BTreeSet<u32>, Fault> {
    let mut units = BTreeSet::new();
    for heap in scene.heaps.values() {
        units.extend(caches(&scene.tables, heap)?.iter().map(|cache| cache.unit));
    }
    Ok(units)
}

/// What lies on stacks, by the unit that it is in, as granules from the unit's start.
type Stacked = HashMap<u32, Vec<u32>>;

/// The stacks of the classes of a chunk's slabs in their caches.
fn stacked(scene: &Scene<'_>, chunk: &Chunk, caches: &BTreeSet<u32>) -> Result<Stacked, Fault> {
    let mut pairs = BTreeSet::new();
    for unit in chunk.units() {
        if let Kind::Slab { class, owner } = scene.tables.kind(chunk.entry(unit))
            && caches.contains(&owner)
        {
            pairs.insert((owner, class));
        }
    }
    let mut stacked = Stacked::new();
    for (cache, class) in pairs {
        for block in Stacks::read(&scene.tables, cache, class)?.blocks {
            if let Some(unit) = scene.tables.unit_of(block) {
                let offset = block - scene.tables.address(unit);
                stacked.entry(unit).or_default().push((offset >> GRANULE_SHIFT) as u32);
            }
        }
    }
    Ok(stacked)
}

fn units(
    scene: &Scene<'_>,
    chunk: &Chunk,
    caches: &mut BTreeSet<u32>,
    swept: &mut Swept,
) -> Result<(), Fault> {
    for unit in chunk.units() {
        if let Kind::Slab { owner, .. } = scene.tables.kind(chunk.entry(unit))
            && scene.has_cache(owner)?
        {
            caches.insert(owner);
        }
    }
    let stacked = stacked(scene, chunk, caches)?;
    for unit in chunk.units() {
        match scene.tables.kind(chunk.entry(unit)) {
            Kind::Slab { owner, .. } => {
                let on_stacks = stacked.get(&unit).map_or(&[][..], Vec::as_slice);
                slab(scene, chunk, unit, on_stacks, caches.contains(&owner), swept)?;
            }
            Kind::LargeHead => {
                swept.blocks += 1;
                let look = scene.look(Subject::Large(unit))?;
                if !look.still || !look.findings.is_empty() {
                    swept.suspects.insert(Subject::Large(unit));
                }
            }
            Kind::Unknown => {
                swept.suspects.insert(Subject::Slab(unit));
            }
            _ => {}
        }
    }
    Ok(())
}

fn slab(
    scene: &Scene<'_>,
    chunk: &Chunk,
    unit: u32,
    stacked: &[u32],
    has_cache: bool,
    swept: &mut Swept,
) -> Result<(), Fault> {
    let Some(slab) = slab_in(&scene.tables, chunk, unit)? else { return Ok(()) };
    let mut findings = Vec::new();
    scene.judge(unit, &slab, stacked, has_cache, &mut findings);
    let (torn, live) = scene.tails(unit, &slab)?;
    swept.blocks += live;
    if !findings.is_empty() || !torn.is_empty() {
        swept.suspects.insert(Subject::Slab(unit));
    }
    Ok(())
}

/// A slab of a chunk. Where other threads have freed blocks of it, it is read again, as a chunk
/// doesn't keep those apart.
fn slab_in(tables: &Tables<'_>, chunk: &Chunk, unit: u32) -> Result<Option<Slab>, Fault> {
    let entry = chunk.entry(unit);
    let Kind::Slab { class, owner } = tables.kind(entry) else { return Ok(None) };
    if entry.is_queued() {
        return tables.slab(unit);
    }
    let header = tables.header_in(chunk, unit);
    let live = *chunk.live(unit);
    Ok(Some(Slab { entry, class, owner, header, live, raw_live: live }))
}

const _: () = assert!(UNIT_SHIFT - GRANULE_SHIFT == 12, "granules of a unit fit a slab's words");
