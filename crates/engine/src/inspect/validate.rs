//! Checking a heap: does everything that is known twice agree, and is every tail whole?
//!
//! Nothing that is read here is believed before it was checked: the heap may be damaged.
//!
//! 1. the record, in `record`: before any of its locks is taken
//! 2. each span: header, map, links; a slab's live bits are at blocks' starts, those that other
//!    threads freed are live
//! 3. each cache's stacks: what lies there is free, of the right class, and there once
//! 4. each slab's count of free blocks, which 3. completes
//! 5. each live block's tail

use super::damage::{Damage, DamageKind};
use super::record;
use super::walk::is_live;
use crate::base::atomic::Ordering;
use crate::base::size_class::{Class, SizeClass};
use crate::base::units::{GRANULE_SHIFT, UNIT, UnitIndex, Units};
use crate::cache::Cache;
use crate::heap::gate::Quiet;
use crate::heap::record::HeapRecord;
use crate::sized::tail;
use crate::span::map::{self, Use};
use crate::span::{POOL, SpanHeader, WINDOW};
use core::ops::ControlFlow;
use core::ptr;

type Checked = Result<(), Damage>;

/// What to do about a heap that another thread has locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfLocked {
    /// Wait.
    Wait,
    /// Look at it all the same: the caller vouches that the other thread doesn't use it now.
    Look,
    /// Look at its record only: that thread may be changing everything else, or waiting for us. So
    /// with a heap that isn't serialised.
    Skip,
}

/// What is wrong with `heap`, if anything is. Other threads wait meanwhile.
pub fn validate(heap: &HeapRecord, if_locked: IfLocked) -> Option<Damage> {
    if let Some(damage) = validate_record(heap) {
        return Some(damage);
    }
    if if_locked == IfLocked::Skip && heap.traits.unserialized {
        // Nothing would keep its user out.
        return None;
    }
    let quiet = match if_locked {
        IfLocked::Wait => Some(heap.quiesce()),
        IfLocked::Look | IfLocked::Skip => heap.quiesce_unless_locked(),
    };
    match quiet {
        Some(quiet) => check_quiet(heap, &quiet),
        None if if_locked == IfLocked::Skip => Ok(()),
        None => check_spans(heap).and_then(|()| check_blocks(heap)),
    }
    .err()
}

/// What is wrong with the record of `heap`, before any of its locks is taken.
pub fn validate_record(heap: &HeapRecord) -> Option<Damage> {
    let address = ptr::from_ref(heap).addr();
    let damage = || damaged(DamageKind::Header, address, size_of::<HeapRecord>());
    (!record::is_sound(heap)).then(damage)
}

/// What is wrong with a heap that has a sound record, and that other threads are kept out of.
pub fn validate_quiet(heap: &HeapRecord, quiet: &Quiet<'_>) -> Option<Damage> {
    check_quiet(heap, quiet).err()
}

fn damaged(kind: DamageKind, address: usize, size: usize) -> Damage {
    Damage { kind, address, size }
}

fn ensure(holds: bool, damage: impl FnOnce() -> Damage) -> Checked {
    if holds { Ok(()) } else { Err(damage()) }
}

fn check_quiet(heap: &HeapRecord, quiet: &Quiet<'_>) -> Checked {
    check_spans(heap)?;
    let mut marked = 0;
    let stacks = mark_stacked(quiet, &mut marked);
    // Before the list of spans is locked, which comes before the pool.
    let used = POOL.lock().ever_used();
    let counts = match stacks {
        Ok(()) => each_span(heap, used, check_counts),
        Err(_) => Ok(()),
    };
    unmark_stacked(quiet, marked);
    stacks.and(counts)?;
    check_blocks(heap)
}

fn check_spans(heap: &HeapRecord) -> Checked {
    let mut committed = 0;
    let used = POOL.lock().ever_used();
    each_span(heap, used, |unit| {
        committed += WINDOW.header(unit).units.get().bytes();
        check_span(heap, unit)
    })?;
    let counted = heap.committed.load(Ordering::Relaxed) == committed;
    ensure(counted, || damaged(DamageKind::Header, ptr::from_ref(heap).addr(), 0))
}

