//! A heap's list of slabs and large blocks: it leads through all of them, and they take the bytes that
//! the heap has counted.

use super::finding::{Finding, Wrong};
use super::scene::{Look, Scene};
use crate::directory::UNIT;
use crate::heaps;
use crate::heaps::HeapRecord;
use crate::memory::Fault;
use crate::model::outcome::DamageKind;
use crate::walk::spans::Spans;

/// Looks at the list of the heap with a number.
pub fn look(scene: &Scene<'_>, number: u32) -> Result<Look, Fault> {
    let spans = Spans::read(&scene.tables)?;
    let record = |heaps: Vec<HeapRecord>| heaps.into_iter().find(|heap| heap.number == number);
    let (Some(before), Some(after)) =
        (scene.heaps.get(&number), record(heaps::heaps(&scene.tables)?))
    else {
        return Ok(Look::nothing());
    };
    if *before != after {
        return Ok(Look::default());
    }
    let findings = judge(scene, before, &spans).into_iter().collect();
    Ok(Look { findings, still: true })
}

/// What is wrong with a heap's list.
pub fn judge(scene: &Scene<'_>, heap: &HeapRecord, spans: &Spans) -> Option<Finding> {
    let finding = |address, wrong, evidence| Finding {
        kind: DamageKind::Metadata,
        heap: heap.number,
        address,
        bytes: 0,
        wrong,
        evidence,
    };
    match spans.follow(heap) {
        Ok(units) if units * UNIT == heap.committed => None,
        Ok(_) => Some(Finding {
            kind: DamageKind::Header,
            bytes: u64::from(scene.tables.directory().heap.bytes),
            ..finding(heap.address, Wrong::Committed, heap.committed.to_le_bytes().to_vec())
        }),
        Err((from, to)) => {
            let address = if from == 0 { heap.address } else { scene.tables.address(from) };
            Some(finding(address, Wrong::List, to.to_le_bytes().to_vec()))
        }
    }
}
