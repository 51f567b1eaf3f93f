//! A round: old memory goes back, young memory stays for the next.

use crate::base::atomic::Ordering;
use crate::heap::decay::Decay;
use crate::heap::demand;
use crate::heap::record::HeapRecord;
use crate::heap::registry::{self, Known};
use crate::os;
use crate::span::purge::{Age, purge};
use crate::span::tables::release_tables;
use crate::trim::{self, Released};

/// Units of free dirty spans that always stay for reuse, 1 MiB: a program that takes and gives back
/// a little more and less all the time meets the OS for none of it.
const KEPT: u64 = 16;
/// Free bytes of clean spans that are worth looking at their tables: those take a fiftieth.
const TABLES_FROM: usize = 32 << 20;

/// Does a round.
pub fn round() -> Released {
    demand::take();
    let mut found = Released::default();
    let mut number = None;
    while let Some(heap) = registry::next_heap(number) {
        number = Some(heap.number);
        let looked = look_at(heap).unwrap_or_default();
        found.young |= looked.young;
        found.gave |= looked.gave;
    }
    let purged = purge(Age::Due, KEPT);
    if purged.bytes >= TABLES_FROM {
        release_tables();
    }
    found.young |= purged.young;
    found.gave |= purged.bytes > 0;
    found
}

/// Looks at a heap if it is time. It may be destroyed at any time. `None`: there is nothing to look at.
fn look_at(heap: &HeapRecord) -> Option<Released> {
    let known = Known::new(heap);
    let began = os::nanoseconds();
    let (decay, next_look, unsettled) = known.while_alive(what_is_due)??;
    if began < next_look {
        return Some(Released { young: unsettled, gave: false });
    }
    // Locked by the program: nothing is known, so it is looked at again.
    let released = trim::release_old(heap).unwrap_or(Released { young: true, gave: false });
    let pause = u64::from(period_of(decay)) * 2_000_000;
    known.while_alive(|heap| {
        heap.next_look.store(began.wrapping_add(pause), Ordering::Relaxed);
        heap.unsettled.store(released.young, Ordering::Relaxed);
    });
    Some(released)
}

/// Of a heap that is to be looked at: its decay time, when, and whether it had young memory.
fn what_is_due(heap: &HeapRecord) -> Option<(Decay, u64, bool)> {
    let decay = heap.decay.get();
    let is_empty = heap.committed.load(Ordering::Relaxed) == 0;
    if heap.traits.unserialized || is_empty || decay == Decay::Never {
        return None;
    }
    let next_look = heap.next_look.load(Ordering::Relaxed);
    Some((decay, next_look, heap.unsettled.load(Ordering::Relaxed)))
}

/// Milliseconds until the next round.
pub fn period() -> u32 {
    let mut shortest = u32::MAX;
    registry::each_heap(|heap| shortest = shortest.min(period_of(heap.decay.get())));
    shortest
}

/// A quarter of the decay time, within bounds: short enough that memory is back soon after its
/// time, long enough that the thread hardly ever runs.
fn period_of(decay: Decay) -> u32 {
    const SHORTEST: u32 = 50;
    const LONGEST: u32 = 5000;
    match decay {
        Decay::Never => LONGEST,
        Decay::AtOnce => SHORTEST,
        Decay::After { milliseconds } => (milliseconds / 4).clamp(SHORTEST, LONGEST),
    }
}