fn check_blocks(heap: &HeapRecord) -> Checked {
    let used = POOL.lock().ever_used();
    if heap.traits.sized { each_span(heap, used, check_tails) } else { Ok(()) }
}

fn metadata(unit: UnitIndex) -> Damage {
    damaged(DamageKind::Metadata, WINDOW.address(unit), size_of::<SpanHeader>())
}

/// Calls `check` for each span in the heap's list, having checked its links.
fn each_span(
    heap: &HeapRecord,
    used: Units,
    mut check: impl FnMut(UnitIndex) -> Checked,
) -> Checked {
    let spans = heap.spans.lock();
    let mut before = UnitIndex::NONE;
    let mut at = spans.first;
    let mut left = used.0;
    while !at.is_none() {
        ensure(at.0 < used.0 && left > 0, || metadata(before))?;
        let header = WINDOW.header(at);
        let linked = header.heap_previous.get() == before && header.heap.get() == heap.number;
        ensure(linked, || metadata(at))?;
        check(at)?;
        before = at;
        at = header.heap_next.get();
        left -= 1;
    }
    ensure(spans.last == before, || metadata(before))
}

fn check_span(heap: &HeapRecord, unit: UnitIndex) -> Checked {
    let header = WINDOW.header(unit);
    let sound = match map::entry(unit).usage() {
        Use::Slab(class) => header.units.get() == Units(1) && slab_is_sound(unit, header, class),
        Use::LargeHead => large_is_sound(heap, unit, header),
        _ => false,
    };
    ensure(sound, || metadata(unit))
}

fn slab_is_sound(unit: UnitIndex, header: &SpanHeader, class: SizeClass) -> bool {
    let kind = class.properties();
    let carved = header.carved.get();
    let is_start = |granule: u32| granule.checked_rem(kind.stride) == Some(0);
    header.class.get().is(class)
        && carved <= kind.end
        && is_start(carved)
        && header.cursor.get() <= carved
        && is_start(header.cursor.get())
        && is_cache(map::entry(unit).owner())
        && bits_are_sound(unit, header, kind)
}

fn is_cache(unit: UnitIndex) -> bool {
    unit.0 < POOL.lock().ever_used().0 && map::entry(unit).usage() == Use::Engine
}

/// Live bits are at starts of carved blocks, remote bits in words of the summary. (A block that two
/// threads freed at once has a remote bit and no live one.)
fn bits_are_sound(unit: UnitIndex, header: &SpanHeader, kind: &Class) -> bool {
    let remote = WINDOW.remote(unit);
    let summary = remote.summary.load(Ordering::Relaxed);
    let mut starts = Starts::new(kind, header.carved.get());
    let words = WINDOW.live_words(unit).iter().zip(&remote.bits.0);
    for (number, (live, remote)) in words.enumerate() {
        let live = live.load(Ordering::Relaxed);
        let remote = remote.load(Ordering::Relaxed);
        let announced = remote == 0 || summary >> number & 1 != 0;
        if live & !starts.next_word() != 0 || !announced {
            return false;
        }
    }
    true
}

/// The bits of a slab's words at which carved blocks start, word by word.
struct Starts<'a> {
    kind: &'a Class,
    carved: u32,
    at: u32,
    word: u32,
}

impl<'a> Starts<'a> {
    fn new(kind: &'a Class, carved: u32) -> Self {
        Self { kind, carved, at: 0, word: 0 }
    }

    fn next_word(&mut self) -> u64 {
        let mut bits = 0u64;
        while self.at < self.carved && self.at >> 6 == self.word {
            bits |= 1 << (self.at & 63);
            self.at += self.kind.stride;
        }
        self.word += 1;
        bits
    }
}

fn large_is_sound(heap: &HeapRecord, unit: UnitIndex, header: &SpanHeader) -> bool {
    let length = header.units.get();
    let used = POOL.lock().ever_used();
    let fits = length.0 >= 1 && u64::from(unit.0) + u64::from(length.0) <= u64::from(used.0);
    let size = header.size.get();
    fits && size <= length.bytes()
        && size > 0
        && size.is_multiple_of(crate::os::page_size())
        && heap.committed.load(Ordering::Relaxed) >= length.bytes()
        && (1..length.0).all(|more| map::entry(UnitIndex(unit.0 + more)).usage() == Use::LargeBody)
}

