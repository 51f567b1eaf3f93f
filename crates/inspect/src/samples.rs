//! Which samples are live: their numbers are in the headers of their spans.

use crate::memory::Fault;
use crate::tables::chunk::Chunk;
use crate::tables::{Kind, Tables};
use std::collections::HashSet;

/// The numbers of all live samples.
pub(crate) fn live(tables: &Tables<'_>) -> Result<HashSet<u32>, Fault> {
    let mut live = HashSet::new();
    let mut chunk = Chunk::default();
    let mut first = 0;
    while first < tables.end() {
        tables.read_chunk(first, &mut chunk)?;
        for unit in chunk.units() {
            if matches!(tables.kind(chunk.entry(unit)), Kind::LargeHead) {
                live.insert(tables.header_in(&chunk, unit).sample);
            }
        }
        // A chunk has at least one unit.
        first = chunk.units().end.max(first + 1);
    }
    live.remove(&0);
    Ok(live)
}
