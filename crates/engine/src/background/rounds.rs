//! A round: old memory goes back, young memory stays for the next.

use crate::base::atomic::Ordering;
use crate::heap::decay::{Decay, OF_PROCESS};
use crate::heap::record::HeapRecord;
use crate::heap::{demand, registry};
use crate::os;
use crate::span::purge::{Age, purge};
use crate::span::tables::release_tables;
use crate::trim;

/// Units of free dirty spans that always stay for reuse, 1 MiB: a program that takes and gives back
/// a little more and less all the time meets the OS for none of it.
const KEPT: u64 = 16;
/// Bytes freed in a heap's slabs from which they are looked at: the same in the caches of a thread
/// stays for reuse.
const LOOKED_AT_FROM: usize = 256 << 10;
/// The time of a look at a heap is at most this part of the time until the next.
const LOOKS_SHARE: u64 = 100;
/// Free bytes of clean spans that are worth looking at their tables: those take a fiftieth.
const TABLES_FROM: usize = 32 << 20;

/// What a round found.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// Some memory is left that isn't old enough.
    pub young: bool,
    /// Milliseconds until the next round.
    pub period: u32,
}

/// Does a round.
pub fn round() -> Found {
    demand::take();
    let mut found = Found { young: false, period: period_of(OF_PROCESS.get()) };
    let mut number = None;
    while let Some(heap) = registry::next_heap(number) {
        number = Some(heap.number);
        found.young |= look_at(heap);
        found.period = found.period.min(period_of(heap.decay.get()));
    }
    let purged = purge(Age::Due, KEPT);
    if purged.bytes >= TABLES_FROM {
        release_tables();
    }
    found.young |= purged.young;
    found
}

/// What to do about a heap.
enum Task {
    Nothing,
    /// It is too early.
    Later,
    Look {
        decay: Decay,
        /// Much was freed since the last look.
        used: bool,
    },
}

/// Looks at a heap if it is time. It may be destroyed at any time. `true`: it has memory that isn't
/// old enough.
fn look_at(heap: &HeapRecord) -> bool {
    let (number, incarnation) = (heap.number, heap.incarnation);
    let began = os::nanoseconds();
    let task = registry::while_alive(heap, number, incarnation, |heap| task(heap, began));
    let (decay, used) = match task {
        None | Some(Task::Nothing) => return false,
        Some(Task::Later) => return true,
        Some(Task::Look { decay, used }) => (decay, used),
    };
    // Locked by the program: nothing is known, so it is looked at again.
    let young = trim::release_old(heap, used).unwrap_or(true);
    let took = os::nanoseconds().wrapping_sub(began);
    let pause = (took * LOOKS_SHARE).max(u64::from(period_of(decay)) * 2_000_000);
    registry::while_alive(heap, number, incarnation, |heap| {
        heap.next_look.store(began.wrapping_add(pause), Ordering::Relaxed);
        heap.unsettled.store(young, Ordering::Relaxed);
    });
    young
}

fn task(heap: &HeapRecord, now: u64) -> Task {
    let freed = heap.freed.load(Ordering::Relaxed);
    let unsettled = heap.unsettled.load(Ordering::Relaxed);
    let decay = heap.decay.get();
    if (freed < LOOKED_AT_FROM && !unsettled) || heap.traits.unserialized || decay == Decay::Never {
        return Task::Nothing;
    }
    if now < heap.next_look.load(Ordering::Relaxed) {
        return Task::Later;
    }
    heap.freed.fetch_sub(freed, Ordering::Relaxed);
    Task::Look { decay, used: freed >= LOOKED_AT_FROM }
}

/// Milliseconds until the first round.
pub fn first_period() -> u32 {
    let mut shortest = period_of(OF_PROCESS.get());
    registry::any(|heap| {
        shortest = shortest.min(period_of(heap.decay.get()));
        false
    });
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