/// Checks what lies on the stacks, and makes it live, so that what lies there twice shows, and what
/// is not live afterwards is free and on no stack. Counts in `marked` what it made live.
fn mark_stacked(quiet: &Quiet<'_>, marked: &mut usize) -> Checked {
    let mut result = Ok(());
    quiet.each_cache(|cache| {
        if result.is_ok() {
            result = mark_stacks_of(cache, marked);
        }
    });
    result
}

fn mark_stacks_of(cache: &Cache, marked: &mut usize) -> Checked {
    let outcome = cache.each_stacked(|class, entry| match stacked_word(cache, class, entry) {
        Some((word, bit)) if word.load(Ordering::Relaxed) & bit == 0 => {
            word.store(word.load(Ordering::Relaxed) | bit, Ordering::Relaxed);
            *marked += 1;
            ControlFlow::Continue(())
        }
        Some(_) => ControlFlow::Break(damaged(DamageKind::DoubleListed, entry, class.size())),
        None => ControlFlow::Break(metadata(cache.unit())),
    });
    match outcome {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(damage) => Err(damage),
    }
}

/// The live bit of a block that lies on a stack, if a block of the cache's can start there.
fn stacked_word(
    cache: &Cache,
    class: SizeClass,
    entry: usize,
) -> Option<(&'static crate::base::atomic::AtomicU64, u64)> {
    let granule = WINDOW.granule(entry)?;
    let found = map::entry(granule.unit());
    let Use::Slab(of_slab) = found.usage() else { return None };
    let starts = (granule.within_unit() as u32).checked_rem(class.properties().stride) == Some(0);
    let own = found.owner() == cache.unit() && of_slab.is(class) && starts;
    own.then(|| (WINDOW.live_word(granule), granule.bit()))
}

/// Undoes [`mark_stacked`] for the first `marked` entries, in the same order.
fn unmark_stacked(quiet: &Quiet<'_>, mut marked: usize) {
    quiet.each_cache(|cache| {
        let _ = cache.each_stacked(|class, entry| {
            if marked == 0 {
                return ControlFlow::Break(());
            }
            if let Some((word, bit)) = stacked_word(cache, class, entry) {
                word.store(word.load(Ordering::Relaxed) & !bit, Ordering::Relaxed);
            }
            marked -= 1;
            ControlFlow::Continue(())
        });
    });
}

/// With everything that lies on stacks marked live: the others are what the header counts.
fn check_counts(unit: UnitIndex) -> Checked {
    let Use::Slab(class) = map::entry(unit).usage() else { return Ok(()) };
    let header = WINDOW.header(unit);
    let kind = class.properties();
    let taken: u32 =
        WINDOW.live_words(unit).iter().map(|word| word.load(Ordering::Relaxed).count_ones()).sum();
    let free = header.carved.get().checked_sub(taken.saturating_mul(kind.stride));
    ensure(free == Some(header.free_granules.get()), || metadata(unit))
}

fn check_tails(unit: UnitIndex) -> Checked {
    let start = WINDOW.address(unit);
    match map::entry(unit).usage() {
        Use::Slab(class) => {
            let kind = class.properties();
            let size = class.size();
            let mut granule = 0;
            while granule < kind.end {
                let block = start + ((granule as usize) << GRANULE_SHIFT);
                if is_live(unit, granule) {
                    check_tail(block, size)?;
                }
                granule += kind.stride;
            }
            Ok(())
        }
        Use::LargeHead => check_tail(start, WINDOW.header(unit).size.get()),
        _ => Ok(()),
    }
}

fn check_tail(block: usize, extent: usize) -> Checked {
    // SAFETY: the bytes of a span in use can be read; its extent was checked.
    let tail = unsafe { tail::read(block, extent) };
    ensure(tail.is_some(), || damaged(DamageKind::Tail, block, extent))
}

const _: () = assert!(UNIT >> GRANULE_SHIFT == 4096, "a slab's granules fit its 64 words");

#[cfg(test)]
mod tests;
