//! The cache of a thread, or of several.

use super::HeapRecord;
use crate::directory::{UNIT, UNIT_SHIFT};
use crate::memory::Fault;
use crate::model::snapshot::CacheState;
use crate::tables::{Kind, Tables, field};
use heapmin_directory::Directory;
use std::collections::HashSet;
use std::ops::Range;

/// A cache, as it was read: all addresses were checked to be in its unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CacheRecord {
    /// Its unit, which is also the owner in its slabs' entries.
    pub unit: u32,
    /// Who uses it.
    pub state: CacheState,
    /// The thread that it belongs to, as that calls itself.
    pub thread: Option<u32>,
    /// What is on its stacks, by class.
    pub stacks: Vec<Stacks>,
    /// Allocations so far, by class.
    pub allocations: Vec<u64>,
    /// Whether the ends of some stacks are where none can be: damage, or a moment in which they were
    /// changed. Those hold nothing then.
    pub odd_stacks: bool,
}

/// A class's two stacks: where the entries are that are used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stacks {
    /// Of those that allocations take.
    pub taken: Range<u64>,
    /// Of those that frees put there.
    pub put: Range<u64>,
}

impl Stacks {
    /// Free blocks on both.
    pub fn blocks(&self) -> u64 {
        self.to_take() + (self.put.end - self.put.start) / 8
    }

    /// Free blocks on the one that allocations take from.
    fn to_take(&self) -> u64 {
        (self.taken.end - self.taken.start) / 8
    }
}

/// The caches of a heap, the shared one last. One that is damaged, and what is behind it in the list,
/// isn't among them.
pub(crate) fn caches(tables: &Tables<'_>, heap: &HeapRecord) -> Result<Vec<CacheRecord>, Fault> {
    let mut caches = Vec::new();
    let mut seen = HashSet::new();
    let mut at = heap.caches;
    while at != 0 && seen.insert(at) {
        let Some((cache, next)) = read(tables, at, false)? else { break };
        caches.push(cache);
        at = next;
    }
    if heap.shared != 0
        && !seen.contains(&heap.shared)
        && let Some((cache, _)) = read(tables, heap.shared, true)?
    {
        caches.push(cache);
    }
    Ok(caches)
}

/// A cache and the address of the next one. `None`: there is none at this address.
fn read(
    tables: &Tables<'_>,
    address: u64,
    shared: bool,
) -> Result<Option<(CacheRecord, u64)>, Fault> {
    let layout = &tables.directory().cache;
    let Some(unit) = tables.unit_of(address).filter(|_| address.is_multiple_of(UNIT)) else {
        return Ok(None);
    };
    if tables.kind(tables.entry(unit)?) != Kind::Engine {
        return Ok(None);
    }
    let bytes = tables.memory().numbers::<u8>(address, layout.bytes as usize)?;
    if field::<u32>(&bytes, layout.unit) != unit {
        return Ok(None);
    }
    let state = match field::<u64>(&bytes, layout.slot) {
        _ if shared => CacheState::Shared,
        0 => CacheState::Idle,
        _ => CacheState::Thread,
    };
    let thread = Some(field::<u32>(&bytes, layout.thread))
        .filter(|thread| *thread != 0 && state == CacheState::Thread);
    let mut cache = CacheRecord {
        unit,
        state,
        thread,
        stacks: Vec::with_capacity(tables.sizes().len()),
        allocations: Vec::with_capacity(tables.sizes().len()),
        odd_stacks: false,
    };
    for class in 0..tables.sizes().len() as u32 {
        let stacks = stacks(tables.directory(), &bytes, class, address);
        cache.odd_stacks |= stacks.is_none();
        let stacks = stacks.unwrap_or_default();
        let served = field::<u64>(&bytes, layout.served + class * 8);
        cache.allocations.push(served.saturating_sub(stacks.to_take()));
        cache.stacks.push(stacks);
    }
    Ok(Some((cache, field(&bytes, layout.next))))
}

/// The used entries of a class's stacks. `None`: their ends aren't in the cache's unit, or not in
/// order.
fn stacks(directory: &Directory, bytes: &[u8], class: u32, cache: u64) -> Option<Stacks> {
    let at = directory.cache.stacks + class * 32;
    let [pop, push, limit, floor] = [0, 8, 16, 24].map(|end| field::<u64>(bytes, at + end));
    let is_inside = |address: &u64| address.wrapping_sub(cache) >> UNIT_SHIFT == 0;
    let are_right = [pop, push, floor].iter().all(is_inside)
        && is_inside(&limit.wrapping_sub(1))
        && [pop, push, limit, floor].iter().all(|end| end % 8 == 0)
        && floor <= push
        && push < limit;
    if !are_right {
        return None;
    }
    let length = limit - floor;
    let bottom =
        if pop < floor { floor.checked_sub(length)? } else { floor.checked_add(length)? };
    let is_other = is_inside(&bottom) && (bottom..bottom + length).contains(&pop);
    is_other.then(|| Stacks { taken: bottom + 8..pop + 8, put: floor + 8..push + 8 })
}

#[cfg(test)]
#[path = "cache_tests.rs"]
mod tests;
