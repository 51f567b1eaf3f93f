//! Checks all heaps, each with its threads kept out, those apart that nobody can be kept out of.

use crate::base::atomic::Ordering;
use crate::heap::gate::{LOCKED, QUIET, Quiet};
use crate::heap::record::HeapRecord;
use crate::heap::registry::{self, Known};
use crate::inspect::damage::{Damage, DamageKind};
use crate::inspect::validate;
use crate::os;

/// How a heap is found.
enum Found<'a> {
    Damaged(Damage),
    /// Its users keep each other out by themselves, or one of them has locked it.
    Unavailable,
    /// Another thread keeps it quiet for a moment.
    Busy,
    Quiet(Quiet<'a>),
}

/// Returns the results of a request: see [`heapmin_directory::control::KIND_VALIDATE`].
pub fn validate_all() -> [u64; 8] {
    let (mut checked, mut skipped) = (0, 0);
    let mut number = None;
    while let Some(heap) = registry::next_heap(number) {
        let known = Known::new(heap);
        number = Some(known.number);
        match validate_one(&known) {
            // It was destroyed before.
            None => {}
            Some(Outcome::Skipped) => skipped += 1,
            Some(Outcome::Sound) => checked += 1,
            Some(Outcome::Damaged(handle, damage)) => {
                let kind = match damage.kind {
                    DamageKind::Tail => 1,
                    DamageKind::Metadata => 2,
                    DamageKind::Header => 3,
                    DamageKind::DoubleListed => 4,
                };
                let place = [damage.address as u64, damage.size as u64];
                let number = u64::from(known.number);
                return [checked + 1, skipped, 1, number, handle, kind, place[0], place[1]];
            }
        }
    }
    [checked, skipped, 0, 0, 0, 0, 0, 0]
}

enum Outcome {
    Skipped,
    Sound,
    /// With the heap's handle.
    Damaged(u64, Damage),
}

/// `None`: the heap was destroyed.
fn validate_one(known: &Known<'_>) -> Option<Outcome> {
    loop {
        // With the list of heaps locked nobody destroys it. Who keeps it quiet may want that lock.
        let (handle, found) = known.while_alive(|heap| (heap.handle() as u64, find(heap)))?;
        let damage = match found {
            Found::Damaged(damage) => Some(damage),
            Found::Unavailable => return Some(Outcome::Skipped),
            Found::Busy => {
                os::wait_briefly(&known.heap.closed, QUIET);
                continue;
            }
            Found::Quiet(quiet) => validate::validate_quiet(known.heap, &quiet),
        };
        return Some(damage.map_or(Outcome::Sound, |damage| Outcome::Damaged(handle, damage)));
    }
}

fn find(heap: &HeapRecord) -> Found<'_> {
    if let Some(damage) = validate::validate_record(heap) {
        return Found::Damaged(damage);
    }
    if heap.traits.unserialized {
        return Found::Unavailable;
    }
    match heap.try_quiesce() {
        Some(quiet) => Found::Quiet(quiet),
        None if heap.closed.load(Ordering::SeqCst) == LOCKED => Found::Unavailable,
        None => Found::Busy,
    }
}
